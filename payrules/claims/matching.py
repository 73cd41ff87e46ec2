"""Headings matched to our columns: by name, by the columns file, by a known synonym; or a question.

A heading is never taken for a column by likeness alone, and one that may be a column is never
passed over: the batch stops, with the line that answers the question.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from payrules.claims.columns import (
    JOINED_MODIFIERS,
    KNOWN,
    MODIFIERS,
    REQUIRED,
    check_headings_are_names,
    check_width,
    is_a_value,
    is_known,
    is_one_slip,
    listed,
    normal,
    shown,
)
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.synonyms import asks, key_of, meaning_of
from payrules.errors import ClaimsError
from payrules.frozen import frozen
from payrules.nearest import nearest

#: How a column came to be read.
BY_NAME, BY_SYNONYM, BY_FILE = "by its name", "as a known synonym", "by the columns file"
#: Headings stand in one of so many first rows: titles and dates of a report are above them.
_ROWS_SOUGHT = 20
#: A row that names so many needed columns is one of headings.
_FEW_KNOWN = 3
_FURTHER_MODIFIERS = frozenset(f"modifier{number}" for number in range(len(MODIFIERS) + 1, 20))


@frozen
class Matched:
    """Which heading each of our columns is read from.

    `headings` maps our names to headings, `how` our names to the way they were found; `made` are
    the columns that the columns file makes of several headings, of a part of one, or of none;
    `aside` says of headings that may name a column of ours why they are only carried.
    """

    headings: Mapping[str, str]
    how: Mapping[str, str] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    aside: Mapping[str, str] = field(default_factory=dict)


def match_headings(headings: Iterable[str], said: ColumnsFile, name: str) -> Matched:
    """Match a file's headings to our names.

    Raises ClaimsError when two headings mean one column, a needed column is not there, or a
    heading may name a column that is not there: passed over, it would change amounts.
    """
    headings = list(headings)
    check_width(len(headings), name)
    made = _made(headings, said, name)
    matched, how = _told(headings, said, made, name)
    rest = [each for each in headings if each not in matched.values()]
    known, aside = _synonyms(rest, {*matched, *made}, said, name)
    matched |= known
    how |= dict.fromkeys(known, BY_SYNONYM)
    missing = [ours for ours in REQUIRED if ours not in matched and ours not in made]
    if missing:
        check_headings_are_names(headings, name)
        raise ClaimsError(_missing(missing, headings, said, name))
    rest = [each for each in rest if each not in matched.values() and each not in aside]
    _ask(rest, {*matched, *made}, said, name)
    return Matched(matched, how, made, aside)


def are_headings(names: Sequence[str]) -> bool:
    """Tell whether a row holds headings, of which some are known: no title, no person's name."""
    return not any(map(is_a_value, names)) and any(
        is_known(normal(each)) or meaning_of(each) for each in names
    )


def heading_row_of(rows: Sequence[Sequence[str]], said: ColumnsFile) -> int:
    """Give the number, from 1, of the first row that names every needed column.

    `rows` are the first of a file. A row that names them all is no title, and no claim line. Where
    none does the file cannot be read, and the row that names most of them is told about.
    """
    missed = []
    for number, row in enumerate(rows[:_ROWS_SOUGHT], 1):
        missed.append((len(lacking(row, said)), number))
        if not missed[-1][0]:
            return number
    fewest, number = min(missed, default=(len(REQUIRED), 1))
    if fewest <= len(REQUIRED) - _FEW_KNOWN:
        return number
    return next((number for number, row in enumerate(rows, 1) if any(map(str.strip, row))), 1)


def lacking(row: Sequence[str], said: ColumnsFile) -> set[str]:
    """Name the needed columns that headings do not tell."""
    there = {normal(each) for each in row}
    found = {*said.constants}
    found |= {ours for ours, theirs in said.columns.items() if normal(theirs) in there}
    found |= {"claim_line_number"} if said.numbers_lines else set()
    found |= {ours for ours, parts in said.several.items() if {*map(normal, parts)} <= there}
    for heading, template in said.joined.items():
        found |= {*template.columns} if normal(heading) in there else set()
    for heading in row:
        meaning = None if normal(heading) in REQUIRED else meaning_of(heading)
        found.add(meaning.ours if meaning else normal(heading))
    return set(REQUIRED) - found


def _made(headings: Sequence[str], said: ColumnsFile, name: str) -> frozenset[str]:
    """Name the columns that the columns file makes; ClaimsError where a part of one lacks."""
    there = {normal(heading) for heading in headings}
    made = {*said.constants}
    if said.numbers_lines:
        made.add("claim_line_number")
    for ours, parts in said.several.items():
        lacking = [part for part in parts if normal(part) not in there]
        if lacking and len(lacking) < len(parts):
            raise ClaimsError(
                f"{name} has no column '{shown(lacking[0])}', of which the columns file makes"
                f" '{ours}'."
            )
        if not lacking:
            made.add(ours)
    for heading, template in said.joined.items():
        if normal(heading) in there:
            made |= {*template.columns}
    return frozenset(made)


def _told(
    headings: Sequence[str], said: ColumnsFile, made: frozenset[str], name: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Match headings that are our names, or that the columns file maps; the latter win."""
    there = {normal(heading) for heading in headings}
    mapped = {
        normal(theirs): ours
        for ours, theirs in said.columns.items()
        if normal(theirs) in there and ours not in made
    }
    matched: dict[str, str] = {}
    how: dict[str, str] = {}
    for heading in headings:
        given = normal(heading)
        ours = mapped.get(given, given)
        is_mapped = given in mapped
        if not is_mapped and (ours in mapped.values() or ours in made or not is_known(ours)):
            continue
        if not is_mapped and given in said.carry:
            continue
        if ours in matched:
            raise ClaimsError(
                f"{name} has two columns for '{ours}': '{shown(matched[ours])}'"
                f" and '{shown(heading)}'; remove or rename one."
            )
        matched[ours] = heading
        how[ours] = BY_FILE if is_mapped else BY_NAME
    return matched, how


def _synonyms(
    rest: Sequence[str], told: set[str], said: ColumnsFile, name: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Match headings that are known synonyms of columns not told; give those left aside, and why.

    Raises ClaimsError where two of one rank may be a column: which it is would be a guess.
    """
    candidates: dict[str, dict[int, list[str]]] = {}
    aside: dict[str, str] = {}
    for heading in rest:
        meaning = None if normal(heading) in said.carry else meaning_of(heading)
        if meaning is None:
            continue
        if meaning.ours in told:
            aside[heading] = f"{meaning.ours} is read from another column, or is told"
        else:
            candidates.setdefault(meaning.ours, {}).setdefault(meaning.rank, []).append(heading)
    _one_way_of_modifiers(candidates, told, name)
    found: dict[str, str] = {}
    for ours, ranks in candidates.items():
        first, *others = (headings for _, headings in sorted(ranks.items()))
        if len(first) > 1:
            raise ClaimsError(_which(ours, first, name))
        (found[ours],) = first
        for heading in (each for headings in others for each in headings):
            aside[heading] = f"{ours} is read from '{shown(found[ours])}'"
    return found, aside


def _one_way_of_modifiers(
    candidates: dict[str, dict[int, list[str]]], told: set[str], name: str
) -> None:
    """Take "Modifier" beside "Modifier 2" for the first; modifiers in both ways are asked about."""
    numbered = [each for each in MODIFIERS if each in candidates or each in told]
    joined = candidates.get(JOINED_MODIFIERS)
    if joined and numbered and MODIFIERS[0] not in numbered:
        candidates[MODIFIERS[0]] = candidates.pop(JOINED_MODIFIERS)
    elif (joined and numbered) or (JOINED_MODIFIERS in told and {*numbered} & {*candidates}):
        both = [
            heading
            for ours, ranks in candidates.items()
            if ours in (*MODIFIERS, JOINED_MODIFIERS)
            for headings in ranks.values()
            for heading in headings
        ]
        quoted = ", ".join(f"'{shown(each)}'" for each in both)
        raise ClaimsError(
            f"{name} has modifiers in one column and in several ({quoted}); which of them hold the"
            " modifiers? Name the others in a --columns file, in a line such as"
            f" carry = [{_in_toml(both[0])}]."
        )


def _which(ours: str, headings: Sequence[str], name: str) -> str:
    quoted = " and ".join(f"'{shown(each)}'" for each in headings)
    return (
        f"{name} has {quoted}, each of which may be '{ours}'. Say which it is in a --columns file,"
        f" under [columns]: {ours} = {_in_toml(headings[0])}"
    )


def _ask(rest: Sequence[str], there: set[str], said: ColumnsFile, name: str) -> None:
    """Stop at a heading that may be a column which is not there."""
    absent = [ours for ours in KNOWN if ours not in there]
    if JOINED_MODIFIERS in there or there & {*MODIFIERS}:
        # Modifiers are there one way; the other's names are near to anything with a number.
        absent = [ours for ours in absent if ours != JOINED_MODIFIERS]
    for heading in sorted(set(rest), key=rest.index):
        if normal(heading) in said.carry:
            continue
        if key_of(heading).replace("hcpcs", "") in _FURTHER_MODIFIERS:
            raise ClaimsError(
                f"{name} has a column '{shown(heading)}'; payrules reads 'hcpcs_modifier_1' to"
                " 'hcpcs_modifier_5'. Put the modifiers of a line into these, or all into one"
                " column 'hcpcs_modifiers'."
            )
        slips = [ours for ours in absent if is_one_slip(normal(heading), ours)]
        meant = slips[0] if slips else asks(heading, absent)
        if meant is not None:
            near = "one slip away from" if slips else "which may be"
            raise ClaimsError(
                f"{name} has a column '{shown(heading)}', {near} '{meant}', which payrules reads."
                " If it is that, say so in a --columns file, under [columns]:"
                f" {meant} = {_in_toml(heading)}; if it is something else, above [columns]:"
                f" carry = [{_in_toml(heading)}]"
            )


def _in_toml(heading: str) -> str:
    escaped = shown(heading).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _missing(missing: Sequence[str], headings: Sequence[str], said: ColumnsFile, name: str) -> str:
    sought = []
    there = [normal(heading) for heading in headings]
    for ours in missing:
        theirs = said.columns.get(ours)
        by_normal = {normal(heading): heading for heading in headings}
        near = [shown(by_normal[each]) for each in nearest(normal(theirs or ours), by_normal)]
        sought.append(
            (f"'{shown(theirs)}' (for {ours})" if theirs else f"'{ours}'")
            + (f" (nearest: {', '.join(repr(match) for match in near)})" if near else "")
        )
    # Headings of which none is nearly ours may be no headings: a title, with a person's name in it.
    are_headings = (
        any("nearest" in each for each in sought)
        or any(map(is_known, there))
        or any(map(meaning_of, headings))
    )
    said_of = (
        f"it has {listed(headings)}" if are_headings else "no cell of its first row is like one"
    )
    return (
        f"{name} has no column {', '.join(sought)}; {said_of}. Rename them, or name them in a"
        " --columns file; `payrules columns` writes one to begin with."
    )
