"""What a Spark run's workers are told, and how they price: every person's lines whole."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pyarrow as pa
from pyspark.broadcast import Broadcast

from payrules.claims import Batch
from payrules.claims.batch import is_history
from payrules.claims.columns import KEY, names_of_carried
from payrules.claims.faultless import ROW
from payrules.claims.reversals import no_reversals
from payrules.claims.sheet import IN_MEMORY, Sheet
from payrules.engine.pricing import Priced
from payrules.errors import PayrulesError
from payrules.files.parquet import as_text
from payrules.frozen import frozen
from payrules.runs.lines import lines_in_dollars, shown_of, with_carried
from payrules.runs.setup import Setup
from payrules.runs.spark.column_types import Batches, as_arrow
from payrules.runs.spark.sent import at_hand
from payrules.runs.steps import adjustments_in_dollars
from payrules.schedules import Schedules
from payrules.version import __version__

PERSON, CLAIM = "person_id", "claim_id"
CELLS, CARRIED, REJECT, IS_CREDIT, SEEN, REVERSED, FIRST, NUMBER, LINE, STEPS = (
    f"_payrules_{name}"
    for name in (
        *("cells", "carried", "reject", "is_credit", "seen", "reversed"),
        *("first", "number", "line", "steps"),
    )
)


@frozen
class Work:
    """What every worker is told: the terms of the run, and the columns of each step."""

    versions: tuple[str, str]
    setup: Setup  # without its fee schedules: these travel as the bytes they are stored as
    trail: bool
    lines_at_once: int
    shape: Batch
    fractional: bool
    carried: Mapping[str, str]
    checked: pl.Schema
    netted: pl.Schema
    rejects: pl.Schema
    priced: pl.Schema

    @classmethod
    def planned(cls, empty: pl.DataFrame, setup: Setup, **terms: Any) -> "Work":
        """Price no rows of a frame, so as to know the columns of each step, and any fault."""
        shape = setup.read(empty)
        sheet = Sheet.of(IN_MEMORY, empty, setup.columns_file)
        whole = beside_carried(shape.lines, shape.carried)
        reject = pl.Struct(shape.rejects.schema)
        line = [*whole.schema.items(), (ROW, pl.Int64()), (REJECT, reject)]
        work = cls(
            versions=(__version__, pl.__version__),
            setup=replace(setup, schedules=Schedules((), ())),
            shape=shape,
            fractional=False,
            carried=names_of_carried(sheet.carried()),
            checked=pl.Schema([*line, (IS_CREDIT, pl.Boolean()), (SEEN, pl.String())]),
            netted=pl.Schema([*line, (REVERSED, pl.Struct(no_reversals().schema))]),
            rejects=shape.rejects.schema,
            priced=pl.Schema(),
            **terms,
        )
        return replace(work, priced=work.price(whole, setup).schema)

    def for_cells(self, modifiers: Collection[str], *, fractions: bool, setup: Setup) -> "Work":
        """Give the columns that results have where cells tell: modifiers, units in fractions."""
        given = {*self.shape.given, *modifiers}
        shape = replace(
            self.shape, given=tuple(name for name in self.shape.lines.columns if name in given)
        )
        work = replace(self, shape=shape, fractional=fractions)
        whole = beside_carried(shape.lines, shape.carried)
        return replace(work, priced=work.price(whole, setup).schema)

    @property
    def line(self) -> pl.Struct:
        """The columns of a priced line."""
        line = self.priced[LINE]
        assert isinstance(line, pl.Struct)
        return line

    def price(self, lines: pl.DataFrame, setup: Setup) -> pl.DataFrame:
        """Price whole persons' lines: each line's results, and in a list its steps."""
        carried = lines[CARRIED].struct.unnest() if self.carried else self.shape.carried
        lines = lines.drop(CARRIED, strict=False)
        setup.check_payers(lines)
        past, history = is_history(lines), None
        if past is not None:
            history, lines = lines.filter(past), lines.filter(~past)
            carried = carried.filter(~past) if self.carried else carried
        priced = setup.price(lines, history=history, trail=self.trail)
        shown = shown_of(priced.lines, self.shape.given)
        shown = lines_in_dollars(shown, fractions=self.fractional)
        line = with_carried(shown, carried).to_struct(LINE)
        return pl.DataFrame([line, _steps(priced)])


def beside_carried(lines: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Put what lines only carry beside them, as one column."""
    return lines.hstack([carried.to_struct(CARRIED)]) if carried.width else lines


def _steps(priced: Priced) -> pl.Series:
    """Give each line's steps as a list."""
    steps = as_text(adjustments_in_dollars(priced)).drop(KEY).to_struct(STEPS)
    if priced.trail is None:
        return pl.Series(STEPS, [[]] * priced.lines.height, dtype=pl.List(steps.dtype))
    by_line = pl.DataFrame([priced.trail["row"], steps]).group_by("row", maintain_order=True)
    return by_line.agg(STEPS)[STEPS]


def price_persons(batches: Batches, work: Work, carried: Broadcast[dict[str, bytes]]) -> Batches:
    """Price lines that come sorted by person; the last person's wait for the next batch."""
    verified(work)
    setup = setup_of(work, carried)
    for lines in whole_groups(map(frame_of, batches), PERSON, work.lines_at_once):
        yield from as_arrow(work.price(lines.drop(ROW), setup), work.priced)


def frame_of(batch: pa.RecordBatch) -> pl.DataFrame:
    """Give the rows of a batch of Arrow."""
    return pl.DataFrame(pl.from_arrow(batch))


def whole_groups(batches: Iterator[pl.DataFrame], by: str, at_once: int) -> Iterator[pl.DataFrame]:
    """Regroup lines that come sorted by person, or by claim, into frames of whole ones.

    Each holds about `at_once` lines. PayrulesError where one comes back after others: such lines
    would be priced without the earlier ones.
    """
    held: list[pl.DataFrame] = []
    before = ""
    for batch in batches:
        if not batch.height:
            continue
        of_lines = batch[by]
        if of_lines[0] < before or not of_lines.is_sorted():
            raise PayrulesError(f"The lines of a part are not sorted by {by}; none are priced.")
        before = of_lines[-1]
        held.append(batch)
        if sum(each.height for each in held) >= at_once:
            together = pl.concat(held)
            complete = together.filter(pl.col(by) != before)
            held = [together.filter(pl.col(by) == before)]
            if complete.height:
                yield complete
    if held:
        yield pl.concat(held)


def verified(work: Work) -> None:
    """Raise PayrulesError where a worker has other versions than the driver."""
    here = __version__, pl.__version__
    if here != work.versions:
        raise PayrulesError(
            f"This worker has payrules {here[0]} and polars {here[1]}, the driver"
            f" {' and '.join(work.versions)}: install the same on both."
        )


def setup_of(work: Work, carried: Broadcast[dict[str, bytes]]) -> Setup:
    """Give what a worker prices with: the run's setup, and the schedules it was sent."""
    return replace(work.setup, schedules=at_hand(carried))
