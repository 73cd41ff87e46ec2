"""Reads AOC, CMS's edits of add-on codes and their primary codes (XLSX, or the same as CSV)."""

import re
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.cells import Source, header_at, listed, must_match, rows, with_days

# Dates are a year and the day in it: 2026001 is the first of January.
_HEADINGS = {
    "aoceditype": "add_on_type",
    "addoncode": "add_on_code",
    "aocdeldt": "add_on_deleted",
    "primarycode": "primary_code",
    "primarycodedeldt": "primary_deleted",
    "aocediteffdt": "effective_from",
    "aoceditdeldt": "edit_deleted",
    "specialinstructionnotes": None,
}
#: A year and the day in it, as `strptime` has them; and what stands where there is none.
_FORM, _NO_DAY = "%Y%j", "0*|9{7}"
_DELETIONS = ("add_on_deleted", "primary_deleted", "edit_deleted")
#: CMS writes this where the contractor defines the primary codes (types 2 and 3).
_CONTRACTOR_DEFINED = "CCCCC"


def _plain(heading: str) -> str:
    return re.sub("[^a-z]", "", heading.lower()).replace("aocedittype", "aoceditype")


def _is_header(row: list[str]) -> bool:
    return {"addoncode", "primarycode"} <= {_plain(cell) for cell in row}


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of an add-on code file with a header."""
    return any(_is_header(row) for row in first_rows)


def read(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read the add-on codes with their types and primaries, and the day the file is of.

    A link ends with the first deletion of the add-on, of the primary, or of the link itself;
    `primary_code` is null where the contractor defines it.
    """
    cells = rows(source)
    header = header_at(source, cells, _is_header)
    found = [_plain(cell) for cell in cells[header] if cell]
    if set(found) - {"specialinstructionnotes"} != set(_HEADINGS) - {"specialinstructionnotes"}:
        raise ScheduleError(
            f"{source.name} has a layout payrules does not recognize: its columns are "
            f"{listed(cells[header])}."
        )
    names = [_HEADINGS[heading] for heading in found]
    body = [(n, row) for n, row in enumerate(cells[header + 1 :], header + 2) if any(row)]
    for number, row in body:
        if len(row) < len(names):
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
    texts = pl.DataFrame(
        {"row": [number for number, _ in body]}
        | {name: [row[at] for _, row in body] for at, name in enumerate(names) if name},
        schema={"row": pl.Int64} | {name: pl.String for name in names if name},
    )
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no add-on codes.")
    must_match(source, texts, "add_on_type", "[123]", "1, 2 or 3")
    must_match(source, texts, "add_on_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "primary_code", "|[0-9A-Z]{5}", "a HCPCS code or CCCCC")
    must_match(source, texts, "effective_from", "[0-9]{7}", "a date as yyyyddd")
    texts = with_days(source, texts, "effective_from", _FORM)
    for column in _DELETIONS:
        must_match(source, texts, column, "|0+|[0-9]{7}", "a date as yyyyddd, or nothing")
        texts = with_days(source, texts, column, _FORM, nothing=_NO_DAY)
    links = texts.select(
        "add_on_code",
        "add_on_type",
        pl.col("primary_code").replace({_CONTRACTOR_DEFINED: None, "": None}),
        "effective_from",
        pl.min_horizontal(_DELETIONS).alias("effective_to"),
    )
    named = re.search(r"V(20\d\d)Q([1-4])", source.name, re.I)
    if effective_from is None and named:
        effective_from = date(int(named[1]), 3 * int(named[2]) - 2, 1)
    if effective_from is None:
        raise ScheduleError(
            f"{source.name} does not say which quarter it is for: keep CMS's own name "
            "(AOC_V2026Q2-MCR.xlsx)."
        )
    return links.unique(maintain_order=True).sort(
        "add_on_code", "primary_code", "effective_from"
    ), effective_from
