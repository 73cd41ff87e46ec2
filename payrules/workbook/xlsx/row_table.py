"""A table of rows on a sheet of its own: headings, widths, looks, filter, panes, totals, print."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from itertools import accumulate
from typing import Any, cast

import polars as pl

from payrules.counted import counted
from payrules.frozen import frozen
from payrules.workbook.xlsx.bulk_rows import Links, Pour
from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.formats import NUMBER_FORMATS, NUMBERS, Column, number_width
from payrules.workbook.xlsx.limits import ROW_LIMIT, ROWS_OF_NOTE
from payrules.workbook.xlsx.references import reference
from payrules.workbook.xlsx.styles import Styles, heading_height, lines_needed

#: Names a total row, in its first cell.
TOTAL = "Total"
#: What stands on the paper of a sheet of rows that are not printed unless somebody asks.
_PRINTED_AFTER = "printed after Page Layout, Print Area, Clear Print Area"
_NOT_PRINTED = f"They are {_PRINTED_AFTER}; without that, the headings alone."
#: How wide columns are, in digits, that stand on one page whatever type a machine has.
_A_PAGE = 100
#: How high a line of it is, in points.
_NOTE_LINE = 13.5


def rows_above(note: str) -> int:
    """Count the rows above the headings of a table with such a note."""
    return ROWS_OF_NOTE if note else 0


@frozen
class RowTable:
    """The rows of a sheet, and how they are shown.

    `name` is Excel's name of the table; `printed` says how many columns are printed (all where it
    is None), `hidden` which are hidden, `frozen` how many stay in sight, `wrapped` which texts
    wrap, with their widths, `added_up` which columns a total row adds up (None: no total row),
    `not_counted` the column and the value of the rows that no sum counts.
    `upright` prints them upright; `on_paper` False keeps all but the headings and the first
    `first_on_paper` rows off paper, and says so there.
    `lists` are what may be chosen in a column, and whether nothing else may be written.
    `note` is a sentence above the headings. Links lead from tables without one. In a column of
    text that is shown as numbers are, the texts that are numbers are numbers.
    """

    name: str
    frame: pl.DataFrame
    columns: Sequence[Column]
    printed: int | None = None
    hidden: frozenset[str] = frozenset()
    frozen: int = 1
    plain: bool = False
    wrapped: Mapping[str, float] = field(default_factory=dict)
    links: Sequence[Links] = ()
    added_up: frozenset[str] | None = None
    not_counted: tuple[str, str] | None = None
    lists: Mapping[str, tuple[Sequence[str], bool]] = field(default_factory=dict)
    note: str = ""
    on_paper: bool = True
    first_on_paper: int = 0
    upright: bool = False

    @property
    def totals(self) -> bool:
        """Whether a total row stands under the rows."""
        return self.added_up is not None

    @property
    def total_row(self) -> int:
        """The row of the sheet, from 1, in which its total stands, where it has one."""
        return rows_above(self.note) + 1 + self.frame.height + 1

    @property
    def named_total(self) -> bool:
        """Whether its first cell names the total row, and is no sum itself."""
        return self.totals and self.columns[0].name not in (self.added_up or ())

    def total_of(self, column: Column) -> str:
        """Write what a cell of the total row adds up: the rows in sight that are counted.

        With the table's name in it: LibreOffice needs it.
        """
        cells = reference(self.name, column.heading)
        if self.not_counted is None:
            return f"SUBTOTAL(109,{cells})"
        name, uncounted = self.not_counted
        heading = next(each.heading for each in self.columns if each.name == name)
        return f'SUMIFS({cells},{reference(self.name, heading)},"<>{uncounted}")'


def frame_table(page: Any, styles: Styles, table: RowTable) -> Pour:
    """Set a table's sheet up around sample rows; gives the rows to be poured in."""
    above = rows_above(table.note)
    mixed = frozenset(
        each.name
        for each in table.columns
        if each.format in NUMBERS and table.frame.schema[each.name] == pl.String
    )
    pour = Pour(table.frame, table.links, table.totals, table.wrapped, above, mixed)
    if pour.last_row > ROW_LIMIT:
        raise ValueError(f"{counted(table.frame.height, 'row')} are more than an Excel sheet holds")
    printed = len(table.columns) if table.printed is None else table.printed
    if table.note:
        _write_note(page, styles, table, _printed_columns(table, printed))
    linked = {each.column for each in table.links}
    columns: list[dict[str, Any]] = []
    for place, column in enumerate(table.columns):
        hidden = {"hidden": True} if column.name in table.hidden else {}
        page.set_column(place, place, column.width, None, hidden)
        style = styles.cell(column.format, wrap=column.name in table.wrapped)
        page.write_blank(pour.sample_row, place, None, style)
        link_style = styles.link(column.format) if column.name in linked else style
        page.write_blank(pour.link_sample_row, place, None, link_style)
        heading = {"header": column.heading}
        if not table.plain:
            heading["header_format"] = styles.heading(column.format)
        columns.append(heading | (_total(table, place, styles) if table.totals else {}))
    if linked:
        page.write_url(
            pour.sample_row, 0, "internal:'x'!A1", styles.cell(table.columns[0].format), "x"
        )
    page.add_table(
        above,
        0,
        pour.sample_total_row,
        len(columns) - 1,
        {
            "name": table.name,
            "columns": columns,
            "style": None if table.plain else "Table Style Light 1",
            "total_row": table.totals,
        },
    )
    if table.totals:
        _write_totals(page, styles, table, pour.sample_total_row)
    for place, column in enumerate(table.columns):
        if column.name in table.lists:
            choices, is_all = table.lists[column.name]
            choose = {"validate": "list", "source": list(choices), "show_error": is_all}
            page.data_validation(above + 1, place, pour.last_row - 1, place, choose)
    page.freeze_panes(above + 1, table.frozen)
    page.repeat_rows(above)
    if not table.upright:
        page.set_landscape()
    # A trail with its words is two pages wide: on one its type would be too small to read.
    page.fit_to_pages(1 if table.on_paper else 2, 0)
    if table.frozen and not table.on_paper:
        page.repeat_columns(0, table.frozen - 1)
    first = min(table.first_on_paper, table.frame.height)
    last_row = pour.last_row - 1 if table.on_paper else above + first
    page.print_area(0, 0, last_row, _printed_columns(table, printed) - 1)
    if not table.on_paper and first < table.frame.height:
        rest = f"The first {first:,} are here; the others are {_PRINTED_AFTER}."
        said = rest if first else _NOT_PRINTED
        # A digit behind the size of the type would be read as one of its digits.
        page.set_header(f"&L&8In the file: {counted(table.frame.height, 'row')}. {said}")
    if not table.plain:
        page.set_row(above, heading_height((each.heading, each.width) for each in table.columns))
    return pour


def _write_note(page: Any, styles: Styles, table: RowTable, columns: int) -> None:
    """Write the note over the columns on paper: one that is longer than they are wide, wrapped."""
    words = printable_text(table.note)
    width = sum(each.width for each in table.columns[:columns])
    needed = lines_needed(words, width)
    if needed == 1 or columns == 1:
        page.write_string(0, 0, words, styles.quiet())
        return
    page.merge_range(0, 0, 0, columns - 1, words, styles.advice())
    page.set_row(0, _NOTE_LINE * needed)


def _printed_columns(table: RowTable, printed: int) -> int:
    """Count the columns on paper: headings over no rows go on one page, not on another too."""
    if table.on_paper or table.first_on_paper:
        return printed
    reached = accumulate(each.width for each in table.columns[:printed])
    return max(1, sum(each <= _A_PAGE for each in reached))


def _total(table: RowTable, place: int, styles: Styles) -> dict[str, Any]:
    """Give a column's cell in the total row: a sum of money, units and counts."""
    column = table.columns[place]
    if column.name in (table.added_up or ()):
        return {"total_function": "sum", "format": styles.total(column.format)}
    label = {"total_string": TOTAL} if place == 0 else {}
    return {**label, "format": styles.total(column.format)}


def _write_totals(page: Any, styles: Styles, table: RowTable, row: int) -> None:
    """Write the sums of the total row."""
    counted_rows = table.frame
    if table.not_counted is not None:
        name, uncounted = table.not_counted
        counted_rows = table.frame.filter(pl.col(name).ne_missing(pl.lit(uncounted)))
    for place, column in enumerate(table.columns):
        if column.name in (table.added_up or ()):
            value = counted_rows[column.name].sum() or 0
            shown = int(value) if value == int(value) else float(value)
            formula = f"={table.total_of(column)}"
            page.write_formula(row, place, formula, styles.total(column.format), shown)


def widest(column: Column, values: pl.Series, *, totals: bool = False) -> float:
    """Give the width that the longest number of a column needs, its total's included."""
    if not values.dtype.is_numeric() or values.null_count() == values.len():
        return 0
    reached = [values.max(), values.min(), *([values.sum()] if totals else [])]
    numbers = cast("list[Decimal | float]", reached)
    return max(number_width(number, NUMBER_FORMATS[column.format]) for number in numbers)


#: Of more rows nobody prints all, and a row whose texts wrap is slow to write.
MOST_ON_PAPER = 5_000


def width_on_paper(texts: pl.Series, width: float, most: float) -> tuple[float, bool]:
    """Widen a column, so that print cuts none of its texts; also whether they wrap for it.

    A text that is longer than the widest column goes on in a line of its own.
    """
    if texts.dtype != pl.String or texts.len() > MOST_ON_PAPER:
        return width, False
    longest = max((len(each or "") + 2 for each in texts.unique()), default=0)
    return max(width, min(longest, most)), longest > max(width, most)
