"""Brings CMS's files into the store: recognised by content, checked, stored whole or not at all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from os import PathLike
from pathlib import Path

import polars as pl

from payrules.dated import quarter_of
from payrules.errors import ScheduleError
from payrules.schedules.cms import (
    anesthesia,
    localities,
    procedure_pairs,
    relative_values,
)
from payrules.schedules.cms.cells import Source
from payrules.schedules.entries import Imported, Tables, citation, merged_parts, store_entry
from payrules.schedules.file_kinds import (
    ASC_ADDENDA,
    RELEASE_ONLY,
    RELEASE_READERS,
    WITH_A_RELEASE,
    kind_of,
    one_form,
    read_table,
)
from payrules.schedules.records import (
    locked,
    valid_name,
)
from payrules.schedules.release_files import (
    base_and_qualifying,
    conversion_factors,
    first_day,
    for_everybody,
    release_name,
    year_and_month,
)
from payrules.schedules.store import (
    default_folder,
    sources_of,
)
from payrules.schedules.table_kinds import OF_A_QUARTER
from payrules.schedules.unpack import looks, unpack


def import_schedule(
    path: str | PathLike[str],
    folder: str | PathLike[str] | None = None,
    name: str | None = None,
    *,
    effective_from: date | None = None,
) -> Imported:
    """Bring a folder, ZIP or file of CMS's into the store; `folder` None is the user's own.

    The same bytes again change nothing; other bytes under a name that is taken are refused, and
    so is a second release, or table of a kind, for the same day. `effective_from` is for a table
    or a correction whose files do not say from which day they are in force.
    """
    path = Path(path)
    sources = unpack(path)
    into = None if folder is None else Path(folder)
    imported = _import_sources(path, sources, into, name, effective_from)
    read = sources_of(imported.folder) or {}
    not_seen = (
        each
        for source in sources
        if read.get(source.name) == source.sha256
        for each in source.not_seen
    )
    return replace(imported, not_seen=tuple(not_seen))


def _import_sources(
    path: Path,
    sources: list[Source],
    folder: Path | None,
    name: str | None,
    effective_from: date | None,
) -> Imported:
    recognised: dict[str, list[Source]] = {}
    ignored = []
    for source in sources:
        kind = kind_of(source)
        if kind:
            recognised.setdefault(kind, []).append(source)
        else:
            ignored.append(source.name)
    folder = folder or default_folder()
    fixed_width = [name for name in ignored if re.search(r"^AOC.*\.txt$", name, re.I)]
    if fixed_width and "add_on" not in recognised:
        raise ScheduleError(
            f"{fixed_width[0]} is CMS's add-on code edits in a fixed-width form that payrules "
            "does not read; import the XLSX file from the same CMS ZIP."
        )
    if not recognised:
        raise ScheduleError(
            f"{path.name} holds no file that payrules recognizes: {looks(path, sources)}. It "
            "reads releases (PPRRVU with GPCI, and ANES, OPPSCAP, LOCCO), MUE and PTP edits for "
            "practitioners, add-on code edits, anesthesia base units, ZIP5 and ZIP9, PFALL and "
            "PFREV, drug payment limits (ASP), the laboratory fee schedule (CLFS), ASC addenda "
            "AA, BB, EE and FF, ASC wage indices and OPPS addendum B."
        )
    if recognised.keys() & RELEASE_ONLY:
        tables = [kind for kind in recognised if kind not in RELEASE_ONLY | WITH_A_RELEASE]
        if tables:
            raise ScheduleError(
                f"{path.name} holds both a release and separate tables ({', '.join(tables)}). "
                "Import the release's own folder first, then each table."
            )
        return _import_release(path, folder, name, recognised, effective_from, tuple(ignored))
    return _import_tables(path, folder, name, recognised, effective_from, tuple(ignored))


def _import_release(
    path: Path,
    folder: Path,
    name: str | None,
    recognised: Mapping[str, list[Source]],
    effective_from: date | None,
    ignored: tuple[str, ...],
) -> Imported:
    base, qualifying = base_and_qualifying(recognised.get("relative_values", []))
    if "gpci" not in recognised:
        raise ScheduleError(f"{path.name} has no GPCI file; a release needs PPRRVU and GPCI.")
    gpci = one_form("GPCI", recognised["gpci"])
    of_all = for_everybody(recognised.get("anes", []))
    anes = one_form("ANES", of_all) if of_all else None
    beside = {
        kind: one_form(kind, of_everybody)
        for kind in RELEASE_READERS
        if (of_everybody := for_everybody(recognised.get(kind, [])))
    }
    read = [base.source, *([qualifying.source] if qualifying else []), gpci]
    read += [*([anes] if anes else []), *beside.values()]
    sources = {source.name: source.sha256 for source in read}
    relative_values.must_hold_bases(base.source.name, base.codes)
    indices, gpci_year = localities.read(gpci)
    name = valid_name(name or release_name(path))
    year, month = year_and_month(f"{name} {path.stem}", base, gpci, gpci_year)
    factors = conversion_factors(year, base, qualifying)
    published_for = effective_from or first_day(date(year, month, 1), base, factors)
    if published_for.year != year:
        raise ScheduleError(
            f"{path.name} is for {year}; its effective date cannot be {published_for}."
        )
    said = {
        "effective_from": date(year, 1, 1),
        "effective_to": date(year, 12, 31),
        "published_for": published_for,
        "starter": False,
        "source": "CMS physician fee schedule relative value files: " + ", ".join(sources),
        "sources": dict(sources),
        "conversion_factors": [
            {
                "effective_from": factor.effective_from,
                "value": str(factor),
                "qualifying_apm": factor.qualifying_apm,
                "cites": factor.cites,
            }
            for factor in factors
        ],
    }
    tables: Tables = {"codes.parquet": (base.codes, {}), "localities.parquet": (indices, {})}
    if anes:
        anesthesia_factors = anesthesia.read_factors(anes)
        strange = anesthesia_factors.filter(pl.col("locality") != "national").join(
            indices, on="locality", how="anti"
        )
        if strange.height:
            raise ScheduleError(
                f"{anes.name} has locality {strange['locality'][0]}, which {gpci.name} does not "
                "list."
            )
        tables["anesthesia_factors.parquet"] = (anesthesia_factors, {})
    for kind, source in beside.items():
        tables[f"{kind}.parquet"] = (RELEASE_READERS[kind](source), {})
    return store_entry(folder / name, "release.toml", said, tables, ignored)


def _import_tables(
    path: Path,
    folder: Path,
    name: str | None,
    recognised: Mapping[str, list[Source]],
    effective_from: date | None,
    ignored: tuple[str, ...],
) -> Imported:
    tables: Tables = {}
    sources: dict[str, str] = {}
    days: dict[str, tuple[date, str]] = {}
    # Addendum AA first: EE names its year only, and is of AA's quarter.
    for kind, found in sorted(recognised.items(), key=lambda each: each[0] != ASC_ADDENDA[0]):
        of_parts: dict[str, str] = {}
        if kind == "ptp":
            pairs = procedure_pairs.read_parts(found, effective_from)
            table, published_for, read = pairs.rows, pairs.published_for, list(pairs.sources)
            of_parts = {"version": pairs.version, "parts": " ".join(map(str, pairs.parts))}
        else:
            of_rates = days.get(ASC_ADDENDA[0]) if kind == "asc_excluded" else None
            day = effective_from or (of_rates[0] if of_rates else None)
            table, published_for, read = read_table(kind, found, day)
        if kind in ASC_ADDENDA and kind != "asc_excluded":
            days[kind] = (published_for, read[0].name)
        facts = {"kind": kind, "published_for": published_for, "cites": citation(read)} | of_parts
        tables[f"{kind}.parquet"] = (table, facts)
        sources |= {source.name: source.sha256 for source in read}
    _must_be_of_one_day(path, days.values())
    if tables.keys() == {"ptp.parquet"}:
        with locked(folder):
            merged = merged_parts(folder, name, tables, sources)
        if merged is not None:
            return replace(merged, ignored=ignored)
    if name is None:
        of = quarter_of(published_for) if kind in OF_A_QUARTER else published_for
        name = f"{kind}-{of}" if len(tables) == 1 else release_name(path)
    name = valid_name(name)
    said = {"starter": False, "source": "CMS: " + ", ".join(sources), "sources": sources}
    return store_entry(folder / name, "table.toml", said, tables, ignored)


def _must_be_of_one_day(path: Path, addenda: Iterable[tuple[date, str]]) -> None:
    """Refuse addenda of several quarters: one would be stored beside rates that are not its own."""
    for (first, its_name), (other, other_name) in pairwise(addenda):
        if first != other:
            raise ScheduleError(
                f"{path.name} holds ASC addenda of two quarters: {its_name} is effective {first}, "
                f"{other_name} {other}. Import each quarter's own ZIP or folder."
            )
