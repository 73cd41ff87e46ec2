"""The workbook, read back: values, types, formats, names, links, limits, bytes."""

import dataclasses
import datetime as dt
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl
import pytest

from payrules.errors import ReportError
from payrules.runs.estimate import estimate
from payrules.runs.lines import PricedLines
from payrules.runs.record import RunCounts, RunRecord
from payrules.runs.results import Estimate
from payrules.runs.steps import Steps
from payrules.workbook import write_workbook
from payrules.workbook.columns import LINE_COLUMNS
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS
from payrules.workbook.xlsx import bulk_rows, cell_texts
from payrules.workbook.xlsx.cell_texts import printable, printable_texts
from payrules.workbook.xlsx.formats import number_width
from payrules.workbook.xlsx.limits import CELL_TEXT_LIMIT
from payrules.workbook.xlsx.written import place_of
from tests.workbook.ledger import as_shown

SHEETS = [
    "Summary",
    "Bridge",
    "By code",
    "By practitioner",
    "By claim",
    "Lines",
    "Accrual",
    "Journal",
    "Against paid",
    "Adjustments",
    "Review",
    "Rejects",
    "Reconciliation",
    "About",
]
FILES = {"first.csv", "second.csv", "All files"}
DETAIL = ["Lines", "Adjustments", "Review", "Rejects", "By claim"]
PAGES = [
    *("Summary", "Bridge", "By code", "By practitioner", "Accrual", "Journal"),
    "Reconciliation",
    "About",
]


def test_the_rows_of_a_note_count_to_what_a_sheet_takes(tmp_path: Path) -> None:
    """Within two rows of the limit a sheet with a note ended in a bug instead of a file beside."""
    frames = {"Rows": pl.DataFrame({"a": range(10)})}
    with place_of(tmp_path / "a.xlsx", frames, force=False, row_limit=12) as place:
        assert not place.beside
        place.unfinished.touch()
    with place_of(tmp_path / "b.xlsx", frames, noted={"Rows"}, force=False, row_limit=12) as place:
        assert [*place.beside] == ["Rows"]
        place.unfinished.touch()


def column(sheet: openpyxl.worksheet.worksheet.Worksheet, heading: str) -> list:
    headings = [cell.value for cell in sheet[1]]
    return [row[headings.index(heading)] for row in sheet.iter_rows(min_row=2)]


def shown(text: str | None) -> str | None:
    return pl.select(printable(pl.lit(text, dtype=pl.String))).item()


def test_a_few_texts_are_made_fit_as_many_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are made fit one by one, of which none is cut; many, and long ones, by polars."""
    marks = [*map(chr, range(256)), "\r\n", "\ufffe", "\uffff", "\ue000", "🩺", "=1+1", ""]
    edge = CELL_TEXT_LIMIT // 2
    longest = ["é" * edge, "🩺" * edge, "é" * (edge + 1), "🩺" * (edge + 1), "x" * 40_000, "\0" * 9]
    for texts in (marks, [f"a{mark}b{mark}" for mark in marks], *([each] for each in longest)):
        column = pl.Series("text", texts, dtype=pl.String)
        few = printable_texts(column)
        assert few.to_list() == [shown(text) for text in texts]
        monkeypatch.setattr(cell_texts, "_FEW_TEXTS", 0)
        assert printable_texts(column).equals(few, check_names=True)
        monkeypatch.undo()
    assert printable_texts(pl.Series("none", [], dtype=pl.String)).to_list() == []


def escaped(text: str | None) -> str | None:
    """Write text as Excel stores it where it looks like one of its own escapes."""
    return None if text is None else re.sub(r"_(x[0-9a-fA-F]{4}_)", r"_x005F_\1", text)


def test_the_sheets_stand_in_the_layouts_order(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS


def test_lines_hold_every_value_in_its_type(results: Estimate, book: openpyxl.Workbook) -> None:
    sheet, lines = book["Lines"], results.lines
    assert sheet.max_row == lines.height + 1
    for name in lines.columns:
        if name.startswith("hcpcs_modifier_"):
            continue
        heading = LINE_COLUMNS[name].heading if name in LINE_COLUMNS else name
        heading = {"diagnosis_code_1": "Diagnosis code 1"}.get(name, heading)
        for cell, each in zip(column(sheet, heading), lines[name], strict=True):
            value = as_shown(heading, each)
            if isinstance(value, str):
                assert (cell.data_type, cell.value) == ("s", escaped(shown(value))), name
            elif isinstance(value, Decimal):
                assert Decimal(str(cell.value)).quantize(value) == value
                assert cell.number_format == "#,##0.00_);(#,##0.00)"
            elif isinstance(value, dt.date):
                assert cell.value == dt.datetime.combine(value, dt.time())
                assert cell.number_format == "yyyy-mm-dd"
            else:
                assert cell.value == value
                assert type(cell.value) is type(value)


def test_codes_are_text_with_their_zeros(book: openpyxl.Workbook) -> None:
    assert {cell.data_type for cell in column(book["Lines"], "Code")} == {"s"}
    persons = column(book["Lines"], "Person")
    assert {cell.number_format for cell in persons} == {"@"}
    assert "00100c6" in {cell.value for cell in persons}


def test_fastexcel_reads_the_same_lines(results: Estimate, estimate_file: Path) -> None:
    sheet = fastexcel.read_excel(estimate_file).load_sheet("Lines", dtypes="string").to_polars()
    assert sheet.height == results.lines.height
    assert sheet["Claim"].to_list() == results.lines["claim_id"].to_list()
    assert sheet["Person"].to_list() == [shown(who) for who in results.lines["person_id"]]
    amounts = [None if text is None else Decimal(text) for text in sheet["Allowed amount"]]
    assert amounts == results.lines["allowed_amount"].to_list()


@pytest.mark.parametrize("name", DETAIL)
def test_detail_sheets_hold_no_formula_but_totals(book: openpyxl.Workbook, name: str) -> None:
    sheet = book[name]
    (table,) = sheet.tables.values()
    totals = {sheet.max_row} if table.totalsRowCount else set()
    formulas = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert {cell.row for cell in formulas} <= totals


def test_no_text_became_a_formula(book: openpyxl.Workbook) -> None:
    for name in ("Lines", "Review", "Rejects", "By claim"):
        for row in book[name].iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, str) and cell.value[:1] in "=+-@\t":
                    assert cell.data_type == "s" or cell.value.startswith("=SUBTOTAL(109,")


def test_totals_and_checks_are_formulas_with_their_values(
    results: Estimate, book: openpyxl.Workbook, values: openpyxl.Workbook
) -> None:
    empty = [
        (name, cell.coordinate)
        for name in book.sheetnames
        for row in book[name].iter_rows()
        for cell in row
        if cell.data_type == "f" and values[name][cell.coordinate].value is None
    ]
    assert empty == []
    assert any(cell.data_type == "f" for row in book["Summary"].iter_rows() for cell in row)
    allowed = results.lines["allowed_amount"].sum()
    by_code = values["By code"]
    headings = [cell.value for cell in by_code[1]]
    last = by_code[by_code.max_row]
    assert last[0].value == "Total"
    assert Decimal(str(last[headings.index("Allowed amount")].value)) == allowed


def test_every_check_reads_0(values: openpyxl.Workbook) -> None:
    sheet = values["Reconciliation"]
    cells = {row[0].value: row for row in sheet.iter_rows()}
    first = cells["Check"][0].row + 1
    checks = [row for row in sheet.iter_rows(min_row=first) if row[4].value in ("OK", "CHECK")]
    assert len(checks) >= 12
    assert {(row[3].value, row[4].value) for row in checks} == {(0, "OK")}
    by_file = [row for row in sheet.iter_rows(max_row=first - 2) if str(row[0].value) in FILES]
    assert len(by_file) == 6
    assert {row[8].value for row in by_file} == {0}


@pytest.mark.parametrize("layout", ["estimate", "audit"])
def test_every_control_total_is_compared_by_a_check(
    results: Estimate, tmp_path: Path, layout: str
) -> None:
    """No total that the run had stands there for nothing: not those of the headline either."""
    write_workbook(results, tmp_path / "e.xlsx", layout=layout)
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx")["Reconciliation"]
    compared = {str(row[2].value) for row in sheet[sheet.tables["Checks"].ref]}
    labels = [cell.value for cell in sheet["A"]]
    first = labels.index("Sheet and column") + 2
    told = {f"='Reconciliation'!$B${row}": sheet.cell(row, 1).value for row in range(first, 999)}
    totals = {cell: label for cell, label in told.items() if label}
    assert {f"Lines, {LINE_COLUMNS[each].heading}" for each in HEADLINE_AMOUNTS} < {
        *totals.values()
    }
    assert [label for cell, label in totals.items() if cell not in compared] == []


def test_the_first_sheet_answers(results: Estimate, values: openpyxl.Workbook) -> None:
    sheet, lines = values["Summary"], results.lines
    said = {row[1].value: row[2].value for row in sheet.iter_rows(max_row=20)}
    assert Decimal(str(said["Charges"])) == lines["charge_amount"].sum()
    assert Decimal(str(said["Expected allowed amount"])) == lines["allowed_amount"].sum()
    assert Decimal(str(said["Medicare pays"])) == lines["medicare_amount"].sum()
    assert said["Checks (must read 0)"] == 0


def test_tables_have_names_that_others_can_use(book: openpyxl.Workbook) -> None:
    tables = {table.name: table.ref for sheet in book for table in sheet.tables.values()}
    assert set(tables) == {
        "Bridge",
        "By_code",
        "By_practitioner",
        "By_claim",
        "Lines",
        "Accrual",
        "Journal",
        "Against_paid",
        "Adjustments",
        "Review",
        "Rejects",
        "Checks",
    }
    assert tables["Lines"].endswith(str(book["Lines"].max_row))
    for sheet in book:
        for table in sheet.tables.values():
            cells = sheet[table.ref]
            assert [column.name for column in table.tableColumns] == [c.value for c in cells[0]]
            assert (table.totalsRowCount == 1) == (cells[-1][0].value == "Total")


@pytest.mark.parametrize("name", [*DETAIL, "By code"])
def test_tables_are_set_up_to_read_and_print(book: openpyxl.Workbook, name: str) -> None:
    sheet = book[name]
    assert sheet.freeze_panes is not None
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    assert "&P" in str(sheet.oddFooter.right.text)
    assert not sheet.merged_cells.ranges
    (table,) = sheet.tables.values()
    assert table.autoFilter is not None


def test_styles_have_names(book: openpyxl.Workbook) -> None:
    assert {"Payrules money", "Payrules date", "Payrules text heading"} <= set(book.named_styles)
    assert book["Lines"]["I2"].style == "Payrules money"
    assert book["Lines"]["A1"].style == "Payrules text heading"


def test_properties_say_what_it_is(book: openpyxl.Workbook) -> None:
    assert book.properties.creator.startswith("payrules")
    assert book.properties.title.startswith("Estimate: first.csv, second.csv")
    assert "neither a claim decision" in book.properties.description.replace("\n", " ")


def test_statuses_are_coloured_and_named(book: openpyxl.Workbook) -> None:
    rules = [rule for area in book["Lines"].conditional_formatting for rule in area.rules]
    assert {rule.formula[0] for rule in rules} == {
        '"Bundled"',
        '"Denied"',
        '"By report"',
        '"Not on schedule"',
    }


def test_review_leads_to_the_line_and_back(book: openpyxl.Workbook) -> None:
    review, lines = book["Review"], book["Lines"]
    key = lambda sheet, row: (sheet.cell(row, 1).value, sheet.cell(row, 2).value)  # noqa: E731
    assert review.max_row >= 7
    for row in range(2, review.max_row + 1):
        place = re.fullmatch(r"'Lines'!A(\d+)", review.cell(row, 1).hyperlink.location)
        there = int(place[1])
        assert key(review, row) == key(lines, there)
        status = [cell.value for cell in lines[1]].index("Status") + 1
        back = lines.cell(there, status).hyperlink.location
        assert back == f"'Review'!A{row}"
    linked = sum(cell.hyperlink is not None for row in lines.iter_rows() for cell in row)
    assert linked == review.max_row - 1


def test_review_says_what_to_do(book: openpyxl.Workbook) -> None:
    assert all(cell.value for cell in column(book["Review"], "What to do"))


def test_no_person_on_the_pages(results: Estimate, book: openpyxl.Workbook) -> None:
    persons = {shown(who) for who in results.lines["person_id"]}
    for name in PAGES:
        texts = {str(cell.value) for row in book[name].iter_rows() for cell in row if cell.value}
        assert not {text for text in texts for person in persons if person in text}


def test_native_charts_stand_on_the_pages(estimate_file: Path) -> None:
    with zipfile.ZipFile(estimate_file) as parts:
        charts = [name for name in parts.namelist() if re.match(r"xl/charts/chart\d+\.xml", name)]
        first = parts.read("xl/charts/chart1.xml").decode()
    assert len(charts) == 4
    assert '<c:grouping val="stacked"/>' in first


def test_two_runs_give_the_same_bytes(
    results: Estimate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = dataclasses.replace(
        results,
        run=dataclasses.replace(results.run, at="2031-01-01T00:00:00+00:00", seconds=99.0),
    )
    write_workbook(results, tmp_path / "a.xlsx")
    write_workbook(results, tmp_path / "b.xlsx")
    write_workbook(later, tmp_path / "c.xlsx")
    written = [(tmp_path / f"{name}.xlsx").read_bytes() for name in "abc"]
    assert written[0] == written[1] != written[2]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1750000000")
    write_workbook(results, tmp_path / "d.xlsx")
    write_workbook(later, tmp_path / "e.xlsx")
    assert (tmp_path / "d.xlsx").read_bytes() == (tmp_path / "e.xlsx").read_bytes()


def test_too_many_rows_go_beside_and_the_sheet_says_so(results: Estimate, tmp_path: Path) -> None:
    limit = results.lines.height + 1
    written = write_workbook(results, tmp_path / "e.xlsx", row_limit=limit)
    assert [path.name for path in written.beside] == ["e.adjustments.parquet"]
    kept = pl.read_parquet(tmp_path / "e.adjustments.parquet")
    assert kept.height == results.adjustments.height
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx")["Adjustments"]
    assert "e.adjustments.parquet" in sheet["A3"].value
    assert f"{results.adjustments.height:,} rows" in sheet["A3"].value
    assert written.notes
    one_less = write_workbook(results, tmp_path / "f.xlsx", row_limit=limit - 1)
    assert "f.lines.parquet" in [path.name for path in one_less.beside]
    checks = openpyxl.load_workbook(tmp_path / "f.xlsx", data_only=True)["Reconciliation"]
    assert "CHECK" not in {cell.value for row in checks.iter_rows() for cell in row}


def test_nothing_there_is_overwritten_unless_told(results: Estimate, tmp_path: Path) -> None:
    path = tmp_path / "e.xlsx"
    path.write_text("mine")
    with pytest.raises(ReportError, match="already exists"):
        write_workbook(results, path, layout="summary")
    assert path.read_text() == "mine"
    write_workbook(results, path, layout="summary", force=True)
    assert openpyxl.load_workbook(path).sheetnames == ["Summary"]


def test_a_failure_leaves_nothing_half_written(
    results: Estimate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e.xlsx"
    path.write_text("the last one")

    def fail(*_: object, **__: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bulk_rows.Pour, "into", fail)
    with pytest.raises(ReportError, match="No space left"):
        write_workbook(results, path, force=True)
    assert [each.name for each in tmp_path.iterdir()] == ["e.xlsx"]
    assert path.read_text() == "the last one"


def test_a_missing_folder_is_told(results: Estimate, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be written"):
        write_workbook(results, tmp_path / "nowhere" / "e.xlsx", layout="summary")


def test_a_workbook_is_an_xlsx(results: Estimate, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"ends in \.xlsx"):
        write_workbook(results, tmp_path / "e.csv")


def test_a_batch_without_lines_still_makes_a_workbook(results: Estimate, tmp_path: Path) -> None:
    counts = RunCounts(rows_in=results.rejects.height)
    empty = Estimate(
        priced=PricedLines(results.lines.clear()),
        steps=Steps(results.adjustments.clear()),
        rejects=results.rejects,
        run=dataclasses.replace(results.run, counts=counts, totals={}, inputs=()),
    )
    written = write_workbook(empty, tmp_path / "e.xlsx")
    assert written.differences == ()
    book = openpyxl.load_workbook(tmp_path / "e.xlsx", data_only=True)
    assert book["Lines"].tables["Lines"].ref.endswith("2")
    assert book["Rejects"].max_row == results.rejects.height + 1


def test_a_run_without_trail_still_foots(results: Estimate, tmp_path: Path) -> None:
    bare = dataclasses.replace(results, steps=Steps(results.adjustments.clear()))
    assert write_workbook(bare, tmp_path / "e.xlsx").differences == ()
    steps = openpyxl.load_workbook(tmp_path / "e.xlsx")["Bridge"]
    assert "All rules" in [cell.value for cell in steps["A"]]


def test_a_figure_that_does_not_agree_is_told(results: Estimate, tmp_path: Path) -> None:
    totals = {**results.run.totals, "allowed_amount": "1.00"}
    wrong = dataclasses.replace(results, run=dataclasses.replace(results.run, totals=totals))
    written = write_workbook(wrong, tmp_path / "e.xlsx")
    assert written.differences[0].startswith("Allowed amount: lines and run record")
    book = openpyxl.load_workbook(tmp_path / "e.xlsx", data_only=True)
    reads = [cell.value for row in book["Reconciliation"].iter_rows() for cell in row]
    assert reads.count("CHECK") == 1


@pytest.mark.parametrize(
    ("length", "text"), [(CELL_TEXT_LIMIT, "a"), (CELL_TEXT_LIMIT // 2 + 5, "🩺")]
)
def test_long_text_is_cut_where_a_cell_ends(
    results: Estimate, tmp_path: Path, length: int, text: str
) -> None:
    long = text * (length + 10)
    lines = results.lines.with_columns(pl.lit(long).alias("rendering_specialty"))
    path = tmp_path / "e.xlsx"
    write_workbook(dataclasses.replace(results, priced=PricedLines(lines)), path, layout="audit")
    cell = column(openpyxl.load_workbook(path)["Lines"], "Specialty")[0]
    assert len(cell.value.encode("utf-16-le")) // 2 <= CELL_TEXT_LIMIT
    assert cell.value.endswith("(cut: more than a cell holds)")
    assert cell.value.startswith(text * 1000)


def test_users_headings_cannot_break_the_table(results: Estimate, tmp_path: Path) -> None:
    odd = ["Claim", "a\nb", "a b", "", "=x", "\x01", "CLAIM", "[Total]", "_line", "month"]
    odd += ["*", "^c.*$"]  # patterns of polars
    lines = results.lines.with_columns(pl.lit("v").alias(name) for name in odd)
    write_workbook(dataclasses.replace(results, priced=PricedLines(lines)), tmp_path / "e.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx")["Lines"]
    headings = [cell.value for cell in sheet[1]]
    assert [sheet.cell(2, headings.index(name) + 1).value for name in odd[-2:]] == ["v", "v"]
    assert len({heading.lower() for heading in headings}) == len(headings)
    assert [column.name for column in sheet.tables["Lines"].tableColumns] == headings


def test_every_shipped_layout_is_written(
    results: Estimate, tmp_path: Path, layout_file: Callable[[str], Path]
) -> None:
    for name in ("estimate", "audit", "finance_import", "summary"):
        written = write_workbook(results, tmp_path / f"{name}.xlsx", layout=name)
        assert written.differences == ()
    flat = openpyxl.load_workbook(tmp_path / "finance_import.xlsx")["Lines"]
    assert flat["A1"].value == "claim_id"
    assert flat.max_row == results.lines.height + 1


def test_a_batch_without_charges_starts_at_what_is_allowed(tmp_path: Path) -> None:
    line = {
        "claim_id": "c1",
        "claim_line_number": "1",
        "person_id": "p",
        "claim_line_start_date": "2025-06-01",
        "hcpcs_code": "99213",
        "place_of_service_code": "11",
        "locality": "national",
    }
    results = estimate(pl.DataFrame([line]))
    assert write_workbook(results, tmp_path / "e.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "e.xlsx", data_only=True)
    said = {row[1].value: row[2].value for row in book["Summary"].iter_rows(max_row=20)}
    assert "Charges" not in said
    assert Decimal(str(said["Expected allowed amount"])) == results.lines["allowed_amount"][0]
    assert column(book["Lines"], "Charge")[0].value is None


def test_ten_thousand_lines_and_more_come_whole(results: Estimate, tmp_path: Path) -> None:
    copies = 1_200
    many = pl.concat([results.lines] * copies).with_columns(
        claim_id=pl.format("{}-{}", "claim_id", pl.int_range(pl.len()))
    )
    run = RunRecord(payrules="0", at=results.run.at)
    big = Estimate(
        PricedLines(many), Steps(results.adjustments.clear()), results.rejects.clear(), run
    )
    write_workbook(big, tmp_path / "e.xlsx", layout="finance_import")
    sheet = fastexcel.read_excel(tmp_path / "e.xlsx").load_sheet("Lines", dtypes="string")
    read = sheet.to_polars()
    assert read["claim_id"].to_list() == many["claim_id"].to_list()
    assert pl.Series(read["charge_amount"].cast(pl.Decimal(38, 2))).sum() == (
        many["charge_amount"].sum()
    )


def test_no_amount_is_too_long_for_its_column_in_the_trillions(
    results: Estimate, tmp_path: Path
) -> None:
    """Excel shows #### where a number is longer than its column: an amount nobody can read."""

    def times(frame: pl.DataFrame) -> pl.DataFrame:
        amounts = [name for name, kind in frame.schema.items() if kind == pl.Decimal(38, 2)]
        scale = pl.lit(100_000_000, dtype=pl.Int64)
        return frame.with_columns((pl.col(amounts) * scale).cast(pl.Decimal(38, 2)))

    large = dataclasses.replace(
        results, priced=PricedLines(times(results.lines)), steps=Steps(times(results.adjustments))
    )
    write_workbook(large, tmp_path / "large.xlsx")
    formats = openpyxl.load_workbook(tmp_path / "large.xlsx")
    longest = 0.0
    for sheet in openpyxl.load_workbook(tmp_path / "large.xlsx", data_only=True):
        widths = {
            place: group.width
            for group in formats[sheet.title].column_dimensions.values()
            for place in range(group.min, group.max + 1)
        }
        for row in sheet.iter_rows():
            for cell in row:
                kind = str(formats[sheet.title][cell.coordinate].number_format)
                if not isinstance(cell.value, int | float) or "#,##0" not in kind:
                    continue
                needed = number_width(cell.value, kind)
                assert widths[cell.column] + 0.01 >= needed, (sheet.title, cell.coordinate)
                longest = max(longest, needed)
    assert longest > 18


def test_rejected_charges_that_are_left_out_are_said_beside_their_sum(
    results: Estimate, tmp_path: Path
) -> None:
    """Under a privacy option 0.00 stood for the charges of rejected rows, and nothing said so."""
    private = dataclasses.replace(
        results,
        rejects=results.rejects.select("file", "row", "column", "reason"),
        run=dataclasses.replace(results.run, privacy="minimal"),
    )
    write_workbook(private, tmp_path / "private.xlsx")
    page = openpyxl.load_workbook(tmp_path / "private.xlsx", data_only=True)["Summary"]
    (words,) = [row[3] for row in page.iter_rows(values_only=True) if row[1] == "Rejected rows"]
    assert words.endswith("; left out and counted as 0.00 on 2 of them")
