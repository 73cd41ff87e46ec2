"""Co-surgery: modifier 62 (CMS Pub. 100-04, ch. 12, §40.8)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "100.05", co_surgeon="2", assistant="2", multiple="2"),
    code("27001", "150.00", co_surgeon="2", multiple="2"),
)
WHY = "modifier 62: each co-surgeon's share"

RANKED = (
    "co-surgeons in one group and specialty: their lines were ranked as two procedures in one "
    "session"
)


def shared(service: str, pays: str, **terms):
    return line(service, pays, WHY, **{"carc": "B20", "factor": "0.625", **terms})


TABLE = CaseTable(
    "co_surgery",
    [
        # 100.05 × 0.625 = 62.53125
        case(
            "each co-surgeon is paid 62.5 %",
            shared("27000 62", "62.53", npi="1"),
            shared("27000 62", "62.53", npi="2"),
        ),
        # 100.05 × 0.50 = 50.025; 50.03 × 0.625 = 31.26875
        case(
            "two co-surgeons of one group and specialty rank against each other, with a note",
            shared("27000 62", "62.53", npi="1", tin="9", specialty="20", review=RANKED),
            shared("27000 62", "31.27", npi="2", tin="9", specialty="20", review=RANKED),
        ),
        case(
            "one co-surgeon's two operations are two procedures without a note",
            shared("27001 62", "93.75", npi="1", tin="9", specialty="20"),
            shared("27000 62", "31.27", npi="1", tin="9", specialty="20"),
            shared("27000 62", "62.53", npi="2", tin="9", specialty="14"),
        ),
        case("a surgeon alone is paid in full", line("27000", "100.05")),
        case(
            # 100.05 × 0.50 = 50.025; 50.03 × 0.625 = 31.26875
            "the share is taken of what ranking left",
            shared("27000 62", "31.27"),
            line("27001", "150.00"),
        ),
        case(
            # 62.53 × 0.16 = 10.0048
            "an assistant's share comes after",
            shared("27000 62 80", "10.00", carc="45", rarc="N646", codes=("CO", "B20", None)),
        ),
        case(
            "the share is the fee schedule's own, of 1992",
            shared("27000 62", "62.53", date="1992-01-01"),
        ),
    ],
    CODES,
)
# 22551, facility, 2025: 1,673.61 × 0.625 = 1,046.00625
STARTER_TABLE = CaseTable("co_surgery", [case("a real neck fusion", shared("22551 62", "1046.01"))])


@every_case(TABLE, STARTER_TABLE)
def test_co_surgery(table: CaseTable, case) -> None:
    table.check(case)
