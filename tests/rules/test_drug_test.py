"""Drug test: a second presumptive or definitive test of a person and day is for a person to see."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line
from tests.quarters import laboratory, quarter, with_quarters

NOTE = "a second {} drug test of the person and day: contractors pay one"
RATES = {
    "80305": "12.60", "80306": "17.14", "80307": "62.14", "G0480": "114.43", "G0481": "156.59",
    "G0482": "198.74", "G0483": "246.92", "G0659": "62.14",
}  # fmt: skip
TABLE = CaseTable(
    "drug_test",
    [
        case("one of each says nothing", line("80305 QW", "12.60"), line("G0480", "114.43")),
        case(
            "a second presumptive one is noted",
            line("80305", "12.60"),
            line("80307", "62.14", review=NOTE.format("presumptive")),
        ),
        case(
            "a second and third definitive one",
            line("G0483", "246.92"),
            line("G0659", "62.14", review=NOTE.format("definitive")),
            line("G0481", "156.59", review=NOTE.format("definitive")),
        ),
        case(
            "whoever bills them: the first is that of the first claim",
            line("80306", "17.14", claim="b", npi="2", review=NOTE.format("presumptive")),
            line("80306", "17.14", claim="a", npi="1"),
        ),
        case(
            "another day or person says nothing",
            line("80306", "17.14"),
            line("80306", "17.14", date="2025-02-05"),
            line("80306", "17.14", person="another"),
        ),
        case(
            "a denied one does not count",
            line("80306 GZ", "0.00", status="denied", carc="50",
                 reason="GZ: the practice expects a medical necessity denial and gave no notice"),
            line("80306", "17.14"),
        ),
    ],
    with_quarters(
        by_hand(code("99213", "88.95"), *(code(each, status="X") for each in RATES)),
        quarter(*(laboratory(each, rate) for each, rate in RATES.items())),
    ),
    date="2025-02-04",
)  # fmt: skip


@every_case(TABLE)
def test_drug_test(table: CaseTable, case) -> None:
    table.check(case)
