"""What a sweep comes to, as the first page of a what-if says it, and the check that holds it."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.scenarios.answer import MEASURES, Answer
from payrules.scenarios.term_words import named_place
from payrules.workbook.answer_book import AnswerBook, Answered, Figure, must_agree, of_cents
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.front import HeadlineRow
from payrules.workbook.what_if_words import MEASURED
from payrules.workbook.words import capital


def swept(book: AnswerBook, answered: Answer) -> Iterator[Answered]:
    """Give the least and the most of what a sweep moves; of what is paid or owed today's, too."""
    if answered.sweep is None:
        return
    asked, table = answered.sweep
    measure = moved_by(answered)
    amounts = book.column("Sweep", measure)
    ordered = table.drop_nulls(measure).sort(measure)  # what nobody knows is none of both
    named, today = in_a_sweep(answered), answered.base.total(measure)
    # What is allowed as the claims stand is said of every what-if, and its change on the sheet.
    is_allowed = measure == "allowed_amount"
    for least, function, place in (("Least", "MIN", 0), ("Most", "MAX", -1)):
        value, cents = ordered.select("value", measure).row(place)
        formula = None if amounts is None else f"{function}({amounts})"
        dollars = of_cents(cents)
        words = f"{capital(named_place(asked.place))} at {value}"
        if not is_allowed:
            words += f"; {of_cents(cents - today):+,.2f} against today's"
        yield Answered(
            HeadlineRow(f"{least} {named} in the sweep", dollars, words), Figure(formula, dollars)
        )
    if not is_allowed:
        dollars = of_cents(today)
        row = HeadlineRow(f"{capital(named)} as the claims stand", dollars)
        yield Answered(row, Figure(None, dollars))


def moved_by(answered: Answer) -> str:
    """Name what a sweep moves: what is allowed, or where it stays, what is paid or owed of it."""
    assert answered.sweep is not None
    _, table = answered.sweep
    moved = (each for each in MEASURED if table[each].n_unique() > 1)
    return next(moved, "allowed_amount")


def in_a_sweep(answered: Answer) -> str:
    """Say what of a batch a sweep's headline and chart show: "paid by the payers"."""
    measure, several = moved_by(answered), len(answered.base.record.every_payer) > 1
    return MEASURES[measure] + "s" * (several and measure == "medicare_amount")


def of_sweep(book: AnswerBook, answered: Answer) -> Iterator[LiveCheck]:
    """Hold the amounts of a sweep to the baseline."""
    if answered.sweep is None:
        return
    allowed, change = (book.sum("Sweep", name) for name in ("allowed_amount", "allowed_change"))
    _, table = answered.sweep
    times = Decimal(table.height)
    baseline = of_cents(answered.base.total())
    right = Figure(f"{baseline}*{times}", baseline * times)
    said = "Sweep: allowed less its change is the baseline, at each value"
    yield must_agree(said, allowed - change, right, "sweep")
