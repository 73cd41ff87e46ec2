"""Several decisions on one claim: added up, predetermined, repeated, recovered."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from payrules.front_door.terms import setup_of
from tests.variance.small import Answer, Paid, claim, compared, payment, rows

USUAL = "CO-45 84.81, CO-253 1.52, PR-2 19.04"
VISIT = Paid("99213", "180", "74.63", USUAL)
#: On another day: on one, the pair of visits is paid once.
LONGER = Paid(*("99214", "250", "106.32", "CO-45 114.39, CO-253 2.17, PR-2 27.12"), day="20260304")
BOTH = ("99213 180", "99214 250 1 - 20260304")
SHORT = Paid("99213", "180", "54.63", "CO-45 104.81, CO-253 1.52, PR-2 19.04")
MORE = Paid("99213", "180", "20.00", "OA-23 160.00")


@pytest.mark.parametrize("control", ["", "L"])
def test_a_later_payment_without_a_reversal_is_added(tmp_path: Path, control: str) -> None:
    put = (lambda each, n: replace(each, control=f"L{n}")) if control else (lambda each, _: each)
    numbered = ("99213 180 1 L1", "99214 250 1 L2 20260304")
    sent = claim("A1", *(numbered if control else BOTH))
    first = Answer("A1", (put(SHORT, 1), put(LONGER, 2)))
    later = Answer("A1", (put(MORE, 1),), control="ICN2")
    found = compared(tmp_path, [sent], payment(first), payment(later, trace="T2", on="20260501"))
    visit, longer = rows(found)
    assert (visit["variance_status"], visit["payer_paid_amount"]) == ("paid_as_expected", 7463)
    assert (longer["variance_status"], longer["payer_paid_amount"]) == ("paid_as_expected", 10632)
    assert (visit["payments"], visit["first_paid_amount"]) == (2, 5463)
    assert visit["recovered_amount"] == 2000
    assert (longer["first_paid_amount"], longer["recovered_amount"]) == (10632, None)
    assert not found.unmatched.height


def test_the_last_of_several_decisions_says_why(tmp_path: Path) -> None:
    """A denial that could not be appealed is no reason any more once the claim is decided."""
    denied = Answer("A1", (Paid("99213", "180", "0", "CO-16 180", remarks="MA130"),))
    short = Answer("A1", (SHORT,), control="ICN2")
    payments = payment(denied), payment(short, trace="T2", on="20260401")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], *payments))
    assert (row["payer_codes"], row["remarks"]) == ("CO-253 CO-45 PR-2", None)
    assert (row["variance_status"], row["underpaid_amount"]) == ("underpaid", 2000)
    assert (row["action"], row["appeal_by_date"]) == ("review_terms", "2026-08-04")
    assert "decided more than once" in row["notes"]


def test_equal_halves_of_one_decision_are_no_two_decisions(tmp_path: Path) -> None:
    half = Paid("99213", "90", "37.31", "CO-45 42.41, CO-253 0.76, PR-2 9.52", control="L1")
    sent = claim("A1", "99213 180 1 L1")
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A1", (half, half)))))
    assert (row["match_method"], row["notes"]) == ("split", None)


def test_a_claim_paid_in_two_parts_is_matched_together(tmp_path: Path) -> None:
    sent = claim("A1", *BOTH)
    parts = Answer("A1", (VISIT,)), Answer("A1", (LONGER,), control="ICN2")
    found = compared(tmp_path, [sent], payment(*parts))
    assert [each["variance_status"] for each in rows(found)] == ["paid_as_expected"] * 2
    assert not any("another charge" in (each["notes"] or "") for each in rows(found))


@pytest.mark.parametrize("status", ["25", "23"])
@pytest.mark.parametrize("first", [True, False])
def test_what_decides_nothing_stands_beside(tmp_path: Path, status: str, first: bool) -> None:
    beside = Answer("A1", (Paid("99213", "180", "0", "OA-101 180"),), status, control="P1")
    answers = [Answer("A1", (VISIT,)), beside]
    found = compared(tmp_path, [claim("A1", "99213 180")], payment(*answers[:: -1 if first else 1]))
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_codes"]) == (
        "paid_as_expected",
        "CO-253 CO-45 PR-2",
    )
    assert row["payments"] == 1


def test_a_predetermination_alone_is_never_compared(tmp_path: Path) -> None:
    alone = Answer("A1", (Paid("99213", "180", "0", "OA-101 180"),), "25")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(alone)))
    assert row["variance_status"] == "not_comparable"


def test_a_negative_payment_and_another_charge_are_noted(tmp_path: Path) -> None:
    less = Answer("A1", (replace(VISIT, paid="-5.00", adjusted="CO-45 185.00"),))
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(less)))
    assert "a negative payment" in row["notes"]
    assert row["payer_paid_amount"] == -500
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 190")], payment(Answer("A1", (VISIT,)))))
    assert "another charge" in row["notes"]


def test_a_sequestration_printed_as_243_is_one(tmp_path: Path) -> None:
    line = replace(VISIT, adjusted="CO-45 84.81, CO-243 1.52, PR-2 19.04")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", (line,)))))
    assert (row["variance_cause"], row["cause_confidence"]) == ("sequestration", "code")
    assert "printed as 243" in row["notes"]
    assert (row["underpaid_amount"], row["action"]) == (0, "")


@pytest.mark.parametrize("code", ["97", "234", "B15"])
def test_a_global_period_is_told_by_its_remark(tmp_path: Path, code: str) -> None:
    line = Paid("99213", "180", "0", f"CO-{code} 180", remarks="M144")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", (line,)))))
    assert row["variance_cause"] == "global_period"


def test_an_allowed_amount_of_a_line_holds_beside_adjustments_of_its_claim(tmp_path: Path) -> None:
    """One line, its deductible adjusted at the claim: the line's own B6 says what is allowed."""
    line = Paid("99213", "180", "95.19", "CO-45 84.81", allowed="95.19")
    answer = Answer("A1", (line,), adjusted="PR-1 95.19")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(answer)))
    assert (row["payer_allowed_source"], row["payer_paid_amount"]) == ("B6", 0)
    assert row["variance_status"] == "paid_as_expected"


def test_each_payer_has_its_bridge(tmp_path: Path) -> None:
    claims = [claim("A1", "99213 180"), claim("A2", "99214 250", person="M2")]
    found = compared(
        tmp_path,
        claims,
        payment(Answer("A1", (SHORT,))),
        payment(Answer("A2", (LONGER,), person="M2"), trace="T2", payer="OTHER MAC"),
    )
    bridges = found.bridges()
    assert {*bridges} == {"MADE UP MAC", "OTHER MAC"}
    assert sum(each.amount for each in bridges["MADE UP MAC"]) == 5463
    assert sum(each.amount for each in bridges["OTHER MAC"]) == 10632


def test_a_claim_with_a_line_that_cannot_be_read_is_compared_as_a_whole(tmp_path: Path) -> None:
    """Its adjustments are there: with them the claim balances, and says what was allowed."""
    sent, answer = claim("A1", *BOTH), Answer("A1", (VISIT, LONGER))
    empty = payment(answer).replace("SVC*HC:99213*180*74.63", "SVC*HC:99213**")
    found = compared(tmp_path, [sent], empty)
    whole = [each for each in rows(found) if each["compared_at"] == "claim"]
    assert [each["variance_status"] for each in whole] == ["paid_as_expected"]
    assert whole[0]["payer_allowed_amount"] == 9519 + 13561
    assert found.read.rejects["reason"].to_list() == ["SVC02, SVC03 empty"]
    # Without them what was allowed is not known.
    unknown = empty.replace("CAS*PR*2*19.04~\n", "")
    (whole_,) = [
        e for e in rows(compared(tmp_path, [sent], unknown)) if e["compared_at"] == "claim"
    ]
    assert whole_["variance_status"] == "not_comparable"
    assert "could not be read" in whole_["cause_detail"]


def of_payer(tmp_path: Path, more: str) -> dict[str, Any]:
    """Compare a visit that was paid as usual, 1.52 withheld, on a payer's terms."""
    file = tmp_path / "payer.toml"
    file.write_text(f'name = "Acme"\ncontract = "Acme agreement"\n{more}', encoding="utf-8")
    setup = setup_of(file, locality="national")
    paid = payment(Answer("A1", (VISIT,)))
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], paid, setup=setup))
    return row


RATE = "percent_of_medicare = 100\n"


def test_sequestration_that_a_payer_s_file_does_not_know_is_named(tmp_path: Path) -> None:
    """It was "no code says why" beside the payer's own CO-253."""
    row = of_payer(tmp_path, RATE)
    assert (row["variance_status"], row["underpaid_amount"]) == ("underpaid", 152)
    assert (row["variance_cause"], row["cause_confidence"]) == ("sequestration", "code")
    assert row["cause_detail"].startswith("1.52 was withheld as sequestration (253)")
    assert row["action"] == "review_terms"


@pytest.mark.parametrize(
    ("terms", "status"),
    [
        ("", "paid_as_expected"),
        ("[terms.sequestration]\noff = true\n", "underpaid"),
        ("[terms.sequestration]\noff = { until = 2026-01-31 }\n", "paid_as_expected"),
        ("[terms.sequestration]\noff = { from = 2026-01-31 }\n", "underpaid"),
    ],
)
def test_a_plan_that_takes_sequestration_is_restated_with_it(
    tmp_path: Path, terms: str, status: str
) -> None:
    """Expected to be paid less it, and restated without it, every line was underpaid by it."""
    row = of_payer(tmp_path, f'{RATE}plan = "medicare_advantage"\n{terms}')
    assert row["variance_status"] == status


def test_a_line_whose_claim_was_answered_says_what_the_answer_holds(tmp_path: Path) -> None:
    """A split that no unit or number shows was "no remittance", without a word of the money."""
    halves = tuple(
        Paid("99213", charge, paid, f"CO-45 {off}, PR-2 9.52")
        for charge, paid, off in (("100", "37.31", "53.17"), ("80", "37.32", "33.16"))
    )
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", halves))))
    assert row["variance_status"] == "no_remittance"
    assert row["cause_detail"] == (
        "the payer's answer to this claim has 2 lines that could not be matched, paid 74.63: see"
        " Unmatched"
    )
    first = payment(Answer("A1", (VISIT,)))
    sent = claim("A1", "99213 180", "64483 900")
    _, other = rows(compared(tmp_path, [sent], first))
    assert other["cause_detail"] == "the payer answered this claim without this line"


def test_a_line_that_no_claim_line_has_stands_with_its_own_payment(tmp_path: Path) -> None:
    """Of a claim that two payments answer it had the number, trace and day of the last."""
    odd = Paid("36415", "11", "11", "")
    first = Answer("A1", (VISIT, odd), control="ICN1")
    later = Answer("A1", (LONGER,), control="ICN2")
    paid = payment(first, trace="T1", on="20260401"), payment(later, trace="T2", on="20260501")
    found = compared(tmp_path, [claim("A1", *BOTH)], *paid)
    (row,) = found.unmatched.iter_rows(named=True)
    assert (row["trace_number"], str(row["payment_date"])) == ("T1", "2026-04-01")
