"""Dates and amounts that may be read in two ways: the file stops with the question.

A rejected row may prove that a file is written otherwise than it is read: 25/03/2026 is day first,
185,00 has a decimal comma. Then a value that reads well in both ways, 03/04/2026 or 1.200, is no
date and no amount but a question. Files without such a row cost nothing.

Decision: who says that a file's amounts have a decimal comma says that it was not written as in the
United States. Its 03/04/2026 is a question then too, unless another of its days is month first.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from payrules.claims.checks.cells import DATES
from payrules.claims.checks.numbers import DECIMAL_COMMA, WITH_DECIMALS
from payrules.claims.columns import shown
from payrules.claims.days_written import day_first_of, either_of, is_month_first, typed_day_of
from payrules.claims.sheet import Sheet
from payrules.errors import ClaimsError

#: 1.200 and 1,200: a thousand and two hundred, or one and two tenths.
_EITHER_AMOUNT = r"^[\s$(+-]*[0-9]{1,3}[.,][0-9]{3}\s*\)?\s*$"


class Evidence(NamedTuple):
    """A rejected row's date that is day first, and number that has a decimal comma; or None.

    `writes_commas`: amounts are told to have one, and days are not told; `month_first`: a day is.
    """

    day_first: str | None = None
    decimal_comma: str | None = None
    writes_commas: bool = False
    month_first: bool = False

    @property
    def asks_days(self) -> bool:
        """Tell whether a day that reads well in both ways is a question."""
        return self.day_first is not None or (self.writes_commas and not self.month_first)

    def __bool__(self) -> bool:
        """Tell whether anything is a question."""
        return self.asks_days or self.decimal_comma is not None

    def __or__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            self.day_first or other.day_first,
            self.decimal_comma or other.decimal_comma,
            self.writes_commas or other.writes_commas,
            self.month_first or other.month_first,
        )


def evidence_of(sheet: Sheet, faulty: pl.Series) -> Evidence:
    """Find what a file's rejected rows, and its decimal commas, prove of how it is written."""
    writes_commas = sheet.form.decimal == "," and sheet.form.date_format is None
    if not faulty.any() and not writes_commas:
        return Evidence()
    day_first = (
        day_first_of(cells.filter(faulty))
        for _, cells in _texts(sheet, DATES)
        if sheet.form.date_format is None
    )
    commas = (
        _first(cells.filter(faulty), DECIMAL_COMMA)
        for _, cells in _texts(sheet, WITH_DECIMALS)
        if sheet.form.decimal is None
    )
    month_first = writes_commas and any(is_month_first(days) for _, days in _texts(sheet, DATES))
    proofs = (next(filter(None, day_first), None), next(filter(None, commas), None))
    return Evidence(*proofs, writes_commas, month_first)


def ask(sheet: Sheet, evidence: Evidence) -> None:
    """Raise ClaimsError where a date or an amount may be read in two ways, in this light."""
    proof = _no_year(evidence.day_first)
    written = (
        f"its dates are written day first ({proof}), or month first:"
        if evidence.day_first
        else "its amounts have a decimal comma, so its dates may be day first, or month first:"
    )
    for heading, cells in _texts(sheet, DATES) if evidence.asks_days else ():
        either = either_of(cells)
        if either is not None:
            form = _form_of(either)
            raise ClaimsError(
                f"{sheet.name}: {written}"
                f" {_no_year(either)}, under '{shown(heading)}', may be either. Say which in the"
                f' columns file (--columns), under [file]: date_format = "{form}", or "'
                f'{form.replace("DD", "_").replace("MM", "DD").replace("_", "MM")}".'
            )
        in_workbook = sheet.reading.sheet is not None and evidence.day_first is not None
        typed = typed_day_of(cells) if in_workbook else None
        if typed is not None:
            raise ClaimsError(
                f"{sheet.name}: under '{shown(heading)}' stand texts that are written day first"
                f" ({proof}) and days as {_no_year(typed)}, which a spreadsheet may have"
                " read month first from the same export. Export it again with dates as 2026-12-31,"
                " or as CSV."
            )
    for heading, cells in _texts(sheet, WITH_DECIMALS) if evidence.decimal_comma else ():
        amount = _first(cells, _EITHER_AMOUNT)
        if amount is not None:
            raise ClaimsError(
                f"{sheet.name}: it has a number with a decimal comma ({evidence.decimal_comma}),"
                f" and {amount}, under '{shown(heading)}', may be thousands or a decimal fraction."
                ' Say which in the columns file (--columns), under [file]: decimal = ",", or ".".'
            )


def _texts(sheet: Sheet, names: Iterable[str]) -> list[tuple[str, pl.Series]]:
    """Give the columns of these names that are text, as they came, each with its heading.

    What the columns file makes of other columns is as it is made, under our name. The cells are
    called by our names, for polars takes some headings for patterns.
    """
    there = {}
    for ours in sorted(names):
        if ours in sheet.as_made:
            there[ours] = sheet.as_made[ours].alias(ours)
        elif ours in sheet.matched:
            cells = sheet.frame.get_column(sheet.matched[ours])
            there[sheet.matched[ours]] = cells.alias(ours)
    return [(heading, cells) for heading, cells in there.items() if cells.dtype == pl.String]


def _first(cells: pl.Series, shape: str) -> str | None:
    found = cells.filter(cells.str.contains(shape))
    return None if found.is_empty() else str(found[0]).strip()


def _no_year(day: str | None) -> str:
    """Show a day without its year: where columns have slid it may be a date of birth."""
    return re.sub("[0-9]{4}|[0-9]{2}$", "…", day or "")


def _form_of(day: str) -> str:
    """Write the form of a date of three numbers, day first: DD/MM/YYYY."""
    separator = "-" if "-" in day else "/"
    year = "YYYY" if len(day.rpartition(separator)[2]) > 2 else "YY"
    return separator.join(("DD", "MM", year))
