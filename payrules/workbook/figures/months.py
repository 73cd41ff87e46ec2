"""Months of service in their order, those without a line among them."""

import polars as pl

#: A slip in one date must not make a page of empty months.
_LONGEST_SPAN = 60


def with_every_month(grouped: pl.DataFrame) -> pl.DataFrame:
    """Add the months between the first and the last that have no line: 0 lines, 0.00."""
    known = grouped["month"].drop_nulls()
    if known.is_empty():
        return grouped
    days = (known + "-01").str.to_date()
    months = pl.select(
        pl.date_range(days.min(), days.max(), "1mo").dt.strftime("%Y-%m").alias("month")  # type: ignore[arg-type]
    )
    if months.height > _LONGEST_SPAN:
        return grouped
    numbers = [name for name, kind in grouped.schema.items() if kind.is_numeric()]
    filled = months.join(grouped, on="month", how="full", coalesce=True)
    # A month with lines and no amount has none.
    added = pl.col("lines").is_null()
    return filled.sort("month", nulls_last=True).with_columns(
        pl.when(added & pl.col(name).is_null())
        .then(0)
        .otherwise(pl.col(name))
        .alias(name)
        .cast(kind)
        for name, kind in grouped.schema.items()
        if name in numbers
    )
