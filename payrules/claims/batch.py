"""The encounter batch: claim lines that can be priced, and the rows that cannot, with reasons."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING

import polars as pl

from payrules.claims import columns
from payrules.claims.checks.localities import FindLocality, Places, near_localities
from payrules.claims.columns import KEY, normal, shown
from payrules.claims.columns_file import AnyColumns, ColumnsFile, fits
from payrules.claims.columns_toml import columns_file
from payrules.claims.faultless import FILE, ROW, faultless
from payrules.claims.in_memory import Claims, files_or_frame
from payrules.claims.questions import ask, evidence_of
from payrules.claims.readers import ClaimsFile, read_files
from payrules.claims.reading import Reading
from payrules.claims.rejects import faults_of, put_to, repeats_among
from payrules.claims.rejects_file import NOTE, is_rejects, returned
from payrules.claims.reversals import credits_of, net
from payrules.claims.sheet import IN_MEMORY, Sheet
from payrules.errors import ClaimsError, UsageError
from payrules.few import filled, in_one_piece, increase
from payrules.frozen import frozen
from payrules.nearest import either, nearest

if TYPE_CHECKING:
    from payrules.x12.found import X12File


@frozen
class BatchFile:
    """A claims file that was read: its name without folder, its sha256, its number of rows.

    `further_sheets` numbers the worksheets of a workbook that hold something and were not read,
    `reading` says what each of its columns was read as.
    """

    name: str
    sha256: str
    rows: int
    further_sheets: tuple[int, ...] = ()
    reading: Reading | None = None

    @classmethod
    def of(cls, read: ClaimsFile, sheet: Sheet) -> "BatchFile":
        """Say what was read of a file."""
        return cls(read.name, read.sha256, sheet.rows_in, read.further_sheets, sheet.reading)


@frozen
class Batch:
    """Claim lines in input order, typed, and the rejected rows as they came.

    `lines` has every column of the interface, absent ones filled: amounts are Int64 cents, units
    Int64 thousandths, `service_date` the claim line's start date. `rejects` has `row` (as a
    spreadsheet numbers it, headings counted; lines in memory or Parquet from 1; of X12 the
    segment's position), `column`, `value`, `reason` and the raw row as text; with several files
    also `file`. `rows_in` = lines + rejects. `given` names the columns of the lines that the
    input had. `carried` are the columns payrules does not know, as text, in the order of the lines:
    put aside, so that no name of theirs can touch the pricing, and joined to the results
    by row. `renamed` says which of them got another name there, because a result has theirs.
    `reversed` lists credits and the lines that they take back, None where there are none; `history`
    has the lines that only count for coverage policies, and are never priced, with the name of
    their `file`; `facility` those of facilities' own bills; None without any.
    Claims in X12 come with more: `superseded` lists lines in whose place another claim stands and
    `set_aside` has them whole, a frame a file; `notes` is what is noted on each line, null where
    nothing is, and `x12` what each file tells of itself. `rows_in` = lines + rejects + superseded +
    reversed + history + facility. `readings` says of each file, or each worksheet, what its columns
    were read as.
    """

    lines: pl.DataFrame
    rejects: pl.DataFrame
    rows_in: int
    files: tuple[BatchFile, ...]
    carried: pl.DataFrame
    given: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    superseded: pl.DataFrame | None = None
    set_aside: tuple[pl.DataFrame, ...] = ()
    reversed: pl.DataFrame | None = None
    history: pl.DataFrame | None = None
    facility: pl.DataFrame | None = None
    notes: pl.Series | None = None
    x12: "tuple[X12File, ...]" = ()
    readings: tuple[Reading, ...] = ()


def read_batch(
    claims: Claims,
    *,
    columns: AnyColumns | None = None,
    localities: Collection[str],
    default_locality: str | None = None,
    zips: pl.DataFrame | None = None,
    needs_locality: bool | pl.Expr = True,
    find_locality: FindLocality | None = None,
    answered: Mapping[str, str] | None = None,
    facility_bills: bool = False,
) -> Batch:
    """Read claims and check every row: files (CSV, Parquet, Excel), or lines in memory.

    `columns` maps our column names to the files' own headings; `localities` are those of the fee
    schedules, `default_locality` serves rows that name neither locality nor ZIP, `zips` is CMS's
    ZIP table (zip, locality, plus_four_needed, and plus_four where ZIP9 is loaded);
    `find_locality` tells a locality's key by its state and name, `needs_locality` marks the lines
    that need one, or says that all or none do; `answered` says which claim a payer answered under
    which number of its own, for claims that replace that claim; with `facility_bills` a facility's
    own lines (`bill_type`) are set aside, without they are rejected. Raises ClaimsError
    when a file cannot be read, or lacks a needed column.
    """
    given, said = files_or_frame(claims), columns_file(columns)
    places = find_places(localities, default_locality, zips, needs_locality, find_locality)
    places = replace(places, facility_bills=facility_bills)
    if isinstance(given, pl.DataFrame):
        return check_sheets(_sheets_in_memory(given, said), (), said, places)
    sheets, files = [], []
    for read in read_files(given, said, answered):
        if read.x12 is not None:
            sheet = Sheet.of_x12(read.x12, said)
        else:
            known = said if read.said is None else read.said
            with _other_worksheets_told(read):
                sheet = Sheet.of(
                    read.name,
                    read.rows,
                    known,
                    read=read.reading,
                    rows=read.numbers,
                    percentages=read.percentages,
                    number_cells=read.number_cells,
                )
        sheets.append(sheet)
        files.append(BatchFile.of(read, sheet))
    if not sheets:
        raise ClaimsError("No claims file was given.")
    return check_sheets(sheets, tuple(files), said, places)


@contextmanager
def _other_worksheets_told(read: ClaimsFile) -> Iterator[None]:
    """Let the fault of a worksheet that cannot be read end with where the claims may be."""
    try:
        yield
    except ClaimsError as fault:
        if read.further_sheets:
            numbers = ", ".join(map(str, read.further_sheets))
            sheet = shown(read.reading.sheet or "") if read.reading else ""
            told = (
                f"{fault.args[0]} Only worksheet '{sheet}' was looked at; there is also data on"
                f" number {numbers}, which --sheet {read.further_sheets[0]} reads."
            )
            fault.args = (told, *fault.args[1:])
        raise


def _sheets_in_memory(given: pl.DataFrame, said: ColumnsFile) -> list[Sheet]:
    """Take lines in memory; rejects among them, corrected, as those of the files they are of."""
    if not is_rejects(given.columns):
        return [Sheet.of(IN_MEMORY, given, said)]
    return [
        Sheet.of(
            each.name,
            each.rows,
            each.said,
            read=Reading(each.name, notes=(NOTE,), rows_of=each.rows_of),
            rows=each.numbers,
        )
        for each in returned(IN_MEMORY, given, said, first_row=1, guarded=False)
    ]


def find_places(
    localities: Collection[str],
    default_locality: str | None,
    zips: pl.DataFrame | None,
    needed: bool | pl.Expr,
    find: FindLocality | None,
) -> Places:
    """Say what localities are checked against; ClaimsError for an unknown default."""
    places = Places(frozenset(localities), None, zips, needed, find)
    if default_locality is not None:
        given, default_locality = default_locality, places.written(default_locality.strip())
        if needed is not False and default_locality not in localities:
            near = near_localities(places, given.strip())
            raise ClaimsError(
                f"The locality '{given}' {places.why_none(given.strip())}"
                + (f"; perhaps {near}." if near else ".")
            )
    return replace(places, default_locality=default_locality)


def check_sheets(
    sheets: Sequence[Sheet],
    files: tuple[BatchFile, ...],
    said: ColumnsFile,
    places: Places,
) -> Batch:
    """Check the rows of all files, each by itself and then against the others."""
    _check_mapped_headings(sheets, said)
    lines, faulty = zip(
        *(faultless(sheet, number, places) for number, sheet in enumerate(sheets)), strict=True
    )
    for sheet, chosen in zip(sheets, faulty, strict=True):
        if sheet.x12 is None:
            ask(sheet, evidence_of(sheet, chosen))
    came = pl.concat(lines, how="diagonal")
    netted = net(
        came,
        [
            credits_of(sheet, number, chosen, places)
            for number, (sheet, chosen) in enumerate(zip(sheets, faulty, strict=True))
        ],
        [sheet.name for sheet in sheets],
    )
    stands = None if netted is None else ~netted.lines
    past = is_history(came)
    if past is not None:
        stands = ~past if stands is None else stands & ~past
    bills = is_facility_bill(came)
    if bills is not None:
        stands = ~bills if stands is None else stands & ~bills
    seen = came if stands is None else came.filter(stands)
    is_first = _first_seen(seen)
    accepted, repeats = _parted(seen, is_first)
    rejects = []
    for number, (sheet, chosen) in enumerate(zip(sheets, faulty, strict=True)):
        refused = chosen if netted is None else chosen & ~sheet.rows.is_in(netted.rows_of(number))
        rejects.append(faults_of(sheet.only(refused), number, places))
    rejects += repeats_among(sheets, accepted, repeats)
    of_x12 = [(number, sheet.x12) for number, sheet in enumerate(sheets) if sheet.x12 is not None]
    rejects += [put_to(number, claims.file.name, claims.rejects) for number, claims in of_x12]
    rejected = pl.concat(rejects, how="diagonal").sort(FILE, "row", maintain_order=True).drop(FILE)
    names = columns.names_of_carried(heading for sheet in sheets for heading in sheet.carried())
    aside = [
        carried_of(sheet, ~chosen, names) for sheet, chosen in zip(sheets, faulty, strict=True)
    ]
    carried = _kept(pl.concat(aside), stands, is_first) if names else pl.DataFrame()
    known = in_one_piece(accepted.drop(FILE, ROW))
    aside_of = [
        None if each is None else _of_their_files(came.filter(each), sheets)
        for each in (
            past if past is None or netted is None else past & ~netted.lines,
            bills if bills is None or netted is None else bills & ~netted.lines,
        )
    ]
    return Batch(
        lines=known,
        history=aside_of[0],
        facility=aside_of[1],
        # Whoever reads them back needs to know which file's [[where]] is theirs.
        rejects=rejected if len(sheets) > 1 or said.where else rejected.drop("file"),
        rows_in=sum(sheet.rows_in for sheet in sheets),
        files=files,
        carried=carried,
        given=tuple(given_columns(sheets, accepted)),
        renamed={heading: name for heading, name in names.items() if name != heading},
        superseded=pl.concat([claims.superseded for _, claims in of_x12]) if of_x12 else None,
        set_aside=tuple(claims.set_aside for _, claims in of_x12),
        reversed=None if netted is None else netted.listed,
        notes=_notes(sheets, faulty, stands, is_first) if of_x12 else None,
        x12=tuple(claims.file for _, claims in of_x12),
        readings=_readings(sheets, said),
    )


def _of_their_files(rows: pl.DataFrame, sheets: Sequence[Sheet]) -> pl.DataFrame:
    """Give rows that were set aside the name of their `file`."""
    of_file = dict(enumerate(sheet.name for sheet in sheets))
    named = pl.col(FILE).replace_strict(of_file, return_dtype=pl.String)
    return rows.with_columns(file=named).drop(FILE, ROW)


def is_facility_bill(lines: pl.DataFrame) -> pl.Series | None:
    """Mark the lines of facilities' own bills; None where there are none."""
    if columns.BILL_TYPE not in lines.columns:
        return None
    bills = (lines[columns.BILL_TYPE] == columns.FACILITY_BILL).fill_null(value=False)
    return bills if bills.any() else None


def is_history(lines: pl.DataFrame) -> pl.Series | None:
    """Mark the lines that only count for coverage policies; None where there are none."""
    if columns.HISTORY_ONLY not in lines.columns:
        return None
    past = lines[columns.HISTORY_ONLY].fill_null(value=False)
    return past if past.any() else None


def refuse_history(history: pl.DataFrame | None, claim: str) -> None:
    """Refuse a claim that the batch has as history alone: UsageError."""
    if history is not None and history["claim_id"].eq(claim).any():
        raise UsageError(
            "The claim's rows are history_only: they count for coverage policies, and are never"
            " priced."
        )


def _kept(
    carried: pl.DataFrame, stands: pl.Series | None, is_first: pl.Series | None
) -> pl.DataFrame:
    """Keep what is carried of the lines that no credit takes back and that repeat none."""
    for mask in (stands, is_first):
        carried = carried if mask is None else carried.filter(mask)
    return carried


def _notes(
    sheets: Sequence[Sheet],
    faulty: Sequence[pl.Series],
    stands: pl.Series | None,
    is_first: pl.Series | None,
) -> pl.Series:
    """Give what is noted on each accepted line."""
    of_sheets = [
        pl.Series([None], dtype=pl.String).new_from_index(0, sheet.frame.height)
        if sheet.x12 is None
        else sheet.x12.notes
        for sheet in sheets
    ]
    notes = pl.concat(
        [each.filter(~chosen) for each, chosen in zip(of_sheets, faulty, strict=True)]
    )
    return _kept(notes.to_frame(), stands, is_first).to_series()


def carried_of(sheet: Sheet, chosen: pl.Series, names: Mapping[str, str]) -> pl.DataFrame:
    """Give the carried columns of some of a file's rows as text, under their names in the results.

    A column of `names` that the file has not is empty.
    """
    if not names:
        return pl.DataFrame()
    theirs = set(sheet.carried())
    absent = pl.Series([None], dtype=pl.String).new_from_index(0, sheet.frame.height)
    carried = pl.DataFrame(
        [
            (sheet.as_text(heading) if heading in theirs else absent).alias(name)
            for heading, name in names.items()
        ]
    )
    return carried if chosen.all() else carried.filter(chosen)


def given_columns(sheets: Sequence[Sheet], lines: pl.DataFrame) -> list[str]:
    """Name the lines' columns that the files had, one modifier column for each that is filled."""
    theirs = {
        columns.among_lines(ours)
        for sheet in sheets
        for ours in sheet.there
        if ours not in sheet.spread
    }
    theirs |= {*filled(lines, columns.MODIFIERS)}
    if columns.JOINED_MODIFIERS in theirs:
        theirs.add(columns.MODIFIERS[0])
    return [name for name in lines.columns if name in theirs]


def _readings(sheets: Sequence[Sheet], said: ColumnsFile) -> tuple[Reading, ...]:
    """Give the files' reading reports; the first says which [[where]] is for none of the files."""
    first, *others = [sheet.reading for sheet in sheets]
    unused = tuple(
        f"[[where]] for files = '{files}' of the columns file is for none of the files given."
        for files in said.patterns()
        if not any(fits(sheet.reading.rows_of or sheet.name, files) for sheet in sheets)
    )
    return replace(first, notes=(*first.notes, *unused)), *others


def _check_mapped_headings(sheets: Sequence[Sheet], said: ColumnsFile) -> None:
    """Refuse a map that names a heading which no file has: a slip there would drop a column."""
    headings = {normal(name): name for sheet in sheets for name in sheet.frame.columns}
    for ours, theirs in said.headings():
        if normal(theirs) not in headings:
            near = either(nearest(normal(theirs), headings))
            raise ClaimsError(
                f"The columns file gives '{theirs}' for '{ours}', but no claims file has it"
                + (f"; perhaps {near}." if near else ".")
            )


def _first_seen(lines: pl.DataFrame) -> pl.Series | None:
    """Mark the claim lines that are seen for the first time; None where all are."""
    if increase(*lines.select(KEY)):  # as most programs write them
        return None
    key = pl.struct(KEY)
    # Counting hashes takes a third of the time, and most batches repeat nothing.
    if lines.select(key.hash().n_unique()).item() == lines.height:
        return None
    return lines.select(key.is_first_distinct()).to_series()


def _parted(lines: pl.DataFrame, is_first: pl.Series | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the claim lines that are seen for the first time from those that repeat one."""
    if is_first is None:
        return lines, lines.clear()
    return lines.filter(is_first), lines.filter(~is_first)
