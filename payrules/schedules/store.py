"""The store of fee schedule releases and tables of edits: dated, hashed, verified when used.

An entry is a folder. `release.toml` or `table.toml` says what it holds and the sha256 of each
Parquet file; its first line seals the rest of itself. The built-in starter has the same form.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations, zip_longest
from os import PathLike
from pathlib import Path
from typing import Any

import platformdirs
import polars as pl

from payrules.content import content_folder
from payrules.dated import StandIn
from payrules.errors import AlteredError, ScheduleError
from payrules.schedules.cms.procedure_pairs import PARTS
from payrules.schedules.conversion_factors import ConversionFactor
from payrules.schedules.records import Stored, complete, remove_entry, unsealed
from payrules.within_reason import CONVERSION_FACTOR

#: Kind of table → the columns that identify a row among the tables of that kind.
TABLE_KEYS: Mapping[str, tuple[str, ...]] = {
    "mue": ("hcpcs_code", "effective_from"),
    "ptp": ("column_1_code", "column_2_code", "effective_from"),
    "add_on": ("add_on_code", "primary_code", "effective_from"),
    "anesthesia_base_units": ("hcpcs_code", "effective_from"),
    "zip": ("zip",),
    "zip9": ("zip", "plus_four"),
    "asc": ("hcpcs_code", "effective_from"),
    "opps": ("hcpcs_code", "effective_from"),
    "opps_cap": ("hcpcs_code", "modifier", "locality"),
    "counties": (),
    "amounts": (),
}
#: Kinds whose rows have their own first and last day; each file restates the years before it.
SELF_DATED = frozenset(("ptp", "add_on"))
#: Kind of table → what it is, in words.
TABLE_WORDS = {
    "mue": "medically unlikely edits",
    "ptp": "procedure-to-procedure edits",
    "add_on": "add-on codes",
    "anesthesia_base_units": "anesthesia base units",
    "opps": "OPPS addendum B (hospital outpatient rates)",
    "asc": "ASC addendum AA (surgical center rates)",
    "zip": "localities of ZIP codes",
    "zip9": "localities of ZIP+4 codes",
}
#: The kinds that claim lines are priced with; the others inform, or check.
_PRICING_KINDS = ("mue", "ptp", "add_on", "anesthesia_base_units", "zip", "zip9")
_RELEASE_KEYS: Mapping[str, tuple[str, ...]] = {
    "codes.parquet": ("hcpcs_code", "modifier"),
    "localities.parquet": ("locality",),
    "anesthesia_factors.parquet": ("locality",),
    "opps_cap.parquet": TABLE_KEYS["opps_cap"],
    "counties.parquet": (),
}
_CAPS, _COUNTIES = "opps_cap.parquet", "counties.parquet"
NO_FACTORS = pl.DataFrame(schema={"locality": pl.String, "conversion_factor": pl.Int64})


def default_folder() -> Path:
    """Give the folder of the user's own where imported releases are kept."""
    return platformdirs.user_data_path("payrules", appauthor=False) / "schedules"


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
        if self.parts == PARTS:
            return None
        if not self.parts:
            return "a file whose name does not say which of CMS's four it is"
        *first, last = map(str, self.parts)
        listed = f"s {', '.join(first)} and {last}" if first else f" {last}"
        return f"part{listed} of {len(PARTS)}"


class Schedules:
    """The releases and tables of edits at hand."""

    def __repr__(self) -> str:
        tables = dict.fromkeys(table.kind for table in self.tables)
        return f"Schedules({', '.join([*(each.name for each in self.releases), *tables])})"

    def __init__(self, releases: Iterable[Release], tables: Iterable[PublishedTable]) -> None:
        self.releases = tuple(sorted(releases, key=lambda release: (release.starter, release.name)))
        self.tables = tuple(sorted(tables, key=lambda table: (table.kind, table.published_for)))
        self._combined: dict[str, pl.DataFrame | None] = {}
        # A batch has hundreds of days, and is priced more than once by a what-if.
        self._serving: dict[date, Release | None] = {}

    def in_force(self, day: date) -> Release | None:
        """Give the release for a date of service; None if no release is of that year.

        CMS restates the whole calendar year each quarter, so a release serves its year. Decision:
        an imported release goes before the starter; among those, the latest published for a day
        up to the date of service, a correction (2025AR) before what it corrects; where none is
        that early, the earliest of that year, because it restates the year from January.
        """
        if day not in self._serving:
            self._serving[day] = self._serves(day)
        return self._serving[day]

    def _serves(self, day: date) -> Release | None:
        of_year = [r for r in self.releases if r.effective_from <= day <= r.effective_to]
        eligible = [r for r in of_year if not r.starter] or of_year
        published = [release for release in eligible if release.published_for <= day]
        if published:
            return max(published, key=_publication)
        if eligible:
            earliest = min(release.published_for for release in eligible)
            return max((r for r in eligible if r.published_for == earliest), key=_publication)
        return None

    def named(self, name: str) -> Release:
        """Give a release by its name; ScheduleError names those there are."""
        for release in self.releases:
            if release.name.lower() == name.lower():
                return release
        there_are = ", ".join(release.name for release in self.releases) or "none"
        raise ScheduleError(
            f"There is no release named '{name}'. There are: {there_are}. "
            "Import one with: payrules schedules import PATH"
        )

    def table(self, kind: str) -> pl.DataFrame | None:
        """Give the rows of all tables of a kind, dated; None when none is at hand."""
        if kind not in self._combined:
            self._combined[kind] = _combined(kind, self.tables_in_use(kind))
        return self._combined[kind]

    def is_partial(self, kind: str) -> bool:
        """Say whether the table in use is the starter's, which holds its own codes' rows only."""
        return any(table.starter for table in self.tables_in_use(kind))

    def starter_codes(self) -> pl.Series:
        """Give the codes that the built-in tables of edits are about."""
        held = [each.codes["hcpcs_code"] for each in self.releases if each.starter]
        return pl.concat(held).unique() if held else pl.Series(dtype=pl.String)

    def in_part(self, kind: str) -> str | None:
        """Say what of a table of edits is at hand where that is not the whole; None where it is.

        "451 codes" of the starter's, "parts 1 and 3 of 4" of the pairs.
        """
        used = self.tables_in_use(kind)
        if not used:
            return None
        if self.is_partial(kind):
            codes = _coded(kind, self.table(kind))
            return f"{codes:,} codes"
        lacking = next((each for each in reversed(used) if each.kind == "ptp" and each.lacks), None)
        return None if lacking is None else lacking.lacks

    def stand_ins(self, kind: str) -> tuple[StandIn, ...]:
        """Give the dates for which a quarter's own edits are not at hand, and those that serve.

        After the last quarter loaded; of a table whose rows have no days of their own, between
        two that do not follow each other as well.
        """
        used = self.tables_in_use(kind)
        found = []
        for table, later in zip_longest(used, used[1:]):
            after = _next_quarter(table.published_for)
            of = f"{table.published_for:%B %Y}"
            if later is None:
                found.append(StandIn(of, after))
            elif kind not in SELF_DATED and later.published_for > after:
                found.append(StandIn(of, after, later.published_for - timedelta(days=1)))
        return tuple(found)

    def table_sources(self) -> list[dict[str, Any]]:
        """Name the tables in use, for the run record."""
        return [
            {
                "kind": table.kind,
                "name": table.name,
                "published_for": table.published_for.isoformat(),
                "rows": table.rows,
                "sha256": table.stored.sha256,
                "cites": table.cites,
            }
            for kind in _PRICING_KINDS
            for table in self.tables_in_use(kind)
        ]

    def zip_codes(self) -> pl.DataFrame | None:
        """Give the ZIP codes with their localities, and ZIP+4 codes where those are needed.

        One row a ZIP code (`plus_four` null) and one a ZIP+4 code; None when no table is at hand.
        """
        five, nine = self.table("zip"), self.table("zip9")
        if nine is None:
            return five
        if five is None:
            split = (pl.col("locality").n_unique() > 1).alias("plus_four_needed")
            five = nine.group_by("zip").agg(split, pl.col("locality", "state").first())
        further = nine.with_columns(pl.lit(value=False).alias("plus_four_needed"))
        return pl.concat([five, further], how="diagonal")

    def localities(self) -> frozenset[str]:
        """Give every locality key of every release, and `national`."""
        keys = {key for release in self.releases for key in release.localities["locality"]}
        return frozenset(keys | {"national"})

    def tables_in_use(self, kind: str) -> list[PublishedTable]:
        """Give the tables of a kind that count, in order of the day they are published for."""
        # The starter holds the few edits of its own codes: CMS's whole table replaces it.
        tables = [table for table in self.tables if table.kind == kind]
        return [table for table in tables if not table.starter] or tables


def _coded(kind: str, table: pl.DataFrame | None) -> int:
    """Count the codes that a table of edits is about."""
    if table is None:
        return 0
    columns = [name for name in TABLE_KEYS[kind] if name.endswith("code")]
    columns = columns[:1] if kind == "add_on" else columns
    return pl.concat([table[name].alias("code") for name in columns]).n_unique()


def _next_quarter(day: date) -> date:
    """Give the first day of the quarter after a day's."""
    month = 3 * ((day.month - 1) // 3) + 4
    return date(day.year + month // 13, month % 12, 1)


def _publication(release: Release) -> tuple[date, bool, str]:
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


def _combined(kind: str, tables: list[PublishedTable]) -> pl.DataFrame | None:
    """Join the quarters of one table: what a later one no longer says ends where it begins.

    Rows that say themselves how long they are in force end only where a later file says so: CMS
    keeps what it deletes in the file, with its last day.
    """
    combined: pl.DataFrame | None = None
    for table in tables:
        later = table.stored.read()
        if combined is None or "effective_to" not in later.columns:  # the newest file stands
            combined = later
            continue
        last_day = table.published_for - timedelta(days=1)
        ended = pl.min_horizontal(pl.col("effective_to").fill_null(last_day), pl.lit(last_day))
        earlier = combined.join(later, on=TABLE_KEYS[kind], how="anti", nulls_equal=True)
        if kind in SELF_DATED:
            combined = pl.concat([earlier, later])
            continue
        earlier = earlier.with_columns(ended.alias("effective_to"))
        earlier = earlier.filter(pl.col("effective_from") <= pl.col("effective_to"))
        combined = pl.concat([earlier, later])
    return combined


def load_schedules(folder: str | PathLike[str] | None = None) -> Schedules:
    """Find the releases and tables of a folder, or the built-in starter and the user's own.

    Only the records (TOML) are read here; each table is read and verified when first used.
    """
    if folder is not None:
        folders = [Path(folder)]
        if not folders[0].is_dir():
            raise ScheduleError(f"There is no folder {folder} to take fee schedules from.")
    else:
        folders = [content_folder("fee_schedules"), default_folder()]
    found = [load_entries(parent) for parent in folders if parent.is_dir()]
    return Schedules(
        [release for releases, _ in found for release in releases],
        [table for _, tables in found for table in tables],
    )


def load_entries(folder: Path) -> tuple[list[Release], list[PublishedTable]]:
    """Read the records of one folder."""
    releases, tables = [], []
    for entry in _entries(folder):
        if (entry / "release.toml").is_file():
            releases.append(read_release(entry))
        elif (entry / "table.toml").is_file():
            tables += read_tables(entry)
        elif any(entry.glob("*.parquet")):
            raise AlteredError(
                f"{entry.name}: its record (release.toml or table.toml) is missing in {entry};"
                " nothing can be priced with it. Remove that folder and import it again."
            )
    return releases, tables


def _entries(parent: Path) -> list[Path]:
    return sorted(
        entry for entry in parent.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    )


def read_release(entry: Path) -> Release:
    """Read `release.toml` of one entry; AlteredError if it was changed, or lacks something."""
    record = entry / "release.toml"
    said = unsealed(record)
    with complete(record):
        release = Release(
            name=said["name"],
            effective_from=said["effective_from"],
            effective_to=said["effective_to"],
            published_for=said["published_for"],
            starter=said["starter"],
            source=said["source"],
            sources=said["sources"],
            files={file["name"]: file["sha256"] for file in said["files"]},
            rows={Path(file["name"]).stem: file["rows"] for file in said["files"]},
            conversion_factors=tuple(
                ConversionFactor(
                    factor["effective_from"],
                    _ten_thousandths(entry, factor["value"]),
                    factor["qualifying_apm"],
                    factor["cites"],
                )
                for factor in said["conversion_factors"]
            ),
            folder=entry,
        )
        _ = release.conversion_factor(release.effective_from), release.files["codes.parquet"]
    return release


def read_tables(entry: Path) -> list[PublishedTable]:
    """Read `table.toml` of one entry; AlteredError if it was changed, or lacks something."""
    record = entry / "table.toml"
    said = unsealed(record)
    with complete(record):
        return [
            PublishedTable(
                kind=file["kind"],
                name=said["name"],
                published_for=file["published_for"],
                starter=said["starter"],
                source=said["source"],
                cites=file["cites"],
                rows=file["rows"],
                stored=Stored(said["name"], entry / file["name"], file["sha256"]),
                version=file.get("version", ""),
                parts=tuple(int(part) for part in file.get("parts", "").split()),
            )
            for file in said["files"]
        ]


def _ten_thousandths(entry: Path, text: str) -> int:
    try:
        return CONVERSION_FACTOR.units(CONVERSION_FACTOR.read(text))
    except ValueError as fault:
        raise AlteredError(
            f"{entry.name}: the conversion factor in release.toml {fault}. Nothing can be priced"
            f" with it: remove it (payrules schedules remove {entry.name}) and import it again."
        ) from None


def remove(name: str, folder: Path | None = None) -> Path:
    """Remove a release or tables from the store (`folder` None: the user's own) by name.

    ScheduleError if the folder holds none of that name; it names those there are.
    """
    folder = folder or default_folder()
    entries = _entries(folder) if folder.is_dir() else []
    held = [
        entry
        for entry in entries
        if any((entry / record).is_file() for record in ("release.toml", "table.toml"))
    ]
    for entry in held:
        if entry.name.lower() == name.lower():
            remove_entry(folder, entry.name)
            return entry
    built_in = " It is built in." if name.lower().startswith("starter") else ""
    there_are = ", ".join(entry.name for entry in held) or "none"
    raise ScheduleError(f"{folder} holds no '{name}'.{built_in} There are: {there_are}.")


def sources_of(entry: Path) -> Mapping[str, str] | None:
    """Give the source files of an entry with their sha256; None if there is no such entry."""
    for record in ("release.toml", "table.toml"):
        if (entry / record).is_file():
            said = unsealed(entry / record)
            with complete(entry / record):
                sources: Mapping[str, str] = said["sources"]
            return sources
    return None


@dataclass(frozen=True)
class Verified:
    """One stored file that was found to be as it was imported."""

    entry: str
    file: str
    rows: int


def verify(schedules: Schedules | Path | None = None) -> list[Verified]:
    """Hash and check every stored file again; AlteredError names those that changed."""
    if not isinstance(schedules, Schedules):
        schedules = load_schedules(schedules)
    found, altered = [], []
    stored = [file for release in schedules.releases for file in release.stored()]
    stored += [table.stored for table in schedules.tables]
    for file in stored:
        try:
            table = file.read()
        except AlteredError as fault:
            altered.append(str(fault))
            continue
        key = _RELEASE_KEYS.get(file.path.name, TABLE_KEYS.get(file.path.stem, ()))
        repeats = key and table.select(pl.struct(key).is_duplicated().any()).item()
        if not table.height or repeats:
            raise ScheduleError(f"{file.entry}: {file.path.name} is empty or repeats a key.")
        found.append(Verified(file.entry, file.path.name, table.height))
    if altered:
        raise AlteredError(*altered)
    for release, other in combinations(schedules.releases, 2):
        if overlap(release, other):
            raise ScheduleError(
                f"{release.folder} and {other.folder} are both the release for "
                f"{release.published_for} on. Remove one: payrules schedules remove NAME"
            )
    return found
