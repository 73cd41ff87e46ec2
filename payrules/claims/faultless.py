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
        .collect()
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

    Gives the columns of the lines, and masks of the rows that have faults.
    """
    different = dict(sheet.different)
    judged: dict[str, pl.Series] = {}
    faults = []
    for check in found:
        ours, *others = read_by(check) or {""}
        if others or ours not in sheet.there:
            continue
        cells = sheet.cells(ours)
        if ours not in different:
            different[ours] = few_values(cells)
        values = different[ours]
        if values is not None:
            judged[check.name], faulty = by_value(check, cells, values)
            faults += [] if faulty is None else [faulty]
    return judged, faults
