"""Aligned rates: two lists of a contract's rates, one and its amendment, rate by rate."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from payrules.code_ranges import overlap
from payrules.engine.rate_list import NO_RATES, Rates
from payrules.engine.rates import Rate
from payrules.payers.differences import value_in_words
from payrules.payers.vocabulary import LIMITS_OF_ALL

#: What a rate asks of a line, which tells it from others: an amendment moves numbers and days.
_ASKED = attrgetter(
    *("codes", "except_codes", "setting", "places", "specialty", "practitioner_type"),
    *("modifiers", "unpriced", "of_session"),
)


class OneMoved(NamedTuple):
    """Our rates with one of theirs in the place of ours: both in words, its page, the rates."""

    words: tuple[str, str]
    cites: str
    rates: Rates


def rate_by_rate(ours: Rates, theirs: Rates) -> list[OneMoved] | None:
    """Give our rates with one change of theirs at a time: a rate, their order, a limit of all.

    A rate is the same where it asks for the same lines; of two that do, the first is the first. One
    that is added stands behind those that it stands behind in their list. None where no rate is in
    both lists: those are compared as one.
    """
    pairs = _paired(ours.each, theirs.each)
    if not pairs:
        return None
    return [each for each in _changes(ours, theirs, pairs) if each.words[0] != each.words[1]]


def _paired(ours: Sequence[Rate], theirs: Sequence[Rate]) -> dict[int, int]:
    """Give the place in their list of each of our rates that is in both."""
    left = [*enumerate(theirs)]
    pairs = {}
    for place, rate in enumerate(ours):
        # A name tells of two that ask for the same, whose days are others.
        alike = [each for each in left if _ASKED(each[1]) == _ASKED(rate)]
        named = [each for each in alike if each[1].name == rate.name]
        if alike:
            chosen = (named or alike)[0]
            left.remove(chosen)
            pairs[place] = chosen[0]
    return pairs


def _changes(ours: Rates, theirs: Rates, pairs: dict[int, int]) -> Iterator[OneMoved]:
    for place, rate in enumerate(ours.each):
        if place not in pairs:
            kept = (*ours.each[:place], *ours.each[place + 1 :])
            yield _moved(ours, (rate,), (), kept)
            continue
        other = theirs.each[pairs[place]]
        # Where nothing but the number in its name is other, nothing is.
        if replace(other, name=rate.name, cites=rate.cites) != rate:
            yield _moved(
                *(ours, (rate,), (other,)), (*ours.each[:place], other, *ours.each[place + 1 :])
            )
    in_both = {their: our for our, their in pairs.items()}
    for number, rate in enumerate(theirs.each):
        if number not in in_both:
            before = [in_both[each] for each in range(number) if each in in_both]
            place = max(before, default=-1) + 1
            yield _moved(ours, (), (rate,), (*ours.each[:place], rate, *ours.each[place:]))
    order = [our for _, our in sorted(in_both.items())]
    turned = [(a, b) for n, a in enumerate(order) for b in order[n + 1 :] if a > b]
    if any(_may_meet(ours.each[a], ours.each[b]) for a, b in turned):
        # Those of both lists change places among themselves.
        places = dict(zip(sorted(order), order, strict=True))
        rates = tuple(ours.each[places.get(place, place)] for place in range(len(ours.each)))
        words = tuple(
            f"asked in the order {', '.join(each.name for each in rates)}"
            for rates in ([ours.each[our] for our in sorted(order)], [ours.each[o] for o in order])
        )
        yield OneMoved((words[0], words[1]), theirs.each[0].cites, replace(ours, each=rates))
    for limit in LIMITS_OF_ALL:
        own, other = getattr(ours, limit), getattr(theirs, limit)
        if own != other:
            alone = [replace(NO_RATES, **{limit: each}) for each in (own, other)]
            cites = "" if other is None else other.cites
            yield OneMoved(_words(*alone), cites, replace(ours, **{limit: other}))


def _may_meet(one: Rate, other: Rate) -> bool:
    """Say whether two rates may be for one line, so that it matters which is asked first."""
    return not (one.codes and other.codes and overlap(one.codes, other.codes) is None)


def _moved(
    ours: Rates, one: tuple[Rate, ...], other: tuple[Rate, ...], rates: tuple[Rate, ...]
) -> OneMoved:
    cites = other[0].cites if other else ""
    return OneMoved(_words(Rates(one), Rates(other)), cites, replace(ours, each=rates))


def _words(ours: Rates, theirs: Rates) -> tuple[str, str]:
    return value_in_words(ours, percent=True), value_in_words(theirs, percent=True)
