"""What a batch only carries never touches the pricing: no column, under any name, in any runner."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from payrules.claims import ColumnsFile, columns, read_batch
from payrules.claims.modifiers import encode
from payrules.demo import BATCH
from payrules.engine.pricing import price
from payrules.engine.rule import STATE
from payrules.engine.session import LINE_ORDER, POOLS
from payrules.fees.amounts import attach_fees
from payrules.payers import MEDICARE, load_payer
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline, plan
from payrules.scenarios.canary import check_canary, record_canary
from payrules.scenarios.comparison import Comparison
from payrules.scenarios.marginal import marginal
from payrules.workbook.columns import (
    ADJUSTMENT_COLUMNS,
    COUNT_COLUMNS,
    DERIVED,
    LINE_COLUMNS,
    REJECT_COLUMNS,
)
from payrules.workbook.figures import Figures
from payrules.workbook.layout import find_layout
from payrules.workbook.privacy import minimal
from payrules.workbook.tables import fitting, tables_of
from tests.pricing_cases import STARTER, STARTER_TABLES
from tests.scenarios.grounds import says

CLAIMS = pl.read_csv(BATCH, infer_schema=False)
CLAIMS = CLAIMS.with_columns(
    payer=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("110-percent-of-medicare"))
)
OTHER = load_payer("110-percent-of-medicare")
SETUP = Setup(payers={OTHER.name: OTHER}, schedules=STARTER)
#: Of the issue: names that moved a total, or crashed.
MOVED = ("bilateral_indicator", "family", "pair", "status_code", "assistant_indicator")
MOVED += ("co_surgeon_indicator", "session", "line_order", "person_year", "_payrules_row")
MOVED += ("global_days", "cap_amount")


@cache
def internal_names() -> list[str]:
    """Collect the names payrules gives to columns of its own, wherever it does."""
    lines = read_batch(CLAIMS, localities=STARTER.localities()).lines
    with_row, fees = attach_fees(encode(lines), STARTER)
    release = STARTER.named("starter-2025")
    tables = [getattr(STARTER_TABLES, name) for name in vars(STARTER_TABLES)]
    rules = MEDICARE.rules
    names = {
        *STATE,
        *POOLS,
        LINE_ORDER,
        *fees.columns,
        *with_row.columns,
        *release.codes.columns,
        *release.localities.columns,
        *(name for rule in rules for name in rule.columns()),
        *(name for rule in rules for name in rule.adjustment().marks_by(STARTER_TABLES)),
        *(name for table in tables if isinstance(table, pl.DataFrame) for name in table.columns),
        *(*LINE_COLUMNS, *ADJUSTMENT_COLUMNS, *COUNT_COLUMNS, *REJECT_COLUMNS, *DERIVED),
        *columns.RESERVED,
        *(f"_payrules_{name}" for name in ("place", "part", "key", "file", "row", "faulty")),
        *(f"_payrules_{name}" for name in ("reject", "first", "number", "steps", "carried")),
        *("_line", "_row", "_holds", "_choice", "_by_row", "_place", "_when", "row", "volume"),
        *("fee_row", "before", "after", "allowed_amount_after", "status_after", "lines", "first"),
        *("*", "^.*$", "^status$", "Status", "input_status", "=1+1", "é", "a,b"),
    }
    return sorted(name for name in names if not columns.is_known(columns.normal(name)))


def carried(names: Iterable[str], setup: Setup = SETUP) -> Setup:
    """Say of columns that they are only carried: many a name of ours is a heading of practices."""
    told = frozenset(columns.normal(name) for name in names)
    return replace(setup, columns=ColumnsFile(carry=told))


@cache
def carried_all() -> Setup:
    return carried(internal_names())


def carrying(names: Sequence[str]) -> pl.DataFrame:
    """Give the claims with more columns, of numbers and text that a rule could trip over."""
    values = ["0", "1", "", "J", "999", "x"]
    cells = [values[row % len(values)] or None for row in range(CLAIMS.height)]
    more = [pl.Series(name, cells, dtype=pl.String) for name in dict.fromkeys(names)]
    # On both sides of the columns we know: neither place may count.
    half = len(more) // 2
    return pl.DataFrame([*more[:half], *CLAIMS, *more[half:]])


@cache
def priced() -> Estimate:
    return estimate(CLAIMS, SETUP)


def assert_untouched(found: Estimate, names: Sequence[str]) -> None:
    """Check results against those of the claims alone, and that every cell carried came back."""
    wanted = priced()
    assert_frame_equal(found.lines.select(wanted.lines.columns), wanted.lines)
    assert_frame_equal(found.adjustments, wanted.adjustments)
    assert_frame_equal(found.rejects.select(wanted.rejects.columns[:4]), wanted.rejects[:, :4])
    assert found.run["totals"] == wanted.run["totals"]
    renamed = found.run["renamed"]
    given = carrying(names)
    rejected = set(found.rejects["row"])
    kept = [row not in rejected for row in range(1, given.height + 1)]
    for name in dict.fromkeys(names):
        came_back = found.lines.get_column(renamed.get(name, name))
        assert came_back.to_list() == given.get_column(name).filter(kept).to_list(), name


names = st.lists(
    st.one_of(
        st.deferred(lambda: st.sampled_from(internal_names())),
        st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=12),
    ).filter(lambda name: not columns.is_known(columns.normal(name))),
    min_size=1,
    max_size=12,
    unique=True,
)


def test_every_internal_name_at_once_is_carried_and_nothing_moves() -> None:
    assert len(internal_names()) > 150
    assert set(MOVED) <= set(internal_names())
    found = estimate(carrying(internal_names()), carried_all())
    assert_untouched(found, internal_names())


@given(names)
@example(["bilateral_indicator"])
@example([*MOVED])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_column_under_any_name_leaves_every_result_as_it_was(names: list[str]) -> None:
    assert_untouched(estimate(carrying(names), carried(names)), names)


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("value", ["0", "J", None])
def test_a_carried_column_does_not_move_64493_on_both_sides(name: str, value: str | None) -> None:
    """A bilateral indicator of 0 made it pay 172.08."""
    claim = {
        "claim_id": "1",
        "claim_line_number": "1",
        "person_id": "P1",
        "claim_line_start_date": "2025-10-07",
        "hcpcs_code": "64493",
        "hcpcs_modifiers": "50",
        "place_of_service_code": "11",
        name: value,
    }
    claims = pl.DataFrame([claim], schema_overrides={name: pl.String})
    found = estimate(claims, Setup(schedules=STARTER, locality="national"))
    assert str(found.lines["allowed_amount"].item()) == "258.12"


def test_the_pricing_itself_puts_columns_aside_that_are_none_of_the_intakes() -> None:
    batch = read_batch(CLAIMS, localities=STARTER.localities())
    extra = [
        pl.repeat(0, batch.lines.height, eager=True).alias(name)
        for name in internal_names()
        if not columns.is_among_lines(name)
    ]
    wanted = price(batch.lines, MEDICARE.rules, STARTER, tables=STARTER_TABLES)
    found = price(batch.lines.hstack(extra), MEDICARE.rules, STARTER, tables=STARTER_TABLES)
    assert_frame_equal(found.lines.select(wanted.lines.columns), wanted.lines)
    assert found.trail is not None
    assert wanted.trail is not None
    assert_frame_equal(found.trail, wanted.trail)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_in_parts_carries_every_internal_name(tmp_path: Path, ending: str) -> None:
    claims = pl.concat([carrying(internal_names()), carrying(internal_names()).slice(3, 4)])
    path = tmp_path / f"claims{ending}"
    claims.write_csv(path) if ending == ".csv" else claims.write_parquet(path)
    wanted = estimate(path, carried_all())
    outputs = Outputs(*(tmp_path / f"{name}.parquet" for name in ("lines", "steps", "rejects")))
    summary = estimate_in_parts(path, outputs, carried_all(), lines_a_part=20)
    assert summary.run["totals"] == wanted.run["totals"] == priced().run["totals"]
    assert summary.run["renamed"] == wanted.run["renamed"]
    assert_frame_equal(pl.read_parquet(outputs.lines), wanted.lines)
    assert outputs.adjustments
    assert_frame_equal(pl.read_parquet(outputs.adjustments), wanted.adjustments)
    assert outputs.rejects
    assert_frame_equal(pl.read_parquet(outputs.rejects), wanted.rejects)
    assert wanted.rejects.height == priced().rejects.height + 4


def test_what_if_and_marginal_carry_every_internal_name() -> None:
    change = says(
        claims=[
            {"where": {"hcpcs_code": "64400-64530"}, "set": {"place_of_service_code": "22"}},
            {"where": {"site": "office"}, "volume": Decimal("1.2")},
        ],
        conversion_factor=Decimal("33.5"),
        terms={"multiple_procedure": {"later": Decimal("0.4")}},
    )
    sides = [baseline(CLAIMS, SETUP), baseline(carrying(internal_names()), carried_all())]
    wanted, found = (Comparison(base, change, plan(base, change)) for base in sides)
    for table in ("totals", "bridge", "lines"):
        assert_frame_equal(getattr(found, table), getattr(wanted, table))
    alone, beside = (marginal(base, "C101") for base in sides)
    assert alone.total == beside.total
    assert_frame_equal(beside.lines, alone.lines)
    assert_frame_equal(beside.otherwise, alone.otherwise)


def test_a_what_if_chooses_lines_by_a_carried_column_of_any_name() -> None:
    base = baseline(carrying(["bilateral_indicator", "session"]), SETUP)
    change = says(claims=[{"where": {"session": "J"}, "set": {"place_of_service_code": "22"}}])
    marked = (base.batch.carried["session"] == "J").fill_null(value=False)
    # What is billed at 22 already is billed as it was.
    otherwise = marked & (base.lines["place_of_service_code"] != "22")
    assert otherwise.sum() < marked.sum()
    assert plan(base, change).claims.changed.equals(otherwise, check_names=False)


def test_a_canary_carries_every_internal_name(tmp_path: Path) -> None:
    rows = carrying(internal_names()).filter(pl.col("claim_id") != "C134")
    rows.write_csv(tmp_path / "claims.csv")
    record_canary(tmp_path / "claims.csv", tmp_path / "canary.csv", carried_all())
    plain = pl.read_csv(tmp_path / "canary.csv", infer_schema=False)
    expected = [name for name in plain.columns if name.startswith("expected_")]
    alone = pl.concat([rows.select(CLAIMS.columns), plain.select(expected)], how="horizontal")
    alone.write_csv(tmp_path / "alone.csv")
    for path in ("canary.csv", "alone.csv"):
        assert check_canary(tmp_path / path, carried_all()).moved == ()


def test_the_workbook_shows_every_column_and_no_figure_moves() -> None:
    results = estimate(carrying(internal_names()), carried_all())
    found, wanted = (
        tables_of(fitting(find_layout("estimate"), figures), figures)
        for figures in (Figures(results), Figures(priced()))
    )
    for name, table in wanted.items():
        shown = found[name].frame
        assert_frame_equal(shown.select(table.frame.columns), table.frame)
    lines = next(table for table in found.values() if table.sheet.other_columns)
    assert set(results.carried) - set(DERIVED) - {"_line"} <= set(lines.frame.columns)
    totals = Figures(results).totals
    assert totals == Figures(priced()).totals


def test_minimal_leaves_out_a_carried_column_named_like_one_of_a_report() -> None:
    """A column "month" or "practitioner" of the user's own was taken for ours."""
    results = estimate(carrying(["month", "practitioner", "what_to_do"]), SETUP)
    assert set(minimal(results).lines.columns) == set(minimal(priced()).lines.columns)
