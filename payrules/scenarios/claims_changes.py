"""Changes of the claims: what the lines that a `where` meets would be billed as."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.claims import Batch, columns, read_batch
from payrules.claims.checks.numbers import UNIT, may_be_fractions
from payrules.facility.sites import PLACE_OF_SITE, SITE_WORDS
from payrules.frozen import frozen
from payrules.money import WHOLE
from payrules.nearest import perhaps
from payrules.scenarios.conditions import (
    IDENTITY,
    Refuse,
    in_our_words,
    lines_met,
    met_words,
)
from payrules.scenarios.field_words import becomes
from payrules.scenarios.form import Claims
from payrules.scenarios.modifier_changes import with_modifiers
from payrules.scenarios.site_changes import STAYS, moved_to_site, part_of_encounters
from payrules.scenarios.words import plain, some
from payrules.schedules import Schedules
from payrules.within_reason import shown

#: The intake reads these into another column, which a scenario sets itself.
_INSTEAD = {"rendering_taxonomy": "practitioner_type", "service_zip": "locality"}


@frozen
class ChangedClaims:
    """Claim lines as a scenario bills them.

    `changed` marks lines that are billed differently; `volume` is how often each line counts, in
    ten-thousandths; `met` says for each change in words how many lines it bills otherwise.
    """

    lines: pl.DataFrame
    changed: pl.Series
    volume: pl.Series
    met: tuple[tuple[str, int], ...]


def change_claims(
    batch: Batch,
    changes: Sequence[Claims],
    schedules: Schedules,
    refuse: Refuse,
    payers: Collection[str] | None = None,
) -> ChangedClaims:
    """Bill lines as the changes say; each `where` looks at the lines, and at what they carry.

    It looks at them as they came, so the order of the changes does not count. `payers` are the
    names that a line's payer may be set to, where they are known. Raises ScenarioError where a
    change meets no line or bills none otherwise, or two set the same line differently.
    """
    lines, carried = batch.lines, batch.carried
    height = lines.height
    volume = pl.repeat(WHOLE, height, dtype=pl.Int64, eager=True)
    scaled = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
    values: dict[str, pl.Series] = {}
    written: dict[str, pl.Series] = {}
    added: dict[str, pl.Series] = {}
    dropped: dict[str, pl.Series] = {}
    met = []
    for number, change in enumerate(changes, 1):
        place = f"claims entry {number}"
        where = in_our_words(change.where, batch, place, refuse)
        rows = lines_met(lines, carried, where, place, refuse)
        here = _marked(height, rows)
        billed = _billed(change, here, batch, schedules, payers, place, refuse)
        here, typed = billed.here, billed.typed
        otherwise = _otherwise(lines, here, change, typed, place, refuse)
        met.append((f"{_words(change)} {met_words(change)}", int(otherwise.sum())))
        for column, value in typed.items():
            if column in values:
                both = here & written[column]
                if (both & ~values[column].eq_missing(_constant(value, values[column]))).any():
                    raise refuse(
                        place, f"sets {column} of lines that another entry sets to something else"
                    )
            else:
                values[column], written[column] = lines[column], _marked(height, rows.clear())
            fill = _constant(value, values[column])
            values[column] = pl.select(
                pl.when(here).then(fill).otherwise(values[column])
            ).to_series()
            written[column] |= here
        for modifier, mask, kept, other, verb in (
            *((each, mask, added, dropped, "drops") for each, mask in billed.adds.items()),
            *((each, mask, dropped, added, "adds") for each, mask in billed.drops.items()),
        ):
            if modifier in other and (other[modifier] & mask).any():
                raise refuse(
                    place, f"and another entry that {verb} modifier {modifier} meet the same lines"
                )
            kept[modifier] = kept.get(modifier, mask) | mask
        for times, mask in billed.volumes:
            if (scaled & mask & (volume != times)).any():
                raise refuse(
                    place, "gives lines a volume, and another entry gives them a different one"
                )
            volume = pl.select(pl.when(mask).then(times).otherwise(volume)).to_series()
            scaled |= mask
    _check_dropped(dropped, values, written, refuse)
    together = lines.with_columns(series.alias(name) for name, series in values.items())
    together = with_modifiers(together, added, dropped, refuse)
    _check_fractions(together, values, refuse)
    changed = _marked(height, pl.Series(dtype=pl.UInt32))
    for column in {*values, *(columns.MODIFIERS if added or dropped else ())}:
        changed |= lines[column].ne_missing(together[column])
    return ChangedClaims(together, changed, volume.alias("volume"), tuple(met))


def _check_fractions(lines: pl.DataFrame, values: Mapping[str, pl.Series], refuse: Refuse) -> None:
    """Refuse lines other than drugs' that a new code, or units, leaves with fractions of a unit."""
    if not {"hcpcs_code", "units_thousandths"} & {*values}:
        return
    wrong = lines.filter(pl.col("units_thousandths") % UNIT != 0, ~may_be_fractions())
    if wrong.height:
        units = (Decimal(wrong["units_thousandths"][0]) / UNIT).normalize()
        raise refuse(
            "claims",
            f"leaves {wrong['hcpcs_code'][0]} with {units:f} units: they must be whole, only drugs"
            " and biologicals have fractions; narrow the where",
        )


def _check_dropped(
    dropped: Mapping[str, pl.Series],
    values: Mapping[str, pl.Series],
    written: Mapping[str, pl.Series],
    refuse: Refuse,
) -> None:
    """Refuse to drop a modifier from lines that are set to carry it."""
    for modifier, here in dropped.items():
        for column in written.keys() & set(columns.MODIFIERS):
            if (here & written[column] & (values[column] == modifier)).any():
                raise refuse(
                    "drop_modifier", f"drops {modifier} from lines that are set to carry it"
                )


def _otherwise(
    lines: pl.DataFrame,
    here: pl.Series,
    change: Claims,
    typed: Mapping[str, Any],
    place: str,
    refuse: Refuse,
) -> pl.Series:
    """Mark the lines that a change bills otherwise; ScenarioError where a part of it bills none."""
    otherwise = here & pl.Series([change.volume is not None])
    if change.volume == WHOLE:
        raise refuse(f"{place}.volume", "changes nothing: each line already counts once")
    by_set = _marked(len(here), pl.Series(dtype=pl.UInt32))
    for column, value in typed.items():
        by_set |= here & lines[column].ne_missing(_constant(value, lines[column]))
    if typed and not by_set.any():
        raise refuse(
            f"{place}.set", "changes nothing: the lines it matches are already billed that way"
        )
    otherwise |= by_set
    for part, modifiers, there, fault in (
        ("add_modifier", change.add_modifier, False, "every line it matches already carries {}"),
        ("drop_modifier", change.drop_modifier, True, "no line it matches carries modifier {}"),
    ):
        for modifier in modifiers or []:
            carries = _marked(len(here), pl.Series(dtype=pl.UInt32))
            for name in columns.MODIFIERS:
                carries |= (lines[name] == modifier.upper()).fill_null(value=False)
            billed = here & (carries == there)
            if not billed.any():
                said = fault.format(modifier.upper())
                raise refuse(f"{place}.{part}", f"changes nothing: {said}")
            otherwise |= billed
    return otherwise


def _constant(value: Any, like: pl.Series) -> pl.Series:
    return pl.Series([value], dtype=like.dtype).new_from_index(0, like.len())


def _marked(height: int, rows: pl.Series) -> pl.Series:
    marks = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
    return marks.scatter(rows, values=True) if len(rows) else marks


# -- what they become --------------------------------------------------------------------------


@frozen
class _Billed:
    """How the lines of an entry are billed: which, with what values, modifiers and volumes."""

    here: pl.Series
    typed: dict[str, Any]
    adds: Mapping[str, pl.Series]
    drops: Mapping[str, pl.Series]
    volumes: Sequence[tuple[int, pl.Series]]


def _billed(
    change: Claims,
    here: pl.Series,
    batch: Batch,
    schedules: Schedules,
    payers: Collection[str] | None,
    place: str,
    refuse: Refuse,
) -> _Billed:
    """Say how an entry bills the lines it meets; those of a site moved to, with their encounters'.

    Raises ScenarioError where none can move.
    """
    lines = batch.lines
    if change.part is not None:
        here = part_of_encounters(lines, here, change.part)
    typed = _typed(change, batch, schedules, payers, place, refuse)
    moved = None
    if change.site_of_service is not None:
        moved = moved_to_site(lines, here, change.site_of_service, schedules)
        if not moved.moves.any():
            raise refuse(f"{place}.site_of_service", STAYS)
        here = moved.moves
        typed["place_of_service_code"] = PLACE_OF_SITE[change.site_of_service]
    adds = {modifier.upper(): here for modifier in change.add_modifier or []}
    drops = {modifier.upper(): here for modifier in change.drop_modifier or []}
    volumes = [] if change.volume is None else [(change.volume, here)]
    if moved is not None:
        adds, drops = {"26": moved.adds_26, **adds}, {"26": moved.drops_26, **drops}
        volumes.append((0, moved.facilitys))
    return _Billed(here, typed, adds, drops, volumes)


def _typed(
    change: Claims,
    batch: Batch,
    schedules: Schedules,
    payers: Collection[str] | None,
    place: str,
    refuse: Refuse,
) -> dict[str, Any]:
    """Give the set values as the lines hold them: read and checked as a claim line's would be."""
    lines, carried = batch.lines, batch.carried
    if not change.set_:
        return {}
    for name in change.set_:
        where = f"{place}.set.{name}"
        if name in IDENTITY:
            raise refuse(where, "identifies the line and cannot be changed")
        if name in _INSTEAD:
            raise refuse(where, f"cannot be set; set {_INSTEAD[name]}")
        if name in carried.columns:
            raise refuse(where, "is only carried through: no payment depends on it")
        if not columns.is_known(name):
            raise refuse(where, f"the claims have no such column{perhaps(name, columns.KNOWN)}")
        if columns.is_diagnosis(name) and name not in lines.columns:
            raise refuse(where, f"the batch has no column {name}; add one, even if it is blank")
        if name == "payer" and payers is not None:
            _must_be_given(change.set_[name], payers, where, refuse)
    if columns.JOINED_MODIFIERS in change.set_ and {*columns.MODIFIERS} & {*change.set_}:
        raise refuse(
            f"{place}.set.{columns.JOINED_MODIFIERS}",
            "sets every modifier, and another setting one of them; remove one",
        )
    row = {
        "claim_id": "1",
        "claim_line_number": "1",
        "person_id": "1",
        "claim_line_start_date": "2025-01-01",
        # Of a drug, which may have fractions of a unit: what lines are left with is checked later.
        "hcpcs_code": "J3490",
        "place_of_service_code": "11",
        "locality": "national",
    }
    row |= {name: _text(value) for name, value in change.set_.items()}
    checked = read_batch(pl.DataFrame([row]), localities=schedules.localities())
    if checked.rejects.height:
        fault = checked.rejects.row(0, named=True)
        raise refuse(f"{place}.set.{fault['column']}", str(fault["reason"]))
    names: list[str] = []
    for name in change.set_:
        names += columns.MODIFIERS if name == columns.JOINED_MODIFIERS else [name]
    found = checked.lines.row(0, named=True)
    return {columns.among_lines(name): found[columns.among_lines(name)] for name in names}


def _must_be_given(name: Any, payers: Collection[str], place: str, refuse: Refuse) -> None:
    """Refuse a payer who is none of those given: the first of them would price the lines."""
    known = {each.lower() for each in payers}
    if str(name).strip() and str(name).strip().lower() not in known:
        raise refuse(
            place,
            f"there is no payer '{shown(name)}' among those given ({some(sorted(payers))})"
            f"{perhaps(str(name), payers)}. Give its file with --payer",
        )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- words -------------------------------------------------------------------------------------


def _words(change: Claims) -> str:
    said = [becomes(name, value) for name, value in change.set_.items()]
    if change.site_of_service is not None:
        said.append(
            f"the service moves to the {SITE_WORDS[change.site_of_service]} (the practitioner's"
            " payment; --sites shows the facility's)"
        )
    said += [f"modifier {each} is added" for each in change.add_modifier or []]
    said += [f"modifier {each} is dropped" for each in change.drop_modifier or []]
    if change.volume is not None:
        said.append(f"the volume is times {plain(change.volume)}")
    part = "" if change.part is None else f", of {plain(change.part)} of the encounters,"
    return ", ".join(said) + part
