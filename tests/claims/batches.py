"""Small batches of claim lines for the intake's tests."""

import polars as pl

from payrules.claims import Batch, read_batch

LOCALITIES = ["01112-05", "01182-18", "13202-01", "national"]
GOOD = {
    "claim_id": "C1",
    "claim_line_number": "1",
    "person_id": "P1",
    "claim_line_start_date": "2025-03-04",
    "hcpcs_code": "99213",
    "place_of_service_code": "11",
    "locality": "01112-05",
}


def frame_of(*rows: dict) -> pl.DataFrame:
    """Give rows of text: a good line of its own each, with these cells instead."""
    lines = [{**GOOD, "claim_id": f"C{number}", **row} for number, row in enumerate(rows, 1)]
    names = dict.fromkeys(name for line in lines for name in line)
    return pl.DataFrame(
        {name: [line.get(name) for line in lines] for name in names},
        schema=dict.fromkeys(names, pl.String),
    )


def checked(*rows: dict, **terms) -> Batch:
    """Check rows of text."""
    return read_batch(frame_of(*rows), **{"localities": LOCALITIES, **terms})


def line(row: dict, **terms) -> dict:
    """Give the one accepted line of a row."""
    batch = checked(row, **terms)
    assert batch.rejects.to_dicts() == []
    return batch.lines.row(0, named=True)


def reject(row: dict, **terms) -> dict:
    """Give the one reject of a row."""
    batch = checked(row, **terms)
    assert batch.lines.is_empty()
    return batch.rejects.row(0, named=True)


def below_headings(batch: Batch) -> pl.DataFrame:
    """Give the rejects of one file with its rows numbered from under the headings, as Parquet's."""
    (reading,) = batch.readings
    return batch.rejects.with_columns(pl.col("row") - reading.above)
