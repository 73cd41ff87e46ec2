"""Localities by state and name, by county, and by ZIP and ZIP+4 on a claim line."""

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from payrules.claims import read_batch
from payrules.cli.commands import cli
from payrules.code_page import code_page
from payrules.errors import ClaimsError, PayrulesError, UsageError
from payrules.schedules import LocalityNames, Schedules, import_schedule, load_schedules
from tests.real_files import CMS
from tests.schedules.conftest import GPCI, Maker
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
        ("CA San Francisco", "01112-52 (CA SAN FRANCISCO-OAKLAND-BERKELEY: MARIN CNTY)", 2),
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
    assert names.find(text) == (None, (), False)


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
    checked = read_batch(
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
    assert found["reason"][2] == (
        "locality (2 characters, not shown) fits more than one locality, 06102-12 (IL EAST ST. "
        "LOUIS), 06102-15 (IL SUBURBAN CHICAGO), 06102-16 (IL CHICAGO), 06102-99 (IL REST OF "
        "ILLINOIS): give the key of the right one"
    )
    assert (
        found["reason"][3] == "locality (7 characters, not shown) is not in any loaded fee schedule"
    )


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
    batch = read_batch(frame, default_locality=" IL Chicago ", **how)  # type: ignore[arg-type]
    assert batch.lines["locality"].to_list() == ["06102-16"]
    with pytest.raises(ClaimsError, match=r"'IL' fits more than one locality, 06102-12 \(IL EAST"):
        read_batch(frame, default_locality="IL", **how)  # type: ignore[arg-type]


#: As CMS wrote them until 2024: one name, and the counties tell them apart.
TWO_OF_ONE_NAME = GPCI.replace(
    ",,,,,,\r\n*Work",
    "01182,CA,18,LOS ANGELES-LONG BEACH-ANAHEIM (LOS ANGELES CNTY),1.045,1.194,0.690\r\n"
    "01182,CA,26,LOS ANGELES-LONG BEACH-ANAHEIM (ORANGE CNTY),1.045,1.194,0.690\r\n"
    ",,,,,,\r\n*Work",
)
WHICH = (
    "fits more than one locality, 01182-18 (CA LOS ANGELES-LONG BEACH-ANAHEIM: LOS ANGELES CNTY), "
    "01182-26 (CA LOS ANGELES-LONG BEACH-ANAHEIM: ORANGE CNTY): give the key of the right one"
)
LOS_ANGELES = "CA Los Angeles-Long Beach-Anaheim"


@pytest.fixture
def store(release: Maker, tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    import_schedule(release("2025D", **{"GPCI2025.csv": TWO_OF_ONE_NAME}), folder)
    return folder


@pytest.mark.parametrize("text", ["CA Los Angeles", LOS_ANGELES])
def test_a_name_that_fits_two_localities_is_told_with_both_in_every_door(
    text: str, store: Path, tmp_path: Path
) -> None:
    lines = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
        "place_of_service_code,locality\n"
    )
    claims = tmp_path / "claims.csv"
    claims.write_text(f"{lines}1,1,p,2025-11-03,29870,11,\n")
    doors = [
        ["code", "29870"],
        ["code", "29870-29881"],
        ["schedules", "diff", "2025D", "2025D"],
        ["estimate", str(claims), "--output", str(tmp_path / "out.xlsx")],
        ["explain", str(claims), "--claim", "1"],
    ]
    for door in doors:
        told = CliRunner().invoke(cli, [*door, "--locality", text, "--schedules", str(store)])
        assert isinstance(told.exception, PayrulesError), door
        assert WHICH in str(told.exception), door
        assert "has no locality" not in str(told.exception)
    of_column = LocalityNames(load_schedules(store))
    assert of_column.find(text).ambiguity == WHICH
    claims.write_text(
        f"{lines}1,1,p,2025-11-03,29870,11,{text}\n2,1,p,2025-11-03,29870,11,01182-26\n"
    )
    batch = read_batch(
        [claims], localities=load_schedules(store).localities(), find_locality=of_column.find
    )
    assert batch.lines["locality"].to_list() == ["01182-26"]
    (reason,) = batch.rejects["reason"]
    assert reason == f"locality ({len(text)} characters, not shown) {WHICH}"
    whole_name = "CA Los Angeles-Long Beach-Anaheim (Los Angeles Cnty)"
    assert of_column.find(whole_name).locality == "01182-18"


def test_a_part_of_a_name_without_its_state_says_what_lacks(real: Schedules) -> None:
    with pytest.raises(UsageError, match=r"part of the name of 13202-02 \(NY NYC SUBURBS/LONG ISL"):
        code_page("99213", real, locality="Long Island")


def test_a_code_page_takes_a_locality_as_claim_lines_write_it(real: Schedules) -> None:
    assert code_page("99213", real, locality=" 0610216").locality == "06102-16"


def test_claim_lines_by_zip_and_plus_four(real: Schedules, tmp_path: Path) -> None:
    five = real.table("zip")
    assert five is not None
    code, home = five.filter("plus_four_needed").select("zip", "locality").row(0)
    records = [zip9(code, "1234", "0610216"), zip9(code, "9999", "0610215")]
    path = tmp_path / "ZIP9_OCT2025.txt"
    path.write_text("\r\n".join(records), encoding="ascii")
    import_schedule(path, tmp_path / "store")
    import_schedule(CMS / "zip" / "ZIP5_OCT2025.txt", tmp_path / "store")
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
