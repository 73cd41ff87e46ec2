"""What a Spark run's workers do with the rows that come in: each checked, repeats told."""

from dataclasses import replace

import polars as pl
from pyspark.broadcast import Broadcast

from payrules.claims.batch import carried_of, faults_of, find_places, repeats_of
from payrules.claims.faultless import ROW, faultless
from payrules.claims.sheet import IN_MEMORY, Sheet
from payrules.runs.spark.column_types import Batches, as_arrow
from payrules.runs.spark.work import (
    CELLS,
    FIRST,
    NUMBER,
    REJECT,
    Work,
    beside_carried,
    setup_of,
    verified,
)


def raw(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the cells of rows as they came."""
    return frame[CELLS].struct.unnest()


def _sheet(frame: pl.DataFrame, work: Work) -> Sheet:
    rows = frame[ROW].alias("row")
    return replace(Sheet.of(IN_MEMORY, raw(frame), work.setup.columns_file), rows=rows)


def check(batches: Batches, work: Work, carried: Broadcast[dict[str, bytes]]) -> Batches:
    """Check each row by itself: its line with typed columns, or the reject it is."""
    verified(work)
    intake = setup_of(work, carried).intake()
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
        lines = beside_carried(lines, carried_of(sheet, ~faulty, work.carried))
        lines = lines.with_columns(sheet.rows.filter(~faulty).alias(ROW))
        both = [lines, rejects.select(pl.struct(pl.all()).alias(REJECT))]
        yield from as_arrow(pl.concat(both, how="diagonal"), work.checked)


def repeat(batches: Batches, work: Work, carried: Broadcast[dict[str, bytes]]) -> Batches:  # noqa: ARG001
    """Say of rows whose claim line was seen before where that was."""
    verified(work)
    for batch in batches:
        frame = pl.DataFrame(pl.from_arrow(batch)).sort(ROW)
        said = frame.select(ROW, first_row=FIRST, claim_line_number=NUMBER, first_file=0)
        rejects = repeats_of(_sheet(frame, work), 0, said, [IN_MEMORY])
        yield from as_arrow(rejects, work.rejects)
