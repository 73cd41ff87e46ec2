"""Reads a claims file, CSV, Parquet or Excel, into a frame as it came: text stays text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from payrules.claims.columns import shown
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.csv_files import CSV_ENDINGS, read_csv_claims
from payrules.claims.headed import TableRead
from payrules.claims.reading import Reading
from payrules.claims.rejects_file import NOTE, Returned, is_rejects, returned
from payrules.errors import ClaimsError
from payrules.files.packed import named_by_content, unpacked
from payrules.files.tables import (
    STANDARD_INPUT,
    content_of,
    damaged,
    read_parquet,
    shown_name,
)
from payrules.files.worksheet_words import as_percent, percentages_in_words
from payrules.frozen import frozen
from payrules.x12.segments import is_x12

if TYPE_CHECKING:
    from payrules.claims.x12_claims import X12Claims
    from payrules.x12.found import X12File

#: Enough of a file to tell that it is X12, blanks before it aside.
_HEAD_OF_X12 = 1 << 12


@frozen
class ClaimsFile:
    """A table file as it was read: its rows under its own headings, all text but in Parquet.

    `further_sheets` numbers the worksheets of a workbook that hold something and were not read,
    `hidden` says what of the one that was is hidden, and `percentages` marks, by heading, the cells
    that hold a number which is shown as a percentage, `number_cells` those that hold any number,
    where that is asked; `reading` begins the reading report, with what only the reader of this kind
    of file knows; `x12` is what the file tells beside its rows where it is no table but X12. Of a
    rejects file `said` is what holds of these rows' columns, and `numbers` are those of its rows.
    """

    name: str
    rows: pl.DataFrame
    sha256: str
    further_sheets: tuple[int, ...] = ()
    reading: Reading | None = None
    x12: "X12Claims | None" = None
    said: ColumnsFile | None = None
    numbers: pl.Series | None = None
    hidden: tuple[str, ...] = ()
    percentages: Mapping[str, pl.Series] = field(default_factory=dict)
    number_cells: Mapping[str, pl.Series] = field(default_factory=dict)

    def with_percentages(self, heading: str) -> tuple["ClaimsFile", tuple[str, ...]]:
        """Give the file with a column of percentages as its cells show them, and what is to say."""
        if heading not in self.percentages:
            return self, ()
        cells = as_percent(self.rows.get_column(heading), self.percentages[heading])
        told = f"{self.name}: {percentages_in_words(shown(heading))}"
        return replace(self, rows=self.rows.with_columns(cells)), (told,)

    def told_of_hidden(self) -> tuple[str, ...]:
        """Say of a file beside the claims what of it is hidden; a batch's reading report does."""
        return tuple(f"{self.name}: {each}" for each in self.hidden)


def read_file(path: Path) -> ClaimsFile:
    """Read one file, and hash the bytes that were read: see `read_files`."""
    read, *_ = read_files([path])
    return read


def read_files(
    paths: Sequence[Path],
    said: ColumnsFile | None = None,
    answered: Mapping[str, str] | None = None,
) -> list[ClaimsFile]:
    """Read the files of a run: tables, and X12 whatever its ending, known by its first characters.

    A workbook gives a table for each worksheet that is wanted. Rows of a CSV or Excel file that are
    blank all over are still there, all null. Claims in X12 are settled together: a claim of one
    file may replace a claim of another, which `answered` may tell (payer's number → claim's).
    """
    said = said or ColumnsFile()
    read = [each for path in paths for each in _read(path, said)]
    of_x12 = _settled([each for each in read if not isinstance(each, ClaimsFile)], answered)
    return [each if isinstance(each, ClaimsFile) else next(of_x12) for each in read]


def is_x12_file(path: Path) -> bool:
    """Tell whether a file is X12, by its first characters."""
    with path.open("rb") as stream:
        return is_x12(stream.read(_HEAD_OF_X12))


def _settled(
    files: Sequence["X12File"], answered: Mapping[str, str] | None
) -> Iterator[ClaimsFile]:
    """Give the claims of X12 files, settled together."""
    if not files:
        return
    from payrules.claims.x12_claims import settled  # noqa: PLC0415 - takes long to load

    for claims in settled(files, answered):
        yield ClaimsFile(claims.file.name, claims.lines, claims.file.sha256, x12=claims)


def _read(path: Path, said: ColumnsFile) -> Sequence["ClaimsFile | X12File"]:
    readers: dict[str, Callable[[bytes, str, ColumnsFile], list[TableRead]]] = {
        **dict.fromkeys(CSV_ENDINGS, read_csv_claims),
        ".parquet": _read_parquet,
        **dict.fromkeys(
            (".xlsx", ".xlsm", ".xls"), partial(_read_excel, numbers=said.has_decimal_commas)
        ),
    }
    name = shown_name(path)
    packed = content_of(path, ClaimsError)
    path = named_by_content(packed) if path == STANDARD_INPUT else path
    content, path = unpacked(packed, path, name, ClaimsError)
    reader = readers.get(path.suffix.lower())
    if is_x12(content[:_HEAD_OF_X12]):
        from payrules.claims.x12_claims import read_x12  # noqa: PLC0415 - takes long to load

        return [read_x12(content, name, packed)]
    if reader is None:
        raise ClaimsError(
            f"{name} is not a claims file payrules can read: its name must end in"
            f" {', '.join(readers)} (also with .gz, or in a .zip of one file), or it must begin"
            " with ISA, as X12 does."
        )
    hashed = sha256(packed).hexdigest()
    return [
        each
        for table in reader(content, name, said.of_file(name))
        for each in _of_table(table, said, hashed)
    ]


def _of_table(table: TableRead, said: ColumnsFile, hashed: str) -> Iterator[ClaimsFile]:
    """Give a table's rows; those of a rejects file, file by file."""
    name, reading = table.reading.file, table.reading
    if not is_rejects(table.rows.columns):
        yield ClaimsFile(
            name,
            table.rows,
            hashed,
            table.further,
            reading,
            hidden=table.hidden,
            percentages=table.percentages,
            number_cells=table.number_cells,
        )
        return
    # The page of a workbook holds text as it is; its headings are capitalized.
    guarded = reading.heading_row is not None and table.rows.columns[0].islower()
    first_row = reading.above + 1
    for each in returned(name, table.rows, said, first_row=first_row, guarded=guarded):
        told = replace(reading, file=each.name, notes=(*reading.notes, NOTE), rows_of=each.rows_of)
        yield ClaimsFile(
            each.name,
            each.rows,
            hashed,
            table.further,
            told,
            said=each.said,
            numbers=each.numbers,
            percentages=_of_rows(table.percentages, each, first_row),
            number_cells=_of_rows(table.number_cells, each, first_row),
        )


def _of_rows(
    marked: Mapping[str, pl.Series], returned_rows: Returned, first_row: int
) -> dict[str, pl.Series]:
    """Give the marks of a rejects file's cells for the rows that are of one claims file."""
    at = returned_rows.numbers - first_row
    return {
        heading: marked[given].gather(at)
        for heading, given in returned_rows.given.items()
        if given in marked
    }


def _read_parquet(content: bytes, name: str, _: ColumnsFile) -> list[TableRead]:
    with damaged(not_parquet(name)):
        return [TableRead(read_parquet(content), Reading(name, "Parquet"))]


def not_parquet(name: str) -> ClaimsError:
    """Say that a file is no Parquet file."""
    return ClaimsError(f"{name} is not a Parquet file, or is damaged.")


def _read_excel(content: bytes, name: str, said: ColumnsFile, *, numbers: bool) -> list[TableRead]:
    from payrules.claims.excel_files import read_excel_claims  # noqa: PLC0415 - takes long to load

    return read_excel_claims(content, name, said, numbers=numbers)
