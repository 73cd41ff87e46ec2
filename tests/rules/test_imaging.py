"""Imaging: diagnostic imaging of one day, part by part (Pub. 100-04, ch. 4, §250.3)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line, parts

IMAGING = {"multiple": "4", "family": "88"}
CODES = by_hand(
    *parts("70001", "30.00", "70.00", **IMAGING),
    *parts("70002", "40.00", "60.00", **IMAGING),
    *parts("70003", "10.01", "20.01", **IMAGING),
    *parts("70006", "30.00", "70.00", **IMAGING),
    code("70004", "50.00", pctc="3", **IMAGING),
    code("70005", "35.00", pctc="2", **IMAGING),
    *parts("70007", "500.00", "900.00"),
)
NONE = (None, None, None)
IN_FULL, LESS, ONCE, NO = "in full", "reduced", "in full once", "none"


def image(service: str, pays: str, technical: str, of: int, professional: str, its: int, **terms):
    """A line of a pool: what became of its parts, and how many of each there are."""
    why = (
        f"imaging: technical component {technical} ({of} in the session), professional component"
        f" {professional} ({its})"
    )
    reduced = not (technical in (IN_FULL, NO) and professional in (IN_FULL, NO))
    if not reduced:
        terms.setdefault("codes", NONE)
    return line(service, pays, why, carc="59" if reduced else None, **{"pos": "11", **terms})


TABLE = CaseTable(
    "imaging",
    [
        case("one test alone is paid in full", line("70001", "100.00", pos="11")),
        case(
            "the parts are ranked apart: each may be highest in another line",
            # 30.00 × 0.95 = 28.50; 60.00 × 0.50 = 30.00
            image("70001", "98.50", IN_FULL, 2, LESS, 2),
            image("70002", "70.00", LESS, 2, IN_FULL, 2),
        ),
        case(
            "each reduced part is rounded half up",
            # 70003: 20.01 × 0.50 = 10.005; 10.01 × 0.95 = 9.5095
            image("70001", "100.00", IN_FULL, 2, IN_FULL, 2),
            image("70003", "19.52", LESS, 2, LESS, 2),
        ),
        case(
            "three tests: two are reduced",
            image("70001", "98.50", IN_FULL, 3, LESS, 3),
            image("70002", "70.00", LESS, 3, IN_FULL, 3),
            image("70003", "19.52", LESS, 3, LESS, 3),
        ),
        case(
            "26 lines rank their professional part alone",
            image("70001 26", "28.50", NO, 0, LESS, 2, pos="22"),
            image("70002 26", "40.00", NO, 0, IN_FULL, 2, pos="22"),
        ),
        case(
            "TC lines rank their technical part alone",
            image("70001 TC", "70.00", IN_FULL, 2, NO, 0),
            image("70002 TC", "30.00", LESS, 2, NO, 0),
        ),
        case(
            "a whole test meets a TC and a 26 line",
            image("70001", "98.50", IN_FULL, 2, LESS, 2),
            image("70002 TC", "30.00", LESS, 2, NO, 2),
            image("70002 26", "40.00", NO, 2, IN_FULL, 2),
        ),
        case(
            "a TC and a 26 line do not meet",
            line("70001 TC", "70.00", pos="11"),
            line("70002 26", "40.00", pos="11"),
        ),
        case(
            "a TC line does not meet two 26 lines",
            image("70001 26", "28.50", NO, 1, LESS, 2),
            image("70002 26", "40.00", NO, 1, IN_FULL, 2),
            line("70003 TC", "20.01", pos="11"),
        ),
        case(
            "a 26 line does not meet two TC lines",
            image("70001 TC", "70.00", IN_FULL, 2, NO, 1),
            image("70002 TC", "30.00", LESS, 2, NO, 1),
            line("70003 26", "10.01", pos="11"),
        ),
        case(
            "a technical code (PC/TC 3) ranks with technical parts",
            image("70004", "25.00", LESS, 2, NO, 1),
            image("70002", "100.00", IN_FULL, 2, IN_FULL, 1),
        ),
        case(
            "a professional code (PC/TC 2) ranks with professional parts",
            image("70005", "33.25", NO, 1, LESS, 2),
            image("70002", "100.00", IN_FULL, 1, IN_FULL, 2),
        ),
        # Units.
        case(
            "each unit is ranked on its own",
            # 100.00 + (35.00 + 28.50)
            image("70001", "163.50", ONCE, 2, ONCE, 2, units=2),
        ),
        case(
            "units after another line's are all reduced",
            # three times 10.01 + 9.51
            image("70003", "58.56", LESS, 4, LESS, 4, units=3),
            image("70001", "100.00", IN_FULL, 4, IN_FULL, 4),
        ),
        # Ties.
        case(
            "ties go to the higher charge per unit",
            image("70001", "63.50", LESS, 2, LESS, 2, charge="300.00"),
            image("70006", "100.00", IN_FULL, 2, IN_FULL, 2, charge="400.00"),
        ),
        case(
            "without a charge comes last",
            image("70001", "63.50", LESS, 2, LESS, 2),
            image("70006", "100.00", IN_FULL, 2, IN_FULL, 2, charge="400.00"),
        ),
        case(
            "then ties go to the first claim as text",
            image("70001", "63.50", LESS, 2, LESS, 2, claim="image 9"),
            image("70006", "100.00", IN_FULL, 2, IN_FULL, 2, claim="image 10"),
            group="1",
        ),
        case(
            "then to the line number",
            image("70001", "63.50", LESS, 2, LESS, 2, number=12),
            image("70006", "100.00", IN_FULL, 2, IN_FULL, 2, number=3),
        ),
        # Who and when.
        *(
            case(
                f"{apart} is a session of its own",
                line(f"70001 {apart}", "100.00", pos="11"),
                line("70002", "100.00", pos="11"),
            )
            for apart in ("59", "XE")
        ),
        case(
            "two lines with 59 stand outside, each",
            line("70001 59", "100.00", pos="11"),
            line("70002 59", "100.00", pos="11"),
        ),
        *(
            case(
                f"{same} is no session of its own",
                image(f"70001 {same}", "98.50", IN_FULL, 2, LESS, 2),
                image("70002", "70.00", LESS, 2, IN_FULL, 2),
            )
            for same in ("XS", "XU", "76")
        ),
        case(
            "two physicians of one group share a pool",
            image("70001", "98.50", IN_FULL, 2, LESS, 2, npi="1"),
            image("70002", "70.00", LESS, 2, IN_FULL, 2, npi="2"),
            group="7",
        ),
        case(
            "specialties of a group share a pool",
            image("70001", "98.50", IN_FULL, 2, LESS, 2, specialty="30"),
            image("70002", "70.00", LESS, 2, IN_FULL, 2, specialty="06"),
            tin="7",
        ),
        case(
            "two groups are two pools, whoever reads",
            line("70001", "100.00", pos="11", group="7"),
            line("70002", "100.00", pos="11", group="8"),
            npi="1",
        ),
        case(
            "the billing NPI goes before the group's tax number",
            line("70001", "100.00", pos="11", group="7"),
            line("70002", "100.00", pos="11", group="8"),
            tin="1",
        ),
        case(
            "without a group the rendering NPI is the group",
            image("70001", "98.50", IN_FULL, 2, LESS, 2, claim="own 1"),
            image("70002", "70.00", LESS, 2, IN_FULL, 2, claim="own 2"),
            npi="1",
        ),
        case(
            "without any number the claim is the group",
            line("70001", "100.00", pos="11", claim="own 3"),
            line("70002", "100.00", pos="11", claim="own 4"),
        ),
        case(
            "days are pools of their own",
            line("70001", "100.00", pos="11"),
            line("70002", "100.00", pos="11", date="2025-06-03"),
        ),
        case(
            "a test denied in a hospital does not rank",
            line("70001", "0.00", status="denied", carc="5"),
            line("70002 26", "40.00"),
        ),
        case(
            "a test of another indicator does not rank",
            line("70007", "1400.00", pos="11"),
            line("70002", "100.00", pos="11"),
        ),
        # The dates of both percentages.
        case(
            "before 1 July 2010 nothing is reduced",
            line("70001", "100.00", pos="11", date="2010-06-30"),
            line("70002", "100.00", pos="11", date="2010-06-30"),
        ),
        *(
            case(
                f"on {day} a technical part is halved and a professional one paid {share}",
                image("70002", "70.00", LESS, 2, IN_FULL, 2, date=day),
                image("70001", pays, IN_FULL, 2, LESS, 2, date=day)
                if share != "1.00"
                else line(
                    "70001",
                    pays,
                    "imaging: technical component in full (2 in the session), professional"
                    " component reduced (2)",
                    pos="11",
                    date=day,
                ),
            )
            for day, share, pays in (
                ("2010-07-01", "1.00", "100.00"),
                ("2011-12-31", "1.00", "100.00"),
                ("2012-01-01", "0.75", "92.50"),
                ("2016-12-31", "0.75", "92.50"),
                ("2017-01-01", "0.95", "98.50"),
            )
        ),
    ],
    CODES,
)
# Office, 2025, × 32.3465. 70551: 5.98 → 193.43 (26: 1.48 + 0.53 + 0.07 = 2.08 → 67.28; TC: 3.90 →
# 126.15). 72148: 5.82 → 188.26 (26: 1.48 + 0.54 + 0.07 = 2.09 → 67.60; TC: 3.73 → 120.65).
STARTER_TABLE = CaseTable(
    "imaging",
    [
        case(
            # 67.28 × 0.95 = 63.916, 3.36 less; 120.65 × 0.50 = 60.325, 60.32 less
            "two real MRIs of one day",
            image("70551", "190.07", IN_FULL, 2, LESS, 2),
            image("72148", "127.94", LESS, 2, IN_FULL, 2),
        ),
    ],
)


@every_case(TABLE, STARTER_TABLE)
def test_imaging(table: CaseTable, case) -> None:
    table.check(case)
