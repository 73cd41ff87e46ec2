"""Every benchmark, one command: prints the tables and writes RESULTS.md and chart.svg beside it.

    python -m benchmarks.all [--lines 1000000] [--largest 10000000] [--no-write]

Needs `pip install -e ".[bench]"`. Every figure is the best of some runs, each in a process of its
own, the compared ones in turn. Machines are noisy: quote the ratios of one run, not its seconds.
"""

import argparse
import itertools
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks import measures
from benchmarks.batches import batch_file

Figures = dict[str, list[tuple[float, float, float]]]


class Size(NamedTuple):
    """What a batch of so many lines took: seconds without and with the trail, peak gigabytes."""

    lines: int
    off: float
    on: float
    peak: float


HERE = Path(__file__).parent


def apart(name: str, path: Path) -> tuple[float, float, float]:
    """Run one measurement in a process of its own: wall, processor seconds, peak gigabytes."""
    command = [sys.executable, "-m", "benchmarks.measures", name, str(path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    wall, processor, peak = (float(each) for each in printed[-3:])
    return wall, processor, peak


def in_turn(path: Path, measured: Iterable[Callable[..., object]], repeats: int) -> Figures:
    """Measure some things in turn, so that what slows the machine slows all."""
    names = [each.__name__ for each in measured]
    found: Figures = {name: [] for name in names}
    for _, name in itertools.product(range(repeats), names):
        found[name].append(apart(name, path))
    return found


def best(runs: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Give the least wall and processor time, and the most memory."""
    return (*(min(run[each] for run in runs) for each in (0, 1)), max(run[2] for run in runs))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [headings, ["---", *("---:" for _ in headings[1:])], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


#: Where the tables of `RESULTS.md` end.
OTHERS = "## What the other benchmarks gave\n"

MAIN = (
    measures.read_parquet,
    measures.check,
    measures.price_without_trail,
    measures.price_with_trail,
    measures.estimate_lines_to_parquet,
    measures.estimate_to_parquet,
)
CORE = (
    measures.core_rules,
    measures.core_rules_in_numba,
    measures.core_rules_in_duckdb,
    measures.core_rules_in_decimal,
)


def main_table(folder: Path, lines: int, repeats: int) -> tuple[str, Figures]:
    path = batch_file(folder, lines)
    found = in_turn(path, MAIN, repeats)
    floor = best(found["read_parquet"])[0]
    rows = []
    for each in MAIN:
        wall, processor, peak = best(found[each.__name__])
        title = (each.__doc__ or "").rstrip(".")
        rows.append(
            [
                title,
                f"{wall:.2f}",
                f"{processor:.2f}",
                f"{lines / wall:,.0f}",
                f"{peak:.2f}",
                f"{wall / floor:.0f}",
            ]
        )
    headings = [
        f"{lines:,} lines",
        "seconds",
        "processor s",
        "lines a second",
        "peak GB",
        "× reading",
    ]
    return table(headings, rows), found


def core_table(folder: Path, lines: int, repeats: int) -> tuple[str, Figures]:
    found = in_turn(batch_file(folder, lines), CORE, repeats)
    engine = best(found["core_rules"])
    rows = []
    for each in CORE:
        wall, processor, _ = best(found[each.__name__])
        rows.append(
            [
                (each.__doc__ or "").rstrip("."),
                f"{wall:.2f}",
                f"{processor:.2f}",
                f"{wall / engine[0]:.2f}",
                f"{processor / engine[1]:.2f}",
            ]
        )
    headings = [
        f"{lines:,} lines, core rules",
        "seconds",
        "processor s",
        "× engine",
        "× engine, processor",
    ]
    return table(headings, rows), found


def size_table(
    folder: Path,
    sizes: Sequence[int],
    repeats: int,
    without: Callable[[Path], measures.Seconds],
    with_trail: Callable[[Path], measures.Seconds],
) -> tuple[str, list[Size]]:
    """Cost against the size of the batch, without and with the trail."""
    rows, points = [], []
    for size in sizes:
        path = batch_file(folder, size)
        few = 2 if size > 2_000_000 else repeats
        found = in_turn(path, (without, with_trail), few)
        off, on = best(found[without.__name__]), best(found[with_trail.__name__])
        points.append(Size(size, off[0], on[0], max(off[2], on[2])))
        rows.append(
            [
                f"{size:,}",
                *(f"{seconds:.3f}" for seconds in (off[0], on[0])),
                *(f"{seconds / size * 1e6:.2f}" for seconds in (off[0], on[0])),
                f"{on[0] / off[0]:.2f}",
                *(f"{each[2]:.2f}" for each in (off, on)),
            ]
        )
    headings = [
        "lines",
        "trail off, s",
        "trail on, s",
        "µs a line, off",
        "on",
        "on / off",
        "peak GB, off",
        "on",
    ]
    return table(headings, rows), points


def shape_table(folder: Path, lines: int, repeats: int) -> str:
    """Cost against session size, localities and releases."""
    shapes = [(f"sessions of {size:,}", {"session": size}) for size in (1, 12, 100, 1_000, 5_000)]
    shapes += [(f"{number} localities", {"localities": number}) for number in (1, 20, 100)]
    shapes += [("one release", {"days": 300}), ("two releases", {"days": 700})]
    rows = []
    for title, how in shapes:
        path = batch_file(folder, lines, **how)
        wall, processor, peak = best(
            in_turn(path, (measures.price_without_trail,), repeats)["price_without_trail"]
        )
        rows.append([title, f"{wall:.2f}", f"{processor:.2f}", f"{peak:.2f}"])
    return table([f"{lines:,} lines, trail off", "seconds", "processor s", "peak GB"], rows)


def formats_table(folder: Path, lines: int, repeats: int) -> str:
    """`estimate` from each format, and the workbook."""
    import polars as pl

    parquet = batch_file(folder, lines)
    batch = pl.read_parquet(parquet)
    batch.write_csv(folder / "formats.csv")
    batch.write_excel(folder / "formats.xlsx")
    rows = []
    for title, path, measured in (
        ("from Parquet", parquet, measures.estimate_to_parquet),
        ("from CSV", folder / "formats.csv", measures.estimate_to_parquet),
        ("from XLSX", folder / "formats.xlsx", measures.estimate_to_parquet),
        ("from Parquet, into the workbook", parquet, measures.estimate_to_workbook),
    ):
        few = 1 if measured is measures.estimate_to_workbook else repeats
        wall, _, peak = best(in_turn(path, (measured,), few)[measured.__name__])
        rows.append([title, f"{wall:.2f}", f"{peak:.2f}"])
    return table([f"`estimate`, {lines:,} lines, with the trail", "seconds", "peak GB"], rows)


def start_table(folder: Path, repeats: int) -> tuple[str, dict[str, float]]:
    """Start-up, and a small estimate at the command line."""
    small = batch_file(folder, 1_000)
    output = folder / "lines.parquet"
    commands = {
        '`python -c ""`': ["-c", ""],
        '`python -c "import click"`': ["-c", "import click"],
        "`payrules --help`": ["-m", "payrules", "--help"],
        '`python -c "import polars"`': ["-c", "import polars"],
        "`payrules estimate`, 1,000 lines": [
            "-m",
            "payrules",
            "estimate",
            str(small),
            "--lines",
            str(output),
            "--force",
        ],
    }
    found: dict[str, list[float]] = {title: [] for title in commands}
    for _, (title, command) in itertools.product(range(max(repeats, 5)), commands.items()):
        started = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        found[title].append(time.perf_counter() - started)
    least = {title: min(runs) for title, runs in found.items()}
    rows = [[title, f"{seconds:.2f}"] for title, seconds in least.items()]
    return table(["start-up", "seconds"], rows), least


def rules_table(path: Path) -> str:
    """What each rule costs in processor time, trail off."""
    from payrules.engine import pricing
    from payrules.payers import MEDICARE

    lines, schedules, tables = measures.checked_lines(path)

    def begun_at() -> list[tuple[str, float]]:
        begun: list[tuple[str, float]] = [("(fees, sessions)", time.process_time())]
        pricing.price(
            lines,
            MEDICARE.rules,
            schedules,
            tables=tables,
            trail=False,
            progress=lambda name: begun.append((name, time.process_time())),
        )
        last, at = begun[-1]
        return [*begun[:-1], (f"{last}, and the results", at), ("", time.process_time())]

    costs: dict[str, float] = {}
    for _ in range(4):
        for (name, at), (_, after) in itertools.pairwise(begun_at()):
            costs[name] = min(costs.get(name, after - at), after - at)
    whole = sum(costs.values())
    ordered = sorted(costs.items(), key=lambda each: -each[1])
    rows = [[name, f"{cost * 1000:.0f}", f"{cost / whole:.1%}"] for name, cost in ordered]
    return table(["rule", "processor ms", "share"], rows)


def goals_table(
    core: Figures, in_memory: Sequence[Size], files: Sequence[Size], start: dict[str, float]
) -> str:
    """Compare what was measured with what was aimed at."""
    engine = best(core["core_rules"])[0]
    times = {name: best(runs)[0] / engine for name, runs in core.items()}
    processor = best(core["core_rules_in_duckdb"])[1] / best(core["core_rules"])[1]
    million, largest = (
        next((each for each in files if each.lines == lines), None)
        for lines in (1_000_000, 10_000_000)
    )
    bare, click, helped, polars, small = start.values()
    goals = [
        ("numba kernel / engine, core rules", times["core_rules_in_numba"], "at least", 1.0),
        ("DuckDB / engine, core rules", times["core_rules_in_duckdb"], "at least", 2.0),
        ("DuckDB / engine, core rules, processor", processor, "at least", 2.5),
        ("trail on / off, pricing", in_memory[-1].on / in_memory[-1].off, "at most", 1.6),
        ("`--help` / (bare Python + click)", helped / (bare + click), "at most", 2.0),
        ("1,000 lines beyond importing polars, s", small - polars, "at most", 1.5),
    ]
    if million and largest:
        goals += [
            ("10 million lines / 1 million, trail off", largest.off / million.off, "at most", 11.0),
            ("10 million lines / 1 million, trail on", largest.on / million.on, "at most", 11.0),
            ("10 million lines, peak GiB", largest.peak * 1e9 / 2**30, "at most", 3.0),
        ]
    rows = []
    for what, measured, how, aim in goals:
        reached = measured >= aim if how == "at least" else measured <= aim
        rows.append([what, f"{measured:.2f}", f"{how} {aim:g}", "yes" if reached else "no"])
    return table(["goal", "measured", "aim", "reached"], rows)


def chart(points: Sequence[Size], figures: Figures) -> str:
    """Draw the core rules in each way, and the cost of a line against the size of the batch."""
    bars = [(name, best(runs)[0]) for name, runs in figures.items() if not name.endswith("decimal")]
    most = max(seconds for _, seconds in bars)
    drawn = []
    for place, (name, seconds) in enumerate(bars):
        y, width = 40 + place * 26, seconds / most * 330
        drawn.append(f'<text x="10" y="{y + 13}">{name.replace("_", " ")}</text>')
        drawn.append(f'<rect x="190" y="{y}" width="{width:.0f}" height="18" fill="#4878a8"/>')
        drawn.append(f'<text x="{196 + width:.0f}" y="{y + 13}">{seconds:.2f} s</text>')
    top = 60 + len(bars) * 26
    a_line = [
        (each.lines, each.off / each.lines * 1e6, each.on / each.lines * 1e6)
        for each in points
        if each.lines > 9_999
    ]
    highest = max(on for _, _, on in a_line)
    drawn.append(
        f'<text x="10" y="{top}">µs a line against lines; dark: trail off, light: on</text>'
    )
    for place, (size, off, on) in enumerate(a_line):
        x = 60 + place * 120
        for shift, value, colour in ((0, off, "#4878a8"), (34, on, "#a8c4e0")):
            height = value / highest * 120
            y = top + 160 - height
            place_and_size = f'x="{x + shift}" y="{y:.0f}" width="30" height="{height:.0f}"'
            drawn.append(f'<rect {place_and_size} fill="{colour}"/>')
            drawn.append(f'<text x="{x + shift}" y="{y - 4:.0f}">{value:.1f}</text>')
        drawn.append(f'<text x="{x}" y="{top + 178}">{size:,}</text>')
    height = top + 195
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="620" height="{height}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="620" height="{height}" fill="white"/>'
        '<text x="10" y="20" font-size="14">The core rules, each way; and the cost of size</text>'
        + "".join(drawn)
        + "</svg>\n"
    )


def machine() -> str:
    names = ("polars", "duckdb", "numba", "payrules")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} processors ({platform.machine()}),"
        f" {platform.system()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {_version(name)}" for name in names)
        + f"; load while measuring {os.getloadavg()[0]:.1f}."
    )


def _version(name: str) -> str:
    if name == "payrules":
        from payrules import __version__

        return __version__
    return version(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--largest", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    sizes = [
        size for size in (1_000, 10_000, 100_000, 1_000_000, 10_000_000) if size <= asked.largest
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sections = []

        def say(title: str, text: str) -> None:
            sections.append(f"## {title}\n\n{text}\n")
            print(sections[-1], flush=True)

        say("All of Medicare's rules", main_table(folder, asked.lines, asked.repeats)[0])
        core, figures = core_table(folder, asked.lines, asked.repeats)
        say("The core rules, each way", core)
        sized, points = size_table(
            folder,
            sizes,
            asked.repeats,
            measures.command_without_trail,
            measures.command_with_trail,
        )
        say("Cost against size: `payrules estimate`, Parquet to Parquet", sized)
        in_memory = [size for size in sizes if size <= asked.lines]
        sized, in_memory_points = size_table(
            folder,
            in_memory,
            asked.repeats,
            measures.price_without_trail,
            measures.price_with_trail,
        )
        say("Cost against size: pricing alone, in memory", sized)
        say("Cost against the batch's shape", shape_table(folder, asked.lines // 5, asked.repeats))
        say("Formats", formats_table(folder, asked.lines // 20, asked.repeats))
        started, start = start_table(folder, asked.repeats)
        say("Start-up", started)
        say("Cost of each rule", rules_table(batch_file(folder, asked.lines)))
        say("Goals", goals_table(figures, in_memory_points, points, start))
    if asked.no_write:
        return
    head = (
        "# Benchmarks\n\nWritten by `python -m benchmarks.all`. "
        + machine()
        + " How to read them: `benchmarks/README.md`.\n\n![chart](chart.svg)\n"
    )
    results = HERE / "RESULTS.md"
    # What the other benchmarks gave is written by hand, and stays.
    _, _, others = results.read_text(encoding="utf-8").partition(OTHERS)
    results.write_text("\n".join([head, *sections, OTHERS]) + others, encoding="utf-8")
    (HERE / "chart.svg").write_text(chart(points, figures), encoding="utf-8")


if __name__ == "__main__":
    main()
