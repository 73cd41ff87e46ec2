"""The sites that a service may move between: their places of service and what they are called."""

import polars as pl

from payrules.claims.places_of_service import FACILITY

OFFICE, ASC, HOSPITAL = "office", "asc", "hospital"
SITES = (OFFICE, ASC, HOSPITAL)
#: The place of service that a claim names where a service is moved to a site.
PLACE_OF_SITE = {OFFICE: "11", ASC: "24", HOSPITAL: "22"}
SITE_WORDS = {OFFICE: "office", ASC: "surgical center", HOSPITAL: "hospital outpatient"}
#: A column of the batch that says which lines are one encounter.
ENCOUNTER_ID = "encounter_id"
#: Places that bill for the facility as a site does.
_FACILITIES = {"24": ASC, "22": HOSPITAL, "19": HOSPITAL}
#: Nonfacility places that are no office: telehealth, where the patient lives, and places with
#: payment systems of their own.
_NO_OFFICE = (
    *("02", "10"),
    *("03", "04", "09", "12", "13", "14", "15", "16", "27", "32", "33", "54", "55", "60"),
    *("05", "06", "07", "08", "25", "50", "57", "58", "62", "65", "66", "72", "81"),
)


def site_of(place: pl.Expr) -> pl.Expr:
    """Name the site of a place of service; null where the service is at none and stays there.

    Decision: places that are paid the nonfacility amount are an office, but for `_NO_OFFICE`; of
    the others only the surgical center and the hospital's outpatient departments are sites.
    """
    is_office = ~place.is_in([*FACILITY, *_NO_OFFICE])
    site = place.replace_strict(_FACILITIES, default=None, return_dtype=pl.String)
    return pl.when(is_office).then(pl.lit(OFFICE)).otherwise(site)
