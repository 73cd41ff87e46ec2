"""Therapy assistant: CQ and CO (SSA 1834(v))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(code("97000", "100.00"), code("97001", "0.63"), code("97002", "0.01"))
WHY = "CQ or CO: furnished by a therapy assistant"


def assisted(service: str, pays: str, after: str, **terms):
    return line(
        service, pays, WHY, codes=("CO", "45", None), **{"factor": "0.85", "after": after, **terms}
    )


TABLE = CaseTable(
    "therapy_assistant",
    [
        # 80.00 × 0.85 = 68.00; 2 % is 1.36. The practice collects 20.00 + 68.00 = 88 %.
        *(
            case(
                f"{mod}: Medicare's share at 85 %, the patient's as it is",
                assisted(
                    f"97000 {mod}",
                    "100.00",
                    "68.00",
                    coinsurance="20.00",
                    patient="20.00",
                    sequestered="1.36",
                    medicare="66.64",
                ),
            )
            for mod in ("CQ", "CO", "CQ GP")
        ),
        case(
            # 0.63 − 0.13 = 0.50; × 0.85 = 0.425
            "half a cent is rounded up",
            assisted(
                "97001 CQ", "0.63", "0.43", coinsurance="0.13", sequestered="0.01", medicare="0.42"
            ),
        ),
        case(
            # 0.0085
            "of a cent a cent is left",
            line("97002 CQ", "0.01", WHY, factor="0.85", after="0.01", coinsurance="0.00"),
        ),
        case("a therapist's own line", line("97000 GP", "100.00", medicare="78.40")),
        case(
            "after the deductible and the coinsurance",
            # 100.00 − 50.00 = 50.00, − 10.00 = 40.00, × 0.85 = 34.00, − 0.68
            assisted(
                "97000 CQ",
                "100.00",
                "34.00",
                deductible="50.00",
                coinsurance="10.00",
                medicare="33.32",
                patient="60.00",
            ),
        ),
        case(
            "of nothing nothing", line("97000 CQ", "100.00", deductible="100.00", medicare="0.00")
        ),
        case(
            "before 2022 the share is whole: sequestration was suspended",
            line("97000 CQ", "100.00", date="2021-12-31", medicare="80.00"),
        ),
        case(
            "from 2022 it is cut",
            assisted("97000 CQ", "100.00", "68.00", date="2022-01-01", medicare="68.00"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_therapy_assistant(table: CaseTable, case) -> None:
    table.check(case)
