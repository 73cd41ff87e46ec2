"""Coinsurance: the patient's fifth of what is allowed after the deductible, or less."""

import polars as pl

from payrules.dated import Dated
from payrules.engine.rule import Adjustment, pay, rule
from payrules.money import WHOLE, half_up, percentage, short_text
from payrules.statutory import PATIENT_SHARE

#: Schedules give the share in thousandths of a percent (SSA 1847A(i)(5)).
FINER = 10
BY_TABLE, BY_SCHEDULE = pl.col("patient_share"), pl.col("schedule_coinsurance")


@rule(
    cites="SSA 1833(a)(1); 42 CFR 410.152(b)",
    effective="1966-07-01",
    kind="payment",
    every_schedule=True,
    reads=("service_date", "patient_share", "cites_of_share", "schedule_coinsurance"),
)
def coinsurance(*, patient: Dated = PATIENT_SHARE) -> Adjustment:
    """The patient pays 20 percent of the allowed amount after the deductible.

    Less where the table of preventive services or the schedule of a drug says so; of both, the
    smaller share (decision: no text ranks them). Neither ever makes it more.
    """
    owed = percentage(pl.col("amount"), patient.on())
    by_schedule = half_up(pl.col("amount") * BY_SCHEDULE, WHOLE * FINER)
    by_table = percentage(pl.col("amount"), BY_TABLE)
    most = patient.on() * FINER
    lower = (most > BY_SCHEDULE) & (BY_SCHEDULE < BY_TABLE * FINER).fill_null(value=True)
    return Adjustment(
        among=pl.col("amount") > 0,
        outcomes=(
            pay(
                lower,
                pl.col("amount") - by_schedule,
                pl.format("the patient's share by this schedule, {} %", short_text(BY_SCHEDULE, 3)),
                group_code="PR",
                carc="2",
                sets={"coinsurance_amount": by_schedule},
            ),
            pay(
                patient.on() > BY_TABLE,
                pl.col("amount") - by_table,
                pl.format(
                    "cost sharing {}: the patient's share, {} %",
                    pl.when(BY_TABLE == 0).then(pl.lit("waived")).otherwise(pl.lit("reduced")),
                    short_text(BY_TABLE, 2),
                ),
                factor=BY_TABLE,
                group_code="PR",
                carc="2",
                sets={"coinsurance_amount": by_table},
                cites=pl.col("cites_of_share"),
            ),
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
