"""Brings CMS's files into the store: recognised by content, checked, stored whole or not at all."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules import (
    add_on_codes,
    anesthesia,
    localities,
    procedure_pairs,
    relative_values,
    unlikely_units,
    zip_codes,
)
from payrules.schedules.cells import Source, head
from payrules.schedules.conversion_factors import ConversionFactor, factors_of, in_dollars
from payrules.schedules.records import valid_name, write_entry
from payrules.schedules.relative_values import RelativeValues
from payrules.schedules.store import TABLE_KEYS, default_folder, sources_of
from payrules.schedules.unpack import unpack

_QUARTERS = {"A": 1, "AR": 1, "B": 4, "C": 7, "D": 10}
_MONTHS = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}
#: Name of each Parquet file → its rows, and what the record says of it.
_Tables = dict[str, tuple[pl.DataFrame, Mapping[str, Any]]]
#: The same file often comes in several forms: the first of these is read.
_FORMS = (".csv", ".txt", ".xlsx")


@dataclass(frozen=True)
class Imported:
    """What an import did: the entry's name and folder, its rows, and the files not used."""

    name: str
    folder: Path
    rows: Mapping[str, int]
    unchanged: bool
    ignored: tuple[str, ...]


def import_schedule(
    path: Path,
    folder: Path | None = None,
    name: str | None = None,
    *,
    effective_from: date | None = None,
) -> Imported:
    """Bring a folder, ZIP or file of CMS's into the store; `folder` None is the user's own.

    The same bytes again change nothing; other bytes under a name that is taken are refused.
    `effective_from` is for a table whose file name does not say from which day it is in force.
    """
    recognised: dict[str, list[Source]] = {}
    ignored = []
    for source in unpack(path):
        kind = _kind(source)
        if kind:
            recognised.setdefault(kind, []).append(source)
        else:
            ignored.append(source.name)
    folder = folder or default_folder()
    tables = {kind: sources for kind, sources in recognised.items() if kind in TABLE_KEYS}
    if recognised.keys() == tables.keys() and tables:
        return _import_tables(
            path,
            folder,
            name,
            tables,
            effective_from=effective_from,
            ignored=tuple(ignored),
        )
    if tables:
        raise ScheduleError(
            f"{path.name} holds a release and tables of edits ({', '.join(tables)}). "
            "Import the release's own folder, then each table."
        )
    if recognised:
        return _import_release(path, folder, name, recognised, tuple(ignored))
    raise ScheduleError(
        f"{path.name} holds no file that payrules knows: PPRRVU with GPCI (and ANES), MUE or PTP "
        "edits for practitioners, add-on code edits as XLSX, anesthesia base units, ZIP5."
    )


def _kind(source: Source) -> str | None:
    try:
        first_rows = head(source)
    except ScheduleError:
        return None
    for kind, looks_like in _LOOKS.items():
        if looks_like(first_rows):
            return kind
    return None


_LOOKS: dict[str, Callable[[list[list[str]]], bool]] = {
    "relative_values": relative_values.looks_like,
    "gpci": localities.looks_like,
    "anes": anesthesia.factors_look_like,
    "anesthesia_base_units": anesthesia.base_units_look_like,
    "mue": unlikely_units.looks_like,
    "ptp": procedure_pairs.looks_like,
    "add_on": add_on_codes.looks_like,
    "zip": zip_codes.looks_like,
}


def _one_form(kind: str, sources: list[Source]) -> Source:
    """Give the one file of a kind; of several forms of the same file, the easiest to trust."""
    for form in _FORMS:
        of_form = [source for source in sources if source.suffix == form]
        if len({source.sha256 for source in of_form}) > 1:
            names = ", ".join(source.name for source in of_form)
            raise ScheduleError(f"There is more than one {kind} file: {names}. Import one release.")
        if of_form:
            return of_form[0]
    raise ScheduleError(f"There is no {kind} file.")


def _import_release(
    path: Path,
    folder: Path,
    name: str | None,
    recognised: Mapping[str, list[Source]],
    ignored: tuple[str, ...],
) -> Imported:
    base, qualifying = _base_and_qualifying(recognised.get("relative_values", []))
    if "gpci" not in recognised:
        raise ScheduleError(f"{path.name} has no GPCI file; a release needs PPRRVU and GPCI.")
    gpci = _one_form("GPCI", recognised["gpci"])
    # A second ANES file, for qualifying APM participants, is not used.
    of_all = [source for source in recognised.get("anes", []) if not _says_qpp(source.name)]
    anes = _one_form("ANES", of_all) if of_all else None
    read = [base.source, *([qualifying.source] if qualifying else []), gpci]
    sources = {source.name: source.sha256 for source in [*read, *([anes] if anes else [])]}
    relative_values.must_hold_bases(base.source.name, base.codes)
    indices, gpci_year = localities.read(gpci)
    name = valid_name(name or release_name(path))
    year, month = _year_and_month(f"{name} {path.stem}", base, gpci, gpci_year)
    said = {
        "effective_from": date(year, 1, 1),
        "effective_to": date(year, 12, 31),
        "published_for": date(year, month, 1),
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
            for factor in _conversion_factors(year, base, qualifying)
        ],
    }
    tables: _Tables = {"codes.parquet": (base.codes, {}), "localities.parquet": (indices, {})}
    if anes:
        factors = anesthesia.read_factors(anes)
        strange = factors.filter(pl.col("locality") != "national").join(
            indices, on="locality", how="anti"
        )
        if strange.height:
            raise ScheduleError(
                f"{anes.name} has locality {strange['locality'][0]}, which {gpci.name} has not."
            )
        tables["anesthesia_factors.parquet"] = (factors, {})
    return _store(folder / name, "release.toml", said, tables, ignored)


def _import_tables(
    path: Path,
    folder: Path,
    name: str | None,
    recognised: Mapping[str, list[Source]],
    *,
    effective_from: date | None,
    ignored: tuple[str, ...],
) -> Imported:
    tables: _Tables = {}
    sources: dict[str, str] = {}
    published_for = date.min
    for kind, found in recognised.items():
        read = found if kind == "ptp" else [_one_form(kind, found)]
        if kind == "ptp":
            table, published_for = procedure_pairs.read(read, effective_from)
        elif kind == "mue":
            table, published_for = unlikely_units.read(read[0], effective_from)
        elif kind == "add_on":
            table, published_for = add_on_codes.read(read[0], effective_from)
        elif kind == "anesthesia_base_units":
            table, published_for = anesthesia.read_base_units(read[0])
        else:
            table, published_for = zip_codes.read(read[0])
        names = ", ".join(source.name for source in read)
        facts = {"kind": kind, "published_for": published_for, "cites": f"CMS, {names}"}
        tables[f"{kind}.parquet"] = (table, facts)
        sources |= {source.name: source.sha256 for source in read}
    if name is None:
        name = f"{kind}-{published_for}" if len(tables) == 1 else release_name(path)
    name = valid_name(name)
    said = {"starter": False, "source": "CMS: " + ", ".join(sources), "sources": sources}
    return _store(folder / name, "table.toml", said, tables, ignored)


def _store(
    entry: Path,
    record: str,
    said: Mapping[str, Any],
    tables: _Tables,
    ignored: tuple[str, ...],
) -> Imported:
    """Write the entry, unless it is there already; refuse other bytes under the same name."""
    folder, name = entry.parent, entry.name
    if name.lower().startswith("starter"):
        raise ScheduleError(f"'{name}' would pass for the built-in starter; choose another --name.")
    known = sources_of(folder / name)
    if known is None:
        write_entry(folder, name, record, {"name": name} | dict(said), tables)
    elif dict(known) != said["sources"]:
        raise ScheduleError(
            f"There is already a '{name}' in {folder}, made of other files. "
            "Choose another --name, or remove that folder first."
        )
    rows = {PurePath(file).stem: table.height for file, (table, _) in tables.items()}
    return Imported(name, folder / name, rows, known is not None, ignored)


def _year_and_month(
    named: str, base: RelativeValues, gpci: Source, gpci_year: int | None
) -> tuple[int, int]:
    """Tell the release's year and quarter from its files, or else from its name (2025D)."""
    quarter = re.search(r"(?:^|\D)(?:20)?(\d\d)(AR|[A-D])(?:\W|$)", named, re.I)
    year = base.year or gpci_year or (2000 + int(quarter[1]) if quarter else None)
    if year is None:
        raise ScheduleError(f"{base.source.name} does not say of which year it is.")
    if gpci_year not in (None, year):
        raise ScheduleError(f"{gpci.name} is of {gpci_year}, but {base.source.name} of {year}.")
    if base.month in _MONTHS:
        return year, _MONTHS[base.month]
    if quarter and 2000 + int(quarter[1]) == year:
        return year, _QUARTERS[quarter[2].upper()]
    raise ScheduleError(
        f"{base.source.name} does not say of which quarter it is; say it with --name "
        f"({year}A January, {year}B April, {year}C July, {year}D October)."
    )


def _says_qpp(name: str) -> bool:
    return bool(re.search(r"(?<!non)(?<!non[-_])qpp", name, re.I))


def _base_and_qualifying(sources: list[Source]) -> tuple[RelativeValues, RelativeValues | None]:
    """Tell the file for everybody from the one for qualifying APM participants (from 2026)."""
    of_qpp = [source for source in sources if _says_qpp(source.name)]
    of_all = [source for source in sources if not _says_qpp(source.name)]
    if not of_all:
        found = "only the one for qualifying APM participants" if of_qpp else "none"
        raise ScheduleError(f"A release needs the PPRRVU file for everybody; there is {found}.")
    base = relative_values.read(_one_form("PPRRVU", of_all))
    if not of_qpp:
        return base, None
    qualifying = relative_values.read(_one_form("QPP PPRRVU", of_qpp))
    rvus = ["work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu"]
    differing = base.codes.join(qualifying.codes, on=["hcpcs_code", "modifier"]).filter(
        pl.any_horizontal(pl.col(rvu) != pl.col(f"{rvu}_right") for rvu in rvus)
    )
    if differing.height:
        raise ScheduleError(
            f"{qualifying.source.name} and {base.source.name} have different RVUs for "
            f"{differing['hcpcs_code'][0]}; they are not of one release."
        )
    return base, qualifying


def _conversion_factors(
    year: int, base: RelativeValues, qualifying: RelativeValues | None
) -> tuple[ConversionFactor, ...]:
    """Give the year's factors; a file whose own is none of them is refused."""
    known = factors_of(year)
    read = [(base, False)] + ([(qualifying, True)] if qualifying else [])
    if not known:
        return tuple(
            ConversionFactor(date(year, 1, 1), file.conversion_factor, apm, file.source.name)
            for file, apm in read
        )
    for file, apm in read:
        of_kind = [factor for factor in known if factor.qualifying_apm == apm]
        if file.conversion_factor not in {factor.value for factor in of_kind}:
            expected = " or ".join(map(str, of_kind)) or "no separate one"
            raise ScheduleError(
                f"{file.source.name} has the conversion factor "
                f"{in_dollars(file.conversion_factor)}; for {year} it is {expected}."
            )
    return known


def release_name(path: Path) -> str:
    """Name a release after its folder or ZIP: `2026C`; `rvu25d.zip` is `2025D`."""
    stem = path.stem if path.is_file() else path.resolve().name
    cms = re.fullmatch(r"rvu(\d\d)(ar|[a-d])", stem, re.I)
    return f"20{cms[1]}{cms[2].upper()}" if cms else stem
