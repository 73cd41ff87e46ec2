"""Reads CLFS, what Medicare pays for clinical laboratory tests, by quarter."""

import re
from datetime import date, timedelta

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
    with_days,
)
from payrules.within_reason import FEE

#: A heading, letters only → our name; None is not kept (the descriptors are the AMA's).
_HEADINGS = {
    "year": "year",
    "hcpcs": "hcpcs_code",
    "mod": "modifier",
    "effdate": "rate_from",
    "indicator": "indicator",
    "rate": "rate",
    "shortdesc": None,
    "longdesc": None,
    "extendedlongdesc": None,
}
#: Its rate is the contractor's to set, and the file's RATE of 0 is no price.
_LOCAL = "L"


def _plain(heading: str) -> str:
    return re.sub("[^a-z]", "", heading.lower())


def _is_header(row: list[str]) -> bool:
    return {"hcpcs", "mod", "effdate", "indicator", "rate"} <= {_plain(cell) for cell in row}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of the clinical laboratory fee schedule."""
    return any(_is_header(row) for row in first_rows)


def read(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read the national rate of each test, in cents; null where the contractor sets it.

    A row is in force in the quarter of the file, from its EFF_DATE on where that is later, to the
    day before the next EFF_DATE of the same code and modifier (blank or QW). Decision: a row whose
    EFF_DATE comes after the quarter is not in force in it; the next quarter's file repeats it.
    """
    cells = rows(source)
    header = header_at(source, cells, _is_header)
    found = [_plain(cell) for cell in cells[header]]
    if sorted(filter(None, found)) != sorted(_HEADINGS):
        raise ScheduleError(
            f"{source.name} is not the clinical laboratory fee schedule in a layout that payrules "
            f"knows: its columns are {listed(cells[header])}."
        )
    names = [_HEADINGS.get(heading) for heading in found]
    texts = texts_below(source, cells, header, names)
    must_match(source, texts, "hcpcs_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "modifier", "|QW", "QW, or nothing")
    must_match(source, texts, "indicator", "[NL]", "N or L")
    must_match(source, texts, "rate_from", "[0-9]{8}", "a date as yyyymmdd")
    texts = with_days(source, texts, "rate_from", "%Y%m%d")
    first_day = effective_from or _first_day(source)
    must_match(source, texts, "year", str(first_day.year), f"{first_day.year}, as the quarter")
    # G codes are written without the zeros before the others' rates.
    rates = scaled(source, texts, {"rate": FEE})
    unpriced = rates.filter((pl.col("indicator") != _LOCAL) & (pl.col("rate") == 0))
    if unpriced.height:
        raise ScheduleError(
            f"{source.name}, row {unpriced['row'][0]}: a national rate (N) of 0 is no price."
        )
    key = ["hcpcs_code", "modifier"]
    no_repeats(source, rates, [*key, "rate_from"])
    last_day = _last_day(first_day)
    next_from = pl.col("rate_from").shift(-1).over(key) - timedelta(days=1)
    dated = (
        rates.sort(*key, "rate_from")
        .with_columns(
            effective_from=pl.max_horizontal("rate_from", pl.lit(first_day)),
            effective_to=pl.min_horizontal(next_from, pl.lit(last_day)),
        )
        .filter(pl.col("effective_from") <= pl.col("effective_to"))
    )
    if not dated.height:
        raise ScheduleError(
            f"{source.name} holds no rate that is in force from {first_day} to {last_day}."
        )
    return dated.select(
        *key,
        pl.when(pl.col("indicator") != _LOCAL).then("rate"),
        "effective_from",
        "effective_to",
    ), first_day


def _first_day(source: Source) -> date:
    """Tell the quarter from CMS's name: CLFS 2025 Q1V1.csv."""
    said = re.search(r"(20\d\d)[\s_-]*Q([1-4])", source.name, re.I)
    if not said:
        raise ScheduleError(
            f"{source.name} does not say of which quarter it is: keep CMS's own name "
            "(CLFS 2025 Q1V1.csv), or give its first day with --effective-from."
        )
    return date(int(said[1]), 3 * int(said[2]) - 2, 1)


def _last_day(first_day: date) -> date:
    """Give the last day of a day's quarter."""
    month = 3 * ((first_day.month - 1) // 3) + 4
    return date(first_day.year + month // 13, month % 12, 1) - timedelta(days=1)
