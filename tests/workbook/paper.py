"""How a workbook's sheets fall on paper: which charts are cut, which pages are left half empty."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import openpyxl
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

_PAPERS = {"1": (8.5, 11.0), "9": (8.27, 11.69)}
_ROW = 15.0


def amiss(path: Path) -> list[str]:
    """Say of every chart that is cut on paper, and of every page but the last half empty."""
    found = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        if sheet._charts and not _on_one_page(sheet):
            found += [f"{sheet.title}: {each}" for each in _of_sheet(sheet)]
    return found


def _on_one_page(sheet: Worksheet) -> bool:
    return bool(
        sheet.page_setup.fitToHeight is None and sheet.sheet_properties.pageSetUpPr.fitToPage
    )


def _of_sheet(sheet: Worksheet) -> Iterator[str]:
    """Walk down the rows of a sheet that is fitted to the width of an upright paper."""
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.page_setup.orientation != "landscape"
    _, _, last_column, last_row = range_boundaries(sheet.print_area.split("!")[1])
    across, down = _PAPERS[str(sheet.page_setup.paperSize)]
    margins = sheet.page_margins
    wide = sum(_pixels(sheet, column) for column in range(1, last_column + 1)) * 0.75
    scale = min(1, (across - margins.left - margins.right) * 72 / wide)
    height = (down - margins.top - margins.bottom) * 72 / scale
    rows = [sheet.row_dimensions[row].height or _ROW for row in range(1, last_row + 1)]
    head = sum(rows[: _repeated(sheet)])
    asked = {each.id for each in sheet.row_breaks.brk}
    begins, room = [0], height
    for row, high in enumerate(rows):
        if row in asked or high > room:
            begins.append(row)
            room = height - head
        room -= high
    for chart in sheet._charts:
        first, last = chart.anchor._from.row, chart.anchor.to.row
        for row in begins:
            if first < row <= last:
                yield f"the chart at row {first + 1} is cut at row {row + 1}"
    for page, (first, after) in enumerate(pairwise(begins), 1):
        filled = sum(rows[first:after]) + (head if first else 0)
        if filled < height / 2:
            yield f"page {page} is filled to {filled / height:.0%}"


def _pixels(sheet: Worksheet, column: int) -> int:
    for each in sheet.column_dimensions.values():
        if each.min <= column <= each.max:
            return int(each.width * 7)
    return 64


def _repeated(sheet: Worksheet) -> int:
    return int(sheet.print_title_rows.rpartition("$")[2]) if sheet.print_title_rows else 0
