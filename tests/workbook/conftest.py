"""A small batch that meets every status, priced once, for the tests of what is written."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.workbook import write_workbook

#: Text that a careless writer would turn into a formula, a number, a date or broken XML.
HOSTILE = [
    "=1+1",
    "+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "00100",
    "1e5",
    "<b>&amp;\"'",
    "_x0041_",
    "bell\x07null\x00",
    "n/a",
    "  spaced  ",
    "é ✓ 🩺",
    "=cmd|'/c calc'!A1",
]
CLAIMS = [
    # claim, code, modifiers, units, place, charge, more
    ("c1", "45385", "", 1, "22", "900.00", {}),
    ("c1", "45380", "59", 1, "22", "600.00", {}),
    ("c2", "64483", "50", 1, "22", "400.00", {"deductible_remaining": "50.00"}),
    ("c2", "64493", "", 1, "22", "", {}),
    ("c3", "29827", "", 1, "22", "500.00", {}),
    ("c3", "29823", "", 1, "22", "1200.00", {"allowed_amount": "100.00"}),
    ("c4", "45385", "", 1, "24", "800.00", {}),
    ("c4", "G0117", "", 1, "24", "700.00", {}),
    ("c5", "99214", "25", 1, "11", "250.00", {"rendering_npi": "1999999984"}),
    ("c5", "20610", "", 1, "11", "300.00", {"rendering_npi": "1999999984"}),
    ("c6", "99999", "", 1, "11", "80.00", {}),
    ("c7", "36415", "", 1, "11", "25.00", {}),
    ("c8", "64493", "80", 3, "22", "900.00", {}),
    ("c9", "99213", "", 1, "11", "300.00", {"participating": "n", "assignment_accepted": "n"}),
    ("c10", "22845", "62", 1, "21", "5000.00", {}),
    ("c10", "22845", "66", 1, "21", "", {}),
    ("c11", "29827", "53", 1, "22", "100.00", {}),
    ("c12", "97110", "CQ", 2, "11", "120.00", {}),
]


def claims() -> pl.DataFrame:
    """Give the batch as text, as a file would hold it, with two rows that are rejected."""
    rows, lines = [], dict.fromkeys((claim[0] for claim in CLAIMS), 0)
    numbers = {claim: number for number, claim in enumerate(lines)}
    for claim, code, modifiers, units, pos, charge, more in CLAIMS:
        lines[claim] += 1
        hostile = HOSTILE[numbers[claim]]
        rows.append(
            {
                "claim_id": claim,
                "claim_line_number": str(lines[claim]),
                "person_id": f"{hostile}{claim}",
                "claim_line_start_date": f"2025-06-{numbers[claim] + 1:02}",
                "hcpcs_code": code,
                "hcpcs_modifiers": modifiers,
                "service_unit_quantity": str(units),
                "place_of_service_code": pos,
                "charge_amount": charge,
                "locality": "national",
                "deductible_remaining": "",
                "allowed_amount": "",
                "rendering_npi": "",
                "participating": "",
                "assignment_accepted": "",
                "rendering_specialty": hostile,
                "diagnosis_code_1": hostile,
                "=ward": hostile,
                **more,
            }
        )
    bad = [{**rows[0], "claim_id": "c20", "place_of_service_code": "x9"}]
    bad.append(
        {**rows[0], "claim_id": "c21", "claim_line_start_date": "soon", "charge_amount": "?"}
    )
    return pl.DataFrame([*rows, *bad])


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Estimate:
    """The batch, read from two files and priced with the built-in schedules."""
    folder = tmp_path_factory.mktemp("claims")
    batch = claims()
    batch[:10].write_csv(folder / "first.csv")
    batch[10:].write_csv(folder / "second.csv")
    return estimate([folder / "first.csv", folder / "second.csv"])


@pytest.fixture(scope="session")
def estimate_file(results: Estimate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estimate pack of the batch."""
    path = tmp_path_factory.mktemp("pack") / "estimate.xlsx"
    write_workbook(results, path)
    return path


@pytest.fixture(scope="session")
def book(estimate_file: Path) -> openpyxl.Workbook:
    """The pack as openpyxl reads it: formulas as formulas."""
    return openpyxl.load_workbook(estimate_file)


@pytest.fixture(scope="session")
def values(estimate_file: Path) -> openpyxl.Workbook:
    """The pack as a program reads it that does not calculate."""
    return openpyxl.load_workbook(estimate_file, data_only=True)


@pytest.fixture
def layout_file(tmp_path: Path) -> Callable[[str], Path]:
    """Write a layout of one's own."""

    def write(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
