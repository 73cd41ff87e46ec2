"""Split care: surgeon and follow-up practitioner share a procedure's global payment."""

import polars as pl

from payrules.modifiers import billed_with
from payrules.rule import NOT_ANESTHESIA, Adjustment, rule, scale

DAYS = pl.col("global_days").replace_strict(
    {"010": 10, "090": 90}, default=1, return_dtype=pl.Int64
)
SURGERY, FOLLOW_UP = billed_with("54"), billed_with("55")


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.2, §40.4",
    effective="1992-01-01",
    reads=(
        "modifiers",
        "status_code",
        "global_days",
        "preoperative",
        "intraoperative",
        "postoperative",
        "postoperative_days",
    ),
)
def split_care() -> Adjustment:
    """Split care: 54 pays the pre- and intraoperative share, 55 the days of care after surgery."""
    days = pl.min_horizontal(pl.col("postoperative_days").fill_null(DAYS), DAYS)
    # Hundredths × days; over the global days the fraction stays exact until the one rounding.
    surgery = (
        pl.when(SURGERY)
        .then((pl.col("preoperative") + pl.col("intraoperative")) * DAYS)
        .otherwise(0)
    )
    follow_up = pl.when(FOLLOW_UP).then(pl.col("postoperative") * days).otherwise(0)
    shared = pl.sum_horizontal("preoperative", "intraoperative", "postoperative") > 0
    return Adjustment(
        among=(billed_with("54", "55"), NOT_ANESTHESIA & shared),
        outcomes=(
            scale(
                pl.lit(value=True),
                (surgery + follow_up) * 100,
                pl.format(
                    "{}; pre {} %, intra {} %, post {} %",
                    pl.when(SURGERY & ~FOLLOW_UP)
                    .then(pl.lit("54: surgery without the care after it"))
                    .otherwise(
                        pl.format(
                            "{} care for {} of {} global days",
                            pl.when(SURGERY)
                            .then(pl.lit("54 and 55: surgery and"))
                            .otherwise(pl.lit("55:")),
                            days,
                            DAYS,
                        )
                    ),
                    "preoperative",
                    "intraoperative",
                    "postoperative",
                ),
                over=DAYS,
                carc="B20",
            ),
        ),
    )
