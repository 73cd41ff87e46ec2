"""Deductible: used up in order over the person's year (SSA 1833(b))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "100.00"),
    code("27001", "60.01"),
    code("27002", status="C"),
    code("27003", status="X"),
)
PATIENT = ("PR", "1", None)


def owed(service: str, pays: str, used: str, of: str, **terms):
    """A line that uses some of a deductible up."""
    why = f"${used} of the deductible of ${of}"
    return line(service, pays, why, codes=PATIENT, deducted=used, **terms)


def unused(service: str, pays: str | None = "100.00", **terms):
    return line(service, pays, **{"deducted": "0.00", **terms})


TABLE = CaseTable(
    "deductible",
    [
        case(
            # 100.00 − 30.00; 20 % of 70.00 is 14.00; 2 % of 56.00 is 1.12
            "the deductible comes before the coinsurance",
            owed(
                "27000",
                "100.00",
                "30.00",
                "30.00",
                deductible="30.00",
                after="70.00",
                coinsurance="14.00",
                sequestered="1.12",
                medicare="54.88",
                patient="44.00",
            ),
        ),
        case(
            "a line below the deductible is the patient's",
            owed(
                "27000",
                "100.00",
                "100.00",
                "257.00",
                deductible="257.00",
                coinsurance="0.00",
                sequestered="0.00",
                medicare="0.00",
                patient="100.00",
            ),
        ),
        case(
            "a deductible of one cent is a deductible",
            owed("27000", "100.00", "0.01", "0.01", deductible="0.01"),
        ),
        case("a deductible of nothing", unused("27000", deductible="0.00")),
        case("no deductible said", unused("27000")),
        case(
            "what one line leaves the next takes",
            owed("27000", "100.00", "100.00", "150.00", deductible="150.00"),
            owed("27001", "60.01", "50.00", "150.00", deductible="150.00"),
            unused("27000", deductible="150.00"),
        ),
        case(
            "it ends with the cent",
            owed("27000", "100.00", "100.00", "160.01", deductible="160.01"),
            owed("27001", "60.01", "60.01", "160.01"),
            unused("27000"),
        ),
        case(
            "dates come first, whatever the claims",
            unused("27000", date="2025-06-03", claim="deductible a"),
            owed(
                "27000",
                "100.00",
                "50.00",
                "50.00",
                date="2025-06-02",
                claim="deductible b",
                deductible="50.00",
            ),
        ),
        case(
            "then claims as text: 10 before 9",
            unused("27000", claim="deductible 9", deductible="50.00"),
            owed("27000", "100.00", "50.00", "50.00", claim="deductible 10"),
        ),
        case(
            "then line numbers",
            unused("27000", number=12, deductible="50.00"),
            owed("27000", "100.00", "50.00", "50.00", number=3),
        ),
        case(
            "the largest value of the year counts, on whatever line",
            owed("27000", "100.00", "80.00", "80.00", deductible="20.00", date="2025-01-01"),
            unused("27000", deductible="80.00", date="2025-12-31"),
        ),
        case(
            "a value on a line that is not paid counts too",
            unused("27002", None, status="by_report", deductible="40.00", deducted=None),
            unused("27000 GY", "0.00", status="denied", carc="96"),
            owed("27000", "100.00", "40.00", "40.00"),
        ),
        case(
            "lines that are not paid use nothing up",
            unused("27000 GY", "0.00", status="denied", carc="96", deductible="40.00"),
            unused("27003", None, status="not_on_schedule", deductible="40.00", deducted=None),
            owed("27000", "100.00", "40.00", "40.00", deductible="40.00"),
        ),
        case(
            "each calendar year has its own",
            owed("27000", "100.00", "70.00", "70.00", deductible="70.00", date="2025-12-31"),
            owed("27000", "100.00", "30.00", "30.00", deductible="30.00", date="2026-01-01"),
            unused("27000", date="2024-12-31"),
        ),
        case(
            "practitioners and claims share the person's",
            owed("27000", "100.00", "100.00", "120.00", npi="1", deductible="120.00", number=1),
            owed("27000", "100.00", "20.00", "120.00", npi="2", number=2),
        ),
        case(
            "persons do not",
            owed("27000", "100.00", "50.00", "50.00", deductible="50.00"),
            unused("27000", person="a neighbour"),
        ),
        case(
            "it is taken of the allowed amount, after the charge",
            owed(
                "27000",
                "40.00",
                "40.00",
                "90.00",
                deductible="90.00",
                charge="40.00",
                carc="45",
            ),
            owed("27000", "100.00", "50.00", "90.00"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_deductible(table: CaseTable, case) -> None:
    table.check(case)
