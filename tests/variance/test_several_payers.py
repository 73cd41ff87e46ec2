"""Two payers of one claim, and reversals whose money a provider adjustment holds back."""

from pathlib import Path

import pytest

from tests.variance.small import Answer, Paid, claim, compared, payment, rows

USUAL = "CO-45 84.81, CO-253 1.52, PR-2 19.04"
VISIT = Paid("99213", "180", "74.63", USUAL)
SECOND = Paid("99213", "180", "19.04", "OA-23 160.96")
CLAIM = claim("A1", "99213 180")


def test_two_payers_are_compared_apart(tmp_path: Path) -> None:
    first = payment(Answer("A1", (VISIT,)))
    second = Answer("A1", (SECOND,), "2", control="S1")
    found = compared(tmp_path, [CLAIM], first, payment(second, trace="T2", payer="MEDIGAP"))
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_paid_amount"]) == ("paid_as_expected", 7463)
    assert row["all_payers_paid_amount"] == 7463 + 1904
    assert "more than" not in row["notes"]
    assert {each.name: each.amount for each in found.terms}["other_payers"] == 1904


def test_all_payers_together_paid_more_than_is_allowed(tmp_path: Path) -> None:
    more = Paid("99213", "180", "30.00", "OA-23 150.00")
    second = Answer("A1", (more,), "2", control="S1")
    (row,) = rows(compared(tmp_path, [CLAIM], payment(Answer("A1", (VISIT,)), second)))
    assert row["all_payers_paid_amount"] == 10463
    assert "all payers together paid more" in row["notes"]


def test_a_second_payer_s_reversal_takes_back_its_own_payment(tmp_path: Path) -> None:
    second = Answer("A1", (SECOND,), "2", control="S1")
    back = payment(second.reversed(), trace="T3", on="20260401")
    found = compared(
        tmp_path, [CLAIM], payment(Answer("A1", (VISIT,))), payment(second, trace="T2"), back
    )
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_paid_amount"]) == ("paid_as_expected", 7463)
    assert row["all_payers_paid_amount"] == 7463
    assert "reversal" not in row["notes"]


def test_what_only_another_payer_answers_is_of_that_payer_whatever_its_status(
    tmp_path: Path,
) -> None:
    nothing = Answer("A1", (Paid("99213", "180", "0", "OA-23 180"),), "1", control="S1")
    found = compared(
        tmp_path, [CLAIM], payment(Answer("A1", (VISIT,))), payment(nothing, trace="T2")
    )
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_codes"]) == (
        "paid_as_expected",
        "CO-253 CO-45 PR-2",
    )


@pytest.mark.parametrize("status", ["1", "2"])
@pytest.mark.parametrize("comes_first", [True, False])
def test_a_payer_that_says_another_paid_before_comes_second_whatever_its_status(
    tmp_path: Path, status: str, comes_first: bool
) -> None:
    """Sent as primary (CLP02 1) it read as our overpayment, to be given back."""
    answer = Answer("A1", (SECOND,), status, "S1")
    second = payment(answer, trace="T2", payer="SUPP PLAN", tin="1000000009")
    paid = [payment(Answer("A1", (VISIT,))), second]
    found = compared(tmp_path, [CLAIM], *(paid if comes_first else reversed(paid)))
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_paid_amount"]) == ("paid_as_expected", 7463)
    assert (row["payer"], row["action"]) == ("MADE UP MAC", "")
    assert row["notes"] == "another payer answers this claim too"
    assert row["all_payers_paid_amount"] == 7463 + 1904
    assert {each.name: each.amount for each in found.terms}["other_payers"] == 1904


@pytest.mark.parametrize("spelled", ["MADE UP MAC", "MADE UP MAC - PART B"])
def test_a_payer_s_own_second_decision_is_not_another_payer_s(spelled: str, tmp_path: Path) -> None:
    """The same payer says in a later decision that another paid before: it is added, and told.

    Its tax number tells that it is the same, however it spells its name.
    """
    again = payment(Answer("A1", (SECOND,), "1", control="S1"), trace="T2", payer=spelled)
    found = compared(tmp_path, [CLAIM], payment(Answer("A1", (VISIT,))), again)
    (row,) = rows(found)
    assert row["payer_paid_amount"] == 7463 + 1904
    assert "decided more than once without a reversal" in row["notes"]


def test_a_held_back_reversal_says_where_the_money_is(tmp_path: Path) -> None:
    first = Answer("A1", (VISIT,))
    paid = payment(first)
    for references, told in (
        (("A1", "A1"), "; it was recovered on 2026-05-01"),
        (("ICN1", "ICN1"), "; it was recovered on 2026-05-01"),
        (("X9", "X9"), "; it was recovered on 2026-05-01"),
        (("X9", "X8"), ""),
    ):
        held, later = references
        back = payment(first.reversed(), on="20260401", trace="T2", plb=[f"WO:{held} -74.63"])
        taken = payment(on="20260501", trace="T3", plb=[f"WO:{later} 74.63"])
        (row,) = rows(compared(tmp_path, [CLAIM], paid, back, taken))
        assert row["variance_status"] == "reversed"
        assert row["action"] == "follow_up"
        assert row["cause_detail"] == (
            "what was paid was taken back on 2026-04-01, and no new decision is in these files; a"
            " provider adjustment (WO) of the same amount leaves the money with the practice until"
            f" the correction{told}"
        )
    back = payment(first.reversed(), on="20260401", trace="T2", plb=["WO:A1 -70.00"])
    (row,) = rows(compared(tmp_path, [CLAIM], paid, back))
    assert "provider adjustment" not in row["cause_detail"]
