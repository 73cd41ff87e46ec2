"""Expected against paid added up: by payer and cause, by payer, by code; amounts in cents."""

import polars as pl

from payrules.money import half_up
from payrules.variance.actions import OWED
from payrules.variance.analysis import Variance
from payrules.variance.comparison import COMPARED, DENIED, OVERPAID, UNDERPAID
from payrules.variance.held import told

_OWED = pl.col("variance_status").is_in(sorted(OWED))
#: PLB reasons by which payers take back what they overpaid.
_RECOVERIES = ("WO", "FB")


def by_cause(lines: pl.DataFrame) -> pl.DataFrame:
    """Add up what is owed by payer, cause and code: the same small amount many times shows here."""
    return (
        lines.filter(
            _OWED
            | (pl.col("variance_status") == OVERPAID)
            | (pl.col("recovered_beyond_amount") > 0).fill_null(value=False)
        )
        .group_by("payer", "variance_status", "variance_cause", "hcpcs_code")
        .agg(
            pl.len().cast(pl.Int64).alias("lines"),
            pl.col("claim_id").n_unique().cast(pl.Int64).alias("claims"),
            pl.col("underpaid_amount", "overpaid_amount", "recovered_beyond_amount").sum(),
            pl.col("claim_line_start_date").min().alias("first_service_date"),
            pl.col("claim_line_start_date").max().alias("last_service_date"),
            pl.col("allowed_variance_percent").mean().round(0).cast(pl.Int64).alias("mean_percent"),
        )
        .sort(
            -(pl.col("underpaid_amount") + pl.col("recovered_beyond_amount")),
            -pl.col("overpaid_amount"),
            *("payer", "variance_cause", "hcpcs_code", "variance_status"),
        )
    )


def by_code(lines: pl.DataFrame) -> pl.DataFrame:
    """Add up expected and paid by payer and code."""
    return (
        lines.filter(pl.col("variance_status").is_in(COMPARED))
        .group_by("payer", "hcpcs_code")
        .agg(*_SUMS)
        .sort(-pl.col("underpaid_amount"), "payer", "hcpcs_code")
    )


_SUMS = (
    pl.len().cast(pl.Int64).alias("lines"),
    pl.col(
        *("expected_allowed_amount", "payer_allowed_amount", "allowed_variance_amount"),
        *("expected_paid_amount", "payer_paid_amount", "underpaid_amount", "overpaid_amount"),
    ).sum(),
)


def by_payer(found: Variance) -> pl.DataFrame:
    """Add up expected and paid by payer, with the days it took and what was taken back.

    Expected, the variance of allowed amounts and the differences behind it lead to what was paid.
    """
    compared = found.lines.filter(pl.col("variance_status").is_in(COMPARED))
    days = pl.col("payment_date").str.to_date() - pl.col("claim_line_start_date").str.to_date()
    rows = compared.group_by("payer").agg(
        *_SUMS,
        _tenths_of_percent(UNDERPAID).alias("underpaid_percent"),
        _tenths_of_percent(DENIED).alias("denied_percent"),
        _median_days(days).alias("median_days_from_service"),
    )
    payments = found.read.used("remittances").select(
        "remittance", "payment_date", payer="payer_name"
    )
    waited = pl.col("payment_date").str.to_date() - pl.col("received_date").str.to_date()
    received = (
        told(found.read.tables.used("payer_claims").select("remittance", "received_date"))
        .join(payments, on="remittance")
        .group_by("payer")
        .agg(_median_days(waited).alias("median_days_from_receipt"))
    )
    taken = (
        found.read.used("provider_adjustments")
        .filter(pl.col("reason_code").is_in(_RECOVERIES))
        .join(payments, on="remittance")
        .group_by("payer")
        .agg(pl.col("provider_adjustment_amount").sum().alias("recovered_by_payer_amount"))
    )
    names = [step.name for step in found.bridge[2:]]
    by_name = {
        payer: {step.name: step.amount for step in steps}
        for payer, steps in found.bridges().items()
    }
    bridges = pl.DataFrame(
        [(payer, *(steps.get(name, 0) for name in names)) for payer, steps in by_name.items()],
        schema={
            "payer": pl.String,
            **{f"{name}_difference_amount": pl.Int64 for name in names},
        },
        orient="row",
    )
    return (
        rows.join(bridges, on="payer", how="left")
        .join(received, on="payer", how="left")
        .join(taken, on="payer", how="left")
        .with_columns(pl.col("recovered_by_payer_amount").fill_null(0))
        .sort(pl.col("payer").cast(pl.Enum(found.payer_order)))
    )


def _median_days(span: pl.Expr) -> pl.Expr:
    return span.dt.total_days().median().round(0).cast(pl.Int64)


def _tenths_of_percent(status: str) -> pl.Expr:
    """Give how many lines of a group have a status, in tenths of a percent."""
    return half_up(1000 * (pl.col("variance_status") == status).sum().cast(pl.Int64), pl.len())
