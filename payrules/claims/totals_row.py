"""The totals that a report writes under its rows: no claim line, and told as what it is."""

import re
from collections.abc import Iterator, Mapping

import polars as pl

#: Totals stand in the last rows.
_ROWS_LOOKED_AT = 5
_TOTAL = re.compile(r"\s*(?:(?:grand|report|sub|page)[\s-]*)?totals?\b.{0,20}", re.IGNORECASE)


def totals_rows(frame: pl.DataFrame, rows: pl.Series, matched: Mapping[str, str]) -> Iterator[str]:
    """Say which of the last rows hold totals: without a code, and with a cell that says so."""
    code = matched.get("hcpcs_code")
    last = frame.tail(_ROWS_LOOKED_AT)
    for row, cells in zip(rows.tail(_ROWS_LOOKED_AT), last.iter_rows(named=True), strict=True):
        texts = [cell for cell in cells.values() if isinstance(cell, str)]
        if (code is None or not cells[code]) and any(map(_TOTAL.fullmatch, texts)):
            yield (
                f"row {row:,} of the file holds totals and is no claim line; it is"
                " among the rejects."
            )
