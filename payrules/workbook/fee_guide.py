"""Writes a fee guide as an Excel workbook: what it holds, one row a code, checks, About."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.schedules import Release
from payrules.version import __version__
from payrules.workbook.about import AboutText
from payrules.workbook.answer_book import AnswerBook, Answered, Figure, must_agree
from payrules.workbook.columns import headings_of
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.front import HeadlineRow
from payrules.workbook.xlsx.book import Book, made_at, now
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest
from payrules.workbook.xlsx.written import Written, place_of

FRONT, _SHEET = "Fee guide", "Guide"
#: What is assumed of every guide.
_ASSUMED = (
    "Amounts are those of one unit of the whole service by Medicare's fee schedules, in the"
    " locality and on the day named; no rule of a claim (multiple procedures, modifiers, edits) is"
    " in them.",
    "Blank is no amount: not paid there, or not on the schedule; it is not 0.00.",
    "Last year's is the amount of the same day a year before, in the same locality.",
)
_FORMATS: dict[str, Format] = {
    "total_rvu": "quantity",
    "change_percent": "tenths",
    "conversion_factor": "factor",
    "limit": "factor",
}
_LABEL = 32.0
#: Where a service may be: the amounts of each.
_SITES = frozenset(("office", "facility", "surgical_center", "hospital"))


def write_fee_guide(
    rows: pl.DataFrame,
    path: Path,
    *,
    heading: str,
    remarks: Sequence[str] = (),
    releases: Sequence[Release] = (),
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write the rows under what they were looked up in, a first page before them, checks behind.

    `releases` are those that were looked into, for the hashes of their files. ReportError if the
    file cannot be written.
    """
    with place_of(
        Path(path), {_SHEET: rows}, noted={_SHEET}, force=force, row_limit=row_limit
    ) as place:
        made = Book(made_at(now()), title="Fee guide", author="payrules", category="Estimate")
        book = AnswerBook(made, place, FRONT)
        note = ". ".join([heading, *(each.rstrip(".") for each in remarks)]) + "."
        book.rows(_SHEET, _table(rows, note))
        book.front.opening(FRONT, [heading, *remarks, f"payrules {__version__}"])
        book.answer([*_answer(book, rows)])
        about = _about(heading, remarks, releases)
        differences = book.finish([*_checks(book, rows)], about, one_page=True)
        made.save(place.unfinished)
    return place.written(differences)


def _answer(book: AnswerBook, rows: pl.DataFrame) -> Iterator[Answered]:
    """Count the codes, those that have an amount, and those whose amount is another."""
    whole = book.count(_SHEET)
    yield Answered(HeadlineRow("Codes", whole.value, strong=True, counts=True), whole)
    for name, heading in headings_of(rows.columns).items():
        if name in _SITES:
            held = rows[name].drop_nulls().len()
            cells = book.column(_SHEET, name)
            figure = Figure(None if cells is None else f"COUNT({cells})", Decimal(held))
            row = HeadlineRow(f"With an amount: {heading.lower()}", figure.value, counts=True)
            yield Answered(row, figure)
    cells = book.column(_SHEET, "change")
    for label, sign in (("More than last year", ">"), ("Less than last year", "<")):
        test = rows["change"] > 0 if sign == ">" else rows["change"] < 0
        held = int(test.sum())
        figure = Figure(None if cells is None else f'COUNTIF({cells},"{sign}0")', Decimal(held))
        yield Answered(HeadlineRow(label, figure.value, counts=True), figure)


def _checks(book: AnswerBook, rows: pl.DataFrame) -> Iterator[LiveCheck]:
    """Hold last year's amounts and their changes to this year's, row by row."""
    last, change, share = (
        book.column(_SHEET, name) for name in ("last_year", "change", "change_percent")
    )
    if last and change and share:
        held = Decimal(rows.filter(pl.col("change_percent").is_not_null()).height)
        # A percentage is rounded to a tenth: half of it is lost.
        test = f"({last}<>0)*ISNUMBER({share})"
        right = f"SUMPRODUCT({test}*(ABS({share}*{last}-100*{change})<=0.0501*ABS({last})))"
        said = "Guide: rows whose change in percent is their change"
        yield must_agree(
            said, Figure(f"COUNT({share})", held), Figure(right, held), _SHEET, counts=True
        )


def _about(heading: str, remarks: Sequence[str], releases: Sequence[Release]) -> AboutText:
    return AboutText(
        title="About this guide",
        facts=[("Made by", f"payrules {__version__}"), ("Looked up in", heading)],
        sources=[
            ("Fee schedule", f"{each.name}/{file}", _span(each), sha256)
            for each in releases
            for file, sha256 in each.files.items()
        ],
        notes=[f"{each.name}: {each.source}" for each in releases],
        assumptions=_ASSUMED,
        left_out=remarks,
    )


def _span(release: Release) -> str:
    return f"{release.effective_from} to {release.effective_to}"


def _table(rows: pl.DataFrame, note: str) -> RowTable:
    columns = []
    headings = headings_of(rows.columns)
    for name, kind in rows.schema.items():
        shown: Format = _FORMATS.get(name, "money" if kind.is_decimal() else "text")
        told = Column(name, headings[name], shown, _LABEL if name == "label" else 10)
        columns.append(Column(name, told.heading, shown, max(told.width, widest(told, rows[name]))))
    return RowTable(
        name="guide", frame=rows, columns=columns, frozen=1, wrapped={"label": _LABEL}, note=note
    )
