"""Holds a batch against coverage policies and prices nothing: what they find of its lines."""

from dataclasses import replace

import polars as pl

from payrules.claims import Claims, columns
from payrules.claims.diagnoses import line_diagnoses
from payrules.claims.modifiers import encode
from payrules.coverage.policy import Policies
from payrules.engine.session import PERSON, identify
from payrules.engine.tables import Edits
from payrules.errors import CoverageError
from payrules.frozen import frozen
from payrules.rules.coverage import OBJECTIONS, READ, tell
from payrules.runs.covered import RunCoverage, run_coverage
from payrules.runs.record import RunFile
from payrules.runs.setup import Setup
from payrules.runs.tally import covered_of


@frozen
class CoverageCheck:
    """What policies find: a row a line that they object to, and the whole in numbers.

    `findings` has the line's claim, number, day, code and modifiers, and
    `payrules.claims.columns.COVERAGE_FOUND`; `rows_in` counts the rows that were read, of which
    `lines` could be judged, `history` only counts, and `rejects` could not be read; `inputs` are
    the files.
    """

    findings: pl.DataFrame
    coverage: RunCoverage
    rows_in: int
    lines: int
    history: int
    rejects: pl.DataFrame
    inputs: tuple[RunFile, ...] = ()


def coverage_check(claims: Claims, setup: Setup) -> CoverageCheck:
    """Judge every line of a batch by the policies of its payer.

    Nothing is priced: a line that NCCI's edits or a global period would take out counts as a
    session here, and in an estimate it does not. Raises CoverageError where no policy was given.
    """
    if not setup.has_policies:
        raise CoverageError("No coverage policy was given: name a file or a folder of policies.")
    batch = setup.read(claims)
    lines = batch.lines.with_row_index("row")
    found = pl.concat(
        _found(lines[rows], setup.policies_of(payer), past, setup.tables)
        for payer, rows, past in setup.by_payer(lines, batch.history)
    ).sort("row")
    nothing = {"allowed_amount": pl.lit(None, dtype=pl.Int64), "status": pl.lit("priced")}
    judged = lines.join(found, on="row", how="left", maintain_order="left")
    tallied = covered_of(judged.with_columns(**nothing), batch.history)
    record = run_coverage(setup, tallied, batch.given, rejects=batch.rejects.height)
    assert record is not None
    return CoverageCheck(
        findings=judged.filter(pl.col("coverage_outcome").is_in(OBJECTIONS)).select(
            "claim_id",
            "claim_line_number",
            pl.col("service_date").alias("claim_line_start_date"),
            "hcpcs_code",
            pl.concat_str(columns.MODIFIERS, separator=" ", ignore_nulls=True)
            .replace("", None)
            .alias("modifiers"),
            *columns.COVERAGE_FOUND,
        ),
        coverage=replace(record, amounts={}),  # nothing was priced
        rows_in=batch.rows_in,
        lines=lines.height,
        history=0 if batch.history is None else batch.history.height,
        rejects=batch.rejects,
        inputs=tuple(RunFile(each.name, each.sha256, each.rows) for each in batch.files),
    )


def _found(
    lines: pl.DataFrame, policies: Policies, past: pl.DataFrame | None, tables: Edits
) -> pl.DataFrame:
    """Give what a payer's policies find of its lines: `row` and `COVERAGE_FOUND`."""
    lines = identify(encode(lines), {PERSON})
    lines = lines.with_columns(line_diagnoses(lines))
    if columns.HISTORY_FROM not in lines.columns:
        lines = lines.with_columns(pl.lit(None, dtype=pl.Date).alias(columns.HISTORY_FROM))
    spoken_of = lines.filter(pl.col("hcpcs_code").is_in(policies.codes))
    about = tables.about(spoken_of["hcpcs_code"].unique())
    return tell(spoken_of.select("row", "modifiers", *READ), policies, past, about)
