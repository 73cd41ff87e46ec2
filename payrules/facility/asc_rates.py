"""The rates of surgical centers on a day: one quarter's addenda, joined by code."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from payrules.dated import quarter_of
from payrules.errors import UsageError
from payrules.schedules import TABLE_WORDS, Schedules

#: Addenda of surgical centers that say whether a code is paid there; FF says what the device is.
ADDENDA = {"asc": "AA", "asc_ancillary": "BB", "asc_excluded": "EE"}


@dataclass(frozen=True)
class AscRates:
    """One quarter's addenda.

    `rows`: a row a code, with hcpcs_code, addendum (AA, BB, EE), payment_indicator,
    multiple_procedure_discount, payment_rate and device_offset in cents, null where there is none.
    `lacks`: addenda of the quarter that are not loaded. `note`: said where it is an earlier quarter
    than the day's; else blank.
    """

    rows: pl.DataFrame
    quarter: date
    lacks: tuple[str, ...] = ()
    note: str = ""


def asc_rates_on(schedules: Schedules, day: date) -> AscRates:
    """Give the addenda of the day's quarter, or of the latest earlier one of the same year.

    Raises UsageError where there is none: another year's rate is never taken.
    """
    published = [table.published_for for table in schedules.tables_in_use("asc")]
    quarter = max((of for of in published if of <= day and of.year == day.year), default=None)
    if quarter is None:
        raise UsageError(
            f"No {TABLE_WORDS['asc']} of {day.year} is loaded that is in force on {day}; import "
            "CMS's with: payrules schedules import PATH"
        )
    held = {
        table.kind: table.stored.read()
        for kind in (*ADDENDA, "asc_device_offset")
        for table in schedules.tables_in_use(kind)
        if table.published_for == quarter
    }
    rows = pl.concat(
        [
            held[kind].with_columns(pl.lit(addendum).alias("addendum"))
            for kind, addendum in ADDENDA.items()
            if kind in held
        ],
        how="diagonal",
    )
    if "asc_device_offset" in held:
        offsets = held["asc_device_offset"].select("hcpcs_code", "device_offset")
        rows = rows.join(offsets, on="hcpcs_code", how="left")
    else:
        rows = rows.with_columns(device_offset=pl.lit(None, dtype=pl.Int64))
    kinds = {**ADDENDA, "asc_device_offset": "FF"}
    of_the_day = quarter_of(day) == quarter_of(quarter)
    return AscRates(
        rows=rows.drop("effective_from", "effective_to"),
        quarter=quarter,
        lacks=tuple(addendum for kind, addendum in kinds.items() if kind not in held),
        note=""
        if of_the_day
        else f"rates of {quarter_of(quarter)} are used for {quarter_of(day)}, whose own are not "
        "loaded",
    )
