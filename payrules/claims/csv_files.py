"""Reads a CSV claims file as it came, at once or piece by piece: encoding, separator, headings."""

import codecs
import csv
import io
import re
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import polars as pl

from payrules.claims.columns_file import ColumnsFile
from payrules.claims.headed import LINES_LOOKED_AT, TableRead, above_headings, names_of
from payrules.claims.matching import heading_row_of
from payrules.claims.reading import Reading
from payrules.claims.rejects_file import cells_of, is_rejects
from payrules.counted import counted
from payrules.errors import ClaimsError
from payrules.files.tables import (
    read_csv,
    scan_csv,
    shown_name,
)
from payrules.frozen import frozen

CSV_ENDINGS = (".csv", ".txt", ".tsv")
_SEPARATORS = ",;\t|"
#: Enough of a file to hold its heading row.
_HEAD_BYTES = 1 << 20
#: Without a mark, UTF-16 is known by so many first bytes: they are of the headings.
_HEAD_OF_UTF_16 = 32
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@frozen
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


#: How files begin that are no text, what they are, and what their names should end in.
_NO_TEXT = {
    rb"PAR1[\x00-\x1f]": ("a Parquet file", ".parquet"),
    rb"PK\x03\x04": ("a workbook or a zip archive", ".xlsx, or .zip"),
}


def _csv_form(head: bytes, name: str, rows: Callable[[], TextIO], said: ColumnsFile) -> _Form:
    for begins, (is_one, ending) in _NO_TEXT.items():
        if re.match(begins, head):
            raise ClaimsError(f"{name} is no text, but {is_one}: let its name end in {ending}.")
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
        fuller = max(lines[:LINES_LOOKED_AT], key=lambda line: max(map(line.count, _SEPARATORS)))
        separator = max(_SEPARATORS, key=fuller.count)
    end_of_line = "\r" if "\r" in text and "\n" not in text else "\n"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    first_rows, ends = [], [0]
    try:
        for cells in islice(reader, max(at + 1, LINES_LOOKED_AT)):
            first_rows.append(cells)
            ends.append(reader.line_num)
    except csv.Error:
        if len(first_rows) <= at:
            raise _csv_fault(rows(), name, separator) from None
    number = said.form.heading_row or heading_row_of(first_rows, said)
    if number > len(first_rows):
        raise ClaimsError(f"{name} has no row {number}, where its headings should be.")
    reading = Reading(
        name, _kind(encoding, separator), heading_row=number, notes=above_headings(number)
    )
    names = names_of(first_rows[number - 1], name)
    told = said.form.encoding is not None
    return _Form(encoding, separator, end_of_line, names, ends[number - 1], reading, told)


def is_csv_of_rejects(head: bytes) -> bool:
    """Tell whether a CSV file's beginning is that of a rejects file."""
    first = head[: 1 << 10].decode("utf-8-sig", "replace").splitlines()[:1]
    return any(is_rejects(line.replace('"', "").split(by)) for line in first for by in _SEPARATORS)


def _decoded(head: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """Decode a file's beginning; without an encoding told, as UTF-8, UTF-16 or else Latin-1."""
    if encoding is None and _is_utf_32(head):
        raise ClaimsError(
            f"{name} is written in UTF-32: save it as UTF-8, or say so in a columns file, under"
            ' [file]: encoding = "utf-32".'
        )
    tried = encoding or _utf_16(head) or "utf-8-sig"
    try:
        return codecs.getincrementaldecoder(tried)().decode(head), tried
    except UnicodeDecodeError:
        if encoding is not None:
            raise _otherwise_written(name, encoding) from None
    return head.decode("latin-1"), "latin-1"


def _is_utf_32(head: bytes) -> bool:
    """Tell UTF-32 by its mark, which begins as UTF-16's does, or by three zeros of each four."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return True
    of_four = [head[at:_HEAD_OF_UTF_16:4] for at in range(4)]
    return len(of_four[3]) > 1 and [any(each) for each in of_four] in (
        [True, False, False, False],
        [False, False, False, True],
    )


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


def read_csv_claims(content: bytes, name: str, said: ColumnsFile) -> list[TableRead]:
    """Read the bytes of a CSV file; ClaimsError where they are no table."""

    def rows() -> TextIO:
        return io.TextIOWrapper(io.BytesIO(content), encoding="latin-1", newline="")

    form = _csv_form(content[:_HEAD_BYTES], name, rows, said)
    try:
        return [TableRead(_parse_csv(content, form, name), form.reading)]
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
                        f"Row {row} of {name} has {counted(len(cells), 'cell')} under {width}"
                        " headings;"
                        " check its separators and quotation marks."
                    )
        except (csv.Error, StopIteration):
            pass
    return ClaimsError(
        f"{name} cannot be read as a table;"
        " a quotation mark that is never closed is the usual cause."
    )
