"""Injection: status T is paid only when nothing else is payable that day (42 CFR 414.34(b))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("T0001", "5.00", status="T"),
    code("T0002", "7.00", status="T"),
    code("70001", "100.00", assistant="2"),
    code("70002", status="C"),
    code("70003", status="B"),
    code("70004", status="X"),
)


def bundled(service: str, others: int, **columns):
    why = f"status T: {others} other payable line(s) on the same day"
    return line(service, "0.00", why, status="bundled", carc="97", **columns)


TABLE = CaseTable(
    "injection",
    [
        case("alone it is paid", line("T0001", "5.00")),
        case("several alone are each paid", line("T0001", "5.00"), line("T0002", "7.00")),
        case("with another service it is bundled", bundled("T0001", 1), line("70001", "100.00")),
        case(
            "with other services all are bundled, and their number is said",
            line("70001", "100.00"),
            bundled("T0001", 2),
            bundled("T0002", 2),
            line("70001 59", "100.00"),
        ),
        case(
            "a service by report is another service",
            line("70002", None, status="by_report"),
            bundled("T0001", 1),
        ),
        case(
            "a denied service is none",
            line("70001 GY", "0.00", status="denied", carc="96"),
            line("T0001", "5.00"),
        ),
        case(
            "a bundled service is none",
            line("70003", "0.00", status="bundled", carc="97"),
            line("T0001", "5.00"),
        ),
        case(
            "a service not on the schedule is none",
            line("70004", None, status="not_on_schedule"),
            line("T0001", "5.00"),
        ),
        case(
            "an assistant's line of the same practitioner is another service",
            line("70001 80", "16.00", carc="45", rarc="N646"),
            bundled("T0001", 1),
        ),
        case(
            "another day's service is none",
            line("70001", "100.00", date="2025-06-03"),
            line("T0001", "5.00"),
        ),
        case(
            "another practitioner's service is none",
            line("70001", "100.00", npi="1"),
            line("T0001", "5.00", npi="2"),
        ),
        case(
            "a service on another claim of the practitioner's counts",
            line("70001", "100.00", claim="t a"),
            bundled("T0001", 1, claim="t b"),
            npi="1",
        ),
        case(
            "another person's service is none",
            line("70001", "100.00", person="a neighbour"),
            line("T0001", "5.00"),
            npi="1",
        ),
        # CMS began status T with the fee schedule of 2000.
        case(
            "before 2000 the rule is not in force",
            line("70001", "100.00", date="1999-12-31"),
            line("T0001", "5.00", date="1999-12-31"),
        ),
        case(
            "from 2000 it is",
            line("70001", "100.00", date="2000-01-01"),
            bundled("T0001", 1, date="2000-01-01"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_injection(table: CaseTable, case) -> None:
    table.check(case)
