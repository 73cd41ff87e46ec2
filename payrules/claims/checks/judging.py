"""Judges rows by their checks: every row, or each different value of a column that has few."""

from collections.abc import Mapping, Sequence

import polars as pl

from payrules.claims.checks.cells import DATES, NUMBERS, trimmed
from payrules.claims.checks.fault import Check, Fault
from payrules.claims.checks.spreadsheet_errors import said_of_error, spreadsheet_error
from payrules.claims.columns import AMOUNTS
from payrules.few import DIFFERENT, OF_AMOUNTS, Values, by_its_value, repeat, select, values_of

#: So many rows are few values themselves.
_FEW_VALUES = 1_000
#: Columns whose cells are read as what their text means.
_READ_AS_MEANT = NUMBERS | DATES


def reasons(found: Sequence[Check], schema: Mapping[str, pl.DataType]) -> list[Fault]:
    """List the faults of rows that have one: of a cell that is an error, that it is one."""
    faults: list[Fault] = []
    errors: set[str] = set()
    for fault in (fault for check in found for fault in check.faults):
        name = fault.column
        if schema.get(name) != pl.String:
            faults.append(fault)
            continue
        error = spreadsheet_error(pl.col(name)).fill_null(value=False)
        if name not in errors:
            errors.add(name)
            faults.append(Fault(name, error, said_of_error(name)))
        faults.append(Fault(name, fault.when & ~error, fault.reason))
    return faults


def any_fault(found: Sequence[Check]) -> pl.Expr:
    """Tell whether a row has any fault."""
    masks = [fault.when for check in found for fault in check.faults]
    return pl.any_horizontal(pl.lit(value=False), *masks).fill_null(False)


def few_values(ours: str, cells: pl.Series) -> Values | None:
    """Give the different values of a text column of ours, unless a sample of it shows many.

    They are numbered where each cell is read as what its text means: a number or a day.
    """
    if cells.dtype != pl.String:
        return None
    most = OF_AMOUNTS if ours in AMOUNTS else DIFFERENT
    if len(cells) > _FEW_VALUES and not repeat(cells, most):
        return None
    return values_of(cells, numbered=ours in _READ_AS_MEANT)


def by_value(check: Check, cells: pl.Series, values: Values) -> tuple[pl.Series, pl.Series | None]:
    """Judge a text column once for each of its different values, however many rows have it.

    Gives its values among the lines and which of them have a fault, None where none has: what the
    check's expressions give row by row.
    """
    (ours,) = read_by(check)
    different = values.different
    bare = different.alias(ours).to_frame().select(trimmed(ours, pl.String()))
    verdicts = select(bare, check.value.alias("value"), any_fault([check]).alias("faulty"))
    value = verdicts["value"]
    if cells.is_empty():
        among_lines = value
    elif value.dtype == pl.String and value.equals(different.alias("value")):
        among_lines = cells
    else:
        among_lines = by_its_value(cells, values, value)
    bad = different.filter(verdicts["faulty"])
    faulty = cells.is_in(bad.implode(), nulls_equal=True) if len(bad) else None
    return among_lines.alias(check.name), faulty


def read_by(check: Check) -> set[str]:
    """Name the columns, as they were prepared, that a check reads."""
    read = (check.value, *(fault.when for fault in check.faults))
    return {name for each in read for name in each.meta.root_names()}
