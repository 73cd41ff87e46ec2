"""Which rows of a schedule a change is about, each row of one change only, and within reason."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.claims.code_families import code_family
from payrules.code_ranges import in_ranges
from payrules.errors import ScenarioError
from payrules.within_reason import Range

Refuse = Callable[[str, str], ScenarioError]


def must_stay(
    frame: pl.DataFrame, columns: Iterable[str], kind: Range, place: str, refuse: Refuse
) -> None:
    """Refuse a change after which a number of the schedule is beyond reason."""
    for column in columns:
        most = frame[column].max()
        if isinstance(most, int) and most > kind.most_units:
            number = Decimal(most) / kind.scale
            raise refuse(place, f"makes a number {number:,}, and {kind.bounds} is within reason")


def each_once(
    rows: pl.DataFrame, changes: Sequence[Any], place: str, refuse: Refuse
) -> list[tuple[pl.Series, Any]]:
    """Give each change with the rows it is about; ScenarioError where two meet in a row."""
    taken = pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    found = []
    for number, change in enumerate(changes, 1):
        here = rows_of(rows, change)
        if (taken & here).any():
            code = rows["hcpcs_code"].filter(taken & here)[0]
            raise refuse(
                f"{place} entry {number}",
                f"changes {code}, which another entry changes too; separate their codes",
            )
        taken |= here
        found.append((here, change))
    return found


def rows_of(rows: pl.DataFrame, change: Any) -> pl.Series:
    """Mark the rows of a schedule that a change is about; an amount is one modifier row's."""
    here = of_codes(rows["hcpcs_code"], change)
    if getattr(change, "scale", None) is None:
        here &= rows["modifier"] == (change.modifier or "")
    elif getattr(change, "modifier", None) is not None:
        here &= rows["modifier"] == change.modifier
    return here


def of_codes(codes: pl.Series, change: Any) -> pl.Series:
    """Mark the codes that a change is about."""
    if not (change.codes or change.family):
        return pl.repeat(value=True, n=codes.len(), dtype=pl.Boolean, eager=True)
    marks = pl.repeat(value=False, n=codes.len(), dtype=pl.Boolean, eager=True)
    if change.codes:
        named = in_ranges(pl.col("code"), change.ranges())
        marks |= codes.to_frame("code").select(named).to_series()
    if change.family:
        marks |= code_family(codes).is_in(change.family)
    return marks.fill_null(value=False)
