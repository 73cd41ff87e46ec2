"""What a policy says of a line by itself: codes not covered, diagnoses, places of service."""

from collections.abc import Callable, Collection

from payrules.claims.diagnoses import INCOMPLETE, UNREADABLE
from payrules.coverage.findings import Finding, Findings, Noted
from payrules.coverage.met import Met
from payrules.coverage.policy import Diagnoses


def not_covered(met: Met, found: Findings) -> None:
    """Find the codes that the document lists as not covered."""
    for each in met.policy.noncovered:
        codes = met.policy.denial("noncovered", by_statute=each.by_statute)
        for code in dict.fromkeys(each.codes):
            text = f"{code} is listed as not covered: {each.why}"
            of_code = met.judged & met.lines.of((code,))
            found.add_where(of_code, Finding(met.number, text, codes))


def other_diagnosis(met: Met, found: Findings) -> None:
    """Find lines without a diagnosis of the policy's list.

    A line without any, in a batch that has diagnoses, is reviewed and never denied: that is a fault
    of the input. So is one whose pointers cannot be read, whatever the claim's other diagnoses are:
    which of them the line has is not known; and one of whose diagnoses the file lacks some, where
    those that are there are not enough. A batch without the columns says nothing. Where a list is
    not closed a miss is only noted.
    """
    for each in met.policy.diagnoses:
        judged = met.judged & met.lines.of((*met.policy.of_families(each.families), *each.codes))
        if not judged.any():
            continue
        texts = met.lines.diagnoses
        said = texts.among(judged)
        for misses, one in (
            (_is_none, Finding(met.number, "the line has no diagnosis")),
            (_is_unreadable, Finding(met.number, "its diagnosis pointers cannot be read")),
            *_without_one(each, met),
        ):
            missing = frozenset(filter(misses, said))
            if missing:
                found.add_where(judged & texts.where(missing.__contains__), one)


def _is_none(diagnoses: str) -> bool:
    return not diagnoses


def _is_unreadable(diagnoses: str) -> bool:
    return diagnoses.startswith(UNREADABLE)


def _is_incomplete(diagnoses: str) -> bool:
    return diagnoses.startswith(INCOMPLETE)


def _without_one(
    wanted: Diagnoses, met: Met
) -> tuple[tuple[Callable[[str], bool], Finding | Noted], ...]:
    """Say which diagnoses are not what is wanted, and what is found of their lines.

    Each different text is judged once: a practice has few.
    """
    any_of, groups = frozenset(wanted.any_of), [frozenset(each) for each in wanted.all_of]
    starts = wanted.starts_with

    def has_one(codes: Collection[str]) -> bool:
        if groups and all(not each.isdisjoint(codes) for each in groups):
            return True
        if not any_of.isdisjoint(codes):
            return True
        return bool(starts) and any(code.startswith(starts) for code in codes)

    def misses(text: str) -> bool:
        unsure = _is_none(text) or _is_unreadable(text) or _is_incomplete(text)
        return not unsure and not has_one(text.split())

    def may_miss(text: str) -> bool:
        return _is_incomplete(text) and not has_one(text.split())

    if not wanted.closed:
        none = f"no diagnosis of the line is on the list of {met.policy.name}"
        return (may_miss, Noted(none)), (misses, Noted(none))
    lacks = "its pointers name a diagnosis that the file does not have; none that it has is on the"
    none = "no diagnosis of the line is on the policy's closed list"
    return (
        (may_miss, Finding(met.number, f"{lacks} policy's closed list")),
        (misses, Finding(met.number, none, met.policy.denial("diagnosis"))),
    )


def elsewhere(met: Met, found: Findings) -> None:
    """Find lines of a place of service that the policy does not name; they are reviewed."""
    for each in met.policy.sessions:
        if not each.place_of_service:
            continue
        judged = met.judged & met.lines.of((*met.policy.of_families(each.families), *each.codes))
        if not judged.any():
            continue
        places = met.lines.places_of_service
        for place in places.among(judged):
            if place not in each.place_of_service:
                named = ", ".join(each.place_of_service)
                text = f"place of service {place}; the policy names {named}"
                there = judged & places.where(place.__eq__)
                found.add_where(there, Finding(met.number, text))
