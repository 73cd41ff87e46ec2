"""The control totals: what the run added up, column by column, when it wrote the sheets."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import polars as pl

from payrules.workbook.figures.totals import HEADLINE_AMOUNTS
from payrules.workbook.live_checks.check import ControlTotal, LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.tables import compared, has_keys_of_lines
from payrules.workbook.xlsx.bulk_rows import EXCEL_EPOCH
from payrules.workbook.xlsx.references import reference

_CENTS = {"money": 100, "quantity": 1000, "factor": 10_000, "integer": 1, "date": 1}


def control_totals(formulas: Formulas) -> list[ControlTotal]:
    """Give the sum of every column of numbers of the sheets of rows."""
    found = []
    told = formulas.figures.run.totals
    for table in formulas.filled:
        if table.sheet.style == "plain":
            continue
        by_rows = set(compared(formulas, table)) if has_keys_of_lines(formulas, table) else set()
        for column in table.columns:
            if column.name in by_rows | {"mean_allowed_amount"}:
                continue
            series = table.frame[column.name]
            kind = column.format
            numeric = series.dtype.is_numeric() and not series.dtype.is_float()
            if kind not in _CENTS or not (numeric or series.dtype == pl.Date):
                continue
            if series.null_count() == series.len():
                continue
            if series.dtype == pl.Date:
                days = series.drop_nulls().to_physical().cast(pl.Int64)
                value = Decimal(int(days.sum()) + EXCEL_EPOCH * days.len())
            else:
                value = Decimal(str(series.sum()))
            if table is formulas.lines and column.name in told:
                value = Decimal(told[column.name])
            found.append(ControlTotal(table, column, value))
    return found


def of_control_totals(formulas: Formulas, controls: Sequence[ControlTotal]) -> Iterator[LiveCheck]:
    """Compare each column of numbers with what the run added up when it wrote it."""
    for each in controls:
        cell = formulas.places.control.get((each.table.sheet.name, each.column.name))
        cells = reference(each.table.name, each.column.heading)
        times = _CENTS[each.column.format]
        added = f"SUMPRODUCT(ROUND({cells}*{times},0))/{times}" if times > 1 else f"SUM({cells})"
        series = each.table.frame[each.column.name]
        value = each.value
        if series.dtype != pl.Date:
            value = Decimal(str(series.sum()))
        # The headline's amounts are compared with the run record above.
        is_told = each.table is formulas.lines and each.column.name in HEADLINE_AMOUNTS
        if cell and not is_told:
            yield LiveCheck(
                f"{each.table.sheet.name}, {each.column.heading}: control total",
                added,
                cell,
                value,
                each.value,
                "sheet / run",
                counts=each.column.format in {"integer", "date"},
            )
