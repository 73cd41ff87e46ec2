"""Reads LOCCO, CMS's file of the counties that each Medicare locality takes in."""

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.cells import Source, header_at, must_match, rows

_COLUMNS = 5


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a LOCCO file."""
    return any(_is_header(row) for row in first_rows)


def _is_header(row: list[str]) -> bool:
    return {"Locality Number", "Fee Schedule Area", "Counties"} <= set(row)


def read(source: Source) -> pl.DataFrame:
    """Read each locality with its `state_name`, `fee_schedule_area` and `counties`.

    CMS writes the state above its first locality only, and as numbers the contractors and
    localities have lost their leading zeros. A locality may stand in several rows.
    """
    cells = rows(source)
    header = header_at(source, cells, _is_header)
    said, found = "", []
    for number, row in enumerate(cells[header + 1 :], header + 2):
        if not "".join(row[:1])[:1].isdigit():
            continue  # blank rows part the states, and a footnote ends the file
        if len(row) < _COLUMNS:
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
        said = row[2] or said
        found.append([number, row[0].zfill(5), row[1].zfill(2), said, row[3], row[4]])
    columns = ("contractor", "locality_number", "state_name", "fee_schedule_area", "counties")
    texts = pl.DataFrame(
        found, schema={"row": pl.Int64} | dict.fromkeys(columns, pl.String), orient="row"
    )
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no localities.")
    must_match(source, texts, "contractor", "[0-9]{5}", "a contractor of five digits")
    must_match(source, texts, "locality_number", "[0-9]{2}", "a locality of two digits")
    return texts.select(
        pl.format("{}-{}", "contractor", "locality_number").alias("locality"), *columns[2:]
    )
