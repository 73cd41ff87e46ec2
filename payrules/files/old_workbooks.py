"""Reads a worksheet of an old Excel file, `.xls`, as text, its errors included.

A cell that holds an error comes as a blank from the reader, which tells where only as Arrow; so
pyarrow is needed: a blank in place of an error could change an amount and say nothing. A sheet of
this kind has at most 65,536 rows and 256 columns.
"""

import re
from collections.abc import Mapping
from typing import Literal

import fastexcel
import polars as pl

from payrules.errors import PayrulesError
from payrules.files.tables import damaged
from payrules.files.worksheet_looks import numbers_among

_ERRORS = {
    "NA": "#N/A",
    "Div0": "#DIV/0!",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "Name": "#NAME?",
    "GettingData": "#GETTING_DATA",
}
_DETAIL = re.compile(r"Error\((\w+)\)")


def old_worksheets(
    content: bytes, name: str, fault: type[PayrulesError]
) -> tuple[list[str], list[int]]:
    """Give the titles of a workbook's sheets, and the numbers, from 1, of those that hold any."""
    with damaged(_unreadable(name, fault), fastexcel.FastExcelError, ValueError):
        reader = fastexcel.read_excel(content)
        titles = list(reader.sheet_names)
        sheets = (_load(reader, each) for each in range(1, len(titles) + 1))
        return titles, [number for number, sheet in enumerate(sheets, 1) if sheet.height]


def read_old_worksheet(
    content: bytes, name: str, fault: type[PayrulesError], number: int
) -> pl.DataFrame:
    """Give the cells of a sheet, numbered from 1, as text; `fault` says why that cannot be."""
    with damaged(_unreadable(name, fault), fastexcel.FastExcelError, ValueError):
        sheet = _load(fastexcel.read_excel(content), number)
        if not sheet.height:
            return pl.DataFrame()
        try:
            _, found = sheet.to_arrow_with_errors()
        except ImportError:
            raise fault(
                f"{name} is an old Excel file (.xls), which is read with pyarrow only: pip install"
                " pyarrow, or save it as .xlsx."
            ) from None
        cells = sheet.to_polars()
    for each in found.errors if found else ():
        row, column = each.offset_position
        detail = _DETAIL.search(each.detail)
        error = _ERRORS.get(detail[1], "#VALUE!") if detail else "#VALUE!"
        cells = cells.with_columns(cells.to_series(column).scatter(row, error))
    return cells


def old_number_cells(
    content: bytes, name: str, fault: type[PayrulesError], number: int
) -> Mapping[int, pl.Series]:
    """Mark the cells of a sheet, numbered from 1, that hold numbers, by a column's place from 0."""
    with damaged(_unreadable(name, fault), fastexcel.FastExcelError, ValueError):
        sheet = _load(fastexcel.read_excel(content), number, "boolean")
        return numbers_among(sheet.to_polars())


def _load(
    reader: fastexcel.ExcelReader, number: int, dtype: Literal["string", "boolean"] = "string"
) -> fastexcel.ExcelSheet:
    return reader.load_sheet(number - 1, header_row=None, dtypes=dtype)


def _unreadable(name: str, fault: type[PayrulesError]) -> PayrulesError:
    return fault(f"{name} cannot be read as an Excel workbook; it may be damaged or protected.")
