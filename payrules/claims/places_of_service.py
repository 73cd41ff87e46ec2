"""Place of service codes: those CMS lists, and those that pay the facility amount."""

from datetime import date

import polars as pl

#: Services here are paid the facility amount; everywhere else the non-facility amount.
FACILITY = frozenset(
    f"{code:02}" for code in (2, 19, 21, 22, 23, 24, 26, 31, 34, 41, 42, 51, 52, 53, 56, 61)
)

#: Every place of service code a professional claim may carry.
VALID = frozenset(
    f"{code:02}"
    for first, last in ((1, 27), (31, 34), (41, 42), (49, 58), (60, 62), (65, 66), (71, 72))
    for code in range(first, last + 1)
) | {"81", "99"}

#: Telehealth at home is paid the non-facility amount only from this day.
_TELEHEALTH_AT_HOME = "10"
_NONFACILITY_AT_HOME_FROM = date(2024, 1, 1)


def is_facility() -> pl.Expr:
    """Tell whether a line's place of service, on its day, is paid the facility amount."""
    place = pl.col("place_of_service_code")
    at_home_before = (place == _TELEHEALTH_AT_HOME) & (
        pl.col("service_date") < _NONFACILITY_AT_HOME_FROM
    )
    return place.is_in(list(FACILITY)) | at_home_before
