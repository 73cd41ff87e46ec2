"""The first page of a workbook: title, the answer row by row, who signs, what checks say."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from payrules.frozen import frozen
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.page import FreeName, Page
from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.styles import Styles, lines_needed

#: Who signs the first page.
SIGNED = ("Prepared by", "Reviewed by")
#: The columns of a first page: the margin, words, the amount, and what stands beside it.
WIDTHS = (2, 38, 18, 15, 15, 15, 15, 14)
LAST_COLUMN = len(WIDTHS) - 1
#: How many characters go over a page.
_OVER_THE_PAGE = 130
#: How high a line of a sentence about failed checks is, in points.
_FAILED_LINE = 16
#: How many of a title do, whose letters are larger.
_OF_A_TITLE = 72


@frozen
class HeadlineRow:
    """A row of the headline: what, how much, and a word about it.

    `of_payer` marks the rows of single payers, which add up to the row above them; `counts` an
    amount that is a number of things. An `amount` that there is none of is left blank.
    """

    label: str
    amount: Decimal | None
    words: str = ""
    strong: bool = False
    indent: int = 0
    after_space: bool = False
    is_check: bool = False
    of_payer: bool = False
    counts: bool = False


#: Gives the formula of a row of the headline, "" of one that holds its own figure: of the row,
#: all rows, and where each stands (counted from 0).
Foots = Callable[[HeadlineRow, Sequence[HeadlineRow], Sequence[int]], str]


class FrontPage(Page):
    """A page that begins with the answer, has room to sign, and says whether its checks hold."""

    check_row = 0

    def __init__(
        self,
        name: str,
        page: Any,
        styles: Styles,
        free_name: FreeName,
        widths: Sequence[float] = WIDTHS,
    ) -> None:
        """Begin the page; `widths` are those of its columns."""
        super().__init__(name, page, styles, free_name)
        self._widths, self.last_column = widths, len(widths) - 1

    def opening(self, title: str, said: Sequence[str]) -> None:
        """Write the title, and in small type of what, when and by what it is made."""
        for column, width in enumerate(self._widths):
            self.columns(column, column, width)
        needed = lines_needed(printable_text(title), _OF_A_TITLE)
        self.page.set_row(self.row, 30 * needed)
        if needed == 1:
            self.text(1, title, self.styles.title())
        else:  # a title that goes on beyond the page is cut in print
            self.over(1, self.last_column, title, self.styles.title(wrap=True))
        self.row += 1
        for words in said:
            self.note(words)
        self.row += 1

    def answer(
        self, rows: Sequence[HeadlineRow], foots: Foots | None = None
    ) -> Iterator[tuple[HeadlineRow, str]]:
        """Write the answer; gives each row with the cell of its amount.

        What its checks say follows when they are made (`verdict`).
        """
        below = [self.row + place for place in _offsets(rows)]
        for row, place in zip(rows, below, strict=True):
            self.row = place
            # A label is larger than a cell's text: fewer letters go into its column.
            high = 24 if row.strong else 19
            needed = lines_needed(row.label, self._widths[1] * (0.75 if row.strong else 0.92))
            self.page.set_row(self.row, high * needed)
            look = self.styles.words(strong=row.strong, indent=row.indent, wrap=needed > 1)
            self.text(1, row.label, look)
            if row.is_check:
                self.check_row = self.row
                self.flag_differences(self.row, 2, self.row)
                continue
            style = self.styles.headline(
                strong=row.strong, of_parts=row.of_payer, counts=row.counts
            )
            formula = foots(row, rows, below) if foots else ""
            if row.amount is None:
                self.page.write_blank(self.row, 2, None, style)
            elif formula:
                self.formula(2, formula, row.amount, style)
            else:
                self.number(2, row.amount, style)
            self.text(3, row.words, self.styles.quiet(indent=1))
            yield row, self.cell(2)
        self.row += 1

    def sentence(self, words: str) -> None:
        """Write a sentence over the page, as high as it needs."""
        shown = printable_text(words)
        style = self.styles.advice(centred=True)
        self.over(1, LAST_COLUMN, shown, style)
        self.page.set_row(self.row, 17 * lines_needed(shown, _OVER_THE_PAGE))
        self.row += 1

    def failed(self, words: str) -> None:
        """Say what of the files does not agree: the verdict is of the workbook's checks alone."""
        if not words:
            return
        shown = printable_text(words)
        lines = max(lines_needed(shown, _OVER_THE_PAGE), 2)
        self.page.set_row(self.row, _FAILED_LINE * lines)
        self.over(1, self.last_column, shown, self.styles.failed())
        self.row += 2

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

    def verdict(self, checks: Sequence[LiveCheck], cells: str) -> None:
        """Say how many checks do not hold, and how many do, as formulas over their cells."""
        self.row, every = self.check_row, len(checks)
        failed = sum(bool(check.difference) for check in checks)
        style, quiet = self.styles.verdict(), self.styles.quiet(indent=1)
        if not cells:
            self.number(2, failed, style)
            return
        holding = f'COUNTIF({cells},"OK")'
        self.formula(2, f"ROWS({cells})-{holding}", Decimal(failed), style)
        said = f"{every - failed} of {every} checks hold"
        words = f'={holding}&" of "&ROWS({cells})&" checks hold"'
        self.page.write_formula(self.row, 3, words, quiet, said)


def _offsets(rows: Sequence[HeadlineRow]) -> Iterator[int]:
    """Give how far under the first each row of the headline stands."""
    offset = 0
    for row in rows:
        offset += row.after_space
        yield offset
        offset += 1
