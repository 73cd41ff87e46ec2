"""Therapy: one unit of the day in full (SSA 1848(b)(7))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, in_dollars, line

CODES = by_hand(
    # 61.01; with half the practice expense 51.005
    code("97001", "40.00", pe="20.01", malpractice="1.00", multiple="5"),
    # 60.00; 45.00
    code("97002", "30.00", pe="30.00", multiple="5"),
    # 30.01; 20.005
    code("97003", "10.00", pe="20.01", multiple="5"),
    code("97004", "40.00", pe="20.01", malpractice="1.00", multiple="5"),
    # Therapy is paid with the non-facility practice expense everywhere.
    code("97005", "10.00", pe="40.00", facility_pe="4.00", multiple="5"),
    code("97009", "90.00", pe="99.00"),
)
NONE = (None, None, None)


def therapy(service: str, pays: str, day: int, reduced: int, in_full: int = 0, **terms):
    """A line of the day's pool: units of the day, units of this line that are reduced."""
    why = (
        f"therapy: {in_full} of {day} unit(s) on this day paid in full, {reduced} unit(s) of this"
        " line reduced"
    )
    if not reduced:
        terms.setdefault("codes", NONE)
    return line(service, pays, why, carc="59" if reduced else None, **terms)


TABLE = CaseTable(
    "therapy",
    [
        case("one unit alone is paid in full", line("97001", "61.01")),
        case(
            "the highest practice expense is in full, not the highest fee",
            therapy("97001", "51.01", 2, 1),
            therapy("97002", "60.00", 2, 0, 1),
        ),
        case(
            "of equal practice expenses the higher fee is in full",
            therapy("97003", "20.01", 2, 1),
            therapy("97001", "61.01", 2, 0, 1),
        ),
        case(
            "then the first claim as text",
            therapy("97001", "51.01", 2, 1, claim="therapy 9"),
            therapy("97004", "61.01", 2, 0, 1, claim="therapy 10"),
            group="1",
        ),
        case(
            "then the line number",
            therapy("97001", "51.01", 2, 1, number=12),
            therapy("97004", "61.01", 2, 0, 1, number=3),
        ),
        case(
            "exactly one unit is in full: 60.00 + 45.00 + 45.00",
            therapy("97002", "150.00", 3, 2, 1, units=3),
        ),
        case(
            "all units of other lines are reduced",
            therapy("97002", "105.00", 5, 1, 1, units=2),
            # three times 51.01
            therapy("97001", "153.03", 5, 3, units=3),
        ),
        case(
            "all disciplines share the day",
            therapy("97001 GP", "51.01", 3, 1),
            therapy("97002 GO", "60.00", 3, 0, 1),
            therapy("97003 GN", "20.01", 3, 1),
        ),
        case(
            "59 does not set a line apart",
            therapy("97001 59", "51.01", 2, 1),
            therapy("97002", "60.00", 2, 0, 1),
        ),
        case(
            "therapists of one group share the day",
            therapy("97001", "51.01", 2, 1, npi="1"),
            therapy("97002", "60.00", 2, 0, 1, npi="2"),
            group="7",
        ),
        case(
            "two groups do not",
            line("97001", "61.01", group="7"),
            line("97002", "60.00", group="8"),
        ),
        case("two days do not", line("97001", "61.01"), line("97002", "60.00", date="2025-06-03")),
        case(
            "in a facility the non-facility practice expense is paid and ranked",
            therapy("97005", "50.00", 2, 0, 1),
            therapy("97002", "45.00", 2, 1),
        ),
        case(
            "and half of it is taken",
            therapy("97005", "80.00", 2, 1, 1, units=2),
        ),
        case(
            "a service of another indicator is none of them",
            line("97009", "189.00"),
            line("97001", "61.01"),
        ),
        case(
            "a denied unit is none of them",
            line("97002 GY", "0.00", status="denied", carc="96"),
            line("97001", "61.01"),
        ),
        case(
            "before 1 April 2013 nothing is reduced (by half)",
            line("97001", "61.01", date="2013-03-31"),
            line("97002", "60.00", date="2013-03-31"),
        ),
        case(
            "from 1 April 2013 it is",
            therapy("97001", "51.01", 2, 1, date="2013-04-01"),
            therapy("97002", "60.00", 2, 0, 1, date="2013-04-01"),
        ),
    ],
    CODES,
)
# 2025, × 32.3465. 97110: 0.89 → 28.79; reduced (0.45 + 0.215 + 0.01) = 0.675 → 21.834.
# 97530: 1.07 → 34.61 (PE 0.62); reduced (0.44 + 0.31 + 0.01) = 0.76 → 24.583.
STARTER_TABLE = CaseTable(
    "therapy",
    [
        case(
            "a real hour of therapy",
            therapy("97110 GP", "43.66", 4, 2, units=2, pos="11"),
            therapy("97530 GP", "59.19", 4, 1, 1, units=2, pos="11"),
        ),
    ],
)


def contract(code: str, **amounts: str) -> dict:
    return {
        "hcpcs_code": code,
        "facility_amount": "60.00",
        "nonfacility_amount": "60.00",
        "multiple_procedure_indicator": "5",
        **amounts,
    }


IN_DOLLARS = CaseTable(
    "therapy",
    [
        case(
            # 29.99 + 15.01 (15.005) + 0.01 = 45.01, twice 60.00 − 14.99
            "a schedule in dollars gives the practice expense",
            therapy("97002", "105.01", 2, 1, 1, units=2),
        ),
        case(
            "without it nothing is reduced, with a note",
            line(
                "97001",
                "120.00",
                units=2,
                review=(
                    "therapy: the fee schedule has no practice expense amount, so nothing was "
                    "reduced"
                ),
            ),
        ),
        case("alone there is nothing to note", line("97001", "60.00")),
    ],
    dollars=in_dollars(
        contract("97001"),
        contract("97002", work_amount="29.99", pe_amount="30.01", mp_amount="0.01"),
    ),
)


@every_case(TABLE, STARTER_TABLE, IN_DOLLARS)
def test_therapy(table: CaseTable, case) -> None:
    table.check(case)
