"""Denials under group PR: the code says why, as elsewhere; the group says who is to pay."""

from pathlib import Path

import pytest

from payrules.variance.appeals import write_appeals
from tests.variance.small import Answer, Paid, claim, compared, payment, rows


@pytest.mark.parametrize(
    ("codes", "modifier", "cause", "action", "says"),
    [
        ("PR-119 900", "", "benefit_limit", "review_terms", "put to the patient (PR): look"),
        ("PR-96 900", "", "non_covered", "review_terms", "told before (ABN)"),
        ("PR-204 900", "", "non_covered", "review_terms", "told before (ABN)"),
        ("PR-96 900", ":GA", "non_covered", "", "who may be billed (GA)"),
        ("PR-96 900", ":GU", "non_covered", "", "who may be billed (GU)"),
        ("PR-50 900", ":GA", "medical_necessity", "", "who may be billed (GA)"),
        ("PR-50 900", "", "medical_necessity", "appeal", "the reason given is PR-50"),
        ("PR-31 900", "", "eligibility", "bill_other_payer", "the reason given is PR-"),
        ("PR-27 900", "", "eligibility", "bill_other_payer", "the reason given is PR-"),
        # Under another group they are what they were.
        ("CO-96 900", "", "non_covered", "appeal", "the reason given is CO-96"),
        ("CO-119 900", "", "coverage", "appeal", "hold the claims against the policy"),
        # The contractual difference says how much, and never why, under PR too.
        ("PR-45 900", "", "unexplained", "review_terms", "no code says why"),
    ],
)
def test_a_denial_put_to_the_patient_has_its_code_s_cause(
    codes: str, modifier: str, cause: str, action: str, says: str, tmp_path: Path
) -> None:
    """They read "unexplained", whatever the code says."""
    paid = Paid(f"64493{modifier}", "900", "0", codes)
    answer = Answer("A", (paid,), status="4")
    (row,) = rows(compared(tmp_path, [claim("A", f"64493{modifier} 900")], payment(answer)))
    assert (row["variance_status"], row["variance_cause"], row["action"]) == (
        *("denied", cause),
        action,
    )
    assert says in row["cause_detail"]


@pytest.mark.parametrize("codes", ["CO-50 900", "CO-197 900", "CO-97 900"])
def test_no_appeal_is_asked_of_a_decision_without_appeal(codes: str, tmp_path: Path) -> None:
    """`appeal` stood beside the remark that there is none (N211)."""
    answer = Answer("A", (Paid("64493", "900", "0", codes, remarks="N211"),), status="4")
    found = compared(tmp_path, [claim("A", "64493 900")], payment(answer))
    (row,) = rows(found)
    assert (row["action"], row["appeal_by_date"]) == ("review_coding", None)
    assert "cannot be appealed (N211)" in row["cause_detail"]
    assert write_appeals(found, tmp_path / "letters").written == 0


def test_a_clerical_error_is_reopened_though_it_cannot_be_appealed(tmp_path: Path) -> None:
    """A repeat that was none read `reopen` without a word on its remark, and without a letter."""
    answer = Answer("A", (Paid("64493", "900", "0", "CO-18 900", remarks="N211"),), status="4")
    found = compared(tmp_path, [claim("A", "64493 900")], payment(answer))
    (row,) = rows(found)
    assert (row["action"], row["appeal_by_date"]) == ("reopen", None)
    assert (
        "our note: this decision cannot be appealed (N211), and a clerical" in row["cause_detail"]
    )
    assert write_appeals(found, tmp_path / "letters").written == 1
    (path,) = (tmp_path / "letters").iterdir()
    said = path.read_text(encoding="utf-8")
    assert said.startswith("# Request for reopening of a clerical error\n")
    assert "To be sent by" not in said
    assert "cannot be appealed" not in said


@pytest.mark.parametrize("carc", ["66", "122"])
def test_what_is_put_to_the_patient_beside_his_shares_is_named(carc: str, tmp_path: Path) -> None:
    """It read "no code says why" beside the payer's own code."""
    line = Paid("99213", "180", "64.83", f"CO-45 84.81, CO-253 1.32, PR-2 19.04, PR-{carc} 10.00")
    (row,) = rows(compared(tmp_path, [claim("A", "99213 180")], payment(Answer("A", (line,)))))
    assert row["underpaid_amount"] == 980
    assert row["cause_detail"].endswith(f": PR-{carc} 10.00 was put to the patient")
