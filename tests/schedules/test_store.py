"""Releases by date, tables over several quarters, and bytes that changed."""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import AlteredError, ScheduleError
from payrules.schedules import (
    ConversionFactor,
    Release,
    Schedules,
    import_schedule,
    load_schedules,
    records,
    store,
    stored_columns,
    verify,
)
from payrules.schedules.conversion_factors import factors_of
from payrules.schedules.records import _sealed
from tests.schedules.conftest import Maker
from tests.schedules.test_other_readers import MUE
from tests.schedules.test_published_files import OPPS


def _release(name: str, published_for: date, *, starter: bool = False) -> Release:
    return Release(
        name=name,
        effective_from=date(published_for.year, 1, 1),
        effective_to=date(published_for.year, 12, 31),
        published_for=published_for,
        starter=starter,
        source="",
        sources={},
        files={},
        rows={},
        conversion_factors=factors_of(published_for.year),
        folder=Path(),
    )


ALL = [
    _release("starter-2025", date(2025, 10, 1), starter=True),
    _release("starter-2026", date(2026, 7, 1), starter=True),
    _release("2025A", date(2025, 1, 1)),
    _release("2025AR", date(2025, 1, 1)),
    _release("2025D", date(2025, 10, 1)),
    _release("2024D", date(2024, 10, 1)),
]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2023, 12, 31), None),
        (date(2024, 1, 1), "2024D"),  # none is published that early: the year's earliest
        (date(2024, 12, 31), "2024D"),
        (date(2025, 1, 1), "2025AR"),  # a correction goes before what it corrects
        (date(2025, 9, 30), "2025AR"),
        (date(2025, 10, 1), "2025D"),
        (date(2025, 12, 31), "2025D"),
        (date(2026, 1, 1), "starter-2026"),
        (date(2027, 1, 1), None),  # never a neighbour's prices
    ],
)
def test_release_in_force(day: date, name: str | None) -> None:
    found = Schedules(ALL, []).in_force(day)
    assert (found and found.name) == name
    found = Schedules(reversed(ALL), []).in_force(day)
    assert (found and found.name) == name


def test_earliest_of_the_year_serves_the_days_before_it() -> None:
    schedules = Schedules(
        [_release("2025D", date(2025, 10, 1)), _release("2025B", date(2025, 4, 1))], []
    )
    found = schedules.in_force(date(2025, 2, 1))
    assert found is not None
    assert found.name == "2025B"


def test_release_by_name() -> None:
    schedules = Schedules(ALL, [])
    assert schedules.named("2025d").name == "2025D"
    with pytest.raises(ScheduleError, match=r"'2023D'. There are: 2024D, 2025A, 2025AR, 2025D, st"):
        schedules.named("2023D")


@pytest.mark.parametrize(
    ("year", "day", "qualifying", "value"),
    [
        (2024, date(2024, 1, 1), False, "32.7442"),
        (2024, date(2024, 3, 8), False, "32.7442"),
        (2024, date(2024, 3, 9), False, "33.2875"),
        (2025, date(2025, 6, 1), False, "32.3465"),
        (2025, date(2025, 6, 1), True, "32.3465"),
        (2026, date(2026, 1, 1), False, "33.4009"),
        (2026, date(2026, 1, 1), True, "33.5675"),
        # --release prices every line with one release, whatever its date.
        (2026, date(2024, 6, 1), True, "33.5675"),
        (2024, date(2026, 6, 1), False, "33.2875"),
        (2024, date(2023, 6, 1), False, "32.7442"),
    ],
)
def test_conversion_factors(year: int, day: date, qualifying: bool, value: str) -> None:
    factor = _release("x", date(year, 10, 1)).conversion_factor(day, qualifying)
    assert isinstance(factor, ConversionFactor)
    assert str(factor) == value


@pytest.fixture
def imported(release: Maker, tmp_path: Path) -> Path:
    import_schedule(release(), tmp_path / "store")
    return tmp_path / "store"


def test_verify_counts_what_it_checked(imported: Path) -> None:
    assert [(v.entry, v.file, v.rows) for v in verify(imported)] == [
        ("2025D", "codes.parquet", 3),
        ("2025D", "localities.parquet", 2),
    ]


def _change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("file", ["codes", "localities"])
def test_changed_byte_is_found(file: str, imported: Path) -> None:
    schedules = load_schedules(imported)  # reads records only, so it does not notice
    _change_a_byte(imported / "2025D" / f"{file}.parquet")
    with pytest.raises(AlteredError, match=f"2025D: {file}.parquet.* has changed"):
        verify(imported)
    with pytest.raises(AlteredError, match=f"2025D: {file}.parquet.* has changed"):
        getattr(schedules.releases[0], file)


def test_verify_names_every_changed_file(imported: Path) -> None:
    for file in ("codes", "localities"):
        _change_a_byte(imported / "2025D" / f"{file}.parquet")
    with pytest.raises(AlteredError, match=r"codes.parquet[\s\S]*localities.parquet"):
        verify(imported)


def test_missing_file_is_found(imported: Path) -> None:
    (imported / "2025D" / "codes.parquet").unlink()
    with pytest.raises(AlteredError, match=r"codes.parquet is missing"):
        verify(imported)


@pytest.mark.parametrize(("old", "new"), [("32.3465", "33.3465"), ("2025-12-31", "2026-12-31")])
def test_changed_record_is_found(old: str, new: str, imported: Path) -> None:
    record = imported / "2025D" / "release.toml"
    text = record.read_text(encoding="utf-8")
    assert old in text
    record.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AlteredError, match=r"2025D: release.toml"):
        load_schedules(imported)


def test_line_ends_of_a_record_do_not_count(imported: Path) -> None:
    record = imported / "2025D" / "release.toml"
    record.write_bytes(record.read_bytes().replace(b"\n", b"\r\n"))
    assert load_schedules(imported).named("2025D").codes.height == 3


def test_tables_are_read_once(imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = load_schedules(imported).releases
    assert found.codes is found.codes
    monkeypatch.setattr(pl, "scan_parquet", lambda _: pytest.fail("read again"))
    assert found.codes.height == 3


def test_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="does not exist"):
        load_schedules(tmp_path / "absent")


def test_starter_and_own_folder_together(imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "default_folder", lambda: imported)
    assert [r.name for r in load_schedules().releases] == ["2025D", "starter-2025", "starter-2026"]
    monkeypatch.setattr(store, "default_folder", lambda: imported / "absent")
    assert [r.name for r in load_schedules().releases] == ["starter-2025", "starter-2026"]


def test_unfinished_import_is_not_seen(imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(records, "_sealed", killed)
    with pytest.raises(KeyboardInterrupt):
        records.write_entry(imported, "2025E", "release.toml", {}, {})
    (imported / ".2025F-killed").mkdir()
    assert [entry.name for entry in imported.iterdir() if entry.name[0] != "."] == ["2025D"]
    monkeypatch.undo()
    assert [r.name for r in load_schedules(imported).releases] == ["2025D"]


def _quarters(tmp_path: Path, texts: Iterable[tuple[str, str]]) -> Schedules:
    for name, text in texts:
        (tmp_path / name).write_text(text, encoding="latin-1")
        import_schedule(tmp_path / name, tmp_path / "store")
    return load_schedules(tmp_path / "store")


def test_later_quarter_ends_the_earlier(tmp_path: Path) -> None:
    schedules = _quarters(
        tmp_path,
        [
            ("MUE_Eff_07-01-2026.csv", MUE.replace("0009U,2", "0009U,3")),
            ("MUE_Eff_04-01-2026.csv", MUE),
        ],
    )
    values = schedules.table("mue")
    assert values is not None
    rows = values.filter(pl.col("hcpcs_code") == "0009U").drop("hcpcs_code").sort("effective_from")
    assert rows.rows() == [
        (2, "3", date(2026, 4, 1), date(2026, 6, 30)),
        (3, "3", date(2026, 7, 1), None),
    ]


def test_later_file_restates_the_history_of_pairs(tmp_path: Path) -> None:
    head = "notice\nColumn 1\tColumn 2\n"
    kept, ended, dropped, new = (
        "10000\t20000\t\t20200101\t*\t1\tx\n",
        "10000\t30000\t\t20200101\t*\t1\tx\n",
        "10000\t40000\t\t20200101\t*\t0\tx\n",
        "10000\t50000\t\t20260701\t*\t0\tx\n",
    )
    schedules = _quarters(
        tmp_path,
        [
            ("ccipra-v321r0-f1.txt", head + kept + ended + dropped),
            ("ccipra-v322r0-f1.txt", head + kept + ended.replace("*", "20260630") + new),
        ],
    )
    pairs = schedules.table("ptp")
    assert pairs is not None
    assert pairs.sort("column_2_code").select("column_2_code", "effective_to").rows() == [
        ("20000", None),
        ("30000", date(2026, 6, 30)),
        # A later quarter closes only what it itself deletes.
        ("40000", None),
        ("50000", None),
    ]


def test_changed_byte_of_a_table(tmp_path: Path) -> None:
    schedules = _quarters(tmp_path, [("MUE_Eff_07-01-2026.csv", MUE)])
    _change_a_byte(tmp_path / "store" / "mue-2026-07-01" / "mue.parquet")
    with pytest.raises(AlteredError, match=r"mue-2026-07-01: mue.parquet"):
        schedules.table("mue")
    with pytest.raises(AlteredError, match=r"mue-2026-07-01: mue.parquet"):
        verify(schedules)


def test_own_table_replaces_the_starters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "default_folder", lambda: tmp_path / "store")
    of_starter = load_schedules().table("mue")
    assert of_starter is not None
    assert "62323" in of_starter["hcpcs_code"]
    assert load_schedules().is_partial("mue")
    _quarters(tmp_path, [("MUE_Eff_07-01-2026.csv", MUE)])
    schedules = load_schedules()
    values = schedules.table("mue")
    assert values is not None
    assert values["hcpcs_code"].to_list() == ["0001U", "0009U", "99999"]
    assert [s["name"] for s in schedules.table_sources() if s["kind"] == "mue"] == [
        "mue-2026-07-01"
    ]
    assert schedules.table("ptp") is not None  # still the starter's
    assert [schedules.is_partial(kind) for kind in ("mue", "ptp", "zip")] == [False, True, False]


def _resealed(record: Path, change: Callable[[str], str]) -> None:
    """Change a record and seal it again: whoever did so knew how."""
    _, _, rest = record.read_text(encoding="utf-8").partition("\n")
    record.write_text(_sealed(change(rest)), encoding="utf-8")


@pytest.mark.parametrize(
    "key", ["name", "effective_to", "starter", "sources", "sha256", "rows", "value", "cites"]
)
def test_a_record_that_lacks_a_key_ends_with_status_3_and_names_it(
    key: str, imported: Path
) -> None:
    """It was called a bug of payrules."""
    record = imported / "2025D" / "release.toml"
    pattern = r"(?ms)^\[sources\].*?(?=^\[)" if key == "sources" else rf"(?m)^{key} = .*\n"
    _resealed(record, lambda text: re.sub(pattern, "", text))
    with pytest.raises(AlteredError, match=rf"2025D: release.toml in .* lacks '{key}'") as told:
        load_schedules(imported)
    assert told.value.exit_status == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('value = "32.3465"', 'value = "much"'),
        ("[[conversion_factors]]", "[[other_factors]]"),
        ("[[files]]", "[[filed]]"),
    ],
)
def test_a_record_that_says_it_otherwise_ends_with_status_3(
    old: str, new: str, imported: Path
) -> None:
    _resealed(imported / "2025D" / "release.toml", lambda text: text.replace(old, new))
    with pytest.raises(AlteredError, match=r"2025D: .*release.toml"):
        load_schedules(imported)


def test_an_entry_without_its_record_is_not_passed_over(imported: Path) -> None:
    """Its lines would be priced by another release, without a word."""
    (imported / "2025D" / "release.toml").unlink()
    with pytest.raises(AlteredError, match=r"2025D: its record .* is missing"):
        load_schedules(imported)


def test_a_stored_file_that_is_no_parquet_ends_with_status_3(imported: Path) -> None:
    codes = imported / "2025D" / "codes.parquet"
    before = hashlib.sha256(codes.read_bytes()).hexdigest()
    codes.write_bytes(b"PAR1 no more")
    now = hashlib.sha256(codes.read_bytes()).hexdigest()
    _resealed(imported / "2025D" / "release.toml", lambda text: text.replace(before, now))
    with pytest.raises(AlteredError, match=r"codes.parquet in .* is not a Parquet file"):
        verify(imported)


@pytest.mark.parametrize(
    ("file", "column", "value", "said"),
    [
        ("codes", "work_rvu", 10**9, "holds a number in the column work_rvu beyond 0 to 9,999.99"),
        ("codes", "facility_pe_rvu", -1, "holds a number in the column facility_pe_rvu beyond 0"),
        ("codes", "postoperative", 101, "holds a number in the column postoperative beyond 0 to 1"),
        ("localities", "pe_gpci", 10**6, "holds a number in the column pe_gpci beyond 0 to 9.999"),
        ("codes", "work_rvu", "1.90", "has another kind of value in the column work_rvu"),
        ("codes", "work_rvu", 1.9, "has another kind of value in the column work_rvu"),
        ("localities", "mp_gpci", None, "lacks the column mp_gpci"),
    ],
)
def test_a_forged_table_whose_hash_was_redone_is_held_to_reason(
    imported: Path, file: str, column: str, value: object, said: str
) -> None:
    """A relative value of 10,000,000 overflowed 64 bits; a column less read as a bug."""
    path = imported / "2025D" / f"{file}.parquet"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    table = pl.read_parquet(path)
    dtype = pl.Int64 if isinstance(value, int) else None
    forged = table.with_columns(pl.lit(value, dtype=dtype).alias(column))
    if value is None:
        forged = table.drop(column)
    forged.write_parquet(path)
    now = hashlib.sha256(path.read_bytes()).hexdigest()
    _resealed(imported / "2025D" / "release.toml", lambda text: text.replace(before, now))
    with pytest.raises(AlteredError, match=rf"2025D: {file}\.parquet in .* {re.escape(said)}"):
        verify(imported)


def test_what_the_store_holds_is_known_of_every_table() -> None:
    tables = {Path(name).stem for name in (*store._RELEASE_KEYS, "anesthesia_factors.parquet")}
    assert set(stored_columns._TABLES) == {*tables, *store.TABLE_KEYS}


def test_tables_stored_before_a_column_was_kept_are_read_beside_later_ones(tmp_path: Path) -> None:
    for quarter in ("January", "April"):
        path = tmp_path / f"2025_{quarter}_Addendum_B.csv"
        path.write_text(OPPS, encoding="ascii")
        import_schedule(path, tmp_path / "store")
    record = tmp_path / "store" / "opps-2025-01-01" / "table.toml"
    earlier = record.with_name("opps.parquet")
    before = hashlib.sha256(earlier.read_bytes()).hexdigest()
    table = pl.read_parquet(earlier).drop("copayment", "national_copayment")
    table.write_parquet(earlier)
    now = hashlib.sha256(earlier.read_bytes()).hexdigest()
    _resealed(record, lambda text: text.replace(before, now))
    schedules = load_schedules(tmp_path / "store")
    first, second = (each.stored.read() for each in schedules.tables_in_use("opps"))
    assert (first["copayment"].to_list(), first.schema) == ([None, None], second.schema)
    both = schedules.table("opps")
    assert both is not None
    assert both["copayment"].drop_nulls().to_list() == [18_247]
    table.drop("apc").write_parquet(earlier)
    without = hashlib.sha256(earlier.read_bytes()).hexdigest()
    _resealed(record, lambda text: text.replace(now, without))
    with pytest.raises(AlteredError, match="lacks the column apc, which no import writes"):
        load_schedules(tmp_path / "store").tables_in_use("opps")[0].stored.read()
