"""Claims whose payer's terms nobody gave: no letter, no refund and no deadline by another's."""

from pathlib import Path

import pytest

from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.screen.variance import variance
from payrules.variance.analysis import analyse
from payrules.variance.appeals import write_appeals
from payrules.variance.terms_wanted import NOT_GIVEN, WORDS
from tests.variance.small import MEDICARE, Answer, Paid, claim, compared, of_batch, payment, rows

HEAD = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,"
    "place_of_service_code,locality,payer"
)
DENIED = Paid("64493", "900", "0", "CO-50 900")
OVER = Paid("64493", "900", "800", "CO-45 100")
DUPLICATE = Paid("64493", "900", "0", "CO-18 900")
FORM = Paid("64493", "900", "0", "CO-16 900")


def batch(*payers: str) -> str:
    lines = [
        f"{name or 'NONE'},1,P{name},2026-03-02,64493,900,11,01112-05,{name}" for name in payers
    ]
    return "\n".join([HEAD, *lines, ""])


def answered(paid: Paid, *payers: str, **how: str) -> str:
    answers = (Answer(name or "NONE", (paid,), person=f"P{name}") for name in payers)
    return payment(*answers, **how)


@pytest.mark.parametrize(
    ("paid", "of_medicare", "of_nobody"),
    [
        (DENIED, "appeal", "review_terms"),
        (DUPLICATE, "reopen", "review_terms"),
        (OVER, "refund", "review_terms"),
        # What is no question of terms is done all the same.
        (FORM, "resubmit", "resubmit"),
    ],
)
def test_what_stands_on_terms_waits_for_them(
    paid: Paid, of_medicare: str, of_nobody: str, tmp_path: Path
) -> None:
    """A letter cited Medicare's law to a plan nobody had given, and its money was sent back."""
    names = ("", "Acme")
    found = of_batch(tmp_path, batch(*names), answered(paid, *names))
    own, others = rows(found)
    assert (own["action"], others["action"]) == (of_medicare, of_nobody)
    assert others["appeal_by_date"] is None
    waits = of_nobody != of_medicare
    assert (WORDS[NOT_GIVEN] in (others["cause_detail"] or "")) == waits
    assert WORDS[NOT_GIVEN] not in (own["cause_detail"] or "")
    write_appeals(found, tmp_path / "letters")
    assert not [path for path in (tmp_path / "letters").iterdir() if "Acme" in path.name]
    said = " ".join(map(str, variance(found, {})))
    assert ("1 line of payers that were not given is priced by another's terms" in said) == waits


def test_it_waits_too_where_the_batch_itself_says_what_was_paid(tmp_path: Path) -> None:
    head, *lines = batch("", "Acme").splitlines()
    text = "\n".join([f"{head},paid_amount,allowed_amount", *(f"{e},800,800" for e in lines), ""])
    own, others = rows(of_batch(tmp_path, text))
    assert (own["action"], others["action"]) == ("refund", "review_terms")
    assert WORDS[NOT_GIVEN] in others["cause_detail"]


def acme(folder: Path) -> Setup:
    file = folder / "acme.toml"
    said = ('name = "Acme"', 'contract = "Acme agreement"', 'plan = "commercial"', "")
    file.write_text("\n".join(said), encoding="utf-8")
    return setup_of(str(file), locality="national")


@pytest.mark.parametrize(
    ("names", "action"), [(["Other"], "appeal"), (["Other", "Another"], "review_terms")]
)
def test_the_one_plan_given_is_the_one_payer_named(
    names: list[str], action: str, tmp_path: Path
) -> None:
    paid = answered(DENIED, *names, payer="MADE UP PLAN", number="99999", filed="12")
    found = of_batch(tmp_path, batch(*names), paid, setup=acme(tmp_path))
    assert {row["action"] for row in rows(found)} == {action}


@pytest.mark.parametrize(
    ("filed", "number", "action"),
    [
        ("MB", "00882", "appeal"),
        ("CI", "01112", "appeal"),
        ("CI", "60054", "review_terms"),
        # Its payer's further number (REF*2U) says it as well.
        ("CI", "60054~REF*2U*01112", "appeal"),
        ("CI", "60054~REF*2U*87726", "review_terms"),
    ],
)
def test_a_claim_may_say_itself_that_it_is_for_medicare(
    filed: str, number: str, action: str, tmp_path: Path
) -> None:
    sent = claim("A", "64493 900")
    found = compared(tmp_path, [sent], payment(Answer("A", (DENIED,))))
    written = tmp_path / "claims.837"
    text = written.read_text(encoding="utf-8")
    text = text.replace("*MB~", f"*{filed}~").replace("*PI*01112", f"*PI*{number}")
    written.write_text(text, encoding="utf-8", newline="")
    assert [row["action"] for row in rows(found)] == ["appeal"]
    again = analyse([written], [tmp_path / "paid00.835"], MEDICARE)
    assert [row["action"] for row in rows(again)] == [action]
