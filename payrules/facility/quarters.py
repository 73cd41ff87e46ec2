"""Which quarter's addenda stand for a day: its own, or the latest earlier one of the same year."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from payrules.dated import quarter_of
from payrules.errors import UsageError
from payrules.schedules import TABLE_WORDS, Schedules


def quarter_for(schedules: Schedules, kind: str, day: date) -> tuple[date, str]:
    """Give the first day of the quarter whose table stands for a day, and what is said of it.

    What is said is blank where the quarter is the day's own. Raises UsageError where there is none:
    another year's rate is never taken.
    """
    published = [table.published_for for table in schedules.tables_in_use(kind)]
    quarter = max((of for of in published if of <= day and of.year == day.year), default=None)
    if quarter is None:
        raise UsageError(
            f"No {TABLE_WORDS[kind]} of {day.year} is loaded that is in force on {day}; import "
            "CMS's with: payrules schedules import PATH"
        )
    note = (
        ""
        if quarter_of(day) == quarter_of(quarter)
        else f"rates of {quarter_of(quarter)} are used for {quarter_of(day)}, whose own are not "
        "loaded"
    )
    return quarter, note


def tables_of(schedules: Schedules, kinds: Iterable[str], quarter: date) -> dict[str, pl.DataFrame]:
    """Give a quarter's tables by kind, without their days; none of what is not loaded."""
    return {
        table.kind: table.stored.read().drop("effective_from", "effective_to")
        for kind in kinds
        for table in schedules.tables_in_use(kind)
        if table.published_for == quarter
    }
