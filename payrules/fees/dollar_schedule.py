"""A payer's own fee schedule in dollars, and its rows on a day."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from payrules.code_ranges import ANESTHESIA, in_ranges
from payrules.dated import in_force
from payrules.fees.columns import INDICATORS, PERCENTAGES
from payrules.frozen import frozen
from payrules.money import half_up
from payrules.schedules.rvus import RVUS

#: Statuses of a release that count beside a payer's own dollars.
_KEPT_STATUSES = ("A", "R", "T", "J")
_OF_ANESTHESIA = in_ranges(pl.col("hcpcs_code"), [ANESTHESIA])
#: Medicare pays these within another service.
_BUNDLED = ("B", "P")


@frozen
class DollarSchedule:
    """A payer's own table of dollars, one row a code and modifier.

    `rows` has hcpcs_code, modifier, facility_amount, nonfacility_amount, work_amount, pe_amount,
    mp_amount (Int64 cents or null), effective_from, effective_to (Date or null), and the
    indicators and percentages (null where the payer gives none). With `own_indicators` a null
    indicator means that no rule applies; otherwise the release in force fills it.
    """

    name: str
    rows: pl.DataFrame
    own_indicators: bool
    cites: str = "the payer's fee schedule"
    #: The hash of the file that was read.
    sha256: str = ""
    #: What of the file was read although it is hidden.
    notes: tuple[str, ...] = ()

    def breaks(self) -> list[date]:
        """Give the days on which the schedule changes."""
        starts = self.rows["effective_from"].drop_nulls()
        ends = self.rows["effective_to"].drop_nulls().dt.offset_by("1d")
        return sorted({*starts.to_list(), *ends.to_list()})


def dollar_rows(
    dollars: DollarSchedule, day: date, codes: Sequence[str], released: pl.DataFrame | None
) -> pl.DataFrame:
    """Give a dollar schedule's rows on a day, with the indicators its payer lets count.

    Decision: a payer's own dollars are a price, whatever a release's status says of the code (that
    Medicare prices it elsewhere or not at all, or within another service): who sets a price for a
    code that is never paid apart means to pay it. Of those that Medicare bundles (B, P) a note
    says so. A status in the payer's own file stands. Codes of anesthesia are anesthesia: minutes in
    the units of a line are no multiple of their price (`payrules.rules.anesthesia`).
    """
    usual = pl.when(_OF_ANESTHESIA).then(pl.lit("J")).otherwise(pl.lit("A"))
    rows = dollars.rows.filter(pl.col("hcpcs_code").is_in(codes), in_force(day))
    if dollars.own_indicators or released is None:
        # Without a status the payer pays the code: that is why it has a row. Without RVUs its own
        # practice expense says which unit of therapy has most of it.
        expense = pl.col("pe_amount")
        if "divided_amount" in rows.columns:
            in_proportion = half_up(
                expense * pl.col("nonfacility_amount"), pl.col("divided_amount")
            )
            expense = pl.coalesce(in_proportion, expense)
        return rows.with_columns(pl.col("status_code").fill_null(usual), nonfacility_pe_rvu=expense)
    indicators = released.select(
        "hcpcs_code", "modifier", *INDICATORS, *PERCENTAGES, *RVUS, "nonfacility_na", "facility_na"
    )
    filled = rows.join(indicators, on=["hcpcs_code", "modifier"], how="left", suffix="_released")
    filled = filled.with_columns(_medicare_status="status_code_released", _own_status="status_code")
    bundled = pl.col("_medicare_status").is_in(_BUNDLED) & pl.col("_own_status").is_null()
    its_own = pl.col("status_code_released").is_in([*_KEPT_STATUSES])
    return (
        filled.with_columns(
            pl.when(its_own).then("status_code_released").alias("status_code_released")
        )
        .with_columns(
            pl.coalesce(name, f"{name}_released").alias(name)
            for name in (*INDICATORS, *PERCENTAGES)
        )
        .with_columns(
            pl.col("status_code").fill_null(usual),
            schedule_note=pl.when(bundled)
            .then(
                pl.format(
                    "Medicare bundles this code (status {}); the payer's own price is paid",
                    "_medicare_status",
                )
            )
            .when(pl.all_horizontal(pl.col(INDICATORS).is_null()))
            .then(
                pl.lit(
                    "the release in force does not list this code: without indicators, no rule on "
                    "global days, sessions or roles applied"
                )
            ),
        )
        .drop("_own_status")
    )
