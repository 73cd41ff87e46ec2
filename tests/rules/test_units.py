"""Units: units multiply the amount (CMS Pub. 100-04, ch. 26, §10.4, item 24G)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("90001", "33.33"),
    code("90002", "100.00", bilateral="1"),
    code("J0001", "10.01"),
    code("J0002", "10.01", multiple="2"),
    code("90007", "30.00", multiple="2"),
    code("90003", "10.00", multiple="2"),
    code("90004", "20.00", multiple="2"),
    code("90005", "20.00", status="J"),
    code("90006", "1.00", pe="0.10", malpractice="0.01", multiple="5"),
)
SIXTH = (
    "sixth or later procedure: CMS prices these by report, at no less than 50 percent; paid at "
    "the percentage for later procedures"
)
TABLE = CaseTable(
    "units",
    [
        case("one unit is the amount", line("90001", "33.33")),
        case("three units are three amounts", line("90001", "99.99", "3 units", units=3)),
        case("ten units are ten amounts", line("90001", "333.30", "10 units", units=10)),
        # 10.01 × 2.5 = 25.025, half up
        case("a drug is billed in fractions", line("J0001", "25.03", "2.5 units", units="2.5")),
        case(
            "a fraction below one is rounded half up once",
            line("J0001", "5.01", "0.5 units", units="0.5"),
        ),
        case("a thousandth of a unit counts", line("J0001", "0.01", "0.001 units", units="0.001")),
        case(
            "two units of a bilateral code are used up by the bilateral rule",
            line("90002", "150.00", units=2),
        ),
        case(
            "each unit is ranked on its own",
            # 10.00 ranks after 20.00: 5.00 + 5.00 + 5.00
            line(
                "90003",
                "15.00",
                "3 units",
                units=3,
                carc="59",
                after="30.00",
                codes=(None, None, None),
            ),
            line("90004", "20.00"),
        ),
        case(
            "units of one line are ranked after its first",
            line(
                "90003",
                "20.00",
                "3 units",
                units=3,
                carc="59",
                after="30.00",
                codes=(None, None, None),
            ),
        ),
        case(
            # 20.00 + 998 × 10.00
            "however many they are",
            line(
                "90004",
                "10000.00",
                "999 units",
                units=999,
                carc="59",
                after="19980.00",
                codes=(None, None, None),
                review=SIXTH,
            ),
        ),
        case(
            # 10.01 × 2.5 = 25.03 goes before 20.00
            "a fraction is ranked as one amount",
            line("J0002", "25.03", "2.5 units", units="2.5"),
            line("90004", "10.00", carc="59"),
        ),
        case(
            # 25.03 after 30.00: half of it is 12.515
            "and is reduced as one",
            line(
                "J0002",
                "12.52",
                "2.5 units",
                units="2.5",
                carc="59",
                after="25.03",
                codes=(None, None, None),
            ),
            line("90007", "30.00"),
        ),
        case(
            "anesthesia's time is not counted in units",
            line("90005", None, status="by_report", units=5),
        ),
        case(
            "minutes of a code that is paid by the service leave a note",
            line(
                "90001",
                "99.99",
                "3 units",
                units=3,
                qualifier="MJ",
                review="3 minutes (MJ) were priced as units: this code is paid per service",
            ),
            line("90001", "33.33", qualifier="MJ", date="2025-06-03"),
        ),
        case(
            "a line denied before has no units",
            line("90001 GY", "0.00", status="denied", carc="96", units=3),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_units(table: CaseTable, case) -> None:
    table.check(case)
