r"""Builds the starter releases and edits from CMS's release folders, with payrules' own import.

    python fee_schedules/build_starter.py 2025D 2026C \
        --anesthesia base_units.txt --edits 2024Q3 \
        --drugs 2025Q1.csv --drugs 2026Q1.csv --laboratory 2025Q1.csv [--output DIR]

The codes and our labels for them stand in starter_codes.csv; the numbers, indicators and edits come
from CMS's files alone. `--edits` is a folder of one quarter's MUE, PTP (f1 to f4) and add-on files.
`--drugs` and `--laboratory` are payment limit files and laboratory fee schedules of a quarter each;
the codes of theirs that ship stand in starter_drugs_and_tests.csv.
"""

import argparse
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from payrules.schedules import Imported, Release, Schedules, import_schedule, load_schedules
from payrules.schedules.cms.relative_values import must_hold_bases
from payrules.schedules.records import write_entry
from payrules.schedules.store import sources_of

HERE = Path(__file__).parent
#: What the starter takes of each of CMS's tables of edits: the columns whose codes are its own.
_OWN_CODES = {
    "mue": ("hcpcs_code",),
    "ptp": ("column_1_code", "column_2_code"),
    "add_on": ("add_on_code",),
}
_HELD = {
    "mue": "CMS NCCI medically unlikely edits for practitioner services: every code of the starter",
    "ptp": "CMS NCCI procedure-to-procedure edits for practitioners in force on that day: every "
    "pair of two codes of the starter",
    "add_on": "CMS NCCI add-on code edits: every link of the starter's add-ons",
}
_CAUTION = (
    "{held}. Published for {day}; the edits of another quarter may differ. Read from a parsed copy "
    "that has no first days: every row begins on {day}. Import CMS's own file for the quarter."
)
BASE_UNITS_CITE = "CMS anesthesia base units, CY 2022"


def build(
    folder_2025: Path,
    folder_2026: Path,
    anesthesia: Path,
    edits: Path,
    of_quarters: Sequence[Path],
    output: Path,
) -> None:
    """Write starter-2025, starter-2026, starter-edits and the starter's quarters into a folder."""
    with tempfile.TemporaryDirectory() as whole:
        for year, folder in ((2025, folder_2025), (2026, folder_2026)):
            imported = import_schedule(folder, Path(whole), f"whole-{year}")
            release = load_schedules(imported.folder.parent).named(imported.name)
            _write_release(release, output, f"starter-{year}")
        import_schedule(anesthesia, Path(whole))
        imported = import_schedule(edits, Path(whole), "whole-edits")
        _write_edits(load_schedules(Path(whole)), imported, output)
    for path in of_quarters:
        write_quarter(path, output)


def write_quarter(path: Path, output: Path) -> None:
    """Write the starter's selection of one quarter's drug payment limits, or laboratory rates."""
    with tempfile.TemporaryDirectory() as whole:
        imported = import_schedule(path, Path(whole))
        ((kind, _),) = imported.rows.items()
        (table,) = load_schedules(Path(whole)).tables_in_use(kind)
        chosen = pl.read_csv(HERE / "starter_drugs_and_tests.csv", infer_schema=False)
        codes = chosen.filter(pl.col("schedule") == kind)["hcpcs_code"]
        rows = table.stored.read().filter(pl.col("hcpcs_code").is_in(codes.implode()))
        sources = dict(sources_of(imported.folder) or {})
    held = f"A selection of {len(codes)} codes from CMS, {', '.join(sources)}"
    facts = {"kind": kind, "published_for": table.published_for, "cites": held}
    name = f"starter-{imported.name}"
    said = {"name": name, "starter": True, "source": held, "sources": sources}
    shutil.rmtree(output / name, ignore_errors=True)
    write_entry(output, name, "table.toml", said, {f"{kind}.parquet": (rows, facts)})


def _labels() -> pl.DataFrame:
    return pl.read_csv(HERE / "starter_codes.csv", infer_schema=False)


def _write_release(release: Release, output: Path, name: str) -> None:
    codes = (
        release.codes.drop("label")
        .join(_labels(), on="hcpcs_code")
        .select(release.codes.columns)
        .sort("hcpcs_code", "modifier")
    )
    must_hold_bases(name, codes)
    tables: dict[str, tuple[pl.DataFrame, Mapping[str, Any]]] = {
        "codes.parquet": (codes, {}),
        "localities.parquet": (release.localities, {}),
    }
    if release.anesthesia_factors.height:
        tables["anesthesia_factors.parquet"] = (release.anesthesia_factors, {})
    # The starter keeps no published amounts and no counties.
    sources = {
        file: sha
        for file, sha in release.sources.items()
        if not file.upper().startswith("OPPSCAP") and "LOCCO" not in file.upper()
    }
    said = {
        "name": name,
        "effective_from": release.effective_from,
        "effective_to": release.effective_to,
        "published_for": release.published_for,
        "starter": True,
        "source": "A selection of codes from CMS physician fee schedule relative value files: "
        + ", ".join(sources),
        "sources": sources,
        "conversion_factors": [
            {
                "effective_from": factor.effective_from,
                "value": str(factor),
                "qualifying_apm": factor.qualifying_apm,
                "cites": factor.cites,
            }
            for factor in release.conversion_factors
        ],
    }
    shutil.rmtree(output / name, ignore_errors=True)
    write_entry(output, name, "release.toml", said, tables)


def _write_edits(whole: Schedules, imported: Imported, output: Path) -> None:
    codes = _labels()["hcpcs_code"].implode()
    (bases,) = whole.tables_in_use("anesthesia_base_units")
    kept: dict[str, tuple[pl.DataFrame, Mapping[str, Any]]] = {}
    for kind, own in _OWN_CODES.items():
        (table,) = whole.tables_in_use(kind)
        day = table.published_for
        rows = table.stored.read().filter(
            pl.all_horizontal(pl.col(own).is_in(codes)),
            pl.col("effective_to").is_null() | (pl.col("effective_to") >= day),
        )
        cites = _CAUTION.format(held=_HELD[kind], day=day)
        kept[f"{kind}.parquet"] = (rows, {"kind": kind, "published_for": day, "cites": cites})
    base_units = bases.stored.read().filter(pl.col("hcpcs_code").is_in(codes)).sort("hcpcs_code")
    facts = {
        "kind": "anesthesia_base_units",
        "published_for": bases.published_for,
        "cites": BASE_UNITS_CITE,
    }
    kept["anesthesia_base_units.parquet"] = (base_units, facts)
    sources = dict(sources_of(imported.folder) or {})
    said = {
        "name": "starter-edits",
        "starter": True,
        "source": f"A selection from CMS's files: {', '.join(sources)}; {bases.source}",
        "sources": sources,
    }
    shutil.rmtree(output / "starter-edits", ignore_errors=True)
    write_entry(output, "starter-edits", "table.toml", said, kept)


def main() -> None:
    """Read the arguments and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release_2025", type=Path)
    parser.add_argument("release_2026", type=Path)
    parser.add_argument("--anesthesia", type=Path, required=True)
    parser.add_argument("--edits", type=Path, required=True)
    parser.add_argument("--drugs", type=Path, action="append", default=[])
    parser.add_argument("--laboratory", type=Path, action="append", default=[])
    parser.add_argument("--output", type=Path, default=HERE)
    given = parser.parse_args()
    of_quarters = [*given.drugs, *given.laboratory]
    releases = given.release_2025, given.release_2026
    build(*releases, given.anesthesia, given.edits, of_quarters, given.output)


if __name__ == "__main__":
    main()
