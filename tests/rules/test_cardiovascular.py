"""Cardiovascular: the technical part of one day's heart tests (77 FR 68933)."""

from payrules.fees.components import TECHNICAL_CODES
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line, parts
from tests.rules.technical_pools import LESS, NONE, TOP
from tests.rules.technical_pools import table as technical_table

TABLE = technical_table("cardiovascular", "6", 75)
WHY = "cardiovascular: technical component at {}; {} unit(s) in the session"

# Tests that are only billed whole: 100.00, of which the technical codes have 30.01 each.
WHOLE_ONLY = CaseTable(
    "cardiovascular",
    [
        case(
            f"{whole} has the technical component of {' and '.join(its)}",
            line("91001", "800.00", WHY.format(TOP, 2), codes=NONE, pos="11"),
            line(
                whole,
                # 30.01 × 0.75 = 22.5075, 7.50 less; 60.02 × 0.75 = 45.015, 15.00 less
                "92.50" if len(its) == 1 else "85.00",
                WHY.format(LESS, 2),
                carc="59",
                pos="11",
            ),
        )
        for whole, its in TECHNICAL_CODES.items()
    ],
    by_hand(
        *parts("91001", "20.00", "780.00", multiple="6"),
        *(code(whole, "100.00", pctc="4", multiple="6") for whole in TECHNICAL_CODES),
        *(
            code(part, pe="30.01", pctc="3", multiple="6")
            for its in TECHNICAL_CODES.values()
            for part in its
        ),
    ),
)
INCOMPLETE = CaseTable(
    "cardiovascular",
    [
        case(
            "a whole test whose technical code has no row has no technical part",
            line("93000", "100.00", pos="11"),
            line("91001", "800.00", pos="11"),
        ),
        case(
            "nor has one of whose two technical codes only one has a row",
            line("93224", "100.00", pos="11"),
            line("91001", "800.00", pos="11"),
        ),
    ],
    by_hand(
        *parts("91001", "20.00", "780.00", multiple="6"),
        code("93000", "100.00", pctc="4", multiple="6"),
        code("93224", "100.00", pctc="4", multiple="6"),
        code("93225", "30.00", pctc="3", multiple="6"),
    ),
)
# Office, 2025, × 32.3465. 93306: 5.81 → 187.93 (TC 3.79 → 122.59). 93000: 0.43 → 13.91; its
# technical code 93005: 0.19 → 6.15; × 0.75 = 4.6125, 1.54 less.
STARTER_TABLE = CaseTable(
    "cardiovascular",
    [
        case(
            "a real echo and a real electrocardiogram",
            line("93306", "187.93", WHY.format(TOP, 2), codes=NONE, pos="11"),
            line("93000", "12.37", WHY.format(LESS, 2), carc="59", pos="11"),
        )
    ],
)


@every_case(TABLE, WHOLE_ONLY, INCOMPLETE, STARTER_TABLE)
def test_cardiovascular(table: CaseTable, case) -> None:
    table.check(case)
