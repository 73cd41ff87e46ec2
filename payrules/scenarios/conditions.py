"""Conditions of a scenario: which claim lines a `where` meets, and what to say where none."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl

from payrules.claims import columns
from payrules.errors import ScenarioError
from payrules.scenarios.form import Claims
from payrules.scenarios.words import perhaps
from payrules.within_reason import THRESHOLD
from payrules.workbook.code_families import code_family

#: What a line is; changing these would make it another patient's, or another line.
IDENTITY = ("claim_id", "claim_line_number", "person_id")
#: Values of these may be named in messages: they tell nobody who is who.
_NAMEABLE = ("hcpcs_code", "place_of_service_code", "locality", "practitioner_type", "payer")
_SCALES = {"units_thousandths": 1000} | {columns.among_lines(name): 100 for name in columns.AMOUNTS}
Refuse = Callable[[str, str], ScenarioError]


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
            f"{place}.where", f"meets no line: its conditions meet lines alone ({alone}), none all"
        )
    return together.arg_true()


def _meets_none(lines: pl.DataFrame, name: str, value: Any) -> str:
    if name in (*IDENTITY, "rendering_npi", "billing_npi", "billing_tin"):
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


def _value_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {each}" for key, each in value.items())
    return " or ".join(map(str, _listed(value))) or "none"


def met_words(change: Claims) -> str:
    """Say which lines a change is about."""
    if not change.where:
        return "on every line"
    return "where " + " and ".join(
        f"{name} is {_value_words(value)}" for name, value in change.where.items()
    )
