"""Equipment: CT, FX and FY reduce the technical part (SSA 1834(p), 1848(b)(9))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line, parts

CODES = by_hand(
    *parts("70001", "30.00", "70.01"),
    *parts("70002", "30.00", "70.00", cap="50.00"),
    *parts("70003", "30.00", "70.00", multiple="4", family="88"),
    *parts("70004", "90.00", "500.00", multiple="4", family="88"),
    *parts("70005", "30.00", "70.00", bilateral="1"),
    code("70006", "40.00", pctc="3"),
    code("70007", "40.00", pctc="0"),
    *parts("70008", "30.00", "70.01", multiple="2"),
    code("70009", "200.00", multiple="2"),
)
NO_PART = "CT, FX or FY has no effect on a line without a technical component"


def old(service: str, pays: str, share: str, left: str, **terms):
    why = f"technical component of ${share} paid at ${left} for the equipment used"
    return line(service, pays, why, carc="237", **{"pos": "11", **terms})


TABLE = CaseTable(
    "equipment",
    [
        # 70.01 × 0.85 = 59.5085; × 0.80 = 56.008; × 0.90 = 63.009
        case("CT pays 85 % of the technical part", old("70001 CT", "89.51", "70.01", "59.51")),
        case("FX pays 80 %", old("70001 FX", "86.01", "70.01", "56.01")),
        case("FY pays 90 %", old("70001 FY", "93.01", "70.01", "63.01")),
        case("a technical line is all technical", old("70001 TC FX", "56.01", "70.01", "56.01")),
        case("a technical code is all technical", old("70006 FX", "32.00", "40.00", "32.00")),
        # In the order CT, FX, FY, each rounded: 59.51 × 0.80 = 47.608; 47.61 × 0.90 = 42.849
        case(
            "all three, in their order, each rounded",
            old("70001 FY FX CT", "72.85", "70.01", "42.85"),
        ),
        case("CT and FX", old("70001 FX CT", "77.61", "70.01", "47.61")),
        # 56.01 × 0.90 = 50.409
        case("FX and FY", old("70001 FY FX", "80.41", "70.01", "50.41")),
        *(
            case(
                f"a professional line with {mod} is paid in full with a note",
                line(f"70001 26 {mod}", "30.00", pos="11", review=NO_PART),
            )
            for mod in ("CT", "FX", "FY")
        ),
        case(
            "a code without parts is paid in full with a note",
            line("70007 FX", "40.00", review=NO_PART),
        ),
        case(
            "the line's whole technical share is rounded once",
            # 140.02 × 0.80 = 112.016
            old("70001 FX", "172.02", "140.02", "112.02", units=2),
        ),
        case(
            "after the cap: 50.00 × 0.80",
            old("70002 FX", "70.00", "50.00", "40.00"),
        ),
        case(
            "after the imaging rule: 35.00 × 0.80 and 28.50",
            line("70004", "590.00", pos="11"),
            old("70003 FX", "56.50", "35.00", "28.00"),
        ),
        case(
            "of two units of one line: (70.00 + 35.00) × 0.80 and 30.00 + 28.50",
            old("70003 FX", "142.50", "105.00", "84.00", units=2),
        ),
        case(
            "a bilateral unit's technical share is scaled like the unit",
            # 105.00 × 0.80 and 45.00
            old("70005 50 FX", "129.00", "105.00", "84.00"),
        ),
        # Of what ranking left (SSA 1834(p), 1848(b)(9)). 50.01 of 100.01, 35.01 of 70.01; × 0.85.
        case(
            "of a ranked line the technical part that ranking left",
            line("70009", "200.00", pos="11"),
            old("70008 CT", "44.76", "35.01", "29.76"),
        ),
        case(
            "of two ranked units the technical part of each at its place",
            # 100.01 + 50.01 = 150.02; (70.01 + 35.01) × 0.80 = 84.016
            old("70008 FX", "129.02", "105.02", "84.02", units=2),
        ),
        case(
            "of the first ranked line the whole technical part",
            old("70008 FX", "86.01", "70.01", "56.01"),
            line("70006", "40.00", pos="11"),
            line("70008 26", "15.00", pos="11", carc="59"),
        ),
        # The dates.
        case("CT before 2016", line("70001 CT", "100.01", pos="11", date="2015-12-31")),
        # 70.01 × 0.95 = 66.5095
        *(
            case(f"CT on {day}", old("70001 CT", "96.51", "70.01", "66.51", date=day))
            for day in ("2016-01-01", "2016-12-31")
        ),
        case("CT from 2017", old("70001 CT", "89.51", "70.01", "59.51", date="2017-01-01")),
        case("FX before 2017", line("70001 FX", "100.01", pos="11", date="2016-12-31")),
        case("FX from 2017", old("70001 FX", "86.01", "70.01", "56.01", date="2017-01-01")),
        case("FY before 2018", line("70001 FY", "100.01", pos="11", date="2017-12-31")),
        # 70.01 × 0.93 = 65.1093
        *(
            case(f"FY on {day}", old("70001 FY", "95.11", "70.01", "65.11", date=day))
            for day in ("2018-01-01", "2022-12-31")
        ),
        case("FY from 2023", old("70001 FY", "93.01", "70.01", "63.01", date="2023-01-01")),
        case(
            "of two, only the one in force reduces",
            old("70001 FX FY", "86.01", "70.01", "56.01", date="2017-12-31"),
        ),
    ],
    CODES,
)
# Office, 2025: 71046: 1.01 × 32.3465 = 32.67; TC 0.70 → 22.64; × 0.80 = 18.112.
STARTER_TABLE = CaseTable(
    "equipment",
    [case("a real film", old("71046 FX", "28.14", "22.64", "18.11"))],
)


@every_case(TABLE, STARTER_TABLE)
def test_equipment(table: CaseTable, case) -> None:
    table.check(case)
