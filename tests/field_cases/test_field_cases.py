"""Claims from the field: the engine, as users run it, and the reference pricer give what is known.

`cases.toml` holds the cases; `releases` the rows of CMS's files that they need, in CMS's layout and
without descriptors, so that neither the starter nor `../shared` has a part in them. No table of
edits is at hand but the anesthesia base units: the cases are about the rules. They run once more
under the starter's edits, as most users run them.
"""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.payers import MEDICARE, load_payer
from payrules.payers.payer import Payer
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, import_schedule, load_schedules
from tests import reference
from tests.reference_schedules import read_drugs, read_laboratory

FOLDER = Path(__file__).parent
CASES = tomllib.loads((FOLDER / "cases.toml").read_text(encoding="utf-8"))["case"]
BASE_UNITS = [
    {"hcpcs_code": code, "base_units": units, "effective_from": date(2022, 1, 1)}
    for code, units in (("00142", 4), ("00811", 4), ("00812", 3))
]
RELEASES = FOLDER / "releases"
QUARTERS = [
    *(read_drugs(path) for path in sorted(RELEASES.glob("asp_*.csv"))),
    read_laboratory(RELEASES / "CLFS 2025 Q1V1.csv", date(2025, 1, 1), date(2025, 3, 31)),
]
PAYER = """
name = "{id}"
contract = "{id}: a payer's own dollars"
[fee_schedule]
file = "fees.csv"
"""
#: What CMS's units and pairs of the starter deny in a case that is about another rule.
DENIED_BY_EDITS = {
    ("FLD-012", "1-1"): "222",
    ("FLD-012", "1-2"): "222",
    ("FLD-012", "1-3"): "222",
    ("FLD-014", "1-3"): "236",
}
each_case = pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case['id']} {case['says']}") for case in CASES]
)

Case = dict[str, Any]


@pytest.fixture(scope="module")
def schedules(tmp_path_factory: pytest.TempPathFactory) -> Schedules:
    store = tmp_path_factory.mktemp("schedules")
    for path in sorted((FOLDER / "releases").iterdir()):
        import_schedule(path, store)
    return load_schedules(store)


@pytest.fixture(scope="module")
def with_edits(schedules: Schedules) -> Schedules:
    starter = load_schedules(content_folder("fee_schedules"))
    return Schedules(schedules.releases, [*starter.tables, *schedules.tables])


def filled_in(case: Case) -> list[dict[str, str]]:
    return [
        {
            "claim_line_start_date": case["day"].isoformat(),
            "place_of_service_code": "11",
            "service_unit_quantity": "1",
            "locality": "national",
            **line,
        }
        for line in case["lines"]
    ]


def payer_of(case: Case, folder: Path) -> Payer:
    """Give Medicare, or a payer with the case's fees in both settings."""
    if "fees" not in case:
        return MEDICARE
    heading = "hcpcs_code,modifier,facility_amount,nonfacility_amount"
    rows = ["{hcpcs_code},,{amount},{amount}".format(**fee) for fee in case["fees"]]
    (folder / "fees.csv").write_text("\n".join([heading, *rows]), encoding="utf-8")
    (folder / "payer.toml").write_text(PAYER.format(**case), encoding="utf-8")
    return load_payer(folder / "payer.toml")


def by_engine(case: Case, schedules: Schedules, folder: Path) -> dict[str, Case]:
    """Estimate a case as users do: each line's results by claim and line."""
    results = estimate(
        pl.DataFrame(filled_in(case)),
        Setup(payer=payer_of(case, folder), schedules=schedules, release=case["release"]),
    )
    assert results.rejects.is_empty()
    keys = pl.format("{}-{}", "claim_id", "claim_line_number").alias("key")
    groups = dict(results.adjustments.select(keys, "group_code").drop_nulls().rows())
    return {
        row["key"]: {**row, "group_code": groups.get(row["key"])}
        for row in results.lines.with_columns(keys).to_dicts()
    }


@each_case
def test_engine(case: Case, schedules: Schedules, tmp_path: Path) -> None:
    lines = by_engine(case, schedules, tmp_path)
    for key, expected in case["gives"].items():
        found = lines[key]
        assert found_like(expected, found, bool(found["review"])) == expected, key


@each_case
def test_engine_under_the_starters_edits(case: Case, with_edits: Schedules, tmp_path: Path) -> None:
    lines = by_engine(case, with_edits, tmp_path)
    for key, expected in case["gives"].items():
        found = lines[key]
        if (case["id"], key) in DENIED_BY_EDITS:
            denial = ("denied", DENIED_BY_EDITS[case["id"], key])
            assert (found["status"], found["carc"]) == denial, key
            assert "July 2024" in found["review"]
        else:
            assert found_like(expected, found, bool(found["review"])) == expected, key


@each_case
def test_reference(case: Case) -> None:
    schedule = reference.load_cms_release(FOLDER / "releases" / case["release"], case["release"])
    lines = [as_values(line) for line in filled_in(case)]
    for fee in case.get("fees", ()):
        for line in lines:
            factor = schedule.conversion_factor(line["claim_line_start_date"], qualifying_apm=False)
            for facility in (True, False):
                key = (fee["hcpcs_code"], "", "national", facility, factor)
                schedule.amounts[key] = Decimal(fee["amount"])
        blank = schedule.rows[fee["hcpcs_code"], ""]
        if blank["status_code"] not in "ARTJBP":  # a payer's own dollars need no status
            schedule.rows[fee["hcpcs_code"], ""] = {**blank, "status_code": "A"}
    tables = reference.ReferenceTables(base_units=BASE_UNITS, quarters=QUARTERS)
    results = reference.price(lines, [schedule], tables, release=case["release"])
    by_key = {
        f"{line['claim_id']}-{line['claim_line_number']}": result
        for line, result in zip(lines, results, strict=True)
    }
    for key, expected in case["gives"].items():
        found = by_key[key]
        assert found_like(expected, found, bool(found["notes"])) == expected, key


def found_like(expected: Case, found: Case, noted: bool) -> Case:
    """Give what was found of what is expected, amounts as text."""
    return {name: noted if name == "review" else str(found[name]) for name in expected}


def as_values(line: dict[str, str]) -> dict[str, Any]:
    """Read a line of text the way the reference takes it."""
    read = {
        "claim_line_start_date": date.fromisoformat,
        "service_unit_quantity": Decimal,
        "charge_amount": Decimal,
        "deductible_remaining": Decimal,
        "primary_paid_amount": Decimal,
        "primary_allowed_amount": Decimal,
        "primary_obligated_amount": Decimal,
        "mips_adjustment_percent": Decimal,
        "anesthesia_minutes": int,
        "postoperative_days": int,
        "participating": lambda text: text == "true",
        "assignment_accepted": lambda text: text == "true",
    }
    values: dict[str, Any] = {name: read.get(name, str)(text) for name, text in line.items()}
    return {**values, "modifiers": line.get("hcpcs_modifiers", "").split()}


def test_every_case_is_here_once() -> None:
    names = [case["id"] for case in CASES]
    assert len(names) == len(set(names)) == 37 + 22
    assert all(case["gives"] for case in CASES)
    decided_by = {case["rule"] for case in CASES}
    assert decided_by <= {"fee_schedule_amount", *(rule.name for rule in MEDICARE.rules)}
