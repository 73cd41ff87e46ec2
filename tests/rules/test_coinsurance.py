"""Coinsurance: the patient's fifth (SSA 1833(a)(1))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "50.00"),
    *(code(f"2700{cents}", f"0.0{cents}") for cents in range(1, 9)),
    code("28000", status="C"),
)
WHY = "the patient's share, 20 %"


def shared(service: str, pays: str, fifth: str, **terms):
    return line(
        service,
        pays,
        WHY,
        codes=("PR", "2", None) if fifth != "0.00" else (None, None, None),
        **{"coinsurance": fifth, "patient": fifth, **terms},
    )


TABLE = CaseTable(
    "coinsurance",
    [
        case("the patient pays 20 %", shared("27000", "50.00", "10.00", after="40.00")),
        # 0.002 and 0.004 are nothing; 0.006 a cent; 0.014 one, 0.016 two
        *(
            case(
                f"a fifth of {cents} cents is rounded half up",
                shared(f"2700{cents}", f"0.0{cents}", patient),
            )
            for cents, patient in (
                (1, "0.00"),
                (2, "0.00"),
                (3, "0.01"),
                (4, "0.01"),
                (7, "0.01"),
                (8, "0.02"),
            )
        ),
        case(
            "of nothing there is no share",
            line("27000", "0.00", charge="0.00", carc="45", coinsurance="0.00", patient="0.00"),
        ),
        case(
            "of a denied line there is none",
            line(
                "27000 GY", "0.00", status="denied", carc="96", coinsurance="0.00", patient="0.00"
            ),
        ),
        case(
            "of a line without an amount there is none",
            line("28000", None, status="by_report", coinsurance=None, patient=None),
        ),
        case(
            "of the allowed amount after the charge",
            shared("27000", "30.00", "6.00", charge="30.00", carc="45"),
        ),
        case(
            "after the deductible: 20 % of 40.00",
            shared("27000", "50.00", "8.00", deductible="10.00", patient="18.00"),
        ),
        case(
            "a deductible that takes all leaves no share",
            line("27000", "50.00", deductible="50.00", coinsurance="0.00", patient="50.00"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_coinsurance(table: CaseTable, case) -> None:
    table.check(case)
