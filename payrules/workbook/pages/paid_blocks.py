"""What payers allowed and paid beside what is expected, on the Summary."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from payrules.workbook.coinsurance import beside_paid
from payrules.workbook.columns import PAID
from payrules.workbook.figures import against_paid, answers
from payrules.workbook.figures.against_paid import PaidGroup
from payrules.workbook.figures.answers import AnswersBlock, PayerAnswers
from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.page import UNDER_TOTAL
from payrules.workbook.pages.report_page import ReportPage
from payrules.workbook.xlsx.formats import Format
from payrules.workbook.xlsx.styles import lines_needed

#: How high a further line of a label is, in points.
_LINE_HEIGHT = 15
#: How many letters of a label take the room of a digit more than `lines_needed` counts on.
_NARROW = 1.15


class PaidBlocks(ReportPage):
    """A page that shows what payers allowed and paid."""

    def answers(self) -> None:
        """Write what each payer answered beside what is expected, and what is pending."""
        for block in self.figures.answers:
            self._answers(block)

    def _answers(self, block: AnswersBlock) -> None:
        """Write a row a payer, and their total."""
        measure, styles = block.measure.expected, self.styles
        self.section(answers.TITLES[measure], 1, 7)
        self.headings(1, answers.HEADINGS[measure], ["text", *["money"] * 6])
        first, shown = self.row + 1, block.shown(self.sheet.rows)
        area = Area(
            *(self.sheet.name, first, self.row + len(shown)),
            total=self.row + len(shown) + 1,
            others=len(shown) < len(block.payers),
        )
        self.pages.places.answers.append((area, block))
        for each in shown:
            self._payer(each, styles.cell)
        sums = [f"SUM({letters}{first}:{letters}{self.row})" for letters in "CDEGH"]
        self._payer(block.total, styles.total, sums)
        for each in block.apart:
            self._under_total(each.payer)
            self._payer(each, styles.under_total, wrap=self._wraps(each.payer))
        unsaid = self._unsaid() if measure == PAID else ""
        for number, words in enumerate(filter(None, (*answers.NOTES, block.aside, unsaid))):
            self.note(words, under_total=not (number or block.apart))
        self.row += 1

    def _unsaid(self) -> str:
        """Say whose expected payments hold a share of the patients' that is not known."""
        return beside_paid(self.figures.no_coinsurance.of_paid)

    def _under_total(self, label: str) -> None:
        """Make a row high enough that stands under a total, whatever its label says."""
        self.page.set_row(self.row, UNDER_TOTAL + _LINE_HEIGHT * (self._lines(label) - 1))

    def _lines(self, label: str) -> int:
        return lines_needed(label, self.widths[1] * _NARROW)

    def _wraps(self, label: str) -> bool:
        """Whether a label is longer than its column: in print it would be cut there."""
        return self._lines(label) > 1

    def _payer(
        self, each: PayerAnswers, style: Any, sums: Sequence[str] = (), *, wrap: bool = False
    ) -> None:
        """Write a payer's row; a total row holds the `sums` of the rows above."""
        self.text(1, each.payer, style("text", wrap=True) if wrap else style("text"))
        row = self.row + 1
        figures = dict(zip("CDEFG", each.amounts, strict=True))
        figures["H"] = None if each.is_apart else Decimal(each.pending_lines)
        formulas = dict(zip("CDEGH", sums, strict=True)) if sums else {}
        if each.variance is not None:
            formulas["F"] = f"E{row}-D{row}"
        for column, (letters, value) in enumerate(figures.items(), 2):
            shown = style("integer" if letters == "H" else "money")
            if value is None:
                self.page.write_blank(self.row, column, None, shown)
            elif letters in formulas:
                self.formula(column, formulas[letters], value, shown)
            else:
                self.number(column, value, shown)
        self.row += 1

    def against_paid(self) -> None:
        """Write what payers allowed and paid beside what is expected, where the batch says it."""
        measures = self.figures.against_paid
        if not measures:
            return
        self.section(against_paid.TITLE, 1, 7)
        names = ["", "Lines", "Expected", "By payer", "Difference", "Of expected", ""]
        self.headings(1, names, ["text", *["money"] * 5, "text"])
        for measure in measures:
            first = self.row + 1
            rows = len(measure.compared) + len(measure.not_compared)
            area = Area(self.sheet.name, first, first + rows)
            self.pages.places.against_paid.append((area, measure))
            for each in measure.compared:
                self._paid_group(each, [each.lines, each.expected, each.paid])
            sums = [f"SUM({letters}{first}:{letters}{self.row})" for letters in "CDE"]
            self._paid_group(measure.total, sums, strong=True)
            for place, each in enumerate(measure.not_compared):
                self._paid_group(each, [each.lines, None, each.paid], under_total=not place)
        self.note(against_paid.WHAT_NEXT)
        if unsaid := self._unsaid():
            self.note(unsaid)
        self.row += 1

    def _paid_group(
        self,
        each: PaidGroup,
        figures: Sequence[int | Decimal | str | None],
        *,
        strong: bool = False,
        under_total: bool = False,
    ) -> None:
        """Write a row of what was paid against what is expected; text is a formula of a sum."""
        style = self.styles.total if strong else self.styles.cell
        wrap = self._wraps(each.label)
        if under_total or wrap:  # what cannot be compared
            style = self.styles.under_total
            self._under_total(each.label)
        text = self.styles.under_total("text", wrap=True) if wrap else style("text")
        self.text(1, each.label, text)
        values = (Decimal(each.lines), each.expected, each.paid)
        kinds: Sequence[Format] = ("integer", "money", "money")
        for place, (figure, value, kind) in enumerate(zip(figures, values, kinds, strict=True), 2):
            if isinstance(figure, str) and value is not None:
                self.formula(place, figure, value, style(kind))
            elif figure is not None and value is not None:
                self.number(place, value, style(kind))
        if figures[1] is not None and each.difference is not None:
            row = self.row + 1
            self.formula(5, f"E{row}-D{row}", each.difference, style("money"))
            if each.share is None:  # where nothing is expected, nothing is a share of it
                self.page.write_blank(self.row, 6, None, style("percent"))
            else:
                self.formula(6, f"IF(D{row}>0,F{row}/D{row},0)", each.share, style("percent"))
        self.row += 1
