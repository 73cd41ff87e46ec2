"""Amounts added up: what a total shows, and that nothing is 0.00."""

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

DOLLARS = pl.Decimal(38, 2)
ZERO = Decimal("0.00")
#: Groups that are not shown one by one.
OTHERS = "All others"
#: How many cents a dollar has.
CENTS = pl.lit(100, dtype=pl.Int64)
#: What a total of lines shows, in this order.
HEADLINE_AMOUNTS = ("charge_amount", "allowed_amount", "medicare_amount", "patient_amount")


def sum_of(amounts: pl.Expr) -> pl.Expr:
    """Add up the amounts of a group; none where no line has one."""
    return pl.when(amounts.is_not_null().any()).then(amounts.sum()).name.keep()


def added(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Add up the amounts that are there; None where none is."""
    there = [each for each in amounts if each is not None]
    return sum(there, ZERO) if there else None


def total(amounts: pl.Series) -> Decimal:
    """Add up an amount column; nothing is 0.00."""
    added = amounts.sum()
    return Decimal(str(added)).quantize(ZERO) if added is not None else ZERO
