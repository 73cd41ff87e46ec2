"""Workbooks of what payers paid: the answer, sums that add up, a sheet for each table, checks.

What the first page says is held by formulas to the sheets, as an answer book's is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.frozen import frozen
from payrules.workbook.about import AboutText
from payrules.workbook.answer_book import AnswerBook, Answered, Figure, OfSheet, must_agree
from payrules.workbook.columns import headings_of
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.front import HeadlineRow
from payrules.workbook.words import capital
from payrules.workbook.xlsx.book import Book, made_at, now
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import MOST_ON_PAPER, RowTable, widest, width_on_paper
from payrules.workbook.xlsx.styles import lines_needed
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

FRONT = "Summary"
#: The columns of the first page: the margin, words, the amount, and what stands beside it.
_PAGE = (2.0, 64.0, 18.0, 16.0, 12.0, 16.0)
#: So many rows of blocks stand on one page.
_ON_A_PAGE = 45

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
    "coverage_cites": 50.0,
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
#: Columns that wrap where they are printed and would be cut: codes, and causes of long names.
_WRAPPED_ON_PAPER = {"payer_codes": 21.0, "variance_cause": 18.0}
_WIDEST_ID, _WIDEST_TEXT = 28, 24
#: How wide a letter of a heading is, in digits.
_BOLD = 1.2
#: Of a note on the first page: characters of a line, and how high one is, in points.
_A_LINE, _LINE_HEIGHT = 140, 13.5
_NO_ROWS = "No rows."
#: Money whose sum says nothing: both sides of a check, and a claim's sum on each of its lines.
_NOT_ADDED_UP = frozenset(("left", "right", "claim_underpaid_amount"))
#: A payment that was handed in before is listed again, and is money once.
_HANDED_IN_BEFORE = ("status", "duplicate")
_COUNTED_ONCE = "Sums leave out what was handed in before (status duplicate)."


@frozen
class Fact:
    """A line of the first page: words, an amount or a count; `last` is a sum's, ruled off.

    `of` says what of the sheets gives the figure, where one of them does.
    """

    words: str
    value: Decimal | int | str
    last: bool = False
    of: OfSheet | None = None


@frozen
class PageBlock:
    """A part of the first page: its heading and facts; one that `must_be_zero` shows whether.

    The facts above a `last` one add up to it; what stands under it is what they leave.
    """

    heading: str
    facts: Sequence[Fact]
    must_be_zero: str = ""


@frozen
class PaidAnswer:
    """What a workbook of payments says first: its title, of what, and the answer row by row.

    `failed` says of the files' own checks how many fail, and where they stand; "" where none does.
    """

    title: str
    said: Sequence[str]
    rows: Sequence[tuple[HeadlineRow, OfSheet | None]]
    about: AboutText
    failed: str = ""


def write_paid_book(
    path: Path,
    answer: PaidAnswer,
    blocks: Sequence[PageBlock],
    tables: Mapping[str, pl.DataFrame],
    *,
    notes: Sequence[str] = (),
    sheet_notes: Mapping[str, str] | None = None,
    printed: Mapping[str, Sequence[str]] | None = None,
    counted: Mapping[str, Collection[str]] | None = None,
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write a workbook whole: the answer, `blocks` and `notes`, each table, checks, About.

    `printed` names the columns of a table that fit on paper: they come first, and the others are on
    the sheet only; `counted` names those of its counts that a total adds up. A table of more rows
    than a sheet takes goes to a Parquet file beside the workbook. Raises ReportError for a path
    that cannot be used.
    """
    printed = printed or {}
    tables = {
        name: frame.select(*printed.get(name, ()), pl.exclude(printed.get(name, ())))
        for name, frame in tables.items()
    }
    with place_of(
        Path(path),
        tables,
        totals=set(tables),
        noted=sheet_notes or {},
        force=force,
        row_limit=row_limit,
    ) as place:
        made = Book(made_at(now()), title=answer.title, author="payrules", category="Remittances")
        paid = _PaidBook(AnswerBook(made, place, FRONT, _PAGE))
        paid.sheets(place, sheet_notes or {}, printed, counted or {})
        differences = paid.write(answer, blocks, notes)
        made.save(place.unfinished)
    return place.written(differences)


class _PaidBook:
    """The workbook of one set of payments being written."""

    def __init__(self, book: AnswerBook) -> None:
        self._book, self._front = book, book.front
        self._checks: list[LiveCheck] = []

    def sheets(
        self,
        place: WorkbookPlace,
        sheet_notes: Mapping[str, str],
        printed: Mapping[str, Sequence[str]],
        counted: Mapping[str, Collection[str]],
    ) -> None:
        """Add a sheet for each table."""
        for name, frame in place.frames.items():
            said = [sheet_notes.get(name, ""), "" if frame.height else _NO_ROWS]
            note = " ".join(each for each in said if each)
            many = len(printed[name]) if name in printed else None
            added_up = counted.get(name, ())
            self._book.rows(name, as_rows(name, frame, note, printed=many, counted=added_up))

    def write(
        self, answer: PaidAnswer, blocks: Sequence[PageBlock], notes: Sequence[str]
    ) -> list[str]:
        """Write the first page, checks and About; gives the checks that do not read 0."""
        front, styles = self._front, self._book.styles
        front.opening(answer.title, answer.said)
        front.failed(answer.failed)
        self._book.answer(
            [Answered(row, None if of is None else self._tallied(of)) for row, of in answer.rows]
        )
        for block in blocks:
            front.section(block.heading, 1, front.last_column)
            self._checks += self._block(block)
            front.row += 1
        for said in notes:
            # Merged, for a printed page is no wider: a longer sentence goes on in its row.
            front.page.set_row(front.row, _LINE_HEIGHT * (len(said) // _A_LINE + 1))
            front.over(1, front.last_column, said, styles.advice())
            front.row += 1
        one_page = sum(len(block.facts) + 2 for block in blocks) <= _ON_A_PAGE
        return self._book.finish(self._checks, answer.about, one_page=one_page)

    def _tallied(self, of: OfSheet) -> Figure | None:
        """Give the figure of a sheet; None where the sheet has no such column (privacy)."""
        columns = {*self._book.place.frames[of.sheet].columns}
        named = {*of.where, *of.but, *([of.column] if of.column else [])}
        return self._book.tallied(of) if named <= columns else None

    def _block(self, block: PageBlock) -> Iterator[LiveCheck]:
        """Write the facts of a block, sums and what they leave as formulas; gives its checks."""
        front, styles = self._front, self._book.styles
        first = front.row
        above, whole = Figure(None, Decimal(0)), Figure(None, Decimal(0))
        is_summed = False
        for fact in block.facts:
            needed = 1 if fact.last else lines_needed(fact.words, _PAGE[1])
            off = 3 if front.row == first else 0  # from the rule above the first
            front.page.set_row(front.row, 22 if fact.last else 16 * needed + off)
            told = capital(fact.words)
            style = styles.words(strong=True) if fact.last else styles.cell("text", wrap=True)
            front.text(1, told, style)
            if isinstance(fact.value, str):
                front.text(2, fact.value, styles.words(strong=fact.last))
                front.row += 1
                continue
            value, cell = Decimal(fact.value), front.cell(2)
            counts = not isinstance(fact.value, Decimal)
            style = styles.headline(strong=fact.last, counts=counts)
            of, said = block.heading, f"{block.heading}: {fact.words}"
            if is_summed:
                # What stands under a sum is what is left between it and what is above it.
                left = whole - above
                front.formula(2, str(left.formula), value, style)
                yield LiveCheck(said, cell, None, value, Decimal(0), of, counts)
            else:
                front.number(2, value, style)
            if fact.words == block.must_be_zero:
                front.flag_differences(front.row, 2, front.row)
            if fact.of is not None and (figure := self._tallied(fact.of)) is not None:
                shown = Figure(cell, value)
                yield must_agree(f"{said}, as its sheet has it", shown, figure, of, counts=counts)
            if fact.last:
                is_summed, whole = True, Figure(cell, value)
                if front.row > first:
                    area = f"{front.cell(2, first)}:{front.cell(2, front.row - 1)}"
                    above = Figure(f"ROUND(SUM({area}),2)", above.value)
                yield from self._adds_up(block, said, above, whole, counts=counts)
            elif not is_summed:
                above = Figure(None, above.value + value)
            front.row += 1

    def _adds_up(
        self, block: PageBlock, said: str, above: Figure, whole: Figure, *, counts: bool
    ) -> Iterator[LiveCheck]:
        """Hold a sum to the facts above it, where no fact under it shows what they leave."""
        if block.facts[-1].last and above.formula is not None:
            yield must_agree(f"{said}, added up", above, whole, block.heading, counts=counts)


def as_rows(
    name: str,
    frame: pl.DataFrame,
    note: str = "",
    *,
    printed: int | None = None,
    counted: Collection[str] = (),
) -> RowTable:
    """Give a table as it is written: amounts added up, sentences wrapped, claims kept in sight.

    The counts that are `counted` are added up, too. `printed` says how many of its columns are
    printed, and are as narrow as paper wants it.
    """
    columns = []
    headings = headings_of(frame.columns)
    amounts = {*counted} & {*frame.columns}
    wrapped = {**_SENTENCES, **(_cut_on_paper(frame) if printed else {})}
    for column, kind in frame.schema.items():
        shown = _format(column, kind)
        # Of a column without an amount there is no total: 0.00 would be one.
        if shown == "money" and column not in _NOT_ADDED_UP and frame[column].count():
            amounts.add(column)
        # A long word of a heading would break within it.
        word = max(map(len, headings[column].split()), default=0) * _BOLD
        usual = max(_WIDTHS.get(shown, 16), word)
        width = usual if printed is None else _ON_PAPER.get(column, usual)
        if column == "claim_id" and frame.height:
            width = max(width, min(_longest(frame[column]) + 2, _WIDEST_ID))
        if column in frame.columns[:printed] and column not in wrapped:
            width, wraps = width_on_paper(frame[column], width, _WIDEST_TEXT)
            wrapped |= {column: width} if wraps else {}
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
        wrapped={each: width for each, width in wrapped.items() if each in frame.columns},
        added_up=frozenset(amounts) if frame.height and amounts else None,
        not_counted=_HANDED_IN_BEFORE if is_repeated else None,
        note=" ".join(each for each in (note, _COUNTED_ONCE * is_repeated) if each),
        printed=printed,
    )


def _cut_on_paper(frame: pl.DataFrame) -> dict[str, float]:
    """Give the printed columns some of whose texts are longer than they are wide."""
    if frame.height > MOST_ON_PAPER:
        return {}
    return {
        name: width
        for name, width in _WRAPPED_ON_PAPER.items()
        if name in frame.columns and _longest(frame[name]) > width
    }


def _longest(texts: pl.Series) -> int:
    return max((len(each or "") for each in texts.unique()), default=0)


def _frozen(names: Collection[str]) -> int:
    """Keep in sight what names a row: the claim and its line, else the first column."""
    first = list(names)[:2]
    return 2 if first == ["claim_id", "claim_line_number"] else 1


def _format(column: str, kind: pl.DataType) -> Format:
    if kind.is_decimal():
        if column.endswith("_percent"):
            return "tenths"
        return "quantity" if column.endswith("_quantity") else "money"
    if kind == pl.Date:
        return "date"
    if kind.is_integer() or column == "claim_line_number":  # of rejects as it came: mostly a number
        return "integer"
    return "code" if column.endswith(("_code", "_id", "_number")) else "text"
