"""What coverage policies find of lines, once more in plain Python, from the specification.

Slow on purpose: line by line, day by day, without a table, and with no code of payrules: it reads
policy files by itself. `Claim` is a line, or history.
"""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

Policy = dict[str, Any]
USUAL = {"frequency": ("151", "N115")}
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


def read(path: Path) -> Policy:
    """Read a policy file as it is written."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def denial(policy: Policy, found: str, *, by_statute: bool = False) -> tuple[str, str]:
    """Section 3: CARC and RARC; an NCD's RARC is N386, and CARC 96 what a statute excludes."""
    carc, rarc = USUAL.get(found, ("50", "N115"))
    if policy["policy"]["authority"] == "NCD":
        rarc = "N386"
        carc = "96" if by_statute else carc
    own = policy.get("codes", {})
    return own.get("carc", {}).get(found, carc), own.get("rarc", {}).get(found, rarc)


def families(policy: Policy, names: Iterable[str]) -> set[str]:
    """Give the codes of some families."""
    return {
        code
        for name in names
        for codes in policy["families"][name]["regions"].values()
        for code in codes
    }


def known(policy: Policy) -> set[str]:
    """Give every code that a policy says anything of."""
    found = families(policy, policy.get("families", {}))
    for table in ("noncovered", "diagnoses", "session"):
        found |= {code for each in policy.get(table, ()) for code in each.get("codes", ())}
    return found


def undotted(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(code.replace(".", "") for code in codes)


def judge(lines: Sequence[Claim], policies: Sequence[Policy], add_ons: Iterable[str] = ()) -> None:
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
            for limit in policy.get("session", ()):
                places = limit.get("place_of_service")
                if places and line.code in codes_of(policy, limit) and line.place not in places:
                    line.remarks.add("place")
    add_ons = frozenset(add_ons)
    for stage in (_sides, partial(_regions, add_ons=add_ons), _levels):
        found = [*_each_session(lines, policies, stage)]
        for line, codes in found:
            line.denied = line.denied or codes
    _one_code_a_side(lines, policies)
    of_person: dict[str, list[Claim]] = {}
    for line in lines:
        of_person.setdefault(line.person, []).append(line)
    for own in of_person.values():
        _frequency(own, policies, add_ons)


def _one_code_a_side(lines: Sequence[Claim], policies: Sequence[Policy]) -> None:
    for line, remark in [*_each_session(lines, policies, _one_code)]:
        line.remarks.add(remark)


def judged(lines: Iterable[Claim], policy: Policy) -> Iterator[Claim]:
    """Give the lines that a policy judges and that nothing denied."""
    told_of = known(policy)
    for line in lines:
        said = policy["policy"]
        ours = line.contractor in said.get("macs", [line.contractor])
        in_force = said["effective_from"] <= line.day <= said.get("effective_to", date.max)
        if ours and in_force and line.code in told_of and not line.history and line.denied is None:
            yield line


def _not_covered(line: Claim, policy: Policy) -> None:
    for each in policy.get("noncovered", ()):
        if line.code in each["codes"] and line.denied is None:
            statute = each.get("by_statute", False)
            line.denied = denial(policy, "noncovered", by_statute=statute)


def _diagnosis(line: Claim, policy: Policy) -> None:
    for each in policy.get("diagnoses", ()):
        if line.code not in codes_of(policy, each):
            continue
        if line.diagnoses is None:
            continue
        if not line.diagnoses:
            line.remarks.add("no diagnosis")
            continue
        one = any(code in undotted(each.get("any_of", ())) for code in line.diagnoses)
        starts = undotted(each.get("starts_with", ()))
        begins = any(code.startswith(starts) for code in line.diagnoses)
        lists = [undotted(group) for group in each.get("all_of", ())]
        groups = lists and all(any(code in group for code in line.diagnoses) for group in lists)
        if one or (starts and begins) or groups:
            continue
        # Of a list that is not closed a miss is a note of the report, and nothing of the line.
        if each.get("closed", False) and line.denied is None:
            line.denied = denial(policy, "diagnosis")


def codes_of(policy: Policy, limit: dict[str, Any]) -> set[str]:
    return families(policy, limit.get("families", ())) | {*limit.get("codes", ())}


def _each_session(lines, policies, stage):  # type: ignore[no-untyped-def]
    for policy in policies:
        mine = {id(each) for each in judged(lines, policy)}
        counting = [each for each in lines if each.counts]
        counting.sort(key=lambda each: (each.person, *each.order))
        for _, session in groupby(counting, key=lambda each: (each.person, each.day)):
            together = [*session]
            for limit in policy.get("session", ()):
                for line, codes in stage(together, policy, limit):
                    if id(line) in mine:
                        yield line, codes


def _sides(session, policy, limit):  # type: ignore[no-untyped-def]
    if limit.get("sides") != "never":
        return
    first: dict[str, str] = {}
    for line in session:
        if line.code not in codes_of(policy, limit):
            continue
        sides = line.modifiers & {"RT", "LT"}
        if "50" in line.modifiers or line.units > 1 or len(sides) == 2:
            yield line, denial(policy, "sides")
        elif sides:
            (side,) = sides
            if first.setdefault(line.code, side) != side:
                yield line, denial(policy, "sides")


def _regions(session, policy, limit, add_ons):  # type: ignore[no-untyped-def]
    if not limit.get("one_region"):
        return
    for family in limit["families"]:
        first = None
        regions = policy["families"][family]["regions"].items()
        for line in session:
            region = next((name for name, codes in regions if line.code in codes), None)
            if region is None:
                continue
            # What comes before any primary is an add-on without one, and begins no session.
            if line.history or line.code not in add_ons:
                first = first or region
            if first is not None and region != first:
                yield line, denial(policy, "regions")


def _levels(session, policy, limit):  # type: ignore[no-untyped-def]
    if "most_levels" not in limit:
        return
    for family, said in policy["families"].items():
        for of_region in said["regions"].values():
            whole = family in limit.get("families", ())
            codes = [code for code in of_region if whole or code in limit.get("codes", ())]
            kept: list[Claim] = []
            # The primary is a claim's first level, wherever it stands: as the region lists them.
            ours = [line for line in session if line.code in codes]
            for line in sorted(ours, key=lambda each: (each.claim, codes.index(each.code))):
                if line.code in codes:
                    if _count([*kept, line]) > limit["most_levels"]:
                        yield line, denial(policy, "levels")
                    else:
                        kept.append(line)


def _one_code(session, policy, limit):  # type: ignore[no-untyped-def]
    if limit.get("sides") != "one code":
        return
    before: list[tuple[str, frozenset[str]]] = []
    for line in session:
        # What coverage denied before is no line of the session any more.
        if line.code not in limit["codes"] or line.denied is not None:
            continue
        sides = line.modifiers & {"RT", "LT"}
        if "50" in line.modifiers or not sides:
            sides = frozenset(("RT", "LT"))
        if any(code != line.code and sides & taken for code, taken in before):
            yield line, "one code"
        before.append((line.code, sides))


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
        for number, limit in enumerate(policy.get("frequency", ())):
            for region, codes in policy["families"][limit["family"]]["regions"].items():
                ours = [
                    line
                    for line in session
                    if line.code in codes
                    and limit.get("with_modifier", "") in {"", *line.modifiers}
                    and limit.get("without_modifier") not in line.modifiers
                ]
                yield (at, number, region), policy, limit, ours


def _frequency(lines: Sequence[Claim], policies: Sequence[Policy], add_ons: frozenset[str]) -> None:
    counted: dict[tuple[int, int, str], list[date]] = {}
    for day, today in groupby(lines, key=lambda each: each.day):
        keys = [*_counters(policies, [*today])]
        for key, policy, limit, ours in keys:
            before = counted.get(key, [])
            within = [each for each in before if holds(each, day, limit["window"])]
            mine = {id(each) for each in judged(ours, policy) if each.counts}
            for line in ours:
                if id(line) not in mine:
                    continue
                if "sessions" in limit and len(within) >= limit["sessions"]:
                    line.denied = denial(policy, "frequency")
                    continue
                ending = [each for each in before if on_the_day(each, day, limit["window"])]
                if "sessions" in limit and len(within) + len(ending) >= limit["sessions"]:
                    line.remarks.add("boundary")
                least = limit.get("least_days_between")
                if least is not None and before and (day - before[-1]).days < least:
                    line.remarks.add("too soon")
        # An add-on is no session by itself: without a primary of its region it falls.
        alone = {
            (at, region): all(
                line.code in add_ons and not line.history for line in ours if line.counts
            )
            for (at, region), ours in _of_regions(keys).items()
        }
        for (at, number, region), _, limit, ours in keys:
            of_region = (at, f"{limit['family']} {region}")
            left = [
                line
                for line in ours
                if line.counts
                and (line.history or line.code not in add_ons or not alone[of_region])
            ]
            if left:
                counted.setdefault((at, number, region), []).append(day)


def _of_regions(keys):  # type: ignore[no-untyped-def]
    """Give the lines of a day by policy and region, whatever counter counts them."""
    found: dict[tuple[int, str], list[Claim]] = {}
    for (at, _, region), _, limit, ours in keys:
        found.setdefault((at, f"{limit['family']} {region}"), []).extend(ours)
    return found


def holds(first: date, day: date, window: str) -> bool:
    """Whether a session of the first day counts on the other."""
    if window == "calendar year":
        return first.year == day.year
    return end_of(first, window) > day


def on_the_day(first: date, day: date, window: str) -> bool:
    return window != "calendar year" and end_of(first, window) == day


def end_of(first: date, window: str) -> date:
    number, unit = window.split()
    if unit.startswith("day"):
        return date.fromordinal(first.toordinal() + int(number))
    month = first.month - 1 + int(number)
    year, month = first.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    return date(year, month, min(first.day, last))
