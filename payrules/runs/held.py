"""A table of results: as it was priced, and in dollars whole, or some rows at a time to write.

A million lines take near twice the room in dollars and words that they take as they are priced,
and most runs only write them. So they stay so until someone asks.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

import polars as pl

from payrules.files.parquet import as_text
from payrules.files.slices import in_slices

_Priced = TypeVar("_Priced")
#: Rows that are put into dollars, and handed to the writer of a file, at once: as many as polars
#: puts into a row group, so that it need not put slices together.
_AT_ONCE = 122_880


class HeldTable(ABC, Generic[_Priced]):
    """A table as it was priced, or in dollars."""

    def __init__(self, held: _Priced | pl.DataFrame) -> None:
        """Hold what was priced, or a table in dollars as it is."""
        #: Changed as one, so that threads may ask at once.
        self._held = held

    @staticmethod
    @abstractmethod
    def height_of(priced: _Priced) -> int:
        """Give the number of rows."""

    @staticmethod
    @abstractmethod
    def in_dollars(priced: _Priced, begin: int, many: int | None = None) -> pl.DataFrame:
        """Put some rows into dollars; text that repeats may be categories."""

    def whole(self) -> pl.DataFrame:
        """Give every row in dollars. What was priced is let go of, and the table kept."""
        held = self._held
        if not isinstance(held, pl.DataFrame):
            held = self._held = as_text(self.in_dollars(held, 0))
        return held

    def to_write(self) -> pl.LazyFrame:
        """Give the same table to write: what was priced is put into dollars meanwhile.

        Text that repeats may be categories: `write_frame` writes text.
        """
        held = self._held
        if isinstance(held, pl.DataFrame):
            return held.lazy()
        priced, height = held, self.height_of(held)

        def slices() -> Iterator[pl.DataFrame]:
            for begin in range(0, height, _AT_ONCE):
                # In one piece: polars makes a row group of each piece that columns come in.
                yield self.in_dollars(priced, begin, _AT_ONCE).rechunk()

        return in_slices(slices, self.in_dollars(priced, 0, 0).schema)
