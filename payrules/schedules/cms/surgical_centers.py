"""Reads what surgical centers are paid: the addenda of the ASC payment system."""

from datetime import date

import polars as pl

from payrules.schedules.cms.addenda import dated, first_day, is_header, texts_of, with_rate
from payrules.schedules.cms.cells import Source, must_match

# A heading without its month and year → our name; None is not kept (the descriptor is the AMA's).
_RATE_HEADINGS = {
    "HCPCS Code": "hcpcs_code",
    "Short Descriptor": None,
    "Subject to Multiple Procedure Discounting": "multiple_procedure_discount",
    "Payment Indicator": "payment_indicator",
    "Payment Weight": None,
    "Payment Rate": "payment_rate",
}


def rates_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of ASC addendum AA (surgical procedures)."""
    return any(is_header(row, _RATE_HEADINGS) for row in first_rows)


def read_rates(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read ASC addendum AA: payment indicator and rate in cents, null where CMS gives none."""
    texts, heading = texts_of(source, _RATE_HEADINGS)
    must_match(source, texts, "multiple_procedure_discount", "[YN]", "Y or N")
    must_match(source, texts, "payment_indicator", "[A-Z][0-9]", "an ASC payment indicator")
    day = effective_from or first_day(source, heading)
    return dated(
        with_rate(source, texts).with_columns(pl.col("multiple_procedure_discount") == "Y"),
        ("multiple_procedure_discount", "payment_indicator", "payment_rate"),
        day,
    ), day
