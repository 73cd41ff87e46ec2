"""Reads a worksheet of an Excel file as text, its errors and uncomputed formulas included.

The fast reader gives a cell that holds an error, or a formula that was never computed, as a blank
one, and makes room for every cell up to the furthest, wherever a stray one lies. So the sheet is
looked over first: such cells are written as text (`#N/A`, `#UNCOMPUTED!`), and a sheet that is
too wide or too large is refused by the name of the cell.

Decision: a number is read to nine decimals, as the fast reader gives it; no money or quantity here
has more than three, so what lies beyond can only be what adding binary floats left behind.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import partial
from io import BytesIO
from typing import NamedTuple
from xml.etree import ElementTree as Xml
from xml.parsers.expat import ExpatError

import fastexcel
import polars as pl

from payrules.errors import PayrulesError
from payrules.files.archives import must_be_bounded
from payrules.files.old_workbooks import old_number_cells, old_worksheets, read_old_worksheet
from payrules.files.tables import damaged
from payrules.files.workbook_parts import ROW_ENDS, WorkbookParts, rows_of
from payrules.files.worksheet_looks import (
    Looks,
    hidden_columns,
    hidden_rows,
    numbers_among,
    percentages_marked,
    shows_percentages,
    without_marks,
)
from payrules.files.worksheet_words import OLD_OFFICE, UNCOMPUTED
from payrules.frozen import frozen

#: As many cells as thirty columns of Excel's most rows: read, they take about 2 GB.
MOST_CELLS = 32_000_000
#: Excel's own most columns are 16,384; no table of claims or fees has a tenth of them.
MOST_COLUMNS = 2_000
#: Bytes of all parts of a workbook, unpacked.
_MOST_UNPACKED = 1 << 31
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,  # a password
    ValueError,
    ExpatError,
    Xml.ParseError,
)

_TAG = rb"<(?:\w+:)?"
_END = rb"</(?:\w+:)?"
_ROW = re.compile(_TAG + rb"row\b[^<>]*?\br\s*=\s*[\"']([0-9]+)")
_COLUMN = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]+)[0-9]+[\"']")
_FILLED = re.compile(
    _TAG + rb"c\b[^<>]*?\br\s*=\s*[\"']([A-Za-z]+)([0-9]+)[\"'][^<>]*(?<!/)>\s*<(?!/)"
)
_ERROR_TYPE = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_ERROR_CELL = re.compile(rb"(" + _TAG + rb"c\b[^<>]*?\bt\s*=\s*)[\"']e[\"']")
_FORMULA = re.compile(_TAG + rb"f\b")
_FORMULA_CELL = re.compile(
    rb"(?P<cell>" + _TAG + rb"c\b)(?P<attributes>[^<>]*)>\s*"
    rb"" + _TAG + rb"f\b(?:[^<>]*/>|[^<>]*>[^<]*" + _END + rb"f\s*>)\s*"
    rb"(?P<value>" + _TAG + rb"v\b[^<>]*/>|" + _TAG + rb"v\b[^<>]*>(?P<cached>[^<]*)"
    rb"" + _END + rb"v\s*>)?\s*(?P<end>" + _END + rb"c\s*>)"
)
_TYPE = re.compile(rb"\s*\bt\s*=\s*[\"']([a-zA-Z]*)[\"']")
_CONTENT = re.compile(_TAG + rb"(?:v|is)\b[^<>]*(?<!/)>")


class Cell(NamedTuple):
    """A cell's place: column and row, from 1."""

    column: int
    row: int

    def __str__(self) -> str:
        return f"{column_letters(self.column)}{self.row}"


@frozen
class Worksheet:
    """A worksheet's cells as text, null where blank, without a heading of their own.

    `further` numbers the other worksheets that hold something: they were not read; `number` and
    `title` say which was; `looks` says what of it is hidden, or shown otherwise than it is held.
    """

    cells: pl.DataFrame
    further: tuple[int, ...]
    number: int = 1
    title: str = ""
    looks: Looks = field(default_factory=Looks)


def column_letters(number: int) -> str:
    """Write a column's number, from 1, as a spreadsheet does: 16384 is XFD."""
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def read_worksheet(
    content: bytes,
    name: str,
    fault: type[PayrulesError],
    most_rows: int | None = None,
    *,
    sheet: str | int | None = None,
    numbers: bool = False,
) -> Worksheet:
    """Read a worksheet of an Excel file's bytes, the first unless one is named or numbered.

    `fault` says why that cannot be; `numbers`: which cells hold numbers is told, too.
    """
    unreadable = fault(
        f"{name} cannot be read as an Excel workbook; it may be damaged or protected."
    )
    if content.startswith(OLD_OFFICE):
        return _of_old(content, name, fault, most_rows, sheet, numbers=numbers)
    must_be_bounded(content, name, fault, most_bytes=_MOST_UNPACKED, unreadable=unreadable)
    with damaged(unreadable, *_UNREADABLE, fastexcel.FastExcelError):
        with zipfile.ZipFile(BytesIO(content)) as package:
            book = WorkbookParts.of(package)
            if book.counts_from_1904:
                raise fault(
                    f"{name} counts days from 1904, an option of its workbook, so that a day given"
                    " as a number would be read four years early. Save the sheet as CSV: that"
                    " writes the days as the sheet shows them."
                )
            number = book.number_of(sheet, name, fault)
            part = book.sheets[number - 1]
            which = "The first sheet" if number == 1 else f"Sheet {number}"
            seen = _look_over(package, part, f"{which} of {name}", fault, book.percent_styles)
            if seen.suspect:
                content = _with_part(package, part, _as_text(package, part, book))
            further = tuple(
                other
                for other, part in enumerate(book.sheets, 1)
                if other != number and any(_CONTENT.search(xml) for xml in rows_of(package, part))
            )
        reader = fastexcel.read_excel(content)
        load = partial(
            reader.load_sheet, number - 1, header_row=None, skip_rows=0, n_rows=most_rows
        )
        cells, percentages = without_marks(load(dtypes="string").to_polars())
        found = numbers_among(load(dtypes="boolean").to_polars(), percentages) if numbers else {}
    looks = Looks(
        pl.Series(seen.hidden_rows, dtype=pl.Int64),
        seen.hidden_columns,
        percentages,
        found,
        sheet_is_hidden=number in book.hidden,
    )
    return Worksheet(cells, further, number, book.titles[number - 1], looks)


def _of_old(
    content: bytes,
    name: str,
    fault: type[PayrulesError],
    most_rows: int | None,
    sheet: str | int | None,
    *,
    numbers: bool,
) -> Worksheet:
    """Read a worksheet of an `.xls`."""
    titles, filled = old_worksheets(content, name, fault)
    book = WorkbookParts(titles, titles)
    number = book.number_of(sheet, name, fault)
    cells = read_old_worksheet(content, name, fault, number)
    further = tuple(other for other in filled if other != number)
    return Worksheet(
        cells if most_rows is None else cells.head(most_rows),
        further,
        number,
        titles[number - 1],
        Looks(
            numbers=old_number_cells(content, name, fault, number) if numbers else {},
            known=False,
        ),
    )


class _Seen(NamedTuple):
    """What a first look over a sheet shows: whether to write some cells as text, what is hidden."""

    suspect: bool
    hidden_rows: list[int]
    hidden_columns: tuple[int, ...]


def _look_over(
    package: zipfile.ZipFile,
    part: str,
    name: str,
    fault: type[PayrulesError],
    percent_styles: frozenset[bytes],
) -> _Seen:
    """Refuse a sheet that is larger than a table can be; say what is to be seen of others.

    Suspect is one that may hold an error or a number that is shown as a percentage.
    """
    suspect = False
    not_shown: list[int] = []
    columns_not_shown: list[int] = []
    columns: set[bytes] = set()
    rows, last = 0, 1
    for xml in rows_of(package, part):
        suspect |= bool(_ERROR_TYPE.search(xml) or _FORMULA.search(xml))
        suspect |= shows_percentages(xml, percent_styles)
        if b"hidden" in xml:
            not_shown += hidden_rows(xml, last if rows else 0)
            columns_not_shown += hidden_columns(xml)
        columns.update(_COLUMN.findall(xml))
        rows += len(ROW_ENDS.findall(xml))
        last = max([last, rows, *map(int, _ROW.findall(xml))])
        # A row may be numbered otherwise than its cells: those of more digits are looked for.
        further = rb"\br\s*=\s*[\"'][A-Za-z]+([0-9]{%d,})[\"']" % (len(str(last)) + 1)
        last = max([last, *map(int, re.findall(further, xml))])
    width = max(map(_column_number, columns), default=1)
    if width > MOST_COLUMNS or width * 10 ** len(str(last)) > MOST_CELLS:
        _refuse_far_cells(package, part, name, fault)
    return _Seen(suspect, not_shown, tuple(columns_not_shown))


def _refuse_far_cells(
    package: zipfile.ZipFile, part: str, name: str, fault: type[PayrulesError]
) -> None:
    right, low = Cell(1, 1), Cell(1, 1)
    for xml in rows_of(package, part):
        filled = _FILLED.findall(xml)
        widest = max({letters for letters, _ in filled}, key=_column_number, default=b"A")
        lowest = max({row for _, row in filled}, key=int, default=b"1")
        if _column_number(widest) > right.column:
            row = max(int(row) for letters, row in filled if letters == widest)
            right = Cell(_column_number(widest), row)
        if int(lowest) > low.row:
            column = max(_column_number(letters) for letters, row in filled if row == lowest)
            low = Cell(column, int(lowest))
    if right.column > MOST_COLUMNS or right.column * low.row > MOST_CELLS:
        far = f"cell {right}" if right == low else f"cells {right} and {low}"
        raise fault(
            f"{name} extends to {far}; the limit is {MOST_COLUMNS:,} columns and {MOST_CELLS:,}"
            " cells. Delete the stray cells there, or save the table as a CSV file."
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _as_text(package: zipfile.ZipFile, part: str, book: WorkbookParts) -> Iterator[bytes]:
    """Write errors and uncomputed formulas as text, and numbers shown as percentages with a mark.

    A workbook that asks to be computed when it is loaded was written by no spreadsheet: a formula's
    0 in it is a stand-in.
    """

    def uncomputed(found: re.Match[bytes]) -> bytes:
        cached, kind = found["cached"], _TYPE.search(found["attributes"])
        if cached and cached.strip() and not (book.computes_on_load and _is_zero(cached)):
            return found[0]
        if found["value"] is not None and kind is not None and kind[1] == b"str":
            return found[0]  # its result is a text without a character
        tag, attributes = found["cell"], _TYPE.sub(b"", found["attributes"])
        value = tag[1:-1] + b"v>"
        told = b"<" + value + UNCOMPUTED.encode() + b"</" + value
        return tag + attributes + b' t="str">' + told + found["end"]

    for xml in rows_of(package, part):
        told = _FORMULA_CELL.sub(uncomputed, _ERROR_CELL.sub(rb'\1"str"', xml))
        yield percentages_marked(told, book.percent_styles) if book.percent_styles else told


def _is_zero(cached: bytes) -> bool:
    try:
        return float(cached) == 0
    except ValueError:
        return False


def _with_part(package: zipfile.ZipFile, changed: str, written: Iterable[bytes]) -> bytes:
    """Give the package with one part written anew."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as copy:
        for part in package.infolist():
            if part.filename == changed:
                with copy.open(part.filename, "w", force_zip64=True) as opened:
                    for rows in written:
                        opened.write(rows)
            else:
                copy.writestr(part.filename, package.read(part))
    return made.getvalue()
