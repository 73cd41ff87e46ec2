"""A file's rows parted: typed claim lines where nothing is wrong, and which rows have a fault."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import polars as pl

from payrules.claims.checks.fault import Check
from payrules.claims.checks.judging import any_fault, by_value, few_values, read_by
from payrules.claims.checks.localities import Places
from payrules.claims.sheet import Sheet

#: Columns of the intake's own, while the files are put together.
FILE, ROW, _FAULTY = "_payrules_file", "_payrules_row", "_payrules_faulty"


def faultless(sheet: Sheet, number: int, places: Places) -> tuple[pl.DataFrame, pl.Series]:
    """Give a file's rows without faults, typed, and a mask of the rows that have one."""
    found = sheet.checks(places)
    judged, faults = _by_value(found, sheet)
    known = (
        sheet.prepared(places.zips)
        .with_columns(sheet.rows.alias(ROW))
        .select(
            ROW,
            *(check.value.alias(check.name) for check in found if check.name not in judged),
            any_fault([each for each in found if each.name not in judged]).alias(_FAULTY),
        )
        .collect(engine="in-memory")  # which leaves columns in one piece
    )
    faulty = reduce(or_, faults, known.get_column(_FAULTY))
    lines = known.with_columns(*judged.values()).select(
        *(check.name for check in found), ROW, pl.lit(number).alias(FILE)
    )
    return (lines.filter(~faulty) if faulty.any() else lines), faulty


def _by_value(
    found: Sequence[Check], sheet: Sheet
) -> tuple[dict[str, pl.Series], Sequence[pl.Series]]:
    """Judge the checks that read one text column of few different values, each value once.

    One that reads more is judged so by the check of its column alone, where that finds no fault.

    Gives the columns of the lines, and masks of the rows that have faults.
    """
    different = dict(sheet.different)
    judged: dict[str, pl.Series] = {}
    faults = []
    for check in found:
        by_itself = check.alone or check
        ours, *others = read_by(by_itself) or {""}
        if others or ours not in sheet.there:
            continue
        cells = sheet.cells(ours)
        if ours not in different:
            different[ours] = few_values(ours, cells)
        values = different[ours]
        if values is not None:
            value, faulty = by_value(by_itself, cells, values)
            if faulty is not None and check.alone is not None:
                continue
            judged[check.name] = value
            faults += [] if faulty is None else [faulty]
    return judged, faults
