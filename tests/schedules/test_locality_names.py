"""Localities by state and name, by county, and by ZIP and ZIP+4 on a claim line."""

from pathlib import Path

import polars as pl
import pytest

from payrules.claims import check_batch
from payrules.errors import ClaimsError
from payrules.schedules import LocalityNames, Schedules, import_schedule, load_schedules
from tests.schedules.conftest import SHARED
from tests.schedules.test_published_files import zip9


@pytest.fixture(scope="module")
def names(real: Schedules) -> LocalityNames:
    return LocalityNames(real)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("IL Chicago", "06102-16"),
        ("Chicago, IL", "06102-16"),
        ("chicago", "06102-16"),  # the whole of one name, though part of another
        ("IL suburban chicago", "06102-15"),
        ("AL", "10112-00"),
        ("KS", "05202-00"),
        ("Kansas", "05202-00"),
        ("TX rest of state", "04412-99"),
        ("Rest of Texas", "04412-99"),
        ("MO Saint Louis", "05302-01"),
        ("CA Los Angeles", "01182-18"),
        ("Marin County, CA", "01112-52"),
        ("NY Long Island", "13202-02"),
        ("DC", "12202-01"),
        ("HI", "01212-01"),
        ("IL Cook", "06102-16"),  # a county of the LOCCO file
    ],
)
def test_names_that_tell_a_locality(text: str, key: str, names: LocalityNames) -> None:
    assert names.find(text).locality == key


@pytest.mark.parametrize(
    ("text", "among", "many"),
    [
        ("IL", "06102-99 (IL REST OF ILLINOIS)", 4),
        ("IL Nowhere", "06102-16 (IL CHICAGO)", 4),
        ("CA San Francisco", "01112-52 (CA SAN FRANCISCO-OAKLAND-BERKELEY)", 2),
        ("St. Louis", "06102-12 (IL EAST ST. LOUIS)", 2),
        ("Long Island", "13202-02 (NY NYC SUBURBS/LONG ISLAND)", 1),  # without its state
        ("WA Washington", "02402-99 (WA REST OF WASHINGTON)", 2),
        ("CA", "23 more", 7),
    ],
)
def test_ambiguous_names_give_candidates(
    text: str, among: str, many: int, names: LocalityNames
) -> None:
    found = names.find(text)
    assert found.locality is None
    assert among in found.candidates
    assert len(found.candidates) == many


@pytest.mark.parametrize("text", ["Nowhere", "", "  ", "1", "Württemberg"])
def test_unknown_names(text: str, names: LocalityNames) -> None:
    assert names.find(text) == (None, ())


def test_every_locality_is_found_by_its_own_state_and_name(
    names: LocalityNames, real: Schedules
) -> None:
    for release in real.releases:
        for row in release.localities.iter_rows(named=True):
            found = names.find(f"{row['state']} {row['locality_name']}")
            assert found.locality == row["locality"]


def _batch(real: Schedules, zips: pl.DataFrame | None, **columns: list[str]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    frame = pl.DataFrame(
        {
            "claim_id": ["1"] * height,
            "claim_line_number": [str(number) for number in range(1, height + 1)],
            "person_id": ["p"] * height,
            "claim_line_start_date": ["2025-11-03"] * height,
            "hcpcs_code": ["99213"] * height,
            "place_of_service_code": ["11"] * height,
        }
        | columns
    )
    checked = check_batch(
        frame,
        localities=real.localities(),
        zips=zips,
        find_locality=LocalityNames(real).find,
    )
    rows = checked.rejects.select(
        pl.col("claim_line_number").cast(pl.Int64), "reason", pl.lit(None).alias("locality")
    )
    kept = checked.lines.select("claim_line_number", pl.lit("").alias("reason"), "locality")
    return pl.concat([rows, kept], how="vertical_relaxed").sort("claim_line_number")


def test_claim_lines_by_name(real: Schedules) -> None:
    given = ["IL Chicago", "06102-15", "IL", "Nowhere", "national", "0610216"]
    found = _batch(real, None, locality=given)
    assert found["locality"].to_list() == [
        "06102-16",
        "06102-15",
        None,
        None,
        "national",
        "06102-16",
    ]
    assert "perhaps 06102-12 (IL EAST ST. LOUIS), 06102-15" in found["reason"][2]
    assert found["reason"][3] == "locality Nowhere is in no fee schedule loaded"


def test_default_locality_by_name(real: Schedules) -> None:
    frame = pl.DataFrame(
        {
            "claim_id": ["1"],
            "claim_line_number": [1],
            "person_id": ["p"],
            "claim_line_start_date": ["2025-11-03"],
            "hcpcs_code": ["99213"],
            "place_of_service_code": ["11"],
        }
    )
    how = {"localities": real.localities(), "find_locality": LocalityNames(real).find}
    batch = check_batch(frame, default_locality=" IL Chicago ", **how)  # type: ignore[arg-type]
    assert batch.lines["locality"].to_list() == ["06102-16"]
    with pytest.raises(ClaimsError, match=r"'IL' is in no fee schedule loaded; perhaps 06102-12"):
        check_batch(frame, default_locality="IL", **how)  # type: ignore[arg-type]


def test_claim_lines_by_zip_and_plus_four(real: Schedules, tmp_path: Path) -> None:
    five = real.table("zip")
    assert five is not None
    code, home = five.filter("plus_four_needed").select("zip", "locality").row(0)
    records = [zip9(code, "1234", "0610216"), zip9(code, "9999", "0610215")]
    path = tmp_path / "ZIP9_OCT2025.txt"
    path.write_text("\r\n".join(records), encoding="ascii")
    import_schedule(path, tmp_path / "store")
    import_schedule(SHARED / "zip" / "ZIP5_OCT2025.txt", tmp_path / "store")
    zips = load_schedules(tmp_path / "store").zip_codes()
    given = [f"{code}-1234", f"{code}9999", code, f"{code}-0000", "60601", "60601-0001", "00001"]
    found = _batch(real, zips, service_zip=given)
    assert found["locality"].to_list() == [
        "06102-16",
        "06102-15",
        None,
        None,
        "06102-16",
        "06102-16",
        None,
    ]
    assert "(06102-15 or 06102-16)" in found["reason"][2]
    assert "more than one locality" in found["reason"][3]
    assert "is not in CMS's ZIP table" in found["reason"][6]
    assert home in real.localities()


def test_plus_four_table_alone(real: Schedules, tmp_path: Path) -> None:
    records = [zip9("60601", "1234", "0610216"), zip9("60601", "9999", "0610215")]
    records += [zip9("60602", "1234", "0610216")]
    path = tmp_path / "ZIP9_OCT2025.txt"
    path.write_text("\r\n".join(records), encoding="ascii")
    import_schedule(path, tmp_path / "store")
    zips = load_schedules(tmp_path / "store").zip_codes()
    found = _batch(real, zips, service_zip=["60601-9999", "60601", "60602"])
    assert found["locality"].to_list() == ["06102-15", None, "06102-16"]
    assert load_schedules(tmp_path / "store").table("zip") is None
