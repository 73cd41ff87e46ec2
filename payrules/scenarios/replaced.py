"""What a change takes the place of, in sentences: a payer's own terms and fees, other changes."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from payrules.dated import Dated
from payrules.engine.modifier_share import ModifierShares
from payrules.engine.rule import Rule
from payrules.payers import Payer
from payrules.payers.payer import MEDICARE_RULES
from payrules.payers.terms import terms_of_rules_off
from payrules.payers.vocabulary import LIMITS_OF_ALL
from payrules.rules.contract_rate import contract_rate
from payrules.runs.setup import Setup
from payrules.runs.who_paid import as_named
from payrules.scenarios.changed_setup import payer_said
from payrules.scenarios.form import terms_said
from payrules.scenarios.scenario import Scenario
from payrules.scenarios.term_words import place_words, rule_words, said_of, value_words
from payrules.scenarios.words import some


def replaced(setup: Setup, scenario: Scenario, *, with_usual: bool = False) -> tuple[str, ...]:
    """Say what of the payers and releases of a baseline a scenario takes the place of.

    Medicare's terms of one value are the ones that everybody knows, and are not said; of several
    payers, whose terms one value takes the place of together, they are where asked for
    (`with_usual`), and the percentage always.
    """
    return tuple(dict.fromkeys(_replaced(setup, scenario, with_usual)))


def factors_replaced(today: Mapping[str, Sequence[str]], scenario: Scenario) -> Iterator[str]:
    """Say which conversion factors of `today`, with their years, one for every line replaces."""
    changed = scenario.says.conversion_factor
    if changed is not None and changed.set_ is not None and today:
        told = [f"{factor} ({', '.join(years)})" for factor, years in today.items()]
        yield f"the one conversion factor takes the place of today's {' and '.join(told)}"


def _replaced(setup: Setup, scenario: Scenario, with_usual: bool) -> Iterator[str]:
    says = scenario.says
    payers = list(setup.every_payer.values())
    if says.payer is not None:
        named = dict.fromkeys(as_named(payer.name) for payer in payers)
        payers = [payer_said(setup, says.payer)]
        then = as_named(payers[0].name)
        others = [name for name in named if name != then]
        if others:
            yield f"{then} takes the place of {some(others)}, whatever payer a line names"
    if says.release is not None and setup.release is not None:
        yield f"release {says.release} takes the place of {setup.release}, the release asked for"
    if says.fee_schedule is not None:
        for payer in payers:
            if payer.dollars is not None:
                yield (
                    f"the dollars of {Path(says.fee_schedule.file).name} take the place of"
                    f" {as_named(payer.name)}'s, {payer.dollars.name}"
                )
    fixed = [number for number, fee in enumerate(says.fees, 1) if fee.scale is None]
    if fixed and (says.conversion_factor or says.geographic_indices):
        entries = f"entr{'y' if len(fixed) == 1 else 'ies'} {', '.join(map(str, fixed))}"
        yield f"the amounts of fees {entries} stand, whatever the factor and the indices"
    several = len({payer.name for payer in payers}) > 1
    for payer in payers:
        yield from _of_payer(payer, scenario, several, with_usual and several)


def _of_payer(payer: Payer, scenario: Scenario, several: bool, with_usual: bool) -> Iterator[str]:
    says, whose = scenario.says, as_named(payer.name)
    rules = {rule.name: rule for rule in payer.rules}
    rate = rules.get(contract_rate.name)
    rates = {} if rate is None else {**rate.defaults, **rate.terms}
    if says.percent_of_medicare is not None and rates and rates["rates"].each:
        held = rates["rates"].each
        named = some([f"{e.name} ({e.in_numbers})" if with_usual else e.name for e in held])
        yield f"{whose}'s own rates are asked before the percentage of Medicare: {named}"
    if says.rate and rates and rates["rates"].each:
        named = some([each.name for each in rates["rates"].each])
        yield f"the rates are asked before {whose}'s own: {named}"
    for term in LIMITS_OF_ALL:
        if getattr(says, term) is not None and rates and (own := getattr(rates["rates"], term)):
            yield f"{place_words(term)} takes the place of {whose}'s own: {own.in_numbers}"
    has_percent = rates and (rates["overall"] is not None or rates["by_code"])
    if says.percent_of_medicare is not None and rate is not None and has_percent:
        own = "; ".join(_percentages(rate))
        yield f"the percentage of Medicare takes the place of {whose}'s own: {own}"
    elif says.percent_of_medicare is not None and several and _pays_as_medicare(payer, rates):
        every = "every other code" if rates and rates["rates"].each else "every code"
        yield f"the percentage of Medicare takes the place of {whose}'s own: {every} at 100 %"
    for name in terms_of_rules_off(payer.rules, says):
        yield f"{rule_words(name)}: the rule is off in {whose}, and stays off there"
    for name, term, value in terms_said(says):
        if name in rules and term not in {"off", "on"}:
            yield from _of_term(payer, rules[name], term, value, with_usual)


def _pays_as_medicare(payer: Payer, rates: Mapping[str, Any]) -> bool:
    """Whether it pays lines as Medicare does: those that none of its rates fits, or all."""
    return not (rates and rates["rates"].each) or payer.leaves_codes_at_medicare_s


def _of_term(payer: Payer, rule: Rule, term: str, value: Any, with_usual: bool) -> Iterator[str]:
    held = {**rule.defaults, **rule.terms}[term]
    usual = MEDICARE_RULES[rule.name].defaults[term]
    if isinstance(held, ModifierShares):
        yield from _of_shares(payer, held, value)
        return
    pairs = [("", held, usual)]
    if isinstance(held, Mapping):
        pairs = [(kind, held[kind], usual.get(kind)) for kind in value if kind in held]
    for kind, own, medicare in pairs:
        several = isinstance(own, Dated) and len(own.values) > 1
        if own is not None and (own != medicare or several or with_usual):
            yield (
                f"what is said of {rule_words(rule.name)} takes the place of"
                f" {as_named(payer.name)}'s own, {said_of(rule.name, term, own, kind)}"
            )


def _of_shares(payer: Payer, held: ModifierShares, entries: Sequence[Any]) -> Iterator[str]:
    """Say which of a payer's own shares have the modifiers of a scenario's; others stand beside."""
    said = {" ".join(sorted(entry.modifier.upper().split())) for entry in entries}
    for each in held.shares:
        if each.name in said:
            yield (
                f"the share of modifier {each.name} is asked before or in the place of"
                f" {as_named(payer.name)}'s {value_words(each.share)}"
            )


def _percentages(rate: Rule) -> Iterator[str]:
    terms = {**rate.defaults, **rate.terms}
    ranges = [
        f"{first if first == last else f'{first} to {last}'} at {value_words(dated)}"
        for first, last, dated in terms["by_code"]
    ]
    if ranges:
        yield some(ranges)
    if terms["overall"] is not None:
        rest = "every other code" if ranges else "every code"
        yield f"{rest} at {value_words(terms['overall'])}"
