"""Co-surgery: two surgeons of different specialties share a procedure."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.modifier_share import NO_SHARES, ModifierShares
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, note, rule, scale
from payrules.engine.session import RENDERING_DAY, SESSION

EACH_SURGEON = Dated({"1992-01-01": "0.625"}, cites="CMS Pub. 100-04, ch. 12, §40.8")


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.8; MPFSDB co-surgeons indicator",
    effective="1992-01-01",
    reads=(
        "hcpcs_code",
        "modifiers",
        "service_date",
        "status_code",
        "multiple_procedure_indicator",
        "part_of_whole",
        SESSION,
        RENDERING_DAY,
    ),
)
def co_surgery(*, each: Dated = EACH_SURGEON, own_shares: ModifierShares = NO_SHARES) -> Adjustment:
    """Co-surgeons (62): each is paid 62.5 percent.

    Decision: two of one group and specialty stand in one session, so their lines of one code were
    ranked as two procedures; they share one operation, which is for a person to look at.
    """
    surgeons = pl.col(RENDERING_DAY).n_unique().over(SESSION, "hcpcs_code")
    return Adjustment(
        among=(billed_with("62"), NOT_ANESTHESIA, *own_shares.spare("62")),
        pool=SESSION,
        facts=({"_surgeons": surgeons},),
        outcomes=(
            scale(
                pl.lit(value=True),
                each.on(),
                "modifier 62: each co-surgeon's share",
                carc="B20",
                of_whole=True,
            ),
        ),
        notes=(
            note(
                (pl.col("_surgeons") > 1)
                & pl.col("multiple_procedure_indicator").is_in(["1", "2", "3"]),
                "co-surgeons in one group and specialty: their lines were ranked as two "
                "procedures in one session",
            ),
        ),
    )
