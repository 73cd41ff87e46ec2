"""The totals of a scenario, as its workbook shows them: they foot, and say no 0.00 nobody knows."""

import polars as pl

from payrules.money import WHOLE
from payrules.scenarios.answer import Answer, dollars_of
from payrules.scenarios.comparison import Comparison
from payrules.workbook.coinsurance import ON_FILE
from payrules.workbook.figures.cuts import named_cuts_of
from payrules.workbook.what_if_words import MEASURED

OWED = "patient_amount"
#: What nobody pays of the allowed amount, as a measure of its own.
CUTS = "cuts"
_SIDES = ("before", "after", "change")


def measured(answered: Answer) -> dict[str, str]:
    """Name each measure: what patients owe is there where it is on file, before and after."""
    if not answered.is_open:
        return MEASURED
    return MEASURED | {OWED: ON_FILE.format(MEASURED[OWED])}


def is_unknown(one: Comparison, measure: str) -> bool:
    """Whether a change would say of patients what no payer's file does."""
    told = one.totals_on_file.row(by_predicate=pl.col("measure") == measure, named=True)
    return told["change"] is None


def with_cuts(one: Comparison) -> pl.DataFrame:
    """Give a scenario's totals, cents, with what nobody pays, so that they foot."""
    totals = one.totals_on_file
    amounts = {each["measure"]: each for each in one.totals.iter_rows(named=True)}
    shares = ("medicare_amount", OWED)
    before, after, change = (
        amounts["allowed_amount"][side] - sum(amounts[each][side] for each in shares)
        for side in _SIDES
    )
    if not (before or after):
        return totals
    share = change / abs(before) if before else None
    row = (CUTS, before, after, change, share)
    return pl.concat([totals, pl.DataFrame([row], schema=totals.schema, orient="row")])


def totals_of(answered: Answer) -> pl.DataFrame:
    """Give the totals of every scenario in dollars, with measures in words."""
    words = measured(answered)
    parts = []
    for one in answered.comparisons:
        part = with_cuts(one)
        named = pl.col("measure").replace(words | {CUTS: cuts_of(one)})
        scenario = pl.lit(one.scenario.name).alias("scenario")
        parts.append(part.select(scenario, named, pl.exclude("measure")))
    return dollars_of(pl.concat(parts))


def cuts_of(one: Comparison) -> str:
    """Name what is left of an allowed amount less what the payer pays and patients owe.

    Where patients owe more than their share of it, it is less by that than what nobody pays.
    """
    name = named_cuts_of(one.base.record)
    share = pl.col("deductible_amount") + pl.col("coinsurance_amount")
    is_beyond = (pl.col("patient_amount") != share).any()
    # Another volume changes what is owed, and not the shares of one line.
    sides = (one.before, one.after.filter(volume=WHOLE))
    is_less = any(lines.select(is_beyond).item() for lines in sides)
    return name + ", less what patients owe beyond it" * is_less
