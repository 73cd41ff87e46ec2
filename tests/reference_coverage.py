"""What coverage policies find of lines, once more in plain Python, from the specification.

Slow on purpose: line by line, day by day, without a table. `Claim` is a line, or history.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from payrules.coverage.policy import Policy, SessionLimit, Window

NOT_COUNTED = {"80", "81", "82", "AS", "26", "TC", "GY"}


@dataclass
class Claim:
    """A claim line as a policy sees it; `diagnoses` None where the batch has no such column."""

    person: str
    day: date
    claim: str
    number: int
    code: str
    modifiers: frozenset[str] = frozenset()
    units: int = 1
    diagnoses: tuple[str, ...] | None = ()
    contractor: str = "01112"
    place: str = "11"
    history: bool = False
    denied: tuple[str, str] | None = None
    remarks: set[str] = field(default_factory=set)

    @property
    def order(self) -> tuple[date, str, int]:
        return self.day, self.claim, self.number

    @property
    def counts(self) -> bool:
        return self.denied is None and not (self.modifiers & NOT_COUNTED)


def judge(lines: Sequence[Claim], policies: Sequence[Policy]) -> None:
    """Judge lines in place: `denied` gets CARC and RARC, `remarks` kinds of what is reviewed."""
    lines = sorted(lines, key=lambda each: each.order)
    for policy in policies:
        for line in judged(lines, policy):
            _not_covered(line, policy)
    for policy in policies:
        for line in judged(lines, policy):
            _diagnosis(line, policy)
    for policy in policies:
        for line in judged(lines, policy):
            for limit in policy.sessions:
                named = limit.place_of_service and line.code in codes_of(policy, limit)
                if named and line.place not in limit.place_of_service:
                    line.remarks.add("place")
    for stage in (_sides, _regions, _levels):
        found = [*_each_session(lines, policies, stage)]
        for line, codes in found:
            line.denied = line.denied or codes
    for person in {each.person for each in lines}:
        _frequency([each for each in lines if each.person == person], policies)


def judged(lines: Iterable[Claim], policy: Policy) -> Iterator[Claim]:
    """Give the lines that a policy judges and that nothing denied."""
    for line in lines:
        ours = policy.macs is None or line.contractor in policy.macs
        known = line.code in policy.codes and policy.holds(line.day)
        if ours and known and not line.history and line.denied is None:
            yield line


def _not_covered(line: Claim, policy: Policy) -> None:
    for each in policy.noncovered:
        if line.code in each.codes and line.denied is None:
            line.denied = policy.denial("noncovered", by_statute=each.by_statute)


def _diagnosis(line: Claim, policy: Policy) -> None:
    for each in policy.diagnoses:
        if line.code not in {*policy.of_families(each.families), *each.codes}:
            continue
        if line.diagnoses is None:
            continue
        if not line.diagnoses:
            line.remarks.add("no diagnosis")
            continue
        one = any(code in each.any_of for code in line.diagnoses)
        begins = any(code.startswith(each.starts_with) for code in line.diagnoses)
        groups = each.all_of and all(
            any(code in group for code in line.diagnoses) for group in each.all_of
        )
        if one or (each.starts_with and begins) or groups:
            continue
        if not each.closed:
            line.remarks.add("not listed")
        elif line.denied is None:
            line.denied = policy.denial("diagnosis")


def codes_of(policy: Policy, limit: SessionLimit) -> set[str]:
    return {*policy.of_families(limit.families), *limit.codes}


def _each_session(lines, policies, stage):  # type: ignore[no-untyped-def]
    for policy in policies:
        mine = {id(each) for each in judged(lines, policy)}
        counting = [each for each in lines if each.counts]
        counting.sort(key=lambda each: (each.person, *each.order))
        for _, session in groupby(counting, key=lambda each: (each.person, each.day)):
            together = [*session]
            for limit in policy.sessions:
                for line, codes in stage(together, policy, limit):
                    if id(line) in mine:
                        yield line, codes


def _sides(session, policy, limit):  # type: ignore[no-untyped-def]
    if not limit.one_side:
        return
    first: dict[str, str] = {}
    for line in session:
        if line.code not in codes_of(policy, limit):
            continue
        sides = line.modifiers & {"RT", "LT"}
        if "50" in line.modifiers or line.units > 1 or len(sides) == 2:
            yield line, policy.denial("sides")
        elif sides:
            (side,) = sides
            if first.setdefault(line.code, side) != side:
                yield line, policy.denial("sides")


def _regions(session, policy, limit):  # type: ignore[no-untyped-def]
    if not limit.one_region:
        return
    for family in policy.families:
        if family.name in limit.families:
            first = None
            for line in session:
                region = next((name for name, codes in family.regions if line.code in codes), None)
                if region is None:
                    continue
                first = first or region
                if region != first:
                    yield line, policy.denial("regions")


def _levels(session, policy, limit):  # type: ignore[no-untyped-def]
    if limit.most_levels is None:
        return
    for family in policy.families:
        for _, codes in family.regions if family.name in limit.families else ():
            kept: list[Claim] = []
            for line in session:
                if line.code in codes:
                    if _count([*kept, line]) > limit.most_levels:
                        yield line, policy.denial("levels")
                    else:
                        kept.append(line)


def _count(lines: Sequence[Claim]) -> int:
    total = 0
    for code in {each.code for each in lines}:
        right = left = neither = 0
        for line in lines:
            if line.code != code:
                continue
            sides = line.modifiers & {"RT", "LT"}
            if sides == {"RT"}:
                right += line.units
            elif sides == {"LT"}:
                left += line.units
            else:
                neither += line.units
        total += neither + max(right, left)
    return total


def _counters(policies: Sequence[Policy], session: Sequence[Claim]):  # type: ignore[no-untyped-def]
    """Give each limit of each region with the lines of a session that it counts."""
    for at, policy in enumerate(policies):
        for number, limit in enumerate(policy.frequency):
            for family in policy.families:
                for region, codes in family.regions if family.name == limit.family else ():
                    ours = [
                        line
                        for line in session
                        if line.code in codes
                        and (limit.with_modifier or "") in {"", *line.modifiers}
                        and limit.without_modifier not in line.modifiers
                    ]
                    yield (at, number, region), policy, limit, ours


def _frequency(lines: Sequence[Claim], policies: Sequence[Policy]) -> None:
    counted: dict[tuple[int, int, str], list[date]] = {}
    for day, today in groupby(lines, key=lambda each: each.day):
        keys = [*_counters(policies, [*today])]
        for key, policy, limit, ours in keys:
            before = counted.get(key, [])
            within = [each for each in before if holds(each, day, limit.window)]
            mine = {id(each) for each in judged(ours, policy) if each.counts}
            for line in ours:
                if id(line) not in mine:
                    continue
                if limit.sessions is not None and len(within) >= limit.sessions:
                    line.denied = policy.denial("frequency")
                    continue
                ending = [each for each in before if on_the_day(each, day, limit.window)]
                if limit.sessions is not None and len(within) + len(ending) >= limit.sessions:
                    line.remarks.add("boundary")
                least = limit.least_days_between
                if least is not None and before and (day - before[-1]).days < least:
                    line.remarks.add("too soon")
        for key, _, _, ours in keys:
            if any(line.counts for line in ours):
                counted.setdefault(key, []).append(day)


def holds(first: date, day: date, window: Window) -> bool:
    """Whether a session of the first day counts on the other."""
    if window.months or window.days:
        return end_of(first, window) > day
    return first.year == day.year


def on_the_day(first: date, day: date, window: Window) -> bool:
    return bool(window.months or window.days) and end_of(first, window) == day


def end_of(first: date, window: Window) -> date:
    if window.days:
        return date.fromordinal(first.toordinal() + window.days)
    month = first.month - 1 + window.months
    year, month = first.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    return date(year, month, min(first.day, last))
