"""Injection: status T is paid only when nothing else is payable that day."""

import polars as pl

from payrules.engine.rule import BY_REPORT, PRICED, Adjustment, Hints, bundle, rule
from payrules.engine.session import PRACTITIONER_DAY

IS_INJECTION = pl.col("status_code") == "T"


@rule(
    cites="CMS RVU file documentation, Attachment A, status T; 42 CFR 414.34(b)",
    effective="2000-01-01",
    kind="edit",
    reads=("status_code", PRACTITIONER_DAY),
)
def injection() -> Adjustment:
    """Status T services are bundled into anything else payable the same day."""
    return Adjustment(
        among=pl.lit(value=True),
        standing=(PRICED, BY_REPORT),
        pool=PRACTITIONER_DAY,
        hints=Hints(triggers=IS_INJECTION),
        facts=({"others": (~IS_INJECTION).sum().over(PRACTITIONER_DAY)},),
        outcomes=(
            bundle(
                IS_INJECTION & (pl.col("status") == PRICED) & (pl.col("others") > 0),
                pl.format("status T: {} other payable line(s) on the same day", "others"),
                carc="97",
            ),
        ),
    )
