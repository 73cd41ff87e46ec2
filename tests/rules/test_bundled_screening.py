"""Bundled screening: G0102 beside a visit of the same practitioner and day."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("G0102", "22.00"),
    *(code(visit, "100.00") for visit in ("99202", "99213", "99499", "99024", "92012")),
    code("99450", status="N"),
)
PART = "G0102: the exam is bundled into the visit on the same day"


def bundled(**terms):
    return line("G0102", "0.00", PART, status="bundled", carc="97", **terms)


TABLE = CaseTable(
    "bundled_screening",
    [
        case("alone it is paid", line("G0102", "22.00")),
        *(
            case(f"beside {visit} it is bundled", bundled(), line(visit, "100.00"))
            for visit in ("99202", "99213", "99499")
        ),
        case("a visit with 25 bundles it too", line("99213 25", "100.00"), bundled()),
        *(
            case(f"{other} is no visit", line(other, "100.00"), line("G0102", "22.00"))
            for other in ("92012", "99024")
        ),
        case(
            "a code that is not covered is no visit",
            line("99450", "0.00", status="denied", carc="96", fee=None),
            line("G0102", "22.00"),
        ),
        case(
            "a denied visit bundles nothing",
            line("99213 GY", "0.00", status="denied", carc="96"),
            line("G0102", "22.00"),
        ),
        case(
            "another day bundles nothing",
            line("99213", "100.00"),
            line("G0102", "22.00", date="2025-06-03"),
        ),
        case(
            "another practitioner's visit bundles nothing",
            line("99213", "100.00", npi="1"),
            line("G0102", "22.00", npi="2"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_bundled_screening(table: CaseTable, case) -> None:
    table.check(case)
