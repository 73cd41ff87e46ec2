"""Cases that cardiovascular and ophthalmology share: the technical part of one day's tests."""

from tests.pricing_cases import Case, CaseTable, by_hand, case, code, line, parts

NONE = (None, None, None)
TOP = "highest, in full"
ONCE = "highest in full once, reduced for the other units"
LESS = "reduced"


def codes(indicator: str):
    """Tests of 80.00, 40.00 and 40.00 technical, and one technical code of 30.01."""
    return by_hand(
        *parts("91001", "20.00", "80.00", multiple=indicator),
        *parts("91002", "10.00", "40.00", multiple=indicator),
        *parts("91003", "70.00", "40.00", multiple=indicator),
        code("91004", "30.01", pctc="3", multiple=indicator),
        code("91005", "90.00", pctc="0", multiple=indicator),
        *parts("91006", "20.00", "500.00"),
        *parts("91007", "10.00", "40.00", multiple=indicator, bilateral="3"),
    )


def table(rule: str, indicator: str, share: int) -> CaseTable:
    """Give a rule's cases; `share` is what later technical parts are paid, in percent."""

    def paid(cents: int) -> str:
        return f"{cents // 100}.{cents % 100:02}"

    later = 4000 * share // 100

    def test(service: str, cents: int, how: str, in_pool: int, **terms):
        why = f"{rule}: technical component at {how}; {in_pool} unit(s) in the session"
        if how == TOP:
            terms.setdefault("codes", NONE)
        terms = {"pos": "11", **terms}
        return line(service, paid(cents), why, carc=None if how == TOP else "59", **terms)

    def both(sentence: str, of_each: dict | None = None, first=None, second=None) -> Case:
        return case(
            sentence,
            test("91001", 10000, TOP, 2, **(first or {})),
            test("91002", 1000 + later, LESS, 2, **(second or {})),
            **(of_each or {}),
        )

    def neither(sentence: str, of_each: dict | None = None, first=None, second=None) -> Case:
        return case(
            sentence,
            line("91001", "100.00", pos="11", **(first or {})),
            line("91002", "50.00", pos="11", **(second or {})),
            **(of_each or {}),
        )

    # 30.01 × 0.75 = 22.5075; × 0.80 = 24.008
    technical = {75: 2251, 80: 2401}[share]
    return CaseTable(
        rule,
        [
            case("one test alone is paid in full", line("91001", "100.00", pos="11")),
            both("the later technical part is reduced, the professional never"),
            case(
                "three: two are reduced, each rounded half up",
                test("91004", technical, LESS, 3),
                test("91002", 1000 + later, LESS, 3),
                test("91001", 10000, TOP, 3),
            ),
            case(
                "26 lines never meet the rule",
                line("91001 26", "20.00", pos="11"),
                line("91002 26", "10.00", pos="11"),
                line("91003", "110.00", pos="11"),
            ),
            case(
                "TC lines and whole tests meet",
                test("91001 TC", 8000, TOP, 2),
                test("91003", 7000 + later, LESS, 2),
            ),
            case(
                "a test without a technical part does not count",
                line("91005", "90.00", pos="11"),
                line("91001", "100.00", pos="11"),
            ),
            case(
                "each unit is ranked on its own",
                test("91001", 10000 + 2000 + 8000 * share // 100, ONCE, 2, units=2),
            ),
            case(
                "units after another line's are all reduced",
                test("91001", 10000, TOP, 3),
                test("91002", 2 * (1000 + later), LESS, 3, units=2),
            ),
            case(
                "both sides are two units",
                test("91007 50", 5000 + 1000 + later, ONCE, 2),
            ),
            case(
                "ties go to the higher charge per unit",
                test("91002", 1000 + later, LESS, 2, charge="60.00"),
                test("91003", 11000, TOP, 2, charge="120.00"),
            ),
            case(
                "then to the first claim as text",
                test("91002", 1000 + later, LESS, 2, claim=f"{rule} 9"),
                test("91003", 11000, TOP, 2, claim=f"{rule} 10"),
                group="1",
            ),
            case(
                "then to the line number",
                test("91002", 1000 + later, LESS, 2, number=12),
                test("91003", 11000, TOP, 2, number=3),
            ),
            *(
                case(
                    f"{apart} does not set a test apart: there is no session test",
                    test("91001", 10000, TOP, 2),
                    test(f"91002 {apart}", 1000 + later, LESS, 2),
                )
                for apart in ("59", "XE")
            ),
            both(
                "physicians of one group share a pool", {"group": "7"}, {"npi": "1"}, {"npi": "2"}
            ),
            neither("two groups are two pools", {"npi": "1"}, {"group": "7"}, {"group": "8"}),
            neither("two days are two pools", second={"date": "2025-06-03"}),
            neither(
                "before 2013 nothing is reduced",
                {"date": "2012-12-31"},
            ),
            both("from 2013 it is", {"date": "2013-01-01"}),
            case(
                "a test of another indicator is none of them",
                line("91006", "520.00", pos="11"),
                line("91001", "100.00", pos="11"),
            ),
            case(
                "a test denied in a hospital does not rank",
                line("91001", "0.00", status="denied", carc="5"),
                line("91002", "50.00", pos="11"),
            ),
        ],
        codes(indicator),
    )
