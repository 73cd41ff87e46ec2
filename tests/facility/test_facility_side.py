"""Both sides of priced encounters: amounts, who pays them, what is open; with addenda imported."""

import zipfile
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payrules
from payrules.__main__ import main
from payrules.errors import UsageError
from payrules.facility.wage import WageIndices
from payrules.front_door.terms import setup_of
from payrules.runs.estimate import estimate
from payrules.runs.facility_side import FacilitySide
from payrules.runs.setup import Setup

pytestmark = pytest.mark.usefixtures("imported")
DAY = "2025-10-15"
#: Encounter, then its lines: code, place, modifier.
ENCOUNTERS: dict[str, list[tuple[str, str, str]]] = {
    "asc": [("64493", "24", "50"), ("64494", "24", "50")],
    "hospital": [("64493", "22", "50"), ("64494", "22", "50")],
    "office": [("64493", "11", "50"), ("64494", "11", "50")],
    "sacroiliac": [("27096", "24", "")],
    "two": [("64483", "22", ""), ("62323", "22", "59")],
    "one_j1": [("64635", "22", "")],
    "unlisted": [("27447", "24", "")],
    "visit": [("99213", "22", "")],
    "echo": [("93306", "22", "26")],
    "home": [("99348", "12", "")],
}
#: professional, facility, total, Medicare, patient; None where it is open.
COMES_TO: dict[str, tuple[str | None, ...]] = {
    "asc": ("206.23", "716.91", "923.14", "723.75", "184.62"),
    "hospital": ("206.23", "1335.44", "1541.67", "1208.67", "308.33"),
    "office": ("390.09", "0.00", "390.09", "305.84", "78.01"),
    "sacroiliac": ("80.87", "371.75", "452.62", "354.86", "90.52"),
    "one_j1": (None, "1952.77", None, None, None),
    "unlisted": (None, None, None, None, None),
    "visit": ("63.72", None, None, None, None),
    "echo": ("65.34", "548.30", "613.64", "481.09", "122.73"),
}
AMOUNTS = (
    *("professional_amount", "facility_amount", "total_amount"),
    *("medicare_amount", "patient_amount"),
)


def batch_of(
    encounters: dict[str, list[tuple[str, str, str]]], **more: str
) -> list[dict[str, str]]:
    return [
        {
            "claim_id": claim,
            "claim_line_number": str(number),
            "person_id": f"person of {claim}",
            "claim_line_start_date": DAY,
            "hcpcs_code": code,
            "place_of_service_code": place,
            "hcpcs_modifier_1": modifier,
            **more,
        }
        for claim, lines in encounters.items()
        for number, (code, place, modifier) in enumerate(lines, 1)
    ]


@cache
def medicare() -> Setup:
    return setup_of("medicare", locality="national")


def side_of(rows: list[dict[str, str]], wages: WageIndices | None = None) -> FacilitySide:
    setup = replace(medicare(), facility=wages or WageIndices())
    side = estimate(pl.DataFrame(rows), setup, trail=False).facility
    assert side is not None
    return side


@pytest.fixture(scope="module")
def side(imported: None) -> FacilitySide:
    return side_of(batch_of(ENCOUNTERS))


@pytest.mark.parametrize("claim", COMES_TO)
def test_what_an_encounter_comes_to(side: FacilitySide, claim: str) -> None:
    row = side.encounters.row(by_predicate=pl.col("claim_id") == claim, named=True)
    expected = [None if each is None else int(Decimal(each) * 100) for each in COMES_TO[claim]]
    known = [each is not None for each in expected]
    found = [row[name] for name in AMOUNTS]
    assert [each for each, is_known in zip(found, known, strict=True) if is_known] == [
        each for each in expected if each is not None
    ]
    assert (row["total_amount"] is None) == bool([each for each in row["why"] if "who" not in each])


@pytest.mark.parametrize("heading", ["claim_id", "Claim Number"])
def test_an_encounter_with_a_rejected_line_has_no_total(tmp_path: Path, heading: str) -> None:
    """A file that calls the claim number otherwise had its total, as if nothing were missing."""
    rows = batch_of({"E": [("64493", "24", ""), ("64494", "98", "")]})
    claims = tmp_path / "claims.csv"
    pl.DataFrame(rows).rename({"claim_id": heading}).write_csv(claims)
    results = estimate(claims, replace(medicare(), facility=WageIndices()), trail=False)
    assert results.rejects.height == 1
    assert results.facility is not None
    (row,) = results.facility.encounters.iter_rows(named=True)
    assert (row["professional_amount"], row["total_amount"]) == (None, None)


def test_a_place_that_is_no_site_has_no_encounter(side: FacilitySide) -> None:
    assert "home" not in side.encounters["claim_id"]


def test_steps_follow_each_other_to_the_amount(side: FacilitySide) -> None:
    last = {}
    for step in side.steps.iter_rows(named=True):
        if step["step"] > 1:
            assert step["before"] == last[step["row"]]
        last[step["row"]] = step["after"]
    amounts = dict(side.lines.select("row", "amount").iter_rows())
    assert last == amounts
    assert side.steps.filter(pl.col("cites") == "").get_column("rule").unique().to_list() == [
        "units"
    ]


def test_what_a_step_says_of_two_sides(side: FacilitySide) -> None:
    row = side.lines.filter(claim_id="asc", facility_code="64493")["row"].item()
    steps = side.steps.filter(row=row).select("rule", "before", "after", "detail").rows()
    assert steps == [
        ("rate", None, 47_794, ""),
        ("units", 47_794, 95_588, "2 units or sides"),
        ("multiple_procedure", 95_588, 71_691, "1 in full, 1 at half"),
    ]


def test_the_practitioners_lines_use_the_deductible_up_first() -> None:
    rows = batch_of({"asc": ENCOUNTERS["asc"]}, deductible_remaining="257.00")
    side = side_of(rows)
    # 206.23 is less than what is owed: 50.77 are left for the facility.
    assert side.lines["deductible_amount"].to_list() == [50_77, 0]
    assert side.encounters["patient_amount"].to_list() == [257_00 + 133_23]


def test_the_facilities_of_a_year_share_what_is_left_of_the_deductible() -> None:
    rows = batch_of({"asc": ENCOUNTERS["asc"], "hospital": ENCOUNTERS["hospital"]})
    for row in rows:
        row |= {"person_id": "P", "deductible_remaining": "500.00"}
    # 412.46 of both practitioners' lines; 87.54 are left for the first facility, none after it.
    side = side_of(rows)
    taken = side.lines.group_by("site").agg(pl.col("deductible_amount").sum()).sort("site")
    assert taken.rows() == [("asc", 87_54), ("hospital", 0)]


def test_what_an_open_line_takes_of_the_deductible_is_hidden_from_other_facilities() -> None:
    rows = batch_of({"unlisted": ENCOUNTERS["unlisted"], "hospital": ENCOUNTERS["hospital"]})
    for owed, known in (("5000.00", [None, 0]), ("0.00", [0, 0])):
        for row in rows:
            row |= {"person_id": "P", "deductible_remaining": owed}
        in_hospital = side_of(rows).lines.filter(site="hospital")
        assert in_hospital["deductible_amount"].to_list() == known
        hidden = "what is left of the deductible is not settled" in in_hospital["payment_reason"][0]
        assert hidden == (None in known)


def test_an_amount_beyond_reason_is_not_told_as_rates_that_are_not_loaded() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payrules.facility.steps.MOST_CENTS", 100_00)
        with pytest.raises(UsageError, match="comes to more than 100 dollars"):
            side_of(batch_of({"asc": ENCOUNTERS["asc"]}))


def test_a_rejected_row_leaves_its_claims_encounters_open() -> None:
    rows = batch_of({"asc": ENCOUNTERS["asc"]})
    rows.append(rows[0] | {"claim_line_number": "3", "hcpcs_code": "?"})
    encounter = side_of(rows).encounters.row(0, named=True)
    # What it bills would be discounted with what is here.
    assert [encounter[name] for name in AMOUNTS] == [None] * 5
    assert encounter["why"] == ["a row of this claim was rejected"]
    # So it is of an encounter where it is the second claim's.
    rows = [row | {"encounter_id": "E", "person_id": "P"} for row in rows]
    rows.insert(0, rows[0] | {"claim_id": "other", "hcpcs_modifier_1": ""})
    encounter = side_of(rows).encounters.row(0, named=True)
    assert encounter["why"] == ["a row of this claim was rejected"]


def test_lines_of_one_encounter_id_are_one_encounter_over_claims() -> None:
    one, other = ENCOUNTERS["sacroiliac"], [("62323", "24", "59")]
    rows = batch_of({"one": one, "other": other}, person_id="P", encounter_id="E1")
    side = side_of(rows)
    assert side.encounters.height == 1
    # One of the two ranks second: 371.75 and its half.
    assert side.encounters["facility_amount"].to_list() == [371_75 + 185_88]
    for row in rows:
        del row["encounter_id"]
    apart = side_of(rows)
    assert apart.encounters["facility_amount"].to_list() == [371_75, 371_75]
    assert apart.of_batch[-1].startswith(
        "2 encounters at facilities share their person, day and site"
    )


def test_a_facilitys_own_bill_stands_in_place_of_what_would_be_derived() -> None:
    rows = batch_of({"asc": ENCOUNTERS["asc"], "sacroiliac": ENCOUNTERS["sacroiliac"]})
    for row in rows:
        row |= {"bill_type": "", "charge_amount": "", "service_unit_quantity": "1"}
    # The surgical center bills two lines, charges less for one, and adds a service; one meets none.
    billed = [("64493", "1", "400.00"), ("64493", "1", "900.00"), ("62323", "2", "600.00")]
    own = [
        rows[0]
        | {"claim_id": "UB1", "claim_line_number": str(number), "hcpcs_modifier_1": ""}
        | {"bill_type": "Facility", "hcpcs_code": code, "charge_amount": charge}
        | {"service_unit_quantity": units}
        for number, (code, units, charge) in enumerate(billed, 1)
    ]
    alone = own[0] | {"claim_id": "UB2", "person_id": "somebody"}
    side = side_of([*rows, *own, alone])
    # 477.94 first; 400.00, no more than was charged, at half; twice 300.00 at half.
    amounts = dict(side.encounters.select("claim_id", "facility_amount").iter_rows())
    assert amounts == {"asc": 477_94 + 200_00 + 2 * 150_00, "sacroiliac": 371_75}
    own_bill = "the facility's own bill has its lines"
    assert side.without.filter(why_none=own_bill)["hcpcs_code"].to_list() == ["64493", "64494"]
    assert side.of_batch[0].startswith("1 line of facilities' own bills meets no encounter")
    # The practitioners' amounts are those without it.
    assert side.encounters["professional_amount"].to_list() == [206_23, 80_87]


def test_a_facilitys_own_bill_is_never_priced_as_a_practitioners() -> None:
    row = batch_of({"one": [("64493", "24", "")]})[0] | {"bill_type": "facility"}
    rejected = estimate(pl.DataFrame([row]), medicare()).rejects
    assert rejected["column"].to_list() == ["bill_type"]
    assert "a facility's own bill" in rejected["reason"].item()
    unknown = estimate(pl.DataFrame([row | {"bill_type": "UB"}]), medicare()).rejects
    assert unknown["reason"].item().endswith("is neither professional nor facility")


def test_the_count_of_rows_adds_up_with_facilities_bills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = batch_of({"asc": ENCOUNTERS["asc"]})
    rows += [rows[0] | {"claim_id": "UB1", "bill_type": "facility"}]
    claims, book = tmp_path / "claims.csv", tmp_path / "estimate.xlsx"
    pl.concat([pl.DataFrame([row]) for row in rows], how="diagonal").write_csv(claims)
    command = ["estimate", str(claims), "--locality", "national", "--facility"]
    assert main([*command, "--output", str(book)]) == 0
    told = capsys.readouterr()
    out = " ".join(told.out.split())
    assert "rows in 3" in out
    assert "facility 1 facilities' own bills" in out
    assert "must read 0" not in told.err


@pytest.mark.parametrize(
    ("ids", "encounters"),
    [(("", " "), 2), (("\t", None), 2), (("two", ""), 2), ((7, 7), 1), ((None, 7), 2)],
)
def test_an_encounter_id_that_is_blank_or_a_claims_text_is_none(
    ids: tuple[object, object], encounters: int
) -> None:
    rows = batch_of({"one": [("62323", "24", "")], "two": [("64493", "24", "59")]}, person_id="P")
    rows = [row | {"encounter_id": each} for row, each in zip(rows, ids, strict=True)]
    assert side_of(rows).encounters.height == encounters


def test_a_wage_index_is_a_number_or_an_areas() -> None:
    rows = batch_of({"sacroiliac": ENCOUNTERS["sacroiliac"], "echo": ENCOUNTERS["echo"]})
    by_area = side_of(rows, WageIndices(asc_area="12420", hospital=Decimal("0.966")))
    amounts = dict(by_area.encounters.select("claim_id", "facility_amount").iter_rows())
    # 371.75 × (0.5 × 0.988 + 0.5), 548.30 × (0.6 × 0.966 + 0.4)
    assert amounts == {"sacroiliac": 369_52, "echo": 537_11}
    with pytest.raises(UsageError, match=r"more than one value, from 0\.6471 to 0\.7158"):
        side_of(rows, WageIndices(asc_area="01"))
    with pytest.raises(UsageError, match="given twice"):
        WageIndices(asc=Decimal(1), asc_area="12420")
    for wrong in ("0", "-1", "eleven"):
        with pytest.raises(UsageError, match="hospital outpatient's wage index cannot be"):
            WageIndices(hospital=wrong)  # type: ignore[arg-type]


def test_a_year_without_rates_is_open_and_said() -> None:
    rows = batch_of({"early": [("64493", "24", "")]}, claim_line_start_date="2026-01-05")
    side = side_of(rows)
    assert side.encounters["why"].to_list() == [["64493: no rates of 2026 are loaded"]]
    assert "No ASC addendum AA (surgical center rates) of 2026 is loaded" in side.notes[0]


def test_another_payers_prices_are_not_added_to_medicares_rates() -> None:
    with pytest.raises(UsageError, match="aetna-commercial is not Medicare"):
        payrules.estimate(batch_of(ENCOUNTERS), "aetna-commercial", facility=True)


def test_the_front_door_takes_true_and_wage_indices() -> None:
    rows = batch_of({"sacroiliac": ENCOUNTERS["sacroiliac"]})
    for asked in (True, WageIndices(asc=Decimal("0.966"))):
        results = payrules.estimate(rows, locality="national", facility=asked)
        assert results.facility is not None
        assert results.run.facility is not None
        assert results.run.facility.sites[0].settled == 1
    assert payrules.estimate(rows, locality="national").facility is None


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("64493", "64494", "62323", "64635", "27447", "99213", "93306")),
            st.sampled_from(("11", "19", "22", "24", "12")),
            st.sampled_from(("", "26", "50", "52", "59", "73", "80", "PN")),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_total_is_open_exactly_where_a_part_is(lines: list[tuple[str, str, str]]) -> None:
    encounters = side_of(batch_of({"one": lines, "other": lines[::-1]})).encounters
    for row in encounters.iter_rows(named=True):
        parts = [row["professional_amount"], row["facility_amount"]]
        total = None if None in parts else sum(parts)
        assert row["total_amount"] == total
        assert (total is None) <= bool(row["why"])
    # The order of the lines is immaterial to each site's amounts.
    by_claim = encounters.sort("claim_id", "site").partition_by("claim_id")
    if len(by_claim) == 2:
        first, second = (each.select("site", *AMOUNTS[:3]) for each in by_claim)
        assert first.equals(second)


def test_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], side: FacilitySide
) -> None:
    claims = tmp_path / "claims.csv"
    pl.DataFrame(batch_of(ENCOUNTERS)).write_csv(claims)
    told, run = tmp_path / "facility.csv", tmp_path / "run.json"
    command = ["estimate", str(claims), "--locality", "national", "--facility"]
    assert main([*command, "--facility-lines", str(told), "--run", str(run)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "surgical center 3 2 287.10 1,088.66 1,375.76" in out
    assert "at wage index 1.000, because none was given" in out
    lines = pl.read_csv(told, infer_schema=False)
    assert lines["amount"].to_list() == [
        None if each is None else f"{Decimal(each) / 100:.2f}" for each in side.lines["amount"]
    ]
    assert '"wage_index": "Surgical center: national Medicare rates' in run.read_text()
    # Without persons the same is told; claims keep their numbers.
    book, less = tmp_path / "e.xlsx", tmp_path / "less.csv"
    assert main([*command, "--minimal", "--facility-lines", str(less), "--output", str(book)]) == 0
    assert less.read_bytes() == told.read_bytes()
    assert "surgical center 3 2 287.10" in " ".join(capsys.readouterr().out.split())
    with zipfile.ZipFile(book) as parts:
        sheets = b"".join(map(parts.read, parts.namelist()))
    assert b"Facility steps" in sheets
    # By which index and whose files, and what of the quarter is not at hand.
    assert b"at wage index 1.000, because none was given" in sheets
    assert b"rates of 2025Q1 are used for 2025Q4" in sheets
    assert b"opps-2025-01-01 (opps)" in sheets
    assert b"person of" not in sheets


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--asc-wage-index", "1"], "add --facility"),
        (["--facility", "--asc-wage-index", "one"], "wage index cannot be 'one'"),
        (["--facility", "--asc-cbsa", "99999"], "have no area '99999'"),
        (["--facility", "--payer", "bcbs-nebraska"], "bcbs-nebraska is not Medicare"),
        (["--facility", "--in-parts", "--lines", "x.csv"], "and --facility."),
    ],
)
def test_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    claims = tmp_path / "claims.csv"
    pl.DataFrame(batch_of({"asc": ENCOUNTERS["asc"]})).write_csv(claims)
    assert main(["estimate", str(claims), "--locality", "national", *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
