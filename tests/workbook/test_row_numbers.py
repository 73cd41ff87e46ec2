"""Numbers belong to their rows: two that change rows add up as before, and are told."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from payrules.workbook.live_checks.row_numbers import numbers_as_written
from payrules.workbook.xlsx.formats import Column

ROWS = pl.DataFrame(
    {
        "line": [1, 2, 3, 4],
        "before": [Decimal("10.00"), Decimal("10.00"), None, Decimal("-7.25")],
        "change": [Decimal("-1.50"), Decimal("2.00"), Decimal("0.01"), Decimal("0.00")],
        "units": [Decimal("1.000"), Decimal("2.500"), Decimal("1.000"), Decimal("1.000")],
        "share": [0.125, 0.5, 0.25, 0.0],
        "name": ["a", "b", "c", "d"],
    }
)


def value(frame: pl.DataFrame) -> list[Any]:
    columns = [Column(name, name.title(), "money") for name in frame.columns]
    return [each.left_value for each in numbers_as_written("Rows", "Rows", columns, frame)]


@pytest.mark.parametrize("column", ["line", "before", "change", "units", "share"])
def test_numbers_that_change_rows_are_told_and_sorted_rows_are_not(column: str) -> None:
    assert value(ROWS[::-1]) == value(ROWS)
    one, other, *rest = ROWS[column].to_list()
    if one == other:
        one, other, *rest = rest[-1], other, *rest[:-1], one
    else:
        one, other = other, one
    swapped = ROWS.with_columns(pl.Series(column, [one, other, *rest], ROWS.schema[column]))
    assert sorted(map(str, swapped[column])) == sorted(map(str, ROWS[column]))
    assert value(swapped) != value(ROWS)


def test_of_one_row_or_one_column_there_is_nothing_to_hold() -> None:
    assert value(ROWS[:1]) == []
    assert value(ROWS.select("line")) == value(ROWS.select("name")) == []


def test_a_number_alone_belongs_to_the_name_beside_it() -> None:
    one = ROWS.select("line", "name")
    assert value(one[::-1]) == value(one)
    assert value(one.with_columns(line=pl.Series([2, 1, 3, 4]))) != value(one)
    assert value(one.with_columns(name=pl.Series(["b", "a", "c", "d"]))) != value(one)


def test_numbers_among_words_are_told_as_a_spreadsheet_writes_them() -> None:
    mixed = pl.DataFrame({"line": [1, 2, 3], "low": ["1.10", "× 0.9", "100"]})
    columns = [Column("line", "Line", "integer"), Column("low", "Low", "factor")]
    (check,) = numbers_as_written("Rows", "Rows", columns, mixed)
    endings = (".1", ".9", "00")
    rows = [3 * n + 5 * ord(a) + 7 * ord(b) for n, (a, b) in enumerate(endings, 1)]
    assert check.left_value == sum(each**2 for each in rows)


def test_no_formula_is_longer_than_excel_takes() -> None:
    wide = pl.DataFrame({f"amount {number}": [1, 2] for number in range(100)})
    headings = [Column(name, f"A heading as long as they are, {name}") for name in wide.columns]
    checks = [*numbers_as_written("Rows", "a_table_of_many", headings, wide)]
    assert len({each.name for each in checks}) == len(checks) == 3
    assert all(len(str(each.left)) < 8_192 for each in checks)
