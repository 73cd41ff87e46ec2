"""Modifier: modifiers that end a line, and those that only leave a note (spec §5, §9)."""

import pytest

from payrules.modifiers import _CHANGES_NOTHING
from tests.generated import words
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, in_dollars, line

CODES = by_hand(
    code("30001", "100.00", days="090", shares=(10, 70, 20), bilateral="9"),
    code("30002", "100.00", days="000", bilateral="1"),
    code("30053", "100.00", days="000"),
    code("30053", "50.00", "53", days="000"),
    code("30010", "100.00", days="010", shares=(0, 0, 100)),
)
GY = "GY: the practice says Medicare excludes it"
FACILITY = "modifiers 73 and 74 are for facilities, not for practitioners"
STOPPED = (
    "modifier 53 without a row of its own: a discontinued procedure is priced by the contractor"
)
NOT_TWO_SIDED = "bilateral indicator 9: modifier 50 does not apply to this code"
BEFORE = "modifier 56: the preoperative share is paid with modifier 54"
WHOLE = (
    "modifiers 54 and 55 need a procedure whose global payment is divided; this one has no"
    " percentages"
)
MORE = "modifier 22: full amount; the contractor considers more individually"
LESS = "modifier 52: full amount; the contractor considers less individually"


def denied(service: str, why: str, carc: str = "4"):
    return line(service, "0.00", why, status="denied", carc=carc)


def excluded(service: str):
    return line(service, "0.00", GY, status="denied", carc="96", codes=("PR", "96", None))


TABLE = CaseTable(
    "modifier",
    [
        case("GY is denied and the patient bears it", excluded("30002 GY")),
        case("73 is denied", denied("30002 73", FACILITY)),
        case("74 is denied", denied("30002 74", FACILITY)),
        case(
            "53 without a row of its own is by report",
            line("30002 53", None, STOPPED, status="by_report"),
        ),
        case("53 with a row of its own is paid that row", line("30053 53", "50.00")),
        case("50 on a code with indicator 9 is denied", denied("30001 50", NOT_TWO_SIDED)),
        case("56 is denied", denied("30001 56", BEFORE)),
        case("54 without percentages is denied", denied("30002 54", WHOLE)),
        case("55 without percentages is denied", denied("30002 55", WHOLE)),
        case("54 with percentages goes on", line("30001 54", "80.00", carc="B20")),
        case("55 with one percentage alone goes on", line("30010 55", "100.00")),
        # The first that matches decides, in the order GY, 73/74, 53, 50, 56, 54/55.
        case("GY goes before 73", excluded("30002 73 GY")),
        case("73 goes before 53", denied("30002 53 73", FACILITY)),
        case(
            "53 goes before 50",
            line("30001 50 53", None, STOPPED, status="by_report"),
        ),
        case("50 goes before 56", denied("30001 56 50", NOT_TWO_SIDED)),
        case("56 goes before 54", denied("30002 54 56", BEFORE)),
        case("22 is paid in full with a note", line("30002 22", "100.00", review=MORE)),
        case("52 is paid in full with a note", line("30002 52", "100.00", review=LESS)),
        case("22 and 52 leave both notes", line("30002 52 22", "100.00", review=f"{MORE}; {LESS}")),
        case(
            "an unknown modifier is named and never dropped",
            line("30002 ZQ", "100.00", review="unknown modifier ZQ: priced without it"),
        ),
        case(
            "every unknown modifier is named, and known ones are not",
            line("30002 4Z KX ZQ", "100.00", review="unknown modifier 4Z ZQ: priced without it"),
        ),
    ],
    CODES,
)


OWN_INDICATORS = CaseTable(
    "modifier",
    [
        case(
            "a payer that gives no percentages divides nothing and denies nothing",
            line("30001 54", "100.00"),
            line("30001 55", "100.00"),
        ),
        case("nor does it deny 50 without a bilateral indicator", line("30001 50", "100.00")),
        case("53 is by report there too", line("30001 53", None, STOPPED, status="by_report")),
    ],
    dollars=in_dollars(
        {"hcpcs_code": "30001", "facility_amount": "100.00", "nonfacility_amount": "100.00"}
    ),
)


@every_case(TABLE, OWN_INDICATORS)
def test_modifier(table: CaseTable, case) -> None:
    table.check(case)


SILENT = CaseTable(
    "modifier",
    [
        case(f"{silent} changes nothing", line(f"30002 {silent}", "100.00"))
        for silent in words(
            "51 59 XE XS XP XU 76 77 RT LT KX GC AG AQ GA GP GO GN P1 P2 P3 P4 P5 P6"
            " X1 X2 X3 X4 X5 95 25 57 24 58 79 E1 F9 TA LC LD"
        )
    ],
    CODES,
)


@every_case(SILENT)
def test_modifiers_that_change_no_amount_leave_no_note(table: CaseTable, case) -> None:
    table.check(case)


@pytest.mark.parametrize("known", _CHANGES_NOTHING)
def test_every_modifier_said_to_change_nothing_is_in_the_cases(known: str) -> None:
    assert f"{known} changes nothing" in {each.sentence for each in SILENT.cases}
