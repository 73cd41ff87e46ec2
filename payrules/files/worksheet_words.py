"""What a worksheet's cells say that are no plain values, and what is told of them and of sheets."""

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

#: The first bytes of an Office file before 2007.
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
#: What stands in a cell whose formula was never computed.
UNCOMPUTED = "#UNCOMPUTED!"
#: An error of a spreadsheet, in any tongue: `#N/A`, `#VALUE!`, `#NOM?`, the `####` of a column too
#: narrow to show its date, LibreOffice's `Err:502`.
ERROR = r"^(?:#N/?A|#NV|#GETTING_DATA|#\p{Lu}[\p{Lu}\d/_ ]*[!?]|##+|Err:[0-9]{3})$"


def first_sheet_read(workbook: str, further: Iterable[int], title: str | None = None) -> str:
    """Say that only a workbook's first sheet, or that of a title, was read, of several filled."""
    which = "the first worksheet" if title is None else f"worksheet '{title}'"
    return (
        f"{workbook}: only {which} was read; there is also data on number "
        f"{', '.join(map(str, further))}."
    )


def as_percent(cells: pl.Series, shown: pl.Series) -> pl.Series:
    """Give cells with the numbers that are shown as percentages as these: 0.09 as 9."""
    numbers = cells.filter(shown)
    percents = [format((Decimal(each) * 100).normalize(), "f") for each in numbers]
    return cells.scatter(shown.arg_true(), percents)


def percentages_in_words(heading: str) -> str:
    """Say that a column's numbers were read as the percentages that its cells show."""
    return f"'{heading}' is read as its cells show it: one that shows 9 % holds 0.09, and is 9."
