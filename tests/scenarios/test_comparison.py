"""A scenario beside its baseline: what is priced again, and that everything adds up."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations, permutations
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrules.dated import Dated
from payrules.payers import MEDICARE
from payrules.runs.setup import Setup
from payrules.scenarios import Comparison, compare, plan, scenario, stack, total_of
from payrules.scenarios.answer import answer
from payrules.screen import what_if as screen
from payrules.screen.printed import show
from payrules.workbook.what_if_front import waterfall_of
from tests.scenarios.grounds import (
    HEAD,
    assert_adds_up,
    assert_right,
    broad,
    changes_of,
    demo,
    says,
)

#: One change of every kind, of parts that do not meet.
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "office": {
        "claims": [
            {"where": {"place_of_service_code": "22"}, "set": {"place_of_service_code": "11"}}
        ]
    },
    "no 59": {"claims": [{"where": {"modifier": "59"}, "drop_modifier": "59"}]},
    "more visits": {"claims": [{"where": {"code_family": "Visits"}, "volume": Decimal("1.15")}]},
    "factor": {"conversion_factor": {"scale": Decimal("1.03")}},
    "fees": {"fees": [{"codes": "64400-64999", "scale": Decimal("0.93")}]},
    "work": {"relative_values": [{"parts": ["work"], "scale": Decimal("0.975")}]},
    "indices": {"geographic_indices": [{"scale": Decimal("1.02")}]},
    "release": {"release": "starter-2026"},
    "later": {"terms": {"multiple_procedure": {"later": Decimal("0.4")}}},
    "third": {"terms": {"multiple_procedure": {"third": Decimal("0.25")}}},
    "no lesser-of": {"terms": {"lesser_of_charge": {"off": True}}},
    "bilateral": {"terms": {"bilateral": {"both": Decimal("1.25")}}},
    "no sequestration": {"terms": {"sequestration": {"off": True}}},
    "percent": {"percent_of_medicare": Decimal("110")},
    "payer": {"payer": "100-50-25"},
}


def test_an_empty_scenario_changes_nothing() -> None:
    compared = assert_right(broad(), says())
    assert compared.change == 0
    assert compared.repriced == 0
    assert compared.bridge.is_empty()
    assert compared.lines.is_empty()


@pytest.mark.parametrize("name", CHANGES)
def test_pricing_only_whom_a_change_can_reach_is_pricing_everyone(name: str) -> None:
    compared = assert_right(broad(), says(**CHANGES[name]))
    assert compared.lines.height > 0 or name in {"no sequestration"}
    assert total_of(broad(), compared.scenario) - broad().total() == compared.change


def _dated_terms() -> list[tuple[str, Any]]:
    found = []
    for rule in MEDICARE.rules:
        for term, value in rule.defaults.items():
            if isinstance(value, Dated):
                share = round(Decimal("0.45"), value.within.decimals)
                said = {rule.name: {term: max(share, value.within.least)}}
                found.append((f"{rule.name}.{term}", said))
            elif isinstance(value, Mapping):
                kinds = {kind: Decimal("0.7") for kind in ("nurse_practitioner", "audiologist")}
                found.append((f"{rule.name}.{term}", {rule.name: {term: kinds}}))
    return found


@pytest.mark.parametrize(
    ("name", "terms"), _dated_terms(), ids=[each[0] for each in _dated_terms()]
)
def test_every_term_reaches_no_further_than_its_rule_was(
    name: str, terms: Mapping[str, Any]
) -> None:
    rule = name.partition(".")[0]
    grounds = broad() if broad().met(rule).any() else demo()
    assert_right(grounds, says(terms=terms), weighed=False)


def _switched_off() -> list[tuple[str, ...]]:
    rules = [rule.name for rule in MEDICARE.rules if rule.name not in {"status_code", "anesthesia"}]
    return [tuple(rules[place::10]) for place in range(10)]


@pytest.mark.parametrize("rules", _switched_off(), ids=" and ".join)
def test_rules_switched_off_reach_no_further_than_they_did(rules: tuple[str, ...]) -> None:
    off = {rule: {"off": True} for rule in rules}
    assert_right(demo(), says(terms=off), weighed=False)


@settings(max_examples=4, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.permutations(sorted(set(CHANGES) - {"payer", "third"})), st.integers(2, 4))
def test_whatever_is_stacked_adds_up(order: list[str], many: int) -> None:
    stacked = stack([scenario({**HEAD, **CHANGES[name]}, name) for name in order[:many]])
    assert_right(broad(), stacked)


def test_stacking_is_associative_and_the_order_of_what_does_not_meet_is_free() -> None:
    parts = [says(**CHANGES[name]) for name in ("office", "factor", "later")]
    a, b, c = parts
    left, right = stack([stack([a, b]), c]), stack([a, stack([b, c])])
    assert {k: v for k, v in left.written.items() if k not in HEAD} == {
        k: v for k, v in right.written.items() if k not in HEAD
    }
    assert {total_of(broad(), stack(list(order))) for order in permutations(parts)} == {
        total_of(broad(), left)
    }


def test_the_bridge_parts_mix_price_terms_and_volume() -> None:
    found = changes_of(
        demo(),
        **CHANGES["office"],
        conversion_factor={"scale": Decimal("1.05")},
        terms={"multiple_procedure": {"later": Decimal("0.4")}},
    )
    causes = {each.partition(":")[0] for each in found}
    assert causes == {"mix", "price", "terms"}
    # Terms come last: what they change is only their own step.
    assert {each for each in found if each.startswith("terms")} == {"terms: multiple_procedure"}


def test_every_bridge_of_a_stacked_scenario_is_in_the_order_of_its_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Screen and chart had the largest step first, whatever it was of, the sheet the alphabet's."""
    stacked = says(
        **CHANGES["office"],
        conversion_factor={"scale": Decimal("1.05")},
        terms={"multiple_procedure": {"later": Decimal("0.4")}},
    )
    told = answer(demo(), [stacked])
    (one,) = told.comparisons
    causes, changes = one.bridge["cause"].to_list(), one.bridge["change"].to_list()
    assert causes == sorted(causes, key=["mix", "price", "terms", "volume"].index)
    for cause in {*causes}:
        own = [abs(each) for of, each in zip(causes, changes, strict=True) if of == cause]
        assert own == sorted(own, reverse=True)
    largest, others = one.largest_steps(3)
    assert largest["change"].abs().min() >= others["change"].abs().max()
    assert largest["change"].sum() + others["change"].sum() == one.change
    drawn = waterfall_of(one)["label"].to_list()[1:-1]
    of = [each.partition(":")[0] for each in drawn if "smaller" not in each]
    assert of == sorted(of, key=["Claims billed otherwise", "Fee schedule", "Terms"].index)
    show(*screen.told(told))
    printed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.split()]
    of = [each for each in printed if each in {"mix", "price", "terms"}]
    assert {*of} == {*causes}
    assert of == sorted(of, key=["mix", "price", "terms"].index)


def test_volume_is_the_bridge_s_own_cause() -> None:
    found = changes_of(
        demo(), claims=[{"where": {"hcpcs_code": "99213"}, "volume": Decimal("1.5")}]
    )
    visits = demo().lines.filter(pl.col("hcpcs_code") == "99213")["allowed_amount"].sum()
    assert set(found) == {"volume: volume"}
    assert abs(found["volume: volume"] - visits // 2) <= 2


def test_a_line_that_moves_leaves_one_place_and_enters_another() -> None:
    compared = Comparison(demo(), says(**CHANGES["office"]))
    places = {
        row["place_of_service_code"]: row for row in compared.by("place_of_service_code").to_dicts()
    }
    assert places["22"]["after"] == 0
    assert places["11"]["change"] > -places["22"]["change"] > 0


def test_both_chains_of_a_changed_line_stand_side_by_side() -> None:
    compared = Comparison(demo(), says(**CHANGES["later"]))
    row = compared.lines["row"][0]
    chains = compared.chains([row])
    ranked = chains.filter(pl.col("rule") == "multiple_procedure").row(0, named=True)
    assert ranked["after_change"] < ranked["before_change"] < 0
    assert chains.select(pl.col("before_detail", "after_detail").null_count()).row(0) == (0, 0)


def test_a_status_that_changes_is_told() -> None:
    compared = Comparison(demo(), says(**CHANGES["no 59"]))
    told = compared.status_changes.select("claim_id", "status", "status_after").rows()
    assert told == [("C104", "priced", "denied")]


def test_only_persons_who_can_change_are_priced_again() -> None:
    compared = Comparison(broad(), says(terms={"bilateral": {"both": Decimal("1.4")}}))
    assert 0 < compared.repriced < broad().lines.height / 3


def test_scenarios_side_by_side_are_what_each_is_alone() -> None:
    said = [says(**CHANGES[name]) for name in ("office", "factor", "no 59", "more visits", "later")]
    together = compare(demo(), [plan(demo(), each) for each in said])
    for one, each in zip(together, said, strict=True):
        alone = Comparison(demo(), each)
        assert one.after.equals(alone.after.select(one.after.columns))
        assert one.bridge.equals(alone.bridge)
        assert one.lines.equals(alone.lines)
        row = alone.rows[0]
        assert one.chains([row]).equals(alone.chains([row]))


def test_each_line_is_priced_by_the_payer_it_names() -> None:
    from payrules.payers import load_payer  # noqa: PLC0415
    from payrules.scenarios import baseline  # noqa: PLC0415
    from tests.pricing_cases import STARTER  # noqa: PLC0415

    other = load_payer("110-percent-of-medicare")
    rows = demo().batch.lines.height
    lines = pl.read_csv(_demo_file(), infer_schema=False).with_columns(
        payer=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit(other.name))
    )
    base = baseline(lines, Setup(payers={other.name: other}, schedules=STARTER))
    assert base.lines.height == rows
    compared = assert_right(base, says(terms={"multiple_procedure": {"later": Decimal("0.4")}}))
    assert set(compared.by("payer")["payer"]) == {"medicare", other.name}
    moved = assert_right(base, says(payer="110-percent-of-medicare"))
    assert moved.by("payer").filter(pl.col("payer") == "medicare")["after"].item() == 0


def _demo_file():
    from payrules.demo import BATCH  # noqa: PLC0415

    return BATCH


def test_pairs_of_changes_are_attributed_without_a_remainder() -> None:
    for pair in combinations(("office", "fees", "more visits"), 2):
        stacked = stack([says(**CHANGES[name]) for name in pair])
        assert_adds_up(Comparison(demo(), stacked))
