"""Cells that hold a spreadsheet's error, or a formula never computed, instead of a value."""

from collections.abc import Mapping

import polars as pl

from payrules.claims.checks.fault import Fault
from payrules.files.worksheet_words import ERROR, UNCOMPUTED


def spreadsheet_error(cell: pl.Expr) -> pl.Expr:
    """Tell whether text is a spreadsheet's error, or stands for a formula never computed."""

    def errors(cells: pl.Series) -> pl.Series:
        # Hardly a column has one; to match every cell would take a tenth of the intake's time.
        may_be = cells.str.starts_with("#") | cells.str.starts_with("Err:")
        return may_be & cells.str.contains(ERROR) if may_be.any() else may_be

    return cell.map_batches(errors, return_dtype=pl.Boolean, is_elementwise=True)


def said_of_error(name: str) -> pl.Expr:
    """Say what a cell of this column holds instead of a value."""
    cell = pl.col(name)
    return (
        pl.when(cell == UNCOMPUTED)
        .then(
            pl.lit(
                f"{name} is a formula that was never computed: open the workbook in a spreadsheet"
                " and save it"
            )
        )
        .otherwise(pl.format(f"{name} holds a spreadsheet's error, {{}}, and no value", cell))
    )


def error_faults(name: str, schema: Mapping[str, pl.DataType]) -> list[Fault]:
    """Find errors in a column where any text would pass."""
    if schema.get(name) != pl.String:
        return []
    return [Fault(name, spreadsheet_error(pl.col(name)), said_of_error(name))]
