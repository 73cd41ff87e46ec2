"""The rows of one table under its headings: where they stand, and what each column is called."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import polars as pl

from payrules.claims.columns import check_headings_are_names, check_width, shown
from payrules.claims.reading import Reading
from payrules.errors import ClaimsError

#: Headings are sought in so many first rows; titles and dates of a report are above them.
LINES_LOOKED_AT = 20
Table = TypeVar("Table", pl.DataFrame, pl.LazyFrame)


class TableRead(NamedTuple):
    """The rows of one table under its headings, what its reader says, and worksheets not read.

    `hidden` are sentences on what of it a workbook hides; `percentages` marks, by heading, the
    cells that hold a number which is shown as a percentage, and `number_cells` those that hold any
    number, where a columns file says that texts have a decimal comma.
    """

    rows: pl.DataFrame
    reading: Reading
    further: tuple[int, ...] = ()
    hidden: tuple[str, ...] = ()
    percentages: Mapping[str, pl.Series] = MappingProxyType({})
    number_cells: Mapping[str, pl.Series] = MappingProxyType({})


def above_headings(heading_row: int) -> tuple[str, ...]:
    """Say that rows above the headings were not read."""
    if heading_row == 1:
        return ()
    above = "row 1 stands" if heading_row == 2 else f"rows 1 to {heading_row - 1} stand"
    return (f"{above} above the headings, which are in row {heading_row}; not read.",)


def named_by_place(table: Table, name: str) -> Table:
    """Name a column without a heading after its place; ClaimsError where another has that name."""
    headings = table.collect_schema().names()
    if "" not in headings:
        return table
    own = f"column_{headings.index('') + 1}"
    names_of([each or own for each in headings], name)
    return table.rename({"": own})


def names_of(given: list[str], name: str) -> list[str]:
    """Name the columns of a first row; one without a heading is named after its place."""
    check_width(len(given), name)
    names = [
        heading.strip("\ufeff \t\r\n\xa0") or f"column_{place}"
        for place, heading in enumerate(given, 1)
    ]
    repeated = [heading for heading, times in Counter(names).items() if times > 1]
    if repeated:
        check_headings_are_names(names, name)
        raise ClaimsError(
            f"{name} has more than one column headed '{shown(repeated[0])}'; remove or rename one."
        )
    return names
