"""A page of a report: any page, with the figures of a batch and where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from payrules.frozen import frozen
from payrules.workbook.figures import Figures
from payrules.workbook.layout.sheets import ReportSheet
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.places import FigurePlaces
from payrules.workbook.pages.page import Page
from payrules.workbook.tables import ReportTable
from payrules.workbook.xlsx.styles import Styles


@frozen
class PageSources:
    """What the pages of one workbook are written from."""

    book: Any
    styles: Styles
    figures: Figures
    tables: Mapping[str, ReportTable]  # those that stand in the workbook, by sheet
    places: FigurePlaces = field(default_factory=FigurePlaces)
    _named: set[str] = field(default_factory=set)

    def free_name(self, name: str) -> str:
        """Give a table of a page a name that no other table of the workbook has."""
        taken = self._named | {table.name.lower() for table in self.tables.values()}
        while name.lower() in taken:
            name += "_"
        self._named.add(name.lower())
        return name


class ReportPage(Page):
    """A page of a report being written."""

    def __init__(self, pages: PageSources, sheet: ReportSheet, page: Any) -> None:
        """Begin the page of a layout's sheet."""
        super().__init__(sheet.name, page, pages.styles, pages.free_name)
        self.pages, self.sheet, self.figures = pages, sheet, pages.figures
        if sheet.content != "reconciliation":
            pages.places.texts[sheet.name] = self.texts

    def write(self) -> None:
        """Write the page."""
        raise NotImplementedError

    def checks(self, checks: Sequence[LiveCheck], left: int) -> None:
        """Write checks as a table, and note where they read."""
        super().checks(checks, left)
        self.pages.places.verdict = self.verdict_cells

    def finish(
        self,
        last_column: int,
        *,
        landscape: bool,
        last_row: int | None = None,
        one_page: bool = False,
        repeated: int = 0,
    ) -> None:
        """Set widths and print: on one page where the layout wants it."""
        super().finish(
            last_column,
            landscape=landscape,
            last_row=last_row,
            one_page=one_page or self.sheet.one_page,
            repeated=repeated,
        )
