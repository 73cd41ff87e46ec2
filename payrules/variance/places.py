"""Rows told by their places: marked, found again, and put together by them instead of by names.

A hash table of a million texts leaves the processor's caches at every look; places are gathered in
order. So names are looked at once, by sorting their hashes, and what is equal is compared.
"""

from collections.abc import Callable, Iterator

import polars as pl


def among(many: int, places: pl.Series) -> pl.Series:
    """Mark some places among so many: quicker than looking for each."""
    return pl.Series([False]).new_from_index(0, many).scatter(places, values=True)


def is_among(numbers: pl.Series, wanted: pl.Series) -> pl.Series:
    """Tell of numbers, of which none is large, whether they are among those wanted."""
    lasts = (each.max() for each in (numbers, wanted))
    many = max(last + 1 if isinstance(last, int) else 0 for last in lasts)
    return among(many, wanted).gather(numbers)


def rows_up_to(lines: pl.DataFrame) -> int:
    """Count the rows of the batch up to the last of some lines."""
    last = lines["row"].max()
    return last + 1 if isinstance(last, int) else 0


def places_of(lines: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """Find some rows of the batch among lines that have each of them."""
    many = rows_up_to(lines)
    if many == lines.height:
        return rows
    places = pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
    return pl.zeros(many, pl.UInt32, eager=True).scatter(lines["row"], places).gather(rows)


def taken(table: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """Give rows of a table by their places: those that stand together without a copy."""
    if places.is_empty():
        return table.clear()
    first = int(places[0])
    if int(places[-1]) - first + 1 == len(places) and bool((places.diff().drop_nulls() == 1).all()):
        return table.slice(first, len(places))
    return table[places]


def parts(rows: pl.DataFrame, of: str, at_once: int) -> Iterator[pl.DataFrame]:
    """Part rows into so many, about: those of one claim stand together, and stay so.

    What is done with a part stays near to the processor. No rows are one part.
    """
    names, begin = rows[of], 0
    while begin < max(rows.height, 1):
        end = begin + at_once
        while end < rows.height and names[end] == names[end - 1]:
            end += 1
        yield rows.slice(begin, end - begin)
        begin = end


def in_order(keyed: pl.DataFrame) -> pl.DataFrame:
    """Tell of a table that its first column, its key, goes up where it does: joins walk it then."""
    key = keyed.to_series(0)
    return keyed.with_columns(key.set_sorted()) if key.is_sorted() else keyed


def in_pieces_of(like: pl.Series, column: pl.Series) -> pl.Series:
    """Cut a column where another is: beside columns of other pieces all would be copied."""
    lengths = like.chunk_lengths()
    if len(lengths) < 2 or lengths == column.chunk_lengths():
        return column
    begins = [sum(lengths[:number]) for number in range(len(lengths))]
    pieces = [column.slice(*each) for each in zip(begins, lengths, strict=True)]
    return pl.concat(pieces, rechunk=False)


def first_places(names: pl.Series) -> pl.Series:
    """Give of each name the place where it stands first."""
    begins = (names != names.shift(1)).fill_null(value=True)
    at = begins.arg_true()
    # As many beginnings as names, at the most as many as hashes: each name stands together.
    if len(at) == names.hash().n_unique():
        return at.gather(begins.cum_sum() - 1).cast(pl.UInt32)
    # Of rows numbered before they are grouped: a range of its own would begin in every group.
    placed = pl.DataFrame({"names": names}).with_row_index("place")
    return placed.select(pl.col("place").first().over("names")).to_series()


def once_on_both(ours: pl.Series, theirs: pl.Series) -> pl.DataFrame:
    """Pair texts that are there once on either side: `ours` and `theirs`, places, ours in order.

    Texts of one hash that are not equal are left out: whoever asks looks at them in another way.
    """
    many = len(ours)
    hashes = pl.concat([ours.hash(), theirs.hash()])
    order = hashes.arg_sort()
    hashes = hashes.gather(order)
    is_as_next = (hashes == hashes.shift(-1)).fill_null(value=False)
    begins = is_as_next & ~is_as_next.shift(1, fill_value=False)
    of_two = (begins & ~is_as_next.shift(-1, fill_value=False)).arg_true()
    both = pl.DataFrame({"one": order.gather(of_two), "other": order.gather(of_two + 1)})
    found = (
        both.select(
            ours=pl.min_horizontal("one", "other"), theirs=pl.max_horizontal("one", "other")
        )
        .filter((pl.col("ours") < many) & (pl.col("theirs") >= many))
        .with_columns(pl.col("theirs") - many)
        .sort("ours")
    )
    is_equal = ours.gather(found["ours"]) == theirs.gather(found["theirs"])
    return found.filter(is_equal.fill_null(value=False))


def read_once(
    texts: pl.Series,
    reading: Callable[[str], object],
    kind: type[pl.DataType] = pl.String,
) -> pl.Series:
    """Read texts of which there are few different ones, each of these once; nulls stay null."""
    different = texts.drop_nulls().unique()
    if different.is_empty():
        return pl.Series(texts.name, [None], kind).new_from_index(0, len(texts))
    read = pl.Series([reading(each) for each in different], dtype=kind)
    return texts.replace_strict(different, read, default=None, return_dtype=kind)
