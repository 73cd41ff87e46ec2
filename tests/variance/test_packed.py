"""Rows of remittances put into columns are the same rows, whatever their columns have in common."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.variance.tables import packed, together

#: Rows of adjustments: a table with every kind of cell.
ROWS = st.lists(
    st.tuples(
        *(st.sampled_from((1, 2)), st.sampled_from((4, 5)), st.sampled_from((None, "C1", "C2"))),
        *(st.sampled_from((None, 1)), st.sampled_from(("claim", "line"))),
        *(st.sampled_from(("CO", "PR")), st.sampled_from(("45", "(not shown)"))),
        *(st.sampled_from((0, -150)), st.sampled_from((None, "1.5"))),
    ),
    min_size=1,
    max_size=6,
)
TYPES = [pl.Int64, pl.Int64, pl.String, pl.Int64, *[pl.String] * 3, pl.Int64, pl.String]


@settings(max_examples=100, deadline=None)
@given(blocks=st.lists(ROWS, min_size=1, max_size=3), often=st.integers(1, 3))
def test_rows_are_packed_as_they_are(blocks: list[list[tuple[object, ...]]], often: int) -> None:
    """A column that says the same in every row, or nothing in any, is of its own type too."""
    blocks = [rows * often for rows in blocks]
    frames = [packed("payer_adjustments", rows) for rows in blocks]
    assert [frame.rows() for frame in frames] == blocks
    assert all(frame.dtypes == TYPES for frame in frames)
    whole = together("payer_adjustments", frames)
    assert whole.rows() == [row for rows in blocks for row in rows]
