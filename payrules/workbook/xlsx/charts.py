"""Native Excel charts: the payment bridge as a waterfall of stacked columns, and bars."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.styles import DECREASE_COLOUR, INCREASE_COLOUR, RULE_LINE, TOTAL_COLOUR

_FONT = {"size": 9, "color": "#323F4B"}
CHART_TITLE = {"name_font": {"size": 12, "bold": True, "color": "#1F3A5F"}, "overlay": False}
BRIDGE_IN_WORDS = "The payment bridge from the fee schedule through every rule to what is paid"
#: The part of the longest bar that is left for the label right of it.
_ROOM = 8
_BAR_PIXELS, _FRAME_PIXELS = 22, 60

#: A bar of the waterfall: label, the unseen base, total, decrease, increase.
Step = tuple[str, Decimal, Decimal, Decimal, Decimal]


def waterfall(bridge: pl.DataFrame) -> list[Step]:
    """Give each step's bar: label, the unseen base, total, decrease, increase."""
    nothing = Decimal(0)
    columns = []
    for step in bridge.iter_rows(named=True):
        amount, running = step["amount"], step["running_total"]
        if step["kind"] == "total":
            columns.append((step["label"], nothing, running, nothing, nothing))
        else:
            base = min(running, running - amount)
            decrease, increase = max(-amount, nothing), max(amount, nothing)
            columns.append((step["label"], base, nothing, decrease, increase))
    return columns


def bridge_figures(bridge: pl.DataFrame) -> list[tuple[str, tuple[Decimal, ...]]]:
    """Give what stands behind a bridge: label, then base, total, decrease, increase, room, top."""
    steps = waterfall(bridge)
    longest = max((sum(step[1:], Decimal(0)) for step in steps), default=Decimal(0))
    room = (longest / _ROOM).quantize(Decimal("0.01"))
    return [(step[0], (*step[1:], room, sum(step[1:], Decimal(0)))) for step in steps]


def label_of(step: Step) -> str:
    """Write a step's dollars as finance does: 9,500, (1,000) for less, +54 for more."""
    _, _, reached, decrease, increase = step
    if decrease:
        return f"({whole_dollars(decrease)})"
    return f"+{whole_dollars(increase)}" if increase else whole_dollars(reached)


def series_of(sheet: str, frame: pl.DataFrame, labels: str, values: str) -> dict[str, Any]:
    """Give a chart's labels and values: columns of a table's rows, which begin under row 1.

    The values go along: the rows stand in the sheet only when the workbook is saved.
    """
    rows, place = frame.height, frame.columns.index
    texts = frame[labels].cast(pl.String).fill_null("").to_list()
    return {
        "categories": [sheet, 1, place(labels), rows, place(labels)],
        "categories_data": [printable_text(text) for text in texts],
        "values": [sheet, 1, place(values), rows, place(values)],
        "values_data": frame[values].fill_null(0).to_list(),
    }


def whole_dollars(amount: Decimal) -> str:
    """Write an amount for a chart's label, half up as Excel shows it: 84.50 is 85."""
    return f"{amount.quantize(Decimal(1), ROUND_HALF_UP):,}"


def bridge_chart(
    book: Any, page: Any, sheet: str, bridge: pl.DataFrame, place: tuple[int, int]
) -> Any:
    """Make the waterfall of lying bars; its figures stand on the page at `place` (row, column)."""
    row, column = place
    names = ("Step", "Base", "Total", "Decrease", "Increase", "Room", "Top")
    for offset, name in enumerate(names):
        page.write_string(row, column + offset, name)
    figures = bridge_figures(bridge)
    for number, (label, values) in enumerate(figures, row + 1):
        page.write_string(number, column, printable_text(label))
        for offset, value in enumerate(values, 1):
            if value or offset in {1, 5, 6}:
                page.write_number(number, column + offset, value)
    steps = waterfall(bridge)
    last = row + len(steps)
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    # A last bar, not drawn, holds the labels right of the others: inside, thin ones hide them.
    labels = {
        "value": True,
        "position": "inside_base",
        "font": {"size": 8, "color": "#1F2933"},
        "custom": [{"value": label_of(step)} for step in steps],
    }
    colours = (None, TOTAL_COLOUR, DECREASE_COLOUR, INCREASE_COLOUR, None)
    for offset, colour in enumerate(colours, 1):
        chart.add_series(
            {
                "name": names[offset],
                "categories": [sheet, row + 1, column, last, column],
                "values": [sheet, row + 1, column + offset, last, column + offset],
                "gap": 40,
                "fill": {"color": colour} if colour else {"none": True},
                "border": {"none": True},
                **({"data_labels": labels} if names[offset] == "Room" else {}),
            }
        )
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "num_font": _FONT, "line": {"color": RULE_LINE}})
    chart.set_x_axis(_unseen_axis(least=min((step[1] for step in steps), default=Decimal(0))))
    _frame(chart)
    return chart


def two_sided_chart(
    book: Any,
    page: Any,
    sheet: str,
    rows: Sequence[tuple[str, Decimal, Decimal]],
    place: tuple[int, int],
    names: tuple[str, str],
) -> Any:
    """Make lying bars to both sides of zero: a row's label, and what two changes bring."""
    row, column = place
    for number, (label, *values) in enumerate(rows, row):
        page.write_string(number, column, printable_text(label))
        for offset, value in enumerate(values, 1):
            page.write_number(number, column + offset, value)
    last = row + len(rows) - 1
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    colours = (DECREASE_COLOUR, INCREASE_COLOUR)
    for offset, (name, colour) in enumerate(zip(names, colours, strict=True), 1):
        chart.add_series(
            {
                "name": name,
                "categories": [sheet, row, column, last, column],
                "values": [sheet, row, column + offset, last, column + offset],
                "fill": {"color": colour},
                "gap": 30,
            }
        )
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 9}})
    chart.set_x_axis({"num_format": "$#,##0", "major_gridlines": {"visible": False}})
    _frame(chart)
    return chart


def _unseen_axis(least: Decimal) -> dict[str, Any]:
    """Give the axis of bars that hold their own figures.

    It begins at zero, as their lengths say: a program would cut it where the bars are alike.
    """
    begins = {} if least < 0 else {"min": 0}
    return {"visible": False, "major_gridlines": {"visible": False}, **begins}


#: Amounts that lie between this part of the highest and it are drawn on an axis that is cut.
_CUT_FROM = Decimal("0.5")
_STEPS_OF_AXIS = 5


def money_axis(amounts: pl.Series) -> tuple[dict[str, Any], str]:
    """Give the axis of a line of amounts, and words for its chart's title where it is cut.

    It begins at zero; where that would flatten the line it is cut, which the title then says.
    """
    lowest, highest = Decimal(str(amounts.min() or 0)), Decimal(str(amounts.max() or 0))
    axis: dict[str, Any] = {
        "num_format": "$#,##0",
        "num_font": _FONT,
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}},
    }
    if lowest < 0:
        return axis, ""
    if lowest <= highest * _CUT_FROM:
        return axis | {"min": 0}, ""
    step = Decimal(10) ** ((highest - lowest or highest) / _STEPS_OF_AXIS).adjusted()
    begins = lowest // step * step - (step if lowest % step == 0 else 0)
    begins = max(begins, Decimal(0))
    return axis | {"min": float(begins)}, f" (axis cut: it begins at ${begins:,.0f}, not at 0)"


def bridge_height(steps: int) -> int:
    """Give the height of a waterfall in pixels: a bar of its own for every step."""
    return _FRAME_PIXELS + _BAR_PIXELS * steps


def line_chart(
    book: Any, sheet: str, rows: tuple[int, int], columns: tuple[int, int], name: str
) -> Any:
    """Make a line of the amounts in a column of the page over the labels in another."""
    (first, last), (labels, amounts) = rows, columns
    chart = book.add_chart({"type": "line"})
    chart.add_series(
        {
            "name": name,
            "categories": [sheet, first, labels, last, labels],
            "values": [sheet, first, amounts, last, amounts],
            "line": {"color": TOTAL_COLOUR, "width": 2.25},
            "marker": {
                "type": "circle",
                "size": 5,
                "fill": {"color": TOTAL_COLOUR},
                "border": {"color": TOTAL_COLOUR},
            },
        }
    )
    chart.set_legend({"none": True})
    chart.set_x_axis({"num_font": _FONT, "line": {"color": RULE_LINE}})
    chart.set_y_axis(
        {
            "min": 0,
            "num_format": "$#,##0",
            "num_font": _FONT,
            "line": {"none": True},
            "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}},
        }
    )
    _frame(chart)
    return chart


def bar_chart(
    book: Any,
    page: Any,
    sheet: str,
    rows: Sequence[tuple[str, Decimal]],
    place: tuple[int, int],
    *,
    reduced: bool,
) -> Any:
    """Make a bar chart of the largest amounts, the first at the top."""
    row, column = place
    for number, (label, amount) in enumerate(rows, row):
        page.write_string(number, column, printable_text(label))
        page.write_number(number, column + 1, amount)
    last = row + len(rows) - 1
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "categories": [sheet, row, column, last, column],
            "values": [sheet, row, column + 1, last, column + 1],
            "fill": {"color": DECREASE_COLOUR if reduced else TOTAL_COLOUR},
            "invert_if_negative": True,
            "invert_if_negative_color": DECREASE_COLOUR,
            "gap": 40,
            "data_labels": {"value": True, "num_format": "#,##0", "font": {"size": 8}},
        }
    )
    chart.set_legend({"none": True})
    # Names stand left of bars that go to the left, too.
    names = {"reverse": True, "num_font": _FONT, "label_position": "low"}
    chart.set_y_axis(names | {"line": {"color": RULE_LINE}})
    chart.set_x_axis(_unseen_axis(least=min((amount for _, amount in rows), default=Decimal(0))))
    _frame(chart)
    return chart


def _frame(chart: Any) -> None:
    chart.set_chartarea({"border": {"color": RULE_LINE}})
