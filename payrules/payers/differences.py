"""Where a payer leaves Medicare: rule by rule, term by term, in words."""

from collections.abc import Iterator, Mapping
from typing import (
    Any,
    NamedTuple,
)

from payrules.dated import Dated
from payrules.payers.payer import MEDICARE_RULES, Payer
from payrules.payers.terms import in_order
from payrules.rules.contract_rate import contract_rate


class Difference(NamedTuple):
    """Where a payer leaves Medicare: rule, term, both values in words, and the citation."""

    rule: str
    term: str
    medicare: str
    payer: str
    cites: str


def differences(payer: Payer) -> list[Difference]:
    """Give what a payer does otherwise than Medicare, in the order of the rules."""
    found = []
    if payer.dollars is not None:
        own = "its own indicators" if payer.dollars.own_indicators else "the release's indicators"
        found.append(
            Difference(
                "fee_schedule_amount",
                "source",
                "RVU × GPCI × conversion factor",
                f"dollars of {payer.dollars.name}, {own}",
                payer.contract,
            )
        )
    rules = {rule.name: rule for rule in payer.rules}
    order = in_order({**MEDICARE_RULES, contract_rate.name: contract_rate})
    for medicare in order:
        rule = rules.get(medicare.name)
        is_rate = medicare.name == contract_rate.name
        if rule is None:
            if not is_rate:
                found.append(Difference(medicare.name, "off", "on", "off", payer.contract))
            continue
        for term, default in medicare.defaults.items():
            theirs = {**rule.defaults, **rule.terms}[term]
            for name, before, after in _compared(term, default, theirs):
                usual = "100 %" if is_rate and name == "overall" else before
                found.append(Difference(rule.name, name, usual, after, rule.cites))
    return found


def _compared(term: str, default: Any, theirs: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(default, Mapping):
        for name in {**default, **theirs}:
            before, after = value_in_words(default.get(name)), value_in_words(theirs.get(name))
            if before != after:
                yield f"{term}.{name}", before, after
    elif term == "by_code":
        for first, last, dated in theirs:
            codes = first if first == last else f"{first} to {last}"
            yield codes, "100 %", value_in_words(dated)
    elif value_in_words(default) != value_in_words(theirs):
        yield term, value_in_words(default), value_in_words(theirs)


def value_in_words(value: Any) -> str:
    """Write a term's value: "0.50 from 1995-01-01"."""
    if value is None:
        return "none"
    if not isinstance(value, Dated):
        return str(value)
    return "; ".join(f"{format(share, 'f')} from {first}" for first, share in value.values)
