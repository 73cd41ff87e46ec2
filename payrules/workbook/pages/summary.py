"""The Summary: headline, status, charts, groups, work list, checks."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from payrules.counted import counted
from payrules.engine.rule import STATUSES
from payrules.workbook import about
from payrules.workbook.figures import against_paid
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS, total
from payrules.workbook.live_checks import every_check
from payrules.workbook.live_checks.amounts import ALLOWED, CUTS, PATIENTS
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.headline import HeadlineRow, headline_rows
from payrules.workbook.pages.paid_blocks import PaidBlocks
from payrules.workbook.pages.summary_charts import Charts
from payrules.workbook.words import in_words
from payrules.workbook.xlsx.bulk_rows import printable_text
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
_WORDS = {name: in_words(name) for name in STATUSES}
#: Who signs the first page.
SIGNED = ("Prepared by", "Reviewed by")
#: What stands before the charts; the other tables follow these.
WRITTEN_APART = frozenset(("status", "against_paid", "review"))
#: How wide the columns are over which an act is written.
_ACT_WIDTH = 59
#: Where the checks stand on a Summary whose report has no Reconciliation: beside the print.
_PROOF_COLUMN = 30


def _offsets(rows: Sequence[HeadlineRow]) -> Iterator[int]:
    """Give how far under the first each row of the headline stands."""
    offset = 0
    for row in rows:
        offset += row.after_space
        yield offset
        offset += 1


def _foots(row: HeadlineRow, rows: Sequence[HeadlineRow], places: Sequence[int]) -> str:
    """Give the formula of a row that others add up to; "" of one that holds its own figure."""
    at = {each.label: f"C{place + 1}" for each, place in zip(rows, places, strict=True)}
    if row.label == ALLOWED:
        paid = next(each.label for each in rows if each.indent == 1)
        return "+".join(at[label] for label in (paid, PATIENTS, CUTS))
    if row.label == "Not allowed":
        return f"{at[ALLOWED]}-{at['Charges']}"
    if row.indent == 1 and row is rows[1]:
        parts = [place for each, place in zip(rows, places, strict=True) if each.of_payer]
        return f"SUM(C{parts[0] + 1}:C{parts[-1] + 1})" if parts else ""
    return ""


class SummaryPage(PaidBlocks, Charts):
    """The answer: headline, status, charts, groups, work list, checks."""

    def write(self) -> None:
        """Write the page."""
        page, styles, figures = self.page, self.styles, self.figures
        self.columns(0, 0, 2)
        self.columns(1, 1, 38)
        self.columns(2, 2, 18)
        self.columns(3, 6, 15)
        self.columns(7, 7, 14)
        self.row = 0
        page.set_row(0, 30)
        self.text(1, about.title(figures), styles.title())
        self.row = 1
        self.note(about.batch_in_words(figures))
        self.note(
            f"payrules {figures.run.payrules}  ·  "
            f"{about.stamp(figures.run):%Y-%m-%d %H:%M} UTC  ·  an estimate, not a claim decision"
        )
        self.row += 1
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
        self.charts()
        for key in tables:
            if key not in WRITTEN_APART:
                self.group(key)
        self.finish(7, landscape=False)
        page.set_first_sheet()
        page.activate()

    def headline(self) -> None:
        """Write the answer; what its checks say follows when they are made (`verdict`)."""
        rows = headline_rows(self.figures)
        below = [self.row + place for place in _offsets(rows)]
        for row, place in zip(rows, below, strict=True):
            self.row = place
            self.page.set_row(self.row, 24 if row.strong else 19)
            self.text(1, row.label, self.styles.words(strong=row.strong, indent=row.indent))
            style = self.styles.headline(strong=row.strong, of_parts=row.of_payer)
            formula = _foots(row, rows, below)
            if row.is_check:
                self.check_row = self.row
            elif formula:
                self.formula(2, formula, row.amount, style)
            else:
                self.number(2, row.amount, style)
            if row.is_check:
                self.flag_differences(self.row, 2, self.row)
            else:
                noted = self.pages.places.payers if row.of_payer else self.pages.places.headline
                noted.append((row.label, self.cell(2), row.amount))
                self.text(3, row.words, self.styles.quiet(indent=1))
        self.row += 1

    def sign_off(self) -> None:
        """Leave room for who prepared the page and who reviewed it."""
        for who in SIGNED:
            self.page.set_row(self.row, 24)
            self.text(1, who, self.styles.words(indent=0))
            for column in (2, 3):
                self.page.write_blank(self.row, column, None, self.styles.box())
            self.text(4, "Date", self.styles.quiet(indent=1))
            self.page.write_blank(self.row, 5, None, self.styles.box())
            self.row += 1
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
        """Write lines and amounts by one column, the largest first, with their total."""
        figures, styles = self.figures, self.styles
        grouped = figures.by_status if key == "status" else figures.top(key, self.sheet.rows)
        self.section(SUMMARY_TITLES[key], 1, 7)
        names = ["", "Lines", "Charges", "Allowed", figures.pays, "Patient owes", "Of charges"]
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
        if key == "month":
            self.months(first - 1, last)

    def review(self) -> None:
        """Write what to look at first: the work list by status and what to do."""
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
            act = printable_text(each["what_to_do"])
            self.page.merge_range(self.row, 4, self.row, 7, act, styles.advice())
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
