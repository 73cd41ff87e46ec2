"""Categories are written into Parquet as text: every reader sees what text would have been."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as arrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from payrules.files.parquet import as_text, sink_parquet

TEXTS = pl.DataFrame(
    {
        "line": [1, 2, 3, 4],
        "status": ["priced", None, "denied", "priced"],
        "reason": ["", "=cmd()", "Ünïcode 😀", None],
        "amount": pl.Series(["1.10", "2.00", None, "4.05"]).cast(pl.Decimal(38, 2)),
    }
)
CATEGORY = pl.Categorical(pl.Categories.random())
CATEGORIES = TEXTS.with_columns(pl.col("status", "reason").cast(CATEGORY))


@pytest.mark.parametrize(
    "table", [CATEGORIES, CATEGORIES.clear(), TEXTS], ids=["", "empty", "text"]
)
def test_every_reader_sees_text(table: pl.DataFrame, tmp_path: Path) -> None:
    path, plain = tmp_path / "categories.parquet", tmp_path / "text.parquet"
    sink_parquet(table.lazy(), path, pressed=1, rows_a_group=3)
    wanted = TEXTS.head(table.height)
    wanted.write_parquet(plain, compression_level=1, row_group_size=3)
    assert_frame_equal(pl.read_parquet(path), wanted)
    assert pl.read_parquet_schema(path) == wanted.schema
    ours, theirs = (arrow.ParquetFile(each) for each in (path, plain))
    assert ours.schema_arrow == theirs.schema_arrow
    assert ours.schema == theirs.schema
    assert ours.read().equals(theirs.read())
    assert _told(ours) == _told(theirs)


def _told(file: arrow.ParquetFile) -> list[object]:
    """Give what each row group says of each column, by which readers skip it."""
    groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    told = [each.statistics for each in columns]
    return [(each.min, each.max, each.null_count) for each in told]


@given(st.lists(st.none() | st.text(max_size=3), max_size=30))
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str | None]
) -> None:
    table = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    path = tmp_path_factory.mktemp("any") / "any.parquet"
    sink_parquet(table.lazy().with_columns(pl.col("text").cast(CATEGORY)), path)
    assert_frame_equal(pl.read_parquet(path), table)
    assert_frame_equal(as_text(table.with_columns(pl.col("text").cast(CATEGORY))), table)
