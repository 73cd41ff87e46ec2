"""Where a workbook is put, and the files beside it that hold rows too many for Excel."""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from payrules.counted import counted
from payrules.errors import ReportError
from payrules.files.whole import put_in_place
from payrules.frozen import frozen
from payrules.workbook.xlsx.limits import ROW_LIMIT, ROWS_OF_NOTE


@frozen
class Written:
    """What was written: the workbook, the files beside it, the rows of each table sheet.

    `differences` are the checks that do not read 0, in words; `notes` say what else to know.
    """

    path: Path
    beside: tuple[Path, ...]
    rows: Mapping[str, int]
    differences: tuple[str, ...]
    notes: tuple[str, ...]

    def sentences(self) -> list[str]:
        """Say what whoever wrote the file should know of it."""
        unequal = [f"A check of the report does not read 0: {each}" for each in self.differences]
        return [*unequal, *self.notes]


@frozen
class WorkbookPlace:
    """Where a workbook is being written: the unfinished file, and the tables put beside it."""

    path: Path
    unfinished: Path
    frames: Mapping[str, pl.DataFrame]
    beside: Mapping[str, Path]

    def written(self, differences: Sequence[str] = (), notes: Sequence[str] = ()) -> Written:
        """Give what was written, when it is."""
        return Written(
            path=self.path,
            beside=tuple(self.beside.values()),
            rows={name: frame.height for name, frame in self.frames.items()},
            differences=tuple(differences),
            notes=tuple(notes)
            + tuple(
                f"Sheet '{name}' has {counted(self.frames[name].height, 'row')}, more than Excel"
                " holds:"
                f" they are in {file.name}."
                for name, file in self.beside.items()
            ),
        )


@contextmanager
def place_of(
    path: Path,
    frames: Mapping[str, pl.DataFrame],
    *,
    totals: Container[str] = (),
    noted: Container[str] = (),
    force: bool,
    row_limit: int = ROW_LIMIT,
) -> Iterator[WorkbookPlace]:
    """Open the place of a workbook whose sheets hold these frames; all of it is written or none.

    A frame of more rows than a sheet takes, headings, totals and notes included, is written to a
    Parquet file beside the workbook; `WorkbookPlace.beside` names it. `totals` and `noted` name the
    frames that have a total row, and a note above their headings. Raises ReportError for a name
    that is no workbook's, and where something is there already and `force` is not given.
    """
    if path.suffix.lower() != ".xlsx":
        raise ReportError(f"{path.name}: a workbook's name ends in .xlsx.")
    beside = {
        name: path.with_name(f"{path.stem}.{name.lower().replace(' ', '_')}.parquet")
        for name, frame in frames.items()
        if frame.height + 1 + (name in totals) + ROWS_OF_NOTE * (name in noted) > row_limit
    }
    refuse_overwriting([path, *beside.values()], force=force)
    with put_in_place(path, *beside.values(), fault=ReportError) as (unfinished, *others):
        for name, other in zip(beside, others, strict=True):
            frames[name].write_parquet(other)
        yield WorkbookPlace(path, unfinished, frames, beside)


def refuse_overwriting(paths: Sequence[Path], *, force: bool) -> None:
    """Raise ReportError where a file is there already and may not be replaced.

    An empty file, as programs make to reserve a name, holds nothing that could be lost.
    """
    there = [path for path in paths if path.exists() and (path.is_dir() or path.stat().st_size)]
    if there and not force:
        raise ReportError(
            f"{there[0]} already exists; choose another name, or replace it with --force"
            " (in Python force=True)."
        )
