"""Puts what an import read into the store: as an entry of its own, or to parts that are there."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from payrules.errors import ScheduleError
from payrules.frozen import frozen
from payrules.schedules.cms import (
    procedure_pairs,
)
from payrules.schedules.cms.cells import Source
from payrules.schedules.records import (
    Stored,
    locked,
    replace_entry,
    unsealed,
    write_entry,
)
from payrules.schedules.releases import is_correction
from payrules.schedules.store import (
    load_entries,
    sources_of,
)

#: Name of each Parquet file → its rows, and what the record says of it.
Tables = dict[str, tuple[pl.DataFrame, Mapping[str, Any]]]


@frozen
class Imported:
    """What an import did: the entry's name and folder, its rows, and the files not used.

    `not_seen` says what nobody sees who looks at its workbooks: worksheets that hold something and
    were not read, rows and columns that are hidden and were.
    """

    name: str
    folder: Path
    rows: Mapping[str, int]
    unchanged: bool
    ignored: tuple[str, ...]
    not_seen: tuple[str, ...] = ()


def citation(read: Iterable[Source | str]) -> str:
    """Cite the files that a table was read from."""
    names = (each if isinstance(each, str) else each.name for each in read)
    return f"CMS, {', '.join(names)}"


def merged_parts(
    folder: Path, name: str | None, tables: Tables, sources: Mapping[str, str]
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
                f"'{held.name}' already holds part {part} of this version, imported from a "
                f"different file. Remove it first (payrules schedules remove {held.name})."
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
            "cites": citation(of_pairs or sorted({*known, *sources})),
        }
        every["ptp.parquet"] = (procedure_pairs.together([pairs, rows]), merged)
        all_sources = dict(sorted((dict(known) | dict(sources)).items()))
        said |= {"source": "CMS: " + ", ".join(all_sources), "sources": all_sources}
        for _, about in every.values():
            about.pop("name"), about.pop("rows")
        replace_entry(folder, held.name, "table.toml", said, every)
    counted = {PurePath(file).stem: table.height for file, (table, _) in every.items()}
    return Imported(held.name, entry, counted, unchanged, ())


def store_entry(
    entry: Path,
    record: str,
    said: Mapping[str, Any],
    tables: Tables,
    ignored: tuple[str, ...],
) -> Imported:
    """Write the entry, unless it is there already; refuse what would stand beside its equal."""
    folder, name = entry.parent, entry.name
    if name.lower().startswith("starter"):
        raise ScheduleError(
            f"'{name}' would look like the built-in starter; choose another --name."
        )
    with locked(folder):
        known = sources_of(entry)
        if known is None:
            _must_not_overlap(folder, name, said, tables)
            write_entry(folder, name, record, {"name": name} | dict(said), tables)
        elif dict(known) != said["sources"]:
            raise ScheduleError(
                f"There is already a '{name}' in {folder}, imported from different files. Remove "
                f"it first (payrules schedules remove {name}), or choose another --name."
            )
    rows = {PurePath(file).stem: table.height for file, (table, _) in tables.items()}
    return Imported(name, entry, rows, known is not None, ignored)


def _must_not_overlap(folder: Path, name: str, said: Mapping[str, Any], tables: Tables) -> None:
    """Refuse a second release, or table of a kind, for the same day: neither would be in force."""
    releases, held = load_entries(folder)
    day = said.get("published_for")
    for release in releases:
        if release.published_for == day and is_correction(release.name) == is_correction(name):
            raise ScheduleError(
                f"'{release.name}' is already the release effective {day}. Remove it first "
                f"(payrules schedules remove {release.name}), or if '{name}' is its correction, "
                f"end the name in R (--name {day.year}{'ABCD'[(day.month - 1) // 3]}R)."
            )
    for _, facts in tables.values():
        for table in held:
            if (table.kind, table.published_for) == (facts.get("kind"), facts.get("published_for")):
                raise ScheduleError(
                    f"'{table.name}' already holds the {table.kind} table effective "
                    f"{table.published_for}. Remove it first (payrules schedules remove "
                    f"{table.name})."
                )
