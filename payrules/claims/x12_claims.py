"""Claims in X12 (837P) as a frame under our own headings, with what was refused or superseded.

The files of a run are settled together: a claim of one may replace a claim of another.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO

import polars as pl

from payrules.claims.columns import REQUIRED
from payrules.errors import ClaimsError
from payrules.frozen import frozen
from payrules.x12.claims_837p import read_837p
from payrules.x12.columns_837p import BEFORE, BEHIND, COLUMNS
from payrules.x12.found import Reject, Row, X12File
from payrules.x12.superseded import (
    FIRST_PAYMENT_UNKNOWN,
    PRICED,
    REJECTED,
    SEVERAL_PAYERS,
    SUPERSEDED,
    VOID,
    Standing,
    settle,
)
from payrules.x12.values import WITHHELD

_NAMES = (*BEFORE, *(each.name for each in COLUMNS), *BEHIND)
_NUMBERS = {"claim": pl.Int64, "position": pl.Int64, "claim_line_number": pl.Int64}
_ALWAYS = frozenset((*BEFORE, *BEHIND, *REQUIRED))
NOTES = "notes"
#: Our column → the element it is read from, for rejects of rows that the checks of claims refuse.
ELEMENTS = {
    "claim_id": "2300 CLM01",
    "claim_line_number": "2400 LX01",
    "person_id": "2010BA NM109",
    "claim_line_start_date": "2400 DTP03",
    "hcpcs_code": "2400 SV101-2",
    **{f"hcpcs_modifier_{number}": f"2400 SV101-{number + 2}" for number in range(1, 5)},
    "charge_amount": "2400 SV102",
    "unit_qualifier": "2400 SV103",
    "service_unit_quantity": "2400 SV104",
    "anesthesia_minutes": "2400 SV104",
    "place_of_service_code": "2400 SV105",
    "primary_paid_amount": "2430 SVD02",
    "primary_allowed_amount": "2430 CAS PR",
    "primary_obligated_amount": "CN102",
    "service_zip": "N403",
    "care_assumed_date": "DTP*090",
    "care_relinquished_date": "DTP*091",
    "postoperative_days": "DTP*091",
}
#: Columns whose value no message shows: they come from NM1, N4, PRV or REF.
_WITHHELD = frozenset(("person_id", "service_zip", "locality", "rendering_taxonomy"))


@frozen
class X12Claims:
    """The claims of one X12 file: the lines to price, and all that are not.

    `lines` has our headings, `positions` the position of each line's SV1, `notes` what is noted
    on it. `rejects` has row, column, value, reason, claim_id and claim_line_number; `superseded`
    row, claim_id, claim_line_number, reason, and by which claim (`by_file`, `by_row`, `by_claim`).
    `set_aside` has the same lines as `lines` has its own, for what payers answer to them: with
    `claim` (its number in the file), `reason`, `by_claim`, and `voided_as`, the payer's number by
    which a void names the claim.
    """

    file: X12File
    lines: pl.DataFrame
    positions: pl.Series
    notes: pl.Series
    rejects: pl.DataFrame
    superseded: pl.DataFrame
    set_aside: pl.DataFrame

    @property
    def rows(self) -> int:
        """How many rows came in: lines, rejects and superseded lines."""
        return self.lines.height + self.rejects.height + self.superseded.height

    @staticmethod
    def in_elements(verdicts: pl.DataFrame) -> pl.DataFrame:
        """Say of rows that the checks of claims refuse which element it was: column, value, reason.

        No value is shown that may tell of a person.
        """
        said = []
        for column, value, reason in verdicts.iter_rows():
            if value is not None and column in _WITHHELD:
                said.append(
                    (ELEMENTS.get(column, column), WITHHELD, reason.replace(value, WITHHELD))
                )
            else:
                said.append((ELEMENTS.get(column, column), value, reason))
        return pl.DataFrame(said, schema=verdicts.schema, orient="row")


def read_x12(content: bytes, name: str, packed: bytes | None = None) -> X12File:
    """Read an X12 file's claims, not yet settled with those of other files.

    `packed` is the file as it lies there, where that is another. Raises ClaimsError where it cannot
    be read, or holds remittances only.
    """
    found = read_stream(BytesIO(content), name, packed_rows)
    found.sha256 = sha256(content if packed is None else packed).hexdigest()
    return found


def read_stream(stream: BinaryIO, name: str, pack: Callable[[Sequence[Row]], Any]) -> X12File:
    """Read a stream's claims, some rows at a time: `pack` makes of them what is kept."""
    found = read_837p(stream, name, pack)
    if found.sets["835"] and set(found.sets) == {"835"}:
        raise ClaimsError(
            f"{name} is a remittance (835): what a payer paid, not claims to price. Give the claims"
            " it answers: an 837P, or a table of claim lines. `payrules variance` holds it against"
            " them, each remittance, or a folder of them, behind a --remittance of its own."
        )
    return found


def packed_rows(rows: Sequence[Row]) -> pl.DataFrame:
    """Put rows into columns; those that no row fills are left out."""
    columns = zip(_NAMES, zip(*rows, strict=True), strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, cells, _NUMBERS.get(name, pl.String))
            for name, cells in columns
            if name in _ALWAYS or any(cell is not None for cell in cells)
        ]
    )


def settled(files: Sequence[X12File], answered: Mapping[str, str] | None = None) -> list[X12Claims]:
    """Tell of each file's lines which are priced, in the light of the others; see `settle`."""
    standings = settle(files, answered)
    found = []
    for number, file in enumerate(files):
        rows = pl.concat([no_rows(), *file.blocks], how="diagonal")
        file.blocks.clear()
        settling = Settling(files, standings, number)
        claims = settling.parted(rows.select(in_order(rows.columns)))
        rejects = pl.concat([settling.rejects(), claims.rejects]).sort("row", maintain_order=True)
        found.append(replace(claims, rejects=rejects))
    return found


def no_rows() -> pl.DataFrame:
    """Give the columns that a file's rows have even where it has none."""
    return pl.DataFrame(schema={name: _NUMBERS.get(name, pl.String) for name in _ALWAYS})


def in_order(names: Collection[str]) -> list[str]:
    """Give the columns of rows in their order."""
    return [name for name in _NAMES if name in names]


class Settling:
    """What becomes of one file's claims, and so of their rows, in the light of the other files'."""

    def __init__(
        self, files: Sequence[X12File], standings: Sequence[Sequence[Standing]], number: int
    ) -> None:
        """Take what `settle` gave."""
        self._files, self._file = files, files[number]
        self._of_claims = of_claims = standings[number]
        self._fate, self._reason, self._id = (
            pl.Series(name, [getattr(each, name) for each in of_claims], pl.String)
            for name in ("fate", "reason", "claim_id")
        )
        self._second = pl.Series([each.second for each in of_claims], dtype=pl.Boolean)
        self._notes = {at: "; ".join(each.notes) for at, each in enumerate(of_claims) if each.notes}

    def rejects(self) -> pl.DataFrame:
        """Give what was not read: lines, claims without lines, transaction sets."""
        return _rejects(self._file.rejects, self._of_claims)

    def parted(self, rows: pl.DataFrame) -> X12Claims:
        """Part some rows: those to price, those of a refused claim, those another stands for."""
        claims = rows.get_column("claim")
        fate, reason = self._fate.gather(claims), self._reason.gather(claims)
        element = pl.repeat("2300 CLM", rows.height, dtype=pl.String, eager=True)
        second = self._second.gather(claims) & (fate == PRICED)
        if second.any():
            unknown = _first_payment_unknown(rows)
            priced = ~(second & unknown.is_not_null())
            fate = fate.zip_with(priced, pl.Series([REJECTED]))
            reason = reason.zip_with(priced, unknown)
            element = element.zip_with(priced, pl.Series(["2430 SVD02"]))
        rows = rows.with_columns(self._id.gather(claims))
        notes = rows.get_column(NOTES)
        if self._notes:
            said = claims.replace_strict(self._notes, default=None, return_dtype=pl.String)
            notes = pl.select(
                pl.concat_str(pl.lit(said), pl.lit(notes), separator="; ", ignore_nulls=True)
            ).to_series()
            notes = notes.set(notes == "", None)
        is_priced, is_superseded, is_rejected = (
            fate == each for each in (PRICED, SUPERSEDED, REJECTED)
        )
        refused = rows.filter(is_rejected)
        aside = rows.filter(is_superseded), self._file, reason.filter(is_superseded)
        superseded = _superseded(*aside, self._files, self._of_claims)
        return X12Claims(
            file=self._file,
            lines=rows.filter(is_priced).drop(*BEFORE, *BEHIND).rechunk(),
            positions=rows.get_column("position").filter(is_priced).alias("row").rechunk(),
            notes=notes.filter(is_priced).alias(NOTES).rechunk(),
            rejects=_refused(refused, element.filter(is_rejected), reason.filter(is_rejected)),
            superseded=superseded,
            set_aside=self._set_aside(aside[0], superseded),
        )

    def _set_aside(self, rows: pl.DataFrame, superseded: pl.DataFrame) -> pl.DataFrame:
        """Give superseded lines whole, and under which payer's number a void names their claim."""
        voided: list[str | None] = []
        for claim in rows.get_column("claim").to_list():
            by = self._of_claims[claim].by
            void = None if by is None else self._files[by[0]].claims[by[1]]
            voided.append(void.payer_number if void and void.frequency == VOID else None)
        return rows.with_columns(
            superseded.get_column("reason"),
            superseded.get_column("by_claim"),
            pl.Series("voided_as", voided, pl.String),
        )


_REJECTS: Mapping[str, type[pl.DataType]] = {
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "claim_id": pl.String,
    "claim_line_number": pl.String,
}


def _rejects(rejects: Sequence[Reject], standings: Sequence[Standing]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (
                each.row,
                each.column,
                each.value,
                each.reason,
                None if each.claim is None else standings[each.claim].claim_id,
                None if each.claim_line_number is None else str(each.claim_line_number),
            )
            for each in rejects
        ],
        schema=_REJECTS,
        orient="row",
    )


def _first_payment_unknown(rows: pl.DataFrame) -> pl.Series:
    """Say why a second payer's line cannot be priced; null where what the first paid is told."""
    names = ("primary_paid_amount", "other_payer_paid_amount")
    absent = [pl.lit(None, pl.String).alias(name) for name in names if name not in rows.columns]
    paid, by_all = (pl.col(name) for name in names)
    return (
        rows.with_columns(absent)
        .select(
            pl.when(paid.is_null())
            .then(pl.lit(FIRST_PAYMENT_UNKNOWN))
            .when(paid != by_all)
            .then(pl.lit(SEVERAL_PAYERS))
        )
        .to_series()
    )


def _refused(rows: pl.DataFrame, elements: pl.Series, reasons: pl.Series) -> pl.DataFrame:
    """Say of lines that are not priced, or whose whole claim is not, why."""
    return rows.select(
        pl.col("position").alias("row"),
        pl.lit(elements).alias("column"),
        pl.when(pl.lit(elements) == "2300 CLM").then("claim_id").alias("value"),
        pl.lit(reasons).alias("reason"),
        "claim_id",
        pl.col("claim_line_number").cast(pl.String),
    )


def _superseded(
    rows: pl.DataFrame,
    file: X12File,
    reasons: pl.Series,
    files: Sequence[X12File],
    standings: Sequence[Standing],
) -> pl.DataFrame:
    """List the lines in whose place another claim stands, and that claim."""
    claims = rows.get_column("claim").to_list()
    by = [standings[claim].by for claim in claims]
    said = [
        (files[each[0]].name, files[each[0]].claims[each[1]]) if each is not None else None
        for each in by
    ]
    return pl.DataFrame(
        {
            "file": [file.name] * len(claims),
            "row": rows.get_column("position"),
            "claim_id": rows.get_column("claim_id"),
            "claim_line_number": rows.get_column("claim_line_number"),
            "reason": reasons,
            "by_claim": [each and each[1].number for each in said],
            "by_file": [each and each[0] for each in said],
            "by_row": [each and each[1].position for each in said],
        },
        schema={
            **dict.fromkeys(("file", "claim_id", "reason", "by_claim", "by_file"), pl.String),
            **dict.fromkeys(("row", "claim_line_number", "by_row"), pl.Int64),
        },
    ).select(
        *("file", "row", "claim_id", "claim_line_number", "reason"), "by_claim", "by_file", "by_row"
    )
