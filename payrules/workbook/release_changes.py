"""Writes what changed between two releases: the answer, the changes, checks, About."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.counted import counted
from payrules.fees.diff import ReleaseChanges, volume_steps
from payrules.runs.causes import causes_of
from payrules.runs.record import RunRecord
from payrules.runs.results import Estimate
from payrules.schedules.releases import Release
from payrules.version import __version__
from payrules.workbook.about import (
    ASSUMPTIONS,
    AboutText,
    Source,
    facts_of,
    glossary,
    made_in_words,
    rules,
    schedule_notes,
    sources_of,
    stamp,
)
from payrules.workbook.answer_book import AnswerBook, Answered, Figure, must_agree
from payrules.workbook.columns import headings_of
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.front import LAST_COLUMN, HeadlineRow
from payrules.workbook.words import CHARTED, capital, cell_in_words
from payrules.workbook.xlsx.book import Book, now
from payrules.workbook.xlsx.charts import CHART_TITLE, bar_chart
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.row_table import RowTable, widest, width_on_paper
from payrules.workbook.xlsx.written import WorkbookPlace, Written, place_of

FRONT = "Summary"
#: Where the figures behind the chart stand, right of what is read.
_BEHIND = (1, 30)
#: Columns of words, as wide as they are read; those that are printed wrap.
_WORDS = {"indicators": 42.0, "rvus": 90.0, "label": 32.0}
_MEDICARE_ALONE = (
    "Amounts are Medicare's alone, by its fee schedules and its rules; what other payers{of} pay"
    " is not in them."
)
_ASSUMED = (
    "Amounts of codes are those of one unit in the locality, with each release's conversion"
    " factor: a year's new factor changes every one.",
    "Your volume is the batch priced twice, every line with either release whatever its date.",
    "A line with an amount in one release only counts with its whole amount, as a step of its own.",
)
#: The sheets of rows, and whose effect each one's chart shows.
_CHANGES, _VOLUME = "Changes", "Your volume"
_EFFECT = {_CHANGES: "nonfacility_change", _VOLUME: "effect"}
_SHOWN_EFFECT = {
    _CHANGES: "change of the non-facility amount of one unit",
    _VOLUME: "effect on your volume",
}
_SETTINGS = ("nonfacility", "facility")
#: What is printed of each sheet, the first columns on it.
_PRINTED = {
    _CHANGES: (
        *("hcpcs_code", "modifier", "label", "change"),
        *(
            f"{each}_{what}"
            for each in _SETTINGS
            for what in ("amount_before", "amount_after", "change")
        ),
    ),
    _VOLUME: (
        *("hcpcs_code", "setting", "lines", "units"),
        *("allowed_before", "allowed_after", "effect", "changed_status"),
    ),
}


def write_diff(
    changes: ReleaseChanges,
    path: Path,
    volume: pl.DataFrame | None = None,
    *,
    releases: Sequence[Release] = (),
    priced: Sequence[Estimate] = (),
    force: bool = False,
    row_limit: int = ROW_LIMIT,
) -> Written:
    """Write the sheets Summary, Changes, with `volume` Your volume, Checks and About.

    The chart shows the codes with the largest effect: on the practice's own volume where there is
    one (`diff.volume_effect`), else on the amount of one unit. `releases` are both, for the hashes
    of their files, `priced` the batch with either. A sheet that would hold more
    rows than Excel takes goes to a Parquet file beside the workbook, and the sheet says so.
    ReportError if the file cannot be written; nothing is left half-written.
    """
    tables = {_CHANGES: changes.rows} | ({} if volume is None else {_VOLUME: volume})
    tables = {
        name: frame.select(*_PRINTED[name], pl.exclude(_PRINTED[name]))
        for name, frame in tables.items()
    }
    with place_of(Path(path), tables, force=force, row_limit=row_limit) as place:
        differences = _Diff(place, changes, volume, releases, priced).write()
    return place.written(differences)


class _Diff:
    """The workbook of one difference being written."""

    def __init__(
        self,
        place: WorkbookPlace,
        changes: ReleaseChanges,
        volume: pl.DataFrame | None,
        releases: Sequence[Release],
        priced: Sequence[Estimate],
    ) -> None:
        self._place, self._changes, self._volume = place, changes, volume
        self._releases, self._runs = releases, [each.run for each in priced]
        self._causes = causes_of([each.rejects for each in priced[:1]])
        self._run = self._runs[0] if priced else RunRecord(payrules=__version__, at=now())
        self._title = f"{changes.before} to {changes.after}"
        self._made = Book(
            stamp(self._run),
            title=f"Fee schedule changes: {self._title}",
            author="payrules",
            category="Estimate",
        )
        self._book = AnswerBook(self._made, place, FRONT)

    def write(self) -> list[str]:
        """Write the sheets; gives the checks that do not read 0."""
        book, front = self._book, self._book.front
        for name, frame in self._place.frames.items():
            book.rows(name, _as_rows(name, frame))
        factors = " to ".join(self._changes.conversion_factors)
        files = ", ".join(each.name for each in self._run.inputs)
        said = [
            _MEDICARE_ALONE.format(of=" of the batch" if self._runs else ""),
            f"locality {self._changes.locality}  ·  conversion factor {factors}"
            + (f"  ·  {files}" if files else ""),
            made_in_words(self._run),
        ]
        front.opening(self._title, said)
        book.answer([*self._effect(), *self._rejected(), *self._counts()])
        self._steps()
        self._chart()
        differences = book.finish([*self._checks()], self._about(), one_page=True)
        self._made.save(self._place.unfinished)
        return differences

    # -- the answer --------------------------------------------------------------

    def _effect(self) -> Iterator[Answered]:
        """Say what the change does to the practice's own volume."""
        if self._volume is None:
            return
        effect, before, after = (
            self._book.sum(_VOLUME, name) for name in ("effect", "allowed_before", "allowed_after")
        )
        share = f", {effect.value / before.value:+.1%}" if before.value else ""
        words = f"from {before.value:,.2f} to {after.value:,.2f}{share}"
        row = HeadlineRow("Effect on your volume", effect.value, words, strong=True)
        yield Answered(row, effect)
        lines = self._book.sum(_VOLUME, "lines")
        words = "each asked of both releases; the table below says which have an amount"
        row = HeadlineRow("Lines of your volume", lines.value, words, indent=1, counts=True)
        yield Answered(row, lines)
        other = self._book.sum(_VOLUME, "changed_status")
        words = "paid in one release and not in the other, or otherwise"
        row = HeadlineRow("Lines whose status changes", other.value, words, indent=1, counts=True)
        yield Answered(row, other)

    def _rejected(self) -> Iterator[Answered]:
        rejects = self._run.counts.rejects
        if self._volume is not None and rejects:
            words = "not priced: no figure here counts them"
            yield Answered(
                HeadlineRow("Rejected rows", Decimal(rejects), words, indent=1, counts=True)
            )

    def _counts(self) -> Iterator[Answered]:
        """Count the codes that changed, by what changed of them."""
        changed = self._book.count(_CHANGES)
        words = f"of {counted(self._changes.rows.height + self._changes.unchanged, 'code')}"
        alone = self._volume is None
        yield Answered(
            HeadlineRow(
                "Codes and modifiers changed",
                changed.value,
                words,
                strong=alone,
                after_space=not alone,
                counts=True,
            ),
            changed,
        )
        for kind in self._changes.counts():
            many = self._book.count(_CHANGES, change=kind)
            label = capital(kind)
            yield Answered(HeadlineRow(label, many.value, indent=1, counts=True), many)

    def _steps(self) -> None:
        """Write the steps from the allowed amount before to that after."""
        if self._volume is None:
            return
        book, front = self._book, self._book.front
        front.section("Your own volume, with every rule applied", 1, LAST_COLUMN)
        names = ["", "Allowed", "Change", "Lines", *[""] * 3]
        front.headings(1, names, ["text", *["money"] * 3, *["text"] * 3])
        for step in volume_steps(self._changes, self._volume):
            front.text(1, capital(step.words))
            if step.amount is not None:
                of_amount = str(step.of_amount)
                place = 3 if of_amount.startswith("effect") else 2
                book.show(place, step.amount, step.words, book.sum(_VOLUME, of_amount))
            if step.lines is not None:
                said = f"{step.words}, lines"
                of_lines = book.sum(_VOLUME, str(step.of_lines))
                book.show(4, Decimal(step.lines), said, of_lines, counts=True)
            front.row += 1
        front.row += 1

    def _chart(self) -> None:
        """Show the rows with the largest effects as bars, the largest on top."""
        sheet = _CHANGES if self._volume is None else _VOLUME
        # A row without an effect has no bar: there is no 0.00 to be drawn.
        effects = self._place.frames[sheet].filter(pl.col(_EFFECT[sheet]).is_not_null())
        rows = effects.head(CHARTED)
        if not rows.height:
            return
        front = self._book.front
        first = rows.columns[:2]
        named = [
            ", ".join(cell_in_words(*each) for each in zip(first, row, strict=True) if each[1])
            for row in rows.select(first).rows()
        ]
        bars = list(zip(named, rows[_EFFECT[sheet]], strict=True))
        chart = bar_chart(self._made, front.page, front.name, bars, _BEHIND, reduced=False)
        title = f"The {rows.height} largest: {_SHOWN_EFFECT[sheet]}, in dollars"
        place, amounts = (_BEHIND[0], _BEHIND[1] + 1), [(amount,) for _, amount in bars]
        self._book.drawn("bars", place, amounts, named)
        chart.set_title({"name": title, **CHART_TITLE})
        chart.set_size({"width": 930, "height": 90 + 24 * rows.height})
        front.page.insert_chart(front.row, 1, chart, {"description": title})
        front.row += 6 + 2 * rows.height

    # -- checks and About --------------------------------------------------------

    def _checks(self) -> Iterator[LiveCheck]:
        book = self._book
        for setting in _SETTINGS:
            before, after, change = (
                book.sum(_CHANGES, f"{setting}_{what}")
                for what in ("amount_before", "amount_after", "change")
            )
            yield must_agree(f"Changes: {setting} amounts", before + change, after, _CHANGES)
        if self._volume is None:
            return
        before, after, effect = (
            book.sum(_VOLUME, name) for name in ("allowed_before", "allowed_after", "effect")
        )
        yield must_agree("Your volume: before and effect", before + effect, after, _VOLUME)
        parts = [book.sum(_VOLUME, f"effect_{name}") for name in _PARTS[:-1]]
        said = "Your volume: effects of lines in both and in one release"
        yield must_agree(said, parts[0] + parts[1] + parts[2], effect, _VOLUME)
        lines = [book.sum(_VOLUME, f"lines_{name}") for name in _PARTS]
        added = lines[0] + lines[1] + lines[2] + lines[3]
        whole = book.sum(_VOLUME, "lines")
        said = "Your volume: lines in both, in one, in neither"
        yield must_agree(said, added, whole, _VOLUME, counts=True)
        for run, figure, name in zip(
            self._runs, (before, after), (self._changes.before, self._changes.after), strict=False
        ):
            allowed = Figure(None, Decimal(run.totals["allowed_amount"]))
            yield must_agree(
                f"Your volume: as the run with {name} had it", figure, allowed, _VOLUME
            )
        for run in self._runs[:1]:
            priced = Figure(None, Decimal(run.counts.lines))
            yield must_agree(
                "Your volume: lines as the run had them", whole, priced, _VOLUME, counts=True
            )

    def _about(self) -> AboutText:
        run = self._run
        facts = facts_of(run) if self._runs else [("Made by", f"payrules {__version__}")]
        read: list[Source] = [
            *(sources_of(run) if self._runs else ()),
            *(
                ("Fee schedule", f"{each.name}/{file}", _span(each), sha256)
                for each in self._releases
                if not self._runs or each.name not in {one.name for one in run.releases}
                for file, sha256 in each.files.items()
            ),
        ]
        notes = schedule_notes(run) if self._runs else []
        named = {note.partition(":")[0] for note in notes}
        notes += [
            f"{each.name}: {each.source}" for each in self._releases if each.name not in named
        ]
        left_out = [
            f"{counted(self._changes.unchanged, 'code')} and modifiers that did not change."
        ]
        left_out += [
            f"{counted(each.rows, 'row')} of the batch rejected and not priced: {each.says}"
            f" (row {', '.join(each.first)})"
            for each in self._causes
        ]
        assumed = [*ASSUMPTIONS[1:], *_ASSUMED] if self._runs else list(_ASSUMED[:1])
        return AboutText(
            title="About these changes",
            facts=[*facts, ("Locality", self._changes.locality)],
            sources=read,
            notes=notes,
            assumptions=assumed,
            left_out=left_out,
            rules=rules(run),
            words=glossary(run) if self._runs else (),
        )


#: How volume is parted: by which releases have an amount.
_PARTS = ("in_both", "only_before", "only_after", "in_neither")


def _span(release: Release) -> str:
    return f"{release.effective_from} to {release.effective_to}"


def _as_rows(name: str, frame: pl.DataFrame) -> RowTable:
    """Give a table of changes as it is written."""
    columns = []
    wrapped: dict[str, float] = {}
    headings = headings_of(frame.columns)
    for column, kind in frame.schema.items():
        shown: Format = "text"
        if column == "units":
            shown = "quantity"
        elif kind.is_decimal():
            shown = "money"
        elif kind.is_integer():
            shown = "integer"
        told = Column(column, headings[column], shown, _WORDS.get(column, 13))
        width = max(told.width, widest(told, frame[column]))
        if column in _PRINTED[name]:
            _, wraps = width_on_paper(frame[column], width, width)
            wrapped |= {column: width} if wraps else {}
        columns.append(Column(column, told.heading, shown, width))
    return RowTable(
        name=name.replace(" ", "_"),
        frame=frame,
        columns=columns,
        frozen=2,
        printed=len(_PRINTED[name]),
        wrapped=wrapped,
        upright=True,
    )
