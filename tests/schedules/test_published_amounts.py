"""Amounts CMS published come out of the stored RVUs, GPCIs and factor to the cent."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.schedules import Schedules

FIELDS = ["carrier", "locality_number", "hcpcs_code", "modifier", "nonfacility", "facility"]


def _differing(schedules: Schedules, published: list[list[str]]) -> tuple[int, set[str]]:
    """Price each published row with one half-up rounding, in whole numbers; name what differs."""
    release = schedules.named("2025D")
    factor = release.conversion_factor(date(2025, 10, 1)).value
    lines = pl.DataFrame(published, schema=FIELDS, orient="row").with_columns(
        pl.format("{}-{}", "carrier", "locality_number").alias("locality"),
        pl.col("modifier").str.strip_chars(),
    )
    priced = lines.join(release.codes, on=["hcpcs_code", "modifier"]).join(
        release.localities, on="locality"
    )
    differing = set()
    for row in priced.iter_rows(named=True):
        for setting in ("nonfacility", "facility"):
            product = factor * (
                row["work_rvu"] * row["work_gpci"]
                + row[f"{setting}_pe_rvu"] * row["pe_gpci"]
                + row["malpractice_rvu"] * row["mp_gpci"]
            )
            if (product + 5_000_000) // 10_000_000 != Decimal(row[setting]) * 100:
                differing.add(row["hcpcs_code"])
    return priced.height, differing


def test_revised_amounts_of_the_fourth_quarter(real: Schedules, shared: Path) -> None:
    path = shared / "published" / "PFREV4_2025Q4.txt"
    with path.open(encoding="latin-1", newline="") as opened:
        lines = [line[1:7] for line in csv.reader(opened) if not line[0].startswith("TRL")]
    assert _differing(real, lines) == (1526, set())


def _excerpt(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return [line[:6] for line in csv.reader(opened)][1:]


def test_amounts_of_january(real: Schedules, shared: Path) -> None:
    lines = _excerpt(shared / "published" / "PF25A_excerpts.csv")
    # CMS changed these two codes after January; 2025D holds the October values.
    assert _differing(real, lines) == (193, {"0446T", "0448T"})


def test_fees_of_capped_codes_are_published_uncapped(real: Schedules, shared: Path) -> None:
    lines = _excerpt(shared / "published" / "PF25A_oppscap_excerpts.csv")
    assert _differing(real, lines) == (27, set())
