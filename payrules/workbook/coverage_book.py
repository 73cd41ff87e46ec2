"""Writes what coverage policies find of a batch: a workbook, or a file of rows."""

from pathlib import Path

from payrules.runs.coverage_check import CoverageCheck
from payrules.runs.covered import in_sentences
from payrules.runs.results import write_frame
from payrules.workbook.columns import LINE_COLUMNS
from payrules.workbook.xlsx.book import Book, made_at, now
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable
from payrules.workbook.xlsx.written import place_of

_SHEET = "Coverage"


def write_findings(
    checked: CoverageCheck, path: Path, *, force: bool = False, row_limit: int = ROW_LIMIT
) -> Path:
    """Write the findings by the path's ending: .xlsx, .csv or .parquet; ReportError if it cannot.

    The sheet says above its rows what the policies were not asked.
    """
    rows = checked.findings
    if path.suffix.lower() != ".xlsx":
        write_frame(rows, path)
        return path
    with place_of(path, {_SHEET: rows}, force=force, row_limit=row_limit) as place:
        book = Book(made_at(now()), title="Coverage", author="payrules", category="Estimate")
        if _SHEET in place.beside:
            book.rows_beside(_SHEET, rows.height, place.beside[_SHEET])
        else:
            columns = [LINE_COLUMNS[name] for name in rows.columns]
            wrapped = {each.name: each.width for each in columns if each.format == "text"}
            note = " ".join(in_sentences(checked.coverage))
            table = RowTable(
                name="coverage", frame=rows, columns=columns, frozen=2, wrapped=wrapped, note=note
            )
            book.rows(_SHEET, table)
        book.save(place.unfinished)
    return place.written().path
