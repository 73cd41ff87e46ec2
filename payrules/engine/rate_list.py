"""All rates of a contract, in the order in which a line is asked, and limits of all it pays."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from payrules.engine.rate_limits import RateLimit, RateLimits
from payrules.engine.rates import Rate
from payrules.frozen import frozen


@frozen
class Rates:
    """All of a contract's rates, in the order in which a line is asked, and limits of all it pays.

    Those limits are of every line with a price, whichever rate it is paid by, or by none.
    """

    each: tuple[Rate, ...] = ()
    not_under: RateLimit | None = None
    not_over: RateLimit | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that they read."""
        read = [name for rate in self.each for name in rate.reads]
        read += [name for _, limit in self.limits_of(None).each for name in limit.reads]
        return tuple(dict.fromkeys(read))

    @property
    def processed_days(self) -> tuple[date, ...]:
        """Give the days of them that are of processing."""
        return tuple(day for each in self.each for day in each.processed_days)

    @property
    def of_session(self) -> tuple[tuple[int, Rate], ...]:
        """Give the flat and case rates, each with its place in the order."""
        return tuple((place, rate) for place, rate in enumerate(self.each) if rate.of_session)

    @property
    def of_medicare(self) -> bool:
        """Whether one pays of Medicare's relative values: a percentage, or a factor."""
        of_them = ("percent_of_medicare", "conversion_factor")
        return any(rate.pays in of_them for rate in self.each)

    @property
    def limited_by_medicare(self) -> bool:
        """Whether one of all the limits is a percentage of Medicare."""
        limits = [limit for _, limit in self.limits_of(None).each]
        limits += [limit for rate in self.each for limit in rate.limits]
        return any(limit.of == "percent_of_medicare" for limit in limits)

    @property
    def in_full(self) -> tuple[str, ...]:
        """Write every rate, and the limits of all that is paid."""
        return (
            *(f"{each.name}: {each.in_full}" for each in self.each),
            *(f"{name} {limit.in_numbers}" for name, limit in self.limits_of(None).each),
        )

    def limits_of(self, rate: Rate | None) -> RateLimits:
        """Give the limits of what a rate pays, or of what is paid by none."""
        floors, ceilings = [self.not_under], [self.not_over]
        if rate is not None:
            floors.append(rate.not_under)
            ceilings.append(rate.not_over)
        return RateLimits(
            tuple(each for each in floors if each is not None),
            tuple(each for each in ceilings if each is not None),
        )

    @property
    def by_line(self) -> tuple[tuple[int, Rate], ...]:
        """Give the rates that pay a line by itself, each with its place in the order."""
        return tuple((place, rate) for place, rate in enumerate(self.each) if not rate.of_session)

    @staticmethod
    def first_that_fits(rates: Sequence[tuple[int, Rate]]) -> pl.Expr:
        """Give the number of the first of some rates that fits a line; null where none does."""
        number = pl.lit(None, dtype=pl.Int64)
        for place, rate in reversed(rates):
            number = pl.when(rate.fits).then(place).otherwise(number)
        return number


NO_RATES = Rates()
