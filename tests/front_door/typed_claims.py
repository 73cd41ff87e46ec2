"""Two claim lines with typed cells, what a CSV file writes of them, and what may hold them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas
import polars as pl
import pyarrow

ANESTHESIA = {
    "claim_id": "0017",
    "claim_line_number": 1,
    "person_id": "00000000042",
    "claim_line_start_date": dt.date(2025, 10, 7),
    "hcpcs_code": "00142",
    "hcpcs_modifier_1": "AA",
    "hcpcs_modifier_2": None,
    "place_of_service_code": "02",
    "charge_amount": 300.1,
    "anesthesia_minutes": 30.0,
    "assignment_accepted": True,
    "locality": "national",
}
OFFICE = ANESTHESIA | {
    "claim_id": "0018",
    "hcpcs_code": "99213",
    "hcpcs_modifier_1": None,
    "hcpcs_modifier_2": "25",
    "charge_amount": 0.1 + 0.2,
    "anesthesia_minutes": None,
}
TYPED = [ANESTHESIA, OFFICE]
#: The same, as a CSV file has them.
WRITTEN = [
    {
        name: "" if cell is None else str(cell).lower() if cell is True else str(cell)
        for name, cell in row.items()
    }
    | {"charge_amount": charge, "anesthesia_minutes": minutes}
    for row, charge, minutes in zip(TYPED, ("300.10", "0.30"), ("30", ""), strict=True)
]
TYPED_KINDS: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "dicts": lambda rows: rows,
    "a polars frame": lambda rows: pl.DataFrame(rows, infer_schema_length=None),
    "a pandas frame": pandas.DataFrame,
    "a pandas frame of timestamps": lambda rows: pandas.DataFrame(rows).astype(
        {"claim_line_start_date": "datetime64[ns]"}
    ),
    "a pandas frame of its own types": lambda rows: pandas.DataFrame(rows).convert_dtypes(),
    "an Arrow table": pyarrow.Table.from_pylist,
}
