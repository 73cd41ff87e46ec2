"""Payer files and fee schedules made small, and batches priced with them."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from payrules.content import content_folder
from payrules.engine.rule import Rule
from payrules.errors import PayerError
from payrules.payers import MEDICARE, Payer, load_payer
from payrules.payers.form import form
from payrules.payers.rates import ReadSchedule
from payrules.payers.terms import changed_rules
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, load_schedules

HEAD = 'name = "Acme"\ncontract = "Acme agreement 2026, exhibit B"\n'
OWN = HEAD + '[fee_schedule]\nfile = "fees.csv"\nindicators = "own"\n'
RELEASE = HEAD + '[fee_schedule]\nfile = "fees.csv"\n'


def payer(folder: Path, text: str, fees: str | None = None) -> Payer:
    """Write a payer file, and its fee schedule, and load it."""
    if fees is not None:
        (folder / "fees.csv").write_text(fees, encoding="utf-8")
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    return load_payer(folder / "acme.toml")


def batch(*lines: dict[str, str], day: str = "2025-03-03", place: str = "22") -> pl.DataFrame:
    """Give one claim of a person, lines numbered in order."""
    rows: list[dict[str, Any]] = [
        {
            "claim_id": "A",
            "claim_line_number": str(number),
            "person_id": "P",
            "claim_line_start_date": day,
            "place_of_service_code": place,
            **line,
        }
        for number, line in enumerate(lines, 1)
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def priced(lines: pl.DataFrame, chosen: Payer, **terms: Any) -> Estimate:
    """Estimate on the starter's releases without its edits: payers' amounts are meant here."""
    starter = load_schedules(content_folder("fee_schedules"))
    schedules = Schedules(starter.releases, starter.tables_in_use("anesthesia_base_units"))
    return estimate(lines, Setup(payer=chosen, schedules=schedules, **terms))


def allowed(results: Estimate) -> list[str | None]:
    return results.lines["allowed_amount"].cast(pl.String).to_list()


def rules_of(text: str) -> tuple[Rule, ...]:
    """Give the rules of a payer file without a schedule of its own, which nobody need write."""
    return rules_of_written(tomllib.loads(text, parse_float=Decimal))


def rules_of_written(
    written: Mapping[str, Any], schedule: ReadSchedule | None = None
) -> tuple[Rule, ...]:
    """Give the rules of what a payer file holds; `schedule` reads another that a limit names."""
    said = form().model_validate({**tomllib.loads(HEAD), **written})

    def refuse(place: str, fault: str) -> PayerError:
        return PayerError(f"acme.toml, {place}: {fault}.")

    return changed_rules(MEDICARE.rules, said, said.contract, refuse, schedule=schedule)
