"""Reads a claims file, CSV, Parquet or Excel, into a frame as it came: text stays text."""

import codecs
import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import polars as pl

from payrules.claims.columns import check_headings_are_names, check_width, shown
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.matching import heading_row_of
from payrules.claims.reading import Reading
from payrules.claims.rejects_file import NOTE, cells_of, is_rejects, returned
from payrules.claims.x12_claims import X12Claims, read_x12, settled
from payrules.errors import ClaimsError
from payrules.files.packed import named_by_content, unpacked
from payrules.files.tables import (
    STANDARD_INPUT,
    content_of,
    damaged,
    read_csv,
    read_parquet,
    scan_csv,
    shown_name,
)
from payrules.files.worksheets import Worksheet, read_worksheet
from payrules.x12.found import X12File
from payrules.x12.segments import is_x12

CSV_ENDINGS = (".csv", ".txt", ".tsv")
_SEPARATORS = ",;\t|"
#: Headings are sought in so many first rows; titles and dates of a report are above them.
_LINES_LOOKED_AT = 20
#: In place of a worksheet's name: every one that holds something.
ALL_SHEETS = "all"
#: Enough of a file to hold its heading row.
_HEAD_BYTES = 1 << 20
#: Enough of a file to tell that it is X12, blanks before it aside.
_HEAD_OF_X12 = 1 << 12
#: Without a mark, UTF-16 is known by so many first bytes: they are of the headings.
_HEAD_OF_UTF_16 = 32
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class ClaimsFile:
    """A table file as it was read: its rows under its own headings, all text but in Parquet.

    `further_sheets` numbers the worksheets of a workbook that hold something and were not read;
    `reading` begins the reading report, with what only the reader of this kind of file knows;
    `x12` is what the file tells beside its rows where it is no table but X12. Of a rejects file
    `said` is what holds of these rows' columns, and `numbers` are the numbers of its rows.
    """

    name: str
    rows: pl.DataFrame
    sha256: str
    further_sheets: tuple[int, ...] = ()
    reading: Reading | None = None
    x12: X12Claims | None = None
    said: ColumnsFile | None = None
    numbers: pl.Series | None = None


def read_file(path: Path) -> ClaimsFile:
    """Read one file, and hash the bytes that were read: see `read_files`."""
    read, *_ = read_files([path])
    return read


def read_files(paths: Sequence[Path], said: ColumnsFile | None = None) -> list[ClaimsFile]:
    """Read the files of a run: tables, and X12 whatever its ending, known by its first characters.

    A workbook gives a table for each worksheet that is wanted. Rows of a CSV or Excel file that are
    blank all over are still there, all null. Claims in X12 are settled together: a claim of one
    file may replace a claim of another.
    """
    said = said or ColumnsFile()
    read = [each for path in paths for each in _read(path, said)]
    of_x12 = iter(settled([each for each in read if isinstance(each, X12File)]))
    return [each if isinstance(each, ClaimsFile) else _of_x12(next(of_x12)) for each in read]


def is_x12_file(path: Path) -> bool:
    """Tell whether a file is X12, by its first characters."""
    with path.open("rb") as stream:
        return is_x12(stream.read(_HEAD_OF_X12))


def _of_x12(claims: X12Claims) -> ClaimsFile:
    return ClaimsFile(claims.file.name, claims.lines, claims.file.sha256, x12=claims)


def _read(path: Path, said: ColumnsFile) -> Sequence[ClaimsFile | X12File]:
    readers = {
        **dict.fromkeys(CSV_ENDINGS, _read_csv),
        ".parquet": _read_parquet,
        **dict.fromkeys((".xlsx", ".xlsm", ".xls"), _read_excel),
    }
    name = shown_name(path)
    packed = content_of(path, ClaimsError)
    path = named_by_content(packed) if path == STANDARD_INPUT else path
    content, path = unpacked(packed, path, name, ClaimsError)
    reader = readers.get(path.suffix.lower())
    if is_x12(content[:_HEAD_OF_X12]):
        return [read_x12(content, name, packed)]
    if reader is None:
        raise ClaimsError(
            f"{name} is no claims file payrules can read: its name must end in"
            f" {', '.join(readers)} (also with .gz, or in a .zip of one file), or it must begin"
            " with ISA, as X12 does."
        )
    hashed = sha256(packed).hexdigest()
    return [
        each
        for table in reader(content, name, said.of_file(name))
        for each in _of_table(table, said, hashed)
    ]


def _of_table(table: "_Table", said: ColumnsFile, hashed: str) -> Iterator[ClaimsFile]:
    """Give a table's rows; those of a rejects file, file by file."""
    name, reading = table.reading.file, table.reading
    if not is_rejects(table.rows.columns):
        yield ClaimsFile(name, table.rows, hashed, table.further, reading)
        return
    first_row, guarded = reading.above + 1, reading.heading_row is not None
    for each in returned(name, table.rows, said, first_row=first_row, guarded=guarded):
        told = replace(reading, file=each.name, notes=(*reading.notes, NOTE))
        yield ClaimsFile(
            each.name, each.rows, hashed, table.further, told, said=each.said, numbers=each.numbers
        )


class _Table(NamedTuple):
    """The rows of one table under its headings, what its reader says, and worksheets not read."""

    rows: pl.DataFrame
    reading: Reading
    further: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Form:
    """How a CSV file is written: `above` lines stand before the row of its headings."""

    encoding: str
    separator: str
    end_of_line: str
    names: list[str]
    above: int
    reading: Reading
    told: bool = False

    @property
    def terms(self) -> dict[str, Any]:
        """Give the terms on which polars reads it, once it is UTF-8."""
        return {
            "separator": self.separator,
            "infer_schema": False,
            "eol_char": self.end_of_line,
            "skip_lines": self.above,
        }


def _csv_form(head: bytes, name: str, rows: Callable[[], TextIO], said: ColumnsFile) -> _Form:
    if is_csv_of_rejects(head):
        said = cells_of(said)
    text, encoding = _decoded(head, name, said.form.encoding)
    lines = text.splitlines()
    at = (said.form.heading_row or 1) - 1
    if not text.strip() or (said.form.heading_row is None and not lines[0].strip()):
        raise ClaimsError(f"{name} has no headings in its first line.")
    unquoted = "".join(lines[min(at, len(lines) - 1)].split('"')[::2])
    separator = said.form.delimiter or max(_SEPARATORS, key=unquoted.count)
    if said.form.delimiter is None and not unquoted.count(separator) and len(lines) > 1:
        # A title stands alone in its line: what parts the fuller lines is the separator.
        fuller = max(lines[:_LINES_LOOKED_AT], key=lambda line: max(map(line.count, _SEPARATORS)))
        separator = max(_SEPARATORS, key=fuller.count)
    end_of_line = "\r" if "\r" in text and "\n" not in text else "\n"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    first_rows, ends = [], [0]
    try:
        for cells in islice(reader, max(at + 1, _LINES_LOOKED_AT)):
            first_rows.append(cells)
            ends.append(reader.line_num)
    except csv.Error:
        if len(first_rows) <= at:
            raise _csv_fault(rows(), name, separator) from None
    number = said.form.heading_row or heading_row_of(first_rows, said)
    if number > len(first_rows):
        raise ClaimsError(f"{name} has no row {number}, where its headings should be.")
    reading = Reading(name, _kind(encoding, separator), heading_row=number, notes=_above(number))
    names = _headings(first_rows[number - 1], name)
    told = said.form.encoding is not None
    return _Form(encoding, separator, end_of_line, names, ends[number - 1], reading, told)


def is_csv_of_rejects(head: bytes) -> bool:
    """Tell whether a CSV file's beginning is that of a rejects file."""
    first = head[: 1 << 10].decode("utf-8-sig", "replace").splitlines()[:1]
    return any(is_rejects(line.replace('"', "").split(by)) for line in first for by in _SEPARATORS)


def _decoded(head: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """Decode a file's beginning; without an encoding told, as UTF-8, UTF-16 or else Latin-1."""
    tried = encoding or _utf_16(head) or "utf-8-sig"
    try:
        return codecs.getincrementaldecoder(tried)().decode(head), tried
    except UnicodeDecodeError:
        if encoding is not None:
            raise _otherwise_written(name, encoding) from None
    return head.decode("latin-1"), "latin-1"


def _utf_16(head: bytes) -> str | None:
    """Tell UTF-16 by its mark, or by the zero in every other byte of plain headings."""
    if head.startswith(_UTF_16_MARKS):
        return "utf-16"
    first, second = head[0:_HEAD_OF_UTF_16:2], head[1:_HEAD_OF_UTF_16:2]
    if len(second) > 1 and not any(second) and all(first):
        return "utf-16-le"
    return "utf-16-be" if len(second) > 1 and not any(first) and all(second) else None


def _otherwise_written(name: str, encoding: str) -> ClaimsError:
    return ClaimsError(
        f"{name} is not written in {encoding}; check encoding, under [file] of the columns file."
    )


def _kind(encoding: str, separator: str) -> str:
    names = {
        "utf-8-sig": "UTF-8",
        "utf-16": "UTF-16",
        **dict.fromkeys(("utf-16-le", "utf-16-be"), "UTF-16 without a mark"),
        "latin-1": "Latin-1",
    }
    parted = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
    parted_by = parted.get(separator, f"'{separator}'")
    return f"text, {names.get(encoding, encoding)}, parted by {parted_by}"


def _above(heading_row: int) -> tuple[str, ...]:
    """Say that rows above the headings were not read."""
    if heading_row == 1:
        return ()
    above = "row 1 stands" if heading_row == 2 else f"rows 1 to {heading_row - 1} stand"
    return (f"{above} above the headings, which are in row {heading_row}; not read.",)


def _read_csv(content: bytes, name: str, said: ColumnsFile) -> list[_Table]:
    def rows() -> TextIO:
        return io.TextIOWrapper(io.BytesIO(content), encoding="latin-1", newline="")

    form = _csv_form(content[:_HEAD_BYTES], name, rows, said)
    try:
        return [_Table(_parse_csv(content, form, name), form.reading)]
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError):
        # The parser's own message may quote a patient's row.
        raise _csv_fault(rows(), name, form.separator, form.above, form.reading.above) from None


def _parse_csv(content: bytes, form: _Form, name: str) -> pl.DataFrame:
    def parse(content: bytes, encoding: str) -> pl.DataFrame:
        parsed = read_csv(content, encoding=encoding, **form.terms)
        if parsed.width != len(form.names):
            raise pl.exceptions.ComputeError("headings")
        return parsed.rename(dict(zip(parsed.columns, form.names, strict=True)))

    if form.told and form.encoding not in {"utf-8", "utf-8-sig"}:
        try:
            return parse(content.decode(form.encoding).encode("utf-8"), "utf8")
        except UnicodeDecodeError:
            raise _otherwise_written(name, form.encoding) from None
    if form.encoding.startswith("utf-16"):
        return parse(content.decode(form.encoding, "replace").encode("utf-8"), "utf8")
    if form.encoding == "utf-8-sig":
        try:
            return parse(content, "utf8")
        except pl.exceptions.ComputeError as error:
            if "utf-8" not in str(error):
                raise
    return parse(content, "latin-1")


def csv_reading(path: Path, said: ColumnsFile) -> Reading:
    """Begin the reading report of a CSV file that is read piece by piece."""
    name = shown_name(path)
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return _csv_form(
        head, name, lambda: path.open(encoding="latin-1", newline=""), said.of_file(name)
    ).reading


def csv_to_parquet(path: Path, target: Path, said: ColumnsFile) -> None:
    """Write a CSV file's rows as text to Parquet, in bounded memory.

    The rows are those of `read_tables`. Raises ClaimsError where it would.
    """

    def rows() -> TextIO:
        return path.open(encoding="latin-1", newline="")

    name = shown_name(path)
    with path.open("rb") as stream:
        form = _csv_form(stream.read(_HEAD_BYTES), name, rows, said.of_file(name))
    encodings = [form.encoding]
    if form.encoding == "utf-8-sig" and not form.told:
        encodings.append("latin-1")
    for encoding in encodings:
        source = path
        if encoding != "utf-8-sig":
            source = target.with_suffix(".csv")
            with (
                path.open(encoding=encoding, errors="replace", newline="") as given,
                source.open("w", encoding="utf-8", newline="") as written,
            ):
                shutil.copyfileobj(given, written)
        scanned = scan_csv(source, **form.terms)
        headings = scanned.collect_schema().names()
        if len(headings) != len(form.names):
            raise _csv_fault(rows(), name, form.separator, form.above, form.reading.above)
        try:
            scanned.rename(dict(zip(headings, form.names, strict=True))).sink_parquet(
                target, compression="lz4"
            )
        except pl.exceptions.ComputeError as error:
            if encoding == "utf-8-sig" and "utf-8" in str(error):
                continue
            raise _csv_fault(rows(), name, form.separator, form.above, form.reading.above) from None
        finally:
            if source != path:
                source.unlink()
        return


def _csv_fault(
    text: TextIO, name: str, separator: str, above: int = 0, heading_row: int = 1
) -> ClaimsError:
    """Find the row that is too long, slowly: the fast parser does not say which it is.

    `above` lines stand before the headings, which are in row `heading_row` of a spreadsheet.
    """
    with text:
        try:
            for _ in islice(text, above):
                pass
            rows = csv.reader(text, delimiter=separator)
            width = len(next(rows))
            for row, cells in enumerate(rows, heading_row + 1):
                if len(cells) > width:
                    return ClaimsError(
                        f"Row {row} of {name} has {len(cells)} cells under {width} headings;"
                        " check its separators and quotation marks."
                    )
        except (csv.Error, StopIteration):
            pass
    return ClaimsError(
        f"{name} cannot be read as a table;"
        " a quotation mark that is never closed is the usual cause."
    )


def _read_parquet(content: bytes, name: str, _: ColumnsFile) -> list[_Table]:
    with damaged(not_parquet(name)):
        return [_Table(read_parquet(content), Reading(name, "Parquet"))]


def not_parquet(name: str) -> ClaimsError:
    """Say that a file is no Parquet file."""
    return ClaimsError(f"{name} is not a Parquet file, or is damaged.")


def _read_excel(content: bytes, name: str, said: ColumnsFile) -> list[_Table]:
    wanted = said.form.sheet
    if wanted is not None:
        head = read_worksheet(content, name, ClaimsError, 1).cells
        if head.height and is_rejects([cell or "" for cell in head.row(0)]):
            wanted = None
    if wanted != ALL_SHEETS:
        return [_of_worksheet(read_worksheet(content, name, ClaimsError, sheet=wanted), name, said)]
    first = read_worksheet(content, name, ClaimsError)
    numbers = ([1] if not first.cells.is_empty() else []) + list(first.further)
    if not numbers:
        raise ClaimsError(f"No sheet of {name} holds anything.")
    sheets = (read_worksheet(content, name, ClaimsError, sheet=number) for number in numbers)
    return [
        _of_worksheet(sheet, name, said, several=len(numbers) > 1)._replace(further=())
        for sheet in sheets
    ]


def _of_worksheet(
    sheet: Worksheet, name: str, said: ColumnsFile, *, several: bool = False
) -> _Table:
    """Give a worksheet's table; of several, each is named after its sheet, too."""
    cells = sheet.cells
    if cells.is_empty():
        which = "first sheet" if sheet.number == 1 else f"sheet '{sheet.title}'"
        raise ClaimsError(f"The {which} of {name} is empty.")
    called = f"{name} [{sheet.title}]" if several else name
    first_rows = [[cell or "" for cell in row] for row in cells.head(_LINES_LOOKED_AT).rows()]
    if is_rejects(first_rows[0]):
        said = cells_of(said)
    number = said.form.heading_row or heading_row_of(first_rows, said)
    if number > cells.height:
        raise ClaimsError(f"{called} has no row {number}, where its headings should be.")
    names = _headings([cell or "" for cell in cells.row(number - 1)], called)
    # A cell that holds a day comes with midnight.
    rows = cells.slice(number).with_columns(
        pl.all().str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$", "$1")
    )
    reading = Reading(called, "Excel", sheet.title, number, notes=_above(number))
    rows = rows.rename(dict(zip(cells.columns, names, strict=True)))
    return _Table(rows, reading, sheet.further)


def _headings(given: list[str], name: str) -> list[str]:
    """Name the columns of a first row; one without a heading is named after its place."""
    check_width(len(given), name)
    names = [
        heading.strip("\ufeff \t\r\n\xa0") or f"column_{place}"
        for place, heading in enumerate(given, 1)
    ]
    repeated = [heading for heading, times in Counter(names).items() if times > 1]
    if repeated:
        check_headings_are_names(names, name)
        raise ClaimsError(
            f"{name} has more than one column headed '{shown(repeated[0])}'; remove or rename one."
        )
    return names
