"""Reversals whose money stays with the practice: a provider adjustment (PLB WO) holds it back.

A payer that takes a payment back before it has decided anew may leave the money until then: it adds
the amount again in the same payment, and takes it off a later one. [X12's answers 227, 1756]
"""

from collections.abc import Sequence

from payrules.frozen import frozen
from payrules.variance.comparison import REVERSED, PaymentComparison
from payrules.variance.paid import PayerClaim
from payrules.variance.recovered import recoveries_of
from payrules.variance.remittances import Remittances


@frozen
class _Recovery:
    remittance: int
    claim_id: str | None
    reference: str | None
    amount: int


def tell_reversals(comparisons: Sequence[PaymentComparison], read: Remittances) -> None:
    """Say of what was taken back when, and whether the money has been taken yet."""
    taken = [each for each in comparisons if each.status == REVERSED and each.netted is not None]
    if not taken:
        return
    names = ("remittance", "claim_id", "reference", "provider_adjustment_amount")
    recoveries = [_Recovery(*each) for each in recoveries_of(read).select(names).rows()]
    days = dict(read.tables["remittances"].select("remittance", "payment_date").rows())
    for each in taken:
        if each.netted is None:
            continue
        of_lines = {line.claim for line in each.paid_lines}
        backs = [back for _, back in each.netted.reversed]
        reversal = next((one for one in reversed(backs) if one.number in of_lines), backs[-1])
        on = f" on {reversal.paid_on}" if reversal.paid_on else ""
        each.detail = f"what was paid was taken back{on}, and no new decision is in these files"
        held = _held(reversal, recoveries)
        if held is None:
            continue
        each.detail += (
            "; a provider adjustment (WO) of the same amount leaves the money with the practice"
            " until the correction"
        )
        later = _recovered(held, reversal, recoveries)
        if later is not None:
            day = days.get(later.remittance)
            each.detail += f"; it was recovered{f' on {day}' if day else ''}"


def _held(reversal: PayerClaim, recoveries: Sequence[_Recovery]) -> _Recovery | None:
    """Give the adjustment that adds a reversal's amount again: its claim's, or the only one."""
    same = [
        each
        for each in recoveries
        if (each.remittance, each.amount) == (reversal.remittance, reversal.paid) and each.amount
    ]
    own = [each for each in same if each.claim_id == reversal.claim_id]
    unnamed = [each for each in same if each.claim_id is None]
    return own[0] if own else unnamed[0] if len(unnamed) == 1 else None


def _recovered(
    held: _Recovery, reversal: PayerClaim, recoveries: Sequence[_Recovery]
) -> _Recovery | None:
    """Give the adjustment that takes off later what was held back."""
    return next(
        (
            each
            for each in recoveries
            if each.amount == -held.amount
            and (
                each.claim_id == reversal.claim_id
                if each.claim_id is not None
                else each.reference is not None and each.reference == held.reference
            )
        ),
        None,
    )
