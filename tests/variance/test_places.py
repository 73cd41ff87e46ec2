"""Rows told by their places: the same as by their names, whatever stands beside what."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from payrules.variance.places import first_places, is_among, once_on_both

_NAMES = st.lists(st.sampled_from(["a", "b", "c", None]), max_size=12)


@given(names=_NAMES)
def test_a_name_is_told_by_where_it_stands_first(names: list[str | None]) -> None:
    """Of names that do not stand together every place was 0."""
    found = first_places(pl.Series(names, dtype=pl.String))
    assert found.to_list() == [names.index(each) for each in names]


@given(ours=_NAMES, theirs=_NAMES)
def test_texts_are_paired_that_are_there_once_on_either_side(
    ours: list[str | None], theirs: list[str | None]
) -> None:
    found = once_on_both(pl.Series(ours, dtype=pl.String), pl.Series(theirs, dtype=pl.String))
    assert found.rows() == [
        (place, theirs.index(each))
        for place, each in enumerate(ours)
        if each is not None and ours.count(each) == theirs.count(each) == 1
    ]


def test_numbers_are_told_whether_they_are_wanted() -> None:
    """Held in 32 bits or told in 64; of none, and of more than there are."""
    numbers = pl.Series([1, 4, 4, 9], dtype=pl.UInt32)
    assert is_among(numbers, pl.Series([9, 1, 12])).to_list() == [True, False, False, True]
    assert is_among(numbers, pl.Series([], dtype=pl.Int64)).to_list() == [False] * 4
    assert is_among(numbers.clear(), pl.Series([3])).to_list() == []
