"""Lesser of: no more is allowed than was charged (SSA 1848(a)(1))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    *(code(f"8000{n}", "100.00", bilateral=n, days="090", shares=(10, 70, 20)) for n in "01239"),
    code("80010", status="C"),
    code("80020", "80.00", multiple="2"),
    code("80021", "60.00", multiple="2"),
)
LINE = "the charge is less than the amount"
PAIR = "the charge for both sides is less than the amount for both sides"


def charged(service: str, charge: str, why: str = LINE, **terms):
    """A line cut to its charge."""
    return line(service, charge, why, charge=charge, **{"carc": "45", **terms})


def half_side(service: str, **terms):
    """The second line of a pair of indicator 1: its code is the bilateral rule's."""
    return line(service, "50.00", carc="59", rarc="N644", **terms)


def bundled_side(service: str, **terms):
    return line(service, "0.00", status="bundled", carc="97", rarc="N644", **terms)


TABLE = CaseTable(
    "lesser_of_charge",
    [
        case("a lower charge is the allowed amount", charged("80000", "99.99")),
        case("a charge of the amount changes nothing", line("80000", "100.00", charge="100.00")),
        case("a higher charge changes nothing", line("80000", "100.00", charge="100.01")),
        case("without a charge there is no lesser-of", line("80000", "100.00")),
        case("a charge of nothing allows nothing", charged("80000", "0.00")),
        case(
            "the charge is for the line, whatever its units",
            charged("80009", "250.00", units=3),
            line("80009", "300.00", units=3, charge="300.00"),
        ),
        case(
            "with 50 the line's charge is compared with both sides", charged("80001 50", "149.99")
        ),
        case(
            "the charge is compared with what ranking left",
            line("80020", "80.00", charge="90.00"),
            line("80021", "30.00", charge="31.00", carc="59"),
        ),
        case(
            "a lower charge after ranking",
            line("80020", "80.00", charge="90.00"),
            charged("80021", "29.00"),
        ),
        case(
            "a denied line stays at nothing",
            line("80000 GY", "0.00", status="denied", carc="96", charge="50.00"),
        ),
        case(
            "a line by report stays without an amount",
            line("80010", None, status="by_report", charge="50.00"),
        ),
        # RT and LT.
        case(
            "a pair charged more than both amounts together is cut on neither side",
            line("80001 RT", "100.00", charge="40.00"),
            half_side("80001 LT", charge="110.01"),
        ),
        case(
            "a pair charged as much as both amounts",
            line("80001 RT", "100.00", charge="40.00"),
            half_side("80001 LT", charge="110.00"),
        ),
        case(
            "a pair charged less is paid its own charges, one side up, one down",
            line("80001 RT", "40.00", PAIR, charge="40.00", carc="45"),
            # Paid as billed: the code of the half that bilateral left is no longer true.
            line("80001 LT", "109.99", PAIR, charge="109.99"),
        ),
        *(
            case(
                f"a pair of indicator {n} charged less: the bundled side is paid its charge",
                line(f"8000{n} RT", "60.00", PAIR, charge="60.00", carc="45"),
                line(f"8000{n} LT", "39.99", PAIR, charge="39.99"),
            )
            for n in "02"
        ),
        *(
            case(
                f"a pair of indicator {n} charged nothing for the bundled side: it is paid that",
                line(f"8000{n} RT", "99.99", PAIR, charge="99.99", carc="45"),
                line(f"8000{n} LT", "0.00", PAIR, charge="0.00"),
            )
            for n in "02"
        ),
        case(
            "a side charged what the rules left of it keeps the code of what reduced it",
            line("80001 RT", "40.00", PAIR, charge="40.00", carc="45"),
            half_side("80001 LT", charge="50.00"),
        ),
        *(
            case(
                f"a pair of indicator {n} charged more: the second side stays bundled",
                line(f"8000{n} RT", "100.00", charge="60.00"),
                bundled_side(f"8000{n} LT", charge="40.01"),
            )
            for n in "02"
        ),
        case(
            "of indicator 3 each side has its own lesser-of",
            charged("80003 RT", "60.00"),
            line("80003 LT", "100.00", charge="300.00"),
        ),
        case(
            "of indicator 9 each line has its own",
            charged("80009 RT", "60.00"),
            line("80009 LT", "100.00", charge="300.00"),
        ),
        *(
            case(
                f"a pair without the {side} charge has no lesser-of",
                line("80001 RT", "100.00", **first),
                half_side("80001 LT", **second),
            )
            for side, first, second in (
                ("first", {}, {"charge": "1.00"}),
                ("second", {"charge": "1.00"}, {}),
            )
        ),
        case(
            "a pair of indicator 2 without one charge stays as it is",
            line("80002 RT", "100.00", charge="1.00"),
            bundled_side("80002 LT"),
        ),
        case(
            "RT alone has its own lesser-of",
            charged("80001 RT", "60.00"),
        ),
        case(
            # 70.00 and 35.00 after 78
            "a pair is compared with what the rules left of it",
            line("80001 RT 78", "30.00", PAIR, charge="30.00", carc="45"),
            line("80001 LT 78", "60.00", PAIR, charge="60.00"),
        ),
    ],
    CODES,
)
# 45385, facility, 2025: 242.92
STARTER_TABLE = CaseTable(
    "lesser_of_charge",
    [
        case(
            "a real pair charged 220.00 together",
            line("45385 RT", "100.00", PAIR, charge="100.00", carc="45"),
            line("45385 LT", "120.00", PAIR, charge="120.00"),
        ),
    ],
)


@every_case(TABLE, STARTER_TABLE)
def test_lesser_of_charge(table: CaseTable, case) -> None:
    table.check(case)
