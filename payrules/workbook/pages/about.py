"""The About page: the run, its sources, its rules and terms, the words, the limits."""

import re
from collections.abc import Sequence
from datetime import date
from textwrap import wrap

from payrules.workbook import about
from payrules.workbook.about import DISCLAIMER, TERM_HEADINGS, AboutText
from payrules.workbook.pages.page import Page
from payrules.workbook.pages.report_page import ReportPage
from payrules.workbook.xlsx.formats import NUMBER_FORMATS

#: A day, and nothing else.
_A_DAY = re.compile(r"(19|20)\d\d-\d\d-\d\d")
_WIDTHS = (27, 62, 68, 13, 26)


class AboutPage(Page):
    """The run, its sources, its rules and terms, the words, the limits."""

    def told(self, said: AboutText) -> list[tuple[str, str, int]]:
        """Write the page; gives the numbers in it: name, cell, value."""
        for column, width in enumerate(_WIDTHS):
            self.columns(column, column, width)
        self.page.set_row(0, 30)
        self.text(0, said.title, self.styles.title())
        self.row = 2
        for words in DISCLAIMER:
            self.note(words, 0)
        self.row += 1
        counts = self.listed("This run", said.facts)
        self.tabular(
            "Sources",
            ("What", "Name", "SHA-256", "", ""),
            [
                (kind, f"{name} ({what})" if what else name, sha256)
                for kind, name, what, sha256 in said.sources
            ],
        )
        for title, sentences in (
            ("Where the numbers come from", said.notes),
            ("Assumptions", said.assumptions),
            ("What is not in it", said.left_out),
        ):
            if sentences:
                self.listed(title, [("", each) for each in sentences])
        if said.terms:
            self.tabular("Terms that differ from Medicare", TERM_HEADINGS, said.terms)
        self.tabular(
            "Rules, in order", ("Rule", "What it does", "Citation", "Since", "Ran"), said.rules
        )
        if said.words:
            self.listed("Words", said.words)
        self.page.repeat_rows(0)
        self.finish(4, landscape=True)
        return counts

    def listed(self, title: str, rows: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
        """Write names and words below each other; a sentence without a name goes over the page.

        Gives the numbers among them: name, cell, value.
        """
        counts: list[tuple[str, str, int]] = []
        self.section(title, 0, 4)
        for name, words in rows:
            if name:
                self.text(0, name, self.styles.make(bold=True))
                if words.replace(",", "").isdigit():
                    number = int(words.replace(",", ""))
                    self.number(1, number, self.styles.make(num_format="#,##0", align="left"))
                    counts.append((name, self.cell(1), number))
                elif not self._day(1, words, indent=0):
                    self.text(1, words)
            else:
                for part in wrap(words, 180):
                    self.text(0, part)
                    self.row += 1
                continue
            self.row += 1
        self.row += 1
        return counts

    def tabular(self, title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write rows of wrapped texts under headings; nothing where there are none."""
        if not rows:
            return
        self.section(title, 0, 4)
        self.headings(0, names, ["text"] * len(names))
        for row in rows:
            for column, words in enumerate(row):
                if not self._day(column, words, indent=1):
                    self.text(column, words, self.styles.cell("text", wrap=True))
            self.high_enough(tuple(zip(row, _WIDTHS, strict=False)))
            self.row += 1
        self.row += 1

    def _day(self, column: int, words: str, *, indent: int) -> bool:
        """Write words that are a day as that day, so that Excel knows it; else nothing."""
        if not _A_DAY.fullmatch(words):
            return False
        look = {"num_format": NUMBER_FORMATS["date"], "align": "left", "indent": indent}
        self.page.write_datetime(
            self.row, column, date.fromisoformat(words), self.styles.make(**look)
        )
        return True


class EstimateAbout(ReportPage, AboutPage):
    """The About page of an estimate, whose numbers are checked."""

    def write(self) -> None:
        """Write the page."""
        self.pages.places.counts.extend(self.told(about.of_estimate(self.figures)))
