"""A line that two decisions pay has that as its cause, whatever rule comes to the same amount."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.variance.small import Answer, Paid, claim, compared, payment, rows

VISIT = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
SHORT = Paid("99213", "180", "54.63", "CO-45 104.81, CO-253 1.52, PR-2 19.04")
SENT = claim("A1", "99213 180")


def paid_by(folder: Path, *lines: Paid, sent: str = SENT) -> dict[str, Any]:
    payments = [
        payment(Answer("A1", (line,), control=f"ICN{at}"), trace=f"T{at}", on=f"2026040{at}")
        for at, line in enumerate(lines, 1)
    ]
    (row,) = rows(compared(folder, [sent], *payments))
    return row


def test_a_line_paid_twice_says_so_before_any_rule(tmp_path: Path) -> None:
    row = paid_by(tmp_path, VISIT, VISIT)
    assert (row["variance_status"], row["overpaid_amount"]) == ("overpaid", 7463)
    assert (row["variance_cause"], row["cause_confidence"]) == ("paid_twice", "exact")
    assert row["action"] == "refund"
    assert row["cause_detail"] == (
        "paid 74.63 (allowed 95.19) on 2026-04-01 and paid 74.63 (allowed 95.19) on 2026-04-02,"
        " and no reversal takes one back"
    )


def test_twice_in_one_payment_is_twice_too(tmp_path: Path) -> None:
    both = Answer("A1", (VISIT,)), Answer("A1", (VISIT,), control="ICN2")
    (row,) = rows(compared(tmp_path, [SENT], payment(*both)))
    assert (row["variance_cause"], row["overpaid_amount"]) == ("paid_twice", 7463)


def test_a_short_payment_and_a_full_one_are_two(tmp_path: Path) -> None:
    row = paid_by(tmp_path, SHORT, VISIT)
    assert (row["variance_cause"], row["overpaid_amount"]) == ("paid_twice", 5463)
    assert row["cause_detail"].endswith("no reversal takes one back")


def test_two_short_ones_are_short_alone_too(tmp_path: Path) -> None:
    row = paid_by(tmp_path, SHORT, SHORT)
    assert (row["variance_cause"], row["variance_status"]) == ("paid_twice", "overpaid")
    assert row["cause_detail"].endswith("; without one of them it is not the 95.19 expected either")


def test_what_is_added_to_a_short_payment_is_no_second_one(tmp_path: Path) -> None:
    """The second adds what the first left out, and somewhat more: nothing was paid twice."""
    more = Paid("99213", "180", "25.00", "OA-23 155.00")
    row = paid_by(tmp_path, SHORT, more)
    assert (row["variance_status"], row["overpaid_amount"]) == ("overpaid", 500)
    assert row["variance_cause"] != "paid_twice"


def test_parts_of_a_split_line_are_one_payment(tmp_path: Path) -> None:
    """Two sides in two claims of the payer read as the same paid twice, and hid the rule."""
    side = Paid("20610", "200", "53.95", "CO-45 131.18, CO-253 1.10, PR-2 13.77")
    one = Answer("A1", (side,)), Answer("A1", (side,), control="ICN2")
    (row,) = rows(compared(tmp_path, [claim("A1", "20610:50 400")], payment(*one)))
    assert row["variance_cause"] != "paid_twice"


@pytest.mark.parametrize("then", ["74.63", "0"])
def test_a_decision_without_money_is_no_payment(tmp_path: Path, then: str) -> None:
    """All of it went to the deductible first; what was paid once can be no double payment."""
    nothing = Paid("99213", "180", "0", "CO-45 84.81, PR-1 95.19")
    row = paid_by(tmp_path, nothing, VISIT if then != "0" else nothing)
    assert row["variance_cause"] != "paid_twice"


def test_what_the_first_left_out_is_recovered_once(tmp_path: Path) -> None:
    """It read 74.63, the whole second payment."""
    assert paid_by(tmp_path, SHORT, VISIT)["recovered_amount"] == 2000


def test_cents_are_no_second_payment(tmp_path: Path) -> None:
    row = paid_by(tmp_path, VISIT, Paid("99213", "180", "0.03", "CO-45 179.97"))
    assert (row["variance_cause"], row["overpaid_amount"]) == ("unexplained", 3)
    assert row["cause_detail"].endswith(
        "it adds up what was paid: 74.63 on 2026-04-01, 0.03 on 2026-04-02"
    )


def test_instalments_are_told_one_by_one(tmp_path: Path) -> None:
    small = Paid("99213", "180", "20.00", "CO-45 160.00")
    large = Paid("99213", "180", "60.00", "CO-45 120.00")
    row = paid_by(tmp_path, small, small, large)
    assert (row["variance_cause"], row["overpaid_amount"]) == ("unexplained", 2537)
    assert row["cause_detail"].endswith(
        "20.00 on 2026-04-01, 20.00 on 2026-04-02, 60.00 on 2026-04-03"
    )


def test_two_payers_that_both_pay_as_the_first_are_named(tmp_path: Path) -> None:
    one = payment(Answer("A1", (VISIT,)), payer="ONE")
    two = payment(Answer("A1", (VISIT,), control="ICN2"), payer="TWO", trace="T2")
    (row,) = rows(compared(tmp_path, [SENT], one, two))
    assert row["variance_cause"] == "paid_twice"
    assert "by ONE on 2026-03-16 and paid 74.63 (allowed 95.19) by TWO on" in row["cause_detail"]


def test_of_three_full_payments_nothing_is_said_of_leaving_one_out(tmp_path: Path) -> None:
    row = paid_by(tmp_path, VISIT, VISIT, VISIT)
    assert (row["variance_cause"], row["overpaid_amount"]) == ("paid_twice", 2 * 7463)
    assert row["cause_detail"].endswith("no reversal takes one back")


def test_what_was_taken_back_is_not_paid_twice(tmp_path: Path) -> None:
    first, again = Answer("A1", (VISIT,)), Answer("A1", (VISIT,), control="ICN2")
    back = payment(first.reversed(), again, trace="T2", on="20260401")
    (row,) = rows(compared(tmp_path, [SENT], payment(first), back))
    assert (row["variance_status"], row["variance_cause"]) == ("paid_as_expected", "")


@pytest.mark.parametrize("adjusted", ["", "CO-45 5"])
def test_a_claim_paid_twice_as_a_whole_says_so(tmp_path: Path, adjusted: str) -> None:
    """A claim of two lines, answered without lines, or with adjustments of its own."""
    sent = claim("A1", "99213 180", "20610 200")
    if adjusted:
        lines = VISIT, Paid("20610", "200", "150", "CO-45 50")
        one = Answer("A1", lines, adjusted=adjusted)
    else:
        one = Answer("A1", charge="380", paid="220.00", adjusted="CO-45 160")
    twice = payment(one), payment(replace(one, control="ICN2"), trace="T2", on="20260401")
    found = rows(compared(tmp_path, [sent], *twice))
    whole = next(each for each in found if each["compared_at"] == "claim")
    assert (whole["variance_status"], whole["variance_cause"]) == ("overpaid", "paid_twice")
