"""Builds the starter releases and edits from CMS's release folders, with payrules' own import.

    python fee_schedules/build_starter.py 2025D 2026C --anesthesia base_units.txt [--output DIR]

The codes and our labels for them stand in starter_codes.csv, the edits in starter_ptp.csv,
starter_add_on.csv and starter_mue.csv; the numbers and indicators come from CMS's files alone.
"""

import argparse
import csv
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from payrules.schedules import Release, import_schedule, load_schedules
from payrules.schedules.records import write_entry
from payrules.schedules.relative_values import must_hold_bases

HERE = Path(__file__).parent
EDITS_PUBLISHED = date(2025, 1, 1)
CITES = {
    "ptp": "CPT: these codes include imaging guidance, so 77003 is not reported with them "
    "(NCCI Policy Manual ch. VIII and IX). Dates are those of the codes' present wording; modifier "
    "indicator 1 because guidance of another procedure at another site may be reported. "
    "Import CMS's PTP files for the published edits.",
    "add_on": "CPT add-on instructions, as in CMS's add-on code edits type 1 (Pub. 100-04, ch. 12, "
    "§30; from 2013-04-01). Primary codes are complete for the codes of the starter only.",
    "mue": "CMS NCCI practitioner MUE of one unit a day, recalled, not read from CMS's file. "
    "Import CMS's MUE file for the published values.",
    "anesthesia_base_units": "CMS anesthesia base units, CY 2022",
}


def build(folder_2025: Path, folder_2026: Path, anesthesia: Path, output: Path) -> None:
    """Write starter-2025, starter-2026 and starter-edits into the output folder."""
    with tempfile.TemporaryDirectory() as whole:
        for year, folder in ((2025, folder_2025), (2026, folder_2026)):
            imported = import_schedule(folder, Path(whole), f"whole-{year}")
            release = load_schedules(imported.folder.parent).named(imported.name)
            _write_release(release, output, f"starter-{year}")
        import_schedule(anesthesia, Path(whole))
        base_units = load_schedules(Path(whole)).table("anesthesia_base_units")
        assert base_units is not None
    _write_edits(base_units, anesthesia, output)


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


def _write_edits(base_units: pl.DataFrame, anesthesia: Path, output: Path) -> None:
    frames = {
        "ptp": _edits("starter_ptp.csv"),
        "add_on": _edits("starter_add_on.csv"),
        "mue": _edits("starter_mue.csv").with_columns(pl.col("mue_value").cast(pl.Int64)),
        "anesthesia_base_units": base_units.join(_labels(), on="hcpcs_code", how="semi").sort(
            "hcpcs_code"
        ),
    }
    published = {"anesthesia_base_units": base_units["effective_from"][0]}
    tables = {
        f"{kind}.parquet": (
            frame,
            {
                "kind": kind,
                "published_for": published.get(kind, EDITS_PUBLISHED),
                "cites": CITES[kind],
            },
        )
        for kind, frame in frames.items()
    }
    said = {
        "name": "starter-edits",
        "starter": True,
        "source": f"starter_ptp.csv, starter_add_on.csv, starter_mue.csv; CMS {anesthesia.name}",
        "sources": {},
    }
    shutil.rmtree(output / "starter-edits", ignore_errors=True)
    write_entry(output, "starter-edits", "table.toml", said, tables)


def _edits(name: str) -> pl.DataFrame:
    with (HERE / name).open(encoding="utf-8", newline="") as opened:
        frame = pl.DataFrame(list(csv.DictReader(opened)))
    return frame.with_columns(
        pl.col("effective_from").str.to_date(),
        pl.col("effective_to").replace("", None).str.to_date(),
    ).sort(frame.columns[:2])


def main() -> None:
    """Read the arguments and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release_2025", type=Path)
    parser.add_argument("release_2026", type=Path)
    parser.add_argument("--anesthesia", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=HERE)
    given = parser.parse_args()
    build(given.release_2025, given.release_2026, given.anesthesia, given.output)


if __name__ == "__main__":
    main()
