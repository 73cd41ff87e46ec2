"""A cell that holds an error, or a formula never computed, is a fault and never a blank."""

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from payrules.claims import columns, read_batch
from payrules.errors import ClaimsError, PayerError, ScheduleError
from payrules.files.worksheet_words import ERROR
from payrules.payers import read_dollar_schedule
from payrules.schedules.cms.cells import Source, rows
from tests.claims.batches import GOOD, LOCALITIES, checked, frame_of, reject

ERRORS = ["#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!"]
#: Newer errors, other tongues, LibreOffice's, and a column too narrow for its date.
TEXTS = [*ERRORS, "#SPILL!", "#CALC!", "#GETTING_DATA", "#NV", "#WERT!", "#NOM?", "Err:502", "####"]
NOT_REJECTED = (*columns.MODIFIERS[1:], "hcpcs_modifiers", columns.ATTESTED)
READ = [name for name in columns.KNOWN if name not in NOT_REJECTED]


def workbook(path, cells, *, like=GOOD):
    """Write one good row, with these cells instead: an error as Excel's own, `=…` as a formula."""
    book = openpyxl.Workbook()
    row = {**like, **cells}
    book.active.append(list(row))
    book.active.append(list(row.values()))
    book.save(path)
    return path


@pytest.mark.parametrize("name", [*READ, "diagnosis_code_1"])
def test_an_error_in_a_csv_cell_is_a_reject_that_names_the_cell(name):
    found = reject({name: "#N/A"})
    assert (found["row"], found["column"], found["value"]) == (1, name, "#N/A")
    assert found["reason"] == f"{name} holds a spreadsheet's error, #N/A, and no value"


def test_an_error_in_an_attestation_attests_nothing():
    assert checked({columns.ATTESTED: "#N/A"}).lines[columns.ATTESTED].to_list() == [None]


@pytest.mark.parametrize("text", TEXTS)
def test_every_error_text_is_known(text):
    assert reject({"rendering_npi": text})["column"] == "rendering_npi"


@pytest.mark.parametrize("text", ["#1001", "# 4", "Err", "#a!", "C#!"])
def test_a_number_sign_alone_is_no_error(text):
    assert pl.Series([text]).str.contains(ERROR).to_list() == [False]
    batch = read_batch(frame_of({"claim_id": text}), localities=LOCALITIES)
    assert batch.lines["claim_id"].to_list() == [text]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", ["service_unit_quantity", "charge_amount", "rendering_npi"])
def test_an_error_in_excel_is_a_reject_that_names_the_cell(tmp_path, name, error):
    path = workbook(tmp_path / "claims.xlsx", {name: error})
    batch = read_batch(path, localities=LOCALITIES)
    assert batch.lines.is_empty()
    found = batch.rejects.row(0, named=True)
    assert (found["row"], found["column"], found["value"]) == (2, name, error)


@pytest.mark.parametrize("name", ["service_unit_quantity", "charge_amount", "person_id"])
def test_a_formula_never_computed_is_a_reject_that_says_so(tmp_path, name):
    path = workbook(tmp_path / "claims.xlsx", {name: "=1+1"})
    found = read_batch(path, localities=LOCALITIES).rejects.row(0, named=True)
    assert (found["column"], found["value"]) == (name, "#UNCOMPUTED!")
    assert found["reason"].startswith(f"{name} is a formula that was never computed: open the")


def test_a_formulas_computed_value_is_read_and_its_stand_in_is_not(tmp_path):
    path = tmp_path / "claims.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*GOOD, "charge_amount"])
        for row, value in enumerate((12.5, 0), 1):
            sheet.write_row(row, 0, [*GOOD.values()])
            sheet.write(row, 0, f"C{row}")
            sheet.write_formula(row, len(GOOD), "=25/2", None, value)
    batch = read_batch(path, localities=LOCALITIES)
    assert batch.lines["charge_amount"].to_list() == [1_250]
    assert batch.rejects["column"].to_list() == ["charge_amount"]


def test_an_error_in_a_column_that_is_carried_stays_its_text(tmp_path):
    path = workbook(tmp_path / "claims.xlsx", {"Room": "#N/A"})
    assert read_batch(path, localities=LOCALITIES).carried["Room"].to_list() == ["#N/A"]


FEE = {
    "hcpcs_code": "99213",
    "modifier": None,
    "facility_amount": 80,
    "nonfacility_amount": 90,
    "effective_from": "2025-01-01",
    "effective_to": "2025-12-31",
    "imaging_family": None,
}


@pytest.mark.parametrize("cell", ["#N/A", "=1+1"])
@pytest.mark.parametrize("name", FEE)
def test_an_error_in_a_fee_schedule_is_refused_by_its_cell(tmp_path, name, cell):
    """Amount: the other setting's price; `effective_to`: an open end."""
    path = workbook(tmp_path / "fees.xlsx", {name: cell}, like=FEE)
    with pytest.raises(PayerError, match=rf"fees\.xlsx, row 1 under the headings, column {name}:"):
        read_dollar_schedule(path, own_indicators=True, cites="x")


def test_an_error_in_a_csv_fee_schedule_is_refused_by_its_cell(tmp_path):
    path = tmp_path / "fees.csv"
    path.write_text("hcpcs_code,facility_amount,effective_to\n99213,80,#N/A\n")
    with pytest.raises(PayerError, match="column effective_to: effective_to holds a spreadsheet's"):
        read_dollar_schedule(path, own_indicators=True, cites="x")


def test_a_fee_schedule_on_several_sheets_is_refused(tmp_path):
    path = workbook(tmp_path / "fees.xlsx", {}, like=FEE)
    book = openpyxl.load_workbook(path)
    book.create_sheet("blank")
    book.create_sheet("more").append(["99214", 100])
    book.save(path)
    with pytest.raises(PayerError, match=r"data on other worksheets too \(number 3\)"):
        read_dollar_schedule(path, own_indicators=True, cites="x")


def test_errors_in_cms_workbooks_are_read_as_their_text(tmp_path):
    path = workbook(tmp_path / "mue.xlsx", {"units": "#REF!", "rate": "=2"}, like={"code": "1"})
    assert rows(Source(path.name, path.read_bytes()))[1] == ["1", "#REF!", "#UNCOMPUTED!"]


# -- the room a sheet takes -----------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["XFD1048576", "XFD5", "BXY2", "AG1048576"])
def test_a_stray_cell_is_named_and_never_makes_room_for_billions(tmp_path, cell):
    path = workbook(tmp_path / "claims.xlsx", {})
    book = openpyxl.load_workbook(path)
    book.active[cell] = "x"
    book.save(path)
    with pytest.raises(ClaimsError, match=f"first sheet of claims.xlsx extends to cell {cell};"):
        read_batch(path, localities=LOCALITIES)
    with pytest.raises(ScheduleError, match=f"extends to cell {cell};"):
        rows(Source(path.name, path.read_bytes()))


def test_a_far_cell_that_only_has_a_format_takes_no_room(tmp_path):
    path = workbook(tmp_path / "claims.xlsx", {})
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    book.save(path)
    assert read_batch(path, localities=LOCALITIES).lines.height == 1


def test_far_rows_within_the_bound_are_read_and_rejected_by_their_number(tmp_path):
    path = workbook(tmp_path / "claims.xlsx", {})
    book = openpyxl.load_workbook(path)
    book.active["A100000"] = "x"
    book.save(path)
    batch = read_batch(path, localities=LOCALITIES)
    assert (batch.lines.height, batch.rejects["row"].to_list()) == (1, [100_000])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_heading_of_thousands_of_columns_is_refused_at_once(tmp_path, ending):
    path = tmp_path / f"claims.{ending}"
    if ending == "csv":
        path.write_text("claim_id" + "," * 140_000 + "\n" + "1\n" * 3)
    else:
        pl.DataFrame({f"c{place}": ["x"] for place in range(2_001)}).write_parquet(path)
    with pytest.raises(
        ClaimsError, match=r"has (140,001|2,001) columns; at most 2,000 can be read"
    ):
        read_batch(path, localities=LOCALITIES)


def test_long_headings_are_compared_with_none_and_quoted_in_short(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text(",".join(letter * 100_000 for letter in "ab") + "\n1,2\n")
    with pytest.raises(ClaimsError, match="has no column 'claim_id'") as caught:
        read_batch(path, localities=LOCALITIES)
    assert len(str(caught.value)) < 500
