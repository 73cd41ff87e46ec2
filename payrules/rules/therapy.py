"""Therapy: after one unit a day, therapy is paid with half its practice expense."""

import polars as pl

from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, Hints, in_order, note, pay_units, rule
from payrules.engine.session import GROUP_DAY
from payrules.money import half_up, percentage

UNITS = pl.col("ranked_units")
REDUCED = pl.col("therapy_reduced_amount")
#: What the share of the practice expense in a fee is told by, without GPCIs.
RVUS = ("total_rvu", "nonfacility_pe_rvu")


def _reduced(*, without_gpci: bool) -> pl.Expr:
    """Give one unit with half its practice expense, cents: as priced, or by shares of RVUs."""
    if not without_gpci:
        return REDUCED
    total, expense = (pl.col(each) for each in RVUS)
    # Twice the total less the practice expense, over twice the total: one rounding.
    by_share = half_up(pl.col("fee_schedule_amount") * (2 * total - expense), 2 * total)
    return pl.when(REDUCED.is_not_null() & (total > 0)).then(by_share).otherwise(REDUCED)


@rule(
    cites="SSA 1848(b)(7); CMS Pub. 100-04, ch. 5, §10.7; MPFSDB multiple procedure indicator 5",
    effective="2013-04-01",
    reads=(
        "status_code",
        "multiple_procedure_indicator",
        "nonfacility_pe_rvu",
        "fee_schedule_amount",
        "therapy_reduced_amount",
        "unit_factor",
        "ranked_units",
        "first_unit_amount",
        "later_unit_amount",
        "line_order",
        GROUP_DAY,
    ),
    reads_on={"without_gpci": {True: RVUS}},
)
def therapy(*, without_gpci: bool = False) -> Adjustment:
    """Therapy: one unit of the day in full, every other with half its practice expense.

    Decision: `without_gpci` takes of the fee half the share that the practice expense's RVUs have
    of all its RVUs, whatever the locality (Aetna, as apta.org reports it on 2012-04-13); who is
    paid in full is told as Medicare does.
    """
    reduced = percentage(_reduced(without_gpci=without_gpci), pl.col("unit_factor"))
    is_top = pl.col("row") == pl.col("_top")
    beside_others = pl.col("_units") > 1  # one unit alone is in full
    return Adjustment(
        among=(pl.col("multiple_procedure_indicator") == "5") & NOT_ANESTHESIA,
        pool=GROUP_DAY,
        hints=Hints(crowded=True),
        facts=(
            in_order(
                ("nonfacility_pe_rvu", "highest first"),
                ("fee_schedule_amount", "highest first"),
                "line_order",
            ),
            {
                "_units": UNITS.sum().over(GROUP_DAY),
                "_top": pl.col("row").first().over(GROUP_DAY),
            },
        ),
        outcomes=(
            pay_units(
                beside_others & REDUCED.is_not_null(),
                pl.when(is_top).then("first_unit_amount").otherwise(reduced),
                reduced,
                pl.format(
                    "therapy: {} of {} unit(s) on this day paid in full, {} unit(s) of "
                    "this line reduced",
                    is_top.cast(pl.Int64),
                    "_units",
                    UNITS - is_top.cast(pl.Int64),
                ),
                carc="59",
            ),
        ),
        notes=(
            note(
                beside_others & REDUCED.is_null(),
                "therapy: the fee schedule has no practice expense amount, so nothing was reduced",
            ),
        ),
    )
