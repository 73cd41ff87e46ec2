"""Compares with the batch's own columns, paid_amount and allowed_amount, without any remittance.

Decision: such columns do not say what of the allowed amount is the deductible. What is due is then
what the difference of the allowed amounts comes to, without the patient's share of the line and the
sequestration: cost sharing alone is no underpayment. A line without both columns is not compared.
"""

from collections.abc import Sequence

from payrules.money import WHOLE
from payrules.variance.amounts import PayerAmounts, share
from payrules.variance.compare import Compared
from payrules.variance.comparison import (
    DENIED,
    DENIED_AS_EXPECTED,
    NO_REMITTANCE,
    NOT_COMPARABLE,
    OVERPAID,
    PAID_AS_EXPECTED,
    UNDERPAID,
    PaymentComparison,
)
from payrules.variance.expected import ExpectedClaim, ExpectedLine

SOURCE = "columns"


def compare_columns(claims: Sequence[ExpectedClaim], *, tolerance: int = 1) -> Compared:
    """Compare each line with what its own columns say was allowed and paid."""
    found = Compared()
    for claim in claims:
        compared = [_line(claim, line, tolerance) for line in claim.lines]
        found.comparisons += compared
        found.matched_claims += any(each.payer is not None for each in compared)
    return found


def _line(claim: ExpectedClaim, line: ExpectedLine, tolerance: int) -> PaymentComparison:
    made = PaymentComparison(
        *(claim, [line], "line", NO_REMITTANCE),
        expected_allowed=line.allowed,
        expected_paid=line.paid,
        tolerance=tolerance,
    )
    paid, allowed = line.given_paid, line.given_allowed
    if paid is None and allowed is None:
        return made
    made.method = SOURCE
    made.payer = PayerAmounts(
        paid=paid or 0,
        allowed=allowed or 0,
        patient=(allowed or 0) - (paid or 0) if allowed is not None else 0,
        source=SOURCE,
        lines=1,
    )
    if paid is None or allowed is None or line.allowed is None:
        made.status = NOT_COMPARABLE
        made.expected_allowed = made.expected_paid = None
        made.detail = "paid_amount and allowed_amount are not both there, or nothing is expected"
        return made
    variance = allowed - line.allowed
    made.restated = paid
    if abs(variance) > tolerance:
        made.restated += _payable(line, line.allowed) - _payable(line, allowed)
    if paid == 0 and allowed == 0:
        made.status = DENIED if line.allowed > 0 else DENIED_AS_EXPECTED
        made.restated = line.paid
    elif abs(variance) <= tolerance:
        made.status = PAID_AS_EXPECTED
    else:
        made.status = UNDERPAID if variance < 0 else OVERPAID
    return made


def _payable(line: ExpectedLine, allowed: int) -> int:
    """Give what of an allowed amount the payer itself owes, without any deductible."""
    rate = line.rate if line.by_medicare else 0
    due = allowed - share(allowed, rate, 100)
    return due - share(due, line.withheld_rate, WHOLE)
