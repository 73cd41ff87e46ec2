"""Whose file says no coinsurance: told beside every figure that the unknown share stands in.

What patients owe of such a payer is not known. It is counted with what the payer pays, and a page
that shows the one and is silent on the other would be read as if nobody owed anything.
"""

from collections.abc import Sequence

import polars as pl

from payrules.counted import counted
from payrules.payers import Payer
from payrules.runs.record import RunRecord
from payrules.runs.who_paid import as_named
from payrules.workbook.words import in_a_row


def unsaid_of(run: RunRecord, lines: pl.DataFrame) -> tuple[str, ...]:
    """Name the payers whose files say no coinsurance, of those of the lines (`payer_name`).

    A payer that was not given is priced as the first.
    """
    every = [as_named(each.name) for each in run.every_payer]
    pricing = {name if name in every else every[0] for name in lines["payer_name"].unique()}
    return tuple(
        name
        for name, payer in zip(every, run.every_payer, strict=True)
        if payer.says_no_coinsurance and name in pricing
    )


def named_unsaid(run: RunRecord, lines: pl.DataFrame) -> list[str]:
    """Name the payers of lines priced by a file that says no coinsurance, as the lines name them.

    One that was not given has a name of its own, and the first payer's file.
    """
    every = {as_named(each.name): each for each in run.every_payer}
    return [
        name
        for name in lines["payer_name"].unique()
        if every.get(name, run.payer).says_no_coinsurance
    ]


def known_of_patients(payers: Sequence[str]) -> pl.Expr:
    """Give what patients owe of groups of lines by `payer_name`: of these payers no 0.00.

    Nobody knows it: 0.00 would say that nothing is owed. A deductible is known, and stays; where
    nothing is allowed, nothing is owed.
    """
    none = (pl.col("patient_amount") == 0) & (pl.col("allowed_amount") != 0)
    unknown = pl.col("payer_name").is_in(list(payers)) & none
    return pl.when(~unknown).then(pl.col("patient_amount")).alias("patient_amount")


def unsaid_of_paid(run: RunRecord, lines: pl.DataFrame) -> tuple[str, ...]:
    """Name the payers whose files say no coinsurance, of those lines that say what was paid."""
    if "paid_amount" not in lines.columns:
        return ()
    return unsaid_of(run, lines.filter(pl.col("paid_amount").is_not_null()))


def open_of(payers: Sequence[Payer]) -> tuple[str, ...]:
    """Name the payers whose files say no coinsurance."""
    return tuple(as_named(each.name) for each in payers if "coinsurance" in each.left_open)


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


#: The same beside what a payer pays.
BESIDE_PAYER = "with the coinsurance, which its file does not say"
