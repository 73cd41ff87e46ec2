"""Secondary claim: where another payer paid first, the charge must be known."""

import polars as pl

from payrules.engine.rule import Adjustment, note, refer, rule


@rule(
    cites="42 CFR 411.33(a); CMS Pub. 100-05, ch. 5",
    effective="1992-01-01",
    kind="edit",
    every_schedule=True,
    reads=(
        "primary_paid_amount",
        "primary_allowed_amount",
        "primary_obligated_amount",
        "charge_amount",
    ),
)
def secondary_claim() -> Adjustment:
    """Where another payer paid first, a line without a charge has no amount.

    Decision: such a line has ranked with the others by then; it takes no deductible. A line with
    other amounts of the first payer and none that it paid is priced as if there were no other
    payer, as where that denied it, and a note says so.
    """
    paid = pl.col("primary_paid_amount")
    amounts = paid, pl.col("primary_allowed_amount"), pl.col("primary_obligated_amount")
    return Adjustment(
        among=pl.any_horizontal(each.is_not_null() for each in amounts),
        outcomes=(
            refer(
                paid.is_not_null() & pl.col("charge_amount").is_null(),
                "second payer needs the charge",
            ),
        ),
        notes=(
            note(
                paid.is_null(),
                "amounts of a first payer without primary_paid_amount: priced as if Medicare were"
                " the only payer; give 0.00 where the first paid nothing",
            ),
        ),
    )
