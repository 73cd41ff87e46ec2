"""Split care: surgeon and follow-up practitioner share a procedure's global payment."""

import polars as pl

from payrules.modifiers import billed_with
from payrules.rule import NOT_ANESTHESIA, Adjustment, rule, scale

#: Nothing where global days are not counted: care of such a procedure is not divided by days.
DAYS = pl.col("global_days").replace_strict(
    {"010": 10, "090": 90}, default=None, return_dtype=pl.Int64
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
    whole = DAYS.fill_null(1)
    days = pl.when(DAYS.is_null()).then(1).otherwise(pl.min_horizontal("postoperative_days", DAYS))
    # Hundredths × days; over the global days the fraction stays exact until the one rounding.
    surgery = (
        pl.when(SURGERY)
        .then((pl.col("preoperative") + pl.col("intraoperative")) * whole)
        .otherwise(0)
    )
    follow_up = pl.when(FOLLOW_UP).then(pl.col("postoperative") * days).otherwise(0)
    care = (
        pl.when(DAYS.is_null())
        .then(pl.lit("all the care after surgery; its global days are not counted"))
        .otherwise(pl.format("care for {} of {} global days", days, DAYS))
    )
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
                            "{} {}",
                            pl.when(SURGERY)
                            .then(pl.lit("54 and 55: surgery and"))
                            .otherwise(pl.lit("55:")),
                            care,
                        )
                    ),
                    "preoperative",
                    "intraoperative",
                    "postoperative",
                ),
                over=whole,
                carc="B20",
            ),
        ),
    )
