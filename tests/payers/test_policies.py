"""Published policies that ship as payers: each with its pages, days and rankings.

What is printed as a number is worked out by hand in `test_policies_by_hand`.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from payrules.dated import on_any_day
from payrules.payers import Payer, load_payer
from payrules.payers.inheritance import presets
from payrules.payers.left_open import sentences
from payrules.payers.portrait import known_payers, portrait

EXAMPLES = {
    *("100-50-25", "110-percent-of-medicare", "assistant-20-as-10", "endoscopy-in-facilities"),
    *("no-sequestration", "ranking-by-total-rvu"),
}
FOLDER = Path(__file__).parents[2] / "payrules" / "payers" / "presets"
POLICIES = sorted({*presets()} - EXAMPLES)


@pytest.fixture(scope="module")
def payers() -> dict[str, Payer]:
    return {name: load_payer(name) for name in POLICIES}


@pytest.mark.parametrize("name", POLICIES)
def test_each_term_names_its_page_and_how_it_was_read(name: str, payers: dict[str, Payer]) -> None:
    told = portrait(payers[name])
    assert told.name == name
    assert told.plan is not None
    assert told.sources
    for source in told.sources:
        assert source["read"], source
        assert source["confidence"], source
    own = [each for each in told.terms if not each.file.startswith("plan = ")]
    assert all(each.cites != told.contract for each in own)
    no_rate = [each for each in sentences(payers[name], {}) if "names no rate" in each]
    assert bool(no_rate) is (name not in {"wc-florida", "wc-tennessee", "wc-texas"})


def written(name: str) -> dict[str, Any]:
    """Read a shipped file as it is written."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def days(value: Any) -> set[str]:
    """Give the days that a term is written with, as first days or last."""
    if not isinstance(value, dict):
        return {str(value)}
    return {*value}.union(*map(days, value.values()))


@pytest.mark.parametrize("name", POLICIES)
def test_a_term_of_a_dated_page_begins_on_its_day(name: str) -> None:
    """It was paid by on days before, and cited a page that began later."""
    said = written(name)
    for source in said["source"]:
        first = source.get("effective")
        terms = source["term"] if isinstance(source["term"], list) else [source["term"]]
        if first is None or source.get("same_as_medicare") or terms == ["modifier.share"]:
            continue  # a share has its own days and page
        for term in terms:
            value = said if term == "percent_of_medicare" else said["terms"]
            for part in term.split("."):
                value = value[part]
            assert days(value) & {str(first), str(first - timedelta(days=1))}, term


@pytest.mark.parametrize("name", POLICIES)
def test_each_page_that_shares_cite_is_a_source(name: str) -> None:
    said = written(name)
    shares = said.get("terms", {}).get("modifier", {}).get("share", [])
    sources = [each for each in said["source"] if "modifier.share" in each["term"]]
    assert len({each["cites"] for each in shares}) <= len(sources)


def test_the_list_has_medicare_and_every_preset() -> None:
    told = known_payers()
    assert [each.name for each in told] == ["medicare", *presets()]
    read = {each.name: each.read for each in told}
    assert (read["bcbs-texas"], read["wc-florida"], read["medicare"]) == ("A to B", "C", "")


def test_days_and_rankings_of_policies(payers: dict[str, Payer]) -> None:
    rules = {name: {rule.name: rule for rule in each.rules} for name, each in payers.items()}
    begun = {
        (name, rule): rules[name][rule].versions[0].effective.isoformat()
        for name, rule in (
            ("uhc-commercial", "endoscopy"),
            ("uhc-community-plan", "ophthalmology"),
            ("aetna-commercial", "therapy"),
        )
    }
    assert [*begun.values()] == ["2015-11-15", "2014-08-01", "2013-10-01"]
    ranked = {
        name: on_any_day(each["multiple_procedure"].terms.get("rank_by", "amount"))[-1]
        for name, each in rules.items()
    }
    assert {name: by for name, by in ranked.items() if by != "amount"} == {
        "bcbs-north-carolina": "total_rvu",
        "bcbs-texas": "one_side",
        "horizon-bcbs-new-jersey": "total_rvu",
        "uhc-commercial": "total_rvu",
        "uhc-community-plan": "facility_rvu",
    }
    imaging = rules["harvard-pilgrim"]["imaging"].terms["professional"]
    assert str(imaging.values[-1][1]) == "0.75"
