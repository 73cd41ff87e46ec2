"""What Medicare pays beside the claims, in total: the shortage area bonus, the models' incentive.

They stand in no amount of a line and no other total.
"""

from collections.abc import Mapping

import polars as pl

#: By payment year, ten-thousandths of the year before (SSA 1833(z)(1)); none from 2027, when the
#: higher conversion factor of 2026 has taken its place. 2025 and 2026 as recalled.
INCENTIVES = {**dict.fromkeys(range(2019, 2025), 500), 2025: 350, 2026: 188}
BONUS = "hpsa_bonus_amount"


def beside_the_claims(lines: pl.DataFrame, of_medicare: pl.Series) -> dict[str, int]:
    """Add up priced lines, in cents: the bonus, and by year what qualifying participants got.

    The incentive is a share of what Part B paid (SSA 1833(z)(1)): of the lines `of_medicare`.
    """
    paid = (
        lines.filter(pl.col("qualifying_apm_participant") & of_medicare)
        .group_by(pl.col("service_date").dt.year().cast(pl.String).alias("year"))
        .agg(pl.col("medicare_amount").sum())
        .sort("year")
    )
    return {BONUS: int(lines[BONUS].sum()), **dict(paid.iter_rows())}


def settled(beside: Mapping[str, int]) -> dict[str, str]:
    """Give the totals of what is paid beside the claims, as text: the run record's `settlement`.

    The incentive of a payment year is a share of what was paid in the year before.
    """
    incentives = {
        int(year) + 1: (cents * INCENTIVES.get(int(year) + 1, 0) + 5_000) // 10_000
        for year, cents in beside.items()
        if year != BONUS
    }
    return {
        BONUS: dollars_of(beside.get(BONUS, 0)),
        **{
            f"apm_incentive_amount_{year}": dollars_of(cents)
            for year, cents in sorted(incentives.items())
            if cents
        },
    }


def dollars_of(cents: int) -> str:
    """Write cents as dollars, exactly: "-9.01"."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
