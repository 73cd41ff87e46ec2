"""Writes what changed between two releases as an Excel workbook with a chart."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from payrules.fees.diff import ReleaseChanges, volume_steps
from payrules.workbook.columns import heading_of
from payrules.workbook.xlsx.book import Book, made_at, now
from payrules.workbook.xlsx.charts import CHART_TITLE, series_of
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest
from payrules.workbook.xlsx.styles import DECREASE_COLOUR, TOTAL_COLOUR
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

_CHARTED = 15
#: Columns of words, as wide as they are read; the text wraps.
_WORDS = {"indicators": 42.0, "rvus": 48.0, "label": 32.0}
_MEDICARE_ALONE = (
    "Amounts are Medicare's alone, by its fee schedules and its rules; what other payers of the"
    " batch pay is not in them."
)
#: The sheets of rows, and whose effect each one's chart shows.
_CHANGES, _VOLUME = "Changes", "Your volume"
_EFFECT = {_CHANGES: "nonfacility_change", _VOLUME: "effect"}


def write_diff(
    changes: ReleaseChanges,
    path: Path,
    volume: pl.DataFrame | None = None,
    *,
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write the sheets Summary (with the chart), Changes, and with `volume` Your volume.

    The chart shows the codes with the largest effect: on the practice's own volume where there is
    one (`diff.volume_effect`), else on the amount of one unit. A sheet that would hold more rows
    than Excel takes goes to a Parquet file beside the workbook, and the sheet says so. ReportError
    if the file cannot be written; nothing is left half-written.
    """
    tables = {_CHANGES: changes.rows} | ({} if volume is None else {_VOLUME: volume})
    with place_of(Path(path), tables, force=force, row_limit=row_limit) as place:
        _write(place, changes, volume)
    return place.written()


def _write(place: WorkbookPlace, changes: ReleaseChanges, volume: pl.DataFrame | None) -> None:
    title = f"{changes.before} to {changes.after}"
    book = Book(
        made_at(now()),
        title=f"Fee schedule changes: {title}",
        author="payrules",
        category="Estimate",
    )
    summary = book.sheet("Summary")
    row = _summary(book, summary, title, _facts(changes, volume))
    for name, frame in place.frames.items():
        if name in place.beside:
            book.rows_beside(name, frame.height, place.beside[name])
        else:
            book.rows(name, _as_rows(name, frame))
    charted = _CHANGES if volume is None else _VOLUME
    if charted not in place.beside:
        _chart(book, summary, charted, place.frames[charted].head(_CHARTED), row)
    book.save(place.unfinished)


#: What the Summary says: its words, what it comes to, how that is shown.
_Fact = tuple[str, Decimal | int | str | None, Format]


def _facts(changes: ReleaseChanges, volume: pl.DataFrame | None) -> list[_Fact]:
    """Give what the Summary says."""
    before, after = map(Decimal, changes.conversion_factors)
    facts: list[_Fact] = [
        ("Locality", changes.locality, "text"),
        ("Conversion factor before", before, "factor"),
        ("Conversion factor after", after, "factor"),
    ]
    for kind, many in changes.counts().items():
        facts.append((f"Codes and modifiers: {kind}", many, "integer"))
    facts.append(("Codes and modifiers unchanged", changes.unchanged, "integer"))
    if volume is not None:
        for words, lines, amount in volume_steps(changes, volume):
            also = "" if lines is None else f": {lines:,}"
            facts.append((f"Your volume: {words}{also}", amount, "money"))
    return facts


def _summary(book: Book, page: Any, title: str, facts: list[_Fact]) -> int:
    """Write the facts below each other; gives the row under them."""
    styles = book.styles
    page.hide_gridlines(2)
    page.set_column(0, 0, max(len(name) for name, _, _ in facts) + 2)
    page.set_column(1, 1, 18)
    page.set_row(0, 30)
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, title, styles.title())
    page.write_string(1, 0, _MEDICARE_ALONE, styles.quiet())
    for row, (name, value, shown) in enumerate(facts, 3):
        page.write_string(row, 0, name, styles.cell("text"))
        if isinstance(value, str):
            page.write_string(row, 1, value, styles.cell(shown))
        elif value is not None:
            page.write_number(row, 1, value, styles.cell(shown))
    return len(facts) + 5


def _as_rows(name: str, frame: pl.DataFrame) -> RowTable:
    """Give a table of changes as it is written."""
    columns = []
    for column, kind in frame.schema.items():
        shown: Format = "text"
        if column == "units":
            shown = "quantity"
        elif kind.is_decimal():
            shown = "money"
        elif kind.is_integer():
            shown = "integer"
        told = Column(column, heading_of(column), shown, _WORDS.get(column, 13))
        width = max(told.width, widest(told, frame[column]))
        columns.append(Column(column, told.heading, shown, width))
    return RowTable(
        name=name.replace(" ", "_"),
        frame=frame,
        columns=columns,
        frozen=2,
        wrapped={column: width for column, width in _WORDS.items() if column in frame.columns},
    )


def _chart(book: Book, page: Any, sheet: str, rows: pl.DataFrame, row: int) -> None:
    """Show the first rows, which have the largest effects, as bars with the largest on top."""
    if not rows.height:
        return
    effect = _EFFECT[sheet]
    words = effect.replace("_", " ")
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": words,
            **series_of(sheet, rows, rows.columns[:2], effect),
            "fill": {"color": TOTAL_COLOUR},
            "invert_if_negative": True,
            "invert_if_negative_color": DECREASE_COLOUR,
            "gap": 40,
        }
    )
    title = f"The {rows.height} largest: {words} in dollars"
    chart.set_title({"name": title, **CHART_TITLE})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_x_axis({"num_format": "$#,##0"})
    chart.set_size({"width": 760, "height": 90 + 26 * rows.height})
    page.insert_chart(row, 0, chart, {"description": "Bars of the largest changes by code."})
