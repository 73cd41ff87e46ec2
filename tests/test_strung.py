"""Files put behind each other are what one file of the same rows would be."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from payrules.files.strung import strung

ROWS = pl.DataFrame(
    {
        "claim": [f"C{number:07}" for number in range(5_000)],
        "day": [date(2025, 1, 1 + number % 28) for number in range(5_000)],
        "dollars": [Decimal(number).scaleb(-2) for number in range(5_000)],
        "codes": [None if number % 3 else ["25", "RT"][: number % 5] for number in range(5_000)],
        "noted": [None if number % 7 else "seen" for number in range(5_000)],
        "empty": pl.Series([None] * 5_000, dtype=pl.String),
        "whole": [number % 2 == 0 for number in range(5_000)],
    },
    schema_overrides={"dollars": pl.Decimal(38, 2)},
)
#: Where the pieces begin and end; one has no rows.
CUTS = [(0, 1), (1, 1), (1, 2_600), (2_600, 5_000)]


def pieces(folder: Path, ending: str, **how: int | bool) -> Iterator[Path]:
    for number, (begin, end) in enumerate(CUTS):
        path = folder / f"piece-{number}{ending}"
        some = ROWS[begin:end].lazy()
        if ending == ".csv":
            some.drop("codes").sink_csv(path, include_header=number == 0)
        else:
            some.sink_parquet(path, row_group_size=100, **how)
        yield path
        path.unlink()  # it is done with: nothing of it is read later


def test_pieces_of_parquet_are_one_file(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    strung(pieces(tmp_path, ".parquet"), whole)
    assert_frame_equal(pl.read_parquet(whole), ROWS)
    assert_frame_equal(pl.DataFrame(pl.from_arrow(pq.read_table(whole))), ROWS)
    assert pq.ParquetFile(whole).metadata.num_row_groups == 1 + 26 + 24
    # Each row group is found by what its statistics say, and read from where it lies.
    found = pl.scan_parquet(whole).filter(pl.col("claim") == "C0004321").collect()
    assert_frame_equal(found, ROWS[4321:4322])


def test_one_piece_alone_is_that_file(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "one.parquet")
    strung([tmp_path / "one.parquet"], tmp_path / "whole.parquet")
    one, whole = (pq.ParquetFile(tmp_path / f"{name}.parquet") for name in ("one", "whole"))
    assert whole.metadata.to_dict() | {"serialized_size": 0} == one.metadata.to_dict() | {
        "serialized_size": 0
    }
    assert_frame_equal(pl.read_parquet(tmp_path / "whole.parquet"), ROWS)


def test_what_says_itself_where_it_lies_is_left_out(tmp_path: Path) -> None:
    """Indexes of pages, as other writers make them, would point into another piece."""
    paths = [tmp_path / f"piece-{number}.parquet" for number in range(3)]
    for path, (begin, end) in zip(paths, CUTS[1:], strict=True):
        pq.write_table(ROWS[begin:end].to_arrow(), path, write_page_index=True, row_group_size=700)
    assert pq.ParquetFile(paths[2]).metadata.row_group(0).column(0).has_offset_index
    strung(paths, tmp_path / "whole.parquet")
    whole = pq.ParquetFile(tmp_path / "whole.parquet")
    assert not whole.metadata.row_group(0).column(0).has_offset_index
    assert_frame_equal(pl.DataFrame(pl.from_arrow(whole.read())), ROWS[1:])


def test_pieces_of_csv_are_one_file(tmp_path: Path) -> None:
    strung(pieces(tmp_path, ".csv"), tmp_path / "whole.csv")
    ROWS.drop("codes").write_csv(tmp_path / "wanted.csv")
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "wanted.csv").read_bytes()


def test_other_columns_are_refused(tmp_path: Path) -> None:
    paths = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    ROWS.write_parquet(paths[0])
    ROWS.drop("noted").write_parquet(paths[1])
    with pytest.raises(ValueError, match="not the same columns"):
        strung(paths, tmp_path / "whole.parquet")
