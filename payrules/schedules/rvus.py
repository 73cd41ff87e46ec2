"""The relative values of a row of the fee schedule, and when they make an amount."""

from collections.abc import Iterable

import polars as pl

#: The relative value units that a fee is made of.
RVUS = ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu")


def has_amounts(columns: Iterable[str | pl.Expr]) -> pl.Expr:
    """Say which rows have any of their relative values, or amounts in dollars."""
    return pl.sum_horizontal(columns) > 0


def usable(status: str, has_rvus: pl.Expr) -> pl.Expr:
    """Say which rows have an amount that the fee schedule pays by, whoever shows it.

    Status A and T; R only where it has relative values: 0275T and 953 others (2026C) are R with
    none, which is no amount and not 0.00. `status` names the column.
    """
    code = pl.col(status)
    return code.is_in(["A", "T"]) | ((code == "R") & has_rvus)
