"""What a check is made of: a column's value, and the faults that reject a row."""

from collections.abc import Sequence

import polars as pl

from payrules.frozen import frozen


@frozen
class Fault:
    """What is wrong with a cell: its column, when it is so, and the reason in a biller's words."""

    column: str
    when: pl.Expr
    reason: pl.Expr  # without "; ", which parts the reasons of a row


@frozen
class Check:
    """A column among the lines, its value, and the faults that reject a row.

    `alone` is a check of the same column that reads no other, where this one does: where it finds
    no fault in a file there is none, and the values are those that it gives.
    """

    name: str
    value: pl.Expr
    faults: Sequence[Fault] = ()
    alone: "Check | None" = None


def missing(name: str) -> Fault:
    """Find blank cells of a column that must be filled."""
    return Fault(name, pl.col(name).is_null(), pl.lit(f"{name} is missing"))
