"""Blank, negative and odd amounts of payers: shown as what they are, and never taken as others."""

from pathlib import Path

from tests.variance.small import Answer, Paid, claim, compared, of_batch, payment, rows

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
    assert found.half_answered == 2
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
