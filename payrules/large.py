"""Batches larger than memory: rows are parted by person, priced part by part, and put in order.

Every stage writes whole files into a folder beside the output and skips those that are there, so
a run that was stopped can be resumed. No stage holds more than one piece or one part:

    check     a piece of the rows at a time: typed lines by person's part, keys by bucket, rejects
    repeats   a bucket of claim line keys at a time: which lines repeat one seen before
    price     a part at a time, every line of its persons
    order     the lines of a piece's rows at a time, from all parts, into the output

The results are those of `payrules.estimate.estimate`, row for row.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial, reduce
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from payrules import __version__
from payrules.claims.batch import KEY, Batch
from payrules.claims.columns import MODIFIERS
from payrules.claims.pieces import PLACE, Piece, PiecedBatch, first_places
from payrules.claims.readers import sha256_of
from payrules.errors import UsageError
from payrules.estimate import intake_terms, known_payers, load_tables, price_by_payer, run_record
from payrules.payers import MEDICARE, Payer
from payrules.results import (
    Results,
    adjustments_in_dollars,
    guarded,
    lines_in_dollars,
    write_run,
)
from payrules.schedules import Schedules, load_schedules

#: Lines priced at once: with the trail, a run takes about 1.3 GB.
LINES_A_PART = 250_000
#: Rows handed to the writer of an output at once.
_ROWS_AT_ONCE = 50_000
_PART, _BUCKET = "_payrules_part", "_payrules_bucket"
_UNITS = "service_unit_quantity"


@dataclass(frozen=True)
class Outputs:
    """Where a run writes: `.parquet` or `.csv` by the ending, the run record as JSON."""

    lines: Path
    adjustments: Path | None = None
    rejects: Path | None = None
    run: Path | None = None


def estimate_in_parts(
    batch: Path | Sequence[Path],
    outputs: Outputs,
    *,
    payer: Payer = MEDICARE,
    payers: Mapping[str, Payer] | None = None,
    schedules: Schedules | None = None,
    locality: str | None = None,
    release: str | None = None,
    columns: Mapping[str, str] | None = None,
    resume: bool = False,
    lines_a_part: int = LINES_A_PART,
    progress: Callable[[str], None] | None = None,
) -> Mapping[str, Any]:
    """Price Parquet or CSV files in bounded memory into files; gives the run record.

    The trail is kept where `outputs.adjustments` is asked for. While it runs, its parts lie in a
    folder beside `outputs.lines` (about twice the room of the outputs). With `resume` the
    finished parts of a run that was stopped are kept; UsageError if its batch, its schedules or
    what was asked of it were others, or if such a run is there and `resume` was not said.
    """
    started = time.perf_counter()
    paths = [batch] if isinstance(batch, Path) else list(batch)
    schedules = schedules or load_schedules()
    known = known_payers(payer, payers)
    files = [(path, sha256_of(path)) for path in paths]
    folder = outputs.lines.with_name(f".{outputs.lines.name}.parts")
    asked = {
        "batch": [sha256 for _, sha256 in files],
        "versions": [__version__, pl.__version__],
        "payers": [_terms(each) for each in (payer, *known.values())],
        "schedules": [
            [dict(each.files) for each in schedules.releases],
            schedules.table_sources(),
        ],
        "options": [locality, release, dict(columns or {}), lines_a_part],
        "trail": outputs.adjustments is not None,
    }
    _open(folder, asked, resume=resume)
    run = _Run(
        folder,
        PiecedBatch(files, folder, **intake_terms(schedules, known.values(), locality, columns)),
        payer,
        known,
        schedules,
        release,
        keep_trail=outputs.adjustments is not None,
        lines_a_part=lines_a_part,
    )
    for step in run.steps():
        if progress:
            progress(step)
    record = run.write(outputs) | {
        "columns": dict(columns or {}),
        "seconds": round(time.perf_counter() - started, 3),
    }
    if outputs.run:
        write_run(record, outputs.run)
    shutil.rmtree(folder)
    return record


def _terms(payer: Payer) -> list[Any]:
    """Say of a payer all that its amounts depend on."""
    rules = [[rule.name, rule.cites, repr(dict(rule.terms))] for rule in payer.rules]
    return [payer.name, payer.contract, dict(payer.files), rules]


def _open(folder: Path, asked: Mapping[str, Any], *, resume: bool) -> None:
    """Begin a folder of parts, or take up the one that is there."""
    said = folder / "asked.json"
    asked = json.loads(json.dumps(asked))
    if not said.exists():
        try:
            shutil.rmtree(folder, ignore_errors=True)  # a run that was stopped before it began
            folder.mkdir()
        except OSError as fault:
            raise UsageError(f"{folder} cannot be made: {fault.strerror}.") from fault
        _write_json(said, asked)
        return
    if not resume:
        raise UsageError(
            f"{folder} holds the parts of a run that was stopped: go on with it (--resume),"
            " or delete that folder to begin anew."
        )
    earlier = json.loads(said.read_text(encoding="utf-8"))
    differing = [what for what, value in asked.items() if earlier.get(what) != value]
    if differing:
        raise UsageError(
            f"The run whose parts are in {folder} cannot be resumed: its {differing[0]} differed."
            " Run it as before, or delete that folder to begin anew."
        )


def _write(frame: pl.DataFrame, path: Path, parts: int) -> None:
    """Write a whole Parquet file or none, in so many row groups that parts of it can be read."""
    unfinished = path.with_suffix(".partial")
    rows = max(frame.height // parts, 4096)
    frame.write_parquet(unfinished, compression="lz4", row_group_size=rows)
    unfinished.replace(path)


def _write_json(path: Path, said: Mapping[str, Any]) -> None:
    unfinished = path.with_suffix(".partial")
    unfinished.write_text(json.dumps(said, default=str), encoding="utf-8")
    unfinished.replace(path)


class _Run:
    """One run: its batch, what it is priced with, and the folder where its parts are."""

    def __init__(
        self,
        folder: Path,
        batch: PiecedBatch,
        payer: Payer,
        known: Mapping[str, Payer],
        schedules: Schedules,
        release: str | None,
        *,
        keep_trail: bool,
        lines_a_part: int,
    ) -> None:
        self._folder = folder
        self._batch = batch
        self._payer, self._known = payer, known
        self._schedules, self._tables = schedules, load_tables(schedules)
        self._release = release
        self._keep_trail = keep_trail
        self._pieces = batch.pieces(lines_a_part)
        self._parts = max(len(self._pieces), 1)
        self._shape = batch.without_rows()

    def steps(self) -> Iterator[str]:
        """Do, one after the other, all steps that are not yet done; say each that is."""
        for number, piece in enumerate(self._pieces):
            self._once(f"checked-{number}", partial(self._check, number, piece))
            yield f"checked {number + 1} of {len(self._pieces)}"
        for number in range(self._parts):
            self._once(f"repeats-{number}", partial(self._find_repeats, number))
        yield "repeats sought"
        for number in range(self._parts):
            self._once(f"priced-{number}", partial(self._price, number))
            yield f"priced {number + 1} of {self._parts}"

    def _once(self, name: str, work: Callable[[], Mapping[str, Any]]) -> None:
        """Do a step unless it is done: its record, written last, says so."""
        done = self._folder / f"{name}.json"
        if not done.exists():
            _write_json(done, work())

    def _records(self, name: str) -> list[dict[str, Any]]:
        paths = (self._folder / f"{name}-{number}.json" for number in range(self._parts))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]

    def _rows(self, name: str, among: pl.Expr, *written: pl.Expr) -> pl.DataFrame:
        """Read some rows of one stage's files, one after the other: each is mapped into memory."""
        paths = [self._folder / f"{name}-{number}.parquet" for number in range(self._parts)]
        scans = (pl.scan_parquet(path).filter(among) for path in paths if path.exists())
        return pl.concat([scan.collect().with_columns(written) for scan in scans])

    # -- check ---------------------------------------------------------------------

    def _check(self, number: int, piece: Piece) -> Mapping[str, Any]:
        lines, rejects, rows = self._batch.check(piece)
        lines = pl.concat([self._shape.lines, lines], how="diagonal").with_columns(
            (pl.col("person_id").hash() % self._parts).cast(pl.Int32).alias(_PART),
            (pl.struct(KEY).hash() % self._parts).cast(pl.Int32).alias(_BUCKET),
        )
        keys = lines.select(*KEY, PLACE, _PART, _BUCKET).sort(_BUCKET)
        _write(keys, self._folder / f"keys-{number}.parquet", self._parts)
        lines = lines.drop(_BUCKET).sort(_PART, maintain_order=True)
        _write(lines, self._folder / f"claims-{number}.parquet", self._parts)
        _write(rejects, self._folder / f"rejects-{number}.parquet", 1)
        return {"file": piece.file, "rows": rows, "rejects": rejects.height}

    # -- repeats -------------------------------------------------------------------

    def _find_repeats(self, bucket: int) -> Mapping[str, Any]:
        if not self._pieces:
            return {"rows": 0}
        keys = self._rows("keys", pl.col(_BUCKET) == bucket)
        repeats = first_places(keys)
        if repeats.height:
            parts = keys.select(PLACE, _PART)
            repeats = repeats.join(parts, on=PLACE)
            _write(repeats, self._folder / f"repeats-{bucket}.parquet", 1)
        return {"rows": repeats.height}

    def _repeats(self, among: pl.Expr) -> pl.DataFrame | None:
        """Give some of the repeats; None where the batch repeats nothing."""
        if not any(record["rows"] for record in self._records("repeats")):
            return None
        return self._rows("repeats", among)

    # -- price ---------------------------------------------------------------------

    def _price(self, part: int) -> Mapping[str, Any]:
        lines = self._shape.lines.with_columns(pl.lit(None, dtype=pl.Int64).alias(PLACE))
        if self._pieces:
            lines = self._rows("claims", pl.col(_PART) == part).drop(_PART)
        repeats = self._repeats(pl.col(_PART) == part)
        if repeats is not None:
            lines = lines.join(repeats, on=PLACE, how="anti")
        lines = lines.sort(PLACE)
        place = lines[PLACE]
        shape = self._shape
        batch = Batch(
            lines=lines.select(shape.lines.columns),
            rejects=shape.rejects,
            rows_in=0,
            files=(),
            carried=shape.carried,
            given=shape.given,
        )
        del lines
        priced = price_by_payer(
            batch,
            self._payer,
            self._known,
            self._schedules,
            self._release,
            self._tables,
            self._keep_trail,
            None,
        )
        results = Results(
            lines=lines_in_dollars(priced.lines, {*shape.given, *MODIFIERS}),
            adjustments=adjustments_in_dollars(priced),
            rejects=shape.rejects,
            run={},
        )
        if priced.trail is not None:
            adjustments = results.adjustments.with_columns(place.gather(priced.trail["row"]))
            _write(adjustments, self._folder / f"adjustments-{part}.parquet", self._parts)
        _write(
            results.lines.with_columns(place), self._folder / f"lines-{part}.parquet", self._parts
        )
        filled = [name for name in MODIFIERS if batch.lines[name].null_count() < len(place)]
        record = run_record(
            results, batch, self._payer, self._schedules, self._release, self._tables
        )
        return record | {"modifiers": filled, "units": str(results.lines.schema.get(_UNITS))}

    # -- order ---------------------------------------------------------------------

    def write(self, outputs: Outputs) -> dict[str, Any]:
        """Put the results in the order of the input, write them whole, and sum up the records."""
        parts = self._records("priced")
        modifiers = {name for record in parts for name in record["modifiers"]}
        dropped = {PLACE, *(set(MODIFIERS) - modifiers - set(self._shape.given))}
        # Units are written with decimals where any line of the batch has a fraction.
        a_fraction = any(record["units"].startswith("Decimal") for record in parts)
        units = [pl.col(_UNITS).cast(_FRACTION)] if a_fraction else []

        def lines(piece: Piece | None) -> pl.DataFrame:
            found = self._rows("lines", _within(piece), *units)
            return found.sort(PLACE).drop(dropped, strict=False)

        def adjustments(piece: Piece | None) -> pl.DataFrame:
            found = self._rows("adjustments", _within(piece))
            return found.sort(PLACE, maintain_order=True).drop(PLACE)

        self._sink(lines, outputs.lines)
        if outputs.adjustments:
            self._sink(adjustments, outputs.adjustments)
        if outputs.rejects:
            self._sink(self._rejects, outputs.rejects)
        return self._summed(parts)

    def _rejects(self, piece: Piece | None) -> pl.DataFrame:
        """Give the rejects of a piece's rows: their own faults, and what they repeat."""
        if piece is None:
            return self._shape.rejects
        number = self._pieces.index(piece)
        rejects = [pl.read_parquet(self._folder / f"rejects-{number}.parquet")]
        repeats = self._repeats(_within(piece))
        if repeats is not None and repeats.height:
            rejects.append(self._batch.repeats(piece, repeats))
        together = pl.concat(rejects, how="diagonal").sort(PLACE).drop(PLACE)
        return pl.concat([self._shape.rejects, together], how="diagonal")

    def _sink(self, ordered: Callable[[Piece | None], pl.DataFrame], path: Path) -> None:
        """Write a file piece by piece; it gets its name when it is whole."""

        def pieces(
            with_columns: list[str] | None,
            _predicate: pl.Expr | None,
            _rows: int | None,
            _size: int | None,
        ) -> Iterator[pl.DataFrame]:
            for piece in self._pieces:
                # In small slices: the writer waits for some of them at once.
                frame = ordered(piece).select(with_columns or pl.all())
                yield from frame.iter_slices(_ROWS_AT_ONCE)

        whole = register_io_source(pieces, schema=ordered(None).schema)
        unfinished = path.with_name(f".{path.name}.partial")
        try:
            if path.suffix.lower() == ".csv":
                guarded(whole).sink_csv(unfinished)
            else:
                whole.sink_parquet(unfinished)
            unfinished.replace(path)
        except OSError as fault:
            raise UsageError(f"{path} cannot be written: {fault.strerror or fault}.") from fault
        finally:
            unfinished.unlink(missing_ok=True)

    def _summed(self, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Make one run record of the parts'."""
        checked = self._records("checked")
        repeated = sum(record["rows"] for record in self._records("repeats"))
        counts = _sum(record["counts"] for record in parts)
        counts["rows_in"] = sum(record["rows"] for record in checked)
        counts["rejects"] = repeated + sum(record["rejects"] for record in checked)
        totals = _sum(
            {name: Decimal(total) for name, total in record["totals"].items()} for record in parts
        )
        used = {release["name"]: release for record in parts for release in record["releases"]}
        inputs = [
            {
                "name": file.name,
                "sha256": file.sha256,
                "rows": sum(record["rows"] for record in checked if record["file"] == number),
            }
            for number, file in enumerate(self._batch.files)
        ]
        own = {
            name: value for name, value in parts[0].items() if name not in {"modifiers", "units"}
        }
        return own | {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "inputs": inputs,
            "releases": [
                used[release.name] for release in self._schedules.releases if release.name in used
            ],
            "counts": counts,
            "totals": {name: str(total) for name, total in totals.items()},
        }


_FRACTION = pl.Decimal(38, 3)


def _within(piece: Piece | None) -> pl.Expr:
    """Choose the rows of a piece; of None, none."""
    if piece is None:
        return pl.col(PLACE) < 0  # statistics show that no row group has to be read
    return pl.col(PLACE).is_between(piece.start, piece.start + piece.rows - 1)


def _sum(records: Any) -> dict[str, Any]:
    def add(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        return {name: one.get(name, 0) + value for name, value in other.items()}

    return reduce(add, records, {})
