"""What facilities are paid for a code: the rates of the addenda, nationally."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from payrules.code_page.indicators import ASC_PAYMENT, OPPS_STATUS
from payrules.facility.asc_indicators import DELETED, PACKAGED
from payrules.facility.asc_rates import ADDENDA
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.money import dollars_text
from payrules.schedules import Schedules

#: What stands for an indicator where addendum EE has the code.
_EXCLUDED = "excluded"
#: ASC payment indicators beside which CMS left a rate that is not paid (October 2025).
_NO_RATE = PACKAGED | DELETED


@frozen
class FacilityRate:
    """What a facility is paid: OPPS status and APC, or the ASC payment indicator; dollars.

    `published_for`: the first day of the quarter whose addendum says so. `locality` is always
    national: an addendum's rate is the one before the wage index of a facility's own area.
    """

    system: str
    indicator: str
    meaning: str
    apc: str
    rate: str | None
    published_for: date
    locality: str = NATIONAL


def facility_rates(code: str, schedules: Schedules, day: date) -> tuple[FacilityRate, ...]:
    """Give what the hospital outpatient department and the surgical center are paid."""
    return facility_rates_of([code], schedules, day)[code]


def facility_rates_of(
    codes: Sequence[str], schedules: Schedules, day: date
) -> Mapping[str, tuple[FacilityRate, ...]]:
    """Give each code's rates: the hospital's, then the surgical center's; each table read once.

    The surgical center's rate is addendum AA's, or BB's for imaging and what else is beside
    surgery; a code of EE is excluded. In one quarter a code is in one; of several the latest says.
    """
    hospitals = {
        row["hcpcs_code"]: FacilityRate(
            system="OPPS",
            indicator=row["status_indicator"],
            meaning=OPPS_STATUS.get(row["status_indicator"], "not known to payrules"),
            apc=row["apc"],
            rate=row["_rate"],
            published_for=row["effective_from"],
        )
        for row in _latest("opps", codes, schedules, day)
    }
    centers: dict[str, FacilityRate] = {}
    for kind in ADDENDA:
        for row in _latest(kind, codes, schedules, day):
            known = centers.get(row["hcpcs_code"])
            if known is not None and row["effective_from"] <= known.published_for:
                continue
            indicator = row.get("payment_indicator", _EXCLUDED)
            centers[row["hcpcs_code"]] = FacilityRate(
                system="ASC",
                indicator=indicator,
                meaning=ASC_PAYMENT.get(indicator, "not known to payrules"),
                apc="",
                rate=None if indicator in _NO_RATE else row.get("_rate"),
                published_for=row["effective_from"],
            )
    return {
        code: tuple(each[code] for each in (hospitals, centers) if code in each) for code in codes
    }


def _latest(
    kind: str, codes: Sequence[str], schedules: Schedules, day: date
) -> Iterator[dict[str, Any]]:
    """Give the codes' rows of the last quarter that begins by the day: it replaces all before."""
    begun = [table for table in schedules.tables_in_use(kind) if table.published_for <= day]
    if not begun:
        return iter(())
    rows = begun[-1].stored.read(pl.col("hcpcs_code").is_in(codes))
    if "payment_rate" in rows.columns:
        rows = rows.with_columns(_rate=dollars_text(pl.col("payment_rate")))
    return rows.iter_rows(named=True)
