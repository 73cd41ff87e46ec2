"""What a Spark run's workers do with the rows that come in: checked, asked about, netted, repeated.

What a batch proves of how it is written, and how its columns were understood, is told by each batch
of rows in its first row (`SEEN`), as JSON: the driver brings it together before anything is priced.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

import polars as pl
from pyspark.broadcast import Broadcast

from payrules.claims.batch import carried_of, find_places
from payrules.claims.columns import MODIFIERS
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.faultless import FILE, ROW, faultless
from payrules.claims.questions import Evidence, ask, evidence_of
from payrules.claims.rejects import faults_of, repeats_of
from payrules.claims.reversals import credits_of, net, no_reversals
from payrules.claims.sheet import IN_MEMORY, Sheet
from payrules.claims.totals_row import totals_rows
from payrules.claims.unheeded import values_met
from payrules.errors import ClaimsError
from payrules.frozen import frozen
from payrules.runs.lines import have_fractions
from payrules.runs.spark.column_types import Batches, as_arrow
from payrules.runs.spark.work import (
    CELLS,
    CLAIM,
    FIRST,
    IS_CREDIT,
    NUMBER,
    REJECT,
    REVERSED,
    SEEN,
    Work,
    beside_carried,
    frame_of,
    setup_of,
    verified,
    whole_groups,
)

NOTHING = Evidence()
ASKED = "_payrules_asked"
#: The columns of `ask_of`.
QUESTIONS = pl.Schema({ROW: pl.Int64(), ASKED: pl.String()})


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
        sheet = _sheet(frame_of(batch), work)
        lines, faulty = faultless(sheet, 0, places)
        rejects = faults_of(sheet.only(faulty), 0, places).select(work.rejects.names())
        rejected = rejects.select(pl.col("row").alias(ROW), pl.struct(pl.all()).alias(REJECT))
        credits_ = credits_of(sheet, 0, faulty, places)
        if credits_ is not None:
            credits_ = credits_.with_columns(pl.lit(value=True).alias(IS_CREDIT))
            rejected = rejected.join(credits_, on=ROW, how="left", maintain_order="left")
        lines = beside_carried(lines, carried_of(sheet, ~faulty, work.carried))
        both = pl.concat([work.checked.to_frame(), lines, rejected], how="diagonal_relaxed")
        if both.height:
            seen = SeenOfBatch.of(
                sheet,
                faulty,
                both,
                work.setup.columns_file.of_file(sheet.name),
                has_credits=credits_ is not None,
            )
            first = pl.Series(SEEN, [seen.as_json()]).extend_constant(None, both.height - 1)
            yield from as_arrow(both.with_columns(first), work.checked)


@frozen
class SeenOfBatch:
    """What rows tell of their batch: what rejects prove, how columns were read, any credits.

    `modifiers` names the columns of modifiers that lines fill; `fractions`: units are not whole;
    `met` has the values of the columns file that are met, `totals` what is told of rows of totals.
    """

    evidence: Evidence = NOTHING
    told: tuple[Mapping[str, str], ...] = ()
    has_credits: bool = False
    modifiers: tuple[str, ...] = ()
    fractions: bool = False
    met: tuple[Mapping[str, Sequence[str]], ...] = ()
    totals: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        sheet: Sheet,
        faulty: pl.Series,
        lines: pl.DataFrame,
        said: ColumnsFile,
        *,
        has_credits: bool,
    ) -> "SeenOfBatch":
        """Say what some rows tell."""
        return cls(
            evidence_of(sheet, faulty),
            ({each.read_as: each.note for each in sheet.reading.columns if each.read_as},),
            has_credits,
            tuple(name for name in MODIFIERS if lines[name].count()),
            have_fractions(lines),
            (values_met(said, sheet.given),),
            tuple(totals_rows(sheet.frame, sheet.rows, sheet.matched)),
        )

    def as_json(self) -> str:
        """Write it in a cell."""
        return json.dumps([getattr(self, each.name) for each in fields(self)])

    @classmethod
    def of_all(cls, cells: Iterable[str]) -> "SeenOfBatch":
        """Put together what `as_json` wrote."""
        whole = cls()
        for evidence, told, has_credits, modifiers, fractions, met, totals in map(
            json.loads, cells
        ):
            whole = cls(
                whole.evidence | Evidence(*evidence),
                (*whole.told, *(each for each in told if each not in whole.told)),
                whole.has_credits or has_credits,
                tuple(dict.fromkeys((*whole.modifiers, *modifiers))),
                whole.fractions or fractions,
                (*whole.met, *(each for each in met if each not in whole.met)),
                (*whole.totals, *totals),
            )
        return whole


def ask_of(
    batches: Batches,
    work: Work,
    carried: Broadcast[dict[str, bytes]],  # noqa: ARG001
    evidence: Evidence,
) -> Batches:
    """Give the question that rows put in the light of what others prove, if they put one."""
    for batch in batches:
        frame = frame_of(batch)
        try:
            ask(_sheet(frame, work), evidence)
        except ClaimsError as question:
            asked = {ROW: frame[ROW].head(1), ASKED: str(question)}
            yield from as_arrow(pl.DataFrame(asked), QUESTIONS)


def net_claims(batches: Batches, work: Work, carried: Broadcast[dict[str, bytes]]) -> Batches:  # noqa: ARG001
    """Net the credits of whole claims, which come sorted, with the lines that they take back.

    Gives the lines that stand, the credits that stay rejected, and the list of the others.
    """
    for rows in whole_groups(map(frame_of, batches), CLAIM, work.lines_at_once):
        came = rows.sort(ROW).with_columns(pl.lit(0).alias(FILE))
        is_credit = came[IS_CREDIT].fill_null(value=False)
        lines, credits_ = came.filter(~is_credit), came.filter(is_credit)
        of_lines = (*work.shape.lines.columns, FILE, ROW)
        netted = net(lines.select(of_lines), [credits_.select(of_lines)], [IN_MEMORY])
        if netted is not None:
            lines = lines.filter(~netted.lines)
            credits_ = credits_.filter(~pl.col(ROW).is_in(netted.rows_of(0).implode()))
        listed = (no_reversals() if netted is None else netted.listed).to_struct(REVERSED)
        stand = [lines, credits_.select(ROW, REJECT), listed.to_frame()]
        yield from as_arrow(pl.concat(stand, how="diagonal"), work.netted)


def repeat(batches: Batches, work: Work, carried: Broadcast[dict[str, bytes]]) -> Batches:  # noqa: ARG001
    """Say of rows whose claim line was seen before where that was."""
    verified(work)
    for batch in batches:
        frame = frame_of(batch).sort(ROW)
        said = frame.select(ROW, first_row=FIRST, claim_line_number=NUMBER, first_file=0)
        rejects = repeats_of(_sheet(frame, work), 0, said, [IN_MEMORY])
        yield from as_arrow(rejects, work.rejects)
