"""Layouts: what they can ask for, and faults told by line with the nearest column."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.content import content_folder
from payrules.errors import ReportError
from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate
from payrules.runs.steps import Steps
from payrules.workbook import check_layout, describe_layout, layouts, write_workbook
from payrules.workbook.figures import Figures
from payrules.workbook.layout import read_layout
from payrules.workbook.tables import tables_of

Write = Callable[[str], Path]
LINES = """title = "Mine"

[[sheets]]
name = "First"
content = "summary"

[[sheets]]
name = "Lines"
content = "lines"
columns = ["claim_id", "claim_line_number",
    "status", "allowed_amount"]
"""


def frame(path: Path, results: Estimate, sheet: str = "Lines") -> pl.DataFrame:
    return tables_of(read_layout(path), Figures(results))[sheet].frame


def test_the_layouts_that_ship_are_listed_with_title_and_description() -> None:
    listed = {each.name: each for each in layouts()}
    assert {"estimate", "audit", "finance_import", "summary"} <= set(listed)
    assert all(each.title and each.description for each in listed.values())


@pytest.mark.parametrize("path", sorted(content_folder("reports").glob("*.toml")), ids=str)
def test_layouts_that_ship_are_right(path: Path) -> None:
    assert check_layout(path).sheets
    assert path.read_text(encoding="utf-8").startswith("#")


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('"allowed_amount"', '"alowed_amount"', 11, "perhaps 'allowed_amount'"),
        ('content = "lines"', 'content = "line"', 9, "perhaps 'lines'"),
        ('name = "Lines"', 'name = "first"', 8, "two sheets are named 'first'"),
        ('name = "Lines"', 'name = "A/B"', 8, "no sheet named 'A/B'"),
        ("columns =", "colums =", 10, "perhaps 'columns'"),
        ('"allowed_amount"]', '"claim_id"]', 7, "shows a column twice"),
        ('"allowed_amount"]', '"allowed_amount"]\nsort = ["-chrge_amount"]', 12, "charge_amount"),
        (
            '"allowed_amount"]',
            '"allowed_amount"]\nfilters = [{column = "status"}]',
            12,
            "one of is",
        ),
        ('"allowed_amount"]', '"allowed_amount"]\ngroup_by = ["codes"]', 12, "'codes'"),
        ('"status"', '{ column = "status", width = -1 }', 11, "greater than 0"),
        ('content = "summary"', 'content = "summary"\nsort = ["claim_id"]', 3, "no columns, sort"),
        ('title = "Mine"', "", 1, "'title' is missing"),
        ('title = "Mine"', 'title = "Mine', 1, "not valid TOML"),
    ],
)
def test_a_fault_names_its_line(
    layout_file: Write, old: str, new: str, line: int, told: str
) -> None:
    assert old in LINES
    with pytest.raises(ReportError) as caught:
        check_layout(layout_file(LINES.replace(old, new, 1)))
    message = str(caught.value)
    assert told in message
    assert re.findall(r"line (\d+)", message) == [str(line)]


def test_a_layout_nobody_knows_is_told_with_the_nearest() -> None:
    with pytest.raises(ReportError, match="perhaps 'estimate'"):
        describe_layout("estimat")


def test_a_layout_is_described_in_plain_lines(layout_file: Write) -> None:
    path = layout_file(LINES + 'filters = [{ column = "status", in = ["denied", "bundled"] }]\n')
    told = describe_layout(path)
    assert "2. Lines (lines)" in told
    assert "only: status in denied, bundled" in told


def test_rows_are_sorted_and_filtered(results: Estimate, layout_file: Write) -> None:
    text = LINES + 'sort = ["-allowed_amount"]\nfilters = [{ column = "status", is = "priced" }]\n'
    shown = frame(layout_file(text), results)
    amounts = shown["allowed_amount"].to_list()
    assert amounts == sorted(amounts, reverse=True)
    assert shown.height == results.lines.filter(status="priced").height > 0


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ("over = 200", lambda amount: amount is not None and amount > 200),
        ("under = 500", lambda amount: amount is not None and amount < 500),
        ("empty = true", lambda amount: amount is None),
        ("empty = false", lambda amount: amount is not None),
    ],
)
def test_a_filter_keeps_what_it_says(
    results: Estimate, layout_file: Write, test: str, holds: Callable[[Decimal | None], bool]
) -> None:
    text = LINES + f'filters = [{{ column = "allowed_amount", {test} }}]\n'
    kept = frame(layout_file(text), results)["allowed_amount"].to_list()
    assert kept == [amount for amount in results.lines["allowed_amount"] if holds(amount)]
    assert 0 < len(kept) < results.lines.height


def test_only_differences_that_matter(results: Estimate, layout_file: Write) -> None:
    text = LINES.replace('"status"', '"difference_amount", "difference_share"') + (
        'filters = [{ any = [{ column = "difference_amount", beyond = 25.00 },'
        ' { column = "difference_share", beyond = 0.05 }] }]\n'
    )
    payers = pl.Series(["100.00", "100.00", None], dtype=pl.String).cast(pl.Decimal(38, 2))
    ours = pl.Series(["104.00", "75.00", "1.00"]).cast(pl.Decimal(38, 2))
    lines = results.lines[:3].with_columns(payer_allowed_amount=payers, allowed_amount=ours)
    few = Estimate(
        PricedLines(lines), Steps(results.adjustments.clear()), results.rejects, results.run
    )
    shown = frame(layout_file(text), few)
    assert shown["difference_amount"].to_list() == [Decimal("25.00")]
    looser = text.replace("25.00", "24.99").replace("0.05", "0.03")
    assert frame(layout_file(looser), few).height == 2


def test_a_sheet_may_be_grouped_by_any_column(results: Estimate, layout_file: Write) -> None:
    text = LINES.replace(
        'columns = ["claim_id", "claim_line_number",\n    "status", "allowed_amount"]',
        'columns = ["status", "lines", "allowed_amount"]\ngroup_by = ["status"]\nsort = ["status"]'
        "\ntotals = true",
    )
    shown = frame(layout_file(text), results)
    counted = results.lines.group_by("status").agg(
        pl.len().cast(pl.Int64), pl.col("allowed_amount").sum()
    )
    assert shown["status"].to_list() == sorted(counted["status"])
    assert dict(shown.select("status", "lines").iter_rows()) == dict(
        counted.select("status", "len").iter_rows()
    )
    assert shown["allowed_amount"].sum() == results.lines["allowed_amount"].sum()


def test_a_carried_column_is_named_so(
    results: Estimate, layout_file: Write, tmp_path: Path
) -> None:
    text = LINES.replace(
        '"status"',
        '{ column = "=ward", carried = true, heading = "Ward" }, '
        '{ column = "not in this batch", carried = true }',
    )
    write_workbook(results, tmp_path / "e.xlsx", layout=layout_file(text))
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx")["Lines"]
    headings = [cell.value for cell in sheet[1]]
    assert headings == ["Claim", "Line", "Ward", "not in this batch", "Allowed amount"]
    assert sheet["C2"].value == results.lines["=ward"][0]
    assert sheet["D2"].value is None
    with pytest.raises(ReportError, match="no column '=ward'"):
        check_layout(layout_file(text.replace('"=ward", carried = true', '"=ward"')))


def test_own_headings_formats_and_widths(
    results: Estimate, layout_file: Write, tmp_path: Path
) -> None:
    text = LINES.replace(
        '"allowed_amount"',
        '{ column = "allowed_amount", heading = "Expected", width = 31, format = "integer" }',
    )
    write_workbook(results, tmp_path / "e.xlsx", layout=layout_file(text))
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx")["Lines"]
    assert sheet["D1"].value == "Expected"
    assert sheet["D2"].number_format == "#,##0_)"
    assert 31 <= sheet.column_dimensions["D"].width < 32


def test_checks_of_a_filtered_sheet_do_not_add_it_up(
    results: Estimate, layout_file: Write, tmp_path: Path
) -> None:
    text = LINES + 'filters = [{ column = "status", is = "bundled" }]\n'
    text += '[[sheets]]\nname = "Reconciliation"\ncontent = "reconciliation"\n'
    written = write_workbook(results, tmp_path / "e.xlsx", layout=layout_file(text))
    assert written.differences == ()
    cells = openpyxl.load_workbook(tmp_path / "e.xlsx")["Reconciliation"]
    over_it = [
        row[0].value for row in cells.iter_rows() if any("Lines[" in str(c.value) for c in row)
    ]
    assert over_it  # its own rows, texts and control totals; nothing of the whole batch
    own = ("rows on the sheet", "texts, their characters", "control total")
    assert all(any(each in name for each in own) for name in over_it)


def test_a_sort_by_a_column_the_batch_has_not_changes_nothing(
    results: Estimate, layout_file: Write
) -> None:
    shown = frame(layout_file(LINES + 'sort = ["-paid_amount"]\n'), results)
    assert shown["claim_id"].to_list() == results.lines["claim_id"].to_list()


def test_checks_need_no_summary(
    results: Estimate, tmp_path: Path, layout_file: Callable[[str], Path]
) -> None:
    """A report of a Reconciliation without a Summary ended in a bug report."""
    layout = layout_file("""title = "Proof"
sheets = [{ name = "Proof", content = "reconciliation" }]
""")
    written = write_workbook(results, tmp_path / "proof.xlsx", layout=layout)
    assert written.differences == ()


def test_a_page_may_stand_twice(
    results: Estimate, tmp_path: Path, layout_file: Callable[[str], Path]
) -> None:
    """Two pages of one kind gave two tables of one name, which ended in a bug report."""
    layout = layout_file("""title = "Twice"
sheets = [
  { name = "A", content = "bridge" }, { name = "B", content = "bridge" },
  { name = "C", content = "reconciliation" }, { name = "D", content = "reconciliation" },
]
""")
    write_workbook(results, tmp_path / "twice.xlsx", layout=layout)
    book = openpyxl.load_workbook(tmp_path / "twice.xlsx")
    names = [name for sheet in book for name in sheet.tables]
    assert sorted(names) == ["Bridge", "Bridge_", "Checks", "Checks_"]
