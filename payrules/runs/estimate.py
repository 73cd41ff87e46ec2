"""The main job: a batch of claim lines in, an explained estimate out."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from payrules import __version__
from payrules.claims import Batch, Claims
from payrules.engine.rule import STATUSES
from payrules.runs.edits_at_hand import edits_at_hand, lines_by
from payrules.runs.results import Estimate, adjustments_in_dollars, lines_in_dollars, with_carried
from payrules.runs.setup import Setup, payers_named
from payrules.runs.x12 import with_notes, x12_record


def estimate(
    batch: Claims,
    setup: Setup | None = None,
    *,
    trail: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Estimate:
    """Price a batch: files, or lines in memory (a frame, or dicts) with the same columns (`KNOWN`).

    Without a setup Medicare pays by the schedules at hand. Raises ClaimsError for a batch that
    cannot be read and ScheduleError for schedules that cannot be used; a line that cannot be
    priced is a row with a status.
    """
    started = time.perf_counter()
    setup = setup or Setup()
    checked = setup.read(batch)
    priced = setup.price(checked.lines, trail=trail, progress=progress)
    lines = with_notes(priced.lines, checked.notes)
    results = Estimate(
        lines=with_carried(lines_in_dollars(lines, checked.given), checked.carried),
        adjustments=adjustments_in_dollars(priced),
        rejects=checked.rejects,
        run={},
        carried=tuple(checked.carried.columns),
        superseded=checked.superseded,
    )
    record = run_record(results, checked, setup)
    record["seconds"] = round(time.perf_counter() - started, 3)
    return replace(results, run=record)


#: What the run record adds up.
TOTALS = (
    "charge_amount",
    "allowed_amount",
    "deductible_amount",
    "coinsurance_amount",
    "sequestration_amount",
    "medicare_amount",
    "patient_amount",
)


def run_record(
    results: Estimate,
    batch: Batch,
    setup: Setup,
    *,
    days: pl.DataFrame | None = None,
    codes: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Say what was run, on what, with what, and what came out; no personal data.

    `days` and `codes` count the lines by date of service and code, where `batch` has no lines.
    """
    lines = results.lines
    payer, schedules, tables = setup.payer, setup.schedules, setup.tables
    days = lines_by(batch.lines, "service_date") if days is None else days
    codes = lines_by(batch.lines, "hcpcs_code") if codes is None else codes
    edits = edits_at_hand(payer.rules, schedules, days, codes)
    in_part = {each["rule"]: each["in_part"] for each in edits if each["in_part"]}
    used = set(lines["release"].drop_nulls().unique())
    totals = {name: f"{lines[name].sum():.2f}" for name in TOTALS if name in lines.columns}
    counts = dict(lines["status"].value_counts().iter_rows())
    without = [
        each.name for each in payer.rules if each.needs and getattr(tables, each.needs) is None
    ]
    return {
        "payrules": __version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "payer": {"name": payer.name, "contract": payer.contract, "files": dict(payer.files)},
        "release_asked_for": setup.release,
        **setup.columns_file.record(),
        **intake_record(batch, setup),
        "releases": [
            {
                "name": each.name,
                "effective_from": each.effective_from.isoformat(),
                "effective_to": each.effective_to.isoformat(),
                "source": each.source,
                "files": dict(each.files),
            }
            for each in schedules.releases
            if each.name in used
        ],
        "tables": schedules.table_sources(),
        "rules": [
            {
                "name": each.name,
                "kind": each.kind,
                "title": each.title,
                "cites": each.cites,
                "effective": each.effective.isoformat(),
                "ran": f"in part: {in_part[each.name]}"
                if each.name in in_part
                else each.name not in without,
            }
            for each in payer.rules
        ],
        "edits": edits,
        "counts": {
            "rows_in": batch.rows_in,
            "lines": lines.height,
            "rejects": results.rejects.height,
            **({} if batch.superseded is None else {"superseded": batch.superseded.height}),
            **{status: counts.get(status, 0) for status in STATUSES},
            "adjustments": results.adjustments.height,
        },
        "totals": totals,
    }


def intake_record(batch: Batch, setup: Setup) -> dict[str, Any]:
    """Say of a batch what was read, what only carried, and what may have been meant otherwise.

    `lines_of_other_payers` counts the lines whose payer none of those given is, which
    `payers_not_given` names: the first of those given prices these too. `readings` are the reading
    reports of the files.
    """
    named = payers_named(batch.lines)
    others = batch.lines["payer"].filter(named.is_not_null() & ~named.is_in([*setup.every_payer]))
    return {
        "inputs": [
            {"name": each.name, "sha256": each.sha256, "rows": each.rows}
            | ({"further_sheets": list(each.further_sheets)} if each.further_sheets else {})
            for each in batch.files
        ],
        "carried": list(batch.carried.columns),
        "renamed": dict(batch.renamed),
        "lines_of_other_payers": len(others),
        "payers_not_given": others.str.strip_chars().unique().sort().to_list(),
        "readings": [each.record() for each in batch.readings],
        **({"x12": x12_record(batch.x12)} if batch.x12 else {}),
    }
