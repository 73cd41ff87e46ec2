"""Multiple procedures: after the highest of the session at half (Pub. 100-04, ch. 12, §40.6)."""

from payrules.dated import Dated
from payrules.payers.medicare import RULES
from payrules.rules.multiple_procedure import multiple_procedure
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    *(
        code(f"20{fee:03}", f"{fee}.00", multiple="2", assistant="2")
        for fee in (100, 90, 80, 70, 60, 50, 40)
    ),
    *(code(f"10{fee:03}", f"{fee}.00", multiple="1") for fee in (100, 80, 60, 50, 40, 30, 20)),
    code("20001", "0.01", multiple="2"),
    code("20003", "0.03", multiple="2"),
    code("2A100", "100.00", multiple="2"),
    code("2B100", "100.00", multiple="2"),
    code("2C060", "60.00", multiple="2", bilateral="1"),
    code("2D060", "60.00", multiple="2", bilateral="1"),
    code("00000", "500.00", multiple="0"),
    code("Z0000", "90.00", multiple="0", days="ZZZ"),
    code("90000", "500.00", multiple="9"),
)
NONE = (None, None, None)
#: The codes the bilateral rule gave the second line of a pair.
HALF_SIDE = {"carc": "59", "rarc": "N644"}
SIXTH = (
    "sixth or later procedure: CMS prices these by report, at no less than 50 percent; paid at "
    "the percentage for later procedures"
)


def first(service: str, pays: str, of: int, **terms):
    why = f"rank 1 of {of} in the session"
    terms.setdefault("codes", NONE)
    return line(service, pays, why, factor="1", **terms)


def later(service: str, pays: str, rank: int, of: int, factor: str = "0.5", **terms):
    why = f"rank {rank} of {of} in the session"
    return line(service, pays, why, carc="59", factor=factor, **terms)


TABLE = CaseTable(
    "multiple_procedure",
    [
        case("one ranked amount alone is not reduced", line("20100", "100.00")),
        case(
            "the second highest is half",
            first("20100", "100.00", 2),
            later("20060", "30.00", 2, 2),
        ),
        case(
            "the order of the lines is nothing",
            later("20060", "30.00", 2, 2),
            first("20100", "100.00", 2),
        ),
        case(
            "five of indicator 2: 100, 50, 50, 50, 50",
            first("20100", "100.00", 5),
            later("20090", "45.00", 2, 5),
            later("20080", "40.00", 3, 5),
            later("20070", "35.00", 4, 5),
            later("20060", "30.00", 5, 5),
        ),
        case(
            "the sixth and seventh are paid half with a note",
            first("20100", "100.00", 7),
            later("20090", "45.00", 2, 7),
            later("20080", "40.00", 3, 7),
            later("20070", "35.00", 4, 7),
            later("20060", "30.00", 5, 7),
            later("20050", "25.00", 6, 7, review=SIXTH),
            later("20040", "20.00", 7, 7, review=SIXTH),
        ),
        case(
            "indicator 1: 100, 50, 25, 25, 25, and the sixth 25 with a note",
            first("10100", "100.00", 6),
            later("10080", "40.00", 2, 6),
            later("10060", "15.00", 3, 6, "0.25"),
            later("10040", "10.00", 4, 6, "0.25"),
            later("10030", "7.50", 5, 6, "0.25"),
            later("10020", "5.00", 6, 6, "0.25", review=SIXTH),
        ),
        case(
            "both indicators rank together, each with its own percentages",
            first("20100", "100.00", 4),
            later("10080", "40.00", 2, 4),
            later("20070", "35.00", 3, 4),
            later("10060", "15.00", 4, 4, "0.25"),
        ),
        case(
            "other indicators neither rank nor count",
            line("00000", "500.00"),
            line("90000", "500.00"),
            line("20100", "100.00"),
            line(
                "Z0000",
                "90.00",
                review="no CMS add-on table: any procedure in the session was accepted as primary",
            ),
        ),
        case(
            "half a cent is rounded up",
            first("20003", "0.03", 2),
            later("20003 59", "0.02", 2, 2),
        ),
        case(
            "51, 59 and XS change nothing",
            first("20100", "100.00", 4),
            later("20090 51", "45.00", 2, 4),
            later("20080 59", "40.00", 3, 4),
            later("20070 XS", "35.00", 4, 4),
        ),
        # Units.
        case(
            "every unit takes a rank",
            line(
                "20060",
                "90.00",  # 30.00 three times
                "ranks 2 to 4 of 4 in the session",
                carc="59",
                units=3,
            ),
            first("20100", "100.00", 4),
        ),
        case(
            "a line's first unit may be the highest",
            line(
                "20100",
                "200.00",  # 100.00 and twice 50.00
                "ranks 1 to 3 of 4 in the session",
                carc="59",
                units=3,
            ),
            later("20060", "30.00", 4, 4),
        ),
        case(
            "units of indicator 1 alone: 100, 50, 25, 25",
            line("10040", "80.00", "ranks 1 to 4 of 4 in the session", carc="59", units=4),
        ),
        case(
            "the sixth unit leaves the note",
            line(
                "20040",
                "140.00",  # 40.00 + five times 20.00
                "ranks 1 to 6 of 6 in the session",
                carc="59",
                units=6,
                review=SIXTH,
            ),
        ),
        case(
            "each unit is rounded on its own",
            first("20003", "0.03", 3),
            # twice 0.005, each a cent
            line("20001", "0.02", "ranks 2 to 3 of 3 in the session", codes=NONE, units=2),
        ),
        # Pairs.
        case(
            "a pair of sides is one ranked amount: 60.00 + 30.00 goes before 80.00",
            first("2C060 RT", "60.00", 2),
            first("2C060 LT", "30.00", 2, **HALF_SIDE),
            later("20080", "40.00", 2, 2),
        ),
        case(
            "a pair outranked is halved on both sides",
            first("20100", "100.00", 2),
            later("2C060 RT", "30.00", 2, 2),
            later("2C060 LT", "15.00", 2, 2),
        ),
        case(
            "a pair alone is one ranked amount and not reduced",
            line("2C060 RT", "60.00"),
            line("2C060 LT", "30.00", carc="59", rarc="N644"),
        ),
        case(
            "of two pairs with one amount the higher summed charge is first",
            later("2C060 RT", "30.00", 2, 2, charge="100.00"),
            later("2C060 LT", "15.00", 2, 2, charge="110.00"),
            first("2D060 RT", "60.00", 2, charge="140.00"),
            first("2D060 LT", "30.00", 2, charge="71.00", **HALF_SIDE),
        ),
        # A pair's charges and a single charge are of one scale.
        case(
            "a pair and a line of one amount and charge: the pair comes first",
            first("2C060 RT", "60.00", 2, charge="100.00"),
            first("2C060 LT", "30.00", 2, charge="50.00", **HALF_SIDE),
            later("20090", "45.00", 2, 2, charge="150.00"),
        ),
        case(
            "a pair and a line of one amount and charge: the line comes first",
            first("20090", "90.00", 2, charge="150.00"),
            later("2C060 RT", "30.00", 2, 2, charge="100.00"),
            later("2C060 LT", "15.00", 2, 2, charge="50.00"),
        ),
        # Ties.
        case(
            "ties go to the higher charge",
            later("2A100", "50.00", 2, 2, charge="150.00"),
            first("2B100", "100.00", 2, charge="150.01"),
        ),
        case(
            "of a tie, a line without a charge comes last",
            later("2A100", "50.00", 2, 2),
            first("2B100", "100.00", 2, charge="150.00"),
        ),
        case(
            "the charge counts per unit",
            # 300.00 for two are 150.00 each, below 160.00
            line(
                "2A100",
                "100.00",
                "ranks 2 to 3 of 3 in the session",
                carc="59",
                units=2,
                charge="300.00",
            ),
            first("2B100", "100.00", 3, charge="160.00"),
        ),
        case(
            "ties of charge go to the first claim as text",
            later("2A100", "50.00", 2, 2, claim="tie 9"),
            first("2B100", "100.00", 2, claim="tie 10"),
            npi="1",
        ),
        case(
            "then to the line number",
            later("2A100", "50.00", 2, 2, number=12),
            first("2B100", "100.00", 2, number=3),
        ),
        # Sessions.
        case(
            "78 is not ranked and not reduced",
            line("20100 78", "100.00"),
            line("20060", "60.00"),
        ),
        case(
            "an assistant's lines are ranked among themselves",
            first("20100", "100.00", 2),
            later("20060", "30.00", 2, 2),
            first("20090 80", "14.40", 2, carc="45", rarc="N646"),
            line(
                "20060 80",
                "4.80",
                "rank 2 of 2 in the session",
                carc="45",
                rarc="N646",
                codes=("CO", "59", None),
                factor="0.5",
            ),
        ),
        case(
            "80 and AS of one practitioner are one assistant's session",
            first("20090 80", "14.40", 2, carc="45", rarc="N646"),
            line(
                "20060 AS",
                "4.08",
                "rank 2 of 2 in the session",
                carc="45",
                rarc="N646",
                codes=("CO", "59", None),
            ),
        ),
        case(
            "a denied line does not rank",
            line("20100 GY", "0.00", status="denied", carc="96"),
            line("20060", "60.00"),
        ),
        case(
            "days are ranked apart",
            line("20100", "100.00"),
            line("20060", "60.00", date="2025-06-03"),
        ),
        case(
            "persons are ranked apart",
            line("20100", "100.00"),
            line("20060", "60.00", person="a neighbour"),
            npi="1",
        ),
        # The practitioner key.
        case(
            "claims without any number are practitioners of their own",
            line("20100", "100.00", claim="own a"),
            line("20060", "60.00", claim="own b"),
        ),
        case(
            "one rendering NPI over two claims is one session",
            first("20100", "100.00", 2, claim="npi a"),
            later("20060", "30.00", 2, 2, claim="npi b"),
            npi="1",
        ),
        case(
            "two rendering NPIs are two",
            line("20100", "100.00", npi="1"),
            line("20060", "60.00", npi="2"),
            group="9",
        ),
        case(
            "partners of one specialty are one",
            first("20100", "100.00", 2, npi="1"),
            later("20060", "30.00", 2, 2, npi="2"),
            tin="9",
            specialty="20",
        ),
        case(
            "partners of two specialties are two",
            line("20100", "100.00", specialty="20"),
            line("20060", "60.00", specialty="14"),
            tin="9",
            npi="1",
        ),
        case(
            "groups of one specialty are two",
            line("20100", "100.00", tin="8"),
            line("20060", "60.00", tin="9"),
            specialty="20",
            npi="1",
        ),
        case(
            "a specialty without a group's number falls back on the rendering NPI",
            first("20100", "100.00", 2, specialty="20"),
            later("20060", "30.00", 2, 2, specialty="14"),
            npi="1",
        ),
        case(
            "without a rendering NPI the billing NPI is the practitioner",
            first("20100", "100.00", 2, claim="bill a"),
            later("20060", "30.00", 2, 2, claim="bill b"),
            group="5",
        ),
        case(
            "a rendering and a billing NPI of one number are two practitioners",
            line("20100", "100.00", npi="5"),
            line("20060", "60.00", group="5"),
        ),
        # Dates.
        case(
            "quarters and halves are the fee schedule's own, of 1992",
            first("10100", "100.00", 4, date="1992-01-01"),
            later("20080", "40.00", 2, 4, date="1992-01-01"),
            later("10060", "15.00", 3, 4, "0.25", date="1992-01-01"),
            later("20050", "25.00", 4, 4, date="1992-01-01"),
        ),
    ],
    CODES,
)
# Facility, 2025: 11042 (1.01 + 0.68 + 0.13) × 32.3465 = 58.87; a half 29.435. 22551 51.74 →
# 1,673.61; 22552 11.91 → 385.25; 22845 21.80 → 705.15; together 2,764.01.
UNSURE = "no CMS add-on table: any procedure in the session was accepted as primary"
STARTER_TABLE = CaseTable(
    "multiple_procedure",
    [
        case(
            "one code on two plain lines is two procedures",
            first("11042", "58.87", 2),
            later("11042 59", "29.44", 2, 2),
        ),
        case(
            "add-ons are paid in full: 2,764.01",
            line("22551", "1673.61"),
            line("22552", "385.25", review=UNSURE),
            line("22845", "705.15", review=UNSURE),
        ),
    ],
)


def on_terms(**terms):
    return [
        each.on_terms(cites="a contract", **terms) if each is multiple_procedure else each
        for each in RULES
    ]


QUARTERS = CaseTable(
    "multiple_procedure",
    [
        case(
            "a payer's term: 100, 50, 25, 25",
            first("20100", "100.00", 4),
            later("20080", "40.00", 2, 4),
            later("20060", "15.00", 3, 4, "0.25"),
            later("20040", "10.00", 4, 4, "0.25"),
        ),
        case(
            "a payer's term for units: 100, 50, 25",
            line("20040", "70.00", "ranks 1 to 3 of 3 in the session", carc="59", units=3),
        ),
    ],
    CODES,
    rules=on_terms(third=Dated({"1992-01-01": "0.25"}, cites="a contract")),
)
# Facility: work and practice expense turned round: 1A000 has more dollars after its GPCI.
PLACES = [("00000-00", 500, 1000, 1000)]
BY_RVU = CaseTable(
    "multiple_procedure",
    [
        case(
            "a payer's term: ranked by total RVU",
            # 60.00 × 0.5 + 10.00 = 40.00 dollars, but 70.00 RVU; 50.00 dollars and RVU
            first("31000", "40.00", 2, locality="00000-00"),
            later("32000", "25.00", 2, 2, locality="00000-00"),
        ),
        case(
            "by total RVU a bilateral amount counts one and a half times",
            # 32000 with 50: 75.00 RVU, before 70.00
            first("32000 50", "75.00", 2, locality="00000-00"),
            later("31000", "20.00", 2, 2, locality="00000-00"),
        ),
        case(
            "by total RVU one and a half times 50.00 stay below 80.00",
            first("33000", "40.00", 2, locality="00000-00"),
            later("32000 50", "37.50", 2, 2, locality="00000-00"),
        ),
        case(
            "by total RVU a family counts with all its units",
            # 25.00 + 25.00 − 10.00 dollars; 50.00 RVU twice, before 80.00
            line(
                "34001",
                "40.00",
                "rank 1 of 2 in the session",
                factor="1",
                carc="59",
                codes=NONE,
                units=2,
                locality="00000-00",
            ),
            later("33000", "20.00", 2, 2, locality="00000-00"),
        ),
    ],
    by_hand(
        code("31000", "60.00", pe="10.00", multiple="2"),
        code("32000", pe="50.00", multiple="2", bilateral="1"),
        code("33000", "80.00", multiple="2"),
        code("34000", "20.00", multiple="2"),
        code("34001", "50.00", multiple="3", base="34000"),
        places=PLACES,
    ),
    rules=on_terms(rank_by="total_rvu"),
)


@every_case(TABLE, STARTER_TABLE, QUARTERS, BY_RVU)
def test_multiple_procedure(table: CaseTable, case) -> None:
    table.check(case)
