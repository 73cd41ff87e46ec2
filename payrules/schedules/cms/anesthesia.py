"""Reads ANES, the anesthesia conversion factors by locality, and the anesthesia base units."""

import re
from datetime import date

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
from payrules.within_reason import BASE_UNITS, CONVERSION_FACTOR

_NATIONAL = r"National Anes CF of (\d+\.\d+)"


def factors_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of an ANES file."""
    return any("Anes CF" in cell for row in first_rows for cell in row)


def read_factors(source: Source) -> pl.DataFrame:
    """Read an ANES file: `locality` (with `national` from its heading), `conversion_factor`."""
    cells = rows(source)
    header = header_at(source, cells, lambda row: any("Anes CF" in cell for cell in row))
    names = [cell for cell in cells[header] if cell]
    if len(names) != 4 or names[:3] != ["Contractor", "Locality", "Locality Name"]:
        raise ScheduleError(
            f"{source.name} has a layout payrules does not recognize: {listed(names)}."
        )
    body = [(n, row) for n, row in enumerate(cells[header + 1 :], header + 2) if any(row)]
    for number, cell in body:
        if len(cell) < 4:
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
    texts = pl.DataFrame(
        {
            "row": [number for number, _ in body],
            "contractor": [row[0].zfill(5) for _, row in body],
            "locality_number": [row[1].zfill(2) for _, row in body],
            "conversion_factor": [row[3] for _, row in body],
        },
        schema_overrides={"conversion_factor": pl.String},
    )
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no localities.")
    must_match(source, texts, "contractor", "[0-9]{5}", "a contractor of five digits")
    must_match(source, texts, "locality_number", "[0-9]{2}", "a locality of two digits")
    texts = texts.select(
        "row",
        pl.format("{}-{}", "contractor", "locality_number").alias("locality"),
        "conversion_factor",
    )
    national = re.search(_NATIONAL, names[3])
    if national:
        row = {"row": header + 1, "locality": "national", "conversion_factor": national[1]}
        texts = pl.concat([texts, pl.DataFrame([row], schema=texts.schema)])
    factors = scaled(source, texts, {"conversion_factor": CONVERSION_FACTOR})
    no_repeats(source, factors, ["locality"])
    return factors.select("locality", "conversion_factor").sort("locality")


def base_units_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a file of anesthesia base units."""
    said = " ".join(cell for row in first_rows[:4] for cell in row).upper()
    return bool(re.search(r"\bCODE\b.*\b20\d\d\b.*\bBASE\b.*\bUNIT", said))


def read_base_units(source: Source) -> tuple[pl.DataFrame, date]:
    """Read the base units by anesthesia code, and the first day of the year they are of."""
    cells = rows(source)
    said = re.search(r"\b(20\d\d)\b", " ".join(cell for row in cells[:4] for cell in row))
    if said is None:
        raise ScheduleError(f"{source.name} does not say which year its base units are for.")
    first_day = date(int(said[1]), 1, 1)
    body = [(n, row) for n, row in enumerate(cells, 1) if row and re.match(r"\d", row[0])]
    texts = pl.DataFrame(
        {
            "row": [number for number, _ in body],
            "hcpcs_code": [row[0].zfill(5) for _, row in body],
            "base_units": [row[1] if len(row) > 1 else "" for _, row in body],
        }
    )
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no base units.")
    must_match(source, texts, "hcpcs_code", "0[0-9]{4}", "an anesthesia code")
    units = scaled(source, texts, {"base_units": BASE_UNITS})
    no_repeats(source, units, ["hcpcs_code"])
    dated = units.select(
        "hcpcs_code",
        "base_units",
        pl.lit(first_day).alias("effective_from"),
        pl.lit(None, dtype=pl.Date).alias("effective_to"),
    )
    return dated.sort("hcpcs_code"), first_day
