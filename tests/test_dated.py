"""Which rows of a table are in force on a day."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import payrules
from payrules.dated import in_force

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("first", "last", "day", "holds"),
    [
        (FIRST, LAST, date(2025, 12, 31), False),
        (FIRST, LAST, FIRST, True),
        (FIRST, LAST, LAST, True),
        (FIRST, LAST, date(2026, 4, 1), False),
        (FIRST, None, date(2099, 1, 1), True),
        (FIRST, None, date(2025, 12, 31), False),
        (None, LAST, date(1992, 1, 1), True),
        (None, LAST, date(2026, 4, 1), False),
        (None, None, FIRST, True),
    ],
)
def test_a_row_is_in_force_from_its_first_day_to_its_last(
    first: date | None, last: date | None, day: date, holds: bool
) -> None:
    schema = dict.fromkeys(("effective_from", "effective_to", "service_date"), pl.Date)
    row = pl.DataFrame([(first, last, day)], schema=schema, orient="row")
    for asked in (day, pl.col("service_date")):
        assert row.select(in_force(asked)).item() is holds


def test_what_is_in_force_is_said_in_one_place() -> None:
    """Six places said it, and one of them of rows without a first day too."""
    package = Path(payrules.__file__).parent
    said = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if 'pl.col("effective_to") >=' in path.read_text(encoding="utf-8")
    ]
    assert said == []
