"""A policy in words: what it lists and limits, each with how surely it was read.

The words are never "covered", "medically necessary" or "will be paid": a policy can object to a
line, and where it does not, no more is known than that.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payrules.counted import counted
from payrules.coverage.policy import (
    TAGS,
    Diagnoses,
    Frequency,
    NonCovered,
    Policy,
    SessionLimit,
)

_REVIEWED = "only reviewed"


class Said(NamedTuple):
    """One thing that a policy says: of which codes or families, what, and how it was read."""

    of: str
    words: str
    read: str = ""
    source: str = ""
    #: Of a list of diagnoses: what it asks, without the list.
    asked: str = ""


def limits_in_words(policy: Policy) -> list[Said]:
    """Give all that a policy lists as non-covered, asks of diagnoses and limits, in its order."""
    return [
        *map(_noncovered, policy.noncovered),
        *map(_diagnoses, policy.diagnoses),
        *(said for each in policy.frequency for said in _frequency(each)),
        *(said for each in policy.sessions for said in _session(each)),
        *(Said("denials", f"{finding}: CARC {carc}") for finding, carc in policy.carcs),
        *(Said("denials", f"{finding}: RARC {rarc}") for finding, rarc in policy.rarcs),
    ]


def dotted(diagnosis: str) -> str:
    """Write a diagnosis with its dot."""
    return f"{diagnosis[:3]}.{diagnosis[3:]}" if len(diagnosis) > 3 else diagnosis


def _said(of: str, words: str, entry: NonCovered | Diagnoses | Frequency | SessionLimit) -> Said:
    return Said(of, words, TAGS.get(entry.tag or "", "not said"), entry.source or "")


def _named(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _noncovered(entry: NonCovered) -> Said:
    by = " (excluded by statute)" if entry.by_statute else ""
    return _said(", ".join(entry.codes), f"listed as non-covered: {entry.why}{by}", entry)


def _diagnoses(entry: Diagnoses) -> Said:
    wanted: dict[str, str] = {}  # what will do, and how it is asked without the list
    if entry.any_of or entry.starts_with:
        begun = [f"{dotted(each)}…" for each in entry.starts_with]
        wanted["one of " + ", ".join([*map(dotted, entry.any_of), *begun])] = "a diagnosis"
    if entry.all_of:
        each_of = [f"one of {', '.join(map(dotted, each))}" for each in entry.all_of]
        several = len(each_of) > 1
        wanted[" and ".join(each_of)] = (
            f"a diagnosis of each of {counted(len(each_of), 'list')}" if several else "a diagnosis"
        )
    closed = "a closed list" if entry.closed else "not a closed list: a miss is only noted"
    of = _named([*entry.families, *entry.codes])
    said = _said(of, f"{', or '.join(wanted)} ({closed})", entry)
    return said._replace(asked=f"{', or '.join(dict.fromkeys(wanted.values()))} ({closed})")


def _frequency(entry: Frequency) -> Iterator[Said]:
    modifier = f" with {entry.with_modifier}" if entry.with_modifier else ""
    modifier += f" without {entry.without_modifier}" if entry.without_modifier else ""
    of = f"{_named([entry.family])}{modifier}"
    if entry.sessions is not None:
        within = f"in {entry.window.words}"
        sessions = "1 session" if entry.sessions == 1 else f"{entry.sessions} sessions"
        yield _said(of, f"at most {sessions} of a region {within}", entry)
    if entry.least_days_between is not None:
        days = entry.least_days_between
        unit = "day" if days == 1 else "days"
        yield _said(of, f"at least {days} {unit} between sessions ({_REVIEWED})", entry)


def _session(entry: SessionLimit) -> Iterator[Said]:
    of = _named([*entry.families, *entry.codes])
    if entry.most_levels is not None:
        levels = "1 level" if entry.most_levels == 1 else f"{entry.most_levels} levels"
        yield _said(of, f"at most {levels} a session", entry)
    if entry.one_region:
        yield _said(of, "one region a session", entry)
    if entry.one_side:
        yield _said(of, "never both sides", entry)
    if entry.one_code_a_side:
        yield _said(of, f"one code of these on a side ({_REVIEWED})", entry)
    if entry.not_with:
        beside = _named(entry.not_with)
        yield _said(of, f"not in one session with {beside} ({_REVIEWED})", entry)
    if entry.place_of_service:
        yield _said(of, f"place of service {', '.join(entry.place_of_service)}", entry)
