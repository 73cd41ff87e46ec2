"""Flat and case rates of a contract: one amount for a code's session, and what it includes."""

from tests.payers.files import rules_of
from tests.pricing_cases import CaseTable, Line, by_hand, case, code, every_case, line, parts

CODES = by_hand(
    *(code(hcpcs, "1000.00", multiple="2", bilateral="1") for hcpcs in ("27447", "29881")),
    *(code(hcpcs, "600.00", multiple="2", assistant="2") for hcpcs in ("29880", "20610", "64483")),
    *(code(hcpcs, "100.00") for hcpcs in ("99213", "73560", "97110", "97140")),
    *parts("70553", "40.00", "260.00", multiple="4", family="88"),
    *parts("70551", "30.00", "200.00", multiple="4", family="88"),
    code("90000", status="C"),
    code("50000", status="N"),
    code("60000", status="B"),
)
PART = (
    "the dollars are for the whole service, and this line's modifier is for a part or a role:"
    " priced without them"
)
FULL = "modifier 22: full amount; the payer decides on additional payment case by case"
NO = (None, None, None)


def rate(*settings: str) -> str:
    return "[[rate]]\n" + "\n".join(settings) + "\n"


KNEE = "contract, knee: case rate $2500.00 for the session"
NOT_ASKED = (
    "contract: not under 100 % of Medicare is left out, for the amount is of a whole session"
)
DAILY = "contract, daily: case rate $65.00 for the session"
KNEES = "contract, both knees: case rate $1200.00 for the session"
SCAN = "contract, scan: flat rate $250.00 for the session"


def bundled(service: str, said: str, *, on: str, own: bool = False, **named: str) -> Line:
    """Give a further line of a case, whose money stands on line 1 of a claim."""
    where = "in" if own else "included in"
    why = f"{said}, {where} the session's amount, paid on claim {on} line 1"
    return line(service, "0.00", why, status="bundled", carc="97", **named)


TABLE = CaseTable(
    "case_rate",
    [
        case(
            "a case rate pays the session of its code",
            line("27447", "2500.00", KNEE),
        ),
        case(
            "whatever units are billed",
            line("29881", "1200.00", KNEES, units="2"),
        ),
        case(
            "and of both sides on one line",
            line("29881 50", "1200.00", KNEES),
        ),
        case(
            "and of both sides on two lines",
            line("29881 RT", "1200.00", KNEES),
            bundled("29881 LT", KNEES, own=True, on="C1"),
            claim="C1",
        ),
        case(
            "what it includes is paid within it, with or without a price",
            line("97140", "100.00"),
            line("27447", "2500.00", KNEE),
            line(
                *(
                    "73560",
                    "0.00",
                    f"{KNEE}, included in the session's amount, paid on claim C2 line 2",
                ),
                status="bundled",
                carc="97",
            ),
            claim="C2",
        ),
        case(
            "of two the higher is paid, and includes the other where it lists it",
            line("27447", "2500.00", KNEE),
            bundled("29881", KNEE, on="C3"),
            bundled("29880", KNEE, on="C3"),
            claim="C3",
        ),
        case(
            "of equal ones the first billed",
            line("29880", "1200.00", KNEES),
            bundled("29881", KNEES, on="C4"),
            claim="C4",
        ),
        case(
            "else each is paid its own",
            line("27447", "2500.00", KNEE),
            line("70553", "250.00", SCAN, carc="45", pos="11"),
        ),
        case(
            "an assistant's session is another",
            line("29880", "1200.00", KNEES),
            line(
                "29880 80",
                "96.00",
                carc="45",
                rarc="N646",
                review=f"contract, both knees: {PART}",
            ),
        ),
        case(
            "so is another practitioner's",
            line("27447", "2500.00", KNEE, npi="1234567893"),
            line("73560", "100.00", npi="1245319599"),
        ),
        case(
            "below the fee it carries 45",
            line("70553", "250.00", SCAN, carc="45", pos="11"),
        ),
        case(
            "no other scan of the session is reduced by it, nor does it reduce",
            line("70553", "250.00", SCAN, carc="45", pos="11"),
            line("70551", "230.00", pos="11"),
        ),
        case(
            "other procedures rank among themselves, as if it were not there",
            line("27447", "2500.00", KNEE),
            line("20610", "600.00"),
            line("64483", "300.00", carc="59"),
        ),
        case(
            "a share for a modifier is not taken of it",
            line("27447 22", "2500.00", KNEE, review=FULL),
        ),
        case(
            "nor a practitioner's",
            line("99213", "90.00", "contract, visit: flat rate $90.00 for the session", carc="45"),
            kind="nurse_practitioner",
        ),
        case(
            "a part of the service is not paid by it",
            line(
                "70553 26",
                "40.00",
                review=f"contract, scan: {PART}",
            ),
        ),
        case(
            "a code without a price of Medicare's is priced by it",
            line("90000", "75.00", "contract, unpriced: flat rate $75.00 for the session"),
        ),
        case(
            "what Medicare does not cover no rate pays, and it makes no case",
            line("50000", "0.00", status="denied", carc="96"),
        ),
        case(
            "a line with a rate of its own before it is carved out",
            line(
                "97110", "30.00", "contract, therapy: case rate $30.00 for the session", carc="45"
            ),
            line("97140", "100.00"),
        ),
        case(
            "the charges of the session are compared with its amount",
            line(
                "27447",
                "2400.00",
                KNEE,
                charge="1500.00",
                carc="45",
                codes=NO,
            ),
            bundled("73560", KNEE, charge="900.00", on="C5"),
            claim="C5",
        ),
        case(
            "not the charge of its line",
            line("27447", "2500.00", KNEE, charge="1500.00"),
            bundled("73560", KNEE, charge="1100.00", on="C6"),
            claim="C6",
        ),
    ],
    CODES,
    rules=rules_of(
        rate('name = "kept out"', 'codes = ["97140"]', "percent_of_medicare = 100")
        + rate(
            'name = "knee"',
            'codes = ["27447"]',
            'case_rate = "2500.00"',
            'includes = ["73560", "29880-29881"]',
        )
        + rate(
            'name = "both knees"',
            'codes = ["29880-29881"]',
            'case_rate = "1200.00"',
            'includes = ["29880-29881", "27447"]',
        )
        + rate('name = "scan"', 'codes = ["70553"]', 'flat_rate = "250.00"')
        + rate('name = "visit"', 'codes = ["99213"]', 'flat_rate = "90.00"')
        + rate('name = "therapy"', 'codes = ["97110"]', 'case_rate = "30.00"', 'includes = "all"')
        + rate('name = "unpriced"', 'codes = ["90000"]', 'flat_rate = "75.00"')
    ),
)


@every_case(TABLE)
def test_case_rate(table: CaseTable, case) -> None:
    table.check(case)


#: What a limit leaves of a session: 80 % of 2,000.00 charged; not under 900.00.
LIMITED = CaseTable(
    "case_rate",
    [
        case(
            "a limit is of all the session's charges",
            line(
                *("27447", "1600.00", f"{KNEE}, but not over 80 % of the session's charges"),
                charge="1500.00",
            ),
            bundled(
                "73560",
                f"{KNEE}, but not over 80 % of the session's charges",
                on="L1",
                charge="500.00",
            ),
            claim="L1",
        ),
        case(
            "without a charge of every line it is left out, and said",
            line(
                *("27447", "2500.00", KNEE),
                charge="1500.00",
                review="contract, knee: not over 80 % of the session's charges is left out, for a"
                " line of the session has no charge",
            ),
            bundled("73560", KNEE, on="L2"),
            claim="L2",
        ),
        case(
            "a floor is of the session, whatever its units, and escalates with its rate",
            line(
                "29881",
                "927.00",
                "contract, scope: case rate $800.00 for the session, but not under $927.00 for the"
                " session",
                units="2",
                charge="5000.00",
                carc="45",
            ),
        ),
        case(
            "the contract's floor is of what is no session's",
            line("99213", "120.00", charge="900.00"),
        ),
    ],
    CODES,
    rules=rules_of(
        "not_over = { percent_of_charge = 80 }\n"
        + rate(
            'name = "knee"',
            'codes = ["27447"]',
            'case_rate = "2500.00"',
            'includes = ["73560"]',
        )
        + rate(
            'name = "scope"',
            'codes = ["29881"]',
            'case_rate = { 2024-01-01 = "776.70" }',
            "escalator = { 2025-01-01 = 1.03 }",
            'includes = "all"',
            'not_under = { amount = "900.00" }',
        )
        + rate('codes = ["99213"]', "percent_of_medicare = 120")
    ),
)
OF_ALL = CaseTable(
    "case_rate",
    [
        case(
            "a floor of all that is paid, a percentage of Medicare's, is not one of a session",
            line(
                *("27447", "2500.00", KNEE),
                review=NOT_ASKED,
            ),
        ),
        case("a visit paid by the day", line("97110", "65.00", DAILY, carc="45", review=NOT_ASKED)),
        case(
            "with all that is done on it, whatever has a price",
            line("97140", "65.00", DAILY, carc="45", review=NOT_ASKED),
            bundled("97110", DAILY, on="D1"),
            bundled("90000", DAILY, on="D1"),
            bundled("97140", DAILY, on="D1", own=True),
            claim="D1",
        ),
        case("before its first day nothing is in it", line("97140", "100.00", date="2024-12-31")),
    ],
    CODES,
    rules=rules_of(
        "not_under = { percent_of_medicare = 100 }\n"
        + rate(
            'name = "knee"', 'codes = ["27447"]', 'case_rate = "2500.00"', 'includes = ["73560"]'
        )
        + rate(
            'name = "daily"',
            "first_day = 2025-01-01",
            'case_rate = "65.00"',
            'includes = "all"',
            "not_under = { amount = 10 }",
        )
    ),
)


@every_case(LIMITED, OF_ALL)
def test_case_rate_within_limits(table: CaseTable, case) -> None:
    table.check(case)
