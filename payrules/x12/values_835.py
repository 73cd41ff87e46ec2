"""Reads the elements of a remittance: each text is read once and remembered, blanks around it too.

Payments repeat themselves: the same days, codes and fees stand in thousands of segments.
"""

from functools import lru_cache

from payrules.money import MOST_CENTS
from payrules.x12.columns_835 import MODIFIERS
from payrules.x12.values import code_of, day, is_signed_number, read_cents

#: How many texts of a kind are remembered.
_REMEMBERED = 1 << 14
#: How many amounts: a practice's charges less what is allowed are many more than its codes.
_REMEMBERED_AMOUNTS = 1 << 16
#: Characters of an amount that is surely within reason.
_FEWER_THAN = len(str(MOST_CENTS))
#: Years of payments and of what they pay: the fee schedule began in the first. [SSA 1848(a)]
_FIRST_YEAR, _LAST_YEAR = "1992", "2099"


@lru_cache(_REMEMBERED_AMOUNTS)
def amount_of(written: str) -> int | None:
    """Read an amount in cents; None for none, or for more than any line is worth."""
    # Most are written so, and are worth no more than this: they need not be looked at closer.
    if written[-3:-2] == "." and 3 < len(written) < _FEWER_THAN:
        digits = written[:-3] + written[-2:]
        if digits.isascii() and digits.isdigit():
            return int(digits)
    amount = read_cents(written.strip(" "))
    return None if amount is None or abs(amount) > MOST_CENTS else amount


@lru_cache(_REMEMBERED)
def number_of(written: str) -> str:
    """Give a number, above or below 0, as it was sent; "" where none is written."""
    number = written.strip(" ")
    return number if is_signed_number(number) else ""


@lru_cache(_REMEMBERED)
def code_or_none(written: str) -> str | None:
    """Give a code as it was sent; None where none is there, or it is written as none is."""
    return code_of(written.strip(" "))


@lru_cache(_REMEMBERED)
def day_of(written: str) -> str | None:
    """Read a day in ISO form; None for none, or for one of years without such payments."""
    found = day(written.strip(" "))
    return found if found is not None and _FIRST_YEAR <= found[:4] <= _LAST_YEAR else None


def why_no_day(element: str, written: str) -> list[str]:
    """Say of an element of which `day_of` gives none why; nothing of one that is blank."""
    written = written.strip(" ")
    if not written:
        return []
    if day(written) is None:
        return [f"{element} is no date: left out"]
    return [f"{element} is no day from {_FIRST_YEAR} to {_LAST_YEAR}: left out"]


@lru_cache(_REMEMBERED)
def service_of(composite: str, component: str) -> tuple[str | None, ...]:
    """Give qualifier, code and four modifiers of a service, SVC01 or SVC06."""
    parts = [each.strip(" ") or None for each in composite.split(component)[: 2 + MODIFIERS]]
    return (*parts, *[None] * (2 + MODIFIERS - len(parts)))
