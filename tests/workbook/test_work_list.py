"""The advice on denied lines says whom a denial may be billed to."""

import polars as pl
import pytest

from payrules.workbook.work_list import what_to_do


@pytest.mark.parametrize(
    ("modifiers", "billed"), [("GA", True), ("AT GA", True), ("GZ", False), ("", False)]
)
def test_a_denied_patient_is_billed_only_where_a_notice_was_signed(
    modifiers: str, billed: bool
) -> None:
    """A line with GZ, which says that no notice was given, was "bill the patient if signed"."""
    lines = pl.DataFrame(
        {"status": ["denied"], "carc": ["50"], "review": [None], "modifiers": [modifiers]}
    )
    (said,) = lines.select(what_to_do(lines)).to_series()
    assert ("bill the patient" in said) == billed
