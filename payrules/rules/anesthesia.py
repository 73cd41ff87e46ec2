"""Anesthesia: base and time units at the locality's anesthesia conversion factor."""

import polars as pl

from payrules.dated import Dated
from payrules.modifiers import billed_with
from payrules.money import half_up, scaled_text
from payrules.rule import Adjustment, Tables, dollars, pay, refer, rule

MEDICAL_DIRECTION = Dated({"1998-01-01": "0.50"}, cites="42 CFR 414.46(d)")
#: 42 CFR 414.46(f): medical supervision of more than four procedures (AD).
SUPERVISION_BASE_UNITS = 3
MINUTES_PER_UNIT = 15
SUPERVISED = billed_with("AD")
DIRECTED = billed_with("QK", "QX", "QY") & ~SUPERVISED
FACTOR = pl.col("anesthesia_factor")
MINUTES = pl.col("anesthesia_minutes")
BASE = pl.col("base_units")


def with_base_units(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join the base units in force on the line's day; null where there are none."""
    table = tables.anesthesia_base_units
    if table is None:
        return pool.with_columns(base_units=pl.lit(None, dtype=pl.Int64))
    in_force = (
        pool.select("row", "hcpcs_code", "service_date")
        .join(table.lazy(), on="hcpcs_code")
        .filter(
            pl.col("effective_from") <= pl.col("service_date"),
            (pl.col("effective_to") >= pl.col("service_date")).fill_null(value=True),
        )
        .unique(subset="row", keep="any")
        .select("row", "base_units")
    )
    return pool.join(in_force, on="row", how="left")


@rule(
    cites="42 CFR 414.46; CMS Pub. 100-04, ch. 12, §50",
    effective="1992-01-01",
    reads=(
        "status_code",
        "hcpcs_code",
        "service_date",
        "modifiers",
        "anesthesia_minutes",
        "present_at_induction",
        "anesthesia_factor",
    ),
)
def anesthesia(*, direction: Dated = MEDICAL_DIRECTION) -> Adjustment:
    """Anesthesia: (base units + minutes / 15) × conversion factor; half under medical direction."""
    # Tenths of a unit, half up: 48 minutes are 3.2 units.
    time_tenths = half_up(MINUTES * 10, MINUTES_PER_UNIT)
    unit_tenths = (
        pl.when(SUPERVISED)
        .then((SUPERVISION_BASE_UNITS + pl.col("present_at_induction").cast(pl.Int64)) * 10)
        .otherwise(BASE * 10 + time_tenths)
    )
    # Tenths of units × ten-thousandths of a dollar, to cents.
    whole = half_up(unit_tenths * FACTOR, 1_000)
    share = pl.when(DIRECTED).then(direction.on()).otherwise(10_000)
    missing = (
        pl.when(FACTOR.is_null())
        .then(pl.lit("the schedule in force has no anesthesia conversion factor for the locality"))
        .when(BASE.is_null())
        .then(pl.lit("no anesthesia base units are loaded for this code and date"))
        .when(MINUTES.is_null() & ~SUPERVISED)
        .then(pl.lit("anesthesia minutes are missing"))
        .when(share.is_null())
        .then(pl.lit("the share for medical direction on this date is not known"))
    )
    paid = pl.col("_share") * pl.col("_whole")
    return Adjustment(
        among=pl.col("status_code") == "J",
        facts=(
            with_base_units,
            {"_whole": whole, "_share": share, "_missing": missing, "_tenths": unit_tenths},
        ),
        outcomes=(
            refer(pl.col("_missing").is_not_null(), pl.col("_missing")),
            pay(
                pl.lit(value=True),
                half_up(paid, 10_000),
                pl.format(
                    "{}.{} units × conversion factor {} = {}{}",
                    pl.col("_tenths") // 10,
                    pl.col("_tenths") % 10,
                    scaled_text(FACTOR, 4),
                    dollars(pl.col("_whole")),
                    pl.when(DIRECTED)
                    .then(pl.lit(", half under medical direction"))
                    .otherwise(pl.lit("")),
                ),
                factor=pl.col("_share"),
                sets={"anesthesia_amount": pl.col("_whole")},
            ),
        ),
    )
