"""Role: where an assistant, a co-surgeon or a team may be paid (SSA 1848(i)(2))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    *(
        code(f"2000{n}", "100.00", days="090", assistant=n, co_surgeon=n, team=n, multiple="2")
        for n in "0129"
    ),
    # Whatever the team indicator, an assistant may be paid: each role has its own indicator.
    code("20010", "100.00", assistant="2", co_surgeon="0", team="9"),
)
CONCEPT = "{} indicator 9: the concept does not apply"
NO_ASSISTANT = (
    "assistant indicator 0: an assistant is paid only with documentation of medical necessity"
)
STATUTE = "assistant indicator 1: an assistant is not paid, by statute"
PAPERS = "{} indicator {}: paid on the documentation submitted; contractors may differ"


def denied(service: str, why: str, carc: str = "54", **columns):
    return line(service, "0.00", why, status="denied", carc=carc, **columns)


def assists(service: str, pays: str, **terms):
    """A line that goes on to the assistant's share, CARC 45."""
    return line(service, pays, carc="45", rarc="N646", **terms)


TABLE = CaseTable(
    "role",
    [
        *(
            case(f"assistant {role} with indicator 2 goes on", assists(f"20002 {role}", pays))
            for role, pays in (("80", "16.00"), ("81", "16.00"), ("82", "16.00"), ("AS", "13.60"))
        ),
        *(
            case(f"assistant {role} with indicator 1 is denied", denied(f"20001 {role}", STATUTE))
            for role in ("80", "81", "82", "AS")
        ),
        case(
            "documents do not help against the statute",
            denied("20001 80", STATUTE, documents=True),
        ),
        *(
            case(
                f"assistant {role} with indicator 0 is denied without documents",
                denied(f"20000 {role}", NO_ASSISTANT),
            )
            for role in ("80", "81", "82", "AS")
        ),
        case(
            "assistant with indicator 0 and documents goes on with a note",
            assists("20000 80", "16.00", documents=True, review=PAPERS.format("assistant", "0")),
        ),
        *(
            case(
                f"assistant {role} with indicator 9 is denied",
                denied(f"20009 {role}", CONCEPT.format("assistant"), "4"),
            )
            for role in ("80", "AS")
        ),
        case(
            "documents do not help where the concept does not apply",
            denied("20009 82", CONCEPT.format("assistant"), "4", documents=True),
        ),
        case("co-surgeon with indicator 2 goes on", line("20002 62", "62.50", carc="B20")),
        case(
            "co-surgeon with indicator 1 is denied without documents",
            denied(
                "20001 62",
                "co-surgeon indicator 1: needs documentation of the need for two surgeons",
            ),
        ),
        case(
            "co-surgeon with indicator 1 and documents goes on with a note",
            line(
                "20001 62",
                "62.50",
                carc="B20",
                documents=True,
                review=PAPERS.format("co-surgeon", "1"),
            ),
        ),
        case(
            "co-surgeon with indicator 0 is denied, documents or not",
            denied(
                "20000 62", "co-surgeon indicator 0: co-surgeons are not permitted", documents=True
            ),
        ),
        case(
            "co-surgeon with indicator 9 is denied",
            denied("20009 62", CONCEPT.format("co-surgeon"), "4"),
        ),
        *(
            case(
                f"team with indicator {n} is by report",
                line(
                    f"2000{n} 66",
                    None,
                    f"team indicator {n}: team surgery is paid by report",
                    status="by_report",
                ),
            )
            for n in "12"
        ),
        case(
            "team with indicator 0 is denied",
            denied("20000 66", "team indicator 0: team surgery is not permitted"),
        ),
        case("team with indicator 9 is denied", denied("20009 66", CONCEPT.format("team"), "4")),
        case("each role asks its own indicator", assists("20010 80", "16.00")),
        case(
            "another role's indicator does not lend itself",
            denied("20010 62", "co-surgeon indicator 0: co-surgeons are not permitted"),
        ),
        case("a surgeon alone needs no indicator", line("20009", "100.00")),
        case("documents without a role leave no note", line("20000", "100.00", documents=True)),
    ],
    CODES,
)
# 64493, assistant indicator 2, facility: 2.73 × 32.3465 = 88.306; × 0.16 = 14.1296
STARTER_TABLE = CaseTable(
    "role",
    [
        case("64493 allows an assistant, as the schedule says", assists("64493 80", "14.13")),
        case("45385 allows none by statute", denied("45385 80", STATUTE)),
        case("29881 allows one on documents", denied("29881 AS", NO_ASSISTANT)),
    ],
)


@every_case(TABLE, STARTER_TABLE)
def test_role(table: CaseTable, case) -> None:
    table.check(case)
