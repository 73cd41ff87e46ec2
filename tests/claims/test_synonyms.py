"""Headings of other systems: read as what they are known to name, or asked about, and told."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.claims import columns, read_batch
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.matching import BY_NAME, BY_SYNONYM, match_headings
from payrules.claims.synonyms import meaning_of, systems
from payrules.errors import ClaimsError
from tests.claims.batches import LOCALITIES, checked, frame_of

#: What practices call the columns, from the least to the fullest of words.
CALLED = {
    "claim_id": ["Claim No", "Claim #", "CLAIM_NUMBER", "Encounter", "Visit", "enc_nbr"],
    "claim_line_number": ["Line", "Seq", "Line No."],
    "person_id": ["Patient ID", "MRN", "Account", "Pt ID", "ACCT_NO"],
    "claim_line_start_date": [
        "DOS",
        "Date of Service",
        "Svc Date",
        "From Date",
        "SVC_DT",
        "ServiceDate",
    ],
    "hcpcs_code": ["CPT", "CPT/HCPCS", "Proc Code", "Procedure", "CPT4"],
    "hcpcs_modifier_1": ["Mod1", "Mod 1", "Modifier 1", "MODIFIER_1", "CPT Modifier 1"],
    "place_of_service_code": ["POS", "Place of Svc", "Place of Service"],
    "service_unit_quantity": ["Units", "Qty", "Days/Units", "service_unit_qty"],
    "charge_amount": ["Charge", "Charges", "Billed", "Fee", "charge_amt", "Chg Amt"],
    "rendering_npi": ["NPI", "Rendering NPI", "Provider NPI", "Rend Prov NPI"],
    "billing_npi": ["Billing NPI"],
    "billing_tin": ["Tax ID"],
    "diagnosis_code_1": ["Dx1", "Dx 1", "Diagnosis 1", "ICD-10 1"],
    "payer": ["Payer", "Insurance", "Plan", "Payor"],
    "allowed_amount": ["Allowed", "ALLOWED_AMT"],
    "paid_amount": ["Paid", "Paid Amt"],
}
HEADINGS = [(ours, heading) for ours, headings in CALLED.items() for heading in headings]


def matched(headings, **said):
    return match_headings(headings, ColumnsFile(**said), "claims.csv")


@pytest.mark.parametrize(("ours", "heading"), HEADINGS)
def test_a_known_synonym_is_read_and_told(ours, heading):
    found = matched([heading, *(name for name in columns.REQUIRED if name != ours)])
    assert found.headings[ours] == heading
    assert found.how[ours] == (BY_NAME if columns.normal(heading) == ours else BY_SYNONYM)


@pytest.mark.parametrize("system", systems(), ids=lambda system: system["name"])
def test_each_system_has_a_page_or_is_listed_as_not_found(system):
    if system["page"] == "not found":
        assert "headings" not in system
        return
    assert system["page"].startswith("https://")
    for heading in system["headings"]:
        assert meaning_of(heading) is not None, heading


#: A made-up line as each system would export it: the headings that were read on its page, and
#: plain ones for the rest.
EXPORTS = {
    "Tebra (Kareo)": {
        "From": "01/05/2025",
        "Procedure": "64483",
        "Mod 1": "50",
        "Units": "1",
        "Total Charge": "$500.00",
        "Encounter": "7",
        "Patient ID": "P1",
        "Line": "1",
        "POS": "11",
    },
    "NextGen": {
        "Svc Dt": "01/05/2025",
        "CPT4": "64483",
        "Modifier 1": "50",
        "Quantity": "1",
        "Chg Amt": "500",
        "Enc Nbr": "7",
        "Per Nbr": "P1",
        "Line": "1",
        "POS": "11",
    },
    "Epic": {
        "SERVICE_DATE": "2025-01-05",
        "CPT_CODE": "64483",
        "MODIFIERS": "50",
        "QTY": "1",
        "BILLED_AMT": "500",
        "CLAIM_ID": "7",
        "PAT_ID": "P1",
        "CHARGE_LINE": "1",
        "POS_CODE": "11",
    },
    "athenahealth": {
        "billedservicedate": "01/05/2025",
        "proccode": "64483",
        "Modifiers": "50",
        "Units": "1",
        "chargeamount": "500",
        "claimid": "7",
        "patientid": "P1",
        "Line": "1",
        "Place of Service": "11",
    },
    "AdvancedMD": {
        "Service Date": "01/05/2025",
        "Procedure Code": "64483",
        "Modifiers": "50",
        "Units": "1",
        "Charges": "500",
        "Visit": "7",
        "Chart": "P1",
        "Seq": "1",
        "POS": "11",
    },
    "eClinicalWorks": {
        "DOS": "01/05/2025",
        "CPT": "64483",
        "Mod1": "50",
        "Units": "1",
        "Billed": "500",
        "Claim No": "7",
        "Account No": "P1",
        "Line": "1",
        "POS": "11",
    },
    "ModMed": {
        "Date of Service": "01/05/2025",
        "CPT Code": "64483",
        "Modifier": "50",
        "Units": "1",
        "Charge": "500",
        "Visit ID": "7",
        "MRN": "P1",
        "Line": "1",
        "Place of Svc": "11",
    },
    "Greenway": {
        "Service Date": "01/05/2025",
        "Procedure Code": "64483",
        "Modifier 1": "50",
        "Units": "1",
        "Charge Amount": "500",
        "Voucher": "7",
        "Patient No": "P1",
        "Line No": "1",
        "POS": "11",
    },
}


@pytest.mark.parametrize("system", EXPORTS)
def test_an_export_of_each_system_is_read_to_the_same_line(system, tmp_path):
    (tmp_path / "export.csv").write_text(
        "\n".join(",".join(row) for row in (EXPORTS[system], EXPORTS[system].values())),
        encoding="utf-8",
    )
    batch = read_batch(tmp_path / "export.csv", localities=LOCALITIES, default_locality="01112-05")
    assert batch.rejects.is_empty()
    line = batch.lines.row(0, named=True)
    assert (line["claim_id"], line["person_id"], line["claim_line_number"]) == ("7", "P1", 1)
    assert (line["hcpcs_code"], line["hcpcs_modifier_1"]) == ("64483", "50")
    assert (line["place_of_service_code"], line["charge_amount"]) == ("11", 500_00)
    assert line["service_date"].isoformat() == "2025-01-05"


def test_every_system_of_the_table_has_an_export_here():
    assert {each["name"] for each in systems()} == set(EXPORTS)


def test_two_synonyms_of_one_column_are_asked_about():
    frame = frame_of({"Charges": "500", "Billed": "400"})
    with pytest.raises(
        ClaimsError, match="'Charges' and 'Billed', each of which may be 'charge_am"
    ):
        read_batch(frame, localities=LOCALITIES)
    told = read_batch(frame, localities=LOCALITIES, columns={"charge_amount": "Billed"})
    assert told.lines["charge_amount"].to_list() == [400_00]


def test_a_lesser_synonym_is_carried_where_a_better_one_is_there():
    found = matched(["Claim No", "Encounter", *columns.REQUIRED[1:]])
    assert found.headings["claim_id"] == "Claim No"
    assert found.aside == {"Encounter": "claim_id is read from 'Claim No'"}


def test_one_modifier_beside_numbered_ones_is_the_first():
    found = matched(["Modifier", "Modifier 2", *columns.REQUIRED])
    assert found.headings["hcpcs_modifier_1"] == "Modifier"
    for headings in (["Modifiers", "Mod 1"], ["hcpcs_modifiers", "Mod 2"]):
        with pytest.raises(ClaimsError, match="modifiers in one column and in several"):
            matched([*headings, *columns.REQUIRED])


@pytest.mark.parametrize(
    ("heading", "ours"),
    [
        ("Amount", "charge_amount"),
        ("Unit", "service_unit_quantity"),
        ("Rendring Provider NPI", "rendering_npi"),
        ("hcpcs_modifer_1", "hcpcs_modifier_1"),
        ("service unit quantty", "service_unit_quantity"),
        ("Modifer", "hcpcs_modifiers"),
        ("Modif", "hcpcs_modifiers"),
        ("M1", "hcpcs_modifier_1"),
        ("Unts", "service_unit_quantity"),
        ("Quanity", "service_unit_quantity"),
    ],
)
def test_what_may_be_a_column_is_asked_about_with_the_line_to_write(heading, ours):
    with pytest.raises(ClaimsError) as caught:
        matched([heading, *columns.REQUIRED])
    assert f'{ours} = "{heading}"' in str(caught.value)
    assert f'carry = ["{heading}"]' in str(caught.value)
    carried = matched([heading, *columns.REQUIRED], carry=frozenset([columns.normal(heading)]))
    assert ours not in carried.headings
    told = matched([heading, *columns.REQUIRED], columns={ours: heading})
    assert told.headings[ours] == heading


GOOD = {
    "hcpcs_modifier_1": "50", "service_unit_quantity": "2", "charge_amount": "100",
    "deductible_remaining": "20", "paid_amount": "1", "allowed_amount": "2", "payer": "acme",
    "practitioner_type": "nurse_practitioner", "rendering_npi": "1234567893",
    "participating": "no", "assignment_accepted": "no", "anesthesia_minutes": "15",
}  # fmt: skip
GOOD_LINES = read_batch(frame_of(GOOD), localities=LOCALITIES).lines
_LETTERS = "abcdefghijklmnopqrstuvwxyz_ "


@st.composite
def changed_headings(draw):
    """Give an optional heading, and what it becomes: dropped (None), misspelt or renamed."""
    ours = draw(st.sampled_from([*GOOD]))
    way = draw(st.sampled_from(["drop", "rename", "less", "other", "more", "twice"]))
    if way == "drop":
        return ours, None
    if way == "rename":
        return ours, draw(st.text(_LETTERS, min_size=1, max_size=12).filter(str.strip))
    place = draw(st.integers(0, len(ours) - 1))
    letter = draw(st.sampled_from(_LETTERS))
    made = {
        "less": ours[:place] + ours[place + 1 :],
        "other": ours[:place] + letter + ours[place + 1 :],
        "more": ours[:place] + letter + ours[place:],
        "twice": ours[place:] + ours[:place],
    }[way]
    return ours, made if made.strip() else None


@settings(max_examples=80, deadline=None)
@given(changed_headings())
def test_no_change_of_an_optional_heading_changes_an_answer_silently(change):
    """The lines are equal, or the batch is refused by name, or the report names the column."""
    ours, heading = change
    frame = frame_of(GOOD)
    frame = frame.drop(ours) if heading is None else frame
    if heading is not None and heading not in frame.columns:
        frame = frame.rename({ours: heading})
    refused = ""
    try:
        batch = read_batch(frame, localities=LOCALITIES)
    except ClaimsError as error:
        refused = str(error)
    if refused:
        assert f"'{heading}'" in refused
        return
    if batch.lines.equals(GOOD_LINES):
        return
    (reading,) = batch.readings
    assert heading is None or heading in {
        each.heading for each in reading.columns if each.how != BY_NAME
    }
    assert ("hcpcs_modifiers" if ours == "hcpcs_modifier_1" else ours) in reading.absent


def test_modifiers_in_both_ways_under_our_own_names_are_read():
    """What only the joined column had was passed over where a numbered one was filled."""
    batch = checked(
        {"hcpcs_modifier_1": "50", "hcpcs_modifiers": "59"},
        {"hcpcs_modifiers": "59"},
        {"hcpcs_modifier_1": "rt", "hcpcs_modifier_2": "59", "hcpcs_modifiers": "59 RT"},
    )
    assert batch.lines["hcpcs_modifier_1"].to_list() == ["59", "RT"]
    (reject,) = batch.rejects.to_dicts()
    assert (reject["column"], reject["value"]) == ("hcpcs_modifiers", "59")
    assert "which" not in reject["reason"]
    assert "hcpcs_modifiers" not in batch.readings[0].absent


def test_a_good_batch_reads_by_name_and_says_what_is_taken_instead():
    batch = checked({})
    (reading,) = batch.readings
    assert {each.how for each in reading.columns} == {BY_NAME}
    assert "service_unit_quantity" in reading.absent
    assert isinstance(batch.lines, pl.DataFrame)
