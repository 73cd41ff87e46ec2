"""What a worksheet shows otherwise than it holds is read as it shows it, or told."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner

from payrules.cli.commands import cli
from payrules.content import content_folder
from payrules.errors import ClaimsError, PayrulesError
from payrules.files.worksheet_looks import percent_styles
from payrules.files.worksheet_words import as_percent
from payrules.files.worksheets import read_worksheet
from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.mips_file import read_mips_file
from payrules.runs.results import remarks
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from payrules.schedules.cms import drug_limits
from payrules.schedules.cms.cells import Source, rows
from tests.claims.batches import GOOD

STARTER = load_schedules(content_folder("fee_schedules"))
HEADINGS = [*GOOD, "mips_adjustment_percent"]
SHOWN = "is read as its cells show it: one that shows 9 % holds 0.09, and is 9."


def book_of(*rows: list, path: Path) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def batch_of(path: Path, *percents: float | str | None, styles: str = "0.00%") -> Path:
    rows = [[*{**GOOD, "claim_id": f"C{n}"}.values(), each] for n, each in enumerate(percents)]
    book = book_of(HEADINGS, *rows, path=path)
    for cell in book.active[openpyxl.utils.get_column_letter(len(HEADINGS))][1:]:
        cell.number_format = styles
    book.save(path)
    return path


def priced(path: Path, **how) -> tuple[list, list[str]]:
    results = estimate(path, Setup(schedules=STARTER, **how))
    percents = results.lines["mips_adjustment_percent"].cast(pl.String).to_list()
    return percents, remarks(results.run)


@pytest.mark.parametrize(
    ("styles", "shown_so"),
    [("0%", True), ("0.00%", True), ('+0.0 %;[Red]-0.0\\ "percent" %', True)]
    + [(each, False) for each in ("0.00", "General", '0.00"%"', "0.00\\%", "@")],
)
def test_a_cell_that_shows_nine_percent_is_nine(tmp_path, styles, shown_so):
    """0.09, shown as 9 %, was 0.09 percent, and nothing was said."""
    held = (0.09, -0.09, 0.0105, 0.07, None, 0)
    percents, said = priced(batch_of(tmp_path / "b.xlsx", *held, styles=styles))
    if shown_so:
        assert percents == ["9.00", "-9.00", "1.05", "7.00", None, "0.00"]
    # 1.05 is no share; 0.0105 as a percentage has four decimals, and is refused.
    else:
        assert percents == ["0.09", "-0.09", "0.07", None, "0.00"]
    assert any(SHOWN in each for each in said) == shown_so
    assert any("all between -0.20 and 0.20" in each for each in said) == (not shown_so)


def test_only_columns_of_percentages_are_read_as_shown(tmp_path):
    """A carried column stays as the cell holds it, as does a charge; texts stay texts."""
    path = tmp_path / "b.xlsx"
    row = [*GOOD.values(), 125.18, 0.5, "0.5"]
    book = book_of([*GOOD, "charge_amount", "Rate", "Text"], row, path=path)
    for cell in book.active[2][-3:]:
        cell.number_format = "0.00%"
    book.save(path)
    lines = estimate(path, Setup(schedules=STARTER)).lines
    assert lines.select("charge_amount", "Rate", "Text").cast(pl.String).row(0) == (
        *("125.18", "0.5", "0.5"),
    )


def test_a_mips_file_is_read_as_its_cells_show_it(tmp_path):
    path = tmp_path / "mips.xlsx"
    headings = ["billing_tin", "rendering_npi", "year", "percent"]
    book = book_of(
        headings,
        ["123456789", "1999999984", 2025, 0.09],
        ["123456789", "1999999992", 2025, -9],
        path=path,
    )
    book.active["D2"].number_format = "0%"
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    factors = read_mips_file(path)
    assert factors.rows["percent"].to_list() == [900, -900]
    hidden = "1 hidden row of the worksheet was read like the others; delete from it what is not"
    _, said = priced(batch_of(tmp_path / "b.xlsx", 0.01), mips=factors)
    assert f"mips.xlsx: {hidden} meant." in said
    assert f"mips.xlsx: 'percent' {SHOWN}" in said


def test_a_payers_tables_are_told_and_read_as_shown(tmp_path):
    fees, shared = tmp_path / "fees.xlsx", tmp_path / "shared.xlsx"
    book = book_of(["hcpcs_code", "facility_amount"], ["99213", 100], ["99214", 150], path=fees)
    book.active.column_dimensions["B"].hidden = True
    book.active.row_dimensions[3].hidden = True
    book.save(fees)
    columns = ["hcpcs_code", "deductible_waived", "coinsurance_percent", "effective_from"]
    book = book_of(columns, ["99213", "n", 0.15, "2020-01-01"], path=shared)
    book.active["C2"].number_format = "0%"
    book.save(shared)
    (tmp_path / "p.toml").write_text(
        'name = "P"\ncontract = "c"\nindicators = "own"\n[fee_schedule]\nfile = "fees.xlsx"\n'
        '[cost_sharing]\nfile = "shared.xlsx"\n'
    )
    payer = load_payer(tmp_path / "p.toml")
    results = estimate(batch_of(tmp_path / "b.xlsx", 0.01), Setup(payer, schedules=STARTER))
    assert str(results.lines["coinsurance_amount"][0]) == "15.00"
    assert results.run["side_files"] == [
        f"shared.xlsx: 'coinsurance_percent' {SHOWN}",
        "fees.xlsx: 1 hidden row and 1 hidden column of the worksheet were read like the others;"
        " delete from it what is not meant.",
    ]
    assert {*results.run["side_files"]} <= {*remarks(results.run)}
    book.active["C2"].number_format = "0.00"
    book.save(shared)
    with pytest.raises(PayrulesError, match=r"percentage: write 15 for a share of 0\.15"):
        load_payer(tmp_path / "p.toml")
    book.active["C2"] = 20
    book.create_sheet("more")["A1"] = "hcpcs_code"
    book.save(shared)
    with pytest.raises(PayrulesError, match=r"shared.xlsx has data on other worksheets too"):
        load_payer(tmp_path / "p.toml")


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        ([3], [], "1 hidden row of the worksheet was read"),
        ([2, 3], [], "2 hidden rows of the worksheet were read"),
        ([], ["A"], "1 hidden column of the worksheet was read"),
        ([2], ["A", "B", "Z"], "1 hidden row and 2 hidden columns of the worksheet were read"),
        ([1, 9], ["Z"], None),  # the headings, and where nothing stands
        ([], [], None),
    ],
)
def test_hidden_rows_and_columns_are_counted(tmp_path, rows, columns, said):
    """A filter that was left on hid rows that were priced, and nothing was said."""
    path = batch_of(tmp_path / "b.xlsx", 0.01, 0.02)
    book = openpyxl.load_workbook(path)
    for row in rows:
        book.active.row_dimensions[row].hidden = True
    for column in columns:
        book.active.column_dimensions[column].hidden = True
    book.save(path)
    percents, told = priced(path)
    assert percents == ["1.00", "2.00"]
    assert [each for each in told if "hidden" in each] == (
        [f"b.xlsx: {said} like the others; delete from it what is not meant."] if said else []
    )


def test_a_hidden_worksheet_is_told(tmp_path):
    path = batch_of(tmp_path / "b.xlsx", 0.01)
    book = openpyxl.load_workbook(path)
    book.create_sheet("seen")
    book.active.sheet_state = "hidden"
    book.save(path)
    assert "b.xlsx: the worksheet that was read is hidden in the workbook." in priced(path)[1]


def test_an_old_workbook_cannot_tell():
    sheet = read_worksheet((Path(__file__).parent / "old.xls").read_bytes(), "old.xls", ClaimsError)
    (said,) = sheet.looks.in_words(sheet.cells)
    assert said.startswith("an old workbook (.xls) does not tell payrules which of its rows")


def test_a_file_of_cms_tells_what_it_hides_and_shows(tmp_path):
    """A coinsurance shown as 20 % would have been a fifth of a percent."""
    above = ["Effective January 1, 2025 through March 31, 2025"]
    headings = ["HCPCS Code", "Short Description", "HCPCS Code Dosage", "Payment Limit"]
    headings += ["Co-insurance Percentage", "Vaccine AWP%", "Vaccine Limit", "Blood AWP%"]
    headings += ["Blood limit", "Clotting Factor", "Notes"]
    row = ["J0000", "x", "1 mg", 1.234, 0.2, *[None] * 6]
    path = tmp_path / "asp.xlsx"
    book = book_of(above, headings, row, path=path)
    with pytest.raises(PayrulesError, match="no row has more than 1 percent"):
        drug_limits.read(Source("asp.xlsx", path.read_bytes()))
    book.active["E3"].number_format = "0%"
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    source = Source("asp.xlsx", path.read_bytes())
    assert drug_limits.read(source)[0]["coinsurance"].to_list() == [20_000]
    assert rows(source)[2][4] == "20%"
    command = ["schedules", "import", str(path), "--schedules", str(tmp_path / "store")]
    told = " ".join(CliRunner().invoke(cli, command).output.split())
    assert "asp.xlsx: 1 hidden row of the worksheet was read like the others" in told


def test_parts_of_the_looks():
    styles = (
        b'<styleSheet><numFmts><numFmt numFmtId="170" formatCode="0.0%"/></numFmts><cellStyleXfs>'
        b'<xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="10"/>'
        b'<xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    assert percent_styles(styles) == {b"1", b"2"}
    cells = pl.Series("p", ["0.09", "0.09", None, "0.000000001", "12"])
    marked = pl.Series([True, False, False, True, True])
    assert as_percent(cells, marked).to_list() == ["9", "0.09", None, "0.0000001", "1200"]
