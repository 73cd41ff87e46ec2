"""Modifier: modifiers that end a line, and those that only ask for a person's look."""

import polars as pl

from payrules.modifiers import billed_with
from payrules.rule import Adjustment, deny, deny_noncovered, note, refer, rule

NO_SPLIT = (
    pl.sum_horizontal("preoperative", "intraoperative", "postoperative", ignore_nulls=False) == 0
)


@rule(
    cites="CMS Pub. 100-04, ch. 12, §30.1, §40.4, §40.7; ch. 23, §20.9; ch. 30, §50 (GY)",
    effective="1992-01-01",
    kind="edit",
    reads=(
        "modifiers",
        "unknown_modifiers",
        "row_modifier",
        "bilateral_indicator",
        "preoperative",
        "intraoperative",
        "postoperative",
    ),
)
def modifier() -> Adjustment:
    """Modifiers that cannot be paid as billed; the first that matches decides."""
    bilateral = pl.col("bilateral_indicator")
    return Adjustment(
        among=billed_with("GY", "73", "74", "53", "50", "56", "54", "55", "22", "52")
        | pl.col("unknown_modifiers").is_not_null(),
        outcomes=(
            deny_noncovered(
                billed_with("GY"), "GY: the practice says Medicare excludes it", carc="96"
            ),
            deny(
                billed_with("73", "74"),
                "modifiers 73 and 74 are for facilities, not for practitioners",
                carc="4",
            ),
            refer(
                billed_with("53") & (pl.col("row_modifier") != "53"),
                "modifier 53 without a row of its own: a discontinued procedure is priced by the"
                " contractor",
            ),
            deny(
                billed_with("50") & (bilateral == "9"),
                "bilateral indicator 9: modifier 50 does not apply to this code",
                carc="4",
            ),
            deny(
                billed_with("56"),
                "modifier 56: the preoperative share is paid with modifier 54",
                carc="4",
            ),
            deny(
                billed_with("54", "55") & NO_SPLIT,
                "modifiers 54 and 55 need a procedure whose global payment is divided; this one has"
                " no percentages",
                carc="4",
            ),
        ),
        notes=(
            note(
                billed_with("22"),
                "modifier 22: full amount; the contractor considers more individually",
            ),
            note(
                billed_with("52"),
                "modifier 52: full amount; the contractor considers less individually",
            ),
            note(
                pl.col("unknown_modifiers").is_not_null(),
                pl.format("unknown modifier {}: priced without it", "unknown_modifiers"),
            ),
        ),
    )
