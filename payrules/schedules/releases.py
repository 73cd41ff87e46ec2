"""One release, and one table, of the store: what its record says, its rows read when used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from payrules.locality import NATIONAL
from payrules.schedules.conversion_factors import ConversionFactor
from payrules.schedules.records import Stored

_CAPS, _COUNTIES = "opps_cap.parquet", "counties.parquet"
_GPCIS = ("work_gpci", "pe_gpci", "mp_gpci")
#: CMS cuts each quarter's table of procedure-to-procedure edits into so many files.
_PARTS = (1, 2, 3, 4)
NO_FACTORS = pl.DataFrame(schema={"locality": pl.String, "conversion_factor": pl.Int64})


@dataclass(frozen=True, eq=False)
class Release:
    """A CMS relative value release: its dates, conversion factors, and tables read when used.

    `codes` has one row a HCPCS code and modifier, RVUs and percentages in hundredths;
    `localities` GPCIs in thousandths; `anesthesia_factors` ten-thousandths of a dollar.
    """

    name: str
    effective_from: date
    effective_to: date
    published_for: date
    starter: bool
    source: str
    sources: Mapping[str, str]
    files: Mapping[str, str]
    rows: Mapping[str, int]
    conversion_factors: tuple[ConversionFactor, ...]
    folder: Path

    @cached_property
    def codes(self) -> pl.DataFrame:
        """The rows of the fee schedule."""
        return self._read("codes.parquet")

    @cached_property
    def localities(self) -> pl.DataFrame:
        """The Medicare localities with their GPCIs."""
        return self._read("localities.parquet")

    @cached_property
    def anesthesia_factors(self) -> pl.DataFrame:
        """The anesthesia conversion factors by locality; no rows where the release has none."""
        name = "anesthesia_factors.parquet"
        return self._read(name) if name in self.files else NO_FACTORS

    @cached_property
    def endoscopic_bases(self) -> pl.Series:
        """The codes that are some family's endoscopic base, each once."""
        named = self.codes["endoscopic_base_code"].drop_nulls().unique()
        return named.filter(named != "").alias("hcpcs_code")

    @cached_property
    def bases_named(self) -> pl.DataFrame:
        """The codes of endoscopic families, each with its base: few of all."""
        named = pl.col("endoscopic_base_code")
        of_families = self.codes.filter(named.is_not_null() & (named != ""))
        return of_families.select("hcpcs_code", "endoscopic_base_code").unique()

    @cached_property
    def indices(self) -> pl.DataFrame:
        """GPCIs and anesthesia conversion factor of each locality, and of the nation as a whole."""
        nation = pl.DataFrame({"locality": [NATIONAL], **{name: [1000] for name in _GPCIS}})
        places = pl.concat([nation, self.localities.select("locality", *_GPCIS)])
        factors = self.anesthesia_factors.select("locality", anesthesia_factor="conversion_factor")
        return places.join(factors, on="locality", how="left")

    @cached_property
    def published_caps(self) -> pl.DataFrame:
        """The amounts of OPPSCAP, in cents; no rows where the release has no such file."""
        return self._read(_CAPS) if _CAPS in self.files else pl.DataFrame()

    @cached_property
    def counties(self) -> pl.DataFrame:
        """The counties of each locality; no rows where the release has no LOCCO file."""
        return self._read(_COUNTIES) if _COUNTIES in self.files else pl.DataFrame()

    def conversion_factor(self, day: date, qualifying_apm: bool = False) -> ConversionFactor:
        """Give the conversion factor for a date of service.

        Qualifying APM participants have one of their own from 2026 only. A day before or after
        the release's year (`--release` names one for every line) takes its first or last factor.
        """
        key = (day, qualifying_apm)
        if key not in self._factor_of:
            self._factor_of[key] = self._factor(day, qualifying_apm)
        return self._factor_of[key]

    @cached_property
    def _factor_of(self) -> dict[tuple[date, bool], ConversionFactor]:
        return {}

    def _factor(self, day: date, qualifying_apm: bool) -> ConversionFactor:
        begun = [factor for factor in self.conversion_factors if factor.effective_from <= day]
        first = min(factor.effective_from for factor in self.conversion_factors)
        eligible = begun or [f for f in self.conversion_factors if f.effective_from == first]
        latest = max(factor.effective_from for factor in eligible)
        of_day = {f.qualifying_apm: f for f in eligible if f.effective_from == latest}
        return of_day[True] if qualifying_apm and True in of_day else of_day[False]

    def cap_conversion_factor(self, day: date) -> ConversionFactor:
        """Give the conversion factor that the hospital caps' relative values were made with."""
        return self.conversion_factor(day)

    def stored(self) -> list[Stored]:
        """Give the stored files, for verification."""
        return [Stored(self.name, self.folder / file, sha) for file, sha in self.files.items()]

    def _read(self, file: str) -> pl.DataFrame:
        return Stored(self.name, self.folder / file, self.files.get(file, "")).read()


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A table of edits (or base units, or ZIP codes) as published for a day on."""

    kind: str
    name: str
    published_for: date
    starter: bool
    source: str
    cites: str
    rows: int
    stored: Stored
    #: Of the pairs: CMS's version (v322r0), and which of its four files are here, where names say.
    version: str = ""
    parts: tuple[int, ...] = ()

    @property
    def lacks(self) -> str | None:
        """Say which parts of the pairs are here, where that is not all four."""
        if self.parts == _PARTS:
            return None
        if not self.parts:
            return "a file whose name does not show which of CMS's four parts it is"
        *first, last = map(str, self.parts)
        listed = f"s {', '.join(first)} and {last}" if first else f" {last}"
        return f"part{listed} of {len(_PARTS)}"


def publication(release: Release) -> tuple[date, bool, str]:
    """Give what puts releases in order: the later one is in force, a correction after its own."""
    return release.published_for, is_correction(release.name), release.name


def overlap(release: Release, other: Release) -> bool:
    """Say whether two releases are for the same day, and neither is what corrects the other."""
    return (
        release.published_for == other.published_for
        and release.starter == other.starter
        and is_correction(release.name) == is_correction(other.name)
    )


def is_correction(name: str) -> bool:
    """Say whether a name is that of a release which corrects its quarter's: 2024AR, 2025DR2."""
    return bool(re.search(r"\d\d[A-D]R\d*$", name, re.I))
