"""Remittances of another payer than Medicare, whose terms priced: no letter, refund or deadline."""

from pathlib import Path

import pytest

from payrules.front_door.terms import setup_of
from payrules.screen.variance import variance
from payrules.variance.analysis import analyse
from payrules.variance.another_payer import BY_ANOTHER
from payrules.variance.appeals import write_appeals
from payrules.variance.terms_wanted import NOT_GIVEN, WORDS
from tests.variance.small import (
    MEDICARE,
    Answer,
    Paid,
    claim,
    compared,
    of_batch,
    payment,
    plan_payment,
    rows,
)
from tests.variance.test_payer_not_given import acme

BATCH = """\
claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,place_of_service_code,locality
A,1,PA,2026-03-02,64493,900,11,01112-05
B,1,PB,2026-03-02,64493,900,11,01112-05
"""
DENIED = Paid("64493", "900", "0", "CO-50 900")
OVER = Paid("64493", "900", "800", "CO-45 100")
DAY = "2026-07-19"


def answered(name: str = "MADE UP", number: str = "99999", kind: str = "") -> str:
    """Deny a claim and pay another too much, as a payer of a name, a number and a kind (CLP06)."""
    text = payment(
        Answer("A", (DENIED,), person="PA"), Answer("B", (OVER,), person="PB"), payer=name
    )
    return text.replace("*XV*01112", f"*XV*{number}").replace("*MB*ICN1", f"*{kind}*ICN1")


@pytest.mark.parametrize(
    ("said", "is_medicares"),
    [
        (("AETNA", "60054", "CI"), False),
        (("AETNA", "99999", "MB"), False),
        (("MADE UP", "87726", ""), False),
        (("MADE UP", "99999", "12"), False),
        (("MADE UP", "99999", "HM"), False),
        (("BLUE CROSS OF X", "99999", ""), False),
        (("A HEALTH PLAN", "99999", "16"), False),
        # What is Medicare's, and what says nothing, goes on as it did.
        (("MADE UP", "99999", "MB"), True),
        (("MADE UP", "99999", "MA"), True),
        (("NORIDIAN BCBS OF ND", "99999", "MB"), True),
        (("MEDICARE PART B BLUE CROSS BLUE SHIELD OF KANSAS", "99999", ""), True),
        (("CENTERS FOR MEDICARE AND MEDICAID SERVICES", "99999", "MB"), True),
        (("MADE UP", "99999", "ZZ"), True),
        (("MADE UP", "99999", ""), True),
        # A contractor's number is more than a kind that a clearinghouse put in.
        (("MADE UP", "01112", "CI"), True),
    ],
)
def test_a_remittance_may_be_of_another_payer(
    said: tuple[str, str, str], is_medicares: bool, tmp_path: Path
) -> None:
    """A batch without payers was taken for Medicare's, and Aetna was to redetermine."""
    found = of_batch(tmp_path, BATCH, answered(*said))
    denied, over = rows(found)
    wanted = ("appeal", "refund") if is_medicares else ("review_terms", "review_terms")
    assert (denied["action"], over["action"]) == wanted
    assert denied["appeal_by_date"] == (DAY if is_medicares else None)
    for each in (denied, over):
        assert (WORDS[BY_ANOTHER] in (each["cause_detail"] or "")) != is_medicares
    assert write_appeals(found, tmp_path / "letters").written == is_medicares
    told = " ".join(map(str, variance(found, {})))
    assert ("2 lines that Medicare's terms priced are paid by another payer" in told) != (
        is_medicares
    )


def test_it_is_the_same_where_a_claim_is_looked_at_alone(tmp_path: Path) -> None:
    """Two adjudications are no plain answer: these are not compared in columns."""
    first = answered("CIGNA")
    found = of_batch(tmp_path, BATCH, first, first.replace("20260316", "20260320"))
    denied = rows(found)[0]
    assert (denied["payments"], denied["action"]) == (2, "review_terms")
    assert denied["appeal_by_date"] is None
    assert WORDS[BY_ANOTHER] in denied["cause_detail"]


def test_a_claim_of_medicare_may_be_paid_by_another(tmp_path: Path) -> None:
    text = answered("AETNA", "60054", "CI")
    found = compared(tmp_path, [claim("A", "64493 900", person="PA")], text)
    assert [row["action"] for row in rows(found)] == ["review_terms"]


def test_the_terms_of_a_plan_are_not_medicares_though_they_alone_were_given(
    tmp_path: Path,
) -> None:
    """Medicare was sent an appeal on a plan's terms, which were not its own."""
    answer = payment(Answer("A", (DENIED,)))
    found = compared(tmp_path, [claim("A", "64493 900")], answer, setup=acme(tmp_path))
    (row,) = rows(found)
    assert row["action"] == "review_terms"
    assert WORDS[NOT_GIVEN] in row["cause_detail"]
    text = (tmp_path / "claims.837").read_text(encoding="utf-8")
    (tmp_path / "claims.837").write_text(
        text.replace("*MB~", "*CI~").replace("*PI*01112", "*PI*60054"), encoding="utf-8"
    )
    (tmp_path / "paid00.835").write_text(plan_payment(Answer("A", (DENIED,))), encoding="utf-8")
    again = analyse([tmp_path / "claims.837"], [tmp_path / "paid00.835"], acme(tmp_path))
    assert [row["action"] for row in rows(again)] == ["appeal"]


def test_a_plan_of_medicare_advantage_is_sent_claims_filed_as_medicares(tmp_path: Path) -> None:
    answer = payment(Answer("A", (DENIED,)))
    compared(tmp_path, [claim("A", "64493 900")], answer)
    batch = tmp_path / "claims.837"
    text = batch.read_text(encoding="utf-8").replace("*PI*01112", "*PI*87726")
    batch.write_text(text, encoding="utf-8", newline="")
    advantage = setup_of("uhc-medicare-advantage", locality="national")
    found = analyse([batch], [tmp_path / "paid00.835"], advantage)
    assert WORDS[NOT_GIVEN] not in (rows(found)[0]["cause_detail"] or "")


def test_contractors_are_no_unknown_payers_where_medicares_terms_price(tmp_path: Path) -> None:
    """Nine payers were unknown, contractors among them, and the lines of few were so called."""
    answer = payment(Answer("A", (DENIED,)))
    found = compared(tmp_path, [claim("A", "64493 900")], answer)
    assert (found.run.payers_not_given, found.run.lines_of_other_payers) == ((), 0)
    written = tmp_path / "claims.837"
    text = written.read_text(encoding="utf-8")
    text = text.replace("*MB~", "*CI~").replace("*PI*01112", "*PI*60054")
    written.write_text(text, encoding="utf-8", newline="")
    again = analyse([written], [tmp_path / "paid00.835"], MEDICARE)
    assert (again.run.payers_not_given, again.run.lines_of_other_payers) == (("60054",), 1)


def test_medicare_s_answer_and_another_payer_s_are_compared_apart(tmp_path: Path) -> None:
    """Half of Medicare's amount from each read as paid as expected, and its day passed."""
    half = Paid("99213", "180", "37.31", "CO-45 132.41, CO-253 0.76, PR-2 9.52")
    ours = payment(Answer("A", (half,), person="PA"))
    theirs = payment(Answer("A", (half,), person="PA"), payer="AETNA", trace="T2", tin="2222222222")
    theirs = theirs.replace("*XV*01112", "*XV*60054").replace("*MB*ICN1", "*CI*ICN1")
    (row,) = rows(compared(tmp_path, [claim("A", "99213 180", person="PA")], ours, theirs))
    assert (row["variance_status"], row["appeal_by_date"]) == ("underpaid", DAY)
    assert row["payer_paid_amount"] == 37_31
    assert "another payer answers this claim too" in row["notes"]
