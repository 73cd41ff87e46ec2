"""What a workbook says of a table's rows, stretched when the table gets more or fewer of them."""

import re
from collections.abc import Iterator
from typing import Any

from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.utils import range_boundaries


def stretch(book: Any, sheet: Any, columns: tuple[int, int], rows: tuple[int, int, int]) -> None:
    """Stretch what covers exactly a table's rows: colours, choices, charts, names.

    `columns` are the table's first and last, `rows` its first, its last and its new last.
    """
    first, last, new_last = rows

    def stretched(reference: str) -> str:
        """Give a range on the sheet with the table's new last row, where it ended at the old."""
        try:
            left, top, right, bottom = range_boundaries(reference.replace("$", ""))
        except ValueError:
            return reference
        inside = columns[0] <= left and right <= columns[1]
        if not inside or top != first or bottom != last:
            return reference
        start, _, end = reference.partition(":")
        return f"{start}:{re.sub(r'[0-9]+$', str(new_last), end or start)}"

    def stretched_elsewhere(reference: str | None) -> str | None:
        """Give a reference that names the sheet, stretched."""
        there, mark, cells = (reference or "").rpartition("!")
        if not mark or there.strip("'").replace("''", "'") != sheet.title:
            return reference
        return f"{there}!{stretched(cells)}"

    colours = ConditionalFormattingList()
    for area in sheet.conditional_formatting:
        cells = " ".join(stretched(part) for part in str(area.sqref).split())
        for rule in area.rules:
            colours.add(cells, rule)
    sheet.conditional_formatting = colours
    for choice in sheet.data_validations.dataValidation:
        parts = [stretched(part) for part in str(choice.sqref).split()]
        choice.sqref = type(choice.sqref)(" ".join(parts))
    for name in book.defined_names.values():
        name.value = stretched_elsewhere(name.value)
    for page in book.worksheets:
        for chart in page._charts:
            for reference in _references(chart):
                reference.f = stretched_elsewhere(reference.f)
                for cache in ("numCache", "strCache"):
                    if hasattr(reference, cache):
                        setattr(reference, cache, None)


def _references(chart: Any) -> Iterator[Any]:
    """Give the cell references of every series of a chart, and of charts drawn into it."""
    for drawn in (chart, *[each for each in getattr(chart, "_charts", []) if each is not chart]):
        for series in drawn.series:
            for axis in ("val", "cat", "xVal", "yVal", "bubbleSize"):
                axis_values = getattr(series, axis, None)
                for kind in ("numRef", "strRef"):
                    reference = getattr(axis_values, kind, None)
                    if reference is not None:
                        yield reference
