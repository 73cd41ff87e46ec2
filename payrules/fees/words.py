"""What each fee schedule amount was made of, in words: the first step of every line's trail."""

import polars as pl

from payrules import money
from payrules.fees.columns import FILED
from payrules.fees.other_schedules import LABORATORY

CITES_LIMITS = "SSA 1842(o), 1847A; CMS payment limit file"
CITES_RATES = "SSA 1833(h), 1834A; CMS clinical laboratory fee schedule"


def words_of(fees: pl.DataFrame, *, in_dollars: bool) -> pl.Series:
    """Say what each fee schedule amount was made of."""
    if in_dollars:
        in_facility = pl.col("expense_setting") == "facility"
        filed = pl.when(in_facility).then(FILED[0]).otherwise(FILED[1])
        of_schedule = pl.format("{} amount of the payer's fee schedule", "expense_setting")
        was = pl.coalesce(money.dollars(filed), pl.lit("none"))
        now = money.dollars("fee_schedule_amount")
        words = (
            pl.when(pl.any_horizontal(pl.col(FILED[:2]).is_not_null()))
            .then(pl.format("{}, {}, changed to {}", of_schedule, was, now))
            .otherwise(of_schedule)
        )
    else:

        def number(name: str, decimals: int) -> pl.Expr:
            return money.scaled_text(pl.col(name), decimals)

        expense = (
            pl.when(pl.col("expense_setting") == "facility")
            .then("facility_pe_rvu")
            .otherwise("nonfacility_pe_rvu")
        )
        words = pl.format(
            "(work {} × {} + practice expense {} × {} + malpractice {} × {}) × {}, {}, {},"
            " release {}",
            number("work_rvu", 2),
            number("work_gpci", 3),
            money.scaled_text(expense, 2),
            number("pe_gpci", 3),
            number("malpractice_rvu", 2),
            number("mp_gpci", 3),
            number("conversion_factor", 4),
            "expense_setting",
            "locality",
            "release",
        )
        in_facility = pl.col("expense_setting") == "facility"
        set_fee = pl.when(in_facility).then("facility_fee").otherwise("nonfacility_fee")
        words = (
            pl.when(set_fee.is_not_null())
            .then(
                pl.format(
                    "fee set to {}, {}",
                    money.dollars(set_fee),
                    "expense_setting",
                )
            )
            .when(pl.col("fee_share") != money.WHOLE)
            .then(pl.format("{} × {}", number("fee_share", 4), words))
            .otherwise(words)
        )
    amount_words = (
        pl.when(pl.col("fee_schedule_amount").is_not_null())
        .then(words)
        .when("is_unpriced")
        .then("unpriced")
        .otherwise(pl.format("status {}: no amount is used", "status_code"))
    )
    return fees.select(amount_words).to_series()


def limits_in_words(others: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Say what the amounts of another schedule were made of, and cite it; a row a line.

    Columns: those of `payrules.fees.other_schedules.COLUMNS`, schedule, units_thousandths.
    """
    of_laboratory = pl.col("schedule") == LABORATORY
    units = money.short_text(pl.col("units_thousandths"), 3)
    said = pl.format(
        "{} × {} unit{}{}, {}",
        pl.when(of_laboratory)
        .then(pl.format("rate {}", money.scaled_text(pl.col("payment_limit") // 10, 2)))
        .otherwise(pl.format("limit {}", money.scaled_text(pl.col("payment_limit"), 3))),
        units,
        pl.when(units == "1").then(pl.lit("")).otherwise(pl.lit("s")),
        pl.when(pl.col("schedule_unit").is_null())
        .then(pl.lit(""))
        .otherwise(pl.format(" of {}", "schedule_unit")),
        "schedule_release",
    )
    cites = pl.when(of_laboratory).then(pl.lit(CITES_RATES)).otherwise(pl.lit(CITES_LIMITS))
    return others.select(said).to_series(), others.select(cites).to_series()
