"""The what-if workbook: totals side by side, bridges drawn, and every table behind them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from payrules.counted import counted
from payrules.money import as_dollars
from payrules.scenarios.answer import CHAINS, MEASURES, Answer, by_payer_in_dollars, dollars_of
from payrules.scenarios.comparison import Comparison
from payrules.workbook.columns import heading_of
from payrules.workbook.xlsx.book import Book, made_at, now
from payrules.workbook.xlsx.charts import bridge_chart, series_of
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest
from payrules.workbook.xlsx.styles import (
    DECREASE_COLOUR,
    INCREASE_COLOUR,
    TOTAL_COLOUR,
)
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

#: Steps of a waterfall; the smaller ones are drawn as one.
_STEPS = 10
#: Column that holds the figures behind the charts, right of what is read.
_FIGURES = 30
_CHART_ROWS = 24
_WIDTHS: dict[Format, float] = {"money": 14, "percent": 9, "integer": 9, "text": 24}
#: Columns that stay in sight: the scenario, and of a line its claim and number.
_LINE = ["scenario", "claim_id", "claim_line_number"]


def write_whatif(
    answered: Answer, path: Path, *, force: bool = False, row_limit: int = ROW_LIMIT
) -> Written:
    """Write an answer as a workbook; nothing is left half-written or overwritten without `force`.

    A sheet that would hold more rows than Excel takes goes to a Parquet file beside the workbook,
    and the sheet says so. Raises ReportError for a path that cannot be used.
    """
    tables = _tables(answered)
    with place_of(Path(path), tables, force=force, row_limit=row_limit) as place:
        _Workbook(answered, tables, place).write()
    return place.written()


def _tables(answered: Answer) -> dict[str, pl.DataFrame]:
    """Give what stands on each sheet of rows, in their order."""
    tables: dict[str, pl.DataFrame] = {}
    if answered.comparisons:
        tables |= {
            "Totals": answered.totals,
            "Bridge": answered.bridge,
            "Groups": answered.groups,
            "Rules": answered.rules,
            "Lines": answered.lines,
            "Statuses": answered.statuses,
            "Chains": answered.largest_chains,
        }
    if answered.sweep is not None:
        tables["Sweep"] = dollars_of(answered.sweep[1])
    tables |= {_TORNADO[measure]: dollars_of(bars) for measure, bars in answered.bars.items()}
    if answered.contracts is not None:
        tables |= {
            "Contracts": dollars_of(answered.contracts.ranking),
            "Families": by_payer_in_dollars(answered.contracts.families),
            "Places": by_payer_in_dollars(answered.contracts.places),
            "Terms": dollars_of(answered.contracts.terms),
        }
    return tables


def _of_chains(answered: Answer) -> str:
    """Say which lines' chains a workbook leaves out; nothing where it leaves out none."""
    left = [
        f"{counted(one.lines.height - CHAINS, 'line')} of {one.scenario.title}"
        for one in answered.comparisons
        if one.lines.height > CHAINS
    ]
    if not left:
        return ""
    return (
        f"Both chains of the {CHAINS} lines with the largest effects. Not here are those of"
        f" {', '.join(left)}: --chains FILE writes every one."
    )


class _Workbook:
    """One workbook being written."""

    def __init__(
        self, answered: Answer, tables: dict[str, pl.DataFrame], place: WorkbookPlace
    ) -> None:
        self._answered, self._tables, self._place = answered, tables, place
        self._book = Book(made_at(now()), title="What if", author="payrules", category="Estimate")
        self._styles = self._book.styles

    def write(self) -> None:
        answered = self._answered
        self._front()
        for name, frame in self._tables.items():
            if name in self._place.beside:
                self._book.rows_beside(name, frame.height, self._place.beside[name])
                continue
            note = _of_chains(answered) if name == "Chains" else ""
            page = self._book.rows(name, _as_rows(name, frame, note))
            if name == "Sweep" and answered.sweep is not None:
                chart = self._line_chart(answered.sweep[0].place, frame)
                page.insert_chart(1, frame.width + 1, chart, _SIZE)
            for measure, sheet in _TORNADO.items():
                if name == sheet:
                    chart = self._tornado_chart(sheet, measure, frame)
                    page.insert_chart(1, frame.width + 1, chart, _SIZE)
        self._book.save(self._place.unfinished)

    # -- the first page ----------------------------------------------------------

    def _front(self) -> None:
        page = self._book.sheet("What if")
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
            page.write_string(row, 1, MEASURES[total["measure"]].capitalize(), styles.words())
            for place, name in enumerate(("before", "after", "change"), 2):
                page.write_number(row, place, Decimal(total[name]) / 100, styles.cell("money"))
        if not one.bridge.height:
            return row + 2
        steps = _waterfall(one)
        chart = bridge_chart(self._book, page, "What if", steps, (row + 1, _FIGURES))
        chart.set_title({"name": one.scenario.title, "name_font": {"size": 11}})
        page.insert_chart(row + 2, 1, chart, _SIZE)
        return row + 2 + _CHART_ROWS

    # -- charts ------------------------------------------------------------------

    def _line_chart(self, place: str, frame: pl.DataFrame) -> Any:
        chart = self._book.add_chart({"type": "line"})
        value, allowed = frame.columns[:2]
        chart.add_series(
            {
                **series_of("Sweep", frame, [value], allowed),
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
        names = bars.columns[bars.columns.index("payer") : bars.columns.index("term") + 1]
        chart = self._book.add_chart({"type": "bar", "subtype": "stacked"})
        for column, name, colour in (
            ("low_change", "a tenth less", DECREASE_COLOUR),
            ("high_change", "a tenth more", INCREASE_COLOUR),
        ):
            chart.add_series(
                {
                    "name": name,
                    **series_of(sheet, bars, names, column),
                    "fill": {"color": colour},
                    "gap": 30,
                }
            )
        title = f"What moves most in what is {MEASURES[measure]}"
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


def _as_rows(name: str, frame: pl.DataFrame, note: str) -> RowTable:
    """Give a table of an answer as it is written."""
    columns = []
    for column, kind in frame.schema.items():
        shown = _format(column, kind)
        told = Column(column, heading_of(column), shown, _WIDTHS.get(shown, 16))
        width = max(told.width, widest(told, frame[column]))
        columns.append(Column(column, told.heading, shown, width))
    return RowTable(
        name=f"what_if_{name.lower().replace(' ', '_')}",
        frame=frame,
        columns=columns,
        frozen=3 if frame.columns[:3] == _LINE else 1,
        note=note,
    )


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
