"""A table of a house's workbook: what its columns are, and its rows written anew."""

from collections.abc import Container, Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import polars as pl
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter, range_boundaries

from payrules.counted import counted
from payrules.errors import ReportError
from payrules.frozen import frozen
from payrules.workbook.xlsx.cell_texts import printable
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.stretching import stretch

_SLICE = 5_000


@frozen
class TableSpan:
    """The cells of a table, counted from 1: a heading row, its rows, total rows under them."""

    left: int
    top: int
    right: int
    bottom: int
    totals: int

    @property
    def first(self) -> int:
        """The first of its rows."""
        return self.top + 1

    @property
    def last(self) -> int:
        """The last of its rows, above the totals."""
        return self.bottom - self.totals

    @property
    def places(self) -> range:
        """Its columns."""
        return range(self.left, self.right + 1)

    def with_rows(self, rows: int) -> "TableSpan":
        """Give the cells it takes with so many rows; a table has at least one."""
        return replace(self, bottom=self.top + max(rows, 1) + self.totals)

    def reference(self, last: int) -> str:
        """Write its cells down to a row as Excel does: A3:D5."""
        left, right = get_column_letter(self.left), get_column_letter(self.right)
        return f"{left}{self.top}:{right}{last}"


@frozen
class TemplateTable:
    """A table on a sheet of a workbook that openpyxl holds."""

    book: Any
    sheet: Any
    table: Any

    @property
    def name(self) -> str:
        """What Excel calls it."""
        return str(self.table.name)

    @property
    def span(self) -> TableSpan:
        """Where it stands."""
        left, top, right, bottom = range_boundaries(self.table.ref)
        return TableSpan(left, top, right, bottom, int(self.table.totalsRowCount or 0))

    def headings(self) -> dict[int, str]:
        """Give the heading of each of its columns."""
        span = self.span
        return {place: str(self.sheet.cell(span.top, place).value or "") for place in span.places}

    def formulas(self, besides: Container[int]) -> dict[int, str]:
        """Give the formulas of its first row, which are copied down; not of columns `besides`."""
        span = self.span
        samples = {place: self.sheet.cell(span.first, place) for place in span.places}
        return {
            place: sample.value
            for place, sample in samples.items()
            if place not in besides and sample.data_type == "f" and isinstance(sample.value, str)
        }

    def fill(
        self, frame: pl.DataFrame, chosen: Mapping[int, str], formats: Mapping[int, str]
    ) -> None:
        """Write a frame's columns into those of the table, and stretch what follows its rows.

        `chosen` names the frame's column of each place; `formats` are the number formats of places
        that the house gave none. ReportError where the rows have no room.
        """
        span = self.span
        new = span.with_rows(frame.height)
        if new.bottom + 1 > ROW_LIMIT:
            raise ReportError(
                f"Table {self.name} would get {counted(frame.height, 'row')}, more than an Excel"
                " sheet"
                " takes."
            )
        formulas = self.formulas(chosen)
        self._must_be_free(span, new)
        if span.last != new.last:
            self._move_totals(span, new)
        self._write_rows(new, _rows(frame, chosen), formulas, formats)
        self.table.ref = new.reference(new.bottom)
        if self.table.autoFilter is not None:
            self.table.autoFilter.ref = new.reference(new.last)
        if span.last != new.last:
            stretch(
                self.book, self.sheet, (span.left, span.right), (span.first, span.last, new.last)
            )

    def _must_be_free(self, span: TableSpan, new: TableSpan) -> None:
        """Refuse to write over what the house has below the table."""
        for row in range(span.bottom + 1, new.bottom + 1):
            for place in span.places:
                cell = self.sheet.cell(row, place)
                if cell.value is not None:
                    raise ReportError(
                        f"Table {self.name} on sheet '{self.sheet.title}' needs rows down to"
                        f" {new.bottom}, but cell {cell.coordinate} below it is not empty; leave"
                        " the cells under the table free."
                    )

    def _move_totals(self, span: TableSpan, new: TableSpan) -> None:
        """Move the total rows to their new place, and clear the rows between."""
        moved = [
            [(cell.value, copy(cell._style)) for cell in self._cells(row, span)]
            for row in range(span.last + 1, span.bottom + 1)
        ]
        for row in range(min(span.last, new.last) + 1, span.bottom + 1):
            for cell in self._cells(row, span):
                cell.value = None
        for row, cells in enumerate(moved, new.last + 1):
            for cell, (value, style) in zip(self._cells(row, span), cells, strict=True):
                cell.value, cell._style = value, style

    def _cells(self, row: int, span: TableSpan) -> list[Any]:
        return [self.sheet.cell(row, place) for place in span.places]

    def _write_rows(
        self,
        span: TableSpan,
        rows: Iterator[Mapping[int, Any]],
        formulas: Mapping[int, str],
        formats: Mapping[int, str],
    ) -> None:
        """Write every row in the look of the first: values, formulas copied down, or nothing."""
        samples = {place: self.sheet.cell(span.first, place) for place in span.places}
        styles = {place: copy(sample._style) for place, sample in samples.items()}
        plain = {place for place, sample in samples.items() if sample.number_format == "General"}
        for row, values in zip(range(span.first, span.last + 1), rows, strict=True):
            for place in span.places:
                cell = self.sheet.cell(row, place)
                cell._style = copy(styles[place])
                if place in values:
                    _write(cell, values[place])
                    if place in plain:
                        cell.number_format = formats.get(place, "General")
                elif place in formulas:
                    origin = f"{get_column_letter(place)}{span.first}"
                    translated = Translator(formulas[place], origin)
                    cell.value = translated.translate_formula(cell.coordinate)
                else:
                    cell.value = None


def tables_of(book: Any) -> list[TemplateTable]:
    """List a workbook's tables, sheet by sheet."""
    return [
        TemplateTable(book, sheet, table)
        for sheet in book.worksheets
        for table in sheet.tables.values()
    ]


def _rows(frame: pl.DataFrame, chosen: Mapping[int, str]) -> Iterator[Mapping[int, Any]]:
    """Give each row's values by column of the sheet; one empty row where there is none."""
    if frame.is_empty():
        yield dict.fromkeys(chosen)
        return
    shown = frame.select(
        _for_a_cell(name, frame.schema[name]).alias(str(place)) for place, name in chosen.items()
    )
    if not chosen:
        yield from ({} for _ in range(frame.height))
        return
    for start in range(0, frame.height, _SLICE):
        for values in shown[start : start + _SLICE].iter_rows():
            yield dict(zip(chosen, values, strict=True))


def _for_a_cell(name: str, kind: pl.DataType) -> pl.Expr:
    """Make a column one that openpyxl takes: text that XML can hold, no number that is none."""
    if kind.is_float():
        return pl.when(pl.col(name).is_finite()).then(pl.col(name))
    if kind.is_numeric() or kind in {pl.Date, pl.Boolean, pl.Null}:
        return pl.col(name)
    return printable(pl.col(name).cast(pl.String))


def _write(cell: Any, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # "=1+1" in a claim number is text, not a formula
