"""Procedure pairs: NCCI's column-two code is not paid beside its column-one code."""

import polars as pl

from payrules.modifiers import MODIFIER_COLUMNS, NCCI, SIDES_AND_SITES, billed_with, named
from payrules.rule import Adjustment, Tables, denied_by_a_stand_in, deny, note, rule
from payrules.session import PRACTITIONER_DAY

DENIED = pl.col("column_1_code").is_not_null()
#: What says that the services are distinct; a place of the body alone does not (spec 3.45).
DISTINCT = tuple(modifier for modifier in NCCI if modifier not in SIDES_AND_SITES)
_LINE = [PRACTITIONER_DAY, "hcpcs_code", "_lifted", "_distinct", "_places"]


def with_column_one(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join, to each column-two line, the column-one code that denies it; keep only those lines.

    Kept too, without such a code, are lines whose pairs a place of the body alone lifted:
    `_beside` names the column-one codes, `_by` the modifiers.

    The codes of a day are paired first and looked up then: CMS's table has thousands of
    column-one codes to a common column-two code, a day has few codes.
    """
    lines = pool.with_columns(
        _lifted=billed_with(*NCCI),
        _distinct=billed_with(*DISTINCT),
        _places=pl.when(billed_with(*SIDES_AND_SITES)).then(named(SIDES_AND_SITES)),
    )
    codes = lines.select(*_LINE, "service_date").unique()
    one = codes.select(
        PRACTITIONER_DAY,
        column_1_code="hcpcs_code",
        _one_lifted="_lifted",
        _one_distinct="_distinct",
        _one_places="_places",
    )
    lifted = pl.col("_lifted") | pl.col("_one_lifted")
    denied = (pl.col("modifier_indicator") == "0") | ~lifted
    by_a_place_alone = ~denied & ~(pl.col("_distinct") | pl.col("_one_distinct"))
    column_one = pl.col("column_1_code")
    pairs = (
        codes.rename({"hcpcs_code": "column_2_code"})
        .join(one, on=PRACTITIONER_DAY)
        .filter(column_one != pl.col("column_2_code"))
        .join(tables.in_use("procedure_pairs").lazy(), on=["column_1_code", "column_2_code"])
        .filter(
            pl.col("modifier_indicator").is_in(["0", "1"]),
            denied | by_a_place_alone,
            pl.col("effective_from") <= pl.col("service_date"),
            (pl.col("effective_to") >= pl.col("service_date")).fill_null(value=True),
        )
        .rename({"column_2_code": "hcpcs_code"})
        .sort("column_1_code", "modifier_indicator")
        .group_by(_LINE)
        .agg(
            column_1_code=column_one.filter(denied).first(),
            modifier_indicator=pl.col("modifier_indicator").filter(denied).first(),
            _beside=column_one.filter(by_a_place_alone).unique(maintain_order=True).str.join(", "),
            _by=pl.concat([pl.col("_places"), pl.col("_one_places")])
            .filter(pl.concat([by_a_place_alone, by_a_place_alone]))
            .drop_nulls()
            .unique(maintain_order=True)
            .str.join(", "),
        )
    )
    return lines.join(pairs, on=_LINE, nulls_equal=True).with_columns(
        _stands_in=tables.standing_in("procedure_pairs")
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
    reads=("hcpcs_code", "service_date", "modifiers", *MODIFIER_COLUMNS, PRACTITIONER_DAY),
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
                DENIED,
                pl.format(
                    "NCCI: not paid beside {} (modifier indicator {})",
                    "column_1_code",
                    "modifier_indicator",
                ),
                carc="236",
            ),
        ),
        notes=(
            denied_by_a_stand_in(DENIED),
            note(
                ~DENIED,
                pl.format(
                    "NCCI pair {} and {} is lifted by {} alone: CMS wants that only for separate"
                    " sites or sessions",
                    "_beside",
                    "hcpcs_code",
                    "_by",
                ),
                of_amount=True,
            ),
        ),
    )
