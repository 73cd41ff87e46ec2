"""Payments that differ by what Medicare pays less where a therapy assistant did the service."""

from payrules.variance.amounts import (
    PayerAmounts,
    is_by_assistant,
    may_be_by_assistant,
    restated,
)
from payrules.variance.comparison import PaymentComparison
from payrules.variance.expected import ExpectedLine
from payrules.x12.values import dollars


def by_assistant_otherwise(compared: PaymentComparison, payer: PayerAmounts) -> str:
    """Say of a payment that it is without the reduction where it is due, or with it where not.

    Nothing where it is neither. The allowed amount is the same: the payer's share alone is less.
    """
    is_due = any(map(is_by_assistant, compared.lines))
    otherwise = restated(compared.lines, payer, _by_nobody if is_due else may_be_by_assistant)
    if otherwise == compared.restated or abs(payer.received - otherwise) > compared.tolerance:
        return ""
    return (
        f"{dollars(payer.received)} is the payment {'without' if is_due else 'with'} the 15 % less"
        " that a service of a therapy assistant (CQ, CO) is paid"
    )


def _by_nobody(_: ExpectedLine) -> bool:
    return False
