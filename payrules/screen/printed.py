"""What a terminal shows, made fit for its width: tables, sentences and progress.

Nothing is ever cropped. A table whose amounts and headings do not fit beside each other is shown
row by row, each value under its heading; a number wider than the terminal runs over its edge. A
pipe has no edge: there every table is as wide as its amounts need.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from payrules.terminal import escaped

if TYPE_CHECKING:
    from rich.progress import Progress

_PIPE_WIDTH = 100
_NO_EDGE = 1_000_000
_GAP = 2
#: A longer word in a column of words may be broken to keep a table a table: a hash, a path.
_LONGEST_WORD = 24
_WORD = re.compile(r"\S+\s*")

__all__ = [
    "Part",
    "Table",
    "Text",
    "download_progress",
    "joined",
    "money",
    "progress",
    "show",
    "words",
]


def words(*lines: object, bold: bool = False, dim: bool = False, whole: bool = False) -> Text:
    """Make sentences, one a line; `whole` lines, such as paths, are never folded."""
    style = " ".join(name for name, is_on in (("bold", bold), ("dim", dim)) if is_on)
    return Text("\n".join(map(escaped, lines)), style=style, no_wrap=whole or None)


def money(amount: Decimal | str | None) -> str:
    """Write an amount in dollars and cents; nothing where there is none."""
    return "" if amount is None else f"{Decimal(amount):,.2f}"


def joined(*texts: Text) -> Text:
    """Put texts that `words` made behind each other, each in its own style."""
    return Text.assemble(*texts)


def show(*parts: "Part") -> None:
    """Print tables and sentences to standard output, with an empty line between them."""
    on_terminal = sys.stdout.isatty()
    console = Console(
        force_terminal=on_terminal,
        width=None if on_terminal else _PIPE_WIDTH,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    width = console.width
    console.width = _NO_EDGE  # what is printed is fitted to the width here: rich crops
    with console.capture() as written:
        for number, part in enumerate(parts):
            if number:
                console.print()
            _print(console, part, width)
    lines = (line.rstrip() for line in written.get().removesuffix("\n").split("\n"))
    click.echo("\n".join(lines))


def _print(console: Console, part: "Part", width: int) -> None:
    if isinstance(part, tuple):
        for each in part:
            _print(console, each, width)
    elif isinstance(part, Table):
        for shown in part.fitted(width, on_terminal=console.is_terminal):
            console.print(shown)
    else:
        text = words(part) if isinstance(part, str) else part
        for line in [text] if text.no_wrap else _folded(text, width):
            console.print(line)


def _folded(text: Text, width: int) -> Iterator[Text]:
    """Fold a text between words only: a number wider than the terminal runs over its edge."""
    for line in text.split("\n", allow_blank=True):
        breaks, start = [], 0
        for word in _WORD.finditer(line.plain):
            if word.start() > start and cell_len(line.plain[start : word.end()].rstrip()) > width:
                start = word.start()
                breaks.append(start)
        for part in line.divide(breaks):
            part.rstrip()
            yield part


class Table:
    """A table with a heading over every column; the columns named in `right` hold numbers."""

    def __init__(self, *headings: object, right: Collection[str] = ()) -> None:
        self._headings = [words(heading) for heading in headings]
        self._right = [heading in right for heading in headings]
        self._rows: list[list[Text]] = []

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def add_row(self, *cells: object) -> None:
        """Add a row: texts, or what `words` made of several lines."""
        self._rows.append([cell if isinstance(cell, Text) else words(cell) for cell in cells])

    def fitted(self, width: int, *, on_terminal: bool) -> Iterator[Grid | Text]:
        """Give the table as a grid where it fits the width, else row by row."""
        needed, natural = self._widths()
        # On a terminal a line under the headings runs through every gap, and widens it by one.
        room = width - (_GAP + on_terminal) * (len(needed) - 1)
        if not on_terminal:
            room = max(room, sum(needed))
        if sum(needed) <= room:
            yield self._grid(_shared_out(needed, natural, room), on_terminal=on_terminal)
        else:
            yield from self._row_by_row(width)

    def _widths(self) -> tuple[list[int], list[int]]:
        """Give the least and the natural width of each column, in characters.

        Headings and numbers stand on one line; words may be folded between words.
        """
        needed, natural = [], []
        for place, heading in enumerate(self._headings):
            texts = [line for row in self._rows for line in row[place].plain.split("\n")]
            widest = max(map(cell_len, texts), default=0)
            longest = max((cell_len(word) for text in texts for word in text.split()), default=0)
            least = widest if self._right[place] else _least(texts, longest)
            needed.append(max(cell_len(heading.plain), least))
            natural.append(max(cell_len(heading.plain), widest))
        return needed, natural

    def _grid(self, widths: Sequence[int], *, on_terminal: bool) -> Grid:
        grid = Grid(
            box=box.SIMPLE_HEAD if on_terminal else None,
            show_edge=False,
            pad_edge=False,
            padding=(0, _GAP, 0, 0),
        )
        for heading, is_right, width in zip(self._headings, self._right, widths, strict=True):
            grid.add_column(
                heading,
                justify="right" if is_right else "left",
                no_wrap=is_right,
                width=width,
                overflow="fold",
            )
        for row in self._rows:
            grid.add_row(*row)
        return grid

    def _row_by_row(self, width: int) -> Iterator[Text]:
        """Show each row as lines of heading and value; without a heading the value stands alone."""
        margin = max(cell_len(heading.plain) for heading in self._headings) + _GAP
        for number, row in enumerate(self._rows or [[Text("")] * len(self._headings)]):
            if number:
                yield Text("")
            for heading, cell in zip(self._headings, row, strict=True):
                if not heading.plain:
                    yield from _folded(cell, width) if cell.plain else ()
                elif "\n" not in cell.plain and margin + cell_len(cell.plain) <= width:
                    yield Text.assemble((heading.plain.ljust(margin), "dim"), cell)
                else:
                    yield Text(heading.plain, style="dim")
                    for line in _folded(cell, width - _GAP) if cell.plain else ():
                        yield Text.assemble(" " * _GAP, line)


def _least(texts: Sequence[str], longest: int) -> int:
    """Give the width that keeps every number of these texts whole, and most of their words."""
    numbers = (
        cell_len(word)
        for text in texts
        for word in text.split()
        if any(mark.isdigit() for mark in word) and not _is_name(word)
    )
    return max(min(longest, _LONGEST_WORD), max(numbers, default=0))


def _is_name(word: str) -> bool:
    """Whether a word with digits is a name or a hash rather than an amount."""
    return sum(mark.isalpha() for mark in word) > 2 or "/" in word


def _shared_out(needed: Sequence[int], natural: Sequence[int], room: int) -> list[int]:
    """Give each column its width: none below what it needs, the widest ones folded first."""
    level = max(natural, default=0)
    while level > 1 and sum(_at(level, needed, natural)) > room:
        level -= 1
    return _at(level, needed, natural)


def _at(level: int, needed: Sequence[int], natural: Sequence[int]) -> list[int]:
    return [max(least, min(most, level)) for least, most in zip(needed, natural, strict=True)]


#: What is shown: a table, sentences, or several of these without an empty line between.
Part = Table | Text | str | tuple["Part", ...]


@contextmanager
def progress(steps: int | None, *, shown: bool) -> Iterator[Callable[[str], None] | None]:
    """Show which rule is being applied, on standard error, if it is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield None
        return
    with _bar() as bar:
        task = bar.add_task("reading claims", total=steps)

        def advance(rule: str) -> None:
            bar.update(task, advance=1, description=escaped(rule))

        yield advance


@contextmanager
def download_progress(name: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """Show how much of a download has come, on standard error, if it is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with _bar(of_bytes=True) as bar:
        task = bar.add_task(escaped(name), total=None)

        def advance(so_far: int, whole: int | None) -> None:
            bar.update(task, completed=so_far, total=whole)

        yield advance


def _bar(*, of_bytes: bool = False) -> "Progress":
    """Make a bar with its words at the left; they are shown as they are, never as markup."""
    # A run that shows no progress is spared the import: 30 ms of a short one.
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    measure = DownloadColumn() if of_bytes else TimeElapsedColumn()
    described = TextColumn("{task.description}", markup=False)
    return Progress(described, BarColumn(), measure, console=Console(stderr=True), transient=True)
