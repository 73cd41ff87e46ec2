"""Nonparticipating physicians are paid from a lower schedule (42 CFR 414.20(b))."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "100.10", bilateral="1", assistant="2", multiple="2"),
    code("27001", "300.00", multiple="2"),
)
WHY = "nonparticipating physician"


def lower(service: str, pays: str, **terms):
    given = {"participating": False, "carc": "45", **terms}
    return line(service, pays, WHY, factor="0.95", **given)


TABLE = CaseTable(
    "nonparticipating",
    [
        # 100.10 × 0.95 = 95.095
        case("a nonparticipating physician is paid 95 %", lower("27000", "95.10")),
        case("a participating one in full", line("27000", "100.10", participating=True)),
        case("who says nothing takes part", line("27000", "100.10")),
        case("assignment alone changes nothing", line("27000", "100.10", assignment=False)),
        case(
            "assignment refused does not lower it again",
            lower("27000", "95.10", assignment=False, limit="109.36"),  # 109.35925
        ),
        case(
            "a nurse practitioner has no such schedule",
            line("27000", "85.09", carc="45", participating=False, kind="nurse_practitioner"),
        ),
        # SSA 1842(b)(18)(C), 1848(a)(3), (g).
        *(
            case(
                f"a nonparticipating {kind} is paid 95 %, and owed up to the limit",
                line(
                    "27000",
                    "95.10",
                    f"nonparticipating {kind.replace('_', ' ')}",
                    carc="45",
                    factor="0.95",
                    kind=kind,
                    participating=False,
                    assignment=False,
                    limit="109.36",
                ),
            )
            for kind in (
                "chiropractor",
                "optometrist",
                "podiatrist",
                "physical_therapist",
                "occupational_therapist",
                "speech_language_pathologist",
                "audiologist",
            )
        ),
        *(
            case(
                f"a {kind} must accept assignment: no lower schedule, no limit",
                line("27000", "100.10", kind=kind, participating=False, assignment=False),
            )
            for kind in ("certified_nurse_midwife", "clinical_psychologist", "crna")
        ),
        case(
            # 150.15 × 0.95 = 142.6425
            "the share is taken of both sides",
            lower("27000 50", "142.64"),
        ),
        case(
            # 50.05 × 0.95 = 47.5475
            "and of what ranking left",
            lower("27000", "47.55"),
            lower("27001", "285.00"),
        ),
        case(
            # 16.02 (16.016) × 0.95 = 15.219
            "and of an assistant's share",
            lower("27000 80", "15.22"),
        ),
        case(
            "before a charge: no more than charged",
            lower("27000", "90.00", charge="90.00", codes=("CO", "45", None), after="95.10"),
        ),
        case(
            "the lower schedule is the fee schedule's own, of 1992",
            lower("27000", "95.10", date="1992-01-01"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_nonparticipating(table: CaseTable, case) -> None:
    table.check(case)
