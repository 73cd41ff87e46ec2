"""Contract rate: a payer that pays a percentage of Medicare, overall or by code range."""

from collections.abc import Sequence

import polars as pl

from payrules.dated import Dated
from payrules.engine.rule import Adjustment, rule, scale
from payrules.money import short_text


@rule(
    cites="the payer's contract",
    effective="1992-01-01",
    every_schedule=True,
    reads=("hcpcs_code", "service_date"),
)
def contract_rate(
    *, overall: Dated | None = None, by_code: Sequence[tuple[str, str, Dated]] = ()
) -> Adjustment:
    """A percentage of what Medicare allows; the first code range that holds the code decides."""
    code = pl.col("hcpcs_code")
    share = pl.lit(None, dtype=pl.Int64) if overall is None else overall.on()
    for first, last, dated in reversed(by_code):
        share = (
            pl.when(code.is_between(pl.lit(first), pl.lit(last))).then(dated.on()).otherwise(share)
        )
    return Adjustment(
        among=pl.lit(value=True),
        facts=({"_share": share},),
        outcomes=(
            scale(
                pl.col("_share").is_not_null(),
                pl.col("_share"),
                pl.format(
                    "contract: {} % of Medicare",
                    short_text(pl.col("_share"), 2),
                ),
                carc="45",
            ),
        ),
    )
