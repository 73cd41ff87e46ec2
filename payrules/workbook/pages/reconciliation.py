"""The Reconciliation: rows and dollars in and out, file by file, and every check."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.counted import counted
from payrules.engine.rule import STATUSES
from payrules.workbook.figures.totals import total
from payrules.workbook.live_checks import checks_of_figures, every_check
from payrules.workbook.live_checks.check import ControlTotal, LiveCheck
from payrules.workbook.live_checks.control import control_totals
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.report_page import ReportPage
from payrules.workbook.words import in_words
from payrules.workbook.xlsx.references import column_letters


class ReconciliationPage(ReportPage):
    """Rows and dollars in and out, file by file, and every check."""

    def write(self) -> None:
        """Write the page."""
        page, styles = self.page, self.styles
        self.columns(0, 0, 62)
        # Rows that are set aside have a column before the difference.
        self.columns(1, self.last_column, 15)
        self.text(0, "Reconciliation", styles.title())
        page.set_row(0, 30)
        self.row = 1
        self.note(
            "Rows and charges of every file are accounted for. Every difference must read 0.", 0
        )
        self.row += 1
        self.parted("Rows by file", "rows", "integer")
        self.parted("Charges by file", "charges", "money")

    @property
    def last_column(self) -> int:
        """Where the widest table of the page ends: at a difference."""
        return 9 if self.figures.set_aside else 8

    def proof(self, formulas: Formulas) -> tuple[LiveCheck, ...]:
        """Write every check of what the sheets show, and what the run had when it wrote them."""
        controls = control_totals(formulas)
        of_figures = checks_of_figures(formulas)
        # The control totals stand under the checks, of which some name their cells.
        for each in controls:
            self.pages.places.control[each.table.sheet.name, each.column.name] = "$A$1"
        above = len(every_check(formulas, of_figures, controls))
        proof_row, self.row = self.row, self.row + 4 + above
        self.hashes()
        self.notes()
        self.control(controls)
        last, self.row = self.row, proof_row
        made = every_check(formulas, of_figures, controls)
        self.section("Checks", 0, self.last_column)
        self.checks(made, 0)
        self.row = last
        self.page.freeze_panes(2, 1)
        self.page.repeat_rows(0, 1)
        self.finish(self.last_column, landscape=True)
        return made

    def control(self, controls: Sequence[ControlTotal]) -> None:
        """Write what the run added up, column by column, when it wrote the sheets."""
        if not controls:
            return
        self.row += 1
        self.section("Control totals of the run", 0, self.last_column)
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
        self.section(title, 0, self.last_column)
        parts = [f"{status}_{kind}" for status in (*STATUSES, "rejected")]
        outcomes = [*map(in_words, STATUSES), "Rejected"]
        if kind == "rows" and self.figures.set_aside:
            # Superseded and reversed rows: none has a charge that counts.
            parts.append("set_aside_rows")
            outcomes.append("Set aside")
        names = ["File", f"{kind.capitalize()} in", *outcomes, "Difference"]
        self.headings(0, names, ["text", *[shown] * (len(names) - 1)])
        first = self.row + 1
        area = Area(self.sheet.name, first, self.row + files.height, total=first + files.height)
        self.pages.places.files.append((area, kind))
        for each in files.iter_rows(named=True):
            self.text(0, each["file"])
            self.number(1, each[kind], styles.cell(shown))
            for place, name in enumerate(parts):
                self.number(2 + place, each[name], styles.cell(shown))
            self.difference(each[kind] - sum(each[name] for name in parts), shown, len(parts))
            self.row += 1
        self.text(0, "All files", styles.total("text"))
        for place, name in enumerate((kind, *parts)):
            letters = column_letters(1 + place)
            formula = f"SUM({letters}{first}:{letters}{self.row})"
            self.formula(1 + place, formula, total(files[name]), styles.total(shown))
        whole = total(files[kind]) - sum((total(files[name]) for name in parts), Decimal(0))
        self.difference(whole, shown, len(parts), strong=True)
        self.row += 1
        self.flag_differences(first - 1, 2 + len(parts), self.row - 1)
        self.row += 2

    def difference(self, value: Decimal, shown: Any, parts: int, *, strong: bool = False) -> None:
        """Write what is left of a row's figure when its parts are taken off."""
        row = self.row + 1
        style = self.styles.total(shown) if strong else self.styles.cell(shown)
        last = column_letters(1 + parts)
        self.formula(2 + parts, f"ROUND(B{row}-SUM(C{row}:{last}{row}),2)", value, style)

    def hashes(self) -> None:
        """Name each file's hash, so that it can be told to be the same file."""
        files = self.figures.by_file.filter(pl.col("sha256") != "")
        if files.is_empty():
            return
        self.section("Hashes", 0, self.last_column)
        self.headings(0, ("File", "SHA-256"), ("text", "text"))
        for name, sha256 in files.select("file", "sha256").rows():
            self.text(0, name, self.styles.cell("text"))
            self.text(1, sha256, self.styles.cell("code"))
            self.row += 1
        self.row += 1

    def notes(self) -> None:
        """Say which charges are counted as 0.00."""
        figures = self.figures
        unread = figures.rejected_charges.null_count()
        if unread:
            why = "was left out" if figures.run.privacy else "cannot be read"
            self.note(f"{counted(unread, 'rejected row')} whose charge {why}: counted as 0.00.", 0)
        uncharged = figures.lines["charge_amount"].null_count()
        if uncharged:
            self.note(f"{counted(uncharged, 'line')} billed without a charge: counted as 0.00.", 0)
