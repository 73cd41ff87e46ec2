"""Steps over lines, as they are quickest: of many lines their number costs, of few the queries.

A query takes a tenth of a millisecond before it looks at a line, and pricing asks some hundred.
What is here gives the same of few lines and of many.
"""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

#: Up to so many lines a query costs more than what it does to them.
FEW = 20_000
#: Text whose sample of so many rows has at most so many different values repeats.
_SAMPLE, DIFFERENT = 10_000, 1_000
#: Of an amount, which takes long to read, so many: it has fifty thousand values then, about.
OF_AMOUNTS = 9_000
#: What a number of 32 bits can say.
_BITS = 32


def _as_it_stands() -> pl.QueryOptFlags:
    flags = pl.QueryOptFlags.none()
    flags.simplify_expression = True
    return flags


#: How a plan over few lines is run: looking for a better one takes longer than running it.
AS_IT_STANDS = _as_it_stands()


def are_few(lines: pl.DataFrame | pl.Series) -> bool:
    """Say whether queries cost more than lines do."""
    return len(lines) <= FEW


def repeat(cells: pl.Series, most: int = DIFFERENT) -> bool:
    """Say whether a column has few different values, by a sample of its rows."""
    return cells.gather_every(max(len(cells) // _SAMPLE, 1)).n_unique() <= most


class Values(NamedTuple):
    """The different values of a text column, each once, and null among them if it is there.

    `numbers` give the place of each cell's value among them, null where the cell is; None where
    nobody counted them.
    """

    different: pl.Series
    numbers: pl.Series | None = None


def values_of(cells: pl.Series, *, numbered: bool) -> Values:
    """Give the different values of a text column; to number them takes twice as long."""
    if not numbered:
        return Values(cells.unique())
    categories = pl.Categories.random()
    numbered_cells = cells.cast(pl.Categorical(categories))  # held: words go with the last of them
    different = categories.to_series().alias(cells.name)
    if cells.null_count():
        different = different.extend_constant(None, 1)
    return Values(different, numbered_cells.to_physical())


def by_its_value(cells: pl.Series, values: Values, said: pl.Series) -> pl.Series:
    """Give each cell of a text column what is said of its value.

    `said` is what is said of each of its different `values`. By their numbers among all cells find
    it in half of the time of a join.
    """
    there = values.different.is_not_null()
    number = values.numbers
    if number is None:
        kind = pl.Enum(values.different.filter(there))
        number = cells.cast(kind).to_physical().cast(pl.UInt32)
    found = said.filter(there)[number].alias(cells.name)
    of_nothing = said.filter(~there)
    if of_nothing.null_count() == len(of_nothing):
        return found
    return found.zip_with(cells.is_not_null(), of_nothing)


def select(
    lines: pl.DataFrame, *columns: str | pl.Expr | Iterable[pl.Expr], **named: pl.Expr
) -> pl.DataFrame:
    """Give columns that are worked out of lines: of few one after the other.

    That takes a fifth of the time: several at once are handed to threads, and waited for.
    """
    return (lines.select_seq if are_few(lines) else lines.select)(*columns, **named)


def with_columns(lines: pl.DataFrame, **named: pl.Expr) -> pl.DataFrame:
    """Give lines with columns that are worked out of them, as `select` does."""
    return (lines.with_columns_seq if are_few(lines) else lines.with_columns)(**named)


def worked_out(plan: pl.LazyFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Run a plan over some lines: of many in memory, which leaves them in one piece."""
    if are_few(lines):
        return plan.collect(engine="in-memory", optimizations=AS_IT_STANDS)
    return plan.collect(engine="in-memory")


def at_hand(pool: pl.LazyFrame) -> pl.DataFrame:
    """Give the lines of a pool that facts are worked out of: they are there, and nothing is run."""
    return pool.collect(engine="in-memory", optimizations=AS_IT_STANDS)


def those(lines: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """Give the lines that a mask tells, in one piece."""
    if not are_few(lines):
        return lines.filter(mask).rechunk()
    return pl.DataFrame([each.filter(mask) for each in lines])


def at(lines: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """Give the lines at some places, which may name one many times."""
    return pl.DataFrame([each[places] for each in lines]) if are_few(places) else lines[places]


def looked_up(rows: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """Give rows by their places, which may name one many times.

    Of many places, columns that only say yes or no are looked up together, as the bits of a number.
    """
    yes_or_no = [each.name for each in rows if each.dtype == pl.Boolean and not each.null_count()]
    if are_few(places) or len(yes_or_no) < 2:
        return rows[places]
    found = rows.drop(yes_or_no)[places]
    for begin in range(0, len(yes_or_no), _BITS):
        bits = {
            name: pl.lit(1 << place, dtype=pl.UInt32)
            for place, name in enumerate(yes_or_no[begin : begin + _BITS])
        }
        number = pl.sum_horizontal(pl.col(name).cast(pl.UInt32) * bit for name, bit in bits.items())
        of_places = rows.select(_number=number)[places]
        said = of_places.select((pl.col("_number") & bit).ne(0).alias(n) for n, bit in bits.items())
        found = found.hstack(said)
    return found.select(rows.columns)


def in_company(pool: pl.Series) -> pl.Series:
    """Say of each line whether another line has the number of its pool.

    Lines of a claim follow each other: of many lines most are told by their neighbour. The first of
    each run are sorted, which takes a third of the time of hashing them; by one thread, for several
    take half as much again of the processors' time.
    """
    if are_few(pool):
        return pool.is_duplicated()
    follows = (pool == pool.shift(1)).fill_null(value=False)
    company = follows | follows.shift(-1, fill_value=False)
    firsts = pool.filter(~follows).sort(multithreaded=False)
    again = firsts.filter((firsts == firsts.shift(1)).fill_null(value=False)).unique()
    return company | pool.is_in(again.implode()) if len(again) else company


def increase(first: pl.Series, second: pl.Series) -> bool:
    """Say whether rows stand in order by one column, then another: no pair is there twice."""
    if not first.is_sorted():
        return False
    is_further = (first != first.shift(1)) | (second > second.shift(1))
    return is_further.slice(1).fill_null(value=False).all()


def filled(lines: pl.DataFrame, names: Iterable[str]) -> list[str]:
    """Name those of some columns, whose names are ours, that have a value on any line."""
    empty = lines.select(names := list(names)).null_count().row(0)
    return [name for name, none in zip(names, empty, strict=True) if none < lines.height]


def in_one_piece(lines: pl.DataFrame) -> pl.DataFrame:
    """Give lines whose columns are in one piece each, copied only where one is not.

    A column that nothing stands in is none until it is read, and stays so: copies are written out.
    """
    pieces = lines.select(filled(lines, lines.columns)).n_chunks("all")
    return lines.rechunk() if max(pieces, default=1) > 1 else lines
