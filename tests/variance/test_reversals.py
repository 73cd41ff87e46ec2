"""What was paid, taken back, and paid again: it nets, whatever numbers the payer gives back."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.variance.small import Answer, Paid, claim, compared, payment, rows

USUAL = "CO-45 84.81, CO-253 1.52, PR-2 19.04"
VISIT = Paid("99213", "180", "74.63", USUAL)
LONGER = Paid("99214", "250", "106.34", "CO-45 114.36, CO-253 2.17, PR-2 27.13")
CLAIM = claim("A1", "99213 180", "99214 250")


@pytest.mark.parametrize("control", ["", "L"])
def test_a_reversal_alone_leaves_nothing_paid(tmp_path: Path, control: str) -> None:
    lines = (VISIT, LONGER)
    sent = CLAIM
    if control:
        lines = tuple(replace(each, control=f"L{n}") for n, each in enumerate(lines, 1))
        sent = claim("A1", "99213 180 1 L1", "99214 250 1 L2")
    first = Answer("A1", lines)
    back = payment(first.reversed(), on="20260401", trace="T2")
    found = compared(tmp_path, [sent], payment(first), back)
    for row in rows(found):
        assert (row["variance_status"], row["payer_paid_amount"]) == ("reversed", 0)
        assert row["payer_patient_amount"] == 0
    assert not found.unmatched.height
    assert not found.checks.height


def test_a_reversal_without_what_it_takes_back_finds_its_lines(tmp_path: Path) -> None:
    back = payment(Answer("A1", (VISIT, LONGER)).reversed())
    found = compared(tmp_path, [CLAIM], back)
    assert [row["variance_status"] for row in rows(found)] == ["not_comparable"] * 2
    assert [row["payer_paid_amount"] for row in rows(found)] == [-7463, -10634]
    assert not found.unmatched.height


@pytest.mark.parametrize("kind", ["reversal", "predetermination", "unread"])
def test_what_cannot_be_compared_owes_nothing(tmp_path: Path, kind: str) -> None:
    """A reversal alone read as twice its money underpaid, beside "not comparable"."""
    answer = Answer("A1", (VISIT,)).reversed()
    if kind == "predetermination":
        answer = Answer("A1", (replace(VISIT, paid="0", adjusted="OA-101 180"),), "25")
    elif kind == "unread":
        answer = Answer("A1", (VISIT, replace(LONGER, charge="nothing")), charge="430")
        answer = replace(answer, further=("SVC*HC:99214**",), lines=(VISIT,))
    found = compared(tmp_path, [CLAIM], payment(answer))
    answered = [row for row in rows(found) if row["payer_paid_amount"] is not None]
    assert {row["variance_status"] for row in answered} == {"not_comparable"}
    for row in answered:
        for name in ("allowed_variance", "paid_variance", "restated_paid", "underpaid", "overpaid"):
            assert row[f"{name}_amount"] is None
        assert row["allowed_variance_percent"] is row["claim_underpaid_amount"] is None


def test_what_a_reversal_does_not_take_back_stays_with_its_line(tmp_path: Path) -> None:
    first = Answer("A1", (VISIT, LONGER))
    less = replace(VISIT, paid="70.00", adjusted="CO-45 89.44, CO-253 1.52, PR-2 19.04")
    back = payment(Answer("A1", (less, LONGER)).reversed(), trace="T2")
    found = compared(tmp_path, [CLAIM], payment(first), back)
    assert [row["payer_paid_amount"] for row in rows(found)] == [463, 0]
    assert found.checks["check"].to_list() == ["reversal_amount"]


@pytest.mark.parametrize("control", ["ICN1", "ICN2"])
@pytest.mark.parametrize("on", ["20260316", "20260401"])
def test_what_is_decided_after_a_reversal_is_not_taken_back(
    tmp_path: Path, control: str, on: str
) -> None:
    """The original is in none of the files: the correction stands, whatever its number."""
    less = replace(VISIT, paid="70.00", adjusted="CO-45 89.44, CO-253 1.52, PR-2 19.04")
    back = Answer("A1", (less,)).reversed()
    again = Answer("A1", (VISIT,), control=control)
    sent = claim("A1", "99213 180")
    if on == "20260316":
        found = compared(tmp_path, [sent], payment(back, again))
    else:
        found = compared(tmp_path, [sent], payment(back), payment(again, on=on, trace="T2"))
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_paid_amount"]) == ("paid_as_expected", 7463)
    assert row["notes"] == "a reversal whose original is not in these files"
    assert not found.checks.height
    assert {each.name: each.amount for each in found.terms if each.amount} == {
        "compared": 7463,
        "beside": -7000,
    }


def test_the_same_amounts_paid_again_later_are_not_what_was_taken_back(tmp_path: Path) -> None:
    first = Answer("A1", (VISIT,))
    later = payment(first, on="20260401", trace="T2")
    found = compared(tmp_path, [claim("A1", "99213 180")], payment(first.reversed()), later)
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_paid_amount"]) == ("paid_as_expected", 7463)


def test_a_denial_without_appeal_says_so(tmp_path: Path) -> None:
    line = Paid("99213", "180", "0", "CO-50 180", remarks="N211")
    found = compared(
        tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", (line,), status="4"))
    )
    (row,) = rows(found)
    assert row["appeal_by_date"] is None
    assert "this decision cannot be appealed (N211); our note: look" in row["cause_detail"]
    assert row["action"] == "review_coding"


def test_a_code_that_speaks_of_no_cause_is_named(tmp_path: Path) -> None:
    """It read "no code says why" beside a code that the patient is to pay all."""
    line = Paid("99213", "180", "0", "PR-85 180")
    found = compared(tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", (line,))))
    (row,) = rows(found)
    assert (row["variance_cause"], row["cause_confidence"]) == ("unexplained", "none")
    assert row["cause_detail"].endswith("and PR-85 180.00 speaks of no cause here")


def test_a_line_of_a_claim_taken_back_that_nobody_answered_is_unanswered(tmp_path: Path) -> None:
    """It read as taken back, though nothing was ever paid on it."""
    sent = claim("A1", "99213:25 180", "64483 900")
    first = Answer(
        "A1", (Paid("99213:25", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04"),)
    )
    paid = payment(first), payment(first.reversed(), trace="T2", on="20260401")
    visit, injection = rows(compared(tmp_path, [sent], *paid))
    assert visit["variance_status"] == "reversed"
    assert injection["variance_status"] == "no_remittance"
    assert injection["cause_detail"] == "the payer answered this claim without this line"


def test_a_line_that_was_paid_once_and_taken_back_is_reversed_whatever_follows(
    tmp_path: Path,
) -> None:
    sent = claim("A1", "99213:25 180", "64483 900")
    one = Paid("99213:25", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
    two = Paid("64483", "900", "207.66", "CO-45 635.13, CO-253 4.24, PR-2 52.97")
    both, alone = Answer("A1", (one, two)), Answer("A1", (one,), control="ICN2")
    paid = [
        payment(each, trace=f"T{number}", on=f"2026040{number}")
        for number, each in enumerate((both, both.reversed(), alone, alone.reversed()), 1)
    ]
    found = rows(compared(tmp_path, [sent], *paid))
    assert [each["variance_status"] for each in found] == ["reversed", "reversed"]
