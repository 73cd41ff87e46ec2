"""A batch at each site: the worked table, what moves and how it is billed there, what is open."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import payrules
from payrules.__main__ import main
from payrules.errors import ScenarioError, UsageError
from payrules.facility.wage import WageIndices
from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.scenarios import baseline, scenario
from payrules.scenarios.comparison import compare
from payrules.scenarios.plan import plan
from payrules.scenarios.sites import SitesCompared, compare_sites, read_sites
from payrules.workbook.sites import write_sites_book
from tests.facility.test_facility_side import batch_of

pytestmark = pytest.mark.usefixtures("imported")
SITES = ("office", "asc", "hospital")
ENCOUNTERS = {
    "facet": [("64493", "11", "50"), ("64494", "11", "50")],
    "joint": [("27096", "22", "")],
    "echo": [("93306", "11", "")],
    "drug": [("64483", "11", ""), ("J3301", "11", "")],
    "knee": [("27447", "22", "")],
    "visit": [("99213", "11", "")],
    "several": [("64483", "11", ""), ("62323", "24", "59")],
    "home": [("99348", "12", "")],
    "ward": [("99232", "21", "")],
}


@cache
def medicare() -> Setup:
    return setup_of("medicare", locality="national", facility=WageIndices())


def compared(rows: list[dict[str, str]], *sites: str) -> SitesCompared:
    return compare_sites(baseline(pl.DataFrame(rows), medicare()), sites)


@pytest.fixture(scope="module")
def moved(imported: None) -> SitesCompared:
    return compared(batch_of(ENCOUNTERS), *SITES)


def amounts(moved: SitesCompared, claim: str) -> dict[str, Any]:
    row = moved.encounters.row(by_predicate=pl.col("claim_id") == claim, named=True)
    return {
        site: tuple(row[f"{site}_{part}_amount"] for part in ("professional", "facility", "total"))
        for site in moved.sides
    }


def test_the_worked_table_to_the_cent(moved: SitesCompared) -> None:
    in_office = (390_09, 0, 390_09)
    assert amounts(moved, "facet") == {
        "as_billed": in_office,
        "office": in_office,
        "asc": (206_23, 716_91, 923_14),
        "hospital": (206_23, 1_335_44, 1_541_67),
    }


def test_from_a_hospital_to_the_others(moved: SitesCompared) -> None:
    assert amounts(moved, "joint") == {
        "as_billed": (80_87, 692_52, 773_39),
        "office": (159_14, 0, 159_14),
        "asc": (80_87, 371_75, 452_62),
        "hospital": (80_87, 692_52, 773_39),
    }


def test_a_test_is_billed_with_26_in_a_facility_and_whole_in_an_office() -> None:
    moved = compared(
        batch_of({"whole": [("93306", "11", "")], "read": [("93306", "22", "26")]}), *SITES
    )
    for claim in ("whole", "read"):
        assert amounts(moved, claim)["office"] == (187_93, 0, 187_93)
        assert amounts(moved, claim)["hospital"] == (65_34, 548_30, 613_64)


def test_a_drug_is_the_facilitys_where_the_service_moves_to_one() -> None:
    rows = batch_of({"drug": ENCOUNTERS["drug"]}, claim_line_start_date="2025-02-03")
    moved = compared(rows, "office", "hospital")
    told = moved.told_lines.filter(hcpcs_code="J3301")
    of_practitioner = told.filter(side="practitioner").select("at", "allowed_amount")
    office, hospital = (str(amount) for _, amount in of_practitioner.rows()[1:])
    assert (office, hospital) == (str(of_practitioner["allowed_amount"][0]), "0.00")
    assert office != "0.00"
    assert told.filter(side="facility", at="hospital")["status"].to_list() == ["bundled"]


def test_what_a_facility_is_not_paid_for_and_what_practitioners_are_not_is_no_saving() -> None:
    rows = batch_of(
        {
            "inpatient": [("22558", "24", "")],
            "infusion": [("96413", "11", "")],
            "tray": [("A4211", "11", ""), ("62323", "11", "")],
        }
    )
    moved = compared(rows, "asc", "hospital")
    by_claim = {row["claim_id"]: row for row in moved.encounters.iter_rows(named=True)}
    inpatient, infusion = by_claim["inpatient"], by_claim["infusion"]
    assert inpatient["hospital_total_amount"] is None
    assert inpatient["hospital_facility_amount"] is None
    assert inpatient["hospital_why"] == [
        "22558: the facility is not paid: paid to inpatients' hospitals only"
    ]
    # The hospital bills it, and no practitioner: 0.00 of both was called its total.
    assert infusion["hospital_total_amount"] is None
    assert infusion["hospital_why"] == [
        "96413: no practitioner's at this place: what the facility bills of it is not settled"
    ]
    # A supply that is packaged in the office already is nowhere the facility's.
    assert by_claim["tray"]["asc_total_amount"] == 96_07 + 371_75


def test_what_keeps_encounters_out_of_the_sums_is_counted(moved: SitesCompared) -> None:
    within = moved.encounters.filter("compared")["claim_id"].to_list()
    assert within == ["facet", "joint"]
    told = moved.totals.select("at", "encounters", "total_amount").rows()
    assert told == [
        ("as_billed", 2, 390_09 + 773_39),
        ("office", 2, 390_09 + 159_14),
        ("asc", 2, 923_14 + 452_62),
        ("hospital", 2, 1_541_67 + 773_39),
    ]
    said = {(row["at"], row["why"]) for row in moved.open.iter_rows(named=True)}
    assert ("asc", "93306: not on the ASC list") in said
    assert ("hospital", "99213: a visit: a hospital may bill G0463, which is not settled") in said
    assert any(at == "office" and "not done in an office (NA)" in why for at, why in said)
    assert any("at several places" in why for _, why in said)
    assert moved.stay.rows() == [("11", 1), ("12", 1), ("21", 1), ("24", 1)]


@pytest.mark.parametrize("site", SITES)
def test_moving_to_its_own_site_changes_nothing(site: str) -> None:
    place = {"office": "11", "asc": "24", "hospital": "22"}[site]
    rows = batch_of(
        {"one": [("64493", place, "50"), ("64494", place, "50"), ("62323", place, "59")]}
    )
    moved = compared(rows, site)
    assert moved.sides[site].lines.equals(moved.sides["as_billed"].lines)
    assert set(moved.totals["total_change"]) == {0}


def test_sites_that_are_none() -> None:
    assert read_sites(" Office,asc, office") == ("office", "asc")
    with pytest.raises(UsageError, match="there is no site 'hopsital'; perhaps 'hospital'"):
        read_sites("hopsital")
    with pytest.raises(UsageError, match="names no site"):
        read_sites(" , ")


def test_the_command_line_and_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], moved: SitesCompared
) -> None:
    claims = tmp_path / "claims.csv"
    pl.DataFrame(batch_of(ENCOUNTERS)).write_csv(claims)
    files = {"--output": "sites.xlsx", "--lines": "lines.csv", "--json": "sites.json"}
    outputs = [part for option, name in files.items() for part in (option, str(tmp_path / name))]
    command = ["whatif", str(claims), "--locality", "national", "--sites", ",".join(SITES)]
    assert main([*command, *outputs]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "2 encounters of 8 compared" in out
    assert "surgical center 287.10 1,088.66 1,375.76" in out
    record = json.loads((tmp_path / "sites.json").read_text())
    assert record["totals"][2]["total_amount"] == "1375.76"
    assert [each["kind"] for each in record["rates"]] == ["asc", "asc_ancillary", "opps"]
    lines = pl.read_csv(tmp_path / "lines.csv", infer_schema=False)
    assert lines.height == moved.told_lines.height
    book = openpyxl.load_workbook(tmp_path / "sites.xlsx")
    assert book.sheetnames == [
        *("Sites", "Totals", "Encounters", "Lines", "Facility lines", "Facility steps"),
        *("No facility line", "Not settled", "Checks", "About"),
    ]


def test_encounters_of_which_it_is_open_who_pays_are_compared_and_said(tmp_path: Path) -> None:
    moved = compared(
        batch_of({"off": [("64493", "19", "PN")], "on": [("64493", "22", "")]}), "asc", "hospital"
    )
    billed = moved.totals.row(0, named=True)
    # 0.4 of 890.29 is 356.12
    assert billed["total_amount"] == 2 * 88_31 + 890_29 + 356_12
    assert billed["medicare_amount"] is None
    assert moved.totals["medicare_amount"][1] is not None
    assert moved.open.is_empty()
    assert moved.sentences[-2] == (
        "As billed: what Medicare and the patient pay is not added up, for it is open of 1 "
        "encounter compared: 64493: who pays, PN: what the patient owes such a department was not "
        "read."
    )
    assert write_sites_book(moved, tmp_path / "sites.xlsx").differences == ()


def test_what_was_not_read_is_said_and_no_sums_of_nothing_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = tmp_path / "claims.csv"
    more = {"payer": "Aetna", "encounter_id": "E1", "ward": "3"}
    pl.DataFrame(batch_of({"home": ENCOUNTERS["home"]}, **more)).write_csv(claims)
    assert main(["whatif", str(claims), "--locality", "national", "--sites", "asc"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "0 encounters of 0 compared" in out
    assert "change against as billed" not in out
    assert "is unknown and priced as medicare (1 line): Aetna." in out
    # An encounter_id is read here.
    assert "Columns carried along, not read: ward." in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--sites", "asc", "--tornado"], "--sites is a question of its own"),
        (["--sites", "asc", "--payer", "bcbs-nebraska"], "bcbs-nebraska is not Medicare"),
        (["--tornado", "--hospital-wage-index", "1.1"], "add --sites"),
        (["--sites", "clinic"], "there is no site 'clinic'"),
    ],
)
def test_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    claims = tmp_path / "claims.csv"
    pl.DataFrame(batch_of({"facet": ENCOUNTERS["facet"]})).write_csv(claims)
    assert main(["whatif", str(claims), "--locality", "national", *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_the_front_door(tmp_path: Path) -> None:
    rows = pl.DataFrame(batch_of({"facet": ENCOUNTERS["facet"]}))
    found = payrules.sites(rows, ["office", "asc"], locality="national")
    assert [str(each) for each in found.totals["total_amount"]] == ["390.09", "390.09", "923.14"]
    assert found.encounters["compared"].to_list() == [True]
    assert {*found.lines["at"]} == {"as_billed", "office", "asc"}
    assert (found.open.height, found.rejects.height) == (0, 0)
    assert found.remarks[0].startswith("Surgical center: national Medicare rates")
    assert found.record["totals"][2]["total_change"] == "533.05"
    assert found.to_excel(tmp_path / "sites.xlsx").exists()
    assert "asc: practitioner 206.23, facility 716.91, both 923.14" in repr(found)
    assert "<li>" in found._repr_html_()
    with pytest.raises(UsageError, match="there is no site 'clinic'"):
        payrules.sites(rows, "clinic")


def test_a_plan_stands_beside_the_sites() -> None:
    rows = batch_of({f"C{n}": [("64493", "22", "")] for n in range(4)})
    planned = {"claims": [{"site_of_service": "asc", "part": 0.5}]}
    found = payrules.sites(rows, ["asc"], scenario=planned, locality="national")
    totals = dict(found.totals.select("at", "facility_amount").iter_rows())
    each = {"hospital": Decimal("890.29"), "asc": Decimal("477.94")}
    assert totals == {
        "as_billed": 4 * each["hospital"],
        "planned": 2 * each["hospital"] + 2 * each["asc"],
        "asc": 4 * each["asc"],
    }
    assert found.remarks[0] == "As planned: What if (scenario)."


def test_a_plan_changes_claims_alone() -> None:
    rows = batch_of({"facet": ENCOUNTERS["facet"]})
    for planned in ({"conversion_factor": {"scale": 0.9}}, {"claims": [{"volume": 2}]}):
        with pytest.raises(UsageError, match="a scenario moves claims alone"):
            payrules.sites(rows, ["asc"], scenario=planned, locality="national")


def test_a_drug_of_a_planned_move_is_the_facilitys() -> None:
    rows = batch_of({"drug": ENCOUNTERS["drug"]}, claim_line_start_date="2025-02-03")
    planned = {"claims": [{"site_of_service": "hospital"}]}
    found = payrules.sites(rows, ["hospital"], scenario=planned, locality="national")
    totals = dict(found.totals.select("at", "total_amount").iter_rows())
    assert totals["planned"] == totals["hospital"]


# ------------------------------------------------------------------- a scenario moves a part of it


def changed_by(rows: list[dict[str, str]], claims: dict[str, Any]) -> pl.DataFrame:
    base = baseline(pl.DataFrame(rows), medicare())
    asked = scenario({"title": "Moves", "cites": "Plan", "claims": [claims]})
    (one,) = compare(base, [plan(base, asked)])
    return one.lines.sort("claim_id", "claim_line_number")


def test_a_scenario_moves_whole_encounters() -> None:
    rows = batch_of({"facet": ENCOUNTERS["facet"], "joint": ENCOUNTERS["joint"]})
    lines = changed_by(rows, {"where": {"hcpcs_code": "64493"}, "site_of_service": "asc"})
    assert lines.select("hcpcs_code", "allowed_amount_after").rows() == [
        ("64493", 132_47),
        ("64494", 73_76),
    ]


def test_a_scenario_moves_a_part_of_the_encounters_spread_evenly() -> None:
    rows = batch_of({f"C{n}": [("64493", "11", "")] for n in range(10)})
    lines = changed_by(rows, {"site_of_service": "hospital", "part": 0.3})
    assert lines["claim_id"].to_list() == ["C3", "C6", "C9"]


def test_drugs_of_a_moved_encounter_are_no_longer_the_practitioners() -> None:
    rows = batch_of({"drug": ENCOUNTERS["drug"]}, claim_line_start_date="2025-02-03")
    lines = changed_by(rows, {"site_of_service": "asc"})
    assert lines.filter(hcpcs_code="J3301")["allowed_amount_after"].to_list() == [0]


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"site_of_service": "office"}, "at that site already"),
        ({"site_of_service": "asc", "set": {"place_of_service_code": "24"}}, "remove one"),
        ({"site_of_service": "clinic"}, "site_of_service"),
        ({"site_of_service": "asc", "part": 0}, "give more than 0"),
        ({"part": 0.5}, "changes nothing"),
    ],
)
def test_scenarios_that_are_refused(claims: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        changed_by(batch_of({"facet": ENCOUNTERS["facet"]}), claims)
