"""Own factors: the conversion factor that a contract has for a line, in Medicare's place."""

from collections.abc import Iterable

import polars as pl

from payrules.engine.rate_list import Rates
from payrules.engine.rates import Rate
from payrules.engine.rule import Rule


def own_factor(rules: Iterable[Rule]) -> pl.Expr | None:
    """Give a line's conversion factor by its payer's rates; None where no rate has one.

    It is that of the first rate that the line is paid by: none where that one pays otherwise.
    """
    rates = _with_factors(rules)
    factor = pl.lit(None, dtype=pl.Int64)
    for rate in reversed(rates):
        own = rate.factor if rate.factors else pl.lit(None, dtype=pl.Int64)
        factor = pl.when(rate.is_asked).then(own).otherwise(factor)
    return factor if rates else None


def cites_of_factor(rules: Iterable[Rule]) -> pl.Expr | None:
    """Give the citation of a line's own conversion factor (`own_factor`); null where it has none.

    None where no rate has a factor.
    """
    rates = _with_factors(rules)
    cites = pl.lit(None, dtype=pl.String)
    for rate in reversed(rates):
        own = pl.lit(rate.cites if rate.factors else None, dtype=pl.String)
        cites = pl.when(rate.is_asked).then(own).otherwise(cites)
    return cites if rates else None


def _with_factors(rules: Iterable[Rule]) -> list[Rate]:
    """Give the rates that a line's factor is asked of; none where none of them has one."""
    # Other rules are handed some of a contract's rates, in no order that decides.
    found = [rule.terms["rates"] for rule in rules if isinstance(rule.terms.get("rates"), Rates)]
    rates = [rate for each in found for rate in each.each if not rate.unpriced]
    return rates if any(rate.factors for rate in rates) else []
