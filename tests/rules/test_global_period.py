"""Global period: visits inside a procedure's global days (CMS Pub. 100-04, ch. 12, §40)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("10000", "100.00", days="000"),
    code("10010", "100.00", days="010", shares=(10, 80, 10)),
    code("10090", "100.00", days="090", shares=(10, 70, 20), assistant="2"),
    code("10094", "100.00", days="090"),
    code("10100", "100.00", days="XXX"),
    code("T0000", "5.00", days="000", status="T"),
    code("10026", "60.00", days="000", pctc="6"),
    code("10026", "40.00", "26", days="000", pctc="6"),
    *(code(visit, "50.00") for visit in ("99202", "99499", "92002", "92014", "99213")),
    *(code(no_visit, "50.00") for no_visit in ("99201", "99500", "92001", "92015", "G0402")),
    code("99420", "50.00", status="R"),
    code("99300", "50.00", days="000"),
)
# All of a case is one practitioner's, on claims of their own.
NPI = "1"


def window(claim: str, days: str, opened: str) -> str:
    return f"in the global period of claim {claim} line 1, {days} days from {opened}"


def bundled(service: str, why: str, **columns):
    return line(service, "0.00", why, status="bundled", carc="97", rarc="M144", **columns)


def day_cases(days: str, opening: str, visits: dict[str, tuple[str, str]]):
    """One procedure on 2025-06-10, and each visit's modifiers that fail and that pass, by day."""
    for day, (fails, passes) in visits.items():
        name = f"{days} {day}"
        why = window(name, days, "2025-06-10")
        for tried in fails.split():
            mods = "" if tried == "-" else tried.replace("+", " ")
            yield case(
                f"visit of {day} with {tried} in a {days} window of {opening} is bundled",
                line(opening, "100.00", claim=f"{name} no {tried}", date="2025-06-10"),
                bundled(
                    f"99213 {mods}",
                    why.replace(f"claim {name}", f"claim {name} no {tried}"),
                    claim=f"{name} no {tried} v",
                    date=day,
                ),
                npi=NPI,
            )
        for tried in passes.split():
            mods = "" if tried == "-" else tried.replace("+", " ")
            yield case(
                f"visit of {day} with {tried} in a {days} window of {opening} is paid",
                line(opening, "100.00", claim=f"{name} yes {tried}", date="2025-06-10"),
                line(f"99213 {mods}", "50.00", claim=f"{name} yes {tried} v", date=day),
                npi=NPI,
            )


TABLE = CaseTable(
    "global_period",
    [
        *day_cases(
            "000",
            "10000",
            {
                "2025-06-09": ("", "-"),
                "2025-06-10": ("- 24 57", "25 FT 25+57"),
                "2025-06-11": ("", "-"),
            },
        ),
        *day_cases(
            "010",
            "10010",
            {
                "2025-06-09": ("", "-"),
                "2025-06-10": ("- 24 57", "25 FT"),
                "2025-06-11": ("- 25 57", "24 FT"),
                "2025-06-20": ("- 25 57", "24 FT"),
                "2025-06-21": ("", "-"),
            },
        ),
        *day_cases(
            "090",
            "10090",
            {
                "2025-06-08": ("", "-"),
                "2025-06-09": ("- 24 25", "57 FT"),
                "2025-06-10": ("- 24", "25 57 FT"),
                "2025-06-11": ("- 25 57", "24 FT"),
                # 90 days from 10 June: 8 September is the last, 9 September the first after.
                "2025-09-08": ("- 25 57", "24 FT"),
                "2025-09-09": ("", "-"),
            },
        ),
        case(
            "both ends of both ranges of visits are visits, and their neighbours are not",
            line("10090", "100.00", claim="ranges"),
            *(
                bundled(visit, window("ranges", "090", "2025-06-02"), claim="ranges v")
                for visit in ("99202", "99499", "92002", "92014")
            ),
            *(
                line(other, "50.00", claim="ranges v")
                for other in ("99201", "99500", "92001", "92015", "G0402")
            ),
            npi=NPI,
        ),
        case(
            "a visit code that is not status A is no visit",
            line("10090", "100.00", claim="status"),
            line("99420", "50.00", claim="status v"),
            npi=NPI,
        ),
        case(
            "another practitioner's visit is paid",
            line("10090", "100.00", npi="1"),
            line("99213", "50.00", npi="2"),
        ),
        case(
            "another person's visit is paid",
            line("10090", "100.00"),
            line("99213", "50.00", person="a neighbour"),
            npi=NPI,
        ),
        case(
            "a partner of the group and specialty is the same practitioner",
            line("10090", "100.00", claim="partner", npi="1"),
            bundled("99213", window("partner", "090", "2025-06-02"), claim="partner v", npi="2"),
            tin="9",
            specialty="20",
        ),
        case(
            "a partner of another specialty is not",
            line("10090", "100.00", specialty="20"),
            line("99213", "50.00", specialty="06"),
            tin="9",
        ),
        case("a visit alone is paid", line("99213", "50.00")),
        case(
            "a procedure without global days opens no window",
            line("10100", "100.00"),
            line("99213", "50.00"),
        ),
        # Which lines open windows.
        *(
            case(
                f"a procedure with {opens} opens a window",
                line(f"10090 {opens}", pays, claim=f"opens {opens}", carc=carc),
                bundled(
                    "99213",
                    window(f"opens {opens}", "090", "2025-06-02"),
                    claim=f"opens {opens} v",
                    date="2025-06-20",
                ),
                npi=NPI,
            )
            for opens, pays, carc in (
                ("58", "100.00", None),
                ("79", "100.00", None),
                ("54", "80.00", "B20"),
            )
        ),
        # CMS Pub. 100-04, ch. 12, §40.4: the care alone bundles the visits of the days it bills.
        *(
            case(
                f"care of {name}: a visit of {day} is {'bundled' if within else 'paid'}",
                line("10090 55", pays, claim=f"{name} {day}", carc="B20", **given),
                bundled(
                    "99213",
                    window(f"{name} {day}", "090", "2025-06-02"),
                    claim=f"{name} {day} v",
                    date=day,
                )
                if within
                else line("99213", "50.00", claim=f"{name} {day} v", date=day),
                npi=NPI,
            )
            # Day 31 after 2 June is 3 July, day 90 is 31 August.
            for name, pays, given, days in (
                (
                    "all the days",
                    "20.00",
                    {"care": 90},
                    {"06-01": False, "06-02": False, "06-03": True, "08-31": True, "09-01": False},
                ),
                (
                    "sixty days",
                    "13.33",
                    {"care": 60},
                    {"06-02": False, "07-02": False, "07-03": True, "08-31": True, "09-01": False},
                ),
                (
                    "sixty days in the units field",
                    "13.33",
                    {"units": 60},
                    {"07-02": False, "07-03": True, "08-31": True},
                ),
                ("no day", "0.00", {"care": 0}, {"06-03": False, "08-31": False}),
                (
                    "sixty days from a date",
                    "13.33",
                    {"care": 60, "assumed": "2025-06-20"},
                    {"06-19": False, "06-20": True, "08-31": True, "09-01": False},
                ),
                (
                    "no day, but from a date, which stands",
                    "0.00",
                    {"care": 0, "assumed": "2025-06-20"},
                    {"06-19": False, "06-20": True, "08-31": True},
                ),
                (
                    "thirty days to a date",
                    "6.67",
                    {"care": 30, "relinquished": "2025-07-02"},
                    {"06-02": False, "06-03": True, "07-02": True, "07-03": False},
                ),
                (
                    "thirty days between two dates",
                    "6.67",
                    {"care": 30, "assumed": "2025-06-11", "relinquished": "2025-07-10"},
                    {"06-10": False, "06-11": True, "07-10": True, "07-11": False},
                ),
                (
                    "all the days, assumed on the day of surgery",
                    "20.00",
                    {"care": 90, "assumed": "2025-06-02", "relinquished": "2025-12-31"},
                    {"06-02": False, "06-03": True, "08-31": True, "09-01": False},
                ),
            )
            for day, within in ((f"2025-{each}", within) for each, within in days.items())
        ),
        case(
            "a surgeon who gives the first days after the operation has the whole window",
            line("10090 54", "80.00", claim="surgeon of both a", carc="B20"),
            line("10090 55", "6.67", claim="surgeon of both b", carc="B20", care=30),
            bundled(
                "99213",
                window("surgeon of both a", "090", "2025-06-02"),
                claim="surgeon of both c",
                date="2025-08-31",
            ),
            bundled(
                "99213",
                window("surgeon of both a", "090", "2025-06-02"),
                claim="surgeon of both d",
                date="2025-06-01",
            ),
            npi=NPI,
        ),
        case(
            "54 and 55 on one line open the whole window",
            line("10090 54 55", "86.67", claim="whole a", carc="B20", care=30),
            bundled(
                "99213", window("whole a", "090", "2025-06-02"), claim="whole c", date="2025-06-01"
            ),
            npi=NPI,
        ),
        case(
            "a 26 line opens a window",
            line("10026 26", "40.00", claim="opens 26"),
            bundled("99213", window("opens 26", "000", "2025-06-02"), claim="opens 26 v"),
            npi=NPI,
        ),
        case(
            "78 opens none",
            line("10090 78", "70.00", carc="B10"),
            line("99213", "50.00"),
            npi=NPI,
        ),
        *(
            case(
                f"assistant {role} opens none",
                line(f"10090 {role}", pays, carc="45", rarc="N646"),
                line("99213", "50.00"),
                npi=NPI,
            )
            for role, pays in (("80", "16.00"), ("81", "16.00"), ("82", "16.00"), ("AS", "13.60"))
        ),
        case(
            "status T opens none",
            line("T0000", "0.00", status="bundled", carc="97"),
            line("99213", "50.00"),
            npi=NPI,
        ),
        case(
            "a denied procedure opens none",
            line("10090 GY", "0.00", status="denied", carc="96"),
            line("99213", "50.00"),
            npi=NPI,
        ),
        # Several windows.
        case(
            "a visit must satisfy every window: 24 alone fails a later minor procedure's day",
            line("10090", "100.00", claim="both a", date="2025-06-02"),
            line(
                "10000 79",
                "100.00",
                claim="both b",
                date="2025-06-12",
            ),
            bundled(
                "99213 24",
                window("both b", "000", "2025-06-12"),
                claim="both v",
                date="2025-06-12",
            ),
            npi=NPI,
        ),
        case(
            "a visit must satisfy every window: 25 alone fails the older window",
            line("10090", "100.00", claim="old a", date="2025-06-02"),
            line("10000 79", "100.00", claim="old b", date="2025-06-12"),
            bundled(
                "99213 25", window("old a", "090", "2025-06-02"), claim="old v", date="2025-06-12"
            ),
            npi=NPI,
        ),
        case(
            "a visit with all it is asked for is paid",
            line("10090", "100.00", claim="all a", date="2025-06-02"),
            line("10000 79", "100.00", claim="all b", date="2025-06-12"),
            line("99213 24 25", "50.00", claim="all v", date="2025-06-12"),
            npi=NPI,
        ),
        case(
            "57 satisfies a major procedure's day but not a minor one's of that day",
            line("10090", "100.00", claim="day a"),
            line("10000", "100.00", claim="day b"),
            bundled("99213 57", window("day b", "000", "2025-06-02"), claim="day v"),
            npi=NPI,
        ),
        case(
            "25 does not do on the day before, even beside a minor procedure",
            line("10000", "100.00", claim="eve a", date="2025-06-01"),
            line("10090", "100.00", claim="eve b", date="2025-06-02"),
            bundled(
                "99213 25", window("eve b", "090", "2025-06-02"), claim="eve v", date="2025-06-01"
            ),
            npi=NPI,
        ),
        case(
            "of two procedures of a day the first claim is named",
            line("10090", "100.00", claim="named b"),
            line("10090", "100.00", claim="named a"),
            bundled("99213", window("named a", "090", "2025-06-02"), claim="named v"),
            npi=NPI,
        ),
        # A procedure in another's window keeps its amount.
        *(
            case(
                f"a {days} procedure on a later day of a window keeps its amount with a note",
                line("10090", "100.00", claim=f"later {days}", date="2025-06-02"),
                line(
                    procedure,
                    "100.00",
                    claim=f"later {days} b",
                    date="2025-08-31",
                    review=window(f"later {days}", "090", "2025-06-02")
                    + " without modifier 58, 78 or 79",
                ),
                npi=NPI,
            )
            for days, procedure in (("000", "10000"), ("010", "10010"), ("090", "10094"))
        ),
        *(
            case(
                f"a later procedure with {apart} has no note",
                line("10090", "100.00", date="2025-06-02"),
                line(f"10000 {apart}", "100.00", date="2025-06-20"),
                npi=NPI,
            )
            for apart in ("58", "78", "79")
        ),
        case(
            "a procedure on the same day, the day before or after the window has no note",
            line("10090", "100.00", date="2025-06-02"),
            line("10000", "100.00", date="2025-06-02"),
            line("10000", "100.00", date="2025-06-01"),
            # 31 August is day 90, 1 September the first after.
            line("10000", "100.00", date="2025-09-01"),
            npi=NPI,
        ),
        case(
            "a procedure without global days has no note",
            line("10090", "100.00", date="2025-06-02"),
            line("10100", "100.00", date="2025-06-20"),
            npi=NPI,
        ),
    ],
    CODES,
)
# 64721: 090; 99213, facility: (1.30 + 0.57 + 0.10) × 32.3465 = 63.7226; 64721: 13.49 → 436.354
STARTER_TABLE = CaseTable(
    "global_period",
    [
        case(
            "the follow-up visit of a real operation is bundled, in another claim and year",
            line("64721", "436.35", claim="17", date="2025-11-03"),
            bundled(
                "99213",
                "in the global period of claim 17 line 1, 090 days from 2025-11-03",
                claim="18",
                date="2026-02-01",
            ),
            # The 2026 file: (1.30 + 0.33 + 0.09) × 33.4009 = 57.4495
            line("99213", "57.45", claim="19", date="2026-02-02"),
            npi=NPI,
        ),
    ],
)


@every_case(TABLE, STARTER_TABLE)
def test_global_period(table: CaseTable, case) -> None:
    table.check(case)
