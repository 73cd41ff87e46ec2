"""Sheets as CSV and Parquet: the same rows, and no formula hidden in a text."""

import csv
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import ReportError
from payrules.runs.results import Estimate
from payrules.workbook import write_sheets

NAMES = [
    "summary",
    "bridge",
    "by_code",
    "by_practitioner",
    "by_claim",
    "lines",
    "accrual",
    "journal",
    "against_paid",
    "adjustments",
    "review",
    "rejects",
    "reconciliation",
    "checks",
]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_every_sheet_becomes_a_file(results: Estimate, tmp_path: Path, ending: str) -> None:
    written = write_sheets(results, tmp_path / "out", ending)
    assert [path.name for path in written] == [f"{name}{ending}" for name in NAMES]
    assert sorted(tmp_path.joinpath("out").iterdir()) == sorted(written)


def test_parquet_keeps_types_and_texts(results: Estimate, tmp_path: Path) -> None:
    write_sheets(results, tmp_path, ".parquet")
    lines = pl.read_parquet(tmp_path / "lines.parquet")
    assert lines["person_id"].to_list() == results.lines["person_id"].to_list()
    assert lines.schema["allowed_amount"] == pl.Decimal(38, 2)
    assert lines["allowed_amount"].to_list() == results.lines["allowed_amount"].to_list()


def test_csv_guards_texts_and_leaves_numbers(results: Estimate, tmp_path: Path) -> None:
    write_sheets(results, tmp_path, "csv")
    for name in NAMES:
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            headings, *rows = csv.reader(file)
        for row in rows:
            for heading, cell in zip(headings, row, strict=True):
                if cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
                    float(cell)  # only a number may start so
                    assert heading not in {"person_id", "rendering_specialty", "value"}
        assert not [heading for heading in headings if heading.startswith("=")]
    lines = pl.read_csv(tmp_path / "lines.csv", infer_schema=False)
    persons = [who.removeprefix("'") for who in lines["person_id"]]
    assert persons == results.lines["person_id"].to_list()
    assert any(who.startswith("'=1+1") for who in lines["person_id"])
    changes = pl.read_csv(tmp_path / "bridge.csv", infer_schema=False)["amount"].to_list()
    assert any(change.startswith("-") for change in changes)


def test_files_there_are_kept_unless_told(results: Estimate, tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("mine")
    with pytest.raises(ReportError, match=r"lines\.csv already exists"):
        write_sheets(results, tmp_path, ".csv")
    assert [path.name for path in tmp_path.iterdir()] == ["lines.csv"]
    write_sheets(results, tmp_path, ".csv", force=True)
    assert (tmp_path / "lines.csv").read_text(encoding="utf-8") != "mine"


def test_other_endings_are_refused(results: Estimate, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"\.csv or \.parquet"):
        write_sheets(results, tmp_path, ".json")
