"""Lines that two decisions pay, and no reversal takes one back: a cause of its own, before rules.

What was paid is the sum of all decisions that stand (`netting`): of a line paid twice that is twice
its amount, and some rule of ours (both sides, two units) may come to the same cents. Decision: what
stands in the payer's own files goes before what would explain it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from payrules.counted import counted
from payrules.frozen import frozen
from payrules.variance.amounts import PayerAmounts, payer_amounts
from payrules.variance.comparison import OVERPAID, PaymentComparison
from payrules.variance.paid import PayerAdjudicatedLine, PayerClaim
from payrules.variance.several_to_one import answer_again
from payrules.x12.values import dollars

PAID_TWICE = "paid_twice"
NO_DAY = "a day that is not told"


@frozen
class _Paid:
    """One payment of the whole of what was billed: a decision, or those that are its parts."""

    decisions: tuple[PayerClaim, ...]
    paid: int
    allowed: int
    counted: int


def paid_twice(each: PaymentComparison) -> str:
    """Say which payments pay a line, group or claim more than once; "" where none does.

    So it is where one of them could be left out and as much as is expected would still be paid, and
    where one comes back to the cent. Decisions: a later payment that adds what the first left out
    is neither; nor is one of less than half of what is due, as cents, interest and instalments are;
    a payment answers the whole of what was billed, by one decision or by several that are its
    parts.
    """
    made = _twice(each)
    if len(made) < 2 or each.payer is None:
        return _part_again(each)
    further = ""
    due, rest = _due(each), _without_one(each, made)
    if len(made) == 2 and abs(rest - due) > each.tolerance:
        further = f"; without one of them it is not the {dollars(due)} expected either"
    return f"{_in_words(made)}, and {_not_taken_back(each)}{further}"


def _part_again(each: PaymentComparison) -> str:
    """Say which part of a line one decision answers more than once; "" where none is.

    So it is where the parts are more than was billed by that one, and without it what is expected.
    """
    payer, own = each.payer, {one.number for one in each.netted.standing} if each.netted else set()
    if each.status != OVERPAID or each.level != "line" or payer is None:
        return ""
    times: dict[tuple[object, ...], list[PayerAdjudicatedLine]] = defaultdict(list)
    for one in each.paid_lines:
        amounts = tuple(sorted(one.adjustments))
        times[one.claim, one.sent_as, one.charge, one.paid, amounts].append(one)
    again = [some for some in times.values() if len(some) > 1]
    if len(again) != 1 or again[0][0].claim not in own:
        return ""
    once = [some[0] for some in times.values()]
    billed = sum(line.charge or 0 for line in each.lines)
    part, whole = (payer_amounts(some, each.lines, []) for some in (again[0][:1], once))
    rest = whole.allowed if _by_allowed(each) else whole.received
    # Of what adds up to what was billed each is a part of its own.
    if sum(one.charge for one in once) != billed or abs(rest - _due(each)) > each.tolerance:
        return ""
    code = " ".join(filter(None, (again[0][0].code, *again[0][0].modifiers)))
    return (
        f"{code} is answered {len(again[0])} times, each paid {dollars(part.paid)} (allowed"
        f" {dollars(part.allowed)}), and {_not_taken_back(each)}"
    )


def last_paid(each: PaymentComparison) -> int | None:
    """Give what the last payment of what was paid twice or more paid; None of anything else."""
    made = _twice(each)
    return made[-1].paid if made else None


def added_up(each: PaymentComparison) -> str:
    """Say of an amount that several decisions add up to which these are; "" of any other."""
    if each.netted is None:
        return ""
    taken = [one for both in each.netted.unequal for one in both]
    paid = Counter[int]()
    for line in each.paid_lines:
        paid[line.claim] += line.paid
    parts = [
        f"{dollars(paid[claim.number])} on {claim.paid_on or NO_DAY}"
        for claim in sorted([*each.netted.standing, *taken], key=lambda one: one.order)
        if claim.number in paid
    ]
    return f"; it adds up what was paid: {', '.join(parts)}" if len(parts) > 1 else ""


def _twice(each: PaymentComparison) -> list[_Paid]:
    """Give the payments that pay something more than once; none where nothing is."""
    if each.status != OVERPAID or each.netted is None or not each.payer:
        return []
    if len(each.netted.standing) < 2 and len(each.paid_lines) < 2:
        return []
    made, due = _payments(each), _due(each)
    least = due if due > 0 else max((one.counted for one in made), default=0)
    made = [one for one in made if 2 * one.counted >= least]
    if len(made) < 2:
        return []
    is_one_again = len({(one.paid, one.allowed) for one in made}) < len(made)
    return made if is_one_again or _without_one(each, made) >= due - each.tolerance else []


def _by_allowed(each: PaymentComparison) -> bool:
    """Tell whether allowed amounts are counted: else what was received is."""
    return abs(each.allowed_variance or 0) > each.tolerance


def _due(each: PaymentComparison) -> int:
    return (each.expected_allowed if _by_allowed(each) else each.restated) or 0


def _without_one(each: PaymentComparison, made: Sequence[_Paid]) -> int:
    """Give what there would be without the least of some payments."""
    assert each.payer is not None
    whole = each.payer.allowed if _by_allowed(each) else each.payer.received
    return whole - min(one.counted for one in made)


def _payments(each: PaymentComparison) -> list[_Paid]:
    """Give the payments of the whole of what was billed that have money."""
    by_allowed = _by_allowed(each)
    billed = sum(line.charge or 0 for line in each.lines)
    made: list[_Paid] = []
    parts: list[tuple[PayerClaim, PayerAmounts]] = []
    answered = 0
    for claim, amounts in _decisions(each):
        counted = amounts.allowed if by_allowed else amounts.received
        charged = _charged(each, claim, amounts)
        if counted <= 0 or amounts.received <= 0:
            continue
        if charged >= billed:
            made.append(_Paid((claim,), amounts.paid, amounts.allowed, counted))
            continue
        parts.append((claim, amounts))
        answered += charged
        if answered >= billed:
            paid, allowed, received = (
                sum(getattr(one, name) for _, one in parts)
                for name in ("paid", "allowed", "received")
            )
            claims = tuple(claim for claim, _ in parts)
            made.append(_Paid(claims, paid, allowed, allowed if by_allowed else received))
            parts, answered = [], 0
    return made


def _in_words(made: Sequence[_Paid]) -> str:
    """Say how much was paid when, and by whom where two payers paid."""
    payers = {claim.payer_name for one in made for claim in one.decisions}
    said = []
    for one in made:
        days = dict.fromkeys(claim.paid_on or NO_DAY for claim in one.decisions)
        names = dict.fromkeys(claim.payer_name or "a payer" for claim in one.decisions)
        by = f" by {' and '.join(names)}" if len(payers) > 1 else ""
        many = len(one.decisions)
        parts = f" in {counted(many, 'part')}" if many > 1 else ""
        said.append(
            f"paid {dollars(one.paid)} (allowed {dollars(one.allowed)}){parts}{by} on"
            f" {' and '.join(days)}"
        )
    return " and ".join(said)


def _not_taken_back(each: PaymentComparison) -> str:
    """Say that no reversal takes a payment back; one that may is told, since it names none."""
    assert each.netted is not None
    backs = [back for original, back in each.netted.reversed if original is None]
    if not backs:
        return "no reversal takes one back"
    told = " and ".join(f"{dollars(-back.paid)} on {back.paid_on or NO_DAY}" for back in backs)
    return f"the reversal of {told} is of neither: look whether it is meant for one of them"


def _charged(each: PaymentComparison, claim: PayerClaim, amounts: PayerAmounts) -> int:
    """Give what a decision answers of the charge."""
    return claim.charge if each.level == "claim" else amounts.charge


def _decisions(each: PaymentComparison) -> Iterator[tuple[PayerClaim, PayerAmounts]]:
    """Give what each decision that stands says of a comparison, by itself.

    Payer lines of one decision of which each answers the whole of a line are as many.
    """
    of_whole_claim = each.level == "claim"
    for claim in each.netted.standing if each.netted else ():
        lines = [line for line in each.paid_lines if line.claim == claim.number]
        own = [*claim.adjustments] if len(each.claim.lines) == 1 or of_whole_claim else []
        own += claim.of_rejected if of_whole_claim else []
        is_again = each.level == "line" and not own and answer_again(each.lines[0], lines)
        for some in [[line] for line in lines] if is_again else [lines]:
            yield (
                claim,
                payer_amounts(
                    some,
                    each.lines,
                    own,
                    claim_paid=claim.paid if own or of_whole_claim else None,
                    of_whole_claim=of_whole_claim,
                    remarks=claim.remarks,
                ),
            )
