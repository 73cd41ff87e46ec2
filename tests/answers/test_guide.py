"""`payrules code LIST --guide`: one row a code, as printed guides have it; one shape of JSON."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from payrules.__main__ import main
from payrules.answers import fee_guide
from payrules.code_page import code_page
from payrules.content import content_folder
from payrules.errors import UsageError
from payrules.schedules import Schedules, load_schedules
from payrules.workbook.columns import headings_of
from tests.pricing_cases import FACTORS_2025, SAN_FRANCISCO, by_hand, rows_of_72191

IN_2026 = date(2026, 7, 1)
STARTER = load_schedules(content_folder("fee_schedules"))


@pytest.fixture(autouse=True)
def _only_the_starter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")


def test_a_row_holds_every_site_the_values_and_last_year(whole: Schedules) -> None:
    guide = fee_guide(["64483"], whole, day=IN_2026)
    (row,) = guide.rows.to_dicts()
    assert row == {
        "code": "64483",
        "label": "",
        "status": "A",
        "office": Decimal("264.87"),
        "office_na": "",
        "facility": Decimal("99.53"),
        "facility_na": "",
        "surgical_center": Decimal("485.51"),
        "asc_indicator": "A2",
        "hospital": Decimal("890.29"),
        "apc": "5443",
        "opps_status": "T",
        "total_rvu": Decimal("7.93"),
        "conversion_factor": Decimal("33.4009"),
        "global_days": "000",
        "last_year": Decimal("236.13"),
        "change": Decimal("28.74"),
        "change_percent": Decimal("12.2"),
        "schedule": "mpfs",
        "limit": None,
        "limit_unit": None,
    }
    assert guide.last_year == "2025D"
    assert any("hospital are of 2025-01-01, an earlier year" in each for each in guide.remarks)


def test_na_in_the_office_compares_the_facility(whole: Schedules) -> None:
    (row,) = fee_guide(["27447"], whole, day=IN_2026).rows.to_dicts()
    assert (row["office"], row["office_na"]) == (None, "NA")
    assert row["facility"] == Decimal("1159.35")
    assert row["change"] == row["facility"] - row["last_year"]
    assert row["asc_indicator"] == "J8"


def test_amounts_are_those_of_the_code_s_page() -> None:
    guide = fee_guide(["64483", "20610", "99213", "97110"], STARTER, locality="Chicago")
    for row in guide.rows.to_dicts():
        page = code_page(row["code"], STARTER, locality="Chicago")
        paid = {each.setting: each.paid for each in page.amounts if not each.qualifying_apm}
        assert str(row["office"]) == paid["nonfacility"]
        assert row["facility_na"] or str(row["facility"]) == paid["facility"]


def test_imaging_is_held_to_its_hospital_cap() -> None:
    schedules = by_hand(
        *rows_of_72191(), factors=FACTORS_2025, places=[SAN_FRANCISCO], last="2025-12-31"
    )
    guide = fee_guide(["72191"], schedules, day=date(2025, 10, 2), locality="01112-05")
    page = code_page("72191", schedules, day=date(2025, 10, 2), locality="01112-05")
    capped = {each.paid for each in page.amounts if not each.modifier}
    assert {str(each) for each in guide.rows["office"]} <= capped


def test_without_a_release_of_last_year_its_amounts_are_blank() -> None:
    guide = fee_guide(["64483"], STARTER, day=date(2025, 10, 2))
    assert guide.last_year is None
    assert guide.rows["last_year"].to_list() == [None]
    assert "No release is in force on 2024-10-02" in guide.remarks[0]


def test_last_year_is_never_the_nation_s_under_a_locality(whole: Schedules) -> None:
    earlier, later = whole.named("2025D"), whole.named("2026C")
    gone = later.localities["locality"].to_list()[0]
    without = Schedules([earlier, later], [])
    changed = earlier.localities.filter(earlier.localities["locality"] != gone)
    kept = earlier.__dict__["localities"]
    earlier.__dict__["localities"] = changed
    try:
        guide = fee_guide(["64483"], without, day=IN_2026, locality=gone)
    finally:
        earlier.__dict__["localities"] = kept
    assert guide.rows["last_year"].to_list() == [None]
    assert f"Release 2025D has no locality {gone}" in guide.remarks[0]


def test_february_29_has_a_year_before() -> None:
    """The starter has no 2028: the day is computed before a release is looked for."""
    with pytest.raises(UsageError, match="No release is in force on 2028-02-29"):
        fee_guide(["64483"], STARTER, day=date(2028, 2, 29))


def test_what_is_no_code_is_told_beside_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["code", "64483", "00ZZZ", "--guide"]) == 1
    said = capsys.readouterr()
    assert "64483" in said.out
    assert "has no code '00ZZZ'" in said.err
    assert main(["code", "00ZZY", "00ZZZ", "--guide"]) == 2


def test_a_guide_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("guide.csv", "guide.xlsx"):
        assert main(["code", "6449*", "--guide", "--output", str(tmp_path / name)]) == 0
        assert "(6 codes)" in capsys.readouterr().out
        assert main(["code", "6449*", "--guide", "--output", str(tmp_path / name)]) == 2
        assert "--force" in capsys.readouterr().err
    with (tmp_path / "guide.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    sheet = openpyxl.load_workbook(tmp_path / "guide.xlsx")["Guide"]
    note, _, headings, *cells = sheet.iter_rows(values_only=True)
    assert str(note[0]).startswith("Release starter-2026, date of service 2026-07-01")
    assert list(headings) == [*headings_of(rows[0]).values()]
    assert headings[:2] == ("Code", "Label")
    assert [row[0] for row in cells[:6]] == [row["code"] for row in rows]
    assert [f"{row[3]:.2f}" for row in cells[:6]] == [row["office"] for row in rows]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--output", "guide.csv"], "add --guide"),
        (["--guide", "--output", "guide.pdf"], "must end in .xlsx or .csv"),
        (["--guide", "--history"], "remove it or --guide"),
    ],
)
def test_what_does_not_go_together(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["code", "64483", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_one_code_and_many_are_json_of_one_shape(capsys: pytest.CaptureFixture[str]) -> None:
    shapes = []
    for codes, status in ((["64483"], 0), (["64483", "99213"], 0), (["64483", "00ZZZ"], 1)):
        assert main(["code", *codes, "--json"]) == status
        shapes.append(json.loads(capsys.readouterr().out))
    one, many, partly = shapes
    assert one.keys() == many.keys() == partly.keys()
    assert one["codes"] == many["codes"][:1] == partly["codes"]
    assert [page["code"] for page in one["pages"]] == ["64483"]
    assert (many["pages"], many["not_found"]) == ([], [])
    assert "has no code '00ZZZ'" in partly["not_found"][0]
    assert main(["code", "64483", "--guide", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["guide"]
    assert row["office"] == one["codes"][0]["nonfacility_amount"]


def test_a_drug_and_a_test_show_their_limit_and_schedule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They were empty rows, and where the release has no row of them "no code"."""
    guide = fee_guide(["J3301", "80305", "64483"], STARTER, day=date(2026, 2, 1))
    drug, test, procedure = guide.rows.to_dicts()
    assert (drug["schedule"], drug["limit"], drug["limit_unit"]) == (
        *("asp", Decimal("0.741"), "10 MG"),
    )
    assert (drug["last_year"], drug["change"], drug["change_percent"]) == (
        *(Decimal("0.90"), Decimal("-0.16"), Decimal("-17.5")),
    )
    assert (test["schedule"], test["limit"], procedure["schedule"]) == (None, None, "mpfs")
    outside = "No limit of 80305 on 2026-02-01: those at hand are of 2025-01-01 to 2025-03-31."
    assert outside in guide.remarks
    assert guide.not_found == ()
    asked = ["code", "J3301", "80305", "99999", "64483", "--date", "2025-02-01"]
    assert main([*asked, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(each["code"], each["modifier"], each["limit"]) for each in told["limits"]] == [
        ("J3301", "", "0.898"),
        ("80305", "", "12.60"),
        ("80305", "QW", "12.60"),
    ]
    assert [each["hcpcs_code"] for each in told["codes"]] == ["J3301", "64483"]
    assert len(told["not_found"]) == 1
    assert main(asked) == 1
    assert "starter-clfs-2025Q1" in capsys.readouterr().out
    output = tmp_path / "guide.xlsx"
    assert main([*asked, "--guide", "--output", str(output)]) == 1
    rows = list(openpyxl.load_workbook(output)["Guide"].values)
    assert any("ASP" in row and 0.898 in row for row in rows)
