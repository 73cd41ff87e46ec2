"""The workbook of remittances alone: every payment accounted for, and every table behind it."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.counted import counted
from payrules.money import as_dollars
from payrules.variance.by_code import by_code, by_payer
from payrules.variance.held import DUPLICATE
from payrules.variance.recovered import added_in_words
from payrules.variance.remittances import Remittances
from payrules.variance.results import CHECKS
from payrules.variance.tables import in_dollars
from payrules.version import __version__
from payrules.workbook.about import AboutText
from payrules.workbook.answer_book import OfSheet, of_cents
from payrules.workbook.pages.front import HeadlineRow
from payrules.workbook.paid_book import Fact, PageBlock, PaidAnswer, write_paid_book
from payrules.workbook.paid_page import (
    FAILED_CHECKS,
    checks_by_kind,
    failed_in_words,
    write_paid_page,
)
from payrules.workbook.xlsx.book import made_at, now
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
    "checks": CHECKS,
    "rejects": "Rejects",
}

#: What of a payment, a payer claim and a payer line fits on paper.
_ON_PAPER = {
    "remittances": (
        *("remittance", "payer_name", "payer_id", "trace_number", "payment_date"),
        *("payment_method", "payment_amount", "credit_or_debit", "claims", "claims_paid_amount"),
        *("provider_adjustment_amount", "balance_difference", "status"),
    ),
    "payer_claims": (
        *("remittance", "payer_claim", "claim_id", "claim_status_code", "charge_amount"),
        *("paid_amount", "patient_amount", "payer_claim_control_number", "received_date"),
        *("interest_amount", "claim_adjustment_amount", "lines_paid_amount", "remarks", "status"),
    ),
    "payer_lines": (
        *("payer_claim", "claim_id", "payer_line", "service_date", "hcpcs_code"),
        *("hcpcs_modifier_1", "hcpcs_modifier_2", "paid_units", "charge_amount"),
        *("payer_allowed_amount", "paid_amount", "original_code", "remarks", "status"),
    ),
}
#: What is assumed of every remittance.
_ASSUMED = (
    "A payment that was handed in before is listed again with the status duplicate, and its money"
    " is counted once.",
    "Nothing is priced here: the amounts are the payers' own, as their remittances say them.",
)
#: What About calls the files.
FILES_OF_REMITTANCES = "Remittance"
#: Where failed checks stand, in a workbook and on a web page.
ON_SHEET, ON_PAGE = f'on the sheet "{CHECKS}"', f'below, under "{FAILED_CHECKS}"'
#: What adds up the payments, and what payers took off and put to them besides.
_ADDED_UP = {
    "remittances": "payment_amount",
    "provider_adjustments": "provider_adjustment_amount",
    "payer_lines": "paid_amount",
}
#: Counts that a total adds up: each is of one payer, or of one code.
_COUNTED = {
    SHEETS["by_payer"]: ("payments", "claims", "denied_claims"),
    SHEETS["by_code"]: ("adjustments",),
}


def of_payments(table: str, *, sign: int = 1) -> OfSheet:
    """Tell what of a sheet adds up to a figure: payments handed in before count once."""
    return OfSheet(SHEETS[table], _ADDED_UP[table], but={"status": DUPLICATE}, sign=sign)


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
    of = {
        "lines": of_payments("payer_lines"),
        "provider_adjustments": of_payments("provider_adjustments", sign=-1),
    }
    facts = [Fact(each.words, of_cents(each.amount), of=of.get(each.name)) for each in read.terms]
    return PageBlock(
        "Every cent is accounted for",
        [
            *facts,
            Fact(
                "payments (BPR02)",
                of_cents(read.payments),
                last=True,
                of=of_payments("remittances"),
            ),
            Fact("remainder", of_cents(read.remainder)),
        ],
        must_be_zero="remainder",
    )


def counts_block(read: Remittances) -> PageBlock:
    """Count what was read."""
    duplicates = int(read.tables["remittances"]["status"].eq(DUPLICATE).sum())
    return PageBlock(
        "What was read",
        [
            Fact("files", len(read.files)),
            Fact(
                "payments",
                read.tables["remittances"].height - duplicates,
                of=OfSheet(SHEETS["remittances"], but={"status": DUPLICATE}),
            ),
            Fact(
                "payments handed in before, used once",
                duplicates,
                of=OfSheet(SHEETS["remittances"], where={"status": DUPLICATE}),
            ),
            *(
                Fact(
                    name.replace("_", " "),
                    read.tables.used(name).height,
                    of=OfSheet(SHEETS[name], but={"status": DUPLICATE}),
                )
                for name in ("payer_claims", "payer_lines")
            ),
            Fact("checks that failed", read.checks.height, of=OfSheet(CHECKS)),
            Fact("rejects", read.rejects.height, of=OfSheet(SHEETS["rejects"])),
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
        _answer(read, privacy),
        [sum_block(read), counts_block(read)],
        sheets,
        notes=_notes(read, privacy),
        counted=_COUNTED,
        printed={
            SHEETS[name]: [each for each in on_paper if each in tables[name].columns]
            for name, on_paper in _ON_PAPER.items()
        },
        force=force,
    )


def _answer(read: Remittances, privacy: str) -> PaidAnswer:
    """Say what was paid, and whether it balances."""
    files = [each.name for each in read.files]
    told = ", ".join(files[:4]) + (f" and {len(files) - 4} more" if len(files) > 4 else "")
    made = _made()
    claims = read.tables.used("payer_claims").height
    failed = read.checks.height
    rows = [
        (
            HeadlineRow(
                "Payments", of_cents(read.payments), f"on {counted(claims, 'claim')}", strong=True
            ),
            of_payments("remittances"),
        ),
        (
            HeadlineRow("Checks of the remittances that failed", Decimal(failed), counts=True),
            OfSheet(CHECKS),
        ),
    ]
    facts = [("Made by", made)]
    facts += [("Privacy", privacy)] if privacy else []
    about = AboutText(
        title="About these remittances",
        facts=facts,
        sources=[
            (FILES_OF_REMITTANCES, each.name, counted(len(each.payments), "payment"), each.sha256)
            for each in read.files
        ],
        assumptions=_ASSUMED,
        left_out=[
            *(f"{name} is cut short: its last claim is rejected." for name in read.truncated),
            *(f"{name} holds no remittance: passed over." for name in read.passed_over),
        ],
    )
    said = failed_in_words(read.checks, ON_SHEET)
    return PaidAnswer(_TITLE, (told, made), rows, about, said)


def _made() -> str:
    """Say by what and when the page is made."""
    return f"payrules {__version__}  ·  {made_at(now()):%Y-%m-%d %H:%M} UTC"


def _notes(read: Remittances, privacy: str) -> list[str]:
    cut = [f"{name} is cut short: its last claim is rejected." for name in read.truncated]
    return [*cut, *added_in_words(read), *([privacy] if privacy else [])]


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
    groups[FAILED_CHECKS] = checks_by_kind(tables["checks"])
    blocks = [sum_block(read), counts_block(read)]
    notes = [_made(), *_notes(read, privacy)]
    said = failed_in_words(read.checks, ON_PAGE)
    write_paid_page(
        path, _TITLE, blocks, groups, notes=notes, failed=said, sums=_COUNTED, force=force
    )


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
