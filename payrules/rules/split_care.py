"""Split care: surgeon and follow-up practitioner share a procedure's global payment."""

import polars as pl

from payrules.claims.modifiers import billed_with
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
    own_share_left,
    share_left,
)
from payrules.engine.modifier_share import CARE, NO_SHARES, ModifierShares
from payrules.engine.rule import (
    NOT_ANESTHESIA,
    Adjustment,
    Outcome,
    note,
    part_left,
    pay,
    rule,
    scale,
)
from payrules.money import WHOLE, half_up, short_text

PREOPERATIVE = billed_with("56")


def by_own_shares(own: ModifierShares, care: pl.Expr) -> Outcome:
    """Pay a payer's own shares of 54, 55 and 56, added up; what it does not name is the code's.

    Decision: its share of 55 is of all the care after the operation, of which a line is paid the
    days it bills, as Medicare divides its own (ch. 12, §40.4): no policy read says otherwise.
    """
    left, over = own_share_left(own)
    parts = (
        ("54", SURGERY, (pl.col("preoperative") + pl.col("intraoperative")) * 100),
        ("55", FOLLOW_UP, pl.col("postoperative") * 100),
        ("56", PREOPERATIVE, pl.lit(0)),
    )
    chosen = {name: own.chosen((name,)) for name, *_ in parts}
    said = [
        pl.when(billed).then(
            pl.format(
                "{} at {}{} %{}",
                pl.lit(name),
                pl.when(chosen[name].is_null())
                .then(pl.lit("the code's own "))
                .otherwise(pl.lit("")),
                short_text(pl.coalesce(chosen[name], of_code), 2),
                pl.concat_str(pl.lit(", "), care) if name == "55" else pl.lit(""),
            )
        )
        for name, billed, of_code in parts
    ]
    return pay(
        pl.any_horizontal([each.is_not_null() for each in chosen.values()]),
        # In 128 bits: parts of more than the whole may leave 64.
        half_up(pl.col("amount").cast(pl.Int128) * left, over * WHOLE).cast(pl.Int64),
        pl.concat_str(pl.lit("contract: "), pl.concat_str(said, separator="; ", ignore_nulls=True)),
        carc="B20",
        sets=part_left(left, over),
        cites=own.sources([(name,) for name in chosen]),
    )


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.2, §40.4",
    effective="1992-01-01",
    reads=(*READS, *DATES, "status_code", "part_of_whole"),
)
def split_care(*, own_shares: ModifierShares = NO_SHARES) -> Adjustment:
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
    of_care = SURGERY | FOLLOW_UP
    divided = IS_DIVIDED
    own: tuple[Outcome, ...] = ()
    if own_shares.name_any(*CARE):
        own = (by_own_shares(own_shares, care),)
        of_care = of_care | PREOPERATIVE
        divided = divided | own[0].when
    counted = divided & FOLLOW_UP & DAYS.is_not_null()
    return Adjustment(
        among=(of_care, NOT_ANESTHESIA, *own_shares.spare_combined(*CARE)),
        outcomes=(
            *own,
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
                of_whole=True,
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
                ~divided,
                "54 or 55: this code's global payment is not split; paid in full",
            ),
            note(
                divided & FOLLOW_UP & DAYS.is_null(),
                "55: the fee schedule has no global days for this code; all postoperative care "
                "is paid",
            ),
        ),
    )
