"""One table of claims as it came: its rows, numbered, and what each of its columns is read as."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from payrules.claims.checks import checks_of
from payrules.claims.checks.cells import as_text, prepared, refuse_lost_digits
from payrules.claims.checks.fault import Check
from payrules.claims.checks.localities import Places, with_zip_locality
from payrules.claims.checks.numbers import WITH_DECIMALS
from payrules.claims.columns import PERCENTAGES, is_known, normal, shown
from payrules.claims.columns_file import AS_USUAL, ColumnsFile, FileForm
from payrules.claims.headed import named_by_place
from payrules.claims.made_columns import line_numbers, make_columns
from payrules.claims.matching import BY_FILE, Matched, are_headings, match_headings
from payrules.claims.reading import (
    CARRIED,
    REPLACED,
    ColumnRead,
    Reading,
    absent_of,
)
from payrules.claims.spellings import as_meant
from payrules.claims.totals_row import totals_rows
from payrules.claims.unheeded import unheeded
from payrules.errors import ClaimsError
from payrules.few import Values
from payrules.files.worksheet_words import as_percent, percentages_in_words
from payrules.frozen import frozen

if TYPE_CHECKING:
    from payrules.claims.x12_claims import X12Claims

#: How line numbers come to be that no column has.
_NUMBERED = "numbered as the lines of each claim come"
#: What is said of claims in X12 of whose lines none is right.
_NO_LINE_READ = "none of its lines could be read; the rejects say why."
#: The name of claims that a program holds.
IN_MEMORY = "The claims frame"


@frozen
class Sheet:
    """A file's rows as they came, each with its number as a spreadsheet numbers it.

    `matched` gives the heading of each of our columns that has one; `made` the cells of those that
    the columns file makes, or that are meant otherwise than written; `form` is how the cells are
    written, `different` has the different values of the text columns that have few, `trimmed` names
    those of `made` that are text without surrounding blanks, `spread` those made of modifiers that
    stand together in another column, `as_made` what the columns file made before it was understood.
    """

    name: str
    frame: pl.DataFrame
    rows: pl.Series
    matched: Mapping[str, str]
    made: Mapping[str, pl.Series]
    parts: frozenset[str]
    form: FileForm
    reading: Reading
    x12: "X12Claims | None" = None
    different: Mapping[str, Values | None] = field(default_factory=dict)
    trimmed: frozenset[str] = frozenset()
    spread: frozenset[str] = frozenset()
    as_made: Mapping[str, pl.Series] = field(default_factory=dict)

    @classmethod
    def of_x12(cls, claims: "X12Claims", said: ColumnsFile) -> "Sheet":
        """Take an X12 file's lines: their headings are ours, their numbers segments' positions."""
        name = claims.file.name
        known = Matched({each: each for each in claims.lines.columns if is_known(each)})
        made = make_columns(claims.lines, known, said.of_file(name))
        # Every line that is read has a charge (SV102); without one no column can be missed.
        is_read = "charge_amount" in known.headings
        columns = tuple(
            ColumnRead(each, each if is_known(each) else None, "of the 837P")
            for each in claims.lines.columns
        )
        reading = Reading(
            name,
            "X12 837P",
            rows=claims.rows,
            columns=columns,
            absent=absent_of((*known.headings, *made)) if is_read else (),
            notes=() if is_read else (_NO_LINE_READ,),
        )
        return cls(
            name,
            claims.lines,
            claims.positions,
            known.headings,
            made,
            frozenset(),
            AS_USUAL,
            reading,
            claims,
        )

    @classmethod
    def of(
        cls,
        name: str,
        frame: pl.DataFrame,
        said: ColumnsFile,
        first_row: int = 1,
        *,
        read: Reading | None = None,
        numbers: pl.Series | None = None,
        rows: pl.Series | None = None,
        percentages: Mapping[str, pl.Series] = MappingProxyType({}),
        number_cells: Mapping[str, pl.Series] = MappingProxyType({}),
    ) -> "Sheet":
        """Match a file's headings, number its rows, and make what the columns file makes.

        `first_row` is the number of the first row under the headings, `read` what its reader has to
        say, `numbers` the claims' line numbers where the rows are a piece of a file, `rows` the
        numbers of the rows where some between are left out, `percentages` marks by heading the
        cells of a workbook that hold a number shown as a percentage, `number_cells` those that hold
        any number. Raises ClaimsError.
        """
        said = said.of_file(name)
        frame = named_by_place(frame, name)
        matched = _matched(frame, said, name, read)
        refuse_lost_digits(frame, matched.headings, name)
        read = read or Reading(name)
        frame, as_shown = _percentages_as_shown(frame, matched.headings, percentages)
        if said.form.decimal == ",":
            frame = _numbers_as_texts(frame, matched.headings, said, number_cells)
        first_row += read.above
        if rows is None:
            rows = pl.int_range(first_row, first_row + frame.height, eager=True).alias("row")
        left_out = _left_out(frame, rows, said, name)
        if left_out is not None:
            frame, rows = frame.filter(~left_out), rows.filter(~left_out)
            numbers = None if numbers is None else numbers.filter(~left_out)
        made = make_columns(frame, matched, said)
        if said.numbers_lines:
            made["claim_line_number"] = (
                line_numbers(_cells("claim_id", frame, matched, made))
                if numbers is None
                else numbers
            )
        # Under our names: polars takes some headings for patterns.
        cells = {
            ours: _cells(ours, frame, matched, made).alias(ours)
            for ours in (*matched.headings, *made)
        }
        as_made = dict(made)
        meant = as_meant(cells, said.form)
        spread = frozenset(meant.cells).difference(cells)
        made |= meant.cells
        parts = frozenset(
            heading
            for heading in frame.columns
            if heading not in matched.headings.values() and said.makes_of(heading)
        )
        notes = (
            *read.notes,
            *as_shown,
            *unheeded(said, read.kind, frame, lambda ours: _given(ours, frame, matched)),
            *totals_rows(frame, rows, matched.headings),
        )
        reading = replace(
            read,
            rows=frame.height,
            columns=tuple(_columns_read(frame.columns, matched, parts, said, meant.told)),
            absent=absent_of((*matched.headings, *made)),
            notes=notes,
            decimal=_mark_of_cents(frame, matched, said),
        )
        return cls(
            name,
            frame,
            rows,
            matched.headings,
            made,
            parts,
            said.form,
            reading,
            different=meant.different,
            trimmed=frozenset(meant.trimmed),
            spread=spread,
            as_made=as_made,
        )

    @staticmethod
    def of_claims(rows: pl.DataFrame, sheet: "Sheet", said: ColumnsFile) -> pl.Series:
        """Give each row's claim, of rows that have only what `sheet` reads the claims from."""
        matched = Matched(sheet.matched)
        made = make_columns(rows, matched, said.of_file(sheet.name))
        return _cells("claim_id", rows, matched, made)

    def skipped(self, rows: pl.Series) -> pl.Series:
        """Mark the rows of these numbers that the columns file says to skip."""
        return rows.is_in(self.form.skip_rows)

    @property
    def numbers_lines(self) -> bool:
        """Tell whether the lines of each claim were numbered as they came."""
        return any(each.how == _NUMBERED for each in self.reading.columns)

    @property
    def rows_in(self) -> int:
        """How many rows came in, those that are no lines included."""
        return self.frame.height if self.x12 is None else self.x12.rows

    @property
    def there(self) -> list[str]:
        """Name our columns that are there."""
        return list(dict.fromkeys((*self.matched, *self.made)))

    def cells(self, ours: str) -> pl.Series:
        """Give the cells of a column of ours, as they came or as they are made, under our name."""
        made = self.made.get(ours)
        return (self.frame.get_column(self.matched[ours]) if made is None else made).alias(ours)

    def given(self, ours: str) -> pl.Series | None:
        """Give the cells of a column of ours that a heading has, as they came; None for none."""
        theirs = self.matched.get(ours)
        return None if theirs is None else self.frame.get_column(theirs).alias(ours)

    def carried(self) -> list[str]:
        """Give the headings of the columns that are only carried along."""
        taken = {*self.matched.values(), *self.parts}
        return [heading for heading in self.frame.columns if heading not in taken]

    def as_text(self, heading: str) -> pl.Series:
        """Give a column as text. A heading is only ever a name: polars takes some for patterns."""
        cells = self.frame.get_column(heading).alias("cell")
        return cells.to_frame().select(as_text("cell", cells.dtype)).to_series()

    def prepared(self, zips: pl.DataFrame | None) -> pl.LazyFrame:
        """Give the columns payrules knows, under our names, as the checks read them."""
        cells = pl.DataFrame([self.cells(ours).alias(ours) for ours in self.there])
        known = cells.lazy().select(
            pl.col(ours) if ours in self.trimmed else prepared(ours, ours, dtype)
            for ours, dtype in cells.schema.items()
        )
        if zips is None or "service_zip" not in cells.columns:
            return known
        return with_zip_locality(known, zips)

    def checks(self, places: Places) -> list[Check]:
        """Give the checks of this file's columns."""
        return checks_of(self.prepared(places.zips).collect_schema(), places, self.form)

    def only(self, chosen: pl.Series) -> "Sheet":
        """Give some of the rows, with their numbers."""
        # Whole: polars 2.1's `format` panics on the empty chunks that a filter leaves.
        frame = self.frame.filter(chosen).rechunk()
        rows = self.rows.filter(chosen).rechunk()
        made = {ours: cells.filter(chosen).rechunk() for ours, cells in self.made.items()}
        as_made = {ours: cells.filter(chosen) for ours, cells in self.as_made.items()}
        return replace(self, frame=frame, rows=rows, made=made, different={}, as_made=as_made)


def _matched(frame: pl.DataFrame, said: ColumnsFile, name: str, read: Reading | None) -> Matched:
    """Match the headings; a fault of a file ends with the columns file that it might have.

    Not so where a heading has several lines: under an unclosed quotation mark lie the rows.
    """
    try:
        return match_headings(frame.columns, said, name)
    except ClaimsError as fault:
        on_a_line = all(len(each.splitlines()) < 2 for each in frame.columns)
        if read is not None and not said and on_a_line and are_headings(frame.columns):
            from payrules.claims.guess import columns_text  # noqa: PLC0415 - of faulty files alone

            fault.to_keep = tuple(columns_text(name, frame, read).splitlines())
        raise


def _percentages_as_shown(
    frame: pl.DataFrame, headings: Mapping[str, str], percentages: Mapping[str, pl.Series]
) -> tuple[pl.DataFrame, list[str]]:
    """Give the columns of percentages what a workbook's cells show there, and say so."""
    told = []
    for ours in PERCENTAGES:
        heading = headings.get(ours, "")
        if heading in percentages:
            cells = as_percent(frame.get_column(heading), percentages[heading])
            frame = frame.with_columns(cells)
            told.append(percentages_in_words(shown(heading)))
    return frame, told


def _numbers_as_texts(
    frame: pl.DataFrame,
    headings: Mapping[str, str],
    said: ColumnsFile,
    number_cells: Mapping[str, pl.Series],
) -> pl.DataFrame:
    """Write the numbers of a workbook with a decimal comma, as its texts are, and so its rejects.

    A cell that holds a number has no decimal sign; it was read with a point. So it is in a column
    that is parted into several, but where a point or comma stands between them.
    """
    read = {headings.get(ours) for ours in WITH_DECIMALS}
    parted = {
        normal(heading)
        for heading, template in said.joined.items()
        if WITH_DECIMALS.intersection(template.columns)
        and not re.search("[.,]", "".join(template.between))
    }
    for heading in (each for each in number_cells if each in read or normal(each) in parted):
        # Under no heading: polars takes some for patterns.
        cells = frame.get_column(heading).alias("cells")
        commas = cells.str.replace(".", ",", literal=True)
        frame = frame.with_columns(commas.zip_with(number_cells[heading], cells).alias(heading))
    return frame


def _left_out(
    frame: pl.DataFrame, rows: pl.Series, said: ColumnsFile, name: str
) -> pl.Series | None:
    """Mark the rows that hold no claim line: blank ones, and those to be skipped; None for none.

    They keep their numbers: users count them.
    """
    if name == IN_MEMORY:
        return None
    out = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    out |= rows.is_in(said.form.skip_rows)
    return out if out.any() else None


def _given(ours: str, frame: pl.DataFrame, matched: Matched) -> pl.Series | None:
    theirs = matched.headings.get(ours)
    return None if theirs is None else frame.get_column(theirs).alias(ours)


def _cells(
    ours: str, frame: pl.DataFrame, matched: Matched, made: Mapping[str, pl.Series]
) -> pl.Series:
    return made[ours] if ours in made else frame.get_column(matched.headings[ours])


def _mark_of_cents(frame: pl.DataFrame, matched: Matched, said: ColumnsFile) -> str:
    """Give the mark before the cents of charges: what is told of it is told of text alone."""
    charged = matched.headings.get("charge_amount")
    is_text = charged is None or frame.get_column(charged).dtype == pl.String
    return said.form.decimal or "." if is_text else "."


def _columns_read(
    headings: Iterable[str],
    matched: Matched,
    parts: frozenset[str],
    said: ColumnsFile,
    told: Mapping[str, str],
) -> Iterable[ColumnRead]:
    """Say of each column what it is read as, and then of each that no heading has."""
    by_heading = {theirs: ours for ours, theirs in matched.headings.items()}
    for heading in headings:
        ours = by_heading.get(heading)
        if ours is not None:
            values = [REPLACED] if ours in said.values else []
            values += [told[ours]] if ours in told else []
            yield ColumnRead(heading, ours, matched.how[ours], "; ".join(values))
        elif heading in parts:
            yield ColumnRead(heading, ", ".join(said.makes_of(heading)), BY_FILE)
        else:
            yield ColumnRead(heading, None, CARRIED, matched.aside.get(heading, ""))
    for ours in said.constants:
        yield ColumnRead(None, ours, "the same for all rows, by the columns file")
    if said.numbers_lines:
        yield ColumnRead(None, "claim_line_number", _NUMBERED)
