"""The accrual: charges by payer and month parted for the ledger, and the entries that post them.

What becomes of a line's charge: the payer, the patient and a payer that goes before it owe parts.
The rest is a contractual adjustment of a line that is priced or bundled, denied of a denied one,
and pending of one that has no price yet. So the parts add up to the charges, line by line; what
nobody pays, such as sequestration, is of the contractual adjustment.

Decision: a line billed without a charge counts with 0.00, so what is expected of it stands as a
contractual adjustment of less than nothing: the ledger's receivable is right, and no charge is
made up. Of a payer that goes first what it paid is its part: that is known, its share is not.
"""

from collections.abc import Mapping
from dataclasses import field

import polars as pl

from payrules.frozen import frozen
from payrules.workbook.figures.totals import DOLLARS, ZERO

#: How a line's charge less what is owed on it is called, by its status.
REST = {
    "contractual_amount": ("priced", "bundled"),
    "denied_amount": ("denied",),
    "unpriced_amount": ("by_report", "not_on_schedule"),
}
#: What payers and patients owe of a charge, where the batch has the column.
OWED = ("medicare_amount", "patient_amount", "primary_paid_amount")
#: What the accrual is grouped by.
KEYS = ("payer_name", "month")


@frozen
class Part:
    """A part of the accrual: its account, its column, the side it stands on, what a memo says.

    `less` is said of an amount of less than nothing, which stands on the other side.
    """

    name: str
    column: str
    memo: str
    less: str
    is_credit: bool = False


@frozen
class Accounts:
    """The account of each part of the accrual, and of payers that post to others.

    `of_payers` are by the payer's name in small letters.
    """

    usual: Mapping[str, str]
    of_payers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, part: str) -> pl.Expr:
        """Give the account of a part, by the payer of a row."""
        own = {payer: each[part] for payer, each in self.of_payers.items() if part in each}
        usual = self.usual[part]
        if not own:
            return pl.lit(usual)
        named = pl.col("payer_name").str.strip_chars().str.to_lowercase()
        return named.replace_strict(own, default=usual, return_dtype=pl.String)

    def without_lines(self, payers: pl.Series) -> list[str]:
        """Name the payers with accounts of their own that none of these is."""
        known = set(payers.drop_nulls().str.strip_chars().str.to_lowercase())
        return [payer for payer in self.of_payers if payer not in known]


PARTS = (
    Part("charges", "charge_amount", "charges", "charges taken back", is_credit=True),
    Part(
        "contractual_adjustment",
        "contractual_amount",
        "contractual adjustment",
        "expected above the charges",
    ),
    Part("denied", "denied_amount", "charges denied", "expected above charges denied"),
    Part("payer", "medicare_amount", "expected from the payer", "owed to the payer"),
    Part("patient", "patient_amount", "expected from patients", "owed to patients"),
    Part(
        "first_payer", "primary_paid_amount", "paid by payers that go first", "owed to first payers"
    ),
    Part(
        "pending",
        "unpriced_amount",
        "charges without a price yet",
        "paid above charges without a price",
    ),
)


def parted(lines: pl.DataFrame) -> list[pl.Expr]:
    """Part each line's charge: what is left of it when what is owed is taken off, by its status."""
    owed = [name for name in OWED if name in lines.columns]
    rest = pl.col("charge_amount").fill_null(ZERO)
    for name in owed:
        rest = rest - pl.col(name).fill_null(ZERO)
    return [
        pl.when(pl.col("status").is_in(statuses))
        .then(rest)
        .otherwise(ZERO)
        .cast(DOLLARS)
        .alias(name)
        for name, statuses in REST.items()
    ]


def journal_of(accrual: pl.DataFrame, accounts: Accounts) -> pl.DataFrame:
    """Give the entries that post an accrual: one for each payer and month, on its last day.

    Payers of a month stand as they do in the accrual.

    Columns: entry, date, account, debit_amount, credit_amount, memo, payer_name, month. Amounts are
    above 0.00, each on one side; what is 0.00 is not posted. The debits of each entry are its
    credits.
    """
    entries = accrual.sort("month", maintain_order=True).with_row_index("entry", offset=1)
    posted = []
    for place, part in enumerate(PARTS):
        if part.column not in entries.columns:
            continue
        amount = pl.col(part.column).fill_null(ZERO).cast(DOLLARS)
        is_credit = (amount > 0) == part.is_credit
        memo = pl.when(amount > 0).then(pl.lit(part.memo)).otherwise(pl.lit(part.less))
        posted.append(
            entries.filter(amount != 0).select(
                pl.col("entry").cast(pl.Int64),
                _last_day().alias("date"),
                accounts.of(part.name).alias("account"),
                pl.when(~is_credit).then(amount.abs()).alias("debit_amount"),
                pl.when(is_credit).then(amount.abs()).alias("credit_amount"),
                pl.concat_str(
                    pl.col("payer_name"),
                    pl.lit(", services of "),
                    _last_day().dt.strftime("%B %Y"),
                    pl.lit(": "),
                    memo,
                ).alias("memo"),
                *(pl.col(key) for key in KEYS),
                pl.lit(place).alias("_place"),
            )
        )
    return pl.concat(posted).sort("entry", "_place").drop("_place")


def _last_day() -> pl.Expr:
    return (pl.col("month") + "-01").str.to_date().dt.month_end()
