"""What drugs, vaccines and laboratory tests are paid for one unit, in each quarter at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from payrules.fees.other_schedules import DRUGS, LABORATORY, VACCINES
from payrules.money import dollars_text, scaled_text, short_text
from payrules.schedules import Schedules


@dataclass(frozen=True)
class Limit:
    """What one unit is paid in a quarter: dollars as text, None where a contractor prices it.

    `coinsurance` is the patient's percentage; `deductible` whether it takes the deductible.
    """

    schedule: str
    release: str
    first_day: date
    last_day: date
    modifier: str
    unit: str
    limit: str | None
    coinsurance: str
    deductible: bool
    note: str


def limits_of(code: str, schedules: Schedules) -> tuple[Limit, ...]:
    """Give the limits of a code in every quarter at hand, earliest first."""
    found = [*_rows(code, schedules, DRUGS), *_rows(code, schedules, LABORATORY)]
    return tuple(sorted(found, key=lambda each: (each.first_day, each.modifier)))


def _rows(code: str, schedules: Schedules, kind: str) -> Iterator[Limit]:
    table = schedules.table(kind)
    if table is None:
        return
    rows = table.filter(pl.col("hcpcs_code") == code)
    if kind == DRUGS:
        rows = rows.with_columns(
            schedule=pl.when("is_vaccine").then(pl.lit(VACCINES)).otherwise(pl.lit(DRUGS)),
            modifier=pl.lit(""),
            limit=scaled_text(pl.col("payment_limit"), 3),
        )
    else:
        rows = rows.with_columns(
            schedule=pl.lit(LABORATORY),
            unit=pl.lit("test"),
            limit=dollars_text(pl.col("rate")),
            coinsurance=pl.lit(0, dtype=pl.Int64),
            note=pl.when(pl.col("rate").is_null()).then(pl.lit("the contractor sets the rate")),
        )
    rows = rows.with_columns(percent=short_text(pl.col("coinsurance"), 3))
    for row in rows.iter_rows(named=True):
        of_day = [
            each.name
            for each in schedules.quarters(kind)
            if each.first_day <= row["effective_from"] <= each.last_day
        ]
        yield Limit(
            schedule=row["schedule"],
            release=of_day[0],
            first_day=row["effective_from"],
            last_day=row["effective_to"],
            modifier=row["modifier"],
            unit=row["unit"],
            limit=row["limit"],
            coinsurance=row["percent"],
            deductible=row["coinsurance"] > 0,
            note=row["note"] or "",
        )
