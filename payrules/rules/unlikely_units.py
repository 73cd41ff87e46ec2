"""Unlikely units: more units than CMS's medically unlikely edit (MUE) lets pass."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import in_force
from payrules.engine.rule import Adjustment, Hints, Tables, denied_by_a_stand_in, deny, rule
from payrules.engine.session import RENDERING_DAY
from payrules.money import short_text

UNITS = pl.col("units_thousandths")
ONE_UNIT = 1000
#: The parts of a test, done in different places, are counted apart.
PART = (
    pl.when(billed_with("26"))
    .then(pl.lit("26"))
    .when(billed_with("TC"))
    .then(pl.lit("TC"))
    .otherwise(pl.lit(""))
)


def with_limits(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join the limit in force on the line's day, in thousandths of a unit."""
    limits = tables.in_use("unlikely_units")
    of_the_day = (
        pool.select("row", "hcpcs_code", "service_date")
        .join(limits.lazy(), on="hcpcs_code")
        .filter(in_force(pl.col("service_date")))
        .unique(subset="row", keep="any")
        .select("row", limit=pl.col("mue_value") * ONE_UNIT, mai="adjudication_indicator")
    )
    return pool.join(of_the_day, on="row").with_columns(
        _stands_in=tables.standing_in("unlikely_units")
    )


def least_limit(tables: Tables) -> dict[str, pl.Expr]:
    """Give the least limit that the table has for a code on any day, in thousandths of a unit."""
    least = tables.in_use("unlikely_units").group_by("hcpcs_code").agg(pl.col("mue_value").min())
    code = pl.col("hcpcs_code")
    limit = code.replace_strict(
        least["hcpcs_code"], least["mue_value"], default=None, return_dtype=pl.Int64
    )
    return {"_least_limit": limit * ONE_UNIT}


@rule(
    cites="CMS NCCI Policy Manual, ch. 1, §V (medically unlikely edits); MUE practitioner table",
    effective="2007-01-01",
    kind="edit",
    needs="unlikely_units",
    every_schedule=True,
    reads=("hcpcs_code", "service_date", "units_thousandths", "modifiers", RENDERING_DAY),
)
def unlikely_units() -> Adjustment:
    """Units beyond the medically unlikely edit deny the line, or the code's whole day."""
    counted_with = (RENDERING_DAY, "hcpcs_code", PART)
    sides = [billed_with(side).any().over(counted_with) for side in ("RT", "LT")]
    by_line = pl.col("mai") == "1"
    counted = pl.when(by_line).then(UNITS).otherwise("_of_the_day")
    one_line = pl.col("_both_sides") & (pl.col("limit") == ONE_UNIT) & (pl.col("mai") == "2")
    return Adjustment(
        # The units of a 55 line may be days of care after surgery.
        among=(~billed_with("55"), pl.col("_least_limit").is_not_null()),
        marks=least_limit,
        pool=RENDERING_DAY,
        # A line alone with its code is beyond the limit by its own units, or not at all.
        hints=Hints(alike="hcpcs_code", crowded=pl.col("_least_limit") < UNITS),
        facts=(
            {
                "_of_the_day": UNITS.sum().over(counted_with),
                "_both_sides": sides[0] & sides[1],
            },
            with_limits,
        ),
        outcomes=(
            deny(
                counted > pl.col("limit"),
                pl.format(
                    "{} units {}; the medically unlikely edit allows {} (MAI {}){}",
                    short_text(counted, 3),
                    pl.when(by_line).then(pl.lit("on the line")).otherwise(pl.lit("on the day")),
                    pl.col("limit") // ONE_UNIT,
                    "mai",
                    pl.when(one_line)
                    .then(pl.lit("; Medicare requires one line with modifier 50 and one unit"))
                    .otherwise(pl.lit("")),
                ),
                carc="222",
                rarc="N362",
            ),
        ),
        notes=(denied_by_a_stand_in(counted > pl.col("limit")),),
    )
