"""Batches larger than memory: rows are parted by person, priced part by part, and put in order.

Every stage writes whole files into a folder beside the output and skips those that are there, so
a run that was stopped can be resumed. No stage holds more than one piece or one part:

    check     the rows of a piece: its typed lines, dealt by the part of their person, its rejects
    repeats   some millions of claim line keys at a time: which lines repeat one seen before
    price     a part, every line of its persons: their results, without what the claim said
    order     the lines of a piece beside their results from all parts, in the order of the rows

The lines of a piece that belong to a part lie together in the piece's file, and their results lie
together in the part's, in the same order: so both are found by counting, and nothing is joined.
The results are those of `payrules.runs.estimate.estimate`, row for row.
"""

import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from polars.io.plugins import register_io_source

from payrules import __version__
from payrules.claims.batch import KEY, BatchFile
from payrules.claims.checks.numbers import UNIT
from payrules.claims.columns import MODIFIERS
from payrules.claims.pieces import PLACE, Piece, PiecedBatch, first_places
from payrules.claims.readers import CSV_ENDINGS, is_x12_file
from payrules.engine.pricing import Priced
from payrules.errors import ClaimsError, UsageError
from payrules.files.tables import damaged, hashed, scan_parquet
from payrules.files.whole import (
    all_or_none,
    clear_partials,
    clear_rooms,
    lock_of,
    put_in_own_folder,
    put_in_place,
    take_away,
)
from payrules.payers import Payer
from payrules.runs.record import RunRecord, Tally, run_record, tally, together
from payrules.runs.results import (
    Summary,
    adjustments_in_dollars,
    guarded,
    lines_in_dollars,
    with_carried,
    write_run,
)
from payrules.runs.setup import Setup

if TYPE_CHECKING:
    from filelock import BaseFileLock

#: A batch of so many lines is better priced in parts: in the same time, with less memory.
LARGE_FROM = 500_000
#: Lines of a piece and, about, of a part: with the trail they take about 0.8 GB.
LINES_A_PART = 500_000
#: Claim line keys looked at together when repeats are sought.
_KEYS_AT_ONCE = 2_000_000
#: Lines whose results are put into words, and handed to the writer of an output, at once.
_LINES_AT_ONCE = 25_000
#: Bytes of a CSV file that show how long its lines are.
_HEAD_BYTES = 1 << 20
#: Row groups of a part's file hold at least so many rows.
_SMALLEST_GROUP = 4_096
#: Columns of a piece's lines that its file has even where it has no lines.
_ALWAYS = (*KEY, "person_id", PLACE)
_PART, _KEY = "_payrules_part", "_payrules_key"
#: The file that says what a run was asked.
_ASKED = "asked.json"
#: The file that says who holds the folder of parts.
_HOLDER = "holder.json"
_PARTS = ".parts"
#: Between the making of a folder and the holding of it another run may take it away.
_TRIES = 5
_UNITS = "service_unit_quantity"


@dataclass(frozen=True)
class Outputs:
    """Where a run writes: `.parquet` or `.csv` by the ending, the run record as JSON."""

    lines: Path
    adjustments: Path | None = None
    rejects: Path | None = None
    run: Path | None = None


def is_large(batch: Sequence[Path]) -> bool:
    """Tell whether files that can be priced in parts hold so many lines that they should be.

    A CSV file's lines are reckoned from its size and the length of its first lines.
    """
    counts = {".parquet": _parquet_rows, **dict.fromkeys(CSV_ENDINGS, _csv_rows)}
    if any(path.suffix.lower() not in counts or not path.is_file() for path in batch):
        return False  # whoever reads it says what is wrong
    if any(is_x12_file(path) for path in batch):
        return False
    return sum(counts[path.suffix.lower()](path) for path in batch) >= LARGE_FROM


def _folder_of(lines: Path) -> Path:
    return lines.with_name(f".{lines.name}{_PARTS}")


def _parquet_rows(path: Path) -> int:
    try:
        with damaged(ClaimsError()):
            return int(scan_parquet(path).select(pl.len()).collect().item())
    except (ClaimsError, OSError):
        return 0  # whoever reads it says what is wrong


def _csv_rows(path: Path) -> int:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    lines = max(head.count(b"\n"), head.count(b"\r"))
    return path.stat().st_size * lines // max(len(head), 1) - 1  # the headings are no row


def estimate_in_parts(
    batch: Path | Sequence[Path],
    outputs: Outputs,
    setup: Setup | None = None,
    *,
    resume: bool = False,
    lines_a_part: int = LINES_A_PART,
    progress: Callable[[str], None] | None = None,
) -> Summary:
    """Price Parquet or CSV files in bounded memory into files; gives the run record in a summary.

    The trail is kept where `outputs.adjustments` is asked for. While it runs, its parts lie in a
    folder beside `outputs.lines` (about twice the room of the outputs). With `resume` the
    finished parts of a run that was stopped are kept; UsageError if its batch, its schedules or
    what was asked of it were others, if such a run is there and `resume` was not said, or if it
    still runs. The outputs are put in place together at the end.
    """
    started = time.perf_counter()
    paths = [batch] if isinstance(batch, Path) else list(batch)
    setup = setup or Setup()
    files = [hashed(path, ClaimsError) for path in paths]
    folder = _folder_of(outputs.lines)
    asked = {
        "batch": [file.sha256 for file in files],
        "versions": [__version__, pl.__version__],
        "payers": [_terms(each) for each in (setup.payer, *setup.every_payer.values())],
        "schedules": [
            [dict(each.files) for each in setup.schedules.releases],
            setup.schedules.table_sources(),
        ],
        "options": [setup.locality, setup.release, dict(setup.columns_file.written), lines_a_part],
        "trail": outputs.adjustments is not None,
    }
    with _parts(folder, asked, resume=resume):
        run = _Run(
            folder,
            PiecedBatch(files, folder, **setup.intake()),
            setup,
            keep_trail=outputs.adjustments is not None,
            lines_a_part=lines_a_part,
        )
        for step in run.steps():
            if progress:
                progress(step)
        with all_or_none():
            run.write(outputs)
            seconds = round(time.perf_counter() - started, 3)
            record = replace(run.record(), seconds=seconds)
            if outputs.run:
                write_run(record, outputs.run)
        return run.summary(record)


def _terms(payer: Payer) -> list[Any]:
    """Say of a payer all that its amounts depend on."""
    rules = [[rule.name, rule.cites, repr(dict(rule.terms))] for rule in payer.rules]
    return [payer.name, payer.contract, dict(payer.files), rules]


@contextmanager
def _parts(folder: Path, asked: Mapping[str, Any], *, resume: bool) -> Iterator[None]:
    """Hold the folder of a run's parts, new or left by a run that was stopped.

    It is taken away when the run is done, and when it fails before anything is priced: then there
    is nothing to go on with.
    """
    lock = _held(folder)
    keep = True
    try:
        _begin(folder, json.loads(json.dumps(asked)), resume=resume)
        try:
            yield
            keep = False
        except ClaimsError:
            keep = False  # of another batch, which the corrected file is, nothing can be resumed
            raise
        except Exception:
            keep = any(folder.glob("priced-*.json"))
            raise
    finally:
        if keep and (folder / _ASKED).exists():
            lock.release()
        else:
            take_away(folder, lock)


def _held(folder: Path) -> "BaseFileLock":
    """Make the folder of parts if it is not there, and hold it; UsageError if another run does."""
    from filelock import Timeout  # noqa: PLC0415 - only where it is needed: it takes long to load

    clear_rooms(folder.parent)
    for _ in range(_TRIES):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)  # it holds claims
            lock = lock_of(folder)
            file = Path(lock.lock_file)
            file.touch(mode=0o600)
            before = file.stat().st_ino
            lock.acquire()
            # The run that held it may have taken the folder away meanwhile, with the lock.
            if not file.exists() or file.stat().st_ino != before:
                lock.release()
                continue
            _write_json(folder / _HOLDER, _this_process())
        except Timeout:
            raise UsageError(_says_who_holds(folder)) from None
        except FileNotFoundError:
            continue
        except OSError as fault:
            raise UsageError(f"{folder} cannot be made: {fault.strerror}.") from fault
        return lock
    raise UsageError(f"{folder} cannot be made; check that the folder above it is there.")


def _this_process() -> dict[str, Any]:
    since = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    return {"process": os.getpid(), "host": platform.node(), "since": since}


def _says_who_holds(folder: Path) -> str:
    name = folder.name.removeprefix(".").removesuffix(_PARTS)
    try:
        held = json.loads((folder / _HOLDER).read_text(encoding="utf-8"))
        who = f": process {held['process']} on {held['host']}, since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        who = ""
    return f"Another run is writing {name}{who}. Wait until it finishes, or write to another file."


def _begin(folder: Path, asked: Mapping[str, Any], *, resume: bool) -> None:
    """Begin in a folder that is held, or take up what is in it."""
    said = folder / _ASKED
    clear_partials(folder)
    if not said.exists():
        for left in folder.glob("*.*"):  # of a run that was stopped before it began
            if left.name != _HOLDER:
                left.unlink()
        _write_json(said, asked)
        return
    if not resume:
        raise UsageError(
            f"An earlier run was stopped; what it had priced is in {folder}. Resume it with the "
            "same command and --resume, or delete that folder to start over."
        )
    try:
        earlier = json.loads(said.read_text(encoding="utf-8"))
    except ValueError:
        earlier = {}
    differing = [what for what, value in asked.items() if earlier.get(what) != value]
    if differing:
        raise UsageError(
            f"The run whose parts are in {folder} cannot be resumed: its {differing[0]} "
            "differed. Run it as before, or delete that folder to start over."
        )


def _write(frame: pl.DataFrame, path: Path, parts: int) -> None:
    """Write a whole Parquet file or none, in so many row groups that parts of it can be read."""
    rows = max(frame.height // max(parts, 1), _SMALLEST_GROUP)
    with put_in_own_folder(path) as partial:
        frame.write_parquet(partial, compression="lz4", statistics=False, row_group_size=rows)


def _write_json(path: Path, said: Mapping[str, Any]) -> None:
    with put_in_own_folder(path) as partial:
        partial.write_text(json.dumps(said, default=str), encoding="utf-8")


class _Run:
    """One run: its batch, what it is priced with, and the folder where its parts are."""

    def __init__(
        self,
        folder: Path,
        batch: PiecedBatch,
        setup: Setup,
        *,
        keep_trail: bool,
        lines_a_part: int,
    ) -> None:
        self._folder = folder
        self._batch = batch
        self._setup = setup
        self._keep_trail = keep_trail
        self._pieces = batch.pieces(lines_a_part)
        rows = sum(piece.rows for piece in self._pieces)
        self._parts = max(-(-rows // lines_a_part), 1)
        self._buckets = -(-rows // _KEYS_AT_ONCE)
        self._shape = batch.without_rows()

    def steps(self) -> Iterator[str]:
        """Do all steps that are not yet done; say each that is."""
        yield from self._all("checked", len(self._pieces), self._check)
        yield from self._all("repeats", self._buckets, self._find_repeats)
        yield from self._all("priced", self._parts, self._price)

    def _all(
        self, name: str, count: int, work: Callable[[int], Mapping[str, Any]]
    ) -> Iterator[str]:
        """Do the steps of a stage, one after the other: polars has work for several cores."""
        for number in range(count):
            self._once(f"{name}-{number}", partial(work, number))
            yield f"{name} {number + 1} of {count}"

    def _once(self, name: str, work: Callable[[], Mapping[str, Any]]) -> None:
        """Do a step unless it is done: its record, written last, says so."""
        done = self._folder / f"{name}.json"
        if not done.exists():
            _write_json(done, work())

    def _records(self, name: str, count: int) -> list[dict[str, Any]]:
        paths = (self._folder / f"{name}-{number}.json" for number in range(count))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    @cached_property
    def _checked(self) -> list[dict[str, Any]]:
        return self._records("checked", len(self._pieces))

    @cached_property
    def _priced(self) -> list[dict[str, Any]]:
        return self._records("priced", self._parts)

    def _file(self, name: str, number: int) -> Path:
        return self._folder / f"{name}-{number}.parquet"

    def _slices(
        self, name: str, counts: Sequence[Sequence[int]], place: int
    ) -> Iterator[pl.DataFrame]:
        """Read the rows of one place from each of a stage's files.

        `counts` says of each file how many rows of each place are in it, one after the other.
        One file is read after the other: each is mapped into memory.
        """
        for number, rows in enumerate(counts):
            scan = scan_parquet(self._file(name, number))
            yield scan.slice(sum(rows[:place]), rows[place]).collect()

    def _whole(self, lines: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """Put lines together, with the columns that none of them fills, and `PLACE`."""
        empty = self._shape.lines.with_columns(pl.lit(0, dtype=pl.Int64).alias(PLACE))
        return pl.concat([empty, *lines], how="diagonal", rechunk=True)

    # -- check ---------------------------------------------------------------------

    def _check(self, number: int) -> Mapping[str, Any]:
        piece = self._pieces[number]
        checked = self._batch.check(piece)
        lines = checked.lines
        self._setup.check_payers(lines)
        filled = [each.name for each in lines if each.null_count() < lines.height]
        lines = (
            lines.select(list(dict.fromkeys((*filled, *_ALWAYS))))
            .with_columns(_part(self._parts), _hash_of_key().alias(_KEY))
            .sort(_PART, maintain_order=True)
        )
        dealt = _counts(lines[_PART], range(1, self._parts + 1))
        _write(lines.drop(_PART), self._file("claims", number), self._parts)
        _write(checked.rejects, self._file("rejects", number), 1)
        if checked.carried.width:
            _write(checked.carried, self._file("carried", number), 1)
        return {
            "file": piece.file,
            "rows": checked.rows,
            "rejects": checked.rejects.height,
            "lines": dealt,
        }

    # -- repeats -------------------------------------------------------------------

    def _find_repeats(self, bucket: int) -> Mapping[str, Any]:
        claims = [scan_parquet(self._file("claims", n)) for n in range(len(self._pieces))]
        of_bucket = pl.col(_KEY) % self._buckets == bucket
        seen = pl.concat([each.select(_KEY).filter(of_bucket).collect() for each in claims])
        again = seen.filter(pl.col(_KEY).is_duplicated())[_KEY].unique()
        if not len(again):
            return {"rows": 0}
        # Few keys have the hash of another; whether they are the same is seen by the keys.
        suspects = pl.col(_KEY).is_in(again.implode())
        keys = pl.concat(
            [each.filter(suspects).select(*KEY, PLACE, "person_id").collect() for each in claims]
        )
        repeats = first_places(keys).join(keys.select(PLACE, _part(self._parts)), on=PLACE)
        _write(repeats, self._file("repeats", bucket), 1)
        return {"rows": repeats.height}

    @cached_property
    def _repeated(self) -> list[int]:
        """Say how many repeats each bucket has."""
        return [record["rows"] for record in self._records("repeats", self._buckets)]

    def _repeats(self, among: pl.Expr) -> pl.DataFrame | None:
        """Give some of the repeats; None where the batch repeats nothing."""
        found = [
            scan_parquet(self._file("repeats", bucket)).filter(among).collect()
            for bucket, rows in enumerate(self._repeated)
            if rows
        ]
        return pl.concat(found) if found else None

    def _without_repeats(self, lines: pl.DataFrame, among: pl.Expr) -> pl.DataFrame:
        repeats = self._repeats(among)
        if repeats is None or repeats.is_empty():
            return lines
        return lines.filter(~pl.col(PLACE).is_in(repeats[PLACE].implode()))

    # -- price ---------------------------------------------------------------------

    def _price(self, part: int) -> Mapping[str, Any]:
        shape = self._shape
        dealt = self._slices("claims", [record["lines"] for record in self._checked], part)
        lines = self._whole([each.drop(_KEY) for each in dealt])
        lines = self._without_repeats(lines, pl.col(_PART) == part)
        of_pieces = _counts(lines[PLACE], [each.start + each.rows for each in self._pieces])
        batch = replace(shape, lines=lines.drop(PLACE))
        del lines
        priced = self._setup.price(batch.lines, trail=self._keep_trail)
        results = priced.lines.drop(shape.lines.columns)
        steps = []
        if priced.trail is not None:
            steps = _counts(priced.trail["row"], list(accumulate(of_pieces)))
            # What the order of the steps tells is not written.
            trail = priced.trail.drop("row", "before")
            _write(trail, self._file("adjustments", part), len(self._pieces))
        _write(results, self._file("lines", part), len(self._pieces))
        return {
            "tally": asdict(tally(priced, batch, self._setup)),
            "modifiers": [
                name for name in MODIFIERS if batch.lines[name].null_count() < batch.lines.height
            ],
            "fractions": bool((batch.lines["units_thousandths"] % UNIT != 0).any()),
            "noted": results["review"].count(),
            "lines": of_pieces,
            "steps": steps,
        }

    # -- order ---------------------------------------------------------------------

    def write(self, outputs: Outputs) -> None:
        """Put the results in the order of the input, and write them whole."""
        self._sink(self._lines, outputs.lines)
        if outputs.adjustments:
            self._sink(self._adjustments, outputs.adjustments)
        if outputs.rejects:
            self._sink(self._rejects, outputs.rejects)

    def _claims(self, number: int | None, columns: Sequence[str]) -> pl.DataFrame:
        """Give columns of a piece's lines as they were dealt, with `PLACE`; of None, no lines."""
        if number is None:
            return self._whole([]).select(*columns, PLACE)
        scan = scan_parquet(self._file("claims", number))
        there = [name for name in scan.collect_schema() if name in columns]
        lines = self._whole([scan.select(*there, PLACE).collect()]).select(*columns, PLACE)
        return self._without_repeats(lines, _within(self._pieces[number])).rechunk()

    def _results(self, name: str, counted: str, number: int | None) -> pl.DataFrame:
        """Give the results of a piece's lines as they were dealt; of None, of no lines."""
        if number is None:
            return scan_parquet(self._file(name, 0)).head(0).collect()
        counts = [record[counted] for record in self._priced]
        return pl.concat(self._slices(name, counts, number), rechunk=True)

    def _lines(self, number: int | None) -> Iterator[pl.DataFrame]:
        shown = {*self._shape.given, *MODIFIERS, "locality"}
        claims = self._claims(number, [name for name in self._shape.lines.columns if name in shown])
        carried = self._carried(number)
        priced = claims.hstack(self._results("lines", "lines", number))
        filled = {name for record in self._priced for name in record["modifiers"]}
        empty = set(MODIFIERS) - filled - set(self._shape.given)
        # Units are written with decimals where any line of the batch has a fraction.
        a_fraction = any(record["fractions"] for record in self._priced)
        begin = 0
        for rows in _some(priced.select(pl.arg_sort_by(PLACE).alias("row"))):
            lines = lines_in_dollars(priced[rows["row"]].drop(PLACE, *empty, strict=False))
            if a_fraction and _UNITS in lines.columns:
                lines = lines.with_columns(pl.col(_UNITS).cast(pl.Decimal(38, 3)))
            yield with_carried(lines, carried.slice(begin, rows.height))
            begin += rows.height

    def _carried(self, number: int | None) -> pl.DataFrame:
        """Give what a piece's lines carry, in the order of the rows; of None, of no lines."""
        if number is None or not self._shape.carried.width:
            return self._shape.carried
        carried = scan_parquet(self._file("carried", number)).collect()
        repeats = self._repeats(_within(self._pieces[number]))
        if repeats is None or repeats.is_empty():
            return carried
        places = scan_parquet(self._file("claims", number)).select(PLACE).collect()[PLACE].sort()
        return carried.filter(~places.is_in(repeats[PLACE].implode()))

    def _adjustments(self, number: int | None) -> Iterator[pl.DataFrame]:
        claims = self._claims(number, KEY)
        trail = self._results("adjustments", "steps", number)
        # The steps of a line lie together: whole chains are put in the order of their lines.
        begin = (trail["step"] == 0).arg_true().alias("begin")
        end = begin.shift(-1, fill_value=trail.height).alias("end")
        for lines in _some(claims.with_columns(begin, end).sort(PLACE)):
            places, row = lines.select(
                pl.int_ranges("begin", "end").explode(),
                pl.int_range(pl.len()).repeat_by(pl.col("end") - pl.col("begin")).explode(),
            )
            chains = trail[places].with_columns(
                row.alias("row"), before=pl.when(pl.col("step") > 0).then(pl.col("after").shift(1))
            )
            yield adjustments_in_dollars(Priced(lines, chains))

    def _rejects(self, number: int | None) -> Iterator[pl.DataFrame]:
        """Give the rejects of a piece's rows: their own faults, and what they repeat."""
        rejects = []
        if number is not None:
            piece = self._pieces[number]
            rejects.append(scan_parquet(self._file("rejects", number)).collect())
            repeats = self._repeats(_within(piece))
            if repeats is not None and repeats.height:
                rejects.append(self._batch.repeats(piece, repeats))
        yield pl.concat([self._shape.rejects, *rejects], how="diagonal").sort("row")

    def _sink(self, ordered: Callable[[int | None], Iterator[pl.DataFrame]], path: Path) -> None:
        """Write a file piece by piece; it gets its name when it is whole."""

        def frames(
            with_columns: list[str] | None,
            _predicate: pl.Expr | None,
            _rows: int | None,
            _size: int | None,
        ) -> Iterator[pl.DataFrame]:
            for number in range(len(self._pieces)):
                for frame in ordered(number):
                    yield frame if with_columns is None else _columns(frame, with_columns)

        whole = register_io_source(frames, schema=next(ordered(None)).schema)
        with put_in_place(path) as (partial,):
            if path.suffix.lower() == ".csv":
                guarded(whole).sink_csv(partial)
            else:
                whole.sink_parquet(partial)

    def _first_reject(self) -> Mapping[str, Any] | None:
        """Give the first of the rejected rows."""
        for number in range(len(self._pieces)):
            for rejects in self._rejects(number):
                if rejects.height:
                    return rejects.row(0, named=True)
        return None

    def summary(self, record: RunRecord) -> Summary:
        """Say in short what came out, beside the run record."""
        return Summary(
            run=record,
            noted=sum(part["noted"] for part in self._priced),
            first_reject=self._first_reject() if record.counts.rejects else None,
        )

    def record(self) -> RunRecord:
        """Make the run record of what was counted in the parts."""
        checked = self._checked
        rows = [
            sum(record["rows"] for record in checked if record["file"] == number)
            for number in range(len(self._batch.files))
        ]
        files = list(zip(self._batch.files, rows, strict=True))
        batch = replace(
            self._shape,
            rows_in=sum(rows),
            files=tuple(BatchFile(file.name, file.sha256, many) for file, many in files),
            readings=tuple(
                replace(file.reading, rows=many) for file, many in files if file.reading is not None
            ),
        )
        return run_record(
            self._setup,
            batch,
            together(Tally(**part["tally"]) for part in self._priced),
            rejects=sum(self._repeated) + sum(record["rejects"] for record in checked),
        )


def _columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Give columns by name: polars takes some headings for patterns."""
    return pl.DataFrame([frame.get_column(name) for name in names])


def _hash_of_key() -> pl.Expr:
    return pl.struct(KEY).hash()


def _some(lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give lines some at a time; where there are none, those."""
    for begin in range(0, max(lines.height, 1), _LINES_AT_ONCE):
        yield lines.slice(begin, _LINES_AT_ONCE)


def _part(parts: int) -> pl.Expr:
    """Deal lines into parts by their person."""
    return (pl.col("person_id").hash() % parts).cast(pl.UInt32).alias(_PART)


def _within(piece: Piece) -> pl.Expr:
    """Choose the rows of a piece."""
    return pl.col(PLACE).is_between(piece.start, piece.start + piece.rows - 1)


def _counts(sorted_numbers: pl.Series, ends: Sequence[int]) -> list[int]:
    """Count the numbers below the first end, from there to the second, and so on."""
    below = [int(sorted_numbers.search_sorted(end, side="left")) for end in ends]
    return [high - low for low, high in pairwise([0, *below])]
