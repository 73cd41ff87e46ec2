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

from payrules.claims.pieces import PiecedBatch
from payrules.claims.readers import is_x12_file
from payrules.coverage.policy import Policies
from payrules.errors import ClaimsError, UsageError
from payrules.files.tables import HashedFile, hashed
from payrules.files.whole import all_or_none
from payrules.payers import Payer
from payrules.runs.in_parts.folder import held
from payrules.runs.in_parts.order import Outputs, PartsInOrder
from payrules.runs.in_parts.told import code_hash
from payrules.runs.in_parts.workers import Workers
from payrules.runs.part_sizes import workers_for
from payrules.runs.parts_left import folder_of
from payrules.runs.results import Summary, write_run
from payrules.runs.setup import Setup
from payrules.runs.x12 import NONE_IS_X12
from payrules.version import __version__

__all__ = ["Outputs", "estimate_in_parts"]


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
        "refusal of unknown payers": setup.refuses_unknown_payers,
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
