"""Parquet written with text that repeats as numbers of a dictionary, which readers see as text.

A writer that is given text looks every cell up in a dictionary of its own, though a batch has few
codes, places and reasons: that is two fifths of the time of writing lines. Given categories, it
has their numbers at hand. The bytes in the file are the same but for the schema that polars and
Arrow leave in it beside Parquet's own (`ARROW:schema`), by which they would read categories: the
one of text is written in its place.
"""

from io import BytesIO
from pathlib import Path

import polars as pl
import polars.selectors as cs

from payrules.few import are_few

#: Where polars and Arrow say in a file's footer what its columns were before they were written.
_SCHEMA = "ARROW:schema"
#: Text whose sample of so many rows has at most so many different values repeats.
_SAMPLE, _REPEATS = 10_000, 1_000


def repeating(frame: pl.DataFrame) -> pl.DataFrame:
    """Give text that repeats as categories; few rows stay as they are."""
    if are_few(frame):
        return frame
    sample = frame.select(cs.string()).gather_every(frame.height // _SAMPLE)
    return frame.with_columns(
        pl.col(each.name).cast(pl.Categorical(pl.Categories.random()))
        for each in sample
        if each.n_unique() <= _REPEATS
    )


def write_parquet(
    frame: pl.LazyFrame, path: Path, *, pressed: int | None = None, rows_a_group: int | None = None
) -> None:
    """Write a table as Parquet, categories as text; zstd presses it by a level, or as it does."""
    schema = frame.collect_schema()
    said = None
    if any(isinstance(kind, pl.Categorical) for kind in schema.values()):
        text = {
            name: pl.String() if isinstance(kind, pl.Categorical) else kind
            for name, kind in schema.items()
        }
        said = {_SCHEMA: _said_of(pl.Schema(text))}
    frame.sink_parquet(path, compression_level=pressed, row_group_size=rows_a_group, metadata=said)


def _said_of(schema: pl.Schema) -> str:
    """Give what polars leaves in a file of columns of these types."""
    empty = BytesIO()
    pl.DataFrame(schema=schema).write_parquet(empty)
    empty.seek(0)
    return pl.read_parquet_metadata(empty)[_SCHEMA]
