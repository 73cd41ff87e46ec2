"""The rates of surgical centers on a day: one quarter's addenda, joined by code."""

from datetime import date

import polars as pl

from payrules.facility.quarters import quarter_for, tables_of
from payrules.frozen import frozen
from payrules.schedules import Schedules

#: Addenda of surgical centers that say whether a code is paid there; FF says what the device is.
ADDENDA = {"asc": "AA", "asc_ancillary": "BB", "asc_excluded": "EE"}


@frozen
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
    quarter, note = quarter_for(schedules, "asc", day)
    kinds = {**ADDENDA, "asc_device_offset": "FF"}
    held = tables_of(schedules, kinds, quarter)
    rows = pl.concat(
        [
            held[kind].with_columns(pl.lit(addendum).alias("addendum"))
            for kind, addendum in ADDENDA.items()
            if kind in held
        ],
        how="diagonal",
    )
    if "asc_device_offset" in held:
        rows = rows.join(held["asc_device_offset"], on="hcpcs_code", how="left")
    else:
        rows = rows.with_columns(device_offset=pl.lit(None, dtype=pl.Int64))
    return AscRates(
        rows=rows,
        quarter=quarter,
        lacks=tuple(addendum for kind, addendum in kinds.items() if kind not in held),
        note=note,
    )
