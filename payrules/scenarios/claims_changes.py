"""Changes of the claims: which lines a `where` meets, and what they would be billed as."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from payrules.claims import Batch, check_batch, columns
from payrules.errors import ScenarioError
from payrules.money import WHOLE
from payrules.scenarios.form import Claims
from payrules.scenarios.words import perhaps, plain
from payrules.schedules import Schedules
from payrules.within_reason import THRESHOLD
from payrules.workbook.code_families import code_family

#: What a line is; changing these would make it another patient's, or another line.
_IDENTITY = ("claim_id", "claim_line_number", "person_id")
#: The intake reads these into another column, which a scenario sets itself.
_INSTEAD = {"rendering_taxonomy": "practitioner_type", "service_zip": "locality"}
#: Values of these may be named in messages: they tell nobody who is who.
_NAMEABLE = ("hcpcs_code", "place_of_service_code", "locality", "practitioner_type", "payer")
_SCALES = {"units_thousandths": 1000} | {columns.among_lines(name): 100 for name in columns.AMOUNTS}
Refuse = Callable[[str, str], ScenarioError]


@dataclass(frozen=True)
class ChangedClaims:
    """Claim lines as a scenario bills them.

    `changed` marks lines that are billed differently; `volume` is how often each line counts, in
    ten-thousandths; `met` says for each change in words how many lines it meets.
    """

    lines: pl.DataFrame
    changed: pl.Series
    volume: pl.Series
    met: tuple[tuple[str, int], ...]


def change_claims(
    batch: Batch, changes: Sequence[Claims], schedules: Schedules, refuse: Refuse
) -> ChangedClaims:
    """Bill lines as the changes say; each `where` looks at the lines, and at what they carry.

    It looks at them as they came, so the order of the changes does not count. Raises ScenarioError
    where a change meets no line, or two set the same line differently.
    """
    lines, carried = batch.lines, batch.carried
    height = lines.height
    changed = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
    volume = pl.repeat(WHOLE, height, dtype=pl.Int64, eager=True)
    scaled = changed
    values: dict[str, pl.Series] = {}
    written: dict[str, pl.Series] = {}
    added: dict[str, pl.Series] = {}
    dropped: dict[str, pl.Series] = {}
    met = []
    for number, change in enumerate(changes, 1):
        place = f"claims entry {number}"
        rows = _rows(lines, carried, change.where, place, refuse)
        met.append((f"{_words(change)} {_met_words(change)}", len(rows)))
        here = _marked(height, rows)
        for column, value in _typed(change, carried, schedules, place, refuse).items():
            if column in values:
                both = here & written[column]
                if (both & ~values[column].eq_missing(_constant(value, values[column]))).any():
                    raise refuse(place, f"sets {column} of lines that another entry sets otherwise")
            else:
                values[column], written[column] = lines[column], _marked(height, rows.clear())
            fill = _constant(value, values[column])
            values[column] = pl.select(
                pl.when(here).then(fill).otherwise(values[column])
            ).to_series()
            written[column] |= here
            changed |= here
        for modifier, kept, other, verb in (
            *((m.upper(), added, dropped, "drops") for m in change.add_modifier or []),
            *((m.upper(), dropped, added, "adds") for m in change.drop_modifier or []),
        ):
            if modifier in other and (other[modifier] & here).any():
                raise refuse(
                    place, f"and another entry that {verb} modifier {modifier} meet the same lines"
                )
            kept[modifier] = kept.get(modifier, _marked(height, rows.clear())) | here
            changed |= here
        if change.volume is not None:
            if (scaled & here & (volume != change.volume)).any():
                raise refuse(place, "gives a volume to lines that another entry gives another")
            volume = pl.select(pl.when(here).then(change.volume).otherwise(volume)).to_series()
            scaled |= here
    together = lines.with_columns(series.alias(name) for name, series in values.items())
    together = _with_modifiers(together, added, dropped, refuse)
    return ChangedClaims(together, changed, volume.alias("volume"), tuple(met))


def _constant(value: Any, like: pl.Series) -> pl.Series:
    return pl.Series([value], dtype=like.dtype).new_from_index(0, like.len())


def _marked(height: int, rows: pl.Series) -> pl.Series:
    marks = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
    return marks.scatter(rows, values=True) if len(rows) else marks


# -- which lines -------------------------------------------------------------------------------


def _rows(
    lines: pl.DataFrame, carried: pl.DataFrame, where: Mapping[str, Any], place: str, refuse: Refuse
) -> pl.Series:
    """Give the numbers of the lines that a `where` meets; ScenarioError where there are none."""
    tests = {name: _test(lines, carried, name, value, f"{place}.where.{name}", refuse)
             for name, value in where.items()}  # fmt: skip
    for name, test in tests.items():
        if not test.any():
            raise refuse(f"{place}.where.{name}", _meets_none(lines, name, where[name]))
    together = pl.repeat(value=True, n=lines.height, dtype=pl.Boolean, eager=True)
    for test in tests.values():
        together &= test
    if not together.any():
        alone = ", ".join(f"{name} {test.sum():,}" for name, test in tests.items())
        raise refuse(
            f"{place}.where", f"meets no line: its conditions meet lines alone ({alone}), none all"
        )
    return together.arg_true()


def _meets_none(lines: pl.DataFrame, name: str, value: Any) -> str:
    if name in (*_IDENTITY, "rendering_npi", "billing_npi", "billing_tin"):
        return "meets no line of the batch"
    said = f"meets no line of the batch: {_value_words(value)}"
    if name in _NAMEABLE:
        values = sorted(str(each) for each in lines[name].drop_nulls().unique())
        wanted = str(value[0] if isinstance(value, list) else value)
        near = perhaps(wanted, values)
        return said + (near or f"; there are {', '.join(values[:12])}")
    if name == "code_family":
        values = sorted(code_family(lines["hcpcs_code"]).drop_nulls().unique())
        return f"{said}; there are {', '.join(values)}"
    return said


def _test(
    lines: pl.DataFrame, carried: pl.DataFrame, name: str, value: Any, place: str, refuse: Refuse
) -> pl.Series:
    if name == "modifier":
        wanted = [str(each).upper() for each in _listed(value) if each != ""]
        if not wanted:
            return lines.select(
                pl.all_horizontal(pl.col(each).is_null() for each in columns.MODIFIERS)
            ).to_series()
        return lines.select(
            pl.any_horizontal(
                pl.col(each).is_in(wanted).fill_null(value=False) for each in columns.MODIFIERS
            )
        ).to_series()
    if name == "code_family":
        return code_family(lines["hcpcs_code"]).is_in(_listed(value)).fill_null(value=False)
    column = columns.among_lines(name)
    source = carried if name in carried.columns else lines
    if column not in source.columns:
        known = [*columns.KNOWN, "modifier", "code_family"]
        known += [each for each in (*lines.columns, *carried.columns) if each not in known]
        raise refuse(
            place,
            f"the claims have no such column{perhaps(name, known)}. A condition names a column of"
            " the claims, 'modifier' or 'code_family'",
        )
    series = source[column]
    holds = pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    for each in _listed(value):
        holds |= _one_test(series, name, each, place, refuse).fill_null(value=False)
    return holds


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _one_test(series: pl.Series, name: str, value: Any, place: str, refuse: Refuse) -> pl.Series:
    def read(bound: Any) -> Any:
        return _as_stored(bound, series, name, place, refuse)

    if isinstance(value, Mapping):
        unknown = set(value) - {"from", "to"}
        if unknown or not value:
            raise refuse(place, "is a table; a range has 'from', 'to', or both (inclusive)")
        holds = series.is_not_null()
        if "from" in value:
            holds &= series >= read(value["from"])
        if "to" in value:
            holds &= series <= read(value["to"])
        return holds
    if name == "hcpcs_code" and isinstance(value, str) and "-" in value:
        first, last = (part.strip().upper() for part in value.split("-", 1))
        return series.is_between(pl.lit(first), pl.lit(last))
    same: pl.Series = series == read(value)
    return same


def _as_stored(value: Any, series: pl.Series, name: str, place: str, refuse: Refuse) -> Any:
    """Give a value as the claim lines hold it."""
    fault = refuse(place, f"cannot be compared with {value!r}; write it as the claims do")
    if series.dtype == pl.Boolean:
        if isinstance(value, bool):
            return value
        raise fault
    if series.dtype == pl.Date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            raise fault from None
    if series.dtype.is_integer():
        try:
            number = THRESHOLD.read(value)
        except ValueError as error:
            raise refuse(place, str(error)) from None
        return int(number * _SCALES.get(series.name, 1))
    text = str(value)
    return text.upper() if name in {"hcpcs_code", *columns.MODIFIERS} else text


# -- what they become --------------------------------------------------------------------------


def _typed(
    change: Claims, carried: pl.DataFrame, schedules: Schedules, place: str, refuse: Refuse
) -> dict[str, Any]:
    """Give the set values as the lines hold them: read and checked as a claim line's would be."""
    if not change.set_:
        return {}
    for name in change.set_:
        where = f"{place}.set.{name}"
        if name in _IDENTITY:
            raise refuse(where, "says which line it is, and cannot be changed")
        if name in _INSTEAD:
            raise refuse(where, f"cannot be set; set {_INSTEAD[name]}")
        if name in carried.columns:
            raise refuse(where, "is only carried: no payment depends on it")
        if not columns.is_known(name):
            raise refuse(where, f"the claims have no such column{perhaps(name, columns.KNOWN)}")
    row = {
        "claim_id": "1",
        "claim_line_number": "1",
        "person_id": "1",
        "claim_line_start_date": "2025-01-01",
        "hcpcs_code": "99213",
        "place_of_service_code": "11",
        "locality": "national",
    }
    row |= {name: _text(value) for name, value in change.set_.items()}
    checked = check_batch(pl.DataFrame([row]), localities=schedules.localities())
    if checked.rejects.height:
        fault = checked.rejects.row(0, named=True)
        raise refuse(f"{place}.set.{fault['column']}", str(fault["reason"]))
    names: list[str] = []
    for name in change.set_:
        names += columns.MODIFIERS if name == columns.JOINED_MODIFIERS else [name]
    found = checked.lines.row(0, named=True)
    return {columns.among_lines(name): found[columns.among_lines(name)] for name in names}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with_modifiers(
    lines: pl.DataFrame,
    added: Mapping[str, pl.Series],
    dropped: Mapping[str, pl.Series],
    refuse: Refuse,
) -> pl.DataFrame:
    """Add and drop modifiers; on the lines that are met, those that stay move up."""
    if not (added or dropped):
        return lines
    for modifier in added:
        if len(modifier) != 2 or not modifier.isalnum():
            raise refuse("add_modifier", f"'{modifier}' is no modifier; it has two characters")
    touched = pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    for mask in (*added.values(), *dropped.values()):
        touched |= mask
    rows = touched.arg_true()
    kept = pl.concat_list(columns.MODIFIERS)
    for modifier, mask in dropped.items():
        without = kept.list.filter(pl.element() != modifier)
        kept = pl.when(pl.lit(mask.gather(rows))).then(without).otherwise(kept)
    kept = kept.list.drop_nulls()
    for modifier, mask in added.items():
        missing = pl.lit(mask.gather(rows)) & ~kept.list.contains(modifier)
        more = pl.concat_list(kept, pl.lit(modifier))
        kept = pl.when(missing).then(more).otherwise(kept)
    billed = lines.select(columns.MODIFIERS)[rows].select(modifiers=kept)["modifiers"]
    over = int((billed.list.len() > len(columns.MODIFIERS)).sum())
    if over:
        raise refuse(
            "add_modifier",
            f"{over:,} of the lines it meets carry five modifiers already, all that fit",
        )
    return lines.with_columns(
        lines[name].clone().scatter(rows, billed.list.get(place, null_on_oob=True))
        for place, name in enumerate(columns.MODIFIERS)
    )


# -- words -------------------------------------------------------------------------------------


def _value_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {each}" for key, each in value.items())
    return " or ".join(map(str, _listed(value))) or "none"


def _met_words(change: Claims) -> str:
    if not change.where:
        return "on every line"
    return "where " + " and ".join(
        f"{name} is {_value_words(value)}" for name, value in change.where.items()
    )


def _words(change: Claims) -> str:
    said = [f"{name} becomes {value}" for name, value in change.set_.items()]
    said += [f"modifier {each} is added" for each in change.add_modifier or []]
    said += [f"modifier {each} is dropped" for each in change.drop_modifier or []]
    if change.volume is not None:
        said.append(f"the volume is times {plain(change.volume)}")
    return ", ".join(said)
