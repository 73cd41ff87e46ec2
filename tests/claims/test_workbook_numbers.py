"""A workbook whose texts have decimal commas has numbers, too, whose point parts no thousands."""

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules import estimate
from payrules.claims import read_batch
from payrules.workbook.figures import Figures

COLUMNS = {"file": {"decimal": ",", "date_format": "YYYY-MM-DD"}}
HEADINGS = (
    *("claim_id", "claim_line_number", "person_id", "claim_line_start_date", "hcpcs_code"),
    *("place_of_service_code", "service_unit_quantity", "charge_amount"),
)


def workbook(path: Path, *cells: tuple[object, object]) -> Path:
    """Write a line of a drug for each units and charge."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    for number, (units, charge) in enumerate(cells):
        sheet.append((f"C{number}", "1", "P1", "2025-03-04", "J1885", "11", units, charge))
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("units", "charge", "column"),
    [
        (1.125, "200,50", "service_unit_quantity"),
        ("1.125", "200,50", "service_unit_quantity"),
        ("1,125", 1.125, "charge_amount"),
        ("1,125", "1.125", "charge_amount"),
    ],
)
def test_what_may_be_thousands_or_decimals_is_no_number(
    units: object, charge: object, column: str, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "claims.xlsx", (units, charge))
    batch = read_batch(path, columns=COLUMNS, localities=["national"], default_locality="national")
    assert batch.lines.is_empty()
    assert batch.rejects["column"].to_list() == [column]
    assert "it may be thousands or decimals" in batch.rejects["reason"].item()


def test_what_can_be_told_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "claims.xlsx", ("1,125", "1.200,50"), (2, 200), ("3", "1200,5"))
    batch = read_batch(path, columns=COLUMNS, localities=["national"], default_locality="national")
    assert batch.lines["units_thousandths"].to_list() == [1_125, 2_000, 3_000]
    assert batch.lines["charge_amount"].to_list() == [120_050, 20_000, 120_050]


def test_rejects_of_a_workbook_given_back_are_read_like_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "claims.xlsx", (1.125, "200,50"), ("1", "200,50"))
    rejects = tmp_path / "rejects.csv"
    told = read_batch(path, columns=COLUMNS, localities=["x"], default_locality="x").rejects
    told.select(pl.lit("claims.xlsx").alias("file"), pl.all()).write_csv(rejects)
    again = read_batch(rejects, columns=COLUMNS, localities=["x"], default_locality="x")
    assert again.lines.is_empty()


def test_a_rejected_charge_that_may_be_either_cannot_be_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "claims.xlsx", (0, 1.125), (0, "1.200,50"))
    results = estimate(path, locality="national", columns=COLUMNS)
    charges = Figures(results).rejected_charges.to_list()
    assert [None if each is None else str(each) for each in charges] == [None, "1200.50"]


@pytest.mark.parametrize(
    "columns",
    [
        {"columns": {"charge_amount": "a"}, "values": {"charge_amount": {"50": "60.00"}}},
        {"columns": {"charge_amount": ["a", "b"]}},
    ],
    ids=["replaced", "of two columns"],
)
def test_a_rejected_charge_that_is_made_is_not_taken_from_its_cell(columns: dict[str, Any]) -> None:
    claims = pl.DataFrame(
        {
            **{name: ["1"] for name in ("claim_id", "claim_line_number", "person_id")},
            "claim_line_start_date": ["2025-06-02"],
            "hcpcs_code": ["99213"],
            "service_unit_quantity": ["0"],
            "place_of_service_code": ["11"],
            "a": ["50"],
            "b": ["00"],
        }
    )
    results = estimate(claims, locality="national", columns=columns)
    assert Figures(results).rejected_charges.to_list() == [None]
