"""Lines and steps in dollars: equal whole, in slices and in files; whole only where one asks."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import payrules
from payrules.__main__ import main
from payrules.demo import BATCH
from payrules.few import FEW
from payrules.files.slices import in_slices
from payrules.runs import held
from payrules.runs.held import HeldTable
from payrules.runs.lines import PricedLines
from payrules.runs.results import write_frame
from payrules.runs.steps import ADJUSTMENTS, Steps
from tests.pricing_cases import STARTER


def priced(*, trail: bool = True) -> payrules.Results:
    return payrules.estimate(BATCH, schedules=STARTER, trail=trail)


@pytest.fixture(scope="module")
def wanted() -> pl.DataFrame:
    return priced().adjustments


@pytest.fixture
def never_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(_: HeldTable[object]) -> pl.DataFrame:
        raise AssertionError("lines or steps were put into dollars as a whole")

    monkeypatch.setattr(HeldTable, "whole", whole)


def written(table: HeldTable[object], wanted: pl.DataFrame, folder: Path) -> None:
    """Check that a table is written as it is whole, before and after it is."""
    path, text = folder / "table.parquet", folder / "table.csv"
    write_frame(wanted, folder / "wanted.csv")
    for _ in ("as it was priced", "once it is whole"):
        write_frame(table.to_write(), path)
        write_frame(table.to_write(), text)
        assert_frame_equal(pl.read_parquet(path), wanted)
        assert text.read_bytes() == (folder / "wanted.csv").read_bytes()
        assert table.whole().equals(wanted)


def test_the_slices_of_any_size_are_the_whole(
    wanted: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tuple(wanted.columns) == ADJUSTMENTS
    as_priced, many = priced().steps._held, wanted.height
    for at_once in (7, many - 1, many, many + 1):
        monkeypatch.setattr(held, "_AT_ONCE", at_once)
        written(Steps(as_priced), wanted, tmp_path)


@pytest.mark.parametrize("rows", [24, 30_000], ids=["few", "many"])
def test_the_slices_of_lines_are_the_whole(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many lines, sentences that repeat are written as categories."""
    demo = pl.read_csv(BATCH, infer_schema=False)
    claims = pl.concat([demo] * (rows // demo.height + 1)).head(rows)
    claims = claims.with_columns(claim_id=pl.int_range(rows).cast(pl.String), note=pl.lit("=1"))
    results = payrules.estimate(claims, schedules=STARTER)
    as_priced, wanted = results.priced._held, results.lines
    assert {"note", "reason"} <= {*wanted.columns}
    assert wanted["reason"].n_unique() > 1
    assert len(as_priced.categories) == (2 if rows > FEW else 0)
    for at_once in (7 * rows // 24, rows - 1, rows + 1):
        monkeypatch.setattr(held, "_AT_ONCE", at_once)
        lines = PricedLines(as_priced)
        assert lines.noted() == wanted["review"].count()
        written(lines, wanted, tmp_path)


def test_what_is_worked_out_once_is_kept() -> None:
    results = priced()
    assert results.adjustments is results.adjustments
    assert results.lines is results.lines


def test_without_a_trail_the_steps_are_an_empty_table_of_the_same_types(
    wanted: pl.DataFrame, tmp_path: Path
) -> None:
    results = priced(trail=False)
    assert_frame_equal(results.adjustments, wanted.clear())
    write_frame(priced(trail=False).steps.to_write(), tmp_path / "steps.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "steps.parquet"), wanted.clear())


@pytest.mark.usefixtures("never_whole")
def test_a_run_that_only_writes_never_holds_dollars_whole(tmp_path: Path) -> None:
    files = [f"--{each}={tmp_path / each}.parquet" for each in ("lines", "adjustments")]
    assert main(["estimate", str(BATCH), *files]) == 1
    priced().to_parquet(tmp_path / "folder")
    assert (tmp_path / "folder" / "adjustments.parquet").exists()


def test_a_table_in_slices_is_written_and_not_filtered() -> None:
    """A filter that were passed over would give rows that nobody asked for."""
    table = pl.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})
    scanned = in_slices(lambda: iter([table[:2], table[2:]]), table.schema)
    assert_frame_equal(scanned.select("b").collect(), table.select("b"))
    for asked in (scanned.filter(pl.col("a") > 1), scanned.head(1)):
        with pytest.raises(ValueError, match="written whole"):
            asked.collect()
