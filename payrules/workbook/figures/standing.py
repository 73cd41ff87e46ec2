"""How things stand at a run, to hold against another: version, schedules, payers, rules, terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from payrules.frozen import frozen
from payrules.payers.vocabulary import AS_MEDICARE
from payrules.runs.who_paid import as_named
from payrules.workbook.words import in_words, rule_and_term, without_beginnings

#: What stands on a side that has it not.
NOT_THERE = "not there"


@frozen
class RunStanding:
    """Version of payrules; files of releases with sha256, rules with citation and day, terms.

    `rules` are by payer and rule. `payers` are those of the run, each with whether every rule of it
    is told: older records and packs tell of a payer that is not the first only what
    the first has not.
    """

    payrules: str = ""
    releases: Mapping[str, str] = field(default_factory=dict)
    payers: Mapping[str, bool] = field(default_factory=dict)
    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)


def standing_of(record: Mapping[str, Any]) -> RunStanding:
    """Give how things stood at a run, of its record as JSON has it; KeyError of what is none."""
    payers = [record["payer"], *record.get("other_payers", ())]
    names = [as_named(payer["name"]) for payer in payers]
    rules = [
        (
            in_words(rule["name"]),
            f"{rule['cites'].removesuffix(AS_MEDICARE)}, since {rule['effective']}",
            [as_named(name) for name in rule.get("of", ())],
        )
        for rule in record["rules"]
    ]
    return RunStanding(
        str(record["payrules"]),
        {
            f"{release['name']}/{name}": str(digest)
            for release in record.get("releases", ())
            for name, digest in release["files"].items()
        },
        *rules_by_payer(names, rules),
        {
            f"{as_named(payer['name'])}: {rule_and_term(term['rule'], term['term'])}": (
                without_beginnings(str(term["payer"]))
            )
            for payer in payers
            for term in payer.get("terms", ())
        },
    )


def rules_by_payer(
    payers: Sequence[str], rules: Sequence[tuple[str, str, Sequence[str]]]
) -> tuple[dict[str, bool], dict[tuple[str, str], str]]:
    """Give the payers, each with whether all its rules are told, and what each has of each rule.

    `rules` are name, citation and day, and the payers whose it is: where none is named, the first.
    """
    first = payers[0] if payers else ""
    whole = len(payers) == 1 or all(of for _, _, of in rules)
    return (
        {payer: whole or payer == first for payer in payers},
        {(payer, rule): page for rule, page, of in rules for payer in (of or [first])},
    )


def differences(last: RunStanding, now: RunStanding) -> list[tuple[str, str, str, str]]:
    """List what stands otherwise: kind, what, last time, now; "not there" on the side without."""
    found: list[tuple[str, str, str, str]] = []
    if last.payrules != now.payrules:
        found.append(("Program", "payrules", last.payrules, now.payrules))
    given = [dict.fromkeys(side.payers, "given") for side in (last, now)]
    rules = [*_rules(last, now)]
    sides: Sequence[tuple[str, Mapping[str, str], Mapping[str, str]]] = (
        ("Fee schedule", last.releases, now.releases),
        ("Payer", given[0], given[1]),
        ("Rule", rules[0], rules[1]),
        ("Term", last.terms, now.terms),
    )
    for kind, before, after in sides:
        for key in (*after, *(each for each in before if each not in after)):
            one, other = before.get(key, NOT_THERE), after.get(key, NOT_THERE)
            if one != other:
                found.append((kind, key, one, other))
    return found


def _rules(last: RunStanding, now: RunStanding) -> Iterator[dict[str, str]]:
    """Give both sides' rules of the payers that stand on both, as far as both sides tell of them.

    They go under the payer's name where either side has several.
    """
    several = len(last.payers) > 1 or len(now.payers) > 1
    for side, other in ((last, now), (now, last)):
        yield {
            f"{payer}: {rule}" if several else rule: page
            for (payer, rule), page in side.rules.items()
            if payer in other.payers and (other.payers[payer] or (payer, rule) in other.rules)
        }
