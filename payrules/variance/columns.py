"""Compares with the batch's own columns, paid_amount and allowed_amount, without any remittance.

Decision: such columns do not say what of the allowed amount is the deductible. What is due is then
what the difference of the allowed amounts comes to, without the patient's share of the line and the
sequestration: cost sharing alone is no underpayment. What is paid beyond the whole allowed amount
less these is overpaid. The share is Medicare's own; another payer's is what it left of the amount
it allowed, as with a remittance, and its file's only where that is the same. A line with a blank in
one of the columns is not compared: without what was paid it is unanswered. On a line met by a
second payer what was paid is compared, as everywhere.
"""

from collections.abc import Iterable, Sequence

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
from payrules.variance.own_shares import WHOLE_SHARE
from payrules.variance.several_to_one import LinePair
from payrules.variance.sides import sides_together

SOURCE = "columns"
#: What is said of a line of which one amount is blank.
BLANK = {
    "paid": "the paid amount is blank: what the payer paid is not known",
    "allowed": "the allowed amount is blank: what the payer allowed is not known",
}
_NOT_TOLD = ("patient", "balance_bill", "after_allowed", "to_patient", "b6_difference")


def compare_columns(claims: Sequence[ExpectedClaim], *, tolerance: int = 1) -> Compared:
    """Compare each line with what its own columns say was allowed and paid."""
    found = Compared()
    for claim in claims:
        compared = _of_claim(claim, tolerance)
        found.comparisons += compared
        found.matched_claims += any(each.status != NO_REMITTANCE for each in compared)
    return found


def _of_claim(claim: ExpectedClaim, tolerance: int) -> list[PaymentComparison]:
    """Compare the lines of a claim: of sides that make each other up all together."""

    def compared(pair: LinePair) -> PaymentComparison:
        return _lines(claim, pair, tolerance)

    pairs = [LinePair([line], [], "") for line in claim.lines]
    made = sides_together(map(compared, pairs), compared)
    return sorted(made, key=lambda each: min(line.row for line in each.lines))


def _lines(claim: ExpectedClaim, pair: LinePair, tolerance: int) -> PaymentComparison:
    lines = pair.lines
    tolerance *= len(lines)
    made = PaymentComparison(
        *(claim, lines, "group" if pair.group else "line", NO_REMITTANCE),
        group=pair.group,
        expected_allowed=_sum(line.allowed for line in lines),
        expected_paid=_sum(line.paid for line in lines),
        tolerance=tolerance,
    )
    paid = _sum(line.given_paid for line in lines)
    allowed = _sum(line.given_allowed for line in lines)
    if paid is None and allowed is None:
        return made
    blank = [name for name, amount in (("paid", paid), ("allowed", allowed)) if amount is None]
    made.method = SOURCE
    made.payer = PayerAmounts(
        paid=paid or 0,
        allowed=allowed or 0,
        # What is not paid of the allowed amount: withheld, or the patient's; nobody says which.
        patient=0 if paid is None or allowed is None else allowed - paid,
        source=SOURCE,
        lines=len(lines),
        not_told=frozenset((*_NOT_TOLD, *blank)),
    )
    if paid is None or allowed is None:
        made.status = NO_REMITTANCE if paid is None else NOT_COMPARABLE
        made.detail = BLANK[blank[0]]
    elif made.expected_allowed is None or made.expected_paid is None:
        made.status = NOT_COMPARABLE
        made.detail = "nothing is expected for this line"
    else:
        expected, due = made.expected_allowed, made.expected_paid
        made.restated = _due(lines[0], expected, due, paid, allowed, tolerance)
        made.status = _status(made, expected, paid, allowed, tolerance)
    if made.status == NOT_COMPARABLE:
        made.expected_allowed = made.expected_paid = None
    return made


def _sum(amounts: Iterable[int | None]) -> int | None:
    """Add up; where one is not known the sum is not."""
    known = [*amounts]
    return None if None in known else sum(each or 0 for each in known)


def _due(
    line: ExpectedLine, expected: int, due: int, paid: int, allowed: int, tolerance: int
) -> int:
    """Give what the payer owes, `due` being what is expected of it."""
    if line.secondary or line.owes_nothing or paid == allowed == 0:
        return due
    own = line.rate if line.by_medicare else 0
    if abs(allowed - expected) <= tolerance:
        # More than the whole allowed amount without any deductible is not cost sharing; an
        # incentive that is expected is no more than due.
        return min(paid, max(_payable(line, allowed, own), due, 0))
    rate = line.rate if line.by_medicare or line.coinsurance else 0
    whole, of_expected = (_payable(line, amount, rate) for amount in (allowed, expected))
    # Shares may be rounded otherwise: a cent is no deductible.
    if abs(paid - whole) <= 1:
        return of_expected
    if not line.by_medicare and 0 < paid < allowed:
        return share(expected, paid, allowed)
    return paid + _payable(line, expected, own) - _payable(line, allowed, own)


def _status(made: PaymentComparison, expected: int, paid: int, allowed: int, tolerance: int) -> str:
    if paid == allowed == 0:
        return DENIED if expected > 0 else DENIED_AS_EXPECTED
    variance, owed = made.allowed_variance, made.owed or 0
    if variance is None or abs(variance) <= tolerance:
        if abs(owed) <= tolerance:
            return PAID_AS_EXPECTED
        return UNDERPAID if owed > 0 else OVERPAID
    return UNDERPAID if variance < 0 else OVERPAID


def _payable(line: ExpectedLine, allowed: int, rate: int) -> int:
    """Give what of an allowed amount the payer itself owes, without any deductible."""
    due = allowed - share(allowed, rate, WHOLE_SHARE)
    return due - share(due, line.withheld_rate, WHOLE)
