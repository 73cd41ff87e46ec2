"""Procedure pairs: NCCI's column-two code is not paid beside its column-one code."""

import polars as pl

from payrules.modifiers import NCCI, billed_with
from payrules.rule import Adjustment, Tables, deny, rule
from payrules.session import PRACTITIONER_DAY


def with_column_one(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join, to each column-two line, the column-one code that denies it; keep only those lines."""
    pairs = tables.in_use("procedure_pairs")
    lifted = billed_with(*NCCI)
    # A column-one code's lines count once with and once without a lifting modifier.
    column_one = pool.select(
        PRACTITIONER_DAY, column_1_code="hcpcs_code", _one_lifted=lifted
    ).unique()
    denied = (
        pool.join(pairs.lazy(), left_on="hcpcs_code", right_on="column_2_code")
        .filter(
            pl.col("modifier_indicator").is_in(["0", "1"]),
            pl.col("effective_from") <= pl.col("service_date"),
            (pl.col("effective_to") >= pl.col("service_date")).fill_null(value=True),
        )
        .join(column_one, on=[PRACTITIONER_DAY, "column_1_code"])
        .filter((pl.col("modifier_indicator") == "0") | ~(lifted | pl.col("_one_lifted")))
        .group_by("row")
        .agg(
            pl.col("column_1_code").min(),
            pl.col("modifier_indicator").sort_by("column_1_code").first(),
        )
    )
    return pool.join(denied, on="row")


@rule(
    cites="CMS NCCI Policy Manual, ch. 1, §A, §E; NCCI practitioner PTP edit table",
    effective="1996-01-01",
    kind="edit",
    needs="procedure_pairs",
    reads=("hcpcs_code", "service_date", "modifiers", PRACTITIONER_DAY),
)
def procedure_pairs() -> Adjustment:
    """A column-two code is denied beside its column-one code unless a modifier separates them."""
    return Adjustment(
        among=pl.lit(value=True),
        facts=(with_column_one,),
        outcomes=(
            deny(
                pl.lit(value=True),
                pl.format(
                    "NCCI: not paid beside {} (modifier indicator {})",
                    "column_1_code",
                    "modifier_indicator",
                ),
                carc="236",
            ),
        ),
    )
