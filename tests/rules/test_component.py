"""Component: where 26, TC and technical services may be billed (MPFSDB PC/TC indicator)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line, parts

CODES = by_hand(
    *parts("10001", "30.00", "70.00"),  # indicator 1: 26 and TC
    code("10002", "50.00", pctc="2"),
    code("10003", "50.00", pctc="3"),
    code("10004", "50.00", pctc="4"),
    code("10005", "50.00", pctc="5"),
    code("10006", "50.00", pctc="6"),
    code("10006", "20.00", "26", pctc="6"),
    code("10007", "50.00", pctc="7"),
    code("10008", "50.00", pctc="8"),
    code("10009", "50.00", pctc="9"),
    code("10000", "50.00", pctc="0"),
    code("10010", "50.00", pctc="1"),  # indicator 1 without rows for 26 and TC, as 80506
)
WRONG = "PC/TC indicator {}: modifier {} does not apply to this code"
HOSPITAL = (
    "PC/TC indicator {} in place of service {}: the hospital is paid for the technical component"
)
THERAPIST = (
    "PC/TC indicator 7 in place of service {}: an independent therapist is not paid in a hospital"
)
INPATIENT = "PC/TC indicator 8: paid for inpatients only, not in {}"


def denied(service: str, why: str, carc: str, **columns):
    return line(service, "0.00", why, status="denied", carc=carc, **columns)


TABLE = CaseTable(
    "component",
    [
        case("indicator 1 is paid whole in the office", line("10001", "100.00", pos="11")),
        case("indicator 1 with 26 is paid its professional row", line("10001 26", "30.00")),
        case("indicator 1 with TC is paid its technical row", line("10001 TC", "70.00", pos="11")),
        case("26 goes before TC on one line", line("10001 TC 26", "30.00", pos="11")),
        case("indicator 6 with 26 is paid its professional row", line("10006 26", "20.00")),
        *(
            case(
                f"26 on indicator {n} is denied", denied(f"1000{n} 26", WRONG.format(n, "26"), "4")
            )
            for n in "02345789"
        ),
        *(
            case(
                f"TC on indicator {n} is denied",
                denied(f"1000{n} TC", WRONG.format(n, "TC"), "4", pos="11"),
            )
            for n in "023456789"
        ),
        case(
            "26 on a wrong code in a hospital is denied for the modifier first",
            denied("10003 26", WRONG.format("3", "26"), "4", pos="21"),
        ),
        *(
            case(
                f"the whole test of indicator {n} in place {pos} is the hospital's",
                denied(f"1000{n}", HOSPITAL.format(n, pos), "5", pos=pos),
            )
            for n in "1345"
            for pos in ("19", "21", "22", "23")
        ),
        *(
            case(
                f"indicator {n} in place {pos} is no hospital's",
                line(f"1000{n}", paid, pos=pos),
            )
            for n, paid in (("1", "100.00"), ("3", "50.00"), ("4", "50.00"), ("5", "50.00"))
            for pos in ("20", "24", "31", "11")
        ),
        case(
            "the technical part in a hospital is denied",
            denied("10001 TC", HOSPITAL.format("1", "22"), "5"),
        ),
        *(case(f"indicator {n} is paid in a hospital", line(f"1000{n}", "50.00")) for n in "02679"),
        *(
            case(
                f"indicator 7 by a {kind} in place {pos} is denied",
                denied("10007", THERAPIST.format(pos), "5", kind=kind, pos=pos),
            )
            for kind, pos in (
                ("physical_therapist", "19"),
                ("occupational_therapist", "21"),
                ("speech_language_pathologist", "22"),
                ("physical_therapist", "23"),
            )
        ),
        case(
            "indicator 7 by a therapist of one's own office is paid",
            line("10007", "50.00", kind="physical_therapist", pos="11"),
        ),
        case(
            "indicator 7 in a hospital by another practitioner is paid",
            line("10007", "50.00", kind="audiologist"),
        ),
        case("indicator 8 is paid for an inpatient", line("10008", "50.00", pos="21")),
        *(
            case(
                f"indicator 8 in place {pos} is denied",
                denied("10008", INPATIENT.format(pos), "5", pos=pos),
            )
            for pos in ("11", "22", "23", "51")
        ),
        # Never the whole amount for a part.
        *(
            case(
                f"a valid {part} without a row of its own is not on the schedule",
                line(f"10010 {part}", None, status="not_on_schedule", pos="11"),
            )
            for part in ("26", "TC")
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_component(table: CaseTable, case) -> None:
    table.check(case)
