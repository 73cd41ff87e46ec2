"""The formulas that checks compare: sums, counts and cells of a workbook's tables and places."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.workbook.figures import Figures
from payrules.workbook.figures.cuts import CUTS, named_cuts
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS
from payrules.workbook.live_checks.amounts import PAID, SELDOM
from payrules.workbook.live_checks.places import FigurePlaces
from payrules.workbook.tables import ReportTable
from payrules.workbook.words import NAMES_OF_OURS, cell_in_words
from payrules.workbook.xlsx.references import column_letters, quoted, reference

#: More comparisons than this in one formula take a spreadsheet longer than a reader waits.
_MOST_COMPARED = 4_000_000
_LONGEST_CRITERION = 250
#: How many weights there are: primes, the first that the amounts leave room for.
_WEIGHTS = (9973, 997, 97, 11)
#: What a line's number counts beside its claim: neighbours do not weigh the same.
SECOND_KEY = 23
#: What a row's amounts come to at most, added up with their places and both keys: times the total.
_MOST_ADDED = 9 * (1 + SECOND_KEY) // 2
#: Of the last characters of a key the four that tell most keys apart, and what each counts.
_KEY_LENGTH, _FACTORS = 16, (1, 37, 1369, 5519)


class Formulas:
    """Gives the formulas over the tables of one workbook and the places of its figures."""

    def __init__(
        self, figures: Figures, tables: Mapping[str, ReportTable], places: FigurePlaces
    ) -> None:
        self.figures, self.places = figures, places
        self._telling: dict[str, list[int]] = {}
        self.filled = [table for table in tables.values() if not table.frame.is_empty()]
        self.lines = self.whole("lines")
        self.steps = self.whole("adjustments")
        self.review = self.whole("review")
        self.rejects = self.whole("rejects")
        highest = max((abs(value) for value in figures.totals.values()), default=Decimal(0))
        # A double near 10^13 steps by 0.002: what is added up there is no finer than some cents.
        self.near = f"{0.005 * max(1.0, float(highest) / 1e12):.6f}".rstrip("0")
        # Cents times weights stay within the whole numbers that a double holds.
        cents = max(int(highest * 100), 1)
        self._weights = next(
            (each for each in _WEIGHTS if each * cents * _MOST_ADDED < 2**52), _WEIGHTS[-1]
        )

    def shown(self, label: str) -> str:
        """Give a label as pages show it: what is paid goes under the name of who pays."""
        if label == CUTS:
            return named_cuts(sequestration=self.figures.has_sequestration)
        return self.figures.pays if label == PAID else label

    def whole(self, content: str) -> ReportTable | None:
        """Give the first sheet that holds every row of a content."""
        for table in self.filled:
            sheet = table.sheet
            if sheet.content == content and not sheet.group_by and table.is_complete:
                return table
        return None

    def of(self, table: ReportTable | None, column: str) -> str | None:
        """Give a table's whole column; None where no sheet shows it."""
        heading = table.heading_of(column) if table else None
        return reference(table.name, heading) if table and heading else None

    def of_lines(self, column: str) -> str | None:
        """Give a column of every line."""
        return self.of(self.lines, column)

    def of_steps(self, column: str) -> str | None:
        """Give a column of every step of the trail."""
        return self.of(self.steps, column)

    def of_review(self, column: str) -> str | None:
        """Give a column of the whole work list."""
        return self.of(self.review, column)

    def text(self, table: ReportTable | None, column: str, value: str) -> str:
        """Write a text in quotes as a table's sheet shows it in a column."""
        plain = table is None or table.sheet.field_names
        return f'"{value if plain else cell_in_words(column, value)}"'

    def status(self, status: str) -> str:
        """Write a status in quotes as the sheet of every line shows it."""
        return self.text(self.lines, "status", status)

    def rule(self, rule: str) -> str:
        """Write a rule in quotes as the sheet of every step shows it."""
        return self.text(self.steps, "rule", rule)

    def show_alike(self, one: ReportTable, other: ReportTable, columns: Sequence[str]) -> bool:
        """Whether two sheets show columns alike: no names of ours, or both as words or as names."""
        alike = one.sheet.field_names == other.sheet.field_names
        return alike or NAMES_OF_OURS.isdisjoint(columns)

    def cells(self, table: ReportTable, column: str, first: int, last: int) -> str | None:
        """Give the cells of a table's column from row to row: for rows beside their neighbours."""
        if column not in table.frame.columns:
            return None
        letters = column_letters(table.frame.columns.index(column))
        return f"{quoted(table.sheet.name)}!${letters}${first}:${letters}${last}"

    def sum(self, column: str) -> str | None:
        """Give the sum of an amount over every line, from the most detailed sheet that has it."""
        detail = self.of_lines(column)
        if detail is None:
            for table in self.filled:
                of_lines = table.sheet.content == "lines" and table.sheet.group_by
                if of_lines and table.is_complete and table.heading_of(column):
                    detail = self.of(table, column)
                    break
        if detail is not None:
            return f"SUMPRODUCT(ROUND({detail}*100,0))/100"
        for area in self.places.groups:
            if area.key == "status" and area.total and column in HEADLINE_AMOUNTS:
                letters = column_letters(3 + HEADLINE_AMOUNTS.index(column))
                return f"SUM({area.column(letters)})"
        return None

    def sums(self, signed: Sequence[tuple[str, str]]) -> str | None:
        """Give amounts over every line, with their signs; None where one is on no sheet."""
        parts = [(sign, self.sum(name)) for sign, name in self.there(signed)]
        if not all(part for _, part in parts):
            return None
        return "".join(f"{sign}{part}" for sign, part in parts)

    def there(self, signed: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """Leave out the amounts that no line has: sheets need not show them."""
        lines = self.figures.lines
        return [
            (sign, name)
            for sign, name in signed
            if name not in SELDOM or lines[name].null_count() < lines.height
        ]

    def count(self, table: ReportTable | None) -> str | None:
        """Count a table's rows by a column that is never empty."""
        if table is None:
            return None
        for column in table.columns:
            if table.frame[column.name].null_count() == 0:
                return f"COUNTA({reference(table.name, column.heading)})"
        return None

    def weight(self, keys: str, column: str) -> str:
        """Give each key of a column a weight, from those of its characters that tell keys apart.

        The column's keys are those of the lines; characters are counted from the end.
        """
        if column not in self._telling:
            self._telling[column] = _telling(self.figures.lines[column])
        padded = f'"{" " * _KEY_LENGTH}"&{keys}'
        marks = [
            f"{factor}*CODE(LEFT(RIGHT({padded},{place + 1}),1))"
            for factor, place in zip(_FACTORS, self._telling[column], strict=True)
        ]
        return f"(MOD({'+'.join(marks)}+LEN({keys}),{self._weights})+1)"

    def changes_of_rules(self) -> dict[str, Decimal]:
        """Give what each rule changed over all lines; the bridge leaves some lines out."""
        rules = self.figures.adjustments.group_by("rule").agg(pl.col("change_amount").sum())
        return {name: amount or Decimal("0.00") for name, amount in rules.rows()}


def _telling(keys: pl.Series) -> list[int]:
    """Give the places, from the end, of the characters that tell most keys apart."""
    distinct = keys.cast(pl.String).unique().drop_nulls().to_frame("key")
    mark = pl.col("key").str
    kinds = distinct.select(
        mark.slice(-place - 1, 1).n_unique().alias(f"{place}") for place in range(_KEY_LENGTH)
    ).row(0)
    return sorted(sorted(range(_KEY_LENGTH), key=lambda place: -kinds[place])[: len(_FACTORS)])


def may_look_up(comparisons: int) -> bool:
    """Whether a reader waits for so many comparisons in one formula."""
    return comparisons <= _MOST_COMPARED


def is_plain(*keys: pl.Series) -> bool:
    """Whether a spreadsheet's criteria tell these keys apart: no wildcard, no look-alike.

    A criterion knows no case, takes `*` and `?` for any text and "007" for the number 7.
    """
    for key in keys:
        distinct = key.unique()
        if distinct.null_count():
            return False
        if key.dtype != pl.String:
            continue
        text = pl.col("key").str
        numbers = text.strip_chars().cast(pl.Float64, strict=False).drop_nulls()
        (plain,) = (
            distinct.to_frame("key")
            .select(
                ~text.contains(r"[*?~]").any()
                & ~(text.len_chars() > _LONGEST_CRITERION).any()
                & (text.to_lowercase().n_unique() == pl.len())
                & (numbers.n_unique() == numbers.len())
            )
            .row(0)
        )
        if not plain:
            return False
    return True


def share_test(share: Any, allowed: Any, charge: Any) -> str:
    """Test a share against its amounts; where nothing was charged there is none."""
    return (
        f"({charge}>0)*(ABS({share}-{allowed}/({charge}+({charge}<=0)))<0.000001)"
        f"+({charge}<=0)*({share}=0)"
    )
