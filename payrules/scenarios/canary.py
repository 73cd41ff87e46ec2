"""Canary claims: a small file of claims with the amounts they should have, priced again.

A user keeps the file. When a release, a payer file or a new version moves an answer, the check
names the line and the first step of its chain that is another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims.readers import read_file
from payrules.errors import ClaimsError
from payrules.estimate import estimate
from payrules.results import Results, write_frame

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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Canary:
    """A checked canary file: how many lines and expectations held, and what moved."""

    lines: int
    expectations: int
    moved: tuple[Moved, ...]
    results: Results


def check_canary(path: Path, **how: Any) -> Canary:
    """Price a canary file and compare; `how` is what `payrules.estimate.estimate` takes.

    A line expects what its columns expected_status, expected_allowed_amount,
    expected_medicare_amount, expected_patient_amount and expected_steps say; a blank expects
    nothing, and `none` that there is no amount. Raises ClaimsError where the file expects nothing
    or a row of it cannot be read.
    """
    results = estimate(path, **how)
    _refuse_rejects(path, results)
    columns = [name for name in (*EXPECTED, STEPS) if name in results.lines.columns]
    filled = sum(results.lines[name].count() for name in columns)
    if not filled:
        raise ClaimsError(
            f"{path.name} expects nothing: fill one of {', '.join((*EXPECTED, STEPS))}, or write"
            " today's answers with --record."
        )
    moved = tuple(_moved(results, columns, path.name))
    return Canary(results.lines.height, filled, moved, results)


def record_canary(path: Path, target: Path, **how: Any) -> Canary:
    """Write a claims file with today's answers as its expectations, CSV or Parquet."""
    results = estimate(path, **how)
    _refuse_rejects(path, results)
    read = read_file(path)
    if read.sha256 not in {each["sha256"] for each in results.run["inputs"]}:
        raise ClaimsError(f"{read.name} was changed while it was being read; run again.")
    raw = read.rows.filter(~pl.all_horizontal(pl.all().is_null()))
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


def _refuse_rejects(path: Path, results: Results) -> None:
    if results.rejects.height:
        fault = results.rejects.row(0, named=True)
        raise ClaimsError(
            f"{path.name}, row {fault['row']}, column {fault['column']}: {fault['reason']}."
            " Every row of a canary file must be readable."
        )


def _steps(results: Results) -> pl.DataFrame:
    """Write each line's chain as one text: "fee_schedule_amount 155.30; bilateral 232.95"."""
    written = pl.format("{} {}", "rule", pl.col("after").cast(pl.String).fill_null(_NONE))
    return results.adjustments.group_by("claim_id", "claim_line_number", maintain_order=True).agg(
        written.str.join("; ").alias("steps")
    )


def _moved(results: Results, columns: list[str], file: str) -> Iterator[Moved]:
    chains = {(claim, line): steps for claim, line, steps in _steps(results).iter_rows()}
    for number, row in enumerate(results.lines.iter_rows(named=True), 1):
        key = row["claim_id"], row["claim_line_number"]
        expected_steps = row.get(STEPS)
        step = _first_difference(results, key, expected_steps, chains[key])
        differs = False
        for name in columns:
            if name == STEPS or row[name] is None:
                continue
            expected, found = row[name].strip(), _text(row[EXPECTED[name]])
            wanted = (
                _amount(expected, f"{file}, line {number}, {name}")
                if _is_money(name)
                else (expected.lower())
            )
            if wanted != found:
                differs = True
                yield Moved(*key, EXPECTED[name], wanted, found, step)
        if expected_steps and not differs and expected_steps.strip() != chains[key]:
            yield Moved(*key, "steps", expected_steps.strip(), chains[key], step)


def _is_money(name: str) -> bool:
    return name.endswith("_amount")


def _text(value: Any) -> str:
    return _NONE if value is None else str(value)


def _amount(text: str, where: str) -> str:
    if text.lower() == _NONE:
        return _NONE
    try:
        return str(Decimal(text.replace("$", "").replace(",", "")).quantize(Decimal("0.01")))
    except InvalidOperation:
        raise ClaimsError(f"{where}: cannot be read; write 155.30, or none.") from None


def _first_difference(
    results: Results, key: tuple[str, int], expected: str | None, found: str
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


def _detail(results: Results, key: tuple[str, int], number: int) -> str:
    steps = results.adjustments.filter(
        (pl.col("claim_id") == key[0])
        & (pl.col("claim_line_number") == key[1])
        & (pl.col("step") == number)
    )
    detail: Mapping[str, Any] = steps.row(0, named=True) if steps.height else {}
    return f" ({detail['detail']})" if detail.get("detail") else ""
