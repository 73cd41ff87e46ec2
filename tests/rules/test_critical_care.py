"""Critical care: a note on a visit beside 99291 that does not say it stood apart."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("99291", "200.00"),
    code("99292", "100.00", days="ZZZ"),
    code("99232", "80.00"),
    code("92012", "80.00"),
)
NOTE = "a visit on the same day as critical care 99291 needs modifier 25"
TABLE = CaseTable(
    "critical_care",
    [
        case("alone it says nothing", line("99291", "200.00"), line("99292", "100.00")),
        case("a visit alone says nothing", line("99232", "80.00")),
        case(
            "a visit without 25 keeps its amount with a note",
            line("99291", "200.00"),
            line("99232", "80.00", review=NOTE),
        ),
        case("a visit with 25 says nothing", line("99291", "200.00"), line("99232 25", "80.00")),
        case(
            "an eye exam is none of these visits", line("99291", "200.00"), line("92012", "80.00")
        ),
        case(
            "another practitioner's visit says nothing",
            line("99291", "200.00", npi="1"),
            line("99232", "80.00", npi="2"),
        ),
        case(
            "denied critical care says nothing",
            line("99291 GZ", "0.00", status="denied", carc="50"),
            line("99232", "80.00"),
        ),
        case(
            "nor before 2022",
            line("99291", "200.00", date="2021-12-31"),
            line("99232", "80.00", date="2021-12-31"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_critical_care(table: CaseTable, case) -> None:
    table.check(case)
