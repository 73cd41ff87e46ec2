"""Discarded drug: JW and JZ on the lines that the payment limits for drugs price."""

from datetime import date

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line
from tests.quarters import drug, laboratory, quarter, with_quarters

REQUIRED = "JW or JZ is required for single-dose containers; returned since 2023-10-01"
NOT_GIVEN = "JW: no line bills what was given of this drug on the day"
BOTH = "JZ says nothing was discarded, and another line of the drug and day carries JW"
Y2026 = "2026-01-05"
CODES = by_hand(*(code(each, status="E") for each in ("J3301", "J1100", "Q4186", "J0001")))
TABLE = CaseTable(
    "discarded_drug",
    [
        case("JZ says nothing was left", line("J3301 JZ", "0.90")),
        case(
            "a line of what was given and one of what was left are both paid in full",
            line("J3301", "2.69", units=3),
            line("J3301 JW", "0.90"),
        ),
        case("JW without the other line is noted", line("J3301 JW", "0.90", review=NOT_GIVEN)),
        case(
            "another drug, day or person is no other line",
            line("J3301 JW", "0.90", review=NOT_GIVEN),
            line("J1100 JZ", "0.11"),
            line("J3301 JZ", "0.90", date="2025-02-05"),
            line("J3301 JZ", "0.90", person="another"),
        ),
        case(
            "whoever bills it, on whatever claim",
            line("J3301 JW", "0.90", npi="1", claim="a"),
            line("J3301", "0.90", npi="2", claim="b"),
        ),
        case("neither is noted, not denied", line("J3301", "0.90", review=REQUIRED)),
        case(
            "JZ beside JW is noted",
            line("J3301 JW", "0.90"),
            line("J3301 JZ", "0.90", review=BOTH),
        ),
        case(
            "JW and JZ on one line are returned",
            line(
                "J3301 JW JZ",
                "0.00",
                "JW and JZ on one line: contradictory modifiers",
                status="denied",
                carc="4",
            ),
        ),
        case(
            "a skin substitute takes neither from 2026",
            line("Q4186", "50.00", review=REQUIRED, date="2025-02-04"),
            line("Q4186", "50.00", date=Y2026),
        ),
        case("before JZ there was no note", line("J0001", "1.00", date="2023-06-30")),
        case(
            "a vaccine and a test ask for neither",
            line("90662", "83.49"),
            line("80053", "10.56"),
        ),
        case(
            "a drug by report asks for neither",
            line(
                "J3490", None, status="not_on_schedule",
                reason="J3490 has no row in release by hand; drug: the payment limit file of 2025Q1"
                " does not list it",
            ),
        ),
    ],
    with_quarters(
        CODES,
        quarter(
            drug("J3301", "0.898"),
            drug("J1100", "0.108"),
            drug("Q4186", "50.000"),
            drug("90662", "83.492", "0", vaccine=True),
        ),
        quarter(drug("Q4186", "50.000"), days=(date(2026, 1, 1), date(2026, 3, 31))),
        quarter(drug("J0001", "1.000"), days=(date(2023, 4, 1), date(2023, 6, 30))),
        quarter(laboratory("80053", "10.56")),
    ),
    date="2025-02-04",
)  # fmt: skip


@every_case(TABLE)
def test_discarded_drug(table: CaseTable, case) -> None:
    table.check(case)
