"""A workbook that answers a question: first page, sheets of rows, live checks, About.

What the first page says is held by formulas to the sheets, and each sheet's amounts to what they
came to when it was written: whoever changes a figure turns a check.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.workbook.about import AboutText
from payrules.workbook.figures.totals import total
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.about import AboutPage
from payrules.workbook.pages.front import LAST_COLUMN, FrontPage, HeadlineRow
from payrules.workbook.pages.page import Page
from payrules.workbook.xlsx.references import reference
from payrules.workbook.xlsx.row_table import RowTable
from payrules.workbook.xlsx.written import WorkbookPlace

CHECKS, ABOUT = "Checks", "About"
_FRONT_CHECKS = "first page against its sheets"
_CONTROL = "as the run had it when it wrote the sheet"
#: Text in a formula is no longer.
_LONGEST_TEXT = 255
_CENTS = 100
_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Figure:
    """A figure with the formula that gives it; None where no sheet holds its rows."""

    formula: str | None
    value: Decimal

    def __add__(self, other: "Figure") -> "Figure":
        return self._with("+", other, self.value + other.value)

    def __sub__(self, other: "Figure") -> "Figure":
        return self._with("-", other, self.value - other.value)

    def _with(self, sign: str, other: "Figure", value: Decimal) -> "Figure":
        if self.formula is None or other.formula is None:
            return Figure(None, value)
        return Figure(f"{self.formula}{sign}({other.formula})", value)


@dataclass(frozen=True)
class Answered:
    """A row of the first page, and the figure of the sheets that it shows; None where none does."""

    row: HeadlineRow
    figure: Figure | None = None


class AnswerBook:
    """A workbook being written: its first page stands first, its checks and About last."""

    def __init__(self, book: Any, place: WorkbookPlace, front: str) -> None:
        """Begin a workbook whose first page is the sheet `front`."""
        self.book, self.place, self.styles = book, place, book.styles
        self._names: set[str] = set()
        self.front = FrontPage(front, book.sheet(front), self.styles, self._free_name)
        self.front.page.set_first_sheet()
        self.front.page.activate()
        self.tables: dict[str, RowTable] = {}
        self._noted: list[tuple[HeadlineRow, str, Figure]] = []

    def _free_name(self, name: str) -> str:
        while name.lower() in self._names:
            name += "_"
        self._names.add(name.lower())
        return name

    def rows(self, name: str, table: RowTable) -> None:
        """Add a sheet of rows, or one that says where they are."""
        self._names.add(table.name.lower())
        if name in self.place.beside:
            self.book.rows_beside(name, table.frame.height, self.place.beside[name])
            return
        self.tables[name] = table
        self.book.rows(name, table)

    # -- figures -----------------------------------------------------------------

    def column(self, sheet: str, column: str) -> str | None:
        """Give a column of a sheet's table, for formulas; None where its rows are beside it."""
        table = self.tables.get(sheet)
        if table is None:
            return None
        heading = next(each.heading for each in table.columns if each.name == column)
        return reference(table.name, heading)

    def sum(self, sheet: str, column: str, **where: str) -> Figure:
        """Add up a column of a sheet, over the rows with these texts in other columns."""
        frame = self.place.frames[sheet]
        for name, words in where.items():
            frame = frame.filter(pl.col(name) == words)
        value = Decimal(total(frame[column]))
        amounts = self.column(sheet, column)
        tests = [self.test(sheet, name, words) for name, words in where.items()]
        if amounts is None or not all(tests):
            return Figure(None, value)
        if not tests:
            return Figure(f"ROUND(SUM({amounts}),2)", value)
        return Figure(f"ROUND(SUMPRODUCT({'*'.join(map(str, tests))}*{amounts}),2)", value)

    def count(self, sheet: str, **where: str) -> Figure:
        """Count the rows of a sheet with these texts in its columns; its first has no blanks."""
        frame = self.place.frames[sheet]
        for name, words in where.items():
            frame = frame.filter(pl.col(name) == words)
        tests = [self.test(sheet, name, words) for name, words in where.items()]
        value = Decimal(frame.height)
        every = self.column(sheet, frame.columns[0])
        if every is None or not all(tests):
            return Figure(None, value)
        if not tests:
            return Figure(f"COUNTA({every})", value)
        return Figure(f"SUMPRODUCT({'*'.join(map(str, tests))}*1)", value)

    def test(self, sheet: str, column: str, words: str) -> str | None:
        """Give the formula that tests whether a column holds a text; None where it cannot."""
        cells = self.column(sheet, column)
        if cells is None or len(words) > _LONGEST_TEXT:
            return None
        escaped = words.replace('"', '""')
        return f'EXACT({cells},"{escaped}")'

    # -- pages -------------------------------------------------------------------

    def answer(self, rows: Sequence[Answered]) -> None:
        """Write the answer, whether its checks hold, and who signs."""
        figures = {id(each.row): each.figure for each in rows}
        check = HeadlineRow("Checks (must read 0)", Decimal(0), after_space=True, is_check=True)
        for row, cell in self.front.answer([*(each.row for each in rows), check]):
            figure = figures[id(row)]
            if figure is not None:
                self._noted.append((row, cell, figure))
        self.front.row += 1
        self.front.sign_off()

    def finish(self, checks: Sequence[LiveCheck], about: AboutText, *, one_page: bool) -> list[str]:
        """Write the checks and About, say on the first page whether they hold, and set print.

        Gives the checks that do not read 0, in words.
        """
        last = self.front.row
        every = (*self._of_front(), *checks, *self._control())
        page = Page(CHECKS, self.book.sheet(CHECKS), self.styles, self._free_name)
        page.columns(0, 0, 62)
        page.columns(1, 3, 16)
        page.columns(4, 4, 10)
        page.columns(5, 5, 40)
        page.text(0, CHECKS, self.styles.title())
        page.page.set_row(0, 30)
        page.row = 1
        page.note("Every difference must read 0: formulas hold the pages to the sheets.", 0)
        page.row += 1
        page.checks(every, 0)
        page.page.freeze_panes(4, 1)
        page.page.repeat_rows(0, 3)
        page.finish(5, landscape=True)
        said = AboutPage(ABOUT, self.book.sheet(ABOUT), self.styles, self._free_name)
        said.told(about)
        self.front.verdict(every, page.verdict_cells)
        self.front.row = last
        self.front.finish(LAST_COLUMN, landscape=False, one_page=one_page)
        return [f"{each.name}: {each.difference:,.2f}" for each in every if each.difference]

    def _of_front(self) -> Iterator[LiveCheck]:
        """Hold the first page to its sheets."""
        for row, cell, figure in self._noted:
            yield LiveCheck(
                f"{self.front.name}: {row.label}",
                cell,
                figure.formula,
                row.amount,
                figure.value,
                _FRONT_CHECKS,
                counts=row.counts,
            )

    def _control(self) -> Iterator[LiveCheck]:
        """Hold each sheet's amounts to what they came to."""
        for sheet, table in self.tables.items():
            for column in table.columns:
                if column.format == "money":
                    held = self.sum(sheet, column.name)
                    said = f"{sheet}: {column.heading}"
                    yield LiveCheck(said, held.formula, None, held.value, held.value, _CONTROL)


def must_agree(
    name: str, left: Figure, right: Figure, of: str, *, counts: bool = False
) -> LiveCheck:
    """Make a check of two figures."""
    return LiveCheck(name, left.formula, right.formula, left.value, right.value, of, counts)


def of_cents(cents: int | None) -> Decimal:
    """Give cents as dollars; nothing as 0.00."""
    return _NOTHING if cents is None else Decimal(cents) / _CENTS
