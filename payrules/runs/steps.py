"""The steps of a priced batch: what each rule did to each line, in dollars."""

import polars as pl

from payrules.claims.columns import KEY
from payrules.engine.pricing import Priced
from payrules.money import as_decimal
from payrules.runs.held import HeldTable

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


def adjustments_in_dollars(priced: Priced) -> pl.DataFrame:
    """Give the trail the claim's names for its lines, and dollars; its categories stay as they are.

    Where no trail was asked for it is empty.
    """
    if priced.trail is None:
        empty = pl.DataFrame(schema=dict.fromkeys(ADJUSTMENTS, pl.String))
        return empty.with_columns(
            pl.col("claim_line_number", "step").cast(pl.Int64),
            *(pl.col(name).cast(pl.Decimal(38, n)) for name, n in _DECIMALS.items()),
        )
    rows = priced.trail["row"]
    return priced.trail.with_columns(
        *(priced.held[name].gather(rows) for name in KEY),
        *(as_decimal(pl.col(name), n).alias(name) for name, n in _DECIMALS.items()),
    ).select(ADJUSTMENTS)


class Steps(HeldTable[Priced]):
    """The steps of a batch: as they were priced, or a table of them in dollars."""

    def __init__(self, steps: Priced | pl.DataFrame) -> None:
        """Hold a table of steps as it is; of what was priced, the trail and the lines' names."""
        if isinstance(steps, Priced):
            steps = Priced(steps.held.select(KEY), steps.trail)
        super().__init__(steps)

    @staticmethod
    def height_of(priced: Priced) -> int:
        """Give the number of steps."""
        return 0 if priced.trail is None else priced.trail.height

    @staticmethod
    def in_dollars(priced: Priced, begin: int, many: int | None = None) -> pl.DataFrame:
        """Put some steps into dollars."""
        trail = None if priced.trail is None else priced.trail.slice(begin, many)
        return adjustments_in_dollars(Priced(priced.held, trail))
