"""Co-surgery: two surgeons of different specialties share a procedure."""

import polars as pl

from payrules.dated import Dated
from payrules.modifiers import billed_with
from payrules.rule import NOT_ANESTHESIA, Adjustment, rule, scale

EACH_SURGEON = Dated({"1992-01-01": "0.625"}, cites="CMS Pub. 100-04, ch. 12, §40.8")


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.8; MPFSDB co-surgeons indicator",
    effective="1992-01-01",
    reads=("modifiers", "service_date", "status_code"),
)
def co_surgery(*, each: Dated = EACH_SURGEON) -> Adjustment:
    """Co-surgeons (62): each is paid 62.5 percent."""
    return Adjustment(
        among=(billed_with("62"), NOT_ANESTHESIA),
        outcomes=(
            scale(
                pl.lit(value=True), each.on(), "modifier 62: each co-surgeon's share", carc="B20"
            ),
        ),
    )
