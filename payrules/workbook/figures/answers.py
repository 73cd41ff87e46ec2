"""What each payer answered: expected, answered, the payer's amount, the variance, what is pending.

A line without an answer yet is no underpaid one: its expectation stands apart, so that on every
row what is expected of answered lines, and the payer's amount, differ by just the variance. It is
counted as pending whether or not an amount is expected of it. Nor is a line compared that was paid
less, where the patient's share is not on file: such lines stand together below the total.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.counted import counted
from payrules.frozen import frozen
from payrules.runs.against_paid import IN_WORDS, NOT_COMPARABLE
from payrules.workbook.figures.against_paid import PaidMeasure
from payrules.workbook.figures.labels import ANSWERS
from payrules.workbook.figures.totals import OTHERS, ZERO, added, sum_of

TITLES = {
    measure: f"Expected against {words.lower()}, by payer" for measure, words in IN_WORDS.items()
}
#: What the columns are called; the third by what payers did.
HEADINGS = {
    measure: (
        *("", "Expected", "Answered", f"Payer {words.lower()}"),
        *("Variance", "Pending", "Lines pending"),
    )
    for measure, words in IN_WORDS.items()
}
NOTES = (
    "Variance: the payer's amount less what was expected of the lines that it answered.",
    "Pending: expected of lines without an answer yet; they are in no variance.",
    "Lines pending: all without an answer, also those that have no expected amount.",
)
#: Lines that stand below the total.
NOT_COMPARED = NOT_COMPARABLE[0].upper() + NOT_COMPARABLE[1:]
_EXPECTED, _ANSWERED, _THEIRS, _PENDING = "expected", "answered", "theirs", "pending"
_APART = "apart"
_PENDING_LINES, _UNEXPECTED, _UNEXPECTED_LINES = "pending lines", "unexpected", "unexpected lines"


@frozen
class PayerAnswers:
    """What is expected of a payer and what it answered, in dollars.

    What no line of the payer has an amount of is None: nothing of it was said to be 0.00.
    """

    payer: str
    expected: Decimal | None
    answered: Decimal | None
    theirs: Decimal | None
    pending: Decimal | None
    pending_lines: int
    unexpected: Decimal | None
    unexpected_lines: int
    #: Whether it is of the lines that cannot be compared: none of them is pending.
    is_apart: bool = False

    @property
    def variance(self) -> Decimal | None:
        """The payer's amount less what was expected of the lines it answered."""
        if self.theirs is None or self.answered is None:
            return None
        return self.theirs - self.answered

    @property
    def amounts(self) -> tuple[Decimal | None, ...]:
        """The row under `HEADINGS`, lines pending aside."""
        return (self.expected, self.answered, self.theirs, self.variance, self.pending)


@frozen
class AnswersBlock:
    """The answers of every payer to one measure, in the one order of payers, and all together."""

    measure: PaidMeasure
    payers: tuple[PayerAnswers, ...]
    total: PayerAnswers

    def shown(self, rows: int) -> tuple[PayerAnswers, ...]:
        """Give the first payers; the others together, so that the sums stay."""
        first, rest = self.payers[:rows], self.payers[rows:]
        return (*first, _together(f"{OTHERS} ({len(rest):,})", rest)) if rest else first

    @property
    def apart(self) -> tuple[PayerAnswers, ...]:
        """The lines that cannot be compared, expected and paid, as a row below the total."""
        return tuple(
            PayerAnswers(
                NOT_COMPARED, each.expected, None, each.paid, None, 0, None, 0, is_apart=True
            )
            for each in self.measure.apart
        )

    @property
    def apart_in_words(self) -> str:
        """Say the same in a sentence, where a table ends with its total; "" of none."""
        return " ".join(
            f"{each.payer}: {each.expected:,.2f} expected, {each.theirs:,.2f} paid, in no variance."
            for each in self.apart
        )

    @property
    def aside(self) -> str:
        """Say what payers answered of lines that nothing is expected of; "" where nothing."""
        lines, dollars = self.total.unexpected_lines, self.total.unexpected
        if not lines or dollars is None:
            return ""
        of_lines = counted(lines, "line")
        return f"Not in it: {dollars:,.2f} of {of_lines} for which there is no expected amount."


def answers_of(lines: pl.DataFrame, measure: PaidMeasure, order: Sequence[str]) -> AnswersBlock:
    """Add up what payers answered, by payer, in this order."""
    ours, theirs = pl.col(measure.expected), pl.col(measure.theirs)
    answered, answer, pending = ANSWERS[measure.expected]
    is_unexpected = ours.is_null() & theirs.is_not_null()
    is_apart = ours.is_not_null() & theirs.is_not_null() & pl.col(answered).is_null()
    sums = (
        sum_of(ours).alias(_EXPECTED),
        sum_of(pl.col(answered)).alias(_ANSWERED),
        sum_of(pl.col(answer)).alias(_THEIRS),
        sum_of(pl.col(pending)).alias(_PENDING),
        theirs.null_count().alias(_PENDING_LINES),
        sum_of(theirs.filter(is_unexpected)).alias(_UNEXPECTED),
        is_unexpected.sum().alias(_UNEXPECTED_LINES),
        is_apart.any().alias(_APART),
    )
    grouped = lines.group_by("payer_name").agg(*sums)
    places = {payer: place for place, payer in enumerate(order)}
    rows = tuple(
        PayerAnswers(
            each["payer_name"],
            _dollars(each[_EXPECTED]),
            _compared(each, _ANSWERED),
            _compared(each, _THEIRS),
            _dollars(each[_PENDING]),
            each[_PENDING_LINES],
            _dollars(each[_UNEXPECTED]),
            each[_UNEXPECTED_LINES],
        )
        for each in sorted(
            grouped.iter_rows(named=True), key=lambda each: places[each["payer_name"]]
        )
    )
    return AnswersBlock(measure, rows, _together("Total", rows))


def _compared(row: Mapping[str, Any], name: str) -> Decimal | None:
    """Give a payer's sum of compared lines; None where 0.00 would stand for lines set apart."""
    nothing = not row[_ANSWERED] and not row[_THEIRS]
    return None if row[_APART] and nothing else _dollars(row[name])


def _dollars(added_up: Decimal | None) -> Decimal | None:
    """Give a sum in dollars."""
    return None if added_up is None else Decimal(added_up).quantize(ZERO)


def _together(label: str, rows: Sequence[PayerAnswers]) -> PayerAnswers:
    """Add payers up."""
    return PayerAnswers(
        label,
        added(each.expected for each in rows),
        added(each.answered for each in rows),
        added(each.theirs for each in rows),
        added(each.pending for each in rows),
        sum(each.pending_lines for each in rows),
        added(each.unexpected for each in rows),
        sum(each.unexpected_lines for each in rows),
    )
