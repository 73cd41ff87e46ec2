"""Lines that two decisions pay, and no reversal takes one back: a cause of its own, before rules.

What was paid is the sum of all decisions that stand (`netting`): of a line paid twice that is twice
its amount, and some rule of ours (both sides, two units) may come to the same cents. Decision: what
stands in the payer's own files goes before what would explain it.
"""

from collections.abc import Iterator

from payrules.variance.amounts import PayerAmounts, payer_amounts
from payrules.variance.comparison import OVERPAID, PaymentComparison
from payrules.variance.paid import PayerClaim
from payrules.x12.values import dollars

PAID_TWICE = "paid_twice"


def paid_twice(each: PaymentComparison) -> str:
    """Say which decisions pay a line, group or claim more than once; "" where none does.

    So it is where one of them could be left out and as much as is expected would still be paid, and
    where one comes back to the cent. A later one that adds what the first left out is neither; and
    a decision pays it only where it has money, and answers the whole of what was billed: the parts
    of a split line or claim are one payment.
    """
    if each.status != OVERPAID or each.netted is None or len(each.netted.standing) < 2:
        return ""
    by_allowed = abs(each.allowed_variance or 0) > each.tolerance
    made = [
        (claim, amounts, amounts.allowed if by_allowed else amounts.received)
        for claim, amounts in _decisions(each)
    ]
    billed = sum(line.charge or 0 for line in each.lines)
    made = [
        (claim, amounts, counted)
        for claim, amounts, counted in made
        if counted > 0 and amounts.received > 0 and _charged(each, claim, amounts) >= billed
    ]
    if len(made) < 2 or each.payer is None:
        return ""
    whole = each.payer.allowed if by_allowed else each.payer.received
    due = (each.expected_allowed if by_allowed else each.restated) or 0
    rest = whole - min(counted for *_, counted in made)
    is_one_again = len({(amounts.paid, amounts.allowed) for _, amounts, _ in made}) < len(made)
    if rest < due - each.tolerance and not is_one_again:
        return ""
    said = " and ".join(
        f"paid {dollars(amounts.paid)} (allowed {dollars(amounts.allowed)}) on"
        f" {claim.paid_on or 'a day that is not told'}"
        for claim, amounts, _ in made
    )
    further = ""
    if len(made) == 2 and abs(rest - due) > each.tolerance:
        further = f"; without one of them it is not the {dollars(due)} expected either"
    return f"{said}, and no reversal takes one back{further}"


def _charged(each: PaymentComparison, claim: PayerClaim, amounts: PayerAmounts) -> int:
    """Give what a decision answers of the charge."""
    return claim.charge if each.level == "claim" else amounts.charge


def _decisions(each: PaymentComparison) -> Iterator[tuple[PayerClaim, PayerAmounts]]:
    """Give what each decision that stands says of a comparison, by itself."""
    of_whole_claim = each.level == "claim"
    for claim in each.netted.standing if each.netted else ():
        lines = [line for line in each.paid_lines if line.claim == claim.number]
        own = [*claim.adjustments] if len(each.claim.lines) == 1 or of_whole_claim else []
        own += claim.of_rejected if of_whole_claim else []
        yield (
            claim,
            payer_amounts(
                lines,
                each.lines,
                own,
                claim_paid=claim.paid if own or of_whole_claim else None,
                of_whole_claim=of_whole_claim,
                remarks=claim.remarks,
            ),
        )
