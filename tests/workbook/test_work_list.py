"""The advice on denied lines says whom a denial may be billed to."""

import polars as pl
import pytest

from payrules.workbook.work_list import what_to_do


@pytest.mark.parametrize(
    ("group", "billed"), [("PR", True), ("CO", False), (None, False), ("absent", False)]
)
def test_a_denied_patient_is_billed_only_where_a_notice_was_signed(
    group: str | None, billed: bool
) -> None:
    """A line with GZ, which says that no notice was given, was "bill the patient if signed"."""
    lines = pl.DataFrame(
        {"status": ["denied"], "carc": ["50"], "review": [None], "group_code": [group]},
        schema_overrides={"group_code": pl.String},
    )
    if group == "absent":
        lines = lines.drop("group_code")
    (said,) = lines.select(what_to_do(lines)).to_series()
    assert ("bill the patient" in said) == billed
