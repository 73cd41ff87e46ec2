"""What drugs, vaccines and laboratory tests are paid for one unit, in each quarter at hand."""

from collections.abc import Iterable, Iterator
from datetime import date

import polars as pl

from payrules.fees.other_schedules import DRUGS, LABORATORY, VACCINES
from payrules.frozen import frozen
from payrules.money import dollars_text, scaled_text, short_text
from payrules.schedules import Schedules


@frozen
class Limit:
    """What one unit is paid in a quarter: dollars as text, None where a contractor prices it.

    `coinsurance` is the patient's percentage; `deductible` whether it takes the deductible.
    """

    code: str
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


def limits_on(
    codes: Iterable[str], schedules: Schedules, day: date
) -> tuple[list[Limit], list[str]]:
    """Give the limits of codes on a day; then, in sentences, which have some, but none that day."""
    found: list[Limit] = []
    outside: dict[str, list[str]] = {}
    for code in codes:
        of_code = limits_of(code, schedules)
        of_day = [each for each in of_code if each.first_day <= day <= each.last_day]
        found += of_day
        if of_code and not of_day:
            at_hand = dict.fromkeys(f"{each.first_day} to {each.last_day}" for each in of_code)
            outside.setdefault(" and ".join(at_hand), []).append(code)
    return found, [
        f"No limit of {', '.join(of)} on {day}: those at hand are of {days}."
        for days, of in outside.items()
    ]


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
            code=code,
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
