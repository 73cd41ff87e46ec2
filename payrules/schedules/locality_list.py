"""Lists Medicare localities, their keys, names and counties: all, of a state, by name or by ZIP."""

import re
from typing import NamedTuple

import polars as pl

from payrules.errors import ScheduleError
from payrules.nearest import either, nearest
from payrules.schedules.locality_names import LocalityNames
from payrules.schedules.schedules import Schedules

_ZIP = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?")
_KEY = re.compile(r"[0-9]{5}-[0-9]{2}")


class Locality(NamedTuple):
    """A locality: its key as claims give it, state, CMS's name, counties ("" without LOCCO)."""

    key: str
    state: str
    name: str
    counties: str


def list_localities(schedules: Schedules, sought: str | None = None) -> list[Locality]:
    """Give localities by key: all, or those that a state, name, county, key or ZIP code fits.

    Raises ScheduleError where none does, and for a ZIP code without CMS's ZIP table.
    """
    names = LocalityNames(schedules)
    counties = _counties(schedules)
    every = [
        Locality(place.key, place.state, place.name, counties.get(place.key, ""))
        for place in names.places
    ]
    if sought is None:
        return every
    sought = sought.strip()
    if _KEY.fullmatch(sought):
        keys = {sought}
    elif (found := _ZIP.fullmatch(sought)) is not None:
        keys = _of_zip(schedules, found[1], found[2])
    else:
        keys = names.fitting(sought)
    fitting = [each for each in every if each.key in keys]
    if not fitting:
        near = ", ".join(names.find(sought).candidates) or either(
            nearest(sought, [each.key for each in every])
        )
        raise ScheduleError(
            f"No locality of the fee schedules loaded is, or takes in, '{sought}'"
            + (f"; perhaps {near}." if near else ".")
        )
    return fitting


def _of_zip(schedules: Schedules, five: str, four: str | None) -> set[str]:
    """Give the localities of a ZIP code: several where only ZIP+4 can tell."""
    zips = schedules.zip_codes()
    if zips is None:
        raise ScheduleError(
            "No ZIP table is loaded, which tells the locality of a ZIP code. Import CMS's ZIP5 file"
            " (payrules schedules import PATH), or ask by state or name: payrules localities IL"
        )
    rows = zips.filter(pl.col("zip") == five)
    if rows.is_empty():
        raise ScheduleError(f"ZIP code {five} is not in CMS's ZIP table.")
    if four is not None and "plus_four" in rows.columns:
        exact = rows.filter(pl.col("plus_four") == four)
        rows = exact if exact.height else rows
    return {*rows.get_column("locality").drop_nulls()}


def _counties(schedules: Schedules) -> dict[str, str]:
    """Give each locality's counties, by the newest release that has CMS's LOCCO file."""
    for release in sorted(schedules.releases, key=lambda each: each.published_for, reverse=True):
        if release.counties.height:
            told = release.counties.group_by("locality", maintain_order=True).agg(
                pl.col("counties").unique(maintain_order=True).str.join("; ")
            )
            return dict(told.iter_rows())
    return {}
