"""What a payer shared out otherwise among the sides of one service is as expected in sum."""

from pathlib import Path
from typing import Any

import pytest

from payrules.variance.groups import by_cause
from tests.variance.small import Answer, Paid, claim, compared, payment, rows

#: The second side in full, 68.81, half of it, 34.41, and three quarters of either.
RIGHT = Paid("20610:RT", "200", "53.95", "CO-45 131.19, CO-253 1.10, PR-2 13.76")
LEFT = Paid("20610:LT", "200", "53.95", "CO-45 131.19, CO-253 1.10, PR-2 13.76")
HALF_RIGHT = Paid("20610:RT", "200", "26.97", "CO-45 165.60, CO-253 0.55, PR-2 6.88")
HALF_LEFT = Paid("20610:LT", "200", "26.97", "CO-45 165.60, CO-253 0.55, PR-2 6.88")
MOST_RIGHT = Paid("20610:RT", "200", "40.46", "CO-45 148.39, CO-253 0.83, PR-2 10.32")
MOST_LEFT = Paid("20610:LT", "200", "40.47", "CO-45 148.39, CO-253 0.82, PR-2 10.32")
ALL_RIGHT = Paid("20610:RT", "200", "80.92", "CO-45 96.79, CO-253 1.65, PR-2 20.64")
NO_LEFT = Paid("20610:LT", "200", "0", "CO-97 200")
SENT = ("20610:RT 200", "20610:LT 200")
OTHERWISE = "the payer shared the amount out among these lines otherwise"


def answered(
    folder: Path, *lines: Paid, sent: tuple[str, ...] = SENT
) -> tuple[list[dict[str, Any]], int]:
    found = compared(folder, [claim("A1", *sent)], payment(Answer("A1", lines)))
    return rows(found), by_cause(found.lines).height


@pytest.mark.parametrize(
    "paid", [(HALF_RIGHT, LEFT), (MOST_RIGHT, MOST_LEFT), (ALL_RIGHT, NO_LEFT)]
)
def test_sides_that_make_each_other_up_are_as_expected(
    tmp_path: Path, paid: tuple[Paid, ...]
) -> None:
    """One line was appealed, the other to be given back: of money that was right to the cent."""
    (row,), causes = answered(tmp_path, *paid)
    assert (row["variance_status"], row["action"]) == ("paid_as_expected", "")
    assert (row["compared_at"], row["claim_line_number"]) == ("group", None)
    assert abs(row["underpaid_amount"]) <= 2
    assert abs(row["overpaid_amount"]) <= 2
    assert row["notes"].startswith(OTHERWISE)
    assert causes == 0


def test_sides_as_expected_stay_lines(tmp_path: Path) -> None:
    right, left = answered(tmp_path, RIGHT, HALF_LEFT)[0]
    assert right["variance_status"] == left["variance_status"] == "paid_as_expected"
    assert right["notes"] is left["notes"] is None


def test_sides_that_do_not_come_to_the_sum_stay_lines(tmp_path: Path) -> None:
    right, left = answered(tmp_path, HALF_RIGHT, ALL_RIGHT_AS_LEFT)[0]
    assert (right["variance_status"], left["variance_status"]) == ("underpaid", "overpaid")


@pytest.mark.parametrize("code", ["CO-50 200", "CO-16 200"])
def test_a_side_that_is_denied_by_itself_is_no_sharing_out(tmp_path: Path, code: str) -> None:
    """Its appeal, or its resubmission, was gone, and its day with it."""
    denied = Paid("20610:LT", "200", "0", code)
    right, left = answered(tmp_path, ALL_RIGHT, denied)[0]
    assert (right["variance_status"], left["variance_status"]) == ("overpaid", "denied")


def test_lines_that_differ_by_no_side_stay_lines(tmp_path: Path) -> None:
    sent = ("20610:RT 200", "20610:RT:59 200")
    both = (ALL_RIGHT, Paid("20610:RT:59", "200", "0", "CO-97 200"))
    found = answered(tmp_path, *both, sent=sent)[0]
    assert len(found) == 2
    assert {row["compared_at"] for row in found} == {"line"}


ALL_RIGHT_AS_LEFT = Paid("20610:LT", "200", "80.92", "CO-45 96.79, CO-253 1.65, PR-2 20.64")


@pytest.mark.parametrize(("modifier", "many"), [("59", 1), ("22", 2)])
def test_lines_differ_by_side_alone(tmp_path: Path, modifier: str, many: int) -> None:
    """A line of its own (59) is paid as any other; what is increased (22) is another service."""
    sent = ("20610:RT 200", f"20610:LT:{modifier} 200")
    left = Paid(f"20610:LT:{modifier}", "200", LEFT.paid, LEFT.adjusted)
    assert len(answered(tmp_path, HALF_RIGHT, left, sent=sent)[0]) == many
