"""A payer's errors, one of each kind, are found as what they are: exact, to the cent."""

from benchmarks.planted_causes import KINDS, matrix

#: Claims of each kind: as many as there are codes in a kind.
EACH = 7


def test_every_planted_cause_is_found() -> None:
    told = matrix(EACH)
    assert {planted for planted, *_ in told} == {*KINDS}
    for planted, cause, found, confidence, _ in told:
        assert found == cause, planted
        sure = {"": "", "unexplained": "none", "timely_filing": "code"}
        assert confidence == sure.get(cause, "exact"), planted
