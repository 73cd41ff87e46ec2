"""Writes results as an Excel workbook, as a layout says: atomically, and the same bytes again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from payrules.runs.results import Estimate
from payrules.workbook import about
from payrules.workbook.accounts import accounts_for
from payrules.workbook.columns import is_added_up
from payrules.workbook.figures import Figures
from payrules.workbook.figures.reconciliation import FigureCheck
from payrules.workbook.last_pack import last_for
from payrules.workbook.layout import find_layout
from payrules.workbook.layout.sheets import Layout, ReportSheet
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages import write_pages
from payrules.workbook.pages.report_page import PageSources
from payrules.workbook.tables import ReportTable, fitting, tables_of
from payrules.workbook.words import cell_in_words, table_in_words
from payrules.workbook.work_list import DISPOSITIONS, OWNERS
from payrules.workbook.xlsx.book import Book
from payrules.workbook.xlsx.bulk_rows import Links
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable
from payrules.workbook.xlsx.styles import STATUS_COLOURS, Styles
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

_WRAPPED_FROM = 40


def write_workbook(
    results: Estimate,
    path: Path,
    *,
    layout: str | Path = "estimate",
    accounts: str | Path | None = None,
    compare: Sequence[str | Path] = (),
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write results as a workbook, by a layout's name in `reports/` or a TOML file.

    A sheet that would hold more rows than Excel takes goes to a Parquet file beside the workbook,
    and the sheet says so. `accounts` is a file of those that the journal posts to, `compare` what
    to compare with (see `read_last`). Nothing is left half-written, and nothing there is
    overwritten without `force`. Raises ReportError for a layout, accounts, a comparison or a path
    that cannot be used.
    """
    chosen = find_layout(layout)
    last = last_for(chosen, compare)
    figures = Figures(results, accounts_for(chosen, accounts), last)
    plan = fitting(find_layout(layout), figures)
    tables = tables_of(plan, figures)
    frames = {name: table.frame for name, table in tables.items()}
    totals = {name for name, table in tables.items() if table.sheet.totals}
    noted = {name for name, table in tables.items() if table.note}
    with place_of(
        Path(path), frames, totals=totals, noted=noted, force=force, row_limit=row_limit
    ) as place:
        live = _write(place, plan, figures, tables)
    # A report whose sheets hold no checks is checked all the same.
    checks: Sequence[FigureCheck | LiveCheck] = live or figures.checks
    return place.written(
        [f"{check.name}: {check.difference:,.2f}" for check in checks if check.difference],
        [*_without_lines(figures), *(figures.last.remarks if figures.last else ())],
    )


def _without_lines(figures: Figures) -> list[str]:
    """Name payers that the accounts file has and the batch has not: one may be misspelled."""
    payers = figures.accounts.without_lines(figures.lines["payer_name"])
    return [f"No line is of the payer '{name}' of the accounts file." for name in payers]


def _write(
    place: WorkbookPlace, layout: Layout, figures: Figures, tables: Mapping[str, ReportTable]
) -> tuple[LiveCheck, ...]:
    """Write the sheets in their order, the pages' figures last; gives the checks."""
    book = Book(
        about.stamp(figures.run),
        paper=layout.paper,
        title=f"{layout.title}: {about.batch_in_words(figures)}",
        subject=f"{about.title(figures)}, and why",
        author=f"payrules {figures.run.payrules}".strip(),
        category="Estimate",
        keywords="Medicare physician fee schedule, allowed amount, estimate",
        comments=about.DISCLAIMER[0],
    )
    present = {name: table for name, table in tables.items() if name not in place.beside}
    links = _links(present)
    writing: list[tuple[ReportSheet, Any]] = []
    for sheet in layout.sheets:
        if sheet.name in place.beside:
            rows = tables[sheet.name].frame.height
            book.rows_beside(sheet.name, rows, place.beside[sheet.name])
        elif sheet.is_page:
            writing.append((sheet, book.sheet(sheet.name)))
        else:
            table = present[sheet.name]
            shown = _as_rows(table, links.get(sheet.name, ()))
            page = book.rows(sheet.name, shown if sheet.field_names else table_in_words(shown))
            if sheet.style == "report":
                _colour_statuses(page, book.styles, table)
    checks = write_pages(PageSources(book, book.styles, figures, present), writing)
    book.save(place.unfinished)
    return checks


def _as_rows(table: ReportTable, links: Sequence[Links]) -> RowTable:
    """Give a report's table as it is written."""
    sheet = table.sheet
    names = [column.name for column in table.columns]
    # Of a column without an amount there is no total: 0.00 would be one.
    added_up = frozenset(
        column.name
        for column in table.columns
        if is_added_up(column) and (table.frame.is_empty() or table.frame[column.name].count())
    )
    return RowTable(
        name=table.name,
        frame=table.frame,
        columns=table.columns,
        printed=table.main,
        hidden=frozenset(name for name in names if table.is_empty_column(name)),
        frozen=0 if sheet.style == "plain" else _frozen(table),
        plain=sheet.style == "plain",
        wrapped=_wrapped(table),
        links=links,
        added_up=added_up if sheet.totals else None,
        lists=_lists(table),
        note=table.note,
        on_paper=sheet.printed,
    )


def _lists(table: ReportTable) -> dict[str, tuple[Sequence[str], bool]]:
    """Give what may be chosen in the columns of a work list that people fill in."""
    shown = {column.name for column in table.columns}
    lists = {"disposition": (DISPOSITIONS, True), "owner": (OWNERS, False)}
    return {name: each for name, each in lists.items() if name in shown}


def _wrapped(table: ReportTable) -> dict[str, float]:
    """Give the columns whose text wraps, with their widths: sentences on lists to work through."""
    found = any(column.name == "coverage_finding" for column in table.columns[: table.main])
    worked_through = table.sheet.content in {"review", "rejects"} or found
    if not worked_through or table.sheet.style == "plain":
        return {}
    return {
        column.name: column.width
        for column in table.columns[: table.main]
        if column.format == "text"
        and column.width >= _WRAPPED_FROM
        and table.frame.schema[column.name] == pl.String
    }


def _frozen(table: ReportTable) -> int:
    """Give the number of columns that stay in sight: the claim and its line, or the first."""
    names = [column.name for column in table.columns[:2]]
    return 2 if names == ["claim_id", "claim_line_number"] else 1


def _colour_statuses(page: Any, styles: Styles, table: ReportTable) -> None:
    names = table.frame.columns
    if "status" not in names:
        return
    place = names.index("status")
    for status, colours in STATUS_COLOURS.items():
        shown = status if table.sheet.field_names else cell_in_words("status", status)
        if status != "priced":
            page.conditional_format(
                table.first_row - 1,
                place,
                table.total_row - 2,
                place,
                {
                    "type": "cell",
                    "criteria": "equal to",
                    "value": f'"{shown}"',
                    "format": styles.fill(colours),
                },
            )


def _links(tables: Mapping[str, ReportTable]) -> dict[str, list[Links]]:
    """Lead from each reviewed line to its row among the lines, and back."""
    rows_of_lines = [
        table
        for table in tables.values()
        if table.sheet.content == "lines" and table.line is not None
    ]
    reviews = [
        table
        for table in tables.values()
        if table.sheet.content == "review" and table.line is not None
    ]
    if not rows_of_lines or not reviews:
        return {}
    lines, review = rows_of_lines[0], reviews[0]
    return {
        one.sheet.name: [Links(column, other.sheet.name, _rows_in(other, one))]
        for one, other, column in ((review, lines, "claim_id"), (lines, review, "status"))
        if column in one.frame.columns
    }


def _rows_in(other: ReportTable, one: ReportTable) -> pl.Series:
    """Give the row number in the other sheet of each row's line; null where it is not there."""
    if one.line is None or other.line is None:
        raise ValueError("only rows of single lines can be linked")
    there = pl.DataFrame(
        {
            "line": other.line,
            "row": pl.int_range(0, other.frame.height, eager=True) + other.first_row,
        }
    )
    return (
        pl.DataFrame({"line": one.line})
        .join(there, on="line", how="left", maintain_order="left")["row"]
        .cast(pl.String)
    )
