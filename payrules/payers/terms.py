"""Puts Medicare's rules on the terms that a payer file or a scenario says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import (
    Any,
)

from payrules.claims import practitioners
from payrules.dated import ByDay, Dated, processed_days
from payrules.engine.modifier_share import ModifierShares
from payrules.engine.rate_list import Rates
from payrules.engine.rule import Rule
from payrules.errors import PayrulesError
from payrules.nearest import perhaps
from payrules.payers.code_lists import CodeLists
from payrules.payers.days import OffDays
from payrules.payers.form import (
    is_dated,
    is_mapping,
    terms_of,
)
from payrules.payers.hidden_rates import holds_all_of
from payrules.payers.ladders import TermReader, must_fit_together
from payrules.payers.modifier_shares import with_shares
from payrules.payers.order import COMPANIONS, in_order
from payrules.payers.payer import MEDICARE_RULES
from payrules.payers.rate_form import Percentages
from payrules.payers.rates import ReadSchedule, read_limit, read_rates, with_sessions
from payrules.payers.vocabulary import LIMITS_OF_ALL, NO_TERMS
from payrules.payers.written import Shares
from payrules.rules.contract_rate import contract_rate

#: Without these a line would be priced without an amount.
ALWAYS_ON = ("status_code", "anesthesia")
#: What a form says of a contract's rates, beside a percentage of Medicare.
OF_RATES = ("rate", *LIMITS_OF_ALL)


def changed_rules(
    base: Sequence[Rule],
    said: Any,
    contract: str,
    refuse: Callable[[str, str], PayrulesError],
    *,
    lists: Mapping[str, Sequence[str]] | None = None,
    schedule: ReadSchedule | None = None,
) -> tuple[Rule, ...]:
    """Give rules on the terms that a checked form says (`changes_form`), in Medicare's order.

    `contract` is cited for what changes; `refuse` makes the error for a place and a fault. A rule
    that is off stays off unless it is switched on (`terms_of_rules_off`). `lists` are those under
    `[codes]` of the files that it begins from: its own of the same name stand in their place.
    `schedule` reads a schedule in dollars that a limit names.
    """
    rules = {rule.name: rule for rule in base}
    named = CodeLists({**(lists or {}), **getattr(said, "codes", {})}, refuse)
    for name in said.terms.model_fields_set:
        terms = getattr(said.terms, name)
        if terms is None:
            continue
        place = f"terms.{name}"
        if terms.switches is False and terms.model_fields_set - NO_TERMS:
            raise refuse(place, "is switched off but has terms; remove 'off' or the terms")
        if (terms.switches is False or isinstance(terms.off, OffDays)) and name in ALWAYS_ON:
            raise refuse(
                f"{place}.off",
                "this rule cannot be switched off, because it decides which lines have an "
                "amount at all; remove 'off'",
            )
        if name not in rules and not terms.switches:
            continue  # a rule that is off is not switched on by its terms
        rule = rules.pop(name, MEDICARE_RULES[name])
        if terms.switches is not False:
            rules[name] = _on_terms(rule, terms, contract, named, refuse)
    _switch_companions(rules, said)
    rules = with_shares(rules, said, named, contract, refuse)
    if said.percent_of_medicare is not None:
        held = rules.get(contract_rate.name, contract_rate)
        rules[contract_rate.name] = _rate(held, said.percent_of_medicare, contract, refuse)
    if any(getattr(said, each, None) for each in OF_RATES):
        held = rules.get(contract_rate.name, contract_rate)
        rates = _rates(
            {**held.defaults, **held.terms}["rates"], said, named, contract, refuse, schedule
        )
        rules[contract_rate.name] = held.on_terms(cites=contract, rates=rates)
    return with_sessions(tuple(in_order(rules)))


def _switch_companions(rules: dict[str, Rule], said: Any) -> None:
    """Switch a rule that only asks what another needs off, and on, with that one."""
    for name, of in COMPANIONS.items():
        terms, own = (getattr(said.terms, each, None) for each in (of, name))
        if terms is None or (terms.switches is None and not isinstance(terms.off, OffDays)):
            continue
        if own is not None and (own.switches is not None or isinstance(own.off, OffDays)):
            continue  # the file says of it, too
        rules.pop(name, None)
        if of in rules:
            rules[name] = replace(MEDICARE_RULES[name], in_force=rules[of].in_force)


def terms_of_rules_off(rules: Sequence[Rule], said: Any) -> list[str]:
    """Name the rules that a checked form gives terms, and that are off and stay so."""
    there = {rule.name for rule in rules}
    return [
        name
        for name in sorted(said.terms.model_fields_set - there)
        if (terms := getattr(said.terms, name)) and terms.switches is None
    ]


def rule_is_off(payer: str) -> str:
    """Say why terms of a rule that is off change nothing."""
    return (
        f"the rule is off in {payer}, and terms alone do not switch it on; add on = true to "
        "switch it on with these terms, or remove them"
    )


def _on_terms(
    rule: Rule,
    said: Any,
    contract: str,
    lists: CodeLists,
    refuse: Callable[[str, str], PayrulesError],
) -> Rule:
    """Put a rule on the terms a file gives."""
    terms: dict[str, Any] = {}
    processed = getattr(said, "by_day_of", None) == "processing"
    reader = TermReader(rule, contract, lists, refuse, processed=processed)
    for term, hint in terms_of(rule).items():
        value = getattr(said, term)
        if value is None or hint is ModifierShares:
            continue
        base = {**rule.defaults, **rule.terms}[term]
        if is_mapping(hint):
            for kind in value:
                if kind not in practitioners.TYPES:
                    raise refuse(
                        f"terms.{rule.name}.{term}.{kind}",
                        "there is no such practitioner type"
                        f"{perhaps(kind, practitioners.TYPES)}. The types are"
                        f" {', '.join(practitioners.TYPES)}",
                    )
            # Who is not named keeps the share of the base payer.
            terms[term] = base | {
                kind: _dated(share, rule.effective, contract, base.get(kind), processed=processed)
                for kind, share in value.items()
            }
        elif is_dated(hint):
            terms[term] = _dated(value, rule.effective, contract, base, processed=processed)
        elif isinstance(value, ByDay):
            read = ((first, reader.read(hint, each, term)) for first, each in value.values)
            terms[term] = ByDay(tuple(read)).after(base, rule.effective)
        else:
            terms[term] = reader.read(hint, value, term)
    if processed:
        _must_have_days(f"terms.{rule.name}.by_day_of", said, terms, refuse)
    if isinstance(said.off, OffDays):
        rule = replace(rule, in_force=said.off.in_force(rule.effective))
    elif said.switches and rule.in_force is not None:
        rule = replace(rule, in_force=None)  # on, on every day
    if not terms:
        return rule
    changed = rule.on_terms(cites=contract, **terms)
    must_fit_together(changed, said, refuse)
    return changed


def _must_have_days(
    place: str, said: Any, terms: Mapping[str, Any], refuse: Callable[[str, str], PayrulesError]
) -> None:
    """Refuse the day of processing for words and switches, and where nothing has a first day."""
    for term, value in terms.items():
        if isinstance(value, ByDay):
            raise refuse(place, f"is of numbers, and {term} is a word or a switch: {_BY_SERVICE}")
    if isinstance(said.off, OffDays):
        raise refuse(place, f"is of numbers, and off is a switch: {_BY_SERVICE}")
    if not any(True for each in terms.values() for _ in processed_days(each)):
        raise refuse(place, _NO_DAY)


#: Why the day of processing is refused.
_BY_SERVICE = "its days are those of service. Write its numbers alone by processing, or remove it"
_NO_DAY = (
    "changes nothing, because no number here has a first day; write one, such as"
    " { 2026-01-01 = 0.85 }, or remove it"
)


def _dated(
    shares: Shares,
    start: date,
    cites: str,
    base: Dated | None = None,
    *,
    processed: bool = False,
) -> Dated:
    """Give the shares by their first days; before the first, those of the base payer stand.

    The days are those of processing where they are `processed`; the base payer's stay as they are.
    """
    days = {first for first, _ in shares if first is not None} if processed else set()
    begun = {first or start: share for first, share in shares}
    earlier = {} if base is None else {d: s for d, s in base.values if d < min(begun)}
    values = {first.isoformat(): format(share, "f") for first, share in (earlier | begun).items()}
    if base is not None:
        days |= {day for day in base.processed if day in earlier}
    return Dated(values, cites=cites, processed=days)


def _rates(
    held: Rates,
    said: Any,
    lists: CodeLists,
    contract: str,
    refuse: Callable[[str, str], PayrulesError],
    schedule: ReadSchedule | None,
) -> Rates:
    """Put the rates and limits of a checked form before, and in place of, those it begins from.

    What a file says of its own is asked before what it begins from says; its floor or ceiling of
    all that is paid stands in place of that one's.
    """
    start = contract_rate.effective
    own = read_rates(said.rate, lists, contract, start, refuse, schedule)
    floor, ceiling = (
        read_limit(getattr(said, each), each, contract, start, refuse, schedule=schedule)
        for each in LIMITS_OF_ALL
    )
    # Of the base's rates those that an own one stands before on every line are never asked.
    kept = [each for each in held.each if not any(holds_all_of(one, each) for one in own)]
    return Rates((*own, *kept), floor or held.not_under, ceiling or held.not_over)


def _rate(held: Rule, said: Percentages, contract: str, refuse: Any) -> Rule:
    """Make the rule that pays a percentage of Medicare."""
    contract = said.cites or contract
    start = contract_rate.effective
    processed = said.by_day_of == "processing"
    ranges = []
    for number, entry in enumerate(said.by_code, 1):
        place = f"percent_of_medicare.by_code entry {number}"
        first, last = entry.codes()
        for key, code in (("first", first), ("last", last)):
            if len(code) != 5 or not code.isalnum() or not code.isascii():
                raise refuse(
                    f"{place}.{key}",
                    f"'{code}' is not a code; a code has five characters: \"64400\"",
                )
        if last < first:
            raise refuse(f"{place}.last", f"{last} comes before {first}; swap first and last")
        percent = _dated(entry.percent, start, contract, processed=processed)
        ranges.append((first, last, percent))
    if said.overall is None and not ranges:
        raise refuse("percent_of_medicare", "is empty; write a number such as 110")
    overall = None
    if said.overall is not None:
        overall = _dated(said.overall, start, contract, processed=processed)
    if processed and not [*processed_days((overall, ranges))]:
        raise refuse("percent_of_medicare.by_day_of", _NO_DAY)
    return held.on_terms(cites=contract, overall=overall, by_code=tuple(ranges))
