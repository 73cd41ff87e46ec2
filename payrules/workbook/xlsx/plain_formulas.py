"""A worksheet that takes formulas as they are where they name no function newer than Excel 2007."""

import re
from typing import Any

from xlsxwriter.worksheet import Worksheet

#: A function that is not one of those which a formula names as Excel shows them. XlsxWriter looks
#: through a formula for each newer one in turn, to write it with its prefix: that took a fifth of a
#: small workbook's time.
_OTHER = re.compile(
    r"\b(?!(?:ABS|CODE|COLUMN|COUNT|COUNTA|COUNTIFS?|DAY|EXACT|IF|INDEX|ISNUMBER|LEFT|LEN|LOWER|MATCH"
    r"|MOD|MONTH|RIGHT|ROUND|ROWS?|SUBSTITUTE|SUBTOTAL|SUM|SUMIFS|SUMPRODUCT|YEAR)\()\w+\("
)


class PlainFormulas(Worksheet):  # type: ignore[misc, unused-ignore]
    """A worksheet of XlsxWriter's, which does the rest."""

    def _prepare_formula(self, formula: str, *more: Any, **named: Any) -> Any:
        if _OTHER.search(formula):
            return super()._prepare_formula(formula, *more, **named)
        return formula.removeprefix("{").removeprefix("=").removesuffix("}")
