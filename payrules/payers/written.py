"""What every section of a payer file is made of: no other keys, and numbers by their first days."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from payrules.within_reason import Range, shown

#: A share by its first day; None = from the rule's own first day.
Shares = tuple[tuple[date | None, Decimal], ...]


#: What the days of a term are: of service, as law's are, or of a claim's processing.
DayOf = Literal["service", "processing"]


class Section(BaseModel):
    """A section that refuses what it does not know, and reads no text as a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


def by_date(value: Any, within: Range) -> Shares:
    """Read one number, or a table of first day = number."""
    if not isinstance(value, dict):
        return ((None, within.read(value)),)
    if not value:
        raise ValueError(f"is empty; give it a number, such as {within.such_as}")
    shares = []
    for day, number in value.items():
        try:
            first = date.fromisoformat(day)
        except ValueError:
            raise ValueError(
                f"holds '{shown(day)}', which is not a date; write the effective date of each "
                f"number, such as 2026-01-01 = {within.such_as}"
            ) from None
        shares.append((first, within.read(number)))
    return tuple(sorted(shares))
