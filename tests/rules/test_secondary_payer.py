"""Medicare as second payer: 42 CFR 411.32, 411.33, 411.35."""

from tests.pricing_cases import CaseTable, Line, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "125.00"),
    code("27001", "100.00"),
    code("27002", status="C"),
    code("97110", "100.00", multiple="5"),
)
TAKEN = ("OA", "23", None)
WHICH = {
    1: "the first is the lowest",
    2: "the second is the lowest",
    3: "the third is the lowest",
    0: "nothing is left to pay",
}


def said(unpaid: str, alone: str, above: str, lowest: int) -> str:
    return (
        f"second payer: {_dollars(unpaid)} unpaid, ${alone} by this payer alone, {_dollars(above)}"
        f" of the higher allowed amount unpaid; {WHICH[lowest]}"
    )


def _dollars(amount: str) -> str:
    return f"-${amount[1:]}" if amount.startswith("-") else f"${amount}"


def second(
    service: str,
    three: tuple[str, str, str],
    lowest: int,
    pays: str,
    *,
    allowed: str = "125.00",
    **terms,
) -> Line:
    """A line behind another payer: the three figures, which is the lowest, and what is paid."""
    cut = terms["taken"] != "0.00"
    return line(
        service,
        allowed,
        said(*three, lowest),
        codes=TAKEN if cut else (None, None, None),
        after=pays,
        **terms,
    )


OPENS = {"deducted": "50.00", "coinsurance": "15.00"}
TABLE = CaseTable(
    "secondary_payer",
    [
        case(
            "5.3 the regulation's example: 30.00, less 2 % for sequestration",
            second(
                "27000",
                ("55.00", "100.00", "30.00"),
                3,
                "30.00",
                charge="175.00",
                primary_paid_amount="120.00",
                primary_allowed_amount="150.00",
                taken="70.00",
                sequestered="0.60",
                medicare="29.40",
                patient="0.00",
            ),
        ),
        case(
            "5.4 what the practice must take from the first payer",
            second(
                "27000",
                ("28.00", "100.00", "28.00"),
                1,
                "28.00",
                charge="175.00",
                primary_paid_amount="112.00",
                primary_allowed_amount="140.00",
                primary_obligated_amount="140.00",
                taken="72.00",
                sequestered="0.56",
                medicare="27.44",
                patient="0.00",
            ),
        ),
        case(
            "5.5 an open deductible: Medicare alone is the lowest, the patient owes the rest",
            second(
                "27000",
                ("155.00", "60.00", "130.00"),
                2,
                "60.00",
                charge="175.00",
                primary_paid_amount="20.00",
                primary_allowed_amount="150.00",
                deductible="50.00",
                taken="0.00",
                medicare="58.80",
                patient="45.00",
                **OPENS,
            ),
        ),
        case(
            "5.6 the deductible is met even if Medicare pays nothing",
            second(
                "27000",
                ("0.00", "0.00", "25.00"),
                0,
                "0.00",
                charge="150.00",
                primary_paid_amount="150.00",
                primary_allowed_amount="175.00",
                deductible="150.00",
                deducted="125.00",
                taken="0.00",
                medicare="0.00",
                patient="0.00",
            ),
            line(
                "27001",
                "100.00",
                deducted="25.00",
                coinsurance="15.00",
                deductible="150.00",
            ),
        ),
        case(
            "5.2 without the first payer's allowed amount: what must be taken",
            second(
                "27000",
                ("50.00", "100.00", "50.00"),
                1,
                "50.00",
                charge="200.00",
                primary_paid_amount="90.00",
                primary_obligated_amount="140.00",
                taken="50.00",
                patient="0.00",
            ),
        ),
        case(
            "5.2 without either: Medicare's allowed amount",
            second(
                "27000",
                ("110.00", "100.00", "35.00"),
                3,
                "35.00",
                charge="200.00",
                primary_paid_amount="90.00",
                taken="65.00",
                patient="0.00",
            ),
        ),
        case(
            "5.7 the patient owes what the first payer left of his share, and no more than is open",
            # 25.00 of coinsurance less 10.00; open: 130.00 - 10.00 - 100.00
            second(
                "27000",
                ("120.00", "100.00", "115.00"),
                2,
                "100.00",
                charge="130.00",
                primary_paid_amount="10.00",
                taken="0.00",
                patient="15.00",
            ),
            # 25.00 less 1.00; open: 126.00 - 1.00 - 100.00
            second(
                "27000",
                ("119.00", "100.00", "124.00"),
                2,
                "100.00",
                charge="175.00",
                primary_paid_amount="1.00",
                primary_obligated_amount="120.00",
                taken="0.00",
                patient="19.00",
            ),
        ),
        case(
            "5.9 a first payment that must be taken as full: nothing from Medicare",
            second(
                "27000",
                ("0.00", "100.00", "5.00"),
                0,
                "0.00",
                charge="175.00",
                primary_paid_amount="120.00",
                primary_obligated_amount="120.00",
                taken="100.00",
                sequestered="0.00",
                medicare="0.00",
                patient="0.00",
            ),
        ),
        case(
            "5.9 more than all was paid: nothing, and never less",
            second(
                "27000",
                ("-25.00", "100.00", "-75.00"),
                0,
                "0.00",
                charge="175.00",
                primary_paid_amount="200.00",
                taken="100.00",
                medicare="0.00",
                patient="0.00",
            ),
        ),
        case(
            "5.9 a first payer that paid nothing: the formula keeps what must be taken",
            second(
                "27000",
                ("90.00", "100.00", "125.00"),
                1,
                "90.00",
                charge="175.00",
                primary_paid_amount="0.00",
                primary_obligated_amount="90.00",
                taken="10.00",
                patient="0.00",
                review="second payer: one contractor's calculator leaves out what the practice must"
                " take from a first payer that paid nothing, which gives $100.00",
            ),
        ),
        case(
            "5.9 where that changes nothing nothing is said",
            second(
                "27000",
                ("150.00", "100.00", "150.00"),
                2,
                "100.00",
                charge="175.00",
                primary_paid_amount="0.00",
                primary_obligated_amount="150.00",
                taken="0.00",
                patient="25.00",
            ),
        ),
        case(
            "5.10 a therapy assistant: Medicare alone is 85 % of its share",
            second(
                "97110 GP CQ",
                ("170.00", "68.00", "95.00"),
                2,
                "68.00",
                allowed="100.00",
                charge="175.00",
                primary_paid_amount="5.00",
                taken="0.00",
                patient="15.00",
            ),
        ),
        case(
            "5.7 unassigned: the same figure, with a note",
            line(
                "27001",
                "95.00",
                said("50.00", "76.00", "45.00", 3),
                codes=TAKEN,
                carc="45",
                charge="100.00",
                primary_paid_amount="50.00",
                participating="false",
                assignment="false",
                taken="31.00",
                limit="109.25",
                medicare="44.10",
                patient="0.00",
                review="second payer: without assignment the limit on what the patient owes does"
                " not bind a nonparticipating practitioner",
            ),
        ),
        case(
            "a denied line meets nothing of this",
            line(
                "27000 GZ",
                "0.00",
                status="denied",
                carc="50",
                charge="175.00",
                primary_paid_amount="20.00",
                taken=None,
            ),
        ),
        case("a line without a first payment", line("27000", "125.00", taken=None)),
        case(
            "a first payer's allowed amount alone is none",
            line(
                "27000",
                "125.00",
                primary_allowed_amount="20.00",
                taken=None,
                review="amounts of a first payer without primary_paid_amount: priced as if Medicare"
                " were the only payer; give 0.00 where the first paid nothing",
            ),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_secondary_payer(table: CaseTable, case) -> None:
    table.check(case)
