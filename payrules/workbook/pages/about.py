"""The About page: the run, its sources, its rules and terms, the words, the limits."""

from collections.abc import Sequence
from textwrap import wrap

from payrules.workbook import about
from payrules.workbook.pages.page import Page

_WIDTHS = (27, 62, 68, 13, 26)


class AboutPage(Page):
    """The run, its sources, its rules and terms, the words, the limits."""

    def write(self) -> None:
        """Write the page."""
        page, styles, figures = self.page, self.styles, self.figures
        for column, width in enumerate(_WIDTHS):
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
                "Terms that differ from Medicare",
                about.TERM_HEADINGS,
                terms,
            )
        self.tabular(
            "Rules, in order",
            ("Rule", "What it does", "Citation", "Since", "Ran"),
            about.rules(figures),
        )
        self.listed("Words", about.glossary(figures.run.every_payer))
        self.finish(4, landscape=True)

    def listed(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Write names and words below each other; a sentence without a name goes over the page."""
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
        """Write rows of wrapped texts under headings; nothing where there are none."""
        if not rows:
            return
        self.section(title, 0, 4)
        self.headings(0, names, ["text"] * len(names))
        for row in rows:
            for column, words in enumerate(row):
                self.text(column, words, self.styles.cell("text", wrap=True))
            self.high_enough(tuple(zip(row, _WIDTHS, strict=False)))
            self.row += 1
        self.row += 1
