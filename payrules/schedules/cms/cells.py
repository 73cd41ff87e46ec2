"""The cells of CMS's files as text, and the exact whole numbers made from them."""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import PurePath

import polars as pl

from payrules.counted import counted
from payrules.errors import ScheduleError
from payrules.files.worksheet_words import as_percent, first_sheet_read
from payrules.files.worksheets import Worksheet, read_worksheet
from payrules.frozen import frozen
from payrules.within_reason import Range, shown

#: More than any CMS file holds: the practitioner PTP edits are about 100 MB a file.
MOST_BYTES = 1 << 30
_HEAD_ROWS = 16
#: What DOS writes at the end of a text file.
_END_OF_FILE = "\x1a"


@frozen
class Source:
    """One file as CMS published it: its name (no folder) and its bytes."""

    name: str
    content: bytes

    @property
    def suffix(self) -> str:
        """The ending of the name, in lower case."""
        return PurePath(self.name).suffix.lower()

    @cached_property
    def sha256(self) -> str:
        """The hash by which the release record names these bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def text(self) -> str:
        """The bytes as text: UTF-8, or latin-1, which CMS uses and says nowhere."""
        text = as_text(self.content)
        return text.replace(_END_OF_FILE, "") if text.rstrip().endswith(_END_OF_FILE) else text

    @cached_property
    def sheet(self) -> Worksheet | None:
        """The first worksheet of a workbook, which is the one that is read; None of other files."""
        if self.suffix != ".xlsx":
            return None
        return read_worksheet(self.content, self.name, ScheduleError)

    @property
    def not_seen(self) -> tuple[str, ...]:
        """What nobody sees who looks at a workbook: sheets not read, and what is hidden but was."""
        if self.sheet is None:
            return ()
        hidden = [f"{self.name}: {each}" for each in self.sheet.looks.in_words(self.sheet.cells)]
        if self.sheet.further:
            hidden.append(first_sheet_read(self.name, self.sheet.further))
        return tuple(hidden)


def as_text(content: bytes) -> str:
    """Decode UTF-8 (with or without a byte order mark), UTF-16 with one, or else latin-1."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def head(source: Source) -> list[list[str]]:
    """Give the first rows of a CSV, TXT or XLSX file, blanks stripped; enough to recognise it."""
    if source.suffix == ".xlsx":
        return _cells(read_worksheet(source.content, source.name, ScheduleError, _HEAD_ROWS))
    beginning = _cut(source, as_text(source.content[:40_000]))
    return [[cell.strip() for cell in row] for row in islice(beginning, _HEAD_ROWS)]


def rows(source: Source, *, first_cell_only: bool = False) -> list[list[str]]:
    """Give every row of a CSV, TXT or XLSX file as text, blanks stripped.

    A workbook's number that its cell shows as a percentage comes as that: 20%. Where only the first
    cell of a row counts, a last row without its line end is whole if that cell has an end.
    """
    if source.sheet is not None:
        return _cells(source.sheet)
    # Cut off inside its last number, a file would still read well, and wrongly.
    last = source.text[source.text.rfind("\n") + 1 :]
    ended = first_cell_only and re.match(r"[^,\t]*[,\t]", last)
    if "\r\n" in source.text and last.strip(", \t\r") and not ended:
        raise ScheduleError(
            f"{source.name} ends in the middle of a row, where every other row has its line end: "
            "it is cut short; download it again."
        )
    return [[cell.strip() for cell in row] for row in _cut(source, source.text)]


def header_at(
    source: Source, cells: list[list[str]], is_header: Callable[[list[str]], bool]
) -> int:
    """Give the index of the row of headings; ScheduleError if there is none."""
    for at, row in enumerate(cells):
        if is_header(row):
            return at
    raise ScheduleError(f"{source.name} has no row of headings payrules recognizes.")


def listed(headings: Iterable[str]) -> str:
    """List headings for a sentence: each on one line, and not all of a long one."""
    return "; ".join(shown(heading) for heading in headings if heading)


def texts_below(
    source: Source, cells: list[list[str]], header: int, names: Sequence[str | None]
) -> pl.DataFrame:
    """Give the rows below the headings as text, with their numbers: a column a name, None left out.

    Refuses a file with a row that is cut short, or with none.
    """
    body = [(n, row) for n, row in enumerate(cells[header + 1 :], header + 2) if any(row)]
    for number, row in body:
        if len(row) < len(names):
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
    if not body:
        raise ScheduleError(f"{source.name} holds no codes.")
    kept = {name: [row[at] for _, row in body] for at, name in enumerate(names) if name}
    return pl.DataFrame({"row": [number for number, _ in body]} | kept)


def _cut(source: Source, text: str) -> Iterator[list[str]]:
    separator = "\t" if "\t" in text[:4_000] else ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as fault:
        raise ScheduleError(f"{source.name} cannot be read as rows and cells: {fault}.") from None


def _cells(sheet: Worksheet) -> list[list[str]]:
    cells = sheet.cells
    for place, marked in sheet.looks.percentages.items():
        as_shown = as_percent(cells.to_series(place), marked)
        cells = cells.with_columns(as_shown.set(marked, None).fill_null(as_shown + "%"))
    return [[(cell or "").strip() for cell in row] for row in cells.rows()]


def refused(source: Source, row: int, column: str, found: str, wanted: str) -> ScheduleError:
    """Say which cell of which file is wrong, what stands there and what was expected."""
    return ScheduleError(
        f"{source.name}, row {row}, {column}: found '{shown(found)}', expected {wanted}."
    )


def must_match(source: Source, texts: pl.DataFrame, column: str, pattern: str, wanted: str) -> None:
    """Refuse the file unless every cell of the column is of the pattern."""
    wrong = texts.filter(~pl.col(column).str.contains(f"^(?:{pattern})$"))
    if wrong.height:
        first = wrong.row(0, named=True)
        raise refused(source, first["row"], column, first[column], wanted)


def with_days(
    source: Source, texts: pl.DataFrame, column: str, form: str, nothing: str = ""
) -> pl.DataFrame:
    """Turn a column of texts into days of the calendar, written in a form of `strptime`.

    Cells of the pattern `nothing` name none: null. Any other that names none is refused.
    """
    names_one = ~pl.col(column).str.contains(f"^(?:{nothing})$")
    named = pl.when(names_one).then(pl.col(column)).str.to_date(form, strict=False)
    days = texts.select(named).to_series().alias(column)
    wrong = texts.filter(names_one & pl.lit(days).is_null())
    if wrong.height:
        first = wrong.row(0, named=True)
        raise refused(source, first["row"], column, first[column], "a day of the calendar")
    return texts.with_columns(days)


def scaled(source: Source, texts: pl.DataFrame, columns: Mapping[str, Range]) -> pl.DataFrame:
    """Turn number texts into Int64 of 10⁻ⁿ: column → what is within reason there.

    Exact, with no float on the way; a number out of range is refused, so that the products of
    pricing cannot overflow 64 bits.
    """
    for column, within in columns.items():
        decimals = within.decimals
        digits = rf"(\d{{0,{18 - decimals}}})(?:\.(\d{{0,{decimals}}})0*)?"
        must_match(source, texts, column, r"\d.*|\.\d.*", "a number")
        must_match(
            source,
            texts,
            column,
            digits,
            f"{_wanted(within)} of at most {counted(decimals, 'decimal')}",
        )
        part = pl.col(column).str.extract_groups(f"^{digits}$")
        after_point = part.struct.field("2").fill_null("").str.pad_end(decimals, "0")
        scaled_text = pl.concat_str(pl.lit("0"), part.struct.field("1"), after_point)
        number = scaled_text.cast(pl.Int64).alias("number")
        over = texts.with_columns(number).filter(pl.col("number") > within.most_units)
        if over.height:
            first = over.row(0, named=True)
            raise refused(source, first["row"], column, first[column], _wanted(within))
        texts = texts.with_columns(number.alias(column))
    return texts


def _wanted(within: Range) -> str:
    return f"a number to {within.most}"


def no_repeats(source: Source, table: pl.DataFrame, key: list[str]) -> None:
    """Refuse the file if two rows have the same key."""
    repeated = table.filter(pl.struct(key).is_duplicated())
    if repeated.height:
        found = ", ".join(repr(value) for value in repeated.select(key).row(0))
        raise ScheduleError(f"{source.name} holds two rows for {' and '.join(key)} {found}.")
