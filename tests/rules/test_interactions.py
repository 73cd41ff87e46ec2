"""Interactions: cases in which several rules meet, and their order decides."""

from datetime import date

import polars as pl
import pytest

from payrules.dated import Dated
from payrules.engine.rule import Tables
from payrules.payers.medicare import RULES
from tests.pricing_cases import (
    STANDS_IN,
    STARTER_TABLES,
    CaseTable,
    by_hand,
    case,
    code,
    every_case,
    line,
    parts,
    priced,
)

# About no single rule: what a line says is its result.
NO_RULE = "no rule of its own"
SPLIT = {"days": "090", "shares": (10, 70, 20)}
CODES = by_hand(
    code("10100", "100.00", multiple="2", assistant="2", co_surgeon="2", **SPLIT),
    code("10080", "80.00", multiple="2", assistant="2", co_surgeon="2", **SPLIT),
    code("10060", "60.00", multiple="2", bilateral="1", assistant="2"),
    code("10061", "60.00", multiple="2", bilateral="2"),
    code("10030", "30.00", multiple="2"),
    code("45000", "30.00", multiple="2"),
    code("45001", "100.00", multiple="3", base="45000"),
    code("45002", "80.00", multiple="3", base="45000"),
    code("45003", "60.00", multiple="3", base="45000", bilateral="1"),
    code("46000", "25.00", multiple="2"),
    code("46001", "90.00", multiple="3", base="46000"),
    code("46002", "50.00", multiple="3", base="46000"),
    code("20020", "40.00", days="ZZZ", bilateral="1", assistant="2"),
    code("30000", status="C"),
    code("T0001", "5.00", status="T"),
    code("99213", "50.00"),
    *parts("70001", "30.00", "70.00", multiple="4", family="88", cap="50.00"),
    *parts("70002", "40.00", "90.00", multiple="4", family="88", cap="40.00"),
    *parts("70003", "20.00", "60.00", multiple="6"),
    code("97001", "10.00", pe="20.00", multiple="5"),
    code("97002", "10.00", pe="30.00", multiple="5"),
)
UNSURE = "no CMS add-on table: any procedure in the session was accepted as primary"
SIXTH = (
    "sixth or later procedure: CMS prices these by report, at no less than 50 percent; paid at "
    "the percentage for later procedures"
)
TWO_SIDED = "bilateral endoscopy in a family: the base was subtracted once from both sides"


def denied(service: str, carc: str = "96", **terms):
    return line(service, "0.00", status="denied", carc=carc, **terms)


def bundled(service: str, carc: str = "97", **terms):
    return line(service, "0.00", status="bundled", carc=carc, **terms)


def reduced(service: str, pays: str, **terms):
    return line(service, pays, **{"carc": "59", **terms})


TABLE = CaseTable(
    NO_RULE,
    [
        # Denied lines never rank, and hold up nothing.
        *(
            case(
                f"a line denied for {why} does not rank",
                denied(first, carc),
                line("10060", "60.00"),
                reduced("10030", "15.00"),
            )
            for why, first, carc in (
                ("GY", "10100 GY", "96"),
                ("56", "10100 56", "4"),
                ("73", "10100 73", "4"),
                ("a wrong 26", "10100 26", "4"),
            )
        ),
        case(
            "a line by report does not rank",
            line("10100 66", "0.00", status="denied", carc="54"),
            line("10100 53", None, status="by_report"),
            line("10060", "60.00"),
            reduced("10030", "15.00"),
        ),
        case(
            "a line by report holds up an add-on, and an injection falls to it",
            line("30000", None, status="by_report"),
            line("20020", "40.00", review=UNSURE),
            bundled("T0001"),
        ),
        case(
            "a denied primary takes its add-on, and the injection is paid alone",
            denied("10100 GY"),
            denied("20020", "107", rarc="N122"),
            line("T0001", "5.00", npi="2", claim="injection alone"),
        ),
        case(
            "an add-on never ranks, however high",
            line("10030", "30.00"),
            line("20020 50", "60.00", review=UNSURE),
        ),
        # Bilateral, then endoscopy, then ranking.
        case(
            "bilateral before ranking: 90.00 outranks 80.00",
            line("10060 50", "90.00"),
            reduced("10080", "40.00"),
        ),
        case(
            "bilateral before the family: 90.00 leads 80.00",
            line("45003 50", "90.00"),
            reduced("45002", "50.00"),
        ),
        case(
            # family: 100.00 + (90.00 − 30.00) = 160.00, before 100.00
            "bilateral before the family before ranking",
            line("45001", "100.00"),
            reduced("45003 50", "60.00", review=TWO_SIDED),
            reduced("10100", "50.00"),
        ),
        case(
            "the family's total decides its rank, not its highest member",
            # 90.00 + (50.00 − 25.00) = 115.00, before 100.00
            line("46001", "90.00"),
            reduced("46002", "25.00"),
            reduced("10100", "50.00"),
        ),
        case(
            "without its second member the same scope is outranked",
            reduced("46001", "45.00"),
            denied("46002 GY"),
            line("10100", "100.00"),
        ),
        case(
            # totals 150.00 and 115.00; then 100.00 and 90.00
            "two families, a pair and other surgery in one session",
            line("45001", "100.00"),
            reduced("45002", "50.00"),
            reduced("46001", "45.00"),
            reduced("46002", "12.50"),
            reduced("10100", "50.00"),
            reduced("10060 RT", "30.00"),
            reduced("10060 LT", "15.00"),
        ),
        case(
            "a base that ranks where its family has no member",
            line("46001", "90.00"),
            reduced("45000", "15.00"),
            bundled("46000"),
        ),
        # RT + LT, units, six and more.
        case(
            "RT and LT are one of the ranked, so the fifth is not the sixth",
            line("10100", "100.00"),
            reduced("10080", "40.00"),
            reduced("10060 RT", "30.00"),
            reduced("10060 LT", "15.00"),
            reduced("10030", "15.00"),
            reduced("10030 59", "15.00"),
        ),
        case(
            "one procedure more and the last is the sixth",
            line("10100", "100.00"),
            reduced("10080", "40.00"),
            reduced("10060 RT", "30.00"),
            reduced("10060 LT", "15.00"),
            reduced("10030", "15.00"),
            reduced("10030 59", "15.00"),
            reduced("10030 76", "15.00", review=SIXTH),
        ),
        case(
            "units take ranks between other lines",
            # 100.00; 80.00 twice at half; then 60.00
            line("10100", "100.00"),
            reduced("10080", "120.00", units=3),
            reduced("10061", "30.00"),
        ),
        case(
            "indicator 2 with two units is one ranked amount",
            reduced("10061", "30.00", units=2),
            line("10080", "80.00"),
        ),
        # Roles.
        case(
            "surgeon and assistant of one practice are ranked apart",
            line("10100", "100.00", npi="1"),
            reduced("10080", "40.00", npi="1"),
            line("10100 80", "16.00", npi="1", carc="45", rarc="N646"),
            line("10080 80", "6.40", npi="1", carc="45", rarc="N646"),
        ),
        case(
            "a bilateral assistant before a lower procedure's",
            # 90.00 × 0.16; 80.00 × 0.50 × 0.16
            line("10060 50 AS", "12.24", carc="45", rarc="N646"),
            line("10080 AS", "5.44", carc="45", rarc="N646"),
        ),
        case(
            "a co-surgeon ranked second with follow-up left to another",
            # 80.00 × 0.50 = 40.00 × 0.80 = 32.00 × 0.625 = 20.00
            line("10100", "100.00"),
            line("10080 62 54", "20.00", carc="B20"),
        ),
        case(
            "a nurse practitioner's charge after all that: 80.00 × 0.50 × 0.85 = 34.00",
            line("10100", "85.00", carc="45", kind="nurse_practitioner"),
            line("10080", "30.00", carc="45", kind="nurse_practitioner", charge="30.00"),
        ),
        # Several practitioners and groups on one day.
        case(
            "surgeons of two specialties rank apart, their tests together",
            line("10100", "100.00", specialty="20", pos="11"),
            line("10080", "80.00", specialty="14", pos="11"),
            # technical 90.00 and 35.00; professional 40.00 and 28.50
            line("70002", "80.00", specialty="20", pos="11", carc="45"),
            line("70001", "63.50", specialty="14", pos="11", carc="59"),
            tin="9",
        ),
        case(
            "one surgeon for two groups: surgery in one session, tests in two pools",
            line("10100", "100.00", group="7", pos="11"),
            reduced("10080", "40.00", group="8", pos="11"),
            line("97001", "30.00", group="7", pos="11"),
            line("97002", "40.00", group="8", pos="11"),
            npi="1",
        ),
        # Imaging before its cap, and the other pools apart.
        case(
            # 70002: 130.00 − (130.00 − 80.00); 70001: 35.00 + 28.50, below its cap of 50.00
            "imaging before the cap",
            line("70002", "80.00", carc="45", pos="11"),
            reduced("70001", "63.50", pos="11"),
        ),
        case(
            "ranked by the fee, not by what the cap leaves",
            # By the caps 70001 (50.00) would be first of the technical parts.
            line("70002 TC", "40.00", carc="45", pos="11"),
            reduced("70001 TC", "35.00", pos="11"),
        ),
        case(
            "each indicator has a pool of its own",
            line("70001", "80.00", carc="45", pos="11"),
            line("70003", "80.00", pos="11"),
            line("97001", "30.00", pos="11"),
            line("10100", "100.00", pos="11"),
        ),
        # Lesser-of over the pair.
        case(
            "a pair is compared after it was ranked: 30.00 + 15.00 and charges of 44.99",
            line("10100", "100.00"),
            line("10060 RT", "22.49", charge="22.49", carc="45"),
            line("10060 LT", "22.50", charge="22.50"),
        ),
        case(
            "a pair charged as much as it is paid after ranking",
            line("10100", "100.00"),
            reduced("10060 RT", "30.00", charge="22.50"),
            reduced("10060 LT", "15.00", charge="22.50"),
        ),
        case(
            "the pair's charges rank it in a tie: 90.00 and 90.00",
            reduced("46001", "45.00", charge="150.00"),
            line("10060 RT", "60.00", charge="100.00"),
            line("10060 LT", "30.00", charge="51.00", carc="59", rarc="N644"),
        ),
        # 78.
        case(
            "78 outside family and ranks, at its intraoperative share",
            line("10100 78", "70.00", carc="B10"),
            line("10080", "80.00"),
            line("45000 78", "30.00"),
            line("45001", "100.00", npi="2", claim="other session"),
        ),
        # Days and claims.
        case(
            "a global window over several days and claims",
            line("10100", "100.00", claim="w1", date="2025-03-03"),
            bundled("99213", rarc="M144", claim="w2", date="2025-03-10"),
            line("99213 24", "50.00", claim="w3", date="2025-03-11"),
            line("99213", "50.00", claim="w4", date="2025-06-02", npi="2"),
            # 31 May is day 89, 1 June day 90, 2 June the first after.
            bundled("99213", rarc="M144", claim="w5", date="2025-06-01"),
            line("99213", "50.00", claim="w6", date="2025-06-02"),
            npi="1",
        ),
        case(
            "a bundled visit is no other service for an injection",
            line("10100", "100.00", claim="i1", date="2025-03-03"),
            bundled("99213", rarc="M144", claim="i2", date="2025-03-10"),
            line("T0001", "5.00", claim="i2", date="2025-03-10"),
            npi="1",
        ),
        case(
            "a denied operation opens no window for the visit",
            denied("10100 GY", claim="g1", date="2025-03-03"),
            line("99213", "50.00", claim="g2", date="2025-03-10"),
            npi="1",
        ),
        case(
            "the deductible takes what is allowed, not what is denied, in order of days",
            denied("10100 GY", claim="d1", date="2025-03-03", deductible="70.00"),
            line("99213", "50.00", claim="d2", date="2025-03-05", deducted="50.00"),
            line(
                "99213",
                "50.00",
                claim="d3",
                date="2025-03-06",
                deducted="20.00",
                # 30.00 − 6.00 − 0.48
                medicare="23.52",
            ),
        ),
    ],
    CODES,
)

_SCHEMA = {"effective_from": pl.Date, "effective_to": pl.Date}
TABLES = Tables(
    unlikely_units=pl.DataFrame(
        [("10080", 1, "2", date(2000, 1, 1), None)],
        schema={
            "hcpcs_code": pl.String,
            "mue_value": pl.Int64,
            "adjudication_indicator": pl.String,
            **_SCHEMA,
        },
        orient="row",
    ),
    procedure_pairs=pl.DataFrame(
        [
            ("10080", "10060", "1", date(2000, 1, 1), None),
            ("10100", "20020", "0", date(2000, 1, 1), None),
        ],
        schema={
            "column_1_code": pl.String,
            "column_2_code": pl.String,
            "modifier_indicator": pl.String,
            **_SCHEMA,
        },
        orient="row",
    ),
    add_on=pl.DataFrame(
        [("20020", "1", "10060", date(2000, 1, 1), None)],
        schema={
            "add_on_code": pl.String,
            "add_on_type": pl.String,
            "primary_code": pl.String,
            **_SCHEMA,
        },
        orient="row",
    ),
)
WITH_TABLES = CaseTable(
    NO_RULE,
    [
        case(
            "units denied as unlikely deny no pair",
            denied("10080", "222", rarc="N362", units=2),
            line("10060", "60.00"),
        ),
        case(
            "a pair's denied line does not rank, and takes its add-on",
            line("10080", "80.00"),
            denied("10060", "236"),
            denied("20020", "107", rarc="N122"),
            reduced("10030", "15.00"),
        ),
        case(
            "a pair apart by 59 ranks, and its add-on stays",
            line("10080", "80.00"),
            reduced("10060 59", "30.00"),
            line("20020", "40.00"),
        ),
        case(
            "an add-on denied by a pair is denied for the pair",
            line("10100", "100.00"),
            reduced("10060", "30.00"),
            denied("20020 59", "236"),
        ),
    ],
    CODES,
    tables=TABLES,
)

# Issue sums, facility, 2025, national: RVUs × 32.3465.
STARTER_TABLE = CaseTable(
    NO_RULE,
    [
        # 7.51 → 242.92; 5.96 → 192.79 less 45378's 5.48 → 177.26
        case("45385 and 45380-59", line("45385", "242.92"), reduced("45380 59", "15.53")),
        # 3.33 → 107.71 × 1.5 = 161.565; 2.73 → 88.31, half 44.155
        case("64483-50 and 64493", line("64483 50", "161.57"), reduced("64493", "44.16")),
        # 32.47 → 1,050.29; 18.17 → 587.74 less 29805's 14.49 → 468.70
        case("29827 and 29823", line("29827", "1050.29"), reduced("29823", "119.04")),
        # 51.74 → 1,673.61 + 11.91 → 385.25 + 21.80 → 705.15 = 2,764.01
        case(
            "22551, 22552 and 22845 add up to 2,764.01",
            line("22551", "1673.61"),
            line("22552", "385.25"),
            line("22845", "705.15"),
        ),
        # Modifier indicator 0: the pair denies the base before its family bundles it.
        case("45385 and 45378", line("45385", "242.92"), denied("45378", "236", review=STANDS_IN)),
        # 1.36 → 43.99, half 21.995; two large joints a day pass the medically unlikely edit
        case("20610 twice", line("20610", "43.99"), reduced("20610 59", "22.00")),
        case("45385-50", line("45385 50", "242.92")),
        # 88.31 × 0.16 = 14.1296: assistant indicator 2
        case("64493-80", line("64493 80", "14.13", carc="45", rarc="N646")),
        case("45385-80: by statute none", denied("45385 80", "54")),
        case("20610-80: by statute none", denied("20610 80", "54")),
        case("29881-80: on documents", denied("29881 80", "54")),
        # (7.03 + 8.22 + 1.39) = 16.64 → 538.25 × 0.16 = 86.12
        case(
            "29881-80 with documents",
            line(
                "29881 80",
                "86.12",
                carc="45",
                rarc="N646",
                documents=True,
                review=(
                    "assistant indicator 0: paid on the documentation submitted; contractors "
                    "may differ"
                ),
            ),
        ),
        # RT 117.09 + LT 58.55 (58.545) = 175.64 is ranked once, before 88.31
        case(
            "64640 RT and LT, and 64493",
            line("64640 RT", "117.09"),
            line("64640 LT", "58.55", carc="59", rarc="N644"),
            reduced("64493 59", "44.16"),
        ),
        # 20610: 0.79 + 0.44 + 0.13 = 1.36 → 43.99; half 21.995
        case(
            "an arthroscopy family outranks, an injection is halved",
            line("29827", "1050.29"),
            reduced("29823", "119.04"),
            reduced("20610 59", "22.00"),
        ),
        # 45385 242.92 + 15.53 = 258.45; 43239: 4.10 → 132.62, its base 43235 not billed
        case(
            "upper and lower scopes of a day",
            line("45385", "242.92"),
            reduced("45380 59", "15.53"),
            reduced("43239 59", "66.31"),
        ),
    ],
    tables=STARTER_TABLES,
)

WITH_ANESTHESIA = by_hand(
    *CODES.releases[0].codes.to_dicts(),
    # More indicators than CMS gives to any anesthesia code, so that each rule could meet it.
    code("00100", status="J", bilateral="1", assistant="2", co_surgeon="2", **SPLIT),
    anesthesia={"national": "20.0000"},
)
BASE_UNITS = Tables(
    anesthesia_base_units=pl.DataFrame(
        [("00100", 5, date(2000, 1, 1), None)],
        schema={"hcpcs_code": pl.String, "base_units": pl.Int64, **_SCHEMA},
        orient="row",
    )
)
# 5 base units and 48 minutes: 8.2 × 20.00.
ANESTHESIA = CaseTable(
    NO_RULE,
    [
        *(
            case(
                f"anesthesia is paid no share for {modifier}",
                line(f"00100 {modifier}", "164.00", minutes=48),
            )
            for modifier in ("50", "54", "55", "62", "78", "80", "AS")
        ),
        case(
            "anesthesia has no sides",
            line("00100 RT", "164.00"),
            line("00100 LT", "164.00"),
            minutes=48,
        ),
        *(
            case(
                f"anesthesia is paid for its time, not for {units} units",
                line("00100", "164.00", units=units, minutes=48),
            )
            for units in (2, 3)
        ),
    ],
    WITH_ANESTHESIA,
    tables=BASE_UNITS,
)


@every_case(TABLE, WITH_TABLES, STARTER_TABLE, ANESTHESIA)
def test_interactions(table: CaseTable, case) -> None:
    table.check(case)


DATED_TERMS = [
    (each, name)
    for each in RULES
    for name, value in each.defaults.items()
    if isinstance(value, Dated)
]


@pytest.mark.parametrize(
    ("rule", "term"), DATED_TERMS, ids=[f"{rule.name}_{term}" for rule, term in DATED_TERMS]
)
def test_a_term_not_yet_in_force_leaves_an_amount(rule, term: str) -> None:
    """Whatever a payer's contract dates, a priced line has a number."""
    later = Dated({"2030-01-01": "0.50"}, cites="a contract")
    rules = [
        each.on_terms(cites="a contract", **{term: later}) if each is rule else each
        for each in RULES
    ]
    services = (
        "10100 80",
        "10080 AS",
        "10060 50",
        "10060 RT",
        "10060 LT",
        "10061",
        "10030 62",
        "45001",
        "45002",
        "70001 CT FX FY",
        "70002",
        "70003",
        "97001 CQ",
        "00100 QK",
    )
    rows = [
        {
            "claim_id": "1",
            "claim_line_number": str(number),
            "person_id": "1",
            "claim_line_start_date": "2025-06-02",
            "hcpcs_code": service.split()[0],
            "hcpcs_modifiers": " ".join(service.split()[1:]),
            "place_of_service_code": "11",
            "locality": "national",
            "participating": "false",
            "assignment_accepted": "false",
            "charge_amount": "500.00",
            "anesthesia_minutes": "30",
            "service_unit_quantity": "1" if "T" in service else "2",
        }
        for number, service in enumerate(services, 1)
    ]
    result = priced(rows, rules, WITH_ANESTHESIA, tables=BASE_UNITS).lines
    assert result.filter(pl.col("status") == "priced").height > 10
    for amount in ("allowed_amount", "medicare_amount", "patient_amount"):
        missing = result.filter((pl.col("status") == "priced") & pl.col(amount).is_null())
        assert missing["hcpcs_code"].to_list() == [], amount
