"""A batch and its remittances compared, and what comes of it put together.

What is plain is compared in columns, part by part; the rest one by one, piece by piece. Causes are
looked for in many lines at once, since each look prices again: what waits for them is few, and of
what is plain one line tells for all that are alike.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace

import polars as pl

from payrules.payers import Payer
from payrules.variance.accounting import Steps, added, paid_of, paid_of_lines, steps_of
from payrules.variance.causes import Causes
from payrules.variance.columns import compare_columns
from payrules.variance.compare import Compared, compare
from payrules.variance.comparison import PaymentComparison
from payrules.variance.expected import ExpectedClaim, expected_claims
from payrules.variance.forwarded import tell_reversals
from payrules.variance.frames import LAST, comparisons_frame
from payrules.variance.paid import payer_claims
from payrules.variance.pieces import PaidPiece, pieces_of
from payrules.variance.places import among, rows_up_to
from payrules.variance.plain import Examples, Plain, given_parts, plain_parts
from payrules.variance.recovered import taken_by_reference, tell_recoveries
from payrules.variance.remittances import Remittances
from payrules.variance.sides import of_sides_unlike
from payrules.variance.straight import Straight, numbers_in, straight_claims
from payrules.variance.straight_rows import answered_rows, unanswered_rows, with_causes
from payrules.variance.tables import LARGE
from payrules.variance.terms_wanted import TermsWanted
from payrules.variance.units_denied import of_lines_denied
from payrules.variance.unread import tell_unread, unread_answers

#: Lines looked at one by one that wait at once for their causes, about.
WAITING_AT_ONCE = 20_000


class Gathered:
    """What a batch held against its remittances came to so far: all, once `take` was called."""

    def __init__(
        self,
        priced_by: pl.DataFrame,
        causes: Causes,
        payers: Sequence[Payer],
        read: Remittances,
        *,
        tolerance: int,
        as_of: str | None,
        refused: Set[str],
    ) -> None:
        """Begin with none; `priced_by` are the lines as they stand in the batch.

        `refused` are the numbers of claims that were rejected.
        """
        self._priced_by, self._causes, self._payers = priced_by, causes, payers
        self._read, self._tolerance, self._as_of = read, tolerance, as_of
        self._refused, self._unread = refused, unread_answers(read)
        self._taken_back = taken_by_reference(read)
        self._waiting: list[PaymentComparison] = []
        self._set_aside: list[pl.Series] = []
        self.rows: list[pl.DataFrame] = []
        self.found = Compared()
        self.steps: Steps = {}
        self.terms_wanted = TermsWanted()
        self.paid: Counter[str] = Counter()

    def take(self, lines: pl.DataFrame, superseded: Sequence[ExpectedClaim]) -> None:
        """Compare all lines, as `expected_lines` gives them, and claims that others replace."""
        read, tolerance = self._read, self._tolerance
        if not read.files:
            asking = [self._take_plain(each) for each in given_parts(lines, tolerance)]
            told = pl.col("given_paid").is_not_null() | pl.col("given_allowed").is_not_null()
            is_aside = _of_claims(lines, self._aside())
            self._take_unanswered(lines.filter(~told & ~is_aside))
            of_claims = expected_claims(lines.filter(is_aside), self._payers)
            self._take_compared(compare_columns(of_claims, tolerance=tolerance))
            self._explain(asking, lines, None)
        else:
            straight = straight_claims(lines, superseded, read, self._unread)
            parts = plain_parts(lines, straight, read, tolerance)
            asking = [self._take_plain(each) for each in parts]
            straight = straight.without(self._aside())
            is_unanswered = _of_claims(lines, straight.unanswered)
            self._take_unanswered(lines.filter(is_unanswered))
            is_paired = _of_claims(lines, straight.pairs["claim"])
            others = lines.filter(~is_paired & ~is_unanswered)
            for piece in pieces_of(others, superseded, _without(straight, read)):
                self._take_piece(piece)
            self._explain(asking, lines, read.tables.used("payer_adjustments"))
        found = self.found
        found.unmatched.sort(key=lambda each: each[0].order)
        found.unmatched_lines.sort(key=lambda each: _place(each[2]))
        found.unequal.sort(key=lambda each: _place(each[2]))
        found.without_original.sort(key=lambda each: _place(each[1]))

    def _aside(self) -> pl.Series:
        """Give the claims that were compared in columns and are looked at one by one all the same.

        They are told by the row of their first line.
        """
        return pl.concat([pl.Series(dtype=pl.UInt32), *self._set_aside])

    def _take_plain(self, plain: Plain) -> pl.DataFrame:
        """Take what was compared in columns, as yet without causes; give the lines that ask."""
        aside = of_sides_unlike(plain.paired), of_lines_denied(plain.paired)
        self._set_aside.append(pl.concat(aside).unique())
        plain = plain.without(self._set_aside[-1])
        plain.put_into(self.found)
        self.steps = added(self.steps, plain.steps(self._payers))
        self.paid.update(paid_of_lines(plain.paired))
        self.terms_wanted.take_lines(plain.paired)
        rows = answered_rows(plain.paired, self._payers, self._as_of, self._tolerance)
        self.rows.append(rows)
        return plain.asking

    def _take_unanswered(self, lines: pl.DataFrame) -> None:
        self.rows.append(unanswered_rows(lines, self._payers, self._as_of, self._unread))

    def _take_piece(self, piece: PaidPiece) -> None:
        """Compare a piece one by one."""
        claims = [*expected_claims(piece.lines, self._payers), *piece.superseded]
        paid = payer_claims(piece.read)
        compared = compare(claims, paid, tolerance=self._tolerance, refused=self._refused)
        tell_unread(compared.comparisons, self._unread)
        self._take_compared(compared)

    def _take_compared(self, compared: Compared) -> None:
        """Take what was compared one by one; what waits for its causes is settled if it is much."""
        _add(self.found, compared)
        self._waiting += compared.comparisons
        if len(self._waiting) > WAITING_AT_ONCE:
            self._settle([])

    def _explain(
        self, asking: Sequence[pl.DataFrame], lines: pl.DataFrame, adjustments: pl.DataFrame | None
    ) -> None:
        """Find the causes of all that waits for them."""
        plain = self.rows[: len(asking)]
        examples = Examples.of(pl.concat(asking), lines, self._priced_by, adjustments)
        compared = examples.compared(self._payers, self._read, self._tolerance)
        self._settle(compared)
        causes = examples.causes(compared)
        self.terms_wanted.take_causes(causes)
        self.rows[: len(asking)] = [with_causes(each, causes) for each in plain]

    def _settle(self, examples: Sequence[PaymentComparison]) -> None:
        """Find the causes of what waits one by one, and of examples; make the rows of the first."""
        compared, self._waiting = self._waiting, []
        tell_recoveries(compared, self._taken_back)
        self._causes.explain([*compared, *examples], self._as_of)
        tell_reversals(compared, self._read)
        self.terms_wanted.take(compared)
        self.rows.append(comparisons_frame(compared, self._as_of))
        self.steps = added(self.steps, steps_of(compared))
        self.paid.update(paid_of(compared))


def _of_claims(lines: pl.DataFrame, claims: pl.Series) -> pl.Series:
    """Mark the lines of some claims."""
    return among(rows_up_to(lines), claims).gather(lines["claim"])


def _without(straight: Straight, read: Remittances) -> Remittances:
    """Give what was paid without what is compared in columns."""
    is_straight = among(numbers_in(read), straight.pairs["payer_claim"])
    used = {name: read.tables.used(name) for name in LARGE}
    left = {
        name: table.filter(~is_straight.gather(table["payer_claim"]))
        for name, table in used.items()
    }
    return replace(read, tables=read.tables.with_frames(left))


def _place(claim: ExpectedClaim) -> int:
    """Tell where a claim stands: those in whose place others stand come last."""
    return LAST if claim.superseded else claim.lines[0].row


def _add(found: Compared, compared: Compared) -> None:
    """Add a piece's sums, and what it left over."""
    found.unmatched += compared.unmatched
    found.unmatched_lines += compared.unmatched_lines
    found.unequal += compared.unequal
    found.without_original += compared.without_original
    found.matched_claims += compared.matched_claims
    found.beside += compared.beside
    found.by_other_payers += compared.by_other_payers
