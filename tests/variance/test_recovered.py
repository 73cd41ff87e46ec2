"""What the payer has taken back by a provider adjustment is not given back once more."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from payrules.variance.appeals import write_appeals
from payrules.variance.groups import by_cause
from payrules.variance.recovered import added_in_words
from payrules.variance.remittances import read_remittances
from tests.variance.small import Answer, Paid, claim, compared, payment, rows

VISIT = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
MORE = Paid("99213", "180", "100.00", "CO-45 54.47, CO-253 2.04, PR-2 23.49")
SENT = claim("A1", "99213 180")
LATER = "20260501"
TAKEN = "by a provider adjustment (PLB WO) on 2026-05-01"


def recovered(folder: Path, *plb: str, lines: tuple[Paid, ...] = (MORE,)) -> list[dict[str, Any]]:
    sent = claim("A1", *(f"{each.code} {each.charge}" for each in lines))
    paid = payment(Answer("A1", lines, control="I1"))
    then = payment(on=LATER, trace="T2", plb=plb)
    return rows(compared(folder, [sent, claim("A2", "99213 180", person="M2")], paid, then))


def test_what_was_taken_back_is_no_refund(tmp_path: Path) -> None:
    """It read `refund` 25.37, and would have been paid a second time."""
    row, _ = recovered(tmp_path, "WO:I1 25.37")
    assert (row["variance_status"], row["overpaid_amount"], row["action"]) == ("overpaid", 0, "")
    assert row["claim_underpaid_amount"] == 0
    assert row["notes"] == f"25.37 of what was paid too much was taken back {TAKEN}"


@pytest.mark.parametrize("reference", ["I1", "A1"])
def test_of_what_was_taken_in_part_the_rest_is_given_back(tmp_path: Path, reference: str) -> None:
    row, _ = recovered(tmp_path, f"WO:{reference} 20.00")
    assert (row["overpaid_amount"], row["action"]) == (537, "refund")
    assert row["notes"].endswith(
        f"20.00 of what was paid too much was taken back {TAKEN}, and 5.37 not yet"
    )


@pytest.mark.parametrize(
    "reference",
    ["I1 M1", "I1M1", "I1             M1", "I1-M1", "A1 M1", "I1 1EG4TE5MK73", "FCN99 I1"],
)
def test_a_reference_may_hold_more_than_the_claims_number(tmp_path: Path, reference: str) -> None:
    """Medicare prints the member's number behind the claim's: 25.37 was to be given back again."""
    found = recovered(tmp_path, f"WO:{reference} 25.37", "FB:x -25.37")
    assert (found[0]["overpaid_amount"], found[0]["action"]) == (0, "")


@pytest.mark.parametrize(
    "reference", ["I10 M1", "I1X", "I1M2", "I1-2", "XI1", "M1", "I1 A2", "JAN 2026", "I"]
)
def test_the_beginning_of_another_number_names_no_claim(tmp_path: Path, reference: str) -> None:
    also = payment(Answer("A2", (VISIT,), control="I2", person="M2"), trace="T3")
    paid = payment(Answer("A1", (MORE,), control="I1"))
    then = payment(on=LATER, trace="T2", plb=[f"WO:{reference} 25.37", "FB:x -25.37"])
    sent = [SENT, claim("A2", "99213 180", person="M2")]
    row, _ = rows(compared(tmp_path, sent, paid, also, then))
    assert (row["overpaid_amount"], row["action"], row["notes"]) == (2537, "refund", None)


def test_short_digits_beside_others_are_no_number(tmp_path: Path) -> None:
    """A claim may be called 2026, and a year is none."""
    sent = [claim("2026", "99213 180")]
    paid = payment(Answer("2026", (MORE,), control="I1"))
    then = payment(on=LATER, trace="T2", plb=["WO:JAN 2026 25.37", "FB:x -25.37"])
    (row,) = rows(compared(tmp_path, sent, paid, then))
    assert row["action"] == "refund"


def test_what_is_held_back_and_then_taken_is_taken_once(tmp_path: Path) -> None:
    row, _ = recovered(tmp_path, "WO:I1 -25.37", "WO:I1 25.37")
    assert (row["overpaid_amount"], row["action"]) == (2537, "refund")


@pytest.mark.parametrize("plb", ["WO:I2 25.37", "FB:I1 25.37", "L6:I1 25.37"])
def test_other_adjustments_take_nothing_back(tmp_path: Path, plb: str) -> None:
    row, _ = recovered(tmp_path, plb)
    assert (row["overpaid_amount"], row["action"], row["notes"]) == (2537, "refund", None)


def test_the_line_of_the_amount_is_the_one_taken_back(tmp_path: Path) -> None:
    other = Paid("93000", "300", "200.00", "CO-45 45.92, CO-253 4.08, PR-2 50.00")
    first, second, _ = recovered(tmp_path, "WO:I1 25.37", lines=(other, MORE))
    assert (first["action"], second["action"]) == ("refund", "")
    assert (second["overpaid_amount"], first["notes"]) == (0, None)


def test_paid_twice_and_taken_back_is_paid_once(tmp_path: Path) -> None:
    both = [
        payment(Answer("A1", (VISIT,), control=f"I{at}"), trace=f"T{at}", on=f"2026040{at}")
        for at in (1, 2)
    ]
    then = payment(on=LATER, trace="T3", plb=["WO:I2 74.63", "FB:x -74.63"])
    (row,) = rows(compared(tmp_path, [SENT], *both, then))
    assert (row["variance_cause"], row["overpaid_amount"], row["action"]) == ("paid_twice", 0, "")
    assert "74.63 of what was paid too much was taken back" in row["notes"]


def test_what_a_reversal_takes_back_is_not_taken_twice(tmp_path: Path) -> None:
    """The money moves by the adjustment; what was decided anew is paid too much as before."""
    first = Answer("A1", (VISIT,), control="I1")
    again = Answer("A1", (MORE,), control="I1")
    anew = payment(first.reversed(), again, on="20260410", trace="T2")
    then = payment(on=LATER, trace="T3", plb=["WO:I1 74.63"])
    (row,) = rows(compared(tmp_path, [SENT], payment(first), anew, then))
    assert (row["overpaid_amount"], row["action"]) == (2537, "refund")


@pytest.mark.parametrize(
    ("anew", "net", "over"), [(VISIT, "25.37", 0), (MORE, "20.00", 2537)], ids=["right", "more"]
)
def test_what_a_reversal_and_its_correction_leave_is_not_taken_twice(
    tmp_path: Path, anew: Paid, net: str, over: int
) -> None:
    """A balance that was carried forward and then taken hid what is still to be given back."""
    paid = str(Decimal(anew.paid) + Decimal(net))
    before = Paid("99213", "180", paid, f"CO-45 {180 - Decimal(paid)}")
    first = Answer("A1", (before,), control="I1")
    again = payment(
        first.reversed(), Answer("A1", (anew,), control="I1"), on="20260410", trace="T2"
    )
    then = payment(on=LATER, trace="T3", plb=[f"WO:I1 {net}"])
    (row,) = rows(compared(tmp_path, [SENT], payment(first), again, then))
    assert (row["overpaid_amount"] or 0) == over
    assert "taken back" not in (row["notes"] or "")


def test_another_payers_money_is_not_this_ones(tmp_path: Path) -> None:
    then = payment(on=LATER, trace="T2", plb=["WO:A1 25.37"], payer="OTHER PLAN", tin="2000000000")
    (row,) = rows(compared(tmp_path, [SENT], payment(Answer("A1", (MORE,))), then))
    assert (row["overpaid_amount"], row["action"]) == (2537, "refund")


def test_what_is_taken_beyond_is_told(tmp_path: Path) -> None:
    row, _ = recovered(tmp_path, "WO:I1 74.63", lines=(VISIT,))
    assert (row["variance_status"], row["action"]) == ("paid_as_expected", "follow_up")
    assert row["cause_detail"] == (
        f"the payer took back 74.63 {TAKEN}, which names it by the payer's claim number, of what"
        " it paid as it should: ask why, and ask for it back"
    )
    assert (
        row["notes"]
        == f"74.63 of this claim was taken back {TAKEN}, and nothing in these files says why"
    )
    assert (row["recovered_beyond_amount"], row["claim_underpaid_amount"]) == (7463, 7463)
    assert row["variance_cause"] == "taken_back"


def test_by_another_payers_terms_nobody_knows_whether_it_was_paid_as_it_should(
    tmp_path: Path,
) -> None:
    """Medicare's terms called what Aetna took back right, and asked Aetna for it."""
    aetna = {"payer": "AETNA", "number": "60054", "filed": "CI"}
    paid = payment(Answer("A1", (VISIT,), control="I1"), **aetna)
    then = payment(on=LATER, trace="T2", plb=("WO:I1 74.63",), **aetna)
    (row,) = rows(compared(tmp_path, [SENT], paid, then))
    assert (row["variance_status"], row["action"]) == ("paid_as_expected", "review_terms")
    assert "as it should" not in row["cause_detail"]
    assert row["recovered_beyond_amount"] == 7463


LESS = Paid("99213", "180", "63.44", "CO-45 99.09, CO-253 1.29, PR-2 16.18")
NONE = Paid("99213", "180", "0", "CO-50 180")


@pytest.mark.parametrize(
    ("line", "taken", "status", "action", "beyond", "says"),
    [
        (MORE, "100.00", "overpaid", "follow_up", 7463, "beyond what was paid too much; our note"),
        (LESS, "63.44", "underpaid", "appeal", 6344, "beyond what was paid too much; our note"),
        (LESS, "70.00", "underpaid", "appeal", 6344, ", and more by 6.56 than these files say was"),
        (VISIT, "150.00", "paid_as_expected", "follow_up", 7463, "should, and more by 75.37 than"),
        (NONE, "74.63", "denied", "appeal", 0, ", and more than these files say was paid; our"),
    ],
)
def test_what_is_taken_beyond_is_an_amount(
    tmp_path: Path, line: Paid, taken: str, status: str, action: str, beyond: int, says: str
) -> None:
    """It stood in the notes alone: on no list, and in no sum; the letter asked for half."""
    row, _ = recovered(tmp_path, f"WO:I1 {taken}", lines=(line,))
    assert (row["variance_status"], row["action"]) == (status, action)
    assert (row["recovered_beyond_amount"] or 0) == beyond
    assert row["claim_underpaid_amount"] == row["underpaid_amount"] + beyond
    assert says in row["cause_detail"]


DEDUCTIBLE = Paid("99213", "180", "0", "CO-45 84.81, PR-1 95.19")


@pytest.mark.parametrize("line", [DEDUCTIBLE, NONE], ids=["nothing due", "denied"])
def test_what_was_taken_of_nothing_that_was_paid_is_told(tmp_path: Path, line: Paid) -> None:
    """Of a claim that was paid 0.00 something was taken: no amount is due, and it is asked why."""
    sent = [claim("A1", "99213 180")]
    then = payment(on=LATER, trace="T2", plb=["WO:I1 50.00"])
    found = compared(tmp_path, sent, payment(Answer("A1", (line,), control="I1")), then)
    (row,) = rows(found)
    assert "50.00 of this claim was taken back" in row["notes"]
    assert "and more than these files say was paid" in row["cause_detail"]
    assert row["claim_underpaid_amount"] == row["underpaid_amount"]
    listed = found.work_list()[0].height + found.denials()[0].height
    assert (listed, row["recovered_beyond_amount"]) == (1, None)


def test_the_cause_of_what_was_taken_of_a_right_payment_is_that(tmp_path: Path) -> None:
    """Where the patient's share made it less it read `coinsurance`, by the payer's codes."""
    half = Paid("99213", "180", "34.45", "CO-45 84.81, PR-1 51.25, CO-253 0.70, PR-2 8.79")
    row, _ = recovered(tmp_path, "WO:I1 34.45", lines=(half,))
    assert (row["variance_status"], row["variance_cause"]) == ("paid_as_expected", "taken_back")
    assert (row["cause_confidence"] or "", row["action"]) == ("", "follow_up")
    assert row["cause_detail"].startswith("the payer took back 34.45 ")


def test_the_line_that_was_paid_as_much_bears_what_was_taken(tmp_path: Path) -> None:
    ecg = Paid("93000", "300", "12.00", "CO-45 285.00, PR-2 3.00")
    first, second, _ = recovered(tmp_path, "WO:I1 74.63", lines=(ecg, VISIT))
    assert (first["recovered_beyond_amount"], second["recovered_beyond_amount"]) == (None, 7463)


def test_what_comes_in_parts_to_a_reversals_amount_is_that_reversals(tmp_path: Path) -> None:
    first = Answer("A1", (VISIT,), control="I1")
    anew = payment(first.reversed(), first, on="20260410", trace="T2")
    then = payment(on=LATER, trace="T3", plb=["WO:I1 40.00", "WO:I1 34.63"])
    (row,) = rows(compared(tmp_path, [SENT], payment(first), anew, then))
    assert (row["action"], row["recovered_beyond_amount"]) == ("", None)


def test_work_ranks_by_what_was_taken_too(tmp_path: Path) -> None:
    """The largest stood last, below 2.00; and what lies below the thresholds was listed."""
    sent = [claim(f"A{at}", "99213 180", person=f"M{at}") for at in range(1, 5)]
    short = Paid("99213", "180", "69.63", "CO-45 91.19, CO-253 1.42, PR-2 17.76")
    answers = [
        Answer(f"A{at}", (line,), control=f"I{at}", person=f"M{at}")
        for at, line in enumerate((short, VISIT, VISIT, NONE), 1)
    ]
    then = payment(on=LATER, trace="T2", plb=["WO:I2 74.63", "WO:I3 0.70", "WO:I4 9.00"])
    found = compared(tmp_path, sent, payment(*answers), then)
    work, below = found.work_list()
    assert (work["claim_id"].to_list(), below) == (["A2", "A1"], 1)
    # What was denied and is taken back was paid before these files: it is due once.
    assert found.denials()[0]["claim_underpaid_amount"].to_list() == [7463]
    causes = by_cause(found.lines)
    assert causes["recovered_beyond_amount"].sum() == 7463 + 70


@pytest.mark.parametrize(
    ("line", "taken", "due"), [(LESS, "63.44", "74.63"), (NONE, "74.63", "74.63")]
)
def test_a_letter_asks_for_what_was_taken_back_of_a_payment(
    tmp_path: Path, line: Paid, taken: str, due: str
) -> None:
    paid = payment(Answer("A1", (line,), control="I1"))
    then = payment(on=LATER, trace="T2", plb=[f"WO:I1 {taken}"])
    found = compared(tmp_path, [SENT], paid, then)
    assert write_appeals(found, tmp_path / "letters").written == 1
    (path,) = (tmp_path / "letters").glob("*.md")
    text = path.read_text(encoding="utf-8")
    assert f"- Amount due: {due}" in text
    assert (f"| taken back since | | {taken} |" in text) == (line is LESS)
    assert "ask why" not in text


@pytest.mark.parametrize(
    ("line", "added", "status", "action", "cause"),
    [
        (VISIT, "25.37", "paid_as_expected", "follow_up", "given_back"),
        (LESS, "11.19", "underpaid", "follow_up", None),
        (LESS, "5.00", "underpaid", "appeal", None),
        (NONE, "74.63", "denied", "follow_up", None),
        (NONE, "25.37", "denied", "appeal", None),
        (MORE, "9.00", "overpaid", "refund", None),
    ],
)
def test_what_an_adjustment_adds_to_a_payment_is_told(
    tmp_path: Path, line: Paid, added: str, status: str, action: str, cause: str | None
) -> None:
    """A negative WO of a claim that was paid once said nothing; what it may have paid was asked."""
    sent = [SENT]
    then = payment(on=LATER, trace="T2", plb=[f"WO:I1 -{added}"])
    found = compared(tmp_path, sent, payment(Answer("A1", (line,), control="I1")), then)
    (row,) = rows(found)
    assert (row["variance_status"], row["action"]) == (status, action)
    assert cause in {None, row["variance_cause"]}
    said = f"the payer added {added} {TAKEN}, which names it by the payer's claim number"
    assert said in row["cause_detail"]
    assert f"{added} was added to the payment {TAKEN}" in row["notes"]
    assert row["recovered_beyond_amount"] is None
    assert found.work_list()[0].height + found.denials()[0].height == (status != "overpaid")
    letters = write_appeals(found, tmp_path / "letters")
    assert letters.written == (action == "appeal")
    for path in (tmp_path / "letters").glob("*.md"):
        assert said not in path.read_text(encoding="utf-8")
    # Every cent: what was added is in the payments, and its term leads there.
    assert (found.remainder, found.bridge_remainder) == (0, 0)


def test_what_is_held_in_parts_to_a_reversals_amount_is_that_reversals(tmp_path: Path) -> None:
    first = Answer("A1", (VISIT,), control="I1")
    held = payment(
        first.reversed(), first, on="20260410", trace="T2", plb=["WO:I1 -40.00", "WO:I1 -34.63"]
    )
    (row,) = rows(compared(tmp_path, [SENT], payment(first), held))
    assert (row["action"], row["variance_cause"], row["notes"]) == ("", "", None)


@pytest.mark.parametrize(
    ("plb", "says"),
    [
        (["WO:X9 -25.37"], "One provider adjustment (PLB WO) adds 25.37 to a payment"),
        (["WO:X9 -20.00", "WO:X8 -5.37"], "2 provider adjustments (PLB WO) add 25.37 to payments"),
        (["WO:X9 -25.37", "WO:X9 25.37"], ""),
        (["WO:X9 25.37", "FB:X9 -25.37"], ""),
        (["WO -25.37"], "One provider adjustment (PLB WO) adds 25.37 to a payment"),
    ],
)
def test_adjustments_that_add_to_a_payment_are_told(
    tmp_path: Path, plb: list[str], says: str
) -> None:
    """They stood as "overpayment recovery" among the others, and named no claim."""
    (tmp_path / "paid.835").write_text(payment(plb=plb), encoding="utf-8")
    read = read_remittances([tmp_path / "paid.835"])
    told = " ".join(added_in_words(read))
    assert told.startswith(says)
    assert bool(told) == bool(says)
    meanings = read.used("provider_adjustments").select("reason_code", "meaning").rows()
    amounts = read.used("provider_adjustments")["provider_adjustment_amount"]
    for (code, meaning), amount in zip(meanings, amounts, strict=True):
        if code == "WO":
            assert ("given back, or held until later" in meaning) == (amount < 0)
    assert read.remainder == 0
