"""Measures Excel writers on the same cells, and the whole estimate pack: seconds, memory, ratios.

    python -m benchmarks.workbook [LINES]

The cells are the Lines sheet of the estimate: text as text, dollars and dates with their formats.
rustpy-xlsxwriter is measured where it is installed (pip install rustpy-xlsxwriter). Every figure
is measured in a process of its own, in turn, and repeated; the table gives medians. Machines are
noisy: quote the ratios, not the seconds.
"""

import argparse
import importlib.util
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.batches import batch_file
from benchmarks.measures import peak_gigabytes

REPEATS = 3
_LAYOUT = """
title = "Lines"

[[sheets]]
name = "Lines"
content = "lines"
style = "plain"
columns = [
    "claim_id", "claim_line_number", "person_id", "claim_line_start_date", "hcpcs_code",
    "modifiers", "service_unit_quantity", "place_of_service_code", "charge_amount", "status",
    "fee_schedule_amount", "allowed_amount", "medicare_amount", "patient_amount", "carc", "rarc",
    "review", "reason",
]
other_columns = true
"""


def _save(folder: Path, lines: int) -> None:
    """Price a batch once, and keep its results for every measurement."""
    from payrules.runs.estimate import estimate

    results = estimate(batch_file(folder, lines))
    for name in _FRAMES:
        getattr(results, name).write_parquet(folder / f"{name}.parquet")
    (folder / "run.pickle").write_bytes(pickle.dumps(results.run))
    (folder / "lines.toml").write_text(_LAYOUT, encoding="utf-8")


def _results(folder: Path) -> Any:
    import polars as pl

    from payrules.runs.results import Estimate
    from payrules.runs.steps import Steps

    lines, steps, rejects = (pl.read_parquet(folder / f"{name}.parquet") for name in _FRAMES)
    run = pickle.loads((folder / "run.pickle").read_bytes())
    return Estimate(lines, Steps(steps), rejects, run)


_FRAMES = ("lines", "adjustments", "rejects")


def _cells(folder: Path) -> Any:
    """Give the Lines sheet as a frame."""
    from payrules.workbook.figures import Figures
    from payrules.workbook.layout import read_layout
    from payrules.workbook.tables import tables_of

    return tables_of(read_layout(folder / "lines.toml"), Figures(_results(folder)))["Lines"].frame


def payrules_lines(folder: Path) -> float:
    """XlsxWriter's frame, rows by polars: what payrules does."""
    from payrules.workbook import write_workbook

    results = _results(folder)
    started = time.perf_counter()
    write_workbook(results, folder / "out.xlsx", layout=folder / "lines.toml", force=True)
    return time.perf_counter() - started


def rustpy_xlsxwriter(folder: Path) -> float:
    """A writer in Rust; dollars become floats, one number format for all of them."""
    import polars as pl
    from rustpy_xlsxwriter import FastExcel

    cells = _cells(folder).with_columns(pl.selectors.decimal().cast(pl.Float64))
    started = time.perf_counter()
    sheet = FastExcel(str(folder / "out.xlsx")).format(
        float_format="#,##0.00", datetime_format="yyyy-mm-dd"
    )
    sheet.freeze(row=1).sheet("Lines", cells).save()
    return time.perf_counter() - started


def xlsxwriter_constant_memory(folder: Path) -> float:
    """XlsxWriter alone, a row at a time."""
    import polars as pl
    import xlsxwriter

    cells = _cells(folder)
    started = time.perf_counter()
    book = xlsxwriter.Workbook(folder / "out.xlsx", {"constant_memory": True})
    money, day = (book.add_format({"num_format": number}) for number in ("#,##0.00", "yyyy-mm-dd"))
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet("Lines")
    sheet.write_row(0, 0, cells.columns)
    writers: dict[Any, tuple[Callable[..., Any], Any]] = {
        pl.String: (sheet.write_string, text),
        pl.Date: (sheet.write_datetime, day),
        pl.Int64: (sheet.write_number, None),
        pl.Boolean: (sheet.write_boolean, None),
    }
    chosen = [writers.get(kind, (sheet.write_number, money)) for kind in cells.dtypes]
    for row, values in enumerate(cells.iter_rows(), 1):
        for place, value in enumerate(values):
            if value is not None:
                write, style = chosen[place]
                write(row, place, value, style)
    book.close()
    return time.perf_counter() - started


def openpyxl_write_only(folder: Path) -> float:
    """openpyxl, write-only: text must be told to be text, cell by cell."""
    import openpyxl
    import polars as pl
    from openpyxl.cell import WriteOnlyCell

    cells = _cells(folder)
    started = time.perf_counter()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Lines")
    sheet.append(cells.columns)
    formats = {pl.String: "@", pl.Date: "yyyy-mm-dd", pl.Int64: "General", pl.Boolean: "General"}
    shown = [formats.get(kind, "#,##0.00") for kind in cells.dtypes]
    for values in cells.iter_rows():
        row = []
        for number_format, value in zip(shown, values, strict=True):
            if value is None:
                row.append(None)
                continue
            cell = WriteOnlyCell(sheet, value=value)
            cell.number_format = number_format
            if isinstance(value, str):
                cell.data_type = "s"
            row.append(cell)
        sheet.append(row)
    book.save(folder / "out.xlsx")
    return time.perf_counter() - started


def whole_pack(folder: Path) -> float:
    """Every sheet of the estimate: groups, lines, adjustments, review, checks, charts."""
    from payrules.workbook import write_workbook

    results = _results(folder)
    started = time.perf_counter()
    write_workbook(results, folder / "out.xlsx", force=True)
    return time.perf_counter() - started


MEASURED: tuple[Callable[[Path], float], ...] = (
    payrules_lines,
    rustpy_xlsxwriter,
    xlsxwriter_constant_memory,
    openpyxl_write_only,
    whole_pack,
)


def in_process_of_its_own(name: str, folder: Path) -> tuple[float, float, float]:
    """Run one measurement apart: seconds, peak gigabytes, megabytes written."""
    command = [sys.executable, "-m", "benchmarks.workbook", "--one", name, "--folder", str(folder)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seconds, peak = float(printed[-2]), float(printed[-1])
    return seconds, peak, (folder / "out.xlsx").stat().st_size / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measured = next(each for each in MEASURED if each.__name__ == asked.one)
        print(measured(asked.folder), peak_gigabytes())
        return
    names = [each.__name__ for each in MEASURED]
    if importlib.util.find_spec("rustpy_xlsxwriter") is None:
        names.remove("rustpy_xlsxwriter")
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        _save(Path(folder), asked.lines)
        cells = _cells(Path(folder))
        for _ in range(asked.repeats):
            for name, runs in figures.items():
                runs.append(in_process_of_its_own(name, Path(folder)))
    ours = statistics.median(seconds for seconds, *_ in figures["payrules_lines"])
    print(f"{cells.height:,} rows × {cells.width} columns; medians of {asked.repeats}")
    print(f"{'':28}{'seconds':>9}{'peak GB':>9}{'file MB':>9}{'× payrules':>12}")
    for name, runs in figures.items():
        seconds = statistics.median(each for each, *_ in runs)
        peak, size = max(run[1] for run in runs), runs[0][2]
        print(f"{name:28}{seconds:9.2f}{peak:9.2f}{size:9.1f}{seconds / ours:12.1f}")


if __name__ == "__main__":
    main()
