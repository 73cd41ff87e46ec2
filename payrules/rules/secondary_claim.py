"""Secondary claim: where another payer paid first, the charge must be known."""

import polars as pl

from payrules.engine.rule import Adjustment, refer, rule


@rule(
    cites="42 CFR 411.33(a); CMS Pub. 100-05, ch. 5",
    effective="1992-01-01",
    kind="edit",
    every_schedule=True,
    reads=("primary_paid_amount", "charge_amount"),
)
def secondary_claim() -> Adjustment:
    """Where another payer paid first, a line without a charge has no amount.

    Decision: such a line has ranked with the others by then; it takes no deductible.
    """
    return Adjustment(
        among=pl.col("primary_paid_amount").is_not_null(),
        outcomes=(refer(pl.col("charge_amount").is_null(), "second payer needs the charge"),),
    )
