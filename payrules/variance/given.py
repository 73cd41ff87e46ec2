"""What a batch's own columns say was paid, held against what is expected: all lines in columns.

Every column is that of `columns`, where the same is said line by line; a test holds it to that.
"""

import polars as pl

from payrules.money import WHOLE
from payrules.variance.columns import SOURCE
from payrules.variance.comparison import (
    DENIED,
    DENIED_AS_EXPECTED,
    NO_REMITTANCE,
    NOT_COMPARABLE,
    OVERPAID,
    PAID_AS_EXPECTED,
    UNDERPAID,
)
from payrules.variance.deciders import DECIDED_BY, UNTOLD
from payrules.variance.own_shares import WHOLE_SHARE
from payrules.variance.straight_amounts import share

#: Columns of `paired_lines` that only remittances tell.
_NOT_TOLD = {
    **dict.fromkeys(
        ("payer_name", "payer_control", "trace_number", "paid_on", "claim_match"), pl.String
    ),
    **dict.fromkeys(("payer_code", "payer_modifiers", "payer_units", "codes"), pl.String),
    **dict.fromkeys(("remarks", "payer_remarks"), pl.String),
    **dict.fromkeys(("payments", "balance_bill", "to_patient", "b6_difference"), pl.Int64),
    **dict.fromkeys(("answer_paid", "answer_charge", "patient_paid_amount"), pl.Int64),
    **dict.fromkeys(("interest_amount", "payer_claim"), pl.Int64),
}


def given_lines(lines: pl.DataFrame, tolerance: int) -> pl.DataFrame:
    """Give the lines that say what was paid or allowed, as `paired_lines` gives those of payers."""
    paid, allowed = pl.col("given_paid"), pl.col("given_allowed")
    is_comparable = pl.all_horizontal(
        pl.col(name).is_not_null() for name in ("given_paid", "given_allowed", "allowed", "paid")
    )
    found = lines.filter(paid.is_not_null() | allowed.is_not_null()).with_columns(
        **{name: pl.lit(None, kind) for name, kind in _NOT_TOLD.items()},
        method=pl.lit(SOURCE),
        payer_allowed_source=pl.lit(SOURCE),
        payer_paid="given_paid",
        payer_allowed="given_allowed",
        payer_given_allowed="given_allowed",
        # What is not paid of the allowed amount: withheld, or the patient's; nobody says which.
        not_paid=allowed - paid,
        patient=pl.lit(None, pl.Int64),
        after_allowed=pl.lit(None, pl.Int64),
        payer_deductible=pl.lit(0, pl.Int64),
        payer_copayment=pl.lit(0, pl.Int64),
        bears=pl.lit(value=False),
        decided_by=pl.lit(UNTOLD, DECIDED_BY),
        claim_charge=pl.lit(None, pl.Int64),
        allowed_variance=pl.when(is_comparable & ~pl.col("secondary")).then(
            allowed - pl.col("allowed")
        ),
    )
    found = found.with_columns(
        restated=pl.when(is_comparable).then(_due(tolerance)),
    ).with_columns(owed=pl.col("restated") - paid)
    found = found.with_columns(
        variance_status=pl.when(paid.is_null())
        .then(pl.lit(NO_REMITTANCE))
        .when(~is_comparable)
        .then(pl.lit(NOT_COMPARABLE))
        .otherwise(_status(tolerance))
    )
    is_told = pl.col("variance_status") != NOT_COMPARABLE
    return found.with_columns(
        expected_allowed=pl.when(is_told).then("allowed"),
        expected_paid=pl.when(is_told).then("paid"),
        # Of a line that says only what was allowed, that is told against what is expected.
        allowed_variance=pl.when(paid.is_null() & ~pl.col("secondary"))
        .then(allowed - pl.col("allowed"))
        .otherwise("allowed_variance"),
    )


def _due(tolerance: int) -> pl.Expr:
    """Give what the payer owes of a line that says what was paid and allowed."""
    paid, allowed = pl.col("given_paid"), pl.col("given_allowed")
    expected, due = pl.col("allowed"), pl.col("paid")
    is_nothing = (paid == 0) & (allowed == 0)
    is_otherwise = (allowed - expected).abs() > tolerance
    by_medicare = pl.col("by_medicare")
    own = pl.when(by_medicare).then("rate").otherwise(0)
    on_file = pl.when(by_medicare | (pl.col("coinsurance") != 0)).then("rate").otherwise(0)
    return (
        pl.when(pl.col("secondary") | is_nothing | pl.col("owes_nothing"))
        .then(due)
        # More than the whole allowed amount without any deductible is not cost sharing; an
        # incentive that is expected is no more than due.
        .when(~is_otherwise)
        .then(pl.min_horizontal(paid, pl.max_horizontal(_payable(allowed, own), due, 0)))
        # Shares may be rounded otherwise: a cent is no deductible.
        .when((paid - _payable(allowed, on_file)).abs() <= 1)
        .then(_payable(expected, on_file))
        .when(~by_medicare & (paid > 0) & (paid < allowed))
        .then(share(expected, paid, allowed))
        .otherwise(paid + _payable(expected, own) - _payable(allowed, own))
    )


def _payable(allowed: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """Give what of an allowed amount the payer itself owes, without any deductible."""
    due = allowed - share(allowed, rate, WHOLE_SHARE)
    return due - share(due, pl.col("withheld_rate"), WHOLE)


def _status(tolerance: int) -> pl.Expr:
    """Give the status of a line that says what was paid and allowed, and of which some is due."""
    is_nothing = (pl.col("given_paid") == 0) & (pl.col("given_allowed") == 0)
    variance, owed = pl.col("allowed_variance"), pl.col("owed")
    is_denial = pl.when(pl.col("allowed") > 0).then(pl.lit(DENIED))
    by_owed = pl.when(owed > 0).then(pl.lit(UNDERPAID)).otherwise(pl.lit(OVERPAID))
    is_as_allowed = variance.is_null() | (variance.abs() <= tolerance)
    return (
        pl.when(is_nothing)
        .then(is_denial.otherwise(pl.lit(DENIED_AS_EXPECTED)))
        .when(is_as_allowed & (owed.abs() <= tolerance))
        .then(pl.lit(PAID_AS_EXPECTED))
        .when(is_as_allowed)
        .then(by_owed)
        .when(variance < 0)
        .then(pl.lit(UNDERPAID))
        .otherwise(pl.lit(OVERPAID))
    )
