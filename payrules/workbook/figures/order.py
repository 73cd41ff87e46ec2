"""In what order groups of lines stand: the largest first, months in theirs, payers in one order."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from payrules.runs.who_paid import in_order
from payrules.workbook.figures.totals import sum_of


def payers_of(lines: pl.DataFrame) -> tuple[str, ...]:
    """Name the payers of lines as every table by payer has them: see `in_order`."""
    groups = lines.group_by("payer_name", maintain_order=True).agg(sum_of(pl.col("allowed_amount")))
    return tuple(in_order(groups.iter_rows()))


def order_of(keys: Sequence[str], payers: Sequence[str]) -> dict[str, Any]:
    """Say how groups are sorted: most allowed first, but months as they follow each other.

    Payers that have months stand in the order of `payers`.
    """
    if "month" not in keys:
        return {"by": ["allowed_amount", "_line"], "descending": [True, False]}
    places = {payer: place for place, payer in enumerate(payers)}
    of_payer = pl.col("payer_name").replace_strict(places, return_dtype=pl.Int64)
    return {"by": [*(of_payer if key == "payer_name" else key for key in keys), "_line"]}
