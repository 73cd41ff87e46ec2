"""A batch too large to hold: its rows are checked piece by piece, with the verdicts of one look.

A row's place is its number in the whole batch, from 0 through all files. Whether a claim line
repeats one of another piece is not seen here: `first_places` tells it of claim lines brought
together by their key.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from payrules.claims.batch import (
    Batch,
    BatchFile,
    carried_of,
    check_sheets,
    find_places,
)
from payrules.claims.checks.localities import FindLocality
from payrules.claims.columns import KEY, names_of_carried
from payrules.claims.columns_file import AnyColumns, ColumnsFile
from payrules.claims.columns_toml import columns_file
from payrules.claims.csv_files import CSV_ENDINGS, csv_reading, csv_to_parquet, is_csv_of_rejects
from payrules.claims.faultless import FILE, ROW, faultless
from payrules.claims.guess import ROWS_LOOKED_AT, columns_text
from payrules.claims.headed import named_by_place
from payrules.claims.made_columns import line_numbers
from payrules.claims.questions import Evidence, ask, evidence_of
from payrules.claims.readers import is_x12_file, not_parquet
from payrules.claims.reading import Reading, told_together
from payrules.claims.rejects import faults_of, put_to, repeats_of
from payrules.claims.rejects_file import is_rejects
from payrules.claims.reversals import credits_of, listed
from payrules.claims.sheet import Sheet
from payrules.claims.totals_row import totals_rows
from payrules.claims.unheeded import never_met, values_met
from payrules.claims.x12_pieces import read_in_pieces
from payrules.errors import ClaimsError
from payrules.files.tables import HashedFile, damaged, scan_parquet, shown_name
from payrules.files.whole import put_in_own_folder
from payrules.frozen import frozen

#: Enough of a file to hold its first headings.
_HEAD_BYTES = 1 << 10
#: The column of the lines that holds a row's place in the batch.
PLACE = "_payrules_place"
#: The column of the lines that holds what was noted when they were read.
NOTE = "_payrules_note"


@frozen
class Piece:
    """Some rows of one file: `rows` from place `start`, row `first_row` below the headings."""

    file: int
    start: int
    first_row: int
    rows: int


@frozen
class Checked:
    """The checked rows of a piece.

    `lines` are those without a fault, typed, with `PLACE`, those of X12 with `NOTE`; `carried` what
    they carry, put aside in the same order; `rejects` the others, in order; `rows` how many were
    read. `evidence` is what the rejects prove of how the file is written, `told` how its columns
    were understood, `totals` which rows hold totals, `met` which values that the columns file names
    there are; `credits` are those of the rejects that may take back a line of some piece, as lines
    with `PLACE`.
    """

    lines: pl.DataFrame
    carried: pl.DataFrame
    rejects: pl.DataFrame
    rows: int
    evidence: Evidence
    told: Mapping[str, str]
    totals: Sequence[str]
    met: Mapping[str, Sequence[str]]
    credits: pl.DataFrame | None


class PiecedBatch:
    """Claims files that are read piece by piece, in the order given."""

    def __init__(
        self,
        files: Sequence[HashedFile],
        folder: Path,
        *,
        columns: AnyColumns | None = None,
        localities: Collection[str],
        default_locality: str | None = None,
        zips: pl.DataFrame | None = None,
        needs_locality: bool | pl.Expr = True,
        find_locality: FindLocality | None = None,
    ) -> None:
        """Look at files that were hashed; a CSV is first written as Parquet to `folder`.

        Raises ClaimsError where `read_batch` would, and for a workbook: it holds no large batch.
        """
        self._said = columns_file(columns)
        self._places = find_places(
            localities, default_locality, zips, needs_locality, find_locality
        )
        self._hashed = files
        self._numbered: dict[int, pl.Series] = {}
        self._names = [shown_name(file.path) for file in files]
        for path in (file.path for file in files):
            _refuse_rejects(path)
        numbers = [number for number, file in enumerate(files) if is_x12_file(file.path)]
        read = read_in_pieces([files[number] for number in numbers], folder)
        self._x12 = dict(zip(numbers, read, strict=True))
        self._scans = [
            self._x12[number].scan
            if number in self._x12
            else _scan(file, folder / f"file-{number}.parquet", self._said)
            for number, file in enumerate(files)
        ]
        self._empty = [self._without_rows(number) for number in range(len(files))]
        self._above = [sheet.reading.above for sheet in self._empty]
        self._carried = names_of_carried(
            heading for sheet in self._empty for heading in sheet.carried()
        )
        self.files = tuple(
            self._file(number, self._read(number, scan.select(pl.len())).item())
            for number, scan in enumerate(self._scans)
        )

    def _without_rows(self, number: int) -> Sheet:
        """Match a file's headings; a fault ends with the columns file that it might have."""
        if number in self._x12:
            return Sheet.of_x12(self._x12[number].empty, self._said)
        name, scan, reading = self._names[number], self._scans[number], self._reading(number)
        try:
            return Sheet.of(name, self._read(number, scan.head(0)), self._said, read=reading)
        except ClaimsError as fault:
            if fault.to_keep:
                first = self._read(number, scan.head(ROWS_LOOKED_AT))
                rows = self._read(number, scan.select(pl.len())).item()
                fault.to_keep = tuple(columns_text(name, first, reading, rows).splitlines())
            raise

    def _file(self, number: int, rows: int) -> BatchFile:
        reading = replace(self._empty[number].reading, rows=rows)
        return BatchFile(self._names[number], self._hashed[number].sha256, rows, reading=reading)

    def without_rows(self) -> Batch:
        """Give the batch as it would be with none of its rows: its columns, in their order."""
        return check_sheets(self._empty, (), self._said, self._places)

    def pieces(self, most: int) -> list[Piece]:
        """Part the rows into pieces of at most so many, none of two files."""
        pieces = []
        begin = 0
        for number, file in enumerate(self.files):
            # What an X12 file has besides lines is a piece even where it has none.
            for first in range(0, max(file.rows, number in self._x12), most):
                rows = min(most, file.rows - first)
                pieces.append(Piece(number, begin + first, first + 1, rows))
            begin += file.rows
        return pieces

    def check(self, piece: Piece) -> Checked:
        """Check each row of a piece by itself; whether it repeats one of another is not seen."""
        sheet = self._sheet(piece)
        lines, faulty = faultless(sheet, piece.file, self._places)
        rejects = faults_of(sheet.only(faulty), piece.file, self._places)
        taking_back = credits_of(sheet, piece.file, faulty, self._places)
        place = self.place_of(piece, pl.col(ROW)).alias(PLACE)
        if sheet.x12 is not None:
            lines = lines.with_columns(sheet.x12.notes.filter(~faulty).alias(NOTE))
            of_file = self._x12[piece.file].rejects_of(piece.first_row - 1, piece.rows)
            rejects = pl.concat(
                [rejects, put_to(piece.file, sheet.x12.file.name, of_file)], how="diagonal"
            )
        return Checked(
            lines.with_columns(place).drop(FILE, ROW),
            carried_of(sheet, ~faulty, self._carried),
            self._of_files(rejects),
            lines.height + rejects.height,
            Evidence() if sheet.x12 is not None else evidence_of(sheet, faulty),
            {each.read_as: each.note for each in sheet.reading.columns if each.read_as},
            () if sheet.x12 else [*totals_rows(sheet.frame, sheet.rows, sheet.matched)],
            {} if sheet.x12 else values_met(self._said.of_file(sheet.name), sheet.given),
            None if taking_back is None else taking_back.with_columns(place).drop(FILE, ROW),
        )

    def reversed_of(self, lines: pl.DataFrame, taking_back: pl.DataFrame) -> pl.DataFrame:
        """List lines, and the credits that take them back, by their `PLACE`; a pair has one row."""
        return listed(self._with_rows(lines), self._with_rows(taking_back), self._names)

    def _with_rows(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Add the file and row of each line's place."""
        place = pl.col(PLACE)
        return lines.with_columns(self._file_of(place).alias(FILE), self._row_at(place).alias(ROW))

    def place_of(self, piece: Piece, row: pl.Expr) -> pl.Expr:
        """Give the place of a row of a piece, which is numbered as in its file."""
        if piece.file in self._x12:
            positions = self._x12[piece.file].positions
            place = pl.lit(positions).search_sorted(row).cast(pl.Int64)
            return place + piece.start - piece.first_row + 1
        return row + (piece.start - piece.first_row - self._above[piece.file])

    def _row_at(self, place: pl.Expr) -> pl.Expr:
        """Number the row at a place as a spreadsheet does, or a segment, in its own file."""
        begins = zip(self._begins(), self._above, strict=False)
        starts = pl.Series([begin - above for begin, above in begins], dtype=pl.Int64)
        row = place - pl.lit(starts).gather(self._file_of(place)) + 1
        for number, x12 in self._x12.items():
            is_of_it = self._file_of(place) == number
            at = pl.when(is_of_it).then(place - self._begins()[number])
            row = pl.when(is_of_it).then(pl.lit(x12.positions).gather(at)).otherwise(row)
        return row

    def reading_of(self, number: int, seen: Sequence[Mapping[str, Any]], rows: int) -> Reading:
        """Put together what the pieces of a file tell of it: `told`, `totals` and `met` of each."""
        said = self._said.of_file(self._names[number])
        reading = told_together(self._empty[number].reading, [each["told"] for each in seen])
        totals = (note for each in seen for note in each["totals"])
        never = never_met(said, [each["met"] for each in seen]) if rows else ()
        return replace(reading, rows=rows, notes=(*reading.notes, *never, *totals))

    @property
    def superseded(self) -> pl.DataFrame | None:
        """The lines in whose place another claim stands; None where no file is X12."""
        return pl.concat([each.superseded for each in self._x12.values()]) if self._x12 else None

    def is_x12(self, piece: Piece) -> bool:
        """Tell whether a piece is of claims in X12: no row of it is a credit."""
        return piece.file in self._x12

    def _begins(self) -> list[int]:
        """Give the place of each file's first row, and the place after the last."""
        return list(accumulate((file.rows for file in self.files), initial=0))

    def _file_of(self, place: pl.Expr) -> pl.Expr:
        """Tell the file that a place is in."""
        return pl.sum_horizontal((place >= begin).cast(pl.Int64) for begin in self._begins()[1:])

    def ask(self, pieces: Sequence[Piece], evidence: Sequence[Evidence]) -> None:
        """Raise ClaimsError where rejects of some piece make a value of its file a question."""
        of_files: dict[int, Evidence] = {}
        for piece, found in zip(pieces, evidence, strict=True):
            of_files[piece.file] = of_files.get(piece.file, Evidence()) | found
        for piece in pieces:
            if of_files[piece.file]:
                ask(self._sheet(piece), of_files[piece.file])

    def repeats(self, piece: Piece, repeated: pl.DataFrame) -> pl.DataFrame:
        """Give the rejects of a piece's repeated claim lines.

        `repeated` has their `PLACE`, claim_line_number, and the place `first` each was seen in.
        """
        first = pl.col("first")
        said = repeated.sort(PLACE).with_columns(
            self._row_at(pl.col(PLACE)).alias(ROW),
            first_file=self._file_of(first),
            first_row=self._row_at(first),
        )
        return self._of_files(repeats_of(self._sheet(piece), piece.file, said, self._names))

    def _sheet(self, piece: Piece) -> Sheet:
        if piece.file in self._x12:
            claims = self._x12[piece.file].piece(piece.first_row - 1, piece.rows)
            return Sheet.of_x12(claims, self._said)
        some = self._scans[piece.file].slice(piece.first_row - 1, piece.rows)
        rows = self._read(piece.file, some)
        numbers = self._line_numbers(piece.file)
        return Sheet.of(
            self._names[piece.file],
            rows,
            self._said,
            piece.first_row,
            read=self._empty[piece.file].reading,
            numbers=None if numbers is None else numbers.slice(piece.first_row - 1, piece.rows),
        )

    def _reading(self, number: int) -> Reading:
        """Begin the reading report of a file."""
        path = self._hashed[number].path
        if path.suffix.lower() in CSV_ENDINGS:
            return csv_reading(path, self._said)
        return Reading(self._names[number], "Parquet")

    def _line_numbers(self, number: int) -> pl.Series | None:
        """Number the lines of a file's claims, if they are to be: a claim may be in two pieces."""
        if not self._said.of_file(self._names[number]).numbers_lines:
            return None
        if number not in self._numbered:
            sheet = self._empty[number]
            named = sheet.matched.get("claim_id")
            wanted = [*sheet.parts] if named is None else [named]
            # By its name: polars takes some headings for patterns.
            rows = self._read(number, self._scans[number].select(cs.by_name(wanted)))
            claims = Sheet.of_claims(rows, sheet, self._said)
            first_row = sheet.reading.above + 1
            skipped = sheet.skipped(pl.int_range(first_row, first_row + len(claims), eager=True))
            self._numbered[number] = line_numbers(claims.cast(pl.String).set(skipped, None))
        return self._numbered[number]

    def _read(self, number: int, wanted: pl.LazyFrame) -> pl.DataFrame:
        """Read of a file that is still the one that was hashed, before and after."""
        file = self._hashed[number]
        file.check_unchanged(ClaimsError)  # polars shows a panic where other bytes are there
        try:
            with damaged(not_parquet(self._names[number])):
                return wanted.collect()
        finally:  # a file that was changed is not told to be damaged
            file.check_unchanged(ClaimsError)

    def _of_files(self, rejects: pl.DataFrame) -> pl.DataFrame:
        """Give rejects with the name of their file where there are several."""
        is_told = len(self.files) > 1 or self._said.where
        return rejects.drop(FILE) if is_told else rejects.drop(FILE, "file")


def _refuse_rejects(path: Path) -> None:
    ending, name = path.suffix.lower(), shown_name(path)
    if is_x12_file(path):
        return
    if ending in CSV_ENDINGS:
        with path.open("rb") as stream:
            found = is_csv_of_rejects(stream.read(_HEAD_BYTES))
    elif ending == ".parquet":
        with damaged(not_parquet(name)):
            found = is_rejects(scan_parquet(path).collect_schema().names())
    else:
        return
    if found:
        raise ClaimsError(
            f"{name} is a rejects file of payrules, which is not priced in parts; give it in"
            " smaller files, or ask for another output than --lines, such as --output."
        )


def first_places(keys: pl.DataFrame) -> pl.DataFrame:
    """Give the claim lines that repeat one seen before: their `PLACE`, number, and `first` place.

    `keys` has the key and `PLACE` of all claim lines of some keys.
    """
    repeated = keys.filter(pl.struct(KEY).is_duplicated()).sort(PLACE)
    return (
        repeated.with_columns(first=pl.col(PLACE).first().over(KEY))
        .filter(pl.col("first") != pl.col(PLACE))
        .select(PLACE, "claim_line_number", "first")
    )


def _scan(file: HashedFile, converted: Path, said: ColumnsFile) -> pl.LazyFrame:
    ending, name = file.path.suffix.lower(), shown_name(file.path)
    if ending in CSV_ENDINGS:
        if not converted.exists():
            with put_in_own_folder(converted) as unfinished:
                csv_to_parquet(file.path, unfinished, said)
                file.check_unchanged(ClaimsError)
        return scan_parquet(converted)
    if ending == ".parquet":
        with damaged(not_parquet(name)):
            scan = scan_parquet(file.path)
            scan.collect_schema()
        return named_by_place(scan, name)
    raise ClaimsError(
        f"{name}: a batch that is priced in parts is read from .parquet or .csv files, or from"
        " claims in X12 (837P)."
    )
