"""Reads CMS's payment limits for drugs under Part B: the quarterly ASP pricing file."""

import re
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.cells import (
    Source,
    header_at,
    listed,
    must_match,
    no_repeats,
    rows,
    scaled,
    texts_below,
)
from payrules.within_reason import COINSURANCE_PERCENT, PAYMENT_LIMIT

#: A heading, letters only → our name; None is not kept. The short descriptions are not.
_HEADINGS = {
    "hcpcscode": "hcpcs_code",
    "shortdescription": None,
    "hcpcscodedosage": "unit",
    "paymentlimit": "payment_limit",
    "coinsurancepercentage": "coinsurance_percent",
    "vaccineawp": None,
    "vaccinelimit": "vaccine_limit",
    "bloodawp": None,
    "bloodlimit": None,
    "clottingfactor": None,
    "notes": "note",
}
_NO_LIMIT = "N/A"
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_A_DAY = rf"({'|'.join(_MONTHS)})\s+(\d\d?),?\s+(20\d\d)"


def _plain(heading: str) -> str:
    return re.sub("[^a-z]", "", heading.lower())


def _is_header(row: list[str]) -> bool:
    return {"hcpcscode", "hcpcscodedosage", "paymentlimit"} <= {_plain(cell) for cell in row}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a payment limit file."""
    return any(_is_header(row) for row in first_rows)


def read(source: Source) -> tuple[pl.DataFrame, date]:
    """Read the limit of one unit of each drug and what the patient pays of it, by quarter.

    `payment_limit` in thousandths of a dollar, null where the file says N/A and its note names
    another price; `coinsurance` in hundred-thousandths, so that 18.237 percent is exact; `unit` the
    dosage that is one unit; `is_vaccine` where the limit is a vaccine's. Every row is in force
    from the first to the last day of the period that the file states.
    """
    cells = rows(source)
    header = header_at(source, cells, _is_header)
    found = [_plain(cell) for cell in cells[header]]
    if sorted(filter(None, found)) != sorted(_HEADINGS):
        raise ScheduleError(
            f"{source.name} is not the payment limit file in a layout that payrules knows: its "
            f"columns are {listed(cells[header])}."
        )
    first_day, last_day = _period(source, " ".join(c for row in cells[:header] for c in row if c))
    names = [_HEADINGS.get(heading) for heading in found]
    texts = texts_below(source, cells, header, names).with_columns(
        # Quoted fields hold line breaks.
        pl.col("unit", "note").str.replace_all(r"\s+", " "),
        pl.col("coinsurance_percent").str.strip_suffix("%"),
        has_limit=pl.col("payment_limit") != _NO_LIMIT,
    )
    must_match(source, texts, "hcpcs_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "unit", ".+", "the dosage of one unit")
    limit = pl.when("has_limit").then(pl.col("payment_limit").str.replace_all("[$,]", ""))
    limits = scaled(
        source,
        texts.with_columns(payment_limit=limit.otherwise(pl.lit("0"))),
        {"payment_limit": PAYMENT_LIMIT, "coinsurance_percent": COINSURANCE_PERCENT},
    )
    no_repeats(source, limits, ["hcpcs_code"])
    _refuse_shares(source, limits["coinsurance_percent"])
    return limits.select(
        "hcpcs_code",
        "unit",
        # A limit of 0 is no price either.
        pl.when(pl.col("payment_limit") > 0).then("payment_limit"),
        # Thousandths of a percent are hundred-thousandths of the whole.
        pl.col("coinsurance_percent").alias("coinsurance"),
        (~pl.col("vaccine_limit").is_in(["", _NO_LIMIT])).alias("is_vaccine"),
        pl.col("note").replace("", None),
        pl.lit(first_day).alias("effective_from"),
        pl.lit(last_day).alias("effective_to"),
    ).sort("hcpcs_code"), first_day


def _refuse_shares(source: Source, thousandths: pl.Series) -> None:
    """Refuse percentages that all are shares of one: most drugs cost the patient 20 percent."""
    if (thousandths > 0).any() and (thousandths <= _WHOLE).all():
        raise ScheduleError(
            f"{source.name}, coinsurance_percent: no row has more than 1 percent, so that these may"
            " be shares of one (0.2 for 20 percent); import the file as CMS publishes it."
        )


#: One percent, in the thousandths that percentages are read in.
_WHOLE = 1000


def _period(source: Source, heading: str) -> tuple[date, date]:
    """Read the period that the lines above the headings state: its first and its last day."""
    said = re.search(rf"Effective\s+{_A_DAY}\s+through\s+{_A_DAY}", heading, re.I)
    days = []
    if said:
        for month, day, year in (said.groups()[:3], said.groups()[3:]):
            try:
                days.append(date(int(year), _MONTHS.index(month.lower()) + 1, int(day)))
            except ValueError:
                break
    if len(days) != len(("first", "last")) or not 0 < (days[1] - days[0]).days < _A_YEAR:
        raise ScheduleError(
            f"{source.name} does not state its quarter where CMS does, above its headings: "
            "'Effective January 1, 2025 through March 31, 2025'."
        )
    return days[0], days[1]


#: No file is in force for longer.
_A_YEAR = 366
