"""Tells which payer claims are denied in whole, by their amounts, as variance does of a line.

Payers send status 1 (CLP02) for most claims of which they deny every line, so 4 alone counts few.
Decisions:

* Denied is a claim that is paid 0.00 and of which each line with a charge is: nothing is allowed
  (AMT*B6), put to the patient as cost sharing, paid to the patient, or taken off after the allowed
  amount, on the line or on the claim; and a code says why, or status 4.
* That all is another payer's (OA-23) is no denial. A reversal is none, nor is what decides nothing.
"""

import polars as pl

from payrules.variance.amounts import PRIOR_PAYER
from payrules.variance.codes import AFTER_ALLOWED, COST_SHARING, PATIENT, TO_PATIENT
from payrules.variance.paid import NO_DECISION
from payrules.variance.places import is_among
from payrules.variance.remittances import Remittances
from payrules.x12.rows_835 import REVERSAL

_DENIED = "4"


def denied_claims(read: Remittances) -> pl.Series:
    """Give the numbers of the payer claims that are denied in whole."""
    status, number = pl.col("claim_status_code"), pl.col("payer_claim")
    claims = read.tables.used("payer_claims").filter(
        pl.col("paid_amount") == 0,
        pl.col("charge_amount") > 0,
        ~status.is_in([REVERSAL, *NO_DECISION]).fill_null(value=False),
    )
    lines = _of(read, "payer_lines", claims["payer_claim"]).filter(pl.col("charge_amount") != 0)
    adjustments = _of(read, "payer_adjustments", claims["payer_claim"]).select(
        *("payer_claim", "level", "payer_line", "adjustment_amount"),
        pl.col("group_code", "carc").cast(pl.String).fill_null(""),
    )
    group, carc = pl.col("group_code"), pl.col("carc")
    is_allowed = (
        (carc == TO_PATIENT)
        | ((group == PATIENT) & carc.is_in(COST_SHARING))
        | ((group != PATIENT) & carc.is_in(AFTER_ALLOWED))
    )
    parts = adjustments.filter(is_allowed).group_by("payer_claim", "level", "payer_line")
    allowed = parts.agg(pl.col("adjustment_amount").sum()).filter(pl.col("adjustment_amount") != 0)
    paid = lines.filter((pl.col("paid_amount") != 0) | (pl.col("payer_allowed_amount") != 0))
    of_this_payer = (group != PRIOR_PAYER[0]) | (carc != PRIOR_PAYER[1])
    said = adjustments.filter(of_this_payer)["payer_claim"]
    not_denied = pl.concat([allowed["payer_claim"], paid["payer_claim"]])
    return claims.filter(
        (status == _DENIED).fill_null(value=False) | number.is_in(said.unique().implode()),
        ~number.is_in(not_denied.unique().implode()),
    )["payer_claim"]


def _of(read: Remittances, table: str, claims: pl.Series) -> pl.DataFrame:
    """Give the rows of a table that are of some payer claims."""
    rows = read.tables.used(table)
    return rows.filter(is_among(rows["payer_claim"], claims))
