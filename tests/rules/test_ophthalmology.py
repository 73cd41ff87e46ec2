"""Ophthalmology: the technical part of one day's eye tests (77 FR 68933)."""

from tests.pricing_cases import CaseTable, by_hand, case, every_case, line, parts
from tests.rules.technical_pools import LESS, NONE, TOP
from tests.rules.technical_pools import table as technical_table

TABLE = technical_table("ophthalmology", "7", 80)
WHY = "{}: technical component at {}; 2 unit(s) in the session"
HEART = CaseTable(
    "cardiovascular",
    [
        case(
            "eye tests and heart tests are pools of their own",
            line("91001", "100.00", pos="11"),
            line("92001", "50.00", pos="11"),
        ),
    ],
    by_hand(
        *parts("91001", "20.00", "80.00", multiple="6"),
        *parts("92001", "10.00", "40.00", multiple="7"),
    ),
)
# Office, 2025, × 32.3465. 92083: 1.89 → 61.13 (TC 1.10 → 35.58). 92134: 0.97 → 31.38 (TC 0.44 →
# 14.23; × 0.80 = 11.384, 2.85 less).
STARTER_TABLE = CaseTable(
    "ophthalmology",
    [
        case(
            "a real visual field and a real scan",
            line("92083", "61.13", WHY.format("ophthalmology", TOP), codes=NONE, pos="11"),
            line("92134", "28.53", WHY.format("ophthalmology", LESS), carc="59", pos="11"),
        )
    ],
)


@every_case(TABLE, HEART, STARTER_TABLE)
def test_ophthalmology(table: CaseTable, case) -> None:
    table.check(case)
