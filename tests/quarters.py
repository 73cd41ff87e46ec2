"""Quarters of drug payment limits and laboratory rates, written by hand for tests of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from payrules.schedules import PublishedTable, Schedules
from payrules.schedules.records import Stored

Q1 = (date(2025, 1, 1), date(2025, 3, 31))
_DAYS = {"effective_from": pl.Date, "effective_to": pl.Date}
_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "asp": {
        "hcpcs_code": pl.String,
        "unit": pl.String,
        "payment_limit": pl.Int64,
        "coinsurance": pl.Int64,
        "is_vaccine": pl.Boolean,
        "note": pl.String,
        **_DAYS,
    },
    "clfs": {"hcpcs_code": pl.String, "modifier": pl.String, "rate": pl.Int64, **_DAYS},
}


@dataclass(frozen=True)
class Written(Stored):
    """A table that a test wrote, and that no file holds."""

    rows: pl.DataFrame = field(default_factory=pl.DataFrame)

    def _scan(self) -> pl.LazyFrame:
        return self.rows.lazy()


def drug(
    code: str,
    limit: str | None,
    percent: str = "20",
    *,
    unit: str = "1 MG",
    vaccine: bool = False,
    note: str | None = None,
) -> dict[str, Any]:
    """Give a row of a payment limit file."""
    return {
        "hcpcs_code": code,
        "unit": unit,
        "payment_limit": None if limit is None else int(Decimal(limit) * 1000),
        "coinsurance": int(Decimal(percent) * 1000),
        "is_vaccine": vaccine,
        "note": note,
    }


def laboratory(code: str, rate: str | None, modifier: str = "", **days: date) -> dict[str, Any]:
    """Give a row of a laboratory fee schedule; None for a contractor's own rate."""
    cents = None if rate is None else int(Decimal(rate) * 100)
    return {"hcpcs_code": code, "modifier": modifier, "rate": cents, **days}


def quarter(
    *rows: Mapping[str, Any], days: tuple[date, date] = Q1, whole: bool = True
) -> PublishedTable:
    """Give a quarter's file of such rows, named as an import would; `whole` unless a starter's."""
    kind = "asp" if "payment_limit" in rows[0] else "clfs"
    first, last = days
    dated = [{"effective_from": first, "effective_to": last, **row} for row in rows]
    frame = pl.DataFrame(dated, schema=_COLUMNS[kind])
    of = f"{first.year}Q{(first.month - 1) // 3 + 1}"
    name = f"{kind}-{of}" if whole else f"starter-{kind}-{of}"
    return PublishedTable(
        kind=kind,
        name=name,
        published_for=first,
        starter=not whole,
        source="a test",
        cites="a test",
        rows=frame.height,
        stored=Written(name, Path(f"{kind}.parquet"), "", frame),
    )


def with_quarters(schedules: Schedules, *quarters: PublishedTable) -> Schedules:
    """Give schedules with these quarters beside their own tables."""
    return Schedules(schedules.releases, [*schedules.tables, *quarters])
