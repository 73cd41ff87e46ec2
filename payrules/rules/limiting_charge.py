"""Limiting charge: what a patient owes a physician who takes no assignment."""

import polars as pl

from payrules.dated import Dated
from payrules.money import percentage
from payrules.rule import Adjustment, Outcome, dollars, rule

LIMIT = Dated({"1993-01-01": "1.0925"}, cites="42 CFR 414.48; CMS RVU file documentation")


@rule(
    cites="SSA 1848(g); 42 CFR 414.48",
    effective="1993-01-01",
    kind="payment",
    reads=("charge_amount", "limiting_charge", "amount_before_nonparticipating", "service_date"),
)
def limiting_charge(*, limit: Dated = LIMIT) -> Adjustment:
    """Without assignment the patient pays up to the charge limit, less what Medicare pays."""
    ceiling = percentage(pl.col("amount_before_nonparticipating"), limit.on())
    billed = pl.min_horizontal("charge_amount", ceiling)
    return Adjustment(
        among=pl.col("limiting_charge").is_not_null() & pl.col("charge_amount").is_not_null(),
        outcomes=(
            Outcome(
                when=pl.lit(value=True),
                sets={"patient_amount": billed - pl.col("amount")},
                detail=pl.format(
                    "the patient is billed {} less what Medicare pays", dollars(billed)
                ),
            ),
        ),
    )
