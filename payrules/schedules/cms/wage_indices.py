"""Reads the wage indices of surgical centers by area: CBSAs, and the rural part of each state."""

import re
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.cells import (
    Source,
    header_at,
    must_match,
    rows,
    scaled,
    texts_below,
)
from payrules.within_reason import WAGE_INDEX

_HEADINGS = {"CBSA": "area", "CBSA Name": "area_name"}
#: Bytes taken for latin-1 with one that has no letter there.
_OF_DOS = re.compile(r"[\x00-\xff]*[\x80-\x9f][\x00-\xff]*")
_INDEX = r"WI(\d\d)"


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a file of ASC wage indices."""
    return any(_is_header(row) for row in first_rows)


def _is_header(row: list[str]) -> bool:
    return {*_HEADINGS} <= {*row} and sum(bool(re.fullmatch(_INDEX, cell)) for cell in row) == 1


def read(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read a year's wage indices, one row an area: the lowest and the highest CMS gives for it.

    The file of 2025 gives 27 areas more than one value, and leaves two blank (both columns null);
    that of 2026 writes 0.0000 for such. Which of several is meant no file says: all is kept, and
    `payrules.schedules.wage_index` refuses to choose.
    """
    cells = rows(source)
    header = header_at(source, cells, _is_header)
    (of_year,) = (said for cell in cells[header] if (said := re.fullmatch(_INDEX, cell)))
    ours = _HEADINGS | {of_year[0]: "wage_index"}
    texts = texts_below(source, cells, header, [ours.get(cell) for cell in cells[header]])
    must_match(source, texts, "area", r"\d{5}|\d\d", "a CBSA of five digits or a state of two")
    # An area without hospitals of its own, such as the rural part of New Jersey, has no index.
    index = pl.col("wage_index").str.replace(r"^0(?:\.0*)?$", "")
    texts = texts.with_columns(index, pl.col("area_name").replace_strict(_names(texts)))
    known = scaled(source, texts.filter(pl.col("wage_index") != ""), {"wage_index": WAGE_INDEX})
    least, most = pl.col("wage_index").min(), pl.col("wage_index").max()
    values = known.group_by("area").agg(
        least.alias("lowest_wage_index"), most.alias("highest_wage_index")
    )
    blank = texts.filter(pl.col("wage_index") == "").join(values, on="area", how="semi")
    if blank.height:
        raise ScheduleError(
            f"{source.name} gives area {blank['area'][0]} a wage index in one row and none in "
            "another; download it again."
        )
    day = effective_from or date(2000 + int(of_year[1]), 1, 1)
    areas = texts.unique("area", keep="first").select("area", "area_name")
    return (
        areas.join(values, on="area", how="left")
        .with_columns(
            pl.lit(day).alias("effective_from"),
            pl.lit(date(day.year, 12, 31)).alias("effective_to"),
        )
        .sort("area"),
        day,
    )


def _names(texts: pl.DataFrame) -> dict[str, str]:
    """Give each name as DOS's code page 437 has it where latin-1 would have no letter."""
    return {
        name: name.encode("latin-1").decode("cp437") if _OF_DOS.fullmatch(name) else name
        for name in texts["area_name"]
    }
