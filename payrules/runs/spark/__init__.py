"""Prices claim lines on Spark with the same engine: every person's lines whole, on one worker.

Rows are checked where they lie. A window over the claim lines' key finds repeats; then the lines
are brought together by person and priced inside `mapInArrow`, some hundred thousand at a time and
never with a person cut. Fee schedules travel as the bytes they are stored as, and each worker
verifies their hashes before it prices with them.

Needs `pip install "payrules[spark]"` on the driver and on every worker, the same version.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import polars as pl
from pyspark import StorageLevel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - Spark's own name for it

from payrules.claims.batch import KEY
from payrules.claims.faultless import ROW
from payrules.errors import ClaimsError
from payrules.runs.record import RunRecord
from payrules.runs.setup import Setup
from payrules.runs.spark.column_types import Batches, ddl, quoted
from payrules.runs.spark.counted import record_of
from payrules.runs.spark.intake import check, raw, repeat
from payrules.runs.spark.sent import pack
from payrules.runs.spark.work import (
    CELLS,
    FIRST,
    LINE,
    NUMBER,
    PERSON,
    REJECT,
    STEPS,
    Work,
    price_persons,
)

#: Lines a worker prices at once; persons are never cut, so one of more lines is priced whole.
LINES_AT_ONCE = 200_000


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
            "On Spark the lines of a claim cannot be numbered in their order (claim_line_number ="
            ' "auto"): its rows have no order. Number them before.'
        )
    spark = claims.sparkSession
    # A row's cells stay together in one column: no heading can meet a name of our own.
    cells = F.struct(*(F.col(quoted(name)) for name in claims.columns if name != row))
    number = F.monotonically_increasing_id() + 1 if row is None else F.col(row).cast("bigint")
    rows = claims.select(cells.alias(CELLS), number.alias(ROW))
    work = Work.planned(
        raw(pl.DataFrame(pl.from_arrow(rows.limit(0).toArrow()))),
        setup,
        trail=trail,
        lines_at_once=lines_at_once,
    )
    carried = spark.sparkContext.broadcast(pack(setup.schedules))

    def by_workers(step: Callable[..., Batches], of: DataFrame, gives: pl.Schema) -> DataFrame:
        return of.mapInArrow(partial(step, work=work, carried=carried), ddl(gives))

    checked = by_workers(check, rows, work.checked)
    lines = checked.filter(F.col(REJECT).isNull()).drop(REJECT)
    lines = lines.withColumn(FIRST, F.min(ROW).over(Window.partitionBy(*KEY)))
    is_first = F.col(FIRST) == F.col(ROW)
    repeats = lines.filter(~is_first).select(ROW, FIRST, F.col(KEY[1]).alias(NUMBER))
    whole_persons = (
        lines.filter(is_first)
        .drop(FIRST)
        .repartition(partitions or int(str(spark.conf.get("spark.sql.shuffle.partitions"))), PERSON)
        .sortWithinPartitions(PERSON, ROW)
    )
    priced = by_workers(price_persons, whole_persons, work.priced)
    priced = priced.persist(StorageLevel.MEMORY_AND_DISK)
    key = [F.col(f"{LINE}.{name}") for name in KEY]
    steps = priced.select(*key, F.explode(STEPS).alias(STEPS)).select(*KEY, f"{STEPS}.*")
    faults = checked.filter(F.col(REJECT).isNotNull()).select(f"{REJECT}.*")
    rejects = faults.unionByName(by_workers(repeat, rows.join(repeats, on=ROW), work.rejects))
    found = priced.select(f"{LINE}.*")
    return SparkResults(
        lines=found,
        adjustments=steps,
        rejects=rejects,
        priced=priced,
        record=partial(record_of, found, steps, rejects, work.shape, setup),
    )
