"""Without effect: what a payer file says that could change no line is refused, never passed over.

Each of these loads, and prices, as if it were not written: a rate behind a wider one, a value after
the last day, a term that a share or a ladder stands in place of, a list that nothing asks for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from payrules.code_ranges import within
from payrules.dated import Dated, on_any_day
from payrules.engine.modifier_share import NO_SHARES, ModifierShare
from payrules.engine.rate_list import NO_RATES
from payrules.engine.rates import Rate
from payrules.engine.rule import Rule
from payrules.payers.code_lists import Ranges, Refuse
from payrules.payers.days import OffDays
from payrules.payers.hidden_rates import holds_all_of
from payrules.payers.modifier_shares import PLACE
from payrules.payers.payer import MEDICARE_RULES
from payrules.payers.places import no_place_of, places_of_setting
from payrules.payers.rates import KINDS
from payrules.payers.vocabulary import LIMITS_OF_ALL, NO_TERMS
from payrules.rules.contract_rate import contract_rate

#: Terms of Medicare's rules that shares of these modifiers, all of them, stand in place of.
_REPLACED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("co_surgery", "each"): ("62",),
    ("assistant_at_surgery", "physician"): ("80", "81", "82"),
    ("assistant_at_surgery", "other"): ("AS",),
}


def must_act(
    said: Any, written: Mapping[str, Any], was: Sequence[Rule], now: Sequence[Rule], refuse: Refuse
) -> None:
    """Refuse what a checked payer file says, as `written`, without changing any line by it.

    `was` are the rules of its base, `now` those with its own terms. Raises what `refuse` makes.
    """
    before, after = ({rule.name: rule for rule in rules} for rules in (was, now))
    _lists_are_asked_for(said, written, refuse)
    _something_is_said(said, before, refuse)
    _days_are_reached(said, refuse)
    _limits_are_reached(said, refuse)
    _terms_stand(said, after, refuse)
    _rates_are_asked(said, before, after, refuse)


def _terms_held(rule: Rule | None) -> dict[str, Any]:
    return {} if rule is None else {**rule.defaults, **rule.terms}


# -- lists and sections -----------------------------------------------------------------------


def _lists_are_asked_for(said: Any, written: Mapping[str, Any], refuse: Refuse) -> None:
    asked = {*_asked({place: each for place, each in written.items() if place != "codes"})}
    new = asked
    while new:
        new = {each for name in new for each in _asked(said.codes.get(name))} - asked
        asked |= new
    for name in said.codes:
        if name not in asked:
            raise refuse(
                f"codes.{name}",
                f'is a list that nothing in this file asks for; write "@{name}" where its codes'
                " belong, or remove it. What a base asks for is its own list",
            )


def _asked(value: Any) -> Iterator[str]:
    """Give the names of the lists that a value asks for, however deep."""
    if isinstance(value, str) and value.strip().startswith("@"):
        yield value.strip()[1:]
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _asked(key)
            yield from _asked(each)
    elif isinstance(value, list):
        for each in value:
            yield from _asked(each)


def _something_is_said(said: Any, before: Mapping[str, Rule], refuse: Refuse) -> None:
    for place in ("rate", "source"):
        if place in said.model_fields_set and not getattr(said, place):
            raise refuse(place, "is an empty list; write an entry, or remove it")
    for name, terms in _sections(said):
        if not terms.model_fields_set:
            raise refuse(f"terms.{name}", "is empty; write a term or off = true, or remove it")
        held = _terms_held(before.get(name, MEDICARE_RULES[name]))
        for term in sorted(terms.model_fields_set - NO_TERMS):
            # An empty list of its own takes away that of the base, where that has one.
            taken_away = term in {"also", "percent"} and str(held[term]) != "none"
            if getattr(terms, term) in ([], {}) and not taken_away:
                raise refuse(f"terms.{name}.{term}", "is empty; write an entry, or remove it")


def _sections(said: Any) -> list[tuple[str, Any]]:
    found = ((name, getattr(said.terms, name)) for name in sorted(said.terms.model_fields_set))
    return [(name, terms) for name, terms in found if terms is not None]


# -- days -------------------------------------------------------------------------------------


def _days_are_reached(said: Any, refuse: Refuse) -> None:
    shares = (said.terms.modifier and said.terms.modifier.share) or ()
    for number, entry in enumerate(shares, 1):
        _values_are_reached(entry, ("share",), f"{PLACE} entry {number}", refuse)
    for number, entry in enumerate(said.rate, 1):
        _values_are_reached(entry, (*KINDS, "escalator"), f"rate entry {number}", refuse)
    for name, terms in _sections(said):
        start = MEDICARE_RULES[name].effective
        if isinstance(terms.off, OffDays) and terms.off.last and terms.off.last < start:
            raise refuse(
                f"terms.{name}.off",
                f"ends on {terms.off.last}, before the rule begins on {start}; correct the day, or"
                " remove it",
            )


def _limits_are_reached(said: Any, refuse: Refuse) -> None:
    """Refuse a limit from a day after its rate's last, and a floor above a ceiling of its kind."""
    for place, entry in (
        ("", said),
        *((f"rate entry {n}.", e) for n, e in enumerate(said.rate, 1)),
    ):
        last_day = getattr(entry, "last_day", None)
        of = {term: getattr(entry, term) for term in LIMITS_OF_ALL if getattr(entry, term)}
        for kind in ("percent_of_medicare", "percent_of_charge", "amount"):
            by_day = {
                term: {day or date.min: value for day, value in getattr(limit, kind) or ()}
                for term, limit in of.items()
            }
            for term, values in by_day.items():
                late = [day for day in values if last_day and day > last_day]
                if late:
                    raise refuse(
                        f"{place}{term}.{kind}",
                        f"has a value from {late[0]}, after last_day, {last_day}; correct one of"
                        " the two, or remove the value",
                    )
            floors, ceilings = (by_day.get(term, {}) for term in LIMITS_OF_ALL)
            for day in sorted({*floors, *ceilings}):
                now = [
                    [value for first, value in sorted(each.items()) if first <= day]
                    for each in (floors, ceilings)
                ]
                if all(now) and now[0][-1] > now[1][-1]:
                    raise refuse(
                        f"{place}not_under.{kind}",
                        "is above not_over, which stands before it, so it does nothing; swap the"
                        " two, or remove one",
                    )


def _values_are_reached(entry: Any, kinds: Sequence[str], place: str, refuse: Refuse) -> None:
    for kind in kinds:
        days = [day or entry.first_day or date.min for day, _ in getattr(entry, kind) or ()]
        for day in days:
            if entry.last_day and day > entry.last_day:
                raise refuse(
                    f"{place}.{kind}",
                    f"has a value from {day}, after last_day, {entry.last_day}; correct one of the"
                    " two, or remove the value",
                )
        if kind == "escalator":
            _escalates(entry, days, place, refuse)
            continue  # one takes effect on those after it
        for day, following in pairwise(days):
            if entry.first_day and following <= entry.first_day:
                raise refuse(
                    f"{place}.{kind}",
                    f"has a value from {day} that another follows by first_day,"
                    f" {entry.first_day}; correct one of the days, or remove the value",
                )


def _escalates(entry: Any, days: Sequence[date], place: str, refuse: Refuse) -> None:
    """Refuse an escalator of days before the rate: what it says of them was paid, none was."""
    paid = next((getattr(entry, kind) for kind in KINDS if getattr(entry, kind)), ())
    begins = min((day or entry.first_day or date.min for day, _ in paid), default=date.min)
    for day in days:
        if day < begins:
            raise refuse(
                f"{place}.escalator",
                f"has a factor from {day}, before the rate itself, {begins}; write the rate as it"
                " is from its first day, and the factors that come after it",
            )


# -- terms ------------------------------------------------------------------------------------


def _terms_stand(said: Any, after: Mapping[str, Rule], refuse: Refuse) -> None:
    shares = _terms_held(after.get("modifier")).get("share", NO_SHARES)
    always = {each.name for each in shares.shares if _is_of_every_line(each)}
    for (rule, term), modifiers in _REPLACED.items():
        terms = getattr(said.terms, rule)
        if terms is None or getattr(terms, term) is None or not always.issuperset(modifiers):
            continue
        raise refuse(
            f"terms.{rule}.{term}",
            f"is never asked, because shares by modifier ({', '.join(modifiers)}) stand in its"
            f" place, in this file or its base; write it as [[{PLACE}]], or remove it",
        )
    for number, entry in enumerate((said.terms.modifier and said.terms.modifier.share) or (), 1):
        own = [each for each in shares.shares if each.name == entry.name]
        if any(_all_spared(each.codes, each.except_codes) for each in own):
            raise refuse(
                f"{PLACE} entry {number}.except_codes", "spares all of its codes; correct the two"
            )
    ranking = said.terms.multiple_procedure
    if ranking is None or ranking.ladder is not None:
        return
    ladders = on_any_day(_terms_held(after.get("multiple_procedure"))["ladder"])
    if not all(each.places for each in ladders):
        return
    for term in ("later", "third", "old_rule_third"):
        if getattr(ranking, term) is not None:
            raise refuse(
                f"terms.multiple_procedure.{term}",
                "is never asked, because the base payer has a ladder, which says every place;"
                " write a ladder of your own, such as ladder = [1.0, 0.5, 0.25]",
            )


def _is_of_every_line(share: ModifierShare) -> bool:
    start = MEDICARE_RULES["modifier"].effective
    of_some = (share.codes, share.except_codes, share.practitioner_type)
    narrowed = any(of_some) or share.documented or share.somewhere
    days = share.first_day or share.last_day or share.share.values[0][0] > start
    return not narrowed and not days


# -- rates ------------------------------------------------------------------------------------


def _rates_are_asked(
    said: Any, before: Mapping[str, Rule], after: Mapping[str, Rule], refuse: Refuse
) -> None:
    held = _terms_held(after.get(contract_rate.name))
    rates: tuple[Rate, ...] = held.get("rates", NO_RATES).each
    own = list(zip(rates, (f"rate entry {n}" for n, _ in enumerate(said.rate, 1)), strict=False))
    for rate, place in own:
        if _all_spared(rate.codes, rate.except_codes):
            raise refuse(f"{place}.except_codes", "spares all of its codes; correct the two")
        if rate.setting and rate.places and not places_of_setting(rate.setting, rate.places):
            raise refuse(f"{place}.places", no_place_of(rate.setting))
    asked: list[tuple[Rate, str]] = [*own]
    if said.percent_of_medicare is not None:
        taken = _terms_held(before.get(contract_rate.name)).get("overall")
        if said.percent_of_medicare.overall is None and taken is not None:
            raise refuse(
                "percent_of_medicare",
                "names codes only, and takes away the base payer's percentage of every other code;"
                " write that too: [percent_of_medicare] overall, and"
                " [[percent_of_medicare.by_code]] for these codes",
            )
        asked += [(rate, rate.name) for rate in rates[len(own) :]]
        asked += [
            (_percentage(dated, ((first, last),)), f"percent_of_medicare.by_code entry {number}")
            for number, (first, last, dated) in enumerate(held["by_code"], 1)
        ]
        if held["overall"] is not None:
            asked.append((_percentage(held["overall"]), "percent_of_medicare"))
    places = {place for _, place in own}
    for number, (rate, place) in enumerate(asked):
        if place not in places and not place.startswith("percent_of_medicare"):
            continue  # the base payer's own order
        for other, earlier in asked[:number]:
            if holds_all_of(other, rate):
                raise refuse(
                    place,
                    f"is never asked, because {_named(other, earlier)} fits every line of it and"
                    " the first that fits decides; put the narrower first, or remove one of the"
                    " two",
                )


def _named(rate: Rate, place: str) -> str:
    return place if place.startswith(("rate entry", "percent")) else f"the base's {rate.name}"


def _percentage(dated: Dated, codes: Ranges = ()) -> Rate:
    """Write a percentage of Medicare as the rate that it is."""
    return Rate(pays="percent_of_medicare", name="", cites=dated.cites, value=dated, codes=codes)


def _all_spared(codes: Ranges, spared: Ranges) -> bool:
    return bool(codes) and all(within(each, spared) for each in codes)
