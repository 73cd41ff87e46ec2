"""Every sheet of a report as a data file: Parquet, or CSV that holds no formulas."""

import re
from pathlib import Path
from typing import Literal

import polars as pl

from payrules.errors import ReportError
from payrules.results import Results
from payrules.workbook.figures import Figures
from payrules.workbook.layout import find_layout
from payrules.workbook.tables import tables_of
from payrules.workbook.writing import put_in_place, refuse_overwriting

#: A cell that starts so would be run as a formula by a spreadsheet.
_FORMULA_STARTS = r"^[=+\-@\t\r]"


def write_sheets(
    results: Results,
    folder: Path,
    ending: Literal[".csv", ".parquet"] = ".csv",
    *,
    layout: str | Path = "estimate",
    force: bool = False,
) -> tuple[Path, ...]:
    """Write each table of a report, the bridge and the checks, as a file in a folder.

    Column names are payrules' own. In CSV, text that starts like a formula is guarded with an
    apostrophe; numbers, dates and Parquet are left alone. Raises ReportError.
    """
    ending = f".{ending.removeprefix('.').lower()}"  # type: ignore[assignment]
    if ending not in {".csv", ".parquet"}:
        raise ReportError(f"Sheets are written as .csv or .parquet; {ending} is neither.")
    folder = Path(folder)
    frames = sheet_frames(Figures(results), layout)
    paths = {name: folder / f"{name}{ending}" for name in frames}
    refuse_overwriting(list(paths.values()), force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise ReportError(f"The folder {folder} cannot be made: {fault.strerror}.") from fault
    with put_in_place(*paths.values()) as partials:
        for partial, frame in zip(partials, frames.values(), strict=True):
            if ending == ".csv":
                guarded(frame).write_csv(partial)
            else:
                frame.write_parquet(partial)
    return tuple(paths.values())


def sheet_frames(figures: Figures, layout: str | Path) -> dict[str, pl.DataFrame]:
    """Give a report's frames by file name: its tables, and the figures of its pages."""
    plan = find_layout(layout)
    tables = tables_of(plan, figures)
    frames: dict[str, pl.DataFrame] = {}
    for sheet in plan.sheets:
        name = re.sub(r"\W+", "_", sheet.name.lower()).strip("_")
        if sheet.name in tables:
            frames[name] = tables[sheet.name].frame
        elif sheet.content == "summary":
            frames[name] = figures.by_status
        elif sheet.content == "bridge":
            frames[name] = figures.bridge
        elif sheet.content == "reconciliation":
            frames[name] = figures.by_file
            frames["checks"] = checks_frame(figures)
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


def guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    frame = frame.rename(
        {name: f"'{name}" for name in frame.columns if re.match(_FORMULA_STARTS, name)}
    )
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA_STARTS))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(name)
        .alias(name)
        for name, kind in frame.schema.items()
        if kind == pl.String
    )
