"""Every row of the guide's table of claim columns, and its rules beside: one case a sentence."""

from hashlib import sha256
from io import BytesIO

import pytest

from payrules.x12.claims_837p import read_837p
from payrules.x12.columns_837p import COLUMNS
from tests.x12.reading import NAMES, one, read
from tests.x12.writer import BILLING, CLAIM, LINE, SUBSCRIBER, one_claim, written


def key_of(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()[:8]


def text_of(*more: str, **put: str) -> str:
    """Write one claim; `more` stands behind the line; `put` changes segments by their ids."""
    segments = [*one_claim(), *more]
    for name, segment in put.items():
        at = next(i for i, each in enumerate(segments) if each.startswith(name.replace("_", "*")))
        segments[at : at + 1] = [segment] if segment else []
    return written([segments])


def line_of(*more: str, **put: str) -> dict:
    return one(text_of(*more, **put))


def reject_of(*more: str, **put: str) -> tuple:
    (claims,) = read(text_of(*more, **put))
    assert claims.lines.is_empty()
    (row,) = claims.rejects.select("column", "value", "reason").rows()
    return row


#: §4 of the guide, written out: our columns in its order.
THE_TABLE = """
claim_id patient_control_number claim_line_number line_control_number person_id
claim_line_start_date claim_line_end_date hcpcs_code
hcpcs_modifier_1 hcpcs_modifier_2 hcpcs_modifier_3 hcpcs_modifier_4
charge_amount service_unit_quantity anesthesia_minutes unit_qualifier
care_assumed_date care_relinquished_date
primary_paid_amount primary_allowed_amount primary_obligated_amount place_of_service_code
diagnosis_code_1 diagnosis_code_2 diagnosis_code_3 diagnosis_code_4
rendering_npi rendering_taxonomy billing_npi billing_tin rendering_specialty service_zip
assignment_accepted documentation_submitted postoperative_days payer payer_id further_payer_id
payer_responsibility_code claim_filing_indicator_code claim_frequency_code
payer_claim_control_number prior_authorization_number
other_payer_paid_amount other_payer_patient_amount ndc_code ndc_quantity ndc_unit
patient_paid_amount transaction_purpose
"""


def test_the_columns_are_those_of_the_guide_in_its_order() -> None:
    assert [each.name for each in COLUMNS] == THE_TABLE.split()


def test_a_plain_claim_gives_each_column() -> None:
    assert {name: value for name, value in line_of().items() if value is not None} == {
        "position": 24,
        "claim_id": "C1",
        "patient_control_number": "C1",
        "claim_line_number": 1,
        "person_id": "M100",
        "claim_line_start_date": "2025-10-07",
        "hcpcs_code": "99213",
        "hcpcs_modifier_1": "25",
        "charge_amount": "150.5",
        "service_unit_quantity": "1",
        "unit_qualifier": "UN",
        "place_of_service_code": "11",
        "diagnosis_code_1": "M5416",
        "diagnosis_code_2": "M4726",
        "rendering_npi": "1234567893",
        "rendering_taxonomy": "207R00000X",
        "billing_npi": "1234567893",
        "billing_tin": "123456789",
        "service_zip": "627010001",
        "assignment_accepted": "true",
        "payer": "01112",
        "payer_id": "01112",
        "payer_responsibility_code": "P",
        "claim_filing_indicator_code": "MB",
        "claim_frequency_code": "1",
        "transaction_purpose": "CH",
    }


#: What a changed segment, or one more at the line, makes of a column: (column, value, changes).
VALUES = [
    ("claim_id", "9999", (), {"CLM": "CLM* 9999 *150.5***11:B:1*Y*A*Y*Y"}),
    ("claim_line_number", 7, (), {"LX": "LX*7"}),
    ("claim_line_number", 1, (), {"LX": "LX*A"}),
    ("claim_line_number", 1, (), {"LX": "LX*0"}),
    ("further_payer_id", "60054", (), {"NM1_PR": "NM1*PR*2*P*****PI*1~REF*2U* 60054 "}),
    ("further_payer_id", None, ("REF*2U*60054",), {}),
    ("line_control_number", "L-1", ("REF*6R*L-1",), {}),
    ("claim_line_end_date", "2025-10-09", (), {"DTP_472": "DTP*472*RD8*20251007-20251009"}),
    ("claim_line_start_date", "2025-10-07", (), {"DTP_472": "DTP*472*RD8*20251007-20251009"}),
    ("hcpcs_modifier_4", "GP", (), {"SV1": "SV1*HC:97110:59:KX:RT:GP:A WORD*9*UN*1***1"}),
    ("charge_amount", "0", (), {"SV1": "SV1*HC:99213*0*UN*1***1"}),
    ("service_unit_quantity", "2.5", (), {"SV1": "SV1*HC:J1745*9*UN*2.5***1"}),
    ("anesthesia_minutes", "45", (), {"SV1": "SV1*HC:00400*9*MJ*45***1"}),
    ("service_unit_quantity", "1", (), {"SV1": "SV1*HC:00400*9*MJ*45***1"}),
    ("unit_qualifier", "MJ", (), {"SV1": "SV1*HC:00400*9*MJ*45***1"}),
    (
        "care_assumed_date",
        "2025-10-01",
        ("DTP*090*D8*20251001",),
        {"SV1": "SV1*HC:27447:55*9*UN*1"},
    ),
    ("care_assumed_date", None, ("DTP*090*D8*20251001",), {}),  # only with 55
    ("place_of_service_code", "22", (), {"SV1": "SV1*HC:99213*9*UN*1*22**1"}),
    ("place_of_service_code", "21", (), {"CLM": "CLM*C1*150.5***21::1*Y*A*Y*Y"}),
    ("diagnosis_code_1", "M4726", (), {"SV1": "SV1*HC:99213*9*UN*1***2:1"}),
    ("diagnosis_code_2", "M5416", (), {"SV1": "SV1*HC:99213*9*UN*1***2:1"}),
    ("diagnosis_code_1", "7151", (), {"HI": "HI*BK:7151*BF:71906"}),
    ("diagnosis_code_1", "M5416", (), {"HI": "HI*ABK:M5416:X:Y*ABF:M4726"}),
    ("assignment_accepted", "false", (), {"CLM": "CLM*C1*150.5***11:B:1*Y*B*Y*Y"}),
    ("assignment_accepted", "false", (), {"CLM": "CLM*C1*150.5***11:B:1*Y*C*Y*Y"}),
    ("assignment_accepted", "true", (), {"CLM": "CLM*C1*150.5***11:B:1*Y**Y*Y"}),
    ("documentation_submitted", "true", (), {"HI": "PWK*B4*FX"}),
    ("documentation_submitted", "true", ("PWK*B4*EL***AC*DMN",), {}),
    ("documentation_submitted", None, ("PWK*B4*AA",), {}),
    ("prior_authorization_number", "A1", (), {"HI": "REF*G1*A1"}),
    ("payer_claim_control_number", "ICN9", (), {"HI": "REF*F8*ICN9"}),
    ("claim_frequency_code", "7", (), {"CLM": "CLM*C1*150.5***11:B:7*Y*A*Y*Y"}),
    ("ndc_code", "50242004001", ("LIN**N4*50242004001", "CTP****2.5*ML"), {}),
    ("ndc_quantity", "2.5", ("LIN**N4*50242004001", "CTP****2.5*ML"), {}),
    ("ndc_unit", "ML", ("LIN**N4*50242004001", "CTP****2.5*ML:1"), {}),
    ("service_unit_quantity", "1", ("LIN**N4*50242004001", "CTP****2.5*ML"), {}),
    ("ndc_code", None, ("LIN**ZZ*50242004001",), {}),
    ("patient_paid_amount", "12.00", (), {"HI": "AMT*F5*12"}),
    ("transaction_purpose", "RP", (), {"BHT": "BHT*0019*00*1*20251007*1023*RP"}),
    ("billing_tin", "x-" + key_of("987654320"), (), {"REF_EI": "REF*SY*987-65-4320"}),
    ("billing_npi", None, (), {"NM1_85": "NM1*85*2*GROUP*****24*123456789"}),
    ("rendering_taxonomy", None, (), {"PRV_BI": "PRV*BI*XX*207R00000X"}),
]


@pytest.mark.parametrize(("column", "value", "more", "put"), VALUES)
def test_a_column_is_read_as_the_table_says(
    column: str, value: object, more: tuple[str, ...], put: dict[str, str]
) -> None:
    # A claim whose HI was put to another use points to no diagnosis.
    if "HI" in put and not put["HI"].startswith("HI"):
        put = {**put, "SV1": "SV1*HC:99213*150.5*UN*1"}
    assert line_of(*more, **put)[column] == value


OF_LINE = ("NM1*82*1*DOE*JO****XX*1112223338", "PRV*PE*PXC*208600000X")
OF_CLAIM = ("NM1*82*1*ROE*JO****XX*1932041526", "PRV*PE*PXC*207X00000X")


def who(claim: tuple[str, ...] = (), line: tuple[str, ...] = ()) -> dict:
    return one(written([one_claim(claim=(*CLAIM, *claim), lines=(*LINE, *line))]))


@pytest.mark.parametrize(
    ("claim", "line", "npi", "taxonomy"),
    [
        (OF_CLAIM, OF_LINE, "1112223338", "208600000X"),
        (OF_CLAIM, (), "1932041526", "207X00000X"),
        (OF_CLAIM, OF_LINE[:1], "1112223338", None),  # the taxonomy of the NPI's own place
        ((), (), "1234567893", "207R00000X"),
        (("NM1*82*1*DOE",), (), "1234567893", "207R00000X"),
        (("NM1*82*1*DOE*****34*123456789",), (), "1234567893", "207R00000X"),
        # The rendering provider of another payer, without a name even, is not ours.
        (("SBR*P*18", "NM1*PR*2*X", "NM1*82*1*A****XX*1111111111"), (), "1234567893", "207R00000X"),
    ],
)
def test_who_rendered_the_service(
    claim: tuple[str, ...], line: tuple[str, ...], npi: str, taxonomy: str | None
) -> None:
    row = who(claim, line)
    assert (row["rendering_npi"], row["rendering_taxonomy"]) == (npi, taxonomy)
    assert row["rendering_specialty"] is None


@pytest.mark.parametrize(
    ("claim", "line", "zip_code"),
    [
        ((), (), "627010001"),
        (("NM1*77*2*X", "N3*A", "N4*B*IL*60601"), (), "60601"),
        (("NM1*77*2*X", "N3*A", "N4*B*IL*60601"), ("NM1*77*2*Y", "N4*C*IL*60602"), "60602"),
        (("NM1*77*2*X", "N3*A"), (), "627010001"),
        (("NM1*PW*2", "N4*B*IL*60603", "NM1*45*2", "N4*B*IL*60604"), (), "627010001"),
        ((), ("NM1*PW*2", "N4*B*IL*60603", "NM1*45*2", "N4*B*IL*60604"), "627010001"),
        (("SBR*P*18", "NM1*77*2*X", "N4*B*IL*60605"), (), "627010001"),
    ],
)
def test_where_the_service_was(
    claim: tuple[str, ...], line: tuple[str, ...], zip_code: str
) -> None:
    assert who(claim, line)["service_zip"] == zip_code


def test_the_pay_to_address_is_no_place_of_service() -> None:
    billing = (*BILLING, "NM1*87*2", "N3*X", "N4*ELSEWHERE*IL*60699")
    assert one(written([one_claim(billing=billing)]))["service_zip"] == "627010001"


PATIENT = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*TED*X", "DMG*D8*20190101*M")


def person(*patient: str, subscriber: tuple[str, ...] = SUBSCRIBER) -> str:
    return one(written([one_claim(subscriber=(*subscriber, *patient))]))["person_id"]


def test_who_the_patient_is() -> None:
    without_id = tuple(each.replace("****MI*M100", "") for each in SUBSCRIBER)
    name = ("QUOVADISSON", "ZYXWILDA", "", "19310229", "F", "")
    child = key_of("DOE", "TED", "X", "20190101", "M", "19")
    assert person() == "M100"
    assert person(subscriber=without_id) == "x-" + key_of(*name)
    assert person(*PATIENT) == f"M100-{child}"
    assert person(*PATIENT, subscriber=without_id) == f"x-{key_of(*name)}-{child}"
    # Two children of one subscriber are two persons.
    assert person(*(each.replace("TED", "ANN") for each in PATIENT)) != f"M100-{child}"


#: What rejects a line or a claim: (element, value, part of the reason, changes).
REJECTS = [
    ("2300 CLM01", None, "no claim number", {"CLM": "CLM**150.5***11:B:1*Y*A*Y*Y"}),
    ("2300 CLM05", ">", "ISA16 declares ':', CLM05 uses '>'", {"CLM": "CLM*C*1***11>B>1*Y*A"}),
    ("2400 SV101", ">", "ISA16 declares ':', SV101 uses '>'", {"SV1": "SV1*HC>99213*9*UN*1***1"}),
    ("2300 CLM05-2", "A", "is not B", {"CLM": "CLM*C1*150.5***11:A:1*Y*A*Y*Y"}),
    ("2400 SV101", "ER 1234", "ER 1234: not a HCPCS code", {"SV1": "SV1*ER:1234*9*UN*1***1"}),
    ("2400 SV101-2", None, "no code", {"SV1": "SV1*HC:*9*UN*1***1"}),
    ("2400 SV102", "-", "not an amount", {"SV1": "SV1*HC:99213*-*UN*1***1"}),
    ("2400 SV102", "-5", "not an amount", {"SV1": "SV1*HC:99213*-5*UN*1***1"}),
    (
        "2400 SV102",
        "123456789012345",
        "SV102 is more than 100,000,000,000 dollars",
        {"SV1": "SV1*HC:99213*123456789012345*UN*1***1"},
    ),
    (
        "2400 SV102",
        "(19 characters, not shown)",
        "SV102 is more than 100,000,000,000 dollars",
        {"SV1": "SV1*HC:99213*1234567890123456789*UN*1***1"},
    ),
    ("2400 SV102", None, "no charge", {"SV1": "SV1*HC:99213**UN*1***1"}),
    ("2400 SV103", "F2", "neither units", {"SV1": "SV1*HC:99213*9*F2*1***1"}),
    ("2400 SV104", "-1", "-1 is not more than 0", {"SV1": "SV1*HC:99213*9*UN*-1***1"}),
    (
        "2400 SV104",
        "(19 characters, not shown)",
        "beyond what any line has",
        {"SV1": "SV1*HC:99213*9*UN*1234567890123456789***1"},
    ),
    ("2400 SV104", None, "no quantity", {"SV1": "SV1*HC:99213*9*UN****1"}),
    ("2400 SV105", None, "place of service", {"CLM": "CLM*C1*150.5***:B:1*Y*A*Y*Y"}),
    ("2400 SV107", "3", "points to no diagnosis", {"SV1": "SV1*HC:99213*9*UN*1***3"}),
    ("2400 SV107", "0", "points to no diagnosis", {"SV1": "SV1*HC:99213*9*UN*1***0"}),
    # HI01 has no code, so the first diagnosis is not there: the next is not taken for it.
    ("2400 SV107", "1", "points to no diagnosis", {"HI": "HI*BK*8901*BF:5559"}),
    ("2400 DTP*472", None, "no date of service", {"DTP_472": ""}),
    ("2400 DTP03", "20251340", "is no date", {"DTP_472": "DTP*472*D8*20251340"}),
    ("2400 DTP03", "20251007", "is no date", {"DTP_472": "DTP*472*TM*20251007"}),
    ("2400 DTP03", "20251007-20251006", "before", {"DTP_472": "DTP*472*RD8*20251007-20251006"}),
    ("2400 LX", None, "no service line", {"LX": "", "SV1": "", "DTP_472": ""}),
    ("2400 SV1", None, "no SV1", {"SV1": "SV2*0300*HC:99213*9*UN*1"}),
    ("2000B HL02", "(withheld)", "does not name", {"HL_2": "HL*2*9*22*0"}),
    ("2000B HL01", "(withheld)", "does not follow", {"HL_2": "HL*3*1*22*0"}),
    ("2000 HL03", "(withheld)", "none of 20, 22", {"HL_2": "HL*2*1*24*0"}),
    ("2000A HL01", "(withheld)", "does not follow", {"HL_1": "HL*A**20*1"}),
    ("2010BA NM109", None, "neither id nor name", {"NM1_IL": "NM1*IL*1"}),
    (
        "2300 AMT02",
        "(1 character, not shown)",
        "not an amount",
        {"HI": "AMT*F5*x", "SV1": "SV1*HC:99213*9*UN*1"},
    ),
    ("2300 CN102", "(withheld)", "not an amount", {"HI": "CN1*09*x", "SV1": "SV1*HC:99213*9*UN*1"}),
]


@pytest.mark.parametrize(("element", "value", "reason", "put"), REJECTS)
def test_what_cannot_be_read_is_rejected_by_its_element(
    element: str, value: str | None, reason: str, put: dict[str, str]
) -> None:
    found = reject_of(**put)
    assert found[:2] == (element, value)
    assert reason in found[2]


#: What is noted on a line: (part of the note, changes).
NOTES = [
    (
        "dates of service span 3 days",
        {"DTP_472": "DTP*472*RD8*20251007-20251009", "SV1": "SV1*HC:99213*9*UN*3***1"},
    ),
    ("lines are numbered by their places", {"LX": "LX*X"}),
    ("no LX before the SV1", {"LX": ""}),
    ("CLM05-2 is blank", {"CLM": "CLM*C1*150.5***11::1*Y*A*Y*Y"}),
    ("assignment taken as accepted", {"CLM": "CLM*C1*150.5***11:B:1*Y**Y*Y"}),
    ("PRV02 is ZZ", {"PRV_BI": "PRV*BI*ZZ*207R00000X"}),
    ("PRV02 is not PXC", {"PRV_BI": "PRV*BI*AA*207R00000X"}),
    ("no service address for a service at home", {"CLM": "CLM*C1*150.5***12:B:1*Y*A*Y*Y"}),
    ("no payment is expected", {"BHT": "BHT*0019*00*1*20251007*1023*RP"}),
    ("not the sum of the lines' charges", {"CLM": "CLM*C1*151***11:B:1*Y*A*Y*Y"}),
    ("SBR01 is missing", {"SBR": "SBR**18"}),
    ("original claim is not read", {"CLM": "CLM*C1*150.5***11:B:7*Y*A*Y*Y"}),
    ("read as 1 unit", {"SV1": "SV1*HC:99213*9*MJ*30***1"}),
    ("the patient paid less than 0", {"HI": "AMT*F5*-5", "SV1": "SV1*HC:99213*9*UN*1"}),
    (
        "the patient paid more than the claim's charge",
        {"HI": "AMT*F5*150.51", "SV1": "SV1*HC:99213*9*UN*1"},
    ),
]


@pytest.mark.parametrize(("said", "put"), NOTES)
def test_what_is_odd_is_noted(said: str, put: dict[str, str]) -> None:
    assert said in line_of(**put)["notes"]


def test_what_is_right_is_not_noted() -> None:
    assert line_of()["notes"] is None


# -- postoperative care ------------------------------------------------------------------------

POSTOPERATIVE = {"SV1": "SV1*HC:27447:55*9*UN*1***1"}


def test_the_days_of_care_are_counted_from_one_date_to_the_other() -> None:
    more = ("DTP*090*D8*20251001", "DTP*091*D8*20251021")
    row = line_of(*more, **POSTOPERATIVE)
    assert row["postoperative_days"] == "20"
    assert row["care_relinquished_date"] == "2025-10-21"
    assert line_of(*more)["postoperative_days"] is None


def test_the_lines_own_care_dates_come_before_the_claims() -> None:
    claim = (*CLAIM, "DTP*090*D8*20251001", "DTP*091*D8*20251021")
    lines = ("LX*1", POSTOPERATIVE["SV1"], LINE[2], "DTP*090*D8*20251011")
    row = one(written([one_claim(claim=claim, lines=lines)]))
    assert (row["care_assumed_date"], row["care_relinquished_date"]) == ("2025-10-11", "2025-10-21")


# -- other payers ------------------------------------------------------------------------------

SECONDARY = tuple(each.replace("SBR*P", "SBR*S") for each in SUBSCRIBER)
FIRST = ("SBR*P*18", "AMT*D*80", "NM1*PR*2*ONE*****PI*P1")
DECIDED = ("SVD*P1*70*HC:99213**1", "CAS*CO*45*30.50", "CAS*PR*1*10**2*5*1*96*9")


def paid(claim: tuple[str, ...], line: tuple[str, ...], subscriber: tuple[str, ...]) -> dict:
    """Give the row of a claim as the reader made it, priced or not."""
    text = written([one_claim(subscriber=subscriber, claim=(*CLAIM, *claim), lines=(*LINE, *line))])
    (rows,) = read_837p(BytesIO(text.encode()), "1").blocks
    return dict(zip(("claim", "at", *NAMES, "notes"), rows[0], strict=True))


AMOUNTS = ("primary_paid_amount", "primary_allowed_amount", "primary_obligated_amount")
COB = ("other_payer_paid_amount", "other_payer_patient_amount")


@pytest.mark.parametrize(
    ("claim", "line", "amounts", "cob"),
    [
        (FIRST, DECIDED, ("70.00", "85.00", "120.00"), ("70.00", "24.00")),
        (FIRST, (), ("80.00", None, None), ("80.00", None)),
        (("CN1*09*110", *FIRST), DECIDED, ("70.00", "85.00", "110.00"), ("70.00", "24.00")),
        (FIRST, ("CN1*09*105", *DECIDED), ("70.00", "85.00", "105.00"), ("70.00", "24.00")),
        (FIRST, ("CN1*02*105", *DECIDED), ("70.00", "85.00", "120.00"), ("70.00", "24.00")),
        # Of two payers' decisions the first payer's, by the id that SVD01 names.
        (
            (*FIRST, "SBR*S*18", "NM1*PR*2*TWO*****PI*P2"),
            (*DECIDED, "SVD*P2*6*HC:99213**1", "CAS*PR*2*9"),
            ("70.00", "85.00", "120.00"),
            ("76.00", "33.00"),
        ),
        ((), ("SVD*P1*1*HC:99213**1", "SVD*P2*6*HC:99213**1"), (None, None, None), ("7.00", None)),
    ],
)
def test_what_the_first_payer_paid(
    claim: tuple[str, ...], line: tuple[str, ...], amounts: tuple, cob: tuple
) -> None:
    row = paid(claim, line, SECONDARY)
    assert tuple(row[name] for name in AMOUNTS) == amounts
    assert tuple(row[name] for name in COB) == cob
    # Of a claim to the first payer none of it is the first payer's.
    row = paid(claim, line, SUBSCRIBER)
    assert tuple(row[name] for name in AMOUNTS) == (None, None, None)
    assert tuple(row[name] for name in COB) == cob


def test_a_claims_amount_is_no_lines() -> None:
    lines = ("LX*2", "SV1*HC:99214*9*UN*1***1", "DTP*472*D8*20251008")
    row = paid(FIRST, lines, SECONDARY)
    assert row["primary_paid_amount"] is row["other_payer_paid_amount"] is None
    assert "2320 AMT*D" in row["notes"]
