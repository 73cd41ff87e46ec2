"""Contract rate: a percentage of Medicare, a payer's rule."""

from payrules.dated import Dated
from payrules.payers.medicare import RULES
from payrules.rules.contract_rate import contract_rate
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    *(code(hcpcs, "100.05") for hcpcs in ("10000", "27000", "27999", "28000", "G0101", "99213")),
    code("30000", status="C"),
)


def share(**values: str) -> Dated:
    return Dated(
        {day.replace("d", "").replace("_", "-"): v for day, v in values.items()}, cites="a contract"
    )


def rules(**terms):
    """Medicare's rules with a contract's rate before the charge is looked at."""
    place = [each.name for each in RULES].index("lesser_of_charge")
    rate = contract_rate.on_terms(cites="a contract", **terms)
    return [*RULES[:place], rate, *RULES[place:]]


def rated(service: str, pays: str, percent: str, **terms):
    why = f"contract: {percent} % of Medicare"
    return line(service, pays, why, **terms)


OVERALL = CaseTable(
    "contract_rate",
    [
        # 100.05 × 1.15 = 115.0575
        case("115 % overall", rated("27000", "115.06", "115", factor="1.15")),
        case(
            "115 % of a charge below",
            rated("27000", "110.00", "115", charge="110.00", carc="45", codes=(None, None, None)),
        ),
        case("a line by report stays one", line("30000", None, status="by_report")),
    ],
    CODES,
    rules=rules(overall=share(d1992_01_01="1.15")),
)
BY_CODE = CaseTable(
    "contract_rate",
    [
        case("a range of codes, its first", rated("27000", "87.54", "87.5", carc="45")),
        case("a range of codes, its last", rated("27999", "87.54", "87.5", carc="45")),
        case("beyond the range the overall rate", rated("28000", "120.06", "120")),
        case(
            "the first range that holds the code decides", rated("10000", "70.04", "70", carc="45")
        ),
        case("codes are compared as text", rated("G0101", "130.07", "130")),
    ],
    CODES,
    rules=rules(
        overall=share(d1992_01_01="1.20"),
        by_code=(
            ("10000", "10000", share(d1992_01_01="0.70")),
            ("10000", "19999", share(d1992_01_01="0.80")),
            ("27000", "27999", share(d1992_01_01="0.875")),
            ("G0000", "G9999", share(d1992_01_01="1.30")),
        ),
    ),
)
DATED = CaseTable(
    "contract_rate",
    [
        case(
            "before the contract's first day nothing changes",
            line("27000", "100.05", date="2024-12-31"),
        ),
        case("on its first day", rated("27000", "110.06", "110", date="2025-01-01")),
        case("on the day before the next rate", rated("27000", "110.06", "110", date="2025-06-30")),
        case("on the next rate's day", rated("27000", "90.05", "90", date="2025-07-01", carc="45")),
    ],
    CODES,
    rules=rules(overall=share(d2025_01_01="1.10", d2025_07_01="0.90")),
)
WITHOUT_A_RATE = CaseTable(
    "contract_rate",
    [
        case("a code outside all ranges is paid as Medicare pays", line("99213", "100.05")),
        case("100 % says so", rated("27000", "100.05", "100")),
    ],
    CODES,
    rules=rules(by_code=(("27000", "27999", share(d1992_01_01="1")),)),
)


@every_case(OVERALL, BY_CODE, DATED, WITHOUT_A_RATE)
def test_contract_rate(table: CaseTable, case) -> None:
    table.check(case)
