"""The Bridge: the dollars from charge to payment, every rule's change, adding up."""

from decimal import Decimal

import polars as pl

from payrules.workbook.figures.bridge import charted
from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.report_page import ReportPage
from payrules.workbook.xlsx.charts import (
    BRIDGE_IN_WORDS,
    CHART_TITLE,
    bridge_chart,
    bridge_height,
)
from payrules.workbook.xlsx.references import reference

_SHARES = ("medicare_amount", "deductible_amount", "coinsurance_amount", "sequestration_amount")
#: Amounts that most batches have none of, with their signs, and what they are called here.
_SELDOM = {"primary_payer_adjustment": "First payer's part", "-mips_amount": "MIPS takes"}


class BridgePage(ReportPage):
    """The dollars from charge to payment: every rule's change, adding up."""

    def write(self) -> None:
        """Write the page."""
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
            self.drawn(bridge)
        page.freeze_panes(1, 1)
        page.repeat_rows(0)
        self.finish(5, landscape=True, one_page=True)

    def drawn(self, bridge: pl.DataFrame) -> None:
        """Draw the bridge from the fee schedule amounts."""
        page, styles = self.page, self.styles
        self.columns(8, 14, 14)
        page.write_string(0, 8, "Figures behind the chart", styles.quiet())
        begins = charted(bridge)
        drawn = bridge[begins:]
        chart = bridge_chart(self.pages.book, page, self.sheet.name, drawn, (1, 8))
        area = Area(self.sheet.name, 3, 2 + drawn.height)
        self.pages.places.waterfalls.append((area, 8, begins))
        chart.set_title({"name": self.figures.bridge_title, **CHART_TITLE})
        height = bridge_height(drawn.height)
        chart.set_size({"width": 1180, "height": height})
        self.row += 1
        page.insert_chart(
            self.row, 0, chart, {"object_position": 2, "description": BRIDGE_IN_WORDS}
        )
        self.row += -(-height // 20) + 1

    def shares(self) -> None:
        """Say who bears the allowed amount; nothing of a sequestration that no payer has."""
        totals, styles = self.figures.totals, self.styles
        self.section("Who bears the allowed amount", 0, 2)
        first = self.row + 1
        borne = _SHARES if self.figures.has_sequestration else _SHARES[:-1]
        rows = [(self.figures.heading(name), name, totals[name]) for name in borne]
        for name, label in _SELDOM.items():
            value = -totals[name[1:]] if name.startswith("-") else totals[name]
            if value:
                rows.append((label, name, value))
        other = totals["allowed_amount"] - sum((value for *_, value in rows), Decimal(0))
        if other:
            rows.append(("Therapy assistants' reduction", "other", other))
        shares = self.pages.places.shares
        for label, name, value in rows:
            self.text(0, label)
            shares.append((label, name, self.cell(2), value))
            formula = self.live(name) if name != "other" else None
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

    def live(self, column: str) -> str | None:
        """Add up a whole column of the lines; None where no sheet holds all of it."""
        if column.startswith("-"):
            added_up = self.live(column[1:])
            return None if added_up is None else f"-{added_up}"
        for table in self.pages.tables.values():
            heading = table.heading_of(column)
            whole = table.is_complete and not table.frame.is_empty() and not table.sheet.totals
            if table.sheet.content == "lines" and not table.sheet.group_by and heading and whole:
                return f"SUM({reference(table.name, heading)})"
        return None
