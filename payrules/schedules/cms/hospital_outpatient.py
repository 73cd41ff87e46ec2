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
#: What the patient pays of a rate: the least that a hospital may ask, and for APCs whose share has
#: not come down to a fifth, what it asks where it does not choose the least (42 CFR 419.42).
_COPAYMENTS = {
    "Minimum Unadjusted Copayment": "copayment",
    "National Unadjusted Copayment": "national_copayment",
}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of OPPS addendum B."""
    return any(is_header(row, _HEADINGS) for row in first_rows)


def read(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read OPPS addendum B: status indicator, APC, rate and copayments in cents.

    Null where CMS gives none; of copayments it writes "." or nothing where it publishes none.
    """
    texts, heading = texts_of(source, _HEADINGS, where_there=_COPAYMENTS)
    must_match(source, texts, "status_indicator", "[A-Z][0-9]?", "an OPPS status indicator")
    texts = texts.with_columns(pl.col("apc").str.replace(r"\.0$", ""))
    must_match(source, texts, "apc", "|[0-9]{4}", "an APC of four digits")
    day = effective_from or first_day(source, heading)
    texts = with_rate(source, texts)
    for column in _COPAYMENTS.values():
        if column in texts.columns:
            texts = texts.with_columns(pl.col(column).str.replace(r"^\s*\.\s*$", ""))
        texts = with_rate(source, texts, column)
    columns = ("status_indicator", "apc", "payment_rate", *_COPAYMENTS.values())
    return dated(texts, columns, day), day
