"""The amounts of straight claims, line by line, in columns: those of `amounts` for one payer line.

All are cents. A test holds every column to what the claim would be given one by one.
"""

import polars as pl

from payrules.money import WHOLE
from payrules.variance.amounts import ASSISTANT, ASSISTANT_FROM, ASSISTANT_SHARE
from payrules.variance.codes import (
    AFTER_ALLOWED,
    COST_SHARING,
    SEQUESTRATION_FROM,
    TO_PATIENT,
)
from payrules.variance.comparison import (
    DENIED,
    DENIED_AS_EXPECTED,
    NOT_COMPARABLE,
    OVERPAID,
    PAID_AS_EXPECTED,
    UNDERPAID,
)
from payrules.variance.own_shares import WHOLE_SHARE
from payrules.variance.straight import line_key

_AMOUNTS = (
    *("to_patient", "patient", "balance_bill", "after_allowed", "early_sequestration"),
    *("payer_deductible", "payer_coinsurance", "payer_copayment"),
)


def share(amount: pl.Expr, numerator: pl.Expr | int, denominator: pl.Expr | int) -> pl.Expr:
    """Take a share of cents, rounded half up to the cent, away from zero below it."""
    return half_away(amount * numerator, denominator)


def half_away(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Divide whole numbers, rounded half away from zero."""
    return numerator.sign() * ((2 * numerator.abs() + denominator) // (2 * denominator))


def adjusted(adjustments: pl.DataFrame) -> pl.DataFrame:
    """Add up the adjustments of payer lines, a row a line (`line_key`): amounts, and codes."""
    group, carc = pl.col("group_code"), pl.col("carc")
    of_patient = (group == "PR") & (carc != TO_PATIENT)
    of_payer = (group != "PR") & (carc != TO_PATIENT)
    is_shared = carc.is_in(sorted(COST_SHARING))
    parts = {
        "to_patient": carc == TO_PATIENT,
        "patient": of_patient & is_shared,
        "balance_bill": of_patient & ~is_shared,
        "after_allowed": of_payer & carc.is_in(sorted(AFTER_ALLOWED)),
        "early_sequestration": of_payer & (carc == "223"),
        "payer_deductible": of_patient & (carc == "1"),
        "payer_coinsurance": of_patient & (carc == "2"),
        "payer_copayment": of_patient & (carc == "3"),
    }
    amount = pl.col("adjustment_amount")
    told = (
        adjustments.select(
            "payer_claim", "payer_line", "level", "group_code", "carc", "adjustment_amount"
        )
        .filter(pl.col("level") == "line")
        .select(
            line_key().alias("line_key"),
            *(pl.when(of).then(amount).otherwise(0).alias(part) for part, of in parts.items()),
            codes=pl.concat_str(group, carc, separator="-"),
        )
    )
    told = told if told["line_key"].is_sorted() else told.sort("line_key", maintain_order=True)
    # The lines stand in order: sums are differences of what was added up so far, and no line is
    # looked for.
    is_last = (pl.col("line_key") != pl.col("line_key").shift(-1)).fill_null(value=True)
    lasts = told.select(is_last.arg_true()).to_series()
    sums = told.select(pl.col(_AMOUNTS).cum_sum())[lasts]
    return sums.select(pl.all().diff().fill_null(pl.all())).with_columns(
        told["line_key"].gather(lasts).set_sorted(), _joined(told["codes"], lasts)
    )


def _joined(codes: pl.Series, lasts: pl.Series) -> pl.Series:
    """Join the codes of each line in one text; `lasts` are the places of each line's last."""
    first = (lasts.shift(1).cast(pl.Int64) + 1).fill_null(0)
    many = lasts.cast(pl.Int64) - first + 1
    texts, number = codes.gather(first), 1
    while len(further := (many > number).arg_true()):
        more = codes.gather(first.gather(further) + number).alias("more")
        both = pl.DataFrame([texts.gather(further), more])
        both = both.select(pl.concat_str("codes", "more", separator=" "))
        texts, number = texts.scatter(further, both.to_series()), number + 1
    return texts


def with_amounts(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add what the payer allowed and what it owes on what is expected.

    A row of `pairs` is an expected line with the payer line that answers it (`payer_…`) and what
    `adjusted` gives of that.
    """
    paid, given = pl.col("payer_paid"), pl.col("payer_given_allowed")
    derived = pl.sum_horizontal(paid, "patient", "after_allowed", "to_patient")
    deductible, copayment = pl.col("payer_deductible"), pl.col("payer_copayment")
    expected = pl.when(pl.col("paid").is_not_null()).then("allowed")
    waived = pl.col("by_medicare") & pl.col("is_deductible_waived")
    return (
        pairs.with_columns(pl.col(_AMOUNTS).fill_null(0))
        .with_columns(
            # 253 was 223 before this day.
            after_allowed=pl.col("after_allowed")
            + pl.when(pl.col("date") < SEQUESTRATION_FROM).then("early_sequestration").otherwise(0)
        )
        .with_columns(
            payer_allowed=pl.coalesce(given, derived),
            payer_allowed_source=pl.when(given.is_not_null())
            .then(pl.lit("B6"))
            .otherwise(pl.lit("derived")),
            b6_difference=pl.when(given.is_not_null()).then(given - derived).otherwise(0),
            received=paid + pl.col("to_patient"),
            expected_allowed=expected,
            expected_paid=pl.when(pl.col("allowed").is_not_null()).then("paid"),
            own_deductible=pl.when(waived)
            .then(0)
            .otherwise(pl.min_horizontal(pl.max_horizontal(deductible, 0), expected)),
        )
        .with_columns(
            own_copayment=pl.min_horizontal(
                pl.max_horizontal(copayment, 0), expected - pl.col("own_deductible")
            )
        )
        .with_columns(restated=_restated())
        .with_columns(
            allowed_variance=pl.col("payer_allowed") - pl.col("expected_allowed"),
            owed=pl.col("restated") - pl.col("received"),
        )
    )


def _restated() -> pl.Expr:
    """Give what the payer owes on the amount we expect, with the cost sharing it applied."""
    allowed = pl.col("expected_allowed")
    base = allowed - pl.col("own_deductible") - pl.col("own_copayment")
    left = pl.col("payer_allowed") - pl.col("payer_deductible") - pl.col("payer_copayment")
    by_medicare = pl.col("by_medicare")
    of_payer = (
        pl.when(left > 0)
        .then(share(base, pl.col("payer_coinsurance"), pl.max_horizontal(left, 1)))
        .otherwise(0)
    )
    own_share = (
        pl.when(by_medicare).then(share(base, pl.col("rate"), WHOLE_SHARE)).otherwise(of_payer)
    )
    payable = base - own_share
    modifiers = pl.col("modifiers").str.contains(rf"\b(?:{'|'.join(sorted(ASSISTANT))})\b")
    by_assistant = by_medicare & modifiers & (pl.col("date") >= ASSISTANT_FROM)
    payable = pl.when(by_assistant).then(share(payable, ASSISTANT_SHARE, 100)).otherwise(payable)
    return payable - share(payable, pl.col("withheld_rate"), WHOLE)


def status(tolerance: int) -> pl.Expr:
    """Give the status of a line: exactly one, the first that fits."""
    variance, owed = pl.col("allowed_variance"), pl.col("owed")
    is_nothing = (pl.col("received") == 0) & (pl.col("payer_allowed") == 0)
    by_owed = pl.when(owed > 0).then(pl.lit(UNDERPAID)).otherwise(pl.lit(OVERPAID))
    return (
        pl.when(pl.col("expected_allowed").is_null())
        .then(pl.lit(NOT_COMPARABLE))
        .when(is_nothing & (pl.col("expected_allowed") > 0))
        .then(pl.lit(DENIED))
        .when(is_nothing)
        .then(pl.lit(DENIED_AS_EXPECTED))
        .when((variance.abs() <= tolerance) & (owed.abs() <= tolerance))
        .then(pl.lit(PAID_AS_EXPECTED))
        .when(variance.abs() <= tolerance)
        .then(by_owed)
        .when(variance < 0)
        .then(pl.lit(UNDERPAID))
        .otherwise(pl.lit(OVERPAID))
    )
