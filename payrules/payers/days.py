"""Days of a payer file's words and switches: from when a word holds, and when a rule is off."""

from collections.abc import Callable
from datetime import date, timedelta
from operator import itemgetter
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from payrules.dated import ByDay
from payrules.within_reason import shown


def word_by_day(value: Any, check: Callable[[Any], Any]) -> Any:
    """Read one word or switch, or a table of first day = word."""
    if not isinstance(value, dict):
        return check(value)
    if not value:
        raise ValueError("is empty; give it a value, or first days and values")
    words = []
    for day, word in value.items():
        try:
            first = date.fromisoformat(day)
        except ValueError:
            raise ValueError(
                f"holds '{shown(day)}', which is not a date; write the effective date of each value"
            ) from None
        words.append((first, check(word)))
    return ByDay(tuple(sorted(words, key=itemgetter(0))))


class OffDays(BaseModel):
    """Days on which a rule is off: the first of them, the last, or both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="until")

    @model_validator(mode="after")
    def _some_days(self) -> Self:
        if self.first is None and self.last is None:
            raise ValueError("has no day; write off = true, or off = { until = 2026-12-31 }")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError("ends before it begins; correct 'from' or 'until'")
        return self

    def in_force(self, start: date) -> ByDay:
        """Give on which days the rule is on: from `start` on, but for these."""
        first = max(self.first or start, start)
        values = [(start, True), (first, False)]
        if self.last is not None:
            values.append((self.last + timedelta(days=1), True))
        return ByDay(tuple(dict(values).items()))


Switch = Annotated[
    Annotated[bool, Tag("switch")] | Annotated[OffDays, Tag("days")],
    Discriminator(lambda value: "days" if isinstance(value, dict | OffDays) else "switch"),
]
