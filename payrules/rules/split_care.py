"""Split care: surgeon and follow-up practitioner share a procedure's global payment."""

import polars as pl

from payrules.engine.global_surgery import (
    BILLED,
    DATES,
    DAYS,
    FOLLOW_UP,
    GIVEN,
    IN_UNITS,
    IS_DIVIDED,
    READS,
    SURGERY,
    days_by_date,
    days_of_care,
    share_left,
)
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, note, rule, scale


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.2, §40.4",
    effective="1992-01-01",
    reads=(*READS, *DATES, "status_code"),
)
def split_care() -> Adjustment:
    """Split care: 54 pays the pre- and intraoperative share, 55 the days of care after surgery.

    Decision: units of a line with 55 beyond one are its days, and the line counts as one unit,
    the reading that cannot overpay (contractors want the days there). Days that go beyond the
    global period, or beyond the dates of care, are for a person to look at.
    """
    share, over = share_left()
    from_units = pl.when(GIVEN.is_null() & IN_UNITS.is_not_null())
    care = (
        pl.when(DAYS.is_null())
        .then(pl.lit("all postoperative care; its global days are not counted"))
        .otherwise(
            pl.format(
                "postoperative care for {} of {} global days{}",
                days_of_care(),
                DAYS,
                from_units.then(pl.lit(", days from the units field")).otherwise(pl.lit("")),
            )
        )
    )
    counted = IS_DIVIDED & FOLLOW_UP & DAYS.is_not_null()
    return Adjustment(
        among=(SURGERY | FOLLOW_UP, NOT_ANESTHESIA),
        outcomes=(
            # Hundredths × days; over the global days the fraction stays exact until one rounding.
            scale(
                IS_DIVIDED,
                share * 100,
                pl.format(
                    "{}; pre {} %, intra {} %, post {} %",
                    pl.when(SURGERY & ~FOLLOW_UP)
                    .then(pl.lit("54: surgery without postoperative care"))
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
                over=over,
                carc="B20",
            ),
        ),
        notes=(
            note(
                counted & BILLED.is_null(),
                "55 without days of care: all days assumed",
            ),
            note(
                counted & (GIVEN != IN_UNITS),
                pl.format(
                    "55 with {} postoperative days and {} units: the postoperative days are used",
                    GIVEN,
                    IN_UNITS,
                ),
            ),
            note(
                counted & (BILLED > DAYS),
                pl.format("55 with {} days of care: paid for the {} global days", BILLED, DAYS),
            ),
            note(
                counted & (days_of_care() > days_by_date()),
                pl.format(
                    "55 pays {} days of care, but its dates of care span {} days of the "
                    "global period",
                    days_of_care(),
                    days_by_date(),
                ),
            ),
            note(
                ~IS_DIVIDED,
                "54 or 55: this code's global payment is not split; paid in full",
            ),
            note(
                IS_DIVIDED & FOLLOW_UP & DAYS.is_null(),
                "55: the fee schedule has no global days for this code; all postoperative care "
                "is paid",
            ),
        ),
    )
