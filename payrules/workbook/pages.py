"""The pages of a workbook: Summary, Bridge, Reconciliation and About, written with XlsxWriter.

Totals and checks are formulas, each with its value written beside it, so that programs that do
not calculate read the same figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from textwrap import wrap
from typing import Any

import polars as pl

from payrules.engine.rule import STATUSES
from payrules.workbook import about
from payrules.workbook.columns import LINE_COLUMNS, number_width
from payrules.workbook.figures import HEADLINE_AMOUNTS, Figures, counted, in_words, total
from payrules.workbook.layout import Layout, ReportSheet
from payrules.workbook.live_checks import every_check
from payrules.workbook.live_checks.check import ControlTotal, LiveCheck
from payrules.workbook.live_checks.control import control_totals
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.places import Area, FigurePlaces
from payrules.workbook.tables import ReportTable
from payrules.workbook.xlsx.bulk_rows import printable_text
from payrules.workbook.xlsx.charts import bar_chart, bridge_chart
from payrules.workbook.xlsx.references import column_letters, quoted, reference
from payrules.workbook.xlsx.styles import FAILED, PASSED, STATUS_COLOURS, Styles, lines_needed

SUMMARY_TITLES = {
    "status": "By status",
    "payer_name": "By payer",
    "practitioner": "By practitioner",
    "place_of_service": "By place of service",
    "code_family": "By code family",
    "month": "By month of service",
    "hcpcs_code": "Top codes",
    "review": "What to look at first",
}
_WORDS = {name: in_words(name) for name in STATUSES}


@dataclass(frozen=True)
class Pages:
    """What the pages of one workbook are written from."""

    book: Any
    styles: Styles
    figures: Figures
    layout: Layout
    tables: Mapping[str, ReportTable]  # those that stand in the workbook, by sheet
    places: FigurePlaces = field(default_factory=FigurePlaces)

    def write(self, sheets: Sequence[tuple[ReportSheet, Any]]) -> tuple[LiveCheck, ...]:
        """Write the pages, the checks of what they show last; gives the checks."""
        formulas = Formulas(self.figures, self.tables, self.places)
        proofs = [each for each in sheets if each[0].content == "reconciliation"]
        summaries = []
        written: tuple[LiveCheck, ...] = ()
        for sheet, page in sorted(sheets, key=lambda each: each in proofs):
            writer = self._writer(sheet, page)
            writer.write()
            if isinstance(writer, _Summary):
                summaries.append(writer)
            if isinstance(writer, _Reconciliation):
                written = writer.proof(formulas)
        if summaries and not proofs:
            written = summaries[0].proof(formulas)
        for summary in summaries:
            summary.verdict(written)
        return written

    def _writer(self, sheet: ReportSheet, page: Any) -> "_Page":
        writers: dict[str, type[_Page]] = {
            "summary": _Summary,
            "bridge": _Bridge,
            "reconciliation": _Reconciliation,
            "about": _About,
        }
        return writers[sheet.content](self, sheet, page)

    def live(self, content: str, column: str, how: str = "SUM") -> str | None:
        """Give a formula over a whole column of a table; None where no sheet holds all of it."""
        for table in self.tables.values():
            heading = table.heading_of(column)
            whole = table.is_complete and not table.frame.is_empty() and not table.sheet.totals
            if table.sheet.content == content and not table.sheet.group_by and heading and whole:
                return f"{how}({reference(table.name, heading)})"
        return None


class _Page:
    """A page being written, row by row."""

    def __init__(self, pages: Pages, sheet: ReportSheet, page: Any) -> None:
        self.pages, self.sheet, self.page = pages, sheet, page
        self.styles, self.figures = pages.styles, pages.figures
        self.row = 0
        self.widths: dict[int, float] = {}

    def write(self) -> None:
        """Write the page."""
        raise NotImplementedError

    def text(self, column: int, words: str, style: Any = None) -> None:
        shown = printable_text(words)
        self.page.write_string(self.row, column, shown, style or self.styles.cell("text"))

    def columns(self, first: int, last: int, width: float) -> None:
        """Set the least width of columns: a longer number makes its own wider."""
        for column in range(first, last + 1):
            self.widths[column] = max(width, self.widths.get(column, 0))

    def number(self, column: int, value: Decimal | float, style: Any) -> None:
        self.page.write_number(self.row, column, value, style)
        self.hold(column, value, style)

    def set_widths(self) -> None:
        for column, width in self.widths.items():
            self.page.set_column(column, column, width)

    def hold(self, column: int, value: Decimal | float, style: Any) -> None:
        """Make a column wide enough for a number, in the type it is written in."""
        needed = number_width(value, style.num_format) * style.font_size / 11
        self.widths[column] = max(needed, self.widths.get(column, 0))

    def high_enough(self, texts: Sequence[tuple[str, float]]) -> None:
        """Make the row as high as its wrapped texts need: not every program does so itself."""
        needed = max(lines_needed(words, width) for words, width in texts)
        if needed > 1:
            self.page.set_row(self.row, 15 * needed)

    def formula(self, column: int, formula: str, value: Decimal | float, style: Any) -> None:
        shown = int(value) if value == int(value) else float(value)
        self.page.write_formula(self.row, column, f"={formula}", style, shown)
        self.hold(column, value, style)

    def headings(self, column: int, names: Sequence[str], kinds: Sequence[Any]) -> None:
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            self.text(column + place, name, self.styles.heading(kind))
        self.row += 1

    def section(self, words: str, first: int, last: int) -> None:
        self.text(first, words, self.styles.section())
        for column in range(first + 1, last + 1):
            self.page.write_blank(self.row, column, None, self.styles.section())
        self.row += 1

    def note(self, words: str, column: int = 1) -> None:
        self.text(column, words, self.styles.quiet())
        self.row += 1

    def table(
        self,
        name: str,
        area: tuple[int, int, int, int],
        headings: Sequence[str],
        kinds: Sequence[Any],
    ) -> None:
        """Make a written area an Excel table, so that others can refer to it by name."""
        taken = {table.name.lower() for table in self.pages.tables.values()}
        columns = []
        for heading, kind in zip(headings, kinds, strict=True):
            columns.append({"header": heading, "header_format": self.styles.heading(kind)})
        self.page.add_table(
            *area,
            {
                "name": name if name.lower() not in taken else f"{name}_",
                "columns": columns,
                "style": None,
                "autofilter": False,
            },
        )

    def flag_differences(self, first: int, column: int, last: int) -> None:
        """Colour differences: anything but 0 stands out."""
        area = (first, column, last, column)
        for criteria, colours in (("not equal to", FAILED), ("equal to", PASSED)):
            self.page.conditional_format(
                *area,
                {
                    "type": "cell",
                    "criteria": criteria,
                    "value": 0,
                    "format": self.styles.fill(colours, bold=criteria == "not equal to"),
                },
            )

    def cell(self, column: int) -> str:
        """Give the cell of this row and column, for formulas of other sheets."""
        return f"{quoted(self.sheet.name)}!${column_letters(column)}${self.row + 1}"

    def checks(self, checks: Sequence[LiveCheck], left: int) -> None:
        """Write checks as a table whose first column is `left`; `_verdict` names its cells."""
        styles = self.styles
        names = ("Check", "Figure", "Compared with", "Difference", "Reads", "Of")
        kinds = ("text", "money", "money", "money", "text", "text")
        self.headings(left, names, kinds)
        first = self.row
        figure, other, off = (column_letters(left + place) for place in (1, 2, 3))
        for check in checks:
            row, shown = self.row + 1, styles.cell("integer" if check.counts else "money")
            self.text(left, check.name, styles.cell("text"))
            for place, formula, value in (
                (left + 1, check.left, check.left_value),
                (left + 2, check.right, check.right_value),
            ):
                if formula:
                    self.formula(place, formula, value, shown)
                else:
                    self.number(place, value, shown)
            self.formula(left + 3, f"ROUND({figure}{row}-{other}{row},2)", check.difference, shown)
            reads = "OK" if not check.difference else "CHECK"
            self.page.write_formula(
                self.row,
                left + 4,
                f'=IF(ISNUMBER({off}{row}),IF({off}{row}=0,"OK","CHECK"),"CHECK")',
                styles.cell("text"),
                reads,
            )
            self.text(left + 5, check.of, styles.cell("text"))
            self.row += 1
        self.flag_differences(first, left + 3, self.row - 1)
        for words, colours in (("CHECK", FAILED), ("OK", PASSED)):
            self.page.conditional_format(
                first,
                left + 4,
                self.row - 1,
                left + 4,
                {
                    "type": "cell",
                    "criteria": "equal to",
                    "value": f'"{words}"',
                    "format": styles.fill(colours, bold=True),
                },
            )
        self.table("Checks", (first - 1, left, self.row - 1, left + 5), names, kinds)
        reads = column_letters(left + 4)
        self.pages.places.verdict = (
            f"{quoted(self.sheet.name)}!${reads}${first + 1}:${reads}${self.row}"
        )

    def finish(self, last_column: int, *, landscape: bool, last_row: int | None = None) -> None:
        self.set_widths()
        self.page.hide_gridlines(2)
        self.page.center_horizontally()
        self.page.print_area(0, 0, self.row if last_row is None else last_row, last_column)
        if landscape:
            self.page.set_landscape()
        one_page = self.sheet.one_page or self.sheet.content == "bridge"
        self.page.fit_to_pages(1, 1 if one_page else 0)


@dataclass(frozen=True)
class HeadlineRow:
    """A row of the headline: what, how much, and a word about it."""

    label: str
    amount: Decimal
    words: str = ""
    strong: bool = False
    indent: int = 0
    after_space: bool = False
    is_check: bool = False


def headline_rows(figures: Figures) -> list[HeadlineRow]:
    """Give the answer: charges to allowed amount, who pays it, what to look at, the checks."""
    totals = figures.totals
    charges, allowed = totals["charge_amount"], totals["allowed_amount"]
    of_patient = totals["deductible_amount"] + totals["coinsurance_amount"]
    cuts = allowed - totals["medicare_amount"] - of_patient
    share = f"{100 * allowed / charges:.1f} % of charges" if charges else ""
    lines, uncharged = figures.lines.height, figures.lines["charge_amount"].null_count()
    rows = []
    if uncharged < lines or not lines:
        words = counted(lines, "line")
        words += f", {uncharged:,} of them without a charge" if uncharged else ""
        rows = [
            HeadlineRow("Charges", charges, words),
            HeadlineRow(
                "Not allowed", allowed - charges, "reductions, denials, lines without an amount"
            ),
        ]
    rows += [
        HeadlineRow("Allowed amount", allowed, share or counted(lines, "line"), strong=True),
        HeadlineRow("Medicare pays", totals["medicare_amount"], indent=1),
        HeadlineRow("Deductible and coinsurance", of_patient, "the patient's share", indent=1),
        HeadlineRow("Sequestration and other cuts", cuts, "nobody pays these", indent=1),
    ]
    if figures.unassigned_amount:
        words = "assignment not accepted: up to the limiting charge"
        rows.append(
            HeadlineRow("Patients owe beyond it", figures.unassigned_amount, words, indent=1)
        )
    at_stake = f"at stake on {counted(figures.to_review.height, 'line')}"
    rows.append(HeadlineRow("To review", totals["at_stake_amount"], at_stake, after_space=True))
    if rejected := figures.results.rejects.height:
        words = f"charges on {counted(rejected, 'row')} that were not priced"
        if unread := figures.rejected_charges.null_count():
            why = "left out" if figures.run.get("privacy") else "not readable"
            words += f"; {why} and counted as 0.00 on {unread:,} of them"
        rows.append(HeadlineRow("Rejected rows", total(figures.rejected_charges), words))
    failed = sum(bool(check.difference) for check in figures.checks)
    words = f"{len(figures.checks) - failed} of {len(figures.checks)} checks hold"
    rows.append(HeadlineRow("Checks (must read 0)", Decimal(failed), words, is_check=True))
    return rows


#: Where the checks stand on a Summary whose report has no Reconciliation: beside the print.
_PROOF_COLUMN = 30


class _Summary(_Page):
    """The answer: headline, status, charts, groups, work list, checks."""

    def write(self) -> None:
        page, styles, figures = self.page, self.styles, self.figures
        self.columns(0, 0, 2)
        self.columns(1, 1, 38)
        self.columns(2, 2, 18)
        self.columns(3, 6, 15)
        self.columns(7, 7, 12)
        self.row = 0
        page.set_row(0, 30)
        self.text(1, about.title(figures), styles.title())
        self.row = 1
        self.note(about.batch_in_words(figures))
        self.note(
            f"payrules {figures.run.get('payrules', '')}  ·  "
            f"{about.stamp(figures.run):%Y-%m-%d %H:%M} UTC  ·  an estimate, not a claim decision"
        )
        self.row += 1
        self.headline()
        self.row += 1
        tables = self.sheet.tables
        if "status" in tables:
            self.group("status")
        self.charts()
        for key in tables:
            if key == "review":
                self.review()
            elif key != "status":
                self.group(key)
        self.finish(7, landscape=False)
        page.set_first_sheet()
        page.activate()

    def headline(self) -> None:
        first = self.row + 1
        for row in headline_rows(self.figures):
            if row.after_space:
                self.row += 1
            self.page.set_row(self.row, 24 if row.strong else 19)
            self.text(1, row.label, self.styles.words(strong=row.strong, indent=row.indent))
            style = self.styles.headline(strong=row.strong)
            if row.is_check:
                self.check_row = self.row
            elif row.strong and self.row >= first:
                self.formula(2, f"SUM(C{first}:C{self.row})", row.amount, style)
            else:
                self.number(2, row.amount, style)
            if row.is_check:
                self.flag_differences(self.row, 2, self.row)
            else:
                self.pages.places.headline.append((row.label, self.cell(2), row.amount))
                self.text(3, row.words, self.styles.quiet(indent=1))
            self.row += 1

    def verdict(self, checks: Sequence[LiveCheck]) -> None:
        """Say how many checks do not hold, and how many do, as formulas over their cells."""
        self.row, every = self.check_row, len(checks)
        failed = sum(bool(check.difference) for check in checks)
        cells = self.pages.places.verdict
        style, quiet = self.styles.verdict(), self.styles.quiet(indent=1)
        if not cells:
            self.number(2, failed, style)
            return
        holding = f'COUNTIF({cells},"OK")'
        self.formula(2, f"ROWS({cells})-{holding}", Decimal(failed), style)
        said = f"{every - failed} of {every} checks hold"
        words = f'={holding}&" of "&ROWS({cells})&" checks hold"'
        self.page.write_formula(self.row, 3, words, quiet, said)

    def proof(self, formulas: Formulas) -> tuple[LiveCheck, ...]:
        """Write the checks beside the page, where no Reconciliation has them."""
        made = every_check(formulas, ())
        self.row = 0
        self.page.write_string(0, _PROOF_COLUMN, "Checks", self.styles.quiet())
        self.row = 1
        self.checks(made, _PROOF_COLUMN)
        self.set_widths()
        return made

    def group(self, key: str) -> None:
        figures, styles = self.figures, self.styles
        grouped = figures.by_status if key == "status" else figures.top(key, self.sheet.rows)
        self.section(SUMMARY_TITLES[key], 1, 7)
        names = ["", "Lines", "Charges", "Allowed", "Medicare pays", "Patient owes", "Of charges"]
        self.headings(1, names, ["text", *["money"] * 6])
        first = self.row + 1
        self.pages.places.groups.append(
            Area(
                self.sheet.name,
                first,
                self.row + grouped.height,
                key,
                total=self.row + grouped.height + 1 if grouped.height else None,
                others=grouped.height > self.sheet.rows and key != "status",
            )
        )
        for each in grouped.iter_rows(named=True):
            label = str(each[key])
            self.text(1, _WORDS.get(label, label) if key == "status" else label)
            self.number(2, each["lines"], styles.cell("integer"))
            for place, name in enumerate(HEADLINE_AMOUNTS):
                self.number(3 + place, each[name], styles.cell("money"))
            if each["allowed_share"] is not None:
                self.number(7, each["allowed_share"], styles.cell("percent"))
            if key == "status":
                self.page.conditional_format(
                    self.row,
                    1,
                    self.row,
                    1,
                    {"type": "no_errors", "format": styles.fill(STATUS_COLOURS[label])},
                )
            self.row += 1
        if grouped.is_empty():
            self.pages.places.groups.pop()
            self.note("No lines")
            self.row += 1
            return
        self.text(1, "Total", styles.total("text"))
        for place, name in enumerate(("lines", *HEADLINE_AMOUNTS)):
            letters = column_letters(2 + place)
            value = total(grouped[name])
            self.formula(
                2 + place,
                f"SUM({letters}{first}:{letters}{self.row})",
                value,
                styles.total("integer" if name == "lines" else "money"),
            )
        charges, allowed = total(grouped["charge_amount"]), total(grouped["allowed_amount"])
        row = self.row + 1
        self.formula(
            7,
            f"IF(D{row}>0,E{row}/D{row},0)",
            allowed / charges if charges > 0 else 0,
            styles.total("percent"),
        )
        self.row += 2

    def review(self) -> None:
        reasons, styles = self.figures.review_by_reason, self.styles
        self.section(SUMMARY_TITLES["review"], 1, 7)
        self.headings(
            1,
            ["", "Lines", "At stake", "What to do", "", "", ""],
            ["text", "money", "money", "text", "text", "text", "text"],
        )
        shown = reasons.head(self.sheet.rows)
        if shown.height:
            area = Area(self.sheet.name, self.row + 1, self.row + shown.height)
            self.pages.places.reviews.append(area)
        for each in shown.iter_rows(named=True):
            note = " with a note" if each["status"] == "priced" else ""
            self.text(1, _WORDS[each["status"]] + note)
            self.number(2, each["lines"], styles.cell("integer"))
            self.number(3, each["at_stake_amount"] or 0, styles.cell("money"))
            self.text(4, each["what_to_do"], styles.quiet(indent=1))
            self.row += 1
        if reasons.is_empty():
            self.note("Nothing: every line is priced and none has a note.")
        self.row += 1

    def charts(self) -> None:
        charts, pages = self.sheet.charts, self.pages
        if self.figures.results.lines.is_empty():
            return
        bridge = self.figures.bridge
        self.columns(20, 27, 14)
        self.page.write_string(0, 20, "Figures behind the charts", self.styles.quiet())
        wide, narrow = 930, 461
        if "bridge" in charts:
            chart = bridge_chart(pages.book, self.page, self.sheet.name, bridge, (1, 20))
            pages.places.waterfalls.append((Area(self.sheet.name, 3, 2 + bridge.height), 20))
            chart.set_title({"name": "From charges to Medicare's payment", **_CHART_TITLE})
            chart.set_size({"width": wide, "height": 360})
            self.page.insert_chart(
                self.row, 1, chart, {"object_position": 2, "description": _BRIDGE_IN_WORDS}
            )
            self.row += 19
        narrow_charts = []
        reductions = self.figures.reductions_by_rule.head(10)
        start = bridge.height + 4
        if "rules" in charts and not reductions.is_empty():
            rows = reductions.select("label", "amount").rows()
            narrow_charts.append(("Reductions by rule", rows))
        if "codes" in charts:
            rows = (
                self.figures.by("hcpcs_code").head(10).select("hcpcs_code", "allowed_amount").rows()
            )
            narrow_charts.append(("Allowed amount by code", [row for row in rows if row[1]]))
        for place, (title, rows) in enumerate(narrow_charts):
            if not rows:
                continue
            area = Area(self.sheet.name, start + 1, start + len(rows))
            kind = "reductions" if title.startswith("Red") else "codes"
            pages.places.bars.append((area, 20 + 2 * place, kind))
            chart = bar_chart(
                pages.book,
                self.page,
                self.sheet.name,
                rows,
                (start, 20 + 2 * place),
                reduced=title.startswith("Red"),
            )
            chart.set_title({"name": title, **_CHART_TITLE})
            chart.set_size({"width": narrow, "height": 300})
            look = {"x_offset": place * (narrow + 8), "description": f"{title}, the largest first"}
            self.page.insert_chart(self.row, 1, chart, {"object_position": 2, **look})
        if narrow_charts:
            self.row += 16


_CHART_TITLE = {"name_font": {"size": 12, "bold": True, "color": "#1F3A5F"}, "overlay": False}
_BRIDGE_IN_WORDS = "The payment bridge from charges through every rule to what Medicare pays"


class _Bridge(_Page):
    """The dollars from charge to payment: every rule's change, adding up."""

    def write(self) -> None:
        page, styles, bridge = self.page, self.styles, self.figures.bridge
        for column, width in enumerate((30, 16, 16, 10, 62, 62)):
            self.columns(column, column, width)
        names = ("Step", "Change", "Reached", "Lines", "What it does", "Citation")
        kinds = ("text", "money", "money", "integer", "text", "text")
        self.headings(0, names, kinds)
        first_change, previous_total = 2, 0
        for each in bridge.iter_rows(named=True):
            is_total = each["kind"] == "total"
            text = styles.total("text") if is_total else styles.cell("text", wrap=True)
            self.text(0, each["label"], text)
            if is_total:
                page.write_blank(self.row, 1, None, styles.total("money"))
                if previous_total:
                    changes = f"B{first_change}:B{self.row}"
                    start = f"C{previous_total}"
                    formula = f"ROUND({start}+SUM({changes}),2)"
                    self.formula(2, formula, each["amount"], styles.total("money"))
                else:
                    self.number(2, each["amount"], styles.total("money"))
                previous_total, first_change = self.row + 1, self.row + 2
            else:
                self.number(1, each["amount"], styles.cell("money"))
                self.number(2, each["running_total"], styles.cell("money"))
            integer = styles.total("integer") if is_total else styles.cell("integer")
            self.number(3, each["lines"], integer)
            self.text(4, each["what"], text)
            self.text(5, each["cites"], text)
            self.high_enough(((each["what"], 62), (each["cites"], 62)))
            self.row += 1
        last = self.row
        self.pages.places.bridges.append(Area(self.sheet.name, 2, last))
        self.table("Bridge", (0, 0, last - 1, 5), names, kinds)
        self.row += 1
        self.note(
            "A line without an amount leaves the bridge with its whole charge. Every change is"
            " the sum over all lines of what a rule took or added.",
            0,
        )
        self.row += 1
        self.shares()
        if not self.figures.results.lines.is_empty():
            self.columns(8, 12, 14)
            page.write_string(0, 8, "Figures behind the chart", styles.quiet())
            chart = bridge_chart(self.pages.book, page, self.sheet.name, bridge, (1, 8))
            area = Area(self.sheet.name, 3, 2 + bridge.height)
            self.pages.places.waterfalls.append((area, 8))
            chart.set_title({"name": "From charges to Medicare's payment", **_CHART_TITLE})
            chart.set_size({"width": 1180, "height": 380})
            self.row += 1
            page.insert_chart(
                self.row, 0, chart, {"object_position": 2, "description": _BRIDGE_IN_WORDS}
            )
            self.row += 20
        page.freeze_panes(1, 1)
        page.repeat_rows(0)
        self.finish(5, landscape=True)

    def shares(self) -> None:
        """Say who bears the allowed amount."""
        totals, styles = self.figures.totals, self.styles
        self.section("Who bears the allowed amount", 0, 2)
        first = self.row + 1
        other = totals["allowed_amount"] - sum((totals[name] for name in _SHARES), Decimal(0))
        rows = [(LINE_COLUMNS[name].heading, name, totals[name]) for name in _SHARES]
        if other:
            rows.append(("Therapy assistants' reduction", "other", other))
        shares = self.pages.places.shares
        for label, name, value in rows:
            self.text(0, label)
            shares.append((label, name, self.cell(2), value))
            formula = self.pages.live("lines", name) if name != "other" else None
            if formula:
                self.formula(2, formula, value, styles.cell("money"))
            else:
                self.number(2, value, styles.cell("money"))
            self.row += 1
        self.text(0, "Allowed amount", styles.total("text"))
        self.page.write_blank(self.row, 1, None, styles.total("money"))
        formula = f"ROUND(SUM(C{first}:C{self.row}),2)"
        self.formula(2, formula, totals["allowed_amount"], styles.total("money"))
        allowed = totals["allowed_amount"]
        shares.append(("Allowed amount", "allowed_amount", self.cell(2), allowed))
        self.row += 1
        if self.figures.unassigned_amount:
            self.text(0, "Patients owe beyond it")
            beyond = self.figures.unassigned_amount
            shares.append(("Patients owe beyond it", "beyond", self.cell(2), beyond))
            self.number(2, self.figures.unassigned_amount, styles.cell("money"))
            self.row += 1


_SHARES = ("medicare_amount", "deductible_amount", "coinsurance_amount", "sequestration_amount")


class _Reconciliation(_Page):
    """Rows and dollars in and out, file by file, and every check."""

    def write(self) -> None:
        page, styles = self.page, self.styles
        self.columns(0, 0, 62)
        self.columns(1, 8, 15)
        self.text(0, "Reconciliation", styles.title())
        page.set_row(0, 30)
        self.row = 1
        self.note(
            "Rows and charges of every file are accounted for. Every difference must read 0.", 0
        )
        self.row += 1
        self.parted("Rows by file", "rows", "integer")
        self.parted("Charges by file", "charges", "money")

    def proof(self, formulas: Formulas) -> tuple[LiveCheck, ...]:
        """Write every check of what the sheets show, and what the run had when it wrote them."""
        controls = control_totals(formulas)
        proof_row, self.row = self.row, self.row + 2 + self._checks_above(formulas, controls)
        self.row += 2
        self.hashes()
        self.notes()
        self.control(controls)
        last, self.row = self.row, proof_row
        made = every_check(formulas, controls)
        self.section("Checks", 0, 8)
        self.checks(made, 0)
        self.row = last
        self.page.freeze_panes(2, 1)
        self.finish(8, landscape=True)
        return made

    def _checks_above(self, formulas: Formulas, controls: Sequence[ControlTotal]) -> int:
        """Count the checks: the control totals stand under them."""
        for each in controls:
            self.pages.places.control[each.table.sheet.name, each.column.name] = "$A$1"
        return len(every_check(formulas, controls))

    def control(self, controls: Sequence[ControlTotal]) -> None:
        """Write what the run added up, column by column, when it wrote the sheets."""
        if not controls:
            return
        self.row += 1
        self.section("Control totals of the run", 0, 8)
        self.headings(0, ("Sheet and column", "Sum"), ("text", "money"))
        for each in controls:
            kind = each.column.format if each.column.format != "date" else "integer"
            self.text(0, f"{each.table.sheet.name}, {each.column.heading}")
            self.number(1, each.value, self.styles.cell(kind))
            key = (each.table.sheet.name, each.column.name)
            self.pages.places.control[key] = self.cell(1)
            self.row += 1

    def parted(self, title: str, kind: str, shown: Any) -> None:
        """Write what came in and what became of it, file by file."""
        styles, files = self.styles, self.figures.by_file
        self.section(title, 0, 8)
        names = ["File", f"{kind.capitalize()} in", *_WORDS.values(), "Rejected", "Difference"]
        self.headings(0, names, ["text", *[shown] * 8])
        first = self.row + 1
        area = Area(self.sheet.name, first, self.row + files.height, total=first + files.height)
        self.pages.places.files.append((area, kind))
        parts = [f"{status}_{kind}" for status in (*STATUSES, "rejected")]
        for each in files.iter_rows(named=True):
            self.text(0, each["file"])
            self.number(1, each[kind], styles.cell(shown))
            for place, name in enumerate(parts):
                self.number(2 + place, each[name], styles.cell(shown))
            self.difference(each[kind] - sum(each[name] for name in parts), shown)
            self.row += 1
        self.text(0, "All files", styles.total("text"))
        for place, name in enumerate((kind, *parts)):
            letters = column_letters(1 + place)
            formula = f"SUM({letters}{first}:{letters}{self.row})"
            self.formula(1 + place, formula, total(files[name]), styles.total(shown))
        whole = total(files[kind]) - sum((total(files[name]) for name in parts), Decimal(0))
        self.difference(whole, shown, strong=True)
        self.row += 1
        self.flag_differences(first - 1, 8, self.row - 1)
        self.row += 2

    def difference(self, value: Decimal, shown: Any, *, strong: bool = False) -> None:
        row = self.row + 1
        style = self.styles.total(shown) if strong else self.styles.cell(shown)
        self.formula(8, f"ROUND(B{row}-SUM(C{row}:H{row}),2)", value, style)

    def hashes(self) -> None:
        """Name each file's hash, so that it can be told to be the same file."""
        files = self.figures.by_file.filter(pl.col("sha256") != "")
        if files.is_empty():
            return
        self.section("Hashes", 0, 8)
        self.headings(0, ("File", "SHA-256"), ("text", "text"))
        for name, sha256 in files.select("file", "sha256").rows():
            self.text(0, name, self.styles.cell("text"))
            self.text(1, sha256, self.styles.cell("code"))
            self.row += 1
        self.row += 1

    def notes(self) -> None:
        figures = self.figures
        unread = figures.rejected_charges.null_count()
        if unread:
            why = "was left out" if figures.run.get("privacy") else "cannot be read"
            self.note(f"{counted(unread, 'rejected row')} whose charge {why}: counted as 0.00.", 0)
        uncharged = figures.lines["charge_amount"].null_count()
        if uncharged:
            self.note(f"{counted(uncharged, 'line')} billed without a charge: counted as 0.00.", 0)


_ABOUT_WIDTHS = (27, 62, 68, 13, 26)


class _About(_Page):
    """The run, its sources, its rules and terms, the words, the limits."""

    def write(self) -> None:
        page, styles, figures = self.page, self.styles, self.figures
        for column, width in enumerate(_ABOUT_WIDTHS):
            self.columns(column, column, width)
        page.set_row(0, 30)
        self.text(0, "About this estimate", styles.title())
        self.row = 2
        for words in about.DISCLAIMER:
            self.note(words, 0)
        self.row += 1
        self.listed("This run", about.run_facts(figures))
        self.tabular(
            "Sources",
            ("What", "Name", "SHA-256", "", ""),
            [
                (kind, f"{name} ({what})" if what else name, sha256)
                for kind, name, what, sha256 in about.sources(figures)
            ],
        )
        notes = about.schedule_notes(figures)
        if notes:
            self.listed("Where the numbers come from", [("", note) for note in notes])
        self.listed("Assumptions", [("", each) for each in about.ASSUMPTIONS])
        terms = about.terms_that_differ(figures)
        if terms:
            self.tabular(
                "Terms that differ from Medicare", ("Rule", "This payer", "Medicare", "", ""), terms
            )
        self.tabular(
            "Rules, in order",
            ("Rule", "What it does", "Citation", "Since", "Ran"),
            about.rules(figures),
        )
        self.listed("Words", about.GLOSSARY)
        self.finish(4, landscape=True)

    def listed(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        self.section(title, 0, 4)
        for name, words in rows:
            if name:
                self.text(0, name, self.styles.make(bold=True))
                if words.replace(",", "").isdigit():
                    number = int(words.replace(",", ""))
                    self.number(1, number, self.styles.make(num_format="#,##0", align="left"))
                    self.pages.places.counts.append((name, self.cell(1), number))
                else:
                    self.text(1, words)
            else:
                for part in wrap(words, 180):
                    self.text(0, part)
                    self.row += 1
                continue
            self.row += 1
        self.row += 1

    def tabular(self, title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        if not rows:
            return
        self.section(title, 0, 4)
        self.headings(0, names, ["text"] * len(names))
        for row in rows:
            for column, words in enumerate(row):
                self.text(column, words, self.styles.cell("text", wrap=True))
            self.high_enough(tuple(zip(row, _ABOUT_WIDTHS, strict=False)))
            self.row += 1
        self.row += 1
