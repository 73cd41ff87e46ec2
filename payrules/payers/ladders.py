"""Ladders and lists in a payer file: places of a ranking, families, codes, and shares by code."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise, product
from typing import Any

from payrules.code_ranges import overlap
from payrules.counted import counted
from payrules.dated import ByDay, Dated, on_any_day
from payrules.engine.codes import Codes, Families, Family, Ladder, SharesByCode
from payrules.engine.rule import Rule
from payrules.payers.code_lists import CodeLists, Refuse
from payrules.payers.vocabulary import BY_REPORT

#: Places beyond these are a slip: nobody prints so many.
_MOST_PLACES = 50


class TermReader:
    """Makes the values of a rule's terms that are more than numbers; each fault at its place."""

    def __init__(
        self, rule: Rule, cites: str, lists: CodeLists, refuse: Refuse, *, processed: bool = False
    ) -> None:
        self._processed = processed
        self._rule = rule
        self._cites = cites
        self._lists = lists
        self._refuse = refuse

    def read(self, hint: Any, value: Any, term: str) -> Any:
        """Make the value of a term of one of this file's types; other values are as they are."""
        place = f"terms.{self._rule.name}.{term}"
        if hint is Codes:
            return Codes(self._lists.ranges(value, place))
        if hint is Ladder:
            return self._ladder(value, place)
        if hint is Families:
            return self._families(value, place)
        if hint is SharesByCode:
            return self._by_code(value, place)
        return value

    def _dated(
        self, shares: Sequence[tuple[date | None, Any]], before: Dated | None = None
    ) -> Dated:
        """Give shares by their first days; on the days before them what stood `before` them."""
        start = self._rule.effective
        begun = {first or start: share for first, share in shares}
        earlier = {} if before is None else {d: s for d, s in before.values if d < min(begun)}
        values = {day.isoformat(): format(share, "f") for day, share in (earlier | begun).items()}
        days = {first for first, _ in shares if first is not None} if self._processed else set()
        if before is not None:
            days |= {day for day in before.processed if day in earlier}
        return Dated(values, cites=self._cites, processed=days)

    def _before(self, place: int) -> Dated | None:
        """Give what the base payer pays a place of a ranking; None where it has no ranking.

        Decision: a place from a day on leaves the days before it to the base payer, as any other
        number does; where that has words by day, the last of them.
        """
        terms = {**self._rule.defaults, **self._rule.terms}
        if not terms.keys() >= {"ladder", "later", "third"}:
            return None
        ladder = on_any_day(terms["ladder"])[-1]
        if ladder.places:
            held: Dated = ladder.places[min(place, len(ladder.places)) - 1]
            return held
        if place == 1:
            return None
        later: Dated = terms["later"]
        return (
            later if place == 2 or terms["third"] is None else _from_then_on(later, terms["third"])
        )

    def _ladder(self, places: Sequence[Any], where: str) -> Ladder:
        if not 2 <= len(places) <= _MOST_PLACES:
            raise self._refuse(
                where,
                f"has {counted(len(places), 'place')}; write 2 to {_MOST_PLACES}, such as"
                " [1.0, 0.5, 0.25], of which the last goes on",
            )
        by_report = places[-1] == BY_REPORT
        shares = places[:-1] if by_report else places
        if BY_REPORT in shares:
            raise self._refuse(
                where,
                f"has by_report at place {shares.index(BY_REPORT) + 1}, and more after it; the last"
                " place goes on, so write it last",
            )
        self._must_follow_shares(shares, where)
        ladder = Ladder(
            tuple(self._dated(each, self._before(number)) for number, each in enumerate(shares, 1)),
            by_report,
        )
        if any(share != 1 for _, share in ladder.places[0].values):
            raise self._refuse(
                where, "begins below 1; the first place is the procedure paid in full, 1.0"
            )
        for number, (one, other) in enumerate(pairwise(ladder.places), 2):
            if _goes_up(one, other):
                raise self._refuse(
                    where,
                    f"goes up at place {number}, so that a lower procedure would be paid a larger"
                    " share; write the places from the highest share to the lowest",
                )
        return ladder

    def _must_follow_shares(self, shares: Sequence[Any], where: str) -> None:
        """Refuse a place from a day on that the base payer has by report until then."""
        held = on_any_day({**self._rule.defaults, **self._rule.terms}.get("ladder", Ladder()))[-1]
        for number, each in enumerate(shares, 1):
            if held.by_report and number > len(held.places) and None not in dict(each):
                raise self._refuse(
                    where,
                    f"begins on a day at place {number}, which the base payer prices by report"
                    " until then; begin the whole ladder on it, such as"
                    " ladder = { 2026-01-01 = [1.0, 0.5] }",
                )

    def _families(self, families: Sequence[Any], where: str) -> Families:
        found = []
        for number, each in enumerate(families, 1):
            place = f"{where} entry {number}"
            codes = Codes(self._lists.ranges(each.codes, f"{place}.codes"))
            if each.cites is not None and not each.cites.strip():
                raise self._refuse(f"{place}.cites", "is blank; name the page, or remove it")
            if each.first_day and each.last_day and each.last_day < each.first_day:
                raise self._refuse(
                    f"{place}.last_day",
                    f"{each.last_day} comes before first_day, {each.first_day}; swap them",
                )
            ladder = self._ladder(each.ladder, f"{place}.ladder")
            days = each.first_day, each.last_day
            found.append(Family(codes, ladder, *days, each.cites and each.cites.strip()))
        for one, other in combinations(found, 2):
            apart = (one.last_day or date.max) < (other.first_day or date.min) or (
                other.last_day or date.max
            ) < (one.first_day or date.min)
            if not apart and (code := overlap(one.codes.ranges, other.codes.ranges)):
                raise self._refuse(
                    where, f"has code {code} in two families; leave it in one of them"
                )
        # In the order of their codes: that of the file changes nothing.
        by_code = sorted(found, key=lambda each: (each.codes.ranges, each.first_day or date.min))
        return Families(tuple(by_code))

    def _by_code(self, shares: Mapping[str, Any], where: str) -> SharesByCode:
        found: dict[str, Dated] = {}
        for written, share in shares.items():
            for first, last in self._lists.ranges([written], f"{where}.{written}"):
                if first != last:
                    raise self._refuse(
                        f"{where}.{written}", "is a range; write a share for each code"
                    )
                if first in found:
                    raise self._refuse(f"{where}.{written}", "has a share already; write one")
                found[first] = self._dated(share)
        return SharesByCode(tuple(sorted(found.items())))


def _goes_up(one: Dated, other: Dated) -> bool:
    """Say whether a place is paid more than the one before it, on any day of theirs."""
    for day in (day for day, _ in (*one.values, *other.values)):
        held, following = one.at(day), other.at(day)
        if held is not None and following is not None and following > held:
            return True
    return False


def _from_then_on(one: Dated, other: Dated) -> Dated:
    """Give the values of one until another's begin."""
    first, _ = other.values[0]
    values = {day.isoformat(): format(share, "f") for day, share in one.values if day < first}
    values |= {day.isoformat(): format(share, "f") for day, share in other.values}
    return Dated(values, cites=other.cites, processed=(*one.processed, *other.processed))


def must_fit_together(rule: Rule, said: Any, refuse: Refuse) -> None:
    """Refuse terms of a rule that contradict each other."""
    if rule.name == "anesthesia" and said.least_for is not None:
        least: Dated = {**rule.defaults, **rule.terms}["least_base_units"]
        if not any(number for _, number in least.values):
            raise refuse(
                "terms.anesthesia.least_for",
                "names the codes of least base units, and none are said; write"
                " least_base_units = 5, or remove it",
            )
    if rule.name != "multiple_procedure":
        return
    if said.ladder is not None and not isinstance(said.ladder, ByDay):
        for term in ("later", "third", "old_rule_third"):
            if getattr(said, term) is not None:
                raise refuse(
                    f"terms.{rule.name}.ladder",
                    f"says the places that {term} says too; remove one of the two",
                )
    terms = {**rule.defaults, **rule.terms}
    families, spared = (on_any_day(terms[term]) for term in ("also", "never"))
    for family, never in product((one for each in families for one in each.each), spared):
        if code := overlap(family.codes.ranges, never.ranges):
            raise refuse(
                f"terms.{rule.name}.never",
                f"has code {code}, which a family under 'also' ranks; leave it in one of them",
            )
