"""Plain sums over a run's results as Parquet has them: nothing of the writers is used.

Lines, steps, rejects and run record are read back from the files that a run writes, and added up
with dictionaries.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.workbook.ledger import Row

NOTHING = Decimal(0)
STATUSES = ("priced", "bundled", "denied", "by_report", "not_on_schedule")
AMOUNTS = ("charge_amount", "allowed_amount", "medicare_amount", "patient_amount")
#: The payer whose file says no cost share, and how what patients owe is headed beside it.
OPEN = "tricare"
OWES = "Patient owes, where on file"
SHARES = ("patient_amount", "coinsurance_amount")
#: What tables of groups are headed by.
GROUPED = ("Lines", "Charges", "Allowed", "Payers pay", OWES, "Of charges")


@dataclass(frozen=True)
class Results:
    """A run's results as rows, and last time's lines and run record."""

    lines: Sequence[Row]
    steps: Sequence[Row]
    rejects: Sequence[Row]
    run: Row
    last: Sequence[Row]
    last_run: Row
    hashes: dict[str, str]


def added(rows: Iterable[Row], name: str) -> Decimal | None:
    """Add up an amount; None where no row has one: no amount is no 0.00."""
    amounts = [row[name] for row in rows if row.get(name) is not None]
    return sum(amounts, NOTHING) if amounts else None


def of(rows: Iterable[Row], name: str) -> Decimal:
    """Add up an amount; 0.00 where no row has one."""
    return added(rows, name) or NOTHING


def grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Put rows together by what they have in common, in the order in which it is met."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def key_of(row: Row) -> tuple[str, int]:
    """Name the line that a row is of."""
    return row["claim_id"], row["claim_line_number"]


def on_file(row: Row, name: str) -> Decimal | None:
    """Give what a patient owes of a line; None where nothing is known of it."""
    unknown = payer(row) == OPEN and row["allowed_amount"] != (row["deductible_amount"] or NOTHING)
    return None if unknown and not row[name] else row[name]


def owed(rows: Iterable[Row]) -> Decimal | None:
    """Add up what patients owe; None where that is 0.00 but for what nobody knows."""
    rows = [row for row in rows if row["allowed_amount"] is not None]
    known = added(rows, "patient_amount")
    is_open = any(on_file(row, "patient_amount") is None for row in rows)
    return None if is_open and not known else known


def needs_review(row: Row) -> bool:
    """Tell whether a person must look at a line."""
    return row["status"] != "priced" or row["review"] is not None


def at_stake(row: Row) -> Decimal | None:
    """Give what a line to review would bring at most."""
    if not needs_review(row):
        return None
    if row["status"] == "priced":
        return row["allowed_amount"]
    fee, charge = row["fee_schedule_amount"], row["charge_amount"]
    if fee is None:
        return charge
    fee *= row["service_unit_quantity"]
    return fee if charge is None else min(fee, charge)


def stakes(rows: Iterable[Row]) -> Decimal | None:
    """Add up what is at stake."""
    return added([{"stake": at_stake(row)} for row in rows], "stake")


def payer(row: Row) -> str:
    """Name who pays a line, as the batch does."""
    return (row["payer"] or "").strip() or "Medicare"


def practitioner(row: Row) -> str:
    """Name who rendered a line, or who billed it."""
    return row["rendering_npi"] or row.get("billing_npi") or "not given"


def month(row: Row) -> str:
    """Give the month of service."""
    return str(row["claim_line_start_date"])[:7]


def in_words(name: str) -> str:
    """Write a status or a rule in words."""
    return name.replace("_", " ").capitalize().replace("Mips", "MIPS")


def parts(row: Row) -> dict[str, Decimal]:
    """Part what becomes of a charge beside what is owed."""
    owed = (row["medicare_amount"] or NOTHING) + (row["patient_amount"] or NOTHING)
    rest = (row["charge_amount"] or NOTHING) - owed
    kind = {"priced": "adjustment", "bundled": "adjustment", "denied": "denied"}
    found = dict.fromkeys(("adjustment", "denied", "pending"), NOTHING)
    return found | {kind.get(row["status"], "pending"): rest}


def share(part: Decimal | None, whole: Decimal | None) -> float | None:
    """Give a part of a whole; None where either is missing."""
    return None if not whole or part is None else float(part) / float(whole)


def many(number: int, what: str) -> str:
    """Count things in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
