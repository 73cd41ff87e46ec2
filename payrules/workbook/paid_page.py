"""What was paid as one web page: sums and groups by payer, cause and code; no claim, no person."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.counted import counted, one_or_more
from payrules.errors import ReportError
from payrules.files.whole import put_in_place
from payrules.workbook.columns import headings_of
from payrules.workbook.html_page import facts, html_page, money, percent, table, text
from payrules.workbook.paid_book import PageBlock, as_rows
from payrules.workbook.words import CHARTED, capital, largest, total_of
from payrules.workbook.xlsx.written import refuse_overwriting

#: Columns of names of ours, which a page shows as words.
_IN_WORDS = frozenset(("variance_status", "variance_cause", "speaks_of", "check"))


def write_paid_page(
    path: Path,
    title: str,
    blocks: Sequence[PageBlock],
    groups: Mapping[str, pl.DataFrame],
    *,
    notes: Sequence[str] = (),
    failed: str = "",
    sums: Mapping[str, Collection[str]] | None = None,
    force: bool = False,
) -> None:
    """Write blocks of facts, `groups` and notes as one page, whole or not at all.

    A group's amounts, and its counts that `sums` name, are added up below it, as on its sheet;
    `failed` says how many checks of the files fail.

    Raises ReportError for a path that cannot be written, or a file that is there already.
    """
    path = Path(path)
    refuse_overwriting([path], force=force)
    parts = [
        f"<h1>{text(title)}</h1>",
        *(f'<p class="quiet">{text(each)}</p>' for each in notes),
        *([f'<p><span class="off said">{text(failed)}</span></p>'] if failed else []),
        *(_facts(each) for each in blocks),
        *(_group(name, frame, (sums or {}).get(name, ())) for name, frame in groups.items()),
    ]
    with put_in_place(path, fault=ReportError) as (partial,):
        partial.write_text(html_page(title, parts), encoding="utf-8", newline="\n")


#: Where a page lists failed checks.
FAILED_CHECKS = "Checks that failed"


def failed_in_words(checks: pl.DataFrame, where: str, *, of: str = "the remittance files") -> str:
    """Say how many checks of files fail, and where they stand; "" where none does."""
    many = checks.height
    fail = one_or_more(many, "fails: it stands", "fail: they stand")
    return f"{counted(many, 'check')} of {of} {fail} {where}." if many else ""


def checks_by_kind(checks: pl.DataFrame) -> pl.DataFrame:
    """Count failed checks by what they check: their rows name claims."""
    return checks.group_by("check").agg(pl.len().cast(pl.Int64).alias("times")).sort("check")


def _facts(block: PageBlock) -> str:
    rows = []
    for fact in block.facts:
        shown = _cell(fact.value)
        if fact.words == block.must_be_zero:
            shown = f'<span class="{"off" if fact.value else "ok"}">{shown}</span>'
        kind = "strong" if fact.last else ""
        words = capital(fact.words)
        cells = (text(words), f'<td class="n">{shown}</td>', "<td></td>")
        rows.append((kind, cells))
    shown = facts(rows, block.heading, kind="headline")
    return f"<h2>{text(block.heading)}</h2>\n{shown}"


def _group(name: str, frame: pl.DataFrame, sums: Collection[str]) -> str:
    headings = [*headings_of(frame.columns).values()]
    numbers = frozenset(at for at, kind in enumerate(frame.dtypes) if kind.is_numeric())
    shown = frame.head(CHARTED).rows()
    rows = [[_cell(*each) for each in zip(row, frame.columns, strict=True)] for row in shown]
    added_up = as_rows(name, frame, counted=sums).added_up or frozenset()
    totals = [
        _cell(frame[each].sum(), each) if each in added_up else "" for each in frame.columns[1:]
    ]
    foot = [total_of(frame.height), *totals] if added_up else []
    told = table(headings, rows, numbers, foot, caption=name) if rows else "<p>No rows.</p>"
    return f"<h2>{text(largest(name, frame.height))}</h2>\n{told}"


def _cell(value: object, name: str = "") -> str:
    """Show a cell as the workbook does; causes and statuses in words."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return percent(value / 100) if name.endswith("_percent") else money(value)
    if isinstance(value, int):
        return f"{value:,}"
    return text(str(value).replace("_", " ") if name in _IN_WORDS else value)
