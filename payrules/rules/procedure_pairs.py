"""Procedure pairs: NCCI's column-two code is not paid beside its column-one code."""

import polars as pl

from payrules.modifiers import NCCI, billed_with
from payrules.rule import Adjustment, Tables, deny, rule
from payrules.session import PRACTITIONER_DAY


def with_column_one(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join, to each column-two line, the column-one code that denies it; keep only those lines.

    The codes of a day are paired first and looked up then: CMS's table has thousands of
    column-one codes to a common column-two code, a day has few codes.
    """
    lifted = billed_with(*NCCI)
    codes = pool.select(PRACTITIONER_DAY, "service_date", "hcpcs_code", _lifted=lifted).unique()
    one = codes.select(PRACTITIONER_DAY, column_1_code="hcpcs_code", _one_lifted="_lifted")
    denied = (
        codes.rename({"hcpcs_code": "column_2_code"})
        .join(one, on=PRACTITIONER_DAY)
        .filter(pl.col("column_1_code") != pl.col("column_2_code"))
        .join(tables.in_use("procedure_pairs").lazy(), on=["column_1_code", "column_2_code"])
        .filter(
            (pl.col("modifier_indicator") == "0")
            | (
                (pl.col("modifier_indicator") == "1") & ~(pl.col("_lifted") | pl.col("_one_lifted"))
            ),
            pl.col("effective_from") <= pl.col("service_date"),
            (pl.col("effective_to") >= pl.col("service_date")).fill_null(value=True),
        )
        .group_by(PRACTITIONER_DAY, "_lifted", hcpcs_code="column_2_code")
        .agg(
            pl.col("column_1_code").min(),
            pl.col("modifier_indicator").sort_by("column_1_code", "modifier_indicator").first(),
        )
    )
    return pool.with_columns(_lifted=lifted).join(
        denied, on=[PRACTITIONER_DAY, "hcpcs_code", "_lifted"]
    )


def in_pairs(tables: Tables) -> pl.Expr:
    """Say which lines' codes are of any pair."""
    pairs = tables.in_use("procedure_pairs")
    codes = pl.concat([pairs["column_1_code"], pairs["column_2_code"]]).unique()
    return pl.col("hcpcs_code").is_in(codes.implode())


def in_column_two(tables: Tables) -> pl.Expr:
    """Say which lines' codes another code could deny."""
    codes = tables.in_use("procedure_pairs")["column_2_code"].unique()
    return pl.col("hcpcs_code").is_in(codes.implode())


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
        among=in_pairs,
        pool=PRACTITIONER_DAY,
        triggers=in_column_two,
        crowded=True,
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
