"""Parquet whose text may come as categories, numbers of a dictionary: readers see text.

A writer that is given text looks up every cell in a dictionary of its own, though a batch has few
codes and reasons; given categories it has their numbers at hand, in half of the time. What it
writes is the same, but for the schema that polars and Arrow leave in a file beside Parquet's own
(`ARROW:schema`), by which they would read categories: that of text is written in its place.
"""

from io import BytesIO
from pathlib import Path
from typing import TypeVar

import polars as pl
import polars.selectors as cs

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
#: Where a file's footer says what its columns were before they were written.
_SCHEMA = "ARROW:schema"


def as_text(frame: Frame) -> Frame:
    """Give a table whose categories are text."""
    return frame.with_columns(cs.categorical().cast(pl.String))


def sink_parquet(
    frame: pl.LazyFrame, path: Path, *, pressed: int | None = None, rows_a_group: int | None = None
) -> None:
    """Write a table, categories as text; `pressed` is the level of zstd, or its usual one."""
    schema = frame.collect_schema()
    text = {
        name: pl.String() if isinstance(kind, pl.Categorical) else kind
        for name, kind in schema.items()
    }
    frame.sink_parquet(
        path,
        compression_level=pressed,
        row_group_size=rows_a_group,
        metadata=None if text == schema else {_SCHEMA: _said_of(pl.Schema(text))},
    )


def _said_of(schema: pl.Schema) -> str:
    """Give what polars leaves in a file of columns of these types."""
    empty = BytesIO()
    pl.DataFrame(schema=schema).write_parquet(empty)
    empty.seek(0)
    return pl.read_parquet_metadata(empty)[_SCHEMA]
