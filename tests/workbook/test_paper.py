"""Print: no chart is cut where a page ends, and no page but the last is left half empty."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.pagebreak import Break

from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.workbook import write_workbook
from payrules.workbook.xlsx.paper import on_paper
from payrules.workbook.xlsx.written import Written
from tests.workbook.paper import amiss
from tests.workbook.test_every_workbook import each_writer, results


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
