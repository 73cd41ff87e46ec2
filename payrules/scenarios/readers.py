"""What each change of a scenario meets: the lines whose pricing reads it, or it is refused.

A change is weighed where it acts: what all of the scenario leads to is set beside the scenario
without that change. So one that meets lines only through another, as the fee of an endoscopic base
that nobody bills, meets them; and one that is so already, or that no line reads, changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.dated import Dated, day_of
from payrules.engine.alternatives import Alternatives, reading
from payrules.engine.rule import Rule
from payrules.errors import ScenarioError
from payrules.frozen import frozen
from payrules.money import WHOLE
from payrules.payers import Payer
from payrules.payers.vocabulary import LIMITS_OF_ALL
from payrules.runs.setup import Setup
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.fee_rows import FeeRows
from payrules.scenarios.form import PARTS, terms_said
from payrules.scenarios.rate_words import limit_words, rate_words
from payrules.scenarios.scenario import Scenario, scenario
from payrules.scenarios.term_words import place_words, rule_words, term_words, value_words
from payrules.scenarios.words import plain
from payrules.within_reason import GEOGRAPHIC_INDEX

Path = tuple[str | int, ...]
LeadsTo = Callable[[Scenario], Setup]


class NothingMetError(ScenarioError):
    """A change, at its place, that no line of the batch is paid by, or that is so already."""

    def __init__(self, message: str, place: str, fault: str) -> None:
        super().__init__(message)
        self.place, self.fault = place, fault


def meets_nothing(whole: Scenario, place: str, fault: str) -> NothingMetError:
    """Make the error for a change that changes nothing."""
    return NothingMetError(str(whole.refuse(place, fault)), place, fault)


SO_ALREADY = "changes nothing: it already is"


@frozen
class Change:
    """One change: where it stands in the scenario, the place as people write it, and in words."""

    path: Path
    place: str
    words: str


def without(whole: Scenario, path: Path) -> Scenario:
    """Give a scenario without what stands at a place, and without what is empty then."""
    written = deepcopy(dict(whole.written))
    holders: list[Any] = [written]
    for key in path[:-1]:
        holders.append(holders[-1][key])
    del holders[-1][path[-1]]
    for key, holder, held in zip(
        reversed(path[:-1]), reversed(holders[:-1]), reversed(holders[1:]), strict=True
    ):
        if not held:
            del holder[key]
    return scenario(written, whole.name)


# -- fees ---------------------------------------------------------------------------------------


def changes_of_fees(whole: Scenario) -> Iterator[Change]:
    """Give each change of fees that is one of the schedules' numbers."""
    says = whole.says
    for part, words in (
        ("conversion_factor", "the conversion factor is"),
        ("anesthesia_conversion_factor", "the anesthesia conversion factor is"),
    ):
        if getattr(says, part) is not None:
            yield Change((part,), part, f"{words} {getattr(says, part).words()}")
    for part in ("fees", "relative_values", "geographic_indices"):
        for number, change in enumerate(getattr(says, part)):
            place = f"{part} entry {number + 1}"
            yield Change((part, number), place, _fee_words(part, change))


def _fee_words(part: str, change: Any) -> str:
    if part == "fees":
        row = f"-{change.modifier}" if change.modifier else ""
        return f"{change.change()} for {change.words()}{row}"
    if part == "relative_values":
        parts = " and ".join(change.parts).replace("practice_expense", "practice expense")
        share = f"{change.scale / WHOLE:.4f}".rstrip("0").rstrip(".")
        return f"relative values ({parts}) times {share} for {change.words()}"
    whose = f"geographic indices of {', '.join(change.locality or ['every locality'])}"
    if change.scale is not None:
        return f"{whose} times {plain(change.scale)}"
    told = [
        f"{part.replace('_', ' ')} {Decimal(index) / GEOGRAPHIC_INDEX.scale}"
        for part in PARTS
        if (index := getattr(change, part)) is not None
    ]
    return f"{whose} are set: {', '.join(told)}"


def readers_of_fees(
    base: Baseline,
    whole: Scenario,
    leads_to: LeadsTo,
    rows: FeeRows,
    anew: pl.Series,
    unmet: Callable[[str, Any], str | None],
) -> list[tuple[str, int]]:
    """Say of each change of fees how many lines read it.

    Of lines that `anew` marks nothing is known of what rules look at.
    `unmet` says why none can, where it knows. Raises ScenarioError for a change that none reads.
    """
    after = leads_to(whole)
    met = []
    for change in changes_of_fees(whole):
        before = leads_to(without(whole, change.path))
        read = rows.read(before, after, lambda rule: base.looked_at(rule) | anew)
        lines = int(read.sum())
        if not lines:
            part, *place = change.path
            said = getattr(whole.says, str(part))
            why = unmet(str(part), said[place[0]] if place else said)
            raise meets_nothing(whole, change.place, why or _NO_READER)
        met.append((change.words, lines))
    return met


_NO_READER = "changes nothing: no line of the batch is paid by what it changes, or it already is"


# -- terms ----------------------------------------------------------------------------------------


def changes_of_terms(whole: Scenario) -> Iterator[Change]:
    """Give each change of a rule's terms, and of the percentage of Medicare."""
    percent = whole.written.get("percent_of_medicare")
    if percent is not None:
        yield from _changes_of_percent(percent, whole.says.percent_of_medicare)
    for number, entry in enumerate(whole.says.rate or ()):
        named = entry.name or f"rate {number + 1}"
        place = f"rate entry {number + 1}"
        words = f"the contract's {named} is paid: {rate_words(entry)}"
        yield Change(("rate", number), place, words)
    for limit in LIMITS_OF_ALL:
        if getattr(whole.says, limit) is not None:
            said = f"{place_words(limit)} {limit_words(getattr(whole.says, limit))}"
            yield Change((limit,), limit, f"what the contract pays is {said}")
    for rule, term, value in terms_said(whole.says):
        path = ("terms", rule, term)
        place = ".".join(path)
        if term in {"off", "on"}:
            is_off = value is (term == "off")
            switched = f"{rule_words(rule)}: the rule is {'off' if is_off else 'on'}"
            yield Change(path[:2], place, switched)
        elif (rule, term) == ("modifier", "share"):
            yield from _changes_of_shares(value, whole.written["terms"][rule][term])
        elif isinstance(value, Mapping):
            for key, each in value.items():
                words = term_words(rule, term, each, key)
                yield Change((*path, key), f"{place}.{key}", words)
        else:
            yield Change(path, place, term_words(rule, term, value))


def _changes_of_shares(entries: Sequence[Any], written: Any) -> Iterator[Change]:
    """Give each share by modifier, where it stands in what was written."""
    path = ("terms", "modifier", "share")
    for number, (entry, key) in enumerate(
        zip(entries, written if isinstance(written, Mapping) else range(len(entries)), strict=True)
    ):
        named = isinstance(written, Mapping)
        place = f"{'.'.join(path)}{f'.{key}' if named else f' entry {number + 1}'}"
        said = "is switched off" if entry.off else f"is {value_words(entry.share)}"
        yield Change((*path, key), place, f"the share of modifier {entry.modifier} {said}")


def _changes_of_percent(percent: Any, says: Any) -> Iterator[Change]:
    """Give each percentage of Medicare, as it was written and as it `says`."""
    name = "percent_of_medicare"
    if says.overall is not None:
        by_part = isinstance(percent, Mapping) and "overall" in percent
        path = (name, "overall") if by_part else (name,)
        words = f"{value_words(says.overall)} of Medicare is paid"
        yield Change(path, ".".join(path), words)
    within = (name,) if isinstance(percent, list) else (name, "by_code")
    for number, entry in enumerate(says.by_code):
        first, last = entry.codes()
        codes = first if first == last else f"{first} to {last}"
        words = f"{value_words(entry.percent)} of Medicare is paid for {codes}"
        yield Change((*within, number), f"{name}.by_code entry {number + 1}", words)


def readers_of_terms(
    whole: Scenario, leads_to: LeadsTo, lines: pl.DataFrame
) -> list[tuple[str, int]]:
    """Say of each change of terms how many of the lines it could reach read it.

    Raises ScenarioError for one that is so already, or that none does.
    """
    changes = list(changes_of_terms(whole))
    if not changes:
        return []
    after = leads_to(whole)
    befores = [leads_to(without(whole, change.path)) for change in changes]
    counts = dict.fromkeys(range(len(changes)), 0)
    differs: set[int] = set()
    beside = dict(_parts_of_switches(whole, changes))
    other_there: set[int] = set()
    named = lines["payer"].str.to_lowercase().str.strip_chars()
    own = after.payer.name.strip().lower()
    of_line = named.replace_strict({name: name for name in after.every_payer}, default=own)
    for name, payer in after.every_payer.items():
        others = [before.every_payer.get(name, before.payer).rules for before in befores]
        steps = _steps(payer.rules, others)
        differs |= {number for step in steps for number, _ in step.others}
        theirs = lines.filter(of_line == name)
        other_there |= {
            number
            for number in beside
            if not _same_there(changes[number].path[1], payer.rules, others[number], theirs)
        }
        if not theirs.height or not any(step.others for step in steps):
            continue
        found = reading(
            theirs,
            steps,
            after.schedules_of(payer),
            release=after.release_of(payer),
            dollars=payer.dollars,
            tables=after.tables,
        )
        for number, count in found.items():
            counts[number] += count
    for number, switch in beside.items():
        if number not in other_there and switch in differs:
            differs.add(number)
            counts[number] = counts[switch]
    for number, change in enumerate(changes):
        if number not in differs:
            raise meets_nothing(whole, change.place, SO_ALREADY)
        if not counts[number]:
            fault = "matches no line of the batch: none is paid otherwise by it"
            raise meets_nothing(whole, change.place, fault)
    return [(change.words, counts[number]) for number, change in enumerate(changes)]


def _parts_of_switches(whole: Scenario, changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    """Give the terms of rules that are switched on, each with the change that switches its rule.

    Such a term says what the rule is on at: it is no other than the rule's own where it is that,
    on the days of the lines at least.
    """
    switched_on: set[Path] = {
        ("terms", rule)
        for rule, term, value in terms_said(whole.says)
        if term in {"off", "on"} and value is (term == "on")
    }
    switches = {
        change.path: number for number, change in enumerate(changes) if change.path in switched_on
    }
    for number, change in enumerate(changes):
        if change.path[:2] in switches:
            yield number, switches[change.path[:2]]


def _same_there(
    name: str | int, one: Sequence[Rule], other: Sequence[Rule], lines: pl.DataFrame
) -> bool:
    """Say whether a rule has the same terms on both sides, on the days of these lines."""
    rules = [next((each for each in side if each.name == name), None) for side in (one, other)]
    if same_terms(*rules) or not lines.height:
        return True
    terms, others = ({} if each is None else {**each.defaults, **each.terms} for each in rules)
    return terms.keys() == others.keys() and all(
        _same_value(value, others[term], lines) for term, value in terms.items()
    )


def _same_value(one: Any, other: Any, lines: pl.DataFrame) -> bool:
    """Say whether a term has one value on the days of these lines, whoever renders them.

    One that begins on a day after all of them is another all the same: it meets none.
    """
    if isinstance(one, Dated) and isinstance(other, Dated) and one != other:
        own = [first for first, value in one.values if (first, value) not in other.values]
        begun = day_of(processed=bool(one.processed)) >= min(own, default=date.min)
        is_same = one.on().eq_missing(other.on()).all() & begun.any()
        return bool(lines.select(is_same).item())
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = one.keys() == other.keys()
        return keys and all(_same_value(one[each], other[each], lines) for each in one)
    return bool(one == other)


def _steps(rules: Sequence[Rule], others: Sequence[Sequence[Rule]]) -> list[Alternatives]:
    """Give the rules in order, each with those of the others that differ from it."""
    order = [rule.name for rule in rules]
    for other in others:
        names = [rule.name for rule in other]
        for place, name in enumerate(names):
            if name not in order:
                later = [order.index(each) for each in names[place + 1 :] if each in order]
                order.insert(min(later, default=len(order)), name)
    by_name = {rule.name: rule for rule in rules}
    sides = [{rule.name: rule for rule in other} for other in others]
    return [
        Alternatives(
            by_name.get(name),
            tuple(
                (number, side.get(name))
                for number, side in enumerate(sides)
                if not same_terms(by_name.get(name), side.get(name))
            ),
        )
        for name in order
    ]


def same_terms(one: Rule | None, other: Rule | None) -> bool:
    """Say whether two rules are one on the same terms; both may be off."""
    if one is None or other is None:
        return one is other
    same_days = one.in_force == other.in_force and one.before == other.before
    return (
        one.decide is other.decide
        and same_days
        and {**one.defaults, **one.terms} == {**other.defaults, **other.terms}
    )


def same_payer(one: Payer, other: Payer) -> bool:
    """Say whether two payers pay every line alike."""
    names = [[rule.name for rule in payer.rules] for payer in (one, other)]
    return (
        names[0] == names[1]
        and (one.dollars is other.dollars or (bool(one.files) and one.files == other.files))
        and all(map(same_terms, one.rules, other.rules))
    )
