"""A batch and its remittances compared piece by piece, and what comes of it put together.

Causes are looked for in many lines at once, since each look prices again: the rows of a piece wait
for theirs, and what was compared line by line is let go with them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from payrules.payers import Payer
from payrules.variance.accounting import Steps, added, paid_of, paid_of_lines, steps_of
from payrules.variance.causes import Causes
from payrules.variance.compare import Compared, compare
from payrules.variance.comparison import PaymentComparison
from payrules.variance.expected import ExpectedClaim, expected_claims
from payrules.variance.forwarded import tell_reversals
from payrules.variance.frames import LAST, comparisons_frame
from payrules.variance.paid import payer_claims
from payrules.variance.pieces import PaidPiece
from payrules.variance.plain import causes_of, plainly_answered
from payrules.variance.remittances import Remittances
from payrules.variance.straight_rows import with_causes

#: Lines looked at one by one that wait at once for their causes, about.
WAITING_AT_ONCE = 20_000


@dataclass(frozen=True)
class _Waiting:
    """What of a piece has no cause yet."""

    compared: Sequence[PaymentComparison]
    examples: Sequence[PaymentComparison]
    like: pl.DataFrame
    answered: pl.DataFrame


class Gathered:
    """What the pieces came to so far; `rows` of all once `settle` was called."""

    def __init__(
        self,
        priced_by: pl.DataFrame,
        causes: Causes,
        payers: Sequence[Payer],
        read: Remittances,
        *,
        tolerance: int,
        as_of: str | None,
    ) -> None:
        """Begin with none; `priced_by` are the lines as they stand in the batch."""
        self._priced_by, self._causes, self._payers = priced_by, causes, payers
        self._read, self._tolerance, self._as_of = read, tolerance, as_of
        self._waiting: list[_Waiting] = []
        self.rows: list[pl.DataFrame] = []
        self.found = Compared()
        self.steps: Steps = {}
        self.paid: Counter[str] = Counter()

    def take(self, piece: PaidPiece) -> None:
        """Compare a piece."""
        payers, tolerance = self._payers, self._tolerance
        plain = plainly_answered(
            piece.lines, piece.superseded, piece.read, self._priced_by, tolerance
        )
        compared = Compared()
        if piece.read.files:
            claims = [*expected_claims(plain.others, payers), *piece.superseded]
            answers = payer_claims(piece.read, but=plain.payer_claims)
            compared = compare(claims, answers, tolerance=tolerance)
        examples = plain.compared_examples(payers, piece.read, tolerance)
        plain.put_into(compared)
        self.steps = added(self.steps, plain.steps(payers))
        self.paid.update(paid_of_lines(plain.paired))
        answered, *others = plain.rows(payers, self._as_of, tolerance)
        self.rows += others
        self._waiting.append(_Waiting(compared.comparisons, examples, plain.like, answered))
        _add(self.found, compared)
        if sum(len(each.compared) for each in self._waiting) > WAITING_AT_ONCE:
            self.settle()

    def settle(self) -> None:
        """Find the causes of what waits for them, and make its rows."""
        waiting, self._waiting = self._waiting, []
        compared = [one for each in waiting for one in each.compared]
        examples = [one for each in waiting for one in each.examples]
        self._causes.explain([*compared, *examples], self._as_of)
        tell_reversals(compared, self._read)
        self.rows.append(comparisons_frame(compared, self._as_of))
        self.rows += [
            with_causes(each.answered, causes_of(each.like, each.examples)) for each in waiting
        ]
        self.steps = added(self.steps, steps_of(compared))
        self.paid.update(paid_of(compared))

    def end(self) -> None:
        """Settle the rest; put what was left over in the order of the batch and the payments."""
        self.settle()
        found = self.found
        found.unmatched.sort(key=lambda each: each[0].order)
        found.unmatched_lines.sort(key=lambda each: _place(each[2]))
        found.unequal.sort(key=lambda each: _place(each[2]))


def _place(claim: ExpectedClaim) -> int:
    """Tell where a claim stands: those in whose place others stand come last."""
    return LAST if claim.superseded else claim.lines[0].row


def _add(found: Compared, compared: Compared) -> None:
    """Add a piece's sums, and what it left over."""
    found.unmatched += compared.unmatched
    found.unmatched_lines += compared.unmatched_lines
    found.unequal += compared.unequal
    found.matched_claims += compared.matched_claims
    found.beside += compared.beside
    found.by_other_payers += compared.by_other_payers
