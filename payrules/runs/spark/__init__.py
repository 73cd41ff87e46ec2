"""Prices claim lines on Spark with the same engine: every person's lines whole, on one worker.

Rows are checked where they lie, before anything is priced: whether a date may be read in two ways
is a question to the whole batch. Where there are credits, the lines of their claims are brought
together and netted. A window over the claim lines' key finds repeats; then the lines are brought
together by person and priced inside `mapInArrow`, some hundred thousand at a time and never with a
person cut. Fee schedules travel as the bytes they are stored as, and each worker verifies their
hashes before it prices with them.

Needs `pip install "payrules[spark]"` on the driver and on every worker, the same version.
"""

from collections.abc import Callable
from functools import partial

import polars as pl
from pyspark import StorageLevel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - Spark's own name for it

from payrules.claims.columns import HISTORY_ONLY, KEY
from payrules.claims.faultless import ROW
from payrules.claims.reversals import no_reversals
from payrules.errors import ClaimsError
from payrules.frozen import frozen
from payrules.runs.record import RunRecord
from payrules.runs.setup import Setup
from payrules.runs.spark.column_types import Batches, ddl, quoted
from payrules.runs.spark.counted import Out, record_of
from payrules.runs.spark.intake import (
    ASKED,
    QUESTIONS,
    SeenOfBatch,
    ask_of,
    check,
    net_claims,
    raw,
    repeat,
)
from payrules.runs.spark.sent import pack
from payrules.runs.spark.work import (
    CELLS,
    CLAIM,
    FIRST,
    IS_CREDIT,
    LINE,
    NUMBER,
    PERSON,
    REJECT,
    REVERSED,
    SEEN,
    STEPS,
    Work,
    price_persons,
)

#: Lines a worker prices at once; persons are never cut, so one of more lines is priced whole.
LINES_AT_ONCE = 200_000


@frozen
class SparkResults:
    """Lines, adjustments and rejects as `payrules.runs` gives them: Spark frames without an order.

    `row` of the rejects is the number in the column that `price` was told, else Spark's own.
    `reversed` lists credits and the lines that they take back; it has no rows where none does.
    All are drawn from `checked` and `priced`, which are persisted so that the batch is read and
    priced once: `unpersist` both when all is written. `record` counts and sums: the run record.
    """

    lines: DataFrame
    adjustments: DataFrame
    rejects: DataFrame
    reversed: DataFrame
    checked: DataFrame
    priced: DataFrame
    record: Callable[[], RunRecord]

    def unpersist(self) -> None:
        """Let go of what is kept of the batch."""
        self.priced.unpersist()
        self.checked.unpersist()


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
    part is read as a stream and need not fit in memory. The rows are checked at once; they are
    priced when results are asked for. Raises ClaimsError and ScheduleError as a local run does:
    what headings and settings tell before anything runs, what cells tell before any is priced.
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

    checked = by_workers(check, rows, work.checked).persist(StorageLevel.MEMORY_AND_DISK)
    seen = _seen(checked)
    if seen.evidence:
        asking = partial(ask_of, evidence=seen.evidence)
        question = by_workers(asking, rows, QUESTIONS).orderBy(ROW).first()
        if question is not None:
            checked.unpersist()
            raise ClaimsError(question[ASKED])
    work = work.for_cells(seen.modifiers, fractions=seen.fractions, setup=setup)
    parts = partitions or int(str(spark.conf.get("spark.sql.shuffle.partitions")))
    lines = checked.filter(F.col(REJECT).isNull()).drop(REJECT, IS_CREDIT, SEEN)
    faults = checked.filter(F.col(REJECT).isNotNull() & F.col(IS_CREDIT).isNull())
    faults = faults.select(f"{REJECT}.*")
    taken_back = spark.createDataFrame([], ddl(no_reversals().schema))
    if seen.has_credits:
        touched = _of_claims_with_credits(checked).drop(SEEN).repartition(parts, CLAIM)
        by_claim = touched.sortWithinPartitions(CLAIM, ROW)
        netted = by_workers(net_claims, by_claim, work.netted)
        stands = F.col(REJECT).isNull() & F.col(REVERSED).isNull()
        untouched = lines.join(_claims_with_credits(checked), CLAIM, "left_anti")
        lines = untouched.unionByName(netted.filter(stands).drop(REJECT, REVERSED))
        alone = netted.filter(F.col(REJECT).isNotNull()).select(f"{REJECT}.*")
        faults = faults.unionByName(alone)
        taken_back = netted.filter(F.col(REVERSED).isNotNull()).select(f"{REVERSED}.*")
    lines, past = _history_apart(lines)
    lines = lines.withColumn(FIRST, F.min(ROW).over(Window.partitionBy(*KEY)))
    is_first = F.col(FIRST) == F.col(ROW)
    repeats = lines.filter(~is_first).select(ROW, FIRST, F.col(KEY[1]).alias(NUMBER))
    together = lines.filter(is_first).drop(FIRST)
    together = together if past is None else together.unionByName(past)
    whole_persons = together.repartition(parts, PERSON).sortWithinPartitions(PERSON, ROW)
    priced = by_workers(price_persons, whole_persons, work.priced)
    priced = priced.persist(StorageLevel.MEMORY_AND_DISK)
    key = [F.col(f"{LINE}.{name}") for name in KEY]
    steps = priced.select(*key, F.explode(STEPS).alias(STEPS)).select(*KEY, f"{STEPS}.*")
    rejects = faults.unionByName(by_workers(repeat, rows.join(repeats, on=ROW), work.rejects))
    found = priced.select(f"{LINE}.*")
    return SparkResults(
        lines=found,
        adjustments=steps,
        rejects=rejects,
        reversed=taken_back,
        checked=checked,
        priced=priced,
        record=partial(
            record_of, Out(found, steps, rejects, taken_back, past), work.shape, seen, setup
        ),
    )


def _history_apart(lines: DataFrame) -> tuple[DataFrame, DataFrame | None]:
    """Part lines from history, which counts for coverage policies alone and repeats nothing."""
    if HISTORY_ONLY not in lines.columns:
        return lines, None
    is_past = F.coalesce(F.col(HISTORY_ONLY), F.lit(False))
    return lines.filter(~is_past), lines.filter(is_past)


def _seen(checked: DataFrame) -> SeenOfBatch:
    """Bring together what each batch of rows told of the whole."""
    cells = checked.filter(F.col(SEEN).isNotNull()).groupBy(SEEN).agg(F.min(ROW).alias(ROW))
    return SeenOfBatch.of_all(row[SEEN] for row in cells.orderBy(ROW).collect())


def _claims_with_credits(checked: DataFrame) -> DataFrame:
    return checked.filter(F.col(IS_CREDIT)).select(CLAIM).distinct()


def _of_claims_with_credits(checked: DataFrame) -> DataFrame:
    """Give the credits, and all lines of their claims."""
    either = checked.filter(F.col(REJECT).isNull() | F.col(IS_CREDIT))
    return either.join(_claims_with_credits(checked), CLAIM, "left_semi")
