"""Multiple procedures: after the highest amount of the session, procedures are paid at half."""

from collections.abc import Mapping
from typing import Literal

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.components import in_unit
from payrules.engine.global_surgery import BEFORE_ONLY, CARE_ONLY, WHOLE_SHARE
from payrules.engine.rule import (
    NOT_ANESTHESIA,
    Adjustment,
    Hints,
    Outcome,
    Tables,
    in_order,
    note,
    pay,
    rule,
    so_far,
)
from payrules.money import WHOLE, half_up, percentage

LATER_PROCEDURE = Dated({"1992-01-01": "0.50"}, cites="MPFSDB multiple procedure indicator 2")
OLD_RULE_THIRD = Dated({"1992-01-01": "0.25"}, cites="MPFSDB multiple procedure indicator 1")
INDICATOR = pl.col("multiple_procedure_indicator")
BY_REPORT_FROM = 6
#: Lines of one procedure, whose heights and charges are added.
OF_ONE = pl.coalesce("family", "operation", "pair")
IN_FAMILY = pl.col("family").is_not_null()
#: The care after an operation is none of the day, unless its operation stands beside it.
CARE_ALONE = (CARE_ONLY & pl.col("operation").is_null()) | BEFORE_ONLY
OLD_EQUIPMENT = billed_with("CT", "FX", "FY") & pl.col("technical_share").is_not_null()
UNITS = pl.col("ranked_units")
RANKING = "ranking"


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.6; CMS RVU file documentation, multiple procedure 1 to 3",
    effective="1992-01-01",
    reads=(
        "status_code",
        "multiple_procedure_indicator",
        "modifiers",
        "service_date",
        "ranked_units",
        "unit_factor",
        "first_unit_amount",
        "later_unit_amount",
        "total_rvu",
        "technical_share",
        "family",
        "operation",
        "ranked_share",
        "pair",
        "charge_amount",
        "line_order",
        RANKING,
    ),
)
def multiple_procedure(
    *,
    later: Dated = LATER_PROCEDURE,
    third: Dated | None = None,
    old_rule_third: Dated = OLD_RULE_THIRD,
    rank_by: Literal["amount", "total_rvu"] = "amount",
) -> Adjustment:
    """Multiple procedures: the highest amount of a session in full, the others at half."""
    item = "_item"  # the number of a line, so it is of one session
    together = OF_ONE.is_not_null()
    charge = pl.col("charge_amount")
    if rank_by == "amount":
        of_unit, of_line = pl.col("first_unit_amount"), pl.col("amount")
    else:
        of_unit = pl.col("total_rvu") * pl.col("unit_factor")
        of_line = of_unit * UNITS

    def with_items(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
        """Join, to the few lines ranked together, their sums: windows would look at every line.

        A family is one amount, units and all; of other lines of one procedure unit joins unit.
        """
        height = pl.when(IN_FAMILY).then(of_line).otherwise(of_unit)
        left = half_up(height * pl.col("ranked_share"), WHOLE_SHARE)
        items = (
            pool.filter(together)
            .group_by(item)
            .agg(
                _of_lines=pl.coalesce(left, height).sum(),
                _of_charges=pl.when(charge.is_not_null().any()).then(charge.sum()),
                _first=pl.col("line_order").min(),
            )
        )
        return pool.join(items, on=item, how="left")

    counted = pl.when(pl.col(item).is_first_distinct()).then("_count").otherwise(0)
    rank, last = pl.col("_rank"), pl.col("_rank") + pl.col("_count") - 1
    second = later.on()
    beyond = (
        pl.when(INDICATOR == "1")
        .then(old_rule_third.on())
        .otherwise(second if third is None else third.on().fill_null(second))
    )
    share = pl.when(rank == 1).then(WHOLE).when(rank == 2).then(second).otherwise(beyond)
    unit, later_unit = pl.col("first_unit_amount"), pl.col("later_unit_amount")
    # All units of a line are alike and stand together in the ranking, so it is enough to
    # count how many of them stand first, second and beyond.
    first_places = (rank == 1).cast(pl.Int64)
    second_places = ((rank <= 2) & (last >= 2)).cast(pl.Int64)
    other_places = pl.col("_count") - first_places - second_places

    def as_ranked(first: pl.Expr, later: pl.Expr) -> pl.Expr:
        """Pay the line's units by their ranks; those of a family all alike."""
        return (
            pl.when(IN_FAMILY)
            .then(
                percentage(first, pl.col("_share"))
                + (UNITS - 1) * percentage(later, pl.col("_share"))
            )
            .otherwise(
                first_places * first
                + second_places * percentage(first, pl.col("_second"))
                + other_places * percentage(first, pl.col("_beyond"))
            )
        )

    def by_rank(when: pl.Expr, sets: Mapping[str, pl.Expr] | None = None) -> Outcome:
        return pay(
            when & (pl.col("_of") > 1),
            as_ranked(unit, later_unit),
            pl.when(pl.col("_count") > 1)
            .then(pl.format("ranks {} to {} of {} in the session", rank, last, "_of"))
            .otherwise(pl.format("rank {} of {} in the session", rank, "_of")),
            factor=pl.when(pl.col("_count") == 1).then("_share"),
            carc="59",
            sets=sets,
        )

    part = in_unit("technical_share")
    technical = as_ranked(pl.min_horizontal(part, unit), pl.min_horizontal(part, later_unit))
    return Adjustment(
        among=(
            INDICATOR.is_in(["1", "2", "3"]) & NOT_ANESTHESIA,
            ~billed_with("78") & ~CARE_ALONE,
        ),
        pool=RANKING,
        hints=Hints(crowded=True),
        facts=(
            {
                "_item": pl.coalesce(OF_ONE, pl.col("row").cast(pl.Int64)),
                "_count": pl.when(IN_FAMILY).then(1).otherwise(UNITS),
            },
            with_items,
            {
                "_height": pl.when(together).then("_of_lines").otherwise(of_unit),
                "_charge": pl.when(together).then("_of_charges").otherwise(charge)
                * 1_000_000
                // pl.col("_count"),
                "_order": pl.coalesce("_first", "line_order"),
            },
            in_order(RANKING, ("_height", "highest first"), ("_charge", "highest first"), "_order"),
            {"_counted": counted},
            {
                "_rank": so_far(pl.col("_counted"), RANKING) - pl.col("_count") + 1,
                "_of": pl.col("_counted").sum().over(RANKING),
            },
            {"_share": share, "_second": second, "_beyond": beyond},
        ),
        outcomes=(
            # What outdated equipment costs is a part of the technical share that ranking left.
            by_rank(OLD_EQUIPMENT, {"ranked_technical_amount": technical}),
            by_rank(pl.lit(value=True)),
        ),
        notes=(
            note(
                last >= BY_REPORT_FROM,
                "sixth or later procedure: CMS prices these by report, at no less than 50 "
                "percent; paid at the percentage for later procedures",
            ),
        ),
    )
