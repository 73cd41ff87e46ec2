"""Writes a fee guide, one row a code, as an Excel workbook."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from payrules.workbook.columns import headings_of
from payrules.workbook.xlsx.book import Book, made_at, now
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest
from payrules.workbook.xlsx.written import Written, place_of

_SHEET = "Guide"
_FORMATS: dict[str, Format] = {
    "total_rvu": "quantity",
    "change_percent": "quantity",
    "conversion_factor": "factor",
    "limit": "factor",
}
_LABEL = 32.0


def write_fee_guide(
    rows: pl.DataFrame,
    path: Path,
    *,
    heading: str,
    remarks: Sequence[str] = (),
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write the rows on one sheet, under what they were looked up in; ReportError if it cannot."""
    with place_of(Path(path), {_SHEET: rows}, force=force, row_limit=row_limit) as place:
        book = Book(made_at(now()), title="Fee guide", author="payrules", category="Estimate")
        if _SHEET in place.beside:
            book.rows_beside(_SHEET, rows.height, place.beside[_SHEET])
        else:
            note = ". ".join([heading, *(each.rstrip(".") for each in remarks)]) + "."
            book.rows(_SHEET, _table(rows, note))
        book.save(place.unfinished)
    return place.written()


def _table(rows: pl.DataFrame, note: str) -> RowTable:
    columns = []
    headings = headings_of(rows.columns)
    for name, kind in rows.schema.items():
        shown: Format = _FORMATS.get(name, "money" if kind.is_decimal() else "text")
        told = Column(name, headings[name], shown, _LABEL if name == "label" else 10)
        columns.append(Column(name, told.heading, shown, max(told.width, widest(told, rows[name]))))
    return RowTable(
        name="guide", frame=rows, columns=columns, frozen=1, wrapped={"label": _LABEL}, note=note
    )
