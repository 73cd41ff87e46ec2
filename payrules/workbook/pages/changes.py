"""The Changes: from last time to now, adding up, and what stands otherwise."""

from payrules.workbook.coinsurance import ON_FILE
from payrules.workbook.figures import Figures
from payrules.workbook.figures.changes import LAST, NOW, WHAT, Changes, ChangeStep
from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.report_page import ReportPage

_WIDTHS = (38, 13, 17, 17, 17, 17, 62)
#: Of what stands otherwise; what stood last time goes over four columns.
OTHERWISE = ("What is otherwise", "Kind", "Last time", "", "", "", "Now")
OTHERWISE_TITLE = "What stands otherwise"
TITLE = "What changed since last time"
_OWED = "Patients owe"


def owed_of(figures: Figures) -> str:
    """Head what patients owe, where some shares are on no file."""
    changes = figures.changes
    return ON_FILE.format(_OWED) if changes is not None and changes.is_share_open else _OWED


class ChangesPage(ReportPage):
    """From last time to now, adding up, and what stands otherwise."""

    def write(self) -> None:
        """Write the page."""
        changes = self.figures.changes
        if changes is None or self.figures.last is None:
            return
        for column, width in enumerate(_WIDTHS):
            self.columns(column, column, width)
        self.text(0, TITLE, self.styles.title())
        self.page.set_row(0, 30)
        self.row = 1
        files = ", ".join(name for name, _ in self.figures.last.files)
        self.note(f"Compared with {files}.", 0)
        for words in changes.notes:
            self.note(words, 0)
        self.row += 1
        self.steps(changes)
        self.otherwise(changes)
        self.finish(6, landscape=True)

    def steps(self, changes: Changes) -> None:
        """Write each step; what is reached is a formula over the steps above it."""
        self.section("From last time to now", 0, 6)
        paid = "Payers pay" if changes.of_others else self.figures.pays
        names = ("", "Lines", "Charges", "Allowed", paid, owed_of(self.figures), "")
        self.headings(0, names, ("text", "integer", *["money"] * 4, "text"))
        first = self.row + 1
        self.pages.places.changes.append(
            Area(self.sheet.name, first, self.row + len(changes.steps))
        )
        for step in changes.steps:
            self._step(step, first)
        self.row += 1

    def _step(self, step: ChangeStep, first: int) -> None:
        is_end = step.label in {LAST, NOW}
        style = self.styles.total if is_end else self.styles.cell
        self.text(0, step.label, style("text"))
        if step.lines is None:
            self.page.write_blank(self.row, 1, None, style("integer"))
        else:
            self.number(1, step.lines, style("integer"))
        for column, (letters, amount) in enumerate(zip("CDEF", step.amounts, strict=True), 2):
            if amount is None:
                self.page.write_blank(self.row, column, None, style("money"))
            elif step.label == NOW:
                formula = f"ROUND(SUM({letters}{first}:{letters}{self.row}),2)"
                self.formula(column, formula, amount, style("money"))
            else:
                self.number(column, amount, style("money"))
        self.text(6, WHAT.get(step.label, ""), self.styles.quiet(indent=1))
        self.row += 1

    def otherwise(self, changes: Changes) -> None:
        """Write what stands otherwise: version, fee schedules, rules, terms."""
        self.section(OTHERWISE_TITLE, 0, 6)
        if not changes.otherwise:
            self.note(changes.nothing, 0)
            return
        self.headings(0, OTHERWISE, ["text"] * len(OTHERWISE))
        wrapped = self.styles.cell("text", wrap=True)
        for kind, name, before, after in changes.otherwise:
            self.text(0, name, wrapped)
            self.text(1, kind, wrapped)
            self.over(2, 5, before, wrapped)
            self.text(6, after, wrapped)
            self.high_enough(((name, _WIDTHS[0]), (before, sum(_WIDTHS[2:6])), (after, _WIDTHS[6])))
            self.row += 1
