"""Status code: which codes the fee schedule pays at all (RVU file documentation, Attachment A)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

# Every row but R1000's has RVUs of 80.00: only those of A, R and T may be used.
CODES = by_hand(
    *(code(f"{status}0001", "80.00", status=status) for status in "ABCDEFGHIMNPRTX"),
    code("R1000", status="R"),
    code("R2000", malpractice="0.01", status="R"),
)
NOT_PAID = "status {}: the physician fee schedule does not pay this code"
INSIDE = "status {}: payment is always bundled into another service"
TABLE = CaseTable(
    "status_code",
    [
        case("status A is paid", line("A0001", "80.00", fee="80.00")),
        case("status T is paid when alone", line("T0001", "80.00", fee="80.00")),
        case("status R with RVUs is paid", line("R0001", "80.00", fee="80.00")),
        case("status R with one RVU of a cent is paid", line("R2000", "0.01", fee="0.01")),
        case(
            "status R without RVUs is by report",
            line(
                "R1000",
                None,
                "status R without RVUs: restricted coverage, contractor-priced",
                status="by_report",
                fee=None,
                medicare=None,
                patient=None,
            ),
        ),
        case(
            "status C is by report, and its RVUs are not used",
            line(
                "C0001",
                None,
                "status C: contractor-priced",
                status="by_report",
                fee=None,
            ),
        ),
        *(
            case(
                f"status {status} is bundled",
                line(
                    f"{status}0001",
                    "0.00",
                    INSIDE.format(status),
                    status="bundled",
                    carc="97",
                    fee=None,
                    medicare="0.00",
                    patient="0.00",
                ),
            )
            for status in "BP"
        ),
        case(
            "status N is denied and the patient bears it",
            line(
                "N0001",
                "0.00",
                "Medicare's status N: Medicare does not cover this service",
                status="denied",
                carc="96",
                codes=("PR", "96", None),
                fee=None,
            ),
        ),
        *(
            case(
                f"status {status} is not on the schedule",
                line(
                    f"{status}0001",
                    None,
                    NOT_PAID.format(status),
                    status="not_on_schedule",
                    fee=None,
                ),
            )
            for status in "EXIGMDFH"
        ),
        case(
            "a code without a row is not on the schedule, and no rule is shown it",
            line("Z9999", None, status="not_on_schedule", fee=None),
        ),
    ],
    CODES,
)
STARTER_TABLE = CaseTable(
    "status_code",
    [
        # 11055: (0.35 + 0.08 + 0.03) × 32.3465 = 14.879
        case("a real restricted code with RVUs is paid", line("11055", "14.88")),
        case(
            "a real restricted code without RVUs is by report",
            line(
                "D0150",
                None,
                "status R without RVUs: restricted coverage, contractor-priced",
                status="by_report",
            ),
        ),
        # 97010 is bundled although its row has RVUs.
        case(
            "a real bundled code with RVUs is paid nothing",
            line("97010", "0.00", INSIDE.format("B"), status="bundled", carc="97", pos="11"),
        ),
    ],
)


@every_case(TABLE, STARTER_TABLE)
def test_status_code(table: CaseTable, case) -> None:
    table.check(case)


CONSULTATION = "; bill the visit code; AI on the admitting physician's first hospital visit"
PROLONGED = (
    "; Medicare's prolonged visits are G2212 (with 99205, 99215, 99483), G0316 (99223, 99233,"
    " 99236), G0317 (99306, 99310) and G0318 (99345, 99350)"
)
REPLACED = CaseTable(
    "status_code",
    [
        *(
            case(
                f"{consultation} names the visit codes",
                line(
                    consultation,
                    None,
                    NOT_PAID.format("I") + CONSULTATION,
                    status="not_on_schedule",
                    fee=None,
                ),
            )
            for consultation in ("99242", "99245", "99252", "99255")
        ),
        *(
            case(
                f"{prolonged} names Medicare's own codes",
                line(
                    prolonged,
                    None,
                    NOT_PAID.format("I") + PROLONGED,
                    status="not_on_schedule",
                    fee=None,
                ),
            )
            for prolonged in ("99417", "99418")
        ),
        case("a payer that pays consultations is told nothing", line("99243", "80.00")),
        case(
            "99251 is no consultation that Medicare replaced",
            line("99251", None, NOT_PAID.format("I"), status="not_on_schedule", fee=None),
        ),
    ],
    by_hand(
        *(
            code(each, "80.00", status="I")
            for each in ["99242", "99245", "99251", "99252", "99255", "99417", "99418"]
        ),
        code("99243", "80.00"),
    ),
)


@every_case(REPLACED)
def test_consultations_and_prolonged_visits_name_what_to_bill(table: CaseTable, case) -> None:
    table.check(case)
