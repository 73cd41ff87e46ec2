"""Reads PTP, CMS's procedure-to-procedure edits for practitioners (f1 to f4, as text or XLSX)."""

import codecs
import re
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.files.tables import read_csv
from payrules.frozen import frozen
from payrules.schedules.cms.cells import Source, as_text, must_match, rows, with_days

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
    """Say whether the first rows are those of a PTP file."""
    return any(_ROW.match("\t".join(row)) for row in first_rows)


@frozen
class Pairs:
    """Some parts of one version of the table, the quarter's first day, and the files read.

    `parts` are the numbers of the files (f1 to f4); none where a name does not say its own.
    """

    rows: pl.DataFrame
    published_for: date
    version: str
    parts: tuple[int, ...]
    sources: tuple[Source, ...]


def read(
    sources: Sequence[Source], effective_from: date | None = None
) -> tuple[pl.DataFrame, date]:
    """Read the files of one quarter together, and give the first day of that quarter."""
    pairs = read_parts(sources, effective_from)
    return pairs.rows, pairs.published_for


def read_parts(sources: Sequence[Source], effective_from: date | None = None) -> Pairs:
    """Read the files of one quarter together; of a part in two forms, the text.

    The deletion date is the last day an edit is in force; `*` is none.
    """
    chosen = _one_form_each(sources)
    versions = {_version(source) for source in chosen}
    if len(versions) > 1:
        raise ScheduleError(
            f"The PTP files are of several versions ({', '.join(sorted(versions))}); import the "
            "parts of one quarter at a time."
        )
    version = versions.pop()
    named = re.search(r"v(\d\d)([0-3])", version, re.I)
    if effective_from is None and named:  # v32.2 is the third quarter of 2026, v22.0 began 2016
        effective_from = date(1994 + int(named[1]), 1 + 3 * int(named[2]), 1)
    if effective_from is None:
        raise ScheduleError(
            f"{chosen[0].name} does not say which quarter it is for: keep CMS's own name "
            "(ccipra-v322r0-f1.txt)."
        )
    numbers = {_part(source) for source in chosen}
    return Pairs(
        rows=together(_pairs(source) for source in chosen),
        published_for=effective_from,
        version=version,
        parts=() if None in numbers else tuple(sorted(n for n in numbers if n is not None)),
        sources=tuple(chosen),
    )


def together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Join parts of a table: the same rows in the same order, whichever came first."""
    return pl.concat(parts).unique(maintain_order=True).sort(pl.all(), nulls_last=True)


def _one_form_each(sources: Sequence[Source]) -> list[Source]:
    """Give one file of each part; ScheduleError for a part in two files that differ."""
    chosen: dict[tuple[str, int | str], Source] = {}
    for source in sorted(sources, key=lambda each: (each.suffix == ".xlsx", each.name)):
        part = (_version(source), _part(source) or source.name)
        held = chosen.setdefault(part, source)
        if held.suffix == source.suffix and held.sha256 != source.sha256:
            raise ScheduleError(
                f"{held.name} and {source.name} are the same part of the PTP edits, and differ; "
                "import one of them."
            )
    return sorted(chosen.values(), key=lambda each: each.name)


def _version(source: Source) -> str:
    found = re.search(r"v\d{3}r\d+", source.name, re.I)
    return found[0].lower() if found else ""


def _part(source: Source) -> int | None:
    found = re.search(r"[-_]f([1-4])(?!\d)", source.name, re.I)
    return int(found[1]) if found else None


def _pairs(source: Source) -> pl.DataFrame:
    if "oph" in source.name.lower():
        raise ScheduleError(
            f"{source.name} contains the edits for outpatient hospitals; payrules needs those for "
            "practitioners (ccipra-…)."
        )
    if source.suffix == ".xlsx":
        return _checked(source, _of_workbook(source))
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
    return _checked(source, texts.with_row_index("row", offset=first + 1))


def _of_workbook(source: Source) -> pl.DataFrame:
    cells = rows(source)
    first = next((at for at, row in enumerate(cells) if _ROW.match("\t".join(row))), None)
    if first is None:
        raise ScheduleError(f"{source.name} holds no pairs; download it again.")
    body = [row[:6] for row in cells[first:]]
    schema = dict.fromkeys(_COLUMNS[:6], pl.String)
    return pl.DataFrame(body, schema=schema, orient="row").with_row_index("row", offset=first + 1)


def _checked(source: Source, texts: pl.DataFrame) -> pl.DataFrame:
    texts = texts.with_columns(pl.col(_COLUMNS[:6]).str.strip_chars("\x1a ").fill_null(""))
    texts = texts.filter(pl.col("column_1_code") != "")
    must_match(source, texts, "column_1_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "column_2_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "effective_from", "[0-9]{8}", "a date as yyyymmdd")
    must_match(source, texts, "effective_to", r"[0-9]{8}|\*|", "a date as yyyymmdd, or *")
    must_match(source, texts, "modifier_indicator", "[019]", "0, 1 or 9")
    texts = with_days(source, texts, "effective_from", "%Y%m%d")
    texts = with_days(source, texts, "effective_to", "%Y%m%d", nothing=r"\*|")
    return texts.select(*_COLUMNS[:2], "effective_from", "effective_to", "modifier_indicator")
