"""The one way to a new Excel workbook: its sheets, its looks, its rows; the same bytes again.

Every workbook of the product is a `Book`: text never becomes a formula, a link or a number,
amounts are written as the decimals they are, and no clock is in the file but `made`.
"""

import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from payrules.counted import counted
from payrules.workbook.xlsx.bulk_rows import Pour
from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.packing import pack
from payrules.workbook.xlsx.plain_formulas import PlainFormulas
from payrules.workbook.xlsx.row_table import RowTable, frame_table
from payrules.workbook.xlsx.styles import Styles, with_named_styles

Paper = Literal["letter", "a4"]
#: What a text is in a cell: text, whatever it begins with.
_AS_TEXT = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
#: What Excel would mark with a green triangle, and is meant so: codes are text ("00100"), and each
#: check has its own formula. A formula whose value is an error stays marked.
MEANT = ("number_stored_as_text", "two_digit_text_year", "formula_differs", "formula_range")
_WHOLE_SHEET = "A1:XFD1048576"


def made_at(at: object = None) -> datetime:
    """Give the time a workbook says it was made: SOURCE_DATE_EPOCH where set, else `at`, ISO.

    The start of 1970 where neither says.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.fromisoformat(str(at)) if at else datetime.fromtimestamp(0, UTC)


def now() -> str:
    """Give the time now, as `made_at` reads it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Book:
    """A workbook being made; nothing is on disk until it is saved."""

    def __init__(self, made: datetime, *, paper: Paper = "letter", **properties: str) -> None:
        """Begin a workbook with its document properties (title, subject, author and the like)."""
        self._frame = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._frame, {"in_memory": True, **_AS_TEXT})
        self._book.set_properties(
            {name: printable_text(words) for name, words in properties.items()}
            | {"created": made.astimezone(UTC).replace(tzinfo=None)}
        )
        self._book.set_size(2400, 1400)
        self._book.set_calc_mode("auto")
        self.styles = Styles(self._book)
        self._paper = paper
        self._pours: dict[str, Pour] = {}

    def sheet(self, name: str) -> Any:
        """Add a sheet, set up for print."""
        page = self._book.add_worksheet(name, PlainFormulas)
        page.set_paper(1 if self._paper == "letter" else 9)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.ignore_errors(dict.fromkeys(MEANT, _WHOLE_SHEET))
        page.set_footer("&L&8&F · &A&C&8Estimate, not a claim decision&R&8Page &P of &N")
        return page

    def rows(self, name: str, table: RowTable) -> Any:
        """Add a sheet that holds a table of rows; ValueError for more than a sheet takes."""
        page = self.sheet(name)
        pour = frame_table(page, self.styles, table)
        self._pours[f"xl/worksheets/sheet{len(self._book.worksheets())}.xml"] = pour
        return page

    def rows_beside(self, name: str, rows: int, file: Path) -> Any:
        """Add a sheet that says that its rows are too many for Excel, and where they are."""
        page = self.sheet(name)
        page.set_column(0, 0, 110)
        page.write_string(0, 0, name, self.styles.title())
        words = (
            f"{counted(rows, 'row')} are more than an Excel sheet holds. They are in {file.name},"
            " beside this workbook."
        )
        page.write_string(2, 0, printable_text(words), self.styles.words())
        how = "Excel opens it with Data, Get Data, From File, From Parquet."
        page.write_string(3, 0, how, self.styles.quiet())
        page.fit_to_pages(1, 0)
        return page

    def add_chart(self, kind: dict[str, str]) -> Any:
        """Add a chart, to be put on a sheet."""
        return self._book.add_chart(kind)

    def save(self, path: Path) -> None:
        """Write the workbook."""
        self._book.close()
        named = {name: style._get_xf_index() for name, style in self.styles.named.items()}

        def with_styles(part: str, content: bytes) -> bytes:
            if part != "xl/styles.xml":
                return content
            return with_named_styles(content.decode(), named).encode()

        pack(self._frame, path, self._pours, with_styles)
