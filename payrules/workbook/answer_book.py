"""A workbook that answers a question: first page, sheets of rows, live checks, About.

What the first page says is held by formulas to the sheets, and each sheet's amounts to what they
came to when it was written: whoever changes a figure turns a check.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from payrules.frozen import frozen
from payrules.workbook.about import AboutText
from payrules.workbook.figures.totals import total
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.row_numbers import numbers_as_written
from payrules.workbook.live_checks.texts import of_page, texts_as_written
from payrules.workbook.pages.about import AboutPage
from payrules.workbook.pages.front import WIDTHS, FrontPage, HeadlineRow
from payrules.workbook.pages.page import Page
from payrules.workbook.words import cell_in_words, in_sheet_words, table_in_words
from payrules.workbook.xlsx.cell_texts import A_NUMBER
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.references import column_letters, quoted, reference
from payrules.workbook.xlsx.row_table import RowTable, rows_above
from payrules.workbook.xlsx.written import WorkbookPlace

CHECKS, ABOUT = "Checks", "About"
_FRONT_CHECKS = "first page against its sheets"
_CONTROL = "as the run had it when it wrote the sheet"
_RUN = "as the run had it"
#: Text in a formula is no longer.
LONGEST_TEXT = 255
_CENTS = 100
#: What two shares may differ by that are the same.
_NEAR_SHARE = "0.00001"
_NOTHING = Decimal("0.00")


@frozen
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


@frozen
class OfSheet:
    """What of a sheet gives a figure: a column added up, or, where none is named, rows counted.

    Of the rows with the texts of `where` in other columns, without those with the texts of `but`;
    `sign` is -1 where a page shows the figure the other way round.
    """

    sheet: str
    column: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    but: Mapping[str, str] = field(default_factory=dict)
    sign: int = 1


@frozen
class Answered:
    """A row of the first page, and the figure of the sheets that it shows; None where none does."""

    row: HeadlineRow
    figure: Figure | None = None


class AnswerBook:
    """A workbook being written: its first page stands first, its checks and About last."""

    def __init__(
        self, book: Any, place: WorkbookPlace, front: str, widths: Sequence[float] = WIDTHS
    ) -> None:
        """Begin a workbook whose first page is the sheet `front`, its columns so wide."""
        self.book, self.place, self.styles = book, place, book.styles
        self._names: set[str] = set()
        self.front = FrontPage(front, book.sheet(front), self.styles, self._free_name, widths)
        self.front.page.set_first_sheet()
        self.front.page.activate()
        self.tables: dict[str, RowTable] = {}
        self._noted: list[tuple[HeadlineRow, str, Figure]] = []
        self._held: list[tuple[str, Figure, Figure]] = []

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
        self.book.rows(name, table_in_words(table))

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
        return self.tallied(OfSheet(sheet, column, where))

    def count(self, sheet: str, **where: str) -> Figure:
        """Count the rows of a sheet with these texts in its columns."""
        return self.tallied(OfSheet(sheet, where=where))

    def tallied(self, of: OfSheet) -> Figure:
        """Add up or count what a tally names."""
        frame, tests = self.place.frames[of.sheet], []
        for name, words in of.where.items():
            frame = frame.filter(pl.col(name) == words)
            tests.append(self.test(of.sheet, name, words))
        for name, words in of.but.items():
            frame = frame.filter(pl.col(name).ne_missing(pl.lit(words)))
            test = self.test(of.sheet, name, words)
            tests.append(f"(1-{test})" if test else None)
        rows = Decimal(frame.height)
        value = of.sign * (Decimal(total(frame[of.column])) if of.column else rows)
        # A sheet without rows has one blank row under its headings: Excel wants a table to.
        every = self.column(of.sheet, of.column or _never_blank(self.place.frames[of.sheet]))
        if every is None or not all(tests):
            return Figure(None, value)
        minus = "-" if of.sign < 0 else ""
        if of.column:
            if not tests:
                return Figure(f"{minus}ROUND(SUM({every}),2)", value)
            return Figure(f"{minus}ROUND(SUMPRODUCT({'*'.join(map(str, tests))}*{every}),2)", value)
        if not tests:
            return Figure(f"{minus}COUNTA({every})", value)
        return Figure(f"{minus}SUMPRODUCT({'*'.join(map(str, tests))}*1)", value)

    def test(self, sheet: str, column: str, words: str) -> str | None:
        """Give the formula that tests whether a column holds a text; None where it cannot."""
        cells = self.column(sheet, column)
        if cells is None or len(words) > LONGEST_TEXT:
            return None
        escaped = cell_in_words(column, words).replace('"', '""')
        return f'EXACT({cells},"{escaped}")'

    # -- pages -------------------------------------------------------------------

    def answer(self, rows: Sequence[Answered]) -> None:
        """Write the answer, whether its checks hold, and who signs."""
        figures = {id(each.row): each.figure for each in rows}
        check = HeadlineRow("Checks (must read 0)", Decimal(0), after_space=True, is_check=True)
        for row, cell in self.front.answer([*(each.row for each in rows), check]):
            if (figure := figures[id(row)]) is not None:
                self._noted.append((row, cell, figure))
        self.front.row += 1
        self.front.sign_off()

    def show(
        self, column: int, value: Decimal, said: str, figure: Figure | None, *, counts: bool = False
    ) -> None:
        """Write a figure of the first page's tables, in its row, and hold it to the sheets."""
        cell = self.front.cell(column)
        self.front.number(column, value, self.styles.cell("integer" if counts else "money"))
        if figure is not None:
            self._noted.append((HeadlineRow(said, value, counts=counts), cell, figure))

    def show_share(self, column: int, share: float, said: str, part: int, whole: int) -> None:
        """Write a share, and hold it to the figures of its row in the columns `part`, `whole`."""
        front = self.front
        cell, of_part, of_whole = (front.cell(each) for each in (column, part, whole))
        front.number(column, share, self.styles.cell("percent"))
        figure = Figure(f"--(ABS({cell}-{of_part}/{of_whole})<{_NEAR_SHARE})", Decimal(1))
        self._held.append((f"{said}, share", figure, Figure("1", Decimal(1))))

    def drawn(
        self,
        said: str,
        place: tuple[int, int],
        rows: Sequence[Sequence[Decimal]],
        labels: Iterable[str],
    ) -> None:
        """Hold the figures of a chart, and the labels left of them, to what they were by place.

        They stand on the first page from `place` (row, column) on.
        """
        row, column = place
        if not rows:
            return
        self.front.labelled((row, column - 1), labels)
        last = row + len(rows) - 1
        first_cell = self.front.cell(column, row)
        last_cell = self.front.cell(column + len(rows[0]) - 1, last).partition("!")[2]
        area = f"{first_cell}:{last_cell}"
        weights = f"(100*(ROW({area})-{row})+COLUMN({area})-{column})"
        value = sum(
            (
                (100 * (below + 1) + right + 1) * amount
                for below, amounts in enumerate(rows)
                for right, amount in enumerate(amounts)
            ),
            Decimal(0),
        )
        figure = Figure(f"ROUND(SUMPRODUCT({weights}*{area}),2)", value)
        self._held.append((f"{said}, the figures drawn", figure, Figure(None, value)))

    def finish(self, checks: Sequence[LiveCheck], about: AboutText, *, one_page: bool) -> list[str]:
        """Write the checks and About, say on the first page whether they hold, and set print.

        Gives the checks that do not read 0, in words.
        """
        last = self.front.row
        page = Page(CHECKS, self.book.sheet(CHECKS), self.styles, self._free_name)
        said = AboutPage(ABOUT, self.book.sheet(ABOUT), self.styles, self._free_name)
        of_about = [
            LiveCheck(f"{ABOUT}: {name}", cell, None, value, value, _RUN, counts=True)
            for name, cell, value in (
                (name, cell, Decimal(many)) for name, cell, many in said.told(about)
            )
        ]
        texts = (each for one in (self.front, said) for each in of_page(one.name, one.texts))
        every = (*self._of_front(), *checks, *self._control(), *of_about, *texts)
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
        self.front.verdict(every, page.verdict_cells)
        self.front.row = last
        self.front.finish(self.front.last_column, landscape=False, one_page=one_page)
        return [f"{each.name}: {each.difference:,.2f}" for each in every if each.difference]

    def _of_front(self) -> Iterator[LiveCheck]:
        """Hold the first page to its sheets."""
        for row, cell, figure in self._noted:
            if row.amount is None:
                continue
            yield LiveCheck(
                f"{self.front.name}: {row.label}",
                cell,
                figure.formula,
                row.amount,
                figure.value,
                _FRONT_CHECKS,
                counts=row.counts,
            )
        for said, left, right in self._held:
            yield must_agree(f"{self.front.name}: {said}", left, right, _FRONT_CHECKS)

    def _control(self) -> Iterator[LiveCheck]:
        """Hold each sheet's numbers to what they came to, and its total row to its rows."""
        for sheet, table in self.tables.items():
            for column in table.columns:
                if column.format == "money":
                    held = self.sum(sheet, column.name)
                    said = f"{sheet}: {column.heading}"
                    yield LiveCheck(said, held.formula, None, held.value, held.value, _CONTROL)
            for words, formats, times in _OTHER_NUMBERS:
                shown = [
                    each
                    for each in table.columns
                    if each.format in formats and table.frame.schema[each.name] != pl.String
                ]
                if shown:
                    yield _all_of(f"{sheet}: {words}", table, shown, times)
            # Columns of what a term is moved to: most are numbers, and each is held alone, so that
            # a low and a high that change places are told; none has more places than millionths.
            for each in table.columns:
                if each.format == "factor" and table.frame.schema[each.name] == pl.String:
                    words = f"{sheet}: {each.heading}, numbers added up, in millionths"
                    yield _all_of(words, table, [each], 1_000_000)
                    yield from _words_among(sheet, table, each)
            total = table.total_row if table.named_total else None
            frame, above = in_sheet_words(table.frame), rows_above(table.note) + 1
            yield from texts_as_written(
                sheet, table.name, table.columns, frame, headings=above, total=total
            )
            yield from numbers_as_written(sheet, table.name, table.columns, frame)
            if table.totals:
                yield _total_row(sheet, table)


def _never_blank(frame: pl.DataFrame) -> str:
    """Name a column with a cell in every row, by which rows are counted."""
    for name, cells in zip(frame.columns, frame.iter_columns(), strict=True):
        blank = cells == "" if cells.dtype == pl.String else cells.is_null()
        if not cells.null_count() and not blank.any():
            return name
    return frame.columns[0]


#: Numbers that are no money, added up over the columns of a sheet: how they are written, how they
#: are shown, and how many times as large they are compared.
_OTHER_NUMBERS: tuple[tuple[str, frozenset[Format], int], ...] = (
    ("counts, numbers and days, added up", frozenset(("integer", "date")), 1),
    (
        "units, shares and factors, added up, in ten-thousandths",
        frozenset(("quantity", "tenths", "percent", "factor")),
        10_000,
    ),
)
#: So many texts one check counts, and so much it compares of each: Excel bounds formulas.
_TEXTS_OF_A_CHECK, _COMPARED_OF_A_TEXT = 20, 120
#: The day before the first that a sheet counts.
_DAY_0 = date(1899, 12, 30)


def _all_of(words: str, table: RowTable, columns: Sequence[Column], times: int) -> LiveCheck:
    """Hold columns, added up, to what they came to."""
    added = "+".join(f"SUM({reference(table.name, each.heading)})" for each in columns)
    value = Decimal(0)
    for each in columns:
        cells = table.frame[each.name]
        if cells.dtype == pl.Date:
            cells = (cells - _DAY_0).dt.total_days()
        elif cells.dtype == pl.String:
            cells = cells.filter(cells.str.contains(A_NUMBER)).cast(pl.Float64)
        value += Decimal(str(cells.sum() or 0))
    value = (value * times).quantize(Decimal(1), ROUND_HALF_UP)
    return LiveCheck(
        words, f"ROUND({times}*({added}),0)", None, value, value, _CONTROL, counts=True
    )


def _words_among(sheet: str, table: RowTable, column: Column) -> Iterator[LiveCheck]:
    """Hold the cells of a column of numbers that say words: "× 0.9", which adds up to nothing.

    Each text is numbered, and its cells are counted so many times: one that takes the place of
    another is told.
    """
    cells = table.frame[column.name]
    texts = cells.filter(~cells.str.contains(A_NUMBER) & (cells != ""))
    texts = texts.str.head(_COMPARED_OF_A_TEXT)
    told = texts.unique(maintain_order=True)
    begins = f"LEFT({reference(table.name, column.heading)},{_COMPARED_OF_A_TEXT})"
    for first in range(0, told.len(), _TEXTS_OF_A_CHECK):
        counted_cells, value = [], 0
        for number, text in enumerate(told[first : first + _TEXTS_OF_A_CHECK], 1):
            shown = text.replace('"', '""')
            counted_cells.append(f'{number}*SUMPRODUCT(EXACT({begins},"{shown}")*1)')
            value += number * int((texts == text).sum())
        words = f"{sheet}: {column.heading}, words counted"
        formula, whole = "+".join(counted_cells), Decimal(value)
        yield LiveCheck(words, formula, None, whole, whole, _CONTROL, counts=True)


def _total_row(sheet: str, table: RowTable) -> LiveCheck:
    """Hold a total row to the rows above it: those in sight, where a filter hides others."""
    row, tests = table.total_row, []
    for place, column in enumerate(table.columns):
        if column.name in (table.added_up or ()):
            cell = f"{quoted(sheet)}!${column_letters(place)}${row}"
            tests.append(f"(ABS({table.total_of(column)}-{cell})<0.005)")
    count = Decimal(len(tests))
    left = f"{len(tests)}+0*ROWS({quoted(sheet)}!$A${row})"
    said = f"{sheet}: totals that agree with their rows"
    return LiveCheck(said, left, "+".join(tests), count, count, _CONTROL, counts=True)


def must_agree(
    name: str, left: Figure, right: Figure, of: str, *, counts: bool = False
) -> LiveCheck:
    """Make a check of two figures."""
    return LiveCheck(name, left.formula, right.formula, left.value, right.value, of, counts)


def of_cents(cents: int | None) -> Decimal:
    """Give cents as dollars; nothing as 0.00."""
    return _NOTHING if cents is None else Decimal(cents) / _CENTS
