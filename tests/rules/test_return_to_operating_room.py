"""Return to the operating room: modifier 78 (CMS Pub. 100-04, ch. 12, §40.1.B, §40.4.C)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "100.05", days="090", shares=(10, 69, 21), multiple="2"),
    code("27010", "100.05", days="010", shares=(10, 80, 10)),
    code("27001", "100.05", days="000"),
    code("27002", "100.05", days="YYY", shares=(10, 69, 21)),
    code("27003", "100.05", days="090"),
    code("27004", "100.05", days="XXX"),
    code("27006", "100.05", days="090", shares=(0, 1, 0)),
    code("27005", "100.05", days="090", shares=(10, 69, 21), co_surgeon="2", assistant="2"),
)


def returned(service: str, pays: str, percent: int, **terms):
    why = f"modifier 78: the intraoperative share, {percent} %"
    return line(service, pays, why, **{"carc": "B10", **terms})


TABLE = CaseTable(
    "return_to_operating_room",
    [
        # 100.05 × 0.69 = 69.0345; × 0.80 = 80.04
        case(
            "78 pays a major procedure's intraoperative share",
            returned("27000 78", "69.03", 69, factor="0.69"),
        ),
        case("78 pays a minor procedure's intraoperative share", returned("27010 78", "80.04", 80)),
        case("78 on a procedure of global days 000 is paid in full", line("27001 78", "100.05")),
        case(
            "78 on other global days is paid in full",
            line("27002 78", "100.05"),
            line("27004 78", "100.05"),
        ),
        case("78 on a row of zero percentages is paid in full", line("27003 78", "100.05")),
        case(
            "a share of one percent is a share",
            returned("27006 78", "1.00", 1),
        ),
        case("without 78 nothing is divided", line("27000", "100.05")),
        case(
            "78 stands outside the ranking",
            returned("27000 78", "69.03", 69),
            line("27000", "100.05"),
        ),
        case(
            "then a co-surgeon's share: 69.03 × 0.625 = 43.14375",
            returned("27005 78 62", "43.14", 69, carc="B20", codes=("CO", "B10", None)),
        ),
        case(
            "then an assistant's: 69.03 × 0.16 = 11.0448",
            returned(
                "27005 78 80",
                "11.04",
                69,
                carc="45",
                rarc="N646",
                codes=("CO", "B10", None),
            ),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_return_to_operating_room(table: CaseTable, case) -> None:
    table.check(case)
