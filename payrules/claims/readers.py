"""Reads a claims file, CSV, Parquet or Excel, into a frame as it came: text stays text."""

import codecs
import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TextIO

import polars as pl

from payrules.claims.columns import check_headings_are_names, check_width, shown
from payrules.claims.x12_claims import X12Claims, read_x12, settled
from payrules.errors import ClaimsError
from payrules.files.tables import (
    content_of,
    damaged,
    read_csv,
    read_parquet,
    scan_csv,
    shown_name,
)
from payrules.files.worksheets import read_worksheet
from payrules.x12.found import X12File
from payrules.x12.segments import is_x12

CSV_ENDINGS = (".csv", ".txt", ".tsv")
_SEPARATORS = ",;\t"
#: Enough of a file to hold its heading row.
_HEAD_BYTES = 1 << 20
#: Enough of a file to tell that it is X12, blanks before it aside.
_HEAD_OF_X12 = 1 << 12
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class ClaimsFile:
    """A table file as it was read: its rows under its own headings, all text but in Parquet.

    `further_sheets` numbers the worksheets of a workbook that hold something and were not read.
    `x12` is what the file tells beside its rows where it is no table but X12.
    """

    name: str
    rows: pl.DataFrame
    sha256: str
    further_sheets: tuple[int, ...] = ()
    x12: X12Claims | None = None


def read_file(path: Path) -> ClaimsFile:
    """Read one file, and hash the bytes that were read: see `read_files`."""
    (read,) = read_files([path])
    return read


def read_files(paths: Sequence[Path]) -> list[ClaimsFile]:
    """Read the files of a run: tables, and X12 whatever its ending, known by its first characters.

    Rows of a CSV or Excel file that are blank all over are still there, all null. Claims in X12
    are settled together: a claim of one file may replace a claim of another.
    """
    read = [_read(path) for path in paths]
    of_x12 = iter(settled([each for each in read if isinstance(each, X12File)]))
    return [each if isinstance(each, ClaimsFile) else _of_x12(next(of_x12)) for each in read]


def _of_x12(claims: X12Claims) -> ClaimsFile:
    return ClaimsFile(claims.file.name, claims.lines, claims.file.sha256, x12=claims)


def _read(path: Path) -> ClaimsFile | X12File:
    readers = {
        **dict.fromkeys(CSV_ENDINGS, _read_csv),
        ".parquet": _read_parquet,
        **dict.fromkeys((".xlsx", ".xlsm"), _read_excel),
    }
    reader = readers.get(path.suffix.lower())
    name = shown_name(path)
    content = content_of(path, ClaimsError)
    if is_x12(content[:_HEAD_OF_X12]):
        return read_x12(content, name)
    if reader is None:
        raise ClaimsError(
            f"{name} is no claims file payrules can read: its name must end in"
            f" {', '.join(readers)}, or it must begin with ISA, as X12 does."
        )
    rows, further = reader(content, name)
    return ClaimsFile(name, rows, sha256(content).hexdigest(), further)


@dataclass(frozen=True)
class _Form:
    """How a CSV file is written."""

    encoding: str
    separator: str
    end_of_line: str
    names: list[str]


def _csv_form(head: bytes, name: str, rows: Callable[[], TextIO]) -> _Form:
    encoding = "utf-16" if head.startswith(_UTF_16_MARKS) else "utf-8-sig"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = head.decode(encoding)
    first_line = text.splitlines()[0] if text.strip() else ""
    if not first_line.strip():
        raise ClaimsError(f"{name} has no headings in its first line.")
    unquoted = "".join(first_line.split('"')[::2])
    separator = max(_SEPARATORS, key=unquoted.count)
    end_of_line = "\r" if "\r" in text and "\n" not in text else "\n"
    try:
        first_row = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise _csv_fault(rows(), name, separator) from None
    return _Form(encoding, separator, end_of_line, _headings(first_row, name))


def _read_csv(content: bytes, name: str) -> tuple[pl.DataFrame, tuple[int, ...]]:
    def rows() -> TextIO:
        return io.TextIOWrapper(io.BytesIO(content), encoding="latin-1", newline="")

    form = _csv_form(content[:_HEAD_BYTES], name, rows)
    try:
        return _parse_csv(content, form), ()
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError):
        # The parser's own message may quote a patient's row.
        raise _csv_fault(rows(), name, form.separator) from None


def _parse_csv(content: bytes, form: _Form) -> pl.DataFrame:
    def parse(content: bytes, encoding: str) -> pl.DataFrame:
        parsed = read_csv(
            content,
            separator=form.separator,
            encoding=encoding,
            infer_schema=False,
            eol_char=form.end_of_line,
        )
        if parsed.width != len(form.names):
            raise pl.exceptions.ComputeError("headings")
        return parsed.rename(dict(zip(parsed.columns, form.names, strict=True)))

    if form.encoding == "utf-16":
        return parse(content.decode("utf-16", "replace").encode("utf-8"), "utf8")
    if form.encoding == "utf-8-sig":
        try:
            return parse(content, "utf8")
        except pl.exceptions.ComputeError as error:
            if "utf-8" not in str(error):
                raise
    return parse(content, "latin-1")


def csv_to_parquet(path: Path, target: Path) -> None:
    """Write a CSV file's rows as text to Parquet, in bounded memory.

    The rows are those of `read_file`. Raises ClaimsError where it would.
    """

    def rows() -> TextIO:
        return path.open(encoding="latin-1", newline="")

    name = shown_name(path)
    with path.open("rb") as stream:
        form = _csv_form(stream.read(_HEAD_BYTES), name, rows)
    encodings = {"utf-16": ["utf-16"], "latin-1": ["latin-1"]}
    for encoding in encodings.get(form.encoding, ["utf-8-sig", "latin-1"]):
        source = path
        if encoding != "utf-8-sig":
            source = target.with_suffix(".csv")
            with (
                path.open(encoding=encoding, errors="replace", newline="") as given,
                source.open("w", encoding="utf-8", newline="") as written,
            ):
                shutil.copyfileobj(given, written)
        scanned = scan_csv(
            source, separator=form.separator, infer_schema=False, eol_char=form.end_of_line
        )
        headings = scanned.collect_schema().names()
        if len(headings) != len(form.names):
            raise _csv_fault(rows(), name, form.separator)
        try:
            scanned.rename(dict(zip(headings, form.names, strict=True))).sink_parquet(
                target, compression="lz4"
            )
        except pl.exceptions.ComputeError as error:
            if encoding == "utf-8-sig" and "utf-8" in str(error):
                continue
            raise _csv_fault(rows(), name, form.separator) from None
        finally:
            if source != path:
                source.unlink()
        return


def _csv_fault(text: TextIO, name: str, separator: str) -> ClaimsError:
    """Find the row that is too long, slowly: the fast parser does not say which it is."""
    with text:
        try:
            rows = csv.reader(text, delimiter=separator)
            width = len(next(rows))
            for row, cells in enumerate(rows, 1):
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


def _read_parquet(content: bytes, name: str) -> tuple[pl.DataFrame, tuple[int, ...]]:
    with damaged(not_parquet(name)):
        return read_parquet(content), ()


def not_parquet(name: str) -> ClaimsError:
    """Say that a file is no Parquet file."""
    return ClaimsError(f"{name} is not a Parquet file, or is damaged.")


def _read_excel(content: bytes, name: str) -> tuple[pl.DataFrame, tuple[int, ...]]:
    sheet = read_worksheet(content, name, ClaimsError)
    cells = sheet.cells
    if cells.is_empty():
        raise ClaimsError(f"The first sheet of {name} is empty.")
    names = _headings([heading or "" for heading in cells.row(0)], name)
    # A cell that holds a day comes with midnight.
    rows = cells.slice(1).with_columns(
        pl.all().str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$", "$1")
    )
    return rows.rename(dict(zip(cells.columns, names, strict=True))), sheet.further


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
