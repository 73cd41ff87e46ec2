"""A batch as it comes: UTF-16 without a mark, standard input, whichever way it is packed."""

import gzip
import io
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from payrules.__main__ import main
from payrules.claims import read_batch
from payrules.claims.columns_toml import read_columns_file
from payrules.errors import ClaimsError
from payrules.files import tables
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from tests.claims.batches import LOCALITIES, frame_of

FRAME = frame_of({}, {"person_id": "Müller 李"})


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_refused_by_name(tmp_path, encoding):
    """It was read as UTF-16, every cell with zeros between its letters, and every row rejected."""
    path = tmp_path / "claims.csv"
    path.write_bytes(frame_of({}).write_csv().encode(encoding))
    with pytest.raises(ClaimsError, match=r"written in UTF-32: save it as UTF-8, or say"):
        read_batch(path, localities=LOCALITIES)
    (tmp_path / "said.toml").write_text(f'[file]\nencoding = "{encoding}"\n')
    said = read_columns_file(tmp_path / "said.toml")
    assert read_batch(path, columns=said, localities=LOCALITIES).lines.height == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_with_a_mark_or_without(tmp_path, encoding):
    path = tmp_path / "claims.csv"
    path.write_bytes(FRAME.write_csv().encode(encoding))
    batch = read_batch(path, localities=LOCALITIES)
    assert batch.lines["person_id"].to_list() == ["P1", "Müller 李"]
    outputs = Outputs(tmp_path / "lines.parquet")
    told = estimate_in_parts(path, outputs, Setup(locality="national"), lines_a_part=1)
    assert told.run.counts.lines == 2


def packed(kind):
    held = io.BytesIO()
    if kind == "parquet":
        FRAME.write_parquet(held)
    elif kind == "xlsx":
        FRAME.write_excel(held)
    else:
        text = FRAME.write_csv().encode()
        held.write(gzip.compress(text) if kind == "gz" else text)
    return held.getvalue()


@pytest.mark.parametrize("kind", ["csv", "gz", "parquet", "xlsx"])
def test_standard_input(tmp_path, monkeypatch, kind, capsys):
    tables._standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed(kind))))
    lines = tmp_path / "lines.csv"
    try:
        assert main(["estimate", "-", "--locality", "national", "--lines", str(lines)]) == 0
    finally:
        tables._standard_input.cache_clear()
    assert "rows in               2" in capsys.readouterr().out
    assert lines.read_text(encoding="utf-8").count("\n") == 3


def test_nothing_from_standard_input(monkeypatch, capsys):
    tables._standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    try:
        assert main(["estimate", "-"]) == 2
    finally:
        tables._standard_input.cache_clear()
    assert "standard input is empty" in capsys.readouterr().err


OLD = Path(__file__).with_name("old.xls")


def test_an_old_workbook(tmp_path):
    batch = read_batch(OLD, localities=LOCALITIES, default_locality="national")
    assert batch.lines["service_date"].to_list() == [date(2026, 1, 5), date(2026, 1, 6)]
    assert batch.lines["charge_amount"].to_list() == [18_550, 120_000]
    assert "holds a spreadsheet's error, #N/A" in batch.rejects["reason"][0]
    assert batch.files[0].further_sheets == (2,)
    packed = tmp_path / "old.xls.gz"
    packed.write_bytes(gzip.compress(OLD.read_bytes()))
    again = read_batch(packed, localities=LOCALITIES, default_locality="national")
    assert again.lines.equals(batch.lines)


def test_a_sheet_of_an_old_workbook():
    with pytest.raises(ClaimsError, match="has no worksheet 'Other'; it has 'Lines', 'More'"):
        read_batch(OLD, columns={"file": {"sheet": "Other"}}, localities=LOCALITIES)


@pytest.mark.parametrize("cut", [8, 600, 3_000])
def test_an_old_workbook_that_is_damaged(tmp_path, cut):
    path = tmp_path / "cut.xls"
    path.write_bytes(OLD.read_bytes()[:cut])
    with pytest.raises(ClaimsError, match="cannot be read as an Excel workbook"):
        read_batch(path, localities=LOCALITIES)


def test_a_workbook_that_counts_days_from_1904_is_refused(tmp_path):
    """Its day numbers were read as counted from 1900: four years early, without a word."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["claim_id", "claim_line_number", "person_id", "claim_line_start_date"])
    book.active.append(["1", "1", "P1", 44_564])
    book.save(tmp_path / "mac.xlsx")
    with pytest.raises(ClaimsError, match=r"mac\.xlsx counts days from 1904.*Save the sheet as"):
        read_batch(tmp_path / "mac.xlsx", localities=LOCALITIES)
