"""What each term that two contracts differ by does alone, and all of them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from payrules.coverage.policy import Policies
from payrules.engine.modifier_share import NO_SHARES, ModifierShare, ModifierShares
from payrules.engine.rule import NOT_SAID, Rule
from payrules.payers import Payer
from payrules.payers.differences import (
    Difference,
    off_in_words,
    on_or_off,
    release_in_words,
    value_in_words,
)
from payrules.payers.modifier_shares import on_shares
from payrules.payers.order import in_order
from payrules.payers.rates import with_sessions
from payrules.rules.case_rate import case_rate
from payrules.rules.contract_rate import contract_rate
from payrules.rules.modifier_share import modifier_share
from payrules.runs.setup import Setup
from payrules.scenarios.aligned_rates import rate_by_rate
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.plan import changed_totals, reached_by_terms

TOGETHER = "together"


def effects(reference: Baseline, payer: Payer, whole: tuple[int, int]) -> Iterator[tuple[Any, ...]]:
    """Give what each differing term does alone, and then what they do together beyond that."""
    beyond = list(whole)
    variants = [
        *_policies(reference.setup, payer),
        *_one_by_one(reference.setup.payer, payer),
    ]
    for said, variant in variants:
        setup = reference.setup.with_payer(variant)
        reached = reference.of_their_persons(reached_by_terms(reference, reference.setup, setup))
        moved = changed_totals(reference, setup, reached)
        changes = [moved[measure] for measure in ("allowed_amount", "medicare_amount")]
        beyond = [left - change for left, change in zip(beyond, changes, strict=True)]
        yield payer.name, said.rule, said.term, said.medicare, said.payer, *changes, said.cites
    if any(beyond):
        yield payer.name, "all terms", TOGETHER, "", "beyond what each does alone", *beyond, ""


def _policies(setup: Setup, payer: Payer) -> Iterator[tuple[Difference, Payer]]:
    """Give the setup's payer with the coverage policies of another, where those differ."""
    ours, theirs = setup.policies_of(setup.payer), setup.policies_of(payer)
    if ours != theirs:
        page = _page_of(payer, "coverage.policies")
        said = Difference("coverage", "policies", _in_words(ours), _in_words(theirs), page)
        # Medicare's own are held against the plans that follow them.
        yield said, replace(setup.payer, policies=payer.policies, plan=payer.plan)


def _in_words(policies: Policies) -> str:
    """Say which policies deny, and which are only reported."""
    modes = {True: "deny by", False: "report"}
    return (
        "; ".join(
            f"{words} {', '.join(names)}"
            for enforced, words in modes.items()
            if (names := [one.policy.name for one in policies.each if one.enforced is enforced])
        )
        or "none"
    )


def _one_by_one(reference: Payer, payer: Payer) -> Iterator[tuple[Difference, Payer]]:
    """Give the reference payer with one term of the other at a time."""
    if not _same_dollars(reference, payer):
        said = Difference(
            *("fee_schedule_amount", "source", _source(reference), _source(payer)),
            _page_of(payer, "fee_schedule_amount.source"),
        )
        yield said, replace(reference, dollars=payer.dollars)
    if reference.base_release != payer.base_release:
        frozen = release_in_words(reference.base_release), release_in_words(payer.base_release)
        page = payer.base_release_cites or payer.contract
        said = Difference("fee_schedule_amount", "base_release", *frozen, page)
        yield said, replace(reference, base_release=payer.base_release)
    was, now = ({rule.name: rule for rule in each.rules} for each in (reference, payer))
    order = [rule.name for rule in payer.rules]
    order += [name for name in was if name not in now]
    our, their = (_shares(rules) for rules in (was, now))
    for words, page, shares in _share_by_share(our, their):
        said = Difference("modifier", "share", *words, page or payer.contract)
        rules = with_sessions(tuple(in_order(on_shares(was, shares, payer.contract))))
        yield said, replace(reference, rules=rules)
    for name in order:
        if name in {modifier_share.name, case_rate.name}:
            continue  # they pay the shares above, and a contract's rates
        if name not in now or name not in was:
            switch = on_or_off(reference, payer, name, was_on=name in was)
            said = Difference(name, *switch, _page_of(payer, f"{name}.off"))
            yield said, replace(reference, rules=_with(reference, payer, now.get(name), name))
            continue
        if was[name].in_force != now[name].in_force:
            words = off_in_words(was[name]), off_in_words(now[name])
            rule = replace(was[name], in_force=now[name].in_force)
            said = Difference(name, "off", *words, _page_of(payer, f"{name}.off"))
            yield said, replace(reference, rules=_with(reference, payer, rule, name))
        for said, terms in _moved_together(was[name], now[name]):
            rule = was[name].on_terms(cites=payer.contract, **terms)
            yield said, replace(reference, rules=_with(reference, payer, rule, name))


def _shares(rules: Mapping[str, Rule]) -> ModifierShares:
    """Give a payer's shares by modifier."""
    rule = rules.get(modifier_share.name)
    return NO_SHARES if rule is None else rule.terms["share"]


def _share_by_share(
    ours: ModifierShares, theirs: ModifierShares
) -> Iterator[tuple[tuple[str, str], str, ModifierShares]]:
    """Give our shares with one of theirs at a time in place of ours; both in words, its page."""
    was, now = ({each.in_words: each for each in shares.shares} for shares in (ours, theirs))
    for name in dict.fromkeys((*was, *now)):
        one, other = was.get(name), now.get(name)
        said = _shares_in_words(one), _shares_in_words(other)
        if said[0] != said[1]:
            changed = {**was, name: other}
            page = "" if other is None else other.share.cites
            yield said, page, ModifierShares(tuple(each for each in changed.values() if each))


def _shares_in_words(share: ModifierShare | None) -> str:
    return value_in_words(ModifierShares((share,)) if share else NO_SHARES)


def _moved_together(was: Rule, now: Rule) -> Iterator[tuple[Difference, dict[str, Any]]]:
    """Give the terms that differ, in words and by name: those that pay one line as one.

    Rates, ranges of codes and a percentage of all are asked in turn, so that without the one the
    other pays: of a contract that has rates instead of a percentage neither says much alone. Lists
    of rates that have one in common, an amendment and what it amends, are compared rate by rate.
    """
    found = [*_terms(was, now)]
    if was.name != contract_rate.name:
        yield from ((said, {term: value}) for said, term, value in found)
        return
    ours, theirs = ({**rule.defaults, **rule.terms} for rule in (was, now))
    stays = theirs["by_code"] == ours["by_code"] and (ours["overall"] is None) == (
        theirs["overall"] is None
    )
    one_by_one = rate_by_rate(ours["rates"], theirs["rates"]) if stays else None
    if len(found) < 2 and one_by_one is None:
        yield from ((said, {term: value}) for said, term, value in found)
    elif one_by_one is None:
        yield _as_one(found, now)
    else:
        for each in one_by_one:
            said = Difference(was.name, "rates", *each.words, each.cites or now.cites)
            yield said, {"rates": each.rates}
        yield from ((said, {term: value}) for said, term, value in found if term != "rates")


def _as_one(
    found: Sequence[tuple[Difference, str, Any]], now: Rule
) -> tuple[Difference, dict[str, Any]]:
    """Give all of what two contracts pay otherwise as one term."""
    ours, theirs = (
        "; ".join(f"{said.term} {words(said)}" for said, _, _ in found if words(said) != "none")
        for words in (attrgetter("medicare"), attrgetter("payer"))
    )
    said = Difference(contract_rate.name, "rates", ours, theirs, now.cites)
    return said, {term: value for _, term, value in found}


def _terms(was: Rule, now: Rule) -> Iterator[tuple[Difference, str, Any]]:
    """Give the terms that differ: in words, by name, and the other rule's value.

    A term that holds a value for each type of practitioner differs type by type.
    """
    ours, theirs = ({**rule.defaults, **rule.terms} for rule in (was, now))
    for term, our in ours.items():
        their = theirs[term]
        if our == their or isinstance(their, ModifierShares) or term in NOT_SAID:
            continue  # shares act through several rules, and move together, as rates do
        if not (isinstance(our, Mapping) and isinstance(their, Mapping)):
            is_rate = was.name == contract_rate.name
            words = (
                value_in_words(our, percent=is_rate),
                value_in_words(their, percent=is_rate),
            )
            yield Difference(was.name, term, *words, _page(now, term)), term, their
            continue
        for key in {**our, **their}:
            if our.get(key) != their.get(key) and key in their:
                words = value_in_words(our.get(key)), value_in_words(their[key])
                page = _page(now, f"{term}.{key}")
                said = Difference(was.name, f"{term}.{key}", *words, page)
                yield said, term, {**our, key: their[key]}


def _page(rule: Rule, term: str) -> str:
    """Give the page that a payer has for a term, as it is last; else what its rule cites.

    Of a term with a value for each code it is the page, or the pages, of those values.
    """
    pages = rule.term_pages.get(term) or rule.term_pages.get(term.partition(".")[0])
    if pages:
        return pages[-1][1]
    of_values = [each for name, each in rule.term_pages.items() if name.startswith(f"{term}.")]
    return "; ".join(dict.fromkeys(each[-1][1] for each in of_values)) or rule.law or rule.cites


def _page_of(payer: Payer, place: str) -> str:
    """Give the page that a payer's files have for a place; else its contract."""
    said = payer.said.get(place)
    return payer.contract if said is None else said.cites


def _same_dollars(one: Payer, other: Payer) -> bool:
    """Say whether both pay by the same schedule in dollars, each maybe read by itself."""
    if one.dollars is None or other.dollars is None:
        return one.dollars is other.dollars
    alike = replace(one.dollars, rows=other.dollars.rows, cites=other.dollars.cites)
    return alike == other.dollars and one.dollars.rows.equals(other.dollars.rows)


def _source(payer: Payer) -> str:
    return "relative values" if payer.dollars is None else f"dollars of {payer.dollars.name}"


def _with(reference: Payer, payer: Payer, rule: Rule | None, name: str) -> tuple[Rule, ...]:
    """Give the reference's rules with one of them changed, taken out, or put in its place."""
    return with_sessions(_with_one(reference, payer, rule, name))


def _with_one(reference: Payer, payer: Payer, rule: Rule | None, name: str) -> tuple[Rule, ...]:
    rules = {each.name: each for each in reference.rules}
    if rule is None:
        return tuple(each for each in reference.rules if each.name != name)
    if name in rules:
        return tuple(rule if each.name == name else each for each in reference.rules)
    followers = [each.name for each in payer.rules]
    later = set(followers[followers.index(name) + 1 :])
    place = next(
        (number for number, each in enumerate(reference.rules) if each.name in later),
        len(reference.rules),
    )
    if rule.kind != "payment":  # what is allowed is settled before anyone pays it
        kinds = [each.kind for each in reference.rules]
        place = min(place, kinds.index("payment") if "payment" in kinds else place)
    return (*reference.rules[:place], rule, *reference.rules[place:])
