"""Tables as they are read: every column by the name that the file has, none under another's."""

from io import BytesIO

import polars as pl
import pytest

from payrules.files.tables import read_csv, read_parquet


@pytest.mark.parametrize("at", [0, 1, 2, 9])
def test_a_column_without_a_heading_takes_no_other_columns_name(at: int) -> None:
    names = [f"column_{each}" for each in range(9)]
    names.insert(at, "")
    table = pl.DataFrame({name: [str(place)] for place, name in enumerate(names)})
    packed = BytesIO()
    table.write_parquet(packed)
    assert read_parquet(packed.getvalue()).equals(table)
    assert read_parquet(packed.getvalue()).columns == names
    assert read_csv(table.write_csv().encode(), infer_schema=False).columns == names


def test_parquet_read_some_columns_at_a_time_is_what_was_written() -> None:
    tables = [
        pl.DataFrame({f"c{each}": [each, None] for each in range(width)})
        for width in (1, 2, 17, 300)
    ]
    tables += [
        pl.DataFrame({"^a$": [1], "*": [2], "a.b": [3], "b": [{"x": 1}], "c": [[1, 2]]}),
        pl.DataFrame({"a": [], "b": []}),
        pl.DataFrame(),
    ]
    for table in tables:
        packed = BytesIO()
        table.write_parquet(packed, row_group_size=1)
        read = read_parquet(packed.getvalue())
        assert read.equals(table)
        assert read.columns == table.columns
        assert read.n_chunks() <= 1
