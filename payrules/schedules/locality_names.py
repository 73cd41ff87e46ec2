"""Finds a Medicare locality by what people call it: "IL Chicago", "Marin County, CA"."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from payrules.frozen import frozen
from payrules.locality import Found
from payrules.schedules.releases import Release
from payrules.schedules.schedules import Schedules

_MOST_CANDIDATES = 6
#: Words that tell no locality from another.
_EMPTY_WORDS = frozenset(("OF", "THE", "AND", "STATE", "STATEWIDE", "COUNTY", "COUNTIES", "CNTY"))
_SHORT = {"METRO": "METROPOLITAN", "SUBURBS": "SUBURBAN", "SAINT": "ST"}


@frozen
class Place:
    """A locality by its key, state and CMS's name, and the words that tell it."""

    key: str
    state: str
    name: str
    words: frozenset[str]
    county_words: frozenset[str]

    @property
    def short_name(self) -> str:
        """The state and name without the counties."""
        return f"{self.state} {self.name.partition(' (')[0]}"

    @property
    def whole_name(self) -> str:
        """The state and name with the counties, where CMS names them."""
        name, _, of_counties = self.name.partition(" (")
        return f"{self.state} {name}" + (f": {of_counties.rstrip(')')}" if of_counties else "")

    @cached_property
    def spelled(self) -> list[str]:
        """Every word of the name, as often as it stands there, sorted."""
        return sorted(_words(self.name))

    @cached_property
    def short_words(self) -> frozenset[str]:
        """The words of the name without the counties."""
        return frozenset(_words(self.name.partition(" (")[0])) - _EMPTY_WORDS


class LocalityNames:
    """The localities of the releases at hand by state, name and county; the newest goes first.

    With a `release`: its own localities only, by its own names.
    """

    def __init__(self, schedules: Schedules, release: Release | None = None) -> None:
        newest_first = sorted(
            schedules.releases, key=lambda release: release.published_for, reverse=True
        )
        self._releases = newest_first if release is None else [release, *newest_first]
        self._keys = None if release is None else frozenset(release.localities["locality"])

    def find(self, text: str) -> Found:
        """Find the one locality a text names; a state may stand before or after the name.

        The whole of a name goes before a part of several ("Chicago" is not "Suburban Chicago"). A
        part of a name, or a county (where the LOCCO file is at hand), only counts with its state.
        """
        state, words = _state(_words(text), self._states)
        sought = frozenset(words) - _EMPTY_WORDS
        among = [place for place in self.places if state in (None, place.state)]
        if not sought:
            return _found(among) if state else Found(None)
        # "Los Angeles-Long Beach-Anaheim" is the name of two; their counties tell them apart.
        for named in (
            [place for place in among if place.spelled == sorted(words)],
            [place for place in among if sought in (place.words, place.short_words)],
        ):
            if named:
                return _found(named)
        # "WA Washington" must not become the rest of Washington.
        among = [place for place in among if "REST" in sought or "REST" not in place.words]
        for matches in (
            [place for place in among if sought <= place.words],
            [place for place in among if sought <= place.county_words],
        ):
            if matches:
                # One alone is not taken without its state: another release may have a second.
                return _found(matches) if state else Found(None, _shown(matches), fits=True)
        near = [place for place in among if sought & place.words]
        of_state = [place for place in self.places if place.state == state]
        return Found(None, _shown(near or of_state))

    def fitting(self, text: str) -> set[str]:
        """Give the keys of all localities that a text is true of: a state, a name, a county.

        Some words of a name are enough. A state's whole name is told by the LOCCO file.
        """
        state, words = _state(_words(text), self._states)
        sought = frozenset(words) - _EMPTY_WORDS
        among = [place for place in self.places if state in (None, place.state)]
        if not sought:
            return {place.key for place in among} if state else set()
        if of_state := self._of_state_names.get(frozenset(words)):
            return of_state
        return {
            place.key for place in among if sought <= place.words or sought <= place.county_words
        }

    @cached_property
    def _of_state_names(self) -> Mapping[frozenset[str], set[str]]:
        keys: dict[frozenset[str], set[str]] = {}
        for release in self._releases:
            for row in release.counties.iter_rows(named=True):
                keys.setdefault(frozenset(_words(row["state_name"])), set()).add(row["locality"])
        return keys

    @cached_property
    def places(self) -> list[Place]:
        """Give every locality, by its key."""
        places: dict[str, Place] = {}
        for release in self._releases:
            of_counties = _counties(release)
            for row in release.localities.iter_rows(named=True):
                key = row["locality"]
                if self._keys is not None and key not in self._keys:
                    continue
                words = frozenset(_words(row["locality_name"])) - _EMPTY_WORDS
                county_words = words | of_counties.get(key, frozenset())
                if key not in places:
                    places[key] = Place(
                        key, row["state"], row["locality_name"], words, county_words
                    )
                elif not places[key].county_words > places[key].words:
                    known = places[key]
                    places[key] = Place(key, known.state, known.name, known.words, county_words)
        return sorted(places.values(), key=lambda place: place.key)

    @cached_property
    def _states(self) -> frozenset[str]:
        return frozenset(place.state for place in self.places)


def _counties(release: Release) -> Mapping[str, frozenset[str]]:
    words: dict[str, frozenset[str]] = {}
    for row in release.counties.iter_rows(named=True):
        said = frozenset(_words(row["counties"])) - _EMPTY_WORDS - {"ALL", "OTHER"}
        words[row["locality"]] = words.get(row["locality"], frozenset()) | said
    return words


def _words(text: str) -> list[str]:
    words = re.findall(r"[A-Z0-9]+", text.upper())
    return [_SHORT.get(word, word) for word in words]


def _state(words: list[str], states: frozenset[str]) -> tuple[str | None, list[str]]:
    """Take a state's two letters off the beginning or the end."""
    for at, rest in ((0, words[1:]), (-1, words[:-1])):
        if words and words[at] in states:
            return words[at], rest
    return None, words


def _found(places: list[Place]) -> Found:
    if len(places) == 1:
        return Found(places[0].key)
    return Found(None, _shown(places), fits=True)


def _shown(places: Sequence[Place]) -> tuple[str, ...]:
    """Name each by its key and name, and by its counties where the name is another's too."""
    often = Counter(place.short_name for place in places)
    named = [
        f"{place.key} ({place.whole_name if often[place.short_name] > 1 else place.short_name})"
        for place in places
    ]
    more = len(named) - _MOST_CANDIDATES
    return (*named[:_MOST_CANDIDATES], *([f"{more} more"] if more > 0 else []))
