"""Prices shares of the persons at once, one in each thread: no rule looks beyond a person.

Most steps of pricing run on one processor, whatever polars could use. Sharing the persons out
uses the others, and gives the same results in the same order.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from payrules.fee_schedule import DollarSchedule
from payrules.pricing import Priced, price
from payrules.rule import Rule, Tables
from payrules.schedules import Schedules

#: A thread is not worth its while for fewer lines.
LINES_A_SHARE = 100_000


def price_in_shares(
    lines: pl.DataFrame,
    rules: Iterable[Rule],
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    tables: Tables | None = None,
    trail: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Priced:
    """Price claim lines as `payrules.pricing.price` does, with the threads that polars has.

    `progress` hears of one share's rules.
    """
    rules = tuple(rules)
    shares = max(min(pl.thread_pool_size(), lines.height // LINES_A_SHARE), 1)

    def share(part: pl.DataFrame, progress: Callable[[str], None] | None) -> Priced:
        return price(
            part,
            rules,
            schedules,
            release=release,
            dollars=dollars,
            tables=tables,
            trail=trail,
            progress=progress,
        )

    if shares == 1:
        return share(lines, progress)
    number = lines.select(pl.col("person_id").hash() % shares).to_series()
    rows = [(number == each).arg_true() for each in range(shares)]
    parts = [lines[of_share] for of_share in rows]
    with ThreadPoolExecutor(shares) as threads:
        priced = list(threads.map(share, parts, [progress] + [None] * (shares - 1)))
    return _together(priced, rows)


def _together(shares: Sequence[Priced], rows: Sequence[pl.Series]) -> Priced:
    """Put the shares' lines and trails in the order of the batch; `rows` says which each has."""
    places = pl.concat(rows)
    height = len(places)
    order = pl.zeros(height, pl.UInt32, eager=True).scatter(
        places, pl.int_range(height, dtype=pl.UInt32, eager=True)
    )
    lines = pl.concat([share.lines for share in shares], rechunk=True)[order]
    trails = [
        share.trail.with_columns(of_share.gather(share.trail["row"]).alias("row"))
        for share, of_share in zip(shares, rows, strict=True)
        if share.trail is not None
    ]
    if not trails:
        return Priced(lines, None)
    # Within a share the steps of a line are in order, and stay so.
    return Priced(lines, pl.concat(trails, rechunk=True).sort("row", maintain_order=True))
