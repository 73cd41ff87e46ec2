"""What `payrules remittance` prints: payments, codes, the sum of every cent, failed checks."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.runs.causes import causes_of
from payrules.screen.printed import Part, Table, money, words
from payrules.screen.rejected import rejected
from payrules.variance.by_code import by_code, by_payer
from payrules.variance.held import DUPLICATE
from payrules.variance.recovered import added_in_words
from payrules.variance.remittances import Remittances
from payrules.x12.rows_835 import SAY_THEIR_AMOUNTS

#: So many payers, codes and kinds of checks are shown; tables hold all.
_MOST = 10


def remittance(read: Remittances, files: Mapping[str, Path]) -> list[Part]:
    """Say what was read and paid, that every cent is accounted for, and where the files are."""
    return [
        *(words(each, bold=True) for each in cut_short(read)),
        _counted(read),
        _payers(read),
        _codes(read),
        the_sum(read),
        *failed_checks(read.checks),
        *([words(*told)] if (told := [*remarks_of(read)]) else []),
        *rejected(causes_of([read.rejects]), "" if "sheets" in files else "--sheets DIR"),
        *written_files(files),
    ]


def cut_short(read: Remittances) -> Iterator[str]:
    """Say first of all which files end before they should."""
    for name in read.truncated:
        yield (
            f"{name} is cut short: it, or a part of it, ends before it is closed. The last claim"
            " there is rejected; ask for the whole file."
        )


def _counted(read: Remittances) -> Part:
    tables = "remittances", "payer_claims", "payer_lines"
    payments, claims, lines = (read.tables.used(each).height for each in tables)
    told = [
        f"{len(read.files):,} file{_s(len(read.files))}",
        f"{payments:,} payment{_s(payments)} of {money(_of(read.payments))}",
        f"{claims:,} payer claim{_s(claims)}",
        f"{lines:,} payer line{_s(lines)}",
    ]
    return words("; ".join(told), bold=True)


def _payers(read: Remittances) -> Part:
    names = ("payments", "paid", "claims", "denied", "patient", "provider adj.")
    table = Table("payer", *names, right=names)
    rows = by_payer(read)
    for each in rows.head(_MOST).iter_rows(named=True):
        table.add_row(
            each["payer_name"] or "",
            f"{each['payments']:,}",
            money(_of(each["payment_amount"])),
            f"{each['claims']:,}",
            f"{each['denied_claims'] or 0:,}",
            money(_of(each["patient_amount"])),
            money(_of(each["provider_adjustment_amount"])),
        )
    return _with_rest(table, rows.height, "payers")


def _codes(read: Remittances) -> Part:
    names = ("amount", "times")
    table = Table("code", "speaks of", *names, right=names)
    rows = (
        by_code(read)
        .group_by("group_code", "carc", "speaks_of")
        .agg(pl.col("adjustment_amount", "adjustments").sum())
        .sort(-pl.col("adjustment_amount"), "group_code", "carc")
    )
    for each in rows.head(_MOST).iter_rows(named=True):
        table.add_row(
            f"{each['group_code']}-{each['carc']}",
            (each["speaks_of"] or "").replace("_", " "),
            money(_of(each["adjustment_amount"])),
            f"{each['adjustments']:,}",
        )
    return _with_rest(table, rows.height, "codes")


def _with_rest(table: Table, rows: int, what: str) -> Part:
    if rows <= _MOST:
        return table
    return (table, words(f"{rows - _MOST:,} more {what}: --sheets DIR lists all.", dim=True))


def the_sum(read: Remittances) -> Part:
    """Show every term of the sum that accounts for the payments, and what it leaves: nothing."""
    table = Table("every cent", "amount", right=("amount",))
    for each in read.terms:
        if each.amount or each.name == "lines":
            table.add_row(each.words, money(_of(each.amount)))
    table.add_row("payments", money(_of(read.payments)))
    table.add_row("remainder", money(_of(read.remainder)))
    return table


def failed_checks(checks: pl.DataFrame) -> list[Part]:
    """Name the checks that failed, by kind, with the first of each."""
    kinds = checks.group_by("check", maintain_order=True).agg(
        "file", "row", "says", "left", "right"
    )
    said = []
    for check, files, rows, says, lefts, rights in kinds.rows():
        more = f"; {len(says) - 1:,} more" if len(says) > 1 else ""
        where = "" if rows[0] is None else f" {files[0]}, segment {rows[0]:,}:"
        first, left, right = says[0].removesuffix("."), lefts[0], rights[0]
        if None not in (left, right) and check not in SAY_THEIR_AMOUNTS:
            first += f", and {money(_of(left))} is not {money(_of(right))}"
        said.append(f"check {check} failed:{where} {first}{more}.")
    return [words(*said)] if said else []


def remarks_of(read: Remittances) -> Iterator[str]:
    """Say what else a reader of the payments should know."""
    duplicates = int(read.tables["remittances"]["status"].eq(DUPLICATE).sum())
    if duplicates:
        said = "payment was handed in before and is" if duplicates == 1 else "payments were"
        told = said if duplicates == 1 else f"{said} handed in before and are"
        yield f"{duplicates:,} {told} used once."
    yield from added_in_words(read)
    if read.passed_over:
        names = ", ".join(read.passed_over[:_MOST])
        more = f" and {len(read.passed_over) - _MOST:,} more" if read.passed_over[_MOST:] else ""
        yield f"Passed over in a folder, because they hold no remittance: {names}{more}."
    if tests := list(dict.fromkeys(each.name for each in read.files if each.is_test)):
        more = f" and {len(tests) - _MOST:,} more" if tests[_MOST:] else ""
        yield f"Says that it is a test (ISA15 T): {', '.join(tests[:_MOST])}{more}."
    for file in read.files:
        if file.latin_1:
            yield f"{file.name} is not all UTF-8: what is not was read as Latin-1."
        if file.unknown:
            kinds = ", ".join(f"{kind} {n:,}" for kind, n in file.unknown.items())
            yield f"{file.name}: segments passed over, because no 835 has them: {kinds}."
    for said, times in sorted(read.notes.items()):
        yield f"{said}: {times:,} time{_s(times)}."


def written_files(files: Mapping[str, Path]) -> list[Part]:
    """Say where the files are."""
    if not files:
        return []
    return [
        words(
            "written",
            *(f"  {what:<{max(map(len, files))}}  {path}" for what, path in files.items()),
            whole=True,
        )
    ]


def _of(cents: int | None) -> Decimal:
    return Decimal(cents or 0) / 100


def _s(many: int) -> str:
    return "" if many == 1 else "s"
