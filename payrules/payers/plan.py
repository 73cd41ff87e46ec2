"""Plan: what kind of payer pays, and so which of Medicare's own payment rules it has.

The kinds are data, in `plans.toml` beside this file: terms as a payer file writes them, each with
the law it is from.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, NoReturn

from pydantic import ConfigDict, Field, create_model

from payrules.engine.rule import Rule
from payrules.errors import PayerError
from payrules.files.toml import read_toml
from payrules.frozen import frozen
from payrules.payers.citations import sayings_of
from payrules.payers.form import changes_form
from payrules.payers.payer import Saying
from payrules.payers.terms import changed_rules
from payrules.payers.vocabulary import NO_TERMS

_PLANS = Path(__file__).with_name("plans.toml")
#: Rules of Medicare's own law: who sets a rate and is silent on these takes them over.
MEDICARES_OWN = (
    "coinsurance",
    "deductible",
    "sequestration",
    "nonparticipating",
    "limiting_charge",
)


@frozen
class KindOfPlan:
    """A kind of payer: its title, its terms (a checked form), and what it leaves open by rule."""

    name: str
    title: str
    says: Any
    open: Mapping[str, str]


@cache
def plans() -> Mapping[str, KindOfPlan]:
    """Give the kinds of plan by name."""
    model = create_model(
        "plan",
        __config__=ConfigDict(extra="forbid", strict=True),
        **{
            "title": (str, ...),
            "open": (dict[str, str], Field(default_factory=dict)),
            "terms": changes_form(cited=True)["terms"],
            "percent_of_medicare": (NoneType, None),
        },
    )
    written = read_toml(_PLANS, "file of plans", PayerError).written
    read = {name: model.model_validate(each) for name, each in written.items()}
    return {name: KindOfPlan(name, each.title, each, each.open) for name, each in read.items()}


def on_plan(
    rules: Sequence[Rule], plan: KindOfPlan, said: Collection[str]
) -> tuple[tuple[Rule, ...], dict[str, Saying]]:
    """Put Medicare's rules on the terms of a plan, and say what of it is the plan's.

    `said` names the rules that the payer's own files give terms: they are not switched off, for
    who writes a share means it.
    """
    says = plan.says.model_copy(deep=True)
    for name in says.terms.model_fields_set & {*said}:
        setattr(says.terms, name, None)
    where = f"plan = {plan.name}"
    sayings = dict(sayings_of(says, cites=where, file=where))
    return changed_rules(rules, says, where, _never), sayings


def terms_of_plan(plan: KindOfPlan) -> Iterator[tuple[str, Saying]]:
    """Give each place at which a plan says something of a rule, with its citation."""
    yield from sayings_of(plan.says, cites=plan.name, file=plan.name)


def _never(place: str, fault: str) -> NoReturn:
    raise PayerError(f"plans.toml, {place}: {fault}.")


def rules_given_terms(said: Any) -> set[str]:
    """Name the rules that a checked payer file gives terms, beside switching them."""
    return {
        name
        for name in said.terms.model_fields_set
        if (terms := getattr(said.terms, name)) and terms.model_fields_set - NO_TERMS
    }


def taken_over(rules: Sequence[Rule], said: Collection[str]) -> Iterator[str]:
    """Name Medicare's own payment rules that a payer has without saying so.

    `said` are the places at which its files say something.
    """
    told = {place.partition(".")[0] for place in said}
    there = {rule.name for rule in rules}
    yield from (name for name in MEDICARES_OWN if name in there and name not in told)
