"""Nets a claim's adjudications over time: what was reversed, what stands, and which is current.

A reversal takes back the latest adjudication with the payer's same number, or failing that the one
of the negated amounts. All its amounts must be the negative of that one's (X12's answers 1147 and
1429); where they are not, what is left over stays in the sums. Decisions:

* Of several adjudications with the payer's same number, the one whose amounts the reversal negates
  is taken back, the earliest first: so a correction that stands before its reversal stays.
* What is decided after a reversal is not what it takes back: it stands, and what was taken back is
  in none of the files. On one day the order of files says nothing: there the amounts tell.
* A later adjudication whose only reason is that it repeats another (18) never becomes current.
* A reversal of a part takes that part back: of its lines each stands as it was decided, or is
  taken back.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from payrules.variance.codes import CONTRACTUAL
from payrules.variance.paid import NO_DECISION, PayerAdjudicatedLine, PayerClaim

_DUPLICATE = "18"
WITHOUT_ORIGINAL = "reversal_without_original"


@dataclass(slots=True)
class NettedClaim:
    """A claim's adjudications: those that stand, those taken back, and what does not agree."""

    standing: list[PayerClaim]
    reversed: list[tuple[PayerClaim | None, PayerClaim]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unequal: list[tuple[PayerClaim, PayerClaim]] = field(default_factory=list)
    payments: int = 0
    first: PayerClaim | None = None
    repeats: list[PayerClaim] = field(default_factory=list)

    @property
    def current(self) -> PayerClaim | None:
        """The last adjudication that stands and is no repeat."""
        return self.standing[-1] if self.standing else None

    @property
    def shown(self) -> list[tuple[PayerClaim | None, PayerClaim]]:
        """What was taken back that lines show: not whole, or the last where none stands."""
        if self.unequal or self.standing:
            return [*self.unequal]
        return self.reversed[-1:]

    @property
    def answering(self) -> list[PayerClaim]:
        """The adjudications whose lines answer the claim's: where none stands, the last reversed.

        One that its reversal does not take back whole stays, with its reversal, in the sums.
        """
        taken = [each for both in self.unequal for each in both]
        standing = [*self.standing, *taken]
        if not standing and self.reversed:
            standing = [each for each in self.reversed[-1] if each is not None]
        return standing

    @property
    def beside(self) -> list[PayerClaim]:
        """The reversals without an original that no line shows."""
        shown = [back for _, back in self.shown]
        return [back for original, back in self.reversed if original is None and back not in shown]

    def said_last(self, lines: Sequence[PayerAdjudicatedLine]) -> PayerClaim | None:
        """Give the last decision, or else reversal, that some payer lines are of.

        The claim's own where none is.
        """
        of_lines = {each.claim for each in lines}
        taken = [each for both in self.unequal for each in both]
        for some in (self.standing, taken, [back for _, back in self.reversed]):
            if own := [each for each in some if each.number in of_lines]:
                return own[-1]
        return self.current or (self.reversed[-1][1] if self.reversed else None)

    def are_taken_back(self, lines: Sequence[PayerAdjudicatedLine]) -> bool:
        """Tell whether a reversal is the last that was said of some payer lines."""
        of_lines = {each.claim for each in lines}
        is_left = any(each.number in of_lines for each in self.standing)
        return not is_left and any(back.number in of_lines for _, back in self.reversed)

    @property
    def is_history_missing(self) -> bool:
        """Whether only a reversal is there, and not what it takes back."""
        return not self.standing and all(original is None for original, _ in self.reversed)


def net(claims: Sequence[PayerClaim]) -> NettedClaim:
    """Net the adjudications of a claim, given in the order of their payment."""
    decided = [each for each in claims if not each.is_reversal]
    standing = [each for each in decided if each.status not in NO_DECISION] or decided
    netted = NettedClaim(standing, payments=len(standing))
    netted.first = standing[0] if standing else None
    for reversal in (each for each in claims if each.is_reversal):
        original = takes_back(reversal, standing)
        netted.reversed.append((original, reversal))
        if original is None:
            netted.notes.append(WITHOUT_ORIGINAL)
            continue
        standing.remove(original)
        if not _negates(reversal, original):
            netted.unequal.append((original, reversal))
    if len(standing) > 1:
        netted.repeats = [each for each in standing[1:] if _is_repeat(each)]
        netted.standing = [each for each in standing if each not in netted.repeats]
    return netted


def takes_back(reversal: PayerClaim, standing: Sequence[PayerClaim]) -> PayerClaim | None:
    """Give which of some adjudications a reversal takes back: none of a later day."""
    day = reversal.order[0]
    decided = [each for each in standing if not day or each.order[0] <= day]
    same_number = [each for each in decided if each.control and each.control == reversal.control]
    exact = [each for each in same_number or decided if _negates(reversal, each)]
    if not same_number:
        in_part = [each for each in decided if _negates_lines(reversal, each)]
        return exact[-1] if exact else in_part[-1] if in_part else None
    earlier = [each for each in same_number if each.order <= reversal.order]
    return exact[0] if exact else earlier[-1] if earlier else None


def _negates(reversal: PayerClaim, original: PayerClaim) -> bool:
    """Tell whether every amount of a reversal is the negative of an adjudication's."""
    return _amounts(reversal, -1) == _amounts(original, 1)


def _negates_lines(reversal: PayerClaim, original: PayerClaim) -> bool:
    """Tell whether every line of a reversal is the negative of one of an adjudication."""
    return bool(reversal.lines) and _lines(reversal, -1) <= _lines(original, 1)


def takes_line_back(line: PayerAdjudicatedLine, earlier: PayerAdjudicatedLine) -> bool:
    """Tell whether every amount of a payer line is the negative of another's."""
    return _of_line(line, -1) == _of_line(earlier, 1)


def takes_all_back(
    back: Sequence[PayerAdjudicatedLine], lines: Sequence[PayerAdjudicatedLine]
) -> bool:
    """Tell whether the amounts of some payer lines are in sum the negative of others'."""
    sums: Counter[tuple[str, str]] = Counter()
    for each in (*back, *lines):
        sums.update({("", "charge"): each.charge, ("", "paid"): each.paid})
        for group, carc, cents in each.adjustments:
            sums[group, carc] += cents
    return not any(sums.values())


def _amounts(claim: PayerClaim, sign: int) -> tuple[object, ...]:
    own = Counter((group, carc, cents * sign) for group, carc, cents in claim.adjustments)
    return claim.charge * sign, claim.paid * sign, _lines(claim, sign), own


def _lines(claim: PayerClaim, sign: int) -> Counter[tuple[object, ...]]:
    return Counter(_of_line(each, sign) for each in claim.lines)


def _of_line(line: PayerAdjudicatedLine, sign: int) -> tuple[object, ...]:
    return (
        *(line.code, line.modifiers, line.charge * sign, line.paid * sign),
        tuple(sorted((group, carc, cents * sign) for group, carc, cents in line.adjustments)),
    )


def _is_repeat(claim: PayerClaim) -> bool:
    """Tell whether a claim is denied only because it repeats another."""
    codes = {carc for _, carc, _ in claim.adjustments}
    codes |= {carc for line in claim.lines for _, carc, _ in line.adjustments}
    return claim.paid == 0 and codes - {CONTRACTUAL} == {_DUPLICATE}
