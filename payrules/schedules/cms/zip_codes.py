"""Reads ZIP5 and ZIP9, CMS's files of the Medicare locality of each ZIP code (fixed width)."""

import re
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.cells import Source, must_match, no_repeats

_RECORD = 80
_ROW = re.compile(r"[A-Z]{2}\d{5}\d{5}[0-9A-Z]{2}[ RB].{5}([01])(\d{4}|.{4})")
# First position and length, from ZIP5lyout.txt; ZIP9 has its four further digits at 22.
_POSITIONS = {
    "state": (1, 2),
    "zip": (3, 5),
    "contractor": (8, 5),
    "locality_number": (13, 2),
    "plus_four_flag": (21, 1),
    "plus_four": (22, 4),
    "quarter": (76, 5),
}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a ZIP5 file."""
    return _are_records(first_rows) and not _with_plus_four(first_rows[0][0])


def plus_four_looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a ZIP9 file."""
    return _are_records(first_rows) and _with_plus_four(first_rows[0][0])


def _are_records(first_rows: list[list[str]]) -> bool:
    return bool(first_rows) and all(
        len(row) == 1 and _ROW.match(row[0]) and len(row[0]) == _RECORD for row in first_rows
    )


def _with_plus_four(record: str) -> bool:
    found = _ROW.match(record)
    return found is not None and found[1] == "1" and found[2].isdigit()


def read(source: Source) -> tuple[pl.DataFrame, date]:
    """Read ZIP5: ZIP code → locality, and the first day of the quarter the file is of.

    `plus_four_needed`: the ZIP code lies in more than one locality; only its four further digits
    tell which.
    """
    texts, first_day = _texts(source)
    no_repeats(source, texts, ["zip"])
    table = texts.select(
        "zip", (pl.col("plus_four_flag") == "1").alias("plus_four_needed"), _LOCALITY, "state"
    )
    return table.sort("zip"), first_day


def read_plus_four(source: Source) -> tuple[pl.DataFrame, date]:
    """Read ZIP9: ZIP+4 code → locality, where the ZIP code alone does not tell."""
    texts, first_day = _texts(source)
    must_match(source, texts, "plus_four", "[0-9]{4}", "the four further digits")
    no_repeats(source, texts, ["zip", "plus_four"])
    return texts.select("zip", "plus_four", _LOCALITY, "state").sort("zip", "plus_four"), first_day


_LOCALITY = pl.format("{}-{}", "contractor", "locality_number").alias("locality")


def _texts(source: Source) -> tuple[pl.DataFrame, date]:
    lines = pl.DataFrame(
        {"line": source.text.splitlines()}, schema={"line": pl.String}
    ).with_row_index("row", offset=1)
    lines = lines.filter(pl.col("line").str.strip_chars() != "")
    for number, line in lines.filter(pl.col("line").str.len_chars() != _RECORD).head(1).rows():
        raise ScheduleError(
            f"{source.name}, line {number}: a record has {_RECORD} characters, this one "
            f"{len(line)}."
        )
    if not lines.height:
        raise ScheduleError(f"{source.name} holds no ZIP codes.")
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
    must_match(source, texts, "plus_four_flag", "[01]", "0 or 1")
    must_match(source, texts, "quarter", "20[0-9]{2}[1-4]", "a year and quarter")
    quarters = texts["quarter"].unique().to_list()
    if len(quarters) != 1:
        raise ScheduleError(f"{source.name} must be of one quarter; it names {len(quarters)}.")
    return texts, date(int(quarters[0][:4]), 3 * int(quarters[0][4]) - 2, 1)
