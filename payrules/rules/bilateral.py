"""Bilateral: a procedure done on both sides is paid by its bilateral indicator."""

import polars as pl

from payrules import within_reason
from payrules.claims.modifiers import ANATOMICAL, billed_with, flags
from payrules.dated import Dated
from payrules.engine.global_surgery import CARE_ONLY, FOLLOW_UP, operations
from payrules.engine.rule import (
    BUNDLED,
    NOT_ANESTHESIA,
    Adjustment,
    Hints,
    Outcome,
    Tables,
    note,
    pay,
    rule,
)
from payrules.engine.session import SESSION
from payrules.few import at_hand
from payrules.money import WHOLE, percentage

BOTH_SIDES = Dated(
    {"1992-01-01": "1.50"},
    cites="MPFSDB bilateral indicator 1; ch. 12, §40.7",
    within=within_reason.BOTH_SIDES,
)
EACH_SIDE = Dated(
    {"1992-01-01": "2.00"},
    cites="MPFSDB bilateral indicator 3",
    within=within_reason.BOTH_SIDES,
)
INDICATOR = pl.col("bilateral_indicator")
FIFTY = billed_with("50")
RIGHT, LEFT = billed_with("RT"), billed_with("LT")
UNITS = pl.col("units_thousandths")
ONE, TWO = 1000, 2000
#: Units of a line with 55 are its days of care: it is one service.
ONE_UNIT, TWO_UNITS = (UNITS == ONE) | FOLLOW_UP, (UNITS == TWO) & ~FOLLOW_UP
ONE_SIDE = (RIGHT ^ LEFT) & ~FIFTY
BOTH_NAMED = RIGHT & LEFT & ~FIFTY & (ONE_UNIT | TWO_UNITS)
#: What a line itself says of sides.
SAYS_SIDES = FIFTY | RIGHT | LEFT | (UNITS == TWO)
#: Rules that rank every unit on its own: a doubled amount stays two units there.
UNIT_BY_UNIT = pl.col("multiple_procedure_indicator").is_in(["4", "6", "7"])
IS_ADD_ON = (pl.col("global_days") == "ZZZ").fill_null(value=False)


def with_pairs(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Number, by its first line's row, each pair of a right and a left side of one procedure.

    The care after an operation is a side only beside its operation, and of other care.
    """
    alike = [SESSION, "hcpcs_code", "row_modifier", "_care", "_seventy_eight"]
    lines = at_hand(pool)
    sides = lines.filter(ONE_SIDE & ONE_UNIT)
    if lines.height and sides.height < 2:
        return lines.lazy().with_columns(_pair=pl.lit(None, dtype=pl.Int64))
    care = sides.filter(CARE_ONLY)
    if care.height:
        named = sides.with_columns(
            _sides=pl.col("modifiers") & flags(("RT", "LT", "50", *ANATOMICAL))
        )
        beside = operations(named.lazy()).collect()["row"]
        sides = sides.filter(~CARE_ONLY | pl.col("row").is_in(beside.implode()))
    pairs = (
        sides.sort("line_order")
        .select(
            "row",
            *alike[:-2],
            _right=RIGHT,
            _care=CARE_ONLY,
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
    return lines.lazy().join(pairs.lazy(), on="row", how="left")


def beside_both_sides(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Say which lines, on both sides and other, stand beside the other kind of one procedure.

    Of the lines that nothing else brought here only these stay.
    """
    alike = ["hcpcs_code", "row_modifier"]
    lines = at_hand(pool)
    fifty = lines.filter(FIFTY & ~CARE_ONLY).select(SESSION, *alike).unique()
    if lines.height and not fifty.height:
        return lines.lazy().with_columns(_mixed=pl.lit(value=False)).filter(SAYS_SIDES)
    # Few sessions have a line with 50: only their lines are compared.
    near = lines.filter(
        pl.col(SESSION).is_in(fifty[SESSION].unique().implode()), ~CARE_ONLY & ~BOTH_NAMED
    )
    near = near.join(fifty, on=[SESSION, *alike], how="semi")
    mixed = near.join(near.filter(~FIFTY), on=[SESSION, *alike], how="semi")["row"]
    is_mixed = pl.col("row").is_in(mixed.implode())
    return lines.lazy().with_columns(_mixed=is_mixed).filter(SAYS_SIDES | pl.col("_mixed"))


@rule(
    cites="CMS RVU file documentation, bilateral surgery; CMS Pub. 100-04, ch. 12, §40.7",
    effective="1992-01-01",
    reads=(
        "status_code",
        "bilateral_indicator",
        "multiple_procedure_indicator",
        "modifiers",
        "units_thousandths",
        "global_days",
        "hcpcs_code",
        "row_modifier",
        "service_date",
        "line_order",
        SESSION,
    ),
)
def bilateral(*, both: Dated = BOTH_SIDES, each: Dated = EACH_SIDE) -> Adjustment:
    """Bilateral procedures: 150 percent, 100 percent or each side in full, before any ranking.

    Decision: a line that names one side is not reported as bilateral, however many its units (CMS's
    text speaks of codes "reported as bilateral procedures"); one that names both sides is.
    """
    paired = pl.col("_pair").is_not_null()
    is_second = paired & (pl.col("_pair") != pl.col("row"))
    by_units = INDICATOR.is_in(["1", "2", "3"])
    two_units = TWO_UNITS & ~FIFTY & ~RIGHT & ~LEFT & by_units
    reported = FIFTY | BOTH_NAMED | two_units
    unit = pl.col("amount")
    both_factor, each_factor = both.on(), each.on()
    factor = (
        pl.when(reported & (INDICATOR == "1"))
        .then(both_factor)
        .when(reported & (INDICATOR == "3"))
        .then(each_factor)
        .when(is_second & (INDICATOR == "1"))
        .then((both_factor - WHOLE).clip(0))  # less than one side's fee takes none back
        .otherwise(WHOLE)
    )
    as_two_units = reported & (INDICATOR == "3") & UNIT_BY_UNIT
    scaled = percentage(unit, pl.col("_factor"))
    unit_factor = pl.when(as_two_units).then(WHOLE).otherwise(pl.col("_factor"))
    how = (
        pl.when(FIFTY)
        .then(pl.lit("modifier 50"))
        .when(BOTH_NAMED)
        .then(pl.lit("RT and LT on one line"))
        .when(two_units)
        .then(pl.lit("two units"))
        .when(is_second)
        .then(pl.lit("second line of an RT and LT pair"))
        .otherwise(pl.lit("first line of an RT and LT pair"))
    )
    why = pl.format("bilateral indicator {}, {}", INDICATOR, how)
    second_unpaid = is_second & INDICATOR.is_in(["0", "2"])
    return Adjustment(
        among=(INDICATOR.is_in(["0", "1", "2", "3"]) & NOT_ANESTHESIA,),
        pool=SESSION,
        hints=Hints(triggers=SAYS_SIDES),
        facts=(
            beside_both_sides,
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
                FIFTY & (UNITS > ONE) & ~FOLLOW_UP,
                "modifier 50 with more than one unit: priced as one bilateral service",
            ),
            note(
                FIFTY & (RIGHT ^ LEFT),
                pl.format(
                    "50 means both sides, {} means one: priced as both",
                    pl.when(RIGHT).then(pl.lit("RT")).otherwise(pl.lit("LT")),
                ),
            ),
            note(BOTH_NAMED, "RT and LT on one line: priced as both sides"),
            note(
                two_units & IS_ADD_ON,
                "2 units priced as both sides (CMS instruction); levels on one side need RT or LT",
            ),
            note(
                ONE_SIDE & ~ONE_UNIT & by_units & ~IS_ADD_ON,
                pl.format(
                    "{} units on one side: each unit is priced as a service",
                    pl.when(TWO_UNITS).then(pl.lit("two")).otherwise(UNITS // ONE),
                ),
            ),
            note(
                pl.col("_mixed"),
                "both sides and one more, priced as three services; Medicare requires one line "
                "with 50 and one unit",
            ),
        ),
    )
