"""The patient's share of a line as it was priced, whether its deductible is waived, and by whom.

The trail says all exactly: a drug's own share has three decimals, which cents would not tell.
A line of which it says nothing has the usual share.
"""

import polars as pl

from payrules.money import WHOLE
from payrules.rules.therapy_assistant import BY_ASSISTANT, therapy_assistant

#: Shares are in thousandths of a percent; Medicare's own. [SSA 1833(a)(1)]
USUAL, WHOLE_SHARE = 20_000, 100_000
_PERCENT = r"([0-9]+)(?:\.([0-9]{1,3}))? %$"
_NO_DEDUCTIBLE = "no deductible"
_OF_RULES = ["preventive", "coinsurance"]
#: From which day Medicare pays less for a therapy assistant's service, and what of its share, in
#: ten-thousandths: as its rule has it. [SSA 1834(v); 42 CFR 410.152]
((_first_day, _share),) = BY_ASSISTANT.values
ASSISTANT_FROM, ASSISTANT_SHARE = _first_day.isoformat(), int(_share * WHOLE)
_COLUMNS = {"row": pl.UInt32, "rate": pl.Int64, "is_deductible_waived": pl.Boolean}


def own_shares(trail: pl.DataFrame | None) -> pl.DataFrame:
    """Give `row`, `rate` and `is_deductible_waived` of lines that differ from the usual.

    Decision: what leaves the patient no share takes no deductible, as the rule `deductible` has it;
    a share that is only less, as that of a drug, leaves the deductible.
    """
    if trail is None:
        return pl.DataFrame(schema=_COLUMNS)
    steps = trail.select("row", "rule", "detail").filter(pl.col("rule").is_in(_OF_RULES))
    # There are few different details, and most say the usual.
    told = steps.select("rule", "detail").unique().with_columns(**_read())
    unusual = told.filter((pl.col("rate").fill_null(USUAL) != USUAL) | pl.col("is_waived"))
    rows = steps.join(unusual, on=["rule", "detail"], how="semi")["row"].unique()
    return (
        steps.filter(pl.col("row").is_in(rows.implode()))
        .join(told, on=["rule", "detail"], how="left", maintain_order="left")
        .group_by("row", maintain_order=True)
        # The steps stand in order: the share that was taken is the last.
        .agg(pl.col("rate").drop_nulls().last().fill_null(USUAL), pl.col("is_waived").any())
        .filter((pl.col("rate") != USUAL) | pl.col("is_waived"))
        .select("row", "rate", is_deductible_waived=pl.col("is_waived") | (pl.col("rate") == 0))
    )


def assistant_shares(trail: pl.DataFrame | None) -> pl.DataFrame:
    """Give `row` and `share` of lines whose payer was priced to pay an assistant's service less."""
    if trail is None:
        return pl.DataFrame(schema={"row": pl.UInt32, "share": pl.Int64})
    steps = trail.select("row", "rule", share="factor")
    return steps.filter(pl.col("rule") == therapy_assistant.name).select("row", "share")


def _read() -> dict[str, pl.Expr]:
    """Read what steps say of the share, in thousandths of a percent, and of the deductible."""
    detail = pl.col("detail")
    whole = detail.str.extract(_PERCENT, 1).cast(pl.Int64) * 1000
    rest = detail.str.extract(_PERCENT, 2).fill_null("").str.pad_end(3, "0").cast(pl.Int64)
    is_free = detail.str.contains(_NO_DEDUCTIBLE)
    return {"rate": whole + rest, "is_waived": (pl.col("rule") == "preventive") & is_free}
