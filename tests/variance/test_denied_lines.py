"""What is due on a denied line: what was expected to be paid, its deductible taken once."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrules.variance.analysis import VarianceOptions, compared_with
from payrules.variance.remittances import remittances_of
from payrules.variance.tables import packed
from payrules.x12.remittance_835 import read_835
from tests.variance.small import MEDICARE, Answer, Paid, payment
from tests.variance.test_straight_claims import must_be_same, one_by_one

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: Code → its modifiers.
CODES = {"99213": "25", "20610": "RT", "97110": "GP CQ"}


def held(
    paid: Sequence[Paid], remaining: str, codes: Sequence[str] = tuple(CODES)
) -> list[dict[str, Any]]:
    """Hold a claim against its answer, in columns and one by one: both say the same."""
    batch = MEDICARE.read(
        pl.DataFrame(
            {
                "claim_id": "A1",
                "claim_line_number": number,
                "person_id": "M1",
                "claim_line_start_date": "2026-03-02",
                "hcpcs_code": code,
                "hcpcs_modifiers": CODES[code],
                "place_of_service_code": "11",
                "charge_amount": "300",
                "deductible_remaining": remaining,
            }
            for number, code in enumerate(codes, 1)
        )
    )
    priced = MEDICARE.price(batch.lines, trail=True)
    said = payment(Answer("A1", tuple(paid)))
    read = remittances_of([read_835(BytesIO(said.encode()), "paid.835", packed)])
    found = compared_with(batch, priced, read, MEDICARE, VarianceOptions())
    with one_by_one():
        must_be_same(found, compared_with(batch, priced, read, MEDICARE, VarianceOptions()))
    return found.lines.rows(named=True)


def as_sent(code: str) -> str:
    return ":".join([code, *CODES[code].split()])


def denied(code: str) -> Paid:
    return Paid(as_sent(code), "300", "0", "CO-50 300")


def of_fee(code: str, allowed: int, deductible: int = 0) -> Paid:
    """Answer a line with an amount allowed, in cents, of which some is the deductible."""
    base = allowed - deductible
    share = (base * 20 + 50) // 100
    paid = base - share
    adjusted = [("CO-45", 30000 - allowed), ("PR-1", deductible), ("PR-2", share)]
    return Paid(
        *(as_sent(code), "300", f"{paid / 100:.2f}"),
        ", ".join(f"{what} {cents / 100:.2f}" for what, cents in adjusted if cents),
        f"{allowed / 100:.2f}",
    )


def test_no_more_is_due_on_a_denied_line_than_was_expected() -> None:
    """The payer shows no deductible on it: it was left out, and more was due than expected."""
    (row,) = held([denied("99213")], "80", codes=["99213"])
    assert row["variance_status"] == "denied"
    assert 0 < row["expected_paid_amount"] < row["expected_allowed_amount"] * 3 // 10
    assert row["underpaid_amount"] == row["restated_paid_amount"] == row["expected_paid_amount"]


def test_a_deductible_taken_on_another_line_is_not_taken_again() -> None:
    """The first line is denied, and its deductible taken on the second: all of the first is due."""
    codes = ["99213", "20610"]
    without = held([denied("99213"), denied("20610")], "0", codes=codes)
    first, second = held([denied("99213"), denied("20610")], "80", codes=codes)
    second_allowed = second["expected_allowed_amount"]
    taken = held([denied("99213"), of_fee("20610", second_allowed, 6000)], "80", codes=codes)
    freed = taken[0]["underpaid_amount"] - first["underpaid_amount"]
    assert taken[1]["expected_paid_amount"] == second["expected_paid_amount"]
    # 60.00 less the coinsurance, less the sequestration.
    assert abs(freed - 6000 * 80 * 98 // 10_000) <= 1
    assert taken[0]["underpaid_amount"] <= without[0]["underpaid_amount"]


@few
@given(
    remaining=st.sampled_from(("0", "40", "95", "150", "257")),
    kinds=st.lists(st.sampled_from(("denied", "as_priced", "all")), min_size=3, max_size=3),
    deductibles=st.lists(st.integers(0, 9000), min_size=3, max_size=3),
)
def test_a_denied_line_is_due_what_was_expected_and_no_more_than_without_deductible(
    remaining: str, kinds: list[str], deductibles: list[int]
) -> None:
    """Lines paid on the amount expected, the deductible put anywhere, and lines denied."""
    every = held([denied(code) for code in CODES], remaining)
    fees = [each["expected_allowed_amount"] for each in every]
    paid = [
        denied(code)
        if kind == "denied"
        else of_fee(code, fee, min(taken, fee) if kind == "all" else 0)
        for code, fee, kind, taken in zip(CODES, fees, kinds, deductibles, strict=True)
    ]
    lines = held(paid, remaining)
    freely = held([denied(code) for code in CODES], "0")
    for each, free in zip(lines, freely, strict=True):
        if each["variance_status"] == "denied":
            least, most = each["expected_paid_amount"], free["expected_paid_amount"]
            assert least <= each["underpaid_amount"] <= most
    taken = sum(each["payer_patient_amount"] for each in lines)
    if taken == 0:
        assert all(each["underpaid_amount"] == each["expected_paid_amount"] for each in lines)


def test_the_first_denied_line_is_freed_first() -> None:
    every = held([denied(code) for code in CODES], "150")
    assert [each["underpaid_amount"] for each in every] == [
        each["expected_paid_amount"] for each in every
    ]
    fee = every[2]["expected_allowed_amount"]
    paid = [denied("99213"), denied("20610"), of_fee("97110", fee, 1000)]
    first, second, _ = held(paid, "150")
    assert first["underpaid_amount"] > every[0]["underpaid_amount"]
    assert second["underpaid_amount"] == every[1]["underpaid_amount"]


@pytest.mark.parametrize(
    ("adjusted", "action", "says"),
    [
        ("CO-50 300", "appeal", "within the deductible"),
        ("CO-29 300", "check_filing_proof", "within the deductible"),
        ("CO-45 200, CO-50 100", "appeal", "within the deductible"),
        ("PR-96 300", "", "who may be billed"),
        ("CO-45 200, PR-50 100", "", "who may be billed"),
        ("CO-45 300", "review_terms", "within the deductible"),
    ],
)
def test_a_denied_line_within_the_deductible_is_work_unless_the_patient_is_to_pay_it(
    adjusted: str, action: str, says: str
) -> None:
    """Nothing was due on it from the payer, so nobody was sent to look at the denial."""
    (row,) = held([Paid("99213:25", "300", "0", adjusted)], "1000", ["99213"])
    assert (row["variance_status"], row["underpaid_amount"]) == ("denied", 0)
    assert row["action"] == action
    assert says in row["cause_detail"]


def test_what_is_all_put_to_the_patient_is_no_refund() -> None:
    """A payer that paid nothing was to be sent back 0.00, or what it still owed."""
    (deductible,) = held([Paid("99213:25", "300", "0", "PR-1 300")], "0", ["99213"])
    assert (deductible["variance_status"], deductible["action"]) == ("overpaid", "")
    (own_share,) = held([Paid("99213:25", "300", "0", "PR-2 300")], "0", ["99213"])
    assert (own_share["underpaid_amount"], own_share["action"]) == (7463, "reopen")
    assert own_share["appeal_by_date"] == "2026-07-19"
