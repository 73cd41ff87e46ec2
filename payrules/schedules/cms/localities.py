"""Reads GPCI, CMS's file of geographic practice cost indices by Medicare locality."""

import re

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.cells import (
    Source,
    header_at,
    listed,
    must_match,
    no_repeats,
    rows,
    scaled,
)
from payrules.within_reason import GEOGRAPHIC_INDEX

_WITHOUT_FLOOR = "work_gpci_without_floor"
_HEADINGS = {
    r"Medicare Administrative Contractor.*": "contractor",
    r"State": "state",
    r"Locality Number": "locality_number",
    r"Locality Name": "locality_name",
    r"PW GPCI without .*": _WITHOUT_FLOOR,
    r"PW GPCI( with .*)?": "work_gpci",
    r"PE GPCI": "pe_gpci",
    r"MP GPCI": "mp_gpci",
}
#: The columns of `Release.localities`; indices in thousandths.
LOCALITY_COLUMNS = ("locality", "state", "locality_name", "work_gpci", "pe_gpci", "mp_gpci")


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a GPCI file, of whatever layout."""
    return any("PE GPCI" in cell for row in first_rows for cell in row)


def read(source: Source) -> tuple[pl.DataFrame, int | None]:
    """Read a GPCI file: one row a locality, and the year its headings name.

    Where it gives work indices with and without the floor of 1.0, those with it are in force;
    those without it serve a year for which CMS gives no others.
    """
    cells = rows(source)
    header = header_at(source, cells, lambda row: any("PE GPCI" in cell for cell in row))
    names = [_named(source, heading) for heading in cells[header] if heading]
    if "work_gpci" not in names and names.count(_WITHOUT_FLOOR) == 1:
        names[names.index(_WITHOUT_FLOOR)] = "work_gpci"  # no floor was in force
    names = [None if name == _WITHOUT_FLOOR else name for name in names]
    wanted = set(_HEADINGS.values()) - {_WITHOUT_FLOOR}
    if {name for name in names if name} != wanted or len(set(names) - {None}) != len(
        [name for name in names if name]
    ):
        raise ScheduleError(
            f"{source.name} has a layout payrules does not recognize: its columns are "
            f"{listed(cells[header])}."
        )
    body = []
    for number, row in enumerate(cells[header + 1 :], header + 2):
        if not any(row[1:]) and not "".join(row[:1])[:1].isdigit():
            continue  # a blank row, or a footnote, which stands in the first cell alone
        if len(row) < len(names):
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
        body.append([number, *row[: len(names)]])
    texts = pl.DataFrame(
        {"row": [row[0] for row in body]}
        | {name: [row[at + 1] for row in body] for at, name in enumerate(names) if name},
        schema={"row": pl.Int64} | {name: pl.String for name in names if name},
    ).with_columns(pl.col("contractor").str.zfill(5), pl.col("locality_number").str.zfill(2))
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no localities.")
    must_match(source, texts, "contractor", "[0-9]{5}", "a contractor of five digits")
    must_match(source, texts, "locality_number", "[0-9]{2}", "a locality of two digits")
    must_match(source, texts, "state", "[A-Z]{2}", "a state of two letters")
    indices = scaled(
        source, texts, dict.fromkeys(("work_gpci", "pe_gpci", "mp_gpci"), GEOGRAPHIC_INDEX)
    ).with_columns(
        pl.format("{}-{}", "contractor", "locality_number").alias("locality"),
        pl.col("locality_name").str.strip_chars("* "),
    )
    no_repeats(source, indices, ["locality"])
    years = re.findall(r"(20\d\d) PE GPCI", " ".join(cells[header]))
    return indices.select(LOCALITY_COLUMNS).sort("locality"), int(years[0]) if years else None


def _named(source: Source, heading: str) -> str | None:
    plain = " ".join(re.sub(r"^20\d\d |[()*]", "", heading).split())
    for pattern, name in _HEADINGS.items():
        if re.fullmatch(pattern, plain):
            return name
    raise ScheduleError(f"{source.name} has a column '{heading}' payrules does not recognize.")
