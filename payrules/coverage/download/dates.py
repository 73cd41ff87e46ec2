"""Dates of a download, in either of the two forms that it has."""

import re
from datetime import date

from payrules.within_reason import shown

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?|(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
#: Databases have dates of this year in place of none; earlier ones are slips.
_FIRST_YEAR = 1900
_NONE = {"N/A", "NULL"}


def as_date(written: str | None) -> date | None:
    """Read a date, None where there is none; ValueError for what is no date."""
    if written is None or written.upper() in _NONE:
        return None
    found = _DATE.fullmatch(written)
    if found is None:
        raise ValueError(f"'{shown(written)}' is no date")
    year, month, day, us_month, us_day, us_year = found.groups()
    said = date(int(year or us_year), int(month or us_month), int(day or us_day))
    if said.year < _FIRST_YEAR:
        raise ValueError(f"'{shown(written)}' is no date of a document")
    return said
