"""The labels of lines that reports group by and work from: month, family, at stake, what to do."""

from collections.abc import Sequence

import polars as pl

from payrules.claims.code_families import code_family, place_of_service
from payrules.claims.columns import MODIFIERS
from payrules.money import as_dollars, half_up
from payrules.runs.against_paid import MEASURES, PAID
from payrules.runs.who_paid import RunPayer, as_named
from payrules.workbook.figures.accrual import parted
from payrules.workbook.figures.totals import CENTS, DOLLARS
from payrules.workbook.work_list import fact, file_by, what_to_do

#: The practitioner of lines that name none.
NOT_GIVEN = "not given"
#: A line that a person should look at.
NEEDS_REVIEW = (pl.col("status") != "priced") | pl.col("review").is_not_null()
#: What figures read of columns that a batch need not have.
_ABSENT = {
    "rendering_npi": pl.lit(None, dtype=pl.String),
    "billing_npi": pl.lit(None, dtype=pl.String),
    "payer": pl.lit(None, dtype=pl.String),
    "charge_amount": pl.lit(None, dtype=DOLLARS),
    "payer_allowed_amount": pl.lit(None, dtype=DOLLARS),
    "service_unit_quantity": pl.lit(1, dtype=pl.Int64),
}


#: Of what payers say of an amount: what was expected of lines they answered, what they answered of
#: lines with an expectation, and what is expected of lines without an answer yet.
ANSWERS = {
    "allowed_amount": ("answered_amount", "answered_allowed_amount", "pending_amount"),
    "medicare_amount": (
        *("answered_payment_amount", "answered_paid_amount"),
        "pending_payment_amount",
    ),
}
#: Of lines whose payment is not compared: what is expected, and what was paid.
APART = ("apart_payment_amount", "apart_paid_amount")


def payer_names(given: pl.Series, payers: Sequence[RunPayer]) -> pl.Series:
    """Name the payer of each line: those given as they were given, others as the batch has them.

    The first payer of the run is that of lines that name none. Capitals and spaces make no other
    payer, as they do not where lines are priced; of several spellings the first by letters stands.
    """
    known = {each.name.strip().lower(): as_named(each.name) for each in payers}
    spelled = given.cast(pl.String).str.strip_chars()
    distinct = [name for name in spelled.unique().drop_nulls().sort().to_list() if name]
    names = {name: known.setdefault(name.lower(), name) for name in distinct}
    first = as_named(payers[0].name)
    return spelled.replace_strict(names, default=first, return_dtype=pl.String)


def _answers(lines: pl.DataFrame) -> list[pl.Expr]:
    """Part what is expected into what payers answered and what is pending, where they answered."""
    parted = []
    for ours, theirs in MEASURES.items():
        if theirs in lines.columns and lines[theirs].count():
            expected, answer = pl.col(ours), pl.col(theirs)
            parts = (
                pl.when(answer.is_not_null()).then(expected),
                pl.when(expected.is_not_null()).then(answer),
                pl.when(answer.is_null()).then(expected),
            )
            parted += [part.alias(name) for name, part in zip(ANSWERS[ours], parts, strict=True)]
            if ours == PAID:
                rest = (parts[-1], pl.when(expected.is_null()).then(answer))
                parted += [part.alias(name) for name, part in zip(APART, rest, strict=True)]
    return parted


def labelled(lines: pl.DataFrame, payers: Sequence[RunPayer]) -> pl.DataFrame:
    """Give lines with the labels that reports group by, and `_line`, their place in the batch.

    `payers` are those of the run; the first is the payer of lines that name none.
    """
    lines = lines.with_columns(
        absent.alias(name) for name, absent in _ABSENT.items() if name not in lines.columns
    )
    expected = pl.col("allowed_amount")
    paid = [pl.col("paid_amount") - pl.col("medicare_amount")] * ("paid_amount" in lines.columns)
    modifiers = [name for name in MODIFIERS if name in lines.columns]
    joined = (
        pl.concat_str(modifiers, separator=" ", ignore_nulls=True)
        if modifiers
        else pl.lit(None, dtype=pl.String)
    )
    cents = (pl.col("fee_schedule_amount") * CENTS).cast(pl.Int64)
    thousandths = (pl.col("service_unit_quantity") * 1000).cast(pl.Int64)
    of_units = as_dollars(half_up(cents * thousandths, 1000))
    lines = lines.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("_line"),
        pl.when(joined != "").then(joined).alias("modifiers"),
        pl.col("claim_line_start_date").dt.strftime("%Y-%m").alias("month"),
        code_family(lines["hcpcs_code"]).alias("code_family"),
        place_of_service(lines["place_of_service_code"]).alias("place_of_service"),
        pl.coalesce("rendering_npi", "billing_npi", pl.lit(NOT_GIVEN)).alias("practitioner"),
        payer_names(lines["payer"], payers).alias("payer_name"),
        (pl.col("charge_amount") - expected).alias("reduction_amount"),
        (pl.col("payer_allowed_amount") - expected).alias("difference_amount"),
        pl.when(expected > 0)
        .then(pl.col("payer_allowed_amount").cast(pl.Float64) / expected.cast(pl.Float64) - 1.0)
        .alias("difference_share"),
        *(each.alias("paid_difference_amount") for each in paid),
        *_answers(lines),
        *parted(lines),
        # Of a line that has no payment: its fee before any rule or contract, at most its charge.
        pl.when(NEEDS_REVIEW)
        .then(
            pl.when(pl.col("status") == "priced")
            .then("allowed_amount")
            .otherwise(pl.coalesce(pl.min_horizontal(of_units, "charge_amount"), "charge_amount"))
        )
        .alias("at_stake_amount"),
    )
    return lines.with_columns(
        what_to_do(lines, payers).alias("what_to_do"),
        pl.when(NEEDS_REVIEW).then(fact(lines)).alias("fact"),
        pl.when(NEEDS_REVIEW).then(file_by(payers)).alias("file_by_date"),
    )
