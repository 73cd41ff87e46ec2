"""Why a row is rejected, asked of the checks themselves: each reason, its columns, the mending."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from docs.generator import DocsError, code, page, table
from payrules.claims.checks import checks_of
from payrules.claims.checks.fault import Fault
from payrules.claims.checks.localities import Places
from payrules.claims.checks.spreadsheet_errors import said_of_error
from payrules.claims.columns import JOINED_MODIFIERS, KNOWN, MODIFIERS
from payrules.files.worksheets import UNCOMPUTED
from payrules.locality import Found

#: Cells that are wrong in one way or another; what a reason quotes of them becomes "…".
_WRONG = ("?", "123", "2200-01-01", "-1", "9" * 15, "0.5", None)
_QUOTED = re.compile(
    r"\([0-9]+ characters?, not shown\)|2200-01-01|9{15}|-1(?![0-9])|\b0\.5\b|\b(?:00)?123\b"
    r"|99999-99|(?<=not )1$"
)
_ERRORS = ("#N/A", UNCOMPUTED)
#: What the ZIP table says of a row, beside the cells.
_OF_ZIP: dict[str, Any] = {
    "_zip_locality": "99999-99",
    "_plus_four_needed": True,
    "_zip_candidates": None,
}


def _schema(names: Sequence[str]) -> dict[str, pl.DataType]:
    return dict.fromkeys(names, pl.String())


def _faults() -> Iterator[Fault]:
    """Give every fault that a cell can have, whatever columns and tables there are."""
    numbered = [name for name in KNOWN if name != JOINED_MODIFIERS]
    joined = [name for name in KNOWN if name not in MODIFIERS[1:]]
    zips = pl.DataFrame({"zip": ["60601"]})
    several = Found(None, ("…", "…"), fits=True)
    part_of_a_name = Found(None, ("…",), fits=True)
    for names, table_of_zips, found in (
        (numbered, None, Found(None)),
        (joined, zips, several),
        (joined, None, part_of_a_name),
    ):
        places = Places({"15202-00"}, None, table_of_zips, True, lambda _, found=found: found)
        for check in checks_of(_schema(names), places):
            yield from check.faults


def _said(reason: pl.Expr, cells: Sequence[str | None]) -> list[str]:
    """Give the sentences a reason makes of some wrong cells, quotations left out."""
    rows = pl.DataFrame({name: pl.Series(cells, dtype=pl.String) for name in KNOWN})
    rows = rows.with_columns(**{name: pl.lit(value) for name, value in _OF_ZIP.items()})
    said = rows.select(said=reason.cast(pl.String))["said"].drop_nulls().unique().sort()
    return [_QUOTED.sub("…", each) for each in said]


def reasons() -> dict[str, list[str]]:
    """Give every reason a row is rejected for, and the columns it is told of.

    What a reason quotes is "…"; a column's name at its beginning is "(column)".
    """
    found: dict[str, list[str]] = {}

    def add(reason: str, column: str) -> None:
        reason = re.sub(rf"^{column}\b", "(column)", reason)
        if column not in found.setdefault(reason, []):
            found[reason].append(column)

    for fault in _faults():
        for reason in _said(fault.reason, _WRONG):
            if "spreadsheet's error" not in reason and "never computed" not in reason:
                add(reason, fault.column)
    for reason in _said(said_of_error("claim_id"), _ERRORS):
        add(reason.replace("#N/A", "…"), "claim_id")
    for reason in [each for each in found if "spreadsheet's error" in each or "computed" in each]:
        found[reason] = ["any text"]
    found["claim line … of this claim was already seen in row …"] = ["claim_line_number"]
    return found


def rejects_page(mending: Sequence[dict[str, str]]) -> str:
    """Write the page of reasons."""
    by_reason = {each["reason"]: each["do"] for each in mending}
    found = reasons()
    if missing := sorted(set(found) - set(by_reason)):
        raise DocsError(f"docs/words.toml, mending: says nothing of {'; '.join(missing)}")
    if beyond := sorted(set(by_reason) - set(found)):
        raise DocsError(f"docs/words.toml, mending: no row is rejected for {'; '.join(beyond)}")
    rows = [
        (reason, ", ".join(map(code, columns)), by_reason[reason])
        for reason, columns in found.items()
    ]
    return page(
        "Why rows are rejected",
        "A row that cannot be read as a claim line is not priced and not dropped: it goes to the"
        " rejects with its row number, its column, its value and the reason, and the other rows are"
        " priced. A row with several faults has all their reasons, separated by"
        " `; `. Below, `…` stands for what the cell holds and `(column)` for the column's name; a"
        " cell that could hold a person's name is not quoted.",
        table(("reason", "columns", "what to do"), rows),
    )
