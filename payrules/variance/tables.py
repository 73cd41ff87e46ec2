"""The tables of remittances as frames: rows packed while files are read, put together at the end.

Amounts are Int64 cents here; `in_dollars` gives them as users see them. There may be millions of
rows, so they are small: texts that repeat are categories, numbers take 32 bits, a column that says
the same in every row is held once, and what another table tells is in none (see `held`).
"""

from collections.abc import Iterable, Sequence

import polars as pl

from payrules.money import as_dollars
from payrules.x12.columns_835 import TABLES, PaidColumn
from payrules.x12.facts_835 import PaidRow

_POSITION = PaidColumn("position", "the segment's place in the file", "integer")
#: Columns that the reader does not write itself.
_PUT_IN = frozenset(("file", "remittance", "status", "meaning"))
#: Tables with a row for each claim, line or adjustment. Others are small, and held as they are.
LARGE = ("payer_claims", "payer_lines", "payer_adjustments")
#: Texts that differ from row to row. Of all others there are few: codes, days, quantities.
_OF_EACH_ROW = frozenset(
    (
        *("claim_id", "payer_claim_control_number", "person_id", "corrected_person_id"),
        "line_control_number",
    )
)
#: What texts of which there are few are held as.
FEW = pl.Categorical(pl.Categories("payrules.paid"))
_Kind = pl.DataType | type[pl.DataType]


def _written(table: str) -> tuple[PaidColumn, ...]:
    """Give the columns of a row as the reader writes it: the numbers are those within the file."""
    columns = [each for each in TABLES[table] if each.name not in _PUT_IN]
    if table == "provider_adjustments":
        columns = [each for each in columns if each.name != "claim_id"]
    if table in {"payer_claims", "payer_lines"}:
        columns.insert(1, _POSITION)
    return (PaidColumn("payment", "number of the payment in the file", "integer"), *columns)


def kind_of(table: str, column: PaidColumn) -> _Kind:
    """Give the type that a column is held as; days are ISO text."""
    if column.kind == "money":
        return pl.Int64
    is_large = table in LARGE
    if column.kind == "integer":
        return pl.UInt32 if is_large else pl.Int64
    return FEW if is_large and column.name not in _OF_EACH_ROW else pl.String


_WRITTEN = {table: _written(table) for table in TABLES if table != "remittances"}
#: Table → its columns and their types as they are held; the claim's number is its claim's alone.
_HELD = {
    table: {
        each.name: kind_of(table, each)
        for each in columns
        if (table, each.name)
        not in {("payer_lines", "claim_id"), ("payer_adjustments", "claim_id")}
    }
    for table, columns in _WRITTEN.items()
}


def packed(table: str, rows: Sequence[PaidRow]) -> pl.DataFrame:
    """Put rows of a table into columns; one in which nothing stands is left out."""
    held = _HELD[table]
    columns = zip(_WRITTEN[table], zip(*rows, strict=True), strict=True)
    made = (
        _column(each.name, held[each.name], cells) for each, cells in columns if each.name in held
    )
    return pl.DataFrame([each for each in made if each is not None])


def _column(name: str, kind: _Kind, cells: Sequence[object]) -> pl.Series | None:
    """Make a column of cells: of many columns all say the same, and one is made, or nothing."""
    first = cells[0]
    is_alike = first == cells[-1] == cells[len(cells) // 2] and cells.count(first) == len(cells)
    if not is_alike:
        return pl.Series(name, cells, kind)
    return None if first is None else pl.Series(name, [first], kind).new_from_index(0, len(cells))


def together(table: str, blocks: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Give the packed rows of a file as one frame. The blocks are used up."""
    parts = [*blocks]
    heights = [each.height for each in parts]
    held = _HELD[table]
    if not parts:
        return pl.DataFrame(schema=held)
    columns: list[pl.Series] = []
    alike: list[pl.Expr] = []
    # Column by column, and each block's is let go: no table is there twice.
    for name, kind in held.items():
        if not any(name in each.columns for each in parts):
            alike.append(pl.lit(None, kind).alias(name))
            continue
        none = pl.Series(name, [None], kind)
        column = pl.concat(
            [
                each.drop_in_place(name) if name in each.columns else none.new_from_index(0, many)
                for each, many in zip(parts, heights, strict=True)
            ],
            rechunk=True,
        )
        # The first one stays a column: it says how many rows there are.
        if columns and _is_alike(column):
            alike.append(pl.lit(column.first(), kind).alias(name))
        else:
            columns.append(column)
    return pl.DataFrame(columns).with_columns(alike).select(*held)


def _is_alike(column: pl.Series) -> bool:
    """Tell whether a column says the same in every row."""
    cells = column.to_physical()
    return not cells.has_nulls() and bool((cells == cells.first()).all())


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
