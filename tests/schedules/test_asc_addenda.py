"""CMS's ASC addendum AA in every form it took, and the end-of-file mark of DOS."""

import zipfile
from datetime import date

import pytest

from payrules.errors import ScheduleError
from payrules.schedules.cms import surgical_centers
from payrules.schedules.cms.cells import Source
from tests.real_files import ASC_ADDENDA, need

AA = (
    "Addendum AA -- ASC Covered Surgical Procedures for CY 2023,,,,,,\r\n,,,,,,\r\n"
    "HCPCS Code,,Short Descriptor,Subject to Multiple Procedure Discounting,{0} Payment Indicator,"
    '{0} Payment Weight  ,{0} Payment Rate \r\n64483,,,Y,G2,8.5561,"$1,443.67 "\r\n'
)


@pytest.mark.parametrize(("said", "month"), [("Jan 2023 ", 1), ("Apr 2023 ", 4), ("July 2023", 7)])
def test_a_month_in_full_or_by_three_letters(said: str, month: int) -> None:
    rates, day = surgical_centers.read_rates(Source("AA.csv", AA.format(said).encode()))
    assert day == date(2023, month, 1)
    assert rates["payment_rate"].to_list() == [144_367]


@pytest.mark.parametrize("end", [",,,,,,", "\x1a", ",,,,,,\r\n\x1a", "\x1a\r\n"])
def test_a_last_row_of_commas_or_an_end_of_file_mark_is_no_cut_row(end: str) -> None:
    rates, _ = surgical_centers.read_rates(Source("AA.csv", (AA.format("Jan 2023") + end).encode()))
    assert rates.height == 1


def test_a_last_row_that_is_cut_is_still_refused() -> None:
    cut = AA.format("Jan 2023") + "64484,,,N,N1,"
    with pytest.raises(ScheduleError, match="ends in the middle of a row"):
        surgical_centers.read_rates(Source("AA.csv", cut.encode()))


@need(*ASC_ADDENDA)
def test_all_fifteen_quarters_are_read() -> None:
    days = []
    for path in ASC_ADDENDA:
        with zipfile.ZipFile(path) as archive:
            (name,) = [each for each in archive.namelist() if each.startswith("AA")]
            rates, day = surgical_centers.read_rates(Source(name, archive.read(name)))
        assert rates.height > 4_000
        days.append(f"asc-{day:%Y-%m}.zip")
    assert days == [path.name for path in ASC_ADDENDA]
