"""Days as people and programs write them, read one way or not at all.

Decision: a day of three numbers parted by / or - is month first, as in the United States, and one
that begins with four digits is year first. Two-digit years are 1970 to 2069, as POSIX's `strptime`
reads them from 70 on and before. What a spreadsheet counts from 1899-12-30 is a day unless its
digits may also be M-DD-YY without its zero: 40125 is 2009-11-07, or April 1, 2025, and is refused.
"""

import polars as pl

from payrules.claims.reading import DAY_NUMBERS, MONTH_FIRST, TWO_DIGIT_YEARS

TIME_OF_DAY = (
    r"[T ]+(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
    r"(?: ?[AaPp][Mm]| ?Z| ?UTC| ?[+-][0-9]{2}:?[0-9]{2})?$"
)
#: How most write a day: 2025-12-31 or 12/31/2025.
USUAL = r"^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4})$"
#: Three numbers of which the first cannot be a month: 25/03/2026.
DAY_FIRST = r"^(?:1[3-9]|2[0-9]|3[01])[/-](?:0?[1-9]|1[0-2])[/-](?:[0-9]{4}|[0-9]{2})$"
#: Three numbers of which each of the first two may be the month: 03/04/2026.
_EITHER = r"^(?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|1[0-2])[/-](?:[0-9]{4}|[0-9]{2})$"
#: Three numbers of which the second cannot be a month: 03/25/2026.
_MONTH_FIRST = r"^(?:0?[1-9]|1[0-2])[/-](?:1[3-9]|2[0-9]|3[01])[/-](?:[0-9]{4}|[0-9]{2})$"
_NAMED_MONTH = "months by name, as 05-Jan-2026"
#: What is told of it, its shape, and how `strptime` reads it once its hyphens are slashes.
_WAYS = (
    (MONTH_FIRST, r"^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$", "%m/%d/%Y"),
    (TWO_DIGIT_YEARS, r"^[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{2}$", "%m/%d/%y"),
    ("year first, as 2026/01/05", r"^[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}$", "%Y/%m/%d"),
    ("eight digits as YYYYMMDD", r"^[0-9]{8}(?:\.0)?$", "%Y%m%d"),
    (_NAMED_MONTH, r"^[0-9]{1,2}[/ -][A-Za-z]{3}[/ -][0-9]{4}$", "%d/%b/%Y"),
    (_NAMED_MONTH, r"^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$", "%d%b%Y"),
    (_NAMED_MONTH, r"^[A-Za-z]{3} [0-9]{1,2}, ?[0-9]{4}$", "%b/%d,%Y"),
    (TWO_DIGIT_YEARS, r"^[0-9]{1,2}[/ -][A-Za-z]{3}[/ -][0-9]{2}$", "%d/%b/%y"),
)
#: How days are written that are read only where a columns file tells it: its words, `strptime`'s.
TO_BE_TOLD = {
    f"DD{sign}MM{sign}{year}": f"%d{sign}%m{sign}{'%Y' if year == 'YYYY' else '%y'}"
    for sign in "/.-"
    for year in ("YYYY", "YY")
}
DAY_NUMBER = r"^[34567](?:00|3[2-9]|[4-9][0-9])[0-9]{2}(?:\.[0-9]+)?$"
#: Days from 1899-12-30, from which spreadsheets count since March 1900, to 1970-01-01.
_TO_1970 = 25_569


def read_otherwise(days: pl.Series) -> tuple[pl.Series, list[str]]:
    """Write the days that are not written as usual as 2026-01-05, and say how they were.

    `days` are text without surrounding blanks; what is no day, or may be two, stays as it is.
    """
    bare = days.str.replace(TIME_OF_DAY, "")
    strange = (days.is_not_null() & ~bare.str.contains(USUAL)).arg_true()
    if strange.is_empty():
        return days, []
    written = bare.gather(strange)
    told = []
    slashed = written.str.replace(r"\.0$", "").str.replace_all("[- ]", "/").str.replace(",/", ",")
    read = pl.Series([None], dtype=pl.Date).new_from_index(0, len(written))
    for way, shape, form in _WAYS:
        fits = written.str.contains(shape)
        if not fits.any():
            continue
        day = slashed.set(~fits, None).str.to_date(form, strict=False)
        read = read.zip_with(read.is_not_null(), day)
        if day.is_not_null().any():
            told.append(way)
    numbers = written.str.contains(DAY_NUMBER)
    if numbers.any():
        number = written.set(~numbers, None).str.extract("^([0-9]+)").cast(pl.Int32)
        read = read.zip_with(read.is_not_null(), (number - _TO_1970).cast(pl.Date))
        told.append(DAY_NUMBERS)
    known = read.is_not_null()
    iso = read.filter(known).dt.to_string("iso")
    return days.clone().scatter(strange.filter(known), iso), list(dict.fromkeys(told))


def day_first_of(days: pl.Series) -> str | None:
    """Give the first day that is written day first."""
    return _first(_alone(days), DAY_FIRST)


def is_month_first(days: pl.Series) -> bool:
    """Tell whether any day is written month first, and cannot be day first."""
    return _first(_alone(days), _MONTH_FIRST) is not None


def either_of(days: pl.Series) -> str | None:
    """Give the first day whose month may be the first number or the second."""
    bare = days.str.strip_chars().str.replace(TIME_OF_DAY, "")
    numbers = bare.str.extract_groups(r"^0?([0-9]{1,2})[/-]0?([0-9]{1,2})[/-]").struct.unnest()
    return _first(bare.filter(numbers["1"] != numbers["2"]), _EITHER)


def typed_day_of(days: pl.Series) -> str | None:
    """Give the first day, written 2026-04-03, that is another with month and day exchanged."""
    bare = days.str.strip_chars().str.replace(TIME_OF_DAY, "")
    numbers = bare.str.extract_groups("^[0-9]{4}-([0-9]{2})-([0-9]{2})$").struct.unnest()
    return _first(bare.filter(numbers["1"] != numbers["2"]), "-(?:0[1-9]|1[0-2])$")


def _alone(days: pl.Series) -> pl.Series:
    """Give days without what follows them: 25/03/2026 12:00 a.m. is no day, but is day first."""
    return days.str.strip_chars().str.replace(r"(?s)[T,;\s].*$", "")


def _first(days: pl.Series, shape: str) -> str | None:
    bare = days.str.strip_chars().str.replace(TIME_OF_DAY, "")
    found = bare.filter(bare.str.contains(shape))
    return None if found.is_empty() else str(found[0])
