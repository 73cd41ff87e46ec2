"""Add-on: an add-on is paid only beside a primary procedure (CMS Pub. 100-04, ch. 12, §30)."""

from datetime import date

import polars as pl

from payrules.engine.rule import Tables
from tests.pricing_cases import STARTER_TABLES, CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("60001", "100.00", assistant="2"),
    code("60002", "100.00"),
    code("60003", status="C"),
    code("60004", "100.00", status="B"),
    *(code(f"6001{n}", "40.00", days="ZZZ", assistant="2") for n in range(8)),
    code("60020", "40.00"),
)
_ALWAYS = (date(2000, 1, 1), None)
LINKS = pl.DataFrame(
    [
        ("60011", "1", "60001", *_ALWAYS),
        ("60011", "1", "60003", *_ALWAYS),
        ("60012", "1", "60011", *_ALWAYS),  # an add-on to an add-on
        ("60013", "2", None, *_ALWAYS),
        ("60014", "3", None, *_ALWAYS),
        ("60017", "1", "60001", date(2025, 3, 1), date(2025, 3, 31)),
        ("60017", "1", "60002", date(2025, 4, 1), None),
        ("60020", "1", "60001", date(2025, 3, 1), date(2025, 3, 31)),  # not ZZZ
    ],
    schema={
        "add_on_code": pl.String,
        "add_on_type": pl.String,
        "primary_code": pl.String,
        "effective_from": pl.Date,
        "effective_to": pl.Date,
    },
    orient="row",
)
UNSURE = "no CMS add-on table: any procedure in the session was accepted as primary"


def denied(service: str, fallen: str | None = None, **columns):
    why = f"add-on {service.split(maxsplit=1)[0]} without a payable primary procedure: "
    why += f"{fallen} is not paid" if fallen else "none is billed with it"
    return line(service, "0.00", why, status="denied", carc="107", rarc="N122", **columns)


def excluded(service: str, **columns):
    return line(service, "0.00", status="denied", carc="96", **columns)


BY_TABLE = CaseTable(
    "add_on",
    [
        case("type I with its primary is paid", line("60001", "100.00"), line("60011", "40.00")),
        case("type I before its primary is paid", line("60011", "40.00"), line("60001", "100.00")),
        case("type I alone is denied", denied("60011")),
        case("type I with another procedure is denied", line("60002", "100.00"), denied("60011")),
        case(
            "type I with a second primary, by report, is paid",
            line("60003", None, status="by_report"),
            line("60011", "40.00"),
        ),
        case("a denied primary takes its add-on", excluded("60001 GY"), denied("60011", "60001")),
        case(
            "one of two primaries denied is enough of the other",
            excluded("60001 GY"),
            line("60001", "100.00"),
            line("60011", "40.00"),
        ),
        case(
            "an add-on counts as the primary of its own add-on",
            line("60001", "100.00"),
            line("60011", "40.00"),
            line("60012", "40.00"),
        ),
        case(
            "the cascade: without the first primary both fall",
            line("60002", "100.00"),
            denied("60011"),
            denied("60012", "60011"),
        ),
        case(
            "the cascade goes on from a denied primary",
            excluded("60001 GY"),
            denied("60012", "60011"),
            denied("60011", "60001"),
        ),
        *(
            case(
                f"type {kind} with any procedure is paid",
                line("60002", "100.00"),
                line(add_on, "40.00"),
            )
            for kind, add_on in (("II", "60013"), ("III", "60014"))
        ),
        *(
            case(f"type {kind} with an add-on alone is denied", denied(add_on), denied("60011"))
            for kind, add_on in (("II", "60013"), ("III", "60014"))
        ),
        case(
            "type II with a procedure by report is paid",
            line("60003", None, status="by_report"),
            line("60013", "40.00"),
        ),
        case(
            "type II with a bundled procedure is denied",
            line("60004", "0.00", status="bundled", carc="97"),
            denied("60013"),
        ),
        # CMS has add-ons that its table does not list: ZZZ alone means one (MPFSDB global ZZZ).
        case("a ZZZ code the whole table does not list is denied when alone", denied("60010")),
        case(
            "such a code with any procedure of the session is paid, with a note",
            line("60002", "100.00"),
            line("60010", "40.00", review=UNSURE),
        ),
        case(
            "such a code is no procedure for types II and III",
            denied("60010"),
            denied("60013"),
        ),
        # 60017 is listed from 2025-03-01 on (9.13).
        case(
            "before the table lists an add-on it is judged as without a table",
            line("60002", "100.00", date="2025-02-28"),
            line("60017", "40.00", review=UNSURE, date="2025-02-28"),
        ),
        case(
            "every add-on of a primary is paid",
            line("60001", "100.00"),
            line("60011", "40.00"),
            line("60011 76", "40.00"),
            line("60013", "40.00"),
        ),
        case(
            "51 on an add-on is information only",
            line("60001", "100.00"),
            line("60011 51", "40.00"),
        ),
        case(
            "another practitioner's primary is none",
            line("60001", "100.00", npi="1"),
            denied("60011", npi="2"),
        ),
        case(
            "another day's primary is none",
            line("60001", "100.00", date="2025-06-03"),
            denied("60011"),
        ),
        case(
            "another person's primary is none",
            line("60001", "100.00", person="a neighbour"),
            denied("60011"),
            npi="1",
        ),
        case(
            "a primary on another claim of the practitioner's will do",
            line("60001", "100.00", claim="add-on a"),
            line("60011", "40.00", claim="add-on b"),
            npi="1",
        ),
        case(
            "with the table, the surgeon's primary holds an assistant's add-on",
            line("60001", "100.00"),
            line("60011 80", "6.40", carc="45", rarc="N646"),
        ),
        # In force from 1 to 31 March with 60001, from 1 April with 60002.
        *(
            case(
                f"the link of the day decides: {day}",
                line("60001", "100.00", date=day),
                *paid,
            )
            for day, paid in (
                ("2025-03-01", [line("60017", "40.00", date="2025-03-01")]),
                ("2025-03-31", [line("60017", "40.00", date="2025-03-31")]),
                ("2025-04-01", [denied("60017", date="2025-04-01")]),
            )
        ),
        case(
            "before its first link a code is judged by its global days",
            denied("60017", date="2025-02-28"),
        ),
        case(
            "before its first link a code that is not ZZZ is no add-on",
            line("60020", "40.00", date="2025-02-28"),
        ),
        case(
            "the next link begins on its day",
            line("60002", "100.00", date="2025-04-01"),
            line("60017", "40.00", date="2025-04-01"),
        ),
        case(
            "a listed add-on needs no ZZZ",
            denied("60020", date="2025-03-31"),
        ),
        case(
            "after its last link such a code is a procedure of its own",
            line("60020", "40.00", date="2025-04-01"),
        ),
    ],
    CODES,
    tables=Tables(add_on=LINKS),
)
PARTIAL = CaseTable(
    "add_on",
    [
        case(
            "an add-on a partial table does not list is judged as without one",
            line("60002", "100.00"),
            line("60010", "40.00", review=UNSURE),
        ),
        case("an add-on a partial table does not list is denied when alone", denied("60010")),
        case(
            "one a partial table lists is judged by it",
            line("60002", "100.00"),
            denied("60011"),
        ),
    ],
    CODES,
    tables=Tables(add_on=LINKS),
)
WITHOUT_A_TABLE = CaseTable(
    "add_on",
    [
        case(
            "without the table any procedure of the session will do, with a note",
            line("60002", "100.00"),
            line("60011", "40.00", review=UNSURE),
        ),
        case(
            "without the table a procedure by report will do",
            line("60003", None, status="by_report"),
            line("60011", "40.00", review=UNSURE),
        ),
        case("without the table an add-on alone is denied", denied("60011")),
        case(
            "without the table two add-ons hold up nothing",
            denied("60011"),
            denied("60012"),
        ),
        case(
            "without the table a denied primary takes its add-ons",
            excluded("60001 GY"),
            denied("60011", "60001"),
        ),
        case(
            "without the table another add-on is no primary, and none that fell",
            excluded("60012 GY"),
            denied("60011"),
        ),
        case(
            "without the table the role must be the same",
            line("60001", "100.00"),
            denied("60011 80"),
        ),
        case(
            "without the table an assistant's primary will do for the assistant",
            line("60001 80", "16.00", carc="45", rarc="N646"),
            line("60011 80", "6.40", carc="45", rarc="N646", review=UNSURE),
        ),
        case(
            "without the table another practitioner's procedure is none",
            line("60001", "100.00", npi="1"),
            denied("60011", npi="2"),
        ),
    ],
    CODES,
)
# Facility: 64493 2.73 × 32.3465 = 88.306; 64494 (1.00 + 0.42 + 0.10) × 32.3465 = 49.167
STARTER_TABLE = CaseTable(
    "add_on",
    [
        case(
            "the second level of a facet joint with its first",
            line("64493", "88.31"),
            line("64494", "49.17"),
        ),
        case(
            "the second level without its first",
            line("64483", "107.71"),
            denied("64494"),
        ),
        case(
            "CMS lists the first level of the neck for the second of the low back",
            line("64490", "102.21"),  # (1.82 + 1.17 + 0.17) × 32.3465 = 102.215
            line("64494", "49.17"),
        ),
        case("an add-on of many primaries alone is denied", denied("22845")),
        case(
            "the second level after the first was denied",
            excluded("64493 GY"),
            denied("64494", "64493"),
        ),
    ],
    tables=STARTER_TABLES,
)


@every_case(BY_TABLE, PARTIAL, WITHOUT_A_TABLE, STARTER_TABLE)
def test_add_on(table: CaseTable, case) -> None:
    table.check(case)


VISITS = (
    *("99205", "99215", "99483", "99223", "99233", "99236"),
    *("99306", "99310", "99345", "99350", "99213", "99291"),
)
NAMED_CODES = by_hand(
    *(code(visit, "100.00") for visit in VISITS),
    code("60001", "100.00"),
    code("G2212", "30.00"),
    *(code(each, "30.00", days="ZZZ") for each in ("G0316", "G0317", "G0318", "99292")),
)
NAMED = {
    "G2212": ("99205", "99215", "99483"),
    "G0316": ("99223", "99233", "99236"),
    "G0317": ("99306", "99310"),
    "G0318": ("99345", "99350"),
    "99292": ("99291",),
}
BY_CMS_RULES = [
    *(
        case(f"{add_on} with {visit} is paid", line(visit, "100.00"), line(add_on, "30.00"))
        for add_on, visits in NAMED.items()
        for visit in visits
    ),
    *(case(f"{add_on} alone is denied", denied(add_on)) for add_on in NAMED),
    *(
        case(
            f"{add_on} with another visit is denied",
            line("99213", "100.00"),
            line("60001", "100.00"),
            denied(add_on),
        )
        for add_on in NAMED
    ),
    case(
        "with a visit that is denied it is denied",
        excluded("99215 GY"),
        denied("G2212", "99215"),
    ),
    case("another day does not count", line("99215", "100.00"), denied("G2212", date="2025-06-03")),
]
PROLONGED_WITHOUT_A_TABLE = CaseTable("add_on", BY_CMS_RULES, NAMED_CODES)
PROLONGED_BESIDE_A_TABLE = CaseTable(
    "add_on", BY_CMS_RULES, NAMED_CODES, tables=Tables(add_on=LINKS)
)
#: A table that lists a code decides alone.
DECIDED_BY_TABLE = CaseTable(
    "add_on",
    [
        case("its primary will do", line("99213", "100.00"), line("G2212", "30.00")),
        case("the rule's will not", line("99215", "100.00"), denied("G2212")),
        case("of the others the rules decide", line("99223", "100.00"), line("G0316", "30.00")),
    ],
    NAMED_CODES,
    tables=Tables(
        add_on=pl.DataFrame([("G2212", "1", "99213", *_ALWAYS)], schema=LINKS.schema, orient="row")
    ),
)
#: A table decides while it lists a code; before and after, the rule's own list does (9.13).
NO_LONGER_LISTED = CaseTable(
    "add_on",
    [
        case("any procedure no longer will do", line("99213", "100.00"), denied("G0316")),
        case("the rule's primary will", line("99223", "100.00"), line("G0316", "30.00")),
    ],
    NAMED_CODES,
    tables=Tables(
        add_on=pl.DataFrame(
            [("G0316", "3", None, date(2024, 7, 1), date(2024, 12, 31))],
            schema=LINKS.schema,
            orient="row",
        )
    ),
)


@every_case(PROLONGED_WITHOUT_A_TABLE, PROLONGED_BESIDE_A_TABLE, DECIDED_BY_TABLE, NO_LONGER_LISTED)
def test_prolonged_visits_need_a_visit_of_their_list(table: CaseTable, case) -> None:
    table.check(case)
