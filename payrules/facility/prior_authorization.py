"""Which services a hospital must have authorized before; neither office nor surgical center must.

42 CFR 419.80 to 419.83; CMS's list of hospital outpatient department services. 64492 and 64495 were
taken off it in August 2024.
"""

from datetime import date

import polars as pl

_NERVE_STIMULATORS, _FACET_JOINTS = date(2021, 7, 1), date(2023, 7, 1)
#: Code → the first day of service that needs it.
CODES = {
    "63650": _NERVE_STIMULATORS,
    **dict.fromkeys(
        ("64490", "64491", "64493", "64494", "64633", "64634", "64635", "64636"), _FACET_JOINTS
    ),
}
#: Off the campus and on it.
_HOSPITAL_PLACES = ("19", "22")
_NOTE = "the hospital needs prior authorization of this service (42 CFR 419.83)"


def prior_authorization_note(code: pl.Expr, place: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Say of a service in a hospital outpatient department that it is to be authorized before.

    Blank at other places of service, before the first day, and of other codes. It is the
    hospital's claim that it binds, so it is said of the hospital's side and of no other.
    """
    since = code.replace_strict(CODES, default=None, return_dtype=pl.Date)
    needed = place.is_in(_HOSPITAL_PLACES) & (since <= day)
    return pl.when(needed).then(pl.lit(_NOTE)).otherwise(pl.lit(""))
