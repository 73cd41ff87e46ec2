"""Bilateral: a procedure done on both sides is paid by its bilateral indicator."""

import polars as pl

from payrules.dated import Dated
from payrules.modifiers import billed_with
from payrules.money import WHOLE, percentage
from payrules.rule import BUNDLED, NOT_ANESTHESIA, Adjustment, Outcome, Tables, note, pay, rule
from payrules.session import SESSION

BOTH_SIDES = Dated({"1992-01-01": "1.50"}, cites="MPFSDB bilateral indicator 1; ch. 12, §40.7")
EACH_SIDE = Dated({"1992-01-01": "2.00"}, cites="MPFSDB bilateral indicator 3")
INDICATOR = pl.col("bilateral_indicator")
FIFTY = billed_with("50")
RIGHT, LEFT = billed_with("RT"), billed_with("LT")
UNITS = pl.col("units_thousandths")
ONE, TWO = 1000, 2000
#: Rules that rank every unit on its own: a doubled amount stays two units there.
UNIT_BY_UNIT = pl.col("multiple_procedure_indicator").is_in(["4", "6", "7"])


def with_pairs(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Number, by its first line's row, each pair of a right and a left side of one procedure."""
    alike = [SESSION, "hcpcs_code", "row_modifier", "_seventy_eight"]
    pairs = (
        pool.filter((RIGHT ^ LEFT) & ~FIFTY & (UNITS == ONE))
        .sort("line_order")
        .select(
            "row",
            *alike[:-1],
            _right=RIGHT,
            _seventy_eight=billed_with("78"),
        )
        .with_columns(_place=pl.int_range(pl.len()).over([*alike, "_right"]))
        .with_columns(
            _sides=pl.len().over([*alike, "_place"]),
            _pair=pl.col("row").first().over([*alike, "_place"]).cast(pl.Int64),
        )
        .filter(pl.col("_sides") == 2)
        .select("row", "_pair")
    )
    return pool.join(pairs, on="row", how="left")


@rule(
    cites="CMS RVU file documentation, bilateral surgery; CMS Pub. 100-04, ch. 12, §40.7",
    effective="1992-01-01",
    reads=(
        "status_code",
        "bilateral_indicator",
        "multiple_procedure_indicator",
        "modifiers",
        "units_thousandths",
        "hcpcs_code",
        "row_modifier",
        "service_date",
        "line_order",
        SESSION,
    ),
)
def bilateral(*, both: Dated = BOTH_SIDES, each: Dated = EACH_SIDE) -> Adjustment:
    """Bilateral procedures: 150 percent, 100 percent or each side in full, before any ranking."""
    paired = pl.col("_pair").is_not_null()
    is_second = paired & (pl.col("_pair") != pl.col("row"))
    two_units = (UNITS == TWO) & ~FIFTY & INDICATOR.is_in(["1", "2", "3"])
    reported = FIFTY | two_units
    unit = pl.col("amount")
    both_factor, each_factor = both.on(), each.on()
    factor = (
        pl.when(reported & (INDICATOR == "1"))
        .then(both_factor)
        .when(reported & (INDICATOR == "3"))
        .then(each_factor)
        .when(is_second & (INDICATOR == "1"))
        .then(both_factor - WHOLE)
        .otherwise(WHOLE)
    )
    as_two_units = reported & (INDICATOR == "3") & UNIT_BY_UNIT
    scaled = percentage(unit, pl.col("_factor"))
    unit_factor = pl.when(as_two_units).then(WHOLE).otherwise(pl.col("_factor"))
    how = (
        pl.when(FIFTY)
        .then(pl.lit("modifier 50"))
        .when(two_units)
        .then(pl.lit("two units"))
        .when(is_second)
        .then(pl.lit("second line of an RT and LT pair"))
        .otherwise(pl.lit("first line of an RT and LT pair"))
    )
    why = pl.format("bilateral indicator {}, {}", INDICATOR, how)
    second_unpaid = is_second & INDICATOR.is_in(["0", "2"])
    return Adjustment(
        among=(
            INDICATOR.is_in(["0", "1", "2", "3"]) & NOT_ANESTHESIA,
            FIFTY | RIGHT | LEFT | (UNITS == TWO),
        ),
        facts=(
            with_pairs,
            {"_factor": factor},
        ),
        outcomes=(
            Outcome(
                when=second_unpaid,
                sets={
                    "status": pl.lit(BUNDLED, dtype=pl.UInt8),
                    "amount": pl.lit(0, dtype=pl.Int64),
                    "pair": pl.col("_pair"),
                },
                detail=why,
                group_code="CO",
                carc="97",
                rarc="N644",
                factor=pl.lit(0, dtype=pl.Int64),
            ),
            pay(
                reported | paired,
                scaled,
                why,
                factor=pl.col("_factor"),
                sets={
                    "pair": pl.col("_pair"),
                    "unit_factor": unit_factor,
                    "ranked_units": pl.when(as_two_units).then(2).otherwise(1),
                    "first_unit_amount": percentage(unit, unit_factor),
                    "later_unit_amount": percentage(unit, unit_factor),
                    "units_used_up": pl.lit(value=True),
                },
                # An increase carries no CARC; the second side of a pair, paid at half, does.
                carc="59",
                rarc="N644",
            ),
        ),
        notes=(
            note(
                FIFTY & (UNITS > ONE),
                "modifier 50 with more than one unit: taken as one bilateral service",
            ),
            note(
                two_units & (RIGHT | LEFT),
                "two units with RT or LT: taken as both sides; check the side and the units",
            ),
        ),
    )
