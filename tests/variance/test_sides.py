"""What a payer shared out otherwise among the sides of one service is as expected in sum."""

from pathlib import Path
from typing import Any

import pytest

from payrules.variance.groups import by_cause
from tests.variance.small import Answer, Paid, claim, compared, of_batch, payment, rows

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


# -- other modifiers beside a side ----------------------------------------------------------------

#: A second service to a side, in full and in part, as a line with another modifier.
FULL, PART = ("53.95", RIGHT.adjusted), ("26.97", HALF_RIGHT.adjusted)


def line(modifiers: str, amounts: tuple[str, str]) -> Paid:
    return Paid(f"20610:{modifiers}", "200", *amounts)


@pytest.mark.parametrize("beside", ["KX", "51", "76", "77"])
@pytest.mark.parametrize("side", ["RT", "LT"])
def test_what_only_stands_beside_a_side_is_no_other_service(
    tmp_path: Path, beside: str, side: str
) -> None:
    """A repeat that the payer paid in full and the first in part was an appeal and a refund."""
    sent = ("20610:RT 200", f"20610:{side}:{beside} 200")
    paid = (line("RT", PART), line(f"{side}:{beside}", FULL))
    (row,), causes = answered(tmp_path, *paid, sent=sent)
    assert (row["variance_status"], row["action"], causes) == ("paid_as_expected", "", 0)
    assert row["notes"].startswith(OTHERWISE)


def test_a_side_ranked_otherwise_stands_beside_one_that_is_short(tmp_path: Path) -> None:
    sent = ("64450:RT 200", "64450:RT:76 200", "64450:LT 200")
    paid = (
        Paid("64450:RT", "200", "31.69", "CO-45 159.58, CO-253 0.65, PR-2 8.08"),
        Paid("64450:RT:76", "200", "63.37", "CO-45 119.17, CO-253 1.29, PR-2 16.17"),
        Paid("64450:LT", "200", "10.00", "CO-45 187.24, CO-253 0.20, PR-2 2.56"),
    )
    rows_, _ = answered(tmp_path, *paid, sent=sent)
    assert [each["variance_status"] for each in rows_] == ["paid_as_expected", "underpaid"]


@pytest.mark.parametrize("modifier", ["59", "XS", "22", "53"])
def test_another_service_of_the_same_side_stays_a_line(tmp_path: Path, modifier: str) -> None:
    sent = ("20610:RT 200", f"20610:RT:{modifier} 200")
    found = answered(tmp_path, line("RT", PART), line(f"RT:{modifier}", FULL), sent=sent)[0]
    assert [each["compared_at"] for each in found] == ["line", "line"]


def test_a_sum_that_agrees_by_chance_is_no_ranking(tmp_path: Path) -> None:
    sent = ("20610:RT 200", "20610:RT:76 200")
    paid = [
        Paid(each.code.replace("LT", "RT:76"), *(each.charge, each.paid, each.adjusted))
        for each in (MOST_RIGHT, MOST_LEFT)
    ]
    found = answered(tmp_path, *paid, sent=sent)[0]
    assert [each["variance_status"] for each in found] == ["underpaid", "overpaid"]


@pytest.mark.parametrize(
    "other", ["20610:LT 200 1 - 20260303", "20610:LT 200 2"], ids=["day", "units"]
)
def test_lines_of_other_days_and_units_stay_lines(tmp_path: Path, other: str) -> None:
    _, _, units, *day = [*other.split(), *[""] * 5][:5]
    left = Paid("20610:LT", "200", *FULL, units=units or "1", day=day[1] if day[0] else "20260302")
    found = answered(tmp_path, HALF_RIGHT, left, sent=("20610:RT 200", other))[0]
    assert [each["compared_at"] for each in found] == ["line", "line"]


# -- columns of the batch -------------------------------------------------------------------------

BATCH = """claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,hcpcs_modifiers,\
place_of_service_code,charge_amount,paid_amount,allowed_amount
C1,1,P1,2026-03-02,20610,{},11,200,{},{}
C1,2,P1,2026-03-02,20610,{},11,200,{},{}
C1,3,P1,2026-03-02,99213,25,11,200,{},{}
C2,1,P1,2026-03-02,99213,,11,200,,
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("RT", "26.97", "34.41"), ("LT", "53.95", "68.81")),
        (("RT", "40.46", "51.61"), ("LT", "40.46", "51.61")),
        (("RT", "26.97", "34.41"), ("RT KX", "53.95", "68.81")),
    ],
)
@pytest.mark.parametrize("third", [("", ""), ("74.63", "95.19"), ("60.00", "75.00")])
def test_columns_that_say_what_was_paid_are_held_together_too(
    tmp_path: Path,
    first: tuple[str, str, str],
    second: tuple[str, str, str],
    third: tuple[str, str],
) -> None:
    """One side was appealed and one to be given back, as of remittances."""
    found = of_batch(tmp_path, BATCH.format(*first, *second, *third))
    sides, visit, other = rows(found)
    assert (sides["compared_at"], sides["variance_status"]) == ("group", "paid_as_expected")
    assert sides["payer_allowed_source"] == "columns"
    assert sides["notes"].startswith(OTHERWISE)
    expected = {"": "no_remittance", "74.63": "paid_as_expected", "60.00": "underpaid"}
    assert visit["variance_status"] == expected[third[0]]
    assert other["variance_status"] == "no_remittance"
    assert found.compared.matched_claims == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("RT", "80.92", "103.22"), ("LT", "0", "0")),
        (("RT", "26.97", "34.41"), ("RT 59", "53.95", "68.81")),
    ],
)
def test_columns_that_are_no_sharing_out_stay_lines(
    tmp_path: Path, first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    """Nobody says why a side was paid nothing: it may be denied."""
    found = rows(of_batch(tmp_path, BATCH.format(*first, *second, "", "")))
    assert [row["compared_at"] for row in found] == ["line"] * 4
    assert {"overpaid", "no_remittance"} < {row["variance_status"] for row in found}
