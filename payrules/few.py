"""Steps over lines, as they are quickest: of many lines their number costs, of few the queries.

A query takes a tenth of a millisecond before it looks at a line, and pricing asks some hundred.
What is here gives the same of few lines and of many.
"""

import polars as pl

#: Up to so many lines a query costs more than what it does to them.
FEW = 20_000


def _as_it_stands() -> pl.QueryOptFlags:
    flags = pl.QueryOptFlags.none()
    flags.simplify_expression = True
    return flags


#: How a plan over few lines is run: looking for a better one takes longer than running it.
AS_IT_STANDS = _as_it_stands()


def are_few(lines: pl.DataFrame | pl.Series) -> bool:
    """Say whether queries cost more than lines do."""
    return len(lines) <= FEW


def worked_out(plan: pl.LazyFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Run a plan over some lines."""
    return plan.collect(optimizations=AS_IT_STANDS) if are_few(lines) else plan.collect()


def at_hand(pool: pl.LazyFrame) -> pl.DataFrame:
    """Give the lines of a pool that facts are worked out of: they are there, and nothing is run."""
    return pool.collect(optimizations=AS_IT_STANDS)


def those(lines: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """Give the lines that a mask tells, in one piece."""
    if not are_few(lines):
        return lines.filter(mask).rechunk()
    places = pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
    return lines[places.filter(mask)]


def in_company(pool: pl.Series) -> pl.Series:
    """Say of each line whether another line has the number of its pool.

    Lines of a claim follow each other: of many lines most are told by their neighbour. The first of
    each run are sorted, which takes a third of the time of hashing them.
    """
    if are_few(pool):
        return pool.is_duplicated()
    follows = (pool == pool.shift(1)).fill_null(value=False)
    company = follows | follows.shift(-1, fill_value=False)
    firsts = pool.filter(~follows).sort()
    again = firsts.filter((firsts == firsts.shift(1)).fill_null(value=False)).unique()
    return company | pool.is_in(again.implode()) if len(again) else company
