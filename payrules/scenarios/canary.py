"""Canary claims: a small file of claims with the amounts they should have, priced again.

A user keeps the file. When a release, a payer file or a new version moves an answer, the check
names the line and the first step of its chain that is another.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims.columns import is_one_slip, normal, shown
from payrules.claims.readers import read_files
from payrules.engine.rule import STATUSES
from payrules.errors import ClaimsError
from payrules.frozen import frozen
from payrules.money import dollars_text, read_scaled
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate, write_frame
from payrules.runs.setup import Setup

#: Column of the canary file → column of the results it is compared with.
EXPECTED = {
    "expected_status": "status",
    "expected_allowed_amount": "allowed_amount",
    "expected_medicare_amount": "medicare_amount",
    "expected_patient_amount": "patient_amount",
}
STEPS = "expected_steps"
#: What an expected amount says where a line has none.
_NONE = "none"
#: A chain as one text: "fee_schedule_amount 155.30; bilateral 232.95; deductible none".
_STEP = rf"[a-z0-9_]+ (?:-?[0-9]+\.[0-9]{{2}}|{_NONE})"
_CHAIN = rf"^\s*{_STEP}(?:\s*;\s*{_STEP})*\s*$"


@frozen
class Moved:
    """A line whose answer is not what the file expects: what, both values, and the first step."""

    claim_id: str
    claim_line_number: int
    what: str
    expected: str
    found: str
    step: str

    def words(self) -> str:
        """Say it in one sentence."""
        what = self.what.replace("_", " ")
        said = (
            f"Claim {self.claim_id} line {self.claim_line_number}: {what} was {self.expected} and"
            f" is {self.found}."
        )
        return f"{said} {self.step}" if self.step else said


@frozen
class Canary:
    """A checked canary file: how many lines and expectations held, and what moved."""

    lines: int
    expectations: int
    moved: tuple[Moved, ...]
    results: Estimate


def check_canary(path: Path, setup: Setup | None = None) -> Canary:
    """Price a canary file and compare.

    A line expects what its columns expected_status, expected_allowed_amount,
    expected_medicare_amount, expected_patient_amount and expected_steps say; a blank expects
    nothing, and `none` that there is no amount. Raises ClaimsError where the file expects nothing
    or a row of it cannot be read.
    """
    results = estimate(path, setup)
    _refuse_rejects(path, results)
    expected = _expectations(results, path.name)
    filled = sum(column.count() for column in expected)
    if not filled:
        raise ClaimsError(
            f"{path.name} states no expected values: fill one of"
            f" {', '.join((*EXPECTED, STEPS))}, or write today's answers with --record."
        )
    moved = tuple(_moved(results, expected))
    return Canary(results.lines.height, filled, moved, results)


def record_canary(path: Path, target: Path, setup: Setup | None = None) -> Canary:
    """Write a claims file with today's answers as its expectations, CSV or Parquet."""
    results = estimate(path, setup)
    _refuse_rejects(path, results)
    read, *_ = read_files([path], setup.columns_file if setup else None)
    if read.sha256 not in {each.sha256 for each in results.run.inputs}:
        raise ClaimsError(f"{read.name} was changed while it was being read; run again.")
    raw = read.rows.filter(~pl.all_horizontal(pl.all().is_null()))
    raw = raw.drop(_headings(raw.columns, path.name).values())  # of an earlier recording
    answers = results.lines.select(
        pl.col(found).cast(pl.String).fill_null(_NONE).alias(expected)
        for expected, found in EXPECTED.items()
    )
    steps = _steps(results).join(
        results.lines.select("claim_id", "claim_line_number"),
        on=["claim_id", "claim_line_number"],
        how="right",
        maintain_order="right",
    )["steps"]
    # A claims file that payrules reads again: an identifier stays as it is.
    write_frame(raw.with_columns(*answers, steps.alias(STEPS)), target, guard=False)
    return Canary(raw.height, raw.height * (len(EXPECTED) + 1), (), results)


def _refuse_rejects(path: Path, results: Estimate) -> None:
    if results.rejects.height:
        fault = results.rejects.row(0, named=True)
        raise ClaimsError(
            f"{path.name}, row {fault['row']}, column {fault['column']}: {fault['reason']}."
            " Every row of a canary file must be readable."
        )


def _steps(results: Estimate) -> pl.DataFrame:
    """Write each line's chain as one text: "fee_schedule_amount 155.30; bilateral 232.95"."""
    written = pl.format("{} {}", "rule", pl.col("after").cast(pl.String).fill_null(_NONE))
    return results.adjustments.group_by("claim_id", "claim_line_number", maintain_order=True).agg(
        written.str.join("; ").alias("steps")
    )


def _headings(headings: Iterable[str], file: str) -> dict[str, str]:
    """Match the headings of expectations: ours → theirs; ClaimsError for one that is nearly one."""
    ours = (*EXPECTED, STEPS)
    found: dict[str, str] = {}
    for heading in headings:
        name = normal(heading)
        if name in ours:
            if name in found:
                raise ClaimsError(f"{file} has two columns for '{name}'; remove or rename one.")
            found[name] = heading
    for heading in headings:
        meant = [each for each in ours if each not in found and is_one_slip(normal(heading), each)]
        if meant:
            raise ClaimsError(
                f"{file} has a column '{shown(heading)}', one slip away from '{meant[0]}', which"
                " would be passed over. Rename it so; if it is something else, give it another"
                " name."
            )
    return found


def _expectations(results: Estimate, file: str) -> pl.DataFrame:
    """Read what each line should have, as the answers are written; null expects nothing.

    ClaimsError for a cell that is no such answer: it is not quoted, because it may hold a person
    where columns have slid.
    """
    theirs = _headings(results.carried, file)
    columns = []
    for name in (each for each in (*EXPECTED, STEPS) if each in theirs):
        given = results.lines[theirs[name]].str.strip_chars().replace("", None)
        read, form = _read(name, given)
        if wrong := (given.is_not_null() & read.is_null()).arg_true().to_list():
            raise ClaimsError(f"{file}, line {wrong[0] + 1}, {name}: cannot be read; write {form}.")
        columns.append(read.alias(name))
    return pl.DataFrame(columns)


def _read(name: str, given: pl.Series) -> tuple[pl.Series, str]:
    """Read an expectation's cells, null where that cannot be, and say how they are written."""
    cell = pl.lit(given)
    read: pl.Expr
    if name == STEPS:
        read = pl.when(cell.str.contains(_CHAIN)).then(cell)
        form = "rules and amounts as --record does"
    elif name == "expected_status":
        word = cell.str.to_lowercase()
        read = pl.when(word.is_in(STATUSES)).then(word)
        form = f"one of {', '.join(STATUSES)}"
    else:
        none = cell.str.to_lowercase() == _NONE
        read = pl.when(none).then(pl.lit(_NONE)).otherwise(dollars_text(read_scaled(cell, 2)))
        form = "155.30, or none"
    return pl.select(read).to_series(), form


def _moved(results: Estimate, expected: pl.DataFrame) -> Iterator[Moved]:
    chains = {(claim, line): steps for claim, line, steps in _steps(results).iter_rows()}
    found = results.lines.select(
        "claim_id",
        "claim_line_number",
        *(pl.col(name).cast(pl.String).fill_null(_NONE) for name in EXPECTED.values()),
    )
    for row, wanted in zip(
        found.iter_rows(named=True), expected.iter_rows(named=True), strict=True
    ):
        key = row["claim_id"], row["claim_line_number"]
        chain = wanted.pop(STEPS, None)
        step = _first_difference(results, key, chain, chains[key])
        differing = {
            EXPECTED[name]: value
            for name, value in wanted.items()
            if value is not None and value != row[EXPECTED[name]]
        }
        for what, value in differing.items():
            yield Moved(*key, what, value, row[what], step)
        if chain and not differing and chain != chains[key]:
            yield Moved(*key, "steps", chain, chains[key], step)


def _first_difference(
    results: Estimate, key: tuple[str, int], expected: str | None, found: str
) -> str:
    """Say the first step that differs; without expected steps, the whole chain as it is now."""
    if not expected:
        return f"Its steps now: {found}."
    was, now = ([each.strip() for each in text.split(";")] for text in (expected, found))
    for number in range(max(len(was), len(now))):
        before = was[number] if number < len(was) else "no further step"
        after = now[number] if number < len(now) else "no further step"
        if before != after:
            return f"Step {number} was {before} and is {after}{_detail(results, key, number)}."
    return ""


def _detail(results: Estimate, key: tuple[str, int], number: int) -> str:
    steps = results.adjustments.filter(
        (pl.col("claim_id") == key[0])
        & (pl.col("claim_line_number") == key[1])
        & (pl.col("step") == number)
    )
    detail: Mapping[str, Any] = steps.row(0, named=True) if steps.height else {}
    return f" ({detail['detail']})" if detail.get("detail") else ""
