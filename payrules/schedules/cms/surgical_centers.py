"""Reads what surgical centers are paid: the addenda of the ASC payment system."""

import re
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.addenda import dated, first_day, is_header, texts_of, with_rate
from payrules.schedules.cms.cells import Source, must_match, refused

# A heading without its month and year → our name; None is not kept (the descriptor is the AMA's).
_RATE_HEADINGS = {
    "HCPCS Code": "hcpcs_code",
    "Short Descriptor": None,
    "Subject to Multiple Procedure Discounting": "multiple_procedure_discount",
    "Payment Indicator": "payment_indicator",
    "Payment Weight": None,
    "Payment Rate": "payment_rate",
}


_ANCILLARY_HEADINGS = {
    "HCPCS Code": "hcpcs_code",
    "Drug and Device Pass-Through Expiration during Calendar Year": "pass_through_expires",
    "Payment Indicator": "payment_indicator",
    "Payment Rate": "payment_rate",
}
#: Stands in a column without a heading: * (temporarily office-based), ** (preventive: neither
#: deductible nor coinsurance), *** (for pain relief without opioids).
_MARK = {"": "mark"}
_OFFSET_HEADINGS = {
    "HCPCS Code": "hcpcs_code",
    "Device Offset Amount / Device Portion": "device_offset",
}
_EXCLUDED_HEADINGS = {"HCPCS Code": "hcpcs_code"}
#: Ancillary services of these are paid at a rate, so a row without one is cut short: radiology,
#: tests, drugs, radiation sources, and from 2026 skin substitutes.
_PAID_AT_A_RATE = ("Z2", "Z3", "K2", "H2", "S2")


def rates_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of ASC addendum AA (surgical procedures)."""
    return any(is_header(row, _RATE_HEADINGS) for row in first_rows)


def read_rates(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read ASC addendum AA: indicator, rate in cents (null where CMS gives none) and mark."""
    texts, heading = texts_of(source, _RATE_HEADINGS, where_there=_MARK)
    must_match(source, texts, "multiple_procedure_discount", "[YN]", "Y or N")
    texts = _with_indicator(source, texts)
    day = effective_from or first_day(source, heading)
    return dated(
        with_rate(source, texts).with_columns(pl.col("multiple_procedure_discount") == "Y"),
        ("multiple_procedure_discount", "payment_indicator", "payment_rate", "mark"),
        day,
    ), day


def ancillary_looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of ASC addendum BB (ancillary services)."""
    return any(is_header(row, _ANCILLARY_HEADINGS) for row in first_rows)


def read_ancillary(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read ASC addendum BB: indicator, rate in cents (null where CMS gives none) and mark.

    The file of July 2026 ends rows without a rate after the indicator.
    """
    texts, heading = texts_of(
        source, _ANCILLARY_HEADINGS, may_end_after="payment_indicator", where_there=_MARK
    )
    texts = _with_indicator(source, texts)
    lost = texts.filter(
        pl.col("payment_indicator").is_in(_PAID_AT_A_RATE) & (pl.col("payment_rate") == "")
    )
    if lost.height:
        row, indicator = lost.select("row", "payment_indicator").row(0)
        raise refused(source, row, "payment_rate", "", f"a rate, as every {indicator} has one")
    day = effective_from or first_day(source, heading)
    columns = ("payment_indicator", "payment_rate", "mark")
    return dated(with_rate(source, texts), columns, day), day


def offsets_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of ASC addendum FF (device offsets)."""
    return any(is_header(row, _OFFSET_HEADINGS) for row in first_rows)


def read_offsets(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read ASC addendum FF: the device's part of each rate in cents, null where CMS gives none.

    Its column "OPPS Payment Rate" is not kept: it is not addendum B's.
    """
    texts, heading = texts_of(source, _OFFSET_HEADINGS)
    day = effective_from or first_day(source, heading)
    return dated(with_rate(source, texts, "device_offset"), ("device_offset",), day), day


def excluded_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of ASC addendum EE (surgery excluded from payment)."""
    titled = any(re.match(r"Addendum EE\b", cell) for row in first_rows for cell in row)
    return titled and any(is_header(row, _EXCLUDED_HEADINGS) for row in first_rows)


def read_excluded(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read ASC addendum EE: the codes of surgery that is not paid in a surgical center.

    It names its year and never its quarter, which is that of addendum AA beside it.
    """
    texts, heading = texts_of(source, _EXCLUDED_HEADINGS)
    day = effective_from or first_day(source, heading, year_is_january=False)
    of_year = re.search(r"CY (20\d\d)", heading)
    if of_year and int(of_year[1]) != day.year:
        raise ScheduleError(f"{source.name} is for {of_year[1]}; it cannot be effective {day}.")
    return dated(texts, (), day), day


def _with_indicator(source: Source, texts: pl.DataFrame) -> pl.DataFrame:
    """Check payment indicators, of which CMS writes one in small letters (k5, 2026), and marks."""
    if "mark" in texts.columns:
        texts = texts.with_columns(pl.col("mark").str.strip_chars())
        must_match(source, texts, "mark", r"\*{0,3}", "one to three asterisks, or nothing")
    else:
        texts = texts.with_columns(mark=pl.lit(None, dtype=pl.String))
    texts = texts.with_columns(pl.col("payment_indicator").str.to_uppercase())
    must_match(source, texts, "payment_indicator", "[A-Z][0-9]", "an ASC payment indicator")
    return texts
