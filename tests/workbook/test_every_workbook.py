"""What holds of every workbook that the product writes: one front, same bytes, no row lost."""

import ast
import re
import textwrap
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from payrules.answers.guide import FeeGuide, fee_guide
from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.facility.sites import SITES
from payrules.fees.diff import ReleaseChanges, diff, volume_effect
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.answer import Answer, answer
from payrules.scenarios.scenario import read_scenario
from payrules.scenarios.sites import SitesCompared, compare_sites
from payrules.schedules import load_schedules
from payrules.workbook import fill_template, write_html, write_workbook
from payrules.workbook.about import AboutText
from payrules.workbook.fee_guide import write_fee_guide
from payrules.workbook.figures import Figures
from payrules.workbook.paid_book import Fact, PageBlock, PaidAnswer, write_paid_book
from payrules.workbook.release_changes import write_diff
from payrules.workbook.sites import write_sites_book
from payrules.workbook.what_if import write_whatif
from payrules.workbook.xlsx.book import Book, made_at
from payrules.workbook.xlsx.formats import Column
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable
from payrules.workbook.xlsx.written import Written
from tests.workbook.answered import asked
from tests.workbook.structure import faults

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "payrules"
FRONT = PACKAGE / "workbook" / "xlsx"


@cache
def results() -> Estimate:
    return estimate(BATCH, Setup(locality="national"))


@cache
def answered() -> Answer:
    """A new conversion factor changes every line; so few chains are shown that some are not."""
    scenario = read_scenario(str(ROOT / "examples" / "scenarios" / "05-conversion-factor-cut.toml"))
    base = baseline(BATCH, Setup(locality="national"))
    return answer(base, [scenario])


@cache
def at_sites() -> SitesCompared:
    """No facility's rates are loaded: every sheet is there, and most encounters are open."""
    return compare_sites(baseline(BATCH, Setup(locality="national")), SITES)


@cache
def changes() -> tuple[ReleaseChanges, pl.DataFrame]:
    schedules, names = load_schedules(), ("starter-2025", "starter-2026")
    sides = [estimate(BATCH, Setup(locality="national", release=name)).lines for name in names]
    return diff(*(schedules.named(name) for name in names)), volume_effect(*sides)


@cache
def guide() -> FeeGuide:
    return fee_guide(["64400-64530"], load_schedules(content_folder("fee_schedules")))


SUMS = [PageBlock("Sums", [Fact("Paid", Decimal("0.30")), Fact("All", Decimal("0.30"), last=True)])]
PAID = PaidAnswer("Paid", ("claims.csv",), [], AboutText("About", [], []))
#: Every workbook of rows, by the file that writes it.
WRITERS: dict[str, Callable[..., Written]] = {
    "estimate_workbook.py": lambda path, **more: write_workbook(results(), path, **more),
    "sites.py": lambda path, **more: write_sites_book(at_sites(), path, **more),
    "what_if.py": lambda path, **more: write_whatif(asked(), path, **more),
    "release_changes.py": lambda path, **more: write_diff(changes()[0], path, changes()[1], **more),
    "fee_guide.py": lambda path, **more: write_fee_guide(
        guide().rows, path, heading="Fee guide", **more
    ),
    "paid_book.py": lambda path, **more: write_paid_book(
        path, PAID, SUMS, {"Lines": results().lines}, **more
    ),
}
each_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def imported(path: Path) -> set[str]:
    """Name what a file imports: modules, and names within them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{each.name}" for each in node.names} | {str(node.module)}
    return names


def test_only_the_front_knows_how_excel_files_are_written() -> None:
    for path in PACKAGE.rglob("*.py"):
        if FRONT not in path.parents:
            tops = {name.partition(".")[0] for name in imported(path)}
            assert not tops & {"xlsxwriter", "openpyxl"}, path
            assert "write_excel" not in path.read_text(encoding="utf-8"), path


def test_every_file_that_makes_a_workbook_is_in_the_list() -> None:
    makers = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if "payrules.workbook.xlsx.book.Book" in imported(path)
    }
    assert makers == set(WRITERS)


def test_the_front_knows_no_report() -> None:
    for path in FRONT.glob("*.py"):
        ours = {name for name in imported(path) if name.startswith("payrules.workbook.")}
        assert {name for name in ours if not name.startswith("payrules.workbook.xlsx")} == set()


@each_writer
def test_the_same_input_gives_the_same_bytes(
    write: Callable[..., Written], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    write(tmp_path / "one.xlsx")
    # The clock goes on: nothing of it may be in the file.
    for module in ("release_changes", "fee_guide", "paid_book"):
        monkeypatch.setattr(f"payrules.workbook.{module}.now", lambda: "2031-02-03T04:05:06+00:00")
    write(tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    with ZipFile(tmp_path / "one.xlsx") as parts:
        assert b"2025-10-09T08:53:20Z" in parts.read("docProps/core.xml")


def test_a_filled_template_is_the_same_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    book = openpyxl.Workbook()
    book.active.append(["Code", "Allowed amount"])
    table = openpyxl.worksheet.table.Table(displayName="By_code", ref="A1:B2")
    book.active.add_table(table)
    book.save(tmp_path / "house.xlsx")
    for name in ("one", "two"):
        fill_template(results(), tmp_path / "house.xlsx", tmp_path / f"{name}.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@each_writer
def test_rows_beyond_a_sheet_are_beside_the_workbook_and_said(
    write: Callable[..., Written], tmp_path: Path
) -> None:
    whole = write(tmp_path / "whole.xlsx")
    assert whole.beside == ()
    assert whole.notes == ()
    cut = write(tmp_path / "cut.xlsx", row_limit=12)
    assert cut.rows == whole.rows
    book = openpyxl.load_workbook(tmp_path / "cut.xlsx")
    assert cut.beside
    assert len(cut.notes) == len(cut.beside)
    for name, rows in cut.rows.items():
        file = tmp_path / f"cut.{name.lower().replace(' ', '_')}.parquet"
        if file in cut.beside:
            assert pl.read_parquet(file).height == rows
            assert f"{rows:,} rows are more than an Excel sheet holds" in book[name]["A3"].value
            assert file.name in book[name]["A3"].value
            assert any(f"'{name}' has {rows:,} rows" in note for note in cut.notes)
        else:
            assert book[name].max_row >= rows + 1
    with pytest.raises(Exception, match="already exists"):
        write(tmp_path / "cut.xlsx", row_limit=12)


@each_writer
def test_every_heading_of_a_table_is_seen_whole(
    write: Callable[..., Written], tmp_path: Path
) -> None:
    """A row of headings is as high as the longest needs, which wraps at words in bold type."""
    write(tmp_path / "book.xlsx")
    seen = 0
    for sheet in openpyxl.load_workbook(tmp_path / "book.xlsx"):
        # A width stands once for columns in a row that share it.
        widths = {
            place: held.width
            for held in sheet.column_dimensions.values()
            for place in range(held.min, held.max + 1)
        }
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value and cell.style.endswith("heading"):
                    width = int(widths.get(cell.column, 8.43))
                    lines = textwrap.wrap(str(cell.value), width, break_on_hyphens=False)
                    height = sheet.row_dimensions[cell.row].height or 15
                    assert height >= 15 * len(lines), (sheet.title, cell.value, width, height)
                    seen += 1
    assert seen


def test_the_front_takes_no_more_rows_than_a_sheet_holds() -> None:
    """Whoever forgets to put rows beside is told: they are never cut."""
    book = Book(made_at(), title="too long")
    rows = pl.DataFrame({"n": pl.int_range(ROW_LIMIT, eager=True)})
    with pytest.raises(ValueError, match="more than an Excel sheet holds"):
        book.rows("Rows", RowTable("rows", rows, [Column("n", "N", "integer")]))


@each_writer
def test_money_is_written_as_the_cents_it_is(write: Callable[..., Written], tmp_path: Path) -> None:
    """No digit that is no cent's: 0.1 + 0.2 is 0.3 and never 0.30000000000000004."""
    written = write(tmp_path / "book.xlsx")
    with ZipFile(tmp_path / "book.xlsx") as parts:
        book = openpyxl.load_workbook(tmp_path / "book.xlsx")
        for place, name in enumerate(book.sheetnames, 1):
            if name not in written.rows:
                continue
            xml = parts.read(f"xl/worksheets/sheet{place}.xml").decode()
            for row in book[name].iter_rows(min_row=2):
                for cell in row:
                    if cell.number_format.startswith("#,##0.00") and cell.data_type == "n":
                        told = re.search(rf'<c r="{cell.coordinate}"[^>]*><v>([^<]*)</v>', xml)
                        if told is not None:
                            assert re.fullmatch(r"-?\d+(\.\d\d?)?", told[1]), (name, told[0])


@each_writer
def test_no_sheet_shows_what_excel_would_mark_as_a_slip(
    write: Callable[..., Written], tmp_path: Path
) -> None:
    """Codes are text and checks differ from each other: thousands of green triangles, none true."""
    write(tmp_path / "book.xlsx")
    with ZipFile(tmp_path / "book.xlsx") as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        for name in sheets:
            xml = parts.read(name).decode()
            ignored = re.findall(r'<ignoredError sqref="A1:XFD1048576" (\w+)="1"/>', xml)
            assert {"numberStoredAsText", "formula", "formulaRange"} <= set(ignored), name
            assert "evalError" not in xml, name  # a formula that fails stays marked
            assert not re.search(r'<t xml:space="preserve"></t>|<t></t>|<t/>', xml), name
        shared = parts.read("xl/sharedStrings.xml").decode()
        assert not re.search(r'<t xml:space="preserve"></t>|<t></t>|<t/>', shared)


@each_writer
def test_excel_would_find_nothing_to_repair(write: Callable[..., Written], tmp_path: Path) -> None:
    write(tmp_path / "book.xlsx")
    assert faults(tmp_path / "book.xlsx") == []


@pytest.mark.parametrize(
    ("part", "old", "new", "told"),
    [
        ("xl/tables/table1.xml", '(n id="1" name=)"[^"]*', r'\1"Other', "not its headings"),
        ("xl/tables/table1.xml", '( name="[^"]*" displayName=".*? ref=")[^"]*', r"\1A1:B2", "not"),
        ("xl/tables/table1.xml", r' ref="A1:([A-Z]+)\d+"', r' ref="A1:\g<1>1"', "has no row"),
        ("xl/worksheets/sheet1.xml", ' s="1"', ' s="9999"', "a style that is not there"),
        ("xl/worksheets/sheet1.xml", "<sheetData>", "<other/><sheetData>", "does not belong"),
        ("xl/worksheets/sheet1.xml", "(</row>)(</sheetData>)", r"\1<c/>\2", "what is no row"),
        ("xl/worksheets/sheet1.xml", 'r="A3"', 'r="A2"', "does not follow"),
        ("xl/worksheets/_rels/sheet1.xml.rels", "table1", "table9", "which is not there"),
        ("xl/worksheets/_rels/sheet1.xml.rels", "rId1", "rId7", "has no rId1"),
        ("[Content_Types].xml", "<Override[^>]*table1[^>]*>", "", "no content type"),
        ("xl/workbook.xml", r"(<definedName [^>]*>)[^<]*", r"\1#REF!", "is nowhere"),
    ],
)
def test_what_excel_would_repair_is_found(
    tmp_path: Path, part: str, old: str, new: str, told: str
) -> None:
    """A check of files proves nothing before it has found a broken one."""
    rows = pl.DataFrame({"code": ["00100", "00102"], "n": [1, 2], "at": [1, 2]})
    columns = [Column("code", "Code", "code"), Column("n", "N", "integer")]
    book = Book(made_at(), title="whole")
    book.rows("Rows", RowTable("rows", rows, [*columns, Column("at", "At", "integer")]))
    book.save(tmp_path / "whole.xlsx")
    assert faults(tmp_path / "whole.xlsx") == []
    with ZipFile(tmp_path / "whole.xlsx") as whole, ZipFile(tmp_path / "b.xlsx", "w") as broken:
        for name in whole.namelist():
            text = whole.read(name).decode()
            changed = re.sub(old, new, text, count=1) if name == part else text
            assert (changed != text) == (name == part)
            broken.writestr(name, changed)
    assert told in " ".join(faults(tmp_path / "b.xlsx"))


def test_text_of_no_characters_is_no_cell(tmp_path: Path) -> None:
    """A pivot counts a cell of empty text as a value, beside its blanks."""
    book = Book(made_at(), title="blanks")
    rows = pl.DataFrame({"code": ["00100", "", None], "place": ["", "", ""], "n": [1, 2, 3]})
    columns = [Column(name, name, "code") for name in ("code", "place")]
    book.rows("Rows", RowTable("rows", rows, [*columns, Column("n", "N", "integer")]))
    book.save(tmp_path / "blanks.xlsx")
    with ZipFile(tmp_path / "blanks.xlsx") as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r'<c r="([A-Z]+[2-9])"', xml) == ["A2", "C2", "C3", "C4"]


def test_rows_that_are_not_printed_are_said_on_the_paper(tmp_path: Path) -> None:
    write_workbook(results(), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    trail = book["Adjustments"]
    last = trail.print_area.partition(":")[2].strip("$1")
    assert "C" < last < "M"  # headings over nothing took up a second page
    said = trail.oddHeader.left.text
    assert f"In the file: {results().adjustments.height:,} rows." in said
    assert "Clear Print Area" in said
    # Then its words are legible: two pages wide, each with claim and line.
    assert (trail.page_setup.fitToWidth, trail.page_setup.fitToHeight) == (2, 0)
    assert trail.print_title_cols == "$A:$B"
    assert book["Lines"].print_area.endswith(f"${results().lines.height + 1}")
    assert not book["Lines"].oddHeader.left.text


def test_headings_are_the_estimate_s(tmp_path: Path) -> None:
    """One thing has one word: it was "Claim" on one workbook and "claim id" on the next."""
    write_whatif(answered(), tmp_path / "whatif.xlsx")
    write_diff(changes()[0], tmp_path / "diff.xlsx", changes()[1])
    whatif = openpyxl.load_workbook(tmp_path / "whatif.xlsx")
    changed = openpyxl.load_workbook(tmp_path / "diff.xlsx")
    assert [cell.value for cell in whatif["Lines"][1]][:3] == ["Scenario", "Claim", "Line"]
    headings = [
        str(heading)
        for sheet in (*whatif, *changed)
        for table in sheet.tables.values()
        for heading in table.column_names
    ]
    assert [each for each in headings if "_" in each or each[0].islower()] == []
    assert not any("Medicare" in each for each in headings)  # whoever pays


def test_a_diff_says_that_it_is_medicare_alone(tmp_path: Path) -> None:
    write_diff(changes()[0], tmp_path / "diff.xlsx", changes()[1])
    said = openpyxl.load_workbook(tmp_path / "diff.xlsx")["Summary"]["B2"].value
    assert said.startswith("Amounts are Medicare's alone")


def test_a_what_if_s_bridge_is_drawn_from_zero_in_its_order(tmp_path: Path) -> None:
    """Its axis was set as an upright chart's: the bars stood from the scenario to the baseline."""
    write_whatif(answered(), tmp_path / "whatif.xlsx")
    with ZipFile(tmp_path / "whatif.xlsx") as parts:
        drawn = parts.read("xl/charts/chart1.xml").decode()
    categories = drawn[drawn.index("<c:catAx>") : drawn.index("</c:catAx>")]
    assert '<c:orientation val="maxMin"/>' in categories
    assert re.findall(r'<c:min val="([^"]*)"/>', drawn) == ["0"]


def test_the_diff_s_amounts_are_the_decimals_of_its_rows(tmp_path: Path) -> None:
    found, volume = changes()
    far = Decimal("12345678901.37")
    large = volume.with_columns(effect=pl.lit(far, dtype=pl.Decimal(38, 2)))
    write_diff(found, tmp_path / "diff.xlsx", large)
    with ZipFile(tmp_path / "diff.xlsx") as parts:
        xml = parts.read("xl/worksheets/sheet3.xml").decode()
        assert xml.count(f"<v>{far}</v>") == volume.height
        assert (
            f"<v>{found.rows['facility_change'][0]}</v>"
            in parts.read("xl/worksheets/sheet2.xml").decode()
        )


def test_the_sheet_of_chains_says_which_lines_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = answered()
    write_whatif(whole, tmp_path / "whole.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "whole.xlsx")["Chains"]
    assert sheet["A1"].value == "Scenario"  # nothing is left out, so nothing is said

    monkeypatch.setattr("payrules.workbook.what_if_about.CHAINS", 5)
    monkeypatch.setattr("payrules.scenarios.answer.CHAINS", 5)
    few = Answer(base=whole.base, comparisons=whole.comparisons)
    write_whatif(few, tmp_path / "few.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "few.xlsx")["Chains"]
    left = few.lines.height - 5
    title = few.comparisons[0].scenario.title
    assert sheet["A1"].value == (
        "Both chains of the 5 lines with the largest effects. Not here are those of"
        f" {left} lines of {title}: --chains FILE writes every one."
    )
    assert sheet["A3"].value == "Scenario"
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert len(told) == few.largest_chains.height
    assert {(row[1], row[2]) for row in told} == set(
        few.lines.head(5).select("claim_id", "claim_line_number").iter_rows()
    )
    (table,) = sheet.tables.values()
    assert table.ref == f"A3:{sheet.cell(3, len(told[0])).column_letter}{3 + len(told)}"


def test_a_summary_says_what_it_leaves_out(tmp_path: Path) -> None:
    layout = tmp_path / "one.toml"
    layout.write_text(
        """title = "Short"
sheets = [{ name = "Summary", content = "summary", rows = 1 }]
""",
        encoding="utf-8",
    )
    found = results()
    codes = found.lines.filter(pl.col("allowed_amount") > 0)["hcpcs_code"].n_unique()
    assert codes > 10
    write_workbook(found, tmp_path / "one.xlsx", layout=layout)
    figures = Figures(found)
    left = figures.review_by_reason[1:]
    stake = left["at_stake_amount"].sum()
    assert left.height > 1
    words = (
        f"Not shown: {left.height} kinds of lines more, {left['lines'].sum()} lines,"
        f" {stake:,.2f} at stake."
    )
    sheet = openpyxl.load_workbook(tmp_path / "one.xlsx")["Summary"]
    assert [cell.value for cell in sheet["B"]].count(words) == 1
    with ZipFile(tmp_path / "one.xlsx") as parts:
        drawn = "".join(
            parts.read(name).decode() for name in parts.namelist() if "charts/chart" in name
        )
    assert f"Allowed amount by code, the 10 largest of {codes}<" in drawn
    many = figures.reductions_by_rule.height
    assert "Reductions by rule<" in drawn or f"rule, the 10 largest of {many}<" in drawn
    write_html(found, tmp_path / "one.html")
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert f"Allowed amount by code, the 10 largest of {codes}<" in page
