"""Groups lines by what they share: how many there are, and what they come to."""

from collections.abc import Sequence

import polars as pl

from payrules.money import as_dollars, half_up
from payrules.workbook.coinsurance import sum_on_file
from payrules.workbook.columns import LINE_COLUMNS
from payrules.workbook.figures.labels import NEEDS_REVIEW
from payrules.workbook.figures.order import order_of
from payrules.workbook.figures.totals import CENTS, DOLLARS

#: What of the charge is allowed, where there is one.
ALLOWED_SHARE = (
    pl.when(pl.col("charge_amount") > 0)
    .then(pl.col("allowed_amount").cast(pl.Float64) / pl.col("charge_amount").cast(pl.Float64))
    .alias("allowed_share")
)


def grouped_by(
    keys: Sequence[str], lines: pl.DataFrame, payer_order: Sequence[str]
) -> pl.DataFrame:
    """Group lines: counts, sums of money and units, and shares, in the order of `order_of`."""
    summed = [
        name
        for name, column in LINE_COLUMNS.items()
        if column.format in {"money", "quantity"}
        and name not in {"limiting_charge", "fee_schedule_amount"}
        and name in lines.columns
    ]
    money = [name for name in summed if LINE_COLUMNS[name].format == "money"]
    grouped = lines.group_by(keys).agg(
        pl.len().cast(pl.Int64).alias("lines"),
        pl.col("claim_id").n_unique().cast(pl.Int64).alias("claims"),
        (pl.col("status") == "priced").sum().cast(pl.Int64).alias("priced_lines"),
        NEEDS_REVIEW.sum().cast(pl.Int64).alias("review_lines"),
        *map(sum_on_file, summed),
        pl.col("_line").min(),
    )
    return (
        grouped.with_columns(
            ALLOWED_SHARE,
            as_dollars(
                half_up((pl.col("allowed_amount") * CENTS).cast(pl.Int64), pl.col("priced_lines"))
            ).alias("mean_allowed_amount"),
            *(pl.col(name).cast(DOLLARS) for name in money),
        )
        .sort(**order_of(keys, payer_order), nulls_last=True)
        .drop("_line")
    )
