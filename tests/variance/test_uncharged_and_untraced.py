"""Lines charged at 0.00 and payments without a trace number: handled, and said."""

from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.screen.variance import variance
from payrules.workbook.privacy import WITHHELD
from tests.variance.small import Answer, Paid, claim, compared, of_batch, payment, rows

VISIT = Paid("99213", "200", "74.63", "CO-45 104.81, CO-253 1.52, PR-2 19.04")
UNTRACED = payment(Answer("A", (VISIT,))).replace("TRN*1*T1*1000000000~", "")


def test_what_was_charged_at_nothing_and_paid_is_asked_before_it_is_given_back(
    tmp_path: Path,
) -> None:
    paid = Paid("99213", "0", "74.63", "CO-45 -95.19, CO-253 1.52, PR-2 19.04", "95.19")
    (row,) = rows(compared(tmp_path, [claim("A", "99213 0")], payment(Answer("A", (paid,)))))
    assert (row["variance_status"], row["variance_cause"], row["action"]) == (
        *("overpaid", "lesser_of_charge"),
        "review_coding",
    )
    assert "it was charged at 0.00" in row["cause_detail"]


def test_what_was_charged_at_nothing_and_not_paid_is_as_expected(tmp_path: Path) -> None:
    """It read "unexplained"."""
    paid = Paid("99213", "0", "0", "")
    (row,) = rows(compared(tmp_path, [claim("A", "99213 0")], payment(Answer("A", (paid,)))))
    told = row["variance_status"], row["variance_cause"], row["cause_confidence"], row["action"]
    assert told == ("denied_as_expected", "lesser_of_charge", "exact", "")
    assert row["cause_detail"] == "nothing was charged (0.00), so nothing is expected"


def test_a_charge_that_is_not_given_is_no_charge_of_nothing(tmp_path: Path) -> None:
    csv = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
        "place_of_service_code,locality,paid_amount,allowed_amount\n"
        "A,1,P,2026-03-02,99213,11,national,300,300\n"
    )
    (row,) = rows(of_batch(tmp_path, csv))
    assert (row["variance_status"], row["action"]) == ("overpaid", "refund")


def test_a_payment_without_a_trace_number_is_told(tmp_path: Path) -> None:
    found = compared(tmp_path, [claim("A", "99213 200")], UNTRACED)
    assert "payment without a trace number (TRN02)" in " ".join(map(str, variance(found, {})))


def test_a_second_trace_number_is_told_and_the_first_stands(tmp_path: Path) -> None:
    """The last one of a payment replaced those before it without a word."""
    paid = payment(Answer("A", (VISIT,)))
    trace = "TRN*1*T1*1000000000~"
    for more, is_told in ((trace, False), ("TRN*1*T2*1X~", True)):
        found = compared(tmp_path, [claim("A", "99213 200")], paid.replace(trace, trace + more))
        assert rows(found)[0]["trace_number"] == "T1"
        assert found.read.tables["remittances"]["payer_tin"].to_list() == ["1000000000"]
        said = " ".join(map(str, variance(found, {})))
        assert (
            "further trace number (TRN02) within one payment, whose first one stands" in said
        ) == is_told


@pytest.mark.parametrize(("other", "payments"), [(UNTRACED, 1), ("another", 2)])
def test_payments_without_a_trace_number_are_told_apart_by_what_they_hold(
    other: str, payments: int, tmp_path: Path
) -> None:
    """The same file under two names was paid twice, and was to be given back."""
    second = other if payments == 1 else UNTRACED.replace("*ICN1*", "*ICN2*")
    found = compared(tmp_path, [claim("A", "99213 200")], UNTRACED, second)
    assert found.read.used("remittances").height == payments
    assert rows(found)[0]["payer_paid_amount"] == payments * 7463


def test_a_reference_that_may_hold_a_person_is_withheld(tmp_path: Path) -> None:
    """`--minimal` left members' numbers in the references of provider adjustments."""
    withheld = ("WO:ICN1MEMBERX9 2.00", "WO:ICN1  MEMBERX9 2.00", "FB:MEMBERX9 3.00")
    plb = ("WO:ICN1 1.00", *withheld, "CS:T1 4.00")
    source = tmp_path / "paid.835"
    source.write_text(payment(Answer("A", (VISIT,), person="MEMBERX9"), plb=plb), newline="")
    out = tmp_path / "out"
    assert main(["remittance", str(source), "--sheets", str(out), "--minimal"]) == 0
    text = (out / "provider_adjustments.csv").read_text(encoding="utf-8")
    assert text.count(WITHHELD) == len(withheld)
    # The claim is told all the same.
    assert text.count(",A,overpayment recovery") == 3
    assert ",ICN1," in text
    assert ",T1," in text
    assert not [each for each in out.iterdir() if "MEMBERX9" in each.read_text(encoding="utf-8")]
