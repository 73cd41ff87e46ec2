"""The workbook of remittances alone: every payment accounted for, and every table behind it."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.money import as_dollars
from payrules.variance.by_code import by_code, by_payer
from payrules.variance.remittances import DUPLICATE, Remittances
from payrules.variance.tables import in_dollars
from payrules.workbook.paid_book import Fact, PageBlock, write_paid_book
from payrules.workbook.paid_page import checks_by_kind, write_paid_page
from payrules.workbook.xlsx.written import Written

_TITLE = "Remittances"
#: Table → its sheet, in the order of the workbook.
SHEETS = {
    "by_payer": "By payer",
    "by_code": "By code",
    "remittances": "Remittances",
    "payer_claims": "Payer claims",
    "payer_lines": "Payer lines",
    "payer_adjustments": "Adjustments",
    "provider_adjustments": "Provider adjustments",
    "checks": "Checks",
    "rejects": "Rejects",
}


def remittance_tables(read: Remittances) -> dict[str, pl.DataFrame]:
    """Give all tables of remittances as users see them, in dollars, by name."""
    made = {
        "by_payer": _dollars(by_payer(read)),
        "by_code": _dollars(by_code(read)),
        **{name: in_dollars(name, frame) for name, frame in read.tables.items()},
        "checks": _dollars(read.checks, "left", "right", "difference"),
        "rejects": read.rejects,
    }
    return {name: made[name] for name in SHEETS}


def _dollars(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    money = names or [name for name in frame.columns if name.endswith("_amount")]
    return frame.with_columns(as_dollars(pl.col(name)) for name in money)


def sum_block(read: Remittances) -> PageBlock:
    """Show the sum that accounts for every cent of the payments."""
    facts = [Fact(each.words, _of(each.amount)) for each in read.terms]
    return PageBlock(
        "Every cent is accounted for",
        [
            *facts,
            Fact("payments (BPR02)", _of(read.payments), last=True),
            Fact("remainder", _of(read.remainder)),
        ],
        must_be_zero="remainder",
    )


def _of(cents: int) -> Decimal:
    return Decimal(cents) / 100


def counts_block(read: Remittances) -> PageBlock:
    """Count what was read."""
    duplicates = int(read.tables["remittances"]["status"].eq(DUPLICATE).sum())
    return PageBlock(
        "What was read",
        [
            Fact("files", len(read.files)),
            Fact("payments", read.tables["remittances"].height - duplicates),
            Fact("payments handed in before, used once", duplicates),
            Fact("payer claims", read.used("payer_claims").height),
            Fact("payer lines", read.used("payer_lines").height),
            Fact("checks that failed", read.checks.height),
            Fact("rejects", read.rejects.height),
        ],
        must_be_zero="checks that failed",
    )


def write_remittance(
    read: Remittances,
    tables: Mapping[str, pl.DataFrame],
    path: Path,
    *,
    privacy: str = "",
    force: bool = False,
) -> Written:
    """Write remittances as a workbook; `tables` are those of `remittance_tables`.

    Raises ReportError for a path that cannot be used.
    """
    sheets = {SHEETS[name]: frame for name, frame in tables.items()}
    return write_paid_book(
        path,
        _TITLE,
        [sum_block(read), counts_block(read)],
        sheets,
        notes=_notes(read, privacy),
        force=force,
    )


def _notes(read: Remittances, privacy: str) -> list[str]:
    cut = [f"{name} is cut short: its last claim is rejected." for name in read.truncated]
    return [*cut, *([privacy] if privacy else [])]


def write_remittance_page(
    read: Remittances,
    tables: Mapping[str, pl.DataFrame],
    path: Path,
    *,
    privacy: str = "",
    force: bool = False,
) -> None:
    """Write the sums and groups of remittances as a web page; ReportError as above."""
    groups = {
        SHEETS[name]: tables[name] for name in ("by_payer", "by_code", "provider_adjustments")
    }
    groups["Provider adjustments"] = _by_reason(groups["Provider adjustments"])
    groups["Checks that failed"] = checks_by_kind(tables["checks"])
    blocks = [sum_block(read), counts_block(read)]
    write_paid_page(path, _TITLE, blocks, groups, notes=_notes(read, privacy), force=force)


def _by_reason(adjustments: pl.DataFrame) -> pl.DataFrame:
    """Add up provider adjustments by reason: their references may name a claim."""
    return (
        adjustments.filter(pl.col("status") != DUPLICATE)
        .group_by("reason_code", "meaning")
        .agg(
            pl.len().cast(pl.Int64).alias("adjustments"),
            pl.col("provider_adjustment_amount").sum(),
        )
        .sort("reason_code", nulls_last=True)
    )
