"""Columns of types that claims do not have: each is read as its text, or refused, never a fault."""

import contextlib
import datetime

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.claims.columns import JOINED_MODIFIERS, KNOWN
from payrules.errors import ClaimsError
from tests.claims.batches import GOOD, LOCALITIES

ODD = {
    "binary": pl.Series([b"\xff\x00", None]),
    "struct": pl.Series([{"a": "1"}, None]),
    "list": pl.Series([["1"], None]),
    "array": pl.Series([["1"], None], dtype=pl.Array(pl.String, 1)),
    "duration": pl.Series([datetime.timedelta(days=-1), None]),
    "time": pl.Series([datetime.time(1, 2), None]),
    "boolean": pl.Series([True, None]),
    "null": pl.Series([None, None]),
    "categorical": pl.Series(["-1", None], dtype=pl.Categorical),
    "enum": pl.Series(["-1", None], dtype=pl.Enum(["-1"])),
    "int8": pl.Series([-128, None], dtype=pl.Int8),
    "unsigned": pl.Series([255, None], dtype=pl.UInt8),
    "date": pl.Series([datetime.date(2025, 3, 4), None]),
    "datetime": pl.Series([datetime.datetime(2025, 3, 4), None]),
    "decimal": pl.Series(["-1.5", None]).cast(pl.Decimal(9, 3)),
    "float": pl.Series([float("nan"), -1.5], dtype=pl.Float32),
}

#: One column at a time where its fault decides what is read next, and then all the others at once.
ALONE = ("charge_amount", "service_unit_quantity", "claim_line_start_date", "hcpcs_code")
TOGETHER = tuple(name for name in KNOWN if name not in ALONE and name != JOINED_MODIFIERS)


@pytest.mark.parametrize("cells", ODD.values(), ids=ODD)
@pytest.mark.parametrize("names", [*((name,) for name in ALONE), TOGETHER], ids=[*ALONE, "others"])
def test_a_row_of_an_odd_type_is_priced_rejected_or_refused(names, cells):
    rows = [{**GOOD, "claim_id": claim, "charge_amount": "-185.00"} for claim in ("C1", "C2")]
    frame = pl.DataFrame(rows).with_columns(cells.alias(name) for name in names)
    with contextlib.suppress(ClaimsError):
        batch = read_batch(frame, localities=LOCALITIES)
        assert batch.lines.height + batch.rejects.height == 2
