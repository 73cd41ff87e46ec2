"""Writes results as an Excel workbook, as a layout says: atomically, and the same bytes again."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from payrules.errors import ReportError
from payrules.files.whole import put_in_place
from payrules.runs.results import Estimate
from payrules.workbook import about
from payrules.workbook.columns import is_added_up
from payrules.workbook.figures import Figures
from payrules.workbook.figures.reconciliation import FigureCheck
from payrules.workbook.layout import find_layout
from payrules.workbook.layout.sheets import Layout, ReportSheet
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages import write_pages
from payrules.workbook.pages.page import PageSources
from payrules.workbook.tables import ReportTable, tables_of
from payrules.workbook.xlsx.bulk_rows import ZIP_DAY, Links, Pour, printable_text
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.references import reference
from payrules.workbook.xlsx.styles import STATUS_COLOURS, Styles, with_named_styles

_COMPRESSION = 2  # a quarter larger than 6, in a third of the time
_WRAPPED_FROM = 40
_ZIP64_FROM = 2**31


@dataclass(frozen=True)
class Written:
    """What was written: the workbook, the files beside it, the rows of each table sheet.

    `differences` are the checks that do not read 0, in words; `notes` say what else to know.
    """

    path: Path
    beside: tuple[Path, ...]
    rows: Mapping[str, int]
    differences: tuple[str, ...]
    notes: tuple[str, ...]

    def sentences(self) -> list[str]:
        """Say what whoever wrote the file should know of it."""
        unequal = [f"A check of the report does not read 0: {each}" for each in self.differences]
        return [*unequal, *self.notes]


def write_workbook(
    results: Estimate,
    path: Path,
    *,
    layout: str | Path = "estimate",
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write results as a workbook, by a layout's name in `reports/` or a TOML file.

    A sheet that would hold more rows than Excel takes goes to a Parquet file beside the workbook,
    and the sheet says so. Nothing is left half-written, and nothing there is overwritten without
    `force`. Raises ReportError for a layout or path that cannot be used.
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise ReportError(f"{path.name}: a workbook's name ends in .xlsx.")
    plan = find_layout(layout)
    figures = Figures(results)
    tables = tables_of(plan, figures)
    aside = {
        name: _beside(path, name)
        for name, table in tables.items()
        if table.frame.height + 1 + table.sheet.totals > row_limit
    }
    refuse_overwriting([path, *aside.values()], force=force)
    with put_in_place(path, *aside.values(), fault=ReportError) as partials:
        for name, partial in zip(aside, partials[1:], strict=True):
            tables[name].frame.write_parquet(partial)
        live = _write(partials[0], plan, figures, tables, aside)
    # A report whose sheets hold no checks is checked all the same.
    checks: Sequence[FigureCheck | LiveCheck] = live or figures.checks
    return Written(
        path=path,
        beside=tuple(aside.values()),
        rows={name: table.frame.height for name, table in tables.items()},
        differences=tuple(
            f"{check.name}: {check.difference:,.2f}" for check in checks if check.difference
        ),
        notes=tuple(
            f"Sheet '{name}' has {tables[name].frame.height:,} rows, more than Excel takes:"
            f" they are in {file.name}."
            for name, file in aside.items()
        ),
    )


def _beside(path: Path, sheet: str) -> Path:
    return path.with_name(f"{path.stem}.{sheet.lower().replace(' ', '_')}.parquet")


def refuse_overwriting(paths: Sequence[Path], *, force: bool) -> None:
    """Raise ReportError where a file is there already and may not be replaced.

    An empty file, as programs make to reserve a name, holds nothing that could be lost.
    """
    there = [path for path in paths if path.exists() and (path.is_dir() or path.stat().st_size)]
    if there and not force:
        raise ReportError(
            f"{there[0]} is there already; choose another name, or replace it with --force"
            " (in Python force=True)."
        )


def _write(
    path: Path,
    layout: Layout,
    figures: Figures,
    tables: Mapping[str, ReportTable],
    aside: Mapping[str, Path],
) -> tuple[LiveCheck, ...]:
    """Make the workbook's frame with XlsxWriter, pour the rows into its sheets; give its checks."""
    frame = io.BytesIO()
    book = xlsxwriter.Workbook(frame, {"in_memory": True, "strings_to_urls": False})
    _properties(book, layout, figures)
    styles = Styles(book)
    present = {name: table for name, table in tables.items() if name not in aside}
    sources = PageSources(book, styles, figures, present)
    links = _links(present)
    writing: list[tuple[ReportSheet, Any]] = []
    pours: dict[str, Pour] = {}
    for place, sheet in enumerate(layout.sheets, 1):
        page = book.add_worksheet(sheet.name)
        page.set_paper(1 if layout.paper == "letter" else 9)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.set_footer("&L&8&F · &A&C&8Estimate, not a claim decision&R&8Page &P of &N")
        if sheet.name in aside:
            _say_aside(page, styles, tables[sheet.name], aside[sheet.name])
        elif sheet.is_page:
            writing.append((sheet, page))
        else:
            table = present[sheet.name]
            pour = Pour(table.frame, links.get(sheet.name, ()), sheet.totals, _wrapped(table))
            _frame_table(page, styles, table, pour)
            pours[f"xl/worksheets/sheet{place}.xml"] = pour
    checks = write_pages(sources, writing)
    book.close()
    named = {name: style._get_xf_index() for name, style in styles.named.items()}
    with (
        zipfile.ZipFile(frame) as made,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as whole,
    ):
        of_tables = {_table_part(made, part): pour for part, pour in pours.items()}
        for entry in made.infolist():
            name, content = entry.filename, made.read(entry)
            info = zipfile.ZipInfo(name, ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            if name in pours:
                size = pours[name].frame.height * pours[name].frame.width * 70
                with whole.open(info, "w", force_zip64=size > _ZIP64_FROM) as sheet_file:
                    for part in _ahead(pours[name].into(content.decode())):
                        sheet_file.write(part)
                continue
            if name in of_tables:
                content = of_tables[name].over(content.decode()).encode()
            elif name == "xl/styles.xml":
                content = with_named_styles(content.decode(), named).encode()
            whole.writestr(info, content)
    return checks


def _ahead(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Make the next part while this one is packed: both leave Python's lock free."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = maker.submit(next, parts, None)
            yield part


def _table_part(made: zipfile.ZipFile, sheet: str) -> str:
    """Find the part that defines a sheet's table."""
    folder, _, name = sheet.rpartition("/")
    relations = made.read(f"{folder}/_rels/{name}.rels").decode()
    found = re.search(r'Target="\.\./(tables/table\d+\.xml)"', relations)
    if found is None:
        raise ValueError(f"{sheet} has no table")
    return f"xl/{found.group(1)}"


def _properties(book: Any, layout: Layout, figures: Figures) -> None:
    """Set the document's properties; its time is the run's, or SOURCE_DATE_EPOCH."""
    made = about.stamp(figures.run)
    book.set_properties(
        {
            "title": printable_text(f"{layout.title}: {about.batch_in_words(figures)}"),
            "subject": "What Medicare's physician fee schedule allows, and why",
            "author": printable_text(f"payrules {figures.run.get('payrules', '')}".strip()),
            "category": "Estimate",
            "keywords": "Medicare physician fee schedule, allowed amount, estimate",
            "comments": about.DISCLAIMER[0],
            "created": made.astimezone(UTC).replace(tzinfo=None),
        }
    )
    book.set_size(2400, 1400)
    book.set_calc_mode("auto")


def _frame_table(page: Any, styles: Styles, table: ReportTable, pour: Pour) -> None:
    """Set a table sheet up: headings, widths, sample styles, filter, panes, print, colours."""
    rows, sheet = table.frame.height, table.sheet
    last = max(rows, 1)
    linked = {each.column for each in pour.links}
    columns: list[dict[str, Any]] = []
    for place, column in enumerate(table.columns):
        hidden = {"hidden": True} if table.is_empty_column(column.name) else {}
        page.set_column(place, place, column.width, None, hidden)
        style = styles.cell(column.format, wrap=column.name in pour.wrapped)
        page.write_blank(pour.SAMPLE_ROW, place, None, style)
        link_style = styles.link(column.format) if column.name in linked else style
        page.write_blank(pour.LINK_SAMPLE_ROW, place, None, link_style)
        heading = {"header": column.heading}
        if sheet.style == "report":
            heading["header_format"] = styles.heading(column.format)
        columns.append(heading | (_total(table, place, styles) if sheet.totals else {}))
    if linked:
        page.write_url(
            pour.SAMPLE_ROW, 0, "internal:'x'!A1", styles.cell(table.columns[0].format), "x"
        )
    page.add_table(
        0,
        0,
        pour.SAMPLE_TOTAL_ROW,
        len(columns) - 1,
        {
            "name": table.name,
            "columns": columns,
            "style": "Table Style Light 1" if sheet.style == "report" else None,
            "total_row": sheet.totals,
        },
    )
    if sheet.totals:
        _write_totals(page, styles, table)
    page.freeze_panes(1, 0 if sheet.style == "plain" else _frozen(table))
    page.repeat_rows(0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.print_area(0, 0, last + sheet.totals, table.main - 1)
    if sheet.style == "report":
        page.set_row(0, 32)
        _colour_statuses(page, styles, table, last)


def _wrapped(table: ReportTable) -> dict[str, float]:
    """Give the columns whose text wraps, with their widths: sentences on lists to work through."""
    if table.sheet.content not in {"review", "rejects"} or table.sheet.style == "plain":
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


def _total(table: ReportTable, place: int, styles: Styles) -> dict[str, Any]:
    """Give a column's cell in the total row: a sum of money, units and counts."""
    column = table.columns[place]
    if is_added_up(column):
        return {"total_function": "sum", "format": styles.total(column.format)}
    label = {"total_string": "Total"} if place == 0 else {}
    return {**label, "format": styles.total(column.format)}


def _write_totals(page: Any, styles: Styles, table: ReportTable) -> None:
    """Write the sums of the total row with the table's name in them: LibreOffice needs it."""
    for place, column in enumerate(table.columns):
        if is_added_up(column):
            value = table.frame[column.name].sum() or 0
            formula = f"=SUBTOTAL(109,{reference(table.name, column.heading)})"
            shown = int(value) if value == int(value) else float(value)
            page.write_formula(
                Pour.SAMPLE_TOTAL_ROW, place, formula, styles.total(column.format), shown
            )


def _colour_statuses(page: Any, styles: Styles, table: ReportTable, last: int) -> None:
    names = table.frame.columns
    if "status" not in names:
        return
    place = names.index("status")
    for status, colours in STATUS_COLOURS.items():
        if status != "priced":
            page.conditional_format(
                1,
                place,
                last,
                place,
                {
                    "type": "cell",
                    "criteria": "equal to",
                    "value": f'"{status}"',
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
        {"line": other.line, "row": pl.int_range(2, other.frame.height + 2, eager=True)}
    )
    return (
        pl.DataFrame({"line": one.line})
        .join(there, on="line", how="left", maintain_order="left")["row"]
        .cast(pl.String)
    )


def _say_aside(page: Any, styles: Styles, table: ReportTable, file: Path) -> None:
    """Say on a sheet that its rows are too many for Excel, and where they are."""
    page.set_column(0, 0, 110)
    page.write_string(0, 0, table.sheet.name, styles.title())
    words = (
        f"{table.frame.height:,} rows are more than an Excel sheet takes. They are in {file.name},"
        " beside this workbook."
    )
    page.write_string(2, 0, printable_text(words), styles.words())
    page.write_string(
        3, 0, "Excel opens it with Data, Get Data, From File, From Parquet.", styles.quiet()
    )
    page.fit_to_pages(1, 0)
