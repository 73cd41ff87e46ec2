"""Claims that were replaced or voided: for the payments that answer them.

They are not priced, and payers answer them under the number of the claim that stands in their
place. Only what their lines are found by is looked at: charges, codes, modifiers, units, days and
numbers.
"""

import re

import polars as pl

from payrules.claims import Batch
from payrules.claims.columns import MODIFIERS
from payrules.runs.setup import Setup
from payrules.variance.expected import ExpectedClaim, ExpectedLine
from payrules.variance.paid import thousandths
from payrules.x12.values import cents

#: Why a claim is superseded where payers answer it on its own.
_ANSWERED = ("replaced", "voided")
_COLUMNS = (
    *("claim", "by_claim", "voided_as", "reason"),
    *("claim_id", "claim_line_number", "person_id", "claim_line_start_date"),
    *("hcpcs_code", "charge_amount", "line_control_number", "place_of_service_code"),
    *("service_unit_quantity", *MODIFIERS),
)
_UNITS = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")


def superseded_claims(batch: Batch, setup: Setup) -> list[ExpectedClaim]:
    """Give the claims of a batch that were replaced or voided."""
    return [claim for each in batch.set_aside for claim in _of_file(each, setup)]


def _of_file(lines: pl.DataFrame, setup: Setup) -> list[ExpectedClaim]:
    absent = [name for name in _COLUMNS if name not in lines.columns]
    lines = lines.filter(pl.col("reason").is_in(_ANSWERED)).with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in absent
    )
    claims: dict[int, ExpectedClaim] = {}
    for each in lines.select(_COLUMNS).iter_rows(named=True):
        number = str(each["claim_id"])
        claim = claims.setdefault(
            each["claim"],
            ExpectedClaim(
                *(number, number, str(each["person_id"])),
                superseded=True,
                by=each["by_claim"],
                voided_as=each["voided_as"],
                is_voided=each["reason"] == "voided",
            ),
        )
        claim.lines.append(
            ExpectedLine(
                row=-1,
                claim_id=number,
                number=each["claim_line_number"],
                person=claim.person,
                date=each["claim_line_start_date"],
                code=each["hcpcs_code"],
                modifiers=tuple(each[name] for name in MODIFIERS if each[name]),
                units=_units(each["service_unit_quantity"]),
                place=each["place_of_service_code"] or "",
                charge=cents(each["charge_amount"] or ""),
                control=each["line_control_number"],
                billing_npi=None,
                payer=setup.payer,
                status="superseded",
                allowed=None,
                paid=None,
                deductible=0,
                coinsurance=0,
                locality="",
                setting="",
            )
        )
    return [*claims.values()]


def _units(written: str | None) -> int:
    """Read the units of a line in thousandths; 0 where they are no number."""
    return thousandths(written) if written and _UNITS.fullmatch(written) else 0
