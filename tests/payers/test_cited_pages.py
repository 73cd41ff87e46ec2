"""Each step cites the page of the term that it is by, of several that a payer has for a rule."""

from pathlib import Path
from typing import Any

import pytest

from payrules.errors import PayerError
from payrules.payers import MEDICARE, Payer, differences
from payrules.rules.multiple_procedure import multiple_procedure
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline, scenario
from payrules.scenarios.plan import plan
from payrules.schedules import Schedules
from payrules.workbook import about
from payrules.workbook.figures.bridge import _rules_told
from tests.payers.files import HEAD, batch, payer, priced
from tests.pricing_cases import STARTER

PAGES = """
plan = "commercial"
[terms.multiple_procedure]
ladder = [1.0, 0.5, 0.25]
never = ["64493"]
cites = { ladder = "ladder, page 1", never = "never, page 2", also = "lesions, page 3" }
[[terms.multiple_procedure.also]]
codes = ["11042"]
ladder = [1.0, 0.3]
[terms.practitioner]
shares = { nurse_practitioner = 0.80, physician_assistant = 0.70 }
cites = { nurse_practitioner = "nurses, page 4", physician_assistant = "assistants, page 5" }
[terms.assistant_at_surgery]
physician = 0.20
cites.physician = "surgeons, page 6"
[terms.imaging]
whole = 0.50
cites = { whole = "images, page 7" }
[terms.endoscopy.percent]
45380 = 0.40
45384 = 0.60
[terms.endoscopy.cites]
45380 = "scopes, page 8"
45384 = "scopes, page 9"
"""
#: The rule, what its step on each line of a session cites ("" for the law), and their columns.
SESSIONS: list[tuple[str, dict[str, str | None], dict[str, str]]] = [
    (
        "multiple_procedure",
        {"62323": "ladder, page 1", "64483": "ladder, page 1", "64493": None},
        {},
    ),
    ("multiple_procedure", {"11042": "lesions, page 3"}, {"service_unit_quantity": "2"}),
    ("practitioner", {"99213": "nurses, page 4"}, {"practitioner_type": "nurse_practitioner"}),
    ("practitioner", {"99213": "assistants, page 5"}, {"practitioner_type": "physician_assistant"}),
    ("practitioner", {"99213": ""}, {"practitioner_type": "dietitian"}),
    ("assistant_at_surgery", {"27130": "surgeons, page 6"}, {"hcpcs_modifier_1": "80"}),
    ("assistant_at_surgery", {"27130": ""}, {"hcpcs_modifier_1": "AS"}),
    ("imaging", {"70551": "images, page 7", "72148": "images, page 7"}, {}),
    ("imaging", {"70551": "", "72148": ""}, {"hcpcs_modifier_1": "26"}),
    ("endoscopy", {"45380": "scopes, page 8", "45384": "scopes, page 9"}, {}),
]
#: Releases without edits.
ALONE = Schedules(STARTER.releases, [])
LAW = {rule.name: rule.cites for rule in MEDICARE.rules}


def cited(found: Any, rule: str) -> dict[tuple[str, int], str]:
    steps = found.adjustments.filter(found.adjustments["rule"] == rule)
    rows = steps.select("claim_id", "claim_line_number", "cites").rows()
    return {(str(claim), number): str(cites) for claim, number, cites in rows}


def test_a_step_cites_the_page_of_its_term_and_no_other(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + PAGES)
    rows = [
        {
            **{"person_id": str(number), "claim_id": str(number)},
            **{"hcpcs_code": code, "claim_line_number": str(place)},
            **columns,
        }
        for number, (_, lines, columns) in enumerate(SESSIONS)
        for place, code in enumerate(lines, 1)
    ]
    found = priced(batch(*rows, day="2026-03-02", place="11"), acme, locality="national")
    for number, (rule, lines, _) in enumerate(SESSIONS):
        told = cited(found, rule)
        for place, (code, page) in enumerate(lines.items(), 1):
            wanted = LAW[rule] if page == "" else page
            assert told.get((str(number), place)) == wanted, (rule, code)


def test_of_a_term_that_begins_later_the_law_is_cited_before(tmp_path: Path) -> None:
    text = """
[terms.multiple_procedure]
third = { 2025-06-01 = 0.25 }
later = { 2025-01-01 = 0.50 }
cites = { third = "page 2", later = "page 1" }
"""
    acme = payer(tmp_path, HEAD + text)
    lines = [{"hcpcs_code": code} for code in ("62323", "64483", "64493")]
    for day, pages in (
        ("2024-12-31", {LAW["multiple_procedure"]}),
        ("2025-05-31", {"page 1"}),
        ("2025-06-01", {"page 1", "page 2"}),
    ):
        found = priced(batch(*lines, day=day, place="11"), acme, locality="national", release=REL)
        assert {*cited(found, "multiple_procedure").values()} == pages, day


REL = "starter-2025"
FROZEN = """
plan = "commercial"
base_release = "starter-2025"
[[rate]]
codes = ["20610"]
conversion_factor = 50
cites = "exhibit C"
[[rate]]
percent_of_medicare = 120
[[source]]
term = "base_release"
title = "article 4"
"""


def test_the_fee_cites_the_page_that_froze_or_made_it(tmp_path: Path) -> None:
    """The first step of each line cited the law alone, whatever contract it was by."""
    acme = payer(tmp_path, HEAD + FROZEN)
    lines = batch({"hcpcs_code": "20610"}, {"hcpcs_code": "62323"}, day="2026-03-02", place="11")
    found = cited(priced(lines, acme, locality="national"), "fee_schedule_amount")
    law = "42 CFR 414.22, 414.26: RVU × GPCI × conversion factor"
    assert [*found.values()] == [f"{law}; article 4; exhibit C", f"{law}; article 4"]
    asked_for = priced(lines, acme, locality="national", release="starter-2026")
    assert cited(asked_for, "fee_schedule_amount")["A", 2] == law


def test_a_fee_schedule_and_the_days_to_appeal_have_their_page(tmp_path: Path) -> None:
    text = '[fee_schedule]\nfile = "fees.csv"\ncites = "exhibit F"\n'
    text += '[remittance]\nappeal_days = 90\ncites = "article 12"\n'
    fees = "hcpcs_code,nonfacility_amount,facility_amount\n99213,90.00,60.00\n"
    acme = payer(tmp_path, HEAD + 'plan = "commercial"\n' + text, fees)
    found = priced(batch({"hcpcs_code": "99213"}, place="11"), acme, locality="national")
    assert cited(found, "fee_schedule_amount")["A", 1] == "exhibit F"
    told = {(each.rule, each.term): each for each in differences(acme)}
    assert told["fee_schedule_amount", "source"].cites == "exhibit F"
    days = told["remittance", "appeal_days"]
    assert (days.medicare, days.payer, days.cites) == ("125 days", "90 days", "article 12")
    with pytest.raises(PayerError, match=r"remittance\.cites: is blank"):
        payer(tmp_path, HEAD + '[remittance]\nappeal_days = 90\ncites = " "\n')
    sourced = HEAD + "[remittance]\nappeal_days = 90\n"
    sourced += '[[source]]\nterm = "remittance"\ntitle = "article 13"\n'
    assert differences(payer(tmp_path, sourced))[-1].cites == "article 13"


def test_a_scenario_is_cited_from_its_terms_first_day_on() -> None:
    """Its source stood on every step of the rule, on earlier days and of other terms, too."""
    says = {
        "title": "t",
        "cites": "the draft",
        "terms": {"multiple_procedure": {"third": {"2025-06-01": 0.25}}},
    }
    lines = [
        {"hcpcs_code": code, "claim_line_start_date": day, "person_id": day, "claim_id": day}
        for day in ("2025-05-31", "2025-06-01")
        for code in ("62323", "64483", "64493")
    ]
    numbered = [{**line, "claim_line_number": str(n)} for n, line in enumerate(lines, 1)]
    on = baseline(batch(*numbered, place="11"), Setup(schedules=ALONE, locality="national"))
    setup = plan(on, scenario(says)).stages[-1][1]
    rule = next(each for each in setup.payer.rules if each.name == multiple_procedure.name)
    steps = setup.price(on.batch.lines, trail=True).trail
    assert steps is not None
    found = steps.filter(steps["rule"] == rule.name)["cites"].cast(str).to_list()
    law = multiple_procedure.cites
    assert found == [law] * 3 + [law, law, "the draft"]


def _named(folder: Path, name: str, page: str) -> Payer:
    (folder / name).mkdir()
    text = f'[terms.co_surgery]\neach = 0.60\ncites.each = "{page}"\n'
    return payer(folder / name, HEAD.replace("Acme", name, 1) + 'plan = "commercial"\n' + text)


def test_about_has_every_payers_page_of_a_rule(tmp_path: Path) -> None:
    """Of a rule that several payers have, the first one's pages stood for all."""
    acme, blue = _named(tmp_path, "Acme", "page 1"), _named(tmp_path, "Blue", "page 2")
    rows = [{"hcpcs_code": "99213", "payer": name} for name in ("Acme", "Blue")]
    setup = Setup(
        payer=acme,
        payers={"Blue": blue},
        schedules=ALONE,
        locality="national",
    )
    run = estimate(batch(*rows, place="11"), setup).run
    told = [(each.cites, each.of) for each in run.rules if each.name == "co_surgery"]
    assert told == [("page 1", ("Acme",)), ("page 2", ("Blue",))]
    assert _rules_told(run, ["Acme", "Blue"])["co_surgery"][1] == "Acme: page 1; Blue: page 2"
    assert about.TERM_HEADINGS[2] == "Citation"
