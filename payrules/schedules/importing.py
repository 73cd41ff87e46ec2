"""Brings CMS's files into the store: recognised by content, checked, stored whole or not at all."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from os import PathLike
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms import (
    add_on_codes,
    anesthesia,
    counties,
    facility_rates,
    localities,
    procedure_pairs,
    published_amounts,
    relative_values,
    unlikely_units,
    zip_codes,
)
from payrules.schedules.cms.cells import Source, head
from payrules.schedules.cms.relative_values import RelativeValues
from payrules.schedules.conversion_factors import ConversionFactor, factors_of, in_dollars
from payrules.schedules.records import (
    Stored,
    locked,
    replace_entry,
    unsealed,
    valid_name,
    write_entry,
)
from payrules.schedules.store import (
    default_folder,
    is_correction,
    load_entries,
    sources_of,
)
from payrules.schedules.unpack import looks, unpack

_QUARTERS = {"A": 1, "B": 4, "C": 7, "D": 10}
_MONTHS = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}
#: Name of each Parquet file → its rows, and what the record says of it.
_Tables = dict[str, tuple[pl.DataFrame, Mapping[str, Any]]]
#: The same file often comes in several forms: the first of these is read.
_FORMS = (".csv", ".txt", ".xlsx")


@dataclass(frozen=True)
class Imported:
    """What an import did: the entry's name and folder, its rows, and the files not used.

    `further_sheets`: workbook → the numbers of its worksheets that hold something and were not
    read; the first one was.
    """

    name: str
    folder: Path
    rows: Mapping[str, int]
    unchanged: bool
    ignored: tuple[str, ...]
    further_sheets: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


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
    further = {
        source.name: source.further_sheets
        for source in sources
        if read.get(source.name) == source.sha256 and source.further_sheets
    }
    return replace(imported, further_sheets=further)


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
        kind = _kind(source)
        if kind:
            recognised.setdefault(kind, []).append(source)
        else:
            ignored.append(source.name)
    folder = folder or default_folder()
    fixed_width = [name for name in ignored if re.search(r"^AOC.*\.txt$", name, re.I)]
    if fixed_width and "add_on" not in recognised:
        raise ScheduleError(
            f"{fixed_width[0]} is CMS's add-on code edits in a fixed-width form that payrules does "
            "not read; import the XLSX that CMS has beside it in the same ZIP."
        )
    if not recognised:
        raise ScheduleError(
            f"{path.name} holds no file that payrules knows: {looks(path, sources)}. It reads a "
            "release (PPRRVU with GPCI, and ANES, OPPSCAP, LOCCO), MUE and PTP edits for "
            "practitioners, add-on code edits, anesthesia base units, ZIP5 and ZIP9, PFALL and "
            "PFREV, ASC addendum AA, OPPS addendum B."
        )
    if recognised.keys() & _RELEASE_ONLY:
        tables = [kind for kind in recognised if kind not in _RELEASE_ONLY | _WITH_A_RELEASE]
        if tables:
            raise ScheduleError(
                f"{path.name} holds a release and tables of its own ({', '.join(tables)}). "
                "Import the release's own folder, then each table."
            )
        return _import_release(path, folder, name, recognised, effective_from, tuple(ignored))
    return _import_tables(path, folder, name, recognised, effective_from, tuple(ignored))


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
    "zip9": zip_codes.plus_four_looks_like,
    "amounts": published_amounts.amounts_look_like,
    "opps_cap": published_amounts.caps_look_like,
    "counties": counties.looks_like,
    "asc": facility_rates.asc_looks_like,
    "opps": facility_rates.opps_looks_like,
}
_RELEASE_ONLY = {"relative_values", "gpci", "anes"}
#: In a release's folder these are part of it; alone they are tables.
_WITH_A_RELEASE = {"opps_cap", "counties"}


def _read_table(
    kind: str, sources: list[Source], effective_from: date | None
) -> tuple[pl.DataFrame, date, list[Source]]:
    """Give a table, the day it is published for, and the files it was read from."""
    source = _one_form(kind, sources)
    if kind in _DATED_READERS:
        return *_DATED_READERS[kind](source, effective_from), [source]
    if kind in _SELF_DATED_READERS:
        return *_SELF_DATED_READERS[kind](source), [source]
    if effective_from is None:
        raise ScheduleError(
            f"{source.name} does not say of which quarter it is: import it with its release, or "
            "give its first day with --effective-from."
        )
    return _RELEASE_READERS[kind](source), effective_from, [source]


_DATED_READERS: dict[str, Callable[[Source, date | None], tuple[pl.DataFrame, date]]] = {
    "mue": unlikely_units.read,
    "add_on": add_on_codes.read,
    "amounts": published_amounts.read_amounts,
    "asc": facility_rates.read_asc,
    "opps": facility_rates.read_opps,
}
_SELF_DATED_READERS: dict[str, Callable[[Source], tuple[pl.DataFrame, date]]] = {
    "anesthesia_base_units": anesthesia.read_base_units,
    "zip": zip_codes.read,
    "zip9": zip_codes.read_plus_four,
}
_RELEASE_READERS: dict[str, Callable[[Source], pl.DataFrame]] = {
    "opps_cap": published_amounts.read_caps,
    "counties": counties.read,
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
    effective_from: date | None,
    ignored: tuple[str, ...],
) -> Imported:
    base, qualifying = _base_and_qualifying(recognised.get("relative_values", []))
    if "gpci" not in recognised:
        raise ScheduleError(f"{path.name} has no GPCI file; a release needs PPRRVU and GPCI.")
    gpci = _one_form("GPCI", recognised["gpci"])
    of_all = _of_everybody(recognised.get("anes", []))
    anes = _one_form("ANES", of_all) if of_all else None
    beside = {
        kind: _one_form(kind, of_everybody)
        for kind in _RELEASE_READERS
        if (of_everybody := _of_everybody(recognised.get(kind, [])))
    }
    read = [base.source, *([qualifying.source] if qualifying else []), gpci]
    read += [*([anes] if anes else []), *beside.values()]
    sources = {source.name: source.sha256 for source in read}
    relative_values.must_hold_bases(base.source.name, base.codes)
    indices, gpci_year = localities.read(gpci)
    name = valid_name(name or release_name(path))
    year, month = _year_and_month(f"{name} {path.stem}", base, gpci, gpci_year)
    factors = _conversion_factors(year, base, qualifying)
    published_for = effective_from or _published_for(date(year, month, 1), base, factors)
    if published_for.year != year:
        raise ScheduleError(f"{path.name} is of {year}; it cannot begin on {published_for}.")
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
    tables: _Tables = {"codes.parquet": (base.codes, {}), "localities.parquet": (indices, {})}
    if anes:
        anesthesia_factors = anesthesia.read_factors(anes)
        strange = anesthesia_factors.filter(pl.col("locality") != "national").join(
            indices, on="locality", how="anti"
        )
        if strange.height:
            raise ScheduleError(
                f"{anes.name} has locality {strange['locality'][0]}, which {gpci.name} has not."
            )
        tables["anesthesia_factors.parquet"] = (anesthesia_factors, {})
    for kind, source in beside.items():
        tables[f"{kind}.parquet"] = (_RELEASE_READERS[kind](source), {})
    return _store(folder / name, "release.toml", said, tables, ignored)


def _import_tables(
    path: Path,
    folder: Path,
    name: str | None,
    recognised: Mapping[str, list[Source]],
    effective_from: date | None,
    ignored: tuple[str, ...],
) -> Imported:
    tables: _Tables = {}
    sources: dict[str, str] = {}
    for kind, found in recognised.items():
        of_parts: dict[str, str] = {}
        if kind == "ptp":
            pairs = procedure_pairs.read_parts(found, effective_from)
            table, published_for, read = pairs.rows, pairs.published_for, list(pairs.sources)
            of_parts = {"version": pairs.version, "parts": " ".join(map(str, pairs.parts))}
        else:
            table, published_for, read = _read_table(kind, found, effective_from)
        facts = {"kind": kind, "published_for": published_for, "cites": _cites(read)} | of_parts
        tables[f"{kind}.parquet"] = (table, facts)
        sources |= {source.name: source.sha256 for source in read}
    if tables.keys() == {"ptp.parquet"}:
        with locked(folder):
            merged = _merged_parts(folder, name, tables, sources)
        if merged is not None:
            return replace(merged, ignored=ignored)
    if name is None:
        name = f"{kind}-{published_for}" if len(tables) == 1 else release_name(path)
    name = valid_name(name)
    said = {"starter": False, "source": "CMS: " + ", ".join(sources), "sources": sources}
    return _store(folder / name, "table.toml", said, tables, ignored)


def _cites(read: Iterable[Source | str]) -> str:
    names = (each if isinstance(each, str) else each.name for each in read)
    return f"CMS, {', '.join(names)}"


def _merged_parts(
    folder: Path, name: str | None, tables: _Tables, sources: Mapping[str, str]
) -> Imported | None:
    """Put further parts of the pairs to those of the same version that are there already.

    None where there are none, where they are of another version, or where `name` is not theirs.
    """
    rows, facts = tables["ptp.parquet"]
    held = next(
        (
            table
            for table in load_entries(folder)[1]
            if table.kind == "ptp"
            and (table.published_for, table.version) == (facts["published_for"], facts["version"])
            and table.parts
            and facts["parts"]
            and (name is None or name.lower() == table.name.lower())
        ),
        None,
    )
    if held is None:
        return None
    entry = folder / held.name
    said = unsealed(entry / "table.toml")
    known: Mapping[str, str] = said["sources"]
    parts = {int(part) for part in facts["parts"].split()}
    for part in sorted(parts & {*held.parts}):
        # A part again: it must be the same bytes, or nothing says which is right.
        again = [file for file in sources if f"f{part}." in file.lower()]
        if any(known.get(file) != sources[file] for file in again):
            raise ScheduleError(
                f"'{held.name}' already holds part {part} of this version, made of another file. "
                f"Remove it first (payrules schedules remove {held.name})."
            )
    read = {file["name"]: file for file in said.pop("files")}
    every = {
        file: (Stored(held.name, entry / file, about.pop("sha256")).read(), about)
        for file, about in read.items()
    }
    unchanged = parts <= {*held.parts}
    if not unchanged:
        pairs, about = every["ptp.parquet"]
        of_pairs = sorted({file for file in (*known, *sources) if "ccipra" in file.lower()})
        merged = dict(about) | {
            "parts": " ".join(map(str, sorted(parts | {*held.parts}))),
            "cites": _cites(of_pairs or sorted({*known, *sources})),
        }
        every["ptp.parquet"] = (procedure_pairs.together([pairs, rows]), merged)
        all_sources = dict(sorted((dict(known) | dict(sources)).items()))
        said |= {"source": "CMS: " + ", ".join(all_sources), "sources": all_sources}
        for _, about in every.values():
            about.pop("name"), about.pop("rows")
        replace_entry(folder, held.name, "table.toml", said, every)
    counted = {PurePath(file).stem: table.height for file, (table, _) in every.items()}
    return Imported(held.name, entry, counted, unchanged, ())


def _store(
    entry: Path,
    record: str,
    said: Mapping[str, Any],
    tables: _Tables,
    ignored: tuple[str, ...],
) -> Imported:
    """Write the entry, unless it is there already; refuse what would stand beside its equal."""
    folder, name = entry.parent, entry.name
    if name.lower().startswith("starter"):
        raise ScheduleError(f"'{name}' would pass for the built-in starter; choose another --name.")
    with locked(folder):
        known = sources_of(entry)
        if known is None:
            _must_not_overlap(folder, name, said, tables)
            write_entry(folder, name, record, {"name": name} | dict(said), tables)
        elif dict(known) != said["sources"]:
            raise ScheduleError(
                f"There is already a '{name}' in {folder}, made of other files. "
                f"Remove it first (payrules schedules remove {name}), or choose another --name."
            )
    rows = {PurePath(file).stem: table.height for file, (table, _) in tables.items()}
    return Imported(name, entry, rows, known is not None, ignored)


def _must_not_overlap(folder: Path, name: str, said: Mapping[str, Any], tables: _Tables) -> None:
    """Refuse a second release, or table of a kind, for the same day: neither would be in force."""
    releases, held = load_entries(folder)
    day = said.get("published_for")
    for release in releases:
        if release.published_for == day and is_correction(release.name) == is_correction(name):
            raise ScheduleError(
                f"'{release.name}' is already the release for {day} on. Remove it first (payrules "
                f"schedules remove {release.name}), or if '{name}' corrects it, end the name in R "
                f"(--name {day.year}{'ABCD'[(day.month - 1) // 3]}R)."
            )
    for _, facts in tables.values():
        for table in held:
            if (table.kind, table.published_for) == (facts.get("kind"), facts.get("published_for")):
                raise ScheduleError(
                    f"'{table.name}' already holds the {table.kind} table for "
                    f"{table.published_for} on. Remove it first (payrules schedules remove "
                    f"{table.name})."
                )


def _published_for(
    quarter: date, base: RelativeValues, factors: Sequence[ConversionFactor]
) -> date:
    """Give the day a release is published for: its quarter's first, or that of a new factor in it.

    RVU24AR restates January 2024 with the factor that Congress set from 9 March on.
    """
    return next(
        (
            factor.effective_from
            for factor in factors
            if factor.value == base.conversion_factor
            and quarter < factor.effective_from
            and (factor.effective_from.month - 1) // 3 == (quarter.month - 1) // 3
        ),
        quarter,
    )


def _year_and_month(
    named: str, base: RelativeValues, gpci: Source, gpci_year: int | None
) -> tuple[int, int]:
    """Tell the release's year and quarter from its files, or else from its name (2025D)."""
    quarter = re.search(r"(?:^|\D)(?:20)?(\d\d)([A-D])(?:R\d*)?(?:\W|_|$)", named, re.I)
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


def _of_everybody(sources: list[Source]) -> list[Source]:
    """Leave out a second ANES or OPPSCAP file, for qualifying APM participants."""
    return [source for source in sources if not _says_qpp(source.name)]


def _base_and_qualifying(sources: list[Source]) -> tuple[RelativeValues, RelativeValues | None]:
    """Tell the file for everybody from the one for qualifying APM participants (from 2026)."""
    of_qpp = [source for source in sources if _says_qpp(source.name)]
    of_all = _of_everybody(sources)
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
    """Name a release after its folder or ZIP: `2026C`; `rvu25d-0.zip` is `2025D`."""
    stem = path.stem if path.is_file() else path.resolve().name
    cms = re.fullmatch(r"rvu(\d\d)([a-d])(r?)\d*(?:[-_ ].*)?", stem, re.I)
    return f"20{cms[1]}{cms[2]}{cms[3]}".upper() if cms else stem
