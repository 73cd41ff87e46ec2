"""Turns a layout's sheet into a frame: filtered, grouped, sorted, its columns in order."""

import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from payrules.claims.columns import MODIFIERS
from payrules.errors import ReportError
from payrules.frozen import frozen
from payrules.workbook.coinsurance import NOT_ON_FILE, ON_FILE, beside_paid, in_a_sentence
from payrules.workbook.columns import DERIVED, LINE_COLUMNS, PAID, PERSON_COLUMNS
from payrules.workbook.facility_tables import encounters_shown, lines_shown, steps_shown
from payrules.workbook.figures import Figures
from payrules.workbook.figures.accrual import KEYS
from payrules.workbook.layout.sheets import OF_CHANGES, OF_FACILITY, Layout, ReportSheet
from payrules.workbook.words import claim_heading
from payrules.workbook.xlsx.cell_texts import printable_texts
from payrules.workbook.xlsx.formats import NUMBERS, Column
from payrules.workbook.xlsx.row_table import rows_above, widest

_HEADING_LIMIT = 255
#: What stands on a list of lines that a payer allowed or paid otherwise.
_PAID_OTHERWISE = "Lines off by more than a cent, or not compared; those that agree are left out."
#: What the batch says of the payer, beside whom the line is priced for.
_AS_BILLED = "Payer in the batch"


@frozen
class ReportTable:
    """A table of rows as a report shows it.

    `line` gives the line of the batch behind each row, where a row is one line; `main` says how
    many columns the layout listed (the others follow); `name` is Excel's name of the table; `note`
    is a sentence above its headings.
    """

    sheet: ReportSheet
    name: str
    frame: pl.DataFrame
    columns: Sequence[Column]
    main: int
    line: pl.Series | None
    note: str = ""

    @property
    def first_row(self) -> int:
        """The row of the sheet, from 1, in which the first of its rows stands."""
        return 2 + rows_above(self.note)

    @property
    def total_row(self) -> int:
        """The row of the sheet, from 1, in which its total stands, where it has one."""
        return self.first_row + max(self.frame.height, 1)

    @property
    def is_complete(self) -> bool:
        """Whether every row of the content is there."""
        return not self.sheet.filters

    def heading_of(self, column: str) -> str | None:
        """Give the heading of a column; None where the table does not show it."""
        return next((each.heading for each in self.columns if each.name == column), None)

    def is_empty_column(self, name: str) -> bool:
        """Whether a column that the layout did not list holds nothing."""
        place = self.frame.columns.index(name)
        return place >= self.main and self.frame[name].null_count() == self.frame.height


def fitting(layout: Layout, figures: Figures) -> Layout:
    """Leave out the sheets of a layout that are only for lines with columns that none has.

    Raises ReportError where no sheet is left.
    """
    lines = figures.lines
    sheets = tuple(
        sheet
        for sheet in layout.sheets
        if (
            not sheet.only_with
            or any(name in lines.columns and lines[name].count() for name in sheet.only_with)
        )
        and _was_asked_for(sheet, figures)
    )
    if not sheets:
        raise ReportError(
            "Every sheet of the layout is only_with columns that no line of this batch has, or"
            " shows what changed, and there is nothing to compare with (--compare), or the"
            " facility's side, which was not asked for (--facility)."
        )
    return layout.model_copy(update={"sheets": sheets})


def _was_asked_for(sheet: ReportSheet, figures: Figures) -> bool:
    """Whether there is what a sheet is about: the facility's side, or last time to compare with.

    A list of changed lines needs last time's lines.
    """
    if sheet.content in OF_FACILITY:
        return figures.results.facility is not None
    if sheet.content not in OF_CHANGES:
        return True
    last = figures.last
    return last is not None and (sheet.content == "changes" or last.lines is not None)


def tables_of(layout: Layout, figures: Figures) -> dict[str, ReportTable]:
    """Give the tables of a layout by the name of their sheet."""
    tables: dict[str, ReportTable] = {}
    names: set[str] = set()
    for sheet in layout.sheets:
        if not sheet.is_page:
            table = _table(sheet, figures)
            while table.name.lower() in names:
                table = replace(table, name=table.name + "_")
            names.add(table.name.lower())
            tables[sheet.name] = table
    return tables


def _table(sheet: ReportSheet, figures: Figures) -> ReportTable:
    rows = {
        "lines": lambda: figures.lines,
        "review": lambda: figures.to_review,
        "adjustments": lambda: figures.adjustments,
        "rejects": lambda: figures.rejects,
        "journal": lambda: figures.journal,
        "changed_lines": lambda: figures.changed_lines,
        "facility": lambda: encounters_shown(figures.facility),
        "facility_lines": lambda: lines_shown(figures.facility),
        "facility_steps": lambda: steps_shown(figures.facility),
    }[sheet.content]()
    sheet = _without_absent(sheet, rows)
    asked = {test.column for each in sheet.filters for test in each.any}
    rows = _with_absent(rows, [*asked, *sheet.group_by], sheet)
    for each in sheet.filters:
        rows = rows.filter(pl.any_horizontal(test.holds(rows) for test in each.any))
    if sheet.group_by:
        rows = figures.by(*sheet.group_by, lines=rows)
    choices = {choice.column: choice for choice in sheet.columns}
    sorted_by = [name.removeprefix("-") for name in sheet.sort]
    rows = _with_absent(rows, [*choices, *sheet.beside, *sorted_by], sheet)
    if sheet.sort:
        rows = rows.sort(
            sorted_by,
            descending=[name.startswith("-") for name in sheet.sort],
            nulls_last=True,
            maintain_order=True,
        )
    others = _others(rows, sheet) if sheet.other_columns else []
    names = [*choices, *sheet.beside, *(name for name in others if name not in sheet.beside)]
    if not names:
        raise ReportError(f"Sheet '{sheet.name}' has no columns to show.")
    line = rows["_line"] if "_line" in rows.columns else None
    frame = pl.DataFrame([rows.get_column(name) for name in names])
    columns = []
    for name in names:
        known = sheet.available().get(name) or _of_the_batch(sheet, name)
        if name == "payer" and "payer_name" in names:
            known = replace(known, heading=_AS_BILLED)
        choice = choices.get(name)
        heading = (choice.heading if choice else None) or (
            name if sheet.field_names else _shown_heading(sheet, known, figures)
        )
        columns.append(
            replace(
                known,
                heading=heading,
                format=(choice.format if choice else None) or known.format,
                width=(choice.width if choice else None) or _width(sheet, known, heading),
            )
        )
    columns = [
        replace(each, width=max(each.width, widest(each, frame[each.name], totals=sheet.totals)))
        for each in columns
    ]
    return ReportTable(
        sheet=sheet,
        name=_table_name(sheet.name),
        frame=frame,
        columns=_distinct_headings(columns),
        main=len(choices) or len(names),
        line=line,
        note=_note(sheet, figures),
    )


def _note(sheet: ReportSheet, figures: Figures) -> str:
    """Say above what is accrued, or was paid otherwise, whose patients' share is not known.

    Not above every line: programs read that sheet, and find its headings in its first row.
    """
    if sheet.style == "plain":
        return ""
    if sheet.content == "journal" or {*KEYS} <= {*sheet.group_by}:
        return in_a_sentence(figures.no_coinsurance.of_files)
    shown = {choice.column for choice in sheet.columns}
    if sheet.content == "lines" and sheet.filters and "paid_difference_amount" in shown:
        return " ".join(
            filter(None, (_PAID_OTHERWISE, beside_paid(figures.no_coinsurance.of_paid)))
        )
    return ""


def _of_the_batch(sheet: ReportSheet, name: str) -> Column:
    """Head a column that a content only carries.

    Rejected rows keep their file's own headings: the page is corrected, and read back as claims.
    """
    told = LINE_COLUMNS.get(name)
    is_number = told is not None and told.format in NUMBERS
    kind = told.format if told is not None and is_number else "code"
    heading = name if sheet.content == "rejects" else claim_heading(name)
    return Column(name, heading, kind, 16)


def _shown_heading(sheet: ReportSheet, column: Column, figures: Figures) -> str:
    """Head a column: what the payer pays goes under the payer's name, but beside what it was."""
    of_lines = sheet.content in {"lines", "review"}
    if (of_lines and column.name in NOT_ON_FILE) or (
        column.name in (PAID, "contractual_amount") and sheet.content != "changed_lines"
    ):
        return figures.heading(column.name)
    is_owed = column.name.removesuffix("_before") in NOT_ON_FILE
    if is_owed and figures.changes is not None and figures.changes.is_share_open:
        return ON_FILE.format(column.heading)
    return column.heading


def _width(sheet: ReportSheet, column: Column, heading: str) -> float:
    """Give a column's width: on a plain sheet no heading wraps, so it is as wide as that."""
    return max(column.width, len(heading) + 2) if sheet.style == "plain" else column.width


def _without_absent(sheet: ReportSheet, rows: pl.DataFrame) -> ReportSheet:
    """Leave person identifiers out of a sheet where the results were made without them.

    And the payers of changed lines, where no line's is another.
    """
    absent = set(PERSON_COLUMNS) - set(rows.columns)
    if sheet.content == "changed_lines":
        absent |= {"payer", "payer_before"} - set(rows.columns)
    return sheet.model_copy(
        update={
            "columns": tuple(each for each in sheet.columns if each.column not in absent),
            "group_by": tuple(name for name in sheet.group_by if name not in absent),
        }
    )


def _with_absent(rows: pl.DataFrame, names: object, sheet: ReportSheet) -> pl.DataFrame:
    """Add columns that a layout names and this batch does not have: they stay empty."""
    absent = [name for name in dict.fromkeys(names) if name not in rows.columns]  # type: ignore[call-overload]
    if not absent:
        return rows
    known = sheet.available()
    return rows.with_columns(
        pl.lit(
            None, dtype=_DTYPES.get(known[name].format if name in known else "text", pl.String)
        ).alias(name)
        for name in absent
    )


_DTYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "money": pl.Decimal(38, 2),
    "integer": pl.Int64,
    "quantity": pl.Int64,
    "date": pl.Date,
    "flag": pl.Boolean,
    "percent": pl.Float64,
    "factor": pl.Decimal(38, 4),
}


def _others(rows: pl.DataFrame, sheet: ReportSheet) -> list[str]:
    """Give the columns that follow the listed ones: known ones in our order, carried ones last."""
    listed = {choice.column for choice in sheet.columns}
    known = [name for name in sheet.available() if name in rows.columns and name not in DERIVED]
    carried = [name for name in rows.columns if name not in (*sheet.available(), "_line")]
    if "modifiers" in listed:
        listed |= set(MODIFIERS)  # `modifiers` shows all five at once
    return [name for name in [*known, *carried] if name not in listed]


def _table_name(sheet: str) -> str:
    name = re.sub(r"\W", "_", sheet)
    looks_like_a_cell = re.fullmatch(r"(?i)[a-z]{1,3}\d+|[rc]|r\d*c\d*", name)
    return f"_{name}" if not name[0].isalpha() or looks_like_a_cell else name


def _distinct_headings(columns: Sequence[Column]) -> list[Column]:
    """Make headings fit for Excel's tables: printable, not empty, no two alike."""
    seen: set[str] = set()
    cleaned = printable_texts(pl.Series([column.heading for column in columns], dtype=pl.String))
    distinct = []
    for column, text in zip(columns, cleaned, strict=True):
        plain = " ".join(text.split())[: _HEADING_LIMIT - 5] or "Column"
        heading, again = plain, 2
        while heading.lower() in seen:
            heading, again = f"{plain} {again}", again + 1
        seen.add(heading.lower())
        distinct.append(replace(column, heading=heading))
    return distinct
