"""A workbook is packed by the quickest compressor there is, and holds the same by another."""

import zlib
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from payrules.workbook.xlsx import packing
from payrules.workbook.xlsx.book import Book, made_at
from payrules.workbook.xlsx.formats import Column
from payrules.workbook.xlsx.row_table import RowTable
from tests.workbook.structure import faults


def parts(path: Path) -> dict[str, bytes]:
    frame = pl.DataFrame({"n": range(20_000), "why": ["a reason", "<another> & 'longer'"] * 10_000})
    book = Book(made_at(), title="packed")
    columns = [Column("n", "N", "integer"), Column("why", "Why")]
    book.rows("Rows", RowTable("Rows", frame, columns))
    book.save(path)
    assert faults(path) == []
    with ZipFile(path) as packed:
        assert packed.testzip() is None
        assert {each.date_time[0] for each in packed.infolist()} == {1980}
        return {name: packed.read(name) for name in packed.namelist()}


def test_by_zlib_where_isal_is_not_it_holds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = parts(tmp_path / "ours.xlsx")
    monkeypatch.setattr(packing, "compressobj", zlib.compressobj)
    monkeypatch.setattr(packing, "_LEVEL", 2)
    assert parts(tmp_path / "zlib.xlsx") == ours


def test_sheets_are_a_small_part_of_their_text(tmp_path: Path) -> None:
    # Whatever packs them is told its level: stored, or at no level, they would be larger.
    whole = sum(map(len, parts(tmp_path / "ours.xlsx").values()))
    assert (tmp_path / "ours.xlsx").stat().st_size * 5 < whole
