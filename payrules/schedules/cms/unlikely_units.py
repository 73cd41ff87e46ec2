"""Reads MUE, CMS's medically unlikely edits for practitioner services."""

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
from payrules.within_reason import UNITS_OF_A_DAY

_HEADINGS = {
    "HCPCS/ CPT Code": "hcpcs_code",
    "Practitioner Services MUE Values": "mue_value",
    "MUE Adjudication Indicator": "adjudication_indicator",
    "MUE Rationale": None,
}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of an MUE file, of whatever services."""
    return any("MUE Values" in cell for row in first_rows for cell in row)


def read(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read the practitioner MUE file of one quarter, in force from the day its name says.

    CMS replaces the file each quarter, so its values have no last day of their own.
    """
    named = re.search(r"Eff[_-](\d\d)-(\d\d)-(20\d\d)", source.name, re.I)
    if effective_from is None and named:
        effective_from = date(int(named[3]), int(named[1]), int(named[2]))
    if effective_from is None:
        raise ScheduleError(
            f"{source.name} does not say from which day it applies: keep CMS's own name "
            "(…_Eff_07-01-2026.csv)."
        )
    # The first record is a notice of several lines; heading cells are broken over lines too.
    cells = rows(source)
    header = header_at(source, cells, lambda row: any("MUE Values" in cell for cell in row))
    found = [" ".join(cell.replace("/", "/ ").split()) for cell in cells[header]]
    wanted = [" ".join(heading.replace("/", "/ ").split()) for heading in _HEADINGS]
    if [cell for cell in found if cell] != wanted:
        raise ScheduleError(
            f"{source.name} is not the MUE file for practitioner services: its columns are "
            f"{listed(found)}."
        )
    body = [(n, row) for n, row in enumerate(cells[header + 1 :], header + 2) if any(row)]
    for number, row in body:
        if len(row) < len(wanted):
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
    texts = pl.DataFrame(
        {
            "row": [number for number, _ in body],
            "hcpcs_code": [row[0].zfill(5) for _, row in body],
            "mue_value": [row[1] for _, row in body],
            "adjudication_indicator": [row[2] for _, row in body],
        }
    )
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no codes.")
    must_match(source, texts, "hcpcs_code", "[0-9A-Z]{5}", "a HCPCS code")
    # "2 Date of Service Edit: Policy": the digit is the indicator.
    must_match(source, texts, "adjudication_indicator", "[123]( .*)?", "1, 2 or 3 and its meaning")
    values = scaled(source, texts, {"mue_value": UNITS_OF_A_DAY})
    no_repeats(source, values, ["hcpcs_code"])
    dated = values.select(
        "hcpcs_code",
        "mue_value",
        pl.col("adjudication_indicator").str.slice(0, 1),
        pl.lit(effective_from).alias("effective_from"),
        pl.lit(None, dtype=pl.Date).alias("effective_to"),
    )
    return dated.sort("hcpcs_code"), effective_from
