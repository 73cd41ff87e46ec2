"""Answers of payers that were rejected: their claims have an answer, though none could be read."""

from collections.abc import Sequence, Set

import polars as pl

from payrules.variance.comparison import NO_REMITTANCE, PaymentComparison
from payrules.variance.expected import claim_number
from payrules.variance.matching import KEPT
from payrules.variance.remittances import Remittances

UNREAD = "the payer's answer to this claim was rejected: see Rejects"
ANOTHER_UNREAD = "another answer of the payer to this claim was rejected: see Rejects"


def unread_answers(read: Remittances) -> frozenset[str]:
    """Give the numbers (CLP01) of payer claims that were rejected whole.

    Of a payer claim that was read some lines may be rejected: those count as no answer rejected.
    """
    if read.rejects.is_empty():
        return frozenset()
    rejects = read.rejects.filter(pl.col("claim_id").is_not_null())
    of_claims = rejects.group_by("file", "claim_id").agg(rejects=pl.len())
    files = read.tables.frames["remittances"].select(pl.col("remittance").cast(pl.UInt32), "file")
    claims = read.tables.frames["payer_claims"].select("remittance", "claim_id", "rejected_lines")
    claims = claims.filter(pl.col("claim_id").is_in(of_claims["claim_id"].implode()))
    kept = claims.join(files, on="remittance").group_by("file", "claim_id")
    told = of_claims.join(
        kept.agg(pl.col("rejected_lines").sum()), on=("file", "claim_id"), how="left"
    )
    whole = told.filter(pl.col("rejects") > pl.col("rejected_lines").fill_null(0))
    return frozenset(whole["claim_id"])


def unread_detail(unread: Set[str]) -> pl.Expr:
    """Say in columns of lines that nobody answers that the answer was rejected; null elsewhere."""
    number = claim_number()
    numbers = pl.Series([*sorted(unread)], dtype=pl.String).implode()
    begins = (number.str.len_chars() > KEPT) & number.str.head(KEPT).is_in(numbers)
    return pl.when(number.is_in(numbers) | begins).then(pl.lit(UNREAD))


def tell_unread(comparisons: Sequence[PaymentComparison], unread: Set[str]) -> None:
    """Say of comparisons whose claim has an answer that was rejected that it has."""
    for each in comparisons if unread else ():
        number = each.claim.control
        if not (number in unread or (len(number) > KEPT and number[:KEPT] in unread)):
            continue
        if each.status != NO_REMITTANCE:
            each.notes.append(ANOTHER_UNREAD)
        elif each.detail:
            each.detail += f"; {ANOTHER_UNREAD}"
        else:
            each.detail = UNREAD
