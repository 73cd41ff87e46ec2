"""The checks of the figures behind the charts: with the bridge, and with themselves."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas, is_plain
from payrules.workbook.live_checks.places import Area
from payrules.workbook.xlsx.charts import bridge_figures
from payrules.workbook.xlsx.references import column_letters


def of_charts(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the figures behind the charts with the bridge, and with themselves."""
    for area, column, begins in formulas.places.waterfalls:
        base, reached, less, more, top = (
            area.column(column_letters(column + place)) for place in (1, 2, 3, 4, 6)
        )
        tests = [f"--(ABS({base}+{reached}+{less}+{more}-{top})<{formulas.near})"]
        for bridge in formulas.places.bridges:
            first = bridge.first + begins
            tests += [
                f"--(ABS({base}+{reached}+{more}-{bridge.column('C', first)})<{formulas.near})",
                f"--(ABS({more}-{less}-{bridge.column('B', first)})<{formulas.near})",
            ]
        count = Decimal(area.last - area.first + 1)
        yield LiveCheck(
            f"{area.sheet}: steps of the chart that agree with the bridge",
            f"ROWS({base})",
            f"SUMPRODUCT({','.join(tests)})",
            count,
            count,
            "chart / Bridge",
            counts=True,
        )
        drawn = bridge_figures(formulas.figures.bridge[begins:])
        yield _as_written(area, column + 1, [figures for _, figures in drawn], "steps")
    for area, column, kind in formulas.places.bars:
        labels = area.column(column_letters(column))
        amounts = area.column(column_letters(column + 1))
        found = _bars_from(formulas, kind, labels)
        if found:
            count = Decimal(area.last - area.first + 1)
            yield LiveCheck(
                f"{area.sheet}: {kind} of the chart that agree with their rows",
                f"ROWS({labels})",
                f"SUMPRODUCT(--(ABS({found}-{amounts})<{formulas.near}))",
                count,
                count,
                "chart / rows",
                counts=True,
            )
        else:
            yield _as_written(area, column + 1, _bars(formulas, kind, area), kind)


def _as_written(area: Area, column: int, rows: Sequence[Sequence[Decimal]], what: str) -> LiveCheck:
    """Hold the figures of a chart to what they were, each weighed by its place.

    Also those that no row gives: the room that labels stand in, and where a bar begins, which
    another bar's part might make up for.
    """
    first, last = (column_letters(column + place) for place in (0, len(rows[0]) - 1))
    cells = f"{area.cell(first, area.first)}:${last}${area.last}"
    weights = f"(100*(ROW({cells})-{area.first - 1})+COLUMN({cells})-{column})"
    value = sum(
        (
            (100 * below + right) * amount
            for below, amounts in enumerate(rows, 1)
            for right, amount in enumerate(amounts, 1)
        ),
        Decimal(0),
    )
    return LiveCheck(
        f"{area.sheet}: {what} of the chart, each figure in its place",
        f"ROUND(SUMPRODUCT({weights}*{cells}),2)",
        None,
        value,
        value,
        "chart / run",
    )


def _bars(formulas: Formulas, kind: str, area: Area) -> list[tuple[Decimal]]:
    """Give the amounts of bars."""
    figures, many = formulas.figures, area.last - area.first + 1
    of_codes = kind == "codes"
    frame = figures.codes_by_allowed if of_codes else figures.reductions_by_rule
    amounts = frame["allowed_amount" if of_codes else "amount"]
    return [(each,) for each in amounts.head(many)]


def _bars_from(formulas: Formulas, kind: str, labels: str) -> str:
    """Give what makes the amounts of bars; empty where no sheet can."""
    if kind == "codes":
        code, allowed = (
            formulas.of_lines("hcpcs_code"),
            formulas.of_lines("allowed_amount"),
        )
        plain = is_plain(formulas.figures.lines["hcpcs_code"])
        return f'SUMIFS({allowed},{code},"="&{labels})' if code and allowed and plain else ""
    for bridge in formulas.places.bridges:
        return f'-SUMIFS({bridge.column("B")},{bridge.column("A")},"="&{labels})'
    for area, column, _ in formulas.places.waterfalls:
        less, names = (area.column(column_letters(column + place)) for place in (3, 0))
        return f'SUMIFS({less},{names},"="&{labels})'
    return ""
