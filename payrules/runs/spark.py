"""Prices claim lines on Spark with the same engine: every person's lines whole, on one worker.

Rows are checked where they lie. A window over the claim lines' key finds repeats; then the lines
are brought together by person and priced inside `mapInArrow`, some hundred thousand at a time and
never with a person cut. Fee schedules travel as the bytes they are stored as, and each worker
verifies their hashes before it prices with them.

Needs `pip install "payrules[spark]"` on the driver and on every worker, the same version.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.broadcast import Broadcast
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - Spark's own name for it

from payrules import __version__
from payrules.claims import Batch
from payrules.claims.batch import (
    KEY,
    ROW,
    carried_of,
    faultless,
    faults_of,
    find_places,
    repeats_of,
)
from payrules.claims.columns import JOINED_MODIFIERS, MODIFIERS, names_of_carried
from payrules.claims.sheet import IN_MEMORY, Sheet
from payrules.engine.pricing import Priced
from payrules.errors import ClaimsError, PayrulesError, ScheduleError
from payrules.runs.record import RunRecord, Tally, run_record, totals_of
from payrules.runs.results import adjustments_in_dollars, lines_in_dollars, with_carried
from payrules.runs.setup import Setup
from payrules.schedules import Release, Schedules, load_schedules

#: Lines a worker prices at once; persons are never cut, so one of more lines is priced whole.
LINES_AT_ONCE = 200_000
_CELLS, _CARRIED, _REJECT, _FIRST, _NUMBER, _LINE, _STEPS = (
    f"_payrules_{name}"
    for name in ("cells", "carried", "reject", "first", "number", "line", "steps")
)
_UNITS = "service_unit_quantity"
_Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class SparkResults:
    """Lines, adjustments and rejects as `payrules.runs` gives them: Spark frames without an order.

    `row` of the rejects is the number in the column that `price` was told, else Spark's own.
    Lines and adjustments are drawn from `priced`, which is persisted so that the batch is priced
    once: unpersist it when both are written. `record` counts and sums them: the run record.
    """

    lines: DataFrame
    adjustments: DataFrame
    rejects: DataFrame
    priced: DataFrame
    record: Callable[[], RunRecord]


def price(
    claims: DataFrame,
    setup: Setup | None = None,
    *,
    trail: bool = True,
    row: str | None = None,
    partitions: int | None = None,
    lines_at_once: int = LINES_AT_ONCE,
) -> SparkResults:
    """Price a Spark frame of claim lines as `payrules.runs.estimate.estimate` prices a batch.

    `row` names a column of whole numbers that says which of two repeated claim lines came first;
    without it Spark numbers the rows as it reads them, which is stable for files but not after a
    shuffle. `partitions` is how many parts persons are dealt into (else Spark's own setting); a
    part is read as a stream and need not fit in memory. Raises ClaimsError and ScheduleError as a
    local run does, before anything runs.
    """
    setup = setup or Setup()
    if setup.columns_file.numbers_lines:
        raise ClaimsError(
            "On Spark the lines of a claim cannot be numbered as they come (claim_line_number ="
            ' "auto"): its rows have no order. Number them before.'
        )
    spark = claims.sparkSession
    # A row's cells stay together in one column: no heading can meet a name of our own.
    cells = F.struct(*(F.col(_quoted(name)) for name in claims.columns if name != row))
    number = F.monotonically_increasing_id() + 1 if row is None else F.col(row).cast("bigint")
    rows = claims.select(cells.alias(_CELLS), number.alias(ROW))
    work = _Work.planned(
        _raw(pl.DataFrame(pl.from_arrow(rows.limit(0).toArrow()))),
        setup,
        trail=trail,
        lines_at_once=lines_at_once,
    )
    carried = spark.sparkContext.broadcast(pack(setup.schedules))

    def by_workers(step: Callable[..., _Batches], of: DataFrame, gives: pl.Schema) -> DataFrame:
        return of.mapInArrow(partial(step, work=work, carried=carried), _ddl(gives))

    checked = by_workers(_check, rows, work.checked)
    lines = checked.filter(F.col(_REJECT).isNull()).drop(_REJECT)
    lines = lines.withColumn(_FIRST, F.min(ROW).over(Window.partitionBy(*KEY)))
    is_first = F.col(_FIRST) == F.col(ROW)
    repeats = lines.filter(~is_first).select(ROW, _FIRST, F.col(KEY[1]).alias(_NUMBER))
    whole_persons = (
        lines.filter(is_first)
        .drop(_FIRST)
        .repartition(
            partitions or int(str(spark.conf.get("spark.sql.shuffle.partitions"))), _PERSON
        )
        .sortWithinPartitions(_PERSON, ROW)
    )
    priced = by_workers(_price, whole_persons, work.priced).persist(StorageLevel.MEMORY_AND_DISK)
    key = [F.col(f"{_LINE}.{name}") for name in KEY]
    steps = priced.select(*key, F.explode(_STEPS).alias(_STEPS)).select(*KEY, f"{_STEPS}.*")
    faults = checked.filter(F.col(_REJECT).isNotNull()).select(f"{_REJECT}.*")
    rejects = faults.unionByName(by_workers(_repeat, rows.join(repeats, on=ROW), work.rejects))
    found = priced.select(f"{_LINE}.*")
    return SparkResults(
        lines=found,
        adjustments=steps,
        rejects=rejects,
        priced=priced,
        record=partial(_record, found, steps, rejects, work.shape, setup),
    )


def pack(schedules: Schedules) -> dict[str, bytes]:
    """Give the stored files of all releases and tables at hand, with the records of hashes."""
    if any(type(release) is not Release for release in schedules.releases):
        raise ScheduleError(
            "A what-if's changed releases are not stored, so Spark workers cannot verify them: "
            "price it on one machine."
        )
    entries = {release.folder for release in schedules.releases}
    entries |= {table.stored.path.parent for table in schedules.tables}
    return {
        f"{number}-{entry.name}/{path.name}": path.read_bytes()
        for number, entry in enumerate(sorted(entries))
        for path in sorted(entry.iterdir())
        if path.suffix in {".toml", ".parquet"}
    }


def unpack(packed: Mapping[str, bytes]) -> Schedules:
    """Load packed schedules and verify every hash; AlteredError if a byte is another."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in packed.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        schedules = load_schedules(Path(folder))
        for release in schedules.releases:  # what is read once stays at hand
            _ = release.codes, release.localities, release.anesthesia_factors
        for table in schedules.tables:
            schedules.table(table.kind)
    return schedules


_PERSON = "person_id"
_here: dict[int, Schedules] = {}


def _at_hand(carried: Broadcast[dict[str, bytes]]) -> Schedules:
    """Give the schedules a worker was sent, unpacked once a process."""
    key = id(carried.value)
    if key not in _here:
        _here[key] = unpack(carried.value)
    return _here[key]


@dataclass(frozen=True)
class _Work:
    """What every worker is told: the terms of the run, and the columns of each step."""

    versions: tuple[str, str]
    setup: Setup  # without its fee schedules: these travel as the bytes they are stored as
    trail: bool
    lines_at_once: int
    shape: Batch
    fractional: bool
    carried: Mapping[str, str]
    checked: pl.Schema
    rejects: pl.Schema
    priced: pl.Schema

    @classmethod
    def planned(cls, empty: pl.DataFrame, setup: Setup, **terms: Any) -> "_Work":
        """Price no rows of a frame, so as to know the columns of each step, and any fault."""
        shape = setup.read(empty)
        sheet = Sheet.of(IN_MEMORY, empty, setup.columns_file)
        matched = sheet.matched
        if JOINED_MODIFIERS in sheet.there:
            shape = replace(shape, given=(*shape.given, *MODIFIERS))
        units = empty.schema.get(matched.get(_UNITS, ""), pl.Int64())
        work = cls(
            versions=(__version__, pl.__version__),
            setup=replace(setup, schedules=Schedules((), ())),
            shape=shape,
            fractional=not units.is_integer(),
            carried=names_of_carried(sheet.carried()),
            checked=pl.Schema(
                [
                    *_with_carried(shape.lines, shape.carried).schema.items(),
                    (ROW, pl.Int64()),
                    (_REJECT, pl.Struct(shape.rejects.schema)),
                ]
            ),
            rejects=shape.rejects.schema,
            priced=pl.Schema(),
            **terms,
        )
        whole = _with_carried(shape.lines, shape.carried)
        return replace(work, priced=work.price(whole, setup).schema)

    @property
    def line(self) -> pl.Struct:
        """The columns of a priced line."""
        line = self.priced[_LINE]
        assert isinstance(line, pl.Struct)
        return line

    def price(self, lines: pl.DataFrame, setup: Setup) -> pl.DataFrame:
        """Price whole persons' lines: each line's results, and in a list its steps."""
        carried = lines[_CARRIED].struct.unnest() if self.carried else self.shape.carried
        lines = lines.drop(_CARRIED, strict=False)
        priced = setup.price(lines, trail=self.trail)
        shown = lines_in_dollars(priced.lines, self.shape.given)
        if self.fractional and _UNITS in shown.columns:
            shown = shown.with_columns(pl.col(_UNITS).cast(pl.Decimal(38, 3)))
        line = with_carried(shown, carried).to_struct(_LINE)
        return pl.DataFrame([line, _steps(priced)])


def _with_carried(lines: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Put what lines only carry beside them, as one column."""
    return lines.hstack([carried.to_struct(_CARRIED)]) if carried.width else lines


def _steps(priced: Priced) -> pl.Series:
    """Give each line's steps as a list."""
    steps = adjustments_in_dollars(priced).drop(KEY).to_struct(_STEPS)
    if priced.trail is None:
        return pl.Series(_STEPS, [[]] * priced.lines.height, dtype=pl.List(steps.dtype))
    by_line = pl.DataFrame([priced.trail["row"], steps]).group_by("row", maintain_order=True)
    return by_line.agg(_STEPS)[_STEPS]


# -- on a worker ---------------------------------------------------------------------------------


def _verified(work: _Work) -> None:
    here = __version__, pl.__version__
    if here != work.versions:
        raise PayrulesError(
            f"This worker has payrules {here[0]} and polars {here[1]}, the driver"
            f" {' and '.join(work.versions)}: install the same on both."
        )


def _setup(work: _Work, carried: Broadcast[dict[str, bytes]]) -> Setup:
    """Give what a worker prices with: the run's setup, and the schedules it was sent."""
    return replace(work.setup, schedules=_at_hand(carried))


def _sheet(frame: pl.DataFrame, work: _Work) -> Sheet:
    rows = frame[ROW].alias("row")
    return replace(Sheet.of(IN_MEMORY, _raw(frame), work.setup.columns_file), rows=rows)


def _raw(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the cells of rows as they came."""
    return frame[_CELLS].struct.unnest()


def _check(batches: _Batches, work: _Work, carried: Broadcast[dict[str, bytes]]) -> _Batches:
    """Check each row by itself: its line with typed columns, or the reject it is."""
    _verified(work)
    intake = _setup(work, carried).intake()
    del intake["columns"]
    places = find_places(
        intake["localities"],
        intake["default_locality"],
        intake["zips"],
        intake["needs_locality"],
        intake["find_locality"],
    )
    for batch in batches:
        sheet = _sheet(pl.DataFrame(pl.from_arrow(batch)), work)
        lines, faulty = faultless(sheet, 0, places)
        rejects = faults_of(sheet.only(faulty), 0, places).select(work.rejects.names())
        lines = _with_carried(lines, carried_of(sheet, ~faulty, work.carried))
        lines = lines.with_columns(sheet.rows.filter(~faulty).alias(ROW))
        both = [lines, rejects.select(pl.struct(pl.all()).alias(_REJECT))]
        yield from _as_arrow(pl.concat(both, how="diagonal"), work.checked)


def _repeat(batches: _Batches, work: _Work, carried: Broadcast[dict[str, bytes]]) -> _Batches:  # noqa: ARG001
    """Say of rows whose claim line was seen before where that was."""
    _verified(work)
    for batch in batches:
        frame = pl.DataFrame(pl.from_arrow(batch)).sort(ROW)
        said = frame.select(ROW, first_row=_FIRST, claim_line_number=_NUMBER, first_file=0)
        rejects = repeats_of(_sheet(frame, work), 0, said, [IN_MEMORY])
        yield from _as_arrow(rejects, work.rejects)


def _price(batches: _Batches, work: _Work, carried: Broadcast[dict[str, bytes]]) -> _Batches:
    """Price lines that come sorted by person; the last person's wait for the next batch."""
    _verified(work)
    setup = _setup(work, carried)
    for lines in whole_persons(map(_lines, batches), work.lines_at_once):
        yield from _as_arrow(work.price(lines.drop(ROW), setup), work.priced)


def _lines(batch: pa.RecordBatch) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(batch))


def whole_persons(batches: Iterator[pl.DataFrame], at_once: int) -> Iterator[pl.DataFrame]:
    """Regroup lines that come sorted by person into frames of whole persons.

    Each holds about `at_once` lines. PayrulesError where a person comes back after others: such
    lines would be priced without the earlier ones.
    """
    held: list[pl.DataFrame] = []
    before = ""
    for batch in batches:
        if not batch.height:
            continue
        persons = batch[_PERSON]
        if persons[0] < before or not persons.is_sorted():
            raise PayrulesError("The lines of a part are not sorted by person; none are priced.")
        before = persons[-1]
        held.append(batch)
        if sum(each.height for each in held) >= at_once:
            together = pl.concat(held)
            complete = together.filter(pl.col(_PERSON) != before)
            held = [together.filter(pl.col(_PERSON) == before)]
            if complete.height:
                yield complete
    if held:
        yield pl.concat(held)


def _as_arrow(frame: pl.DataFrame, schema: pl.Schema) -> _Batches:
    """Give rows as Spark takes them: its column types, not polars' wider ones."""
    table = frame.select(schema.names()).cast(schema).to_arrow()
    fields = [(name, _arrow_type(dtype)) for name, dtype in schema.items()]
    yield from table.cast(pa.schema(fields)).to_batches()


def _arrow_type(dtype: Any) -> pa.DataType:
    if isinstance(dtype, pl.List):
        return pa.list_(_arrow_type(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pa.struct([(field.name, _arrow_type(field.dtype)) for field in dtype.fields])
    if isinstance(dtype, pl.Decimal):
        return pa.decimal128(dtype.precision or 38, dtype.scale)
    return {
        pl.String: pa.string(),
        pl.Int64: pa.int64(),
        pl.Boolean: pa.bool_(),
        pl.Date: pa.date32(),
    }[dtype.base_type()]


def _ddl(schema: pl.Schema) -> str:
    """Write columns as Spark's own language of types."""
    return ", ".join(f"{_quoted(name)} {_ddl_type(dtype)}" for name, dtype in schema.items())


def _ddl_type(dtype: Any) -> str:
    if isinstance(dtype, pl.List):
        return f"array<{_ddl_type(dtype.inner)}>"
    if isinstance(dtype, pl.Struct):
        fields = (f"{_quoted(field.name)}: {_ddl_type(field.dtype)}" for field in dtype.fields)
        return f"struct<{', '.join(fields)}>"
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision}, {dtype.scale})"
    return {pl.String: "string", pl.Int64: "bigint", pl.Boolean: "boolean", pl.Date: "date"}[
        dtype.base_type()
    ]


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


# -- afterwards ----------------------------------------------------------------------------------


def _counted(lines: DataFrame, column: str) -> dict[str, int]:
    """Count the lines of each value of a column."""
    counted = lines.groupBy(F.col(column).cast("string").alias("value")).agg(F.count("*"))
    return dict(pl.DataFrame(pl.from_arrow(counted.toArrow())).sort("value").iter_rows())


def _tally(lines: DataFrame, steps: DataFrame, batch: Batch, setup: Setup) -> Tally:
    """Count and add up priced lines where they lie."""
    sums = [F.sum(name).alias(name) for name in totals_of(batch)]
    (added,) = pl.DataFrame(pl.from_arrow(lines.agg(*sums).toArrow())).to_dicts()
    others: dict[str, int] = {}
    if "payer" in lines.columns:
        payer = F.lower(F.trim("payer"))
        named = lines.where(payer.isNotNull() & ~payer.isin(list(setup.every_payer)))
        others = _counted(named.select(F.trim("payer").alias("payer")), "payer")
    return Tally(
        statuses=_counted(lines, "status"),
        releases=tuple(_counted(lines.where(F.col("release").isNotNull()), "release")),
        totals={name: int((amount or 0) * 100) for name, amount in added.items()},
        adjustments=steps.count(),
        other_payers=others,
        days=_counted(lines, "claim_line_start_date"),
        codes=_counted(lines, "hcpcs_code"),
    )


def _record(
    lines: DataFrame, steps: DataFrame, rejects: DataFrame, batch: Batch, setup: Setup
) -> RunRecord:
    """Make the run record of what came out; `batch` has no rows."""
    counted, rejected = _tally(lines, steps, batch, setup), rejects.count()
    rows = counted.lines + rejected
    readings = tuple(replace(each, rows=rows) for each in batch.readings)
    batch = replace(batch, rows_in=rows, readings=readings)
    return run_record(setup, batch, counted, rejects=rejected)
