"""Workbooks of what payers paid: a first page of sums that add up, and a sheet for each table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from payrules.workbook.columns import headings_of
from payrules.workbook.xlsx.book import Book, made_at, now
from payrules.workbook.xlsx.bulk_rows import printable_text
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest
from payrules.workbook.xlsx.styles import FAILED, PASSED
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

_WIDTHS: dict[Format, float] = {"money": 14, "percent": 10, "integer": 10, "date": 12}
#: Columns of sentences, which wrap.
_SENTENCES = {
    "says": 70.0,
    "reason": 60.0,
    "cause_detail": 60.0,
    "expected_because": 100.0,
    "cites": 80.0,
    "notes": 40.0,
    "coverage_policy": 36.0,
    "coverage_finding": 60.0,
    "coverage_sessions": 50.0,
}
#: Narrower widths of columns that are printed.
_ON_PAPER = {
    "claim_line_number": 12.0,
    "hcpcs_code": 9.0,
    "modifiers": 10.0,
    "days_left": 9.0,
    "payer_codes": 21.0,
    "action": 14.0,
}
_WIDEST_ID = 28
#: Of a note on the first page: characters of a line, and how high one is, in points.
_A_LINE, _LINE_HEIGHT = 92, 13.5
_NO_ROWS = "No rows."
#: Money whose sum says nothing: both sides of a check, and a claim's sum on each of its lines.
_NOT_ADDED_UP = frozenset(("left", "right", "claim_underpaid_amount"))
#: A payment that was handed in before is listed again, and is money once.
_HANDED_IN_BEFORE = ("status", "duplicate")
_COUNTED_ONCE = "Sums leave out what was handed in before (status duplicate)."


@dataclass(frozen=True)
class Fact:
    """A line of the first page: words, an amount or a count; `last` is a sum's, ruled off."""

    words: str
    value: Decimal | int | str
    last: bool = False


@dataclass(frozen=True)
class PageBlock:
    """A part of the first page: its heading and facts; one that `must_be_zero` shows whether."""

    heading: str
    facts: Sequence[Fact]
    must_be_zero: str = ""


def write_paid_book(
    path: Path,
    title: str,
    blocks: Sequence[PageBlock],
    tables: Mapping[str, pl.DataFrame],
    *,
    notes: Sequence[str] = (),
    sheet_notes: Mapping[str, str] | None = None,
    printed: Mapping[str, Sequence[str]] | None = None,
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write a workbook whole: Summary with `blocks` and `notes`, then each table on its sheet.

    `printed` names the columns of a table that fit on paper: they come first, and the others are on
    the sheet only. A table of more rows than a sheet takes goes to a Parquet file beside the
    workbook. Raises ReportError for a path that cannot be used.
    """
    printed = printed or {}
    tables = {
        name: frame.select(*printed.get(name, ()), pl.exclude(printed.get(name, ())))
        for name, frame in tables.items()
    }
    with place_of(
        Path(path), tables, totals=set(tables), force=force, row_limit=row_limit
    ) as place:
        _write(place, title, blocks, notes, sheet_notes or {}, printed)
    return place.written()


def _write(
    place: WorkbookPlace,
    title: str,
    blocks: Sequence[PageBlock],
    notes: Sequence[str],
    sheet_notes: Mapping[str, str],
    printed: Mapping[str, Sequence[str]],
) -> None:
    book = Book(made_at(now()), title=title, author="payrules", category="Remittances")
    _front(book, title, blocks, notes)
    for name, frame in place.frames.items():
        if name in place.beside:
            book.rows_beside(name, frame.height, place.beside[name])
            continue
        said = [sheet_notes.get(name, ""), "" if frame.height else _NO_ROWS]
        note = " ".join(each for each in said if each)
        many = len(printed[name]) if name in printed else None
        book.rows(name, as_rows(name, frame, note, printed=many))
    book.save(place.unfinished)


def _front(book: Book, title: str, blocks: Sequence[PageBlock], notes: Sequence[str]) -> None:
    page = book.sheet("Summary")
    styles = book.styles
    page.hide_gridlines(2)
    page.set_column(0, 0, 2)
    page.set_column(1, 1, 64)
    page.set_column(2, 2, 20)
    page.fit_to_pages(1, 0)
    page.set_row(0, 30)
    page.write_string(0, 1, title, styles.title())
    row = 2
    for block in blocks:
        page.write_string(row, 1, block.heading, styles.section())
        page.write_blank(row, 2, None, styles.section())
        row += 1
        for fact in block.facts:
            page.set_row(row, 22 if fact.last else 16)
            page.write_string(row, 1, printable_text(fact.words), styles.words(strong=fact.last))
            _value(page, row, fact, styles)
            if block.must_be_zero == fact.words:
                for colours, criterion in ((PASSED, "=="), (FAILED, "!=")):
                    shown = {"type": "cell", "criteria": criterion, "value": 0}
                    page.conditional_format(
                        row, 2, row, 2, shown | {"format": styles.fill(colours)}
                    )
            row += 1
        row += 1
    for said in notes:
        # Merged, for a printed page is no wider: a longer sentence goes on in its row.
        page.set_row(row, _LINE_HEIGHT * (len(said) // _A_LINE + 1))
        page.merge_range(row, 1, row, 2, printable_text(said), styles.advice())
        row += 1
    page.print_area(0, 0, row, 2)


def _value(page: Any, row: int, fact: Fact, styles: Any) -> None:
    if isinstance(fact.value, str):
        page.write_string(row, 2, printable_text(fact.value), styles.words(strong=fact.last))
    elif isinstance(fact.value, Decimal):
        page.write_number(row, 2, fact.value, styles.headline(strong=fact.last))
    else:
        page.write_number(row, 2, fact.value, styles.cell("integer"))


def as_rows(
    name: str, frame: pl.DataFrame, note: str = "", *, printed: int | None = None
) -> RowTable:
    """Give a table as it is written: amounts added up, sentences wrapped, claims kept in sight.

    `printed` says how many of its columns are printed, and are as narrow as paper wants it.
    """
    columns = []
    headings = headings_of(frame.columns)
    amounts: set[str] = set()
    for column, kind in frame.schema.items():
        shown = _format(column, kind)
        if shown == "money" and column not in _NOT_ADDED_UP:
            amounts.add(column)
        usual = _WIDTHS.get(shown, 16)
        width = usual if printed is None else _ON_PAPER.get(column, usual)
        if column == "claim_id" and frame.height:
            width = max(width, min(_longest(frame[column]) + 2, _WIDEST_ID))
        told = Column(column, headings[column], shown, width)
        width = max(
            _SENTENCES.get(column, told.width),
            widest(told, frame[column], totals=column in amounts) if frame.height else 0,
        )
        columns.append(Column(column, told.heading, shown, width))
    status, duplicate = _HANDED_IN_BEFORE
    is_repeated = bool(amounts) and status in frame.columns and duplicate in frame[status]
    return RowTable(
        name=f"paid_{name.lower().replace(' ', '_')}",
        frame=frame,
        columns=columns,
        frozen=_frozen(frame.columns),
        wrapped={each: width for each, width in _SENTENCES.items() if each in frame.columns},
        added_up=frozenset(amounts) if frame.height and amounts else None,
        not_counted=_HANDED_IN_BEFORE if is_repeated else None,
        note=" ".join(each for each in (note, _COUNTED_ONCE * is_repeated) if each),
        printed=printed,
    )


def _longest(texts: pl.Series) -> int:
    return max((len(each or "") for each in texts.unique()), default=0)


def _frozen(names: Collection[str]) -> int:
    """Keep in sight what names a row: the claim and its line, else the first column."""
    first = list(names)[:2]
    return 2 if first == ["claim_id", "claim_line_number"] else 1


def _format(column: str, kind: pl.DataType) -> Format:
    if kind.is_decimal():
        return "quantity" if column.endswith(("_percent", "_quantity")) else "money"
    if kind == pl.Date:
        return "date"
    if kind.is_integer():
        return "integer"
    return "code" if column.endswith(("_code", "_id", "_number")) else "text"
