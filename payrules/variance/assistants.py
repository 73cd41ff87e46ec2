"""Payments that differ by what is paid less where a therapy assistant did the service."""

from collections.abc import Sequence

from payrules.money import WHOLE
from payrules.variance.amounts import (
    PayerAmounts,
    cost_sharing,
    restated,
    share,
    share_if_by_assistant,
)
from payrules.variance.codes import INCENTIVE, INCENTIVE_REMARK, PATIENT
from payrules.variance.comparison import PaymentComparison
from payrules.variance.expected import ExpectedLine
from payrules.x12.values import dollars


def read_reduction_out(lines: Sequence[ExpectedLine], payer: PayerAmounts, tolerance: int) -> None:
    """Take in what a payer took off for an assistant where its codes do not name that (N851).

    Decisions: a 144 that comes to what its payer takes off for an assistant is that, and no
    incentive; and so is what the allowed amount lacks, if the payment is what is due to the cent.
    Both come off after the allowed amount, which then is as expected: nothing is due.
    """
    if payer.assistant or any(line.secondary or line.allowed is None for line in lines):
        return
    if {line.assistant_share for line in lines} == {WHOLE}:
        return
    if not _is_said_as_incentive(lines, payer, tolerance):
        _read_out_of_contractual(lines, payer, tolerance)


def _is_said_as_incentive(
    lines: Sequence[ExpectedLine], payer: PayerAmounts, tolerance: int
) -> bool:
    """Take a 144 as the reduction if it comes to it on what the payer itself allowed.

    Of a payer whose 144 would else be an incentive (not Medicare's) whatever it comes to: beside it
    the reduction would be taken once more, and money that is short would read as too much.
    """
    said = sum(
        amount
        for (group, carc), amount in payer.codes.items()
        if carc == INCENTIVE and group != PATIENT
    )
    of_share = {line.assistant_share for line in lines}
    if said <= 0 or len(of_share) > 1 or INCENTIVE_REMARK in payer.remarks:
        return False
    more = 0 if payer.incentive else said
    derived = payer.received + payer.patient + payer.after_allowed + more
    base = derived - payer.patient
    is_due = abs(base - share(base, of_share.pop(), WHOLE) - said) <= tolerance
    if not (is_due or payer.incentive):
        return False
    payer.assistant, payer.incentive = said, payer.incentive and payer.incentive - said
    payer.after_allowed += more
    if payer.source == "derived" or abs(payer.allowed + more - derived) <= tolerance:
        payer.allowed, payer.source = derived, "derived"
    payer.b6_difference = payer.allowed - derived
    return True


def _read_out_of_contractual(
    lines: Sequence[ExpectedLine], payer: PayerAmounts, tolerance: int
) -> None:
    """Take what the allowed amount lacks as the reduction if it is that, and all due is paid."""
    expected = sum(line.allowed or 0 for line in lines)
    taken = expected - payer.allowed
    if taken <= tolerance or payer.b6_difference or payer.incentive:
        return
    told = payer.allowed
    payer.allowed = expected
    is_paid = abs(restated(lines, payer) - payer.received) <= tolerance
    if is_paid and abs(_reduction(lines, payer) - taken) <= tolerance:
        payer.assistant, payer.source = taken, "derived"
        payer.after_allowed += taken
    else:
        payer.allowed = told


def by_assistant_otherwise(compared: PaymentComparison, payer: PayerAmounts) -> str:
    """Say of a payment that it is without the reduction where it is due, or with it where not.

    Nothing where it is neither. The allowed amount is the same: the payer's share alone is less.
    """
    is_due = any(line.assistant_share != WHOLE for line in compared.lines)
    otherwise = restated(compared.lines, payer, _whole if is_due else share_if_by_assistant)
    if otherwise == compared.restated or abs(payer.received - otherwise) > compared.tolerance:
        return ""
    return (
        f"{dollars(payer.received)} is the payment {'without' if is_due else 'with'} the 15 % less"
        " that a service of a therapy assistant (CQ, CO) is paid"
    )


def assistant_said_otherwise(compared: PaymentComparison, payer: PayerAmounts) -> str:
    """Say of a payer that it took off another amount for an assistant than is to come off.

    Nothing where it did not, or where that is not the way in which the payment differs.
    """
    due = _reduction(compared.lines, payer)
    beyond = payer.assistant - due
    if not payer.assistant or abs(beyond) <= compared.tolerance:
        return ""
    if beyond * (compared.owed or 0) <= 0:
        return ""
    taken = dollars(payer.assistant)
    return (
        f"{taken} came off since a therapy assistant did the service (CQ, CO), where"
        f" {dollars(due)} is to come off"
    )


def _reduction(lines: Sequence[ExpectedLine], payer: PayerAmounts) -> int:
    """Give what is to come off for an assistant on the amount we expect."""
    found = 0
    for line, *of_patient in cost_sharing(lines, payer):
        payable = (line.allowed or 0) - sum(of_patient)
        found += payable - share(payable, line.assistant_share, WHOLE)
    return found


def _whole(_: ExpectedLine) -> int:
    return WHOLE
