"""Assistant at surgery: 80, 81, 82 and AS (CMS Pub. 100-04, ch. 12, §20.4.3, §110.2)."""

from payrules.dated import Dated
from payrules.payers.medicare import RULES
from payrules.rules.assistant_at_surgery import assistant_at_surgery
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "100.05", assistant="2", multiple="2", days="090"),
    code("27001", "150.00", assistant="2", multiple="2"),
    code("27002", "80.00", assistant="2", bilateral="1"),
)
PHYSICIAN = "modifier 80, 81 or 82: assistant at surgery"
OTHER = "modifier AS: assistant other than a physician"
UNKNOWN_SHARE = "no assistant-at-surgery percentage is in force on this date; amount not reduced"


def assists(service: str, pays: str, why: str = PHYSICIAN, **terms):
    factor = "0.136" if why == OTHER else "0.16"
    return line(service, pays, why, carc="45", rarc="N646", **{"factor": factor, **terms})


TABLE = CaseTable(
    "assistant_at_surgery",
    [
        # 100.05 × 0.16 = 16.008; × 0.136 = 13.6068, and in two steps 13.609
        *(
            case(f"{role} pays 16 %", assists(f"27000 {role}", "16.01"))
            for role in ("80", "81", "82")
        ),
        case("AS pays 13.6 % in one step", assists("27000 AS", "13.61", OTHER)),
        case("AS goes before 80 on one line", assists("27000 80 AS", "13.61", OTHER)),
        case(
            "an AS line is not reduced again for its practitioner",
            assists("27000 AS", "13.61", OTHER, kind="physician_assistant"),
        ),
        case("a surgeon is paid in full", line("27000", "100.05")),
        case(
            # 50.03 × 0.16 = 8.0048
            "the share is taken of what ranking left",
            assists("27000 80", "8.00"),
            assists("27001 80", "24.00"),
        ),
        case("and of what both sides are paid", assists("27002 80 50", "19.20")),
        case(
            "16 % is the fee schedule's own, of 1992",
            assists("27000 80", "16.01", date="1992-01-01"),
        ),
        # No share is in force, so none is taken.
        case(
            "AS on the day before",
            line("27000 AS", "100.05", date="1997-12-31", review=UNKNOWN_SHARE),
        ),
        case("AS is of 1998", assists("27000 AS", "13.61", OTHER, date="1998-01-01")),
    ],
    CODES,
)
# 64493, facility, 2025: 88.31 × 0.16 = 14.1296; × 0.136 = 12.01016
STARTER_TABLE = CaseTable(
    "assistant_at_surgery",
    [
        case("a real facet injection with an assistant", assists("64493 80", "14.13")),
        case("with one who is no physician", assists("64493 AS", "12.01", OTHER)),
    ],
)
LATER = Dated({"2026-01-01": "0.20"}, cites="a contract")
LATER_CONTRACT = CaseTable(
    "assistant_at_surgery",
    [
        case(
            "a contract's share for physicians on the day before",
            line("27000 80", "100.05", date="2025-12-31", review=UNKNOWN_SHARE),
            assists("27000 AS", "13.61", OTHER, date="2025-12-31", npi="2"),
        ),
        case(
            "and on its first day",
            assists("27000 80", "20.01", date="2026-01-01", factor="0.20"),
        ),
    ],
    CODES,
    rules=[
        each.on_terms(cites="a contract", physician=LATER) if each is assistant_at_surgery else each
        for each in RULES
    ],
)


@every_case(TABLE, STARTER_TABLE, LATER_CONTRACT)
def test_assistant_at_surgery(table: CaseTable, case) -> None:
    table.check(case)
