"""Fills a finance team's own workbook: its named tables get rows, everything else stays theirs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from payrules.counted import counted
from payrules.errors import ReportError
from payrules.files.whole import put_in_place
from payrules.frozen import frozen
from payrules.nearest import nearest
from payrules.rules.coverage import OBJECTIONS
from payrules.runs.results import Estimate
from payrules.workbook import about
from payrules.workbook.accounts import read_accounts
from payrules.workbook.columns import (
    ADJUSTMENT_COLUMNS,
    CHANGED_COLUMNS,
    FACILITY_COLUMNS,
    JOURNAL_COLUMNS,
    LINE_COLUMNS,
    PAID,
    REJECT_COLUMNS,
    REVIEW_COLUMNS,
    grouped_columns,
)
from payrules.workbook.data_files import checks_frame
from payrules.workbook.facility_tables import encounters_shown, lines_shown, steps_shown
from payrules.workbook.figures import Figures
from payrules.workbook.figures.accrual import KEYS
from payrules.workbook.house_source import WHOEVER_PAYS, TableSource, plain
from payrules.workbook.last_pack import read_last
from payrules.workbook.layout import find_layout
from payrules.workbook.tables import fitting
from payrules.workbook.tables import tables_of as tables_of_report
from payrules.workbook.words import in_sheet_words
from payrules.workbook.xlsx import template as xlsx
from payrules.workbook.xlsx.formats import NUMBER_FORMATS, Column
from payrules.workbook.xlsx.template_table import TemplateTable, tables_of
from payrules.workbook.xlsx.written import refuse_overwriting


@frozen
class FilledTable:
    """A table of the template that got rows: what from, and its columns with and without."""

    name: str
    sheet: str
    source: str
    rows: int
    filled: tuple[str, ...]
    calculated: tuple[str, ...]  # the template's own formulas, copied down
    unknown: tuple[str, ...]  # headings that no column of the source has
    nothing: tuple[str, ...]  # headings of ours for which this batch has nothing
    nearest: Mapping[str, str]  # of those, what the source has that looks like it
    others_pay: tuple[str, ...] = ()  # headings that say Medicare of what others pay: left empty


@frozen
class Filled:
    """What a template got: its tables, those payrules has nothing for, and what was lost.

    `not_asked` says of which tables the run was not asked for what they are of, and how to ask.
    """

    path: Path
    tables: tuple[FilledTable, ...]
    not_found: tuple[str, ...]
    lost: tuple[str, ...]
    not_asked: tuple[str, ...] = ()

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
            if each.nothing:
                told.append(f"  nothing in this batch, left empty: {', '.join(each.nothing)}")
            told += [
                f"  '{it}' is left empty, for not Medicare alone pays:"
                f" head it '{WHOEVER_PAYS[1]}' (or '{PAID}')."
                for it in each.others_pay
            ]
            told += [f"  '{it}': the nearest is '{ours}'" for it, ours in each.nearest.items()]
        told += [f"Table {name}: payrules has nothing by that name." for name in self.not_found]
        told += self.not_asked
        told += [f"Not kept from the template: {what}." for what in self.lost]
        return told


def fill_template(
    results: Estimate,
    template: Path,
    path: Path,
    *,
    accounts: str | Path | None = None,
    compare: Sequence[str | Path] = (),
    force: bool = False,
) -> Filled:
    """Fill the named tables of a house workbook and write it to `path`.

    A table is filled when its name is that of a sheet (Lines, Review, By_code …) and its headings
    are ours, as headings or as column names; `accounts` is a file of those that a table Journal
    posts to, `compare` what a table Changed_lines compares with (see `read_last`). Raises
    ReportError when nothing can be filled, or the cells below a table are not free for its rows. It
    holds the workbook in memory: for batches beyond some ten thousand lines, fill grouped tables
    rather than Lines.
    """
    path = Path(path)
    refuse_overwriting([path], force=force)
    book, lost = open_template(template, path)
    last = read_last([Path(each) for each in compare]) if compare else None
    figures = Figures(results, read_accounts(None if accounts is None else Path(accounts)), last)
    known = _sources(figures)
    filled, not_found, not_asked = [], [], []
    there = {plain(table.name) for table in tables_of(book)}
    # Only of this workbook: what else the run writes may show either.
    if compare and "changedlines" not in there:
        told = "has no table Changed_lines: it compares nothing with last time."
        not_asked.append(f"{path.name} {told}")
    if accounts is not None and "journal" not in there:
        not_asked.append(f"{path.name} has no table Journal: it posts to no accounts.")
    for table in tables_of(book):
        source = known.get(letters := plain(table.name))
        if source is None and letters in _NAMES:
            not_asked.append(f"Table {table.name} is left as it was: {_ASKED_BY[letters]}.")
        elif source is None:
            not_found.append(table.name)
        else:
            with xlsx.faults_of(template, f"table {table.name} cannot be filled"):
                filled.append(_fill(table, source))
    with xlsx.faults_of(template, "it cannot be rewritten"):
        held = xlsx.content_of_book(book)
    with put_in_place(path, fault=ReportError) as (unfinished,):
        xlsx.save(held, unfinished, about.stamp(figures.run))
    return Filled(path, tuple(filled), tuple(not_found), tuple(lost), tuple(not_asked))


def open_template(template: Path, path: Path) -> tuple[Any, list[str]]:
    """Open the template of a workbook `path`, and say what of it cannot be kept.

    Raises ReportError when it cannot be read, has no table to fill, or `path` ends otherwise.
    """
    template = Path(template)
    if path.suffix.lower() not in xlsx.ENDINGS or path.suffix.lower() != template.suffix.lower():
        raise ReportError(
            f"{path.name} must end like its template, {template.suffix}; templates are .xlsx or"
            " .xlsm."
        )
    book, lost = xlsx.open_book(template)
    tables = [table.name for table in tables_of(book)]
    if not any(plain(name) in _NAMES for name in tables):
        raise ReportError(
            f"{template.name} has no table payrules can fill; its tables:"
            f" {', '.join(tables) or 'none'}. Name one of: {', '.join(sorted(_NAMES.values()))}."
        )
    return book, lost


#: The tables that a template may have, by the plain letters of their names.
_NAMES = {
    name.replace("_", "").lower(): name
    for name in (
        *("Lines", "Adjustments", "Review", "Rejects", "Bridge", "Checks", "Files", "Accrual"),
        *("By_status", "By_code", "By_claim", "By_practitioner", "By_payer", "By_code_family"),
        *("By_place_of_service", "By_month", "Journal", "Coverage", "Against_paid"),
        *("Facility", "Facility_lines", "Facility_steps", "Changed_lines"),
    )
}
#: How a run is asked for what it does not always have.
_ASKED_BY = {
    **dict.fromkeys(
        ("facility", "facilitylines", "facilitysteps"),
        "the facility's side was not asked for (--facility)",
    ),
    "changedlines": "there are no lines of last time to compare with (--compare)",
}
_GROUPS = {
    "bycode": ("hcpcs_code",),
    "byclaim": ("claim_id", "person_id"),
    "bypractitioner": ("practitioner",),
    "bypayer": ("payer_name",),
    "byplaceofservice": ("place_of_service",),
    "bycodefamily": ("code_family",),
    "bymonth": ("month",),
    "accrual": KEYS,
}


def _sources(figures: Figures) -> dict[str, TableSource]:
    """Give what tables can be filled with, by the plain letters of their names."""
    sources: dict[str, tuple[Callable[[], pl.DataFrame], Mapping[str, Column]]] = {
        "lines": (lambda: figures.lines, LINE_COLUMNS),
        "review": (lambda: figures.to_review, REVIEW_COLUMNS),
        "adjustments": (lambda: figures.adjustments, ADJUSTMENT_COLUMNS),
        "rejects": (lambda: figures.rejects, REJECT_COLUMNS),
        "journal": (lambda: figures.journal, JOURNAL_COLUMNS),
        "bridge": (lambda: _bridge(figures), _BRIDGE_COLUMNS),
        "checks": (lambda: _checks(figures), {}),
        "files": (lambda: figures.by_file, {}),
        "bystatus": (lambda: figures.by_status, LINE_COLUMNS),
        "coverage": (lambda: _objected_to(figures.lines), LINE_COLUMNS),
        "againstpaid": (lambda: _with(figures.lines, *_DIFFERENCES), LINE_COLUMNS),
    }
    for name, keys in _GROUPS.items():
        there = tuple(key for key in keys if key in figures.lines.columns)
        sources[name] = (partial(figures.by, *there), grouped_columns(there))
    side, last = figures.results.facility, figures.last
    if side is not None:
        sources["facility"] = (lambda: encounters_shown(side), FACILITY_COLUMNS)
        sources["facilitylines"] = (lambda: lines_shown(side), FACILITY_COLUMNS)
        sources["facilitysteps"] = (lambda: steps_shown(side), FACILITY_COLUMNS)
    if last is not None and last.lines is not None:
        sources["changedlines"] = (lambda: figures.changed_lines, CHANGED_COLUMNS)
    printed = _printed(figures)
    return {
        name: TableSource(_NAMES[name], *source, printed.get(name, {}), figures.pays)
        for name, source in sources.items()
    }


#: What the Reconciliation heads its checks with, beside the columns' own names.
_CHECKS = {"Reads": "reads", "Of": "of"}
#: The layout whose sheets the tables of a template are named after.
_PACK = "estimate"
#: What the Summary heads its groups with, beside who pays.
_OF_THE_SUMMARY = {
    "Lines": "lines",
    "Charges": "charge_amount",
    "Allowed": "allowed_amount",
    "Patient owes": "patient_amount",
    "Of charges": "allowed_share",
}


def _printed(figures: Figures) -> dict[str, dict[str, str]]:
    """Give the headings that our own sheets print, by the plain letters of the sheets' names.

    Groups have the Summary's besides, where it shows them.
    """
    summary = _OF_THE_SUMMARY | {figures.heading(each): each for each in (PAID, "patient_amount")}
    printed = {name: dict(summary) for name in ("bystatus", *_GROUPS)}
    printed["checks"] = dict(_CHECKS)
    for name, table in tables_of_report(fitting(find_layout(_PACK), figures), figures).items():
        of_sheet = {column.heading: column.name for column in table.columns}
        printed.setdefault(plain(name), {}).update(of_sheet)
    return printed


def _checks(figures: Figures) -> pl.DataFrame:
    """Give the checks of the figures, and what each reads, as the Reconciliation has them."""
    holds = pl.col("difference") == 0
    return checks_frame(figures).with_columns(
        pl.when(holds).then(pl.lit("OK")).otherwise(pl.lit("CHECK")).alias("reads"),
        pl.format("{} / {}", "figure_is", "compared_with_is").alias("of"),
    )


def _bridge(figures: Figures) -> pl.DataFrame:
    """Give the bridge as its page shows it: what is reached is no change."""
    changed = pl.when(pl.col("kind") == "change").then(pl.col("amount"))
    return figures.bridge.with_columns(changed.alias("change"))


#: The columns of a page, by their headings there.
_BRIDGE_COLUMNS = {
    column.name: column
    for column in (
        Column("label", "Step"),
        Column("change", "Change", "money"),
        Column("running_total", "Reached", "money"),
        Column("lines", "Lines", "integer"),
        Column("what", "What it does"),
        Column("cites", "Citation"),
    )
}


#: What a payer allowed and paid otherwise; a cent is none, as on the sheet Against paid.
_DIFFERENCES = ("difference_amount", "paid_difference_amount")
_A_CENT = Decimal("0.01")


def _objected_to(lines: pl.DataFrame) -> pl.DataFrame:
    """Give the lines that a coverage policy objects to."""
    if "coverage_outcome" not in lines.columns:
        return lines.clear()
    return lines.filter(pl.col("coverage_outcome").cast(pl.String).is_in(OBJECTIONS))


def _with(lines: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Give the lines with more than a cent in one of these columns; none where none is there."""
    has = [pl.col(name).abs() > _A_CENT for name in names if name in lines.columns]
    return lines.filter(pl.any_horizontal(has)) if has else lines.clear()


def _fill(table: TemplateTable, source: TableSource) -> FilledTable:
    """Fill a table with the columns of a source that its headings name."""
    frame, nothing = source.whole()
    names = source.names(frame)
    headings = table.headings()
    chosen = _chosen(headings, names)
    formulas = table.formulas(chosen)
    # Where a heading is a column's own name a program reads it, and its cells are names too.
    shown = {name for place, name in chosen.items() if headings[place] != name}
    frame = frame.with_columns(in_sheet_words(frame.select(sorted(shown))))
    table.fill(frame, chosen, _formats(chosen, source))
    empty = [
        heading
        for place, heading in headings.items()
        if place not in chosen and place not in formulas
    ]
    others_pay = tuple(it for it in empty if plain(it) in map(plain, source.of_medicare))
    unknown = tuple(it for it in empty if it not in others_pay)
    return FilledTable(
        name=table.name,
        sheet=table.sheet.title,
        source=source.name,
        rows=frame.height,
        filled=tuple(headings[place] for place in chosen),
        calculated=tuple(headings[place] for place in formulas),
        unknown=unknown,
        nothing=tuple(headings[place] for place, name in chosen.items() if name in nothing),
        nearest=_nearest(unknown, source, names),
        others_pay=others_pay,
    )


def _chosen(headings: Mapping[int, str], names: Mapping[str, str]) -> dict[int, str]:
    """Give the source's column of each heading that names one."""
    return {
        place: names[known]
        for place, heading in headings.items()
        if (known := heading if heading in names else plain(heading)) in names
    }


def _formats(chosen: Mapping[int, str], source: TableSource) -> dict[int, str]:
    """Give our number formats, for the columns that the house gave none."""
    return {
        place: NUMBER_FORMATS[source.columns[column].format]
        for place, column in chosen.items()
        if column in source.columns
    }


def _nearest(
    headings: Iterable[str], source: TableSource, names: Mapping[str, str]
) -> dict[str, str]:
    """Find for each heading the one of the source's that looks like it, where one does."""
    found = {}
    for heading in headings:
        near = nearest(plain(heading), names)
        if near:
            found[heading] = source.heading(names[near[0]])
    return found
