"""What was found of the last few batches: a what-if prices the same lines again on other terms.

A batch is told by its lines, value by value, and what was found of it by all that it was worked out
of: so what is given again is what would be found.
"""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import polars as pl

from payrules.claims.modifiers import encode
from payrules.engine.session import LINE_ORDER, POOLS, identify
from payrules.fees.amounts import attach_fees
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.few import are_few, in_one_piece
from payrules.frozen import frozen
from payrules.schedules import Schedules

#: Of so many lines at most: what is held takes little room.
_LINES = 5_000
#: Of so many batches, and of so many schedules each.
_HELD = 4


@frozen
class PricedBy:
    """What fees are made of beside the lines: arguments of `attach_fees`."""

    schedules: Schedules
    release: str | None
    dollars: DollarSchedule | None
    others: bool
    own_factor: pl.Expr | None
    medicare_beside: bool

    def is_same(self, other: "PricedBy") -> bool:
        """Say whether another is the same: schedules as themselves, an expression as written."""
        ours, theirs = self.own_factor, other.own_factor
        return (
            self.schedules is other.schedules
            and self.dollars is other.dollars
            and (self.release, self.others) == (other.release, other.others)
            and self.medicare_beside == other.medicare_beside
            and (theirs is None if ours is None else theirs is not None and ours.meta.eq(theirs))
        )

    def attached(self, lines: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
        """Give the lines' fee rows, and the fees."""
        priced, fees = attach_fees(
            lines,
            self.schedules,
            release=self.release,
            dollars=self.dollars,
            others=self.others,
            own_factor=self.own_factor,
            medicare_beside=self.medicare_beside,
        )
        return priced["fee_row"], fees


@dataclass
class _Batch:
    """Some lines, and what was found of them; nothing of it is changed."""

    lines: pl.DataFrame
    encoded: pl.DataFrame
    identified: dict[frozenset[str], pl.DataFrame] = field(default_factory=dict)
    attached: tuple[tuple[PricedBy, tuple[pl.Series, pl.DataFrame]], ...] = ()


_batches: tuple[_Batch, ...] = ()


def found_of(
    lines: pl.DataFrame, wanted: Collection[str], priced_by: PricedBy
) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame]:
    """Give lines with flags of their modifiers and the pools wanted, their fee rows, and the fees.

    `wanted` may name other columns, which are passed over.
    """
    pools = frozenset(wanted) & {*POOLS, LINE_ORDER}
    if lines.height > _LINES:
        return _anew(encode(in_one_piece(lines)), pools, priced_by)
    batch = _batch_of(lines)
    identified = batch.identified.get(pools)
    if identified is None:
        identified = batch.identified[pools] = identify(batch.encoded, pools)
    for by, (fee_row, fees) in batch.attached:
        if by.is_same(priced_by):
            return identified, fee_row, fees
    fee_row, fees = priced_by.attached(batch.encoded)
    batch.attached = ((priced_by, (fee_row, fees)), *batch.attached[: _HELD - 1])
    return identified, fee_row, fees


def _batch_of(lines: pl.DataFrame) -> _Batch:
    global _batches  # noqa: PLW0603 - put in place whole, so that threads do not meet
    for batch in _batches:
        if batch.lines.schema == lines.schema and batch.lines.equals(lines):
            return batch
    batch = _Batch(lines.clone(), encode(in_one_piece(lines)))
    _batches = (batch, *_batches[: _HELD - 1])
    return batch


def _anew(
    lines: pl.DataFrame, pools: Collection[str], priced_by: PricedBy
) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame]:
    """Work it out of many lines; nothing of them is held."""
    if are_few(lines):
        return identify(lines, pools), *priced_by.attached(lines)
    with ThreadPoolExecutor(1) as beside:  # neither needs the other
        identified = beside.submit(identify, lines, pools)
        fee_row, fees = priced_by.attached(lines)
        return identified.result(), fee_row, fees
