"""CMS's files cut short, shuffled, re-encoded, renamed and swollen: read alike, or refused."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrules.errors import ScheduleError
from payrules.schedules import import_schedule, unpack
from payrules.schedules.cms import (
    add_on_codes,
    anesthesia,
    cells,
    counties,
    drug_limits,
    hospital_outpatient,
    laboratory_rates,
    localities,
    procedure_pairs,
    published_amounts,
    relative_values,
    surgical_centers,
    unlikely_units,
    wage_indices,
    zip_codes,
)
from payrules.schedules.cms.cells import Source
from payrules.schedules.file_kinds import kind_of
from tests.schedules.conftest import GPCI, ROWS, Maker, pprrvu_csv
from tests.schedules.test_asc_addenda import BB, EE, FF, WAGES
from tests.schedules.test_drug_and_laboratory_files import ASP, CLFS, CLFS_NAME
from tests.schedules.test_importing import ANES
from tests.schedules.test_other_readers import AOC, MUE, PAIR, PTP
from tests.schedules.test_published_files import ASC, CAPS, COUNTIES, OPPS, PF, zip9

BASE = "CODE,2022\n,BASE\n,UNIT\n00100,5\n00102,6\n00103,4\n"
ZIP5 = "\r\n".join(
    f"IL{number:05}0610216 Z9   0 A".ljust(75) + "20254" for number in range(60601, 60605)
)
#: Each kind: a small file under CMS's name, how it is read, and its first row of data.
KINDS = {
    "relative_values": ("PPRRVU2025_Oct.csv", pprrvu_csv(), relative_values.read, ROWS[0]),
    "gpci": ("GPCI2025.csv", GPCI, localities.read, "02102"),
    "anes": ("ANES2025.csv", ANES, anesthesia.read_factors, "02102"),
    "anesthesia_base_units": ("base.csv", BASE, anesthesia.read_base_units, "00100"),
    "mue": ("MUE_Eff_07-01-2026.csv", MUE, unlikely_units.read, "0001U"),
    "ptp": (
        "ccipra-v322r0-f1.txt",
        PTP + PAIR + PAIR.replace("0029U", "0030U"),
        lambda source: procedure_pairs.read([source]),
        "0001U",
    ),
    "add_on": ("AOC_V2026Q2-MCR.csv", AOC, add_on_codes.read, "1,64480"),
    "zip": ("ZIP5_OCT2025.txt", ZIP5, zip_codes.read, "IL"),
    "zip9": (
        "ZIP9_OCT2025.txt",
        f"{zip9()}\r\n{zip9(four='1235')}",
        zip_codes.read_plus_four,
        "IL",
    ),
    "amounts": ("PFREV25D.TXT", PF, published_amounts.read_amounts, '"2025"'),
    "opps_cap": ("OPPSCAP_Oct.csv", CAPS, published_amounts.read_caps, "72146"),
    "counties": ("25LOCCO.csv", COUNTIES, counties.read, "10112"),
    "asc": ("AA.csv", ASC, surgical_centers.read_rates, "0095T"),
    "asc_ancillary": ("BB.csv", BB, surgical_centers.read_ancillary, "76000"),
    "asc_excluded": (
        "EE.csv",
        EE,
        lambda source: surgical_centers.read_excluded(source, date(2023, 7, 1)),
        "00176",
    ),
    "asc_device_offset": ("FF.csv", FF, surgical_centers.read_offsets, "20220"),
    "asc_wage_index": ("WI.csv", WAGES, wage_indices.read, "01"),
    "opps": ("January 2025 Web Addendum B.csv", OPPS, hospital_outpatient.read, "0001F"),
    "asp": ("January 2025 ASP.csv", ASP.replace("\n1", " 1"), drug_limits.read, "J3301"),
    "clfs": (CLFS_NAME, CLFS, laboratory_rates.read, '"2025","80053",""'),
}
each_kind = pytest.mark.parametrize("kind", KINDS)
swiftly = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _read(kind: str, content: bytes) -> pl.DataFrame:
    name, _, reader, _ = KINDS[kind]
    found = reader(Source(name, content))  # type: ignore[no-untyped-call]
    if isinstance(found, relative_values.RelativeValues):
        return found.codes
    return found if isinstance(found, pl.DataFrame) else found[0]


@each_kind
def test_each_file_is_of_its_kind_whatever_it_is_called(kind: str) -> None:
    name, text, _, _ = KINDS[kind]
    content = text.encode("latin-1")
    assert kind_of(Source(name, content)) == kind
    assert kind_of(Source("download (3).csv", content)) == kind


@each_kind
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_reencoded_files_are_read_alike(kind: str, encoding: str) -> None:
    text = KINDS[kind][1]
    expected = _read(kind, text.encode("latin-1"))
    assert _read(kind, text.encode(encoding)).equals(expected)
    assert kind_of(Source("x.csv", text.encode(encoding))) == kind


@each_kind
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_line_ends_do_not_count(kind: str, ends: str) -> None:
    text = KINDS[kind][1].replace("\r\n", "\n")
    expected = _read(kind, text.encode("latin-1"))
    assert _read(kind, text.replace("\n", ends).encode("latin-1")).equals(expected)


@each_kind
@swiftly
@given(shuffled=st.data())
def test_order_of_rows_does_not_count(kind: str, shuffled: st.DataObject) -> None:
    _, text, _, first = KINDS[kind]
    if kind == "counties":
        return  # a state stands above its localities there: the order is the meaning
    lines = text.replace("\r\n", "\n").splitlines()
    begun = next(at for at, line in enumerate(lines) if line.startswith(first))
    body = [line for line in lines[begun:] if line[:1].isalnum() or line.startswith('"2025"')]
    rest = [line for line in lines[begun:] if line not in body]
    order = shuffled.draw(st.permutations(body))
    again = "\n".join([*lines[:begun], *order, *rest])
    assert _read(kind, again.encode("latin-1")).equals(_read(kind, text.encode("latin-1")))


@each_kind
@swiftly
@given(cut=st.data())
def test_truncated_files_are_refused_or_lose_whole_rows(kind: str, cut: st.DataObject) -> None:
    # CMS ends its rows with both characters; a file without the last pair is cut short.
    text = KINDS[kind][1].replace("\r\n", "\n").replace("\n", "\r\n")
    content = text.encode("latin-1")
    whole = _read(kind, content)
    at = cut.draw(st.integers(0, len(content)))
    try:
        found = _read(kind, content[:at])
    except ScheduleError:
        return
    # What is read of a shorter file is never another number, only fewer rows.
    assert found.height <= whole.height
    if kind == "asc_wage_index":  # which gathers the rows of an area: some of them may be lost
        whole = _read(kind, content[: content.rfind(b"\r\n", 0, at) + 2])
    if kind not in {"opps", "asc", "counties", "add_on", "ptp"}:
        assert found.join(whole, on=whole.columns, how="semi", nulls_equal=True).equals(found)


@each_kind
@swiftly
@given(
    place=st.integers(0, 10_000),
    byte=st.binary(min_size=1, max_size=3),
    name=st.sampled_from(["x.csv", "x.txt", "x.xlsx"]),
)
def test_any_damage_is_read_or_refused_in_one_sentence(
    kind: str, place: int, byte: bytes, name: str
) -> None:
    content = KINDS[kind][1].encode("latin-1")
    damaged = content[: place % len(content)] + byte + content[place % len(content) + 1 :]
    try:
        kind_of(Source(name, damaged))
        _read(kind, damaged)
    except ScheduleError as fault:
        said = str(fault)
    else:
        said = "read"
    assert said
    assert "\n" not in said


@swiftly
@given(
    rvus=st.lists(
        st.tuples(*[st.integers(0, 999_999)] * 4, st.sampled_from(["", "26", "TC", "53"])),
        min_size=1,
        max_size=5,
        unique_by=lambda row: row[4],
    )
)
def test_relative_values_round_trip(rvus: list[tuple[int, int, int, int, str]]) -> None:
    rows = []
    for work, outside, inside, malpractice, modifier in rvus:
        cells_of = ROWS[0].split(",")
        cells_of[1] = modifier
        for at, value in (
            (5, work),
            (6, outside),
            (8, inside),
            (10, malpractice),
            (11, work + outside + malpractice),
            (12, work + inside + malpractice),
        ):
            cells_of[at] = f"{value // 100}.{value % 100:02}"
        rows.append(",".join(cells_of))
    codes = _read("relative_values", pprrvu_csv(tuple(rows)).encode("latin-1"))
    found = codes.select(
        "work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu", "modifier"
    ).rows()
    assert sorted(found) == sorted(rvus)


@swiftly
@given(
    edits=st.dictionaries(
        st.from_regex("[0-9]{4}[0-9A-Z]", fullmatch=True),
        st.tuples(st.integers(0, 99_999), st.sampled_from("123")),
        min_size=1,
    )
)
def test_unlikely_edits_round_trip(edits: dict[str, tuple[int, str]]) -> None:
    head, _, _ = MUE.partition("0001U")
    body = "".join(f"{code},{value},{mai} Why,x\r\n" for code, (value, mai) in edits.items())
    values = _read("mue", (head + body).encode("latin-1"))
    assert {row[0]: row[1:3] for row in values.rows()} == edits


@swiftly
@given(
    amounts=st.dictionaries(
        st.tuples(
            st.from_regex("[0-9A-Z]{5}", fullmatch=True), st.sampled_from(["", "26", "TC", "53"])
        ),
        st.tuples(st.integers(0, 999_999_999), st.integers(0, 999_999_999)),
        min_size=1,
    )
)
def test_published_amounts_round_trip(
    amounts: dict[tuple[str, str], tuple[int, int]],
) -> None:
    lines = [
        f'"2025","01112","05","{code}","{modifier:2}","{outside // 100:07}.{outside % 100:02}",'
        f'"{inside // 100:07}.{inside % 100:02}"," ","0","A","2","0000000.00","0000000.00","9",'
        '"0000000.00","0000000.00"'
        for (code, modifier), (outside, inside) in amounts.items()
    ]
    found = _read("amounts", "\r\n".join(lines).encode("latin-1"))
    assert {row[:2]: row[3:5] for row in found.rows()} == amounts


@swiftly
@given(cents=st.one_of(st.none(), st.integers(0, 999_999_999)), noise=st.integers(-4, 4))
def test_facility_rates_round_trip(cents: int | None, noise: int) -> None:
    if cents is None:
        written = " "
    else:
        written = f'"${cents // 100:,}.{cents % 100:02} "'
        if noise > 0:  # as a workbook's binary fractions are written
            written = f"{cents // 100}.{cents % 100:02}000000000000{noise}"
    text = OPPS.replace("$912.345000000000071 ", written)
    found = _read("opps", text.encode("latin-1"))
    assert found.filter(pl.col("hcpcs_code") == "64483")["payment_rate"].to_list() == [cents]


def test_codes_that_a_spreadsheet_made_numbers(release: Maker, tmp_path: Path) -> None:
    text = pprrvu_csv().replace("29870", "290").replace("29881", "881")
    with pytest.raises(ScheduleError, match="hcpcs_code: found '290'"):
        import_schedule(release(**{"PPRRVU2025_Oct.csv": text}), tmp_path / "store")


def test_oversized_inputs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_BYTES", 1_000)
    monkeypatch.setattr(cells, "MOST_BYTES", 1_000)
    path = tmp_path / "PPRRVU2025_Oct.csv"
    path.write_text(pprrvu_csv(), encoding="latin-1")
    with pytest.raises(ScheduleError, match="is larger than any CMS file"):
        import_schedule(path, tmp_path / "store")
    monkeypatch.setattr(unpack, "_MOST_FILES", 2)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.csv").write_text("x", encoding="utf-8")
    with pytest.raises(ScheduleError, match=r"holds more than any CMS release \(2 files"):
        import_schedule(folder, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_an_entry_survives_a_day_that_there_is_not() -> None:
    with pytest.raises(ScheduleError):
        add_on_codes.read(Source("AOC_V2026Q2.csv", AOC.replace("2013091", "2013999").encode()))
    assert unlikely_units.read(Source("x.csv", MUE.encode()), date(2026, 7, 1))[1].year == 2026
