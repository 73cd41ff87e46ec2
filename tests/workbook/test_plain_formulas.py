"""Formulas are written as XlsxWriter writes them, which looks for each newer function in turn."""

import openpyxl
from xlsxwriter.worksheet import Worksheet

from payrules.workbook.xlsx.plain_formulas import PlainFormulas

ODD = (
    "=SUM(A1:A2)",
    "{=SUM(A1:A2*B1:B2)}",
    "SUM(1)",
    "=A1",
    "",
    "=SORT(A1:A9)",
    "=SUM(XLOOKUP(A1,B:B,C:C),_xlfn.UNIQUE(A:A))",
    "=_xlfn.UNIQUE(SORT(A:A))",
    '=IF(A1="SORT(","MAP(",SUM(B1))',
    "=A1.TAKE(1)",
    "=SINGLE(A1)+WINGLE(A1)",
    "=STDEV.S(A1:A9)",
)


def test_each_formula_is_written_as_xlsxwriter_writes_it(book: openpyxl.Workbook) -> None:
    ours = [
        cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert len(ours) > 500
    plain, theirs = PlainFormulas(), Worksheet()
    for formula in (*ours, *ODD):
        assert plain._prepare_formula(formula) == theirs._prepare_formula(formula)
        expanded = theirs._prepare_formula(formula, expand_future_functions=True)
        assert plain._prepare_formula(formula, expand_future_functions=True) == expanded
    theirs.use_future_functions = plain.use_future_functions = True
    for formula in ODD:
        assert plain._prepare_formula(formula) == theirs._prepare_formula(formula)
