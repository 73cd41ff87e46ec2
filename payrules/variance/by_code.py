"""What payers adjusted, by code and by payer: the first tables to read of a remittance."""

import polars as pl

from payrules.variance.codes import CONTRACTUAL, cause_of_code
from payrules.variance.denied_claims import denied_claims
from payrules.variance.held import told
from payrules.variance.remittances import Remittances


def by_code(read: Remittances) -> pl.DataFrame:
    """Add up adjustments by payer, group and code, largest first; amounts in cents."""
    summed = (
        read.tables.used("payer_adjustments")
        .join(_payers(read), on="remittance", how="left")
        .group_by("payer_name", "group_code", "carc")
        .agg(
            pl.len().cast(pl.Int64).alias("adjustments"),
            pl.col("payer_claim").n_unique().cast(pl.Int64).alias("claims"),
            pl.col("adjustment_amount").sum(),
        )
    )
    summed = told(summed).sort(
        "adjustment_amount", "payer_name", "group_code", "carc", descending=[True, *[False] * 3]
    )
    causes = [
        "contractual" if carc == CONTRACTUAL else cause_of_code(group, carc)
        for group, carc in summed.select("group_code", "carc").rows()
    ]
    return summed.with_columns(pl.Series("speaks_of", causes, pl.String)).select(
        "payer_name",
        "group_code",
        "carc",
        "speaks_of",
        "adjustments",
        "claims",
        "adjustment_amount",
    )


def _payers(read: Remittances) -> pl.DataFrame:
    """Give the payer of each payment, by the number as rows are held with it."""
    payments = read.tables.frames["remittances"]
    return payments.select(pl.col("remittance").cast(pl.UInt32), "payer_name")


def by_payer(read: Remittances) -> pl.DataFrame:
    """Add up each payer's payments and claims; amounts in cents."""
    payments = (
        read.used("remittances")
        .group_by("payer_name", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("payments"),
            pl.col("payment_amount").sum(),
            pl.col("claims").sum(),
            pl.col("provider_adjustment_amount").sum(),
        )
    )
    denied = denied_claims(read)
    claims = (
        read.tables.used("payer_claims")
        .with_columns(is_denied=pl.col("payer_claim").is_in(denied.implode()))
        .join(_payers(read), on="remittance")
        .group_by("payer_name")
        .agg(
            pl.col("is_denied").sum().cast(pl.Int64).alias("denied_claims"),
            pl.col("charge_amount").sum(),
            pl.col("paid_amount").sum(),
            pl.col("patient_amount").sum(),
            pl.col("interest_amount").sum(),
        )
    )
    return payments.join(claims, on="payer_name", how="left", nulls_equal=True).select(
        *("payer_name", "payments", "payment_amount", "claims", "denied_claims"),
        *(
            pl.col(name).fill_null(0)
            for name in ("charge_amount", "paid_amount", "patient_amount", "interest_amount")
        ),
        "provider_adjustment_amount",
    )
