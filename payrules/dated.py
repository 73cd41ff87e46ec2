"""A value by effective date, with its citation: how law that changes is written down.

Law goes by the day of service. A contract's terms may go by the day on which the claim is processed
instead: then a value's first day is compared with that, and with the day of service where the claim
names none.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.errors import RuleError
from payrules.frozen import frozen
from payrules.money import WHOLE
from payrules.within_reason import RATE, SHARE, Range

#: The column of the day on which a claim is processed: what reads by it declares it.
PROCESSED = "processed_date"
BY_PROCESSING = pl.coalesce(PROCESSED, "service_date")


def day_of(*, processed: bool) -> pl.Expr:
    """Give the day of each line that a first day is compared with."""
    return BY_PROCESSING if processed else pl.col("service_date")


class Dated:
    """A factor that changes by date of service.

    `values` maps the first day each value is in force to the value, as text ("0.50").
    Values are exact to four decimals. Before the first day there is no value. `within` is what a
    payer may write for it where it is a rule's term: a share of one, unless the rule says more.
    Values whose first days are `processed` begin with claims that are processed on them.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        *,
        cites: str,
        within: Range = SHARE,
        processed: Collection[date] = (),
    ) -> None:
        if not values or not cites:
            raise RuleError("A dated value needs at least one date and a citation.")
        self.cites = cites
        self.within = within
        self.processed = tuple(sorted(processed))
        self.values: tuple[tuple[date, Decimal], ...] = tuple(
            sorted((date.fromisoformat(day), Decimal(value)) for day, value in values.items())
        )
        for _, value in self.values:
            try:
                RATE.read(value)
            except ValueError as fault:
                raise RuleError(f"A factor of {cites} {fault}.") from None

    def at(self, day: date) -> Decimal | None:
        """Give the value in force on a day; None before the first."""
        in_force = [value for first, value in self.values if first <= day]
        return in_force[-1] if in_force else None

    def on(self, day_column: str = "service_date") -> pl.Expr:
        """Give the value in force on each line's day, in ten-thousandths; null before the first."""
        chosen = pl.lit(None, dtype=pl.Int64)
        for first, value in self.values:
            scaled = pl.lit(int(value * WHOLE), dtype=pl.Int64)
            day = BY_PROCESSING if first in self.processed else pl.col(day_column)
            chosen = pl.when(day >= first).then(scaled).otherwise(chosen)
        return chosen

    @property
    def reads(self) -> tuple[str, ...]:
        """Name what it reads beside the day of service."""
        return (PROCESSED,) if self.processed else ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dated) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[object, ...]:
        return self.values, self.processed

    def __repr__(self) -> str:
        spans = ", ".join(f"{first}: {value}" for first, value in self.values)
        return f"Dated({spans}; {self.cites})"


@frozen
class ByDay:
    """A word or a switch that changes by date of service: each with the first day of it."""

    values: tuple[tuple[date, Any], ...]

    def at(self, day: date) -> Any:
        """Give the value in force on a day; before the first, the first."""
        in_force = [value for first, value in self.values if first <= day]
        return in_force[-1] if in_force else self.values[0][1]

    def after(self, earlier: Any, start: date) -> "ByDay":
        """Give it with what stood before its first day, from `start` on."""
        first = self.values[0][0]
        stood = earlier.values if isinstance(earlier, ByDay) else ((start, earlier),)
        return ByDay((*(each for each in stood if each[0] < first), *self.values))


def on_any_day(value: Any) -> tuple[Any, ...]:
    """Give what a term is on any day: itself, or each of its words."""
    return tuple(each for _, each in value.values) if isinstance(value, ByDay) else (value,)


def processed_days(value: Any) -> Iterator[date]:
    """Give the first days, however deep in a term, that claims are processed on."""
    if isinstance(value, Dated):
        yield from value.processed
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from processed_days(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from processed_days(each)
    elif not isinstance(value, type):
        yield from getattr(value, "processed_days", ())


@frozen
class StandIn:
    """Days whose own quarter's edits are not at hand: those of `of` serve."""

    of: str  # month and year, as people say it: July 2024
    first_day: date
    last_day: date | None = None  # None: from then on

    def serves(self, day: date) -> bool:
        """Say whether one day is one of them."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def holds(self, day: pl.Expr) -> pl.Expr:
        """Say whether a day is one of them."""
        begun = day >= self.first_day
        return begun if self.last_day is None else begun & (day <= self.last_day)


def in_force(day: date | pl.Expr) -> pl.Expr:
    """Say of a table's rows which are in force on a day: its `effective_to` is the last one.

    A row without a first day has been in force from ever, one without a last day is until further
    notice.
    """
    first, last = pl.col("effective_from"), pl.col("effective_to")
    return (first.is_null() | (first <= day)) & (last.is_null() | (last >= day))


def quarter_of(day: date) -> str:
    """Name a day's quarter: "2025Q1"."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def turning_days(first_day: date | None, last_day: date | None) -> tuple[date, ...]:
    """Give the days on which what stands between two days begins and has ended; None: without."""
    after = None if last_day is None else last_day + timedelta(days=1)
    return tuple(day for day in (first_day, after) if day is not None)
