"""Modifier: modifiers that end a line, and those that leave a note (Pub. 100-04, ch. 12, §30.1)."""

from datetime import date

import polars as pl
import pytest

from payrules.claims import columns, modifiers
from payrules.claims.modifiers import modifier_table
from payrules.dated import Dated
from payrules.engine.rule import Tables
from payrules.errors import RuleError
from payrules.payers.medicare import RULES
from payrules.rules.modifier import modifier
from tests.generated import words
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, in_dollars, line

CODES = by_hand(
    code("30001", "100.00", days="090", shares=(10, 70, 20), bilateral="9"),
    code("30002", "100.00", days="000", bilateral="1"),
    code("30053", "100.00", days="000"),
    code("30053", "50.00", "53", days="000"),
    code("30010", "100.00", days="010", shares=(0, 0, 100)),
)
GY = "GY: the practice reports a service that Medicare excludes"
FACILITY = "modifiers 73 and 74 are for facilities, not practitioners"
STOPPED = "modifier 53 without its own fee schedule row: contractor-priced"
NOT_TWO_SIDED = "bilateral indicator 9: modifier 50 does not apply to this code"
BEFORE = "modifier 56: the preoperative share is paid with modifier 54"
WHOLE = (
    "modifiers 54 and 55 need a procedure with split global payment; this one has no percentages"
)
MORE = "modifier 22: full amount; the payer decides on additional payment case by case"
LESS = "modifier 52: full amount; the payer decides on a reduction case by case"


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
        case("55 with one percentage alone goes on", line("30010 55", "100.00", care=10)),
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


IN_FULL = "54 or 55: this code's global payment is not split; paid in full"
OWN_INDICATORS = CaseTable(
    "modifier",
    [
        case(
            "a payer that gives no percentages divides nothing and denies nothing",
            line("30001 54", "100.00", review=IN_FULL),
            line("30001 55", "100.00", review=IN_FULL),
        ),
        case("nor does it deny 50 without a bilateral indicator", line("30001 50", "100.00")),
        case("53 is by report there too", line("30001 53", None, STOPPED, status="by_report")),
    ],
    dollars=in_dollars(
        {"hcpcs_code": "30001", "facility_amount": "100.00", "nonfacility_amount": "100.00"}
    ),
)
# CMS Pub. 100-04, ch. 12, §40.4: of such days nothing is divided, with or without percentages.
OWN_DAYS = CaseTable(
    "modifier",
    [
        case(
            f"a payer's own {days} global days divide no payment between {mod} and another",
            denied(
                f"3{place}000 {mod}",
                "modifiers 54 and 55 need a procedure with split global payment; global days"
                f" {days} has none",
            ),
        )
        for place, days in enumerate(("000", "MMM", "XXX", "YYY", "ZZZ"))
        for mod in ("54", "55")
    ],
    dollars=in_dollars(
        *(
            {
                "hcpcs_code": f"3{place}000",
                "facility_amount": "100.00",
                "nonfacility_amount": "100.00",
                "global_days": days,
            }
            for place, days in enumerate(("000", "MMM", "XXX", "YYY", "ZZZ"))
        )
    ),
)


@every_case(TABLE, OWN_INDICATORS, OWN_DAYS)
def test_modifier(table: CaseTable, case) -> None:
    table.check(case)


SILENT = CaseTable(
    "modifier",
    [
        case(f"{silent} changes nothing", line(f"30002 {silent}", "100.00"))
        for silent in words(
            "51 59 XE XS XP XU 76 77 RT LT KX GC AG AQ GP GO GN P1 P2 P3 P4 P5 P6"
            " X1 X2 X3 X4 X5 95 25 57 24 58 79 E1 F9 TA LC LD"
        )
    ],
    CODES,
)


@every_case(SILENT)
def test_modifiers_that_change_no_amount_leave_no_note(table: CaseTable, case) -> None:
    table.check(case)


NOTICES = "GX with GA, GZ, EY, GL, KB, QL or TQ: contradictory modifiers"
CONTRADICTION = "a line may have only one of GA, GZ and GY: contradictory modifiers"
GZ = "GZ: the practice expects a medical necessity denial and gave no notice"
MAINTENANCE = "spinal manipulation without AT is maintenance care"
WRONG = (
    "PA, PB, PC: surgery on the wrong body part or patient, or the wrong surgery, is never covered"
)
SENT_OUT = "modifier 90: a test sent to a reference laboratory is billed by that laboratory"
GX_ALONE = "GX alone: CR 6563 returns lines with covered charges; add GY"
GA = "GA: if it is denied for medical necessity, the patient owes it (group PR, such as PR 50)"
BY_REVIEW = "GZ: before automatic denial began, the contractor decided each line"
OFFICE_SPLIT = "FS: split visits are payable in facilities only"
BY_95 = (
    "modifier 95 outside places of service 02 and 10 is for a clinician in the hospital with "
    "the patient at home, and for outpatient therapy"
)
TELEHEALTH_ENDS = (
    "telehealth: for other than behavioral health, the law pays telehealth at home only until "
    "2027-12-31"
)
VISITS = by_hand(
    code("20610", "60.00", days="000", multiple="2", bilateral="1"),
    code("64493", "100.00", days="000", multiple="2", bilateral="1"),
    *(code(each, "40.00", days="000") for each in words("98940 98941 98942")),
    code("98943", status="N"),
    *(
        code(each, "100.00")
        for each in words(
            "99202 99203 99204 99205 99211 99212 99213 99214 99215 G0402 G0438 G0439 99221 90832"
        )
    ),
    code("97110", "30.00", multiple="5"),
    code("00142", status="J"),
    code("99024", status="B"),
    anesthesia={"national": "20.0000"},
)


def owed(service: str, why: str, carc: str, **terms):
    return line(service, "0.00", why, status="denied", carc=carc, codes=("PR", carc, None), **terms)


def not_allowed(service: str, **terms):
    code_ = service.split(maxsplit=1)[0]
    why = f"GE: the primary care exception for residents does not cover {code_}"
    return line(service, "0.00", why, status="denied", carc="4", **terms)


NOTICES_AND_COVERAGE = CaseTable(
    "modifier",
    [
        # 3.1
        case(
            "GZ is denied without review, bears no rank and takes no deductible",
            line("64493 RT GZ", "0.00", GZ, status="denied", carc="50", deducted="0.00"),
            line("20610 RT", "60.00", deducted="60.00"),
            deductible="100.00",
        ),
        case(
            "GZ was denied automatically from 2011-07-01",
            line("20610 GZ", "60.00", review=BY_REVIEW, date="2011-06-30"),
        ),
        case(
            "from that day on it is denied",
            line("20610 GZ", "0.00", GZ, status="denied", carc="50", date="2011-07-01"),
        ),
        case("GZ goes before 73", line("20610 73 GZ", "0.00", GZ, status="denied", carc="50")),
        case(
            "GZ on anesthesia",
            line("00142 AA GZ", "0.00", GZ, status="denied", carc="50", minutes=30, fee="100.00"),
        ),
        # 3.2, 3.3
        case("GX with GY is GY's denial", owed("20610 GX GY", GY, "96")),
        case("GX alone is priced with a note", line("20610 GX", "60.00", review=GX_ALONE)),
        *(
            case(
                f"GX with {other} is returned",
                line(f"20610 {other} GX", "0.00", NOTICES, status="denied", carc="4"),
            )
            for other in words("GA GZ EY GL KB QL TQ")
        ),
        case(
            "that goes before GY",
            line("20610 GX GY EY", "0.00", NOTICES, status="denied", carc="4"),
        ),
        *(
            case(f"{other} alone says nothing", line(f"20610 {other}", "60.00"))
            for other in words("EY GL KB QL TQ")
        ),
        # 3.4, 3.5
        case("GA is priced with a note", line("20610 GA", "60.00", review=GA)),
        case("GU says the same", line("20610 GU", "60.00", review=GA.replace("GA:", "GU:"))),
        *(
            case(
                f"{pair} contradict each other",
                line(f"20610 {pair}", "0.00", CONTRADICTION, status="denied", carc="4"),
            )
            for pair in ("GA GZ", "GY GA", "GZ GY", "GA GZ GY")
        ),
        # 3.6
        *(
            case(f"{chiro} with AT is paid", line(f"{chiro} AT", "40.00"))
            for chiro in words("98940 98941 98942")
        ),
        *(
            case(
                f"{chiro} without AT is maintenance care",
                line(chiro, "0.00", MAINTENANCE, status="denied", carc="50"),
            )
            for chiro in words("98940 98941 98942")
        ),
        case(
            "with GA the patient owes it",
            owed("98940 GA", f"{MAINTENANCE}; GA: the patient owes it", "50"),
        ),
        case("AT was asked for from 2004-10-01", line("98940", "40.00", date="2004-09-30")),
        case(
            "and is since that day",
            line("98940", "0.00", MAINTENANCE, status="denied", carc="50", date="2004-10-01"),
        ),
        case(
            "AT with GA is paid with both notes",
            line(
                "98940 AT GA", "40.00", review=f"{GA}; AT with GA: some contractors reject the pair"
            ),
        ),
        case(
            "98943 is not covered by its status",
            line("98943", "0.00", status="denied", carc="96", fee=None),
        ),
        # 3.7
        *(
            case(
                f"{wrong} is never covered",
                line(f"20610 {wrong}", "0.00", WRONG, status="denied", carc="233"),
            )
            for wrong in words("PA PB PC")
        ),
        # 3.8
        *(
            case(f"GE holds {visit}", line(f"{visit} GE", "100.00"))
            for visit in words("99202 99203 99211 99212 99213 G0402 G0438 G0439")
        ),
        *(
            case(
                f"GE held {visit} in the emergency only",
                not_allowed(
                    f"{visit} GE", date="2020-02-29", person=f"{visit} a", claim=f"{visit} a"
                ),
                line(
                    f"{visit} GE",
                    "100.00",
                    date="2020-03-01",
                    person=f"{visit} b",
                    claim=f"{visit} b",
                ),
                line(
                    f"{visit} GE",
                    "100.00",
                    date="2023-05-11",
                    person=f"{visit} c",
                    claim=f"{visit} c",
                ),
                not_allowed(
                    f"{visit} GE", date="2023-05-12", person=f"{visit} d", claim=f"{visit} d"
                ),
            )
            for visit in words("99204 99205 99214 99215")
        ),
        case("GE holds no other code", not_allowed("99221 GE")),
        case("GC holds every code", line("99221 GC", "100.00")),
        # 3.9
        case(
            "90 is denied from a practice",
            line("20610 90", "0.00", SENT_OUT, status="denied", carc="4"),
        ),
        case("QW says nothing", line("20610 QW", "60.00")),
        # In the order of the numbers.
        case("GY before AT", owed("98940 GY", GY, "96")),
        case("AT before PA", line("98940 PA", "0.00", MAINTENANCE, status="denied", carc="50")),
        case("PA before GE", line("99221 GE PA", "0.00", WRONG, status="denied", carc="233")),
        case("GE before 90", not_allowed("99221 90 GE")),
        case("90 before 74", line("20610 74 90", "0.00", SENT_OUT, status="denied", carc="4")),
        # 3.17
        case("FS in a facility says nothing", line("99221 FS", "100.00", pos="21")),
        case(
            "a nurse practitioner's split visit is paid 85 percent",
            line("99221 FS", "85.00", pos="21", kind="nurse_practitioner", carc="45"),
        ),
        case(
            "FS in an office leaves a note",
            line("99213 FS", "100.00", pos="11", review=OFFICE_SPLIT),
        ),
        # 3.18
        *(
            case(f"95 in place {place} says nothing", line("99213 95", "100.00", pos=place))
            for place in words("02 10 19 21 22 23")
        ),
        case("95 in an office leaves a note", line("99213 95", "100.00", pos="11", review=BY_95)),
        case("not before 2024", line("99213 95", "100.00", pos="11", date="2023-12-31")),
        case("nor with a therapy plan", line("99213 95 GP", "100.00", pos="11")),
        case("nor on therapy", line("97110 95", "30.00", pos="11")),
        case(
            "nor by a therapist",
            line("99213 95", "100.00", pos="11", kind="speech_language_pathologist"),
        ),
        *(
            case(f"{silent} is silent in an office", line(f"99213 {silent}", "100.00", pos="11"))
            for silent in words("93 FQ GT GQ")
        ),
        case(
            "telehealth after 2027 leaves a note",
            line("99213", "100.00", pos="10", date="2028-01-01", review=TELEHEALTH_ENDS),
        ),
        case(
            "by modifier 95 too",
            line("99213 95", "100.00", pos="22", date="2028-01-01", review=TELEHEALTH_ENDS),
        ),
        case("not for behavioral health", line("90832", "100.00", pos="10", date="2028-01-01")),
        case("nor in an office", line("99213", "100.00", pos="11", date="2028-01-01")),
        case("nor on the last day", line("99213", "100.00", pos="10", date="2027-12-31")),
        # 3.10
        case(
            "99024 is bundled",
            line("99024", "0.00", status="bundled", carc="97", fee=None),
        ),
    ],
    VISITS,
    tables=Tables(
        anesthesia_base_units=pl.DataFrame(
            {
                "hcpcs_code": ["00142"],
                "base_units": [3],
                "effective_from": [date(1992, 1, 1)],
                "effective_to": [None],
            },
            schema_overrides={"effective_to": pl.Date},
        )
    ),
)
KEEPS_ITS_OWN = CaseTable(
    "modifier",
    [
        case("a payer may pay GZ", line("20610 GZ", "60.00", review=BY_REVIEW)),
        case("and maintenance care", line("98940", "40.00")),
        case("and more visits of residents", line("99215 GE", "100.00")),
    ],
    VISITS,
    rules=[
        modifier.on_terms(
            cites="a contract",
            gz_denied=Dated({"1992-01-01": "0"}, cites="a contract"),
            maintenance_denied=Dated({"1992-01-01": "0"}, cites="a contract"),
            resident_exception_widened=Dated({"1992-01-01": "1"}, cites="a contract"),
        )
        if each.name == "modifier"
        else each
        for each in RULES
    ],
)


@every_case(NOTICES_AND_COVERAGE, KEEPS_ITS_OWN)
def test_notices_and_coverage(table: CaseTable, case) -> None:
    table.check(case)


# -- the table of modifiers ---------------------------------------------------------------------


def test_every_modifier_that_a_rule_reads_is_in_the_table() -> None:
    assert set(modifiers._FLAGS) <= set(modifier_table())


def test_the_table_holds_427_modifiers_of_which_396_are_in_force() -> None:
    rows = modifier_table().values()
    assert (len(rows), sum(row.in_force for row in rows)) == (427, 396)
    assert all(row.medicare_does and row.citation for row in rows)


def test_modifiers_that_no_rule_tells_apart_are_asked_for_together() -> None:
    assert modifiers.flags(["QK", "QX", "QY"]) == modifiers.flags(["QY", "QX", "QK"])
    with pytest.raises(RuleError, match="QK QX QY share one flag"):
        modifiers.flags(["QK"])


def remarks_on(*billed: str) -> list[str | None]:
    empty = {name: [None] * len(billed) for name in columns.MODIFIERS}
    lines = pl.DataFrame(
        empty | {"hcpcs_modifier_1": list(billed)},
        schema=dict.fromkeys(columns.MODIFIERS, pl.String),
    )
    return modifiers.encode(lines)["modifier_remarks"].to_list()


def test_no_modifier_of_the_table_is_unknown() -> None:
    known = list(modifier_table())
    said = dict(zip(known, remarks_on(*known), strict=True))
    assert [each for each in said.values() if each and "unknown" in each] == []
    for name in words("QS AI JZ FS Q5 Q6 Q7 Q8 Q9 AT 93 KX X1 P6 F9 AQ U1"):
        assert said[name] is None


def test_an_ended_modifier_is_said_to_have_ended() -> None:
    ended = [name for name, row in modifier_table().items() if not row.in_force]
    assert remarks_on(*ended) == [f"modifier {name} has ended" for name in ended]
    assert "CH" in ended


def test_a_modifier_whose_own_rule_is_not_worked_out_says_so() -> None:
    """Until a hospital's own outpatient services are parted, ordinary figures are not silent."""
    said = remarks_on("PD", "26", "PT", "33", "CS", "Q3", "JW", "JZ")
    assert said[0] == "modifier PD: Medicare's own rule for it is not worked out here"
    assert said[1:] == [None] * 7


def test_ambulance_trips_are_known_each_place_once() -> None:
    assert remarks_on("RH", "NX", "SI") == [None, None, None]
    assert remarks_on("NN", "RZ", "28") == [
        f"unknown modifier {each}: priced without it" for each in ("NN", "RZ", "28")
    ]


def test_several_remarks_of_a_line_are_all_said() -> None:
    table = CaseTable(
        "modifier",
        [
            case(
                "each",
                line(
                    "30002 4Z CH MA ZQ",
                    "100.00",
                    review="unknown modifier 4Z ZQ: priced without it; modifier CH has ended;"
                    " modifier MA has ended",
                ),
            )
        ],
        CODES,
    )
    table.check(table.cases[0])
