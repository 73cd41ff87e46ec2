"""Terms that go by the day on which a claim is processed: column `processed_date`."""

from pathlib import Path
from typing import Any

import pytest

from payrules.claims import read_batch
from payrules.errors import PayerError
from payrules.payers import MEDICARE, differences, load_payer
from payrules.payers.left_open import of_claims
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules
from tests.payers.files import HEAD, batch, payer
from tests.pricing_cases import STARTER

OF_52 = """
[[terms.modifier.share]]
modifier = "52"
share = { 2025-11-01 = 0.50 }
by_day_of = "processing"
"""
OF_NURSES = """
[terms.practitioner]
by_day_of = "processing"
cites.shares = "Acme notice 7"
[terms.practitioner.shares]
nurse_practitioner = { 2025-11-01 = 0.80 }
"""
TERMS = {
    "share": OF_52,
    "share from a first day": OF_52.replace(
        "{ 2025-11-01 = 0.50 }", "0.50\nfirst_day = 2025-11-01"
    ),
    "a number of a rule": OF_NURSES,
    "rate": """
[[rate]]
percent_of_medicare = 80
first_day = 2025-11-01
by_day_of = "processing"
[[rate]]
percent_of_medicare = 100
""",
    "factor": """
[[rate]]
conversion_factor = { 2025-01-01 = 32.3465, 2025-11-01 = 16.17325 }
by_day_of = "processing"
""".replace("16.17325", "16.1733"),
    "percentage": """
[percent_of_medicare]
overall = { 2025-01-01 = 100, 2025-11-01 = 50 }
by_day_of = "processing"
""",
    "amount of a session": """
[[rate]]
codes = ["99213"]
case_rate = 40
includes = "all"
first_day = 2025-11-01
by_day_of = "processing"
not_over = { percent_of_charge = 90 }
[[rate]]
percent_of_medicare = 100
""",
    "ladder": """
[terms.multiple_procedure]
ladder = [1.0, { 2025-11-01 = 0.10 }]
by_day_of = "processing"
""",
}
#: Day of service, of processing → whether the new term is in force, and whether it is asked.
DAYS = {
    ("2025-10-20", "2025-10-31"): (False, False),
    ("2025-10-20", "2025-11-01"): (True, False),
    ("2025-10-20", ""): (False, True),
    ("2025-11-03", ""): (True, False),
}
ASKED = "the contract goes by the day on which a claim is processed, and processed_date is blank"


def lines_of(name: str, number: int, served: str, processed: str) -> list[dict[str, Any]]:
    line = {
        "person_id": f"{name} {number}",
        "claim_id": f"{name} {number}",
        "claim_line_start_date": served,
        "processed_date": processed,
        "payer": name,
        "hcpcs_code": "20610" if "ladder" in name else "99213",
        "practitioner_type": "nurse_practitioner" if "number" in name else "physician",
        "hcpcs_modifier_1": "52" if "share" in name else "",
    }
    return [line, {**line, "hcpcs_code": "64483"}] if "ladder" in name else [line]


def test_every_kind_of_term_may_go_by_the_day_of_processing(tmp_path: Path) -> None:
    payers = {}
    for name, text in TERMS.items():
        payers[name] = payer(
            tmp_path, HEAD.replace("Acme", name, 1) + 'plan = "commercial"\n' + text
        )
    rows = [
        line
        for name in TERMS
        for number, (served, processed) in enumerate(DAYS)
        for line in lines_of(name, number, served, processed)
    ]
    setup = Setup(
        payer=MEDICARE,
        payers=payers,
        schedules=Schedules(STARTER.releases, []),
        locality="national",
    )
    results = estimate(batch(*rows, place="11"), setup).lines
    found = {
        (name, days): of.sort("allowed_amount")
        for (name,), by_payer in results.group_by("payer")
        for days, number in zip(DAYS, range(len(DAYS)), strict=True)
        for of in [by_payer.filter(by_payer["claim_id"] == f"{name} {number}")]
    }
    for name in TERMS:
        before = found[name, ("2025-10-20", "2025-10-31")]["allowed_amount"].sum()
        for days, (begun, asked) in DAYS.items():
            lines = found[name, days]
            assert (lines["allowed_amount"].sum() < before) == begun, (name, days)
            notes = lines["review"].fill_null("").str.count_matches(ASKED, literal=True)
            assert (notes.sum() > 0) == asked, (name, days)
            assert notes.max() in {0, 1}
    nurse = differences(payers["a number of a rule"])[0]
    assert nurse.payer == "0.85 from 1998-01-01; 0.80 from 2025-11-01 (processed)"


def test_a_run_says_that_the_claims_do_not_say_when_they_were_processed(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + 'plan = "commercial"\n' + OF_52)
    (said,) = of_claims(acme, {"hcpcs_code"}, ["2025-10-31"])
    assert said.startswith("Acme has terms that begin with claims processed from 2025-11-01 on")
    assert not [*of_claims(acme, {"processed_date"}, ["2025-10-31"])]
    assert not [*of_claims(acme, {"hcpcs_code"}, ["2025-11-01"])]


BY = 'by_day_of = "processing"\n'
REFUSED = [
    (f'[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.5\n{BY}', "entry 1.by_day_of: changes"),
    (f"[[rate]]\npercent_of_medicare = 110\n{BY}", "entry 1.by_day_of: changes nothing"),
    (f"[percent_of_medicare]\noverall = 110\n{BY}", "percent_of_medicare.by_day_of: changes"),
    (f"[terms.co_surgery]\neach = 0.6\n{BY}", "terms.co_surgery.by_day_of: changes nothing"),
    (
        f'[terms.multiple_procedure]\nrank_by = {{ 2026-01-01 = "charge" }}\n{BY}',
        "by_day_of: is of numbers, and rank_by is a word",
    ),
    (f"[terms.endoscopy]\noff = {{ until = 2026-01-01 }}\n{BY}", "and off is a switch"),
    (
        # One that was served before and processed after has both.
        f'{OF_52}[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.6\nlast_day = 2025-10-31\n',
        "two shares are of the same lines",
    ),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_the_day_of_processing_cannot_be_of_is_refused(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(PayerError, match=said.replace(".", r"\.")):
        payer(tmp_path, HEAD + text)


def test_a_day_of_processing_before_the_service_is_rejected() -> None:
    rows = [
        {"claim_line_number": str(number), "locality": "national", "processed_date": day}
        for number, day in enumerate(("2025-03-02", "2025-03-03", "", "31.12.2025"), 1)
    ]
    rows = [{**row, "hcpcs_code": "99213"} for row in rows]
    checked = read_batch(batch(*rows, day="2025-03-03"), localities=STARTER.localities())
    assert checked.lines["claim_line_number"].to_list() == [2, 3]
    assert [reason[:40] for reason in checked.rejects["reason"]] == [
        "processed_date (10 characters, not shown",
        "processed_date (10 characters, not shown",
    ]
    assert "is before the date of service" in checked.rejects["reason"][0]


def test_sanford_s_table_goes_by_the_day_of_processing() -> None:
    told = [each.payer for each in differences(load_payer("sanford-health-plan"))]
    assert "0.50 from 2025-11-01 (processed)" in told


def test_only_a_line_that_the_day_may_change_is_told(tmp_path: Path) -> None:
    """A share for 52 by day of processing left its note on each line with any other share's 62."""
    acme = payer(
        tmp_path,
        HEAD
        + 'plan = "commercial"\n'
        + OF_52
        + '[[terms.modifier.share]]\nmodifier = "62"\nshare = 0.6\n'
        + "[terms.multiple_procedure]\nladder = [1.0, { 1992-01-01 = 0.5, 2025-11-01 = 0.4 }]\n"
        + BY,
    )
    rows = [
        {"person_id": person, "claim_id": person, "hcpcs_code": code, "hcpcs_modifier_1": modifier}
        for person, code, modifier in (
            *(("1", "63047", "62"), ("2", "20610", "52"), ("3", "99213", "")),
            *(("4", "64483", ""), ("4", "20610", "")),
        )
    ]
    results = estimate(
        batch(*rows, place="22", day="2025-10-20"),
        Setup(payer=acme, schedules=Schedules(STARTER.releases, []), locality="national"),
    ).lines
    asked = results["review"].fill_null("").str.contains(ASKED, literal=True)
    assert asked.to_list() == [False, True, False, False, True]
