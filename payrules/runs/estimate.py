"""The main job: a batch of claim lines in, an explained estimate out."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from payrules import __version__
from payrules.claims import Batch, Claims, read_batch
from payrules.engine.pricing import Priced
from payrules.engine.rule import STATUSES, Tables
from payrules.payers import MEDICARE, Payer, by_name
from payrules.runs.by_person import marks_together, price_by_person
from payrules.runs.edits_at_hand import KIND_OF_EDIT, edits_at_hand, lines_by
from payrules.runs.results import Estimate, adjustments_in_dollars, lines_in_dollars, with_carried
from payrules.runs.x12 import with_notes, x12_record
from payrules.schedules import LocalityNames, Schedules, load_schedules


def estimate(
    batch: Claims,
    *,
    payer: Payer = MEDICARE,
    payers: Mapping[str, Payer] | None = None,
    schedules: Schedules | None = None,
    locality: str | None = None,
    release: str | None = None,
    columns: Mapping[str, str] | None = None,
    trail: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Estimate:
    """Price a batch: files, or lines in memory (a frame, or dicts) with the same columns (`KNOWN`).

    `payer` prices every line, unless the batch has a column `payer` and `payers` names one of
    them; `locality` fills lines without one; `release` prices every line with that release;
    `columns` maps our column names to the batch's headings. Raises ClaimsError for a batch that
    cannot be read and ScheduleError for schedules that cannot be used; a line that cannot be
    priced is a row with a status.
    """
    started = time.perf_counter()
    schedules = schedules or load_schedules()
    known = known_payers(payer, payers)
    intake = intake_terms(schedules, known.values(), locality, columns)
    checked = read_batch(batch, **intake)
    tables = load_tables(schedules)
    priced = price_by_payer(checked, payer, known, schedules, release, tables, trail, progress)
    lines = with_notes(priced.lines, checked.notes)
    results = Estimate(
        lines=with_carried(lines_in_dollars(lines, checked.given), checked.carried),
        adjustments=adjustments_in_dollars(priced),
        rejects=checked.rejects,
        run={},
        carried=tuple(checked.carried.columns),
        superseded=checked.superseded,
    )
    record = run_record(results, checked, payer, known, schedules, release, tables, columns)
    record["seconds"] = round(time.perf_counter() - started, 3)
    return replace(results, run=record)


def known_payers(payer: Payer, payers: Mapping[str, Payer] | None) -> dict[str, Payer]:
    """Give the payers that the batch's column `payer` may name, by their name in lower case.

    The first is `payer`. Raises PayerError where `payers` has another of its name.
    """
    return by_name([(payer.name, payer), *(payers or {}).items()])


def intake_terms(
    schedules: Schedules,
    payers: Iterable[Payer],
    locality: str | None,
    columns: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Say what the rows of a batch are checked against: arguments of `read_batch`."""
    return {
        "columns": columns,
        "localities": schedules.localities(),
        "default_locality": locality,
        "zips": schedules.zip_codes(),
        "find_locality": LocalityNames(schedules).find,
        "needs_locality": any(each.dollars is None for each in payers),
    }


def load_tables(schedules: Schedules) -> Tables:
    """Give the tables of edits the schedules hold."""
    return Tables(
        unlikely_units=schedules.table("mue"),
        procedure_pairs=schedules.table("ptp"),
        add_on=schedules.table("add_on"),
        anesthesia_base_units=schedules.table("anesthesia_base_units"),
        stand_ins={name: schedules.stand_ins(kind) for name, kind in KIND_OF_EDIT.items()},
    )


def price_by_payer(
    batch: Batch,
    payer: Payer,
    known: Mapping[str, Payer],
    schedules: Schedules,
    release: str | None,
    tables: Tables,
    trail: bool,
    progress: Callable[[str], None] | None,
    *,
    looked_at: bool = False,
) -> Priced:
    """Price each payer's lines by its own rules, and put them back in input order."""

    def by(chosen: Payer, lines: pl.DataFrame) -> Priced:
        return price_by_person(
            lines,
            chosen.rules,
            schedules,
            release=release,
            dollars=chosen.dollars,
            tables=tables,
            trail=trail,
            looked_at=looked_at,
            progress=progress,
        )

    named = batch.lines["payer"].str.to_lowercase().str.strip_chars()
    names = [name for name in named.unique().drop_nulls().to_list() if name in known]
    if not [name for name in names if known[name] is not payer]:
        return by(payer, batch.lines)
    of_line = named.replace_strict({name: name for name in names}, default=payer.name.lower())
    lines, trails, places, seen = [], [], [], []
    for name in sorted(of_line.unique().to_list()):
        rows = of_line.eq(name).arg_true()
        part = by(known[name], batch.lines[rows])
        lines.append(part.lines.with_columns(_row=rows))
        places.append(rows)
        seen.append(part.looked_at)
        if part.trail is not None:
            trails.append(part.trail.with_columns(row=rows.gather(part.trail["row"])))
    together = pl.concat(lines).sort("_row").drop("_row")
    marks = marks_together(batch.lines.height, places, seen)
    return Priced(together, pl.concat(trails).sort("row", "step") if trails else None, marks)


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
    payer: Payer,
    known: Mapping[str, Payer],
    schedules: Schedules,
    release: str | None,
    tables: Tables,
    columns: Mapping[str, str] | None = None,
    *,
    days: pl.DataFrame | None = None,
    codes: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Say what was run, on what, with what, and what came out; no personal data.

    `days` and `codes` count the lines by date of service and code, where `batch` has no lines.
    """
    lines = results.lines
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
        "release_asked_for": release,
        "columns": dict(columns or {}),
        **intake_record(batch, known),
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


def intake_record(batch: Batch, known: Mapping[str, Payer]) -> dict[str, Any]:
    """Say of a batch what was read, what only carried, and what may have been meant otherwise.

    `lines_of_other_payers` counts the lines whose payer none of those given is: the first of them
    prices these too.
    """
    named = batch.lines["payer"].drop_nulls().str.to_lowercase().str.strip_chars()
    return {
        "inputs": [
            {"name": each.name, "sha256": each.sha256, "rows": each.rows}
            | ({"further_sheets": list(each.further_sheets)} if each.further_sheets else {})
            for each in batch.files
        ],
        "carried": list(batch.carried.columns),
        "renamed": dict(batch.renamed),
        "lines_of_other_payers": len(named) - int(named.is_in(list(known)).sum()),
        **({"x12": x12_record(batch.x12)} if batch.x12 else {}),
    }
