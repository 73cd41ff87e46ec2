"""Every kind of workbook that we write satisfies a validator of Office files that is not ours.

`openxml-audit` 0.8 found eight of the seventeen breakages tried: what its schema refuses and what
leads nowhere. What it takes for right (headings that are not a table's, a style or a content type
that is missing, rows that go backwards, an attribute that nobody knows) `structure.py` looks for.
"""

import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from payrules.workbook.xlsx.book import Book, made_at
from payrules.workbook.xlsx.formats import Column
from payrules.workbook.xlsx.row_table import RowTable
from payrules.workbook.xlsx.written import Written
from tests.workbook.test_every_workbook import each_writer

audit = pytest.importorskip("openxml_audit")
_SHEET = "xl/worksheets/sheet1.xml"


def audited(path: Path) -> list[str]:
    """Give what the validator finds wrong with a workbook, in its words."""
    return [each.description for each in audit.OpenXmlValidator().validate(path).errors]


@each_writer
def test_a_validator_finds_nothing(write: Callable[..., Written], tmp_path: Path) -> None:
    write(tmp_path / "book.xlsx")
    assert audited(tmp_path / "book.xlsx") == []


@pytest.mark.parametrize(
    ("part", "old", "new", "told"),
    [
        (_SHEET, "<sheetData>", "<other/><sheetData>", "Unexpected element 'other'"),
        (_SHEET, "(</row>)(</sheetData>)", r"\1<c/>\2", "Unexpected element 'c'"),
        (_SHEET, "(<pageMargins[^>]*>)(<pageSetup[^>]*>)", r"\2\1", "'pageMargins'"),
        (_SHEET, r'orientation="\w+"', 'orientation="sideways"', "'sideways' is not in"),
        (_SHEET, r't="s"><v>\d+', 't="s"><v>99', "index 99 out of range"),
        ("xl/workbook.xml", ' sheetId="1"', "", "attribute 'sheetId' is missing"),
        ("xl/tables/table1.xml", r'(<table [^>]*?) id="1"', r"\1", "attribute 'id' is missing"),
        ("xl/worksheets/_rels/sheet1.xml.rels", "table1", "table9", "target not found"),
    ],
)
def test_a_validator_finds_what_is_broken(
    tmp_path: Path, part: str, old: str, new: str, told: str
) -> None:
    """That it finds nothing in ours says something only because it finds these."""
    rows = pl.DataFrame({"code": ["00100", "00102"], "n": [1, 2]})
    columns = [Column("code", "Code", "code"), Column("n", "N", "integer")]
    book = Book(made_at(), title="whole")
    book.rows("Rows", RowTable("rows", rows, columns))
    book.save(tmp_path / "whole.xlsx")
    with ZipFile(tmp_path / "whole.xlsx") as whole, ZipFile(tmp_path / "b.xlsx", "w") as broken:
        for name in whole.namelist():
            text = whole.read(name).decode()
            changed = re.sub(old, new, text, count=1) if name == part else text
            assert (changed != text) == (name == part)
            broken.writestr(name, changed)
    assert told in " ".join(audited(tmp_path / "b.xlsx"))
