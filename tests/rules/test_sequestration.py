"""Sequestration: the budget law's cut, by date (BBEDCA §251A(6))."""

from payrules.dated import Dated
from payrules.payers.medicare import RULES
from payrules.rules.sequestration import sequestration
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "50.00"), code("27001", "100.00"), code("27002", "15.31"), code("27003", "0.01")
)
WHY = "sequestration, {} % of the payer's share"


def cut(service: str, pays: str, taken: str, medicare: str, percent: float | str = 2, **terms):
    return line(
        service,
        pays,
        WHY.format(percent),
        codes=("CO", "253", None),
        sequestered=taken,
        medicare=medicare,
        **{"after": medicare, **terms},
    )


def uncut(service: str, pays: str, percent: str = "2", **terms):
    """A line so small that its cut rounds to nothing."""
    return line(
        service,
        pays,
        WHY.format(percent),
        codes=(None, None, None),
        **{"sequestered": "0.00", "medicare": pays, **terms},
    )


TABLE = CaseTable(
    "sequestration",
    [
        case(
            "First Coast's example: 50.00, 10.00 coinsurance, 40.00 − 0.80 = 39.20",
            cut("27000", "50.00", "0.80", "39.20", coinsurance="10.00", patient="10.00"),
        ),
        # 15.31 − 3.06 = 12.25; 2 % is 0.245
        case("half a cent is rounded up", cut("27002", "15.31", "0.25", "12.00")),
        case("of a cent there is none to take", uncut("27003", "0.01")),
        case(
            "a denied line has none",
            line("27000 GY", "0.00", status="denied", carc="96", sequestered="0.00"),
        ),
        case(
            "where the deductible took all there is none",
            line("27000", "50.00", deductible="60.00", sequestered="0.00", medicare="0.00"),
        ),
        # Of 80.00: 2 % is 1.60, 1 % 0.80.
        *(
            case(
                f"none on {day}",
                line("27001", "100.00", date=day, sequestered="0.00", medicare="80.00"),
            )
            for day in ("1992-01-01", "2013-03-31", "2020-05-01", "2021-12-31", "2022-03-31")
        ),
        *(
            case(f"1 % on {day}", cut("27001", "100.00", "0.80", "79.20", 1, date=day))
            for day in ("2022-04-01", "2022-06-30")
        ),
        *(
            case(f"2 % on {day}", cut("27001", "100.00", "1.60", "78.40", date=day))
            for day in ("2013-04-01", "2020-04-30", "2022-07-01", "2026-12-31")
        ),
    ],
    CODES,
)
# The smallest cut there can be: 80.00 × 0.0001 = 0.008.
SMALLEST = CaseTable(
    "sequestration",
    [case("a payer's hundredth of a percent", cut("27001", "100.00", "0.01", "79.99", "0.01"))],
    CODES,
    rules=[
        each.on_terms(cites="a contract", cut=Dated({"1992-01-01": "0.0001"}, cites="a contract"))
        if each is sequestration
        else each
        for each in RULES
    ],
)


@every_case(TABLE, SMALLEST)
def test_sequestration(table: CaseTable, case) -> None:
    table.check(case)
