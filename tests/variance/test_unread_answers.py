"""Answers that were rejected: their claims have one, and it is told where it stands."""

from dataclasses import replace
from pathlib import Path

import pytest

from payrules.variance.unread import ANOTHER_UNREAD, UNREAD
from tests.variance.small import Answer, Paid, claim, compared, payment, rows

USUAL = "CO-45 84.81, CO-253 1.52, PR-2 19.04"
VISIT = Paid("99213", "180", "74.63", USUAL)
CLAIM, OTHER = claim("A1", "99213 180"), claim("A2", "99213 180", person="M2")
LONG = "A1-WITH-A-NUMBER-THAT-IS-LONG"


@pytest.mark.parametrize("kind", ["component", "amount", "cut"])
@pytest.mark.parametrize("number", ["A1", LONG])
def test_a_claim_whose_answer_was_rejected_has_one(tmp_path: Path, kind: str, number: str) -> None:
    """It read as "no remittance" without a word of the answer."""
    told = number[:20]
    paid = payment(Answer("A2", (VISIT,), person="M2"), Answer(told, (VISIT,)))
    at = paid.index(f"CLP*{told}")
    if kind == "component":
        paid = paid[:at] + paid[at:].replace("SVC*HC:", "SVC*HC>")
    elif kind == "amount":
        paid = paid[:at] + paid[at:].replace("74.63", "74.635")
    else:
        paid = paid[: paid.index("CAS", at)]
    sent = [claim(number, "99213 180"), OTHER, claim("A3", "99213 180", person="M3")]
    first, second, third = rows(compared(tmp_path, sent, paid))
    assert (first["variance_status"], first["cause_detail"]) == ("no_remittance", UNREAD)
    assert (second["variance_status"], second["notes"]) == ("paid_as_expected", None)
    assert (third["variance_status"], third["cause_detail"]) == ("no_remittance", None)


def test_a_claim_of_which_one_answer_was_read_says_that_another_was_not(tmp_path: Path) -> None:
    sent = [claim("A1", "99213:25 180", "64483 900"), OTHER]
    part = Answer("A1", (replace(VISIT, code="99213:25"),))
    unread = payment(replace(part, control="ICN2"), trace="T2").replace("*74.63*", "*74.635*")
    visit, injection, other = rows(compared(tmp_path, sent, payment(part), unread))
    assert visit["notes"].endswith(ANOTHER_UNREAD)
    assert injection["variance_status"] == "no_remittance"
    assert injection["cause_detail"].endswith(f"without this line; {ANOTHER_UNREAD}")
    assert other["cause_detail"] is None


def test_a_claim_answered_whole_says_that_another_answer_was_not_read(tmp_path: Path) -> None:
    answer = Answer("A1", (VISIT,))
    unread = payment(answer, trace="T2").replace("SVC*HC:", "SVC*HC>")
    (row,) = rows(compared(tmp_path, [CLAIM], payment(answer), unread))
    assert (row["variance_status"], row["notes"]) == ("paid_as_expected", ANOTHER_UNREAD)


def test_a_rejected_line_of_an_answer_that_was_read_is_no_answer_rejected(tmp_path: Path) -> None:
    answer = Answer("A1", (VISIT,), charge="430", further=("SVC*HC:99214**",))
    found = rows(compared(tmp_path, [claim("A1", "99213 180", "99214 250")], payment(answer)))
    assert all("rejected" not in f"{row['notes']} {row['cause_detail']}" for row in found)
