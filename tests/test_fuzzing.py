"""Every kind of input, damaged at random by fixed seeds: a sentence and a status, never a bug."""

import pytest

from tests.distilled import chosen, kept, seeds_of, written
from tests.fuzzing import KINDS, faults


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_damaged_input_ends_in_a_sentence_and_leaves_nothing(kind: str) -> None:
    """Hundreds of cases; thousands of each kind by `python -m tests.fuzzing --cases 5000`."""
    found = [fault for seed in seeds_of(kind) for fault in faults(kind, seed)]
    assert not found, "\n".join(found[:10])


def test_the_seeds_written_down_are_of_kinds_that_are_and_those_that_found_a_fault_stay() -> None:
    assert kept().keys() <= KINDS.keys()
    assert 67 in seeds_of("claims in parts")
    assert written(kept()) == written({kind: dict(kept()[kind]) for kind in kept()})


def test_few_seeds_reach_what_all_reach() -> None:
    reaches = {0: {"a", "b"}, 1: {"b"}, 2: {"c", "a"}, 3: {"b", "c", "d"}}
    assert chosen(reaches) == [0, 3]
