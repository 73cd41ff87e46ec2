"""Reads a claims file, CSV, Parquet or Excel, into a frame as it came: text stays text."""

import codecs
import csv
import io
import shutil
from collections import Counter
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import fastexcel
import polars as pl

from payrules.claims.columns import check_headings_are_names, shown
from payrules.errors import ClaimsError

_SEPARATORS = ",;\t"
#: Enough of a file to hold its heading row.
_HEAD_BYTES = 1 << 20
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_file(path: Path) -> tuple[pl.DataFrame, str]:
    """Read one claims file: its rows under its own headings, and the sha256 of its bytes.

    Rows of a CSV or Excel file that are blank all over are still there, all null.
    """
    readers = {
        ".csv": _read_csv,
        ".txt": _read_csv,
        ".tsv": _read_csv,
        ".parquet": _read_parquet,
        ".xlsx": _read_excel,
        ".xlsm": _read_excel,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ClaimsError(
            f"{path.name} is no claims file payrules can read: its name must end in"
            f" {', '.join(readers)}."
        )
    sha256 = sha256_of(path)
    try:
        return reader(path), sha256
    except OSError as error:
        raise ClaimsError(f"{path.name} cannot be opened: {error.strerror}.") from None


def sha256_of(path: Path) -> str:
    """Give the sha256 of a claims file's bytes; ClaimsError if there is none, or it is empty."""
    try:
        with path.open("rb") as stream:
            sha256 = file_digest(stream, "sha256").hexdigest()
        if path.stat().st_size == 0:
            raise ClaimsError(f"{path.name} is empty.")
    except FileNotFoundError:
        raise ClaimsError(f"There is no file {path}.") from None
    except OSError as error:
        raise ClaimsError(f"{path.name} cannot be opened: {error.strerror}.") from None
    return sha256


@dataclass(frozen=True)
class _Form:
    """How a CSV file is written."""

    encoding: str
    separator: str
    end_of_line: str
    names: list[str]


def _csv_form(path: Path) -> _Form:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    encoding = "utf-16" if head.startswith(_UTF_16_MARKS) else "utf-8-sig"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = head.decode(encoding)
    first_line = text.splitlines()[0] if text.strip() else ""
    if not first_line.strip():
        raise ClaimsError(f"{path.name} has no headings in its first line.")
    unquoted = "".join(first_line.split('"')[::2])
    separator = max(_SEPARATORS, key=unquoted.count)
    end_of_line = "\r" if "\r" in text and "\n" not in text else "\n"
    try:
        first_row = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise ClaimsError(_csv_fault(path, separator)) from None
    return _Form(encoding, separator, end_of_line, _headings(first_row, path))


def _read_csv(path: Path) -> pl.DataFrame:
    form = _csv_form(path)
    try:
        return _parse_csv(path, form)
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError):
        # The parser's own message may quote a patient's row.
        raise ClaimsError(_csv_fault(path, form.separator)) from None


def _parse_csv(path: Path, form: _Form) -> pl.DataFrame:
    def parse(source: Path | bytes, encoding: str) -> pl.DataFrame:
        parsed = pl.read_csv(
            source,
            separator=form.separator,
            encoding=encoding,
            infer_schema=False,
            eol_char=form.end_of_line,
        )
        if parsed.width != len(form.names):
            raise pl.exceptions.ComputeError("headings")
        return parsed.rename(dict(zip(parsed.columns, form.names, strict=True)))

    if form.encoding == "utf-16":
        return parse(path.read_bytes().decode("utf-16", "replace").encode("utf-8"), "utf8")
    if form.encoding == "utf-8-sig":
        try:
            return parse(path, "utf8")
        except pl.exceptions.ComputeError as error:
            if "utf-8" not in str(error):
                raise
    return parse(path, "latin-1")


def csv_to_parquet(path: Path, target: Path) -> None:
    """Write a CSV file's rows as text to Parquet, in bounded memory.

    The rows are those of `read_file`. Raises ClaimsError where it would.
    """
    form = _csv_form(path)
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
        scanned = pl.scan_csv(
            source, separator=form.separator, infer_schema=False, eol_char=form.end_of_line
        )
        headings = scanned.collect_schema().names()
        if len(headings) != len(form.names):
            raise ClaimsError(_csv_fault(path, form.separator))
        try:
            scanned.rename(dict(zip(headings, form.names, strict=True))).sink_parquet(
                target, compression="lz4"
            )
        except pl.exceptions.ComputeError as error:
            if encoding == "utf-8-sig" and "utf-8" in str(error):
                continue
            raise ClaimsError(_csv_fault(path, form.separator)) from None
        finally:
            if source != path:
                source.unlink()
        return


def _csv_fault(path: Path, separator: str) -> str:
    """Find the row that is too long, slowly: the fast parser does not say which it is."""
    with path.open(encoding="latin-1", newline="") as stream:
        try:
            rows = csv.reader(stream, delimiter=separator)
            width = len(next(rows))
            for row, cells in enumerate(rows, 1):
                if len(cells) > width:
                    return (
                        f"Row {row} of {path.name} has {len(cells)} cells under {width} headings;"
                        " check its separators and quotation marks."
                    )
        except (csv.Error, StopIteration):
            pass
    return (
        f"{path.name} cannot be read as a table;"
        " a quotation mark that is never closed is the usual cause."
    )


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, hive_partitioning=False)
    except pl.exceptions.PolarsError:
        raise ClaimsError(f"{path.name} is not a Parquet file, or is damaged.") from None


def _read_excel(path: Path) -> pl.DataFrame:
    try:
        workbook = fastexcel.read_excel(path)
        sheet = workbook.load_sheet(0, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError:
        raise ClaimsError(
            f"{path.name} cannot be read as an Excel workbook; it may be damaged or protected."
        ) from None
    if sheet.is_empty():
        raise ClaimsError(f"The first sheet of {path.name} is empty.")
    names = _headings([name or "" for name in sheet.row(0)], path)
    # A cell that holds a day comes with midnight.
    rows = sheet.slice(1).with_columns(
        pl.all().str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$", "$1")
    )
    return rows.rename(dict(zip(sheet.columns, names, strict=True)))


def _headings(given: list[str], path: Path) -> list[str]:
    """Name the columns of a first row; one without a heading is named after its place."""
    names = [
        name.strip("\ufeff \t\r\n\xa0") or f"column_{place}" for place, name in enumerate(given, 1)
    ]
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        check_headings_are_names(names, path.name)
        raise ClaimsError(
            f"{path.name} has more than one column headed '{shown(repeated[0])}';"
            " remove or rename one."
        )
    return names
