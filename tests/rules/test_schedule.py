"""Schedule: drugs, vaccines and laboratory tests, by the file of their own quarter."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.locality import NO_LOCALITY
from payrules.payers.medicare import RULES
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, in_dollars, line, priced
from tests.quarters import drug, laboratory, quarter, with_quarters

Q2 = (date(2025, 4, 1), date(2025, 6, 30))
Q3 = (date(2025, 7, 1), date(2025, 9, 30))
FEES = by_hand(
    code("99213", "88.95"),
    code("20610", "63.40", days="000", multiple="2", bilateral="1"),
    code("96377", "17.00", status="T"),
    code("A4550", status="B"),
    code("P2031", status="N"),
    *(code(each, status="E") for each in ("J0897", "J3301", "J3490", "J9999", "J0739", "90714")),
    *(code(each, status="X") for each in ("80053", "80305", "36415", "81599", "P2029", "J7190")),
    *(code(each, status="X") for each in ("90662", "90677", "90480", "G0008", "A0428", "A4253")),
    code("G0416", "60.00"),
    code("J0171", status="I"),
    code("93320", status="C"),
)
DRUGS = quarter(
    drug("J3301", "0.898", unit="10 MG"),
    drug("J0897", "29.457", "17.585", note="Inflation-adjusted coinsurance"),
    drug("J0739", "6.787", "0"),
    drug("A9606", None, note="100% AWP = $196.92"),
    drug("J0171", "0.762"),
    drug("90662", "83.492", "0", vaccine=True, note="see the Seasonal Influenza page"),
    drug("90677", "298.036", "0", vaccine=True),
    drug("90714", "33.483"),
    drug("93320", "9.000"),
)
TESTS = quarter(
    laboratory("80053", "10.56"),
    laboratory("80053", "11.00", "QW"),
    laboratory("36415", "9.09"),
    laboratory("P2031", "4.95"),
    laboratory("P2029", None),
    laboratory("85025", "7.77", effective_to=date(2025, 2, 14)),
    laboratory("85025", "8.00", effective_from=date(2025, 2, 15)),
)
STARTER = load_schedules(content_folder("fee_schedules"))
JW_JZ = "JW or JZ is required for single-dose containers; returned since 2023-10-01"
NOT_PAID = "status {}: the physician fee schedule does not pay this code; {}"
SENT_OUT = "modifier 90: a test sent to a reference laboratory is billed by that laboratory"
FREE = {"coinsurance": "0.00", "deducted": "0.00", "patient": "0.00"}


def off(service: str, status: str | None, why: str, **named: str) -> object:
    """Give a line that no schedule at hand has."""
    if status is not None:
        return line(service, None, NOT_PAID.format(status, why), status="not_on_schedule", **named)
    return line(service, None, status="not_on_schedule", **named)


PRICED = CaseTable(
    "schedule",
    [
        case(
            "the limit has three decimals: it is multiplied and rounded once",
            line(
                "J3301 JZ", "3.59", units=4, fee="0.90", coinsurance="0.72", sequestered="0.06",
                medicare="2.81", schedule="asp",
            ),
        ),
        case("half a cent goes up", line("J3301 JZ", "4.49", units=5)),
        case("a part of a unit is priced", line("J3301 JZ", "1.57", units="1.75")),  # 1.5715
        case(
            "the coinsurance is the file's own, to the thousandth of a percent",
            line("J0897 JZ", "1767.42", units=60, coinsurance="310.80", medicare="1427.49"),
        ),
        case(
            "no practitioner's share, no participation, no setting and no charge limit touch it",
            line(
                "J0897 JZ", "29.46", kind="physician_assistant", assignment="false",
                participating="false", coinsurance="5.18", limit=None,
            ),
        ),
        case("a drug takes the deductible", line(
            "J0897 JZ", "29.46", deductible=10, deducted="10.00", coinsurance="3.42")),
        case("the charge is the most", line("J3301 JZ", "3.00", units=4, charge="3.00", carc="45")),
        case("a share of 0 in the file takes no deductible either",
             line("J0739 JZ", "6.79", deductible=100, **FREE)),
        case(
            "a vaccine is free, and its own page is named",
            line("90662", "83.49", deductible=257, schedule="vaccine",
                 review="payment limit file: see the Seasonal Influenza page", **FREE),
            line("90677", "298.04", deductible=257, schedule="vaccine", **FREE),
        ),
        case("a vaccine at ordinary shares is a drug", line("90714 JZ", "33.48", schedule="asp",
                                                          coinsurance="6.70")),
        case(
            "a laboratory test is free of cost sharing, and uses up none",
            line("80053", "10.56", deductible=257, schedule="clfs", sequestered="0.21",
                 medicare="10.35", **FREE),
            line("99213", "88.95", deductible=257, deducted="88.95", schedule="mpfs"),
        ),
        case("QW has a row of its own where the file has one", line("80053 QW", "11.00")),
        case("and the plain row where not", line("36415 QW", "9.09")),
        case("the latest rate up to the date of service",
             line("85025", "7.77", date="2025-02-14"), line("85025", "8.00", date="2025-02-15")),
        case("status N and another schedule has it: that prices it", line("P2031", "4.95",
                                                                        schedule="clfs")),
        case("status I and another schedule has it", line("J0171 JZ", "0.76", schedule="asp")),
        case("a code of no row in the release is asked for all the same",
             line("85025 QW", "7.77")),
        case("two sides, a session and an operation's days are nothing to a drug",
             line("J3301 JZ 50 RT", "1.80", units=2), line("20610 RT", "63.40")),
        case("a drug is no other service beside a status T one",
             line("96377", "17.00"), line("J3301 JZ", "0.90")),
        case("but a visit is", line("99213", "88.95"), line("96377", "0.00", status="bundled",
             carc="97", reason="status T: 1 other payable line(s) on the same day")),
        case("the physicians' own row of status C stays theirs",
             line("93320", None, status="by_report", reason="status C: contractor-priced",
                  schedule="mpfs")),
        case("GZ, GY and GX end a drug's line as any other",
             line("J3301 JZ GZ", "0.00", status="denied", carc="50",
                  reason="GZ: the practice expects a medical necessity denial and gave no notice"),
             line("80053 GY", "0.00", status="denied", carc="96",
                  reason="GY: the practice reports a service that Medicare excludes")),
        case("90 is denied on a laboratory line", line(
            "80053 90", "0.00", status="denied", carc="4", reason=SENT_OUT)),
        case("a modifier of procedures is nothing to it", line("80053 53", "10.56"),
             line("J3301 JZ 56", "0.90")),
    ],
    with_quarters(FEES, DRUGS, TESTS),
    date="2025-02-04",
)  # fmt: skip
OFF = CaseTable(
    "schedule",
    [
        case(
            "a drug that a whole file of the quarter does not list is the contractor's",
            *(
                line(each, None, status="by_report", schedule="asp", why=(
                    "drug: not in the payment limit file of 2025Q1; contractor prices by invoice"
                    " (or 106 % of WAC)"
                ))
                for each in ("J3490", "J9999")
            ),
        ),
        case("a limit of N/A is the contractor's by its note", line(
            "A9606", None, "the payment limit file gives no limit: 100% AWP = $196.92",
            status="by_report")),
        case("indicator L is the contractor's", line(
            "P2029", None, "laboratory indicator L: the contractor sets the rate",
            status="by_report", schedule="clfs")),
        case("a drug outside every quarter, never by the nearest",
             off("J3301", "E", "drug: load the drug payment limit (ASP) file for 2025Q2",
                 date="2025-04-01", schedule=None),
             off("J3301", "E", "drug: load the drug payment limit (ASP) file for 2025Q3",
                 date="2025-07-01"),
             off("J3301", "E", "drug: load the drug payment limit (ASP) file for 2024Q4",
                 date="2024-12-31"),
             line("J3301 JZ", "0.90", date="2025-03-31")),
        case("a test outside every quarter",
             off("80305", "X", "laboratory test: load the laboratory fee schedule (CLFS) file for"
                 " 2025Q2", date="2025-04-01")),
        case("a test that the quarter does not list",
             off("81599", "X", "laboratory test: the laboratory fee schedule of 2025Q1 does not"
                 " list it")),
        case("a vaccine outside every quarter",
             off("90662", "X", "vaccine: load the drug payment limit (ASP) file for 2025Q2",
                 date="2025-06-30")),
        case("a clotting factor of status X is a drug", off(
            "J7190", "X", "drug: load the drug payment limit (ASP) file for 2025Q2",
            date="2025-06-30")),
        case("administration of a vaccine", *(
            off(each, "X", "vaccine administration file not loaded: payrules reads none; a payer's"
                " own fee schedule in dollars can give the amount")
            for each in ("G0008", "90480"))),
        case("ambulance and supplies", off(
            "A0428", "X", "ambulance: paid by the ambulance fee schedule, which payrules does not"
            " read"), off("A4253", "X", "supply: paid by the DMEPOS fee schedule, which payrules"
                          " does not read; most are billed to the DME MAC")),
        case("without a row in the release the reason says both", line(
            "0001U", None, status="not_on_schedule", date="2025-04-01",
            reason="0001U has no row in release by hand; laboratory test: load the laboratory fee"
            " schedule (CLFS) file for 2025Q2")),
        case("a code that CMS's whole release does not know is no drug by invoice", line(
            "J1111", None, status="not_on_schedule",
            reason="J1111 has no row in release by hand; drug: the payment limit file of 2025Q1"
            " does not list it")),
        case("a code of physicians is as before",
             line("A4550", "0.00", status="bundled", carc="97", schedule="mpfs",
                  reason="status B: payment is always bundled into another service"),
             line("99999", None, status="not_on_schedule", schedule=None,
                  reason="99999 has no row in release by hand")),
    ],
    with_quarters(FEES, DRUGS, TESTS),
    date="2025-02-04",
)  # fmt: skip
STARTERS = CaseTable(
    "schedule",
    [
        case("of a starter's quarter the whole file is asked for",
             line("J0897 JZ", "29.46"),
             off("J3301", "E", "drug: load the whole drug payment limit (ASP) file for 2025Q1"),
             off("80053", "X", "laboratory test: load the whole laboratory fee schedule (CLFS) file"
                 " for 2025Q1")),
        case("an imported quarter takes the place of that quarter's selection alone",
             line("J0897 JZ", "30.00", date="2025-04-02")),
    ],
    with_quarters(
        FEES,
        quarter(drug("J0897", "29.457"), whole=False),
        quarter(drug("J0897", "31.000"), days=Q2, whole=False),
        quarter(drug("J0897", "30.000"), days=Q2),
        quarter(laboratory("36415", "9.09"), whole=False),
    ),
    date="2025-02-04",
)  # fmt: skip


@every_case(PRICED, OFF, STARTERS)
def test_schedule(table: CaseTable, case) -> None:
    table.check(case)


def steps_of(service: str, **columns: str) -> list[dict[str, object]]:
    """Price one line, and give its steps."""
    code, *modifiers = service.split()
    row = {
        "claim_id": "1", "claim_line_number": "1", "person_id": "1", "locality": "national",
        "claim_line_start_date": "2025-02-04", "hcpcs_code": code, "place_of_service_code": "11",
        "hcpcs_modifiers": " ".join(modifiers), **columns,
    }  # fmt: skip
    found = priced([row], schedules=with_quarters(FEES, DRUGS, TESTS))
    assert found.trail is not None
    return found.trail.to_dicts()


@pytest.mark.parametrize(
    ("service", "units", "said", "cited"),
    [
        ("J3301 JZ", "4", "limit 0.898 × 4 units of 10 MG, asp-2025Q1", "1847A"),
        ("J3301 JZ", "1.5", "limit 0.898 × 1.5 units of 10 MG, asp-2025Q1", "1847A"),
        ("90677", "1", "limit 298.036 × 1 unit of 1 MG, asp-2025Q1", "1847A"),
        ("80053", "1", "rate 10.56 × 1 unit, clfs-2025Q1", "1834A"),
    ],
)
def test_the_first_step_says_the_exact_limit(
    service: str, units: str, said: str, cited: str
) -> None:
    first = steps_of(service, service_unit_quantity=units)[0]
    assert first["detail"] == said
    assert cited in str(first["cites"])


def test_only_these_rules_touch_a_drug() -> None:
    met = {
        str(step["rule"])
        for units, charge in (("4", "3.00"), ("2", "9"))
        for step in steps_of(
            "J3301 JZ", service_unit_quantity=units, charge_amount=charge, deductible_remaining="1"
        )
    }
    assert met == {
        "fee_schedule_amount", "units", "lesser_of_charge", "deductible", "coinsurance",
        "sequestration",
    }  # fmt: skip
    assert {rule.name for rule in RULES if rule.every_schedule} >= met - {"fee_schedule_amount"}


def test_a_payer_s_dollars_win_and_need_no_status() -> None:
    rows = [
        {
            "claim_id": "1", "claim_line_number": str(number), "person_id": "1",
            "claim_line_start_date": "2025-02-04", "hcpcs_code": code, "hcpcs_modifiers": modifier,
            "place_of_service_code": "11", "service_unit_quantity": units, "locality": "national",
        }
        for number, (code, modifier, units) in enumerate(
            [("J3301", "JZ", "4"), ("80053", "QW", "1"), ("J0897", "JZ", "1"), ("G0008", "", "1"),
             ("A4550", "", "1")], 1
        )
    ]  # fmt: skip
    own = in_dollars(
        *(
            {"hcpcs_code": code, "facility_amount": amount, "nonfacility_amount": amount}
            for code, amount in (("J3301", "1.85"), ("80053", "10.50"), ("G0008", "33.71"),
                                 ("A4550", "5.00"))
        ),
        own_indicators=False,
    )  # fmt: skip
    found = priced(rows, schedules=with_quarters(FEES, DRUGS, TESTS), dollars=own).lines
    assert found.select("schedule", "status", "allowed_amount").rows() == [
        ("payer", "priced", 740),
        ("payer", "priced", 1050),
        (None, "not_on_schedule", None),
        ("payer", "priced", 3371),
        ("payer", "priced", 500),  # its own price, though Medicare bundles the code
    ]


def test_without_the_rule_no_other_schedule_is_asked() -> None:
    row = {
        "claim_id": "1", "claim_line_number": "1", "person_id": "1", "locality": "national",
        "claim_line_start_date": "2025-02-04", "hcpcs_code": "J3301", "place_of_service_code": "11",
    }  # fmt: skip
    rules = [rule for rule in RULES if rule.name not in {"schedule"}]
    found = priced([row], rules, with_quarters(FEES, DRUGS, TESTS)).lines
    assert found.select("schedule", "status", "reason").rows() == [
        (None, "not_on_schedule", "status E: the physician fee schedule does not pay this code")
    ]


def test_a_batch_without_drugs_prices_as_before() -> None:
    rows = [
        {
            "claim_id": str(number), "claim_line_number": "1", "person_id": "1",
            "claim_line_start_date": f"2025-0{number}-04", "hcpcs_code": code,
            "place_of_service_code": "11", "locality": "national",
        }
        for number, code in enumerate(["99213", "20610", "A4550", "99213"], 1)
    ]  # fmt: skip
    with_files = priced(rows, schedules=with_quarters(FEES, DRUGS, TESTS))
    without = priced(rows, schedules=FEES)
    assert with_files.lines.equals(without.lines)
    assert with_files.trail is not None
    assert without.trail is not None
    assert with_files.trail.cast({pl.Categorical: pl.String}).equals(
        without.trail.cast({pl.Categorical: pl.String})
    )


# ------------------------------------------------------------------------------ no place is needed


def batch_without_places(*codes: str, **more: object) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "claim_id": [f"C{number}" for number in range(len(codes))],
            "claim_line_number": ["1"] * len(codes),
            "person_id": ["P"] * len(codes),
            "claim_line_start_date": ["2025-02-04"] * len(codes),
            "hcpcs_code": codes,
            "place_of_service_code": ["11"] * len(codes),
            **more,
        }
    )


def test_drugs_and_tests_need_no_locality(tmp_path: Path) -> None:
    """A batch of drugs alone was asked for a locality that no line of it uses."""
    setup = Setup(schedules=STARTER)
    batch = batch_without_places("J3301", "80305", "99213", " j9999", "00000", "96372")
    results = estimate(batch, setup)
    assert results.rejects["claim_id"].to_list() == ["C2", "C4", "C5"]
    assert results.rejects["reason"].unique().to_list() == [NO_LOCALITY]
    assert results.lines.select("hcpcs_code", "locality", "status").rows() == [
        ("J3301", "national", "priced"),
        ("80305", "national", "priced"),
        ("J9999", "national", "not_on_schedule"),
    ]
    placed = estimate(batch, replace(setup, locality="national")).lines
    same = placed.filter(pl.col("hcpcs_code").is_in(["J3301", "80305", "J9999"]))
    assert same.equals(results.lines)
    batch.write_csv(tmp_path / "b.csv")
    outputs = Outputs(lines=tmp_path / "lines.parquet")
    run = estimate_in_parts([tmp_path / "b.csv"], outputs, setup).run
    assert run.counts.rejects == 3
    assert pl.read_parquet(outputs.lines)["locality"].to_list() == ["national"] * 3


def test_what_is_said_of_a_place_still_counts() -> None:
    """A named locality is read, and a wrong one refused, of a drug too; a ZIP code asks nothing."""
    results = estimate(
        batch_without_places(
            *("J3301", "J3301", "J3301"),
            locality=["06102-16", "QQQ", None],
            service_zip=[None, None, "60601"],
        ),
        Setup(schedules=STARTER),
    )
    assert results.lines["locality"].to_list() == ["06102-16", "national"]
    assert results.rejects["claim_id"].to_list() == ["C1"]
