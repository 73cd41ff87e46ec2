"""A page of a workbook being written, row by row: words, numbers, formulas, tables of checks."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.formats import number_width
from payrules.workbook.xlsx.paper import OnPaper, break_pages, on_paper
from payrules.workbook.xlsx.references import column_letters, quoted
from payrules.workbook.xlsx.styles import (
    FAILED,
    PASSED,
    Styles,
    heading_height,
    heading_lines,
    lines_needed,
)

#: Gives a table a name that no other of the workbook has.
FreeName = Callable[[str], str]
#: The heights of a row under a double rule, and of a section's heading.
UNDER_TOTAL, _SECTION = 19, 21
#: How wide a column is that nobody asked to be wider.
_COLUMN_WIDTH = 8.43


class Page:
    """A page being written, row by row."""

    def __init__(self, name: str, page: Any, styles: Styles, free_name: FreeName) -> None:
        """Begin a page: the name of its sheet, the sheet, how it looks, free names of tables."""
        self.name, self.page, self.styles, self.free_name = name, page, styles, free_name
        self.row = 0
        self.widths: dict[int, float] = {}
        self.verdict_cells = ""  # the cells that read OK or CHECK
        self.texts: dict[str, str] = {}  # what was written where, for the checks
        self._sections: list[int] = []  # the rows where they begin

    def text(self, column: int, words: str, style: Any = None) -> None:
        """Write words in this row."""
        style = style or self.styles.cell("text")
        if shown := printable_text(words):
            self.page.write_string(self.row, column, shown, style)
            self.texts[self.cell(column)] = shown
        else:
            self.page.write_blank(self.row, column, None, style)

    def labelled(self, place: tuple[int, int], labels: Iterable[str]) -> None:
        """Note the labels that a chart wrote under each other from `place` on, for the checks."""
        row, column = place
        for number, label in enumerate(labels, row):
            if shown := printable_text(label):
                self.texts[self.cell(column, number)] = shown

    def over(self, first: int, last: int, words: str, style: Any) -> None:
        """Write words over several columns of this row."""
        shown = printable_text(words)
        self.page.merge_range(self.row, first, self.row, last, shown, style)
        self.texts[self.cell(first)] = shown

    def wrapped(self, column: int, words: str) -> None:
        """Write words that wrap where they are longer than their column: print would cut them."""
        width = self.widths.get(column)  # a column that has none is not printed
        wrap = width is not None and lines_needed(words, width) > 1
        self.text(column, words, self.styles.cell("text", wrap=wrap))

    def columns(self, first: int, last: int, width: float) -> None:
        """Set the least width of columns: a longer number makes its own wider."""
        for column in range(first, last + 1):
            self.widths[column] = max(width, self.widths.get(column, 0))

    def number(self, column: int, value: Decimal | float, style: Any) -> None:
        """Write a number in this row; its column becomes wide enough."""
        self.page.write_number(self.row, column, value, style)
        self.hold(column, value, style)

    def set_widths(self) -> None:
        """Give the columns the widths that were asked for."""
        for column, width in self.widths.items():
            self.page.set_column(column, column, width)

    def hold(self, column: int, value: Decimal | float, style: Any) -> None:
        """Make a column wide enough for a number, in the type it is written in."""
        needed = number_width(value, style.num_format) * style.font_size / 11
        self.widths[column] = max(needed, self.widths.get(column, 0))

    def high_enough(self, texts: Sequence[tuple[str, float]]) -> None:
        """Make the row as high as its wrapped texts need: not every program does so itself."""
        needed = max(lines_needed(words, width) for words, width in texts)
        if needed > 1:
            self.page.set_row(self.row, 15 * needed)

    def formula(self, column: int, formula: str, value: Decimal | float, style: Any) -> None:
        """Write a formula with the value it has."""
        shown = int(value) if value == int(value) else float(value)
        self.page.write_formula(self.row, column, f"={formula}", style, shown)
        self.hold(column, value, style)

    def headings(self, column: int, names: Sequence[str], kinds: Sequence[Any]) -> None:
        """Write a row of headings over text and numbers."""
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            self.text(column + place, name, self.styles.heading(kind))
        widths = [self.widths.get(column + place, _COLUMN_WIDTH) for place in range(len(names))]
        headings = list(zip(names, widths, strict=True))
        if any(heading_lines(*each) > 1 for each in headings):
            self.page.set_row(self.row, heading_height(headings))
        self.row += 1

    def section(self, words: str, first: int, last: int) -> None:
        """Write a heading over columns of the page."""
        self._sections.append(self.row)
        self.page.set_row(self.row, _SECTION)
        self.text(first, words, self.styles.section())
        for column in range(first + 1, last + 1):
            self.page.write_blank(self.row, column, None, self.styles.section())
        self.row += 1

    def note(self, words: str, column: int = 1, *, under_total: bool = False) -> None:
        """Write a row of explanation; `under_total` it keeps off the double rule above it."""
        style = self.styles.under_total("text", quiet=True) if under_total else self.styles.quiet()
        if under_total:
            self.page.set_row(self.row, UNDER_TOTAL)
        self.text(column, words, style)
        self.row += 1

    def table(
        self,
        name: str,
        area: tuple[int, int, int, int],
        headings: Sequence[str],
        kinds: Sequence[Any],
    ) -> None:
        """Make a written area an Excel table, so that others can refer to it by name."""
        columns = []
        for heading, kind in zip(headings, kinds, strict=True):
            columns.append({"header": heading, "header_format": self.styles.heading(kind)})
        self.page.add_table(
            *area,
            {
                "name": self.free_name(name),
                "columns": columns,
                "style": None,
                "autofilter": False,
            },
        )

    def flag_differences(self, first: int, column: int, last: int) -> None:
        """Colour differences: anything but 0 stands out."""
        area = (first, column, last, column)
        for criteria, colours in (("not equal to", FAILED), ("equal to", PASSED)):
            self.page.conditional_format(
                *area,
                {
                    "type": "cell",
                    "criteria": criteria,
                    "value": 0,
                    "format": self.styles.fill(colours, bold=criteria == "not equal to"),
                },
            )

    def cell(self, column: int, row: int | None = None) -> str:
        """Give a cell of this row, or of another, for formulas of other sheets."""
        row = self.row if row is None else row
        return f"{quoted(self.name)}!${column_letters(column)}${row + 1}"

    def checks(self, checks: Sequence[LiveCheck], left: int) -> None:
        """Write checks as a table whose first column is `left`, and keep where they read."""
        styles = self.styles
        names = ("Check", "Figure", "Compared with", "Difference", "Reads", "Of")
        kinds = ("text", "money", "money", "money", "text", "text")
        self.headings(left, names, kinds)
        first = self.row
        figure, other, off = (column_letters(left + place) for place in (1, 2, 3))
        for check in checks:
            row, shown = self.row + 1, styles.cell("integer" if check.counts else "money")
            self.wrapped(left, check.name)
            for place, formula, value in (
                (left + 1, check.left, check.left_value),
                (left + 2, check.right, check.right_value),
            ):
                if formula:
                    self.formula(place, formula, value, shown)
                else:
                    self.number(place, value, shown)
            self.formula(left + 3, f"ROUND({figure}{row}-{other}{row},2)", check.difference, shown)
            reads = "OK" if not check.difference else "CHECK"
            self.page.write_formula(
                self.row,
                left + 4,
                f'=IF(ISNUMBER({off}{row}),IF({off}{row}=0,"OK","CHECK"),"CHECK")',
                styles.cell("text"),
                reads,
            )
            self.wrapped(left + 5, check.of)
            texts = ((check.name, left), (check.of, left + 5))
            printed = [(words, self.widths[at]) for words, at in texts if at in self.widths]
            if printed:
                self.high_enough(printed)
            self.row += 1
        self.flag_differences(first, left + 3, self.row - 1)
        for words, colours in (("CHECK", FAILED), ("OK", PASSED)):
            self.page.conditional_format(
                first,
                left + 4,
                self.row - 1,
                left + 4,
                {
                    "type": "cell",
                    "criteria": "equal to",
                    "value": f'"{words}"',
                    "format": styles.fill(colours, bold=True),
                },
            )
        self.table("Checks", (first - 1, left, self.row - 1, left + 5), names, kinds)
        reads = column_letters(left + 4)
        self.verdict_cells = f"{quoted(self.name)}!${reads}${first + 1}:${reads}${self.row}"

    def on_paper(self, last_column: int, last_row: int, repeated: int = 0) -> OnPaper:
        """Tell how the page falls on upright paper, down to a row."""
        widths = {
            column: self.widths.get(column, _COLUMN_WIDTH) for column in range(last_column + 1)
        }
        return on_paper(self.page, widths, self._sections, last_row, repeated)

    def finish(
        self,
        last_column: int,
        *,
        landscape: bool,
        last_row: int | None = None,
        one_page: bool = False,
        repeated: int = 0,
    ) -> None:
        """Set widths and print: what is printed, and on how many pages.

        The first `repeated` rows stand on every page.
        """
        self.set_widths()
        self.page.hide_gridlines(2)
        self.page.center_horizontally()
        last_row = self.row if last_row is None else last_row
        self.page.print_area(0, 0, last_row, last_column)
        if repeated:
            self.page.repeat_rows(0, repeated - 1)
        if landscape:
            self.page.set_landscape()
        if self.page.charts and not landscape and not one_page:
            break_pages(self.page, self.on_paper(last_column, last_row, repeated))
        else:
            self.page.fit_to_pages(1, 1 if one_page else 0)
