"""Where a payer leaves Medicare: rule by rule, term by term, in words."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import (
    Any,
    NamedTuple,
)

from payrules.dated import ByDay, Dated
from payrules.engine.modifier_share import MEDICARES, ModifierShares
from payrules.engine.rate_list import Rates
from payrules.engine.rule import NOT_SAID, Rule
from payrules.payers.citations import RATES
from payrules.payers.order import COMPANIONS, in_order
from payrules.payers.payer import MEDICARE_APPEAL_DAYS, MEDICARE_RULES, Payer, Saying
from payrules.payers.vocabulary import LIMITS_OF_ALL
from payrules.rules.contract_rate import contract_rate

#: How long a payer takes claims, as differences name it. Medicare: a year (42 CFR 424.44(a)).
FILING = ("timely_filing", "days")


class Difference(NamedTuple):
    """Where a payer leaves Medicare: rule, term, both values in words, citation and file."""

    rule: str
    term: str
    medicare: str
    payer: str
    cites: str
    file: str = ""


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
                *payer.said.get("fee_schedule_amount.source", (payer.contract, "")),
            )
        )
    if payer.base_release is not None:
        frozen = release_in_words(payer.base_release)
        frozen += "" if isinstance(payer.base_release, ByDay) else ", whatever the day of service"
        found.append(
            Difference(
                *("fee_schedule_amount", "base_release", "the release in force", frozen),
                *payer.said.get("fee_schedule_amount.base_release", (payer.contract, "")),
            )
        )
    rules = {rule.name: rule for rule in payer.rules}
    order = in_order({**MEDICARE_RULES, contract_rate.name: contract_rate})
    for medicare in order:
        rule = rules.get(medicare.name)
        is_rate = medicare.name == contract_rate.name
        if rule is None:
            if not is_rate:
                said = _said_off(payer, medicare.name)
                source = said or (payer.contract, "")
                found.append(Difference(medicare.name, "off", "on", "off", *source))
            continue
        if rule.in_force is not None:
            off, where = off_in_words(rule), _said_off(payer, rule.name)
            found.append(Difference(rule.name, "off", "on", off, *(where or (payer.contract, ""))))
        for term, default in medicare.defaults.items():
            if term in NOT_SAID:
                continue
            theirs = {**rule.defaults, **rule.terms}[term]
            if isinstance(theirs, Rates):
                found += _of_rates(payer, rule, theirs)
                found += _of_limits(payer, rule, theirs)
                continue
            if isinstance(theirs, ModifierShares):
                found += _of_shares(payer, rule, term, theirs)
                continue
            for name, before, after in _compared(term, default, theirs, is_rate=is_rate):
                places = (f"{rule.name}.{name}", f"{rule.name}.{term}")
                said = next((payer.said[each] for each in places if each in payer.said), None)
                cites, file = said or (rule.cites, "")
                found.append(Difference(rule.name, name, before, after, cites, file))
    return [*found, *_in_days(payer)]


def _in_days(payer: Payer) -> Iterator[Difference]:
    """Give how long a payer's decisions can be appealed, and its claims filed, where it says so."""
    for (rule, term), medicares, days in (
        (("remittance", "appeal_days"), f"{MEDICARE_APPEAL_DAYS} days", payer.appeal_days),
        (FILING, "one year", payer.filing_days),
    ):
        if days is not None:
            cites, file = payer.said.get(f"{rule}.{term}") or (payer.contract, "")
            yield Difference(rule, term, medicares, f"{days} days", cites, file)


#: Of more rates than this how many there are is said.
_MOST_RATES = 5


def rates_in_words(payer: Payer) -> str:
    """Say what a payer's contract pays: "115 %", or each of its rates with its name."""
    said = [
        each.payer if each.term == "overall" else f"{each.term.replace('_', ' ')}: {each.payer}"
        for each in differences(payer)
        if each.rule == contract_rate.name
    ]
    more = [f"and {len(said) - _MOST_RATES:,} more"] if len(said) > _MOST_RATES else []
    return "; ".join((*said[:_MOST_RATES], *more)) or "on"


def on_or_off(one: Payer, other: Payer, rule: str, *, was_on: bool) -> tuple[str, str, str]:
    """Name the term that switches a rule, and say how it is with both: of a rate, what it is."""
    on = rates_in_words(one if was_on else other) if rule == contract_rate.name else "on"
    return ("off", on, "off") if was_on else ("on", "off", on)


def release_in_words(named: str | ByDay | None) -> str:
    """Say which release prices a payer's lines: "2024 from 2025-01-01; 2026 from 2027-01-01"."""
    usual = "the release in force on the day"
    if not isinstance(named, ByDay):
        return named or usual
    spans = (
        f"{name or usual}{'' if first == date.min else f' from {first}'}"
        for first, name in named.values
    )
    return "; ".join(spans)


def _said_off(payer: Payer, rule: str) -> Saying | None:
    """Give where a file switches a rule off, or the rule that it goes with."""
    places = (f"{each}.off" for each in (rule, COMPANIONS.get(rule)))
    return next((payer.said[each] for each in places if each in payer.said), None)


def _of_shares(payer: Payer, rule: Rule, term: str, theirs: ModifierShares) -> Iterator[Difference]:
    """Give a payer's shares by modifier."""
    for each in theirs.shares:
        usual = ", ".join(dict.fromkeys(MEDICARES[name] for name in each.modifiers))
        paid = value_in_words(each.share)
        said = payer.said.get(f"{rule.name}.{term} {each.name}")
        file = "" if said is None else said.file
        yield Difference(rule.name, f"{term} {each.in_words}", usual, paid, each.share.cites, file)


def _of_limits(payer: Payer, rule: Rule, theirs: Rates) -> Iterator[Difference]:
    """Give the floor and the ceiling of all that a contract pays."""
    for term in LIMITS_OF_ALL:
        limit = getattr(theirs, term)
        if limit is not None:
            said = payer.said.get(f"{rule.name}.{term}")
            file = "" if said is None else said.file
            yield Difference(rule.name, term, "none", limit.in_numbers, limit.cites, file)


def _of_rates(payer: Payer, rule: Rule, theirs: Rates) -> Iterator[Difference]:
    """Give a contract's rates; of two of one name the nearer file's is first."""
    named: set[str] = set()
    for each in theirs.each:
        said = payer.said.get(f"{RATES} {each.name}")
        file = "" if said is None or each.name in named else said.file
        named.add(each.name)
        yield Difference(rule.name, each.name, "100 %", each.in_full, each.cites, file)


def _compared(term: str, default: Any, theirs: Any, *, is_rate: bool) -> Iterator[tuple[str, ...]]:
    """Give each part of a term that differs: its name, Medicare's value and the payer's."""
    if isinstance(default, Mapping):
        for name in {**default, **theirs}:
            before, after = value_in_words(default.get(name)), value_in_words(theirs.get(name))
            if before != after:
                yield f"{term}.{name}", before, after
    elif term == "by_code":
        for first, last, dated in theirs:
            codes = first if first == last else f"{first} to {last}"
            yield codes, "100 %", value_in_words(dated, percent=True)
    elif value_in_words(default) != value_in_words(theirs):
        usual = "100 %" if is_rate else value_in_words(default)
        yield term, usual, value_in_words(theirs, percent=is_rate)


def value_in_words(value: Any, *, percent: bool = False) -> str:
    """Write a term's value: "0.50 from 1995-01-01", "yes"; a `percent`, "115 % from 1995-01-01"."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, ByDay):
        return "; ".join(f"{value_in_words(each)} from {first}" for first, each in value.values)
    if isinstance(value, ModifierShares):
        shares = (f"{each.in_words}: {value_in_words(each.share)}" for each in value.shares)
        return ", ".join(shares) or "none"
    if isinstance(value, Rates):
        return "; ".join(value.in_full) or "none"
    if not isinstance(value, Dated):
        return "; ".join(value.in_full) or "none" if isinstance(value, Rates) else str(value)
    return "; ".join(
        f"{_in_percent(share) if percent else format(share, 'f')} from {first}"
        f"{' (processed)' if first in value.processed else ''}"
        for first, share in value.values
    )


def off_in_words(rule: Rule | None) -> str:
    """Say when a rule is off: "off until 2016-07-31"; "on" where it never is."""
    if rule is None:
        return "off"
    if rule.in_force is None:
        return "on"
    spans = pairwise((*rule.in_force.values, (None, True)))
    off = [(first, last) for (first, is_on), (last, _) in spans if not is_on and first is not None]
    said = []
    for first, last in off:
        since = [f"from {first}"] * (first > rule.effective)
        until = [] if last is None else [f"until {last - timedelta(days=1)}"]
        said.append(" ".join(["off", *since, *until]))
    return "; ".join(said)


def _in_percent(share: Decimal) -> str:
    return f"{format((share * 100).normalize(), 'f')} %"
