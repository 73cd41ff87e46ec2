"""The main job: a batch of claim lines in, an explained estimate out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from payrules.claims import Claims
from payrules.runs.lines import PricedLines, have_fractions, lines_in_dollars, shown_of
from payrules.runs.record import run_record
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.runs.steps import Steps
from payrules.runs.tally import tally
from payrules.runs.x12 import with_notes


def estimate(
    batch: Claims,
    setup: Setup | None = None,
    *,
    trail: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Estimate:
    """Price a batch: files, or lines in memory (a frame, or dicts) with the same columns (`KNOWN`).

    Without a setup Medicare pays by the schedules at hand. Raises ClaimsError for a batch that
    cannot be read and ScheduleError for schedules that cannot be used; a line that cannot be
    priced is a row with a status.
    """
    started = time.perf_counter()
    setup = setup or Setup()
    checked = setup.read(batch)
    priced = setup.price(checked.lines, history=checked.history, trail=trail, progress=progress)
    lines = with_notes(priced.held, checked.notes)
    counted = tally(priced, checked, setup)
    record = run_record(setup, checked, counted, rejects=checked.rejects.height)
    facility = None
    if setup.facility is not None:
        from payrules.runs import facility_record, facility_side  # noqa: PLC0415 - few runs ask it

        facility = facility_side.facility_side(priced.lines, checked, setup)
        record = replace(record, facility=facility_record.run_facility(facility, setup))
    results = Estimate(
        priced=PricedLines.of(lines, checked.given, checked.carried),
        steps=Steps(priced),
        rejects=checked.rejects,
        run=record,
        carried=tuple(checked.carried.columns),
        superseded=checked.superseded,
        reversed=checked.reversed,
        history=_in_dollars(checked.history, checked.given),
        facility=facility,
    )
    seconds = round(time.perf_counter() - started, 3)
    return replace(results, run=replace(record, seconds=seconds))


def _in_dollars(history: pl.DataFrame | None, given: Sequence[str]) -> pl.DataFrame | None:
    """Give the rows that only count for coverage policies as users see them."""
    if history is None:
        return None
    shown = shown_of(history, given)
    return lines_in_dollars(shown, fractions=have_fractions(shown))
