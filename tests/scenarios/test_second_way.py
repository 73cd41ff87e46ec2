"""Generated what-ifs of every kind agree with the same made by hand, to the cent.

A few of each kind, always the same; `python -m tests.scenarios.second_way` tries others, and
makes one that differs small with `--shrink`.
"""

import pytest

from tests.scenarios.second_way import KINDS, run

#: So many of each kind take less than a minute of processor time together.
SCENARIOS, SEED = 2, 1000
#: Each of these prices the batch some fifty times.
MANY_PRICINGS = {"solve", "tornado"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_scenario_agrees_with_the_same_made_by_hand(kind: str) -> None:
    run(kind, 1 if kind in MANY_PRICINGS else SCENARIOS, SEED, shrink=False)
