"""What the tables and indicators say of two codes together: edits, add-ons, families, ranking."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl

from payrules.code_page.indicators import MULTIPLE, PAIR_MODIFIER
from payrules.code_page.neighbours import links, rows_on
from payrules.engine.visits import HOME_VISITS, OFFICE_VISITS
from payrules.frozen import frozen
from payrules.rules.visit_complexity import AT_HOME, BESIDE_PREVENTIVE, visit_complexity
from payrules.schedules import Release, Schedules

COMPLEXITY = "G2211"
_COMPLEXITY = "G2211 is paid beside {0} of one practitioner and day; where {0} has 25, "


def _beside_25(day: date) -> str:
    """Say what is paid beside a visit with 25."""
    return "only beside a preventive service" if BESIDE_PREVENTIVE.at(day) else "it is not"


@frozen
class Relation:
    """Two codes, and what the tables and indicators say of them together."""

    codes: tuple[str, ...]
    says: tuple[str, ...]


def among(
    codes: Sequence[str], release: Release, schedules: Schedules, day: date
) -> list[Relation]:
    """Give what the tables say of each two of several codes: edits, add-ons, endoscopy families.

    Two codes of which no table says anything have no entry.
    """
    asked = list(codes)
    found: dict[frozenset[str], list[str]] = {}

    def say(one: str, other: str, what: str) -> None:
        if one != other:
            found.setdefault(frozenset((one, other)), []).append(what)

    both = pl.all_horizontal(pl.col("column_1_code", "column_2_code").is_in(asked))
    pairs = rows_on(schedules, "ptp", day, both)
    if pairs is not None:
        edits = pairs.filter(pl.col("modifier_indicator") != "9")
        for row in edits.sort("column_1_code", "column_2_code").iter_rows(named=True):
            one, other, kind = (
                row[name] for name in ("column_1_code", "column_2_code", "modifier_indicator")
            )
            say(one, other, f"NCCI pair: {one} is paid, {other} is not ({PAIR_MODIFIER[kind]})")
    for add_on in asked:
        primaries, _ = links(add_on, release, schedules, day)
        for link in primaries:
            if link.code in asked:
                say(add_on, link.code, f"{add_on} is an add-on of {link.code}")
            elif link.code == "any":
                for other in asked:
                    say(add_on, other, f"{add_on} is an add-on: {link.meaning}")
    if COMPLEXITY in asked and day >= visit_complexity.effective:
        for visit in asked:
            if visit in OFFICE_VISITS or (visit in HOME_VISITS and AT_HOME.at(day)):
                say(COMPLEXITY, visit, _COMPLEXITY.format(visit) + _beside_25(day))
    held = release.codes.filter((pl.col("modifier") == "") & pl.col("hcpcs_code").is_in(asked))
    held = held.unique("hcpcs_code")
    of_code = {row["hcpcs_code"]: row for row in held.iter_rows(named=True)}
    for one, other in combinations([code for code in asked if code in of_code], 2):
        _rank(of_code[one], of_code[other], say)
    order = {code: place for place, code in enumerate(asked)}
    return [
        Relation(tuple(sorted(pair, key=order.__getitem__)), tuple(dict.fromkeys(said)))
        for pair, said in sorted(found.items(), key=lambda each: sorted(map(order.get, each[0])))  # type: ignore[type-var]
    ]


def _rank(
    one: Mapping[str, Any], other: Mapping[str, Any], say: Callable[[str, str, str], None]
) -> None:
    """Say whether two codes are ranked together in a session, and are of one endoscopy family."""
    codes = one["hcpcs_code"], other["hcpcs_code"]
    base, other_base = (each["endoscopic_base_code"] or "" for each in (one, other))
    if base and base == other_base:
        what = "the lower is paid less the base, and the family is ranked as one"
        say(*codes, f"one endoscopy family, of base {base}: {what}")
        return
    for member, its_base in (codes, base), (codes[::-1], other_base):
        if its_base == member[1]:
            say(*codes, f"{member[1]} is the endoscopic base of {member[0]}: inside its amount")
            return
    indicators = {each["multiple_procedure_indicator"] for each in (one, other)}
    if indicators <= {"2", "3"}:
        say(*codes, f"ranked together in a session: {MULTIPLE['2']}")
    elif len(indicators) == 1 and (same := indicators.pop()) in "4567":
        say(*codes, f"reduced together on a day: {MULTIPLE[same]}")
