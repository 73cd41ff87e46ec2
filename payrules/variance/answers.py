"""Parts a claim's answers: those of the payer it is priced for, and those of other payers."""

from collections.abc import Sequence

from payrules.variance.amounts import PRIOR_PAYER, SECONDARY
from payrules.variance.netting import takes_back
from payrules.variance.paid import PayerClaim


def parted(
    answers: Sequence[PayerClaim], *, second: bool
) -> tuple[list[PayerClaim], list[PayerClaim]]:
    """Part a claim's answers: those of the payer it is priced for, and those of other payers.

    A reversal is of the payer whose adjudication it takes back.
    """
    decided = [each for each in answers if not each.is_reversal]
    own = [each for each in decided if _is_of_other_payer(each) == second]
    if not own:
        return [*answers], []
    ours = {id(each) for each in own}
    others = [each for each in decided if id(each) not in ours]
    if not others:
        return [*answers], []
    main: list[PayerClaim] = []
    aside: list[PayerClaim] = []
    for each in answers:
        is_own = id(each) in ours
        if each.is_reversal:
            is_own = takes_back(each, own) is not None or takes_back(each, others) is None
        (main if is_own else aside).append(each)
    return main, aside


def _is_of_other_payer(paid: PayerClaim) -> bool:
    """Tell whether a payer comes after another: by its status, or since all is another's (OA-23).

    [X12's answer 2535]
    """
    codes = {(group, carc) for group, carc, _ in paid.adjustments}
    codes |= {(group, carc) for line in paid.lines for group, carc, _ in line.adjustments}
    return paid.status in SECONDARY or (paid.paid == 0 and codes == {PRIOR_PAYER})
