"""What of a batch is compared in columns, and what is left to be looked at one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from payrules.money import sum_of
from payrules.payers import Payer
from payrules.variance.accounting import Steps, steps_of_lines
from payrules.variance.alike import alike
from payrules.variance.causes import PRINTED_AS_WORDS
from payrules.variance.columns import compare_columns
from payrules.variance.compare import Compared, compare
from payrules.variance.comparison import NO_REMITTANCE, PAID_AS_EXPECTED, PaymentComparison
from payrules.variance.expected import ExpectedClaim, expected_claims
from payrules.variance.given import given_lines
from payrules.variance.paid import payer_claims
from payrules.variance.remittances import Remittances
from payrules.variance.straight import among, rows_up_to, straight_claims
from payrules.variance.straight_rows import (
    answered_rows,
    paired_lines,
    payer_shown,
    unanswered_rows,
)

_CAUSES = {
    "as_row": pl.UInt32,
    **dict.fromkeys(("cause", "confidence", "detail", "action_asked", "further"), pl.String),
}


@dataclass(frozen=True)
class Plain:
    """The lines of a batch in three parts, by who answered them, and how.

    `paired` were answered plainly (`paired_lines`, `given_lines`), `unanswered` not at all;
    `others` are looked at one by one. Of alike lines that ask for a cause one is looked at too:
    `like` gives for each of `paired` that asks the row of that one, and `examples` are the lines of
    these ones' claims.
    """

    paired: pl.DataFrame
    unanswered: pl.DataFrame
    others: pl.DataFrame
    like: pl.DataFrame
    examples: pl.DataFrame
    #: Whether the batch's own columns tell what was paid, and no remittance.
    is_given: bool = False

    @property
    def payer_claims(self) -> pl.Series:
        """The payer claims that are compared in columns, by their numbers."""
        return self.paired["payer_claim"].unique()

    def compared_examples(
        self, payers: Sequence[Payer], read: Remittances, tolerance: int
    ) -> list[PaymentComparison]:
        """Compare one by one the lines whose causes are those of others."""
        named = self.examples["payer_claim"].unique()
        claims = expected_claims(self.examples.drop("payer_claim"), payers)
        if not read.files:
            return compare_columns(claims, tolerance=tolerance).comparisons
        return compare(claims, payer_claims(read, only=named), tolerance=tolerance).comparisons

    def put_into(self, found: Compared) -> None:
        """Count what was compared in columns among the rest."""
        if self.is_given:
            answered = self.paired.filter(pl.col("variance_status") != NO_REMITTANCE)
            found.matched_claims += answered["claim"].n_unique()
            return
        told = self.paired.select("answer_paid").filter(self.paired["is_first"])["answer_paid"]
        found.matched_claims += len(told)
        found.beside += sum_of(told) - sum_of(self.paired["payer_paid"])

    def steps(self, payers: Sequence[Payer]) -> Steps:
        """Add up, by payer, in what expected and paid differ."""
        paired = self.paired
        if self.is_given:
            paired = paired.with_columns(patient="not_paid", after_allowed=pl.lit(0, pl.Int64))
        return steps_of_lines(paired, payer_shown(payers))

    def rows(
        self,
        payers: Sequence[Payer],
        as_of: str | None,
        tolerance: int,
    ) -> list[pl.DataFrame]:
        """Give the rows of the lines: those answered, as yet without causes, and the others."""
        return [
            answered_rows(self.paired, payers, as_of, tolerance),
            unanswered_rows(self.unanswered, payers, as_of),
        ]


def causes_of(like: pl.DataFrame, compared: Sequence[PaymentComparison]) -> pl.DataFrame:
    """Give the causes of lines by `row`: `Plain.like` tells which of those `compared` has each."""
    wanted = {*like["as_row"].to_list()}
    told = [
        (
            *(each.lines[0].row, each.cause, each.confidence, each.detail or None, each.action),
            PRINTED_AS_WORDS if PRINTED_AS_WORDS in each.notes else None,
        )
        for each in compared
        if each.level == "line" and each.lines[0].row in wanted
    ]
    return like.join(pl.DataFrame(told, schema=_CAUSES, orient="row"), on="as_row").drop("as_row")


def plainly_answered(
    lines: pl.DataFrame,
    superseded: Sequence[ExpectedClaim],
    read: Remittances,
    priced_by: pl.DataFrame,
    tolerance: int,
) -> Plain:
    """Part expected `lines`; `priced_by` are the lines as they stand in the batch."""
    if not read.files:
        return _given(lines, priced_by, tolerance)
    straight = straight_claims(lines, superseded, read)
    paired = paired_lines(lines, straight, read, tolerance)
    like = alike(paired, priced_by, read.used("payer_adjustments"))
    is_unanswered = _of_claims(lines, straight.unanswered)
    is_paired = _of_claims(lines, straight.pairs["claim"])
    return Plain(
        paired=paired,
        unanswered=lines.filter(is_unanswered),
        others=lines.filter(~is_paired & ~is_unanswered),
        like=like,
        examples=_examples(lines, paired, like),
    )


def _given(lines: pl.DataFrame, priced_by: pl.DataFrame, tolerance: int) -> Plain:
    """Part lines by what the batch's own columns say of them: none needs a look by itself."""
    paired = given_lines(lines, tolerance)
    asking = paired["variance_status"].unique().sort()
    like = alike(paired, priced_by, None, [each for each in asking if each != PAID_AS_EXPECTED])
    is_told = among(rows_up_to(lines), paired["row"])
    return Plain(
        paired=paired,
        unanswered=lines.filter(~is_told.gather(lines["row"])),
        others=lines.clear(),
        like=like,
        examples=_examples(lines, paired, like),
        is_given=True,
    )


def _examples(lines: pl.DataFrame, paired: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """Give the lines of the claims whose causes are those of others, with who answers them."""
    of_examples = paired.select("row", "claim", "payer_claim").filter(
        among(rows_up_to(lines), like["as_row"]).gather(paired["row"])
    )
    return lines.filter(_of_claims(lines, of_examples["claim"])).join(
        of_examples.select("claim", "payer_claim").unique(), on="claim", maintain_order="left"
    )


def _of_claims(lines: pl.DataFrame, claims: pl.Series) -> pl.Series:
    """Mark the lines of some claims."""
    return among(rows_up_to(lines), claims).gather(lines["claim"])
