"""A workbook every cell of which is held to what was worked out anew; it knows which were not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Row = dict[str, Any]
#: A wanted cell: its value, or what must hold of it.
Wanted = Any


#: Headings of columns whose cells are names of ours, which sheets show as words.
_NAMED = (
    *("Status", "Status after", "Status, last", "Status, now", "Rule", "Setting", "Schedule"),
    *("Practitioner type", "Variance status", "Variance cause", "Cause confidence", "Action"),
    *("Compared at", "Claim match", "Match method", "Payer allowed source", "What"),
    *("Speaks of", "Check"),
)
_SPELLED = {
    **{"mpfs": "MPFS", "asp": "ASP", "clfs": "CLFS", "crna": "CRNA", "mips": "MIPS"},
    **{"nonfacility": "Non-facility", "claim_id": "Claim", "none": "Not known"},
}


def as_shown(heading: str, value: Any) -> Any:
    """Write a name of ours as sheets show it: "By report", and Medicare with a capital."""
    if value == "medicare" and heading in {"Payer", "Best", "Name"}:
        return "Medicare"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if heading not in _NAMED or not isinstance(value, str):
        return value
    return _SPELLED.get(value) or value[:1].upper() + value[1:].replace("_", " ")


class Ledger:
    """A workbook as a program reads it, and the cells that nothing was held to yet, by sheet."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path, data_only=True)
        self.left: dict[str, set[str]] = {
            sheet.title: {
                cell.coordinate for row in sheet.iter_rows() for cell in row if told(cell.value)
            }
            for sheet in self.book
        }

    def hold(self, sheet: str, cell: Any, wanted: Wanted) -> None:
        """Hold a cell to a value, or to a condition."""
        where = f"{sheet}!{cell.coordinate}"
        if callable(wanted):
            assert wanted(cell.value), (where, cell.value)
        else:
            same(cell.value, wanted, where)
        self.left[sheet].discard(cell.coordinate)

    def table(
        self,
        sheet: str,
        rows: Sequence[Mapping[str, Wanted]],
        totals: Mapping[str, Wanted] | None = None,
        note: Wanted = None,
    ) -> None:
        """Hold the table of a sheet: its headings, every cell of every row, its total row.

        `note` is what must stand above the headings.
        """
        page = self.book[sheet]
        (area,) = page.tables.values()
        headings, *cells = page[area.ref]
        assert bool(area.totalsRowCount) == (totals is not None), sheet
        names = [str(each.value) for each in headings]
        for each in headings:
            assert each.value in {*area.column_names}
            self.left[sheet].discard(each.coordinate)
        if note is not None:
            self.hold(sheet, page["A1"], note)
        wanted = [*rows, *([{"_total": True, **totals}] if totals is not None else [])]
        blank = not rows and totals is None and len(cells) == 1
        assert len(cells) == len(wanted) + blank, sheet
        for found, row in zip(cells, wanted, strict=False):
            is_total = "_total" in row
            unknown = {*names} - {*row} if not is_total else set()
            assert not unknown, (sheet, unknown)
            for place, (name, cell) in enumerate(zip(names, found, strict=True)):
                total_of = "Total" if is_total and not place else None
                self.hold(sheet, cell, as_shown(name, row.get(name, total_of)))

    def page(
        self,
        sheet: str,
        wanted: Sequence[Sequence[Wanted]],
        first: int = 1,
        last: int | None = None,
    ) -> None:
        """Hold the rows of a page, blank ones and blank cells aside, to lists of values."""
        found = [
            [cell for cell in row if told(cell.value)]
            for row in self.book[sheet].iter_rows(min_col=first, max_col=last)
        ]
        found = [row for row in found if row]
        for cells, row in zip(found, wanted, strict=False):
            shown = [each for each in row if told(each)]
            values = [each.value for each in cells]
            assert len(values) == len(shown), (sheet, cells[0].coordinate, values, shown)
            for cell, value in zip(cells, shown, strict=True):
                self.hold(sheet, cell, value)
        assert len(found) == len(wanted), (sheet, [each.value for each in (found or [[]])[-1]])

    def unheld(self) -> dict[str, list[str]]:
        """Give the cells that nothing was held to."""
        return {sheet: sorted(cells) for sheet, cells in self.left.items() if cells}


def told(value: Any) -> bool:
    """Tell whether a cell says anything: a text of no characters would be a cell all the same."""
    return value is not None


def as_cell(value: Any) -> Any:
    """Give a value as a cell holds it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return _plain(value) or None
    return value


def _plain(text: str) -> str:
    """Leave out what no cell can hold, or openpyxl reads its own way."""
    return "".join(mark for mark in text if mark >= " " and mark not in "␇␀\ufeff")


def held(found: Any) -> Any:
    """Give a cell's value, texts and days as `as_cell` gives them."""
    if hasattr(found, "isoformat"):
        return found.isoformat()[:10]
    return _plain(found.replace("_x005F_", "_")) if isinstance(found, str) else found


def same(found: Any, wanted: Any, where: str) -> None:
    """Hold a cell's value to one worked out anew: amounts to less than a cent's millionth."""
    found, wanted = held(found), as_cell(wanted)
    if isinstance(wanted, float):
        assert found == pytest.approx(wanted, abs=1e-9), where
    else:
        assert found == wanted, (where, found, wanted)


def any_of(words: Iterable[Any]) -> Callable[[Any], bool]:
    """Make the condition that a cell is one of these."""
    known = {held(each) for each in words}
    return lambda value: held(value) in known


def begins(words: str) -> Callable[[Any], bool]:
    """Make the condition that a text begins so."""
    return lambda value: str(value).startswith(words)


def some_text(value: Any) -> bool:
    """Tell that a cell says something in words."""
    return isinstance(value, str) and bool(value.strip())


def check_rows(ledger: Ledger, sheet: str, headings: Sequence[str]) -> None:
    """Hold a table of checks: two figures that agree, their difference, and what that reads."""
    page = ledger.book[sheet]
    rows = [[cell for cell in row if told(cell.value)] for row in page.iter_rows(max_col=6)]
    first = next(
        at for at, row in enumerate(rows) if [each.value for each in row] == list(headings)
    )
    for cell in rows[first]:
        ledger.left[sheet].discard(cell.coordinate)
    for row in takewhile(lambda row: len(row) == len(headings), rows[first + 1 :]):
        name, figure, other, off, reads, of = row
        assert figure.value == pytest.approx(other.value, abs=0.004), name.value
        for cell, wanted in ((name, some_text), (figure, figure.value), (other, other.value)):
            ledger.hold(sheet, cell, wanted)
        for cell, wanted in ((off, 0), (reads, "OK"), (of, some_text)):
            ledger.hold(sheet, cell, wanted)
