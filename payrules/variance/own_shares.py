"""The patient's share of a line as it was priced, and whether its deductible is waived.

The trail says both exactly: a drug's own share has three decimals, which cents would not tell.
A line of which it says nothing has the usual share.
"""

import polars as pl

#: Shares are in thousandths of a percent; Medicare's own. [SSA 1833(a)(1)]
USUAL, WHOLE_SHARE = 20_000, 100_000
_PERCENT = r"([0-9]+)(?:\.([0-9]{1,3}))? %$"
_NO_DEDUCTIBLE = "no deductible"
_OF_RULES = ("preventive", "coinsurance")


def own_shares(trail: pl.DataFrame | None) -> dict[int, tuple[int, bool]]:
    """Give, by row, the share and whether the deductible is waived, of lines that differ.

    Decision: what leaves the patient no share takes no deductible, as the rule `deductible` has it;
    a share that is only less, as that of a drug, leaves the deductible.
    """
    if trail is None:
        return {}
    detail = pl.col("detail")
    share = detail.str.extract(_PERCENT, 1).cast(pl.Int64) * 1000 + detail.str.extract(
        _PERCENT, 2
    ).fill_null("").str.pad_end(3, "0").cast(pl.Int64)
    told = (
        trail.with_columns(pl.col("rule").cast(pl.String))
        .filter(pl.col("rule").is_in(_OF_RULES))
        .select(
            "row",
            share=share,
            waived=(pl.col("rule") == "preventive") & detail.str.contains(_NO_DEDUCTIBLE),
        )
        .group_by("row")
        # The steps stand in order: the share that was taken is the last.
        .agg(pl.col("share").drop_nulls().last(), pl.col("waived").any())
        .with_columns(pl.col("share").fill_null(USUAL))
        .filter((pl.col("share") != USUAL) | pl.col("waived"))
    )
    return {row: (share, waived or share == 0) for row, share, waived in told.rows()}
