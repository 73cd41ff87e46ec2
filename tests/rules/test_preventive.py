"""Preventive services: no deductible, and less coinsurance or none (SSA 1833(a)(1), (b), (dd))."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from payrules.payers.medicare import RULES
from payrules.rules.preventive import preventive
from payrules.schedules.cost_sharing import CostSharing, SharedCost, medicare_cost_sharing
from tests.generated import words
from tests.pricing_cases import CaseTable, Line, by_hand, case, code, every_case, line, priced

CODES = by_hand(
    *(
        code(each, "100.00")
        for each in words(
            "G0438 G0439 G0402 99497 99498 G0136 G0513 77067 77063 99406 97802 G0102 G0108 G0117"
            " G0403 G0105 G0121 G0104 G0106 99214 88305 45385 45381 45378 10000 69999 70010 G0500"
            " 99153 G0101 27000"
        )
    ),
    code("00811", status="J"),
)
LAW = "42 CFR 410.152(l), 410.160(b)"
FREE = "no deductible; the patient's share is 0 %"
OPEN = "257.00"


def free(service: str, pays: str = "100.00", **terms: Any) -> Line:
    """A line of which the patient owes nothing, whatever is left of the deductible."""
    return line(
        service,
        pays,
        FREE,
        codes=(None, None, None),
        **{"deducted": "0.00", "coinsurance": "0.00", "patient": "0.00", **terms},
    )


def owing(service: str, **terms: Any) -> Line:
    """A line with ordinary cost sharing: the deductible, or a fifth."""
    return line(service, "100.00", **{"coinsurance": "20.00", "patient": "20.00", **terms})


def deducted(service: str, used: str = "100.00", **terms: Any) -> Line:
    return line(service, "100.00", deducted=used, **terms)


def by_pt(service: str, percent: str, owed: str, **terms: Any) -> Line:
    return line(
        service,
        "100.00",
        f"no deductible; the patient's share is {percent} %",
        codes=(None, None, None),
        **{"deducted": "0.00", "coinsurance": owed, **terms},
    )


ON_THE_DAY = {"codes": (None, None, None), "deducted": "0.00"}
ALONE = "33: free only beside a wellness visit of the same claim, day and practitioner"
NO_SCREENING = "33: free only beside a screening of the colon on the day"
NOT_LISTED = "33: this code is not a waived preventive service"
TABLE = CaseTable(
    "preventive",
    [
        case(
            "1.1 a waived service takes no deductible and uses none up",
            free("G0438", deductible=OPEN),
            deducted("99214 25", deductible=OPEN),
        ),
        case(
            "1.11 sequestration applies: Medicare pays 100 % less 2 %",
            free("G0439", sequestered="2.00", medicare="98.00"),
        ),
        *(
            case(f"1.2 {each} is free", free(each, deductible=OPEN))
            for each in words("G0438 G0402 77067 77063 99406 97802 G0105 G0121 G0104 G0513")
        ),
        case("1.2 the wellness visit is free from 2011-01-01", free("G0438", date="2011-01-01")),
        case("1.2 and not on the day before", owing("G0438", date="2010-12-31")),
        case(
            "1.2 the first visit took coinsurance and no deductible until 2010",
            line(
                "G0402",
                "100.00",
                "no deductible; the patient's share is 20 %",
                codes=(None, None, None),
                deducted="0.00",
                coinsurance="20.00",
                deductible="50.00",
                date="2010-12-31",
            ),
        ),
        *(
            case(f"1.3 {each} is not waived", deducted(each, deductible=OPEN))
            for each in words("G0102 G0108 G0117 G0403")
        ),
        case(
            "1.2 a barium enema keeps its coinsurance",
            line(
                "G0106",
                "100.00",
                "no deductible; the patient's share is 20 %",
                codes=(None, None, None),
                deducted="0.00",
                coinsurance="20.00",
                deductible="50.00",
                date="2024-12-31",
            ),
        ),
        case(
            "1.5 a planning with 33 beside a wellness visit is free",
            free("G0439"),
            free("99497 33"),
            free("99498 33"),
            free("G0136 33"),
        ),
        case("1.5 not without 33", free("G0439"), owing("99497")),
        case("1.5 not alone", owing("99497 33", review=ALONE)),
        case(
            "1.5 not on another claim",
            free("G0439", claim="wellness"),
            owing("99497 33", claim="planning", review=ALONE),
        ),
        case(
            "1.5 not by another practitioner",
            free("G0439", npi="1"),
            owing("99497 33", npi="2", review=ALONE),
        ),
        case(
            "1.5 not on another day",
            free("G0439", date="2025-06-01"),
            owing("99497 33", review=ALONE),
        ),
        case(
            "1.5 not beside a wellness visit that is denied",
            line("G0439 GZ", "0.00", status="denied", carc="50"),
            owing("99497 33", review=ALONE),
        ),
        *(
            case(
                f"1.5 {each} with 33 beside a screening of the colon is free",
                free("G0105"),
                free(f"{each} 33", claim=f"the nurse, {each}"),
            )
            for each in ("G0500", "99153")
        ),
        case("1.5 moderate sedation not alone", owing("G0500 33", review=NO_SCREENING)),
        case("1.5 33 on another code is noted", owing("27000 33", review=NOT_LISTED)),
        case("1.5 33 on a code that is free by itself", free("G0105 33")),
        case("1.5 33 on a code that is listed and not free", owing("G0102 33", review=NOT_LISTED)),
        case(
            "1.6 PT on one line waives the deductible of the day's surgery",
            by_pt("45385 PT", "15", "15.00", deductible=OPEN),
            line("45381 59", "100.00", "no deductible", coinsurance="20.00", **ON_THE_DAY),
            line("10000", "100.00", "no deductible", coinsurance="20.00", **ON_THE_DAY),
            line("69999", "100.00", "no deductible", coinsurance="20.00", **ON_THE_DAY),
            deducted("70010"),
            deducted("88305"),
        ),
        case(
            "1.6 whoever bills it",
            by_pt("45385 PT", "15", "15.00", npi="1", claim="one", deductible=OPEN),
            line("45381", "100.00", "no deductible", npi="2", claim="two", **ON_THE_DAY),
        ),
        case(
            "1.6 of the person and the day alone",
            by_pt("45385 PT", "15", "15.00", deductible=OPEN),
            deducted("45381", date="2025-06-03"),
            deducted("45381", person="a neighbour", deductible="100.00", claim="the neighbour's"),
        ),
        case(
            "1.6 a denied line with PT waives it, too",
            line("45385 PT GZ", "0.00", status="denied", carc="50", deductible=OPEN),
            line("45381", "100.00", "no deductible", coinsurance="20.00", **ON_THE_DAY),
        ),
        case(
            "1.6 sedation only with a PT of its own",
            by_pt("45385 PT", "15", "15.00", deductible=OPEN),
            deducted("G0500"),
            by_pt("G0500 PT", "15", "15.00", number=9),
        ),
        *(
            case(f"1.7 PT on {day}", by_pt("45385 PT", percent, owed, date=day, deductible="50.00"))
            for day, percent, owed in (
                ("2011-01-01", "20", "20.00"),
                ("2022-12-31", "20", "20.00"),
                ("2023-01-01", "15", "15.00"),
                ("2026-12-31", "15", "15.00"),
                ("2027-01-01", "10", "10.00"),
                ("2029-12-31", "10", "10.00"),
                ("2030-01-01", "0", "0.00"),
            )
        ),
        case("1.7 PT on 2010-12-31", owing("45385 PT", date="2010-12-31")),
        case("1.7 PT on a code that is no surgery", owing("88305 PT")),
        case("1.8 KX after a positive stool test", free("G0105 KX")),
        case("1.8 a screening that was stopped", line("G0121", "100.00", FREE, **ON_THE_DAY)),
        case(
            "1.9 a visit with 25 beside it keeps its cost sharing",
            free("G0439"),
            owing("99214 25"),
        ),
        case(
            # 100.00 × .95; the limit 100.00 × 1.0925 = 109.25; 95.00 less 2 % is 93.10
            "1.10 nonparticipating and unassigned: Medicare pays 95 %, the patient the balance",
            line(
                "G0439",
                "95.00",
                FREE,
                codes=(None, None, None),
                participating="false",
                assignment="false",
                charge="150.00",
                carc="45",
                coinsurance="0.00",
                medicare="93.10",
                patient="16.15",
                limit="109.25",
            ),
        ),
        case("1.13 a live donor's services, any code", free("27000 Q3", deductible=OPEN)),
        *(
            case(f"1.13 CS on {day}", free("99214 CS", date=day, deductible="50.00"))
            for day in ("2020-03-18", "2023-05-11")
        ),
        *(
            case(f"1.13 CS on {day}", owing("99214 CS", date=day))
            for day in ("2020-03-17", "2023-05-12")
        ),
        case("33 beside Q3 needs nothing", free("99497 33 Q3")),
        case("nothing of this: nothing changes", deducted("27000", deductible=OPEN)),
    ],
    CODES,
)


@every_case(TABLE)
def test_preventive(table: CaseTable, case) -> None:
    table.check(case)


def steps_of(rows: list[dict[str, str]], rule: str) -> list[dict[str, Any]]:
    trail = priced(rows, schedules=CODES).trail
    assert trail is not None
    return [step for step in trail.to_dicts() if step["rule"] == rule]


def row(code: str, modifiers: str = "", day: str = "2025-06-02", **more: str) -> dict[str, str]:
    return {
        "claim_id": "1",
        "claim_line_number": "1",
        "person_id": "P",
        "claim_line_start_date": day,
        "hcpcs_code": code,
        "hcpcs_modifiers": modifiers,
        "place_of_service_code": "22",
        "locality": "national",
        **more,
    }


@pytest.mark.parametrize(
    ("code", "modifiers", "factor", "source"),
    [
        ("G0439", "", 0, "42 CFR 410.152(l), 410.160(b); SSA 1833(a)(1)(X), (b)(10)"),
        ("45385", "PT", 1_500, "SSA 1833(b) last sentence, (dd)(2)"),
    ],
)
def test_the_coinsurance_step_has_the_share_and_its_source(
    code: str, modifiers: str, factor: int, source: str
) -> None:
    """1.17: the deductible writes no step; the coinsurance writes the factor and the citation."""
    given = [row(code, modifiers, deductible_remaining="257.00")]
    (step,) = steps_of(given, "coinsurance")
    assert step["factor"] == factor
    assert step["cites"].startswith(source)
    assert steps_of(given, "deductible") == []
    (own,) = steps_of(given, "preventive")
    assert own["before"] == own["after"]
    assert own["cites"] == step["cites"]


ROWS = medicare_cost_sharing().rows


def days_of(sharing: SharedCost) -> list[date]:
    """Give a row's first and last day, and the days before and after, as far as lines may be."""
    days = [sharing.effective_from, min(sharing.effective_to, date(2040, 6, 1))]
    days += [days[0] - timedelta(days=1), days[1] + timedelta(days=1)]
    return [day for day in days if day >= date(1992, 1, 1)]


def own_code(sharing: SharedCost) -> str:
    return "27000" if sharing.is_of_any else sharing.first


def beside(code: str) -> list[str]:
    """Name what a code with 33 needs beside it, so that its row holds."""
    if code in {"99497", "99498", "G0136"}:
        return ["G0439"]
    return ["G0105"] if code in {"G0500", "99153"} else []


@cache
def rows_priced() -> dict[tuple[int, date], dict[str, Any]]:
    """Price a line on each of the days of every row, in a claim and of a person of its own."""
    rows = []
    for number, sharing in enumerate(ROWS):
        for day in days_of(sharing):
            claim = {"claim_id": f"{number} {day}", "person_id": f"{number} {day}"}
            services = [(own_code(sharing), sharing.modifier)]
            services += [(each, "") for each in beside(services[0][0])]
            for place, (each, modifier) in enumerate(services, 1):
                owed = {"claim_line_number": str(place), "deductible_remaining": "10.00"}
                rows.append(row(each, modifier, day.isoformat(), **claim, **owed))
    codes = {one["hcpcs_code"] for one in rows}
    lines = priced(rows, schedules=by_hand(*(code(each, "100.00") for each in codes))).lines
    return {
        (int(one["claim_id"].split()[0]), one["service_date"]): one
        for one in lines.filter(lines["claim_line_number"] == 1).to_dicts()
    }


@pytest.mark.parametrize("number", range(len(ROWS)), ids=lambda number: str(ROWS[number].first))
def test_every_row_of_the_table_holds_on_its_days_and_on_no_other(number: int) -> None:
    sharing = ROWS[number]
    for day in days_of(sharing):
        found = rows_priced()[number, day]
        in_force = [
            each
            for each in ROWS
            if (each.first, each.modifier) == (sharing.first, sharing.modifier)
            and each.effective_from <= day <= each.effective_to
        ]
        assert found["deductible_amount"] == (0 if in_force else 10_00)
        after = 100_00 - found["deductible_amount"]
        share = min([2_000, *(each.share for each in in_force)])
        assert found["coinsurance_amount"] == after * share // 10_000


def test_ordinary_rows_of_the_file_say_nothing() -> None:
    free = {each.first for each in ROWS}
    assert free.isdisjoint(words("G0102 G0108 G0117 G0403 90471 G2211 77065 G0122"))


def own(first: str, share: int, *, waived: bool = True, modifier: str = "") -> SharedCost:
    return SharedCost(
        first, first, modifier, waived, share, date(2025, 1, 1), date(2025, 12, 31), "Acme, §7"
    )


def with_own(*entries: SharedCost) -> CaseTable:
    services = medicare_cost_sharing().with_own(entries, "Acme")
    changed = preventive.on_terms(cites="Acme", services=services)
    rules = [changed if each.name == "preventive" else each for each in RULES]
    return CaseTable("preventive", OWN, CODES, rules=rules)


NONE = (None, None, None)
OWN = [
    case(
        "an own entry stands for the table's row, on its days",
        owing("99406", date="2025-06-02"),
    ),
    case("and not on others", free("99406", date="2026-01-01")),
    case(
        "an entry with a modifier of one's own",
        line("27000 U1", "100.00", "the patient's share is 5 %", codes=NONE, coinsurance="5.00"),
        owing("27000"),
    ),
    case(
        "a share above the ordinary makes it no more",
        line("88305", "100.00", "the patient's share is 50 %", codes=NONE, coinsurance="20.00"),
    ),
]


@pytest.mark.parametrize("case", OWN, ids=lambda each: each.sentence)
def test_own_entries(case) -> None:
    table = with_own(
        SharedCost("99406", "99406", "", False, 2000, date(2025, 1, 1), date(2025, 12, 31), "Acme"),
        own("27000", 500, waived=False, modifier="U1"),
        own("88305", 5000, waived=False),
    )
    if case is OWN[0]:
        # The row is there and says what is ordinary.
        lines = table.priced.lines
        assert lines["coinsurance_amount"][0] == 2000
        return
    table.check(case)


def test_a_table_of_ones_own() -> None:
    services = CostSharing("Acme's", (own("27000", 0),))
    changed = preventive.on_terms(cites="Acme", services=services)
    rules = [changed if each.name == "preventive" else each for each in RULES]
    lines = priced([row("27000"), row("G0439", claim_id="2")], rules, CODES).lines
    assert lines["coinsurance_amount"].to_list() == [0, 2000]
