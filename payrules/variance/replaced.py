"""Claims that were replaced or voided: read again, for the payments that answer them.

They are not priced, and payers answer them under the number of the claim that stands in their
place. Only their lines' charges, codes, days and numbers are looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from payrules.claims import Batch, Claims
from payrules.claims.readers import is_x12_file
from payrules.claims.x12_claims import read_x12
from payrules.errors import ClaimsError
from payrules.files.packed import unpacked
from payrules.files.tables import content_of, shown_name
from payrules.runs.setup import Setup
from payrules.variance.expected import ExpectedClaim, ExpectedLine
from payrules.x12.superseded import VOID
from payrules.x12.values import cents

#: Why a claim is superseded where payers answer it on its own.
_ANSWERED = ("replaced", "voided")
_BY = ("row", "by_claim", "by_file", "by_row")
_COLUMNS = (
    *("position", "claim_id", "claim_line_number", "person_id", "claim_line_start_date"),
    *("hcpcs_code", "charge_amount", "line_control_number", "place_of_service_code"),
)


def superseded_claims(batch: Batch, claims: Claims, setup: Setup) -> list[ExpectedClaim]:
    """Give the claims of a batch of files that were replaced or voided; none of any other batch."""
    listed = batch.superseded
    if listed is None or not isinstance(claims, Sequence):
        return []
    answered = listed.filter(pl.col("reason").is_in(_ANSWERED))
    found: list[ExpectedClaim] = []
    for path in [Path(each) for each in claims if isinstance(each, str | Path)]:
        rows = answered.filter(pl.col("file") == shown_name(path))
        if rows.height and (is_x12_file(path) or path.suffix in {".gz", ".zip"}):
            found += _of_file(path, rows, _voids(batch), setup)
    return found


def _voids(batch: Batch) -> dict[tuple[str, int], str]:
    """Give the payer's number that each void names (REF*F8), by its file and segment."""
    return {
        (file.name, claim.position): claim.payer_number
        for file in batch.x12
        for claim in file.claims
        if claim.frequency == VOID and claim.payer_number
    }


def _of_file(
    path: Path, rows: pl.DataFrame, voids: Mapping[tuple[str, int], str], setup: Setup
) -> Iterable[ExpectedClaim]:
    content, _ = unpacked(content_of(path, ClaimsError), path, path.name, ClaimsError)
    read = pl.concat(read_x12(content, path.name).blocks, how="diagonal")
    for name in _COLUMNS:
        if name not in read.columns:
            read = read.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    claims: dict[int, ExpectedClaim] = {}
    lines = read.filter(pl.col("position").is_in(rows["row"].implode()))
    by = {row: (claim, file, at) for row, claim, file, at in rows.select(_BY).iter_rows()}
    for each in lines.select("claim", *_COLUMNS).iter_rows(named=True):
        number = str(each["claim_id"])
        by_claim, by_file, by_row = by[each["position"]]
        claim = claims.setdefault(
            each["claim"],
            ExpectedClaim(
                *(number, number, str(each["person_id"])),
                superseded=True,
                by=by_claim,
                voided_as=voids.get((by_file, by_row)),
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
                modifiers=(),
                units=0,
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
    return claims.values()
