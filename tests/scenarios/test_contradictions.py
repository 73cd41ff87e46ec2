"""Contradictions: what a payer file refuses, a scenario refuses; no code is changed two ways."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.errors import PayerError, ScenarioError
from payrules.payers import MEDICARE, Payer, load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline, plan, scenario, stack
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import HEAD, demo, says

FEES = "hcpcs_code,facility_amount,status_code\n64483,300.00,A\n64493,200.00,A\n"
PAYER = 'name = "Acme"\ncontract = "Acme agreement"\n'
DOLLARS = '[fee_schedule]\nfile = "fees.csv"\nindicators = "{}"\n'
RATE = "a percentage of Medicare cannot be combined with a fee_schedule"
RANKING = "ranking by total_rvu needs the RVUs of a release"
LINES = pl.DataFrame(
    {
        "claim_id": ["1", "1"],
        "claim_line_number": ["1", "2"],
        "person_id": ["1", "1"],
        "claim_line_start_date": ["2025-06-02"] * 2,
        "hcpcs_code": ["64483", "64493"],
        "place_of_service_code": ["11"] * 2,
        "locality": ["national"] * 2,
    }
)


def write(folder: Path, text: str, name: str = "acme.toml") -> Path:
    (folder / "fees.csv").write_text(FEES, encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def base(payer: Payer = MEDICARE, **others: Payer) -> Baseline:
    return baseline(LINES, Setup(payer=payer, payers=others, schedules=STARTER))


def refused(on: Baseline, **written: Any) -> str:
    """Give what is said of a scenario before a line is priced."""
    with pytest.raises(ScenarioError) as fault:
        plan(on, scenario({**HEAD, **written}, "try.toml"))
    assert "\n" not in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize(
    ("said", "fault", "place"),
    [
        ("percent_of_medicare = 110\n" + DOLLARS.format("release"), RATE, "percent_of_medicare"),
        (
            'base = "110-percent-of-medicare"\n' + DOLLARS.format("release"),
            RATE,
            "fee_schedule",
        ),
        (
            DOLLARS.format("own") + '[terms.multiple_procedure]\nrank_by = "total_rvu"\n',
            RANKING,
            "terms.multiple_procedure.rank_by",
        ),
        ('base = "ranking-by-total-rvu"\n' + DOLLARS.format("own"), RANKING, "fee_schedule"),
    ],
)
def test_a_payer_file_refuses_what_its_base_contradicts(
    tmp_path: Path, said: str, fault: str, place: str
) -> None:
    with pytest.raises(PayerError, match=f"acme.toml, {place}: .*{fault}"):
        load_payer(write(tmp_path, PAYER + said))


def test_a_scenario_refuses_a_percentage_of_medicare_beside_dollars_however_they_meet(
    tmp_path: Path,
) -> None:
    dollars = write(tmp_path, PAYER + DOLLARS.format("release"))
    in_dollars = {"file": str(tmp_path / "fees.csv"), "indicators": "release"}
    rate, acme = load_payer("110-percent-of-medicare"), load_payer(dollars)
    for on, place, written in (
        (base(rate), "fee_schedule", {"fee_schedule": in_dollars}),
        (base(MEDICARE, rate=rate), "fee_schedule", {"fee_schedule": in_dollars}),
        (base(acme), "percent_of_medicare", {"percent_of_medicare": 120}),
        (base(), "percent_of_medicare", {"percent_of_medicare": 120, "fee_schedule": in_dollars}),
        (base(), "percent_of_medicare", {"percent_of_medicare": 120, "payer": str(dollars)}),
        (
            base(),
            "fee_schedule",
            {"payer": "110-percent-of-medicare", "fee_schedule": in_dollars},
        ),
    ):
        said = refused(on, **written)
        assert said.startswith(f"try.toml, {place}: of payer ")
        assert RATE in said
        assert "scale the dollars" in said


def test_a_scenario_refuses_ranking_by_rvu_on_a_schedule_without_rvus_however_they_meet(
    tmp_path: Path,
) -> None:
    dollars = write(tmp_path, PAYER + DOLLARS.format("own"))
    in_dollars = {"file": str(tmp_path / "fees.csv"), "indicators": "own"}
    ranks = {"multiple_procedure": {"rank_by": "total_rvu"}}
    place = "terms.multiple_procedure.rank_by"
    for on, where, written in (
        (base(load_payer(dollars)), place, {"terms": ranks}),
        (base(), place, {"terms": ranks, "fee_schedule": in_dollars}),
        (base(), place, {"terms": ranks, "payer": str(dollars)}),
        (base(load_payer("ranking-by-total-rvu")), "fee_schedule", {"fee_schedule": in_dollars}),
        (
            base(),
            "fee_schedule",
            {"payer": "ranking-by-total-rvu", "fee_schedule": in_dollars},
        ),
    ):
        said = refused(on, **written)
        assert said.startswith(f"try.toml, {where}: of payer ")
        assert RANKING in said
    with_release = {**in_dollars, "indicators": "release"}
    tried = says(terms=ranks, fee_schedule=with_release)
    assert plan(base(), tried, weighed=False).stages


def test_terms_of_a_rule_that_is_off_do_not_switch_it_on(tmp_path: Path) -> None:
    off = load_payer("no-sequestration")
    cut = {"cut": Decimal("0.01")}
    said = refused(base(off), terms={"sequestration": cut})
    assert said == (
        "try.toml, terms.sequestration: the rule is off in no-sequestration, and terms alone do "
        "not switch it on; add on = true to switch it on with these terms, or remove them."
    )
    assert refused(base(), payer="no-sequestration", terms={"sequestration": cut}) == said
    text = PAYER + 'base = "no-sequestration"\n[terms.sequestration]\ncut = 0.01\n'
    with pytest.raises(PayerError, match="the rule is off in no-sequestration"):
        load_payer(write(tmp_path, text))
    for switch in ({"on": True}, {"off": False}):
        tried = plan(base(off), says(terms={"sequestration": {**cut, **switch}}))
        (rule,) = (r for r in tried.stages[-1][1].payer.rules if r.name == "sequestration")
        assert str(rule.terms["cut"].at(date(2025, 6, 2))) == "0.01"
    assert load_payer(write(tmp_path, text + "on = true\n")).rules[-2].name == "sequestration"


def test_a_term_said_with_the_switch_of_its_rule_may_be_the_one_it_has(tmp_path: Path) -> None:
    """It was refused, as changing nothing: of a rule that is off nothing is so already."""
    acme = load_payer(write(tmp_path, PAYER + 'plan = "commercial"\npercent_of_medicare = 120\n'))
    term = {"patient": Decimal("0.20")}
    terms = {"coinsurance": {"on": True, **term}}
    of_acme = LINES.with_columns(payer=pl.lit("Acme"))
    beside = Setup(payer=MEDICARE, payers={"acme": acme}, schedules=STARTER)
    for on in (base(acme), base(acme, medicare=MEDICARE), baseline(of_acme, beside)):
        tried = plan(on, says(terms=terms))
        assert sorted(tried.met) == [
            ("coinsurance: the patient's share is 20 %", 2),
            ("coinsurance: the rule is on", 2),
        ]
    already = "changes nothing: it already is."
    assert refused(base(), terms=terms) == f"try.toml, terms.coinsurance.on: {already}"
    alone = refused(base(), terms={"coinsurance": term})
    assert alone == f"try.toml, terms.coinsurance.patient: {already}"


@pytest.mark.parametrize("cut", ["0.02", {"2025-01-01": "0.02"}], ids=str)
def test_a_term_said_with_a_switch_may_be_the_law_s_of_the_days(tmp_path: Path, cut: Any) -> None:
    """Refused as matching no line: 2 % is the law's since July 2022, and was less before."""
    acme = load_payer(write(tmp_path, PAYER + 'plan = "commercial"\npercent_of_medicare = 120\n'))
    terms = {"sequestration": {"on": True, "cut": cut}}
    for on in (base(acme), base(acme, medicare=MEDICARE)):
        (_, told), (switched, lines) = sorted(plan(on, says(terms=terms)).met)
        assert (switched, lines, told) == ("sequestration: the rule is on", 2, 2)
    later = {"sequestration": {"on": True, "cut": {"2030-01-01": "0.05"}}}
    assert "terms.sequestration.cut: matches no line" in refused(base(acme), terms=later)
    alone = {"sequestration": {"cut": "0.02"}}
    assert "terms.sequestration.cut: matches no line" in refused(base(), terms=alone)


def test_a_rule_off_with_one_payer_only_stays_off_there() -> None:
    off = load_payer("no-sequestration")
    tried = plan(base(MEDICARE, off=off), says(terms={"sequestration": {"cut": Decimal("0.01")}}))
    payers = tried.stages[-1][1].every_payer
    has = {
        name: any(rule.name == "sequestration" for rule in payer.rules)
        for name, payer in payers.items()
    }
    assert has == {"medicare": True, "off": False}


@pytest.mark.parametrize("rule", ["sequestration", "endoscopy"])
def test_a_rule_is_not_switched_on_and_off_at_once(rule: str) -> None:
    for both in (True, False):
        with pytest.raises(ScenarioError, match="is switched on and off at once"):
            says(terms={rule: {"on": both, "off": both}})
    assert says(terms={rule: {"on": True, "off": False}})
    with pytest.raises(ScenarioError, match="switched on and off at once"):
        stack([says(terms={rule: {"on": True}}), says(terms={rule: {"off": True}})])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            {
                "fees": [{"codes": "64483", "amount": 100}],
                "relative_values": [{"codes": "64400-64500", "scale": 2}],
            },
            "fees entry 1: sets 64483 to an amount, which relative_values entry 1 can no longer",
        ),
        (
            {
                "fees": [
                    {"codes": "64493", "scale": 2},
                    {"codes": "64483", "facility_amount": 1, "nonfacility_amount": 2},
                ],
                "relative_values": [
                    {"codes": "64493", "scale": 2},
                    {"parts": "work", "scale": Decimal("1.1")},
                ],
            },
            "fees entry 2: sets 64483 to an amount, which relative_values entry 2 can no longer",
        ),
        (
            {"fees": [{"codes": "64483", "amount": 100}, {"codes": "64483", "amount": 101}]},
            "fees entry 2: changes 64483, which another entry changes too",
        ),
        (
            {"relative_values": [{"codes": "64483", "scale": 2}, {"scale": 2}]},
            "relative_values entry 2: changes 64483, which another entry changes too",
        ),
        (
            {
                "geographic_indices": [
                    {"locality": "15202-00", "work": 1},
                    {"locality": "15202-00", "work": Decimal("1.1")},
                ]
            },
            "geographic_indices entry 2: names a locality that another entry changes too",
        ),
        (
            {"payer": "no-sequestration", "claims": [{"set": {"payer": "medicare"}}]},
            "payer: pays every line, and a claims entry sets the payer of some",
        ),
    ],
    ids=lambda each: str(each)[:50],
)
def test_what_is_changed_two_ways_is_refused_before_any_pricing(written, said: str) -> None:
    assert f"try.toml, {said}" in refused(demo(), **written)


def test_a_scaled_fee_goes_with_its_relative_values() -> None:
    both = says(
        fees=[{"codes": "64483", "scale": 2}], relative_values=[{"codes": "64483", "scale": 2}]
    )
    assert plan(demo(), both).stages


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ({"conversion_factor": 33}, {"conversion_factor": 34}, "conversion_factor"),
        ({"release": "starter-2025"}, {"release": "starter-2026"}, "release"),
        (
            {"fee_schedule": {"file": "a.csv"}},
            {"fee_schedule": {"file": "b.csv"}},
            "fee_schedule",
        ),
        (
            {"terms": {"multiple_procedure": {"later": {"2025-01-01": Decimal("0.4")}}}},
            {"terms": {"multiple_procedure": {"later": {"2025-07-01": Decimal("0.3")}}}},
            "terms.multiple_procedure.later",
        ),
        (
            {"percent_of_medicare": {"2025-01-01": 110}},
            {"percent_of_medicare": {"2025-07-01": 120}},
            "percent_of_medicare",
        ),
    ],
    ids=str,
)
def test_a_stack_sets_nothing_two_ways_by_date_either(one, other, place: str) -> None:
    with pytest.raises(ScenarioError, match=f", {place}: another scenario of the stack"):
        stack([says(**one), says(**other)])
