"""House templates: named tables filled, everything of the house kept, a report of both."""

import random
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table

from payrules.errors import ReportError
from payrules.front_door.terms import setup_of
from payrules.payers import MEDICARE
from payrules.runs.estimate import estimate
from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate, write_frame
from payrules.workbook import fill_template, write_workbook
from payrules.workbook.accounts import read_accounts
from payrules.workbook.columns import PAID
from tests.coverage.policies import written
from tests.payers.files import HEAD, payer, priced
from tests.payers.files import batch as small_batch
from tests.rules.test_coverage import batch, line
from tests.workbook.structure import faults

#: Sheets of rows of the pack whose names a template's table can have.
NAMED = {
    *("Lines", "Adjustments", "Review", "Rejects", "Bridge", "By_code", "By_claim"),
    *("By_practitioner", "Accrual", "Journal"),
}
RED = PatternFill("solid", bgColor="FFCC0000")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A workbook as a finance team would make it: a table of codes, a total, a chart, a name."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Our codes"
    sheet["A1"] = "House report"
    sheet["A1"].font = Font(name="Georgia", size=22)
    for place, heading in enumerate(("Code", "allowed amount", "Net", "Cost centre"), 1):
        sheet.cell(3, place, heading)
    sheet["A4"], sheet["B4"], sheet["C4"] = "12345", 1.5, "=B4*0.9"
    sheet["B4"].number_format = '"EUR" 0.00'
    sheet["B4"].font = Font(bold=True)
    sheet["A5"], sheet["B5"] = "Total", "=SUBTOTAL(109,tbl_By_Code[allowed amount])"
    table = Table(displayName="tbl_By_Code", ref="A3:D5", totalsRowCount=1)
    table.autoFilter = AutoFilter(ref="A3:D4")
    sheet.add_table(table)
    sheet.conditional_formatting.add("B4:B4", CellIsRule("lessThan", ["10"], fill=RED))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=4, max_row=4))
    chart.set_categories(Reference(sheet, min_col=1, min_row=4, max_row=4))
    sheet.add_chart(chart, "G3")
    book.defined_names["codes"] = DefinedName("codes", attr_text="'Our codes'!$A$4:$A$4")
    other = book.create_sheet("Notes")
    other["A1"], other["A2"] = "Region", "North"
    other.add_table(Table(displayName="Regions", ref="A1:A2"))
    path = tmp_path / "house.xlsx"
    book.save(path)
    return path


def test_a_table_is_filled_and_the_house_stays(
    results: Estimate, template: Path, tmp_path: Path
) -> None:
    report = fill_template(results, template, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as parts:  # no green triangle on any code
        xml = parts.read("xl/worksheets/sheet1.xml")
        assert xml.count(b'numberStoredAsText="1"') == 1
    assert faults(tmp_path / "out.xlsx") == []
    sheet = book["Our codes"]
    codes = results.lines["hcpcs_code"].n_unique()
    last = 3 + codes
    assert sheet.tables["tbl_By_Code"].ref == f"A3:D{last + 1}"
    assert sheet.tables["tbl_By_Code"].autoFilter.ref == f"A3:D{last}"
    assert {sheet.cell(row, 1).value for row in range(4, last + 1)} == set(
        results.lines["hcpcs_code"]
    )
    amounts = [sheet.cell(row, 2).value or 0 for row in range(4, last + 1)]
    assert round(sum(amounts), 2) == float(results.lines["allowed_amount"].sum())
    assert sheet.cell(last, 2).number_format == '"EUR" 0.00'
    assert sheet.cell(last, 2).font.bold
    assert sheet.cell(last, 3).value == f"=B{last}*0.9"
    assert sheet.cell(last + 1, 1).value == "Total"
    assert sheet.cell(last + 1, 2).value == "=SUBTOTAL(109,tbl_By_Code[allowed amount])"
    assert sheet["A1"].font.name == "Georgia"
    (area,) = sheet.conditional_formatting
    assert str(area.sqref) == f"B4:B{last}"
    series = sheet._charts[0].series[0]
    assert series.val.numRef.f == f"'Our codes'!$B$4:$B${last}"
    assert series.cat.numRef.f == f"'Our codes'!$A$4:$A${last}"
    assert book.defined_names["codes"].value == f"'Our codes'!$A$4:$A${last}"
    assert report.not_found == ("Regions",)
    (filled,) = report.tables
    assert (filled.source, filled.rows) == ("By_code", codes)
    assert (filled.filled, filled.calculated, filled.unknown) == (
        ("Code", "allowed amount"),
        ("Net",),
        ("Cost centre",),
    )
    told = report.in_words()
    assert "left empty: Cost centre" in told
    assert "Regions: payrules has nothing" in told


def test_lines_stay_text_in_a_template(results: Estimate, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["person_id", "Date of service", "Charge"])
    sheet.append(["x", None, 0])
    sheet.add_table(Table(displayName="Lines", ref="A1:C2"))
    book.save(tmp_path / "house.xlsx")
    fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsx")
    filled = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert {filled.cell(row, 1).data_type for row in range(2, filled.max_row + 1)} == {"s"}
    assert filled["A2"].value == "=1+1c1"
    assert filled["B2"].number_format == "yyyy-mm-dd"
    assert filled.max_row == results.lines.height + 1


def test_names_of_ours_are_words_but_under_a_columns_own_name(
    results: Estimate, tmp_path: Path
) -> None:
    """A house's sheet read by_report under Status; a program may read `status`."""
    for heading, shown in (("Status", "By report"), ("status", "by_report")):
        book = openpyxl.Workbook()
        book.active.append(["Claim", heading])
        book.active.add_table(Table(displayName="Lines", ref="A1:B2"))
        book.save(tmp_path / "house.xlsx")
        fill_template(results, tmp_path / "house.xlsx", tmp_path / "filled.xlsx", force=True)
        page = openpyxl.load_workbook(tmp_path / "filled.xlsx").active
        assert shown in {row[1].value for row in page.iter_rows(min_row=2)}


def test_fewer_rows_leave_nothing_of_the_old(results: Estimate, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Row", "Reason"])
    for number in range(9):
        sheet.append([number, "old"])
    sheet.add_table(Table(displayName="Rejects", ref="A1:B10"))
    book.save(tmp_path / "house.xlsx")
    fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsx")
    filled = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert filled.tables["Rejects"].ref == "A1:B3"
    assert "old" not in {cell.value for row in filled.iter_rows() for cell in row}


def test_cells_in_the_way_are_told_and_nothing_is_written(
    results: Estimate, template: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(template)
    book["Our codes"]["B9"] = "mind me"
    book.save(template)
    with pytest.raises(ReportError, match="cell B9 below it"):
        fill_template(results, template, tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_a_template_without_our_tables_is_told(results: Estimate, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append(["b"])
    book.active.add_table(Table(displayName="Sales", ref="A1:A2"))
    book.save(tmp_path / "house.xlsx")
    with pytest.raises(ReportError, match=r"no table payrules can fill; its tables: Sales"):
        fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsx")


def test_what_is_no_workbook_is_told(results: Estimate, tmp_path: Path) -> None:
    (tmp_path / "house.xlsx").write_text("no zip")
    with pytest.raises(ReportError, match="cannot be read"):
        fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsx")
    with pytest.raises(ReportError, match="must end like its template"):
        fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsm")


def test_the_same_template_gives_the_same_bytes(
    results: Estimate, template: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        fill_template(results, template, tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize("installed", [False, True])
def test_pictures_that_are_lost_are_told_with_what_keeps_them(
    results: Estimate,
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    installed: bool,
) -> None:
    with zipfile.ZipFile(template, "a") as parts:
        parts.writestr("xl/media/image1.png", b"no sheet shows it, so that openpyxl drops it")
    monkeypatch.setattr(
        "payrules.workbook.xlsx.template.find_spec", lambda name: name if installed else None
    )
    said = fill_template(results, template, tmp_path / "out.xlsx").in_words()
    assert "pictures" in said
    assert ('pip install "payrules[images]" keeps them' in said) is not installed


# -- damaged templates ---------------------------------------------------------------------------


def rewritten(template: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Write a template again with its parts changed."""
    path = template.with_name("damaged.xlsx")
    with zipfile.ZipFile(template) as whole, zipfile.ZipFile(path, "w") as copy:
        for name in whole.namelist():
            copy.writestr(name, change(name, whole.read(name)))
    return path


def refusal(results: Estimate, template: Path, path: Path) -> str:
    """Fill a template that may be damaged: "" where it could be, else the one sentence."""
    try:
        fill_template(results, template, path, force=True)
    except ReportError as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", b"</", b"<<"),
        ("xl/worksheets/sheet1.xml", b"<c ", b"<c\x00 "),
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b""),
        ("xl/worksheets/sheet1.xml", b't="n"', b't="q"'),
        ("xl/styles.xml", b"<", b""),
        ("xl/styles.xml", b"fontId=", b'fontId="9999" was='),
        ("xl/tables/table1.xml", b'ref="A3:D5"', b'ref="A3:"'),
        ("xl/tables/table1.xml", b'ref="A3:D5"', b'ref="XFZ1:QQQQ0"'),
        ("xl/tables/table1.xml", b'id="1"', b'id="one"'),
        ("[Content_Types].xml", b"sheet.main", b"sheet.other"),
        ("xl/sharedStrings.xml", b"</sst>", b""),
        ("xl/charts/chart1.xml", b"<", b"&"),
    ],
)
def test_a_template_with_damaged_xml_is_refused_in_words(
    results: Estimate, template: Path, tmp_path: Path, part: str, old: bytes, new: bytes
) -> None:
    damaged = rewritten(
        template, lambda name, content: content.replace(old, new) if name == part else content
    )
    said = refusal(results, damaged, tmp_path / "out.xlsx")
    assert not said or "damaged.xlsx" in said
    assert bool(said) != (tmp_path / "out.xlsx").exists()


def test_a_mutated_zip_is_filled_or_refused_in_words(
    results: Estimate, template: Path, tmp_path: Path
) -> None:
    chance, content = random.Random(11), template.read_bytes()
    damaged, refused = tmp_path / "damaged.xlsx", 0
    for _ in range(60):
        mutated = bytearray(content)
        for _ in range(chance.randint(1, 40)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        damaged.write_bytes(mutated[: chance.randint(len(mutated) // 2, len(mutated))])
        said = refusal(results, damaged, tmp_path / "out.xlsx")
        refused += bool(said)
        assert not said or "damaged.xlsx" in said
    assert refused > 30


def test_a_template_with_a_sheet_name_too_long_is_refused_in_words(
    results: Estimate, template: Path, tmp_path: Path
) -> None:
    long = rewritten(template, lambda _, content: content.replace(b"Our codes", b"Our codes" * 4))
    with pytest.raises(ReportError, match="longer than the 31 characters Excel allows"):
        fill_template(results, long, tmp_path / "out.xlsx")


def test_merged_cells_in_a_table_are_told_in_words(
    results: Estimate, template: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(template)
    book["Our codes"].merge_cells("A4:B4")
    book.save(template)
    with pytest.raises(ReportError, match="table tbl_By_Code cannot be filled"):
        fill_template(results, template, tmp_path / "out.xlsx")


def test_no_character_is_illegal_in_a_cell(
    results: Estimate, template: Path, tmp_path: Path
) -> None:
    hostile = results.lines.with_columns(pl.lit("a\x00b\x1bc\ufffe").alias("hcpcs_code"))
    changed = Estimate(PricedLines(hostile), results.steps, results.rejects, results.run)
    fill_template(changed, template, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Our codes"]
    assert sheet["A4"].value == "a␀b␛c\ufffd"


def test_what_policies_find_and_what_payers_paid_otherwise_fill_tables_of_their_own(
    tmp_path: Path,
) -> None:
    """Both sheets of the pack were nothing that a house's template could name."""
    lines = [line(f"2026-0{month}-10", "64493", "KX") for month in range(1, 7)]
    rows = batch({"A": lines}).with_columns(
        allowed_amount=pl.Series(["1.00", *[""] * (len(lines) - 1)])
    )
    rows.write_csv(tmp_path / "claims.csv")
    setup = setup_of("medicare", coverage=[written(tmp_path)])
    found = estimate(tmp_path / "claims.csv", setup)
    book = openpyxl.Workbook()
    for name, headings in {
        "Coverage": ["Claim", "Found by policy"],
        "Against_paid": ["Claim", "Payer less expected"],
    }.items():
        page = book.create_sheet(name)
        page.append(headings)
        page.add_table(Table(displayName=name, ref="A1:B2"))
    book.save(tmp_path / "house.xlsx")
    told = fill_template(found, tmp_path / "house.xlsx", tmp_path / "out.xlsx")
    assert {each.source: each.rows for each in told.tables} == {"Coverage": 2, "Against_paid": 1}
    page = openpyxl.load_workbook(tmp_path / "out.xlsx")["Coverage"]
    said = found.lines["coverage_finding"].drop_nulls().to_list()
    assert [row[1].value for row in page.iter_rows(min_row=2)] == said


def test_every_heading_that_the_pack_prints_is_filled(
    results: Estimate, estimate_file: Path, tmp_path: Path
) -> None:
    """The pack's own headings were left empty: those of a layout, of the Bridge, of who pays."""
    pack = openpyxl.load_workbook(estimate_file, data_only=True)
    printed = {
        table.name: [[cell.value for cell in row] for row in sheet[table.ref]]
        for sheet in pack
        for table in sheet.tables.values()
    }
    assert set(printed) >= NAMED
    groups = ["Lines", "Charges", "Allowed", "Medicare pays", "Patient owes", "Of charges"]
    headed = {name: rows[0] for name, rows in printed.items()}
    book = openpyxl.Workbook()
    for name, headings in (headed | {"By_payer": groups, "By_month": groups}).items():
        page = book.create_sheet(name)
        page.append([None] * len(headings))
        for place, heading in enumerate(headings, 1):
            page.cell(1, place).value = heading
            page.cell(1, place).data_type = "s"  # the batch's column "=ward" is no formula
        area = f"A1:{page.cell(1, len(headings)).column_letter}2"
        page.add_table(Table(displayName=name, ref=area))
    book.save(tmp_path / "house.xlsx")
    filled = fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsx")
    assert filled.not_found == ()
    assert {table.name: table.unknown for table in filled.tables if table.unknown} == {}
    out = openpyxl.load_workbook(tmp_path / "out.xlsx")
    for name in printed.keys() - {"Checks"}:  # of those the pack has its formulas' besides
        rows = printed[name]
        ours = [*zip(*rows, strict=True)]
        for place, column in enumerate(out[name].iter_cols(max_col=len(ours), values_only=True)):
            given, shown = column[1:], ours[place][1 : len(column)]
            assert [_said(each) for each in given] == [_said(each) for each in shown], column[0]
    for name in ("By_payer", "By_month"):
        *_, last = out[name].iter_rows(values_only=True)
        assert None not in last, name


def _said(cell: object) -> object:
    """Tables of a house hold names and flags, our sheets their words: both are one here."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str) and re.fullmatch(r"\d+(\.\d+)?", cell):
        return float(cell)  # numbers among words of rejected rows
    if isinstance(cell, str):
        plain = re.sub(r"_x005f_", "_", cell, flags=re.IGNORECASE).lower()
        return re.sub(r"[_\- ]", "", plain)
    return round(cell, 6) if isinstance(cell, float) else cell


def filled_from(pack: Path, out: Path, names: Sequence[str], **given: Any) -> dict[str, Any]:
    """Fill tables headed as the sheets of a pack are, and hold every cell to the pack's."""
    printed = {name: openpyxl.load_workbook(pack, data_only=True)[name] for name in names}
    areas = {name: next(iter(sheet.tables.values())).ref for name, sheet in printed.items()}
    house = openpyxl.Workbook()
    for name, sheet in printed.items():
        page, table = house.create_sheet(name), name.replace(" ", "_")
        page.append([cell.value for cell in sheet[areas[name]][0]])
        last = page.cell(1, page.max_column).column_letter
        page.add_table(Table(displayName=table, ref=f"A1:{last}2"))
    house.save(out.with_name("house.xlsx"))
    told = fill_template(path=out, template=out.with_name("house.xlsx"), **given)
    assert told.not_found == told.not_asked == ()
    assert {each.name: each.unknown for each in told.tables if each.unknown} == {}
    book = openpyxl.load_workbook(out)
    for name, sheet in printed.items():
        shown = [[_said(cell.value) for cell in row] for row in sheet[areas[name]]]
        shown = [row for row in shown if row[0] != "total"]  # a house has its own
        filled = [[_said(each) for each in row] for row in book[name].iter_rows(values_only=True)]
        assert filled == shown, name
        assert len(shown) > 1
    return {each.name: each.rows for each in told.tables}


def test_the_lines_that_changed_are_filled(results: Estimate, tmp_path: Path) -> None:
    """They were nothing that a house's template could name, and --compare was refused with it."""
    last, pack = tmp_path / "last.parquet", tmp_path / "pack.xlsx"
    write_frame(results.lines[:-3], last)
    write_workbook(results, pack, compare=[last])
    given = {"results": results, "compare": [last]}
    assert filled_from(pack, tmp_path / "out.xlsx", ["Changed lines"], **given) == {
        "Changed_lines": 3
    }


def test_what_a_run_was_not_asked_for_is_said(results: Estimate, tmp_path: Path) -> None:
    """An empty table of changed lines would say that nothing changed."""
    house = openpyxl.Workbook()
    for name in ("Lines", "Facility", "Changed_lines"):
        page = house.create_sheet(name)
        page.append(["Claim", "Line"])
        page.append(["theirs", 1])
        page.add_table(Table(displayName=name, ref="A1:B2"))
    house.save(tmp_path / "house.xlsx")
    told = fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsx")
    assert [each.name for each in told.tables] == ["Lines"]
    assert told.not_found == ()
    assert [each.partition(":")[0] for each in told.sentences()[-2:]] == [
        "Table Facility is left as it was",
        "Table Changed_lines is left as it was",
    ]
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert [book[name]["A2"].value for name in ("Facility", "Changed_lines")] == ["theirs"] * 2
    del house["Changed_lines"]
    house.save(tmp_path / "house.xlsx")
    write_frame(results.lines, tmp_path / "last.parquet")
    accounts = tmp_path / "accounts.toml"
    accounts.write_text("".join(f'{part} = "40"\n' for part in read_accounts().usual))
    told = fill_template(
        results,
        tmp_path / "house.xlsx",
        tmp_path / "more.xlsx",
        accounts=accounts,
        compare=[tmp_path / "last.parquet"],
    )
    # Of this workbook alone: a web page of the same run may show either.
    assert [each for each in told.sentences() if each.startswith("more.xlsx")] == [
        "more.xlsx has no table Changed_lines: it compares nothing with last time.",
        "more.xlsx has no table Journal: it posts to no accounts.",
    ]


def test_medicare_pays_is_no_heading_of_what_others_pay(tmp_path: Path) -> None:
    """A house's column "Medicare pays" held other payers' amounts, and nobody was told."""
    acme = payer(tmp_path, HEAD + 'plan = "commercial"\npercent_of_medicare = 110\n')
    headings = ("Claim", "Medicare pays", "Payer pays", "Payers pay", PAID)
    book = openpyxl.Workbook()
    book.active.append(headings)
    book.active.append(["x", 1, 1, 1, 1])
    book.active.add_table(Table(displayName="Lines", ref="A1:E2"))
    book.save(tmp_path / "house.xlsx")
    for who in (acme, MEDICARE):
        found = priced(small_batch({"hcpcs_code": "99213"}, place="11"), who, locality="national")
        told = fill_template(found, tmp_path / "house.xlsx", tmp_path / "o.xlsx", force=True)
        cells = [cell.value for cell in openpyxl.load_workbook(tmp_path / "o.xlsx").active[2]]
        paid = float(found.lines[PAID].sum())
        of_others = who is not MEDICARE
        assert cells[1:] == [None if of_others else paid, paid, paid, paid]
        assert told.tables[0].others_pay == (("Medicare pays",) if of_others else ())
        said = "'Medicare pays' is left empty, for not Medicare alone pays: head it 'Payers pay'"
        assert (said in told.in_words()) is of_others


def test_a_heading_of_an_earlier_version_is_filled_as_before(
    results: Estimate, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for place, heading in enumerate(("Claim", "At stake"), 1):
        sheet.cell(1, place, heading)
    sheet.add_table(Table(displayName="Review", ref="A1:B2"))
    book.save(tmp_path / "house.xlsx")
    report = fill_template(results, tmp_path / "house.xlsx", tmp_path / "out.xlsx")
    assert report.tables[0].filled == ("Claim", "At stake")
    filled = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert any(filled.cell(row, 2).value for row in range(2, filled.max_row + 1))
