"""Names that look like the one somebody wrote: what a refusal suggests."""

from collections.abc import Iterable
from difflib import get_close_matches

#: No sentence suggests more names than these.
_MOST = 2
#: What two names share, from 0 to 1: below, what is suggested is seldom what was meant.
_ALIKE = 0.6
#: And from where on one is the other, misspelt.
_THE_SAME = 0.85
#: Longer names look like none of ours, and to compare them takes long.
_LONGEST = 60
#: Shorter names stand in others by chance.
_TELLING = 3


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Give the known names that look like one, the likest first; case does not count.

    Where none does, those that it is a part of, best their beginning.
    """
    sought = name.casefold()[:_LONGEST]
    names = {each.casefold(): each for each in known if len(each) <= _LONGEST}
    found = get_close_matches(sought, names, _MOST, _ALIKE)
    if not found and len(sought) >= _TELLING:
        found = sorted((each for each in names if sought in each), key=lambda it: it.find(sought))
    return [names[each] for each in found[:_MOST]]


def nearest_modifiers(name: str, known: Iterable[str]) -> list[str]:
    """Give the modifiers that share a character with one, in its place; the first counts most.

    Of two characters one that differs is half of the name: too little for `nearest`.
    """
    alike = {
        each: [ours == theirs for ours, theirs in zip(name.upper(), each, strict=True)]
        for each in known
        if len(each) == len(name)
    }
    found = sorted(each for each, same in alike.items() if any(same))
    return sorted(found, key=lambda each: alike[each], reverse=True)[:_MOST]


def misspelt(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that this one must be a slip of; None where it may be another's own.

    To be stricter than a suggestion means something: what is a slip is refused, and the rest is
    let pass.
    """
    found = get_close_matches(name[:_LONGEST], list(known), 1, _THE_SAME)
    return found[0] if found else None


def either(names: Iterable[str]) -> str:
    """Write names as a choice: "'a' or 'b'"."""
    return " or ".join(map(repr, names))


def perhaps(name: str, known: Iterable[str]) -> str:
    """Say which known names look like one: "; perhaps 'a' or 'b'", or nothing."""
    near = either(nearest(name, known))
    return f"; perhaps {near}" if near else ""
