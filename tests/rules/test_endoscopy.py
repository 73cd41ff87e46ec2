"""Endoscopy: scopes of one family (CMS Pub. 100-04, ch. 12, §40.6.C)."""

from payrules.payers.medicare import RULES
from payrules.rules.endoscopy import endoscopy
from tests.pricing_cases import (
    CaseTable,
    by_hand,
    case,
    code,
    every_case,
    in_dollars,
    line,
)

CODES = by_hand(
    code("45000", "30.00", multiple="2"),  # a base
    code("45001", "100.00", multiple="3", base="45000", assistant="2"),
    code("45002", "80.00", multiple="3", base="45000", assistant="2"),
    code("45003", "20.00", multiple="3", base="45000"),
    code("45004", "60.00", multiple="3", base="45000", bilateral="1"),
    code("45005", "18.00", multiple="3", base="45000", bilateral="1"),
    code("45006", "80.00", multiple="3", base="45000"),
    code("45007", "50.01", multiple="3", base="45000", bilateral="1"),
    code("45008", "90.00", multiple="3", base="45000"),
    code("46000", "25.00", multiple="2"),  # another
    code("46001", "90.00", multiple="3", base="46000"),
    code("46002", "50.00", multiple="3", base="46000"),
    code("47001", "200.00", multiple="2"),  # other surgery
    code("47002", "40.00", multiple="2"),
    code("48001", "100.00", multiple="3", base="48000"),  # 48000 has no row
    code("48002", "80.00", multiple="3", base="48000"),
    code("49000", status="C", multiple="2"),  # a base without an amount
    code("49001", "100.00", multiple="3", base="49000"),
    code("49002", "80.00", multiple="3", base="49000"),
)
BASE_INSIDE = "base {} of an endoscopy billed with it: its payment is included in that endoscopy's"
MISSING = "endoscopic base {} is not on the schedule: ranked without the endoscopy family rule"
OTHER_SIDE = (
    "family members on different sides: Medicare's rule ignores sides; as a separate procedure "
    "this line would have ${} before ranking"
)
TWO_SIDED = "bilateral endoscopy in a family: the base was subtracted once from both sides"
FULL = "highest in full, others"
NONE = (None, None, None)
#: The codes the bilateral rule gave the second line of a pair.
HALF_SIDE = {"carc": "59", "rarc": "N644"}


def family(members: int, how: str = "paid", base: str = "45000", amount: str = "30.00") -> str:
    return f"endoscopy family of {base} with {members} members: {how} less the base's ${amount}"


def lead(service: str, pays: str, members: int, **terms):
    """The family's highest: in full, so no code explains anything."""
    terms.setdefault("codes", NONE)
    return line(service, pays, family(members, FULL), **terms)


def member(service: str, pays: str, members: int, **terms):
    """Another of the family, less its base."""
    return line(service, pays, family(members), carc="59", **terms)


def base_inside(service: str, **terms):
    why = BASE_INSIDE.format(service.split(maxsplit=1)[0])
    return line(service, "0.00", why, status="bundled", carc="97", **terms)


TABLE = CaseTable(
    "endoscopy",
    [
        case(
            "later endoscopy of a family pays the difference",
            lead("45001", "100.00", 2),
            member("45002", "50.00", 2),
        ),
        case(
            "the highest is first, whichever line it is",
            member("45002", "50.00", 2),
            lead("45001", "100.00", 2),
        ),
        case(
            "every other of three pays its difference",
            lead("45001", "100.00", 3),
            member("45002", "50.00", 3),
            member("45004", "30.00", 3),
        ),
        case(
            "a difference is never below nothing",
            lead("45001", "100.00", 2),
            member("45003", "0.00", 2),
        ),
        *(
            case(
                f"{apart} does not lift the rule",
                lead("45001", "100.00", 2),
                member(f"45002 {apart}", "50.00", 2),
            )
            for apart in ("59", "XS", "51", "79", "58")
        ),
        case("a family of one is an ordinary procedure", line("45001", "100.00")),
        case(
            "a family of one is ranked as an ordinary procedure",
            line("45002", "40.00", carc="59"),
            line("47001", "200.00"),
        ),
        # The base itself.
        case(
            "the base is inside a member billed with it",
            line("45001", "100.00"),
            base_inside("45000"),
        ),
        case(
            "the base is inside even with 59, and never ranks",
            lead("45001", "100.00", 2),
            base_inside("45000 59"),
            member("45002", "50.00", 2),
            base_inside("45000"),
        ),
        case("the base alone is an ordinary procedure", line("45000", "30.00")),
        case(
            "the base with another family is an ordinary procedure",
            line("46001", "90.00"),
            line("45000", "15.00", carc="59"),
        ),
        case(
            "two units of the base alone are ranked",
            line("45000", "45.00", carc="59", units=2),
        ),
        # Units.
        case(
            "each unit is a member: two units alone",
            line(
                "45001",
                "170.00",
                family(2, "highest in full, its other units"),
                carc="59",
                units=2,
            ),
        ),
        case(
            "two units of a lower member are each less the base",
            lead("45001", "100.00", 3),
            member("45002", "100.00", 3, units=2),
        ),
        case(
            "three units of a member below its base",
            lead("45001", "100.00", 4),
            member("45003", "0.00", 4, units=3),
        ),
        # Ranking with other surgery.
        case(
            "a family total goes before lower surgery",
            lead("45001", "100.00", 2),
            member("45002", "50.00", 2),
            line("47002", "20.00", carc="59"),
        ),
        case(
            "a family total outranked by other surgery is halved, member by member",
            line("47001", "200.00"),
            lead("45001", "50.00", 2, carc="59", codes=NONE, after="100.00"),
            member("45002", "25.00", 2, after="50.00"),
        ),
        case(
            "of two families the lower total is halved",
            lead("45001", "100.00", 2),
            member("45002", "50.00", 2),
            line(
                "46001",
                "45.00",
                family(2, FULL, "46000", "25.00"),
                carc="59",
                codes=NONE,
            ),
            line("46002", "12.50", family(2, "paid", "46000", "25.00"), carc="59"),
        ),
        # Ties for the highest.
        case(
            "of equal members the higher charge leads",
            member("45002", "50.00", 2, charge="200.00"),
            lead("45006", "80.00", 2, charge="300.00"),
        ),
        case(
            "no charge comes last",
            member("45002", "50.00", 2),
            lead("45006", "80.00", 2, charge="200.00"),
        ),
        case(
            "a charge counts for one unit",
            # 300.00 for two units are 150.00 each, below 200.00
            member("45002", "100.00", 3, units=2, charge="300.00"),
            lead("45006", "80.00", 3, charge="200.00"),
        ),
        case(
            "of equal charges the first claim as text leads",
            member("45002", "50.00", 2, claim="scope 9"),
            lead("45006", "80.00", 2, claim="scope 10"),
            npi="1",
        ),
        case(
            "in one claim the first line number leads",
            member("45006", "50.00", 2, number=2),
            lead("45002", "80.00", 2, number=1),
        ),
        # CMS Pub. 100-04, ch. 12, §40.6.C: the family rule stands, with a note on different sides.
        case(
            "members on different sides are one family, each with a note and its amount",
            lead("45001 RT", "100.00", 2, review=OTHER_SIDE.format("100.00")),
            member("45002 LT", "50.00", 2, review=OTHER_SIDE.format("80.00")),
        ),
        case(
            "the base on the other side is bundled, with a note on both",
            line("45001 RT", "100.00", review=OTHER_SIDE.format("100.00")),
            base_inside("45000 LT", review=OTHER_SIDE.format("30.00")),
        ),
        case(
            "members on one side, or with no side beside one, have no note",
            lead("45001 RT", "100.00", 3),
            member("45002 RT", "50.00", 3),
            member("45003", "0.00", 3),
        ),
        case(
            "a pair of both sides beside one side has no note",
            lead("45001 RT", "100.00", 2),
            member("45004 RT", "30.00", 2, review=TWO_SIDED),
            line("45004 LT", "30.00", family(2), review=TWO_SIDED, codes=NONE, **HALF_SIDE),
        ),
        # Both sides.
        case(
            "a bilateral member is less the base once",
            lead("45001", "100.00", 2),
            # 60.00 × 1.5 = 90.00
            member("45004 50", "60.00", 2, review=TWO_SIDED),
        ),
        case(
            "a bilateral member that leads is paid in full without a note",
            lead("45004 50", "90.00", 2),
            member("45002", "50.00", 2),
        ),
        case(
            "a pair is one member of 150 %: the base comes from its first side",
            lead("45001", "100.00", 2),
            member("45004 RT", "30.00", 2, review=TWO_SIDED),
            line("45004 LT", "30.00", family(2), review=TWO_SIDED, codes=NONE, **HALF_SIDE),
        ),
        case(
            "what the first side cannot bear comes from the second",
            # 18.00 + 9.00; the base's 30.00 take both
            lead("45001", "100.00", 2),
            member("45005 RT", "0.00", 2, review=TWO_SIDED),
            member("45005 LT", "0.00", 2, review=TWO_SIDED),
        ),
        case(
            "a pair of 90.00 leads a member of 80.00",
            lead("45004 RT", "60.00", 2),
            lead("45004 LT", "30.00", 2, **HALF_SIDE),
            member("45002", "50.00", 2),
        ),
        case(
            "a pair that leads with an odd cent",
            # 50.01 + 25.01 (25.005) = 75.02, below 80.00
            member("45007 RT", "20.01", 2, review=TWO_SIDED),
            line("45007 LT", "25.01", family(2), review=TWO_SIDED, codes=NONE, **HALF_SIDE),
            lead("45002", "80.00", 2),
        ),
        # A pair's charges and a single charge are of one scale.
        case(
            "a pair and a member of one amount and charge: the pair leads if it comes first",
            lead("45004 RT", "60.00", 2, charge="100.00"),
            lead("45004 LT", "30.00", 2, charge="50.00", **HALF_SIDE),
            member("45008", "60.00", 2, charge="150.00"),
        ),
        case(
            "a pair and a member of one amount and charge: the member leads if it comes first",
            lead("45008", "90.00", 2, charge="150.00"),
            member("45004 RT", "30.00", 2, charge="100.00", review=TWO_SIDED),
            line(
                "45004 LT",
                "30.00",
                family(2),
                charge="50.00",
                review=TWO_SIDED,
                codes=NONE,
                **HALF_SIDE,
            ),
        ),
        # Outside.
        case(
            "78 stands outside: another member is paid in full",
            line("45001 78", "100.00"),
            line("45002", "80.00"),
        ),
        case(
            "78 stands outside: the base is not inside it",
            line("45001 78", "100.00"),
            line("45000", "30.00"),
        ),
        case(
            "a base with 78 stands outside",
            line("45001", "100.00"),
            line("45000 78", "30.00"),
        ),
        case(
            "a denied member leaves the family",
            line("45001 GY", "0.00", status="denied", carc="96"),
            line("45002", "80.00"),
        ),
        case(
            "another practitioner's member is no family",
            line("45001", "100.00", npi="1"),
            line("45002", "80.00", npi="2"),
        ),
        case(
            "another day's member is no family",
            line("45001", "100.00"),
            line("45002", "80.00", date="2025-06-03"),
        ),
        case(
            "an assistant's members are a family of their own",
            lead("45001", "100.00", 2),
            member("45002", "50.00", 2),
            line("45001 80", "16.00", family(2, FULL), carc="45", rarc="N646", codes=NONE),
            line(
                "45002 80",
                "8.00",
                family(2),
                carc="45",
                rarc="N646",
                codes=("CO", "59", None),
            ),
        ),
        # A base without an amount.
        *(
            case(
                f"base {base} has no amount: the members are ranked one by one",
                line(high, "100.00", review=MISSING.format(base)),
                line(low, "40.00", carc="59", review=MISSING.format(base)),
            )
            for base, high, low in (("48000", "48001", "48002"), ("49000", "49001", "49002"))
        ),
        case(
            "one member of such a family leaves no note",
            line("48001", "100.00"),
        ),
        case(
            "a base by report was taken out before",
            line("49000", None, status="by_report"),
            line("49001", "100.00"),
        ),
        # CMS began the family rule in 1995.
        case(
            "before 1995 there are no families",
            line("45001", "100.00", date="1994-12-31"),
            line("45000", "30.00", date="1994-12-31", person="another 1"),
        ),
        case(
            "on the first day there are",
            line("45001", "100.00", date="1995-01-01"),
            base_inside("45000", date="1995-01-01"),
        ),
    ],
    CODES,
)
# Facility, 2025. 45385: (4.57 + 2.38 + 0.56) × 32.3465 = 242.92; 45380: 5.96 → 192.79; the base
# 45378: 5.48 → 177.26. 29827: (15.59 + 13.85 + 3.03) × 32.3465 = 1,050.29; 29823: 18.17 → 587.74;
# its base 29805: 14.49 → 468.70.
COLON = "endoscopy family of 45378 with {} members: {} less the base's $177.26"
SHOULDER = "endoscopy family of 29805 with {} members: {} less the base's $468.70"
STARTER_TABLE = CaseTable(
    "endoscopy",
    [
        case(
            "two polyps: 242.92 and 192.79 less 177.26",
            line("45385", "242.92", COLON.format(2, FULL), codes=NONE),
            line("45380 59", "15.53", COLON.format(2, "paid"), carc="59"),
        ),
        case(
            "the diagnostic scope is inside the other",
            line("45385", "242.92"),
            base_inside("45378"),
        ),
        case(
            "the discontinued row of the base is the base",
            line("45385", "242.92"),
            base_inside("45378 53"),
        ),
        case(
            "two repairs of a shoulder",
            line("29827", "1050.29", SHOULDER.format(2, FULL), codes=NONE),
            line("29823", "119.04", SHOULDER.format(2, "paid"), carc="59"),
        ),
        case(
            # Office: 45385 13.46 × 32.3465 = 435.38; 45380 12.82 → 414.68; 45378 10.13 → 327.67
            "the base's amount is that of the same setting",
            line(
                "45385",
                "435.38",
                COLON.format(2, FULL).replace("177.26", "327.67"),
                codes=NONE,
                pos="11",
            ),
            line(
                "45380",
                "87.01",
                COLON.format(2, "paid").replace("177.26", "327.67"),
                carc="59",
                pos="11",
            ),
        ),
        case(
            # 242.92 + 242.92 − 177.26
            "two units of 45385",
            line(
                "45385",
                "308.58",
                COLON.format(2, "highest in full, its other units"),
                carc="59",
                units=2,
            ),
        ),
    ],
)


def contract_row(code: str, amount: str, multiple: str, base: str = "") -> dict:
    return {
        "hcpcs_code": code,
        "facility_amount": amount,
        "nonfacility_amount": amount,
        "multiple_procedure_indicator": multiple,
        "endoscopic_base_code": base,
    }


# CMS Pub. 100-04, ch. 12, §40.6.C: 374.56 + (285.98 − 255.40) = 405.14.
MANUAL = CaseTable(
    "endoscopy",
    [
        case(
            "the Manual's own example",
            line(
                "45385",
                "374.56",
                "endoscopy family of 45378 with 2 members: highest in full, others less the base's"
                " $255.40",
                codes=NONE,
            ),
            line(
                "45380",
                "30.58",
                "endoscopy family of 45378 with 2 members: paid less the base's $255.40",
                carc="59",
            ),
        )
    ],
    dollars=in_dollars(
        contract_row("45378", "255.40", "2"),
        contract_row("45380", "285.98", "3", "45378"),
        contract_row("45385", "374.56", "3", "45378"),
    ),
)
IN_FACILITIES = CaseTable(
    "endoscopy",
    [
        case(
            "a payer's term: the family rule in facilities",
            lead("45001", "100.00", 2),
            member("45002", "50.00", 2),
        ),
        case(
            "a payer's term: outside facilities members are ranked one by one, the base too",
            line("45001", "100.00", pos="11"),
            line("45002", "40.00", carc="59", pos="11"),
            line("45000", "15.00", carc="59", pos="11"),
        ),
    ],
    CODES,
    rules=[
        each.on_terms(cites="a contract", only_in_facilities=True) if each is endoscopy else each
        for each in RULES
    ],
)


@every_case(TABLE, STARTER_TABLE, MANUAL, IN_FACILITIES)
def test_endoscopy(table: CaseTable, case) -> None:
    table.check(case)
