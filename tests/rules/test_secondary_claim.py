"""A claim to a second payer without its charge has no amount; without a payment it is noted."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "100.00", multiple="2", days="000"),
    code("27001", "60.00", multiple="2", days="000"),
    code("27002", status="C"),
)
NEEDS = "second payer needs the charge"
NOTED = (
    "amounts of a first payer without primary_paid_amount: priced as if Medicare were the only"
    " payer; give 0.00 where the first paid nothing"
)
TABLE = CaseTable(
    "secondary_claim",
    [
        case(
            "5.1, 9.9 without a charge it is by report; it has ranked, and takes no deductible",
            line(
                "27000",
                None,
                NEEDS,
                status="by_report",
                primary_paid_amount="10.00",
                deductible="50.00",
                deducted=None,
                taken=None,
                patient=None,
            ),
            line("27001", "30.00", carc="59", deducted="30.00"),
        ),
        case(
            "with a charge nothing happens",
            line("27000", "100.00", primary_paid_amount="10.00", charge="200.00", taken="0.00"),
        ),
        case("without a first payment neither", line("27000", "100.00")),
        *(
            case(
                f"with {name} and no first payment a note says so",
                line("27000", "100.00", charge="200.00", review=NOTED, **{name: "90.00"}),
            )
            for name in ("primary_allowed_amount", "primary_obligated_amount")
        ),
        case(
            "a denied line stays denied",
            line("27000 GZ", "0.00", status="denied", carc="50", primary_paid_amount="10.00"),
        ),
        case(
            "a line of the contractor's stays his",
            line("27002", None, status="by_report", primary_paid_amount="10.00"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_secondary_claim(table: CaseTable, case) -> None:
    table.check(case)
