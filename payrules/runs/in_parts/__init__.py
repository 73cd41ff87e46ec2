"""Batches larger than memory: rows are parted by person, priced part by part, and put in order.

Every stage writes whole files into a folder beside the output and skips those that are there, so
a run that was stopped can be resumed. No stage holds more than one piece or one part:

    check     the rows of a piece: its typed lines, dealt by the part of their person, its rejects
    reversed  the credits of all pieces, and the lines that they take back
    repeats   some millions of claim line keys at a time: which lines repeat one seen before
    price     a part, every line of its persons: their results, without what the claim said
    order     the lines of a piece beside their results from all parts, in the order of the rows

The lines of a piece that belong to a part lie together in the piece's file, and their results lie
together in the part's, in the same order: so both are found by counting, and nothing is joined.
The results are those of `payrules.runs.estimate.estimate`, row for row.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims.csv_files import CSV_ENDINGS
from payrules.claims.pieces import PiecedBatch
from payrules.claims.readers import is_x12_file
from payrules.coverage.policy import Policies
from payrules.errors import ClaimsError, UsageError
from payrules.files.tables import HashedFile, damaged, hashed, scan_parquet
from payrules.files.whole import all_or_none
from payrules.payers import Payer
from payrules.runs.in_parts.folder import folder_of, held, was_begun
from payrules.runs.in_parts.memory import free_memory
from payrules.runs.in_parts.order import Outputs, PartsInOrder
from payrules.runs.in_parts.told import code_hash
from payrules.runs.in_parts.work import lines_a_part_of
from payrules.runs.in_parts.workers import Workers, workers_for
from payrules.runs.results import Summary, write_run
from payrules.runs.setup import Setup
from payrules.runs.x12 import NONE_IS_X12
from payrules.version import __version__

__all__ = ["LARGE_FROM", "Outputs", "estimate_in_parts", "is_large"]

#: A batch of fewer lines is priced at once, whatever memory there is.
LARGE_FROM = 500_000
#: A batch of more is priced in parts; up to here at once takes less time, if there is the memory.
MOST_AT_ONCE = 2_000_000
#: Bytes that a line takes at once, without and with the trail: 1.5 and 3.2 GB for two million
#: lines, and a quarter more.
_BYTES_A_LINE = {False: 1_000, True: 2_000}
#: So many workers, unasked, take less time than at once: parts take a third more of the processors'
#: time, which at once uses one and a half of.
_WORTH_PARTS = 4
#: Bytes of a file that show how long its lines are.
_HEAD_BYTES = 1 << 20


def is_large(
    batch: Sequence[Path], lines: Path, *, trail: bool, workers: int | None = None
) -> bool:
    """Tell whether files that can be priced in parts are better priced so, of half a million lines.

    So are two million lines, claims in X12, what would take more than half of the memory that is
    free, what workers are asked for or would do sooner, and a run into `lines` that was stopped.
    The lines of CSV and X12 files are reckoned from their size and their first megabyte.
    """
    height = _lines_in(batch)
    if height < LARGE_FROM:
        return False
    if height > MOST_AT_ONCE or any(map(is_x12_file, batch)) or was_begun(lines):
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


def estimate_in_parts(
    batch: Path | Sequence[Path],
    outputs: Outputs,
    setup: Setup | None = None,
    *,
    resume: bool = False,
    lines_a_part: int | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Summary:
    """Price Parquet, CSV or 837P files in bounded memory into files; gives a summary of the run.

    The trail is kept where `outputs.adjustments` is asked for. While it runs, its parts lie in a
    folder beside `outputs.lines` (about twice the room of the outputs). With `resume` the
    finished parts of a run that was stopped are kept; UsageError if its batch, its schedules or
    what was asked of it were others, if such a run is there and `resume` was not said, or if it
    still runs. The outputs are put in place together at the end.

    `workers` are the processes that do the work, `lines_a_part` lines at a time each: unasked as
    many as there are processors, with memory and lines enough for each. What is written is the same
    whatever their number. Where no other process can be told a rule, this one does it all, and
    warns.
    """
    started = time.perf_counter()
    paths = [batch] if isinstance(batch, Path) else list(batch)
    setup = setup or Setup()
    files = [hashed(path, ClaimsError) for path in paths]
    if outputs.superseded and not any(map(is_x12_file, paths)):
        raise UsageError(NONE_IS_X12)
    folder = folder_of(outputs.lines)
    asked = _asked(files, setup, trail=outputs.adjustments is not None, lines_a_part=lines_a_part)
    with held(folder, asked, resume=resume):
        run = PartsInOrder(
            folder,
            PiecedBatch(files, folder, **setup.intake()),
            setup,
            keep_trail=outputs.adjustments is not None,
            lines_a_part=lines_a_part,
        )
        with Workers(run, workers_for(run.rows, run.lines_a_part, workers)) as hands:
            for step in chain(hands.says, run.steps(hands.each)):
                if progress:
                    progress(step)
            with all_or_none():
                run.write(outputs, hands.each)
                seconds = round(time.perf_counter() - started, 3)
                record = replace(run.record(), seconds=seconds)
                if outputs.run:
                    write_run(record, outputs.run)
        return run.summary(record)


def _asked(
    files: Sequence[HashedFile], setup: Setup, *, trail: bool, lines_a_part: int | None
) -> dict[str, Any]:
    """Say what a run is asked: only one that is asked the same can go on with its parts."""
    payers = [setup.payer, *setup.every_payer.values()]
    return {
        "batch": [file.sha256 for file in files],
        "versions": [__version__, pl.__version__],
        "payers": [_terms(each) for each in payers],
        "schedules": [
            [dict(each.files) for each in setup.schedules.releases],
            setup.schedules.table_sources(),
        ],
        "options": [setup.locality, setup.release, dict(setup.columns_file.written), lines_a_part],
        "coverage policies": [_policies(setup.policies_of(each)) for each in payers],
        "mips": setup.mips and setup.mips.sha256,
        "settlement": setup.settlement,
        "trail": trail,
    }


def _terms(payer: Payer) -> list[Any]:
    """Say of a payer all that its amounts depend on."""
    rules = [
        [rule.name, rule.cites, repr(dict(rule.terms)), code_hash(rule.decide)]
        for rule in payer.rules
    ]
    return [payer.name, payer.contract, dict(payer.files), rules]


def _policies(policies: Policies) -> list[Any]:
    """Say of coverage policies all that their verdicts depend on."""
    each = [[one.policy.file, one.policy.sha256, one.enforced] for one in policies.each]
    return [each, str(policies.history_from)]
