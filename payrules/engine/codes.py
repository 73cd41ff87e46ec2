"""Codes that a payer's term is about, as ranges, and as what a line is asked for."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from payrules.code_ranges import in_ranges
from payrules.dated import Dated
from payrules.frozen import frozen

CODE = pl.col("hcpcs_code")
Ranges = Sequence[tuple[str, str]]


def in_codes(codes: Ranges) -> pl.Expr:
    """Say whether a line's code is one of some, or in one of some ranges; reads `hcpcs_code`."""
    return in_ranges(CODE, codes)


def codes_in_words(codes: Ranges) -> str:
    """Name codes as a payer file writes them: "11400-11446 27447"."""
    return " ".join(first if first == last else f"{first}-{last}" for first, last in codes)


def _by_day(share: Dated) -> str:
    """Write a share: "0.50"; with its first days where it has any: "(0.50 from 2025-01-01)"."""
    ((first, value), *later) = share.values
    if not later and first <= _FROM_EVER:
        return f"{value}"
    said = (
        f"{each} from {day}{' (processed)' if day in share.processed else ''}"
        for day, each in share.values
    )
    return f"({'; '.join(said)})"


#: Rules on procedures begin until then: a share from their first day on has no day of its own.
_FROM_EVER = date(1995, 1, 1)


@frozen
class Codes:
    """Codes of a term, by first and last."""

    ranges: tuple[tuple[str, str], ...] = ()
    reads = ("hcpcs_code",)

    def __str__(self) -> str:
        return codes_in_words(self.ranges) or "none"


@frozen
class SharesByCode:
    """A share that a payer prints for each code."""

    shares: tuple[tuple[str, Dated], ...] = ()
    reads = ("hcpcs_code", "service_date")

    @property
    def processed_days(self) -> tuple[date, ...]:
        """Give the days of them that are of processing."""
        return tuple(day for _, dated in self.shares for day in dated.processed)

    def on(self) -> pl.Expr:
        """Give a line's share in ten-thousandths; null where its code has none on its day."""
        share = pl.lit(None, dtype=pl.Int64)
        for code, dated in self.shares:
            share = pl.when(code == CODE).then(dated.on()).otherwise(share)
        return share

    def __str__(self) -> str:
        said = (f"{code} {_by_day(dated)}" for code, dated in self.shares)
        return ", ".join(said) or "none"


@frozen
class Ladder:
    """What procedures are paid by their place in the ranking; the last place goes on.

    With `by_report` the places after them are no shares: the payer prices those by report.
    """

    places: tuple[Dated, ...] = ()
    by_report: bool = False

    @property
    def processed_days(self) -> tuple[date, ...]:
        """Give the days of its places that are of processing."""
        return tuple(day for dated in self.places for day in dated.processed)

    def at(self, place: int) -> pl.Expr:
        """Give the share of a place, in ten-thousandths; the first place is 1."""
        return self.places[min(place, len(self.places)) - 1].on()

    def refers(self, last: pl.Expr) -> pl.Expr:
        """Say whether a line whose last unit is at a place is by report."""
        return (last > len(self.places)) & pl.lit(value=self.by_report)

    def __str__(self) -> str:
        said = [*map(_by_day, self.places), *(["by report"] if self.by_report else [])]
        return ", ".join(said) or "none"


@frozen
class Family:
    """Codes that are ranked among themselves, with a ladder of their own, on some days of service.

    `cites` is its own page, None where the term's is.
    """

    codes: Codes
    ladder: Ladder
    first_day: date | None = None
    last_day: date | None = None
    cites: str | None = None

    @property
    def holds(self) -> pl.Expr:
        """Say whether a line is one of them, on its day."""
        held, day = [in_codes(self.codes.ranges)], pl.col("service_date")
        if self.first_day is not None:
            held.append(day >= self.first_day)
        if self.last_day is not None:
            held.append(day <= self.last_day)
        return pl.all_horizontal(held)

    def __str__(self) -> str:
        days = (("from", self.first_day), ("to", self.last_day))
        said = [f"{self.codes}: {self.ladder}"]
        return ", ".join([*said, *(f"{word} {day}" for word, day in days if day is not None)])


@frozen
class Families:
    """The families that a payer ranks apart."""

    each: tuple[Family, ...] = ()
    reads = ("hcpcs_code", "service_date")

    @property
    def processed_days(self) -> tuple[date, ...]:
        """Give the days of their ladders that are of processing."""
        return tuple(day for one in self.each for day in one.ladder.processed_days)

    def page_of(self, number: pl.Expr) -> pl.Expr | None:
        """Give the page of its own that a family has, by its number from 1; None where none has."""
        if not any(each.cites for each in self.each):
            return None
        page = pl.lit(None, dtype=pl.String)
        for place, each in enumerate(self.each, 1):
            page = pl.when(number == place).then(pl.lit(each.cites)).otherwise(page)
        return page

    def __str__(self) -> str:
        return "; ".join(map(str, self.each)) or "none"


NO_CODES, NO_LADDER, NO_FAMILIES, NO_SHARES_BY_CODE = Codes(), Ladder(), Families(), SharesByCode()
