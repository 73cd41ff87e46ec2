"""Reads ZIP5, CMS's file of the Medicare locality of each ZIP code (fixed width)."""

import re
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cells import Source, must_match, no_repeats

_RECORD = 80
_ROW = re.compile(r"[A-Z]{2}\d{5}\d{5}[0-9A-Z]{2}[ RB]")
# First position and length, from ZIP5lyout.txt.
_POSITIONS = {
    "state": (1, 2),
    "zip": (3, 5),
    "contractor": (8, 5),
    "locality_number": (13, 2),
    "plus_four": (21, 1),
    "quarter": (76, 5),
}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a ZIP5 file."""
    return bool(first_rows) and all(
        len(row) == 1 and _ROW.match(row[0]) and len(row[0]) == _RECORD for row in first_rows
    )


def read(source: Source) -> tuple[pl.DataFrame, date]:
    """Read ZIP code → locality, and the first day of the quarter the file is of.

    `plus_four_needed`: the ZIP code lies in more than one locality; only its four further digits
    would tell which.
    """
    lines = pl.DataFrame({"line": source.text.splitlines()}).with_row_index("row", offset=1)
    lines = lines.filter(pl.col("line").str.strip_chars() != "")
    for number, line in lines.filter(pl.col("line").str.len_chars() != _RECORD).rows():
        raise ScheduleError(
            f"{source.name}, line {number}: a record has {_RECORD} characters, this one "
            f"{len(line)}."
        )
    texts = lines.select(
        "row",
        *(
            pl.col("line").str.slice(first - 1, length).alias(name)
            for name, (first, length) in _POSITIONS.items()
        ),
    )
    must_match(source, texts, "zip", "[0-9]{5}", "a ZIP code")
    must_match(source, texts, "contractor", "[0-9]{5}", "a contractor of five digits")
    must_match(source, texts, "locality_number", "[0-9]{2}", "a locality of two digits")
    must_match(source, texts, "plus_four", "[01]", "0 or 1")
    must_match(source, texts, "quarter", "20[0-9]{2}[1-4]", "a year and quarter")
    quarters = texts["quarter"].unique().to_list()
    if len(quarters) != 1:
        raise ScheduleError(f"{source.name} must be of one quarter; it names {len(quarters)}.")
    no_repeats(source, texts, ["zip"])
    table = texts.select(
        "zip",
        (pl.col("plus_four") == "1").alias("plus_four_needed"),
        pl.format("{}-{}", "contractor", "locality_number").alias("locality"),
        "state",
    )
    return table.sort("zip"), date(int(quarters[0][:4]), 3 * int(quarters[0][4]) - 2, 1)
