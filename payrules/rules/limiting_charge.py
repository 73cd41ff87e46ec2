"""Limiting charge: what a patient owes who is not seen on assignment."""

import polars as pl

from payrules.claims.practitioners import MAY_REFUSE_ASSIGNMENT
from payrules.dated import Dated
from payrules.engine.rule import PRICED, Adjustment, Outcome, dollars, note, rule
from payrules.money import percentage
from payrules.within_reason import CEILING

#: 115 % of the nonparticipating 95 %, in one step as CMS writes it.
LIMIT = Dated(
    {"1993-01-01": "1.0925"},
    cites="42 CFR 414.48; CMS RVU file documentation",
    within=CEILING,
)


@rule(
    cites="SSA 1848(g); 42 CFR 414.48",
    effective="1993-01-01",
    kind="payment",
    reads=(
        "participating",
        "assignment_accepted",
        "practitioner_type",
        "charge_amount",
        "primary_paid_amount",
        "patient_amount",
        "contract_fee",
        "capped_fee",
        "fee_schedule_amount",
        "anesthesia_amount",
        "amount_before_nonparticipating",
        "service_date",
    ),
)
def limiting_charge(*, limit: Dated = LIMIT) -> Adjustment:
    """Without assignment the patient pays up to the charge limit, less what is paid.

    Decision: the limit is of the amount before the nonparticipating reduction, and at least the
    charge where an RT and LT pair was paid at its charges (42 CFR 414.48 is silent on a side that
    alone would stand above its own limit; the pair does not). One unit may be charged at 109.25
    percent of its fee, of capped imaging at that of the capped fee (SSA 1848(b)(4), (g)). Of a
    contract's rate the limit is a multiple of what the contract pays in full: TRICARE's 115 percent
    are of its allowable charge (10 U.S.C. 1079(h)).
    """
    charge = pl.col("charge_amount")
    # Where another payer paid first, what the patient owes is known (42 CFR 411.35).
    owes = charge.is_not_null() & pl.col("primary_paid_amount").is_null()
    ceiling = percentage(pl.col("amount_before_nonparticipating"), limit.on())
    billed = pl.min_horizontal(charge, ceiling)
    unit = pl.coalesce("contract_fee", "capped_fee", "fee_schedule_amount", "anesthesia_amount")
    return Adjustment(
        among=~pl.col("participating")
        & ~pl.col("assignment_accepted")
        & pl.col("practitioner_type").is_in(MAY_REFUSE_ASSIGNMENT),
        facts=({"_limit": percentage(unit, limit.on()), "_billed": billed},),
        outcomes=(
            Outcome(
                when=pl.col("status") == PRICED,
                sets={
                    "limiting_charge": pl.col("_limit"),
                    "patient_amount": pl.when(owes)
                    .then(pl.max_horizontal(pl.col("_billed") - pl.col("amount"), 0))
                    .otherwise(pl.col("patient_amount")),
                },
                detail=pl.when(owes)
                .then(pl.format("the patient owes {} minus what is paid", dollars("_billed")))
                .otherwise(pl.format("the limiting charge for one unit is {}", dollars("_limit"))),
            ),
        ),
        notes=(
            note(
                (pl.col("status") == PRICED) & pl.col("primary_paid_amount").is_not_null(),
                "second payer: without assignment the limit on what the patient owes does not bind"
                " a nonparticipating practitioner",
            ),
        ),
    )
