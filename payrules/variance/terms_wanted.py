"""What waits for other terms than those that priced it: why, in words, and how many lines."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from payrules.claims.columns import listed
from payrules.counted import counted, one_or_more
from payrules.variance.another_payer import (
    BY_ANOTHER,
    BY_MEDICARE,
    BY_OTHER_BUSINESS,
    BY_OTHER_PLAN,
    BY_PERHAPS_MEDICARE,
    why_of_another,
)
from payrules.variance.comparison import PaymentComparison
from payrules.variance.deciders import UNKNOWN

NOT_GIVEN, BY_UNKNOWN = "payer not given", "paid by an unknown payer"
#: Why → what is said of a line to its practice.
WORDS = {
    NOT_GIVEN: (
        "its payer was not given, and another's terms priced it: give the payer's own (--payer)"
        " first"
    ),
    BY_ANOTHER: (
        "Medicare's terms priced it, and its remittance is another payer's: give that one's own"
        " (--payer) first"
    ),
    BY_MEDICARE: (
        "another payer's terms priced it, and its remittance is Medicare's: give Medicare's"
        " (--payer medicare) first"
    ),
    BY_PERHAPS_MEDICARE: (
        "another payer's terms priced it, and its remittance may be Medicare's, by its name: give"
        " Medicare's (--payer medicare) first"
    ),
    BY_OTHER_PLAN: (
        "one plan's terms priced it, and its remittance is another insurer's: give that one's own"
        " (--payer), and name it in the batch, first"
    ),
    BY_OTHER_BUSINESS: (
        "terms of one kind of plan priced it, and its remittance is of another, such as Medicare"
        " Advantage or Medicaid: give that one's own (--payer), and name it in the batch, first"
    ),
    BY_UNKNOWN: (
        "Medicare's terms priced it for want of others, and nothing says that it is Medicare's:"
        " name its payer (--payer) first"
    ),
}
REVIEWED = "review_terms"
_AS_SAID = "as the remittance says (its number, its name or CLP06)"
_NOTHING_BEFORE = "no letter is written and no refund asked for before you give"


def why_it_waits(each: PaymentComparison) -> str:
    """Say why the terms that priced a comparison are not those of who pays it; "" if they are."""
    if not all(line.terms_given for line in each.lines):
        return NOT_GIVEN
    if each.current is None:
        return ""
    decider = each.current.decided_by
    if why := why_of_another(each.lines[0], decider):
        return why
    is_told = all(line.is_payer_told for line in each.lines)
    return BY_UNKNOWN if each.by_medicare and decider == UNKNOWN and not is_told else ""


@dataclass(slots=True)
class TermsWanted:
    """How many lines wait, by why; of those of unknown payers, all that these answered, by name."""

    lines: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def take(self, comparisons: Iterable[PaymentComparison]) -> None:
        """Count comparisons that have their action."""
        waiting = [each for each in comparisons if each.waits]
        self.lines.update(each.waits for each in waiting if each.action == REVIEWED)
        self.unknown.update(
            each.payer_name
            for each in waiting
            if each.waits == BY_UNKNOWN and each.payer is not None
        )

    def take_lines(self, paired: pl.DataFrame) -> None:
        """Count lines compared in columns that a payer nobody knows answered."""
        is_unknown = (pl.col("decided_by") == UNKNOWN) & pl.col("by_medicare")
        names = paired.lazy().filter(is_unknown & ~pl.col("is_payer_told")).select("payer_name")
        self.unknown.update(names.collect()["payer_name"].to_list())

    def take_causes(self, causes: pl.DataFrame) -> None:
        """Count lines compared in columns by what came of their causes."""
        waiting = causes.filter(pl.col("waits").is_not_null(), action_asked=REVIEWED)
        self.lines.update(waiting["waits"].to_list())

    def unsaid(self) -> list[str]:
        """Say of lines that an unknown payer answered that nobody told whose they are."""
        if not (many := self.unknown.total()):
            return []
        names = listed([name for name, _ in self.unknown.most_common()])
        return [
            f"{counted(many, 'line')} answered by {names}"
            f" {one_or_more(many, 'was', 'were')} priced as Medicare's, since nothing says whose"
            f" {one_or_more(many, 'it is', 'they are')}: name the payer by --payer (medicare, if it"
            " is that); before that no letter is written and no refund asked for."
        ]

    def sentences(self) -> list[str]:
        """Say of how many lines nothing is asked before other terms are given, and why."""

        def many(why: str, whose: str, then: str) -> list[str]:
            lines = self.lines[why]
            is_ = one_or_more(lines, "is", "are")
            return [f"{counted(lines, 'line')} {whose} {is_} {then}."] if lines else []

        return [
            *many(
                NOT_GIVEN,
                "of payers that were not given",
                f"priced by another's terms: {_NOTHING_BEFORE} the payer's terms (--payer)",
            ),
            *many(
                BY_ANOTHER,
                "that Medicare's terms priced",
                f"paid by another payer, {_AS_SAID}: {_NOTHING_BEFORE} that payer's terms"
                " (--payer)",
            ),
            *many(
                BY_MEDICARE,
                "that another payer's terms priced",
                f"paid by Medicare, {_AS_SAID}: {_NOTHING_BEFORE} Medicare's terms"
                " (--payer medicare)",
            ),
            *many(
                BY_PERHAPS_MEDICARE,
                "that another payer's terms priced",
                "paid by what may be Medicare, as the remittance calls it:"
                f" {_NOTHING_BEFORE} Medicare's terms (--payer medicare), or call the terms as the"
                " remittance calls its payer",
            ),
            *many(
                BY_OTHER_PLAN,
                "that one plan's terms priced",
                "paid by another insurer, as the remittance says (its number or its name):"
                f" {_NOTHING_BEFORE} that insurer's terms (--payer), and name it in the batch",
            ),
            *many(
                BY_OTHER_BUSINESS,
                "that terms of one kind of plan priced",
                "paid under another kind, as the remittance says (its name or CLP06):"
                f" {_NOTHING_BEFORE} the terms for that kind (--payer), and name them in the batch",
            ),
        ]
