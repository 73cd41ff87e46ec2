"""Facility lines priced: the lines of a site and a quarter together, at that quarter's rates."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from payrules.errors import UsageError
from payrules.facility.asc_rates import AscRates, asc_rates_on
from payrules.facility.hospital_rates import HospitalRates, hospital_rates_on
from payrules.facility.outpatient_hospital import price_in_hospital
from payrules.facility.payment import paid_in_hospital, paid_in_surgical_center
from payrules.facility.prior_authorization import prior_authorization_note
from payrules.facility.sites import ASC, SITE_WORDS
from payrules.facility.surgical_center import price_in_surgical_center
from payrules.facility.wage import WageIndices
from payrules.frozen import frozen
from payrules.schedules import Schedules

#: A facility line: what it is of, what became of it, and its amounts in cents, those before
#: `amount` of one unit.
FACILITY_LINES: dict[str, pl.DataType] = {
    **dict.fromkeys(("row", "encounter_id"), pl.UInt32()),
    **{"site": pl.String(), "claim_id": pl.String(), "claim_line_number": pl.Int64()},
    **{"service_date": pl.Date(), "hcpcs_code": pl.String(), "facility_code": pl.String()},
    **{"modifiers": pl.List(pl.String), "units": pl.Int64(), "addendum": pl.String()},
    **dict.fromkeys(("indicator", "apc", "status", "reason", "note"), pl.String()),
    **dict.fromkeys(("rate_amount", "wage_amount", "credit_amount"), pl.Int64()),
    **dict.fromkeys(("terminated_amount", "unit_amount"), pl.Int64()),
    **dict.fromkeys(("full_units", "half_units", "discounted_amount", "amount"), pl.Int64()),
    **dict.fromkeys(("deductible_amount", "coinsurance_amount"), pl.Int64()),
    **dict.fromkeys(("medicare_amount", "sequestration_amount", "patient_amount"), pl.Int64()),
    **{"payment_reason": pl.String()},
}

_NOT_TAKEN = pl.lit(None, dtype=pl.Int64).alias("deductible_amount")


@frozen
class FacilityPrices:
    """Facility lines (`FACILITY_LINES`), what is said of their rates, and of which quarters."""

    lines: pl.DataFrame
    notes: tuple[str, ...]
    quarters: frozenset[tuple[str, date]]


@dataclass
class _Quarter:
    """The lines of a site and a quarter, priced, with what is said of their rates."""

    lines: pl.DataFrame
    note: str
    quarter: date | None = None


def price_facility(
    derived: pl.DataFrame, schedules: Schedules, wages: WageIndices
) -> FacilityPrices:
    """Price the lines that facilities bill (`payrules.facility.deriving.derive`).

    `derived` has facility_charge (of one unit, cents, null where it is not known) and
    deductible_left, too: what the person still owes of the year after the
    practitioners' lines, cents. Raises UsageError where an area has no wage index on a day.

    Decision: the practitioners' lines use the deductible up first, then the facilities', in order
    of quarter, site, day and claim. CMS takes claims as they come, which a batch does not tell.
    """
    facility = derived.select(
        *("row", "encounter_id", "site", "claim_id", "claim_line_number", "service_date"),
        *("hcpcs_code", "place_of_service_code", "deductible_left"),
        line_number="row",
        units="facility_units",
        modifiers="facility_modifiers",
        # A practitioner's charge is not the facility's: only its own bills have one.
        charge_amount="facility_charge",
        _quarter=pl.col("service_date").dt.truncate("1q"),
        _pool=pl.struct("person_id", pl.col("service_date").dt.year()).rank("dense"),
    ).sort("_quarter", "site", "service_date", "row")
    used = facility.clear().select(
        "_pool",
        _used=pl.lit(None, dtype=pl.Int64),
        deductible_open=pl.lit(None, dtype=pl.Boolean),
    )
    parts, notes, quarters = [facility.clear()], dict[str, None](), set[tuple[str, date]]()
    for (site, _), lines in facility.group_by("site", "_quarter", maintain_order=True):
        assert isinstance(site, str)
        left = pl.col("deductible_left") - pl.col("_used").fill_null(0)
        owing = lines.join(used, on="_pool", how="left", maintain_order="left")
        priced = _of_quarter(
            owing.with_columns(
                deductible_remaining=left,
                deductible_open=pl.col("deductible_open").fill_null(value=False),
            ).drop("_used"),
            *(site, schedules, wages),
        )
        parts.append(priced.lines)
        if priced.note:
            notes[f"{SITE_WORDS[site].capitalize()}: {priced.note}."] = None
        if priced.quarter is not None:
            quarters.add((site, priced.quarter))
        now = priced.lines.select(
            "_pool",
            _used=pl.col("deductible_amount").fill_null(0),
            # What an open line takes of it is hidden from those of later quarters, too.
            deductible_open=pl.col("deductible_amount").is_null(),
        )
        of_pool = pl.concat([used, now]).group_by("_pool")
        used = of_pool.agg(pl.col("_used").sum(), pl.col("deductible_open").any())
    priced_lines = pl.concat(parts, how="diagonal_relaxed").sort("row")
    known = {*priced_lines.columns}
    return FacilityPrices(
        priced_lines.select(
            (pl.col(name) if name in known else pl.lit(None).alias(name)).cast(kind)
            for name, kind in FACILITY_LINES.items()
        ),
        tuple(notes),
        frozenset(quarters),
    )


def _of_quarter(
    lines: pl.DataFrame, site: str, schedules: Schedules, wages: WageIndices
) -> _Quarter:
    """Price the lines of a site and a quarter; of a year without rates nothing is settled."""
    day = lines["service_date"].min()
    assert isinstance(day, date)
    index = wages.on(site, schedules, day)
    rates_on = asc_rates_on if site == ASC else hospital_rates_on
    try:
        rates = rates_on(schedules, day)
    except UsageError as fault:
        reason = pl.lit(f"no rates of {day.year} are loaded")
        unpriced = lines.with_columns(_NOT_TAKEN, status=pl.lit("by_report"), reason=reason)
        return _Quarter(unpriced, str(fault).removesuffix("."))
    paid = (
        _surgical_center(lines, rates, day, index)
        if isinstance(rates, AscRates)
        else _hospital(lines, rates, day, index)
    )
    return _Quarter(paid, rates.note, rates.quarter)


def _surgical_center(
    lines: pl.DataFrame, rates: AscRates, day: date, index: Decimal
) -> pl.DataFrame:
    priced = price_in_surgical_center(lines, rates, index)
    return paid_in_surgical_center(priced, rates, day, pool="_pool").with_columns(
        indicator="payment_indicator", discounted_amount="amount"
    )


def _hospital(lines: pl.DataFrame, rates: HospitalRates, day: date, index: Decimal) -> pl.DataFrame:
    priced = price_in_hospital(lines, rates, index)
    authorize = prior_authorization_note(
        pl.col("hcpcs_code"), pl.col("place_of_service_code"), pl.col("service_date")
    )
    priced = priced.with_columns(
        indicator="status_indicator",
        addendum=pl.lit("B"),
        note=pl.concat_list("note", authorize).list.filter(pl.element() != "").list.join("; "),
    )
    try:
        return paid_in_hospital(priced, rates, index, day, pool="_pool")
    except UsageError as fault:
        return priced.with_columns(_NOT_TAKEN, payment_reason=pl.lit(str(fault)))
