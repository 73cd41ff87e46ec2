"""Reads X12's elements: amounts as whole cents, dates, keys of persons; nothing is guessed."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256

from payrules.money import MOST_CENTS

#: What stands in a message for what may tell of a person.
WITHHELD = "(withheld)"
#: Digits of the longest number that is read.
_LONGEST = 18
_NUMBER = re.compile(r"(-?)([0-9]*)(?:\.([0-9]*))?")
#: What is quoted of an element: where segments ran together a person's name may stand in any.
AMOUNT = re.compile(r"[-+$0-9.,]{1,18}[A-Za-z]?")
DAY = re.compile(r"[0-9-]{1,17}")
CODE = re.compile(r"(?=[^0-9]{0,5}[0-9])[A-Za-z0-9]{1,6}|[A-Za-z0-9]{1,2}")


def at(elements: Sequence[str], place: int) -> str:
    """Give an element, "" where a segment ends before it."""
    return elements[place] if len(elements) > place else ""


def id_at(elements: Sequence[str], place: int) -> str | None:
    """Give an id without the blanks around it; None where there is none."""
    return (elements[place].strip(" ") or None) if len(elements) > place else None


def shown(value: str, shape: re.Pattern[str]) -> str:
    """Give what a message may quote of an element: what is written as its own values are."""
    if shape.fullmatch(value):
        return value
    return f"({len(value)} character{'s' * (len(value) > 1)}, not shown)"


def code_of(written: str) -> str | None:
    """Give a code as it was sent; None where none is there, or it is written as none is."""
    return written if CODE.fullmatch(written) else None


@lru_cache(maxsize=1 << 14)
def day(text: str) -> str | None:
    """Write a day given as 20251231 in ISO form; None where it is none."""
    if len(text) != len("20251231") or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        return None


def days_between(first: str, last: str) -> int:
    """Count the days from one ISO day to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def read_cents(text: str) -> int | None:
    """Read an amount exactly, in cents; None where it is none, or has parts of a cent."""
    # Most are written so, and need no more than this.
    whole, _, part = text.partition(".")
    digits = whole + part
    is_plain = len(part) == 2 and whole and len(digits) < _LONGEST
    if is_plain and digits.isascii() and digits.isdigit():
        return int(digits)
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > _LONGEST:
        return None
    sign, whole, part = found[1], found[2], found[3] or ""
    if not (whole or part) or part[2:].strip("0"):
        return None
    amount = int(whole or "0") * 100 + int(part[:2].ljust(2, "0"))
    return -amount if sign else amount


#: Reads an amount as `read_cents` does, and remembers it.
cents = lru_cache(maxsize=1 << 14)(read_cents)


def why_no_amount(element: str, written: str) -> str:
    """Say of an element that is no amount why: it is blank, beyond reason, or written otherwise."""
    written = written.strip(" ")
    if not written:
        return f"{element} is blank, and must have an amount in dollars and cents"
    if is_beyond_reason(written):
        return f"{element} is more than {MOST_CENTS // 100:,} dollars, which no payer pays"
    return f"{element} is not an amount in dollars and cents"


def is_beyond_reason(text: str) -> bool:
    """Tell whether a text is a number, and larger than any amount or quantity of a claim is."""
    found = _NUMBER.fullmatch(text)
    return found is not None and len(found[2].lstrip("0")) >= len(str(MOST_CENTS // 100))


def is_number(text: str) -> bool:
    """Tell whether a text is a number of 0 or more."""
    found = _NUMBER.fullmatch(text)
    return bool(found and not found[1] and (found[2] or found[3]) and len(text) <= _LONGEST)


def is_signed_number(text: str) -> bool:
    """Tell whether a text is a number, above or below 0."""
    return is_number(text.removeprefix("-"))


def dollars(amount: int) -> str:
    """Write cents as dollars: 1250 is 12.50."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02}"


def key_of(parts: Iterable[str]) -> str:
    """Give the eight hexadecimal digits that stand for what may not be written out."""
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:8]
