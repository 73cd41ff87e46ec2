"""What the reference pricer knows of kinds of plan: who bears what, written from the law alone."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class ReferencePlan:
    """Which of Medicare's own payment rules a kind of payer has; `limit` of the whole fee."""

    coinsurance: bool = False
    deductible: bool = True
    part_b_deductible: bool = False
    sequestration: bool = False
    mips: bool = False
    shortage_area: bool = False
    nonparticipating: Decimal | None = None
    limit: Decimal | None = None


#: SSA 1833, 1833(m), 1848(a)(3), (g), (q); BBEDCA 251A.
MEDICARE = ReferencePlan(
    coinsurance=True,
    part_b_deductible=True,
    sequestration=True,
    mips=True,
    shortage_area=True,
    nonparticipating=Decimal("0.95"),
    limit=Decimal("1.0925"),
)
#: 42 CFR 422.214: who has no contract gets what Original Medicare would pay; its cost sharing is
#: the plan's own (SSA 1852(a)(1)(B)), and all that the member owes (42 CFR 422.504(g)(1)).
MEDICARE_ADVANTAGE = ReferencePlan(sequestration=True, mips=True, nonparticipating=Decimal("0.95"))
COMMERCIAL = ReferencePlan()
#: The state's amount is payment in full (42 CFR 447.15); a worker owes nothing (20 CFR 10.813).
MEDICAID = WORKERS_COMPENSATION = ReferencePlan(deductible=False)
#: Balance billing ends at 115 percent of the allowable charge (10 U.S.C. 1079(h)).
TRICARE = ReferencePlan(nonparticipating=Decimal(1), limit=Decimal("1.15"))

PLANS = {
    "medicare": MEDICARE,
    "medicare_advantage": MEDICARE_ADVANTAGE,
    "commercial": COMMERCIAL,
    "medicaid": MEDICAID,
    "workers_compensation": WORKERS_COMPENSATION,
    "tricare": TRICARE,
}
