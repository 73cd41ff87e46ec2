"""How an upright page with charts falls on paper: where it breaks, so that no chart is cut.

The sheet is fitted to the paper's width, so no column is lost whatever type a machine has, and
its rows break where they are told to: a fit to width alone leaves the rows' breaks as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_POINTS, _PIXEL = 72.0, 0.75
#: Widths and heights of paper in inches: letter and A4, by Excel's number.
_PAPERS = {1: (8.5, 11.0), 9: (8.27, 11.69)}
#: How high a row is that nobody asked to be higher, in points.
ROW_HEIGHT = 15.0
#: How far a chart stands below its row's edge, in pixels: at the edge, some programs draw its frame
#: on the page before.
OFF_EDGE = 2
#: Printers set type a little higher than the screen: so much of the paper is counted on.
_SURE = 0.97
#: A table higher than this part of a page is cut where the page ends: moved whole, it would leave
#: much of the page blank.
_KEPT_WHOLE = 0.25
#: Of a table that is cut, so many rows stand before it is, the title and the headings among them,
#: and so many after: neither is a title left alone, nor a total.
_BEFORE, _AFTER = 5, 4


@dataclass(frozen=True)
class OnPaper:
    """A sheet on paper: the rows, from 0, that begin a page, and what the last page has left.

    `room` and `height`, the whole of a page, are in points of the sheet.
    """

    breaks: tuple[int, ...]
    room: float
    height: float


def on_paper(
    page: Any, widths: Mapping[int, float], tables: Sequence[int], last_row: int, repeated: int
) -> OnPaper:
    """Tell how an upright sheet falls on paper, down to a row.

    `widths` are those of its printed columns, `tables` the rows where tables begin; the first
    `repeated` rows stand on every page. No chart is cut, nor a table that is not high.
    """
    height = _SURE * _page_height(page, widths)
    heights = [_height(page, row) for row in range(last_row + 1)]
    head = sum(heights[:repeated])
    breaks: list[int] = []
    room = height
    charts = {row: chart.height * _PIXEL for row, _, chart, *_ in page.charts}
    for first, last in _parts({*tables, *charts}, last_row):
        part = sum(heights[first:last])  # the last row of a part is blank: nothing is cut there
        is_chart = first in charts
        if is_chart and part < charts[first] + 2 * ROW_HEIGHT:
            part = charts[first]  # no words stand under it
        whole = is_chart or part <= _KEPT_WHOLE * height
        moved = part > room and (whole or sum(heights[first : first + _BEFORE]) > room)
        for row in range(first, last + 1):
            cut = not is_chart and _is_cut(heights, row, (first, last), room)
            if cut or (moved and row == first > 0):
                breaks.append(row)
                room = height - head
            room -= heights[row]
    return OnPaper(tuple(breaks), room, height)


def _is_cut(heights: Sequence[float], row: int, part: tuple[int, int], room: float) -> bool:
    """Whether a table is cut before this row; its last row is blank."""
    first, last = part
    if row < last and heights[row] > room:
        return True
    # The end would be alone on the next page: the table is cut a little earlier.
    is_place = row == last - _AFTER and row >= first + _BEFORE
    return is_place and sum(heights[row:last]) > room


def break_pages(page: Any, paper: OnPaper) -> None:
    """Fit a sheet to the width of the paper, and set its page breaks."""
    page.fit_to_pages(1, 0)
    page.set_h_pagebreaks(list(paper.breaks))


def _page_height(page: Any, widths: Mapping[int, float]) -> float:
    """Give how much of a sheet, in its points, goes down a page that holds its width."""
    across, down = _PAPERS[page.paper_size]
    across -= page.margin_left + page.margin_right
    down -= page.margin_top + page.margin_bottom
    wide = sum(int(width * 7 + 5) * _PIXEL for width in widths.values())
    return float(down * max(_POINTS, wide / across))


def _height(page: Any, row: int) -> float:
    return float(page.row_sizes[row][0]) * _PIXEL if row in page.row_sizes else ROW_HEIGHT


def _parts(begin: Iterable[int], last_row: int) -> Iterator[tuple[int, int]]:
    """Give what stands whole, by the rows where something begins: first row, last row."""
    begins = sorted(row for row in {0, *begin} if row <= last_row)
    for first, after in pairwise([*begins, last_row + 1]):
        yield first, after - 1
