"""What of the input is not read, or not as it may have been meant, is said or refused."""

import json

import openpyxl
import polars as pl
import pytest

from payrules.claims import columns, read_batch
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.matching import match_headings
from payrules.content import content_folder
from payrules.errors import ClaimsError
from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.results import passed_over
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from tests.claims.batches import LOCALITIES, frame_of

SLIPS = {
    "hcpcs_modifer_1": "hcpcs_modifier_1",
    "hcpcs_modifier": "hcpcs_modifier_1",
    "Charge Amont": "charge_amount",
    "service_unit_quantiyt": "service_unit_quantity",
    "billing_tni": "billing_tin",
}


@pytest.mark.parametrize(("heading", "ours"), SLIPS.items())
def test_a_heading_one_slip_away_from_ours_is_refused(heading, ours):
    """`hcpcs_modifer_1` was carried along: 874.38 for 1,277.97."""
    with pytest.raises(ClaimsError, match=f"'{heading}', one slip away from '{ours}', which"):
        read_batch(frame_of({heading: "50"}), localities=LOCALITIES)


@pytest.mark.parametrize(
    "written",
    [
        lambda name: name.replace("_", "."),  # as R names columns
        lambda name: name.replace("_", " / "),
        lambda name: name.replace("_", "\u2013"),
        lambda name: f'"{name}"',
        lambda name: f"{name} ($)",
        lambda name: f"{name}:",
        lambda name: f"{name}s",
        lambda name: name[:2] + name[1:],
        lambda name: name[:-2] + name[:-3:-1],
    ],
)
@pytest.mark.parametrize("ours", [name for name in columns.KNOWN if name not in columns.REQUIRED])
def test_no_slip_in_an_optional_heading_is_passed_over(ours, written):
    """`hcpcs.modifier.1` and `"charge_amount"` in quotation marks were carried along."""
    heading = written(ours)
    told = ""
    try:
        found = match_headings([*columns.REQUIRED, heading], ColumnsFile(), "claims.csv")
        matched = found.headings
    except ClaimsError as refused:
        matched, told = {}, str(refused)
    assert heading in matched.values() or f"'{heading}'" in told


def test_a_slip_may_be_mapped_or_stand_beside_the_column_itself():
    frame = frame_of({"hcpcs_modifer_1": "50"})
    mapped = read_batch(
        frame, localities=LOCALITIES, columns={"hcpcs_modifier_1": "hcpcs_modifer_1"}
    )
    assert mapped.lines["hcpcs_modifier_1"].to_list() == ["50"]
    beside = frame_of({"charge_amount": "5", "charge_amounts": "6"})
    assert read_batch(beside, localities=LOCALITIES).carried.columns == ["charge_amounts"]


@pytest.mark.parametrize("heading", ["hcpcs_modifier_6", "HCPCS Modifier 10"])
def test_a_modifier_column_beyond_the_fifth_is_refused(heading):
    frame = frame_of({**dict.fromkeys(columns.MODIFIERS, ""), heading: "50"})
    with pytest.raises(ClaimsError, match=f"'{heading}'; payrules reads 'hcpcs_modifier_1' to"):
        read_batch(frame, localities=LOCALITIES)


def test_our_own_names_and_common_columns_are_no_slips_of_one_another():
    # A file that has every column but one of ours, and those of the Tuva model besides.
    others = ["claim_line_end_date", "paid_date", "facility_npi", "plan", "revenue_center_code"]
    for absent in set(columns.KNOWN) - set(columns.REQUIRED):
        headings = [*(set(columns.KNOWN) - {absent}), *others]
        alike = [
            each
            for each in headings
            if columns.is_one_slip(each, absent)
            and not {each, absent} <= {*columns.MODIFIERS, columns.JOINED_MODIFIERS}
        ]
        assert alike == []


def priced(batch, **how):
    return estimate(batch, Setup(schedules=load_schedules(content_folder("fee_schedules")), **how))


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    frame = frame_of({"Room": "7"})
    for sheet in (book.active, book.create_sheet("blank"), book.create_sheet("February")):
        if sheet.title != "blank":
            sheet.append(frame.columns)
            sheet.append(frame.row(0))
    book.save(tmp_path / "claims.xlsx")
    return tmp_path / "claims.xlsx"


def test_a_further_worksheet_with_rows_is_said(workbook):
    run = priced(workbook).run
    assert run["inputs"][0]["further_sheets"] == [3]
    assert passed_over(run) == [
        f"claims.xlsx has no {LACKS}",
        "claims.xlsx: only the first worksheet was read; there is also data on number 3.",
        "Columns carried along, not read: Room.",
    ]


#: What the batches of these tests do not have.
LACKS = (
    "hcpcs_modifiers (no modifiers), service_unit_quantity (one unit a line), charge_amount (no"
    " amount is limited to the charge)."
)
PAYERS = ["medicare", " Medicare ", "Acme", "Umbrella", None]


def test_lines_whose_payer_none_of_the_given_is_are_counted_and_said(tmp_path):
    frame = frame_of(*({"payer": payer} for payer in PAYERS))
    assert priced(frame).run["lines_of_other_payers"] == 2
    (tmp_path / "acme.toml").write_text('name = "Acme"\ncontract = "C"\nbase = "medicare"\n')
    acme = load_payer(tmp_path / "acme.toml")
    run = priced(frame, payers={"acme": acme}).run
    assert run["payers_not_given"] == ["Umbrella"]
    assert passed_over(run) == [
        f"The claims frame has no {LACKS}",
        "1 payer named in the batch is unknown and priced as medicare (1 line): Umbrella.",
    ]


def test_in_parts_the_same_is_said(tmp_path):
    frame = frame_of(*({"payer": payer, "Room": "7"} for payer in PAYERS))
    frame.write_parquet(tmp_path / "claims.parquet")
    outputs = Outputs(tmp_path / "lines.csv", run=tmp_path / "run.json")
    schedules = load_schedules(content_folder("fee_schedules"))
    told = estimate_in_parts(
        tmp_path / "claims.parquet", outputs, Setup(schedules=schedules), lines_a_part=2
    ).run
    whole = priced(tmp_path / "claims.parquet").run
    found = json.loads(outputs.run.read_text())
    same = ("lines_of_other_payers", "carried", "renamed")
    assert {name: found[name] for name in same} == {name: whole[name] for name in same}
    assert passed_over(told) == passed_over(whole)
    assert whole["carried"] == ["Room"]


def test_many_carried_columns_are_said_in_short():
    frame = frame_of({}).with_columns(pl.lit("x").alias(f"extra {place}") for place in range(99))
    _, said = passed_over(priced(frame).run)
    assert said.endswith("extra 59 and 39 more.")
