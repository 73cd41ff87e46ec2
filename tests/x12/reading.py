"""Reads X12 with payrules and puts what comes out beside what the reference reads."""

from io import BytesIO
from typing import Any

import polars as pl

from payrules.claims.x12_claims import X12Claims, packed_rows, settled
from payrules.x12.claims_837p import read_837p
from payrules.x12.columns_837p import COLUMNS
from tests.x12.reference_parts import Answer

NAMES = tuple(each.name for each in COLUMNS)


def read(*contents: str | bytes) -> list[X12Claims]:
    """Read the files of a run, named 1, 2 and so on."""
    return settled(
        [
            read_837p(BytesIO(as_bytes(content)), str(number), packed_rows)
            for number, content in enumerate(contents, 1)
        ]
    )


def as_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def rows_of(claims: X12Claims) -> list[dict[str, Any]]:
    """Give the lines to price, every column of the guide's table, None where absent."""
    lines = claims.lines.with_columns(claims.positions.alias("position"))
    blank = dict.fromkeys(NAMES)
    return [{**blank, **row} for row in lines.iter_rows(named=True)]


def one(content: str | bytes) -> dict[str, Any]:
    """Give the one line of a file."""
    (claims,) = read(content)
    (row,) = rows_of(claims)
    return {**row, "notes": claims.notes.item()}


def as_answer(claims: X12Claims) -> dict[str, Any]:
    """Say what one file gave in the words of the reference."""
    file = claims.file
    rejects = claims.rejects.select("row", "column", pl.col("claim_line_number").cast(pl.Int64))
    return {
        "rows": sorted(rows_of(claims), key=lambda row: row["position"]),
        "rejects": sorted(rejects.rows(), key=str),
        "superseded": [
            (row, "void" if reason.startswith("void,") else reason)
            for row, reason in claims.superseded.select("row", "reason").iter_rows()
        ],
        "checks": [(check.what, check.position) for check in file.checks],
        "truncated": file.truncated,
        "unknown": dict(file.unknown),
        "service_lines": file.service_lines,
    }


def of_reference(answer: Answer) -> dict[str, Any]:
    """Say the same of the reference's answer."""
    blank = dict.fromkeys(NAMES)
    return {
        "rows": sorted(({**blank, **row} for row in answer.rows), key=lambda row: row["position"]),
        "rejects": sorted(answer.rejects, key=str),
        "superseded": sorted(answer.superseded),
        "checks": answer.checks,
        "truncated": answer.truncated,
        "unknown": dict(sorted(answer.unknown.items())),
        "service_lines": answer.service_lines,
    }
