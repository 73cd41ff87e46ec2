"""Reads the worksheets of an Excel claims file: the first, one that is named, or all of them."""

from collections.abc import Mapping

import polars as pl

from payrules.claims.columns_file import ColumnsFile
from payrules.claims.headed import LINES_LOOKED_AT, TableRead, above_headings, names_of
from payrules.claims.matching import heading_row_of, lacking
from payrules.claims.reading import Reading
from payrules.claims.rejects_file import cells_of, is_rejects
from payrules.errors import ClaimsError
from payrules.files.worksheets import Worksheet, read_worksheet

#: In place of a worksheet's name: every one that holds something.
ALL_SHEETS = "all"
#: The page of a workbook of payrules that holds the rejects.
REJECTS_PAGE = "Rejects"


def read_excel_claims(
    content: bytes, name: str, said: ColumnsFile, *, numbers: bool
) -> list[TableRead]:
    """Read a workbook's worksheets that are wanted; ClaimsError where one cannot be read.

    `numbers`: which cells hold numbers is told, too.
    """
    wanted = said.form.sheet
    if wanted is not None:
        head = read_worksheet(content, name, ClaimsError, 1).cells
        if head.height and is_rejects([cell or "" for cell in head.row(0)]):
            wanted = None
    if wanted != ALL_SHEETS:
        sheet = read_worksheet(content, name, ClaimsError, sheet=wanted, numbers=numbers)
        if wanted is None and _has_rejects_page(content, name, sheet, said):
            sheet = read_worksheet(content, name, ClaimsError, sheet=REJECTS_PAGE, numbers=numbers)
        return [_of_worksheet(sheet, name, said)]
    first = read_worksheet(content, name, ClaimsError)
    filled = ([1] if not first.cells.is_empty() else []) + list(first.further)
    if not filled:
        raise ClaimsError(f"No sheet of {name} holds anything.")
    sheets = (
        read_worksheet(content, name, ClaimsError, sheet=number, numbers=numbers)
        for number in filled
    )
    return [
        _of_worksheet(sheet, name, said, several=len(filled) > 1)._replace(further=())
        for sheet in sheets
    ]


def _has_rejects_page(content: bytes, name: str, first: Worksheet, said: ColumnsFile) -> bool:
    """Tell whether a workbook is payrules' own: its first page holds no claims, one the rejects."""
    if not first.further or first.cells.is_empty():
        return False
    rows = [[cell or "" for cell in row] for row in first.cells.head(LINES_LOOKED_AT).rows()]
    if not lacking(rows[heading_row_of(rows, said) - 1], said):
        return False
    try:
        head = read_worksheet(content, name, ClaimsError, 1, sheet=REJECTS_PAGE).cells
    except ClaimsError:
        return False  # no page has that name
    return bool(head.height) and is_rejects([cell or "" for cell in head.row(0)])


def _of_worksheet(
    sheet: Worksheet, name: str, said: ColumnsFile, *, several: bool = False
) -> TableRead:
    """Give a worksheet's table; of several, each is named after its sheet, too."""
    cells = sheet.cells
    if cells.is_empty():
        which = "first sheet" if sheet.number == 1 else f"sheet '{sheet.title}'"
        raise ClaimsError(f"The {which} of {name} is empty.")
    called = f"{name} [{sheet.title}]" if several else name
    first_rows = [[cell or "" for cell in row] for row in cells.head(LINES_LOOKED_AT).rows()]
    if is_rejects(first_rows[0]):
        said = cells_of(said)
    number = said.form.heading_row or heading_row_of(first_rows, said)
    if number > cells.height:
        raise ClaimsError(f"{called} has no row {number}, where its headings should be.")
    names = names_of([cell or "" for cell in cells.row(number - 1)], called)
    # A cell that holds a day comes with midnight.
    rows = cells.slice(number).with_columns(
        pl.all().str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$", "$1")
    )
    hidden = tuple(sheet.looks.in_words(cells, number))
    notes = (*above_headings(number), *hidden)
    reading = Reading(called, "Excel", sheet.title, number, notes=notes)
    rows = rows.rename(dict(zip(cells.columns, names, strict=True)))
    percentages, number_cells = (
        _by_heading(marked, names, number)
        for marked in (sheet.looks.percentages, sheet.looks.numbers)
    )
    return TableRead(rows, reading, sheet.further, hidden, percentages, number_cells)


def _by_heading(
    marked: Mapping[int, pl.Series], names: list[str], heading_row: int
) -> dict[str, pl.Series]:
    """Give by heading the marks of the rows under the headings, where there are any."""
    return {
        names[place]: cells.slice(heading_row)
        for place, cells in marked.items()
        if cells.slice(heading_row).any()
    }
