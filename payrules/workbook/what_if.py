"""The what-if workbook: totals side by side, bridges drawn, and every table behind them."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from payrules.errors import ReportError
from payrules.files.whole import put_in_place
from payrules.money import as_dollars
from payrules.scenarios.answer import MEASURES, Answer, dollars_of, families_in_dollars
from payrules.scenarios.comparison import Comparison
from payrules.scenarios.words import heading
from payrules.workbook import about
from payrules.workbook.xlsx.bulk_rows import printable
from payrules.workbook.xlsx.charts import bridge_chart
from payrules.workbook.xlsx.formats import Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.styles import (
    DECREASE_COLOUR,
    INCREASE_COLOUR,
    RULE_LINE,
    TOTAL_COLOUR,
    Styles,
)
from payrules.workbook.xlsx.written import refuse_overwriting

#: Steps of a waterfall; the smaller ones are drawn as one.
_STEPS = 10
#: Column that holds the figures behind the charts, right of what is read.
_FIGURES = 30
_CHART_ROWS = 24
_WIDTHS: dict[Format, float] = {"money": 14, "percent": 9, "integer": 9, "text": 24}


def write_whatif(answered: Answer, path: Path, *, force: bool = False) -> None:
    """Write an answer as a workbook; nothing is left half-written or overwritten without `force`.

    Raises ReportError for a path that cannot be used, or more changed lines than Excel holds.
    """
    if path.suffix.lower() != ".xlsx":
        raise ReportError(f"{path.name}: a workbook's name ends in .xlsx.")
    if answered.comparisons and answered.lines.height >= ROW_LIMIT:
        raise ReportError(
            f"{answered.lines.height:,} changed lines are more than Excel takes; write them with"
            " --lines changed.parquet, and compare fewer scenarios in one workbook."
        )
    refuse_overwriting([path], force=force)
    with (
        put_in_place(path, fault=ReportError) as (partial,),
        partial.open("wb") as file,
        xlsxwriter.Workbook(file, {"strings_to_urls": False, "in_memory": True}) as book,
    ):
        _Book(book, answered).write()


class _Book:
    """One workbook being written."""

    def __init__(self, book: Any, answered: Answer) -> None:
        self._book = book
        self._answered = answered
        self._styles = Styles(book)
        made = about.stamp({"at": datetime.now(UTC).isoformat(timespec="seconds")})
        book.set_properties(
            {
                "title": "What if",
                "author": "payrules",
                "category": "Estimate",
                "created": made.astimezone(UTC).replace(tzinfo=None),
            }
        )

    def write(self) -> None:
        answered = self._answered
        self._front()
        if answered.comparisons:
            self._table("Totals", answered.totals)
            self._table("Bridge", answered.bridge)
            self._table("Groups", answered.groups)
            self._table("Rules", answered.rules)
            self._table("Lines", answered.lines)
            self._table("Statuses", answered.statuses)
            self._table("Chains", answered.largest_chains)
        if answered.sweep is not None:
            asked, frame = answered.sweep
            page = self._table("Sweep", dollars_of(frame))
            page.insert_chart(1, 5, self._line_chart(asked.place, frame.height), _SIZE)
        for measure, bars in answered.bars.items():
            sheet = _TORNADO[measure]
            page = self._table(sheet, dollars_of(bars))
            page.insert_chart(1, 8, self._tornado_chart(sheet, measure, bars), _SIZE)
        if answered.contracts is not None:
            self._table("Contracts", dollars_of(answered.contracts.ranking))
            self._table("Families", families_in_dollars(answered.contracts))
            self._table("Terms", dollars_of(answered.contracts.terms))

    # -- the first page ----------------------------------------------------------

    def _front(self) -> None:
        page = self._book.add_worksheet("What if")
        page.hide_gridlines(2)
        page.set_column(0, 0, 2)
        page.set_column(1, 1, 60)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.print_area(0, 0, 2 + _CHART_ROWS * 2 * (len(self._answered.comparisons) + 1), 9)
        page.set_column(2, 8, 16)
        styles = self._styles
        page.write_string(0, 1, "What if", styles.title())
        answered = self._answered
        row = 2
        if answered.comparisons:
            row = self._side_by_side(page, row)
        if answered.solution is not None:
            page.write_string(row, 1, answered.solution.words(), styles.words())
            row += 2
        for row, sentence in enumerate(answered.standing, row):  # noqa: B020
            page.write_string(row, 1, sentence, styles.quiet())
        row += 2 if answered.standing else 0
        for one in answered.comparisons:
            row = self._scenario(page, row, one)

    def _side_by_side(self, page: Any, row: int) -> int:
        styles = self._styles
        headings = ("Scenario", "Baseline", "Scenario", "Change", "%", "Changed lines")
        for place, named in enumerate(headings, 1):
            page.write_string(row, place, named, styles.heading("text" if place == 1 else "money"))
        for row, one in enumerate(self._answered.comparisons, row + 1):  # noqa: B020, PLR1704
            allowed = one.totals.row(0, named=True)
            page.write_string(row, 1, one.scenario.title, styles.cell("text"))
            for place, name in enumerate(("before", "after", "change"), 2):
                page.write_number(row, place, Decimal(allowed[name]) / 100, styles.cell("money"))
            page.write_number(row, 5, allowed["share"] or 0, styles.cell("percent"))
            page.write_number(row, 6, one.lines.height, styles.cell("integer"))
        return row + 2

    def _scenario(self, page: Any, row: int, one: Comparison) -> int:
        styles = self._styles
        page.write_string(row, 1, one.scenario.title, styles.section())
        for row, words in enumerate(  # noqa: B020, PLR1704
            [*one.plan.words(), f"From: {one.scenario.cites}"], row + 1
        ):
            page.write_string(row, 1, words, styles.quiet())
        for row, total in enumerate(one.totals.iter_rows(named=True), row + 2):  # noqa: B020
            page.write_string(row, 1, MEASURES[total["measure"]], styles.words())
            for place, name in enumerate(("before", "after", "change"), 2):
                page.write_number(row, place, Decimal(total[name]) / 100, styles.cell("money"))
        if not one.bridge.height:
            return row + 2
        steps = _waterfall(one)
        chart = bridge_chart(self._book, page, "What if", steps, (row + 1, _FIGURES))
        floor = min(steps["running_total"])
        # Small changes of a large total would not be seen from zero.
        lowest = max(floor - (max(steps["running_total"]) - floor), Decimal(0)) // 10 * 10
        chart.set_y_axis(
            {
                "min": float(lowest),
                "num_format": "$#,##0",
                "major_gridlines": {"visible": True, "line": {"color": RULE_LINE}},
            }
        )
        chart.set_title({"name": one.scenario.title, "name_font": {"size": 11}})
        page.insert_chart(row + 2, 1, chart, _SIZE)
        return row + 2 + _CHART_ROWS

    # -- tables ------------------------------------------------------------------

    def _table(self, name: str, frame: pl.DataFrame) -> Any:
        """Write a frame as an Excel table on a sheet of its own."""
        page = self._book.add_worksheet(name)
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        columns = []
        for place, column in enumerate(frame.columns):
            kind = _format(column, frame.schema[column])
            page.set_column(place, place, _WIDTHS.get(kind, 16))
            columns.append({"header": heading(column), "header_format": self._styles.heading(kind)})
            self._pour(page, place, frame[column], kind)
        page.add_table(
            *(0, 0, max(frame.height, 1), frame.width - 1),
            {
                "name": f"what_if_{name.lower().replace(' ', '_')}",
                "columns": columns,
                "style": None,
            },
        )
        return page

    def _pour(self, page: Any, place: int, values: pl.Series, kind: Format) -> None:
        style = self._styles.cell(kind)
        if kind in {"text", "code"}:
            texts = pl.DataFrame({"text": values.cast(pl.String)})
            values = texts.select(printable(pl.col("text"))).to_series()
        for row, value in enumerate(values, 1):
            if value is None:
                page.write_blank(row, place, None, style)
            elif kind in {"text", "code"}:
                page.write_string(row, place, str(value), style)
            elif kind == "date":
                page.write_datetime(row, place, value, style)
            else:
                page.write_number(row, place, value, style)

    # -- charts ------------------------------------------------------------------

    def _line_chart(self, place: str, rows: int) -> Any:
        chart = self._book.add_chart({"type": "line"})
        chart.add_series(
            {
                "categories": ["Sweep", 1, 0, rows, 0],
                "values": ["Sweep", 1, 1, rows, 1],
                "line": {"color": TOTAL_COLOUR, "width": 2},
                "marker": {"type": "circle", "size": 5, "fill": {"color": TOTAL_COLOUR}},
            }
        )
        chart.set_title({"name": f"Allowed amount by {place}", "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_x_axis({"name": place})
        chart.set_y_axis({"num_format": "$#,##0"})
        return chart

    def _tornado_chart(self, sheet: str, measure: str, bars: pl.DataFrame) -> Any:
        rows = bars.height
        place = bars.columns.index
        chart = self._book.add_chart({"type": "bar", "subtype": "stacked"})
        for column, name, colour in (
            ("low_change", "a tenth less", DECREASE_COLOUR),
            ("high_change", "a tenth more", INCREASE_COLOUR),
        ):
            chart.add_series(
                {
                    "name": name,
                    "categories": [sheet, 1, place("payer"), rows, place("term")],
                    "values": [sheet, 1, place(column), rows, place(column)],
                    "fill": {"color": colour},
                    "gap": 30,
                }
            )
        title = f"What moves most of what is {MEASURES[measure]}"
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"reverse": True, "label_position": "low"})
        chart.set_x_axis({"num_format": "$#,##0"})
        return chart


#: The sheet of each measure's bars.
_TORNADO = {
    "allowed_amount": "Tornado allowed",
    "medicare_amount": "Tornado payer",
    "patient_amount": "Tornado patient",
}
_SIZE = {"x_scale": 1.8, "y_scale": 1.5}


def _format(column: str, kind: pl.DataType) -> Format:
    if column == "share":
        return "percent"
    if kind.is_decimal():
        return "factor" if column == "volume" else "money"
    if kind == pl.Date:
        return "date"
    if kind.is_integer():
        return "integer"
    return "code" if column.endswith(("_code", "_id")) else "text"


def _waterfall(one: Comparison) -> pl.DataFrame:
    """Give the bridge as `payrules.workbook.xlsx.charts` draws it, the smaller steps as one."""
    bridge = one.bridge.sort(pl.col("change").abs(), descending=True)
    steps = [
        (f"{cause}: {rule.replace('_', ' ')}" if cause != rule else cause, change)
        for cause, rule, change in bridge.head(_STEPS).iter_rows()
    ]
    if bridge.height > _STEPS:
        steps.append((f"{bridge.height - _STEPS} smaller", int(bridge["change"][_STEPS:].sum())))
    running = one.base.total()
    rows = [("Baseline", running, running, "total")]
    for label, change in steps:
        running += change
        rows.append((label, change, running, "step"))
    rows.append(("Scenario", running, running, "total"))
    schema = {"label": pl.String, "amount": pl.Int64, "running_total": pl.Int64, "kind": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(as_dollars(pl.col("amount")), as_dollars(pl.col("running_total")))


__all__ = ["write_whatif"]
