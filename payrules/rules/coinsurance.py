"""Coinsurance: the patient's fifth of what is allowed after the deductible."""

import polars as pl

from payrules.dated import Dated
from payrules.engine.rule import Adjustment, pay, rule
from payrules.money import percentage, short_text

PATIENT_SHARE = Dated({"1966-07-01": "0.20"}, cites="SSA 1833(a)(1)")


@rule(
    cites="SSA 1833(a)(1); 42 CFR 410.152(b)",
    effective="1966-07-01",
    kind="payment",
    reads=("service_date",),
)
def coinsurance(*, patient: Dated = PATIENT_SHARE) -> Adjustment:
    """The patient pays 20 percent of the allowed amount after the deductible."""
    owed = percentage(pl.col("amount"), patient.on())
    return Adjustment(
        among=pl.col("amount") > 0,
        outcomes=(
            pay(
                pl.lit(value=True),
                pl.col("amount") - owed,
                pl.format("the patient's share, {} %", short_text(patient.on(), 2)),
                group_code="PR",
                carc="2",
                sets={"coinsurance_amount": owed},
            ),
        ),
    )
