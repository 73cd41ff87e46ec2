"""Remittances read: payments, their claims, lines and adjustments, and that every cent is there.

Decisions, where the guide is silent:

* Of a payment handed in twice the first is used, in the order in which files are given.
* What claim a provider adjustment is of, its reference says (`references`).
"""

from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

import polars as pl

from payrules.frozen import frozen
from payrules.money import sum_of
from payrules.variance.deciders import DECIDED_BY, UNTOLD
from payrules.variance.files import read_files
from payrules.variance.held import DUPLICATE, READ, Held
from payrules.variance.references import claims_named
from payrules.variance.tables import together
from payrules.variance.uncollected import uncollected
from payrules.x12.columns_835 import PROVIDER_REASONS, RECOVERY, RECOVERY_ADDS, TABLES
from payrules.x12.facts_835 import Payment, RemittanceFile
from payrules.x12.rows_835 import REVERSAL
from payrules.x12.values import dollars

#: A payer claim that the end of its file cuts short.
CUT = "the file ends within this payer claim, or in its payment: it may lack lines"
_REJECTS = {
    **dict.fromkeys(("file", "column", "value", "reason", "claim_id"), pl.String),
    **dict.fromkeys(("row", "payer_line"), pl.Int64),
}
_CHECKS = {
    **dict.fromkeys(("check", "file", "claim_id", "says"), pl.String),
    **dict.fromkeys(("row", "remittance", "payer_line", "left", "right", "difference"), pl.Int64),
}
CHECK_COLUMNS = (
    *("check", "file", "row", "remittance", "claim_id", "payer_line"),
    *("left", "right", "difference", "says"),
)


@frozen
class Term:
    """One amount, in cents, of the sum that accounts for every cent, and what it is."""

    name: str
    amount: int
    words: str


@frozen
class Remittances:
    """What some files paid: `tables` by name (amounts in cents), checks that failed, rejects.

    Rows of a payment handed in twice have the status `duplicate` and are used nowhere. `terms` add
    up to the payments' sum; `remainder` is what they leave, and must be 0.
    """

    files: tuple[RemittanceFile, ...]
    tables: Held
    checks: pl.DataFrame
    rejects: pl.DataFrame
    payments: int
    terms: tuple[Term, ...]
    passed_over: tuple[str, ...] = ()
    notes: dict[str, int] = field(default_factory=dict)
    #: Who decides each payer claim, by its number, where that was looked at.
    deciders: pl.Series = field(default_factory=lambda: pl.Series(dtype=DECIDED_BY))

    @property
    def remainder(self) -> int:
        """What of the payments, in cents, no term accounts for."""
        return self.payments - sum(each.amount for each in self.terms)

    @property
    def truncated(self) -> list[str]:
        """The files that end before they should."""
        return [each.name for each in self.files if each.truncated]

    @property
    def failed(self) -> bool:
        """Whether something was rejected, does not agree, or is cut short."""
        return bool(self.checks.height or self.rejects.height or self.truncated or self.remainder)

    def decided_by(self, payer_claims: pl.Series) -> pl.Series:
        """Give who decides some payer claims, by their numbers."""
        if self.deciders.is_empty():
            return pl.repeat(UNTOLD, len(payer_claims), dtype=DECIDED_BY, eager=True)
        return self.deciders.gather(payer_claims)

    def used(self, table: str) -> pl.DataFrame:
        """Give a table without what was handed in before."""
        return self.tables.whole(table, self.tables.used(table))


def read_remittances(paths: Sequence[Path]) -> Remittances:
    """Read remittances: files, and folders of them. Raises ClaimsError."""
    with uncollected():
        files, passed_over = read_files(paths)
        return remittances_of(files, passed_over)


def remittances_of(files: Sequence[RemittanceFile], passed_over: Sequence[str] = ()) -> Remittances:
    """Put the files of a run together, numbered through, each payment used once."""
    statuses, reused = _statuses(files)
    tables: dict[str, list[pl.DataFrame]] = {table: [] for table in TABLES}
    checks: list[tuple[object, ...]] = []
    rejects: list[tuple[object, ...]] = []
    cut_paid = 0
    payments = claims = 0
    for file, status in zip(files, statuses, strict=True):
        rows = {
            table: together(table, file.blocks.pop(table, ()))
            for table in TABLES
            if table != "remittances"
        }
        cut = pl.col("payer_claim").is_in(sorted(file.cut_claims))
        cut_rows = rows["payer_claims"].filter(cut)
        if cut_rows.height:
            is_used = cut_rows["payment"].replace_strict(dict(enumerate(status)), default=None)
            cut_paid += sum_of(cut_rows.filter(is_used == READ)["paid_amount"])
            rejects += _cut_rejects(file, cut_rows, rows["payer_lines"].filter(cut))
            for table in ("payer_claims", "payer_lines", "payer_adjustments"):
                rows[table] = rows[table].filter(~cut)
        tables["remittances"].append(_payments(file, status, payments))
        for table, frame in rows.items():
            tables[table].append(_numbered(frame, file, status, payments, claims))
        rejects += [
            (
                file.name,
                each.column,
                each.value,
                each.reason,
                each.claim_id,
                each.row,
                each.payer_line,
            )
            for each in file.rejects
        ]
        checks += _checks(file, payments, status)
        payments += len(file.payments)
        claims += file.claims
    checks += reused
    held = Held(
        {table: pl.concat(each) if each else _empty(table) for table, each in tables.items()}
    )
    held = held.with_frames({"provider_adjustments": _referred(held)})
    all_payments = [
        (each, is_read == READ)
        for file, status in zip(files, statuses, strict=True)
        for each, is_read in zip(file.payments, status, strict=True)
    ]
    used = [each for each, is_used in all_payments if is_used]
    notes: dict[str, int] = {}
    for file in files:
        for said, times in file.notes.items():
            notes[said] = notes.get(said, 0) + times
    return Remittances(
        files=tuple(files),
        tables=held,
        checks=pl.DataFrame(checks, schema=_CHECKS, orient="row").select(CHECK_COLUMNS),
        rejects=pl.DataFrame(rejects, schema=_REJECTS, orient="row")
        .select("file", "row", "column", "value", "reason", "claim_id", "payer_line")
        .sort("file", "row", maintain_order=True),
        payments=sum(each.amount for each in used),
        terms=_terms(held, used, cut_paid),
        passed_over=tuple(passed_over),
        notes=notes,
    )


def _empty(table: str) -> pl.DataFrame:
    if table == "remittances":
        return _payments(RemittanceFile(""), [], 0)
    return _numbered(together(table, ()), RemittanceFile(""), [], 0, 0)


# -- payments ----------------------------------------------------------------------------------


def _statuses(
    files: Sequence[RemittanceFile],
) -> tuple[list[list[str]], list[tuple[object, ...]]]:
    """Tell which payments were handed in before, and which reuse the number of another."""
    seen: set[tuple[object, ...]] = set()
    of_trace: dict[tuple[str | None, str], int] = {}
    statuses: list[list[str]] = []
    reused: list[tuple[object, ...]] = []
    number = 0
    for file in files:
        statuses.append([])
        for each in file.payments:
            number += 1
            same = each.trace, each.payer_tin, each.amount, each.paid_on, each.content
            statuses[-1].append(DUPLICATE if same in seen else READ)
            if same in seen:
                continue
            seen.add(same)
            if each.trace is None:
                continue
            first = of_trace.setdefault((each.payer_tin, each.trace), number)
            if first != number:
                says = f"the trace number (TRN02) is that of remittance {first} too; both are used"
                reused.append(
                    (
                        *("trace_number_reused", file.name, None, says, each.position, number),
                        *(None, None, None, None),
                    )
                )
    return statuses, reused


def _payments(file: RemittanceFile, status: Sequence[str], before: int) -> pl.DataFrame:
    rows = [
        (
            *(file.name, before + number, each.payer_name, each.payer_id, each.payee_npi),
            *(each.trace, each.payer_tin, each.paid_on, each.produced_on, each.method),
            *(each.amount, each.credit_or_debit, each.claims, each.claims_paid),
            *(each.provider_adjustments, each.difference, is_read),
        )
        for number, (each, is_read) in enumerate(zip(file.payments, status, strict=True), 1)
    ]
    schema = {
        each.name: pl.Int64 if each.kind in {"integer", "money"} else pl.String
        for each in TABLES["remittances"]
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _numbered(
    frame: pl.DataFrame, file: RemittanceFile, status: Sequence[str], payments: int, claims: int
) -> pl.DataFrame:
    """Number a table's rows through the run, and say of a small one which are used."""
    frame = frame.with_columns(remittance=pl.col("payment") + payments + 1)
    if "payer_claim" not in frame.columns:
        of_payment = pl.Series("status", list(status), pl.String)
        frame = frame.with_columns(
            file=pl.lit(file.name), status=of_payment.gather(frame["payment"])
        )
    frame = frame.drop("payment")
    if "payer_claim" in frame.columns:
        frame = frame.with_columns(pl.col("payer_claim") + claims + 1)
    return frame


def _cut_rejects(
    file: RemittanceFile, claims: pl.DataFrame, lines: pl.DataFrame
) -> list[tuple[object, ...]]:
    """Say of what the end of a file cuts why it is not used: a row a line, or one of the claim."""
    numbers = claims.select("payer_claim", "claim_id")
    named = lines.join(numbers, on="payer_claim", maintain_order="left")
    of_lines = [
        (file.name, "2100 CLP", None, CUT, claim_id, position, line)
        for claim_id, position, line in named.select("claim_id", "position", "payer_line").rows()
    ]
    with_lines = lines["payer_claim"].unique()
    without = claims.filter(~pl.col("payer_claim").is_in(with_lines.implode()))
    return of_lines + [
        (file.name, "2100 CLP", None, CUT, claim_id, position, None)
        for claim_id, position in without.select("claim_id", "position").rows()
    ]


def _checks(file: RemittanceFile, payments: int, status: Sequence[str]) -> list[tuple[object, ...]]:
    """Give the checks of a file that failed; those of a payment handed in before were told."""
    rows: list[tuple[object, ...]] = [
        (each.what, file.name, None, each.words(), each.position, None, None, None, None, None)
        for each in file.checks
    ]
    for each in file.balance:
        if status[each.payment] == DUPLICATE:
            continue
        difference = None if each.left is None or each.right is None else each.left - each.right
        rows.append(
            (
                *(each.what, file.name, each.claim_id, each.says, each.position),
                *(payments + each.payment + 1, each.line, each.left, each.right, difference),
            )
        )
    return rows


def answered_claims(read: Remittances) -> dict[str, str]:
    """Give the claim (CLP01) that a payer answered under each number of its own (CLP07).

    Numbers under which several claims were answered tell nothing, nor do reversals: they may bear
    the number of the void that they answer.
    """
    claims = read.tables.used("payer_claims")
    claims = claims.filter(pl.col("claim_status_code").ne_missing(REVERSAL))
    only = (
        claims.select("payer_claim_control_number", "claim_id")
        .drop_nulls()
        .unique()
        .unique("payer_claim_control_number", keep="none")
    )
    return dict(only.rows())


def _referred(tables: Held) -> pl.DataFrame:
    """Say what provider adjustments are for, and of which claim, where one is read."""
    rows = tables.frames["provider_adjustments"]
    named = claims_named(tables, rows["reference"].unique())
    known = {reference: each.claim_id for reference, each in named.items()}
    return rows.with_columns(
        claim_id=pl.col("reference").replace_strict(known, default=None, return_dtype=pl.String),
        meaning=pl.when(
            (pl.col("reason_code") == RECOVERY) & (pl.col("provider_adjustment_amount") < 0)
        )
        .then(pl.lit(RECOVERY_ADDS))
        .otherwise(
            pl.col("reason_code").replace_strict(
                PROVIDER_REASONS, default=None, return_dtype=pl.String
            )
        ),
    ).select(each.name for each in TABLES["provider_adjustments"])


# -- the sum -----------------------------------------------------------------------------------


def _terms(tables: Held, payments: Sequence[Payment], cut_paid: int) -> tuple[Term, ...]:
    """Account for every cent of the payments."""
    claims = tables.used("payer_claims")
    with_lines = claims.filter(pl.col("lines") > 0)
    lines_paid = sum_of(tables.used("payer_lines")["paid_amount"])
    adjusted = sum_of(with_lines["claim_adjustment_amount"])
    provider = sum_of(tables.used("provider_adjustments")["provider_adjustment_amount"])
    left_over = sum_of(with_lines["paid_amount"]) - (
        sum_of(with_lines["lines_paid_amount"]) - adjusted
    )
    without = sum_of(claims.filter(pl.col("lines") == 0)["paid_amount"])
    rejected = sum(each.rejected_paid for each in payments) + cut_paid
    return (
        Term("lines", lines_paid, "paid on the payers' lines"),
        Term("claims_without_lines", without, "paid on claims that name no line"),
        Term("claim_adjustments", -adjusted, "adjustments of whole claims"),
        Term("claims_unbalanced", left_over, "claims that are not the sum of their lines"),
        Term("rejected_claims", rejected, "payer claims that could not be read"),
        Term("provider_adjustments", -provider, "provider adjustments"),
        Term(
            "payments_unbalanced",
            sum(each.difference for each in payments),
            "payments that are not the sum of their claims and provider adjustments",
        ),
    )


def record(read: Remittances) -> dict[str, object]:
    """Give what a run record says of remittances: names, hashes, counts, sums; no trace numbers."""
    return {
        "files": [
            {
                "name": each.name,
                "sha256": each.sha256,
                "segments": each.segments,
                "transaction_sets": dict(sorted(each.sets.items())),
                "payments": len(each.payments),
                "payment_amount": dollars(sum(one.amount for one in each.payments)),
                "payer_claims": each.claims,
                "payer_lines": each.service_lines,
                "truncated": each.truncated,
                "test": each.is_test,
                "latin_1": each.latin_1,
                "unknown_segments": dict(each.unknown),
                "notes": dict(sorted(each.notes.items())),
            }
            for each in read.files
        ],
        "passed_over": list(read.passed_over),
        "duplicate_remittances": sum_of(read.tables["remittances"]["status"] == DUPLICATE),
        "payments": dollars(read.payments),
        "terms": {each.name: dollars(each.amount) for each in read.terms},
        "remainder": dollars(read.remainder),
        "failed_checks": dict(read.checks["check"].value_counts().sort("check").rows()),
        "rejects": read.rejects.height,
    }
