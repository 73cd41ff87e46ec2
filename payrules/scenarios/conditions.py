"""Conditions of a scenario: which claim lines a `where` meets, and what to say where none."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from payrules.claims import Batch, columns
from payrules.claims.checks.dates import read_day
from payrules.claims.code_families import code_family
from payrules.code_ranges import in_ranges
from payrules.errors import ScenarioError
from payrules.money import read_scaled
from payrules.nearest import perhaps
from payrules.scenarios.field_words import asked_for, held, meets
from payrules.scenarios.form import Claims, cell, code_range
from payrules.scenarios.words import some
from payrules.within_reason import THRESHOLD, shown

#: What a line is; changing these would make it another patient's, or another line.
IDENTITY = ("claim_id", "claim_line_number", "person_id")
#: Values of these may be named in messages: they tell nobody who is who.
_NAMEABLE = ("hcpcs_code", "place_of_service_code", "locality", "practitioner_type", "payer")
#: Decimals of the columns that hold more than whole numbers; to cut one would meet other lines.
_DECIMALS = {"units_thousandths": 3, "mips_adjustment_percent": 2} | dict.fromkeys(
    columns.AMOUNTS.values(), 2
)
Refuse = Callable[[str, str], ScenarioError]


def in_our_words(
    where: Mapping[str, Any], batch: Batch, place: str, refuse: Refuse
) -> dict[str, Any]:
    """Give conditions on our columns, which may be written under the batch's own headings.

    A name of ours, or of a column that is carried, is that one. A heading that is read as one
    column of ours in one file and as another in the next stays as it is, and is refused.
    """
    read_as: dict[str, set[str]] = {}
    for reading in batch.readings:
        for each in reading.columns:
            if each.heading is not None and each.read_as and columns.is_known(each.read_as):
                read_as.setdefault(columns.normal(each.heading), set()).add(each.read_as)
    ours: dict[str, Any] = {}
    for name, value in where.items():
        meant = read_as.get(columns.normal(name), set())
        is_ours = columns.is_known(name) or name in batch.carried.columns
        known = name if is_ours or len(meant) != 1 else meant.pop()
        if known in ours:
            raise refuse(
                f"{place}.where.{name}", f"is {known}, for which there is already a condition"
            )
        ours[known] = value
    return ours


def lines_met(
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
            f"{place}.where",
            f"matches no line: its conditions meet lines alone ({alone}), none all",
        )
    return together.arg_true()


def _meets_none(lines: pl.DataFrame, name: str, value: Any) -> str:
    if name in (*IDENTITY, "rendering_npi", "billing_npi", "billing_tin"):
        return "matches no line of the batch"
    said = f"matches no line of the batch: {asked_for(name, value)}"
    if name in _NAMEABLE:
        values = sorted(str(each) for each in lines[name].drop_nulls().unique())
        wanted = str(value[0] if isinstance(value, list) else value)
        near = perhaps(wanted, values)
        told = some([held(name, each) for each in values])
        there = f"; there are {told}" if values else "; no line names one"
        return said + (near or there)
    if name == "code_family":
        values = sorted(code_family(lines["hcpcs_code"]).drop_nulls().unique())
        return f"{said}; there are {', '.join(values)}"
    return said


def _test(
    lines: pl.DataFrame, carried: pl.DataFrame, name: str, value: Any, place: str, refuse: Refuse
) -> pl.Series:
    wanted = _values(value, place, refuse)
    if name in {"modifier", "code_family"}:
        if any(isinstance(each, Mapping) for each in wanted):
            raise refuse(
                place, "is a range, but its values have no order; write a value, or a list of them"
            )
        if name == "code_family":
            return _is_among(code_family(lines["hcpcs_code"]), wanted)
        return _has_modifier(lines, [str(each).upper() for each in wanted])
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
    for each in wanted:
        holds |= _one_test(series, name, each, place, refuse).fill_null(value=False)
    return holds


def _values(value: Any, place: str, refuse: Refuse) -> list[Any]:
    """Give the values and ranges of a condition; ScenarioError for what no column can hold."""
    wanted = _listed(value)
    if not wanted:
        raise refuse(place, "is an empty list; name one value or more")
    for each in wanted:
        if isinstance(each, Mapping) and (set(each) - {"from", "to"} or not each):
            raise refuse(place, "is a table; a range has 'from', 'to', or both (inclusive)")
        for bound in each.values() if isinstance(each, Mapping) else [each]:
            try:
                cell(bound)
            except ValueError as fault:
                raise refuse(place, str(fault)) from None
    return wanted


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _is_among(series: pl.Series, wanted: list[Any]) -> pl.Series:
    return series.is_in([str(each) for each in wanted]).fill_null(value=False)


def _has_modifier(lines: pl.DataFrame, wanted: list[str]) -> pl.Series:
    """Mark the lines that carry one of the modifiers; "" is a line that carries none."""
    carries = [pl.col(each).is_in(wanted).fill_null(value=False) for each in columns.MODIFIERS]
    if "" in wanted:
        carries.append(pl.all_horizontal(pl.col(each).is_null() for each in columns.MODIFIERS))
    return lines.select(pl.any_horizontal(carries)).to_series()


def _one_test(series: pl.Series, name: str, value: Any, place: str, refuse: Refuse) -> pl.Series:
    if isinstance(value, Mapping):
        holds = series.is_not_null()
        if "from" in value:
            cells, bound = _in_order(series, value["from"], name, place, refuse)
            holds &= cells >= bound
        if "to" in value:
            cells, bound = _in_order(series, value["to"], name, place, refuse)
            holds &= cells <= bound
        return holds
    if isinstance(value, str) and value == "":
        return series.is_null() | (series.cast(pl.String) == "").fill_null(value=False)
    if name == "hcpcs_code" and isinstance(value, str) and "-" in value:
        try:
            first, last = code_range(value)
        except ValueError as fault:
            raise refuse(place, str(fault)) from None
        codes = series.to_frame("code")
        return codes.select(in_ranges(pl.col("code"), [(first, last)])).to_series()
    same: pl.Series = series == _as_stored(value, series, name, place, refuse)
    return same


def _in_order(
    series: pl.Series, bound: Any, name: str, place: str, refuse: Refuse
) -> tuple[pl.Series, Any]:
    """Give a column and a bound as what can be put in order.

    Text is compared as numbers or as days where the bound and every cell is one: as text, 9 would
    lie above 10.
    """
    if series.dtype != pl.String:
        return series, _as_stored(bound, series, name, place, refuse)
    written = series.replace("", None)
    for read in (lambda text: read_scaled(text, THRESHOLD.decimals), read_day):
        cells, (limit,) = (
            pl.select(read(pl.lit(texts))).to_series()
            for texts in (written, pl.Series([str(bound)]))
        )
        if limit is not None and cells.null_count() == written.null_count():
            return cells, limit
    if not isinstance(bound, str):
        raise refuse(
            place,
            f"is a range of text, where {shown(str(bound))} has no place: some lines hold no"
            f" {'day' if isinstance(bound, date) else 'number'} there. Put it in quotation marks"
            " to compare letter by letter",
        )
    return series, _as_stored(bound, series, name, place, refuse)


def _as_stored(value: Any, series: pl.Series, name: str, place: str, refuse: Refuse) -> Any:
    """Give a value as the claim lines hold it."""
    fault = refuse(place, f"cannot be compared with {shown(str(value))}; write it as the claims do")
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
        of_column = replace(THRESHOLD, decimals=_DECIMALS.get(series.name, 0))
        try:
            return of_column.units(of_column.read(value))
        except ValueError as error:
            raise refuse(place, str(error)) from None
    text = str(value)
    return text.upper() if name in {"hcpcs_code", *columns.MODIFIERS} else text


def met_words(change: Claims) -> str:
    """Say which lines a change is about."""
    if not change.where:
        return "on every line"
    return "where " + " and ".join(meets(name, value) for name, value in change.where.items())
