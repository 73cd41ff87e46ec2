"""Whom a scenario reaches: everyone whom a changed rule could meet, not whom it met before."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.dated import Dated
from payrules.payers import MEDICARE, Payer, load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, Comparison, baseline, total_of
from payrules.scenarios.contracts import compare_contracts
from payrules.scenarios.sensitivity import read_sweep, sweep
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import assert_right, broad, says

#: Terms at which a rule leaves lines as they are, and so leaves no step, where it is not one.
NEUTRAL = {"sequestration.cut": "0", "coinsurance.patient": "0"}


def lines_of(*lines: Mapping[str, Any]) -> pl.DataFrame:
    """Give claim lines of one person and day, in an office, at national rates."""
    usual = {
        "claim_id": "1",
        "person_id": "1",
        "claim_line_start_date": "2025-03-03",
        "place_of_service_code": "11",
        "locality": "national",
    }
    return pl.DataFrame(
        [
            {**usual, "claim_line_number": str(number), **line}
            for number, line in enumerate(lines, 1)
        ],
        infer_schema_length=None,
    )


def medicare_with(**terms: Mapping[str, Any]) -> Payer:
    """Give Medicare with some rules on other terms; a rule that is None is off."""
    rules = tuple(
        rule.on_terms(cites="tests", **terms[rule.name]) if terms.get(rule.name) else rule
        for rule in MEDICARE.rules
        if terms.get(rule.name, {}) is not None
    )
    return replace(MEDICARE, name="neutral", rules=rules)


def always(share: str) -> Dated:
    """Give a term that is the same on every day."""
    return Dated({"1992-01-01": share}, cites="tests")


# -- a term at its neutral value ---------------------------------------------------------------


def of_old_ct() -> Baseline:
    """One study on a scanner off standard, of a payer that pays it in full."""
    payer = medicare_with(equipment={"ct": always("1.0")})
    line = {"hcpcs_code": "71250", "hcpcs_modifier_1": "CT"}
    return baseline(lines_of(line), Setup(payer=payer, schedules=STARTER))


def test_a_term_is_priced_where_its_rule_left_no_step() -> None:
    base = of_old_ct()
    assert base.total() == 131_00
    assert not base.met("equipment").any()
    compared = assert_right(base, says(terms={"equipment": {"ct": Decimal("0.85")}}))
    assert compared.after["allowed_amount"].to_list() == [118_72]
    assert compared.repriced == 1


def test_a_sweep_prices_where_the_rule_left_no_step() -> None:
    found = sweep(of_old_ct(), read_sweep("terms.equipment.ct=0.85:1:0.15"))
    assert found["allowed_amount"].to_list() == [118_72, 131_00]


def test_a_contract_s_term_is_priced_where_the_rule_left_no_step() -> None:
    base = of_old_ct()
    contracts = compare_contracts(base, [base.setup.payer, replace(MEDICARE, name="other")])
    assert contracts.ranking["allowed_amount"].to_list() == [131_00, 118_72]
    assert contracts.terms.select("rule", "term", "change").rows() == [
        ("equipment", "ct", 118_72 - 131_00)
    ]


def _dated_terms() -> dict[tuple[str, str], Any]:
    return {
        (rule.name, term): value
        for rule in MEDICARE.rules
        for term, value in rule.defaults.items()
        if isinstance(value, Dated | Mapping)
    }


def broad_of(payer: Payer) -> Baseline:
    """The broad batch under another payer."""
    return Baseline(broad().batch, replace(broad().setup, payer=payer))


@cache
def neutral() -> Baseline:
    """The broad batch, every term of its payer at the value that changes nothing."""
    terms: dict[str, dict[str, Any]] = {}
    for (rule, term), value in _dated_terms().items():
        share = always(NEUTRAL.get(f"{rule}.{term}", "1.0"))
        one = dict.fromkeys(value, share) if isinstance(value, Mapping) else share
        terms.setdefault(rule, {})[term] = one
    return broad_of(medicare_with(**terms))


@cache
def all_off() -> Baseline:
    """The broad batch of a payer that has every rule off that can be."""
    return broad_of(medicare_with(**dict.fromkeys(_CAN_BE_OFF)))


_CAN_BE_OFF = [
    rule.name for rule in MEDICARE.rules if rule.name not in {"status_code", "anesthesia"}
]


@pytest.mark.parametrize(("rule", "term"), _dated_terms(), ids=map(" ".join, _dated_terms()))
def test_every_term_is_priced_right_on_top_of_its_neutral_value(rule: str, term: str) -> None:
    usual = _dated_terms()[rule, term]
    share = Decimal("0.45")
    if not isinstance(usual, Mapping):
        written: Any = max(round(share, usual.within.decimals), usual.within.least)
    else:
        written = dict.fromkeys(("nurse_practitioner", "clinical_social_worker"), share)
    assert_right(neutral(), says(terms={rule: {term: written}}), weighed=False)


def test_all_terms_at_once_are_priced_right_on_top_of_their_neutral_values() -> None:
    compared = assert_right(
        neutral(),
        says(
            conversion_factor={"scale": Decimal("1.02")},
            claims=[{"where": {"modifier": "59"}, "drop_modifier": "59"}],
            terms={
                "multiple_procedure": {"later": Decimal("0.5")},
                "bilateral": {"both": Decimal("1.5")},
                "practitioner": {"shares": {"nurse_practitioner": Decimal("0.85")}},
                "sequestration": {"cut": Decimal("0.02")},
            },
        ),
    )
    assert compared.change != 0


@pytest.mark.parametrize("place", range(8))
def test_a_rule_that_was_off_is_priced_right_once_it_is_on(place: int) -> None:
    switched = {rule: {"off": False} for rule in _CAN_BE_OFF[place::8]}
    assert_right(all_off(), says(terms=switched), weighed=False)


def test_a_change_reaches_only_those_a_rule_looks_at() -> None:
    compared = Comparison(neutral(), says(terms={"bilateral": {"both": Decimal("1.4")}}))
    assert 0 < compared.repriced < neutral().lines.height / 3
    total = total_of(neutral(), compared.scenario)
    assert total - neutral().total() == compared.change


def test_a_base_that_only_a_second_payers_schedule_names_reaches_its_scopes(
    tmp_path: Path,
) -> None:
    # Only the first payer's schedule was asked for bases: 43239 stayed at 120.00, now 320.00.
    (tmp_path / "fees.csv").write_text(
        "hcpcs_code,nonfacility_amount,status_code,global_days,multiple_procedure,endoscopic_base\n"
        "45378,400,A,000,2,\n43239,520,A,000,3,45378\n43249,620,A,000,3,45378\n",
        encoding="utf-8",
    )
    (tmp_path / "second.toml").write_text(
        'name = "second"\ncontract = "tests"\n[fee_schedule]\nfile = "fees.csv"\n'
        'indicators = "own"\n',
        encoding="utf-8",
    )
    line = "2025-10-07,{},{},11,2000.00,national,{}\n"
    (tmp_path / "claims.csv").write_text(
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,hcpcs_modifiers,"
        "place_of_service_code,charge_amount,locality,payer\n"
        + "1,1,P1,"
        + line.format("43239", "", "second")
        + "1,2,P1,"
        + line.format("43249", "59", "second")
        + "2,1,P2,"
        + line.format("45378", "", "medicare"),
        encoding="utf-8",
    )
    second = load_payer(tmp_path / "second.toml")
    base = baseline(tmp_path / "claims.csv", Setup(payers={"second": second}, schedules=STARTER))
    compared = assert_right(base, says(fees=[{"codes": "45378", "scale": Decimal("0.5")}]))
    assert base.lines["allowed_amount"].to_list()[:2] == [120_00, 620_00]
    changed = {row["hcpcs_code"]: row["change"] for row in compared.lines.to_dicts()}
    assert changed["43239"] == 200_00
