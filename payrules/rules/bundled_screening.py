"""Bundled screening: the rectal exam for prostate cancer is part of a visit on the same day."""

import polars as pl

from payrules.engine.rule import Adjustment, Hints, bundle, rule
from payrules.engine.session import PRACTITIONER_DAY
from payrules.engine.visits import IS_EVALUATION


@rule(
    cites="42 CFR 410.39; CMS Pub. 100-04, ch. 18, §50.2: G0102 beside a visit",
    effective="2000-01-01",
    kind="edit",
    reads=("hcpcs_code", "status_code", PRACTITIONER_DAY),
)
def bundled_screening() -> Adjustment:
    """The screening rectal exam G0102 is bundled into a visit of the same practitioner and day."""
    return Adjustment(
        marks={"_is_evaluation": IS_EVALUATION, "_is_exam": pl.col("hcpcs_code") == "G0102"},
        among=pl.col("_is_evaluation") | pl.col("_is_exam"),
        pool=PRACTITIONER_DAY,
        hints=Hints(triggers=pl.col("_is_exam")),
        facts=({"_beside_visit": pl.col("_is_evaluation").any().over(PRACTITIONER_DAY)},),
        outcomes=(
            bundle(
                pl.col("_is_exam") & pl.col("_beside_visit"),
                "G0102: the exam is bundled into the visit on the same day",
                carc="97",
            ),
        ),
    )
