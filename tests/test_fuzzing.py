"""Every kind of input, damaged at random by fixed seeds: a sentence and a status, never a bug."""

import pytest

from tests.fuzzing import KINDS, faults

#: Cases of each kind here; thousands by `python -m tests.fuzzing --cases 5000`.
CASES = 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_damaged_input_ends_in_a_sentence_and_leaves_nothing(kind: str) -> None:
    found = [fault for seed in range(CASES) for fault in faults(kind, seed)]
    assert not found, "\n".join(found[:10])
