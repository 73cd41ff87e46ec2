"""A code's page: everything the schedules know of it, and tables of many codes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from payrules.answers.guide import fee_guide
from payrules.claims.code_counts import codes_of
from payrules.claims.modifiers import modifier_table
from payrules.cli.commands import cli
from payrules.code_page import as_record, code_list, code_page, find_codes, is_list
from payrules.code_page import indicators as words
from payrules.code_page.classification import classification_of
from payrules.code_page.facilities import facility_rates
from payrules.code_page.sites import sites
from payrules.content import content_folder
from payrules.errors import UsageError
from payrules.locality import NATIONAL
from payrules.schedules import Release, Schedules, import_schedule, load_schedules
from payrules.screen.codes import code_list_table, code_tables
from payrules.screen.printed import Part, show
from tests.pricing_cases import FACTORS_2025, SAN_FRANCISCO, by_hand, rows_of_72191
from tests.real_files import ASC_ADDENDA, skip_without

IN_2025 = date(2025, 10, 2)


@pytest.fixture(scope="module")
def starter() -> Schedules:
    return load_schedules(content_folder("fee_schedules"))


def test_page_of_a_procedure(starter: Schedules) -> None:
    page = code_page("64483", starter, day=IN_2025)
    assert [(each.code, each.add_on_type) for each in page.add_ons] == [("64484", "1")]
    assert page.primaries == ()
    pairs = [(each.column_1, each.column_2, each.indicator) for each in page.pairs]
    assert {("64483", "77003", "1"), ("62322", "64483", "1"), ("64483", "76942", "1")} <= {*pairs}
    (link,) = code_page("64484", starter, day=IN_2025).primaries
    assert (link.code, link.meaning) == ("64483", "CMS lists its primary codes")


def test_capped_imaging_shows_what_is_paid_and_its_limiting_charge(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """345.41 × 1.0925, and not 402.02 × 1.0925 = 439.21."""
    schedules = by_hand(
        *rows_of_72191(), factors=FACTORS_2025, places=[SAN_FRANCISCO], last="2025-12-31"
    )
    page = code_page("72191", schedules, day=IN_2025, locality="01112-05")
    limits = {
        (each.modifier, each.amount): (each.paid, each.limiting_charge) for each in page.amounts
    }
    assert limits == {
        ("", "402.02"): ("345.41", "377.36"),
        ("26", "93.60"): ("93.60", "102.26"),
        ("TC", "308.42"): ("251.82", "275.11"),
    }
    shown = " ".join(_shown(code_tables(page), capsys).split())
    assert "amount paid limiting charge" in shown
    assert "the hospital outpatient rate caps the technical part of imaging" in shown


def test_unlikely_units_with_their_adjudication(starter: Schedules) -> None:
    table = starter.table("mue")
    assert table is not None
    code, units, indicator = table.select("hcpcs_code", "mue_value", "adjudication_indicator").row(
        0
    )
    page = code_page(code, starter, day=IN_2025)
    assert page.unlikely is not None
    assert (page.unlikely.units, page.unlikely.indicator) == (units, indicator)
    assert page.unlikely.meaning == words.MUE_ADJUDICATION[indicator]
    # CMS has none for this one: it is by report of the visit it is added to.
    assert code_page("G2211", starter, day=IN_2025).unlikely is None


@pytest.mark.parametrize("code", ["45385", "45378"])
def test_endoscopy_family_of_a_member_and_of_its_base(code: str, whole: Schedules) -> None:
    page = code_page(code, whole, day=IN_2025)
    assert {"45380", "45384", "45385"} <= set(page.endoscopic_family)
    base = {each.name: each.value for each in page.indicators}.get("endoscopic base")
    assert base == ("45378" if code == "45385" else None)


def _effects(code: str, schedules: Schedules, day: date = IN_2025) -> dict[str, tuple[str, str]]:
    page = code_page(code, schedules, day=day)
    return {
        each.modifier: (each.amount or each.status, each.share or "") for each in page.modifiers
    }


def test_modifiers_of_a_major_operation(whole: Schedules) -> None:
    # 63047: 090, multiple 2, bilateral 2, assistant 2, co-surgeons 2; shares 0.11 0.76 0.13.
    effects = _effects("63047", whole)
    page = code_page("63047", whole, day=IN_2025)
    plain = next(each.amount for each in page.amounts if each.setting == "facility")
    assert plain == "1094.93"
    for modifier, amount, share in (
        ("80", "175.19", "16.0%"),
        ("AS", "148.91", "13.6%"),
        ("54", "952.59", "87.0%"),
        ("55", "142.34", "13.0%"),
        ("78", "832.15", "76.0%"),
    ):
        assert effects[modifier] == (amount, share)
    assert effects["62"] == ("684.33", "62.5%")
    assert {"51", "59", "XS", "KX", "GC"} <= set(page.modifiers_without_effect)


def test_modifiers_of_imaging(whole: Schedules) -> None:
    effects = _effects("72148", whole)
    page = code_page("72148", whole, day=IN_2025)
    amounts = {each.modifier: each.amount for each in page.amounts if each.setting == "nonfacility"}
    assert (effects["26"][0], effects["TC"][0]) == (amounts["26"], amounts["TC"])
    assert effects["FX"][0] < (amounts[""] or "")


def test_modifiers_of_a_bilateral_block(whole: Schedules) -> None:
    effects = _effects("64483", whole)
    assert effects["50"] == effects["LT + RT"] == ("354.20", "150.0%")


def test_modifiers_of_anesthesia(starter: Schedules) -> None:
    page = code_page("01991", starter, day=IN_2025)
    effects = {each.modifier: each for each in page.modifiers}
    # (3 + 4) units × 20.3178; half under medical direction.
    assert {effects[each].amount for each in ("QK", "QX", "QY")} == {"71.11"}
    assert effects["AD"].amount == "60.95"
    assert {"AA", "QZ"} <= set(page.modifiers_without_effect)
    assert "60 minutes" in " ".join(page.remarks)
    assert "LT + RT" not in effects
    assert "QK" not in _effects("64483", starter)


def test_therapy_assistants_cut_what_medicare_pays(starter: Schedules) -> None:
    assert _effects("97110", starter)["CQ"][1] == "85.0% of Medicare's part"


def test_codes_without_an_amount_have_no_modifiers_to_show(whole: Schedules) -> None:
    for code in ("99199", "A0021"):
        page = code_page(code, whole, day=IN_2025)
        assert (page.modifiers, page.modifiers_without_effect) == ((), ())


def test_sites_of_service(whole: Schedules) -> None:
    page = code_page("64483", whole, day=date(2026, 7, 1))
    assert [(each.system, each.indicator, each.apc, each.rate) for each in page.facility_rates] == [
        ("OPPS", "T", "5443", "890.29"),
        ("ASC", "A2", "", "485.51"),
    ]
    amounts = {each.setting: each.amount for each in page.amounts if not each.qualifying_apm}
    assert amounts == {"nonfacility": "264.87", "facility": "99.53"}
    assert [(each.site, each.professional, each.facility, each.total) for each in page.sites] == [
        ("office", "264.87", None, "264.87"),
        # No rate of 2025 is added to a fee of 2026: CMS published 903.63 for July 2026.
        ("hospital outpatient", "99.53", "890.29", None),
        ("surgical center", "99.53", "485.51", "585.04"),
    ]


def _shown(parts: Sequence[Part], capsys: pytest.CaptureFixture[str]) -> str:
    show(*parts)
    return capsys.readouterr().out


def test_no_site_adds_a_rate_of_one_year_to_a_fee_of_another(
    whole: Schedules, capsys: pytest.CaptureFixture[str]
) -> None:
    page = code_page("64483", whole, day=date(2026, 7, 1))
    _, hospital, center = page.sites
    assert hospital.why == (
        "not added up: the facility's rate is of 2025, the practitioner's fee of 2026. Import the"
        " OPPS addendum B (hospital outpatient rates) of 2026 with: payrules schedules import PATH"
    )
    assert (center.total, center.why) == ("585.04", "")
    record = as_record(page)
    assert [each["facility_published_for"] for each in record["sites"]] == [
        None,
        "2025-01-01",
        "2026-04-01",
    ]
    assert [each["published_for"] for each in record["facility_rates"]] == [
        "2025-01-01",
        "2026-04-01",
    ]
    shown = " ".join(_shown(code_tables(page), capsys).split())
    assert "hospital outpatient 99.53 890.29 2025-01-01 not added up" in shown
    assert "surgical center 99.53 485.51 2026-04-01 585.04" in shown
    # A release asked for by its name is of its own year, whatever the date.
    hospital = code_page("64483", whole, release="2026C", day=IN_2025).sites[1]
    assert (hospital.facility, hospital.total) == ("890.29", None)
    # In one year there is a total, packaged services among them.
    in_2025 = code_page("64483", whole, day=IN_2025).sites[1]
    assert (in_2025.total, in_2025.why) == ("998.00", "")
    packaged = code_page("64484", whole, day=IN_2025).sites[1]
    assert (packaged.facility, packaged.total) == (None, packaged.professional)


def test_a_locality_s_fee_beside_a_facility_s_national_rate_says_so(
    whole: Schedules, capsys: pytest.CaptureFixture[str]
) -> None:
    page = code_page("64483", whole, day=date(2026, 7, 1), locality="IL Chicago")
    office, hospital, center = page.sites
    assert (office.professional_locality, office.facility_locality, office.why) == (
        "06102-16",
        None,
        "",
    )
    assert (center.professional_locality, center.facility_locality) == ("06102-16", "national")
    assert center.facility == "485.51"  # as for the nation
    assert center.professional != "99.53"
    assert center.why == (
        "the facility rate is national, before the area wage index; the fee is for 06102-16"
    )
    assert hospital.total is None  # of two years
    assert hospital.why.endswith(center.why)
    assert {rate.locality for rate in page.facility_rates} == {"national"}
    shown = " ".join(_shown(code_tables(page), capsys).split())
    assert "APC national rate rate of" in shown
    (_, _, plain) = code_page("64483", whole, day=date(2026, 7, 1)).sites
    assert (plain.professional_locality, plain.why) == ("national", "")


def test_a_release_without_the_locality_shows_no_amounts_of_the_nation(
    whole: Schedules, capsys: pytest.CaptureFixture[str]
) -> None:
    """The history of a locality showed the nation's amounts of a release that has it not."""
    earlier, later = whole.named("2025D"), whole.named("2026C")
    without = replace(earlier)
    without.__dict__["localities"] = earlier.localities.filter(pl.col("locality") != "06102-16")
    page = code_page("64483", Schedules([without, later], []), locality="06102-16", history=True)
    before, after = page.history
    assert (before.locality, before.nonfacility_amount) == ("", None)
    assert (after.locality, after.nonfacility_amount) == ("06102-16", "273.64")
    shown = " ".join(_shown(code_tables(page), capsys).split())
    assert "236.13" not in shown
    assert "2025D 2025-10-01 none A not in this release" in shown
    assert "273.64 107.48 06102-16 work 1.90" in shown


def test_a_site_whose_table_begins_later_is_not_called_unlisted(whole: Schedules) -> None:
    center = code_page("64483", whole, day=IN_2025).sites[2]
    assert (center.facility, center.total) == (None, None)
    assert "begins on 2026-04-01, after this date of service" in center.why
    assert "not in" not in center.why


def test_a_table_of_codes_marks_na_settings_as_the_page_does(
    whole: Schedules, capsys: pytest.CaptureFixture[str]
) -> None:
    looked_up, rows = code_list(["27447", "64490-64495"], whole, day=date(2026, 7, 1))
    assert [row["nonfacility_na"] for row in rows] == [True, *[False] * 6]
    assert not any(row["facility_na"] for row in rows)
    shown = _shown(code_list_table(looked_up, rows), capsys)
    knee = next(line for line in shown.splitlines() if line.startswith("27447"))
    assert knee.split()[-3:] == ["1,159.35", "NA", "1,159.35"]
    assert words.NA_SETTINGS["nonfacility"] in shown.splitlines()
    assert words.NA_SETTINGS["nonfacility"] in code_page("27447", whole).remarks
    without = _shown(code_list_table(*code_list(["64490-64495"], whole)), capsys)
    assert "NA" not in without


def test_packaged_and_unlisted_sites(whole: Schedules) -> None:
    by_site = {each.site: each for each in code_page("64484", whole, day=date(2026, 7, 1)).sites}
    hospital = by_site["hospital outpatient"]
    assert (hospital.facility, hospital.total) == (None, None)
    assert "packaged" in hospital.why
    assert "not added up" in hospital.why  # packaged in 2025 says nothing of 2026
    by_site = {each.site: each for each in code_page("77067", whole, day=date(2026, 7, 1)).sites}
    assert by_site["hospital outpatient"].total is None
    assert "another fee schedule" in by_site["hospital outpatient"].why
    assert by_site["surgical center"].why.startswith(
        "not in the ASC addendum AA (surgical center rates); not loaded: ASC addendum BB"
    )


def test_a_hospital_s_amount_in_a_sum_is_that_of_the_rules(whole: Schedules) -> None:
    review = "review: Q1 is packaged beside other services; none stands here, so it is paid"
    expected = {
        # code: facility, whether there is a sum, what is said
        "27096": ("692.52", True, "billed as G0260"),
        "20560": ("24.49", True, ""),
        "11200": ("198.70", True, f"{review} by its APC's own indicator, S or T"),
        "99281": ("88.05", False, "comprehensive when observation conditions are met; status"),
        "70450": ("106.34", False, "packaged into a composite, otherwise paid; status indicator"),
        "22558": (None, False, "inpatient only"),
        "97110": (None, False, "paid by another fee schedule"),
    }
    for code, (facility, has_total, said) in expected.items():
        hospital = sites(code, whole.named("2025D"), whole, IN_2025, NATIONAL, "")[1]
        assert (hospital.facility, hospital.total is not None) == (facility, has_total), code
        assert hospital.why.startswith(said), code
        if has_total:
            parts = Decimal(hospital.professional or 0) + Decimal(facility or 0)
            assert hospital.total == f"{parts:.2f}"


def test_imaging_and_ancillary_services_in_a_surgical_center(
    whole: Schedules, tmp_path: Path
) -> None:
    quarter = next(path for path in ASC_ADDENDA if path.stem == "asc-2026-07")
    skip_without(quarter)
    import_schedule(quarter, tmp_path)
    schedules = Schedules(whole.releases, [*whole.tables, *load_schedules(tmp_path).tables])
    day = date(2026, 7, 15)
    beside = "radiology beside surgery, at the office's practice expense"
    excluded = "surgery excluded from surgical centers"
    expected = {
        # code: indicator, facility, what the sum of both is, why there
        "72148": ("Z3", "123.19", True, beside),
        "77003": ("N1", None, True, "packaged: no payment of its own"),
        "62323": ("G2", "387.46", True, ""),
        "27130": ("J8", "9614.11", True, ""),
        "33533": ("excluded", None, False, excluded),
        "77067": (None, None, False, "not in the ASC addenda AA, BB, EE"),
    }
    guide = fee_guide(list(expected), schedules, day=day).rows.rows_by_key("code", named=True)
    release = schedules.named("2026C")
    for code, (indicator, facility, has_total, why) in expected.items():
        divided = "1" if code.startswith("7") else ""
        *_, site = sites(code, release, schedules, day, NATIONAL, divided)
        assert (site.site, site.facility) == ("surgical center", facility), code
        assert site.why.split("; no deductible")[0] == why, code
        assert (site.total is not None) == has_total, code
        if site.total is not None and site.professional is not None:
            parts = Decimal(site.professional) + Decimal(site.facility or 0)
            assert Decimal(site.total) == parts
        (row,) = guide[code]
        rate = None if row["surgical_center"] is None else str(row["surgical_center"])
        assert (row["asc_indicator"], rate) == (indicator, facility), code
    # A drug's rate is of its own unit: shown, and never added to a practitioner's fee.
    drug = facility_rates("J2782", schedules, day)[-1]
    assert (drug.indicator, drug.meaning) == ("K2", "drug paid on its own, at the OPPS rate")
    # Of AA only: what April said of a code that July moved does not count.
    assert facility_rates("72148", whole, day)[-1].system == "OPPS"


def test_a_divided_test_is_read_in_the_hospital(whole: Schedules) -> None:
    page = code_page("72148", whole, day=date(2026, 7, 1))
    reading = next(
        each.amount
        for each in page.amounts
        if (each.modifier, each.setting, each.qualifying_apm) == ("26", "facility", False)
    )
    assert page.sites[1].professional == reading


def test_missing_tables_are_named(whole: Schedules, starter: Schedules) -> None:
    notes = {each.kind: each.note for each in code_page("64483", whole, day=IN_2025).tables}
    for kind in ("mue", "ptp", "add_on", "anesthesia_base_units"):
        assert "none is loaded" in notes[kind]
    assert notes["opps"] == ""
    assert "begins on 2026-04-01" in notes["asc"]
    later = {each.kind: each.note for each in code_page("64483", whole).tables}
    assert "an earlier year" in later["opps"]
    partial = {each.kind: each.note for each in code_page("64483", starter).tables}
    assert partial["mue"].startswith("in part: 451 codes")
    assert "none is loaded" in partial["asc"]


def test_history_over_the_releases(whole: Schedules) -> None:
    assert code_page("64483", whole).history == ()
    first, second = code_page("64483", whole, history=True).history
    assert (first.release, first.facility_amount, first.changes) == ("2025D", "107.71", ())
    assert (second.release, second.facility_amount) == ("2026C", "99.53")
    assert "work 1.90 → 1.85" in second.changes
    of_status = code_page("0596T", whole, history=True).history
    assert "status C → A" in of_status[1].changes
    added = code_page("37277", whole, history=True).history
    assert [edition.release for edition in added] == ["2026C"]


def test_locality_by_name(whole: Schedules) -> None:
    assert code_page("64483", whole, locality="IL Chicago").locality == "06102-16"
    with pytest.raises(UsageError, match=r"'IL' fits more than one locality, 06102-12 \(IL EAST"):
        code_page("64483", whole, locality="IL")


def test_record_is_plain_json(starter: Schedules) -> None:
    page = code_page("64483", starter, day=IN_2025, history=True)
    record = json.loads(json.dumps(as_record(page)))
    assert record["day"] == "2025-10-02"
    assert record["history"][0]["published_for"] == "2025-10-01"
    assert record["add_ons"][0]["code"] == "64484"


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        (["64490-64495"], ["64490", "64491", "64492", "64493", "64494", "64495"]),
        (["64484..64483"], None),
        (["6449*"], ["64490", "64491", "64492", "64493", "64494", "64495"]),
        (["99213", "64483", "99213"], ["99213", "64483"]),
        (["g010*"], ["G0105"]),
        (["00000*"], None),
    ],
)
def test_lists_of_codes(asked: list[str], codes: list[str] | None, starter: Schedules) -> None:
    assert is_list(asked)
    release = starter.named("starter-2025")
    if codes is None:
        with pytest.raises(UsageError, match="has no code"):
            find_codes(asked, release)
    else:
        assert find_codes(asked, release) == (codes, [])


def test_list_has_the_amounts_of_the_pages(starter: Schedules) -> None:
    assert not is_list(["64483"])
    looked_up, rows = code_list(["6448*", "97110", "72148"], starter, day=IN_2025)
    assert (looked_up["release"], looked_up["conversion_factor"]) == ("starter-2025", "32.3465")
    for row in rows:
        page = code_page(row["hcpcs_code"], starter, day=IN_2025)
        amounts = {(each.modifier, each.setting): each.amount for each in page.amounts}
        for setting in ("nonfacility", "facility"):
            assert row[f"{setting}_amount"] == amounts[row["modifier"], setting]


def test_every_indicator_of_cms_has_words(whole: Schedules) -> None:
    for release in whole.releases:
        for _, column, meanings in words.INDICATORS:
            if meanings:
                assert set(release.codes[column]) <= set(meanings)
    opps, asc = whole.table("opps"), whole.table("asc")
    assert opps is not None
    assert asc is not None
    assert set(opps["status_indicator"]) <= set(words.OPPS_STATUS)
    assert set(asc["payment_indicator"]) <= set(words.ASC_PAYMENT)


def test_pages_of_every_kind_of_code(whole: Schedules) -> None:
    codes = whole.named("2026C").codes
    kinds = codes.unique(["status_code", "pctc_indicator", "global_days"], maintain_order=True)
    for code in kinds["hcpcs_code"].unique().sort().gather_every(10):
        page = code_page(code, whole)
        assert page.indicators
        for each in (*page.modifiers, *page.sites):
            assert "Traceback" not in each.why
        amounts = [amount for each in page.sites if (amount := each.total) is not None]
        assert all(float(amount) >= 0 for amount in amounts)
    assert isinstance(codes, pl.DataFrame)


def test_the_page_says_of_every_modifier_of_the_table_what_it_does(starter: Schedules) -> None:
    page = code_page("00300", starter, day=IN_2025)
    told = [
        *(each.modifier for each in page.modifiers if each.modifier != "LT + RT"),
        *page.modifiers_without_effect,
        *page.modifiers_for_information,
        *page.modifiers_not_worked_out,
        *page.modifiers_ended,
    ]
    assert sorted(told) == sorted(modifier_table())
    effects = {each.modifier: each for each in page.modifiers}
    assert (effects["GZ"].status, effects["GA"].status) == ("denied", "priced")
    assert "no ABN" in effects["GZ"].meaning
    assert "QS" in page.modifiers_for_information
    assert "PD" in page.modifiers_not_worked_out
    assert {"PT", "33", "CS", "Q3", "JW", "JZ"}.isdisjoint(page.modifiers_not_worked_out)
    assert "CH" in page.modifiers_ended


def test_words_are_ours(whole: Schedules) -> None:
    for path in (Path(words.__file__),):
        text = path.read_text(encoding="utf-8")
        assert "Payment adjustment rules for multiple procedures" not in text


def test_a_drug_shows_the_limit_of_one_unit_by_quarter(starter: Schedules) -> None:
    page = code_page("J3301", starter)
    told = [(each.schedule, each.release, each.unit, each.limit) for each in page.limits]
    assert told == [
        ("asp", "starter-asp-2025Q1", "10 MG", "0.898"),
        ("asp", "starter-asp-2026Q1", "10 MG", "0.741"),
    ]
    assert {(each.coinsurance, each.deductible) for each in page.limits} == {("20", True)}
    # Physicians have no amount of it, and its supplier must accept assignment.
    assert {(each.amount, each.limiting_charge) for each in page.amounts} == {(None, None)}
    adjusted = code_page("J0897", starter).limits
    assert [each.coinsurance for each in adjusted] == ["18.237", "17.585"]


def test_a_test_that_physicians_schedule_does_not_list_has_a_page(starter: Schedules) -> None:
    page = code_page("80305", starter)
    assert [(each.schedule, each.modifier, each.limit) for each in page.limits] == [
        ("clfs", "", "12.60"),
        ("clfs", "QW", "12.60"),
    ]
    assert {(each.coinsurance, each.deductible) for each in page.limits} == {("0", False)}
    assert page.indicators == page.amounts == ()
    assert "its own schedule pays it" in page.remarks[0]
    shown = CliRunner().invoke(cli, ["code", "80305"]).output
    assert "12.60" in shown
    told = json.loads(CliRunner().invoke(cli, ["code", "80305", "--json"]).output)
    assert told["pages"][0]["limits"]
    assert (told["codes"], told["not_found"]) == ([], [])


def test_the_pages_words_of_a_vaccine(starter: Schedules) -> None:
    (first, _) = code_page("90662", starter).limits
    assert (first.schedule, first.limit, first.coinsurance) == ("vaccine", "83.492", "0")
    assert "Seasonal Influenza" in first.note


def _releases(*names: str, of: Release, **changed: object) -> list[Release]:
    """Copies of a release, each published a quarter after the one before."""
    copies = []
    for number, name in enumerate(names):
        copy = replace(of, name=name, starter=False, published_for=date(2025, 1 + 3 * number, 1))
        copy.__dict__["localities"], copy.__dict__["codes"] = of.localities, of.codes
        copies.append(copy)
    return copies


def test_history_shows_changes_and_no_equal_rows(starter: Schedules) -> None:
    of = starter.named("starter-2025")
    first, second, third, fourth = _releases("2025A", "2025B", "2025C", "2025D", of=of)
    third.__dict__["codes"] = of.codes.with_columns(pl.col("work_rvu") + 10)
    fourth.__dict__["codes"] = third.codes
    page = code_page("64483", Schedules([first, second, third, fourth], []), history=True)
    assert [(each.release, each.last_release) for each in page.history] == [
        ("2025A", "2025B"),
        ("2025C", "2025D"),
    ]
    assert page.history[1].changes == ("work 1.90 → 2.00",)
    assert page.ended == ""


def test_history_follows_a_code_that_has_ended(
    starter: Schedules, capsys: pytest.CaptureFixture[str]
) -> None:
    of = starter.named("starter-2025")
    first, second = _releases("2025A", "2025B", of=of)
    second.__dict__["codes"] = of.codes.filter(pl.col("hcpcs_code") != "64483")
    both = Schedules([first, second], [])
    with pytest.raises(UsageError, match="has no code 64483; held by: 2025A"):
        code_page("64483", both)
    page = code_page("64483", both, history=True)
    assert (page.release, len(page.history)) == ("2025A", 1)
    assert page.ended == (
        "Release 2025B (published for 2025-04-01) no longer has 64483; the last that has it is "
        "2025A. CMS's releases do not say what replaced it."
    )
    assert page.ended.split()[0] in _shown(code_tables(page), capsys)


def test_pairs_begin_with_the_practice_s_own_codes(starter: Schedules) -> None:
    table = starter.table("ptp")
    assert table is not None
    (row,) = table.filter(column_1_code="64483", column_2_code="77003").head(1).to_dicts()
    foreign = pl.DataFrame([row | {"column_2_code": "00001"}], schema=table.schema)
    with_foreign = Schedules(starter.releases, starter.tables)
    with_foreign._combined["ptp"] = pl.concat([foreign, table])
    pairs = code_page("64483", with_foreign, day=IN_2025).pairs
    assert pairs[-1].column_2 == "00001"
    assert {each.column_1 for each in pairs[:-1]} <= {*starter.starter_codes()}
    billed = code_page("64483", with_foreign, day=IN_2025, own={"00001": 2, "77003": 3}).pairs
    assert [each.column_2 for each in billed[:2]] == ["77003", "00001"]
    assert {*billed} == {*pairs}


def test_a_batch_says_which_codes_are_the_practice_s_own(tmp_path: Path) -> None:
    batch = tmp_path / "b.csv"
    rows = ["claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
            "place_of_service_code", *(f"C{n},1,P,2025-02-04,{code},11"
            for n, code in enumerate(["76942", " 76942", "77003", "99999", ""]))]  # fmt: skip
    batch.write_text("\n".join(rows))
    assert codes_of(batch) == {"76942": 2, "77003": 1, "99999": 1}
    assert codes_of(pl.read_csv(batch)) == codes_of(batch)
    asked = ["code", "64483", "--practice", str(batch), "--date", "2025-10-02", "--json"]
    told = json.loads(CliRunner().invoke(cli, asked).output)
    (page,) = told["pages"]
    assert [page["pairs"][n]["column_2"] for n in (0, 1)] == ["76942", "77003"]
    for more in (["64493"], ["--guide"]):
        assert "--practice" in str(CliRunner().invoke(cli, [*asked, *more]).exception)


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        (("64483", "77003"), "NCCI pair: 64483 is paid, 77003 is not (both with an NCCI modifier)"),
        (("64484", "64483"), "64484 is an add-on of 64483"),
        (("64493", "64483"), "ranked together in a session: 100 percent for the highest"),
        (("45385", "45378"), "45378 is the endoscopic base of 45385: inside its amount"),
        (("97110", "97140"), "reduced together on a day: therapy"),
        (
            ("99213", "G2211"),
            "G2211 is paid beside 99213 of one practitioner and day; where 99213 has 25, only"
            " beside a preventive service",
        ),
    ],
)
def test_two_codes_are_told_together(
    codes: tuple[str, str], says: str, starter: Schedules, capsys: pytest.CaptureFixture[str]
) -> None:
    looked_up, rows = code_list(codes, starter, day=IN_2025)
    (related,) = looked_up["relations"]
    assert related["codes"] == codes
    assert any(each.startswith(says) for each in related["says"]), related
    shown = _shown(code_list_table(looked_up, rows), capsys)
    assert " + ".join(codes) in shown
    json.dumps(looked_up)


def test_codes_that_have_nothing_to_do_with_each_other(starter: Schedules) -> None:
    looked_up, _ = code_list(["99213", "97110"], starter, day=IN_2025)
    assert all("NCCI" in said for each in looked_up["relations"] for said in each["says"])
    many, _ = code_list(["*"], starter, day=IN_2025)
    assert many["relations"] == []
    assert "of 30 codes at most" in many["remarks"][0]


def test_the_kind_of_service_stands_on_the_page(
    starter: Schedules, capsys: pytest.CaptureFixture[str]
) -> None:
    page = code_page("64483", starter, day=IN_2025)
    assert page.classification is not None
    assert page.classification.family == "Nerve Block Injection - Back"
    assert (page.classification.first_day, page.classification.last_day) == (date(2000, 1, 1), None)
    shown = " ".join(_shown(code_tables(page), capsys).split())
    assert (
        "Kind of service (RBCS 2024, successor of BETOS): Procedure / Musculoskeletal / Nerve "
        "Block Injection - Back; first day 2000-01-01, in force when CMS published it." in shown
    )
    assert json.loads(json.dumps(as_record(page)))["classification"]["first_day"] == "2000-01-01"


def test_a_code_is_classified_by_the_row_in_force() -> None:
    assert classification_of("0001U", date(2015, 1, 1)).family == "No RBCS Family"  # type: ignore[union-attr]
    assert classification_of("0001U", date(2025, 1, 1)).family == "Genetic Analysis"  # type: ignore[union-attr]
    ended = classification_of("0001M", date(2025, 1, 1))
    assert ended is not None
    assert ended.last_day == date(2018, 12, 31)
    assert classification_of("ZZZZZ", date(2025, 1, 1)) is None
