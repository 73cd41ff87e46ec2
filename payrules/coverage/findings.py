"""What policies find of lines: why one would be denied, or what a person should review.

Few different things are found of many lines. So a line has a number, and what all that was found of
it is, in order, is kept once a number: words are put together where they differ, not line by line.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from payrules.coverage.policy import Policy


class Finding(NamedTuple):
    """What a policy, told by its place among those that apply, finds of a line.

    A denial has its CARC and RARC, a review has none; `sessions` are those that were counted, each
    in words.
    """

    policy: int
    text: str
    codes: tuple[str, str] | None = None
    sessions: tuple[str, ...] = ()

    @property
    def denies(self) -> bool:
        """Whether it denies the line."""
        return self.codes is not None


class Noted(NamedTuple):
    """What a policy only notes of a line, told with its name: counted, and said once a policy."""

    text: str


class Findings:
    """All that is found of each line, by the line's place, and which lines a finding denies."""

    def __init__(self, height: int) -> None:
        #: Of each line, the number of what is found of it: 0 is nothing.
        self.numbers = pl.Series([0], dtype=pl.UInt32).new_from_index(0, height)
        self.denied = pl.Series([False]).new_from_index(0, height)
        # A number is what was found before it, and one thing more.
        self._more: list[tuple[int, Hashable]] = [(0, None)]
        self._known: dict[tuple[int, Hashable], int] = {}

    def add(self, places: pl.Series, one: Hashable) -> None:
        """Find one thing more of some lines, each named once."""
        if places.is_empty():
            return
        before = self.numbers[places]
        there = before.unique().to_list()
        more = pl.Series([0], dtype=pl.UInt32).new_from_index(0, len(self._more))
        more.scatter(there, [self._and(number, one) for number in there])
        self.numbers.scatter(places, more[before])
        if isinstance(one, Finding) and one.denies:
            self.denied.scatter(places, values=True)

    def add_where(self, lines: pl.Series, one: Hashable) -> None:
        """Find one thing more of the lines that a mask tells."""
        self.add(lines.arg_true(), one)

    def add_each(self, found: Sequence[tuple[int, Finding]]) -> None:
        """Find things of lines, one by one in order; a line may be named again."""
        if not found:
            return
        places = pl.Series([*{place: None for place, _ in found}], dtype=pl.UInt32)
        numbers = dict(zip(places.to_list(), self.numbers[places].to_list(), strict=True))
        denied = {}
        for place, one in found:
            numbers[place] = self._and(numbers[place], one)
            if one.denies:
                denied[place] = True
        self.numbers.scatter(places, pl.Series([*numbers.values()], dtype=pl.UInt32))
        if denied:
            self.denied.scatter(pl.Series([*denied], dtype=pl.UInt32), values=True)

    def _and(self, number: int, one: Hashable) -> int:
        """Give the number of what another number is, and one thing more."""
        known = self._known.setdefault((number, one), len(self._more))
        if known == len(self._more):
            self._more.append((number, one))
        return known

    def of(self, number: int) -> list[Hashable]:
        """Give what a number stands for, in the order in which it was found."""
        found = []
        while number:
            number, one = self._more[number]
            found.append(one)
        return found[::-1]


def in_words(name: str) -> str:
    """Write the name of a family or region as words."""
    return name.replace("_", " ")


def listed(names: Sequence[str]) -> str:
    """List names as words."""
    return ", ".join(map(in_words, names))


def denial_codes(policies: Iterable[Policy]) -> list[tuple[str, str, str]]:
    """Give every group, CARC and RARC with which any of the policies may deny."""
    pairs = dict.fromkeys(pair for policy in policies for pair in _pairs_of(policy))
    return [(group, *pair) for pair in pairs for group in ("CO", "PR")]


def _pairs_of(policy: Policy) -> Iterator[tuple[str, str]]:
    for each in policy.noncovered:
        yield policy.denial("noncovered", by_statute=each.by_statute)
    if any(each.closed for each in policy.diagnoses):
        yield policy.denial("diagnosis")
    if policy.frequency:
        yield policy.denial("frequency")
    for limit in policy.sessions:
        if limit.most_levels is not None:
            yield policy.denial("levels")
        if limit.one_region:
            yield policy.denial("regions")
        if limit.one_side:
            yield policy.denial("sides")
