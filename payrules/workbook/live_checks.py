"""The checks of a workbook: every figure it shows against the rows it comes from, as formulas.

Both sides of a check are formulas over tables and cells, so a figure that anybody changes turns
its check. They take one pass over the rows, in Excel and in LibreOffice alike: where every row of
a table is looked up in another, that is done for small tables only (`_MOST_COMPARED`); in larger
ones the rows are added up with weights made from their keys, in one pass over either side.

Amounts are added up as whole cents: a double holds 15 digits, and a sum of many cents loses some.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.engine.rule import STATUSES
from payrules.workbook.columns import Column
from payrules.workbook.figures import HEADLINE_AMOUNTS, Figures, in_words, total
from payrules.workbook.tables import ReportTable
from payrules.workbook.xlsx.bulk_rows import column_letters

#: More comparisons than this in one formula take a spreadsheet longer than a reader waits.
_MOST_COMPARED = 4_000_000
_LONGEST_CRITERION = 250
#: How many weights there are: primes, the first that the amounts leave room for.
_WEIGHTS = (9973, 997, 97, 11)
#: What a line's number counts beside its claim: neighbours do not weigh the same.
_SECOND_KEY = 23
#: What a row's amounts come to at most, added up with their places and both keys: times the total.
_MOST_ADDED = 9 * (1 + _SECOND_KEY) // 2
#: Of the last characters of a key the four that tell most keys apart, and what each counts.
_KEY_LENGTH, _FACTORS = 16, (1, 37, 1369, 5519)
_CENTS = {"money": 100, "quantity": 1000, "factor": 10_000, "integer": 1, "date": 1}
_GROUP_COLUMNS = ("lines", *HEADLINE_AMOUNTS)


@dataclass(frozen=True)
class LiveCheck:
    """Two figures that must agree: formulas (or values where no sheet holds the rows), values."""

    name: str
    left: str | None
    right: str | None
    left_value: Decimal
    right_value: Decimal
    of: str
    counts: bool = False

    @property
    def difference(self) -> Decimal:
        """What is left between the two, as written."""
        return self.left_value - self.right_value


@dataclass(frozen=True)
class Area:
    """Rows of figures on a page: `first` to `last`, counted from 1, and a total under them."""

    sheet: str
    first: int
    last: int
    key: str = ""
    total: int | None = None
    others: bool = False  # the last row holds all other groups together

    def column(self, letters: str, first: int | None = None, last: int | None = None) -> str:
        """Give the cells of a column."""
        first, last = self.first if first is None else first, self.last if last is None else last
        return f"{quoted(self.sheet)}!${letters}${first}:${letters}${last}"

    def cell(self, letters: str, row: int) -> str:
        """Give one cell."""
        return f"{quoted(self.sheet)}!${letters}${row}"


@dataclass
class FigurePlaces:
    """Where the figures of the pages stand: noted while the pages are written."""

    headline: list[tuple[str, str, Decimal]] = field(default_factory=list)  # label, cell, value
    groups: list[Area] = field(default_factory=list)
    reviews: list[Area] = field(default_factory=list)
    bridges: list[Area] = field(default_factory=list)
    shares: list[tuple[str, str, str, Decimal]] = field(default_factory=list)
    waterfalls: list[tuple[Area, int]] = field(default_factory=list)  # and its first column
    bars: list[tuple[Area, int, str]] = field(default_factory=list)
    files: list[tuple[Area, str]] = field(default_factory=list)  # "rows" or "charges"
    counts: list[tuple[str, str, int]] = field(default_factory=list)
    control: dict[tuple[str, str], str] = field(default_factory=dict)
    verdict: str = ""  # the cells that read OK or CHECK


def quoted(sheet: str) -> str:
    """Write a sheet's name as a formula does."""
    doubled = sheet.replace("'", "''")
    return f"'{doubled}'"


def reference(table: str, heading: str) -> str:
    """Write a reference to a column of a table: Lines[Allowed amount]."""
    escaped = "".join(f"'{mark}" if mark in "[]#'@" else mark for mark in heading)
    return f"{table}[{escaped}]"


@dataclass(frozen=True)
class ControlTotal:
    """The sum of a column as the run had it when it wrote the sheet."""

    table: ReportTable
    column: Column
    value: Decimal


class LiveChecks:
    """Makes the checks of one workbook from its tables and the places of its figures."""

    def __init__(
        self, figures: Figures, tables: Mapping[str, ReportTable], places: FigurePlaces
    ) -> None:
        self.figures, self.places = figures, places
        self._filled = [table for table in tables.values() if not table.frame.is_empty()]
        self._lines = self._whole("lines")
        self._steps = self._whole("adjustments")
        self._review = self._whole("review")
        self._rejects = self._whole("rejects")
        highest = max((abs(value) for value in figures.totals.values()), default=Decimal(0))
        # A double near 10^13 steps by 0.002: what is added up there is no finer than some cents.
        self._near = f"{0.005 * max(1.0, float(highest) / 1e12):.6f}".rstrip("0")
        # Cents times weights stay within the whole numbers that a double holds.
        cents = max(int(highest * 100), 1)
        self._weights = next(
            (each for each in _WEIGHTS if each * cents * _MOST_ADDED < 2**52), _WEIGHTS[-1]
        )

    def _weight(self, keys: str, column: str) -> str:
        """Give each key of a column a weight, from those of its characters that tell keys apart.

        The column's keys are those of the lines; characters are counted from the end.
        """
        distinct = self.figures.lines[column].cast(pl.String).unique().drop_nulls()
        kinds = [distinct.str.slice(-place - 1, 1).n_unique() for place in range(_KEY_LENGTH)]
        telling = sorted(range(_KEY_LENGTH), key=lambda place: -kinds[place])[: len(_FACTORS)]
        padded = f'"{" " * _KEY_LENGTH}"&{keys}'
        marks = [
            f"{factor}*CODE(LEFT(RIGHT({padded},{place + 1}),1))"
            for factor, place in zip(_FACTORS, sorted(telling), strict=True)
        ]
        return f"(MOD({'+'.join(marks)}+LEN({keys}),{self._weights})+1)"

    def _whole(self, content: str) -> ReportTable | None:
        """Give the first sheet that holds every row of a content."""
        for table in self._filled:
            sheet = table.sheet
            if sheet.content == content and not sheet.group_by and table.is_complete:
                return table
        return None

    # -- figures -------------------------------------------------------------------

    def _of(self, table: ReportTable | None, column: str) -> str | None:
        heading = table.heading_of(column) if table else None
        return reference(table.name, heading) if table and heading else None

    def _cells(self, table: ReportTable, column: str, first: int, last: int) -> str | None:
        """Give the cells of a table's column from row to row: for rows beside their neighbours."""
        if column not in table.frame.columns:
            return None
        letters = column_letters(table.frame.columns.index(column))
        return f"{quoted(table.sheet.name)}!${letters}${first}:${letters}${last}"

    def _sum(self, column: str) -> str | None:
        """Give the sum of an amount over every line, from the most detailed sheet that has it."""
        detail = self._of(self._lines, column)
        if detail is None:
            for table in self._filled:
                of_lines = table.sheet.content == "lines" and table.sheet.group_by
                if of_lines and table.is_complete and table.heading_of(column):
                    detail = self._of(table, column)
                    break
        if detail is not None:
            return f"SUMPRODUCT(ROUND({detail}*100,0))/100"
        for area in self.places.groups:
            if area.key == "status" and area.total and column in HEADLINE_AMOUNTS:
                letters = column_letters(3 + HEADLINE_AMOUNTS.index(column))
                return f"SUM({area.column(letters)})"
        return None

    def _rows(self, table: ReportTable | None) -> str | None:
        """Count a table's rows by a column that is never empty."""
        if table is None:
            return None
        for column in table.columns:
            if table.frame[column.name].null_count() == 0:
                return f"COUNTA({reference(table.name, column.heading)})"
        return None

    def control_totals(self) -> list[ControlTotal]:
        """Give the sum of every column of numbers of the sheets of rows."""
        found = []
        told = self.figures.run.get("totals", {})
        for table in self._filled:
            if table.sheet.style == "plain":
                continue
            by_rows = set(self._compared(table)) if self._has_keys_of_lines(table) else set()
            for column in table.columns:
                if column.name in by_rows | {"mean_allowed_amount"}:
                    continue
                series = table.frame[column.name]
                kind = column.format
                numeric = series.dtype.is_numeric() and not series.dtype.is_float()
                if kind not in _CENTS or not (numeric or series.dtype == pl.Date):
                    continue
                if series.null_count() == series.len():
                    continue
                if series.dtype == pl.Date:
                    days = series.drop_nulls().to_physical().cast(pl.Int64)
                    value = Decimal(int(days.sum()) + _EXCEL_EPOCH * days.len())
                else:
                    value = Decimal(str(series.sum()))
                if table is self._lines and column.name in told and told[column.name] is not None:
                    value = Decimal(str(told[column.name]))
                found.append(ControlTotal(table, column, value))
        return found

    # -- every check ---------------------------------------------------------------

    def all(self, controls: Sequence[ControlTotal]) -> list[LiveCheck]:
        """Give the checks in the order in which a reader would ask."""
        return [
            *self._of_the_run(),
            *self._headline(),
            *self._groups(),
            *self._work_list(),
            *self._shares_of_lines(),
            *self._labels_of_lines(),
            *self._bridge(),
            *self._charts(),
            *self._group_tables(),
            *self._review_rows(),
            *self._trail(),
            *self._files(),
            *self._counts(),
            *self._control(controls),
        ]

    def _of_the_run(self) -> Iterator[LiveCheck]:
        """Give the checks every report has; live where their rows stand on sheets."""
        lines, rejects = self._rows(self._lines), self._rows(self._rejects)
        formulas: dict[str, tuple[str | None, str | None]] = {}
        rows_in = next(
            (a.cell("B", a.total) for a, k in self.places.files if k == "rows" and a.total), None
        )
        no_rejects = self.figures.rejects.is_empty()
        if lines and (rejects or no_rejects):
            formulas["Rows read are lines and rejects"] = (rows_in, f"{lines}+{rejects or 0}")
        status = self._of(self._lines, "status")
        if status:
            kinds = "+".join(f'COUNTIFS({status},"{each}")' for each in STATUSES)
            formulas["Every line has a status"] = (kinds, lines)
        for area in self.places.bridges:
            for said, label in (
                ("the allowed amount", "Allowed amount"),
                ("Medicare's payment", "Medicare pays"),
            ):
                reached = area.cell("C", area.first + self._bridge_row(label))
                formulas[f"The bridge ends at {said}"] = (reached, self._sum(_ENDS[label]))
        for table in self._filled:
            sheet, cells = table.sheet, self._of(table, "allowed_amount")
            if sheet.content == "lines" and sheet.group_by and table.is_complete and cells:
                label = {"hcpcs_code": "code"}.get(sheet.group_by[0], sheet.group_by[0])
                added = f"SUMPRODUCT(ROUND({cells}*100,0))/100"
                formulas[f"Allowed amount by {label}"] = (added, self._sum("allowed_amount"))
        for check in self.figures.checks:
            left, right = formulas.get(check.name, (None, None))
            if check.name.endswith(": lines and run record"):
                column = check.of[1] if check.of else ""
                of_lines = self._lines.sheet.name if self._lines else ""
                left, right = self._sum(column), self.places.control.get((of_lines, column))
            # What no sheet holds is told only where it does not agree: constants prove nothing.
            if not (left and right) and not check.difference:
                continue
            if check.name in _OF_THE_TRAIL and self._steps is not None and self._lines is not None:
                continue  # told step by step below
            yield LiveCheck(
                check.name,
                left,
                right,
                check.left,
                check.right,
                f"{check.left_is} / {check.right_is}",
                check.counts,
            )

    def _headline(self) -> Iterator[LiveCheck]:
        sums = {name: self._sum(name) for name in _HEADLINE_SUMS}
        at_stake = self._of(self._review, "at_stake_amount")
        formulas: dict[str, str | None] = {}
        for label, signs in _HEADLINE.items():
            parts = [(sign, sums[name]) for sign, name in signs]
            known = all(part for _, part in parts)
            formulas[label] = "".join(f"{sign}{part}" for sign, part in parts) if known else None
        if at_stake:
            formulas["To review"] = f"SUMPRODUCT(ROUND({at_stake}*100,0))/100"
        for area, kind in self.places.files:
            if kind == "charges" and area.total:
                formulas["Rejected rows"] = area.cell("H", area.total)
        for label, cell, value in self.places.headline:
            formula = formulas.get(label)
            if formula:
                yield LiveCheck(f"Summary: {label}", cell, formula, value, value, "headline / rows")
        yield from self._headline_adds_up()

    def _headline_adds_up(self) -> Iterator[LiveCheck]:
        """Compare the headline with itself: a page without the lines has nothing else of some."""
        told = {label: (cell, value) for label, cell, value in self.places.headline}
        shares = "+".join(told[label][0] for label in _BORNE_BY)
        cell, allowed = told["Allowed amount"]
        yield LiveCheck(
            "Summary: who bears the allowed amount",
            cell, shares, allowed, allowed, "headline / itself",
        )  # fmt: skip
        whole, owed = self._sum("patient_amount"), self.figures.totals["patient_amount"]
        if whole:
            cells = [told[label][0] for label in _OWED_BY_PATIENTS if label in told]
            yield LiveCheck(
                "Summary: what patients owe",
                "+".join(cells), whole, owed, owed, "headline / rows",
            )  # fmt: skip

    # -- groups --------------------------------------------------------------------

    def _groups(self) -> Iterator[LiveCheck]:
        for area in self.places.groups:
            yield from self._group(area)

    def _group(self, area: Area) -> Iterator[LiveCheck]:
        """Compare a group on the Summary with the lines: its rows, its total, its shares."""
        title = _GROUP_WORDS.get(area.key, area.key)
        last = area.last - area.others
        labels = area.column("B", last=last)
        criterion = labels
        if area.key == "status":
            criterion = f'SUBSTITUTE(LOWER({labels})," ","_")'
        key = self._of(self._lines, area.key)
        allowed = total(self.figures.lines["allowed_amount"])
        if area.total and (whole := self._sum("allowed_amount")):
            cell = area.cell("E", area.total)
            yield LiveCheck(
                f"By {title}: allowed amount", cell, whole, allowed, allowed, "Summary / lines"
            )
        figures, agree = 0, []
        rows = max(last - area.first + 1, 0)
        plain = key is not None and self._is_plain(self.figures.lines[area.key])
        if key and plain and rows * self.figures.lines.height <= _MOST_COMPARED:
            for place, name in enumerate(_GROUP_COLUMNS):
                cells = area.column(column_letters(2 + place), last=last)
                column = self._of(self._lines, name)
                if name == "lines":
                    found = f'COUNTIFS({key},"="&{criterion})'
                elif column:
                    found = f'SUMIFS({column},{key},"="&{criterion})'
                else:
                    continue
                agree.append(f"SUMPRODUCT(--(ABS({found}-{cells})<{self._near}))")
                figures += rows
        if area.total:
            lines = self._rows(self._lines)
            for place, name in enumerate(_GROUP_COLUMNS):
                letters = column_letters(2 + place)
                whole = lines if name == "lines" else self._sum(name)
                if lines is None:
                    whole = self._other_group(area, letters) or whole
                cells, cell = area.column(letters), area.cell(letters, area.total)
                agree.append(f"(ABS(SUM({cells})-{cell})<{self._near})")
                figures += 1
                if whole:
                    agree.append(f"(ABS({whole}-{cell})<{self._near})")
                    figures += 1
            agree.append(_share_agrees(area, area.last))
            figures += area.last - area.first + 1
            agree.append(_share_agrees(Area(area.sheet, area.total, area.total), area.total))
            figures += 1
        if agree:
            count = Decimal(figures)
            yield LiveCheck(
                f"By {title}: figures that agree with the lines",
                f"{figures}+0*ROWS({area.column('B')})",
                "+".join(agree),
                count,
                count,
                "Summary / lines",
                counts=True,
            )

    def _other_group(self, area: Area, letters: str) -> str | None:
        """Add up a column of another group of the same lines, where no sheet has the lines."""
        for other in self.places.groups:
            if other is not area and other.total:
                return f"SUM({other.column(letters)})"
        return None

    def _is_plain(self, *keys: pl.Series) -> bool:
        """Whether a spreadsheet's criteria tell these keys apart: no wildcard, no look-alike.

        A criterion knows no case, takes `*` and `?` for any text and "007" for the number 7.
        """
        for key in keys:
            distinct = key.unique()
            if distinct.null_count():
                return False
            if key.dtype != pl.String:
                continue
            if distinct.str.contains(r"[*?~]").any():
                return False
            if (distinct.str.len_chars() > _LONGEST_CRITERION).any():
                return False
            lowered = distinct.str.to_lowercase()
            numbers = distinct.str.strip_chars().cast(pl.Float64, strict=False).drop_nulls()
            if lowered.n_unique() < distinct.len() or numbers.n_unique() < numbers.len():
                return False
        return True

    def _work_list(self) -> Iterator[LiveCheck]:
        """Compare what to look at first with the work list."""
        status, what = self._of(self._review, "status"), self._of(self._review, "what_to_do")
        stake = self._of(self._review, "at_stake_amount")
        if not (status and what and stake):
            return
        if not self._is_plain(self.figures.to_review["what_to_do"]):
            return
        for area in self.places.reviews:
            words = area.column("B")
            state = f'SUBSTITUTE(SUBSTITUTE(LOWER({words})," with a note","")," ","_")'
            both = f'{status},"="&{state},{what},"="&{area.column("E")}'
            lines = f"ABS(COUNTIFS({both})-{area.column('C')})<{self._near}"
            dollars = f"ABS(SUMIFS({stake},{both})-{area.column('D')})<{self._near}"
            count = Decimal(area.last - area.first + 1)
            yield LiveCheck(
                "What to look at first: rows that agree with Review",
                f"ROWS({words})",
                f"SUMPRODUCT(--({lines}),--({dollars}))",
                count,
                count,
                "Summary / Review",
                counts=True,
            )

    def _group_tables(self) -> Iterator[LiveCheck]:
        """Compare the sheets of grouped lines, row by row, with the lines."""
        for table in self._filled:
            if table.sheet.content == "lines" and table.sheet.group_by and table.is_complete:
                yield from self._rows_agree(table, table.sheet.group_by)
                yield from self._in_rows(table)
                yield from self._total_row(table)
                yield from self._distinct_claims(table)

    def _review_rows(self) -> Iterator[LiveCheck]:
        status, note = self._of(self._lines, "status"), self._of(self._lines, "review")
        if self._review is None or not (status and note):
            return
        count = Decimal(self._review.frame.height)
        asked = f'COUNTIFS({status},"<>priced")+COUNTIFS({status},"priced",{note},"<>")'
        rows = self._rows(self._review)
        yield LiveCheck(
            "Review: lines not priced or with a note", rows, asked, count, count,
            "Review / lines", counts=True,
        )  # fmt: skip
        yield from self._rows_agree(self._review, ("claim_id", "claim_line_number"))

    def _rows_agree(self, table: ReportTable, keys: Sequence[str]) -> Iterator[LiveCheck]:
        """Compare every row of a table with the lines of the same keys."""
        lines = self._lines
        if lines is None or table is lines:
            return
        if keys[0] in table.frame.columns and table.frame[keys[0]].is_unique().all():
            keys = keys[:1]
        ours = [self._of(table, key) for key in keys]
        theirs = [self._of(lines, key) for key in keys]
        if not all(ours) or not all(theirs):
            return
        pairs = list(zip(map(str, theirs), map(str, ours), strict=True))
        rows = table.frame.height
        small = rows * lines.frame.height <= _MOST_COMPARED
        plain = self._is_plain(*(self.figures.lines[key] for key in keys))
        agree = (
            self._looked_up(table, pairs) if small and plain else self._weighed(table, pairs, keys)
        )
        if agree:
            yield LiveCheck(
                f"{table.sheet.name}: rows that agree with the lines",
                f"ROWS({ours[0]})",
                agree,
                Decimal(rows),
                Decimal(rows),
                f"{table.sheet.name} / lines",
                counts=True,
            )

    def _has_keys_of_lines(self, table: ReportTable) -> bool:
        """Whether a table's groups are compared with the lines, row by row."""
        keys = table.sheet.group_by
        both = (self._of(each, key) for key in keys for each in (table, self._lines))
        return bool(keys) and table.is_complete and all(both)

    def _compared(self, table: ReportTable) -> list[str]:
        """Give the columns of a table that can be had from the lines."""
        grouped = bool(table.sheet.group_by)
        counts = {"lines", "priced_lines", "review_lines"} if grouped else set()
        found = []
        for column in table.columns:
            name = column.name
            summed = column.format in {"money", "quantity"} and self._of(self._lines, name)
            if name in counts or (summed and name != "mean_allowed_amount"):
                found.append(name)
        return found

    def _looked_up(self, table: ReportTable, pairs: Sequence[tuple[str, str]]) -> str:
        """Count the rows whose every figure is that of the lines with the same keys."""
        status, note = self._of(self._lines, "status"), self._of(self._lines, "review")
        same = ",".join(f'{theirs},"="&{ours}' for theirs, ours in pairs)
        tests = []
        for name in self._compared(table):
            cells = self._of(table, name)
            if name == "lines":
                found = f"COUNTIFS({same})"
            elif name in {"priced_lines", "review_lines"}:
                if not status or not note:
                    continue
                found = f'COUNTIFS({same},{status},"priced")'
                if name == "review_lines":
                    unpaid = f'COUNTIFS({same},{status},"<>priced")'
                    found = f'{unpaid}+COUNTIFS({same},{status},"priced",{note},"<>")'
            else:
                found = f"SUMIFS({self._of(self._lines, name)},{same})"
            tests.append(f"--(ABS({found}-{cells})<{self._near})")
        return f"SUMPRODUCT({','.join(tests)})" if tests else ""

    def _weighed(
        self, table: ReportTable, pairs: Sequence[tuple[str, str]], keys: Sequence[str]
    ) -> str:
        """Compare sums in which every row counts by a weight that its keys make."""
        status, note = self._of(self._lines, "status"), self._of(self._lines, "review")
        ours, theirs = (
            "("
            + f"+{_SECOND_KEY}*".join(
                self._weight(pair[side], key) for pair, key in zip(pairs, keys, strict=True)
            )
            + ")"
            for side in (1, 0)
        )
        if table is self._review:
            if not (status and note):
                return ""
            theirs += f'*(1-({status}="priced")*({note}=""))'
        left, right = [], []
        for number, name in enumerate(self._compared(table)):
            place = number % 3 + 1
            if name == "lines":
                of_lines = "1"
            elif name in {"priced_lines", "review_lines"}:
                if not status or not note:
                    continue
                of_lines = f'({status}="priced")'
                if name == "review_lines":
                    of_lines = f'(1-({status}="priced")*({note}=""))'
            else:
                of_lines = f"ROUND({self._of(self._lines, name)}*100,0)"
            ours_of = self._of(table, name)
            cells = ours_of if "_lines" in name or name == "lines" else f"ROUND({ours_of}*100,0)"
            left.append(f"{place}*{cells}")
            right.append(f"{place}*{of_lines}")
        if not left:
            return ""
        added = f"SUMPRODUCT({ours}*({'+'.join(left)}))-SUMPRODUCT({theirs}*({'+'.join(right)}))"
        return f"ROWS({pairs[0][1]})*(ABS({added})<0.5)"

    def _in_rows(self, table: ReportTable) -> Iterator[LiveCheck]:
        """Compare shares and means with the figures of their own row."""
        charge, allowed = self._of(table, "charge_amount"), self._of(table, "allowed_amount")
        share, mean = self._of(table, "allowed_share"), self._of(table, "mean_allowed_amount")
        priced = self._of(table, "priced_lines")
        tests = []
        if share and charge and allowed:
            tests.append(f"--({_share_test(share, allowed, charge)})")
        if mean and priced and allowed:
            # The mean is rounded to cents; a cent's half is lost for every line of it.
            tests.append(f"--(ABS({mean}*{priced}-{allowed})<=0.005*{priced}+{self._near}/5)")
        if tests:
            count = Decimal(table.frame.height)
            yield LiveCheck(
                f"{table.sheet.name}: shares and means of their own row",
                f"ROWS({allowed})",
                f"SUMPRODUCT({','.join(tests)})",
                count,
                count,
                f"{table.sheet.name} / itself",
                counts=True,
            )

    def _total_row(self, table: ReportTable) -> Iterator[LiveCheck]:
        """Compare the total row of a sheet with the rows above it."""
        if not table.sheet.totals:
            return
        row, tests = table.frame.height + 2, []
        for place, column in enumerate(table.columns):
            if is_added_up(column):
                cell = f"{quoted(table.sheet.name)}!${column_letters(place)}${row}"
                cells = reference(table.name, column.heading)
                tests.append(f"(ABS(SUM({cells})-{cell})<{self._near})")
        if tests:
            count = Decimal(len(tests))
            first = f"{quoted(table.sheet.name)}!$A${row}"
            yield LiveCheck(
                f"{table.sheet.name}: totals that agree with their rows",
                f"{len(tests)}+0*ROWS({first})",
                "+".join(tests),
                count,
                count,
                f"{table.sheet.name} / itself",
                counts=True,
            )

    def _distinct_claims(self, table: ReportTable) -> Iterator[LiveCheck]:
        """Compare the numbers of claims with the lines: each line is its part of a claim."""
        lines, claims = self._lines, self._of(table, "claims")
        claim = self._of(lines, "claim_id")
        keys = [self._of(lines, key) for key in table.sheet.group_by]
        if lines is None or not (claims and claim and all(keys)):
            return
        plain = self._is_plain(
            *(self.figures.lines[key] for key in ("claim_id", *table.sheet.group_by))
        )
        if lines.frame.height**2 > _MOST_COMPARED or not plain:
            return
        same = ",".join(f'{each},"="&{each}' for each in (claim, *keys))
        count = Decimal(int(table.frame["claims"].sum()))
        group = table.sheet.group_by[0]
        ours = self._weight(str(self._of(table, group)), group)
        theirs = self._weight(str(keys[0]), group)
        of_lines = f"SUMPRODUCT({theirs}/COUNTIFS({same}))"
        yield LiveCheck(
            f"{table.sheet.name}: claims",
            f"SUM({claims})",
            f"SUM({claims})*(ABS(SUMPRODUCT({ours}*{claims})-{of_lines})<0.0001)",
            count,
            count,
            f"{table.sheet.name} / lines",
            counts=True,
        )

    # -- lines ---------------------------------------------------------------------

    def _shares_of_lines(self) -> Iterator[LiveCheck]:
        """Compare each line's shares with its amounts: what is left over is never less than 0."""
        for title, signs in _LEFT_OVER.items():
            columns = [(sign, self._of(self._lines, name)) for sign, name in signs]
            whole = self._sums(signs)
            if whole is None or not all(cells for _, cells in columns):
                continue
            parts = [pl.col(name).fill_null(0) for _, name in signs]
            left = self.figures.lines.select(parts[0] - sum(parts[1:])).to_series()
            if left.is_empty() or left.min() < 0:  # type: ignore[operator]
                continue
            each = "".join(f"{sign}{cells}" for sign, cells in columns)
            yield LiveCheck(
                title,
                f"SUMPRODUCT(ABS(ROUND(({each})*100,0)))/100",
                whole,
                total(left),
                total(left),
                "line by line / all together",
            )

    def _labels_of_lines(self) -> Iterator[LiveCheck]:
        """Compare the labels that lines are grouped by with the date and place of the same row."""
        month, date = self._of(self._lines, "month"), self._of(self._lines, "claim_line_start_date")
        place, code = (
            self._of(self._lines, "place_of_service"),
            self._of(self._lines, "place_of_service_code"),
        )
        tests = []
        if month and date:
            tests.append(f'--({month}=YEAR({date})&"-"&RIGHT("0"&MONTH({date}),2))')
        if place and code:
            tests.append(f"--(LEFT({place},LEN({code}))={code})")
        if tests:
            count = Decimal(self.figures.lines.height)
            yield LiveCheck(
                "Lines: months and places of their own row",
                f"ROWS({month or place})",
                f"SUMPRODUCT({','.join(tests)})",
                count,
                count,
                "Lines / itself",
                counts=True,
            )

    # -- bridge --------------------------------------------------------------------

    def _bridge_row(self, label: str) -> int:
        labels = self.figures.bridge["label"].to_list()
        return labels.index(label)

    def _bridge(self) -> Iterator[LiveCheck]:
        bridge = self.figures.bridge
        for area in self.places.bridges:
            expected = self._bridge_formulas()
            counted = self._bridge_counts()
            for place, row in enumerate(bridge.iter_rows(named=True)):
                letters = "C" if row["kind"] == "total" else "B"
                formula = expected[place]
                if formula:
                    yield LiveCheck(
                        f"Bridge: {row['label']}",
                        area.cell(letters, area.first + place),
                        formula,
                        row["amount"],
                        row["amount"],
                        "Bridge / rows",
                    )
            steps = bridge.height - 1
            now, then = area.column("C", area.first + 1), area.column("C", last=area.last - 1)
            change = area.column("B", area.first + 1)
            count = Decimal(steps)
            yield LiveCheck(
                "Bridge: steps that start where the last one ended",
                f"ROWS({change})",
                f"SUMPRODUCT(--(ABS({now}-{then}-{change})<{self._near}))",
                count,
                count,
                "Bridge / itself",
                counts=True,
            )
            if counted is not None:
                formula, number = counted
                yield LiveCheck(
                    "Bridge: lines of its steps", f"SUM({area.column('D')})", formula,
                    Decimal(number), Decimal(number), "Bridge / rows", counts=True,
                )  # fmt: skip
        for label, name, cell, value in self.places.shares:
            formula = self._sum(name) if name else None
            if name == "other":
                formula = self._sums(_HEADLINE_OTHER)
            elif name == "beyond":
                formula = self._sums(_HEADLINE["Patients owe beyond it"])
            if formula:
                yield LiveCheck(
                    f"Bridge, who bears it: {label}", cell, formula, value, value, "Bridge / lines"
                )

    def _sums(self, signed: Sequence[tuple[str, str]]) -> str | None:
        parts = [(sign, self._sum(name)) for sign, name in signed]
        if not all(part for _, part in parts):
            return None
        return "".join(f"{sign}{part}" for sign, part in parts)

    def _bridge_formulas(self) -> list[str | None]:
        """Give each row of the bridge as the rows make it; None where no sheet can."""
        charge, allowed = (
            self._of(self._lines, "charge_amount"),
            self._of(self._lines, "allowed_amount"),
        )
        fee, status = self._of(self._lines, "fee_schedule_amount"), self._of(self._lines, "status")
        rule, change = self._of(self._steps, "rule"), self._of(self._steps, "change_amount")
        statuses = {in_words(each): each for each in STATUSES}
        priced = self.figures.lines.filter(pl.col("allowed_amount").is_not_null())
        uncharged = priced.filter(pl.col("charge_amount").is_null())
        of_rules = self._changes_of_rules()
        found: list[str | None] = []
        for row in self.figures.bridge.iter_rows(named=True):
            label, name, amount = row["label"], row["rule"], row["amount"]
            formula = None
            if row["kind"] == "total":
                formula = self._sum(_ENDS[label])
            elif label in statuses and not name and charge and status and allowed:
                formula = f'-SUMIFS({charge},{status},"{statuses[label]}",{allowed},"=")'
            elif label == "Billed without a charge" and fee and charge and allowed:
                if total(uncharged["fee_schedule_amount"]) == amount:
                    formula = f'SUMIFS({fee},{charge},"=",{allowed},"<>")'
            elif name == "fee_schedule_amount" and fee and charge and allowed:
                fees = total(priced["fee_schedule_amount"]) - total(
                    uncharged["fee_schedule_amount"]
                )
                if fees - total(priced["charge_amount"]) == amount:
                    fees_of = f'SUMIFS({fee},{charge},"<>",{allowed},"<>")'
                    formula = f'{fees_of}-SUMIFS({charge},{allowed},"<>")'
            elif label == "All rules" and charge and allowed:
                formula = f'SUM({allowed})-SUMIFS({charge},{allowed},"<>")'
            elif name in _PAID_BY:
                formula = self._sums(_PAID_BY[name])
            elif name and rule and change and of_rules.get(name) == amount:
                formula = f'SUMIFS({change},{rule},"{name}")'
            found.append(formula)
        return found

    def _changes_of_rules(self) -> dict[str, Decimal]:
        """Give what each rule changed over all lines; the bridge leaves some lines out."""
        rules = self.figures.adjustments.group_by("rule").agg(pl.col("change_amount").sum())
        return {name: amount or Decimal("0.00") for name, amount in rules.rows()}

    def _bridge_counts(self) -> tuple[str, int] | None:
        """Give the lines of all steps together as the rows make them."""
        lines, status = self._rows(self._lines), self._of(self._lines, "status")
        charge, allowed = (
            self._of(self._lines, "charge_amount"),
            self._of(self._lines, "allowed_amount"),
        )
        rule, change = self._of(self._steps, "rule"), self._of(self._steps, "change_amount")
        if not (lines and status and charge and allowed and rule and change):
            return None
        statuses = {in_words(each): each for each in STATUSES}
        moved = self.figures.adjustments.filter(pl.col("change_amount") != 0)
        by_rule = dict(moved.group_by("rule").agg(pl.len()).rows())
        parts = []
        for row in self.figures.bridge.iter_rows(named=True):
            label, name = row["label"], row["rule"]
            if row["kind"] == "total":
                part: str | None = lines
            elif label in statuses and not name:
                part = f'COUNTIFS({status},"{statuses[label]}",{allowed},"=")'
            elif label == "Billed without a charge":
                part = f'COUNTIFS({charge},"=",{allowed},"<>")'
            elif name == "fee_schedule_amount":
                part = f'COUNTIFS({charge},"<>",{allowed},"<>")'
            elif name in {"deductible", "coinsurance", "sequestration"}:
                column = self._of(self._lines, f"{name}_amount")
                part = f'COUNTIFS({column},">0")' if column else None
            elif name == "therapy_assistant":
                part = f'COUNTIFS({rule},"{name}")'
            elif by_rule.get(name, 0) == row["lines"]:
                part = f'COUNTIFS({rule},"{name}",{change},"<>0",{change},"<>")'
            else:
                part = None
            if part is None:
                return None
            parts.append(part)
        return "+".join(parts), int(self.figures.bridge["lines"].sum())

    # -- charts --------------------------------------------------------------------

    def _charts(self) -> Iterator[LiveCheck]:
        """Compare the figures behind the charts with the bridge, and with themselves."""
        for area, column in self.places.waterfalls:
            base, reached, less, more, top = (
                area.column(column_letters(column + place)) for place in range(1, 6)
            )
            tests = [f"--(ABS({base}+{reached}+{less}+{more}-{top})<{self._near})"]
            for bridge in self.places.bridges:
                tests += [
                    f"--(ABS({base}+{reached}+{more}-{bridge.column('C')})<{self._near})",
                    f"--(ABS({more}-{less}-{bridge.column('B')})<{self._near})",
                ]
            count = Decimal(area.last - area.first + 1)
            yield LiveCheck(
                f"{area.sheet}: steps of the chart that agree with the bridge",
                f"ROWS({base})",
                f"SUMPRODUCT({','.join(tests)})",
                count,
                count,
                "chart / Bridge",
                counts=True,
            )
        for area, column, kind in self.places.bars:
            labels = area.column(column_letters(column))
            amounts = area.column(column_letters(column + 1))
            found = self._bars_from(kind, labels)
            if found:
                count = Decimal(area.last - area.first + 1)
                yield LiveCheck(
                    f"{area.sheet}: {kind} of the chart that agree with their rows",
                    f"ROWS({labels})",
                    f"SUMPRODUCT(--(ABS({found}-{amounts})<{self._near}))",
                    count,
                    count,
                    "chart / rows",
                    counts=True,
                )

    def _bars_from(self, kind: str, labels: str) -> str:
        if kind == "codes":
            code, allowed = (
                self._of(self._lines, "hcpcs_code"),
                self._of(self._lines, "allowed_amount"),
            )
            plain = self._is_plain(self.figures.lines["hcpcs_code"])
            return f'SUMIFS({allowed},{code},"="&{labels})' if code and allowed and plain else ""
        for bridge in self.places.bridges:
            return f'-SUMIFS({bridge.column("B")},{bridge.column("A")},"="&{labels})'
        for area, column in self.places.waterfalls:
            less, names = (area.column(column_letters(column + place)) for place in (3, 0))
            return f'SUMIFS({less},{names},"="&{labels})'
        return ""

    # -- trail ---------------------------------------------------------------------

    def _trail(self) -> Iterator[LiveCheck]:
        steps, lines = self._steps, self._lines
        if steps is None or lines is None:
            return
        height = steps.frame.height
        last = height + 1

        def cells(name: str, first: int = 2, end: int = last) -> str | None:
            return self._cells(steps, name, first, end)

        step, before, after, rule = (cells(name) for name in ("step", "before", "after", "rule"))
        claim, number = cells("claim_id"), cells("claim_line_number")
        if not (step and before and after and rule and claim and number):
            return
        broken, astray = self.figures.broken_chains
        later = int((steps.frame["step"] > 0).sum())
        if height > 1:
            here, there = (cells("step", 3), cells("after", 2, last - 1))
            same_line = f"({cells('claim_id', 3)}={cells('claim_id', 2, last - 1)})" + (
                f"*({cells('claim_line_number', 3)}={cells('claim_line_number', 2, last - 1)})"
            )
            follows = f"({here}={cells('step', 2, last - 1)}+1)"
            meets = f"(ABS({cells('before', 3)}-{there})<{self._near})"
            yield LiveCheck(
                "Each step starts where the last one ended",
                f'COUNTIFS({step},">0")',
                f"SUMPRODUCT(({here}>0)*{same_line}*{follows}*{meets})",
                Decimal(later),
                Decimal(later - broken),
                "steps / those that do",
                counts=True,
            )
        change = cells("change_amount")
        if change:
            within = f"({step}>0)*(ABS({after}-{before}-{change})<{self._near})"
            yield LiveCheck(
                "Each step's change is its after less its before",
                f"ROWS({step})",
                f"SUMPRODUCT({within}+({step}=0)*({change}=0))",
                Decimal(height),
                Decimal(height),
                "steps / those that do",
                counts=True,
            )
        factor = cells("factor")
        if factor:
            exact = self._steps_of_factors()
            product = f"(ABS({before}*{factor}-{after})<{self._near}+0.0001)"
            yield LiveCheck(
                "Each step's after is its before times its factor",
                f"ROWS({step})" + (f"-{height - exact}" if exact < height else ""),
                f'SUMPRODUCT(1-(1-({factor}=""))*(1-({before}=""))*(1-{product}))',
                Decimal(exact),
                Decimal(exact),
                "steps / those that do",
                counts=True,
            )
        yield from self._payment_steps()
        allowed, of_claim = self._of(lines, "allowed_amount"), self._of(lines, "claim_id")
        of_number, fee = (
            self._of(lines, "claim_line_number"),
            self._of(lines, "fee_schedule_amount"),
        )
        if not (allowed and of_claim and of_number):
            return
        weight = f"({self._weight(claim, 'claim_id')}+{_SECOND_KEY}*{number})"
        of_weight = f"({self._weight(of_claim, 'claim_id')}+{_SECOND_KEY}*{of_number})"
        names = ",".join(f'"{name}"' for name in dict.fromkeys(self.figures.payment_rules))
        payment = f"ISNUMBER(MATCH({rule},{{{names}}},0))"
        next_rule, next_step = cells("rule", 3, last + 1), cells("step", 3, last + 1)
        # The row under the last step is empty: a chain ends before a payment rule or a step 0.
        ends = f"(1-{payment})*(1-(1-ISNUMBER(MATCH({next_rule},{{{names}}},0)))*({next_step}>0))"
        told = total(self.figures.lines["allowed_amount"])
        lines_count = Decimal(lines.frame.height)
        same = (
            f"(ABS(SUMPRODUCT({ends}*ROUND({after}*100,0)*{weight})"
            f"-SUMPRODUCT(ROUND({allowed}*100,0)*{of_weight}))<0.5)"
        )
        yield LiveCheck(
            "Each chain ends at its line's allowed amount",
            f"COUNTA({of_claim})",
            f"COUNTA({of_claim})*{same}",
            lines_count,
            lines_count - astray,
            "lines / their chains",
            counts=True,
        )
        yield LiveCheck(
            "Adjustments: what the last amount steps come to",
            f"SUMPRODUCT({ends}*ROUND({after}*100,0))/100",
            f"SUMPRODUCT(ROUND({allowed}*100,0))/100",
            told if not astray else self._ends_total(),
            told,
            "chains / lines",
        )
        if fee and self._fees_agree():
            of_fees = f"SUMPRODUCT(ROUND({fee}*100,0)*{of_weight})"
            firsts = f'SUMPRODUCT(({before}="")*ROUND({after}*100,0)*{weight})'
            yield LiveCheck(
                "Each chain starts at its line's fee schedule amount",
                f"COUNTA({of_claim})",
                f"COUNTA({of_claim})*(ABS({firsts}-{of_fees})<0.5)",
                lines_count,
                lines_count,
                "lines / their chains",
                counts=True,
            )

    def _steps_of_factors(self) -> int:
        """Count the steps whose amount is what the factor makes of it, or that have none."""
        steps, dollars = self.figures.adjustments, pl.Float64
        made = pl.col("before").cast(dollars) * pl.col("factor").cast(dollars)
        off = (made - pl.col("after").cast(dollars).fill_null(0)).abs()
        near = float(self._near) + 0.0001
        return steps.filter(made.is_null() | (off < near)).height

    def _payment_steps(self) -> Iterator[LiveCheck]:
        """Compare what the rules of payment took, step by step, with the lines' amounts."""
        rule, change = self._of(self._steps, "rule"), self._of(self._steps, "change_amount")
        taken = self._changes_of_rules()
        for name in ("deductible", "coinsurance", "sequestration"):
            whole, amount = self._sum(f"{name}_amount"), self.figures.totals[f"{name}_amount"]
            if rule and change and whole and taken.get(name, Decimal(0)) == -amount != 0:
                yield LiveCheck(
                    f"Adjustments: {name}, step by step",
                    f'-SUMIFS({change},{rule},"{name}")',
                    whole,
                    amount,
                    amount,
                    "steps / lines",
                )

    def _ends_total(self) -> Decimal:
        steps = self.figures.results.adjustments
        amount_steps = steps.filter(~pl.col("rule").is_in(list(self.figures.payment_rules)))
        last = amount_steps.group_by("claim_id", "claim_line_number").agg(pl.col("after").last())
        return total(last["after"])

    def _fees_agree(self) -> bool:
        """Whether the first amounts are the fee schedule amounts of the lines, one for one.

        Of anesthesia, the schedule gives none: the first amount is the anesthesia rule's.
        """
        steps = self.figures.adjustments.filter(pl.col("before").is_null())
        fees = self.figures.lines.filter(pl.col("fee_schedule_amount").is_not_null())
        key = ["claim_id", "claim_line_number"]
        first = steps.filter(pl.col("after").fill_null(0) != 0).select(*key, "after")
        theirs = fees.filter(pl.col("fee_schedule_amount") != 0).select(*key, "fee_schedule_amount")
        return first.sort(key).rows() == theirs.sort(key).rows()

    # -- files and counts ----------------------------------------------------------

    def _files(self) -> Iterator[LiveCheck]:
        """Compare what came in, file by file, with lines and rejects."""
        status, charge = self._of(self._lines, "status"), self._of(self._lines, "charge_amount")
        rejects = self._rows(self._rejects)
        if rejects is None and self.figures.rejects.is_empty():
            rejects = "0"
        for area, kind in self.places.files:
            if not area.total:
                continue
            whole = area.cell("B", area.total)
            parts = "-".join(area.column(each) for each in "CDEFGH")
            tests = [f"SUMPRODUCT(--(ABS({area.column('B')}-{parts})<{self._near}))"]
            figures = area.last - area.first + 1
            for letters in "BCDEFGH":
                cells, cell = area.column(letters), area.cell(letters, area.total)
                tests.append(f"(ABS(SUM({cells})-{cell})<{self._near})")
                figures += 1
            for letters, each in zip("CDEFG", STATUSES, strict=True):
                if status and (charge or kind == "rows"):
                    cell = area.cell(letters, area.total)
                    found = (
                        f'COUNTIFS({status},"{each}")'
                        if kind == "rows"
                        else f'SUMIFS({charge},{status},"{each}")'
                    )
                    tests.append(f"(ABS({found}-{cell})<{self._near})")
                    figures += 1
            if kind == "rows" and rejects:
                tests.append(f"({rejects}={area.cell('H', area.total)})")
                figures += 1
                file = self._of(self._rejects, "file")
                if file and self._is_plain(self.figures.by_file["file"]):
                    found = f'COUNTIFS({file},"="&{area.column("A")})'
                    tests.append(f"SUMPRODUCT(--({found}={area.column('H')}))")
                    figures += area.last - area.first + 1
            count = Decimal(figures)
            yield LiveCheck(
                f"{kind.capitalize()} by file: figures that agree with lines and rejects",
                f"{figures}+0*ROWS({whole})",
                "+".join(tests),
                count,
                count,
                "files / rows",
                counts=True,
            )

    def _counts(self) -> Iterator[LiveCheck]:
        """Compare counts on the pages, and rows on the sheets, with the tables."""
        rows = {
            "Lines": self._rows(self._lines),
            "Rejects": self._rows(self._rejects),
            "Adjustment steps": self._rows(self._steps),
        }
        if rows["Lines"] and (rows["Rejects"] or self.figures.rejects.is_empty()):
            rows["Rows read"] = f"{rows['Lines']}+{rows['Rejects'] or 0}"
        for label, cell, value in self.places.counts:
            formula = rows.get(label)
            if formula:
                yield LiveCheck(
                    f"About: {label}", cell, formula, Decimal(value), Decimal(value),
                    "About / rows", counts=True,
                )  # fmt: skip
        for table in self._filled:
            if table.sheet.style == "plain":
                continue
            for place, column in enumerate(table.columns):
                if table.frame[column.name].null_count() == 0:
                    letters = column_letters(place)
                    besides = (
                        1
                        + (table.sheet.totals and place == 0)
                        + (table.sheet.totals and place > 0 and is_added_up(column))
                    )
                    count = Decimal(table.frame.height)
                    sheet = quoted(table.sheet.name)
                    yield LiveCheck(
                        f"{table.sheet.name}: rows on the sheet are the rows of its table",
                        f"COUNTA({sheet}!${letters}:${letters})-{besides}",
                        f"COUNTA({reference(table.name, column.heading)})",
                        count,
                        count,
                        "sheet / table",
                        counts=True,
                    )
                    break

    def _control(self, controls: Sequence[ControlTotal]) -> Iterator[LiveCheck]:
        """Compare each column of numbers with what the run added up when it wrote it."""
        for each in controls:
            cell = self.places.control.get((each.table.sheet.name, each.column.name))
            cells = reference(each.table.name, each.column.heading)
            times = _CENTS[each.column.format]
            added = (
                f"SUMPRODUCT(ROUND({cells}*{times},0))/{times}" if times > 1 else f"SUM({cells})"
            )
            series = each.table.frame[each.column.name]
            value = each.value
            if series.dtype != pl.Date:
                value = Decimal(str(series.sum()))
            # The headline's amounts are compared with the run record above.
            is_told = each.table is self._lines and each.column.name in HEADLINE_AMOUNTS
            if cell and not is_told:
                yield LiveCheck(
                    f"{each.table.sheet.name}, {each.column.heading}: control total",
                    added,
                    cell,
                    value,
                    each.value,
                    "sheet / run",
                    counts=each.column.format in {"integer", "date"},
                )


_EXCEL_EPOCH = 25_569
_OF_THE_TRAIL = frozenset(
    (
        "Each step starts where the last one ended",
        "Each chain ends at its line's allowed amount",
    )
)
_ENDS = {
    "Charges": "charge_amount",
    "Allowed amount": "allowed_amount",
    "Medicare pays": "medicare_amount",
}
_HEADLINE: dict[str, tuple[tuple[str, str], ...]] = {
    "Charges": (("", "charge_amount"),),
    "Not allowed": (("", "allowed_amount"), ("-", "charge_amount")),
    "Allowed amount": (("", "allowed_amount"),),
    "Medicare pays": (("", "medicare_amount"),),
    "Deductible and coinsurance": (("", "deductible_amount"), ("+", "coinsurance_amount")),
    "Sequestration and other cuts": (
        ("", "allowed_amount"),
        ("-", "medicare_amount"),
        ("-", "deductible_amount"),
        ("-", "coinsurance_amount"),
    ),
    "Patients owe beyond it": (
        ("", "patient_amount"),
        ("-", "deductible_amount"),
        ("-", "coinsurance_amount"),
    ),
}
_BORNE_BY = ("Medicare pays", "Deductible and coinsurance", "Sequestration and other cuts")
_OWED_BY_PATIENTS = ("Deductible and coinsurance", "Patients owe beyond it")
_HEADLINE_OTHER = (
    ("", "allowed_amount"),
    ("-", "medicare_amount"),
    ("-", "deductible_amount"),
    ("-", "coinsurance_amount"),
    ("-", "sequestration_amount"),
)
#: What is left of a line's amount when its shares are taken off: of the allowed amount a therapy
#: assistant's reduction, of the patient's what is owed beyond it.
_LEFT_OVER = {
    "Lines: allowed amounts less their shares": _HEADLINE_OTHER,
    "Lines: patients' amounts less deductible and coinsurance": _HEADLINE["Patients owe beyond it"],
}
_HEADLINE_SUMS = dict.fromkeys(name for signs in _HEADLINE.values() for _, name in signs)
_PAID_BY: dict[str, tuple[tuple[str, str], ...]] = {
    "deductible": (("-", "deductible_amount"),),
    "coinsurance": (("-", "coinsurance_amount"),),
    "sequestration": (("-", "sequestration_amount"),),
    "therapy_assistant": (
        ("-", "allowed_amount"),
        ("+", "medicare_amount"),
        ("+", "deductible_amount"),
        ("+", "coinsurance_amount"),
        ("+", "sequestration_amount"),
    ),
}
_GROUP_WORDS = {
    "status": "status",
    "payer_name": "payer",
    "practitioner": "practitioner",
    "place_of_service": "place of service",
    "code_family": "code family",
    "month": "month",
    "hcpcs_code": "code",
}
#: Numbers whose sum says nothing: a claim with two codes is one claim, not two.
_NOT_ADDED_UP = frozenset(("mean_allowed_amount", "claim_line_number", "claims", "step", "row"))


def is_added_up(column: Column) -> bool:
    """Whether the total row of a sheet adds a column up."""
    summed = column.format in {"money", "quantity", "integer"}
    return summed and column.name not in _NOT_ADDED_UP


def _share_test(share: Any, allowed: Any, charge: Any) -> str:
    """Test a share against its amounts; where nothing was charged there is none."""
    return (
        f"({charge}>0)*(ABS({share}-{allowed}/({charge}+({charge}<=0)))<0.000001)"
        f"+({charge}<=0)*({share}=0)"
    )


def _share_agrees(area: Area, last: int) -> str:
    share, allowed, charge = (area.column(letters, last=last) for letters in "HED")
    return f"SUMPRODUCT({_share_test(share, allowed, charge)})"
