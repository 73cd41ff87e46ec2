"""Whose file says no coinsurance: told beside every figure that the unknown share stands in.

What patients owe of such a payer is not known. It is counted with what the payer pays, and a page
that shows the one and is silent on the other would be read as if nobody owed anything.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

import polars as pl

from payrules.counted import counted
from payrules.frozen import frozen
from payrules.payers import Payer
from payrules.payers.left_open import (
    is_left_blank,
    owes_unsaid,
    says_no_coinsurance,
    where_on_file,
)
from payrules.runs.against_paid import TOLERANCE
from payrules.runs.record import RunRecord
from payrules.runs.who_paid import as_named
from payrules.workbook.words import in_a_row

#: What of a line is not known of such a payer.
NOT_ON_FILE = ("patient_amount", "coinsurance_amount")
#: What of a line compares what was paid, and cannot where the patient's share is in it.
PAID_COMPARED = ("paid_difference_amount", "answered_payment_amount", "answered_paid_amount")
#: Where the amounts of such a line stand instead.
_PAID_APART = {"apart_payment_amount": "medicare_amount", "apart_paid_amount": "paid_amount"}
_TOLERATED = pl.lit(Decimal(TOLERANCE) / 100)
#: Said in the heading of sums that some lines are missing from.
ON_FILE = "{}, where on file"


@frozen
class NoCoinsurance:
    """The payers of lines whose files say no coinsurance, by the names of files and of lines.

    A payer that was not given is priced as the first: it has a name of its own, and that file.
    """

    run: RunRecord
    lines: pl.DataFrame

    @cached_property
    def of_files(self) -> tuple[str, ...]:
        """Name them as their files do, in the order of the run."""
        every = [as_named(each.name) for each in self.run.every_payer]
        pricing = {name if name in every else every[0] for name in self._named}
        return tuple(
            name
            for name, payer in zip(every, self.run.every_payer, strict=True)
            if payer.says_no_coinsurance and name in pricing
        )

    @cached_property
    def of_lines(self) -> tuple[str, ...]:
        """Name them as the lines do (`payer_name`), in the order of their first lines."""
        every = {as_named(each.name): each for each in self.run.every_payer}
        return tuple(
            name for name in self._named if every.get(name, self.run.payer).says_no_coinsurance
        )

    @property
    def _named(self) -> list[str]:
        return self.lines["payer_name"].unique(maintain_order=True).to_list()

    @cached_property
    def of_paid(self) -> tuple[str, ...]:
        """Name by their files those of the lines that say what was paid."""
        if not self.of_files or "paid_amount" not in self.lines.columns:
            return ()
        paid = self.lines.filter(pl.col("paid_amount").is_not_null())
        return NoCoinsurance(self.run, paid).of_files

    @cached_property
    def is_open(self) -> bool:
        """Whether what patients owe is not known of a line, of lines that are `blank`."""
        theirs = self.lines.filter(pl.col("payer_name").is_in(self.of_lines))
        return bool(theirs.select(is_left_blank("coinsurance_amount").any()).item())

    def total(self, name: str, amounts: pl.Series) -> Decimal | None:
        """Add up a column of groups; None where 0.00 would say that patients owe nothing."""
        added = Decimal(str(amounts.sum() or 0)).quantize(Decimal("0.00"))
        return None if name in NOT_ON_FILE and self.is_open and not added else added

    def blank(self) -> pl.DataFrame:
        """Give the lines with no 0.00 of what patients owe, where nobody knows it.

        Nor is less paid than the payer and the patient owe together compared: by the patient's
        share it is no underpayment.
        """
        if not self.of_lines:
            return self.lines
        theirs = pl.col("payer_name").is_in(self.of_lines)
        unsaid = theirs & owes_unsaid(deductible="deductible_amount")
        blanked = [where_on_file(name, unsaid) for name in NOT_ON_FILE]
        if PAID_COMPARED[0] in self.lines.columns:
            less = (pl.col(PAID_COMPARED[0]) < -_TOLERATED).fill_null(value=False)
            blanked += [
                pl.when(~(theirs & less)).then(pl.col(name)).alias(name)
                for name in PAID_COMPARED
                if name in self.lines.columns
            ]
            blanked += [
                pl.when(theirs & less).then(pl.col(whole)).otherwise(pl.col(name)).alias(name)
                for name, whole in _PAID_APART.items()
                if name in self.lines.columns
            ]
        return self.lines.with_columns(blanked)


def sum_on_file(name: str) -> pl.Expr:
    """Add up an amount of a group's lines; none where no line has one.

    Of patients' shares none either where one is not known and all others are 0.00.
    """
    amounts = pl.col(name)
    is_there = amounts.is_not_null().any()
    if name in NOT_ON_FILE:
        is_there &= ~is_left_blank(name).any() | (amounts.sum() != 0)
    return pl.when(is_there).then(amounts.sum()).alias(name)


def open_of(payers: Sequence[Payer]) -> tuple[str, ...]:
    """Name the payers whose files say no coinsurance."""
    return tuple(as_named(each.name) for each in payers if says_no_coinsurance(each))


def in_a_sentence(payers: Sequence[str]) -> str:
    """Say of which payers the patients' share is not known, and where it stands; "" of none."""
    if not payers:
        return ""
    names = in_a_row(payers, ", ")
    files, theirs, pay = (
        ("payer's file says", "its", "the payer pays")
        if len(payers) == 1
        else ("payers' files say", "their", "these payers pay")
    )
    return (
        f"{names}: the {files} no coinsurance. What {theirs} patients owe of it is not"
        f" known, and stands in what {pay}."
    )


#: More names than this make a note too long for a page.
_NAMED = 3


def beside_paid(payers: Sequence[str]) -> str:
    """Say of which payers less paid than expected may be the patients' share; "" of none."""
    if not payers:
        return ""
    names = ", ".join(payers) if len(payers) <= _NAMED else counted(len(payers), "payer")
    return (
        f"{names}, no coinsurance on file: expected payments hold what patients owe of it; paid"
        " less by that is not underpaid."
    )


def beside_patients(payers: Sequence[str]) -> str:
    """Say the same in short, after what patients' shares are made of; "" of none."""
    if not payers:
        return ""
    names = payers[0] if len(payers) == 1 else counted(len(payers), "payer")
    return f"; not known of {names}, with no coinsurance on file"
