"""A batch priced some persons at a time is the batch priced at once."""

import pytest
from polars.testing import assert_frame_equal

from benchmarks.batches import make_batch
from payrules.claims import read_batch
from payrules.engine.pricing import price
from payrules.payers import MEDICARE
from payrules.runs import by_person
from payrules.runs.by_person import price_by_person
from payrules.runs.setup import load_tables
from payrules.schedules import load_schedules


@pytest.mark.parametrize("at_once", [700, 4_000, 100_000])
@pytest.mark.parametrize("trail", [True, False])
def test_some_persons_at_a_time_give_what_one_run_gives(
    monkeypatch: pytest.MonkeyPatch, at_once: int, trail: bool
) -> None:
    monkeypatch.setattr(by_person, "LINES_AT_ONCE", at_once)
    schedules = load_schedules()
    lines = read_batch(make_batch(8_000), localities=schedules.localities()).lines
    terms = {"tables": load_tables(schedules), "trail": trail}
    wanted = price(lines, MEDICARE.rules, schedules, **terms)
    found = price_by_person(lines, MEDICARE.rules, schedules, **terms)
    assert_frame_equal(found.lines, wanted.lines)
    if trail:
        assert_frame_equal(found.trail, wanted.trail)
    else:
        assert found.trail is None
