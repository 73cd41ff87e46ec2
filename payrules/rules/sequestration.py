"""Sequestration: the budget law's cut of what Medicare pays."""

import polars as pl

from payrules.dated import Dated
from payrules.engine.rule import Adjustment, pay, rule
from payrules.money import percentage, short_text
from payrules.statutory import SEQUESTRATION


@rule(
    cites="BBEDCA §251A(6); Public Law 117-71 §2; CMS Pub. 100-04, ch. 1",
    effective="2013-04-01",
    kind="payment",
    every_schedule=True,
    reads=("service_date",),
)
def sequestration(*, cut: Dated = SEQUESTRATION) -> Adjustment:
    """Sequestration takes 2 percent (0 and 1 in 2020–2022) of what would be paid."""
    taken = percentage(pl.col("amount"), pl.col("_cut"))
    return Adjustment(
        among=pl.col("amount") > 0,
        facts=({"_cut": cut.on()},),
        outcomes=(
            pay(
                pl.col("_cut") > 0,
                pl.col("amount") - taken,
                pl.format(
                    "sequestration, {} % of the payer's share", short_text(pl.col("_cut"), 2)
                ),
                carc="253",
                sets={"sequestration_amount": taken},
            ),
        ),
    )
