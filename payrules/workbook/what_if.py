"""The what-if workbook: the answer, bridges drawn, every table behind them, checks, About."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from payrules.runs.who_paid import as_named
from payrules.runs.x12 import not_whole
from payrules.scenarios.answer import Answer, by_payer_in_dollars, dollars_of
from payrules.scenarios.contracts import HEADS, SHARES
from payrules.workbook import about
from payrules.workbook.answer_book import AnswerBook
from payrules.workbook.coinsurance import ON_FILE, in_a_sentence, open_of
from payrules.workbook.columns import headings_of
from payrules.workbook.figures.cuts import named_cuts_of
from payrules.workbook.what_if_about import about_of, of_chains
from payrules.workbook.what_if_answer import (
    BEYOND,
    BOTH_PRICE,
    CONTRACT_LINES,
    ON_BOTH,
    ON_OTHERS,
    TORNADO,
    WITH_AMOUNT,
    answer_of,
    checks_of,
    title_of,
)
from payrules.workbook.what_if_front import WhatIfFront, bars_in_words
from payrules.workbook.what_if_lines import lines_of
from payrules.workbook.what_if_totals import measured, totals_of
from payrules.workbook.what_if_words import MEASURED, titled, with_words
from payrules.workbook.xlsx.book import Book
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest, width_on_paper
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

FRONT = "What if"
#: So many charts are legible on one page.
_ON_A_PAGE = 3
_WIDTHS: dict[Format, float] = {"money": 14, "percent": 9, "integer": 9, "text": 24}
#: No title of a scenario makes its column wider.
_WIDEST_TITLE = 44
#: Nor a text that of a column without sentences.
_WIDEST_TEXT = 32
#: Columns of words that wrap.
_WORDS = {
    "contract": 48.0,
    "reason_after": 60.0,
    "before_detail": 48.0,
    "after_detail": 48.0,
    "cites": 48.0,
}
#: So many steps of chains are printed, those of the largest effects: they fill a page.
_CHAINS_PRINTED = 18
#: Sheets of what payers pay, in which a share of the patients' that no file says stands.
_OF_OPEN_SHARES = frozenset(("Contracts", "Terms"))
#: Columns that are headed by more than their name.
_HEADINGS = {
    **{sheet: {"share": "Change, %"} for sheet in ("Totals", "Groups", "Rules")},
    "Places": {"place_of_service_code": "Place of service"},
    "Sweep": {"allowed_change": "Change of allowed"},
    "Terms": {"change": "Change of allowed", "paid_change": "Change of payment"},
    "Contracts": {
        "change": "Against the first",
        "both_change": f"Against the first, {ON_BOTH}",
        "others_change": f"Against the first, {ON_OTHERS}",
        "priced": WITH_AMOUNT,
        "priced_by_both": BOTH_PRICE,
    },
}
#: Columns that stay in sight: the scenario, and of a line its claim and number.
_LINE = ["scenario", "claim_id", "claim_line_number"]
#: Columns of lines that are printed, the first on the sheet.
_PRINTED = (
    *("scenario", "claim_id", "claim_line_number", "claim_line_start_date"),
    *("hcpcs_code", "modifiers", "status", "allowed_amount"),
    *("hcpcs_code_after", "modifiers_after", "status_after", "allowed_amount_after", "change"),
)


def write_whatif(
    answered: Answer, path: Path, *, force: bool = False, row_limit: int = ROW_LIMIT
) -> Written:
    """Write an answer as a workbook; nothing is left half-written or overwritten without `force`.

    A sheet that would hold more rows than Excel takes goes to a Parquet file beside the workbook,
    and the sheet says so. Raises ReportError for a path that cannot be used.
    """
    tables = _tables(answered)
    with place_of(Path(path), tables, force=force, row_limit=row_limit) as place:
        differences = _write(answered, place)
    return place.written(differences)


def _write(answered: Answer, place: WorkbookPlace) -> list[str]:
    """Write the sheets; gives the checks that do not read 0."""
    run = answered.record
    made = Book(about.stamp(run), title=title_of(answered), author="payrules", category="Estimate")
    book = AnswerBook(made, place, FRONT)
    cuts = named_cuts_of(run)
    patients = MEASURED["patient_amount"]
    if open_of(answered.compared):
        patients = ON_FILE.format(patients)
    headings = {"cuts": cuts, "cuts_amount": cuts, "beyond_amount": BEYOND}
    of_sheet = {
        "Contracts": {"patient_amount": patients},
        "Sweep": {"beyond_amount": "Patients owe beyond it"},
    }
    of_sheet["Sweep"]["patient_amount"] = measured(answered)["patient_amount"]
    if answered.comparisons and measured(answered) != MEASURED:
        owed = headings_of(("patient_amount", "patient_amount_after"))
        of_sheet["Lines"] = {each: ON_FILE.format(words) for each, words in owed.items()}
    for name, frame in place.frames.items():
        headed = headings | of_sheet.get(name, {})
        book.rows(name, _as_rows(name, frame, _note(name, answered), headed))
    days = answered.base.batch.lines["service_date"]
    said = (about.in_words_of(run, days), about.made_in_words(run))
    book.front.opening(title_of(answered), said)
    book.front.failed(not_whole(run.x12))
    book.answer(answer_of(book, answered))
    WhatIfFront(book, answered).write()
    parts = [*answered.comparisons, *answered.bars, answered.sweep, answered.contracts]
    one_page = sum(each is not None for each in parts) <= _ON_A_PAGE
    differences = book.finish(checks_of(book, answered), about_of(answered), one_page=one_page)
    made.save(place.unfinished)
    return differences


def _tables(answered: Answer) -> dict[str, pl.DataFrame]:
    """Give what stands on each sheet of rows, in their order."""
    tables: dict[str, pl.DataFrame] = {}
    if answered.comparisons:
        lines = lines_of(answered).with_columns(
            _change_of("allowed_amount", "allowed_amount_after")
        )
        printed = [*_PRINTED]
        if "payer" in lines.columns:
            printed.insert(len(_LINE) + 1, "payer")
        tables |= {
            "Totals": totals_of(answered),
            "Bridge": answered.bridge,
            "Groups": answered.groups,
            "Rules": answered.rules,
            "Lines": lines.select(*printed, pl.exclude(printed)),
        }
        statuses = lines.filter(pl.col("status") != pl.col("status_after"))
        if statuses.height:  # else About says that no line has another
            tables["Statuses"] = statuses.select(answered.statuses.columns)
        tables["Chains"] = answered.largest_chains
    if answered.sweep is not None:
        swept = dollars_of(answered.sweep[1])
        allowed, beyond, paid, owed = (
            pl.col(f"{each}_amount") for each in ("allowed", "beyond", "medicare", "patient")
        )
        tables["Sweep"] = swept.with_columns(
            pl.col("value").cast(pl.Decimal(38, 6)),
            cuts=allowed + beyond - paid - owed.fill_null(0),
        )
        if not (swept["beyond_amount"] != 0).any():
            tables["Sweep"] = tables["Sweep"].drop("beyond_amount")
    for measure, bars in answered.bars.items():
        tables[TORNADO[measure]] = bars_in_words(dollars_of(bars))
    if answered.contracts is not None:
        tables |= {
            "Contracts": dollars_of(answered.contracts.ranking),
            "Families": by_payer_in_dollars(answered.contracts.families),
            "Places": by_payer_in_dollars(answered.contracts.places),
            "Terms": dollars_of(answered.contracts.terms),
            CONTRACT_LINES: by_payer_in_dollars(answered.contracts.lines),
        }
    return {name: with_words(name, titled(answered, frame)) for name, frame in tables.items()}


def _note(name: str, answered: Answer) -> str:
    """Say what stands above the headings of a sheet."""
    if name == "Chains":
        return of_chains(answered)
    return in_a_sentence(open_of(answered.compared)) if name in _OF_OPEN_SHARES else ""


def _change_of(before: str, after: str) -> pl.Expr:
    """Give the change of lines that have an amount before or after; others have none."""
    return pl.when(pl.any_horizontal(pl.col(before, after).is_not_null())).then("change")


def _as_rows(name: str, frame: pl.DataFrame, note: str, headed: Mapping[str, str]) -> RowTable:
    """Give a table of an answer as it is written; `headed` by what this answer has."""
    columns = []
    wraps = {each: width for each, width in _WORDS.items() if each in frame.columns}
    headings = headings_of(frame.columns) | _HEADINGS.get(name, {})
    headings |= {each: words for each, words in headed.items() if each in frame.columns}
    if name in {"Families", "Places", CONTRACT_LINES}:
        # A payer's column is headed as the payer is named.
        headings |= {each: _of_payers(each) for each in frame.columns if each not in HEADS}
    if name in TORNADO.values():
        headings |= {
            "term": "Place in a payer file",
            "what": "What is moved",
            "low": "Its value, a tenth less",
            "high": "Its value, a tenth more",
            "low_change": "Change, a tenth less",
            "high_change": "Change, a tenth more",
        }
    for column, kind in frame.schema.items():
        shown = _format(column, kind)
        if column in {"low", "high"}:
            shown = "factor"  # most are numbers; what is none stays text
        width = _WORDS.get(column, _WIDTHS.get(shown, 16))
        if column == "scenario":
            longest = max(map(len, frame[column].unique().drop_nulls()), default=0)
            width = min(max(width, longest), _WIDEST_TITLE)
            wraps |= {column: width} if longest > _WIDEST_TITLE else {}
        elif column not in wraps and name != "Chains":
            width, goes_on = width_on_paper(frame[column], width, _WIDEST_TEXT)
            wraps |= {column: width} if goes_on else {}
        told = Column(column, headings[column], shown, width)
        width = max(told.width, widest(told, frame[column]))
        columns.append(Column(column, told.heading, shown, width))
    return RowTable(
        name=f"what_if_{name.lower().replace(' ', '_')}",
        frame=frame,
        columns=columns,
        printed=len(_PRINTED) + ("payer" in frame.columns) if name == "Lines" else None,
        frozen=3 if frame.columns[:3] == _LINE else 1,
        wrapped=wraps,
        note=note,
        on_paper=name != "Chains",
        first_on_paper=_CHAINS_PRINTED,
    )


def _of_payers(column: str) -> str:
    """Head a column of a payer, of two held against each other, or of who pays what one allows."""
    payer, colon, share = column.rpartition(": ")
    if share in SHARES.values():
        return f"{as_named(payer)}{colon}{share}"
    return ", against ".join(map(as_named, column.split(", against ")))


def _format(column: str, kind: pl.DataType) -> Format:
    if column == "share":
        return "percent"
    if kind.is_decimal():
        return "factor" if column in {"volume", "value"} else "money"
    if kind == pl.Date:
        return "date"
    if kind.is_integer():
        return "integer"
    return "code" if column.endswith(("_code", "_id")) else "text"
