"""Workbooks that somebody changed: how columns of them read after each change, calculated anew."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.datetime import to_excel

from tests.workbook.office import answered

Book = openpyxl.Workbook
#: Changes a workbook that openpyxl has read.
Tampering = Callable[[Book], None]
#: A sheet and the place of a column, from 0.
Column = tuple[str, int]
#: What a cell holds and as what: a text that begins with = is no formula.
_Content = tuple[Any, str]
_EMPTY: _Content = (None, "n")


def untouched(_: Book) -> None:
    """Change nothing."""


def read_after(
    file: Path, tamperings: Sequence[Tampering], columns: Sequence[Column], folder: Path
) -> list[list[list[str]]]:
    """Give the cells of columns as text, after each tampering alone.

    LibreOffice opens the workbook as it was written, once: to write and to open one for each
    change takes twenty times as long. At the end, everything put back, it must read as before.
    """
    book = openpyxl.load_workbook(file)
    asked = [f"open\t{file.as_uri()}", *(f"show\t{sheet}\t{place}" for sheet, place in columns)]
    for tamper in (untouched, *tamperings, untouched):
        asked += [*_changes(book, tamper), "tell"]
    told = answered(asked, folder / f"{file.stem}-asked")
    reads = [told[first : first + len(columns)] for first in range(0, len(told), len(columns))]
    assert len(reads) == len(tamperings) + 2
    assert reads[0] == reads[-1]
    return reads[1:-1]


def _changes(book: Book, tamper: Tampering) -> Iterator[str]:
    """Say which cells a tampering changes, and to what; put the workbook back as it was."""
    before = [(sheet, sheet.max_row, _contents(sheet)) for sheet in book]
    tamper(book)
    for sheet, height, held in before:
        now = _contents(sheet)
        for row, column in sorted({*held, *now}):
            was, is_now = (each.get((row, column), _EMPTY) for each in (held, now))
            if was != is_now:
                yield _change(sheet.title, row, column, is_now, held)
                cell = sheet.cell(row, column)
                cell.value, cell.data_type = was
        if sheet.max_row > height:
            sheet.delete_rows(height + 1, sheet.max_row - height)


def _contents(sheet: Any) -> dict[tuple[int, int], _Content]:
    return {
        (cell.row, cell.column): (cell.value, cell.data_type)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _change(
    sheet: str, row: int, column: int, content: _Content, held: dict[tuple[int, int], _Content]
) -> str:
    """Ask for a cell's content: a number, a text, or what a cell of its column below holds."""
    value, kind = content
    place = f"{sheet}\t{column - 1}\t{row - 1}"
    if isinstance(value, int | float | datetime):
        number = to_excel(value) if isinstance(value, datetime) else value
        return f"set\t{place}\t{float(number)!r}"
    # Changed from the top down: what stands below, or is alone of its kind, is still as it was.
    same = [line for (line, place_), found in held.items() if place_ == column and found == content]
    below = min((line for line in same if line > row), default=min(same, default=None))
    if below is not None:
        return f"copy\t{place}\t{below - 1}"
    assert kind != "f", f"no cell of {sheet} holds {value}"
    assert not {"\t", "\n", "\r"} & set(value or "")
    return f"write\t{place}\t{value or ''}"
