"""Claim lines that a program holds, whatever holds them, as one frame that is read like a file.

A text stays a text: `0213T` and `00100` keep their zeros. What is missing (None, NaN, NaT, NA, an
empty text) is empty. Nothing here judges a cell; the checks of the claims do.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import polars as pl

from payrules.claims.checks.cells import EXACT_FLOATS
from payrules.claims.columns import shown
from payrules.errors import ClaimsError

#: What can be read, for people.
KINDS = (
    "files (a path, or several), a polars DataFrame or LazyFrame, a pandas DataFrame, an Arrow"
    " table, or a list of dicts, one a claim line"
)
#: What gives its parts one by one, and is no list of claim lines.
_ONE_THING = (Mapping, bytes, bytearray, memoryview)


class ArrowTable(Protocol):
    """A table of any library that hands it over as Arrow (the PyCapsule interface)."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the table's columns, batch by batch."""


AFile: TypeAlias = str | PathLike[str]
Claims: TypeAlias = (
    AFile | Sequence[AFile] | pl.DataFrame | pl.LazyFrame | ArrowTable | Iterable[Mapping[str, Any]]
)


def files_or_frame(claims: Claims) -> list[Path] | pl.DataFrame:
    """Give the files that claims are read from, or one frame of the lines that are in memory.

    Raises ClaimsError for what is neither, or is no table; it quotes no cell.
    """
    if isinstance(claims, str | PathLike):
        return [Path(claims)]
    frame = _of_table(claims)
    if frame is None:
        rows = _listed(claims)
        paths = [Path(each) for each in rows if isinstance(each, str | PathLike)]
        if len(paths) == len(rows):
            return paths
        frame = _of_rows(rows)
    return _empty_as_null(frame)


def _of_table(claims: Any) -> pl.DataFrame | None:
    """Read a table of a library that has tables; None where it is none."""
    if isinstance(claims, pl.DataFrame):
        return claims
    if isinstance(claims, pl.LazyFrame):
        return _collected(claims)
    if _is_pandas(claims):
        return _of_pandas(claims)
    is_arrow = hasattr(claims, "__arrow_c_stream__") or hasattr(claims, "__arrow_c_array__")
    return _of_arrow(claims) if is_arrow and not isinstance(claims, pl.Series) else None


def _listed(claims: Any) -> list[Any]:
    """List rows or paths, whatever gives them one by one."""
    is_a_column = hasattr(claims, "dtype")  # of polars, pandas or numpy
    if is_a_column or isinstance(claims, _ONE_THING) or not isinstance(claims, Iterable):
        kind = f"{type(claims).__module__}.{type(claims).__qualname__}".removeprefix("builtins.")
        raise ClaimsError(f"Claims cannot be read from a {kind}: give {KINDS}.")
    return list(claims)


def _collected(lazy: pl.LazyFrame) -> pl.DataFrame:
    try:
        return lazy.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        # The message may quote cells.
        raise ClaimsError(
            f"The lazy frame of claims cannot be computed ({type(error).__name__}); its own"
            " .collect() says why."
        ) from None


def _of_arrow(table: Any) -> pl.DataFrame:
    try:
        return pl.DataFrame(table)
    except (pl.exceptions.PolarsError, TypeError, ValueError):
        raise ClaimsError(
            f"The Arrow data of this {type(table).__name__} is no table of claims that can be"
            " read: give a table whose columns are text, numbers, dates or true and false."
        ) from None


def _is_pandas(claims: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(claims, pandas.DataFrame)


def _of_pandas(frame: Any) -> pl.DataFrame:
    """Read a pandas frame; columns that stand in its index, by name, are columns."""
    names = [name for name in frame.index.names if name is not None]
    levels = [(name, frame.index.get_level_values(name)) for name in names]
    columns = [(name, frame.iloc[:, place]) for place, name in enumerate(frame.columns)]
    return _of_columns((name, _of_pandas_column(cells)) for name, cells in levels + columns)


def _of_pandas_column(column: Any) -> pl.Series:
    """Read a column: numbers of numpy's own types as they are, anything else value by value."""
    is_of_numpy = type(column.dtype).__module__.startswith("numpy")
    if is_of_numpy and column.dtype.kind in "iufb":
        return pl.Series(column.to_numpy())
    return _of_cells(column.astype(object).where(column.notna(), None).tolist())


def _of_rows(rows: Sequence[Any]) -> pl.DataFrame:
    """Read rows, each a dict; a row that lacks a key has nothing there."""
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise ClaimsError(
                f"Item {number} of the list of claims is a {type(row).__name__}: give dicts, one a"
                " claim line, or the paths of files; nothing else, and not both."
            )
    names = dict.fromkeys(name for row in rows for name in row)
    return _of_columns((name, _of_cells([row.get(name) for row in rows])) for name in names)


def _of_columns(columns: Iterable[tuple[object, pl.Series]]) -> pl.DataFrame:
    read: dict[str, pl.Series] = {}
    for name, cells in columns:
        if not isinstance(name, str):
            kind = "nothing" if name is None else f"a {type(name).__name__}"
            raise ClaimsError(
                f"The claims have a column headed by {kind}, not by a text: rename or remove it."
            )
        if name in read:
            raise ClaimsError(
                f"The claims have more than one column headed '{shown(name)}'; remove or rename"
                " one."
            )
        read[name] = cells
    return pl.DataFrame([cells.alias(name) for name, cells in read.items()])


def _of_cells(given: list[Any]) -> pl.Series:
    """Read Python values: binary floats, true and false as they are, anything else as written."""
    cells = given
    kinds = {type(cell) for cell in cells} - {type(None)}
    if not kinds <= {str}:
        cells = [None if _is_missing(cell) else cell for cell in given]
        kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds == {bool}:
        return pl.Series(cells, dtype=pl.Boolean)
    if kinds == {float}:
        return pl.Series(cells, dtype=pl.Float64)
    if not kinds <= {str}:
        cells = [None if cell is None else _written(cell) for cell in cells]
    return pl.Series(cells, dtype=pl.String)


def _is_missing(cell: Any) -> bool:
    """Tell whether a value stands for none: NaN and NaT are not equal to themselves."""
    try:
        return bool(cell != cell)  # noqa: PLR0124
    except (TypeError, ValueError):  # pandas' NA is neither equal to itself nor not
        return type(cell).__name__ == "NAType"


def _written(cell: Any) -> str:
    """Write a value as a file of claims would hold it."""
    if isinstance(cell, float) and cell.is_integer():
        if abs(cell) >= EXACT_FLOATS[pl.Float64]:
            raise ClaimsError(
                "The claims hold a number of more than 15 digits as a float, whose last digits"
                " are lost; give it as text."
            )
        return str(int(cell))
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return str(cell)


def _empty_as_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Make an empty text what an empty cell of a file is."""
    changed = [
        cells.set(cells == "", None)
        for cells in frame
        if cells.dtype == pl.String and (cells == "").any()
    ]
    return frame.with_columns(changed) if changed else frame
