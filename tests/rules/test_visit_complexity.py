"""Visit complexity: G2211 beside an office or home visit that stands on its own."""

from payrules.dated import Dated
from payrules.payers.medicare import RULES
from payrules.rules.visit_complexity import ALSO_PREVENTIVE, visit_complexity
from payrules.schedules.cost_sharing import without_coinsurance
from tests.generated import words
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

OFFICE = words("99202 99203 99204 99205 99211 99212 99213 99214 99215")
HOME = words("99341 99342 99344 99345 99347 99348 99349 99350")
CODES = by_hand(
    *(code(visit, "100.00") for visit in sorted(OFFICE + HOME)),
    *(code(other, "100.00") for other in words("99221 99483")),
    code("G2211", "15.00", days="ZZZ"),
    code("G0439", "120.00"),
    code("G0102", "20.00"),
    code("G0008", status="X"),
    code("G0202", status="X"),
    code("90471", "20.00"),
    code("20610", "60.00", days="000"),
    code("60001", status="C"),
)
OFFICE_ONLY = "G2211 without a paid office visit"
OR_HOME = "G2211 without a paid office or home visit"
ALL_WITH_25 = "G2211: every visit on the day has modifier 25"
NO_PREVENTIVE = f"{ALL_WITH_25}, and no preventive service is billed with it"
SECOND_HAND = "G2211: CMS's list of preventive services was taken from a secondary copy"


def denied(why: str, **terms):
    return line("G2211", "0.00", why, status="denied", carc="107", rarc="N122", **terms)


def bundled(why: str, **terms):
    return line("G2211", "0.00", why, status="bundled", carc="97", **terms)


def first(**terms):
    """Denied as an add-on, before this rule looks at it."""
    return line("G2211", "0.00", status="denied", carc="107", rarc="N122", **terms)


G2211 = line("G2211", "15.00")
TABLE = CaseTable(
    "visit_complexity",
    [
        *(
            case(f"beside {visit} it is paid", line(visit, "100.00"), G2211)
            for visit in sorted(OFFICE)
        ),
        case("before its visit, too", G2211, line("99213", "100.00")),
        case("alone it is denied", first()),
        *(
            case(f"beside {other} it is denied", line(other, "100.00"), first())
            for other in ("99221", "99483")
        ),
        *(
            case(
                f"beside {visit} it is paid from 2026-01-01",
                line(visit, "100.00", date="2025-12-31", claim=f"{visit} 1"),
                denied(OFFICE_ONLY, date="2025-12-31", claim=f"{visit} 1"),
                line(visit, "100.00", date="2026-01-01", claim=f"{visit} 2"),
                line("G2211", "15.00", date="2026-01-01", claim=f"{visit} 2"),
            )
            for visit in sorted(HOME)
        ),
        case(
            "a denied visit is none",
            line("99213 GZ", "0.00", status="denied", carc="50"),
            first(),
        ),
        case(
            "a visit that is by report is none",
            line("99213 53", None, status="by_report"),
            denied(OFFICE_ONLY),
        ),
        case(
            "a visit of another practitioner is none",
            line("99213", "100.00", npi="1"),
            first(npi="2"),
        ),
        case(
            "a visit of the group and specialty is one",
            line("99213", "100.00", npi="1", tin="7", specialty="08"),
            line("G2211", "15.00", npi="2", tin="7", specialty="08"),
        ),
        case(
            "in 2024 beside a visit with 25 it is bundled",
            line("99213 25", "100.00", date="2024-12-31"),
            line("G0439", "120.00", date="2024-12-31"),
            bundled(ALL_WITH_25, date="2024-12-31"),
        ),
        case(
            "from 2025 a preventive service makes it paid",
            line("99213 25", "100.00", date="2025-01-01"),
            line("G0439", "120.00", date="2025-01-01"),
            line("G2211", "15.00", date="2025-01-01"),
        ),
        case(
            "a vaccine's administration without its file was given all the same",
            line("99213 25", "100.00"),
            line("G0008", None, status="not_on_schedule", fee=None),
            G2211,
        ),
        case(
            "so does administration of CR 13705's list",
            line("99213 25", "100.00"),
            line("90471", "20.00"),
            G2211,
        ),
        case(
            "a rectal exam that is bundled afterwards still counts",
            line("99213 25", "100.00"),
            line("G0102", "0.00", status="bundled", carc="97"),
            G2211,
        ),
        case(
            "a denied preventive service does not count",
            line("99213 25", "100.00"),
            line("G0439 GY", "0.00", status="denied", carc="96"),
            bundled(NO_PREVENTIVE, review=SECOND_HAND),
        ),
        case(
            "a preventive service whose code has ended does not count",
            line("99213 25", "100.00"),
            line("G0202", None, status="not_on_schedule", fee=None),
            bundled(NO_PREVENTIVE, review=SECOND_HAND),
        ),
        case(
            "beside another procedure and a visit with 25 it is bundled, and the list is said",
            line("20610", "60.00"),
            line("99213 25", "100.00"),
            bundled(NO_PREVENTIVE, review=SECOND_HAND),
        ),
        case(
            "one visit without 25 is enough",
            line("99213 25", "100.00"),
            line("99212", "100.00"),
            G2211,
        ),
    ],
    CODES,
)
STRICT = CaseTable(
    "visit_complexity",
    [
        case(
            "a payer may stay with the rule of 2024",
            line("99213 25", "100.00"),
            line("G0439", "120.00"),
            bundled(ALL_WITH_25),
        ),
        case("and take home visits earlier", line("99348", "100.00"), G2211),
    ],
    CODES,
    rules=[
        visit_complexity.on_terms(
            cites="a contract",
            at_home=Dated({"2024-01-01": "1"}, cites="a contract"),
            beside_preventive=Dated({"2024-01-01": "0"}, cites="a contract"),
        )
        if each.name == "visit_complexity"
        else each
        for each in RULES
    ],
)


@every_case(TABLE, STRICT)
def test_visit_complexity(table: CaseTable, case) -> None:
    table.check(case)


def test_preventive_services_are_those_without_coinsurance_and_some_named() -> None:
    free = without_coinsurance()
    assert {"G0438", "G0439", "G0008", "77067", "G0444", "90662", "G0136"} - free == {"G0136"}
    assert not free & {"G2211", "G0102", "99497", "00811", "10000-69999", "*"}
    assert len(ALSO_PREVENTIVE) == len({*ALSO_PREVENTIVE} - free)
