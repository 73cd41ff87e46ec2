"""Lines that CMS's edit of unlikely units denies together, and the payer pays: no plain refund."""

from pathlib import Path
from typing import Any

import pytest

from tests.variance.small import Answer, Paid, claim, compared, of_batch, payment, rows


def of(code: str, allowed: str, denied: str = "") -> Paid:
    """Write a line of 900.00 of which something is allowed, or which is denied."""
    return Paid(code, "900", allowed, denied or f"CO-45 {900 - float(allowed):.2f}")


def answered(folder: Path, *paid: Paid, sent: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    lines = (f"{code} 900" for code in sent or [each.code for each in paid])
    found = rows(compared(folder, [claim("A", *lines)], payment(Answer("A", paid))))
    assert {row["expected_allowed_amount"] for row in found} == {0}
    return found


LOOK = "our note: look which coding is right before any is given back"
#: 264.87 for the first, half of it for the second.
SHARED = {
    "as ranked": ("264.87", "132.44"),
    "the other first": ("132.44", "264.87"),
    "each at the same part": ("198.65", "198.65"),
}


@pytest.mark.parametrize("allowed", SHARED.values(), ids=SHARED)
def test_sides_on_a_line_each_are_looked_at(tmp_path: Path, allowed: tuple[str, str]) -> None:
    """Each was to be given back, and unless ranked as ours unexplained."""
    first, second = answered(tmp_path, of("64483:RT", allowed[0]), of("64483:LT", allowed[1]))
    for row in (first, second):
        assert (row["variance_status"], row["action"]) == ("overpaid", "review_coding")
        assert (row["variance_cause"], row["cause_confidence"]) == ("unlikely_units", "exact")
        assert row["cause_detail"].endswith(LOOK)


def test_what_comes_to_no_amount_is_looked_at_all_the_same(tmp_path: Path) -> None:
    first, second = answered(tmp_path, of("64483:RT", "264.87"), of("64483:LT", "264.87"))
    assert {first["action"], second["action"]} == {"review_coding"}
    assert (first["variance_cause"], second["variance_cause"]) == ("unlikely_units", "unexplained")


@pytest.mark.parametrize("other", ["64483:RT", "64483:RT:59"])
@pytest.mark.parametrize("code", ["CO-18 900", "CO-151 900"])
@pytest.mark.parametrize("turned", [False, True])
def test_of_what_was_sent_twice_the_one_that_is_paid_is_kept(
    tmp_path: Path, other: str, code: str, turned: bool
) -> None:
    """A slip read as `refund` 207.66, unexplained: the first line was told the denial."""
    paid = of("64483:RT", "264.87"), of(other, "0", code)
    first, second = answered(tmp_path, *(paid[::-1] if turned else paid), sent=("64483:RT", other))
    assert (first["variance_status"], first["action"]) == ("overpaid", "")
    assert (first["variance_cause"], first["cause_confidence"]) == ("unlikely_units", "exact")
    assert first["cause_detail"].endswith("so nothing is given back")
    assert (second["variance_status"], second["action"]) == ("denied_as_expected", "")


@pytest.mark.parametrize("code", ["CO-18 900", "CO-151 900"])
def test_one_side_paid_and_the_other_denied_is_no_line_sent_twice(
    tmp_path: Path, code: str
) -> None:
    """Coded as both sides it is due 150 %: nothing was asked, and the second side was lost."""
    first, _ = answered(tmp_path, of("64483:RT", "264.87"), of("64483:LT", "0", code))
    assert (first["variance_cause"], first["action"]) == ("unlikely_units", "review_coding")


def test_what_is_not_due_alone_either_is_given_back(tmp_path: Path) -> None:
    """Guidance that its pair denies anyway was kept where it was sent twice."""
    sent = claim("A", "62323 900", "77003 200", "77003 200")
    paid = (
        Paid("62323", "900", "200.00", "CO-45 700.00"),
        Paid("77003", "200", "80.00", "CO-45 120.00"),
        Paid("77003", "200", "0", "CO-18 200.00"),
    )
    found = rows(compared(tmp_path, [sent], payment(Answer("A", paid))))
    first = next(row for row in found if row["payer_paid_amount"] == 8_000)
    assert (first["expected_allowed_amount"], first["action"]) == (0, "refund")


def test_one_that_is_paid_otherwise_is_looked_at(tmp_path: Path) -> None:
    first, _ = answered(tmp_path, of("64483:RT", "300"), of("64483:LT", "0", "CO-18 900"))
    assert (first["variance_cause"], first["action"]) == ("unexplained", "review_coding")


def test_units_of_one_line_are_given_back(tmp_path: Path) -> None:
    """No other line is there whose coding could be meant."""
    sent = claim("A", "64483:RT 900 3")
    paid = Paid("64483:RT", "900", "794.61", "CO-45 105.39", units="3")
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (paid,)))))
    assert (row["expected_allowed_amount"], row["action"]) == (0, "refund")


@pytest.mark.parametrize(
    ("allowed", "adjusted", "units"),
    [
        ("264.87", "CO-45 35.13, CO-151 600", "1"),
        ("264.87", "CO-45 35.13, CO-151 600", "3"),
        ("529.74", "CO-45 70.26, CO-222 300", "3"),
        ("529.74", "CO-45 370.26", "2"),
        # The amount of one, and no code or number says so.
        ("264.87", "CO-45 635.13", "3"),
    ],
)
def test_units_of_one_line_of_which_some_are_denied_are_looked_at(
    tmp_path: Path, allowed: str, adjusted: str, units: str
) -> None:
    """What the payer paid of it read as a plain refund, and was what the edit is for."""
    sent = claim("A", "64483:RT 900 3")
    paid = Paid("64483:RT", "900", allowed, adjusted, units=units)
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (paid,)))))
    assert (row["expected_allowed_amount"], row["action"]) == (0, "review_coding")
    assert row["cause_detail"].endswith(LOOK)


def test_units_of_one_line_in_two_parts_are_looked_at(tmp_path: Path) -> None:
    sent = claim("A", "64483:RT 900 3")
    paid = Paid("64483:RT", "300", "264.87", "CO-45 35.13", units="1")
    denied = Paid("64483:RT", "600", "0", "CO-151 600", units="2")
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (paid, denied)))))
    assert (row["expected_allowed_amount"], row["action"]) == (0, "review_coding")


def test_columns_of_a_batch_are_told_alike(tmp_path: Path) -> None:
    head = "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,hcpcs_modifiers,"
    head += "place_of_service_code,charge_amount,paid_amount,allowed_amount\n"
    sides = "{0},1,{0},2026-03-02,64483,RT,11,900,207.66,264.87\n"
    sides += "{0},2,{0},2026-03-02,64483,LT,11,900,{1}\n"
    csv = head + sides.format("C1", "103.84,132.44") + sides.format("C2", "0,0")
    found = rows(of_batch(tmp_path, csv))
    assert [row["action"] for row in found] == [*["review_coding"] * 3, ""]
    assert {row["variance_cause"] for row in found[:3]} == {"unlikely_units"}
