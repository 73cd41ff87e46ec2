"""Fills a finance team's own workbook: its named tables get rows, everything else stays theirs.

openpyxl rewrites the whole file: styles, formulas, charts, pivots and names are kept; what it
cannot keep is told.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter, range_boundaries

from payrules.errors import ReportError
from payrules.files.archives import must_be_bounded
from payrules.files.tables import content_of, shown_name
from payrules.files.whole import put_in_place
from payrules.nearest import nearest
from payrules.runs.results import Estimate
from payrules.workbook import about
from payrules.workbook.columns import (
    ADJUSTMENT_COLUMNS,
    LINE_COLUMNS,
    NUMBER_FORMATS,
    REJECT_COLUMNS,
    Column,
    grouped_columns,
)
from payrules.workbook.data_files import checks_frame
from payrules.workbook.figures import Figures
from payrules.workbook.words import counted
from payrules.workbook.xlsx.bulk_rows import ZIP_DAY, printable
from payrules.workbook.xlsx.limits import ROW_LIMIT, SHEET_NAME_LIMIT
from payrules.workbook.xlsx.writing import refuse_overwriting

_ENDINGS = {".xlsx", ".xlsm"}
_SLICE = 5_000
#: A template of more bytes than this, unpacked, is none: openpyxl takes some fifty times as much.
_MOST_UNPACKED = 200_000_000
#: Parts of a workbook that openpyxl does not write again.
_LOST = {
    "xl/slicers/": "slicers",
    "xl/timelines/": "timelines",
    "xl/threadedComments/": "threaded comments",
    "xl/ctrlProps/": "form controls",
    "xl/connections.xml": "data connections",
    "xl/queryTables/": "query tables",
    "customXml/": "custom XML",
}


@dataclass(frozen=True)
class FilledTable:
    """A table of the template that got rows: what from, and its columns with and without."""

    name: str
    sheet: str
    source: str
    rows: int
    filled: tuple[str, ...]
    calculated: tuple[str, ...]  # the template's own formulas, copied down
    unknown: tuple[str, ...]  # headings that no column of the source has
    nearest: Mapping[str, str]  # of those, what the source has that looks like it


@dataclass(frozen=True)
class Filled:
    """What a template got: its tables, those payrules has nothing for, and what was lost."""

    path: Path
    tables: tuple[FilledTable, ...]
    not_found: tuple[str, ...]
    lost: tuple[str, ...]

    def in_words(self) -> str:
        """Tell it table by table, in plain lines."""
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """Tell it table by table, a sentence each."""
        told = []
        for each in self.tables:
            told.append(
                f"Table {each.name} on sheet '{each.sheet}': {counted(each.rows, 'row')} of"
                f" {each.source} in {counted(len(each.filled), 'column')}."
            )
            if each.calculated:
                told.append(f"  formulas copied down: {', '.join(each.calculated)}")
            if each.unknown:
                told.append(f"  no such column, left empty: {', '.join(each.unknown)}")
            told += [f"  '{it}': the nearest is '{ours}'" for it, ours in each.nearest.items()]
        told += [f"Table {name}: payrules has nothing of that name." for name in self.not_found]
        told += [f"Not kept from the template: {what}." for what in self.lost]
        return told


@dataclass(frozen=True)
class _Source:
    """Rows a table can be filled with, and what each column is called."""

    frame: Callable[[], pl.DataFrame]
    columns: Mapping[str, Column] = field(default_factory=dict)


def fill_template(results: Estimate, template: Path, path: Path, *, force: bool = False) -> Filled:
    """Fill the named tables of a house workbook and write it to `path`.

    A table is filled when its name is that of a sheet (Lines, Review, By_code …) and its headings
    are ours, as headings or as column names. Raises ReportError when nothing can be filled, or
    the cells below a table are not free for its rows. It holds the workbook in memory: for batches
    beyond some ten thousand lines, fill grouped tables rather than Lines.
    """
    path = Path(path)
    refuse_overwriting([path], force=force)
    book, lost = open_template(template, path)
    figures = Figures(results)
    known = _sources(figures)
    filled, not_found = [], []
    for sheet, table in _tables(book):
        source = known.get(_plain(table.name))
        if source is None:
            not_found.append(table.name)
        else:
            with _faults_of(template, f"table {table.name} cannot be filled"):
                filled.append(_fill(book, sheet, table, source, _plain(table.name)))
    with _faults_of(template, "it cannot be written again"):
        held = io.BytesIO()
        book.save(held)
    with put_in_place(path, fault=ReportError) as (unfinished,):
        _save(held, unfinished, figures)
    return Filled(path, tuple(filled), tuple(not_found), tuple(lost))


@contextmanager
def _faults_of(template: Path, what: str) -> Iterator[None]:
    """Tell a fault that openpyxl meets in a damaged or unusual template in words."""
    try:
        yield
    except ReportError:
        raise
    except Exception as fault:  # of any kind: what is damaged may be any part
        raise ReportError(
            f"The template {template.name}: {what}; a part of it is damaged or of a kind that"
            f" cannot be kept ({type(fault).__name__}). Open it in Excel, save it under a new name"
            " and take that."
        ) from fault


def open_template(template: Path, path: Path) -> tuple[Any, list[str]]:
    """Open the template of a workbook `path`, and say what of it cannot be kept.

    Raises ReportError when it cannot be read, has no table to fill, or `path` ends otherwise.
    """
    template = Path(template)
    if path.suffix.lower() not in _ENDINGS or path.suffix.lower() != template.suffix.lower():
        raise ReportError(
            f"{path.name} must end like its template, {template.suffix}; templates are .xlsx or"
            " .xlsm."
        )
    book, lost = _open(template)
    tables = [table.name for _, table in _tables(book)]
    if not any(_plain(name) in _NAMES for name in tables):
        raise ReportError(
            f"{template.name} has no table payrules could fill; its tables:"
            f" {', '.join(tables) or 'none'}. Name one of: {', '.join(sorted(_NAMES.values()))}."
        )
    return book, lost


def _tables(book: Any) -> list[tuple[Any, Any]]:
    """List a workbook's tables, each with its sheet."""
    return [(sheet, table) for sheet in book.worksheets for table in sheet.tables.values()]


_NAMES = {
    "lines": "Lines",
    "adjustments": "Adjustments",
    "review": "Review",
    "rejects": "Rejects",
    "bridge": "Bridge",
    "checks": "Checks",
    "files": "Files",
    "bystatus": "By_status",
    "bycode": "By_code",
    "byclaim": "By_claim",
    "bypractitioner": "By_practitioner",
    "bypayer": "By_payer",
    "byplaceofservice": "By_place_of_service",
    "bycodefamily": "By_code_family",
    "bymonth": "By_month",
}
_GROUPS = {
    "bycode": ("hcpcs_code",),
    "byclaim": ("claim_id",),
    "bypractitioner": ("practitioner",),
    "bypayer": ("payer_name",),
    "byplaceofservice": ("place_of_service",),
    "bycodefamily": ("code_family",),
    "bymonth": ("month",),
}


def _sources(figures: Figures) -> dict[str, _Source]:
    sources = {
        "lines": _Source(lambda: figures.lines, LINE_COLUMNS),
        "review": _Source(lambda: figures.to_review, LINE_COLUMNS),
        "adjustments": _Source(lambda: figures.adjustments, ADJUSTMENT_COLUMNS),
        "rejects": _Source(lambda: figures.rejects, REJECT_COLUMNS),
        "bridge": _Source(lambda: figures.bridge),
        "checks": _Source(lambda: checks_frame(figures)),
        "files": _Source(lambda: figures.by_file),
        "bystatus": _Source(lambda: figures.by_status, LINE_COLUMNS),
    }
    for name, keys in _GROUPS.items():
        sources[name] = _Source(partial(figures.by, *keys), grouped_columns(keys))
    return sources


def _plain(name: str) -> str:
    """Compare names by their letters and digits: "tbl_By Code" is "bycode"."""
    letters = re.sub(r"[\W_]", "", name).lower()
    return re.sub(r"^(tbl|table|payrules)(?=.)", "", letters)


def _open(template: Path) -> tuple[Any, list[str]]:
    """Open a template, and say what of it cannot be kept."""
    content = content_of(template, ReportError)
    unreadable = ReportError(
        f"The template {template} cannot be read as an Excel workbook: it is damaged, locked by a"
        " password, or none. Open it in Excel, save it under a new name and take that."
    )
    must_be_bounded(
        content,
        shown_name(template),
        ReportError,
        most_bytes=_MOST_UNPACKED,
        unreadable=unreadable,
    )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = parts.namelist()
            drawn = any(
                b"<xdr:sp>" in parts.read(name) or b"<xdr:sp " in parts.read(name)
                for name in names
                if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name)
            )
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            macros = template.suffix.lower() == ".xlsm"
            book = openpyxl.load_workbook(io.BytesIO(content), keep_vba=macros)
    except Exception as fault:  # of any kind: what is damaged may be any part
        raise unreadable from fault
    for sheet in book.worksheets:
        if len(sheet.title.encode("utf-16-le")) // 2 > SHEET_NAME_LIMIT:
            raise ReportError(
                f"The template {template.name} has a sheet '{sheet.title}', whose name is longer"
                f" than the {SHEET_NAME_LIMIT} characters Excel takes; shorten it."
            )
    lost = [what for part, what in _LOST.items() if any(name.startswith(part) for name in names)]
    if drawn:
        lost.append("text boxes and shapes")
    if any(name.startswith("xl/media/") for name in names) and not _has_pictures(book):
        lost.append("pictures (install pillow to keep them)")
    lost += [str(each.message).removesuffix(" and will be removed") for each in warned]
    return book, list(dict.fromkeys(lost))


def _has_pictures(book: Any) -> bool:
    return any(sheet._images for sheet in book.worksheets)


def _fill(book: Any, sheet: Any, table: Any, source: _Source, name: str) -> FilledTable:
    """Write a source's rows into a table, and stretch what follows the table's rows."""
    first_column, top, last_column, bottom = range_boundaries(table.ref)
    totals = int(table.totalsRowCount or 0)
    first, last = top + 1, bottom - totals
    frame = source.frame()
    if first + max(frame.height, 1) + totals > ROW_LIMIT:
        raise ReportError(
            f"Table {table.name} would get {frame.height:,} rows, more than an Excel sheet takes."
        )
    names = {_plain(column): column for column in frame.columns}
    names |= {
        _plain(column.heading): column.name
        for column in source.columns.values()
        if column.name in frame.columns
    }
    places = range(first_column, last_column + 1)
    headings = {place: str(sheet.cell(top, place).value or "") for place in places}
    chosen = {
        place: names[_plain(heading)]
        for place, heading in headings.items()
        if _plain(heading) in names
    }
    samples = {place: sheet.cell(first, place) for place in places}
    formulas = {
        place: sample.value
        for place, sample in samples.items()
        if place not in chosen and sample.data_type == "f" and isinstance(sample.value, str)
    }
    new_last = first + max(frame.height, 1) - 1
    _make_room(sheet, table, (last, new_last, bottom), places, totals)
    styles = {place: copy(sample._style) for place, sample in samples.items()}
    plain = {place for place, sample in samples.items() if sample.number_format == "General"}
    for row, values in zip(range(first, new_last + 1), _rows(frame, chosen), strict=True):
        for place in places:
            cell = sheet.cell(row, place)
            cell._style = copy(styles[place])
            if place in chosen:
                _write(cell, values[place])
                if place in plain:
                    column = source.columns.get(chosen[place])
                    cell.number_format = NUMBER_FORMATS[column.format] if column else "General"
            elif place in formulas:
                origin = f"{get_column_letter(place)}{first}"
                translated = Translator(formulas[place], origin)
                cell.value = translated.translate_formula(cell.coordinate)
            else:
                cell.value = None
    reach = f"{get_column_letter(first_column)}{top}:{get_column_letter(last_column)}"
    table.ref = f"{reach}{new_last + totals}"
    if table.autoFilter is not None:
        table.autoFilter.ref = f"{reach}{new_last}"
    if last != new_last:
        _stretch(book, sheet, (first_column, last_column), (first, last, new_last))
    unknown = tuple(
        heading
        for place, heading in headings.items()
        if place not in chosen and place not in formulas
    )
    return FilledTable(
        name=table.name,
        sheet=sheet.title,
        source=_NAMES[name],
        rows=frame.height,
        filled=tuple(headings[place] for place in chosen),
        calculated=tuple(headings[place] for place in formulas),
        unknown=unknown,
        nearest=_nearest(unknown, source, names),
    )


def _nearest(headings: Iterable[str], source: _Source, names: Mapping[str, str]) -> dict[str, str]:
    """Find for each heading the one of the source's that looks like it, where one does."""
    found = {}
    for heading in headings:
        near = nearest(_plain(heading), names)
        if near:
            ours = names[near[0]]
            found[heading] = source.columns[ours].heading if ours in source.columns else ours
    return found


def _rows(frame: pl.DataFrame, chosen: Mapping[int, str]) -> Iterator[Mapping[int, Any]]:
    """Give each row's values by column of the sheet; one empty row where there is none."""
    if frame.is_empty():
        yield dict.fromkeys(chosen)
        return
    shown = frame.select(
        _for_a_cell(name, frame.schema[name]).alias(str(place)) for place, name in chosen.items()
    )
    if not chosen:
        yield from ({} for _ in range(frame.height))
        return
    for start in range(0, frame.height, _SLICE):
        for values in shown[start : start + _SLICE].iter_rows():
            yield dict(zip(chosen, values, strict=True))


def _for_a_cell(name: str, kind: pl.DataType) -> pl.Expr:
    """Make a column one that openpyxl takes: text that XML can hold, no number that is none."""
    if kind.is_float():
        return pl.when(pl.col(name).is_finite()).then(pl.col(name))
    if kind.is_numeric() or kind in {pl.Date, pl.Boolean, pl.Null}:
        return pl.col(name)
    return printable(pl.col(name).cast(pl.String))


def _write(cell: Any, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # "=1+1" in a claim number is text, not a formula


def _make_room(
    sheet: Any, table: Any, rows: tuple[int, int, int], places: range, totals: int
) -> None:
    """Move the total row to its new place, and clear or claim the rows between."""
    last, new_last, bottom = rows
    for row in range(bottom + 1, new_last + totals + 1):
        for place in places:
            if sheet.cell(row, place).value is not None:
                raise ReportError(
                    f"Table {table.name} on sheet '{sheet.title}' needs rows down to"
                    f" {new_last + totals}, but cell {sheet.cell(row, place).coordinate} below it"
                    " is not empty; leave the cells under the table free."
                )
    if last == new_last:
        return
    moved = [
        [(cell.value, copy(cell._style)) for cell in (sheet.cell(row, place) for place in places)]
        for row in range(last + 1, bottom + 1)
    ]
    for row in range(min(last, new_last) + 1, bottom + 1):
        for place in places:
            sheet.cell(row, place).value = None
    for offset, cells in enumerate(moved, 1):
        for place, (value, style) in zip(places, cells, strict=True):
            cell = sheet.cell(new_last + offset, place)
            cell.value, cell._style = value, style


def _stretch(book: Any, sheet: Any, columns: tuple[int, int], rows: tuple[int, int, int]) -> None:
    """Stretch what covers exactly the table's rows: colours, choices, charts, names."""
    first, last, new_last = rows

    def stretched(reference: str) -> str:
        """Give a range on the sheet with the table's new last row, where it ended at the old."""
        try:
            left, top, right, bottom = range_boundaries(reference.replace("$", ""))
        except ValueError:
            return reference
        inside = columns[0] <= left and right <= columns[1]
        if not inside or top != first or bottom != last:
            return reference
        start, _, end = reference.partition(":")
        return f"{start}:{re.sub(r'[0-9]+$', str(new_last), end or start)}"

    def stretched_elsewhere(reference: str | None) -> str | None:
        """Give a reference that names the sheet, stretched."""
        there, mark, cells = (reference or "").rpartition("!")
        if not mark or there.strip("'").replace("''", "'") != sheet.title:
            return reference
        return f"{there}!{stretched(cells)}"

    colours = ConditionalFormattingList()
    for area in sheet.conditional_formatting:
        cells = " ".join(stretched(part) for part in str(area.sqref).split())
        for rule in area.rules:
            colours.add(cells, rule)
    sheet.conditional_formatting = colours
    for choice in sheet.data_validations.dataValidation:
        parts = [stretched(part) for part in str(choice.sqref).split()]
        choice.sqref = type(choice.sqref)(" ".join(parts))
    for name in book.defined_names.values():
        name.value = stretched_elsewhere(name.value)
    for page in book.worksheets:
        for chart in page._charts:
            for reference in _references(chart):
                reference.f = stretched_elsewhere(reference.f)
                for cache in ("numCache", "strCache"):
                    if hasattr(reference, cache):
                        setattr(reference, cache, None)


def _references(chart: Any) -> Iterator[Any]:
    """Give the cell references of every series of a chart, and of charts drawn into it."""
    for drawn in (chart, *[each for each in getattr(chart, "_charts", []) if each is not chart]):
        for series in drawn.series:
            for axis in ("val", "cat", "xVal", "yVal", "bubbleSize"):
                axis_values = getattr(series, axis, None)
                for kind in ("numRef", "strRef"):
                    reference = getattr(axis_values, kind, None)
                    if reference is not None:
                        yield reference


def _save(held: io.BytesIO, path: Path, figures: Figures) -> None:
    """Write the workbook with the run's time, not the clock's: the same input, the same bytes."""
    made = about.stamp(figures.run)
    told = made.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(held) as saved,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole,
    ):
        for entry in saved.infolist():
            content = saved.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + told, content)
            info = zipfile.ZipInfo(entry.filename, ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(info, content)
