"""Prices a large batch a share of the persons at a time: no rule looks beyond a person.

Windows and lookups over ten million lines leave the processor's caches and hold every column
several times. In shares the time stays in proportion to the lines, and the memory nearer to theirs.
"""

from collections.abc import Callable, Iterable

import polars as pl

from payrules.fee_schedule import DollarSchedule
from payrules.pricing import Priced, price
from payrules.rule import Rule, Tables
from payrules.schedules import Schedules

#: Lines priced at once, about.
LINES_A_SHARE = 1_000_000


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
    """Price claim lines as `payrules.pricing.price` does, a share of the persons at a time.

    `progress` hears of the first share's rules.
    """
    rules = tuple(rules)
    shares = max(lines.height // LINES_A_SHARE, 1)
    number = lines.select(pl.col("person_id").hash() % shares).to_series()
    rows, priced = [], []
    for share in range(shares):
        of_share = (number == share).arg_true()
        part = price(
            lines[of_share] if shares > 1 else lines,
            rules,
            schedules,
            release=release,
            dollars=dollars,
            tables=tables,
            trail=trail,
            progress=progress if share == 0 else None,
        )
        if shares == 1:
            return part
        if part.trail is not None:
            in_batch = of_share.gather(part.trail["row"]).alias("row")
            part = Priced(part.lines, part.trail.with_columns(in_batch))
        rows.append(of_share)
        priced.append(part)
    order = pl.zeros(lines.height, pl.UInt32, eager=True).scatter(
        pl.concat(rows), pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
    )
    together = pl.concat([part.lines for part in priced], rechunk=True)[order]
    trails = [part.trail for part in priced if part.trail is not None]
    if not trails:
        return Priced(together, None)
    # Within a share the steps of a line are in order, and stay so.
    return Priced(together, pl.concat(trails, rechunk=True).sort("row", maintain_order=True))
