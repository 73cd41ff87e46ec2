"""What expected and paid add up to by cause, payer and code: in one order, whatever is equal."""

import polars as pl

from payrules.variance.frames import COLUMNS
from payrules.variance.groups import by_cause


def test_what_is_owed_alike_stands_in_one_order() -> None:
    """Groups of one sum, payer, cause and code but another status stood now so, now so."""
    told = {"payer": "A", "variance_cause": "units", "hcpcs_code": "99213", "underpaid_amount": 0}
    lines = pl.DataFrame(
        [{**told, "variance_status": status} for status in ("underpaid", "overpaid", "denied")],
        schema_overrides={"underpaid_amount": pl.Int64},
    )
    absent = {name: pl.lit(None, kind) for name, kind in COLUMNS.items() if name not in lines}
    lines = lines.with_columns(**absent)
    orders = {tuple(by_cause(lines)["variance_status"]) for _ in range(20)}
    assert orders == {("denied", "overpaid", "underpaid")}
