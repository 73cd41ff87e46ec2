"""Parts a claim's answers: those of the payer it is priced for, and those of other payers."""

from collections import Counter
from collections.abc import Iterable, Sequence

from payrules.variance.amounts import PRIOR_PAYER, SECONDARY
from payrules.variance.another_payer import why_of_another
from payrules.variance.expected import ExpectedLine
from payrules.variance.netting import takes_back
from payrules.variance.paid import PayerClaim

#: What tells payers apart: name and tax number.
_Name = tuple[str | None, str | None]


def parted(
    answers: Sequence[PayerClaim], priced: ExpectedLine
) -> tuple[list[PayerClaim], list[PayerClaim]]:
    """Part a claim's answers: those of the payer it is priced for, and those of other payers.

    `priced` is one of its lines. A reversal is of the payer whose adjudication it takes back.
    Decision: where one answer is of the payer whose terms price the claim, Medicare or a plan, an
    answer of another payer stands apart whatever its status: the two together are no payer's
    decision.
    """
    decided = [each for each in answers if not each.is_reversal]
    named = _names(decided)
    own = [each for each in decided if _comes_after(each, named) == priced.secondary]
    own = [each for each in own if not why_of_another(priced, each.decided_by)] or own
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


def _comes_after(paid: PayerClaim, named: Iterable[_Name]) -> bool:
    """Tell whether a payer comes after another; `named` are those that by themselves do not.

    By its status; since all is another's (OA-23) [X12's answer 2535]; or since it says that a payer
    paid before (OA-23), and another one is among those that answer: whatever its status.
    """
    codes = _codes(paid)
    if paid.status in SECONDARY or (paid.paid == 0 and set(codes) == {PRIOR_PAYER}):
        return True
    return codes[PRIOR_PAYER] > 0 and any(_are_two(one, _name(paid)) for one in named)


def _names(decided: Sequence[PayerClaim]) -> frozenset[_Name]:
    """Name the payers that decide first: by status, and without a word of a payer before."""
    return frozenset(
        _name(each)
        for each in decided
        if each.status not in SECONDARY and PRIOR_PAYER not in _codes(each)
    )


def are_of_one_payer(one: _Name, other: _Name) -> bool:
    """Tell whether two payers, each by name and tax number, are one."""
    return not _are_two(_folded(one), _folded(other))


def _are_two(one: _Name, other: _Name) -> bool:
    """Tell two payers apart by their tax numbers, and by their names where one has none.

    Decision: a payer spells its name in several ways, and has one number.
    """
    if one[1] and other[1]:
        return one[1] != other[1]
    return one[0] != other[0]


def _name(paid: PayerClaim) -> _Name:
    """Name a payer: as it calls itself (N1*PR), and by its tax number (TRN03)."""
    return _folded((paid.payer_name, paid.payer_tin))


def _folded(name: _Name) -> _Name:
    return (name[0] or "").casefold(), name[1]


def _codes(paid: PayerClaim) -> Counter[tuple[str, str]]:
    """Add up what is adjusted of a payer claim and its lines, by group and code."""
    found: Counter[tuple[str, str]] = Counter()
    for group, carc, amount in (
        *paid.adjustments,
        *(t for line in paid.lines for t in line.adjustments),
    ):
        found[group, carc] += amount
    return found
