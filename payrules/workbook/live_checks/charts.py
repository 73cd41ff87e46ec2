"""The checks of the figures behind the charts: with the bridge, and with themselves."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas, is_plain
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
