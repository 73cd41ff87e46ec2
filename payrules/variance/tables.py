"""The tables of remittances as frames: rows packed while files are read, put together at the end.

Amounts are Int64 cents here; `in_dollars` gives them as users see them.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from payrules.money import as_dollars
from payrules.x12.columns_835 import TABLES, PaidColumn
from payrules.x12.facts_835 import PaidRow

_POSITION = PaidColumn("position", "the segment's place in the file", "integer")
#: Columns that the reader does not write itself.
_PUT_IN = frozenset(("file", "remittance", "status", "meaning"))


def _written(table: str) -> tuple[PaidColumn, ...]:
    """Give the columns of a row as the reader writes it: the numbers are those within the file."""
    columns = [each for each in TABLES[table] if each.name not in _PUT_IN]
    if table == "provider_adjustments":
        columns = [each for each in columns if each.name != "claim_id"]
    if table in {"payer_claims", "payer_lines"}:
        columns.insert(1, _POSITION)
    return (PaidColumn("payment", "number of the payment in the file", "integer"), *columns)


_WRITTEN = {table: _written(table) for table in TABLES if table != "remittances"}
_TYPES: dict[str, type[pl.DataType]] = {"integer": pl.Int64, "money": pl.Int64}


def kind_of(column: PaidColumn) -> type[pl.DataType]:
    """Give the type of a column while amounts are cents; days are ISO text."""
    return _TYPES.get(column.kind, pl.String)


def packed(table: str, rows: Sequence[PaidRow]) -> pl.DataFrame:
    """Put rows of a table into columns."""
    columns = zip(_WRITTEN[table], zip(*rows, strict=True), strict=True)
    return pl.DataFrame([_column(each, cells) for each, cells in columns])


def _column(column: PaidColumn, cells: Sequence[object]) -> pl.Series:
    """Make a column of cells: of many columns all say the same, or nothing, and one is made."""
    first, kind = cells[0], kind_of(column)
    is_alike = first == cells[-1] == cells[len(cells) // 2] and cells.count(first) == len(cells)
    if is_alike:
        return pl.Series(column.name, [first], kind).new_from_index(0, len(cells))
    return pl.Series(column.name, cells, kind)


def together(table: str, blocks: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Give the packed rows of a file as one frame."""
    empty = pl.DataFrame(schema={each.name: kind_of(each) for each in _WRITTEN[table]})
    parts = [empty, *blocks]
    # Column by column, and each block's is let go: no table is there twice.
    return pl.DataFrame(
        [
            pl.concat([each.drop_in_place(name) for each in parts], rechunk=True)
            for name in [*empty.columns]
        ]
    )


def in_dollars(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Give a table as users see it: its own columns, amounts in dollars, days as dates."""
    shown = []
    for each in TABLES[table]:
        if each.name not in frame.columns:
            continue
        column = pl.col(each.name)
        if each.kind == "money":
            column = as_dollars(column)
        elif each.kind == "date":
            column = column.str.to_date("%Y-%m-%d", strict=False)
        shown.append(column)
    return frame.select(shown)
