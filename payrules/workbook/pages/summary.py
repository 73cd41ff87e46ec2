"""The Summary: headline, status, charts, groups, work list, checks."""

from collections.abc import Sequence

from payrules.counted import counted
from payrules.engine.rule import STATUSES
from payrules.runs.x12 import not_whole
from payrules.workbook import about
from payrules.workbook.figures import against_paid
from payrules.workbook.figures.cuts import CUTS, OTHER_CUTS
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS, total
from payrules.workbook.live_checks import checks_of_figures, every_check
from payrules.workbook.live_checks.amounts import ALLOWED, PATIENTS
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.front import LAST_COLUMN, FrontPage, HeadlineRow
from payrules.workbook.pages.headline import headline_rows
from payrules.workbook.pages.paid_blocks import PaidBlocks
from payrules.workbook.pages.summary_charts import Charts
from payrules.workbook.words import in_words
from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.paper import ROW_HEIGHT
from payrules.workbook.xlsx.references import column_letters
from payrules.workbook.xlsx.styles import STATUS_COLOURS

SUMMARY_TITLES = {
    "status": "By status",
    "against_paid": against_paid.TITLE,
    "payer_name": "By payer",
    "practitioner": "By practitioner",
    "place_of_service": "By place of service",
    "code_family": "By code family",
    "month": "By month of service",
    "hcpcs_code": "Top codes",
    "review": "What to look at first",
}
#: What stands in the heading of the work list, where a column has no room for it.
_AT_STAKE = "at stake, if unpaid: the fee before contract, one side"
_WORDS = {name: in_words(name) for name in STATUSES}
#: What stands before the charts; the other tables follow these.
WRITTEN_APART = frozenset(("status", "against_paid", "review"))
#: The rows that stand on every page: title, batch, how it was made.
_REPEATED = 3
#: This part of a page may be blank above a chart; and the rows of a table that are no group.
_BLANK, _AROUND = 0.15, 5
#: How wide the columns are over which an act is written.
_ACT_WIDTH = 59
#: Where the checks stand on a Summary whose report has no Reconciliation: beside the print.
_PROOF_COLUMN = 30


def _foots(row: HeadlineRow, rows: Sequence[HeadlineRow], places: Sequence[int]) -> str:
    """Give the formula of a row that others add up to; "" of one that holds its own figure."""
    at = {each.label: f"C{place + 1}" for each, place in zip(rows, places, strict=True)}
    if row.label == ALLOWED:
        paid = next(each.label for each in rows if each.indent == 1)
        return "+".join(at[label] for label in (paid, PATIENTS, CUTS, OTHER_CUTS) if label in at)
    if row.label == "Not allowed":
        return f"{at[ALLOWED]}-{at['Charges']}"
    if row.indent == 1 and row is rows[1]:
        parts = [place for each, place in zip(rows, places, strict=True) if each.of_payer]
        return f"SUM(C{parts[0] + 1}:C{parts[-1] + 1})" if parts else ""
    return ""


class SummaryPage(PaidBlocks, Charts, FrontPage):
    """The answer: headline, status, charts, groups, work list, checks."""

    def write(self) -> None:
        """Write the page."""
        page, figures = self.page, self.figures
        said = (about.batch_in_words(figures), about.made_in_words(figures.run))
        self.opening(about.title(figures), said)
        self.failed(not_whole(figures.run.x12))
        self.headline()
        self.row += 1
        self.sign_off()
        tables = self.sheet.tables
        if "review" in tables:
            self.review()
        if "against_paid" in tables:
            self.answers()
            self.against_paid()
        if "status" in tables:
            self.group("status")
        self._waiting = [key for key in tables if key not in WRITTEN_APART]
        self.charts()
        while self._waiting:
            self.group(self._waiting.pop(0))
        self.finish(LAST_COLUMN, landscape=False, repeated=_REPEATED)
        page.set_first_sheet()
        page.activate()

    def before_chart(self, height: float) -> None:
        """Write tables first where a chart that is not cut would leave much of a page blank."""
        while self._waiting and not self.sheet.one_page:
            paper = self.on_paper(LAST_COLUMN, self.row, _REPEATED)
            if height <= paper.room or paper.room < _BLANK * paper.height:
                return
            table = self.figures.top(self._waiting[0], self.sheet.rows).height + _AROUND
            if table * ROW_HEIGHT > paper.room:
                return
            self.group(self._waiting.pop(0))

    def headline(self) -> None:
        """Write the answer, and note where its figures stand."""
        places = self.pages.places
        for row, cell in self.answer(headline_rows(self.figures), _foots):
            if row.of_payer:
                places.payers.append((row.label, cell, row.amount))
            elif row.amount is not None:
                places.headline.append((row.label, cell, row.amount))

    def proof(self, formulas: Formulas) -> tuple[LiveCheck, ...]:
        """Write the checks beside the page, where no Reconciliation has them."""
        made = every_check(formulas, checks_of_figures(formulas))
        self.row = 0
        self.page.write_string(0, _PROOF_COLUMN, "Checks", self.styles.quiet())
        self.row = 1
        self.checks(made, _PROOF_COLUMN)
        self.set_widths()
        return made

    def group(self, key: str) -> None:
        """Write lines and amounts by one column, the largest first, with their total."""
        figures, styles = self.figures, self.styles
        grouped = figures.by_status if key == "status" else figures.top(key, self.sheet.rows)
        self.section(SUMMARY_TITLES[key], 1, 7)
        owed = figures.heading("patient_amount")
        names = ["", "Lines", "Charges", "Allowed", figures.pays, owed, "Of charges"]
        self.headings(1, names, ["text", *["money"] * 6])
        first = self.row + 1
        self.pages.places.groups.append(
            Area(
                self.sheet.name,
                first,
                self.row + grouped.height,
                key,
                total=self.row + grouped.height + 1 if grouped.height else None,
                others=grouped.height > self.sheet.rows and key not in {"status", "month"},
            )
        )
        for each in grouped.iter_rows(named=True):
            label = str(each[key])
            self.text(1, _WORDS.get(label, label) if key == "status" else label)
            self.number(2, each["lines"], styles.cell("integer"))
            for place, name in enumerate(HEADLINE_AMOUNTS):
                if each[name] is not None:
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
        last = self.row - 1
        if grouped.is_empty():
            self.pages.places.groups.pop()
            self.note("No lines")
            self.row += 1
            return
        self.text(1, "Total", styles.total("text"))
        for place, name in enumerate(("lines", *HEADLINE_AMOUNTS)):
            letters = column_letters(2 + place)
            value = figures.no_coinsurance.total(name, grouped[name])
            style = styles.total("integer" if name == "lines" else "money")
            if value is None:
                self.page.write_blank(self.row, 2 + place, None, style)
            else:
                added = f"SUM({letters}{first}:{letters}{self.row})"
                self.formula(2 + place, added, value, style)
        charges, allowed = total(grouped["charge_amount"]), total(grouped["allowed_amount"])
        row = self.row + 1
        if charges > 0:
            formula = f"IF(D{row}>0,E{row}/D{row},0)"
            self.formula(7, formula, allowed / charges, styles.total("percent"))
        else:  # without charges nothing is a share of them
            self.page.write_blank(self.row, 7, None, styles.total("percent"))
        self.row += 2
        if key == "month":
            self.months(first - 1, last)

    def review(self) -> None:
        """Write what to look at first: the work list by status and what to do."""
        reasons, styles = self.figures.review_by_reason, self.styles
        title = f"{SUMMARY_TITLES['review']} ({_AT_STAKE})"
        self.section(title, 1, 7)
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
            if each["at_stake_amount"] is not None:
                self.number(3, each["at_stake_amount"], styles.cell("money"))
            act = printable_text(each["what_to_do"])
            self.over(4, 7, act, styles.advice())
            self.high_enough(((act, _ACT_WIDTH),))
            self.row += 1
        left = reasons[shown.height :]
        if left.height:
            lines, at_stake = int(left["lines"].sum()), total(left["at_stake_amount"])
            self.note(
                f"Not shown: {counted(left.height, 'kind')} of lines more,"
                f" {counted(lines, 'line')}, {at_stake:,.2f} at stake."
            )
        if reasons.is_empty():
            self.note("Nothing: every line is priced and none has a note.")
        self.row += 1
