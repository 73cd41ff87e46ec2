"""One operation: 54 and 55, or 26 and TC, are ranked once (Pub. 100-04, ch. 12, §40.4)."""

from payrules.payers.medicare import RULES
from payrules.rules.multiple_procedure import multiple_procedure
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line, parts

SHARES = (10, 69, 21)
CODES = by_hand(
    code("20000", "100.05", days="090", shares=SHARES, multiple="2", bilateral="1"),
    code("20001", "90.00", days="090", shares=SHARES, multiple="2", bilateral="1"),
    code("20002", "120.00", days="090", shares=SHARES, multiple="2", bilateral="1"),
    code("20003", "100.00", days="010", shares=(10, 80, 10), multiple="2"),
    code("20004", "100.00", days="090", shares=SHARES, multiple="2", bilateral="2"),
    code("20005", "100.00", days="090", shares=SHARES),
    code("20006", "81.00", multiple="2"),
    # A family of scopes: its base, and two members.
    code("30000", "40.00", multiple="2", days="090", shares=SHARES),
    code("30001", "100.00", multiple="3", base="30000", days="090", shares=SHARES),
    code("30002", "80.00", multiple="3", base="30000", days="090", shares=SHARES),
    *parts("50001", "60.01", "40.00", multiple="2"),
    *parts("50002", "30.00", "30.00", multiple="2", bilateral="3"),
    *parts("50003", "30.00", "70.00", multiple="4", family="88"),
)


def one(of: str, claim: str, number: int) -> str:
    return f"{of}, with claim {claim} line {number}: ranked as one"


OPERATION, TEST = "54 and 55 of one operation", "26 and TC of one test"
ON_ONE_SIDE = "two units on one side: each unit is priced as a service"
ALONE = "55 without its line with 54: not an operation on this day, so not ranked"


def of_operation(service: str, pays: str, claim: str, number: int, **terms):
    """A line with 54 or 55 of an operation whose other line it names."""
    # Split care's code is the line's; this rule's step has none.
    terms = {"carc": "B20", "codes": (None, None, None), **terms}
    return line(service, pays, one(OPERATION, claim, number), claim=claim, **terms)


def of_test(service: str, pays: str, claim: str, number: int, **terms):
    terms = {"codes": (None, None, None), **terms}
    return line(service, pays, one(TEST, claim, number), claim=claim, **terms)


def alone(service: str, pays: str, **terms):
    terms = {"carc": "B20", "codes": (None, None, None), "care": 90, **terms}
    return line(service, pays, ALONE, **terms)


TABLE = CaseTable(
    "one_operation",
    [
        # 100.05 × 0.79 = 79.0395; × 0.21 × 60 / 90 = 14.007
        case(
            "54 and 55 of one operation are no second procedure to each other",
            of_operation("20000 54", "79.04", "a1", 2),
            of_operation("20000 55", "14.01", "a1", 1, care=60),
        ),
        # 79.04 + 14.01 = 93.05, beside 90.00.
        case(
            "ranked first by the sum of what is left of both, both are paid in full",
            of_operation("20000 54", "79.04", "a2", 2),
            of_operation("20000 55", "14.01", "a2", 1, care=60),
            line("20001", "45.00", carc="59", claim="a2"),
        ),
        # 79.04 + 2.33 (ten days) = 81.37, below 90.00: 50.03 × 0.79 and × 0.21 × 10 / 90.
        case(
            "ranked second by that sum, both take the later share",
            of_operation("20000 54", "39.52", "a3", 2),
            of_operation("20000 55", "1.17", "a3", 1, care=10),
            line("20001", "90.00", claim="a3"),
        ),
        # 79.04 + 1.87 (eight days) = 80.91, below 81.00; with nine days 2.10 and 81.14, above.
        case(
            "the sum decides to the cent: eight days of care",
            of_operation("20000 54", "39.52", "a4", 2),
            of_operation("20000 55", "0.93", "a4", 1, care=8),
            line("20006", "81.00", claim="a4"),
        ),
        case(
            "the sum decides to the cent: nine days of care",
            of_operation("20000 54", "79.04", "a5", 2),
            of_operation("20000 55", "2.10", "a5", 1, care=9),
            line("20006", "40.50", carc="59", claim="a5"),
        ),
        case(
            "the care may stand on the earlier line",
            of_operation("20000 55", "14.01", "a6", 2, care=60),
            of_operation("20000 54", "79.04", "a6", 1),
        ),
        case(
            "days in the units field are one line of care",
            of_operation("20000 54", "79.04", "a7", 2),
            of_operation("20000 55", "14.01", "a7", 1, units=60),
        ),
        case(
            "of ten global days",
            # 100.00 × 0.90; × 0.10 × 7 / 10
            of_operation("20003 54", "90.00", "a8", 2),
            of_operation("20003 55", "7.00", "a8", 1, care=7),
        ),
        case(
            "a surgeon and an optometrist are two practitioners, and the care is no operation",
            line("20000 54", "79.04", carc="B20", npi="1"),
            alone("20000 55", "14.01", npi="2", care=60),
        ),
        case(
            "care alone neither is ranked nor makes another second",
            alone("20000 55", "21.01"),
            line("20001", "90.00"),
        ),
        case(
            "the care of another code, side or role is alone",
            line("20001 54", "71.10", carc="B20"),
            alone("20000 55", "21.01"),
            alone("20001 55 RT", "18.90"),
        ),
        case(
            "two fingers are two operations",
            line("20000 54 F1", "79.04", carc="B20"),
            alone("20000 55 F2", "21.01"),
        ),
        case(
            "of one finger they are one",
            of_operation("20000 54 F1", "79.04", "a9", 2),
            of_operation("20000 55 F1", "21.01", "a9", 1, care=90),
        ),
        case(
            "78 on one of them parts them",
            line("20000 54", "79.04", carc="B20"),
            alone("20000 55 78", "14.50", carc="B10"),
        ),
        case(
            "two units with 54 are no operation whose care this is",
            line("20004 54 RT", "118.50", carc="B20", units=2, review=ON_ONE_SIDE),
            alone("20004 55 RT", "21.00"),
        ),
        case(
            "operations pair in order of claim and line; a second care is alone",
            of_operation("20000 54", "79.04", "b1", 2),
            of_operation("20000 55", "7.00", "b1", 1, care=30),
            alone("20000 55 76", "7.00", claim="b1", care=30),
        ),
        # Both sides: 120.00 and 60.00, less what is left of 54 and 55.
        case(
            "an operation on both sides, on four lines, is one procedure",
            of_operation("20002 54 RT", "94.80", "b2", 3),
            of_operation("20002 54 LT", "47.40", "b2", 4, rarc=None),
            of_operation("20002 55 RT", "8.40", "b2", 1, care=30),
            of_operation("20002 55 LT", "4.20", "b2", 2, care=30),
            line("20000", "50.03", carc="59", claim="b2"),
        ),
        case(
            "care of both sides without the operation is no pair of sides",
            alone("20002 55 RT", "8.40", care=30),
            alone("20002 55 LT", "8.40", care=30),
        ),
        case(
            "nor is the care of one side the other side of an operation",
            line("20002 54 RT", "94.80", carc="B20"),
            alone("20002 55 LT", "8.40", care=30),
        ),
        case(
            "modifier 50 on both lines is one operation",
            # 180.00 × 0.79; × 0.21 × 30 / 90
            of_operation("20002 54 50", "142.20", "b3", 2),
            of_operation("20002 55 50", "12.60", "b3", 1, care=30),
            line("20000", "50.03", carc="59", claim="b3"),
        ),
        case(
            "of an indicator that pays one side only the one that is left is ranked",
            # LT is first of the operation, RT of the care.
            of_operation("20004 54 LT", "79.00", "b4", 4),
            line("20004 54 RT", "0.00", status="bundled", carc="97", rarc="N644", claim="b4"),
            of_operation("20004 55 RT", "7.00", "b4", 2, care=30),
            line("20004 55 LT", "0.00", status="bundled", carc="97", rarc="N644", claim="b4"),
            line("20006", "40.50", carc="59", claim="b4"),
        ),
        case(
            "a denied operation leaves its care alone",
            line("20000 54 GY", "0.00", status="denied", carc="96"),
            alone("20000 55", "21.01"),
            line("20001", "90.00"),
        ),
        case(
            "of a code that is not ranked the two are one, and care alone says nothing",
            of_operation("20005 54", "79.00", "b5", 2),
            of_operation("20005 55", "7.00", "b5", 1, care=30),
            line("20005 55 76", "7.00", carc="B20", care=30, claim="b5"),
        ),
        # In a family of scopes.
        case(
            "in a family the base is taken from both lines of the lower member",
            # 80.00 − 40.00 = 40.00: × 0.79; × 0.21 × 30 / 90
            of_operation("30002 54", "31.60", "c1", 2),
            of_operation("30002 55", "2.80", "c1", 1, care=30),
            line("30001", "100.00", claim="c1"),
        ),
        case(
            "in a family both lines of the highest member are paid in full",
            # 79.00 + 7.00 is above 80.00.
            of_operation("30001 54", "79.00", "c2", 2),
            of_operation("30001 55", "7.00", "c2", 1, care=30),
            line("30002", "40.00", carc="59", claim="c2"),
        ),
        case(
            "and are no two members",
            of_operation("30001 54", "79.00", "c3", 2),
            of_operation("30001 55", "7.00", "c3", 1, care=30),
        ),
        case(
            "the family ranks by what is left of both and the other member",
            # 79.00 + 7.00 + 40.00 = 126.00, above 120.00
            of_operation("30001 54", "79.00", "c4", 2),
            of_operation("30001 55", "7.00", "c4", 1, care=30),
            line("30002", "40.00", carc="59", claim="c4"),
            line("20002", "60.00", carc="59", claim="c4"),
        ),
        case(
            "care alone is no member of a family",
            alone("30001 55", "7.00", care=30),
            line("30002", "80.00"),
            line("30000 59", "0.00", status="bundled", carc="97"),
        ),
        # 26 and TC.
        case(
            "26 and TC of one test never rank against each other",
            of_test("50001 26", "60.01", "d1", 2),
            of_test("50001 TC", "40.00", "d1", 1, pos="11"),
        ),
        case(
            "both take the place of their sum",
            of_test("50001 26", "60.01", "d2", 2),
            of_test("50001 TC", "40.00", "d2", 1, pos="11"),
            line("20001", "45.00", carc="59", claim="d2"),
        ),
        case(
            "both take a later share",
            of_test("50001 26", "30.01", "d3", 2, carc="59", codes=(None, None, None)),
            of_test("50001 TC", "20.00", "d3", 1, pos="11", carc="59"),
            line("20002", "120.00", claim="d3"),
        ),
        case(
            "unit by unit",
            of_test("50001 26", "90.02", "d4", 2, units=2, carc="59"),
            of_test("50001 TC", "60.00", "d4", 1, units=2, pos="11", carc="59"),
        ),
        case(
            "of two practitioners of a group they rank in the session of the 26 line",
            of_test("50001 26", "30.01", "d5", 2, npi="1", carc="59"),
            of_test("50001 TC", "20.00", "d5", 1, npi="2", pos="11", carc="59"),
            line("20002", "120.00", npi="1", claim="d5"),
            line("20001", "90.00", npi="2", claim="d5"),
            group="9",
        ),
        case(
            "of two groups they are apart",
            line("50001 26", "60.01", npi="1", group="8"),
            line("50001 TC", "40.00", npi="2", group="9", pos="11"),
        ),
        *(
            case(
                f"{apart} on one of them parts them",
                line(f"50001 26 {apart}", "60.01"),
                line("50001 TC", "20.00", pos="11", carc="59"),
            )
            for apart in ("59", "XE", "76", "77")
        ),
        case(
            "different units or sides are apart",
            line("50001 26", "60.01"),
            line("50001 TC", "40.00", pos="11", units=2, carc="59"),
            line("50002 26 RT", "30.00", date="2025-06-03"),
            line("50002 TC LT", "15.00", pos="11", date="2025-06-03", carc="59"),
        ),
        case(
            "each component is paired once",
            of_test("50001 26", "60.01", "d6", 2),
            of_test("50001 TC", "40.00", "d6", 1, pos="11"),
            line("50001 TC 58", "20.00", claim="d6", pos="11", carc="59"),
        ),
        case(
            "the pools of imaging stay by component",
            line("50003 26", "30.00"),
            line("50003 TC", "70.00", pos="11"),
        ),
    ],
    CODES,
)
# Facility, 2025: 66984 16.13 × 32.3465 = 521.75.
STARTER_TABLE = CaseTable(
    "one_operation",
    [
        case(
            "a cataract with its first thirty days by the surgeon",
            of_operation("66984 RT 54", "417.40", "e1", 2),
            of_operation("66984 RT 55", "34.78", "e1", 1, care=30),
        ),
    ],
)
BY_RVU = CaseTable(
    "one_operation",
    [
        case(
            "ranked by RVUs the sum is of RVUs",
            of_operation("20000 54", "39.52", "f1", 2),
            of_operation("20000 55", "1.17", "f1", 1, care=10),
            line("20001", "90.00", claim="f1"),
        ),
    ],
    CODES,
    rules=[
        each.on_terms(cites="a contract", rank_by="total_rvu")
        if each.name == multiple_procedure.name
        else each
        for each in RULES
    ],
)


@every_case(TABLE, STARTER_TABLE, BY_RVU)
def test_one_operation(table: CaseTable, case) -> None:
    table.check(case)
