"""Dates and amounts that a columns file makes are asked about like those that it reads."""

from typing import Any

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.errors import ClaimsError

COMMAS = {"file": {"decimal": ","}}
JOINED = {"joined": {"day and code": "{claim_line_start_date}|{hcpcs_code}"}}
DAY_FIRST = {"file": {"decimal": ",", "date_format": "DD/MM/YYYY"}}


def claims(**columns: list[str]) -> pl.DataFrame:
    many = len(next(iter(columns.values())))
    return pl.DataFrame(
        {
            "claim_id": [str(number) for number in range(many)],
            "claim_line_number": ["1"] * many,
            "person_id": ["P"] * many,
            "hcpcs_code": ["99213"] * many,
            "place_of_service_code": ["11"] * many,
            **columns,
        }
    )


def read(lines: pl.DataFrame, columns: dict[str, Any]) -> list[str]:
    batch = read_batch(lines, columns=columns, localities=["x"], default_locality="x")
    return [str(each) for each in batch.lines["service_date"].to_list()]


JOINED_CLAIMS = claims(**{"day and code": ["03/04/2025|99213"]}).drop("hcpcs_code")


@pytest.mark.parametrize(
    ("lines", "columns"),
    [
        (JOINED_CLAIMS, {**COMMAS, **JOINED}),
        (
            claims(claim_line_start_date=["early April"]),
            {**COMMAS, "values": {"claim_line_start_date": {"early April": "03/04/2025"}}},
        ),
        (
            claims(charge_amount=["1,50"]),
            {**COMMAS, "constants": {"claim_line_start_date": "03/04/2025"}},
        ),
    ],
    ids=["joined", "replaced", "the same for all"],
)
def test_a_date_that_is_made_may_be_either(lines: pl.DataFrame, columns: dict[str, Any]) -> None:
    with pytest.raises(ClaimsError, match="its dates may be day first, or month first"):
        read(lines, columns)
    told = {**columns, "file": DAY_FIRST["file"]}
    assert read(lines, told) == ["2025-04-03"]


def test_a_made_date_that_is_month_first_tells_of_the_others() -> None:
    lines = JOINED_CLAIMS.vstack(JOINED_CLAIMS).with_columns(
        pl.Series("claim_id", ["1", "2"]),
        pl.Series("day and code", ["03/04/2025|99213", "03/25/2025|99213"]),
    )
    assert read(lines, {**COMMAS, **JOINED}) == ["2025-03-04", "2025-03-25"]


def test_made_dates_of_a_file_without_decimal_commas_are_read_as_before() -> None:
    assert read(JOINED_CLAIMS, JOINED) == ["2025-03-04"]


@pytest.mark.parametrize("time", ["", " 00:00", "T10:30:00Z", " 12:00 a.m.", ", 10:30", " 24:00"])
def test_a_day_with_any_time_of_day_tells_how_the_others_are_written(time: str) -> None:
    either = claims(claim_line_start_date=["03/04/2025"])
    day_first = claims(claim_line_start_date=["03/04/2025", f"25/03/2025{time}"])
    month_first = claims(claim_line_start_date=["03/04/2025", f"03/25/2025{time}"])
    with pytest.raises(ClaimsError, match="its dates are written day first"):
        read(day_first, {})
    with pytest.raises(ClaimsError, match="its dates may be day first"):
        read(either, COMMAS)
    assert read(month_first, COMMAS)[0] == "2025-03-04"


def test_made_dates_that_are_day_first_prove_it() -> None:
    lines = JOINED_CLAIMS.vstack(JOINED_CLAIMS).with_columns(
        pl.Series("claim_id", ["1", "2"]),
        pl.Series("day and code", ["03/04/2025|99213", "25/03/2025|99213"]),
    )
    with pytest.raises(ClaimsError, match="its dates are written day first"):
        read(lines, JOINED)
