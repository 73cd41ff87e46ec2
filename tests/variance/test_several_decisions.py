"""A claim that is decided several times: no answer vanishes, whatever their order and parts."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrules.variance.analysis import Variance
from tests.variance.small import Answer, Paid, claim, compared, payment, rows

USUAL = "CO-45 84.81, CO-253 1.52, PR-2 19.04"
VISIT = Paid("99213", "180", "74.63", USUAL)
INJECTION = Paid("20610", "200", "53.95", "CO-45 131.18, CO-253 1.10, PR-2 13.77")
LESS = Paid("99213", "180", "70.00", "CO-45 89.44, CO-253 1.52, PR-2 19.04")
SENT = claim("A1", "99213 180")
BOTH = claim("A1", "99213:25 180", "20610 200")
WHOLE = Answer("A1", (VISIT,))
NEGATED = "a negative payment that is no reversal (22) takes back what was paid, as one does"


def decided(folder: Path, *answers: Answer, sent: str = SENT) -> Variance:
    """Each answer in a payment of its own, one a day."""
    payments = [
        payment(each, trace=f"T{at}", on=f"2026040{at}") for at, each in enumerate(answers, 1)
    ]
    return compared(folder, [sent], *payments)


def of(found: Variance) -> list[tuple[Any, ...]]:
    return [(row["variance_status"], row["payer_paid_amount"]) for row in rows(found)]


# -- negative payments that are no reversals ---------------------------------------------------


def test_a_negative_payment_nets_as_a_reversal_does(tmp_path: Path) -> None:
    """It stood in Unmatched, and the line read as paid."""
    found = decided(tmp_path, WHOLE, replace(WHOLE, sign=-1))
    (row,) = rows(found)
    assert of(found) == [("reversed", 0)]
    assert (row["notes"], row["action"]) == (NEGATED, "follow_up")
    assert not found.unmatched.height


def test_what_is_paid_after_a_negative_payment_is_paid_once(tmp_path: Path) -> None:
    """It read as paid twice, to be refunded."""
    again = replace(WHOLE, control="ICN2")
    found = decided(tmp_path, WHOLE, replace(WHOLE, sign=-1), again)
    assert of(found) == [("paid_as_expected", 7463)]
    assert rows(found)[0]["notes"] == NEGATED


def test_a_negative_payment_alone_lacks_its_history(tmp_path: Path) -> None:
    line = replace(VISIT, control="L1")
    sent = claim("A1", "99213 180 1 L1")
    found = decided(tmp_path, Answer("A1", (line,), sign=-1), sent=sent)
    assert of(found) == [("not_comparable", -7463)]


def test_a_recoupment_in_the_claim_is_used_as_it_was_sent(tmp_path: Path) -> None:
    back = Answer("A1", (Paid("99213", "0", "-20.00", "CO-45 20.00"),))
    found = decided(tmp_path, WHOLE, back)
    assert of(found) == [("underpaid", 5463)]
    assert "used as it was sent" in rows(found)[0]["notes"]


# -- reversals of a part -----------------------------------------------------------------------


@pytest.mark.parametrize("control", ["ICN1", "ICN9"])
def test_a_reversal_of_one_line_leaves_the_other_as_it_was_decided(
    tmp_path: Path, control: str
) -> None:
    """Both read as reversed, the second with its money; or the first as paid."""
    first = Answer("A1", (replace(VISIT, code="99213:25"), INJECTION))
    back = replace(Answer("A1", first.lines[:1]).reversed(), control=control)
    found = decided(tmp_path, first, back, sent=BOTH)
    assert of(found) == [("reversed", 0), ("paid_as_expected", 5395)]
    assert [row["trace_number"] for row in rows(found)] == ["T2", "T1"]
    assert found.checks["check"].to_list() == ["reversal_amount"]


def test_a_line_taken_back_and_decided_anew_shows_the_new_decision(tmp_path: Path) -> None:
    """It read as not answered, with three payer lines in Unmatched."""
    first = Answer("A1", (replace(VISIT, code="99213:25"), INJECTION))
    back = Answer("A1", first.lines[:1]).reversed()
    again = Answer("A1", (replace(LESS, code="99213:25"),))
    found = decided(tmp_path, first, back, again, sent=BOTH)
    assert of(found) == [("underpaid", 7000), ("paid_as_expected", 5395)]
    assert rows(found)[0]["payer_codes"] == "CO-253 CO-45 PR-2"
    assert not found.unmatched.height


# -- answers that overlap ----------------------------------------------------------------------


@pytest.mark.parametrize("control", ["", "L1"])
@pytest.mark.parametrize("parts_first", [False, True])
def test_a_whole_payment_beside_its_parts_is_paid_twice(
    tmp_path: Path, control: str, parts_first: bool
) -> None:
    half = Paid("99213", "90", "37.32", "CO-45 42.40, CO-253 0.76, PR-2 9.52", control=control)
    rest = replace(half, paid="37.31", adjusted="CO-45 42.41, CO-253 0.76, PR-2 9.52")
    whole = Answer("A1", (replace(VISIT, control=control),))
    parts = Answer("A1", (half,), control="ICN2"), Answer("A1", (rest,), control="ICN3")
    sent = claim("A1", f"99213 180 1 {control or '-'}")
    found = decided(tmp_path, *((*parts, whole) if parts_first else (whole, *parts)), sent=sent)
    (row,) = rows(found)
    assert (row["variance_status"], row["overpaid_amount"]) == ("overpaid", 7463)
    assert row["variance_cause"] == "paid_twice"
    assert "paid 74.63 (allowed 95.19) in 2 parts on" in row["cause_detail"]
    assert not found.unmatched.height


def test_a_reversal_of_other_amounts_leaves_what_was_paid_with_its_line(tmp_path: Path) -> None:
    """Paid twice, and 70.00 of the first taken back: the line read as not answered."""
    back = Answer("A1", (LESS,)).reversed()
    found = decided(tmp_path, WHOLE, replace(WHOLE, control="ICN2"), back)
    (row,) = rows(found)
    assert (row["variance_status"], row["payer_paid_amount"]) == ("overpaid", 7926)
    assert (
        "it adds up what was paid: 74.63 on 2026-04-01, 74.63 on 2026-04-02, -70.00 on 2026-04-03;"
    ) in row["cause_detail"]
    assert found.checks["check"].to_list() == ["reversal_amount"]


def test_a_reversal_of_another_number_is_told_beside_what_was_paid_twice(tmp_path: Path) -> None:
    back = replace(Answer("A1", (LESS,)).reversed(), control="ICN3")
    found = decided(tmp_path, WHOLE, replace(WHOLE, control="ICN2"), back)
    (row,) = rows(found)
    assert row["variance_cause"] == "paid_twice"
    assert row["cause_detail"].endswith(
        "the reversal of 70.00 on 2026-04-03 is of neither: look whether it is meant for one of"
        " them"
    )
    assert found.unmatched.select("what", "paid_amount").rows() == [
        ("reversal_without_original", -7000)
    ]


def test_what_could_not_be_matched_is_noted_on_what_could(tmp_path: Path) -> None:
    other = Answer("A1", (Paid("99499", "55", "55.00"),), control="ICN2")
    found = decided(tmp_path, WHOLE, other)
    (row,) = rows(found)
    assert "has 1 line that could not be matched, paid 55.00: see Unmatched" in row["notes"]


AMOUNTS = st.sampled_from(["74.63", "54.63", "20.00", "0.03", "0"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, list[Answer]]:
    """Two to four decisions on a claim: whole, in parts, taken back in any way."""
    codes = [("99213", "180", "L1"), ("20610", "200", "L2")][: draw(st.integers(1, 2))]
    numbered = draw(st.booleans())

    def line(code: str, charge: int, control: str) -> Paid:
        paid = draw(AMOUNTS)
        adjusted = f"CO-45 {charge - Decimal(paid)}"
        return Paid(code, str(charge), paid, adjusted, control=control * numbered)

    answers: list[Answer] = []
    for _ in range(draw(st.integers(2, 4))):
        kind = draw(st.sampled_from(["whole", "whole", "parts", "22", "1", "part"]))
        number = draw(st.sampled_from(["I1", "I2", "I3"]))
        if kind in {"22", "1", "part"} and answers:
            back = draw(st.sampled_from(answers))
            lines = back.lines[:1] if kind == "part" else back.lines
            status = "1" if kind == "1" else "22"
            control = draw(st.sampled_from([back.control, number]))
            answers.append(
                replace(back, lines=lines, status=status, control=control, sign=-back.sign)
            )
            continue
        halves = 2 if kind == "parts" else 1
        parts = [
            tuple(line(code, int(charge) // halves, control) for code, charge, control in codes)
            for _ in range(halves)
        ]
        answers += [Answer("A1", each, control=f"{number}{at}") for at, each in enumerate(parts)]
    lines = [f"{code} {charge} 1 {control * numbered or '-'}" for code, charge, control in codes]
    return claim("A1", *lines), answers


@given(histories())
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_no_line_holds_is_listed_to_the_cent(
    tmp_path: Path, history: tuple[str, list[Answer]]
) -> None:
    """The sum of every cent closes by what lies beside: all of that is in a table."""
    sent, answers = history
    found = decided(tmp_path, *answers, sent=sent)
    beside = next(each.amount for each in found.terms if each.name == "beside")
    assert beside == found.unmatched["paid_amount"].sum()
    answered = [row for row in rows(found) if row["variance_status"] != "no_remittance"]
    assert answered or found.unmatched.height


@pytest.mark.parametrize("control", ["", "L1"])
def test_a_reversal_of_other_amounts_stands_and_its_place_is_told(
    tmp_path: Path, control: str
) -> None:
    """It read as decided twice without a reversal, as a split line, and of a check of no place."""
    first, less = (replace(each, control=control) for each in (VISIT, LESS))
    back = Answer("A1", (less,)).reversed()
    sent = claim("A1", f"99213 180 1 {control or '-'}")
    found = decided(tmp_path, Answer("A1", (first,)), back, Answer("A1", (first,)), sent=sent)
    (row,) = rows(found)
    assert (row["payer_paid_amount"], row["overpaid_amount"]) == (7463 - 7000 + 7463, 463)
    assert row["action"] == "follow_up"
    assert "; 4.63 of it a reversal left over: ask the payer" in row["cause_detail"]
    assert row["match_method"] == ("line_control" if control else "code_and_charge")
    assert row["notes"] == (
        "a reversal takes back 70.00 of the 74.63 paid: see Checks; what is left over stays in the"
        " sums"
    )
    (check,) = found.checks.rows(named=True)
    assert (check["check"], check["file"]) == ("reversal_amount", "paid01.835")
    segment = payment(back).split("~")[check["row"] - 1]
    assert segment.strip().startswith("CLP*A1*22*")


# -- one of several equal lines decided anew ------------------------------------------------------

TWO = claim("A", "64450 200", "64450 200")
FULL = Paid("64450", "200", "63.37", "CO-45 119.17, CO-253 1.29, PR-2 16.17")
HALF = Paid("64450", "200", "31.69", "CO-45 159.58, CO-253 0.65, PR-2 8.08")
NONE = Paid("64450", "200", "0", "CO-50 200")


@pytest.mark.parametrize("first", [(FULL, NONE), (NONE, FULL)])
def test_a_later_payment_of_one_equal_line_is_of_the_one_that_was_denied(
    tmp_path: Path, first: tuple[Paid, ...]
) -> None:
    """It was added to the line that was paid: paid twice, and the other was appealed once more."""
    payments = [
        payment(Answer("A", lines), trace=f"T{at}", on=f"2026040{at}")
        for at, lines in enumerate((first, (HALF,)), 1)
    ]
    found = rows(compared(tmp_path, [TWO], *payments))
    assert [row["variance_status"] for row in found] == ["paid_as_expected"] * 2
    assert [row["payer_paid_amount"] for row in found] == [6337, 3169]


def test_equal_lines_that_all_come_back_are_decided_anew_in_their_order(tmp_path: Path) -> None:
    payments = [
        payment(Answer("A", lines), trace=f"T{at}", on=f"2026040{at}")
        for at, lines in enumerate(((FULL, NONE), (FULL, HALF)), 1)
    ]
    found = rows(compared(tmp_path, [TWO], *payments))
    assert [row["payer_paid_amount"] for row in found] == [12674, 3169]
