"""The rates of hospital outpatient departments on a day: one quarter's addendum B."""

from datetime import date

import polars as pl

from payrules.facility.hospital_indicators import COMPREHENSIVE, PAID_APART
from payrules.facility.quarters import quarter_for, tables_of
from payrules.frozen import frozen
from payrules.schedules import Schedules

#: From this year on some hospitals are paid less, for what 340B drugs were paid before.
_OFFSET_SINCE = 2026
_OFFSET = "the 340B offset of some hospitals is not taken off"


@frozen
class HospitalRates:
    """One quarter's addendum B.

    `rows`: a row a code, with hcpcs_code, status_indicator, apc, payment_rate, copayment and
    national_copayment in cents, null where CMS publishes none, and apc_indicator: by which
    indicator services of the code's APC are paid apart ("S", "S or T", "J1"), null where none is.
    `note`: said where it is an earlier quarter than the day's, and of what is not taken off; else
    blank.
    """

    rows: pl.DataFrame
    quarter: date
    note: str = ""


def hospital_rates_on(schedules: Schedules, day: date) -> HospitalRates:
    """Give addendum B of the day's quarter, or of the latest earlier one of the same year.

    Raises UsageError where there is none: another year's rate is never taken.
    """
    quarter, note = quarter_for(schedules, "opps", day)
    rows = tables_of(schedules, ["opps"], quarter)["opps"]
    offset = _OFFSET if day.year >= _OFFSET_SINCE else ""
    said = "; ".join(each for each in (note, offset) if each)
    return HospitalRates(with_apc_indicator(rows), quarter, said)


def with_apc_indicator(rows: pl.DataFrame) -> pl.DataFrame:
    """Add apc_indicator: of the codes of addendum B that are paid apart, those of the same APC.

    Decision: addendum A, which says it outright, is not read. Codes of S and of T share six APCs
    of January 2025: alone, both are paid the same. Where an APC has J1 and others, none is said.
    """
    indicator = pl.col("status_indicator")
    of_apc = (
        rows.filter(indicator.is_in([*PAID_APART, COMPREHENSIVE]) & (pl.col("apc") != ""))
        .group_by("apc")
        .agg(every=indicator.unique().sort())
        .select(
            "apc",
            apc_indicator=pl.when(
                (pl.col("every").list.len() == 1) | ~pl.col("every").list.contains(COMPREHENSIVE)
            ).then(pl.col("every").list.join(" or ")),
        )
    )
    return rows.join(of_apc, on="apc", how="left", maintain_order="left")
