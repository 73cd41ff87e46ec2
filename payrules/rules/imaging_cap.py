"""Imaging cap: the technical part of imaging is paid no more than the hospital rate."""

import polars as pl

from payrules.engine.components import COMPONENT_COLUMNS, UNITS, in_unit, technical
from payrules.engine.rule import Adjustment, dollars, keep, pay_units, rule
from payrules.money import less

WHOLE_TEST = (pl.col("row_modifier") == "") & (pl.col("pctc_indicator") == "1")


def cut(unit: str) -> pl.Expr:
    """Give what the cap takes from the `first` or each `later` unit, cents.

    A global line whose technical part is unreduced is compared as a whole with the cap of its own
    row, which reproduces every amount CMS published (3,161 of 3,161); a reduced technical part
    with the cap of the TC row.
    """
    amount = pl.col(f"{unit}_unit_amount")
    beyond = (
        pl.when(~WHOLE_TEST)
        .then(less(amount, in_unit("cap_amount")))
        .when(pl.col(f"{unit}_technical_reduced"))
        .then(less(technical(unit), in_unit("technical_cap_amount")))
        .otherwise(less(in_unit("fee_schedule_amount"), in_unit("cap_amount")))
    )
    # What a session took from the unit before, the cap cannot take again.
    return pl.min_horizontal(beyond, amount)


@rule(
    cites="DRA 2005 §5102(b); SSA 1848(b)(4); CMS RVU file documentation, OPPS payment amount",
    effective="2007-01-01",
    reads=(
        *COMPONENT_COLUMNS,
        "row_modifier",
        "pctc_indicator",
        "fee_schedule_amount",
        "cap_amount",
        "technical_cap_amount",
        "first_technical_reduced",
        "later_technical_reduced",
    ),
)
def imaging_cap() -> Adjustment:
    """Imaging cap: the technical part is paid no more than the hospital outpatient rate.

    Decision: the fee under its cap is what the limiting charge is of, also where the technical
    part was reduced below the cap before (SSA 1848(b)(4): the cap takes the fee's place).
    """
    fee, limit = pl.col("fee_schedule_amount"), pl.col("cap_amount")
    capped_fee = {"capped_fee": pl.min_horizontal(fee, limit)}
    first, later = pl.col("_first_cut"), pl.col("_later_cut")
    return Adjustment(
        among=pl.col("cap_amount").is_not_null(),
        facts=({"_first_cut": cut("first"), "_later_cut": cut("later")},),
        outcomes=(
            pay_units(
                first + (UNITS - 1) * later > 0,
                pl.col("first_unit_amount") - first,
                pl.col("later_unit_amount") - later,
                pl.format("hospital outpatient cap: {} less", dollars(first + (UNITS - 1) * later)),
                carc="45",
                sets={
                    **capped_fee,
                    "first_technical_amount": less(technical("first"), first),
                    "later_technical_amount": less(technical("later"), later),
                },
            ),
            keep(fee > limit, capped_fee),
        ),
    )
