"""On file: of which lines a payer says the patient's share, and what scenarios' payers leave open.

A scenario may bring a payer of its own, whose file says less than today's payers' do: its 0.00 of
the patient is then not known, and no change of it is.
"""

from collections.abc import Iterator

import polars as pl

from payrules.payers.left_open import owes_unsaid, says_no_coinsurance, sentences
from payrules.runs.results import who_pays
from payrules.runs.setup import Setup
from payrules.runs.who_paid import run_payer
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.plan import Plan

_OWED = "patient_amount"


def setup_of(base: Baseline, planned: Plan) -> Setup:
    """Give the setup that a scenario's lines are priced with at the end."""
    return planned.stages[-1][1] if planned.stages else base.setup


def is_open(base: Baseline, lines: pl.DataFrame, setup: Setup) -> pl.Series:
    """Mark the lines whose payer's file says no coinsurance."""
    silent = [each.name for each in setup.every_payer.values() if says_no_coinsurance(each)]
    if not silent:
        return pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    return base.payer_names(lines, setup).is_in(silent)


def is_unknown(lines: pl.DataFrame, of_open: pl.Series) -> pl.Series:
    """Mark the lines of which 0.00 would say that the patient owes nothing, and nobody knows."""
    unsaid = pl.lit(of_open) & owes_unsaid(deductible="deductible_amount") & (pl.col(_OWED) == 0)
    return lines.select(unsaid.fill_null(value=False).alias(_OWED)).to_series()


def no_amount_nobody_knows(
    totals: pl.DataFrame, unknown: tuple[pl.Series, pl.Series]
) -> pl.DataFrame:
    """Give totals with null where nobody knows what patients owe; `unknown` lines before and after.

    A total of lines that are all unknown is unknown, and the change where a file says the share of
    a line on one side alone.
    """
    was, now = unknown
    if not (was.any() or now.any()):
        return totals
    is_owed = pl.col("measure") == _OWED
    blank = {
        side: pl.lit(bool(each.any())) & (pl.col(side) == 0)
        for side, each in (("before", was), ("after", now))
    }
    either = pl.any_horizontal(*blank.values()) | pl.lit(bool((was != now).any()))
    told = {**blank, "change": either, "share": either}
    return totals.with_columns(
        pl.when(~(is_owed & unsaid)).then(pl.col(name)).alias(name) for name, unsaid in told.items()
    )


def left_open_after(base: Baseline, planned: Plan) -> Iterator[str]:
    """Say what a scenario's payers leave unsaid of who pays, where today's do not already."""
    today = [*base.setup.every_payer.values()]
    said = {*who_pays(base.record)}
    said |= {each for payer in today for each in sentences(payer, {})}  # without today's amounts
    days = {each.isoformat() for each in planned.claims.lines["service_date"].drop_nulls().unique()}
    for payer in setup_of(base, planned).every_payer.values():
        if any(payer is each for each in today):
            continue
        for each in run_payer(payer, {}, base.batch.given, days).left_open:
            if each not in said:
                yield each
