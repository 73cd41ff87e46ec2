"""Unlikely units: more units than CMS's medically unlikely edit (MUE) lets pass."""

import polars as pl

from payrules.money import short_text
from payrules.rule import Adjustment, Tables, deny, rule
from payrules.session import PRACTITIONER_DAY

UNITS = pl.col("units_thousandths")


def with_limits(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join the limit in force on the line's day, in thousandths of a unit."""
    limits = tables.in_use("unlikely_units")
    in_force = (
        pool.select("row", "hcpcs_code", "service_date")
        .join(limits.lazy(), on="hcpcs_code")
        .filter(
            (pl.col("effective_from") <= pl.col("service_date"))
            & (pl.col("effective_to") >= pl.col("service_date")).fill_null(value=True)
        )
        .unique(subset="row", keep="any")
        .select("row", limit=pl.col("mue_value") * 1000, mai="adjudication_indicator")
    )
    return pool.join(in_force, on="row")


def has_limit(tables: Tables) -> pl.Expr:
    """Say which lines' codes the table lists."""
    listed = tables.in_use("unlikely_units")["hcpcs_code"].unique()
    return pl.col("hcpcs_code").is_in(listed.implode())


@rule(
    cites="CMS NCCI Policy Manual, ch. 1, §V (medically unlikely edits); MUE practitioner table",
    effective="2007-01-01",
    kind="edit",
    needs="unlikely_units",
    reads=("hcpcs_code", "service_date", "units_thousandths", PRACTITIONER_DAY),
)
def unlikely_units() -> Adjustment:
    """Units beyond the medically unlikely edit deny the line, or the code's whole day."""
    of_the_day = UNITS.sum().over(PRACTITIONER_DAY, "hcpcs_code")
    by_line = pl.col("mai") == "1"
    counted = pl.when(by_line).then(UNITS).otherwise("_of_the_day")
    return Adjustment(
        among=pl.lit(value=True),
        pool=PRACTITIONER_DAY,
        triggers=has_limit,
        facts=({"_of_the_day": of_the_day}, with_limits),
        outcomes=(
            deny(
                counted > pl.col("limit"),
                pl.format(
                    "{} units {}; the medically unlikely edit allows {} (MAI {})",
                    short_text(counted, 3),
                    pl.when(by_line).then(pl.lit("on the line")).otherwise(pl.lit("on the day")),
                    pl.col("limit") // 1000,
                    "mai",
                ),
                carc="222",
                rarc="N362",
            ),
        ),
    )
