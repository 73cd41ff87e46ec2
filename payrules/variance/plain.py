"""What of a batch is compared in columns, and what is left to be looked at one by one."""

from collections.abc import Iterator, Sequence

import polars as pl

from payrules.frozen import frozen
from payrules.money import sum_of
from payrules.payers import Payer
from payrules.variance.accounting import Steps, steps_of_lines
from payrules.variance.alike import ASK, ASKING, alike
from payrules.variance.causes import PRINTED_AS_WORDS
from payrules.variance.columns import compare_columns
from payrules.variance.compare import Compared, compare
from payrules.variance.comparison import NO_REMITTANCE, PAID_AS_EXPECTED, PaymentComparison
from payrules.variance.expected import expected_claims
from payrules.variance.given import given_lines
from payrules.variance.paid import payer_claims
from payrules.variance.places import among, parts, rows_up_to
from payrules.variance.remittances import Remittances
from payrules.variance.straight import Straight
from payrules.variance.straight_rows import adjusted_lines, paired_lines, payer_shown

#: Lines that are compared in columns at once, about.
LINES_AT_ONCE = 200_000
_CAUSES = {
    "as_row": pl.UInt32,
    **dict.fromkeys(("cause", "confidence", "detail", "action_asked"), pl.String),
    **dict.fromkeys(("further", "waits"), pl.String),
}


@frozen
class Plain:
    """Some lines that were answered plainly, with what is said of them.

    `paired` is as `paired_lines` or `given_lines` give it. Of alike lines that ask for a cause one
    is explained for all: `asking` are those that ask.
    """

    paired: pl.DataFrame
    #: Whether the batch's own columns tell what was paid, and no remittance.
    is_given: bool = False

    @property
    def asking(self) -> pl.DataFrame:
        """The lines that ask for a cause, by what they might be alike."""
        status = pl.col("variance_status")
        asks = status != PAID_AS_EXPECTED if self.is_given else status.is_in(ASK)
        return self.paired.filter(asks).select(name for name in ASKING if name in self.paired)

    def without(self, claims: pl.Series) -> "Plain":
        """Give these without the lines of some claims."""
        if claims.is_empty():
            return self
        return Plain(self.paired.filter(~pl.col("claim").is_in(claims.implode())), self.is_given)

    def put_into(self, found: Compared) -> None:
        """Count what was compared in columns among the rest."""
        if self.is_given:
            answered = self.paired.filter(pl.col("variance_status") != NO_REMITTANCE)
            found.matched_claims += answered["claim"].n_unique()
            return
        told = self.paired.select("answer_paid").filter(self.paired["bears"])["answer_paid"]
        found.matched_claims += len(told)
        found.beside += sum_of(told) - sum_of(self.paired["payer_paid"])

    def steps(self, payers: Sequence[Payer]) -> Steps:
        """Add up, by payer, in what expected and paid differ."""
        paired = self.paired
        if self.is_given:
            # What is expected to be taken off after the allowed amount is in what is not paid.
            of_patient = pl.col("deductible") + pl.col("coinsurance")
            after = pl.col("expected_allowed") - of_patient - pl.col("expected_paid")
            paired = paired.with_columns(patient=pl.col("not_paid") - after, after_allowed=after)
        return steps_of_lines(paired, payer_shown(payers))


def plain_parts(
    lines: pl.DataFrame, straight: Straight, read: Remittances, tolerance: int
) -> Iterator[Plain]:
    """Give the lines of straight claims in parts of whole claims, in the order of the batch."""
    adjusted_by = adjusted_lines(read)
    for pairs in parts(straight.pairs, "claim", LINES_AT_ONCE):
        yield Plain(paired_lines(lines, pairs, read, adjusted_by, tolerance))


def given_parts(lines: pl.DataFrame, tolerance: int) -> Iterator[Plain]:
    """Give the lines of which the batch's own columns tell what was paid or allowed, in parts."""
    for part in parts(lines, "claim", LINES_AT_ONCE):
        yield Plain(given_lines(part, tolerance), is_given=True)


@frozen
class Examples:
    """Of alike lines one: `like` gives for each that asks for a cause `row`, and `as_row` of that.

    `lines` are the lines of these ones' claims, with the payer claim that answers each.
    """

    like: pl.DataFrame
    lines: pl.DataFrame

    @classmethod
    def of(
        cls,
        asking: pl.DataFrame,
        lines: pl.DataFrame,
        priced_by: pl.DataFrame,
        adjustments: pl.DataFrame | None,
    ) -> "Examples":
        """Find them; `priced_by` are the lines as they stand in the batch."""
        like = alike(asking, priced_by, adjustments)
        many = rows_up_to(lines)
        of_examples = asking.filter(among(many, like["as_row"]).gather(asking["row"]))
        claims = of_examples.select("claim", "payer_claim").unique()
        own = lines.filter(among(many, claims["claim"]).gather(lines["claim"]))
        return cls(like, own.join(claims, on="claim", maintain_order="left"))

    def compared(
        self, payers: Sequence[Payer], read: Remittances, tolerance: int
    ) -> list[PaymentComparison]:
        """Compare them one by one, to be explained."""
        claims = expected_claims(self.lines.drop("payer_claim"), payers)
        if not read.files:
            return compare_columns(claims, tolerance=tolerance).comparisons
        named = self.lines["payer_claim"].unique()
        return compare(claims, payer_claims(read, only=named), tolerance=tolerance).comparisons

    def causes(self, compared: Sequence[PaymentComparison]) -> pl.DataFrame:
        """Give the causes of all lines that ask, by `row`, once those `compared` have theirs."""
        wanted = {*self.like["as_row"].to_list()}
        told = [
            (
                *(each.lines[0].row, each.cause, each.confidence, each.detail or None, each.action),
                PRINTED_AS_WORDS if PRINTED_AS_WORDS in each.notes else None,
                each.waits or None,
            )
            for each in compared
            if each.level == "line" and each.lines[0].row in wanted
        ]
        causes = pl.DataFrame(told, schema=_CAUSES, orient="row")
        return self.like.join(causes, on="as_row").drop("as_row")
