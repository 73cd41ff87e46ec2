"""Reads PTP, CMS's procedure-to-procedure edits for practitioners (text files f1 to f4)."""

import codecs
import re
from collections.abc import Sequence
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cells import Source, as_text, must_match
from payrules.table_files import read_csv

_COLUMNS = (
    "column_1_code",
    "column_2_code",
    "before_1996",
    "effective_from",
    "effective_to",
    "modifier_indicator",
    "rationale",
)
_ROW = re.compile(r"[0-9A-Z]{5}\t[0-9A-Z]{5}\t[^\t]*\t\d{8}\t(\d{8}|\*?)\t[019]")


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a PTP text file."""
    return any(_ROW.match("\t".join(row)) for row in first_rows)


def read(
    sources: Sequence[Source], effective_from: date | None = None
) -> tuple[pl.DataFrame, date]:
    """Read the files of one quarter together, and give the first day of that quarter.

    The deletion date is the last day an edit is in force; `*` is none.
    """
    pairs = pl.concat([_pairs(source) for source in sources])
    pairs = pairs.unique(maintain_order=True).sort(
        "column_1_code", "column_2_code", "effective_from"
    )
    named = re.search(r"v(\d\d)([0-3])", sources[0].name, re.I)
    if effective_from is None and named:  # v32.2 is the third quarter of 2026, v22.0 began 2016
        effective_from = date(1994 + int(named[1]), 1 + 3 * int(named[2]), 1)
    if effective_from is None:
        raise ScheduleError(
            f"{sources[0].name} does not say of which quarter it is: keep CMS's own name "
            "(ccipra-v322r0-f1.txt)."
        )
    return pairs, effective_from


def _pairs(source: Source) -> pl.DataFrame:
    if "oph" in source.name.lower():
        raise ScheduleError(
            f"{source.name} is the edits for outpatient hospitals; payrules needs those for "
            "practitioners (ccipra-…)."
        )
    # These files have millions of rows: only the heading is looked at line by line.
    content = source.content
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content = source.text.encode()
    beginning = as_text(content[:40_000]).split("\n")
    first = next((at for at, line in enumerate(beginning) if _ROW.match(line)), None)
    if first is None:
        raise ScheduleError(f"{source.name} holds no pairs; download it again.")
    try:
        texts = read_csv(
            content,
            skip_lines=first,
            separator="\t",
            has_header=False,
            schema=dict.fromkeys(_COLUMNS[: beginning[first].count("\t") + 1], pl.String),
            quote_char=None,
            encoding="utf8-lossy",
        )
    except pl.exceptions.PolarsError as fault:
        raise ScheduleError(f"{source.name} is damaged; download it again.") from fault
    texts = texts.with_row_index("row", offset=first + 1).with_columns(
        pl.col(_COLUMNS[:6]).str.strip_chars().fill_null("")
    )
    texts = texts.filter(pl.col("column_1_code") != "")
    must_match(source, texts, "column_1_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "column_2_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "effective_from", "[0-9]{8}", "a date as yyyymmdd")
    must_match(source, texts, "effective_to", r"[0-9]{8}|\*|", "a date as yyyymmdd, or *")
    must_match(source, texts, "modifier_indicator", "[019]", "0, 1 or 9")
    try:
        return texts.select(
            "column_1_code",
            "column_2_code",
            pl.col("effective_from").str.to_date("%Y%m%d"),
            pl.col("effective_to").replace({"*": None, "": None}).str.to_date("%Y%m%d"),
            "modifier_indicator",
        )
    except pl.exceptions.PolarsError as fault:
        raise ScheduleError(f"{source.name} holds a date that there is not: {fault}.") from fault
