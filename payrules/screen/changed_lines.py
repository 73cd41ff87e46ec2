"""The changed lines that the screen lists, and what changed of those whose allowed amount stays."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from payrules.claims.code_families import place_named
from payrules.scenarios.answer import lines_on_file
from payrules.scenarios.comparison import Comparison
from payrules.scenarios.words import dollars

#: Who pays a part of what is allowed, as a line's last column names them.
_SHARES = {"medicare_amount": "payer", "patient_amount": "patient"}
#: What is billed, or becomes of it.
_BILLED = {
    "hcpcs_code": "code",
    "modifiers": "modifiers",
    "place_of_service_code": "place of service",
    "status": "status",
}


def lines_listed(one: Comparison) -> pl.DataFrame:
    """Give the changed lines but those of which only the fee is another, and no amount paid.

    The fee of a bundled line is none that anybody pays.
    """
    lines = one.lines
    differ = lines["allowed_amount"].ne_missing(lines["allowed_amount_after"])
    for name in _SHARES:
        differ |= lines[name].fill_null(0) != lines[f"{name}_after"].fill_null(0)
    for name in _BILLED:
        differ |= lines[name].ne_missing(lines[f"{name}_after"])
    return lines_on_file(one).filter(differ)


def also_changed(row: dict[str, Any]) -> str:
    """Say what changed of a line whose allowed amount stays: who pays it, or what is billed."""
    return "" if row["change"] else "; ".join(_also(row))


def _also(row: dict[str, Any]) -> Iterator[str]:
    for name, words in _SHARES.items():
        before, after = row[name], row[f"{name}_after"]
        is_blank = [each is None and row["allowed_amount"] is not None for each in (before, after)]
        if name == "patient_amount" and is_blank == [False, True]:
            yield f"{words} {dollars(before)}, then not known"
        elif name == "patient_amount" and is_blank == [True, False]:
            yield f"{words} not known, then {dollars(after)}"
        elif (before or 0) != (after or 0):
            yield f"{words} {dollars(before or 0)}, then {dollars(after or 0)}"
    for name, words in _BILLED.items():
        before, after = row[name], row[f"{name}_after"]
        if before != after:
            yield f"{words} {_named(name, before)}, then {_named(name, after)}"


def _named(name: str, value: str | None) -> str:
    if not value:
        return "none"
    if name == "place_of_service_code":
        return place_named(value)
    return value.replace("_", " ") if name == "status" else value
