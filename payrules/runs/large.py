"""When a batch is priced in parts, told without loading what prices it so."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from payrules.claims.csv_files import CSV_ENDINGS
from payrules.claims.readers import is_x12_file
from payrules.errors import ClaimsError
from payrules.files.tables import damaged, scan_parquet
from payrules.runs.memory import free_memory
from payrules.runs.part_sizes import lines_a_part_of, workers_for

#: A batch of fewer lines is priced at once, whatever memory there is.
LARGE_FROM = 500_000
#: A batch of more is priced in parts; up to here at once takes less time, if there is the memory.
MOST_AT_ONCE = 2_000_000
#: Bytes that a line takes at once, without and with the trail: 1.5 and 2.5 GB for two million
#: lines, and a quarter more.
_BYTES_A_LINE = {False: 1_000, True: 1_600}
#: So many workers, unasked, take less time than at once: parts take a third more of the processors'
#: time, which at once uses one and a half of.
_WORTH_PARTS = 4
#: Bytes of a file that show how long its lines are.
_HEAD_BYTES = 1 << 20


def is_large(batch: Sequence[Path], *, trail: bool, workers: int | None = None) -> bool:
    """Tell whether files that can be priced in parts are better priced so, of half a million lines.

    So are two million lines, claims in X12, what would take more than half of the memory that is
    free, and what workers are asked for or would do sooner.
    The lines of CSV and X12 files are reckoned from their size and their first megabyte.
    """
    height = _lines_in(batch)
    if height < LARGE_FROM:
        return False
    if height > MOST_AT_ONCE or any(map(is_x12_file, batch)):
        return True
    there_are = workers_for(height, lines_a_part_of(height), workers)
    if there_are >= (_WORTH_PARTS if workers is None else 2):
        return True
    free = free_memory()
    return free is None or 2 * height * _BYTES_A_LINE[trail] > free


def _lines_in(batch: Sequence[Path]) -> int:
    """Reckon the lines of files; 0 where one cannot be priced in parts."""
    if not all(path.is_file() for path in batch):
        return 0  # whoever reads it says what is wrong
    counts = {".parquet": _parquet_rows, **dict.fromkeys(CSV_ENDINGS, _csv_rows)}
    ways = [_x12_lines if is_x12_file(path) else counts.get(path.suffix.lower()) for path in batch]
    if None in ways:
        return 0
    return sum(way(path) for way, path in zip(ways, batch, strict=True) if way)


def _x12_lines(path: Path) -> int:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return path.stat().st_size * head.count(b"SV1") // max(len(head), 1)


def _parquet_rows(path: Path) -> int:
    try:
        with damaged(ClaimsError()):
            return int(scan_parquet(path).select(pl.len()).collect().item())
    except (ClaimsError, OSError):
        return 0  # whoever reads it says what is wrong


def _csv_rows(path: Path) -> int:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    lines = max(head.count(b"\n"), head.count(b"\r"))
    return path.stat().st_size * lines // max(len(head), 1) - 1  # the headings are no row
