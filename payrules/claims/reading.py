"""The reading report: what of a claims file was read, as what, and what was only carried along."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from payrules.claims.columns import JOINED_MODIFIERS, KNOWN, MODIFIERS, shown
from payrules.counted import counted
from payrules.frozen import frozen

CARRIED = "carried"
#: What a batch is priced with where it lacks a column, as far as it changes amounts.
WITHOUT = {
    "hcpcs_modifiers": "no modifiers",
    "service_unit_quantity": "one unit a line",
    "charge_amount": "no amount is limited to the charge",
    "deductible_remaining": "no deductible",
    "practitioner_type": "physicians",
    "participating": "participating",
    "assignment_accepted": "assignment accepted",
}
#: What a batch hardly ever lacks: that it does is said on the screen, too.
_TOLD = ("hcpcs_modifiers", "service_unit_quantity", "charge_amount")
#: How cells were understood, as far as the screen says it, too.
TWO_DIGIT_YEARS = "two-digit years as 1970 to 2069"
DAY_NUMBERS = "a spreadsheet's day numbers as days (46027 is 2026-01-05)"
MONTH_FIRST = "01-05-2026 as January 5"
REPLACED = "some values replaced"
BLANK_WORDS = "NULL, N/A, - and the like as blank"
SAID = frozenset((TWO_DIGIT_YEARS, DAY_NUMBERS, MONTH_FIRST, BLANK_WORDS))


@frozen
class ColumnRead:
    """A column of a file: its heading, the column of ours it is read as, how, and what is to say.

    `read_as` is None where it is only carried along; a column that no heading has is a constant
    or numbered, and its heading is None.
    """

    heading: str | None
    read_as: str | None
    how: str
    note: str = ""


@frozen
class Reading:
    """What was read of one file, or one worksheet: nothing that came in is passed over.

    `heading_row` is None where a file has no row of headings; `absent` names our columns that it
    has not; `notes` are sentences: rows above the headings, a totals row, further worksheets.
    `decimal` is the mark before the cents of its charges: "." unless the columns file says another;
    `rows_of` the claims file that a rejects file says its rows are of.
    """

    file: str
    kind: str = ""
    sheet: str | None = None
    heading_row: int | None = None
    rows: int = 0
    columns: tuple[ColumnRead, ...] = ()
    absent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    decimal: str = "."
    rows_of: str | None = None

    @property
    def above(self) -> int:
        """How many rows stand above the first claim line: the headings, and what is above them."""
        return self.heading_row or 0

    def record(self) -> dict[str, Any]:
        """Give it as the run record has it: plain values; no cell, so nothing of a person."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Reading":
        """Read what `record` gave."""
        columns = tuple(ColumnRead(**each) for each in record["columns"])
        return cls(
            **{
                **record,
                "columns": columns,
                "absent": tuple(record["absent"]),
                "notes": tuple(record["notes"]),
            }
        )

    def first_line(self) -> str:
        """Say what the file is: its kind, worksheet, heading row, and how many rows."""
        parts = [self.kind] if self.kind else []
        if self.sheet is not None:
            parts.append(f"worksheet '{shown(self.sheet)}'")
        if self.heading_row is not None:
            parts.append(f"headings in row {self.heading_row}")
        parts.append(counted(self.rows, "row"))
        return f"{self.file}: {'; '.join(parts)}"

    def in_words(self) -> str:
        """Say all of it in a few sentences: each column, what is carried, what is not there."""
        read = [
            f"'{shown(each.heading)}' as {each.read_as}"
            if each.heading is not None and each.heading != each.read_as
            else str(each.read_as)
            for each in self.columns
            if each.read_as
        ]
        carried = [
            shown(each.heading) for each in self.columns if each.heading and not each.read_as
        ]
        said = [f"{self.first_line()}.", f"Read: {', '.join(read) or 'nothing'}."]
        if carried:
            said.append(f"Carried along: {', '.join(carried)}.")
        if self.absent:
            said.append(f"Not there: {', '.join(self.absent)}.")
        return " ".join([*said, *(f"{note[:1].upper()}{note[1:]}" for note in self.notes)])

    def sentences(self) -> list[str]:
        """Say what a reader of the amounts should know: synonyms, notes, what is taken instead."""
        said = []
        otherwise = [
            f"'{shown(each.heading)}' as {each.read_as}"
            for each in self.columns
            if each.heading is not None and each.read_as and "synonym" in each.how
        ]
        if otherwise:
            said.append(f"{self.file}: read {', '.join(otherwise)}.")
        for each in self.columns:
            told = [part for part in each.note.split("; ") if part in SAID]
            if told:
                said.append(f"{self.file}: '{shown(each.heading or '')}' reads {', '.join(told)}.")
        said += [f"{self.file}: {note}" for note in self.notes]
        if instead := taken_instead([each for each in self.absent if each in _TOLD]):
            said.append(f"{self.file} has no {instead}.")
        return said


def told_together(reading: Reading, told: Sequence[Mapping[str, str]]) -> Reading:
    """Put what is told of the columns in the pieces of a file (our column → note) into one."""

    def note(read_as: str | None) -> str:
        parts = [part for each in told for part in each.get(read_as or "", "").split("; ") if part]
        return "; ".join(dict.fromkeys(parts))

    columns = tuple(replace(each, note=note(each.read_as) or each.note) for each in reading.columns)
    return replace(reading, columns=columns)


def absent_of(there: Iterable[str]) -> tuple[str, ...]:
    """Name our columns that are not there; modifiers once, whichever way they come."""
    there = set(there)
    if there & {*MODIFIERS}:
        there.add(JOINED_MODIFIERS)
    return tuple(ours for ours in KNOWN if ours not in there and ours not in MODIFIERS)


def taken_instead(absent: Sequence[str]) -> str:
    """Say what is taken where columns are not there: "service_unit_quantity (one unit a line)"."""
    return ", ".join(f"{ours} ({WITHOUT[ours]})" for ours in absent if ours in WITHOUT)
