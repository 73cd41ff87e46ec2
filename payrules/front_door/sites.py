"""What the same services come to at each site, practitioner and facility together."""

# `help()` then shows the names of types, not all that they stand for.
from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims import Claims
from payrules.counted import counted
from payrules.facility.sites import SITES
from payrules.facility.wage import WageIndices
from payrules.front_door.shown import Shown, place_of
from payrules.front_door.terms import AFile, ColumnsMap, FeeSchedules, setup_of
from payrules.front_door.whatif import AScenario, one_scenario
from payrules.runs.facility_side import in_dollars
from payrules.scenarios.baseline import baseline
from payrules.scenarios.sites import SitesCompared, compare_sites, read_sites, sites_record


class AtSites(Shown):
    """A batch as billed and at each site: polars frames in dollars.

    `at` is "as_billed", "planned" or a site. Only encounters of which every part is settled at
    every site are in `totals`.
    """

    def __init__(self, compared: SitesCompared) -> None:
        self._compared = compared

    @property
    def totals(self) -> pl.DataFrame:
        """The encounters compared, a row a site: both sides, who pays, change against as billed."""
        return in_dollars(self._compared.totals)

    @property
    def encounters(self) -> pl.DataFrame:
        """A row an encounter: its amounts at each site, whether it is compared, what is open."""
        return in_dollars(self._compared.encounters)

    @property
    def lines(self) -> pl.DataFrame:
        """Every line at every site, the practitioner's and the facility's."""
        return self._compared.told_lines

    @property
    def open(self) -> pl.DataFrame:
        """What keeps encounters from being compared, and how many: at, why, encounters."""
        return self._compared.open

    @property
    def rejects(self) -> pl.DataFrame:
        """The rows that could not be read, and why; no total has them."""
        return self._compared.base.batch.rejects

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know: wage indices, quarters of rates, what is not in the sums."""
        return tuple(self._compared.sentences)

    @cached_property
    def record(self) -> dict[str, Any]:
        """All of it but the lines, as one record for JSON; amounts as text."""
        return sites_record(self._compared)

    def to_excel(self, path: AFile, *, force: bool = False) -> Path:
        """Write the comparison as a workbook; give its path.

        Nothing that is there is replaced without `force`. Warns where a sheet is too long for
        Excel and lies beside the workbook. Raises ReportError.
        """
        from payrules.workbook.sites import write_sites_book  # noqa: PLC0415 - takes long to load

        return place_of(write_sites_book(self._compared, Path(path), force=force))

    def _in_words(self) -> list[str]:
        """Say the totals; nothing of a person: it is shown wherever a notebook is."""
        every = self._compared.encounters
        within = int(every["compared"].sum())
        said = [f"{counted(within, 'encounter')} of {every.height:,} compared"]
        said += [
            f"{at.replace('_', ' ')}: practitioner {mine:,.2f}, facility {theirs:,.2f}, both"
            f" {both:,.2f}"
            for at, mine, theirs, both in self.totals.select(
                "at", "professional_amount", "facility_amount", "total_amount"
            ).iter_rows()
            if both is not None
        ]
        return said


def sites(
    batch: Claims,
    at: Sequence[str] = SITES,
    *,
    scenario: AScenario | None = None,
    wages: WageIndices | None = None,
    locality: str | None = None,
    release: str | None = None,
    schedules: FeeSchedules | None = None,
    columns: ColumnsMap | None = None,
) -> AtSites:
    """Price a batch at each site: what Medicare pays the practitioner and the facility together.

    `at`         "office", "asc" and "hospital", or some of them
    `scenario`   how claims would be billed, beside the sites: at "planned" ({"claims": [{
                 "site_of_service": "asc", "part": 0.3}]}); it changes claims alone
    `wages`      WageIndices(asc_area="12420", hospital=Decimal("1.02")), else 1.000

    `batch` and the others are those of `estimate`. Raises UsageError, or what `estimate` raises,
    each one clear sentence.
    """
    named = read_sites(",".join([at] if isinstance(at, str) else at))
    how = setup_of(
        "medicare",
        locality=locality,
        release=release,
        schedules=schedules,
        columns=columns,
        facility=wages or True,
    )
    plan = None if scenario is None else one_scenario(scenario, "scenario")
    return AtSites(compare_sites(baseline(batch, how), named, plan))
