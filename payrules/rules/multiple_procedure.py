"""Multiple procedures: after the highest amount of the session, procedures are paid at half."""

from typing import Literal

import polars as pl

from payrules.dated import Dated
from payrules.modifiers import billed_with
from payrules.money import WHOLE, percentage
from payrules.rule import NOT_ANESTHESIA, Adjustment, Tables, in_order, note, pay, rule, so_far
from payrules.session import SESSION

LATER_PROCEDURE = Dated({"1992-01-01": "0.50"}, cites="MPFSDB multiple procedure indicator 2")
OLD_RULE_THIRD = Dated({"1992-01-01": "0.25"}, cites="MPFSDB multiple procedure indicator 1")
INDICATOR = pl.col("multiple_procedure_indicator")
BY_REPORT_FROM = 6
RANKED_AS_ONE = pl.coalesce("family", "pair")
UNITS = pl.col("ranked_units")


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
        "family",
        "pair",
        "charge_amount",
        "line_order",
        SESSION,
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
    as_one = RANKED_AS_ONE.is_not_null()
    charge = pl.col("charge_amount")
    if rank_by == "amount":
        of_unit, of_line = pl.col("first_unit_amount"), pl.col("amount")
    else:
        of_unit = pl.col("total_rvu") * pl.col("unit_factor")
        of_line = of_unit * UNITS

    def with_items(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
        """Join, to the few lines ranked as one, their sums: windows would look at every line."""
        items = (
            pool.filter(as_one)
            .group_by(item)
            .agg(
                _of_lines=of_line.sum(),
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
    ranked_one_by_one = (
        first_places * unit
        + second_places * percentage(unit, pl.col("_second"))
        + other_places * percentage(unit, pl.col("_beyond"))
    )
    ranked_as_one = percentage(unit, pl.col("_share")) + (UNITS - 1) * percentage(
        later_unit, pl.col("_share")
    )
    return Adjustment(
        among=(INDICATOR.is_in(["1", "2", "3"]) & NOT_ANESTHESIA, ~billed_with("78")),
        pool=SESSION,
        crowded=True,
        facts=(
            {
                "_item": pl.coalesce(RANKED_AS_ONE, pl.col("row").cast(pl.Int64)),
                "_count": pl.when(as_one).then(1).otherwise(UNITS),
            },
            with_items,
            {
                "_height": pl.when(as_one).then("_of_lines").otherwise(of_unit),
                "_charge": pl.when(as_one)
                .then(pl.col("_of_charges") * 1_000_000)
                .otherwise(charge * 1_000_000 // pl.col("_count")),
                "_order": pl.coalesce("_first", "line_order"),
            },
            in_order(SESSION, ("_height", "highest first"), ("_charge", "highest first"), "_order"),
            {"_counted": counted},
            {
                "_rank": so_far(pl.col("_counted"), SESSION) - pl.col("_count") + 1,
                "_of": pl.col("_counted").sum().over(SESSION),
            },
            {"_share": share, "_second": second, "_beyond": beyond},
        ),
        outcomes=(
            pay(
                pl.col("_of") > 1,
                pl.when(as_one).then(ranked_as_one).otherwise(ranked_one_by_one),
                pl.when(pl.col("_count") > 1)
                .then(pl.format("ranks {} to {} of {} in the session", rank, last, "_of"))
                .otherwise(pl.format("rank {} of {} in the session", rank, "_of")),
                factor=pl.when(pl.col("_count") == 1).then("_share"),
                carc="59",
            ),
        ),
        notes=(
            note(
                last >= BY_REPORT_FROM,
                "sixth or later procedure: CMS says by report, never below half; paid at the later"
                " share",
            ),
        ),
    )
