"""A value by effective date, with its citation: how law that changes is written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.errors import RuleError
from payrules.money import WHOLE
from payrules.within_reason import RATE, SHARE, Range


class Dated:
    """A factor that changes by date of service.

    `values` maps the first day each value is in force to the value, as text ("0.50").
    Values are exact to four decimals. Before the first day there is no value. `within` is what a
    payer may write for it where it is a rule's term: a share of one, unless the rule says more.
    """

    def __init__(self, values: Mapping[str, str], *, cites: str, within: Range = SHARE) -> None:
        if not values or not cites:
            raise RuleError("A dated value needs at least one date and a citation.")
        self.cites = cites
        self.within = within
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
            chosen = pl.when(pl.col(day_column) >= first).then(scaled).otherwise(chosen)
        return chosen

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dated) and self.values == other.values

    def __hash__(self) -> int:
        return hash(self.values)

    def __repr__(self) -> str:
        spans = ", ".join(f"{first}: {value}" for first, value in self.values)
        return f"Dated({spans}; {self.cites})"


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
