"""The versions that benchmarks compare give the same of every line: else they would say nothing."""

import pytest
from polars.testing import assert_frame_equal

from benchmarks import core_rules
from benchmarks.batches import make_batch
from payrules.claims import read_batch
from payrules.engine.pricing import price
from payrules.runs.setup import load_tables
from payrules.schedules import load_schedules

SCHEDULES = load_schedules()


@pytest.mark.parametrize(
    ("version", "needs"),
    [(core_rules.DuckDB, "duckdb"), (core_rules.Numba, "numba"), (core_rules.PlainDecimal, None)],
)
def test_core_rules_each_way_are_the_engine_s(version: type, needs: str | None) -> None:
    if needs:
        pytest.importorskip(needs)
    lines = read_batch(make_batch(20_000), localities=SCHEDULES.localities()).lines
    engine = price(
        lines, core_rules.CORE_RULES, SCHEDULES, tables=load_tables(SCHEDULES), trail=False
    )
    other = version(
        core_rules.lines_in(lines), core_rules.rates(SCHEDULES), core_rules.releases(SCHEDULES)
    )
    other.price()
    given = [*core_rules.WORDS, *core_rules.AMOUNTS]
    assert_frame_equal(other.results(), engine.lines.select(given))
