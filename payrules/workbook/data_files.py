"""Every sheet of a report as a data file: Parquet, or CSV that holds no formulas."""

import re
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import polars as pl

from payrules.errors import ReportError
from payrules.files.formula_guard import guarded
from payrules.files.whole import all_or_none, put_in_place
from payrules.runs.results import Estimate
from payrules.workbook.accounts import accounts_for
from payrules.workbook.figures import Figures
from payrules.workbook.last_pack import last_for
from payrules.workbook.layout import find_layout
from payrules.workbook.layout.sheets import Layout
from payrules.workbook.tables import fitting, tables_of
from payrules.workbook.xlsx.written import refuse_overwriting


def write_sheets(
    results: Estimate,
    folder: Path,
    ending: str = ".csv",
    *,
    layout: str | Path = "estimate",
    accounts: str | Path | None = None,
    compare: Sequence[str | Path] = (),
    force: bool = False,
) -> tuple[Path, ...]:
    """Write each table of a report, the bridge and the checks, as a file in a folder.

    Column names are payrules' own. In CSV, text that starts like a formula is guarded with an
    apostrophe; numbers, dates and Parquet are left alone. `accounts` is a file of those that the
    journal posts to, `compare` what to compare with (see `read_last`). Raises ReportError.
    """
    folder = Path(folder)
    chosen = find_layout(layout)
    last = last_for(chosen, compare)
    figures = Figures(results, accounts_for(chosen, accounts), last)
    plan = fitting(find_layout(layout), figures)
    paths = _files_of(folder, ending, plan)
    refuse_overwriting(paths, force=force)
    _put(folder, paths, sheet_frames(figures, plan))
    return paths


def write_tables(
    tables: Mapping[str, pl.DataFrame], folder: Path, ending: str = ".csv", *, force: bool = False
) -> tuple[Path, ...]:
    """Write tables by their names as files in a folder; see `write_sheets`."""
    paths = tuple(Path(folder) / f"{name}{_ending(ending)}" for name in tables)
    refuse_overwriting(paths, force=force)
    _put(Path(folder), paths, list(tables.values()))
    return paths


def _put(folder: Path, paths: Sequence[Path], frames: Sequence[pl.DataFrame]) -> None:
    """Write frames as files of a folder, all or none."""
    with all_or_none() as together:
        together.folder(folder, fault=ReportError)
        with put_in_place(*paths, fault=ReportError) as partials:
            for partial, path, frame in zip(partials, paths, frames, strict=True):
                if path.suffix == ".csv":
                    guarded(frame).write_csv(partial)
                else:
                    frame.write_parquet(partial)


def sheet_files(folder: Path, ending: str, layout: str | Path) -> tuple[Path, ...]:
    """Name the files that `write_sheets` may write, in the order of the layout's sheets."""
    return _files_of(folder, ending, find_layout(layout))


def _files_of(folder: Path, ending: str, plan: Layout) -> tuple[Path, ...]:
    ending = _ending(ending)
    names: list[str] = []
    for sheet in plan.sheets:
        if sheet.content != "about":
            names.append(_free(re.sub(r"\W+", "_", sheet.name.lower()).strip("_"), names))
        if sheet.content == "reconciliation":
            names.append(_free("checks", names))
    return tuple(folder / f"{name}{ending}" for name in names)


def _ending(given: str) -> str:
    ending = f".{given.removeprefix('.').lower()}"
    if ending not in {".csv", ".parquet"}:
        raise ReportError(f"Sheets are written as .csv or .parquet; {ending} is neither.")
    return ending


def _free(name: str, taken: Sequence[str]) -> str:
    """Give a name that no other sheet has: By code and By-code are by_code and by_code_2."""
    numbered = (name if number == 1 else f"{name}_{number}" for number in count(1))
    return next(each for each in numbered if each not in taken)


def sheet_frames(figures: Figures, plan: Layout) -> list[pl.DataFrame]:
    """Give the frames of a report's files: its tables, and the figures of its pages."""
    tables = tables_of(plan, figures)
    frames: list[pl.DataFrame] = []
    for sheet in plan.sheets:
        if sheet.name in tables:
            frames.append(tables[sheet.name].frame)
        elif sheet.content == "summary":
            frames.append(figures.by_status)
        elif sheet.content == "changes" and figures.changes is not None:
            frames.append(figures.changes.frame)
        elif sheet.content == "bridge":
            frames.append(figures.bridge)
        elif sheet.content == "reconciliation":
            frames += [figures.by_file, checks_frame(figures)]
    return frames


def checks_frame(figures: Figures) -> pl.DataFrame:
    """Give every check as a row: name, figure, compared with, difference, what they are."""
    dollars = pl.Decimal(38, 2)
    return pl.DataFrame(
        [
            (each.name, each.left, each.right, each.difference, each.left_is, each.right_is)
            for each in figures.checks
        ],
        schema={
            "check": pl.String,
            "figure": dollars,
            "compared_with": dollars,
            "difference": dollars,
            "figure_is": pl.String,
            "compared_with_is": pl.String,
        },
        orient="row",
    )
