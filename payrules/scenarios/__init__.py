"""What-if: change claims, fee schedule or terms, price again, and explain every cent between."""

from payrules.scenarios.baseline import Baseline, baseline
from payrules.scenarios.comparison import Comparison, compare
from payrules.scenarios.plan import plan, total_of
from payrules.scenarios.scenario import Scenario, read_scenario, scenario, stack

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
