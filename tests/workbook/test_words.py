"""Sheets show words where files hold names of ours, numbers as numbers, and blank where none is."""

import re
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.demo import BATCH
from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.answer import answer
from payrules.scenarios.sites import compare_sites
from payrules.workbook import write_sheets, write_workbook
from payrules.workbook.figures import Figures
from payrules.workbook.last_pack import read_last
from payrules.workbook.sites import write_sites_book
from payrules.workbook.what_if import write_whatif
from payrules.workbook.words import table_in_words
from payrules.workbook.xlsx.book import Book, made_at
from payrules.workbook.xlsx.formats import Column
from payrules.workbook.xlsx.row_table import RowTable
from tests.workbook.answered import asked, books, paid_books
from tests.workbook.test_every_workbook import SITES, at_sites

_NAME = re.compile(r"[a-z]+(_[a-z0-9]+)+")
#: Columns that hold a place of a file on purpose, and those that the batch only carries.
_ON_PURPOSE = frozenset(("Place in a payer file", "=ward"))


def names_of_ours(path: Path) -> list[str]:
    """Find cells and headings that are written as a program writes them."""
    found = []
    for sheet in openpyxl.load_workbook(path):
        if sheet.title == "Rejects":  # rows as they came, to be corrected and read back
            continue
        headings = {cell.column: cell.value for cell in sheet[1]}
        found += [
            f"{sheet.title}!{cell.coordinate} {cell.value}"
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and _NAME.fullmatch(cell.value)
            if headings.get(cell.column) not in _ON_PURPOSE
        ]
    return found


def test_no_workbook_shows_names_of_ours(results: Estimate, tmp_path: Path) -> None:
    """A sheet read "by_report" where the Summary read "By report"."""
    write_workbook(results, tmp_path / "pack.xlsx")
    write_sites_book(at_sites(), tmp_path / "sites.xlsx")
    every = {**books(), **paid_books()}
    for path in (tmp_path / "pack.xlsx", tmp_path / "sites.xlsx", *every.values()):
        assert names_of_ours(path) == [], path.name


def test_files_hold_names_and_packs_with_words_are_read_back(
    results: Estimate, tmp_path: Path
) -> None:
    (folder := tmp_path / "sheets").mkdir()
    write_sheets(results, folder, ".csv")
    assert set(pl.read_csv(folder / "lines.csv")["status"]) >= {"by_report", "not_on_schedule"}
    write_workbook(results, tmp_path / "pack.xlsx")
    changes = Figures(results, last=read_last([tmp_path / "pack.xlsx"])).changes
    assert changes is not None
    assert changes.lines.is_empty()
    # An older pack has the names themselves.
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    headings = [cell.value for cell in book["Lines"][1]]
    for (cell,) in book["Lines"].iter_rows(min_row=2, min_col=1 + headings.index("Status"),
                                           max_col=1 + headings.index("Status")):  # fmt: skip
        cell.value = cell.value.lower().replace(" ", "_")
    book.save(tmp_path / "old.xlsx")
    old = Figures(results, last=read_last([tmp_path / "old.xlsx"])).changes
    assert old is not None
    assert old.lines.is_empty()


def test_a_sheet_of_field_names_keeps_the_names(results: Estimate, tmp_path: Path) -> None:
    write_workbook(results, tmp_path / "import.xlsx", layout="finance_import")
    page = openpyxl.load_workbook(tmp_path / "import.xlsx")["Lines"]
    status = [cell.value for cell in page[1]].index("status")
    assert "by_report" in {row[status].value for row in page.iter_rows(min_row=2)}
    # What a payer pays is nobody's in particular: it read medicare_amount of every payer.
    headings = [cell.value for cell in page[1]]
    assert headings[headings.index("coinsurance_amount") + 1] == "payer_amount"
    assert {"payer_name", "medicare_amount"} & {*headings} == {"payer_name"}


def test_names_and_words_side_by_side_are_not_held_to_each_other(
    results: Estimate, tmp_path: Path
) -> None:
    layout = tmp_path / "mixed.toml"
    layout.write_text(
        'title = "Mixed"\n'
        '[[sheets]]\nname = "Lines"\ncontent = "lines"\nfield_names = true\n'
        'columns = ["claim_id", "claim_line_number", "status", "review", "allowed_amount"]\n'
        '[[sheets]]\nname = "By status"\ncontent = "lines"\ngroup_by = ["status"]\n'
        'columns = ["status", "lines", "allowed_amount"]\n'
        '[[sheets]]\nname = "Reconciliation"\ncontent = "reconciliation"\n',
        encoding="utf-8",
    )
    write_workbook(results, tmp_path / "mixed.xlsx", layout=layout)
    page = openpyxl.load_workbook(tmp_path / "mixed.xlsx", data_only=False)["Reconciliation"]
    formulas = [str(cell.value) for row in page.iter_rows() for cell in row]
    assert any('"by_report"' in each for each in formulas)
    assert not any("By status[Status]" in each for each in formulas)


def test_text_that_is_a_number_is_one_in_a_column_of_numbers(tmp_path: Path) -> None:
    """Charges of rejected rows and what a tornado moves were text that no sum counts."""
    texts = ["300", "-0.5", "12.25", "007", "1,200", "12,50", "× 0.9", "", None, "1e5", "9" * 13]
    book = Book(made_at(), title="numbers")
    columns = [Column("n", "N", "integer"), Column("low", "Low", "money")]
    rows = pl.DataFrame({"n": range(len(texts)), "low": texts})
    book.rows("Rows", RowTable("rows", rows, columns))
    book.save(tmp_path / "numbers.xlsx")
    page = openpyxl.load_workbook(tmp_path / "numbers.xlsx")["Rows"]
    assert [cell.value for cell in page["B"][1:]] == [
        *(300, -0.5, 12.25, "007", "1,200", "12,50", "× 0.9", None, None, "1e5", "9" * 13)
    ]


def test_charges_of_rejected_rows_and_moved_terms_are_numbers(
    results: Estimate, tmp_path: Path
) -> None:
    write_workbook(results, tmp_path / "pack.xlsx")
    page = openpyxl.load_workbook(tmp_path / "pack.xlsx")["Rejects"]
    charges = [cell.value for column in page.iter_cols() if column[0].value == "charge_amount"
               for cell in column[1:]]  # fmt: skip
    assert any(isinstance(each, int | float) for each in charges)
    tornado = openpyxl.load_workbook(books()["whatif"])["Tornado allowed"]
    columns = {column[0].value: column[1:] for column in tornado.iter_cols()}
    low = [cell.value for cell in columns["Its value, a tenth less"]]
    assert any(isinstance(each, int | float) for each in low)
    assert all(isinstance(each, int | float) or "×" in each or " from " in each for each in low)


def test_where_no_line_has_an_amount_a_contract_has_none(tmp_path: Path) -> None:
    """New technology, all of it by report, read 0.00 for every contract, and 0.00 of lead."""
    contracts = [load_payer("medicare"), load_payer("110-percent-of-medicare")]
    claims = pl.DataFrame(
        {
            "claim_id": ["a", "b"],
            "claim_line_number": ["1", "1"],
            "person_id": ["p", "q"],
            "claim_line_start_date": ["2025-06-03"] * 2,
            "hcpcs_code": ["99213", "0275T"],
            "place_of_service_code": ["11"] * 2,
            "locality": ["national"] * 2,
            "charge_amount": ["200.00"] * 2,
        }
    )
    base = baseline(claims, Setup(locality="national"), compared=contracts)
    told = answer(base, [], contracts=contracts)
    assert base.lines["allowed_amount"].null_count() == 1
    assert write_whatif(told, tmp_path / "contracts.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "contracts.xlsx")
    families = {row[0]: row[1:] for row in book["Families"].iter_rows(values_only=True)}
    assert families["Code family"][:2] == ("Medicare", "110-percent-of-medicare")
    (blank,) = (row for name, row in families.items() if name and "technology" in name)
    assert set(blank) == {None}
    assert "Lines with an amount" in [cell.value for cell in book["Contracts"][1]]


def test_a_column_without_an_amount_has_no_total(results: Estimate, tmp_path: Path) -> None:
    write_workbook(results, tmp_path / "pack.xlsx")
    page = openpyxl.load_workbook(tmp_path / "pack.xlsx")["Accrual"]
    (column,) = (each for each in page.iter_cols() if each[0].value == "Paid by first payer")
    assert {cell.value for cell in column[1:]} == {None}


def test_a_payer_without_cuts_has_no_row_of_them(tmp_path: Path) -> None:
    claims = pl.DataFrame(
        {
            "claim_id": ["a"],
            "claim_line_number": ["1"],
            "person_id": ["p"],
            "claim_line_start_date": ["2025-06-03"],
            "hcpcs_code": ["99213"],
            "place_of_service_code": ["11"],
            "locality": ["national"],
            "charge_amount": ["300.00"],
        }
    )
    for name, is_there in (("aetna-commercial", False), ("medicare", True)):
        found = estimate(claims, Setup(locality="national", payer=load_payer(name)))
        assert write_workbook(found, tmp_path / f"{name}.xlsx").differences == ()
        page = openpyxl.load_workbook(tmp_path / f"{name}.xlsx")["Summary"]
        labels = {cell.value for cell in page["B"]}
        assert ("Sequestration and other cuts" in labels) == is_there


def test_sites_of_which_none_is_compared_have_no_sums(tmp_path: Path) -> None:
    """The first page said 0.00 at each site, and a change of +0.00."""
    outside = at_sites().encounters.filter(~pl.col("compared"))["claim_id"][0]
    claims = pl.read_csv(BATCH, infer_schema=False).filter(pl.col("claim_id") == outside)
    compared = compare_sites(baseline(claims, Setup(locality="national")), SITES)
    assert compared.encounters.height
    assert not compared.encounters["compared"].any()
    assert write_sites_book(compared, tmp_path / "sites.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "sites.xlsx")
    front = [[cell.value for cell in row] for row in book["Sites"].iter_rows()]
    assert not any("Practitioner and facility, " in str(row[1]) for row in front)
    (row,) = (row for row in front if row[1] == "Encounters compared")
    assert row[2] == 0
    assert row[3].endswith("nothing is compared, see Not settled")
    rows = book["Totals"].iter_rows(min_row=2, values_only=True)
    assert {cell for _, many, *amounts in rows for cell in (many, *amounts)} == {0, None}


def test_an_addendum_that_is_missing_is_told_once() -> None:
    """It was told again for each first day of its encounters."""
    said = [re.sub(r"\d{4}-\d\d-\d\d.*?;", "", each) for each in at_sites().sentences]
    assert len(set(said)) == len(said)
    assert any("and on 2 days more" in each for each in at_sites().sentences)


def test_payers_stand_in_one_order(tmp_path: Path) -> None:
    """The answer listed who pays most first, the table by payer who allows most."""
    claims = pl.DataFrame(
        {
            "claim_id": ["a", "b"],
            "claim_line_number": ["1", "1"],
            "person_id": ["p", "q"],
            "claim_line_start_date": ["2025-06-03"] * 2,
            "hcpcs_code": ["99213", "99214"],
            "place_of_service_code": ["11"] * 2,
            "locality": ["national"] * 2,
            "charge_amount": ["900.00"] * 2,
            "deductible_remaining": ["0", "140.00"],
            "payer": ["110-percent-of-medicare", ""],
        }
    )
    payers = {"110-percent-of-medicare": load_payer("110-percent-of-medicare")}
    figures = Figures(estimate(claims, Setup(locality="national", payers=payers)))
    allowed, paid = figures.by("payer_name"), figures.paid_by_payer
    assert allowed["medicare_amount"].is_sorted()  # who allows most pays least
    assert paid["payer_name"].to_list() == allowed["payer_name"].to_list()


def test_the_accrual_says_that_sequestration_is_in_the_adjustment(
    results: Estimate, tmp_path: Path
) -> None:
    write_workbook(results, tmp_path / "pack.xlsx")
    headings = [cell.value for cell in openpyxl.load_workbook(tmp_path / "pack.xlsx")["Accrual"][1]]
    assert "Contractual adjustment, with sequestration" in headings


@pytest.mark.parametrize("kind", ["whatif", "diff"])
def test_first_pages_say_what_lines_are_counted(kind: str) -> None:
    front = openpyxl.load_workbook(books()[kind]).worksheets[0]
    words = {str(cell.value) for row in front.iter_rows() for cell in row}
    assert not words & {"Priced lines", "Lines priced with both"}
    assert ("Lines with an amount" if asked().contracts and kind == "whatif"
            else "Lines of your volume") in words  # fmt: skip


def test_what_is_so_or_not_reads_yes_or_no(tmp_path: Path) -> None:
    """Excel showed TRUE and FALSE; a plain layout, which programs read, has them still."""
    found = estimate(BATCH, Setup(locality="national"))
    (tmp_path / "plain.toml").write_text(
        'title = "Plain"\n[[sheets]]\nname = "Lines"\ncontent = "lines"\nfield_names = true\n'
        'columns = ["claim_id", "participating"]\n',
        encoding="utf-8",
    )
    for layout, heading, wanted in (
        ("estimate", "Participating", {"yes", "no"}),
        (tmp_path / "plain.toml", "participating", {True, False}),
    ):
        write_workbook(found, tmp_path / "pack.xlsx", layout=layout, force=True)
        page = openpyxl.load_workbook(tmp_path / "pack.xlsx")["Lines"]
        (column,) = (each for each in page.iter_cols(values_only=True) if each[0] == heading)
        assert {*column[1:]} - {None} == wanted


def test_days_of_an_about_page_are_days(tmp_path: Path) -> None:
    """Since when a rule is in force was a text, which Excel neither sorts nor counts from."""
    write_workbook(estimate(BATCH, Setup(locality="national")), tmp_path / "pack.xlsx")
    page = openpyxl.load_workbook(tmp_path / "pack.xlsx")["About"]
    since = next(cell for row in page.iter_rows() for cell in row if cell.value == "Since")
    days = [page.cell(since.row + down, since.column) for down in range(1, 20)]
    assert all(cell.is_date for cell in days)
    assert not [
        cell.coordinate
        for row in page.iter_rows()
        for cell in row
        if re.fullmatch(r"\d{4}-\d\d-\d\d", str(cell.value))
    ]


def test_a_check_of_remittances_and_a_long_note_are_written_for_readers(tmp_path: Path) -> None:
    """`trace_number_reused` stood on a sheet; a note was cut at the paper's edge."""
    note = "Both chains of the 200 lines with the largest effects. " * 4
    columns = [Column("check", "Check", "text", 30), Column("says", "Says", "text", 30)]
    frame = pl.DataFrame({"check": ["trace_number_reused"], "says": ["both are used"]})
    table = RowTable(name="checks", frame=frame, columns=columns, note=note)
    book = Book(datetime(2026, 1, 1, tzinfo=UTC), title="t", author="payrules", category="c")
    book.rows("Checks", table_in_words(table))
    book.save(tmp_path / "book.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["Checks"]
    assert [cell.value for cell in sheet["A"]] == [note, None, "Check", "Trace number reused"]
    assert [each.coord for each in sheet.merged_cells.ranges] == ["A1:B1"]
    assert sheet["A1"].alignment.wrap_text
    assert sheet.row_dimensions[1].height > 13.5 * 3
