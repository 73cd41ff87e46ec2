"""A workbook whose texts have decimal commas has numbers, too, which have no decimal sign."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules import estimate
from payrules.claims import Batch, read_batch
from payrules.errors import ClaimsError
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


def read(path: Path, columns: dict[str, Any] = COLUMNS) -> Batch:
    return read_batch(path, columns=columns, localities=["x"], default_locality="x")


@pytest.mark.parametrize(
    ("units", "charge", "expected"),
    [
        (1.125, 1200.45, (1_125, 120_045)),
        ("1.125", "1.125", (1_125_000, 112_500)),
        ("1,125", "2.200,50", (1_125, 220_050)),
        (2, 0.1 + 0.2, (2_000, 30)),
        (0.5, 1e-9, None),
        (1, 1.125, None),
    ],
)
def test_a_number_is_one_and_a_text_is_read_by_the_signs_told(
    units: object, charge: object, expected: tuple[int, int] | None, tmp_path: Path
) -> None:
    batch = read(workbook(tmp_path / "claims.xlsx", (units, charge)))
    found = batch.lines.select("units_thousandths", "charge_amount").rows()
    assert found == ([] if expected is None else [expected])


def test_a_number_of_an_old_workbook_is_one_too() -> None:
    batch = read(Path(__file__).parent / "old.xls", {"file": {"decimal": ","}})
    assert batch.lines["charge_amount"].to_list() == [18_550, 120_000]


def test_a_number_that_is_shown_as_a_percentage_is_one_too(tmp_path: Path) -> None:
    path = workbook(tmp_path / "claims.xlsx", (1, "1,50"))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["I1"], sheet["I2"] = "mips_adjustment_percent", 0.0125
    sheet["I2"].number_format = "0.00%"
    book.save(path)
    assert read(path).lines["mips_adjustment_percent"].to_list() == [125]


def test_what_can_be_told_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "claims.xlsx", ("1,125", "1.200,50"), (2, 200), ("3", "1200,5"))
    batch = read(path)
    assert batch.lines["units_thousandths"].to_list() == [1_125, 2_000, 3_000]
    assert batch.lines["charge_amount"].to_list() == [120_050, 20_000, 120_050]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_rejects_of_a_workbook_given_back_are_read_like_it(ending: str, tmp_path: Path) -> None:
    """Given back as CSV, which names no file, the number 1.125 was read as 1125 units."""
    path = workbook(tmp_path / "claims.xlsx", (1.125, "200,50"), ("1.125", 7.5))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["F2"] = sheet["F3"] = "98"
    book.save(path)
    told = read(path).rejects
    assert told["service_unit_quantity"].to_list() == ["1,125", "1.125"]
    rejects = tmp_path / f"rejects.{ending}"
    told = told.with_columns(place_of_service_code=pl.lit("11"))
    told.write_csv(rejects) if ending == "csv" else told.write_excel(rejects)
    again = read(rejects)
    assert again.lines["units_thousandths"].to_list() == [1_125, 1_125_000]
    assert again.lines["charge_amount"].to_list() == [20_050, 750]


def test_a_number_put_into_a_rejects_page_is_one(tmp_path: Path) -> None:
    path = workbook(tmp_path / "claims.xlsx", ("x", "200,50"), ("x", "200,50"))
    rejects = tmp_path / "rejects.xlsx"
    read(path).rejects.write_excel(rejects)
    book = openpyxl.load_workbook(rejects)
    sheet = book.active
    assert sheet is not None
    (column,) = [cell.column for cell in sheet[1] if cell.value == "service_unit_quantity"]
    sheet.cell(3, column).value = 1.125
    book.save(rejects)
    again = read(rejects)
    assert again.lines["units_thousandths"].to_list() == [1_125]
    assert again.rejects["row"].to_list() == [2]


@pytest.mark.parametrize("columns", [{}, COLUMNS], ids=["points", "commas"])
def test_a_percentage_put_into_a_rejects_page_is_what_it_shows(
    columns: dict[str, Any], tmp_path: Path
) -> None:
    """A cell that shows 9 % holds 0.09, and 0.09 % was read."""
    path = workbook(tmp_path / "claims.xlsx", (1, "200"))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["I1"], sheet["I2"] = "mips_adjustment_percent", "x"
    book.save(path)
    rejects = tmp_path / "rejects.xlsx"
    read(path, columns).rejects.write_excel(rejects)
    book = openpyxl.load_workbook(rejects)
    sheet = book.active
    assert sheet is not None
    (cell,) = [each for each in sheet[2] if each.value == "x" and each.column > 4]
    cell.value, cell.number_format = 0.0125, "0.00%"
    book.save(rejects)
    assert read(rejects, columns).lines["mips_adjustment_percent"].to_list() == [125]


@pytest.mark.parametrize("heading", ["^Charge.*$", "^.*$", "*"])
def test_a_charge_is_read_under_a_heading_that_looks_like_a_pattern(
    heading: str, tmp_path: Path
) -> None:
    """It was an IndexError, of a workbook's numbers and of what its rejected rows charge."""
    path = workbook(tmp_path / "claims.xlsx", (1, 1200.45), (0, 7.5), (0, "1.200,50"))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["H1"] = heading
    book.save(path)
    columns = {"columns": {"charge_amount": heading}, "file": {"decimal": ","}}
    results = estimate(path, locality="national", columns=columns)
    assert results.lines["charge_amount"].to_list() == [Decimal("1200.45")]
    charges = Figures(results).rejected_charges.to_list()
    assert charges == [Decimal("7.50"), Decimal("1200.50")]


@pytest.mark.parametrize(
    ("template", "units"),
    [
        ("{service_unit_quantity} {rendering_specialty}", ["1.125", "1125.000", "1.500", "3.000"]),
        ("{claim_line_number}.{service_unit_quantity}", ["125.000", "125.000", None, None]),
    ],
)
def test_a_number_is_one_in_a_column_that_is_parted_too(
    template: str, units: list[str | None], tmp_path: Path
) -> None:
    """The number 1.125, without what else stands there, was 1125 units."""
    path = workbook(tmp_path / "claims.xlsx", (1.125, 9), ("1.125", 9), ("1,5", 9), ("3 08", 9))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["G1"] = "Quantity"
    if "line" in template:
        sheet.delete_cols(2)
    book.save(path)
    results = estimate(
        path,
        locality="national",
        columns={"joined": {"quantity": template}, "file": {"decimal": ","}},
    )
    found = dict(results.lines.select("claim_id", "service_unit_quantity").iter_rows())
    expected = {f"C{n}": Decimal(each) for n, each in enumerate(units) if each is not None}
    assert found == expected


def test_a_rejected_charge_of_a_workbook_is_read_as_its_lines_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "claims.xlsx", (0, 1.125), (0, "1.125"), (0, 1200.45), (0, " 5,5"))
    results = estimate(path, locality="national", columns=COLUMNS)
    charges = Figures(results).rejected_charges.to_list()
    told = [None if each is None else str(each) for each in charges]
    assert told == [None, "1125.00", "1200.45", "5.50"]


def test_a_decimal_comma_that_is_not_told_is_asked_about_wherever_it_stands(tmp_path: Path) -> None:
    """Of units and percentages no reason said it, and 1,125 beside 1,5 was 1,125 units."""
    path = workbook(tmp_path / "claims.xlsx", (1, 100.5), ("1,5", "1.234,56"), (2, "7"))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet["I1"], sheet["I4"] = "mips_adjustment_percent", "1,25"
    book.save(path)
    batch = read(path, {})
    assert batch.lines["charge_amount"].to_list() == [10_050]
    asked = 'if its comma is a decimal one, say so in a columns file, [file] decimal = ","'
    assert [each.count(asked) for each in batch.rejects["reason"]] == [2, 1]
    units = read(path)
    assert units.lines["units_thousandths"].to_list() == [1_000, 1_500, 2_000]
    sheet["G4"] = "1,125"
    book.save(path)
    with pytest.raises(ClaimsError, match=r"a decimal comma \(.*1,125, under 'service_unit_quanti"):
        read(path, {})


def test_thousands_that_a_spreadsheet_took_for_decimals_are_rejected_with_what_to_do(
    tmp_path: Path,
) -> None:
    """1.234 of an export with decimal commas, opened where points are decimal ones."""
    path = workbook(tmp_path / "claims.xlsx", (1, 1.234), (1, "1.234,56"), (1, "1,2345"))
    batch = read(path)
    assert batch.lines["charge_amount"].to_list() == [123_456]
    first, other = batch.rejects["reason"]
    assert first == (
        "charge_amount 1,234 is not an amount in dollars and cents: a spreadsheet that writes"
        " decimal points may have made it of thousands (1.234 of 1234); if so, write 1234"
    )
    assert other.endswith("dollars and cents")


CLAIM = {
    **{name: ["1", "2"] for name in ("claim_id", "claim_line_number", "person_id")},
    "claim_line_start_date": ["2025-06-02"] * 2,
    "hcpcs_code": ["99213"] * 2,
    "place_of_service_code": ["11"] * 2,
}
_MADE: dict[str, tuple[dict[str, Any], dict[str, list[str]], str | None]] = {
    "replaced": (
        {"columns": {"charge_amount": "a"}, "values": {"charge_amount": {"x": "60.00"}}},
        {"a": ["X", " x"]},
        "60.00",
    ),
    "replaced, another value": (
        {"columns": {"charge_amount": "a"}, "values": {"charge_amount": {"x": "60.00"}}},
        {"a": ["X", "50"]},
        "50.00",
    ),
    "of two columns": (
        {"columns": {"charge_amount": ["a", "b"]}, "values": {"charge_amount": {"x-y": "70"}}},
        {"a": ["x", "x"], "b": ["y", "y"]},
        "70.00",
    ),
    "of two columns, no amount": (
        {"columns": {"charge_amount": ["a", "b"]}, "constants": {"service_unit_quantity": "0"}},
        {"a": ["50", "50"], "b": ["00", "00"]},
        None,
    ),
    "a part of one": (
        {"joined": {"a": "{charge_amount}/{rendering_specialty}"}, "file": {"decimal": ","}},
        {"a": ["1.200,45/08", "1.200,45/08"]},
        "1200.45",
    ),
    "the same for all": ({"constants": {"charge_amount": "80.00"}}, {"a": ["1", "1"]}, "80.00"),
    "of this file alone": (
        {
            "constants": {"charge_amount": "80.00"},
            "where": [{"files": "claims*", "constants": {"charge_amount": "90.00"}}],
        },
        {"a": ["1", "1"]},
        "90.00",
    ),
}


@pytest.mark.parametrize("case", _MADE)
def test_a_rejected_charge_that_is_made_is_made_as_its_lines_are(case: str, tmp_path: Path) -> None:
    columns, more, expected = _MADE[case]
    claims = pl.DataFrame({**CLAIM, "service_unit_quantity": ["1", "0"], **more})
    path, rejects = tmp_path / "claims.csv", tmp_path / "rejects.csv"
    claims.write_csv(path)
    results = estimate(path, locality="national", columns=columns)
    charges = Figures(results).rejected_charges.to_list()
    assert charges[-1] == (None if expected is None else Decimal(expected))
    if "another" not in case and expected is not None:
        assert results.lines["charge_amount"].to_list() == charges
    results.rejects.write_csv(rejects)
    again = estimate(rejects, locality="national", columns=columns)
    assert Figures(again).rejected_charges.to_list() == charges
