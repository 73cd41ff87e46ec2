"""The store of fee schedule releases and tables of edits: dated, hashed, verified when used.

An entry is a folder. `release.toml` or `table.toml` says what it holds and the sha256 of each
Parquet file; its first line seals the rest of itself. The built-in starter has the same form.
"""

from collections.abc import Mapping
from itertools import combinations
from os import PathLike
from pathlib import Path

import platformdirs
import polars as pl

from payrules.content import content_folder
from payrules.errors import AlteredError, ScheduleError
from payrules.frozen import frozen
from payrules.schedules.conversion_factors import ConversionFactor
from payrules.schedules.records import Stored, complete, remove_entry, unsealed
from payrules.schedules.releases import PublishedTable, Release, overlap
from payrules.schedules.schedules import Schedules
from payrules.schedules.table_kinds import TABLE_KEYS
from payrules.within_reason import CONVERSION_FACTOR

_RELEASE_KEYS: Mapping[str, tuple[str, ...]] = {
    "codes.parquet": ("hcpcs_code", "modifier"),
    "localities.parquet": ("locality",),
    "anesthesia_factors.parquet": ("locality",),
    "opps_cap.parquet": TABLE_KEYS["opps_cap"],
    "counties.parquet": (),
}


def default_folder() -> Path:
    """Give the folder of the user's own where imported releases are kept."""
    return platformdirs.user_data_path("payrules", appauthor=False) / "schedules"


def load_schedules(folder: str | PathLike[str] | None = None) -> Schedules:
    """Find the releases and tables of a folder, or the built-in starter and the user's own.

    Only the records (TOML) are read here; each table is read and verified when first used.
    """
    if folder is not None:
        folders = [Path(folder)]
        if not folders[0].is_dir():
            raise ScheduleError(f"The fee schedule folder {folder} does not exist.")
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
                f"{entry.name}: its record (release.toml or table.toml) is missing in {entry}; "
                "it cannot be used for pricing. Remove that folder and import it again."
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
            f"{entry.name}: the conversion factor in release.toml {fault}. It cannot be used for "
            f"pricing: remove it (payrules schedules remove {entry.name}) and import it again."
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


@frozen
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
            raise ScheduleError(
                f"{file.entry}: {file.path.name} is empty or has duplicate rows. Remove the "
                "entry and import it again."
            )
        found.append(Verified(file.entry, file.path.name, table.height))
    if altered:
        raise AlteredError(*altered)
    for release, other in combinations(schedules.releases, 2):
        if overlap(release, other):
            raise ScheduleError(
                f"{release.folder} and {other.folder} are both the release effective "
                f"{release.published_for}. Remove one: payrules schedules remove NAME"
            )
    return found
