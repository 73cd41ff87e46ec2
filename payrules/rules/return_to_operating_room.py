"""Return to the operating room: treating a complication is paid for the operation alone."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.modifier_share import NO_SHARES, ModifierShares
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, rule, scale

SHARE = pl.col("intraoperative")


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.1.B, §40.4.C",
    effective="1992-01-01",
    reads=(
        "modifiers",
        "status_code",
        "global_days",
        "preoperative",
        "intraoperative",
        "postoperative",
        "part_of_whole",
    ),
)
def return_to_operating_room(*, own_shares: ModifierShares = NO_SHARES) -> Adjustment:
    """Modifier 78: the intraoperative share of a 010 or 090 procedure; any other in full."""
    divided = pl.sum_horizontal("preoperative", "intraoperative", "postoperative") > 0
    return Adjustment(
        among=(
            billed_with("78"),
            NOT_ANESTHESIA & pl.col("global_days").is_in(["010", "090"]) & divided,
            *own_shares.spare("78"),
        ),
        outcomes=(
            scale(
                pl.lit(value=True),
                SHARE * 100,
                pl.format("modifier 78: the intraoperative share, {} %", SHARE),
                carc="B10",
                of_whole=True,
            ),
        ),
    )
