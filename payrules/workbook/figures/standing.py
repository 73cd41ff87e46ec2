"""How things stand at a run, to be held against another: version, schedules, rules, terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from payrules.runs.who_paid import as_named
from payrules.workbook.words import in_words


@dataclass(frozen=True)
class RunStanding:
    """Version of payrules; files of releases with sha256, rules with citation and day, terms."""

    payrules: str = ""
    releases: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)


def standing_of(record: Mapping[str, Any]) -> RunStanding:
    """Give how things stood at a run, of its record as JSON has it; KeyError of what is none."""
    payers = [record["payer"], *record.get("other_payers", ())]
    return RunStanding(
        str(record["payrules"]),
        {
            f"{release['name']}/{name}": str(digest)
            for release in record.get("releases", ())
            for name, digest in release["files"].items()
        },
        {
            in_words(rule["name"]): f"{rule['cites']}, since {rule['effective']}"
            for rule in record["rules"]
        },
        {
            f"{as_named(payer['name'])}: {_term(term)}": str(term["payer"])
            for payer in payers
            for term in payer.get("terms", ())
        },
    )


def _term(term: Mapping[str, Any]) -> str:
    rule = in_words(term["rule"])
    return rule if term["term"] == "off" else f"{rule}, {term['term']}"


#: What is compared, and how a row of each is called.
_KINDS = {"releases": "Fee schedule", "rules": "Rule", "terms": "Term"}


def differences(last: RunStanding, now: RunStanding) -> list[tuple[str, str, str, str]]:
    """List what stands otherwise: kind, what, last time, now; "not there" on the side without."""
    found = []
    if last.payrules != now.payrules:
        found.append(("Program", "payrules", last.payrules, now.payrules))
    for name, kind in _KINDS.items():
        before, after = getattr(last, name), getattr(now, name)
        for key in (*after, *(each for each in before if each not in after)):
            one, other = before.get(key, "not there"), after.get(key, "not there")
            if one != other:
                found.append((kind, key, one, other))
    return found
