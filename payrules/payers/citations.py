"""Citations: where each of a payer's terms is printed, and in which of its files it stands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from payrules.dated import ByDay
from payrules.engine.rule import Rule
from payrules.payers.modifier_shares import PLACE
from payrules.payers.payer import MEDICARE_RULES, Saying
from payrules.payers.vocabulary import AS_MEDICARE, BY_LAW, LIMITS_OF_ALL, OF_TERMS, SWITCHES

#: The place of a contract's list of rates; of one of them, with its name after it.
RATES = "contract_rate.rates"


def sayings_of(
    said: Any, *, cites: str, file: str, sources: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Saying]]:
    """Give each place at which a checked form says something of a rule: "endoscopy.off".

    A term that names neither its own citation nor a source has that of the file, `cites`.
    """
    sources = sources or {}
    # In the order of the forms, never of the file: no citation may depend on that.
    for rule in type(said.terms).model_fields:
        terms = getattr(said.terms, rule)
        if terms is None:
            continue
        for term in type(terms).model_fields:
            value = getattr(terms, term)
            if value is None or term in OF_TERMS:
                continue
            written = "off" if term in SWITCHES else term
            if f"terms.{rule}.{term}" == PLACE:
                yield from _of_shares(value, cites, file)
                continue
            keys = [written]
            if isinstance(value, Mapping):
                keys = [f"{written}.{key}" for key in value]
            for key in keys:
                own = terms.cited(key, term) or sources.get(f"{rule}.{key}")
                own = own or sources.get(f"{rule}.{written}") or sources.get(rule)
                yield f"{rule}.{key}", Saying(own or cites, file)
    yield from _of_rates(said, cites, file, sources)


def _of_rates(
    said: Any, cites: str, file: str, sources: Mapping[str, str]
) -> Iterator[tuple[str, Saying]]:
    """Give each place at which a checked form says what is paid of Medicare, and its limits."""
    if getattr(said, "rate", None):
        yield RATES, Saying(sources.get("rate") or cites, file)
        for number, entry in enumerate(said.rate, 1):
            own = entry.cites or sources.get("rate") or cites
            yield f"{RATES} {entry.name or f'rate {number}'}", Saying(own, file)
    for term in LIMITS_OF_ALL:
        if (limit := getattr(said, term, None)) is not None:
            own = limit.cites or sources.get(term)
            yield f"contract_rate.{term}", Saying(own or cites, file)
    if said.percent_of_medicare is not None:
        own = said.percent_of_medicare.cites or sources.get("percent_of_medicare")
        for term in ("overall", "by_code"):
            if getattr(said.percent_of_medicare, term):
                yield f"contract_rate.{term}", Saying(own or cites, file)


def _of_shares(entries: Sequence[Any], cites: str, file: str) -> Iterator[tuple[str, Saying]]:
    for entry in entries:
        yield f"modifier.share {entry.name}", Saying(entry.cites or cites, file)


def cite_entries(said: Any, sources: Mapping[str, str]) -> None:
    """Give the shares by modifier and the rates that cite nothing the source of their list."""
    modifier = said.terms.modifier
    for entry in (modifier and modifier.share) or ():
        own = modifier.cited("share", "share") or sources.get(f"modifier.share {entry.name}")
        if entry.cites is None:  # a blank one is a fault, and is told later
            entry.cites = own or sources.get("modifier.share") or sources.get("modifier")
    for entry in said.rate or ():
        if entry.cites is None:
            entry.cites = sources.get("rate")
    for term in LIMITS_OF_ALL:
        limit = getattr(said, term)
        if limit is not None and limit.cites is None:
            limit.cites = sources.get(term)


#: What a file says at each place, and from which day; None: from the rule's own first day.
Layer = tuple[Mapping[str, Saying], Mapping[str, date]]


def first_days(said: Any) -> dict[str, date]:
    """Give the places of a checked form whose every value begins on a day, each with the first."""
    found = {}
    for rule in type(said.terms).model_fields:
        terms = getattr(said.terms, rule)
        for term in type(terms).model_fields if terms is not None else ():
            value = getattr(terms, term)
            by_key = value if isinstance(value, Mapping) else {"": value}
            for key, each in by_key.items():
                days = [*_days(each)] if term not in OF_TERMS else []
                if days and None not in days:
                    name = f"{term}.{key}" if key else term
                    found[f"{rule}.{name}"] = min(day for day in days if day is not None)
    return found


def _days(value: Any) -> Iterator[date | None]:
    """Give the first days of values by date, however deep; None for one from the beginning."""
    if isinstance(value, ByDay):
        yield from (first for first, _ in value.values)
    elif isinstance(value, tuple):
        yield from (first for first, _ in value)
    elif isinstance(value, list):
        for each in value:
            yield from _days(getattr(each, "ladder", each))


def cited(
    rules: Sequence[Rule], said: Mapping[str, Saying], layers: Sequence[Layer]
) -> tuple[Rule, ...]:
    """Give rules with the citations of their terms in place of the law's, one after another.

    A step cites of them what is in force on its line's day: of each place the last of `layers`
    (plan, base, file) that has begun; the law's where none has.
    """
    by_rule: dict[str, list[str]] = {}
    for place in said:
        name, _, term = place.partition(".")
        if term in LIMITS_OF_ALL:
            continue  # a step that a limit decides cites it, and no other does
        # A share by modifier is a step of its own rule, which cites it; so is a rate of a list.
        of_entry = f"terms.{place}".startswith(f"{PLACE} ") or place.startswith(f"{RATES} ")
        if term != "off" and not of_entry:
            by_rule.setdefault(name, []).append(place)
    return tuple(
        replace(
            rule,
            cites=_joined(said[place].cites for place in by_rule[rule.name]),
            pages=_pages(rule, by_rule[rule.name], layers),
            **_by_term(rule, by_rule[rule.name], layers),
        )
        if rule.name in by_rule
        else rule
        for rule in rules
    )


def taken_over_edits(
    rules: Sequence[Rule], said: Mapping[str, Saying], plan: Any
) -> tuple[Rule, ...]:
    """Give rules whose edits say that they are Medicare's, of a payer that says nothing of them.

    What denies or bundles a line is cited, and another payer's line is denied by CMS's edits, or
    CMS's status of a code, only because its files leave them as they are. Medicare and Medicare
    Advantage have them by law; of a file that says no plan a run says that it pays as Medicare.
    """
    if plan is None or plan.name in BY_LAW:
        return tuple(rules)
    # A share by modifier is no edit of modifiers: what these deny stands as it was.
    told = {
        place.partition(".")[0] for place in said if not f"terms.{place}".startswith(f"{PLACE} ")
    }
    return tuple(
        replace(rule, cites=rule.cites + AS_MEDICARE)
        if rule.kind == "edit" and rule.name not in told
        else rule
        for rule in rules
    )


def _joined(pages: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(pages))


def cited_beside(
    before: Sequence[Rule], after: Sequence[Rule], said: Any, cites: str
) -> tuple[Rule, ...]:
    """Give rules with the citation of what a checked form changed of them, from its first days on.

    On earlier days, and of other terms, what they cited before stands.
    """
    was = {rule.name: rule for rule in before}
    begins = first_days(said)
    changed: dict[str, dict[str, date]] = {}
    for place, _ in sayings_of(said, cites=cites, file=""):
        name, _, term = place.partition(".")
        changed.setdefault(name, {})[term] = begins.get(place, date.min)
    return tuple(
        _beside(was[rule.name], rule, changed[rule.name])
        if rule.name in changed and rule.name in was and rule.cites == cites
        else rule
        for rule in after
    )


def _beside(was: Rule, now: Rule, terms: Mapping[str, date]) -> Rule:
    """Give a rule that cites what changed its terms from their first days on."""
    start = now.effective
    begins = {term: max(first, start) for term, first in terms.items()}
    earlier = dict(was.pages) or {start: was.cites}
    days = sorted({start, *begins.values(), *earlier})
    pages = []
    for day in days:
        begun = any(first <= day for first in begins.values())
        pages.append((day, now.cites if begun else earlier[max(d for d in earlier if d <= day)]))
    term_pages = dict(was.term_pages)
    for term, first in begins.items():
        of_was = term_pages.get(term, ((start, ""),))
        kept = tuple(each for each in of_was if each[0] < first)
        term_pages[term] = (*kept, (first, now.cites))
    return replace(
        now,
        pages=tuple(pages) if len({page for _, page in pages}) > 1 else (),
        term_pages=term_pages,
        law=was.law or was.cites,
    )


#: All of a rule that a payer prints as Medicare has it.
_AS_MEDICARE = "as_medicare"


def _by_term(rule: Rule, places: Sequence[str], layers: Sequence[Layer]) -> dict[str, Any]:
    """Give the citation of each term by day, and of those that the payer does not say."""
    law = MEDICARE_RULES[rule.name].cites if rule.name in MEDICARE_RULES else rule.cites
    start, pages = rule.effective, {}
    for place in places:
        term = place.partition(".")[2]
        begun = {start, *(days[place] for _, days in layers if days.get(place, start) > start)}
        pages[term] = tuple((day, _on_day(place, day, start, layers)) for day in sorted(begun))
    as_medicare = pages.pop(_AS_MEDICARE, ((start, ""),))
    return {"term_pages": pages, "law": as_medicare[-1][1] or law}


def _on_day(place: str, day: date, start: date, layers: Sequence[Layer]) -> str:
    """Give the citation of a place on a day: that of the last layer that has begun; "" of none."""
    begun = [
        said[place].cites
        for said, begins in layers
        if place in said and begins.get(place, start) <= day
    ]
    return begun[-1] if begun else ""


def _pages(
    rule: Rule, places: Sequence[str], layers: Sequence[Layer]
) -> tuple[tuple[date, str], ...]:
    """Give a rule's citation from each day on which it changes; none where it never does."""
    start = rule.effective
    days = {start}
    for _, begins in layers:
        days |= {begins[place] for place in places if begins.get(place, start) > start}
    if len(days) == 1:
        return ()
    law = MEDICARE_RULES[rule.name].cites if rule.name in MEDICARE_RULES else rule.cites
    pages = []
    for day in sorted(days):
        found = [_on_day(place, day, start, layers) for place in places]
        pages.append((day, _joined(filter(None, found)) or law))
    return tuple(pages)
