"""Blank, negative and odd amounts of payers: shown as what they are, and never taken as others."""

from pathlib import Path

import openpyxl
import pytest

from payrules.variance.accounting import paid_of
from payrules.variance.columns import compare_columns
from payrules.variance.expected import expected_claims, expected_lines, payers_at_hand
from payrules.variance.results import variance_tables
from payrules.workbook.variance import write_variance
from tests.variance.small import MEDICARE, Answer, Paid, claim, compared, of_batch, payment, rows

HEAD = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,place_of_service_code,"
    "charge_amount,paid_amount,allowed_amount{more}\n"
)
LINE = "{0},1,P{0},2026-03-02,99213,11,180,{1}\n"


def batch(*lines: str, more: str = "") -> str:
    return HEAD.format(more=more) + "".join(
        LINE.format(f"C{number}", each) for number, each in enumerate(lines, 1)
    )


def test_a_blank_amount_of_a_batch_is_none_and_not_compared(tmp_path: Path) -> None:
    found = of_batch(tmp_path, batch(",95.19", "74.63,", ",", "74.63,95.19"))
    no_payment, no_allowed, neither, both = rows(found)
    assert no_payment["variance_status"] == "no_remittance"
    assert no_payment["payer_paid_amount"] is None
    assert no_payment["payer_allowed_amount"] == 9519
    assert no_payment["paid_variance_amount"] is None
    assert no_allowed["variance_status"] == "not_comparable"
    assert no_allowed["payer_allowed_amount"] is None
    assert no_allowed["payer_paid_amount"] == 7463
    assert neither["variance_status"] == "no_remittance"
    assert both["variance_status"] == "paid_as_expected"
    # Who bears what was not paid is said by no column.
    assert both["payer_patient_amount"] is both["payer_after_allowed_amount"] is None
    assert found.half_answered == {"paid": 1, "allowed": 1}
    assert found.payments == 2 * 7463


def test_more_than_the_allowed_amount_is_overpaid_even_where_it_is_as_expected(
    tmp_path: Path,
) -> None:
    found = of_batch(tmp_path, batch("500,95.19", "95.19,95.19", "0,95.19"))
    over, whole, deductible = rows(found)
    assert (over["variance_status"], over["overpaid_amount"]) == ("overpaid", 50000 - 7463)
    assert (whole["variance_status"], whole["overpaid_amount"]) == ("overpaid", 9519 - 7463)
    assert deductible["variance_status"] == "paid_as_expected"


def test_a_second_payer_of_a_batch_is_compared_on_what_it_paid(tmp_path: Path) -> None:
    # 180.00 less 60.00, 76.15 by Medicare alone, 95.19 less 60.00: the last, less 2 percent.
    lines = [f"{paid},95.19,60,95.19" for paid in ("34.49", "10")]
    more = ",primary_paid_amount,primary_allowed_amount"
    full, short = rows(of_batch(tmp_path, batch(*lines, more=more)))
    assert (full["variance_status"], full["allowed_variance_amount"]) == ("paid_as_expected", None)
    assert (short["variance_status"], short["underpaid_amount"]) == ("underpaid", 2449)


def test_a_second_payer_s_deductible_is_no_underpayment(tmp_path: Path) -> None:
    csv = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
        "place_of_service_code,charge_amount,primary_paid_amount,primary_allowed_amount\n"
        "A1,1,P1,2026-03-02,99213,11,180,60,95.19\n"
    )
    # The open deductible of 80.00: (95.19 - 80.00) x 0.8 = 12.15, less 2 percent.
    line = Paid("99213", "180", "11.91", "OA-23 87.85, PR-1 80.00, CO-253 0.24")
    (row,) = rows(of_batch(tmp_path, csv, payment(Answer("A1", (line,), "2"))))
    assert (row["variance_status"], row["restated_paid_amount"]) == ("paid_as_expected", 1191)


@pytest.mark.parametrize(("paid_before", "is_told"), [("50", True), ("0", False), ("-5", False)])
@pytest.mark.parametrize("lines", [1, 2])
def test_what_the_patient_paid_by_the_claim_is_noted_on_its_answer(
    tmp_path: Path, paid_before: str, is_told: bool, lines: int
) -> None:
    """AMT*F5 of the claim, in columns and, where its payer gives no lines, one by one."""
    sent = claim("A1", "99213 180").replace("HI*ABK", f"AMT*F5*{paid_before}~HI*ABK")
    line = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
    answer = Answer("A1", (line,))
    if lines == 2:
        answer = Answer("A1", adjusted=line.adjusted, charge="180", paid="74.63")
    told = rows(compared(tmp_path, [sent], payment(answer)))[-1]
    assert ("part of the benefit may go to the patient" in (told["notes"] or "")) == is_told


def test_a_day_of_another_century_is_no_day_of_payment(tmp_path: Path) -> None:
    line = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
    for year, day in (("1899", None), ("1992", "1992-03-16"), ("2100", None)):
        paid = payment(Answer("A1", (line,)), on=f"{year}0316")
        (row,) = rows(found := compared(tmp_path, [claim("A1", "99213 180")], paid))
        assert row["payment_date"] == day
        assert bool(found.read.notes) is (day is None)
    assert "paid before the day of service" not in (row["notes"] or "")


def test_a_payment_before_the_service_is_told(tmp_path: Path) -> None:
    line = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
    paid = payment(Answer("A1", (line,)), on="20250316")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], paid))
    assert "paid before the day of service" in row["notes"]


def test_an_allowed_amount_of_the_other_sign_is_not_used(tmp_path: Path) -> None:
    adjusted = "CO-45 84.81, CO-253 1.52, PR-2 19.04"
    line = Paid("99213", "180", "74.63", adjusted, allowed="-95.19")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", (line,)))))
    assert (row["payer_allowed_amount"], row["payer_allowed_source"]) == (9519, "derived")
    assert row["variance_status"] == "paid_as_expected"
    assert "other sign" in row["notes"]


def test_columns_that_remittances_supersede_are_said_to_be_unused(tmp_path: Path) -> None:
    csv = batch("1,2")
    line = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
    found = of_batch(tmp_path, csv, payment(Answer("C1", (line,))))
    assert rows(found)[0]["variance_status"] == "paid_as_expected"
    assert found.columns_unused
    assert not of_batch(tmp_path, csv).columns_unused


def test_what_is_paid_without_an_allowed_amount_is_no_line_of_which_nothing_is_expected(
    tmp_path: Path,
) -> None:
    # The last line's code has no amount: of it nothing is expected.
    csv = batch(",95.19", "74.63,", ",", "74.63,95.19") + "C9,1,P9,2026-03-02,99999,11,180,20,30\n"
    found = of_batch(tmp_path, csv)
    terms = {each.name: each.amount for each in found.terms}
    assert terms["allowed_unsaid"] == 7463
    assert terms["not_compared"] == 2000
    assert not found.remainder
    # One by one, as claims that are not straight are compared, it is the same.
    priced = MEDICARE.price(found.batch.lines)
    lines, payers = expected_lines(found.batch, priced, MEDICARE), payers_at_hand(MEDICARE)
    one_by_one = paid_of(compare_columns(expected_claims(lines, payers)).comparisons)
    assert one_by_one == {"compared": 7463, "unsaid": 7463, "not_compared": 2000}


def test_a_book_without_remittances_tells_paid_and_allowed_alone_apart(tmp_path: Path) -> None:
    found = of_batch(tmp_path, batch(",95.19", "74.63,", ",", "74.63,95.19"))
    write_variance(found, variance_tables(found), tmp_path / "paid.xlsx")
    book = openpyxl.load_workbook(tmp_path / "paid.xlsx", data_only=True)
    said = {str(row[1]): row[2] for row in book["Summary"].iter_rows(values_only=True)}
    assert said["Paid and not compared: the allowed amount is blank"] == 74.63
    assert said["Paid and not compared: nothing is expected, or all reversed"] == 0
    assert said["Not comparable"] == said["Of these, lines with a paid amount alone"] == 1
    assert said["No paid amount"] == 2
    assert said["Of these, lines with an allowed amount alone"] == 1
    assert "No remittance" not in said
    # Nothing stands of claims and payments that no remittance told.
    assert not {*book.sheetnames} & {"Remittances", "Provider adjustments", "Remittance checks"}
    assert "Payer claims without a claim" not in said
