"""Reads what hospital outpatient departments are paid: addendum B of the OPPS."""

from datetime import date

import polars as pl

from payrules.schedules.cms.addenda import dated, first_day, is_header, texts_of, with_rate
from payrules.schedules.cms.cells import Source, must_match

# A heading without its month and year → our name.
_HEADINGS = {
    "HCPCS Code": "hcpcs_code",
    "SI": "status_indicator",
    "APC": "apc",
    "Payment Rate": "payment_rate",
}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of OPPS addendum B."""
    return any(is_header(row, _HEADINGS) for row in first_rows)


def read(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read OPPS addendum B: status indicator, APC and rate in cents, null where CMS gives none."""
    texts, heading = texts_of(source, _HEADINGS)
    must_match(source, texts, "status_indicator", "[A-Z][0-9]?", "an OPPS status indicator")
    texts = texts.with_columns(pl.col("apc").str.replace(r"\.0$", ""))
    must_match(source, texts, "apc", "|[0-9]{4}", "an APC of four digits")
    day = effective_from or first_day(source, heading)
    return dated(with_rate(source, texts), ("status_indicator", "apc", "payment_rate"), day), day
