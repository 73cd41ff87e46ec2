"""The checks of days: of service, and of care after surgery."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from payrules.claims import columns
from payrules.claims.checks.fault import Check, Fault, missing
from payrules.claims.checks.quoting import says
from payrules.claims.columns_file import FileForm
from payrules.claims.days_written import DAY_FIRST, TIME_OF_DAY, USUAL

FIRST_DAY = date(1992, 1, 1)


LAST_DAY = date(2100, 12, 31)


def read_day(text: pl.Expr, date_format: str | None = None) -> pl.Expr:
    """Read a day written as 2025-12-31 or 12/31/2025, and in no way else; null where it is not.

    A `date_format`, as `strptime` has it, is the only way where it is told.
    """
    if date_format is not None:
        return text.str.to_date(date_format, strict=False)
    # The parser also takes signs, and blanks before a number.
    written = pl.when(text.str.contains(USUAL)).then(text)
    return pl.coalesce(
        written.str.to_date("%Y-%m-%d", strict=False),
        written.str.to_date("%m/%d/%Y", strict=False),
    )


def _date(
    name: str, said: str, schema: Mapping[str, pl.DataType], form: FileForm
) -> tuple[pl.Expr, list[Fault]]:
    """Give the day in a column, and its faults in which the column is `said`."""
    given, dtype = pl.col(name), schema[name]
    if dtype == pl.Date:
        day = given
    elif isinstance(dtype, pl.Datetime):
        day = given.dt.date()
    else:
        day = read_day(given.cast(pl.String).str.replace(TIME_OF_DAY, ""), form.date_format)
    unreadable = Fault(
        name,
        given.is_not_null() & day.is_null(),
        says(f"{said} {{}} is not a date as {_written_as(form.date_format)}", name)
        + _if_day_first(given, form),
    )
    out_of_time = Fault(
        name,
        ~day.is_between(FIRST_DAY, LAST_DAY),
        says(f"{said} {{}} is not between {FIRST_DAY.year} and {LAST_DAY.year}", name),
    )
    return day, [unreadable, out_of_time]


def _if_day_first(given: pl.Expr, form: FileForm) -> pl.Expr:
    """Say of a date whose first number can be no month how it could be read."""
    if form.date_format is not None:
        return pl.lit("")
    said = ': if its days come first, say so in a columns file, [file] date_format = "DD/MM/YYYY"'
    bare = given.cast(pl.String).str.replace(TIME_OF_DAY, "")
    return pl.when(bare.str.contains(DAY_FIRST)).then(pl.lit(said)).otherwise(pl.lit(""))


def _written_as(date_format: str | None) -> str:
    """Write a day as a file's dates should be."""
    return f"{date(2025, 12, 31):{date_format}}" if date_format else "2025-12-31 or 12/31/2025"


def service_date(schema: Mapping[str, pl.DataType], form: FileForm) -> Check:
    """Check the date of service."""
    name = "claim_line_start_date"
    day, faults = _date(name, "date of service", schema, form)
    return Check("service_date", day, [missing(name), *faults])


def processed_date(schema: Mapping[str, pl.DataType], form: FileForm) -> list[Check]:
    """Check the day on which a payer processed a line: not before its service; none without it."""
    (name,) = columns.IF_GIVEN
    if name not in schema:
        return []
    day, faults = _date(name, name, schema, form)
    served, _ = _date("claim_line_start_date", "date of service", schema, form)
    reason = says(f"{name} {{}} is before the date of service", name)
    return [Check(name, day, [*faults, Fault(name, day < served, reason)])]


def day(name: str, schema: Mapping[str, pl.DataType], form: FileForm) -> Check:
    """Check a day that a line may have."""
    found, faults = _date(name, name, schema, form)
    return Check(name, found, faults)


def care_dates(schema: Mapping[str, pl.DataType], form: FileForm) -> list[Check]:
    """Check the dates of care after surgery; it cannot end before it begins."""
    found = []
    days = {}
    for name in columns.CARE_DATES:
        if name not in schema:
            found.append(Check(name, pl.lit(None, dtype=pl.Date)))
            continue
        days[name], faults = _date(name, name, schema, form)
        if len(days) == len(columns.CARE_DATES):
            begins, ends = days.values()
            reason = says(f"{name} {{}} is before care_assumed_date", name)
            faults.append(Fault(name, ends < begins, reason))
        found.append(Check(name, days[name], faults))
    return found
