"""What a house template's tables are filled with, and which headings name which column."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field

import polars as pl

from payrules.frozen import frozen
from payrules.workbook.columns import FORMER_HEADINGS, LINE_COLUMNS, PAID
from payrules.workbook.xlsx.formats import Column

#: What heads the column of what is paid where Medicare alone pays, and whoever does.
OF_MEDICARE = LINE_COLUMNS[PAID].heading
WHOEVER_PAYS = ("Payer pays", "Payers pay")


@frozen
class TableSource:
    """Rows a table can be filled with, and what each column is called."""

    name: str
    frame: Callable[[], pl.DataFrame]
    columns: Mapping[str, Column] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)  # heading on our sheet → column
    pays: str = ""  # what our sheets head what is paid with

    def names(self, frame: pl.DataFrame) -> dict[str, str]:
        """Give the columns by how a heading may name them: by name, or by our own heading.

        A heading that our sheet of that name prints comes before all others.
        """
        known = FORMER_HEADINGS | {each.heading: each.name for each in self.columns.values()}
        known |= dict.fromkeys(WHOEVER_PAYS, PAID)
        for heading in self.of_medicare:
            known.pop(heading, None)
        headed = {
            heading: column
            for heading, column in (known | dict(self.printed)).items()
            if column in frame.columns
        }
        # Two headings may differ in a sign alone ("Payer less expected, %"): the exact one decides.
        letters = {plain(heading): column for heading, column in reversed(headed.items())}
        return {plain(column): column for column in frame.columns} | letters | headed

    @property
    def of_medicare(self) -> tuple[str, ...]:
        """The headings that say Medicare of what others pay: nothing is filled in under them."""
        return () if self.pays in {"", OF_MEDICARE} else (OF_MEDICARE,)

    def whole(self) -> tuple[pl.DataFrame, frozenset[str]]:
        """Give the rows with every column that our sheet prints, and those with nothing in them."""
        frame = self.frame()
        absent = {column for column in self.printed.values() if column not in frame.columns}
        empty = [pl.lit(None).alias(column) for column in sorted(absent)]
        return frame.with_columns(empty), frozenset(absent)

    def heading(self, column: str) -> str:
        """Give our own heading of a column."""
        return self.columns[column].heading if column in self.columns else column


def plain(name: str) -> str:
    """Compare names by their letters and digits: "tbl_By Code" is "bycode"."""
    letters = re.sub(r"[\W_]", "", name).lower()
    return re.sub(r"^(tbl|table|payrules)(?=.)", "", letters)
