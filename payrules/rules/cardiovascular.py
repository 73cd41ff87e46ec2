"""Cardiovascular: after the highest of a day, the technical part of heart tests is paid less."""

from payrules.dated import Dated
from payrules.engine.components import COMPONENT_COLUMNS, technical_only
from payrules.engine.rule import Adjustment, rule
from payrules.engine.session import GROUP_DAY

LATER_TECHNICAL = Dated({"2013-01-01": "0.75"}, cites="MPFSDB multiple procedure indicator 6")


@rule(
    cites="CY 2013 PFS final rule (77 FR 68933); CMS Pub. 100-04, ch. 12, §40.6",
    effective="2013-01-01",
    reads=(
        *COMPONENT_COLUMNS,
        "status_code",
        "multiple_procedure_indicator",
        "service_date",
        GROUP_DAY,
    ),
)
def cardiovascular(*, later: Dated = LATER_TECHNICAL) -> Adjustment:
    """Cardiovascular: the highest technical part of a day in full, others 25 percent less."""
    return technical_only("6", later.on(), "cardiovascular")
