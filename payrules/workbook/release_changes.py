"""Writes what changed between two releases as an Excel workbook with a chart."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from payrules.errors import ReportError
from payrules.fees.diff import ReleaseChanges, volume_steps
from payrules.files.whole import put_in_place

_CHARTED = 15
_ROW_LIMIT = 1_048_575
_WIDTHS = {"indicators": 42, "rvus": 48, "label": 32}
_DOLLARS = "$#,##0.00;[Red]-$#,##0.00"


def write_diff(difference: ReleaseChanges, path: Path, volume: pl.DataFrame | None = None) -> None:
    """Write the sheets Summary (with the chart), Changes, and with `volume` Your volume.

    The chart shows the codes with the largest effect: on the practice's own volume where there is
    one (`diff.volume_effect`), else on the amount of one unit. ReportError if the file cannot be
    written; nothing is left half-written.
    """
    # Codes and claims' texts are text, whatever they begin with.
    as_text = {"strings_to_formulas": False, "strings_to_urls": False}
    with (
        put_in_place(path, fault=ReportError) as (partial,),
        partial.open("wb") as file,
        xlsxwriter.Workbook(file, as_text) as book,
    ):
        _fill(book, difference, volume)


def _fill(book: Any, difference: ReleaseChanges, volume: pl.DataFrame | None) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    title = book.add_format({"bold": True, "font_size": 14})
    dollars = book.add_format({"num_format": _DOLLARS})
    summary = book.add_worksheet("Summary")
    summary.set_column(0, 0, 34 if volume is None else 60)
    summary.set_column(1, 1, 18)
    summary.write_string(0, 0, f"{difference.before} to {difference.after}", title)
    facts: list[tuple[str, Any]] = [
        ("Locality", difference.locality),
        ("Conversion factor before", difference.conversion_factors[0]),
        ("Conversion factor after", difference.conversion_factors[1]),
        *((f"Codes and modifiers: {kind}", many) for kind, many in difference.counts().items()),
        ("Codes and modifiers unchanged", difference.unchanged),
    ]
    if volume is not None:
        for words, lines, amount in volume_steps(difference, volume):
            also = "" if lines is None else f": {lines:,}"
            facts.append((f"Your volume: {words}{also}", amount))
    for row, (name, value) in enumerate(facts, 2):
        summary.write_string(row, 0, name)
        _write(summary, row, 1, value, dollars)
    _table(book, "Changes", difference.rows, bold, dollars)
    if volume is not None:
        _table(book, "Your volume", volume, bold, dollars)
        _chart(book, summary, "Your volume", volume, "effect", len(facts) + 4)
    else:
        largest = "nonfacility_change"
        _chart(book, summary, "Changes", difference.rows, largest, len(facts) + 4)


def _table(book: Any, name: str, rows: pl.DataFrame, bold: Any, dollars: Any) -> None:
    sheet = book.add_worksheet(name)
    shown = rows.head(_ROW_LIMIT)
    for column, heading in enumerate(shown.columns):
        sheet.write_string(0, column, heading.replace("_", " "), bold)
        sheet.set_column(column, column, _WIDTHS.get(heading, 13))
    for number, row in enumerate(shown.iter_rows(), 1):
        for column, value in enumerate(row):
            _write(sheet, number, column, value, dollars)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(shown.height, 1), shown.width - 1)


def _write(sheet: Any, row: int, column: int, value: Any, dollars: Any) -> None:
    if value is None:
        return
    if isinstance(value, Decimal):
        sheet.write_number(row, column, float(value), dollars)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))


def _chart(
    book: Any, summary: Any, sheet: str, rows: pl.DataFrame, effect: str, place: int
) -> None:
    """Show the first rows, which have the largest effects, as bars with the largest on top."""
    charted = min(rows.height, _CHARTED)
    if not charted:
        return
    columns: Sequence[str] = rows.columns
    chart = book.add_chart({"type": "bar"})
    value = columns.index(effect)
    chart.add_series(
        {
            "name": effect.replace("_", " "),
            "categories": [sheet, 1, 0, charted, 1],
            "values": [sheet, 1, value, charted, value],
            "fill": {"color": "#0072B2"},
            "invert_if_negative": True,
            "invert_if_negative_color": "#D55E00",
            "gap": 40,
        }
    )
    chart.set_title({"name": f"The {charted} largest: {effect.replace('_', ' ')} in dollars"})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_x_axis({"num_format": "$#,##0"})
    chart.set_size({"width": 760, "height": 90 + 26 * charted})
    summary.insert_chart(place, 0, chart, {"description": "Bars of the largest changes by code."})
