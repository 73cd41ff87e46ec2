"""Anesthesia: base and time units (42 CFR 414.46)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.engine.pricing import Priced
from payrules.engine.rule import Tables
from payrules.errors import PayerError
from payrules.payers import MEDICARE
from payrules.payers.medicare import RULES
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.contracts import compare_contracts
from tests.payers.files import HEAD, batch, payer, rules_of
from tests.pricing_cases import (
    STARTER,
    STARTER_TABLES,
    CaseTable,
    by_hand,
    case,
    code,
    every_case,
    in_dollars,
    line,
    priced,
)

CODES = by_hand(
    code("00100", status="J"),
    code("00200", status="J"),  # base units change in 2025
    code("00300", status="J"),  # without base units
    code("00400", status="J", pctc="3", pe="10.00", cap="1.00"),
    code("00500", status="J"),
    code("00600", status="J"),
    code("27000", "500.00", multiple="2"),
    anesthesia={"national": "20.4976", "00000-00": "10.0000"},
    places=[("00000-00", 1000, 1000, 1000), ("00000-01", 1000, 1000, 1000)],
)
BASE_UNITS = Tables(
    anesthesia_base_units=pl.DataFrame(
        [
            ("00100", 5, date(1992, 1, 1), None),
            ("00200", 7, date(2000, 1, 1), date(2025, 3, 31)),
            ("00200", 9, date(2025, 4, 1), None),
            ("00400", 5, date(1992, 1, 1), None),
            ("00500", 3, date(1992, 1, 1), None),
            ("00600", 3, date(1992, 1, 1), None),
        ],
        schema={
            "hcpcs_code": pl.String,
            "base_units": pl.Int64,
            "effective_from": pl.Date,
            "effective_to": pl.Date,
        },
        orient="row",
    )
)
NO_FACTOR = "the fee schedule in force has no anesthesia conversion factor for this locality"
NO_BASE = "no anesthesia base units are loaded for this code and date"
NO_TIME = "anesthesia minutes are missing"
NONE = (None, None, None)


def given(service: str, pays: str, tenths: str, whole: str, *, half: bool = False, **terms):
    """A line with its units, and their amount before medical direction."""
    factor = terms.pop("conversion", "20.4976")
    why = f"{tenths} units × conversion factor {factor} = ${whole}"
    if half:
        why += ", half under medical direction"
    terms.setdefault("fee", whole)
    return line(service, pays, why, factor="0.5" if half else "1", **terms)


def by_units(service: str, pays: str, tenths: str, whole: str, **terms):
    """A line whose minutes are its units."""
    half = terms.pop("half", False)
    why = f"{tenths} units × conversion factor 20.3178 = ${whole}, minutes from the units field"
    if half:
        why += ", half under medical direction"
    terms.setdefault("fee", whole)
    return line(service, pays, why, factor="0.5" if half else "1", **terms)


def without_time(service: str, pays: str, tenths: str, said: str, **terms):
    why = f"{tenths} units × conversion factor 20.3178 = ${pays}, {said}"
    return line(service, pays, why, factor="1", fee=pays, **terms)


def unknown(service: str, why: str, **terms):
    return line(service, None, why, status="by_report", fee=None, **terms)


# 5 base units and 48 minutes: 8.2 × 20.4976 = 168.08032; half 84.04.
TABLE = CaseTable(
    "anesthesia",
    [
        case("base and time units", given("00100", "168.08", "8.2", "168.08", minutes=48)),
        *(
            case(
                f"{alone} is paid in full",
                given(f"00100 {alone}", "168.08", "8.2", "168.08", minutes=48),
            )
            for alone in ("AA", "QZ", "AA P3", "P1", "P6")
        ),
        *(
            case(
                f"{directed} is paid half",
                given(f"00100 {directed}", "84.04", "8.2", "168.08", half=True, minutes=48),
            )
            for directed in ("QK", "QX", "QY", "QK P5")
        ),
        # Minutes / 15 to one decimal: 7 are 0.47, 50 are 3.33, 100 are 6.67, 1 is 0.07.
        *(
            case(
                f"{minutes} minutes are {units} units in all",
                given("00100", pays, units, pays, minutes=minutes),
            )
            for minutes, units, pays in (
                (1, "5.1", "104.54"),
                (7, "5.5", "112.74"),
                (15, "6.0", "122.99"),
                (50, "8.3", "170.13"),
                (100, "11.7", "239.82"),
                (400, "31.7", "649.77"),
            )
        ),
        case("nothing but base units", given("00100", "102.49", "5.0", "102.49", minutes=0)),
        # 5.5 × 20.4976 = 112.7368; 11.2 × 20.4976 = 229.57312, half 114.785
        case(
            "half a cent is rounded up",
            given("00100 QK", "114.79", "11.2", "229.57", half=True, minutes=93),
        ),
        case(
            "supervision is three units, without time",
            given("00100 AD", "61.49", "3.0", "61.49", minutes=48),
        ),
        case("supervision needs no minutes", given("00100 AD", "61.49", "3.0", "61.49")),
        case(
            "and one more with presence at induction",
            given("00100 AD", "81.99", "4.0", "81.99", present_at_induction=True),
        ),
        case(
            "presence at induction is AD's alone",
            given(
                "00100 QK",
                "84.04",
                "8.2",
                "168.08",
                half=True,
                minutes=48,
                present_at_induction=True,
            ),
        ),
        case("supervision is not halved", given("00100 AD QK", "61.49", "3.0", "61.49")),
        case("without minutes it is by report", unknown("00100 AA", NO_TIME)),
        case("without base units it is by report", unknown("00300 AA", NO_BASE, minutes=48)),
        case("supervision too", unknown("00300 AD", NO_BASE)),
        case("the base units' absence is said before the minutes'", unknown("00300", NO_BASE)),
        case(
            "the locality's conversion factor",
            given(
                "00100",
                "82.00",
                "8.2",
                "82.00",
                minutes=48,
                locality="00000-00",
                conversion="10.0000",
            ),
        ),
        case(
            "a locality without one is by report",
            unknown("00100", NO_FACTOR, minutes=48, locality="00000-01"),
        ),
        case("that is said first", unknown("00300", NO_FACTOR, locality="00000-01")),
        # 10.2 × 20.4976 = 209.07552; 12.2 × 20.4976 = 250.07072
        case(
            "the base units of the day",
            given("00200", "209.08", "10.2", "209.08", minutes=48, date="2025-03-31"),
            given("00200", "250.07", "12.2", "250.07", minutes=48, date="2025-04-01"),
        ),
        # Of the rules after, only those on who pays and how much of it meet anesthesia.
        case(
            "anesthesia is not ranked with surgery, nor by its units",
            given("00100", "168.08", "8.2", "168.08", minutes=48, units=3),
            line("27000", "500.00"),
        ),
        case(
            "a hospital cap is no cap of anesthesia",
            given("00400", "168.08", "8.2", "168.08", minutes=48, pos="11"),
        ),
        case(
            "a CRNA is paid in full",
            given("00100 QZ", "168.08", "8.2", "168.08", minutes=48, kind="crna"),
        ),
        case(
            "a nonparticipating physician 95 %: 159.676",
            given(
                "00100",
                "159.68",
                "8.2",
                "168.08",
                minutes=48,
                participating=False,
                carc="45",
                codes=NONE,
            ),
        ),
        case(
            "without assignment the limit is of the whole: 183.6274",
            given(
                "00100",
                "159.68",
                "8.2",
                "168.08",
                minutes=48,
                participating=False,
                assignment=False,
                carc="45",
                codes=NONE,
                limit="183.63",
            ),
        ),
        case(
            "no more than the charge",
            given(
                "00100",
                "150.00",
                "8.2",
                "168.08",
                minutes=48,
                charge="150.00",
                carc="45",
                codes=NONE,
            ),
        ),
        case(
            # 168.08 − 68.08 = 100.00; 20.00; 80.00 − 1.60
            "deductible, coinsurance and sequestration",
            given(
                "00100",
                "168.08",
                "8.2",
                "168.08",
                minutes=48,
                deductible="68.08",
                coinsurance="20.00",
                medicare="78.40",
                patient="88.08",
            ),
        ),
        case(
            "direction on the day before is by report",
            unknown(
                "00100 QK",
                "no medical direction percentage is in force on this date",
                minutes=48,
                date="1997-12-31",
            ),
        ),
        case(
            "direction is of 1998",
            given("00100 QK", "84.04", "8.2", "168.08", half=True, minutes=48, date="1998-01-01"),
        ),
    ],
    CODES,
    tables=BASE_UNITS,
)
WITHOUT_A_TABLE = CaseTable(
    "anesthesia",
    [
        case("without a table it is by report", unknown("00100", NO_BASE, minutes=48)),
        case("supervision too", unknown("00100 AD", NO_BASE)),
    ],
    CODES,
)
# 00300 has 5 base units; the 2025 national factor is 20.3178: 8.2 × 20.3178 = 166.60596.
STARTER_TABLE = CaseTable(
    "anesthesia",
    [
        case(
            "a real anesthesia",
            given("00300 AA", "166.61", "8.2", "166.61", minutes=48, conversion="20.3178"),
        ),
        case(
            "2026's release has no anesthesia conversion factor",
            unknown("00300 AA", NO_FACTOR, minutes=48, date="2026-02-02"),
        ),
    ],
    tables=STARTER_TABLES,
)


@every_case(TABLE, WITHOUT_A_TABLE, STARTER_TABLE)
def test_anesthesia(table: CaseTable, case) -> None:
    table.check(case)


def looks_short(units: int) -> str:
    return f"{units} units: these look like time units; Medicare requires minutes"


def lower_than(code_: str) -> str:
    return (
        f"several anesthesia codes on this day: Medicare pays only the base units of"
        f" {code_}, with the total time"
    )


ONE_MINUTE = "one minute (MJ): a blank units field is read the same way"
NOT_TIME = "anesthesia minutes are missing, and the units field holds units, not minutes (UN)"
TOO_LONG = "the units field holds more minutes than a week has"
# 2025D, national: 20.3178 a unit.
IN_UNITS = CaseTable(
    "anesthesia",
    [
        # 4 + 95 / 15 = 10.3; 10.3 × 20.3178 = 209.27334
        case(
            "the units field holds the minutes",
            by_units("00142 AA", "209.27", "10.3", "209.27", units=95),
        ),
        # (4 + 6.0) × 20.3178 = 203.178, half 101.589
        case(
            "half under medical direction",
            by_units("00142 QK", "101.59", "10.0", "203.18", half=True, units=90),
        ),
        case("one unit is no minute", unknown("00142 AA", NO_TIME, units=1)),
        # (4 + 0.1) × 20.3178 = 83.30298
        case(
            "unless MJ says so",
            by_units(
                "00142 AA", "83.30", "4.1", "83.30", units=1, qualifier="MJ", review=ONE_MINUTE
            ),
        ),
        case("no units at all are none", unknown("00142 AA", NO_TIME)),
        case(
            "fewer than ten look like time units",
            by_units("00142 AA", "93.46", "4.6", "93.46", units=9, review=looks_short(9)),
        ),
        case("ten do not", by_units("00142 AA", "95.49", "4.7", "95.49", units=10)),
        case(
            "MJ says minutes",
            by_units("00142 AA", "209.27", "10.3", "209.27", units=95, qualifier="MJ"),
        ),
        case(
            "and few minutes that MJ says are minutes",
            by_units("00142 AA", "93.46", "4.6", "93.46", units=9, qualifier="MJ"),
        ),
        case("UN says no minutes", unknown("00142 AA", NOT_TIME, units=95, qualifier="un")),
        case(
            "any other qualifier says nothing",
            by_units("00142 AA", "209.27", "10.3", "209.27", units=95, qualifier="F2"),
        ),
        case(
            "minutes that are given go before the units",
            given(
                "00142 AA", "146.29", "7.2", "146.29", minutes=48, units=95, conversion="20.3178"
            ),
        ),
        case(
            "and before UN",
            given(
                "00142 AA",
                "146.29",
                "7.2",
                "146.29",
                minutes=48,
                units=95,
                qualifier="UN",
                conversion="20.3178",
            ),
        ),
        case(
            "supervision needs none and reads none",
            given("00142 AD", "60.95", "3.0", "60.95", units=95, conversion="20.3178"),
        ),
        case("a week is the most", unknown("00142 AA", TOO_LONG, units=10_081)),
        # 3.38: base units of 01995 are 5, of 01996 3.
        case("01995 has no time", without_time("01995 AA", "101.59", "5.0", "no time", units=40)),
        case(
            "nor with minutes",
            without_time("01995 AA", "101.59", "5.0", "no time", minutes=40),
        ),
        case(
            "01996 is paid by the day",
            without_time("01996", "182.86", "9.0", "3 day(s) and no time", units=3),
        ),
        case(
            "whatever its qualifier",
            without_time(
                "01996", "60.95", "3.0", "1 day(s) and no time", minutes=30, qualifier="UN"
            ),
        ),
        # 3.39
        *(
            case(
                f"{silent} moves nothing",
                by_units(f"00142 AA {silent}", "209.27", "10.3", "209.27", units=95),
            )
            for silent in ("QS", "G8", "G9", "23", "P1", "P3", "P6")
        ),
        *(
            case(
                f"{circumstance} is bundled",
                line(circumstance, "0.00", status="bundled", carc="97", fee=None),
            )
            for circumstance in ("99100", "99116", "99135", "99140")
        ),
        # 3.40
        case(
            "of several codes the lower ones get a note, and keep their amounts",
            by_units("00142 AA", "121.91", "6.0", "121.91", units=30, review=lower_than("00567")),
            by_units("00567 AA", "406.36", "20.0", "406.36", units=30),
        ),
        case(
            "of equal ones the first is the highest",
            by_units("00142 AA", "121.91", "6.0", "121.91", units=30),
            by_units("00144 AA", "121.91", "6.0", "121.91", units=30, review=lower_than("00142")),
        ),
        case(
            "the same code twice is not several",
            by_units("00142 QK", "60.96", "6.0", "121.91", half=True, units=30),
            by_units("00142 QX", "60.96", "6.0", "121.91", half=True, units=30),
        ),
        *(
            case(
                f"add-on {extra} is no lower code",
                by_units("00142 AA", "121.91", "6.0", "121.91", units=30),
                by_units(extra, "60.95", "3.0", "60.95", units=15),
            )
            for extra in ("01953", "01968", "01969")
        ),
        case(
            "another practitioner's code is not beside it",
            by_units("00142 AA", "121.91", "6.0", "121.91", units=30, npi="1"),
            by_units("00567 AA", "406.36", "20.0", "406.36", units=30, npi="2"),
        ),
        case(
            "nor another day's",
            by_units("00142 AA", "121.91", "6.0", "121.91", units=30),
            by_units("00567 AA", "406.36", "20.0", "406.36", units=30, date="2025-06-03"),
        ),
        # 3.41
        case(
            "a nonparticipating anesthesiologist: 95 percent, limit 209.27 × 1.0925",
            by_units(
                "00142 AA",
                "198.81",
                "10.3",
                "209.27",
                units=95,
                participating=False,
                assignment=False,
                carc="45",
                codes=NONE,
                limit="228.63",
            ),
        ),
        case(
            "anesthetists must accept assignment",
            by_units(
                "00142 QZ",
                "209.27",
                "10.3",
                "209.27",
                units=95,
                participating=False,
                assignment=False,
                kind="crna",
                limit=None,
            ),
        ),
    ],
    by_hand(
        *(
            code(each, status="J")
            for each in (
                *("00142", "00144", "00567", "01995", "01996"),
                *("01953", "01968", "01969"),
            )
        ),
        *(code(each, status="B") for each in ("99100", "99116", "99135", "99140")),
        anesthesia={"national": "20.3178"},
    ),
    tables=Tables(
        anesthesia_base_units=pl.DataFrame(
            [
                (each, units, date(1992, 1, 1), None)
                for each, units in {
                    "00142": 4,
                    "00144": 4,
                    "00567": 18,
                    "01953": 2,
                    "01968": 2,
                    "01969": 2,
                    "01995": 5,
                    "01996": 3,
                }.items()
            ],
            schema=BASE_UNITS.in_use("anesthesia_base_units").schema,
            orient="row",
        )
    ),
)


@every_case(IN_UNITS)
def test_anesthesia_minutes_in_the_units_field(table: CaseTable, case) -> None:
    table.check(case)


SPLIT = {"global_days": "090", "preoperative": 10, "intraoperative": 70, "postoperative": 20}
#: What makes each rule on procedures meet a line: a contract's indicators, and the line.
MEETS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, str]]] = {
    "bilateral": ({"bilateral_indicator": "1"}, {"hcpcs_modifiers": "50"}),
    "units": ({}, {"service_unit_quantity": "2"}),
    "endoscopy": ({"multiple_procedure_indicator": "3", "endoscopic_base_code": "45000"}, {}),
    "multiple_procedure": ({"multiple_procedure_indicator": "2"}, {}),
    "imaging": ({"multiple_procedure_indicator": "4", "pctc_indicator": "1"}, {}),
    "therapy": ({"multiple_procedure_indicator": "5"}, {}),
    "cardiovascular": ({"multiple_procedure_indicator": "6", "pctc_indicator": "1"}, {}),
    "ophthalmology": ({"multiple_procedure_indicator": "7", "pctc_indicator": "1"}, {}),
    "equipment": ({"pctc_indicator": "1"}, {"hcpcs_modifiers": "CT"}),
    "split_care": (SPLIT, {"hcpcs_modifiers": "54"}),
    "return_to_operating_room": (SPLIT, {"hcpcs_modifiers": "78"}),
    "co_surgery": ({"co_surgeon_indicator": "2"}, {"hcpcs_modifiers": "62"}),
    "assistant_at_surgery": ({"assistant_indicator": "2"}, {"hcpcs_modifiers": "80"}),
}


def beside_a_procedure(name: str, status: str) -> Priced:
    """Price 00100 under a contract that gives it a status and, as to 27000, a rule's indicators."""
    indicators, billed = MEETS[name]
    amounts = {"00100": "164.00", "27000": "40.00", "45000": "20.00"}
    rows = [
        {
            "hcpcs_code": hcpcs,
            "modifier": component,
            "status_code": status if (hcpcs, component) == ("00100", "") else "A",
            "nonfacility_amount": amount,
            "pe_amount": "10.00",
            **(indicators if hcpcs != "45000" else {}),
        }
        for hcpcs, amount in amounts.items()
        for component in ("", "26", "TC")
    ]
    shared = {
        "claim_id": "1",
        "person_id": "1",
        "claim_line_start_date": "2025-06-02",
        "place_of_service_code": "11",
        "locality": "national",
        "anesthesia_minutes": "48",
    }
    lines = [
        {"hcpcs_code": "00100", "claim_line_number": "1", **shared, **billed},
        {"hcpcs_code": "27000", "claim_line_number": "2", **shared},
    ]
    contract = in_dollars(*rows, own_indicators=False)
    return priced(lines, schedules=CODES, tables=BASE_UNITS, dollars=contract)


def at_least(service: str, pays: str, tenths: str, whole: str, was: int, half: str = ""):
    """A line whose base units the payer raises to 5."""
    why = f"{tenths} units × conversion factor 20.4976 = ${whole}"
    why += f", at least 5 base units in place of {was}{half}"
    factor = "0.5" if half else "1"
    return line(service, pays, why, factor=factor, fee=whole, minutes="48", date="2026-04-01")


#: Anthem C-09002 prints 5 base units for field avoidance, which no claim says: the codes do.
LEAST = CaseTable(
    "anesthesia",
    [
        case("3 units are raised to 5", at_least("00500", "168.08", "8.2", "168.08", 3)),
        case(
            "directed, half of them",
            at_least("00500 QK", "84.04", "8.2", "168.08", 3, ", half under medical direction"),
        ),
        case(
            "before their first day they are CMS's",
            given("00500", "127.09", "6.2", "127.09", minutes="48", date="2026-03-31"),
        ),
        case(
            "what has 5 or more keeps its own",
            given("00100", "168.08", "8.2", "168.08", minutes="48", date="2026-04-01"),
        ),
        case(
            "the three of supervision are no base units",
            given("00500 AD", "61.49", "3.0", "61.49", date="2026-04-01"),
        ),
        case(
            "without base units on file it stays by report",
            line(
                "00300",
                None,
                NO_BASE,
                status="by_report",
                fee=None,
                minutes="48",
                date="2026-04-01",
            ),
        ),
        case(
            "a code that is not named keeps its own",
            given("00600", "127.09", "6.2", "127.09", minutes="48", date="2026-04-01"),
        ),
    ],
    CODES,
    tables=BASE_UNITS,
    rules=rules_of(
        '[terms.anesthesia]\nleast_base_units = { 2026-04-01 = 5 }\nleast_for = ["00100-00500"]\n'
    ),
)


@every_case(LEAST)
def test_least_base_units(table: CaseTable, case) -> None:
    table.check(case)


def test_least_base_units_have_a_page_and_a_worth(tmp_path: Path) -> None:
    """60 minutes are 4 units: of 00400 (3 units) 7 at 20.06 are 140.42, and 9 are 180.54."""
    term = "[terms.anesthesia]\nleast_base_units = 5\n"
    cited = "least_for = ['00400']\ncites = 'C-09002'\n"
    acme = payer(tmp_path, HEAD + term + cited)
    lines = batch(
        {"hcpcs_code": "00400", "anesthesia_minutes": "60", "hcpcs_modifier_1": "AA"},
        {"hcpcs_code": "00300", "anesthesia_minutes": "60", "person_id": "Q"},
        day="2025-03-03",
    )
    setup = Setup(schedules=STARTER, locality="15202-00")
    found = compare_contracts(baseline(lines, setup), [MEDICARE, acme])
    by_term = {row["term"]: row for row in found.terms.rows(named=True)}
    assert sum(row["change"] for row in by_term.values()) == 18054 - 14042
    assert by_term["least_base_units"]["cites"] == "C-09002"
    steps = estimate(lines, replace(setup, payer=acme)).adjustments.filter(rule="anesthesia")
    first, *others = steps["cites"]
    assert first == "C-09002"
    assert others
    assert "C-09002" not in others
    for text, fault in (
        ("least_for = ['00400']\n", "least_for: names the codes of least base units, and none"),
        ("least_base_units = 50\n", "least_base_units: cannot be 50; it is a least number of"),
        ("least_base_units = 5\nleast_for = ['4']\n", "'4' is not a code"),
    ):
        with pytest.raises(PayerError, match=fault):
            payer(tmp_path, HEAD + "[terms.anesthesia]\n" + text)


def test_every_rule_on_procedures_is_tried_on_anesthesia() -> None:
    names = [each.name for each in RULES]
    on_procedures = names[names.index("bilateral") : names.index("practitioner")]
    # A contract in dollars has no hospital cap; CMS's is in the table above. Which lines are one
    # operation changes no amount.
    elsewhere = {"imaging_cap", "one_operation"}
    assert [name for name in on_procedures if name not in elsewhere] == list(MEETS)


@pytest.mark.parametrize("name", MEETS)
def test_a_contract_cannot_make_a_procedure_of_anesthesia(name: str) -> None:
    """Rules on procedures do not apply to status J, whatever indicators a schedule has."""
    a_procedure, anesthesia = (beside_a_procedure(name, status) for status in "AJ")
    met = pl.col("rule") == name
    assert 0 in a_procedure.trail.filter(met)["row"]
    assert anesthesia.trail.filter(met).is_empty()
    # The contract's own price of the service, and the procedure as if alone.
    lines = anesthesia.lines.select("status", "allowed_amount", "carc", "review").rows()
    assert lines == [("priced", 164_00, None, None), ("priced", 40_00, None, None)]
