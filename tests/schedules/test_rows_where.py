"""Rows about a few codes, read of the store by themselves, are those of the whole tables."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.claims import read_batch
from payrules.code_page import as_record, code_page
from payrules.code_page.neighbours import links, pairs, unlikely
from payrules.code_page.relations import among
from payrules.content import content_folder
from payrules.engine.pricing import price
from payrules.engine.tables import CODES_OF_TABLES, TABLES
from payrules.errors import AlteredError
from payrules.runs.setup import Setup, load_tables
from payrules.runs.stored_tables import StoredTables
from payrules.schedules import PublishedTable, Schedules, load_schedules
from payrules.schedules.records import Stored, write_entry
from tests.quarters import Written

STARTER = load_schedules(content_folder("fee_schedules"))
CODES = ("99213", "64483", "64484", "77003", "97110", "97140")
QUARTERS = (*(date(2025, month, 1) for month in (1, 4, 7, 10)), date(2026, 1, 1))
#: What rules call a table → its kind in the store.
KINDS = {
    "unlikely_units": "mue",
    "procedure_pairs": "ptp",
    "add_on": "add_on",
    "anesthesia_base_units": "anesthesia_base_units",
}


def rows_of(name: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Give a table's rows, each of one key once, as an import gives them."""
    key = [each for each in TABLES[name] if each.endswith("code") or each == "effective_from"]
    return pl.DataFrame(rows, schema=TABLES[name]).unique(key, maintain_order=True)


days = st.sampled_from([first + timedelta(days=n) for first in QUARTERS for n in (-40, 0, 20)])
_CELLS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(
        ("hcpcs_code", "column_1_code", "column_2_code", "add_on_code"), st.sampled_from(CODES)
    ),
    "primary_code": st.sampled_from(CODES) | st.none(),
    "mue_value": st.integers(0, 9),
    "base_units": st.integers(3, 9),
    "adjudication_indicator": st.sampled_from("123"),
    "modifier_indicator": st.sampled_from("019"),
    "add_on_type": st.sampled_from("123"),
    "effective_from": days,
    "effective_to": days | st.none(),
}


@st.composite
def stored(draw: st.DrawFn) -> Callable[[], Schedules]:
    """Draw one to three quarters of each table; give what opens a store of them anew."""
    tables = []
    for name, kind in KINDS.items():
        row = st.fixed_dictionaries({column: _CELLS[column] for column in TABLES[name]})
        for first_day in QUARTERS[: draw(st.integers(0, 3))]:
            frame = rows_of(name, draw(st.lists(row, max_size=12)))
            held = Written(kind, Path(f"{kind}.parquet"), "", frame)
            of = (kind, f"{kind}-{first_day}", first_day, False, "a test", "a test")
            tables.append(PublishedTable(*of, frame.height, held))
    return lambda: Schedules(STARTER.releases, tables)


@settings(max_examples=25)
@given(stored(), st.lists(st.sets(st.sampled_from(CODES)), min_size=1, max_size=3))
def test_tables_about_codes_are_the_whole_ones_cut_to_them(
    opened: Callable[[], Schedules], asked: list[set[str]]
) -> None:
    whole, at_hand = load_tables(opened()), StoredTables(opened())
    for codes in asked:
        of = pl.Series(sorted(codes), dtype=pl.String)
        found, wanted = at_hand.about(of), whole.about(of)
        assert found.stand_ins == wanted.stand_ins
        for name in CODES_OF_TABLES:
            table, cut = getattr(found, name), getattr(wanted, name)
            assert at_hand.has(name) == (cut is not None)
            assert (table is None) == (cut is None)
            assert table is None or table.equals(cut)
    for kind in KINDS.values():
        rows = opened().table(kind)
        first_day = None if rows is None else rows["effective_from"].min()
        assert opened().first_day(kind) == first_day


# -- on the disk ---------------------------------------------------------------------------------

PAIRS = [("64483", "77003", "0"), ("64483", "97110", "1"), ("97140", "97110", "1")]


def entry(folder: Path, first_day: date, *, more: int = 0) -> None:
    """Store a quarter: pairs of our codes, which begin and end with time, and `more` of others."""
    turn = QUARTERS.index(first_day)
    ended = first_day - timedelta(days=1)
    pairs = [
        {
            "column_1_code": one,
            "column_2_code": two,
            "modifier_indicator": indicator,
            "effective_from": QUARTERS[0],
            "effective_to": ended if turn == 3 and two == "97110" else None,
        }
        for one, two, indicator in PAIRS[: 2 + turn % 2]
    ]
    others = pl.select(n=pl.int_range(more)).select(
        column_1_code=pl.format("{}", 10_000 + pl.col("n") // 200),
        column_2_code=pl.format("{}", 10_000 + pl.col("n") % 200),
        modifier_indicator=pl.lit("1"),
        effective_from=first_day,
        effective_to=pl.lit(None, dtype=pl.Date),
    )
    units = {"hcpcs_code": "97110", "mue_value": 3 + turn, "adjudication_indicator": "3"}
    links = [
        {"add_on_code": "64484", "add_on_type": "1", "primary_code": "64483"},
        {"add_on_code": "77003", "add_on_type": "2", "primary_code": None},
    ]
    rows = {
        "procedure_pairs": pl.concat([rows_of("procedure_pairs", pairs), others]),
        "unlikely_units": rows_of("unlikely_units", [units | {"effective_from": first_day}]),
        "add_on": rows_of("add_on", [each | {"effective_from": first_day} for each in links]),
    }
    said = {"starter": False, "source": "a test", "sources": {}, "name": f"q{turn}"}
    tables = {
        f"{KINDS[name]}.parquet": (
            frame.select(sorted(frame.columns)),
            {
                "kind": KINDS[name],
                "published_for": first_day,
                "cites": "a test",
                "parts": "1 2 3 4",
            },
        )
        for name, frame in rows.items()
    }
    write_entry(folder, f"q{turn}", "table.toml", said, tables)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("five")
    for first_day in QUARTERS:
        entry(folder, first_day)
    return folder


def opened(folder: Path) -> Schedules:
    """Open a store, with the built-in releases."""
    return Schedules(STARTER.releases, load_schedules(folder).tables)


def read_whole(folder: Path) -> Schedules:
    """Open a store, and read every table whole."""
    schedules = opened(folder)
    for kind in KINDS.values():
        schedules.table(kind)
    return schedules


def test_a_batch_is_priced_with_five_quarters_as_with_the_whole_tables(five: Path) -> None:
    services = [("64483", 1), ("64484", 1), ("77003", 1), ("97110", 5), ("97140", 1)]
    rows = pl.DataFrame(
        [
            {
                "claim_id": f"C{month}",
                "claim_line_number": f"{number}",
                "person_id": f"P{month}",
                "claim_line_start_date": f"2025-{month:02}-13",
                "place_of_service_code": "11",
                "hcpcs_code": code,
                "service_unit_quantity": f"{units}",
            }
            for month in range(1, 13)
            for number, (code, units) in enumerate(services, 1)
        ]
    )
    batch = read_batch(rows, localities=STARTER.localities(), default_locality="national")
    assert batch.rejects.is_empty()
    setup = Setup(schedules=opened(five))
    wanted = price(
        batch.lines, setup.payer.rules, setup.schedules, tables=load_tables(read_whole(five))
    )
    found = setup.price(batch.lines)
    assert found.lines.equals(wanted.lines)
    assert found.trail is not None
    assert wanted.trail is not None
    assert found.trail.equals(wanted.trail)
    assert {"denied", "priced"} <= {*found.lines["status"].cast(pl.String)}


def test_the_page_of_a_code_is_the_same_with_five_quarters(five: Path) -> None:
    day = date(2025, 11, 3)
    page = code_page("97110", opened(five), day=day)
    assert as_record(page) == as_record(code_page("97110", read_whole(five), day=day))
    assert page.pairs
    assert page.unlikely


@pytest.mark.parametrize("day", [date(2024, 12, 31), *QUARTERS])
def test_what_stands_beside_a_code_is_the_same_with_five_quarters(day: date, five: Path) -> None:
    few, whole = opened(five), read_whole(five)
    release = STARTER.releases[0]
    for code in CODES:
        assert pairs(code, few, day) == pairs(code, whole, day)
        assert links(code, release, few, day) == links(code, release, whole, day)
        assert unlikely(code, few, day) == unlikely(code, whole, day)
    assert among(CODES, release, few, day) == among(CODES, release, whole, day)


def ask(schedules: Schedules) -> object:
    return StoredTables(schedules).about(pl.Series(["99213"]))


@pytest.mark.parametrize("read", [ask, lambda schedules: schedules.first_day("ptp")])
@pytest.mark.parametrize("change", ["a byte", "missing", "a column"])
def test_a_changed_file_is_refused_whatever_is_read_of_it(
    read: Callable[[Schedules], object], change: str, tmp_path: Path
) -> None:
    entry(tmp_path, QUARTERS[0])
    schedules, path = opened(tmp_path), tmp_path / "q0" / "ptp.parquet"
    said = "has changed since it was imported"
    if change == "a byte":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif change == "missing":
        path.unlink()
        said = "is missing or unreadable"
    else:  # whoever wrote the file wrote the record, too
        frame = pl.read_parquet(path).drop("modifier_indicator")
        (table,) = (each for each in schedules.tables if each.kind == "ptp")
        frame.write_parquet(path)
        held = Stored("q0", path, sha256(path.read_bytes()).hexdigest())
        schedules = Schedules(STARTER.releases, [replace(table, stored=held)])
        said = "lacks the column modifier_indicator"
    with pytest.raises(AlteredError, match=said):
        read(schedules)


def test_a_condition_on_more_than_the_key_is_refused(five: Path) -> None:
    # A later quarter may say otherwise of it, and what that replaces would stand again.
    with pytest.raises(ValueError, match="modifier_indicator is not of the key of ptp"):
        opened(five).rows_where("ptp", pl.col("modifier_indicator") == "0")


def test_few_rows_cost_a_part_of_all(tmp_path: Path) -> None:
    entry(tmp_path, QUARTERS[0], more=2_000_000)
    about = pl.col("column_1_code").is_in(["64483", "10500"])

    def seconds(read: Callable[[Schedules], object]) -> float:
        schedules = opened(tmp_path)
        begun = time.process_time()
        read(schedules)
        return time.process_time() - begun

    runs = [
        (
            seconds(lambda each: each.rows_where("ptp", about)),
            seconds(lambda each: each.table("ptp")),
        )
        for _ in range(5)
    ]
    few, whole = (min(times) for times in zip(*runs, strict=True))
    assert few < 0.7 * whole, f"{few * 1000:.1f} ms of {whole * 1000:.1f}"
