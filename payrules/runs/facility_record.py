"""What a run record and its sentences say of the facility's side: encounters, rates, wage index."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

import polars as pl

from payrules.counted import counted, one_or_more
from payrules.facility.sites import ASC, HOSPITAL, SITE_WORDS
from payrules.facility.wage import WageIndices
from payrules.frozen import frozen
from payrules.money import sum_of
from payrules.runs.facility_side import BOTH_SIDES, FacilitySide
from payrules.runs.settled import dollars_of
from payrules.runs.setup import Setup

#: The tables that say what facilities are paid, by site.
FACILITY_TABLES = {
    ASC: ("asc", "asc_ancillary", "asc_excluded", "asc_device_offset"),
    HOSPITAL: ("opps",),
}
_AREAS = "asc_wage_index"


@frozen
class RunSite:
    """The encounters of a site: how many, how many are settled, and what these come to.

    Amounts are dollars as text; None where it is not known of one of them who pays.
    """

    site: str
    encounters: int
    settled: int
    wage_index: str
    amounts: dict[str, str | None]


@frozen
class RunRates:
    """A file of facility rates or wage indices at hand: its kind, quarter and sha256."""

    kind: str
    name: str
    published_for: str
    sha256: str


@frozen
class RunFacility:
    """What facilities are paid beside the lines of a run; no total of it is among the run's."""

    sites: tuple[RunSite, ...]
    rates: tuple[RunRates, ...]
    notes: tuple[str, ...]


def run_facility(side: FacilitySide, setup: Setup) -> RunFacility:
    """Say what came of the facility's side of a run."""
    wages = setup.facility or WageIndices()
    present = [site for site in SITE_WORDS if site in side.encounters["site"]]
    return RunFacility(
        sites=tuple(_site(side.encounters, site, wages) for site in present),
        rates=tuple(rates_used(side.quarters, setup)),
        notes=(*side.notes, *side.of_batch),
    )


def rates_used(quarters: Collection[tuple[str, date]], setup: Setup) -> Iterator[RunRates]:
    """Give the files that rates of some sites and quarters were taken from, and wage indices."""
    years = {(site, quarter.year) for site, quarter in quarters}
    for site, kinds in FACILITY_TABLES.items():
        for kind in kinds:
            for table in setup.schedules.tables_in_use(kind):
                day = table.published_for
                if (site, day) in quarters:
                    yield RunRates(kind, table.name, day.isoformat(), table.stored.sha256)
    if setup.facility is not None and setup.facility.asc_area is not None:
        for table in setup.schedules.tables_in_use(_AREAS):
            day = table.published_for
            if (ASC, day.year) in years:
                yield RunRates(_AREAS, table.name, day.isoformat(), table.stored.sha256)


def wages_in_sentences(sites: Iterable[str], wages: WageIndices) -> Iterator[str]:
    """Say by which wage index the rates of each facility are adjusted."""
    for site in sites:
        if site in FACILITY_TABLES:
            yield f"{SITE_WORDS[site].capitalize()}: national Medicare rates, {wages.words(site)}."


def _site(encounters: pl.DataFrame, site: str, wages: WageIndices) -> RunSite:
    of_site = encounters.filter(pl.col("site") == site)
    settled = of_site.filter(pl.col("total_amount").is_not_null())
    return RunSite(
        site=site,
        encounters=of_site.height,
        settled=settled.height,
        wage_index=" ".join(wages_in_sentences([site], wages)),
        amounts={
            name: None if settled[name].null_count() else dollars_of(sum_of(settled[name]))
            for name in BOTH_SIDES
        },
    )


def in_sentences(run: RunFacility) -> list[str]:
    """Say what the facility's amounts are, and what of them is open."""
    return [*_sentences(run), *run.notes]


def _sentences(run: RunFacility) -> Iterator[str]:
    for each in run.sites:
        if each.wage_index:
            yield each.wage_index
        if each.encounters > each.settled:
            many = each.encounters - each.settled
            yield (
                f"{counted(many, 'encounter')} at the {SITE_WORDS[each.site]} "
                f"{one_or_more(many, 'is', 'are')} not settled, and in no total: the column why "
                "says what is open."
            )
