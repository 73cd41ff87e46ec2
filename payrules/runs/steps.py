"""The steps of a priced batch in dollars: whole when someone asks, or some at a time to write.

A million lines have three million steps, which take near twice the room in dollars and words that
they take as they are priced; most runs only write them. So they stay so until someone asks.
"""

from collections.abc import Iterator

import polars as pl

from payrules.claims.columns import KEY
from payrules.engine.pricing import Priced
from payrules.files.slices import in_slices
from payrules.money import as_decimal

ADJUSTMENTS = (
    *KEY,
    "step",
    "rule",
    "before",
    "factor",
    "after",
    "group_code",
    "carc",
    "rarc",
    "cites",
    "detail",
)
#: How many decimals those of them have that are numbers with a point.
_DECIMALS = {"before": 2, "factor": 4, "after": 2}
#: Steps that are put into dollars, and handed to the writer of a file, at once: as many as polars
#: puts into a row group, so that it need not put slices together.
_AT_ONCE = 122_880


def adjustments_in_dollars(priced: Priced) -> pl.DataFrame:
    """Give the trail the claim's names for its lines, and dollars."""
    if priced.trail is None:
        empty = pl.DataFrame(schema=dict.fromkeys(ADJUSTMENTS, pl.String))
        return empty.with_columns(
            pl.col("claim_line_number", "step").cast(pl.Int64),
            *(pl.col(name).cast(pl.Decimal(38, n)) for name, n in _DECIMALS.items()),
        )
    rows = priced.trail["row"]
    return priced.trail.with_columns(
        *(priced.lines[name].gather(rows) for name in KEY),
        *(as_decimal(pl.col(name), n).alias(name) for name, n in _DECIMALS.items()),
        pl.selectors.categorical().cast(pl.String),
    ).select(ADJUSTMENTS)


class Steps:
    """The steps of a batch: as they were priced, or a table of them in dollars."""

    def __init__(self, held: Priced | pl.DataFrame) -> None:
        """Hold a table of steps as it is; of what was priced, the trail and the lines' names."""
        if isinstance(held, Priced):
            held = Priced(held.lines.select(KEY), held.trail)
        #: Changed as one, so that threads may ask at once.
        self._held = held

    def whole(self) -> pl.DataFrame:
        """Give every step in dollars. What was priced is let go of, and the table kept."""
        held = self._held
        if isinstance(held, Priced):
            held = self._held = adjustments_in_dollars(held)
        return held

    def to_write(self) -> pl.LazyFrame:
        """Give the same table to write: what was priced is put into dollars meanwhile."""
        held = self._held
        if not isinstance(held, Priced) or held.trail is None:
            return self.whole().lazy()
        lines, trail = held.lines, held.trail

        def slices() -> Iterator[pl.DataFrame]:
            for begin in range(0, trail.height, _AT_ONCE):
                yield adjustments_in_dollars(Priced(lines, trail.slice(begin, _AT_ONCE)))

        return in_slices(slices, adjustments_in_dollars(Priced(lines, trail.clear())).schema)
