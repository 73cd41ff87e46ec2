"""Texts that a sheet repeats stand once in the file: smaller files, the same cells."""

import re
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from payrules.workbook.xlsx.book import Book, made_at
from payrules.workbook.xlsx.formats import Column
from payrules.workbook.xlsx.row_table import RowTable
from payrules.workbook.xlsx.shared_texts import SharedTexts
from tests.workbook.conftest import HOSTILE
from tests.workbook.structure import faults

COLUMNS = [Column("claim", "Claim", "code"), Column("n", "N", "integer"), Column("why", "Why")]


def written(path: Path, frames: dict[str, pl.DataFrame]) -> Path:
    book = Book(made_at(), title="texts")
    for name, frame in frames.items():
        book.rows(name, RowTable(name, frame, COLUMNS))
    book.save(path)
    return path


def test_a_text_stands_once_however_often_and_on_how_many_sheets(tmp_path: Path) -> None:
    steps = pl.DataFrame(
        {
            "claim": [f"claim-{number // 4}" for number in range(400)],
            "n": list(range(400)),
            "why": ["the same reason", None, "", "<another> & 'longer'"] * 100,
        }
    )
    path = written(tmp_path / "book.xlsx", {"One": steps, "Two": steps})
    with ZipFile(path) as parts:
        shared = parts.read("xl/sharedStrings.xml").decode()
        sheets = [parts.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
    assert shared.count("the same reason") == 1
    assert shared.count(">claim-7<") == 1
    assert not any("inlineStr" in sheet for sheet in sheets)
    used, unique = re.search(r'count="(\d+)" uniqueCount="(\d+)"', shared).groups()  # type: ignore[union-attr]
    assert int(unique) == shared.count("<si>")
    assert int(used) == sum(len(re.findall(r' t="s"', sheet)) for sheet in sheets)
    assert faults(path) == []
    for sheet in openpyxl.load_workbook(path):
        rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]
        assert rows == [(claim, n, why or None) for claim, n, why in steps.iter_rows()]


def test_hostile_texts_are_the_same_shared_or_written_out(tmp_path: Path) -> None:
    alone = pl.DataFrame({"claim": HOSTILE, "n": range(len(HOSTILE)), "why": HOSTILE})
    twice = pl.concat([alone, alone])
    path = written(tmp_path / "book.xlsx", {"Alone": alone, "Twice": twice})
    book = openpyxl.load_workbook(path)
    with ZipFile(path) as parts:
        assert "inlineStr" in parts.read("xl/worksheets/sheet1.xml").decode()
        assert "inlineStr" not in parts.read("xl/worksheets/sheet2.xml").decode()
    # openpyxl leaves Excel's escape of its own in texts that are written out.
    texts = [
        [str(cell.value).replace("_x005F_", "_") for cell in book[name]["A"][1:]]
        for name in ("Alone", "Twice")
    ]
    assert texts[0] + texts[0] == texts[1]
    assert "  spaced  " in texts[0]
    assert all(cell.data_type == "s" for cell in book["Twice"]["A"])


def test_what_is_no_part_of_shared_texts_is_refused() -> None:
    with pytest.raises(ValueError, match="no shared texts"):
        SharedTexts("<sst>")
