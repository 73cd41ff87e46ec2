"""Bilateral: both sides, by the bilateral indicator (CMS Pub. 100-04, ch. 12, §40.7)."""

from tests.pricing_cases import (
    STARTER_TABLES,
    CaseTable,
    by_hand,
    case,
    code,
    every_case,
    line,
    parts,
)

# 100.05: a half is 50.025, one and a half 150.075; each rounds up.
CODES = by_hand(
    *(
        code(f"8000{n}", "100.05", bilateral=n, assistant="2", days="090", shares=(10, 70, 20))
        for n in "01239"
    ),
    code("80010", "60.00", bilateral="1", days="ZZZ"),
    code("80020", "80.00", bilateral="1", multiple="2", assistant="2"),
    code("80021", "80.00", bilateral="1", multiple="2", assistant="2"),
    code("80022", "100.00", bilateral="1", multiple="2"),
    *parts("80030", "30.00", "70.00", bilateral="3", multiple="4", family="88"),
    *parts("80031", "30.00", "70.00", bilateral="3"),
    *parts("80032", "30.00", "70.00", bilateral="1", multiple="4", family="88"),
    *parts("80033", "30.00", "70.00", bilateral="2", multiple="4", family="88"),
    code("80040", "100.00", bilateral="1", status="J"),
)
FIFTY = "bilateral indicator {}, modifier 50"
TWO = "bilateral indicator {}, two units"
FIRST = "bilateral indicator {}, first line of an RT and LT pair"
SECOND = "bilateral indicator {}, second line of an RT and LT pair"
MARK = (None, None, "N644")
SEVERAL = "modifier 50 with more than one unit: priced as one bilateral service"
WITHOUT_TABLE = "no CMS add-on table: any procedure in the session was accepted as primary"
ON_ONE_SIDE = "{} units on one side: each unit is priced as a service"
BOTH_NAMED = "bilateral indicator {}, RT and LT on one line"
READ_AS_BOTH = "RT and LT on one line: priced as both sides"
LEVELS = "2 units priced as both sides (CMS instruction); levels on one side need RT or LT"
ONE_MORE = (
    "both sides and one more, priced as three services; Medicare requires one line with 50 and "
    "one unit"
)
SAYS_ONE = "50 means both sides, {} means one: priced as both"


def sides(service: str, pays: str, why: str, indicator: str, **terms):
    """A line the rule meets, with its remark code in the trail."""
    return line(service, pays, why.format(indicator), **{"codes": MARK, **terms})


def half_side(service: str, pays: str, **terms):
    """The second line of a pair of indicator 1: paid at half, so a code says why."""
    codes = ("CO", "59", "N644")
    explained = {"carc": "59", "rarc": "N644", "codes": codes, "factor": "0.5"}
    return line(service, pays, SECOND.format("1"), **{**explained, **terms})


def second_side(service: str, indicator: str, **terms):
    """The second line of a pair that is paid with the first."""
    return line(
        service,
        "0.00",
        SECOND.format(indicator),
        status="bundled",
        carc="97",
        rarc="N644",
        factor="0",
        **terms,
    )


TABLE = CaseTable(
    "bilateral",
    [
        # Modifier 50.
        case("50 on indicator 0 is 100 %", sides("80000 50", "100.05", FIFTY, "0", factor="1")),
        case("50 on indicator 1 is 150 %", sides("80001 50", "150.08", FIFTY, "1", factor="1.5")),
        case("50 on indicator 2 is 100 %", sides("80002 50", "100.05", FIFTY, "2", factor="1")),
        case("50 on indicator 3 is 200 %", sides("80003 50", "200.10", FIFTY, "3", factor="2")),
        case(
            "50 on indicator 9 is denied before",
            line("80009 50", "0.00", status="denied", carc="4"),
        ),
        case(
            "50 with two units is one bilateral service with a note",
            sides("80001 50", "150.08", FIFTY, "1", units=2, review=SEVERAL),
        ),
        case(
            "50 with three units of indicator 0 is one service with a note",
            sides("80000 50", "100.05", FIFTY, "0", units=3, review=SEVERAL),
        ),
        # RT and LT on two lines.
        case(
            "RT and LT of indicator 0 pay one side",
            sides("80000 RT", "100.05", FIRST, "0"),
            second_side("80000 LT", "0"),
        ),
        case(
            "RT and LT of indicator 1 pay the second side half",
            sides("80001 RT", "100.05", FIRST, "1", factor="1"),
            half_side("80001 LT", "50.03"),
        ),
        case(
            "RT and LT of indicator 2 pay one side",
            sides("80002 RT", "100.05", FIRST, "2"),
            second_side("80002 LT", "2"),
        ),
        case(
            "RT and LT of indicator 3 pay both",
            sides("80003 RT", "100.05", FIRST, "3", factor="1"),
            sides("80003 LT", "100.05", SECOND, "3", factor="1"),
        ),
        case(
            "RT and LT of indicator 9 are two services",
            line("80009 RT", "100.05"),
            line("80009 LT", "100.05"),
        ),
        case(
            "first is by line number, whichever side it is",
            half_side("80001 LT", "50.03", number=7),
            sides("80001 RT", "100.05", FIRST, "1", number=4),
        ),
        case(
            "first is by claim as text: claim 10 before claim 9",
            half_side("80001 LT", "50.03", claim="bilateral 9"),
            sides("80001 RT", "100.05", FIRST, "1", claim="bilateral 10"),
            npi="1",
        ),
        case(
            "several pair in order of line, and a third side stays alone",
            sides("80001 RT", "100.05", FIRST, "1"),
            sides("80001 RT 76", "100.05", FIRST, "1"),
            half_side("80001 LT", "50.03"),
            half_side("80001 LT 76", "50.03"),
            line("80001 RT 77", "100.05"),
        ),
        case("RT alone is one service", line("80001 RT", "100.05")),
        case(
            "two lines of one side are two services",
            line("80001 LT", "100.05"),
            line("80001 LT 76", "100.05"),
        ),
        case(
            "two plain lines are two procedures",
            line("80001", "100.05"),
            line("80001 59", "100.05"),
        ),
        case(
            "RT beside 50 is no pair",
            line("80001 RT", "100.05", review=ONE_MORE),
            sides(
                "80001 50 LT", "150.08", FIFTY, "1", review=f"{SAYS_ONE.format('LT')}; {ONE_MORE}"
            ),
        ),
        case(
            "a line with both RT and LT is both sides, no side of a pair",
            sides("80001 RT LT", "150.08", BOTH_NAMED, "1", review=READ_AS_BOTH),
            line("80001 LT", "100.05"),
        ),
        case(
            "a side of two units is no side of a pair",
            line("80001 RT", "100.05"),
            line("80001 LT", "200.10", units=2, review=ON_ONE_SIDE.format("two")),
        ),
        case(
            "different codes are no pair",
            line("80001 RT", "100.05"),
            line("80000 LT", "100.05"),
        ),
        case(
            "different rows of a code are no pair",
            line("80031 RT 26", "30.00", pos="11"),
            line("80031 LT TC", "70.00", pos="11"),
        ),
        case(
            "26 on both sides is a pair",
            sides("80031 RT 26", "30.00", FIRST, "3"),
            sides("80031 LT 26", "30.00", SECOND, "3"),
        ),
        case(
            "78 on one side alone is no pair",
            line("80001 RT 78", "70.04", carc="B10"),
            line("80001 LT", "100.05"),
        ),
        case(
            # 78 pays 70 %: 70.035 and 35.021
            "78 on both sides is a pair",
            sides("80001 RT 78", "70.04", FIRST, "1", carc="B10"),
            half_side("80001 LT 78", "35.02", carc="B10", rarc=None),
        ),
        case(
            "another day, practitioner or role is no pair",
            line("80001 RT", "100.05", npi="1"),
            line("80001 LT", "100.05", npi="2"),
            line("80001 LT", "100.05", npi="1", date="2024-01-01"),
            line("80001 LT 80", "16.01", npi="1", carc="45", rarc="N646"),
        ),
        case(
            "a denied side leaves the other alone",
            line("80001 RT GY", "0.00", status="denied", carc="96"),
            line("80001 LT", "100.05"),
        ),
        # Two units.
        case("two units of indicator 0 are two services", line("80000", "200.10", units=2)),
        case(
            "two units of indicator 1 are both sides",
            sides("80001", "150.08", TWO, "1", units=2, factor="1.5"),
        ),
        case(
            "two units of indicator 2 are both sides", sides("80002", "100.05", TWO, "2", units=2)
        ),
        case(
            "two units of indicator 3 are both sides", sides("80003", "200.10", TWO, "3", units=2)
        ),
        case("two units of indicator 9 are two services", line("80009", "200.10", units=2)),
        case("three units are three services", line("80001", "300.15", units=3)),
        # RVU documentation, bilateral: a line that names one side is not reported as bilateral.
        *(
            case(
                f"units on one side are services of that side: {side}, indicator {n}",
                line(f"8000{n} {side}", "200.10", units=2, review=ON_ONE_SIDE.format("two")),
            )
            for side in ("RT", "LT")
            for n in "123"
        ),
        case(
            "three units on one side have the note too",
            line("80001 RT", "300.15", units=3, review=ON_ONE_SIDE.format(3)),
        ),
        case(
            "each unit on one side is ranked",
            line("80020 RT", "120.00", units=2, carc="59", review=ON_ONE_SIDE.format("two")),
        ),
        # 3.30
        case(
            "two plain units of an add-on are both sides, with a note on levels",
            line("80001", "100.05"),
            sides("80010", "90.00", TWO, "1", units=2, review=f"{WITHOUT_TABLE}; {LEVELS}"),
        ),
        case(
            "two units of an add-on on one side are two levels, without a note of sides",
            line("80001 RT", "100.05"),
            line("80010 RT", "120.00", units=2, review=WITHOUT_TABLE),
        ),
        # 3.31
        *(
            case(
                f"RT and LT on one line with {units} unit(s) are both sides of indicator {n}",
                sides(f"8000{n} RT LT", pays, BOTH_NAMED, n, units=units, review=READ_AS_BOTH),
            )
            for units in (1, 2)
            for n, pays in (("0", "100.05"), ("1", "150.08"), ("2", "100.05"), ("3", "200.10"))
        ),
        case(
            "RT and LT on one line of indicator 9 are units",
            line("80009 RT LT", "200.10", units=2),
        ),
        case(
            "three units of a line with RT and LT are three services",
            line("80001 RT LT", "300.15", units=3),
        ),
        # 3.32
        *(
            case(
                f"50 with {side} is priced as 50, with a note",
                sides(f"80001 50 {side}", "150.08", FIFTY, "1", review=SAYS_ONE.format(side)),
            )
            for side in ("RT", "LT")
        ),
        case("50 with RT and LT says one thing", sides("80001 50 RT LT", "150.08", FIFTY, "1")),
        # 3.33
        *(
            case(
                f"a line with 50 beside one with {other or 'neither'} of its code: notes on both",
                line(f"80001 {other}", "100.05", review=ONE_MORE),
                sides("80001 50", "150.08", FIFTY, "1", review=ONE_MORE),
            )
            for other in ("", "RT", "LT 59")
        ),
        case(
            "a line with 50 beside another code, session or row is one service on both sides",
            line("80002", "100.05"),
            sides("80001 50", "150.08", FIFTY, "1"),
            line("80001", "100.05", date="2024-06-03"),
            line("80031 26", "30.00", pos="11"),
            sides("80031 50 TC", "140.00", FIFTY, "3", pos="11"),
        ),
        case(
            "two lines with 50 say nothing of three services",
            sides("80001 50", "150.08", FIFTY, "1"),
            sides("80001 50 59", "150.08", FIFTY, "1"),
        ),
        case(
            "the care after an operation is no third service",
            line(
                "80001 54 50",
                "120.06",
                codes=MARK,
                why=FIFTY.format("1"),
                after="150.08",
                carc="B20",
            ),
            line("80001 55", "10.01", care=45, carc="B20"),
        ),
        case(
            "two units of indicator 0 with LT are two services without a note",
            line("80000 LT", "200.10", units=2),
        ),
        # An add-on, and what follows.
        case(
            "an add-on is bilateral too",
            sides("80001 50", "150.08", FIFTY, "1"),
            sides(
                "80010 50",
                "90.00",
                FIFTY,
                "1",
                review=WITHOUT_TABLE,
            ),
        ),
        case(
            "the bilateral amount is set before ranking: 120.00 goes before 100.00",
            sides("80020 50", "120.00", FIFTY, "1"),
            line("80022", "50.00", carc="59"),
        ),
        case(
            "a pair is ranked as one amount of 150 %",
            # 80.00 + 40.00 = 120.00, before 100.00
            sides("80020 RT", "80.00", FIRST, "1"),
            half_side("80020 LT", "40.00"),
            line("80022", "50.00", carc="59"),
        ),
        # Of indicators 4, 6, 7 a doubled amount stays two units.
        case(
            "indicator 3 with 50 takes part in the imaging pool as two units",
            # technical 70.00 + 35.00, professional 30.00 + 28.50
            sides(
                "80030 50",
                "163.50",
                FIFTY,
                "3",
                pos="11",
                factor="2",
                carc="59",
                codes=MARK,
                after="200.00",
            ),
        ),
        case(
            "indicator 3 with two units takes part as two units",
            sides("80030", "163.50", TWO, "3", pos="11", units=2, carc="59", codes=MARK),
        ),
        case(
            "indicators 1 and 2 take part as one unit",
            sides("80032 50", "150.00", FIFTY, "1", pos="11"),
            sides("80033 50", "100.00", FIFTY, "2", pos="11", npi="2", group="2"),
        ),
        case(
            "anesthesia has no sides",
            line("80040 50", None, status="by_report"),
        ),
    ],
    CODES,
)
# Facility, 2025: 64483 (1.90 + 1.27 + 0.16) × 32.3465 = 107.71; × 1.5 = 161.565;
# 64493 2.73 × 32.3465 = 88.31; half of it 44.155; 45385 7.51 × 32.3465 = 242.92.
STARTER_TABLE = CaseTable(
    "bilateral",
    [
        case(
            "both sides of a transforaminal injection before a facet joint's",
            sides("64483 50", "161.57", FIFTY, "1"),
            line("64493", "44.16", carc="59"),
        ),
        # 64484 (2.48 + 0.74 + 0.06) × 32.3465 = 106.10, office: read as both sides it was 159.15.
        case(
            "two levels of a transforaminal injection on the right side",
            line("64483 RT", "236.13", pos="11"),
            line("64484 RT", "212.20", units=2, pos="11"),
        ),
        case(
            "RT and LT on one line of an X-ray",
            # 73030: 1.04 × 32.3465 = 33.64
            sides("73030 RT LT", "67.28", BOTH_NAMED, "3", units=2, pos="11", review=READ_AS_BOTH),
        ),
        case("a bilateral colonoscopy is one", sides("45385 50", "242.92", FIFTY, "0")),
        case(
            "an epidural cannot be bilateral",
            line("62323 50", "0.00", status="denied", carc="4"),
        ),
    ],
    tables=STARTER_TABLES,
)


@every_case(TABLE, STARTER_TABLE)
def test_bilateral(table: CaseTable, case) -> None:
    table.check(case)
