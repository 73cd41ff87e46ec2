"""How a column is shown: its heading, its format, its width."""

from decimal import Decimal
from typing import Literal

from payrules.frozen import frozen

Format = Literal[
    "text",
    "code",
    "integer",
    "quantity",
    "tenths",  # percentages as numbers
    "money",
    "date",
    "factor",
    "percent",
    "flag",
]

#: How each format is shown; text and codes are always text cells ("@"), never numbers.
NUMBER_FORMATS: dict[Format, str] = {
    "text": "@",
    "code": "@",
    "integer": "#,##0_)",
    "quantity": "#,##0.###_);(#,##0.###)",
    "tenths": "#,##0.0_);(#,##0.0)",
    "money": "#,##0.00_);(#,##0.00)",
    "date": "yyyy-mm-dd",
    "factor": "0.0000",
    "percent": "0.0%_);(0.0%)",
    "flag": "General",
}

#: Formats of numbers.
NUMBERS: frozenset[Format] = frozenset(("integer", "quantity", "tenths", "money", "factor"))


def number_width(number: Decimal | float, shown_as: str) -> float:
    """Give the width, in digits, that a number format needs for a number: narrower shows ###.

    Commas, points and parentheses are a good half of a digit wide in the fonts of spreadsheets.
    """
    if not shown_as.lstrip("$").startswith("#,##0"):
        return 0
    written = f"{abs(number):,.{2 if '0.00' in shown_as else 0}f}"
    marks = written.count(",") + written.count(".") + shown_as.startswith("$") + 2
    return sum(mark.isdigit() for mark in written) + 0.6 * marks + 1


@frozen
class Column:
    """A column as a report shows it; `width` is in characters.

    `of_one` says that its numbers are of one unit each, so that no sum of them says anything.
    """

    name: str
    heading: str
    format: Format = "text"
    width: float = 12
    of_one: bool = False
