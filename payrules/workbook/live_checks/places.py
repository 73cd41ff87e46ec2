"""Where the figures of the pages stand: noted while they are written, for the checks."""

from dataclasses import dataclass, field
from decimal import Decimal

from payrules.frozen import frozen
from payrules.workbook.figures.against_paid import PaidMeasure
from payrules.workbook.figures.answers import AnswersBlock
from payrules.workbook.xlsx.references import quoted


@frozen
class Area:
    """Rows of figures on a page: `first` to `last`, counted from 1, and a total under them."""

    sheet: str
    first: int
    last: int
    key: str = ""
    total: int | None = None
    others: bool = False  # the last row holds all other groups together

    def column(self, letters: str, first: int | None = None, last: int | None = None) -> str:
        """Give the cells of a column."""
        first, last = self.first if first is None else first, self.last if last is None else last
        return f"{quoted(self.sheet)}!${letters}${first}:${letters}${last}"

    def cell(self, letters: str, row: int) -> str:
        """Give one cell."""
        return f"{quoted(self.sheet)}!${letters}${row}"


@dataclass
class FigurePlaces:
    """Where the figures of the pages stand: noted while the pages are written."""

    headline: list[tuple[str, str, Decimal]] = field(default_factory=list)  # label, cell, value
    payers: list[tuple[str, str, Decimal | None]] = field(default_factory=list)  # the same
    groups: list[Area] = field(default_factory=list)
    reviews: list[Area] = field(default_factory=list)
    against_paid: list[tuple[Area, PaidMeasure]] = field(default_factory=list)
    answers: list[tuple[Area, AnswersBlock]] = field(default_factory=list)
    changes: list[Area] = field(default_factory=list)
    bridges: list[Area] = field(default_factory=list)
    shares: list[tuple[str, str, str, Decimal]] = field(default_factory=list)
    #: And its first column, and the row of the bridge at which it begins.
    waterfalls: list[tuple[Area, int, int]] = field(default_factory=list)
    bars: list[tuple[Area, int, str]] = field(default_factory=list)
    files: list[tuple[Area, str]] = field(default_factory=list)  # "rows" or "charges"
    counts: list[tuple[str, str, int]] = field(default_factory=list)
    control: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Of each page that holds no checks itself: its texts by their cells.
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    verdict: str = ""  # the cells that read OK or CHECK
