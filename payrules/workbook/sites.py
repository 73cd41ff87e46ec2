"""The workbook of a batch at each site: the answer, encounters, both sides' lines, what is open."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.counted import counted
from payrules.facility.sites import SITE_WORDS
from payrules.runs.causes import causes_of
from payrules.runs.facility_side import BOTH_SIDES, FacilitySide, in_dollars
from payrules.runs.x12 import not_whole
from payrules.scenarios.sites import AS_BILLED, AT_WORDS, SitesCompared
from payrules.workbook import about
from payrules.workbook.about import (
    ASSUMPTIONS,
    AboutText,
    facts_of,
    of_run,
    sources_of,
    sources_of_rates,
)
from payrules.workbook.answer_book import AnswerBook, Answered, Figure, must_agree, of_cents
from payrules.workbook.columns import FACILITY_COLUMNS, heading_of
from payrules.workbook.facility_tables import lines_shown, steps_shown, without_shown
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.front import LAST_COLUMN, HeadlineRow
from payrules.workbook.xlsx.book import Book
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest, width_on_paper
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

FRONT = "Sites"
TITLE = "The same services at each site"
_ASSUMED = (
    "Facilities are paid national Medicare rates, adjusted by the wage index you gave: what a"
    " hospital or surgical center is paid in the end, outliers and pass-through payments change.",
    "A batch is priced once for each site with the place of service changed. In a facility a test"
    " is billed with 26, in an office whole; drugs and supplies are the facility's.",
    "Only encounters of which every part is settled at every site are in the sums.",
)
#: What of a facility's line fits on paper, the first on the sheet: as in the estimate, and where.
_PRINTED = (
    *("at", "encounter_id", "claim_id", "claim_line_number", "hcpcs_code", "facility_code"),
    *("modifiers", "units", "indicator", "status", "rate_amount", "unit_amount", "amount"),
    "reason",
)
_WIDEST_TEXT = 24
_SENTENCES = ("why", "reason", "detail", "cites", "why_none", "note")


def write_sites_book(
    compared: SitesCompared, path: Path, *, force: bool = False, row_limit: int = ROW_LIMIT
) -> Written:
    """Write a comparison of sites as a workbook; ReportError for a path that cannot be used.

    A sheet that would hold more rows than Excel takes goes to a Parquet file beside the workbook,
    and the sheet says so.
    """
    tables = _tables(compared)
    with place_of(Path(path), tables, force=force, row_limit=row_limit) as place:
        differences = _write(compared, place)
    return place.written(differences)


def _write(compared: SitesCompared, place: WorkbookPlace) -> list[str]:
    """Write the sheets; gives the checks that do not read 0."""
    run = compared.base.record
    made = Book(about.stamp(run), title=TITLE, author="payrules", category="Estimate")
    book = AnswerBook(made, place, FRONT)
    for name, frame in place.frames.items():
        book.rows(name, _as_rows(name, frame))
    days = compared.base.batch.lines["service_date"]
    book.front.opening(TITLE, (about.in_words_of(run, days), about.made_in_words(run)))
    book.front.failed(not_whole(run.x12))
    book.answer([*_answer(book, compared)])
    _below(book, compared)
    differences = book.finish([*_checks(book, compared)], _about(compared), one_page=True)
    made.save(place.unfinished)
    return differences


def _tables(compared: SitesCompared) -> dict[str, pl.DataFrame]:
    """Give what stands on each sheet of rows, in their order."""
    return {
        "Totals": in_dollars(compared.totals.with_columns(pl.col("at").replace(AT_WORDS))),
        "Encounters": _encounters(compared),
        "Lines": compared.told_lines.with_columns(pl.col("at", "site").replace(AT_WORDS)),
        "Facility lines": _at_each(compared, lines_shown).select(*_PRINTED, pl.exclude(_PRINTED)),
        "Facility steps": _at_each(compared, steps_shown),
        "No facility line": _at_each(compared, without_shown),
        "Not settled": compared.open.with_columns(pl.col("at").replace(AT_WORDS)),
    }


def _at_each(
    compared: SitesCompared, shown: Callable[[FacilitySide], pl.DataFrame]
) -> pl.DataFrame:
    """Put a table of the facility's side at every site together."""
    return pl.concat(
        shown(side).select(pl.lit(AT_WORDS[name]).alias("at"), pl.all())
        for name, side in compared.sides.items()
    )


def _encounters(compared: SitesCompared) -> pl.DataFrame:
    """Give a row for each encounter at each site, those of an encounter under one another."""
    parts = []
    for place, name in enumerate(compared.sides):
        parts.append(
            compared.encounters.select(
                *("encounter_id", "claim_id", "service_date"),
                pl.lit(AT_WORDS[name]).alias("at"),
                pl.col("site").replace(SITE_WORDS).alias("billed_site"),
                *(pl.col(f"{name}_{amount}").alias(amount) for amount in BOTH_SIDES),
                pl.when("compared").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("compared"),
                pl.when("moves")
                .then(pl.col(f"{name}_why").list.join("; ").replace("", None))
                .otherwise(pl.lit("stays where it is"))
                .alias("why"),
                pl.lit(place).alias("_place"),
            )
        )
    told = pl.concat(parts).sort("encounter_id", "_place").drop("_place")
    return in_dollars(told.rename({"service_date": "claim_line_start_date"}))


def _answer(book: AnswerBook, compared: SitesCompared) -> Iterator[Answered]:
    """Say first what the encounters come to at each site, and what changes against as billed."""
    for each in compared.totals.iter_rows(named=True):
        name = each["at"]
        if each["total_amount"] is None:  # no encounter is compared: the next row says so
            continue
        words = "as the batch bills them"
        if name != AS_BILLED:
            words = f"{of_cents(each['total_change']):+,.2f} against as billed"
        label = f"Practitioner and facility, {AT_WORDS[name]}"
        yield Answered(
            HeadlineRow(label, of_cents(each["total_amount"]), words, strong=name == AS_BILLED),
            book.sum("Encounters", "total_amount", at=AT_WORDS[name], compared="yes"),
        )
    within, every = int(compared.encounters["compared"].sum()), compared.encounters.height
    words = f"of {every:,}; the others are in no sum"
    if not within:
        words = f"none of {every:,} is settled at every site: nothing is compared, see Not settled"
    row = HeadlineRow(
        "Encounters compared",
        Decimal(within),
        words,
        strong=not within,
        after_space=True,
        counts=True,
    )
    yield Answered(row, book.count("Encounters", at=AT_WORDS[AS_BILLED], compared="yes"))
    rejects = compared.base.batch.rejects.height
    if rejects:
        words = "not priced: no figure here counts them; see About"
        row = HeadlineRow("Rejected rows", Decimal(rejects), words, counts=True)
        yield Answered(row, Figure(None, Decimal(rejects)))


def _below(book: AnswerBook, compared: SitesCompared) -> None:
    """Write the sites side by side, who gains and who pays, and what is to be known of both."""
    front = book.front
    names = [FACILITY_COLUMNS[name].heading for name in BOTH_SIDES]
    for title, end in (("What is allowed", "_amount"), ("Change against as billed", "_change")):
        front.section(title, 1, LAST_COLUMN)
        blank = [""] * (LAST_COLUMN - len(names) - 1)
        kinds = ["text", *("money" for _ in names), *("text" for _ in blank)]
        front.headings(1, ["", *names, *blank], kinds)
        for row in compared.totals.iter_rows(named=True):
            if row["at"] == AS_BILLED and end == "_change":
                continue
            front.text(1, AT_WORDS[row["at"]].capitalize())
            for place, name in enumerate(BOTH_SIDES, 2):
                column = name.replace("_amount", end)
                if row[column] is not None:
                    said = f"{title}, {AT_WORDS[row['at']]}, {FACILITY_COLUMNS[name].heading}"
                    figure = book.sum("Totals", column, at=AT_WORDS[row["at"]])
                    book.show(place, of_cents(row[column]), said, figure)
            front.row += 1
        front.row += 1
    front.section("What it stands on", 1, LAST_COLUMN)
    for sentence in compared.sentences:
        front.sentence(sentence)


def _checks(book: AnswerBook, compared: SitesCompared) -> Iterator[LiveCheck]:
    """Hold totals to encounters, encounters to their parts and to the lines of both sides."""
    for row in compared.totals.iter_rows(named=True):
        words = AT_WORDS[row["at"]]
        of = f"at {words}"
        # Of encounters whose payers are not all known there is no sum to hold anything to.
        for amount in (each for each in BOTH_SIDES if row[each] is not None):
            added = book.sum("Encounters", amount, at=words, compared="yes")
            whole = book.sum("Totals", amount, at=words)
            yield must_agree(
                f"Totals: {FACILITY_COLUMNS[amount].heading.lower()}", whole, added, of
            )
        parts = [
            book.sum("Encounters", amount, at=words, compared="yes") for amount in BOTH_SIDES[:3]
        ]
        yield must_agree("Encounters: both parts are the total", parts[0] + parts[1], parts[2], of)
        facility = book.sum("Facility lines", "amount", at=words)
        listed = book.sum("Lines", "allowed_amount", at=words, side="facility")
        yield must_agree("Facility lines: as among all lines", facility, listed, of)


def _about(compared: SitesCompared) -> AboutText:
    """Give what the About page says: files with hashes, what is assumed, what is not in it."""
    run = compared.base.record
    plan = compared.plan
    planned = (
        []
        if plan is None
        else [("Scenario", name, plan.title, h) for name, h in plan.files.items()]
    )
    said = of_run(
        run,
        "About this comparison",
        facts_of(run),
        [*sources_of(run), *sources_of_rates(compared.rates), *planned],
    )
    rejects = compared.base.batch.rejects
    left_out = [
        f"{counted(each.rows, 'row')}: {each.says} (row {', '.join(each.first)})"
        for each in (causes_of([rejects]) if rejects.height else ())
    ]
    if compared.stay.height:
        places = ", ".join(
            f"{place} ({counted(lines, 'line')})" for place, lines in compared.stay.iter_rows()
        )
        left_out.append(f"Stays where it was, by place of service: {places}.")
    return replace(
        said, assumptions=[*ASSUMPTIONS, *_ASSUMED, *compared.sentences], left_out=left_out
    )


def _as_rows(name: str, frame: pl.DataFrame) -> RowTable:
    """Give a sheet's table as it is written."""
    columns = []
    wrapped: dict[str, float] = {}
    for column, kind in frame.schema.items():
        told = FACILITY_COLUMNS.get(column)
        if told is None:
            shown: Format = "money" if kind.is_decimal() else "text"
            told = Column(column, heading_of(column), shown, 13)
        width = max(told.width, widest(told, frame[column]))
        wraps = column in _SENTENCES
        if not wraps and name != "Facility steps":
            width, wraps = width_on_paper(frame[column], width, _WIDEST_TEXT)
        wrapped |= {column: width} if wraps else {}
        columns.append(replace(told, width=width))
    return RowTable(
        name=f"sites_{name.lower().replace(' ', '_')}",
        frame=frame,
        columns=columns,
        wrapped=wrapped,
        printed=len(_PRINTED) if name == "Facility lines" else None,
        on_paper=name != "Facility steps",
    )
