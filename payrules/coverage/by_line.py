"""What a policy says of a line by itself: codes not covered, diagnoses, places of service."""

from collections.abc import Callable

from payrules.claims.diagnoses import UNREADABLE
from payrules.coverage.findings import Finding, Findings
from payrules.coverage.met import Met
from payrules.coverage.policy import Diagnoses, Policy


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
    which of them the line has is not known. A batch without the columns says nothing.
    """
    for each in met.policy.diagnoses:
        judged = met.judged & met.lines.of((*met.policy.of_families(each.families), *each.codes))
        if not judged.any():
            continue
        texts = met.lines.diagnoses
        said = texts.among(judged)
        for text, misses, codes in (
            ("the line has no diagnosis", _is_none, None),
            ("its diagnosis pointers cannot be read", _is_unreadable, None),
            _without_one(each, met.policy),
        ):
            missing = frozenset(filter(misses, said))
            if missing:
                lines = judged & texts.where(missing.__contains__)
                found.add_where(lines, Finding(met.number, text, codes))


def _is_none(diagnoses: str) -> bool:
    return not diagnoses


def _is_unreadable(diagnoses: str) -> bool:
    return diagnoses.startswith(UNREADABLE)


def _without_one(
    wanted: Diagnoses, policy: Policy
) -> tuple[str, Callable[[str], bool], tuple[str, str] | None]:
    """Say what is found where there are diagnoses and none is wanted; where; with which codes.

    Each different text is judged once: a practice has few.
    """
    any_of, groups = frozenset(wanted.any_of), [frozenset(each) for each in wanted.all_of]
    starts = wanted.starts_with

    def misses(text: str) -> bool:
        if _is_none(text) or _is_unreadable(text):
            return False
        codes = text.split()
        if groups and all(not each.isdisjoint(codes) for each in groups):
            return False
        if not any_of.isdisjoint(codes):
            return False
        return not (starts and any(code.startswith(starts) for code in codes))

    if wanted.closed:
        text = "no diagnosis of the line is on the policy's closed list"
        return text, misses, policy.denial("diagnosis")
    return "no diagnosis of the line is on the policy's list", misses, None


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
