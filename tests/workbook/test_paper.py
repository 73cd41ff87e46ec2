"""Print: no chart is cut where a page ends, and no page but the last is left half empty."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import openpyxl
import polars as pl
import pytest
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.pagebreak import Break

from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.workbook import write_workbook
from payrules.workbook.xlsx.paper import on_paper
from payrules.workbook.xlsx.written import Written
from tests.workbook.answered import paid_books
from tests.workbook.paper import amiss
from tests.workbook.test_every_workbook import WRITERS, each_writer, results


@each_writer
def test_no_chart_is_cut_on_paper(write: Callable[..., Written], tmp_path: Path) -> None:
    """The Summary's bars and months were, and a what-if's third chart."""
    write(tmp_path / "book.xlsx")
    assert amiss(tmp_path / "book.xlsx") == []


@pytest.mark.parametrize("lines", [3, 12, 20, 30, 45])
def test_no_chart_is_cut_however_long_the_tables_are(lines: int, tmp_path: Path) -> None:
    batch = pl.read_csv(BATCH, infer_schema=False).head(lines)
    write_workbook(estimate(batch, Setup(locality="national")), tmp_path / "book.xlsx")
    assert amiss(tmp_path / "book.xlsx") == []


def test_no_chart_is_cut_on_other_paper(tmp_path: Path) -> None:
    layout = (content_folder("reports") / "estimate.toml").read_text(encoding="utf-8")
    (tmp_path / "a4.toml").write_text('paper = "a4"\n' + layout, encoding="utf-8")
    write_workbook(results(), tmp_path / "book.xlsx", layout=tmp_path / "a4.toml")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert book["Summary"].page_setup.paperSize in {9, "9"}
    assert amiss(tmp_path / "book.xlsx") == []


def test_a_chart_that_is_cut_is_found(tmp_path: Path) -> None:
    """A check of print proves nothing before it has found what is amiss."""
    write_workbook(results(), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    breaks = book["Summary"].row_breaks
    breaks.brk = []
    book.save(tmp_path / "unbroken.xlsx")
    assert "is cut at row" in " ".join(amiss(tmp_path / "unbroken.xlsx"))
    breaks.append(Break(id=9))
    book.save(tmp_path / "early.xlsx")
    assert "page 1 is filled to" in " ".join(amiss(tmp_path / "early.xlsx"))


class _Sheet:
    """As much of a sheet as decides where its pages break: upright letter, rows of one height."""

    paper_size, margin_left, margin_right, margin_top, margin_bottom = 1, 0.5, 0.5, 0.5, 0.5
    row_sizes: ClassVar[dict[int, tuple[float]]] = {}
    charts: ClassVar[list[tuple[Any, ...]]] = []


@pytest.mark.parametrize("begins", range(10, 60))
@pytest.mark.parametrize("many", [12, 20, 30])
def test_neither_a_title_nor_a_total_is_left_alone(begins: int, many: int) -> None:
    """The title of the codes stood at the foot of a page, the total of the months at its head."""
    last = begins + many - 1
    paper = on_paper(_Sheet(), {0: 100}, [0, begins], last, 0)
    assert len(paper.breaks) <= 2
    for row in paper.breaks:
        assert row <= begins or begins + 5 <= row <= last - 4


#: Of lines up to a hundred thousand the notes are cut: Review and the work list have them whole.
NOTES = {("Lines", "Reason"), ("Lines", "Review"), ("Facility", "Why")}
#: How wide a sheet is at most, in digits, that is read on paper: upright, and across.
WIDEST = {"portrait": 165.0, "landscape": 275.0}


def on_sheets(path: Path) -> tuple[list[str], list[str]]:
    """Give the tables that print too small, and the texts that print cuts."""
    small, cut = [], []
    for sheet in openpyxl.load_workbook(path, data_only=True):
        if not sheet.tables or not sheet.print_area:
            continue
        left, top, right, bottom = range_boundaries(sheet.print_area.rpartition("!")[2])
        widths = {
            place: each.width
            for each in sheet.column_dimensions.values()
            for place in range(each.min, each.max + 1)
        }
        printed = [widths.get(place, 8.43) for place in range(left, right + 1)]
        pages = sheet.page_setup.fitToWidth or 1
        if sum(printed) / pages > WIDEST[sheet.page_setup.orientation]:
            small.append(f"{sheet.title}: {sum(printed):.0f}")
        (area, *_) = sheet.tables.values()
        heads = range_boundaries(area.ref)[1]
        for row in sheet.iter_rows(min_row=heads + 1, max_row=bottom, max_col=right):
            for place, cell in enumerate(row):
                if not isinstance(cell.value, str) or cell.alignment.wrap_text:
                    continue
                is_free = place + 1 < len(row) and row[place + 1].value is None
                named = (sheet.title, sheet.cell(heads, cell.column).value)
                if not is_free and len(cell.value) > printed[place] * 1.15 + 1:
                    cut += [] if named in NOTES else [f"{sheet.title} {cell.coordinate}"]
        assert top == 1
    return small, cut


#: A book of payments has the columns its writer names: those of payments are below.
BOOKS = {name: write for name, write in WRITERS.items() if name != "paid_book.py"}


@pytest.mark.parametrize("write", BOOKS.values(), ids=BOOKS)
def test_no_table_prints_too_small_nor_cuts_its_texts(
    write: Callable[..., Written], tmp_path: Path
) -> None:
    write(tmp_path / "book.xlsx")
    assert on_sheets(tmp_path / "book.xlsx") == ([], [])


@pytest.mark.parametrize("name", ["variance", "remittance"])
def test_no_table_of_payments_does(name: str) -> None:
    """Payers' names were cut ("MADE UP CONTRAC"), and 27 columns stood on one page."""
    assert on_sheets(paid_books()[name]) == ([], [])
