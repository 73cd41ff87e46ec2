"""A table that is written while it is made, some rows at a time: it is never in memory whole."""

from collections.abc import Callable, Iterator, Sequence

import polars as pl
from polars.io.plugins import register_io_source


def in_slices(slices: Callable[[], Iterator[pl.DataFrame]], schema: pl.Schema) -> pl.LazyFrame:
    """Give a table to write whose slices are made anew each time, one after the other.

    It is to be written, and no more: a filter would look at every slice, and is refused.
    """

    def made(
        names: list[str] | None, predicate: pl.Expr | None, rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        if predicate is not None or rows is not None:
            raise ValueError("a table in slices is written whole")
        for each in slices():
            yield each if names is None else _columns(each, names)

    return register_io_source(made, schema=schema)


def _columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Give columns by name: polars takes some headings for patterns."""
    return pl.DataFrame([frame.get_column(name) for name in names])
