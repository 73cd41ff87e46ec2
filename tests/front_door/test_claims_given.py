"""Claims given to the front door: whatever holds them, what comes out is what their CSV gives."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payrules
from payrules.demo import BATCH
from tests.front_door.typed_claims import TYPED, TYPED_KINDS, WRITTEN
from tests.pricing_cases import STARTER

#: The demonstration, as text; a row is rejected, a column is only carried.
TEXT = pl.read_csv(BATCH, infer_schema=False)
ROWS = TEXT.to_dicts()


class AnyArrow:
    """A table of a library nobody knows: it only hands itself over as Arrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def as_file(folder: Path, frame: pl.DataFrame, ending: str) -> Path:
    path = folder / f"claims.{ending}"
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "xlsx": frame.write_excel}[ending](
        path
    )
    return path


def dict_reader(folder: Path, frame: pl.DataFrame) -> Any:
    path = as_file(folder, frame, "csv")
    return csv.DictReader(path.read_text(encoding="utf-8").splitlines())


#: Everything that text claims can be given in.
KINDS: dict[str, Callable[[Path, pl.DataFrame], Any]] = {
    "a path": lambda folder, frame: as_file(folder, frame, "csv"),
    "a path as text": lambda folder, frame: str(as_file(folder, frame, "csv")),
    "paths": lambda folder, frame: [as_file(folder, frame, "csv")],
    "a Parquet file": lambda folder, frame: as_file(folder, frame, "parquet"),
    "a workbook": lambda folder, frame: as_file(folder, frame, "xlsx"),
    "a polars frame": lambda _, frame: frame,
    "a lazy frame": lambda _, frame: frame.lazy(),
    "a pandas frame": lambda _, frame: pandas.DataFrame(frame.to_dict(as_series=False)),
    "a pandas frame of pandas' text": lambda _, frame: pandas.DataFrame(
        frame.to_dict(as_series=False)
    ).astype("string"),
    "a pandas frame of categories": lambda _, frame: pandas.DataFrame(
        frame.to_dict(as_series=False)
    ).astype("category"),
    "a pandas frame of Arrow's text": lambda _, frame: frame.to_pandas(
        use_pyarrow_extension_array=True
    ),
    "a pandas frame with an index": lambda _, frame: pandas.DataFrame(
        frame.to_dict(as_series=False)
    ).set_index(["claim_id", "claim_line_number"]),
    "a pandas frame without missing text": lambda _, frame: pandas.DataFrame(
        frame.fill_null("").to_dict(as_series=False)
    ),
    "an Arrow table": lambda _, frame: frame.to_arrow(),
    "an Arrow reader": lambda _, frame: frame.to_arrow().to_reader(),
    "an Arrow batch": lambda _, frame: frame.rechunk().to_arrow().combine_chunks().to_batches()[0],
    "anything that speaks Arrow": lambda _, frame: AnyArrow(frame),
    "a list of dicts": lambda _, frame: frame.to_dicts(),
    "dicts without what is missing": lambda _, frame: [
        {name: cell for name, cell in row.items() if cell is not None or not number}
        for number, row in enumerate(frame.to_dicts())
    ],
    "a generator of dicts": lambda _, frame: (row for row in frame.to_dicts()),
    "a csv.DictReader": dict_reader,
}


def priced(claims: Any, **how: Any) -> payrules.Results:
    return payrules.estimate(claims, **{"schedules": STARTER, **how})


def assert_same(found: payrules.Results, expected: payrules.Results) -> None:
    """The same values, types and order of columns; a batch of files is said to be one."""
    for name in ("lines", "adjustments", "rejects"):
        ours, theirs = of_rows(found, name), of_rows(expected, name)
        assert ours.select(sorted(ours.columns)).equals(theirs.select(sorted(theirs.columns)))
        assert ours.schema == {each: theirs.schema[each] for each in ours.columns}
        assert ours.write_csv() == theirs.select(ours.columns).write_csv()
    for key in ("totals", "counts", "edits", "carried", "payer", "releases", "rules"):
        assert found.run[key] == expected.run[key]


def of_rows(found: payrules.Results, name: str) -> pl.DataFrame:
    """Give a frame of results; the rejects with rows numbered from under the headings."""
    frame: pl.DataFrame = getattr(found, name)
    (reading,) = found.run["readings"]
    above = reading["heading_row"] or 0
    return frame.with_columns(pl.col("row") - above) if name == "rejects" else frame


@pytest.fixture(scope="module")
def from_csv(tmp_path_factory: pytest.TempPathFactory) -> payrules.Results:
    return priced(as_file(tmp_path_factory.mktemp("csv"), TEXT, "csv"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_claims_gives_what_their_csv_gives(
    kind: str, tmp_path: Path, from_csv: payrules.Results
) -> None:
    found = priced(KINDS[kind](tmp_path, TEXT))
    assert found.rejects.height == 1
    assert_same(found, from_csv)


@given(
    st.permutations(range(len(ROWS))),
    st.sampled_from(sorted(set(KINDS) - {"a workbook", "paths", "a path as text"})),
)
@settings(max_examples=10)
def test_the_order_of_rows_and_the_kind_of_claims_is_immaterial(
    from_csv: payrules.Results, tmp_path_factory: pytest.TempPathFactory, order: Any, kind: str
) -> None:
    found = priced(KINDS[kind](tmp_path_factory.mktemp("kind"), TEXT[list(order)]))
    for name in ("lines", "adjustments"):
        key = ["claim_id", "claim_line_number", *(["step"] if name == "adjustments" else [])]
        ours = getattr(found, name).sort(key)
        assert ours.equals(getattr(from_csv, name).select(ours.columns).sort(key))
    assert found.run["totals"] == from_csv.run["totals"]
    assert found.rejects["reason"].equals(from_csv.rejects["reason"])


# -- typed cells -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPED_KINDS)
def test_typed_cells_are_read_as_a_csv_writes_them(kind: str) -> None:
    """Zeros in front stay, NaN is empty, 300.1 is 300.10, and 0.1 + 0.2 is 0.30."""
    found = priced(TYPED_KINDS[kind](TYPED))
    assert found.lines["charge_amount"].to_list() == [Decimal("300.10"), Decimal("0.30")]
    assert found.lines["hcpcs_code"].to_list() == ["00142", "99213"]
    assert found.lines["claim_id"].to_list() == ["0017", "0018"]
    assert found.lines["hcpcs_modifier_2"].to_list() == [None, "25"]
    assert_same(found, priced(WRITTEN))
