"""What-if: change claims, fee schedule or terms, price again, and explain every cent between."""

from payrules.scenarios.scenario import Scenario, read_scenario, scenario, stack
from payrules.scenarios.whatif import Baseline, Comparison, baseline, compare, plan, total_of

__all__ = [
    "Baseline",
    "Comparison",
    "Scenario",
    "baseline",
    "compare",
    "plan",
    "read_scenario",
    "scenario",
    "stack",
    "total_of",
]
