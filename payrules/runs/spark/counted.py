"""What came out of a Spark run, counted and added up where it lies, and the run record of it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - Spark's own name for it

from payrules.claims import Batch
from payrules.claims.columns import ATTESTED
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.reading import Reading, told_together
from payrules.claims.sheet import IN_MEMORY
from payrules.claims.unheeded import never_met
from payrules.fees.other_schedules import DRUGS, KIND_OF_SCHEDULE
from payrules.rules.coverage import NOTED
from payrules.runs.against_paid import (
    AS_EXPECTED,
    LESS,
    MEASURES,
    MORE,
    NOT_COMPARED,
    PAID,
    SHARE_UNKNOWN,
    TOLERANCE,
    in_tally,
)
from payrules.runs.covered import (
    CENTS,
    COVERED_BY,
    FOUND,
    MANY,
    covered_in_kinds,
    history_by_payer,
)
from payrules.runs.mips_file import PERCENT
from payrules.runs.record import RunRecord, run_record
from payrules.runs.settled import BONUS
from payrules.runs.setup import Setup
from payrules.runs.spark.intake import SeenOfBatch
from payrules.runs.tally import MOST_SHARE, SMALL, TOLD, Tally, totals_of


class Out(NamedTuple):
    """What came out: lines, steps, rejects, credits with the lines that they take back, history."""

    lines: DataFrame
    steps: DataFrame
    rejects: DataFrame
    reversed: DataFrame
    history: DataFrame | None


def _counted(lines: DataFrame, column: str) -> dict[str, int]:
    """Count the lines of each value of a column."""
    counted = lines.groupBy(F.col(column).cast("string").alias("value")).agg(F.count("*"))
    return dict(pl.DataFrame(pl.from_arrow(counted.toArrow())).sort("value").iter_rows())


def _tally(out: Out, batch: Batch, setup: Setup) -> Tally:
    """Count and add up priced lines, and history, where they lie."""
    lines, steps = out.lines, out.steps
    sums = [F.sum(name).alias(name) for name in totals_of(batch, setup)]
    (added,) = pl.DataFrame(pl.from_arrow(lines.agg(*sums).toArrow())).to_dicts()
    of_drugs = F.col("schedule").isin([s for s, kind in KIND_OF_SCHEDULE.items() if kind == DRUGS])
    kind = F.when(of_drugs, DRUGS).otherwise(F.col("schedule"))
    elsewhere = lines.where(F.col("schedule").isin([*KIND_OF_SCHEDULE]))
    by_kind = F.concat_ws(" ", kind, F.col("claim_line_start_date").cast("string"))
    return Tally(
        statuses=_counted(lines, "status"),
        releases=tuple(_counted(lines.where(F.col("release").isNotNull()), "release")),
        totals={name: int((amount or 0) * 100) for name, amount in added.items()},
        adjustments=steps.count(),
        other_payers=_payers_not_given(lines, setup),
        days=_counted(lines, "claim_line_start_date"),
        codes=_counted(lines, "hcpcs_code"),
        beside=_beside(lines, setup) if setup.settlement else {},
        against_paid=_against_paid(lines, _lines_of(setup.without_coinsurance, lines, setup)),
        percentages=_percentages(lines),
        adjusted_by_mips=lines.where(F.col("mips_amount").isNotNull()).count(),
        of_quarters=_counted(elsewhere.select(by_kind.alias("of_quarter")), "of_quarter"),
        coverage=_covered(lines) | _past(out.history) if setup.has_policies else {},
    )


def _payers_not_given(lines: DataFrame, setup: Setup) -> dict[str, int]:
    """Count lines by a payer that was not given, as `payrules.runs.setup` does."""
    if "payer" not in lines.columns:
        return {}
    payer = F.lower(F.trim("payer"))
    named = lines.where(payer.isNotNull() & ~payer.isin(list(setup.every_payer)))
    return _counted(named.select(F.trim("payer").alias("payer")), "payer")


def _past(history: DataFrame | None) -> dict[str, int]:
    """Count history by the payer that it names, as `payrules.runs.tally` does."""
    if history is None:
        return {}
    if "payer" not in history.columns:
        return history_by_payer({"": history.count()})
    payer = F.coalesce(F.trim("payer"), F.lit(""))
    return history_by_payer(_counted(history.select(payer.alias("payer")), "payer"))


def _covered(lines: DataFrame) -> dict[str, int]:
    """Count lines by what coverage policies found of them: few kinds of rows are brought here."""
    names = [*COVERED_BY, *([ATTESTED] if ATTESTED in lines.columns else [])]
    noted = F.when(F.col(FOUND).contains(NOTED), F.col(FOUND)).alias(FOUND)
    kinds = lines.groupBy(*names, noted).agg(
        F.count("*").alias(MANY), F.sum(F.col("allowed_amount") * 100).cast("long").alias(CENTS)
    )
    return covered_in_kinds(pl.DataFrame(pl.from_arrow(kinds.toArrow())))


def _percentages(lines: DataFrame) -> dict[str, int]:
    """Count the percentages that move an amount, and of these such as may be shares of one."""
    if PERCENT not in lines.columns:
        return {}
    size = F.abs(F.col(PERCENT))
    small = size.between(Decimal("0.01"), MOST_SHARE)
    return {TOLD: lines.where(size > 0).count(), SMALL: lines.where(small).count()}


def _beside(lines: DataFrame, setup: Setup) -> dict[str, int]:
    """Add up what is paid beside the claims, as `payrules.runs.settled` does."""
    of_others = _lines_of(setup.without_settlement, lines, setup)
    paid: dict[str, Any] = {BONUS: lines.agg(F.sum(BONUS)).first()[0]}
    if "qualifying_apm_participant" in lines.columns:
        year = F.year("claim_line_start_date").cast("string").alias("year")
        by_year = lines.where(F.col("qualifying_apm_participant") & ~of_others).groupBy(year)
        added = by_year.agg(F.sum("medicare_amount").alias("paid")).toArrow()
        paid |= dict(pl.DataFrame(pl.from_arrow(added)).sort("year").iter_rows())
    return {name: int((amount or 0) * 100) for name, amount in paid.items()}


def _lines_of(payers: Sequence[str], lines: DataFrame, setup: Setup) -> Any:
    """Tell whose lines these payers' are, as `payrules.runs.tally` does."""
    own = F.lit("" in payers)
    if "payer" not in lines.columns:
        return own
    payer = F.lower(F.trim("payer"))
    given = payer.isNotNull() & payer.isin(list(setup.every_payer))
    return F.when(given, payer.isin(list(payers))).otherwise(own)


def _against_paid(lines: DataFrame, unknown_shares: Any) -> dict[str, int]:
    """Hold what was paid against what is expected, as `payrules.runs.against_paid` does."""
    found: dict[str, int] = {}
    for expected, theirs in MEASURES.items():
        if theirs not in lines.columns:
            continue
        cents = (F.col(theirs) - F.col(expected)) * 100
        holds_share = unknown_shares if expected == PAID else F.lit(False)
        group = (
            F.when(cents.isNull(), NOT_COMPARED)
            .when((cents < -TOLERANCE) & holds_share, SHARE_UNKNOWN)
            .when(cents < -TOLERANCE, LESS)
            .when(cents > TOLERANCE, MORE)
            .otherwise(AS_EXPECTED)
        )
        sums = [(F.sum(name) * 100).cast("long") for name in (expected, theirs)]
        added = lines.groupBy(group.alias("group")).agg(F.count("*"), *sums, F.count(theirs))
        rows = [tuple(row) for row in added.collect()]
        given = sum(row[-1] for row in rows)
        found |= in_tally(expected, given, [row[:-1] for row in sorted(rows)])
    return found


def _reading(empty: Reading, seen: SeenOfBatch, said: ColumnsFile, rows: int) -> Reading:
    """Put together what the rows tell of how they were read."""
    never = never_met(said.of_file(empty.file), seen.met) if rows else ()
    notes = (*empty.notes, *never, *seen.totals)
    return replace(told_together(empty, seen.told), rows=rows, notes=notes)


def record_of(out: Out, batch: Batch, seen: SeenOfBatch, setup: Setup) -> RunRecord:
    """Make the run record of what came out; `batch` has no rows, `seen` is what they told."""
    counted, rejected = _tally(out, batch, setup), out.rejects.count()
    taken_back = pl.DataFrame(pl.from_arrow(out.reversed.toArrow()))
    past = 0 if out.history is None else out.history.count()
    rows = counted.lines + rejected + taken_back.height + past
    readings = tuple(_reading(each, seen, setup.columns_file, rows) for each in batch.readings)
    batch = replace(
        batch,
        rows_in=rows,
        readings=readings,
        reversed=None if taken_back.is_empty() else taken_back,
        history=pl.DataFrame({"file": [IN_MEMORY] * past}) if past else None,
    )
    return run_record(setup, batch, counted, rejects=rejected)
