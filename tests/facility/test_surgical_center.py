"""What a surgical center is paid of an encounter: rates of July 2026, and what is left open."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.errors import UsageError
from payrules.facility.asc_rates import AscRates, asc_rates_on
from payrules.facility.steps import encounter_totals
from payrules.facility.surgical_center import price_in_surgical_center
from payrules.money import adding_up
from payrules.schedules import import_schedule, load_schedules
from tests.facility.encounters import SCHEMA, Line, lines_of
from tests.real_files import ASC_ADDENDA, skip_without

ONE = Decimal(1)
#: Code: addendum, indicator, discounted (Y), rate, device offset; in cents, of July 2026. The last
#: five are made up.
ROWS: tuple[tuple[str, str, str | None, bool | None, int | None, int | None], ...] = (
    ("64493", "AA", "G2", True, 48_551, 19),
    ("64494", "AA", "N1", False, None, None),
    ("62323", "AA", "G2", True, 38_746, 0),
    ("64483", "AA", "A2", True, 48_551, 0),
    ("64484", "AA", "N1", False, None, None),
    ("77003", "BB", "N1", None, None, None),
    ("G0260", "AA", "A2", True, 38_746, 0),
    ("64633", "AA", "G2", True, 94_866, 0),
    ("64635", "AA", "G2", True, 94_866, 0),
    ("63650", "AA", "J8", False, 503_095, 302_271),
    ("45385", "AA", "A2", True, 65_675, 0),
    ("45380", "AA", "A2", True, 65_675, 0),
    ("76000", "BB", "Z2", None, 23_092, None),
    ("J2782", "BB", "K2", None, 10_320, None),
    ("33533", "EE", None, None, None, None),
    ("11111", "AA", "J8", False, 503_095, None),
    ("22222", "AA", "D5", False, None, None),
    ("33333", "BB", "D1", None, None, None),
    ("44444", "AA", "G2", False, 10_001, 0),
    ("55555", "AA", "G2", True, None, None),
)
RATES = AscRates(
    pl.DataFrame(
        ROWS,
        schema={
            "hcpcs_code": pl.String,
            "addendum": pl.String,
            "payment_indicator": pl.String,
            "multiple_procedure_discount": pl.Boolean,
            "payment_rate": pl.Int64,
            "device_offset": pl.Int64,
        },
        orient="row",
    ).with_columns(
        mark=pl.col("hcpcs_code").replace_strict({"62323": "*", "44444": "**"}, default="")
    ),
    date(2026, 7, 1),
)


def priced(lines: Sequence[Line], index: Decimal = ONE, rates: AscRates = RATES) -> pl.DataFrame:
    table = pl.DataFrame(lines, schema=SCHEMA, orient="row")
    return price_in_surgical_center(table, rates, index)


#: Lines of an encounter at a wage index of 1 → amount of each in cents, None where it is open.
SETTLED: dict[str, list[int | None]] = {
    # Two sides: 1.00 + 0.50 of 485.51, a half rounded up; the further level is packaged.
    "64493-50 64494-50": [48_551 + 24_276, 0],
    "64483 64484 77003": [48_551, 0, 0],
    "27096": [38_746],
    "64633 64635": [94_866, 47_433],
    "64635x3": [94_866 + 2 * 47_433],
    "63650": [503_095],
    "63650 64493": [503_095, 48_551],
    # 73 and 52 at half, unranked and not discounted; 74 in full, ranked.
    "45385-73 45380": [32_838, 65_675],
    "45385-52 45380 62323": [32_838, 65_675, 19_373],
    "45385-74 45380": [65_675, 32_838],
    # The charge comes before the rank: the dearest of what is left is first.
    "64633@20000 62323": [10_000, 38_746],
    "62323@99999": [38_746],
    # Without a discount, in full; distinct procedures change nothing.
    "44444x2 64483-59": [20_002, 48_551],
    "44444-50": [20_002],
    # Radiology beside surgery only.
    "64483 76000": [48_551, 23_092],
    "76000": [0],
    "76000 64484": [0, 0],
    # Device-intensive: the offset off first.
    "63650-73": [100_412],
    "63650-FB": [200_824],
    "63650-FC": [503_095 - 151_136],
    "33333 64483": [0, 48_551],
}
OPEN: dict[str, tuple[list[int | None], str]] = {
    "33533 64483": ([None, 48_551], "not on the ASC list: excluded"),
    "99213": ([None], "not on the ASC list"),
    "22222": ([None], "deleted"),
    "64483 J2782": ([48_551, None], "a drug, device or supply"),
    "55555": ([None], "gives no rate"),
    "64483-53": ([None], "53 is a practitioner's"),
    "64483-52-73": ([None], "more than one of 52, 73 and 74"),
    "64483-50x2": ([None], "50 beside several units"),
    "64483-FB": ([None], "not device-intensive"),
    "63650-FB-FC": ([None], "a device credit beside another"),
    "63650-FC-73": ([None], "a device credit beside another"),
    "11111-FB": ([None], "no device offset"),
    "11111-73 76000": ([None, None], "no device offset"),
}


def test_each_encounter_is_paid_to_the_cent_or_says_what_is_open() -> None:
    expected = {said: (amounts, "") for said, amounts in SETTLED.items()} | OPEN
    found = priced([line for said in expected for line in lines_of(said, said)])
    with adding_up():
        of_encounters = encounter_totals(found).rows_by_key("encounter_id", named=True, unique=True)
    amounts = found.group_by("encounter_id", maintain_order=True).agg("amount", "reason")
    for said, of_lines, reasons in amounts.iter_rows():
        wanted, reason = expected[said]
        assert of_lines == wanted, said
        total: Any = of_encounters[said]["facility_amount"]
        assert total == (None if reason else sum(each or 0 for each in wanted)), said
        assert bool(of_encounters[said]["not_settled"]) == bool(reason), said
        assert reason in "; ".join(reasons), said
    noted = {
        code: note.split(":")[0]
        for code, note in found.select("hcpcs_code", "note").iter_rows()
        if note
    }
    assert noted == {"62323": "office-based for the time being", "44444": "preventive"}


def test_half_of_the_rate_goes_by_the_wage_index() -> None:
    lines = [line for said in ("62323", "63650", "63650 76000") for line in lines_of(said, said)]
    found = priced(lines, Decimal("0.9660"))
    assert found["amount"].to_list() == [38_087, None, None, None]
    assert found["rate_amount"].to_list()[:2] == [38_746, None]
    assert "device-intensive" in found["reason"][1]
    assert "whether that is paid is not settled" in found["reason"][3]
    for index in ("0", "-1", "966"):
        with pytest.raises(UsageError, match="The wage index"):
            priced(lines, Decimal(index))


def test_without_addendum_bb_no_code_is_called_unlisted() -> None:
    only_aa = AscRates(RATES.rows.filter(addendum="AA"), RATES.quarter, lacks=("BB",))
    (row,) = priced(lines_of("1", "77003"), rates=only_aa).to_dicts()
    assert (row["status"], row["amount"]) == ("by_report", None)
    assert "addendum BB of the quarter is not loaded" in row["reason"]


def test_rates_are_of_the_day_s_quarter_or_an_earlier_one_of_the_year(tmp_path: Path) -> None:
    chosen = {path.stem: path for path in ASC_ADDENDA}
    held = [chosen[name] for name in ("asc-2023-10", "asc-2025-10", "asc-2026-04")]
    skip_without(*held)
    for path in held:
        import_schedule(path, tmp_path)
    schedules = load_schedules(tmp_path)
    rates = asc_rates_on(schedules, date(2025, 10, 15))
    assert (rates.quarter, rates.lacks, rates.note) == (date(2025, 10, 1), (), "")
    # 477.94 and half of it; the further level is packaged.
    found = priced(lines_of("1", "64493-50 64494-50"), rates=rates)
    assert found["amount"].to_list() == [71_691, 0]
    assert asc_rates_on(schedules, date(2023, 12, 31)).lacks == ("FF",)
    later = asc_rates_on(schedules, date(2026, 7, 15))
    assert later.note == "rates of 2026Q2 are used for 2026Q3, whose own are not loaded"
    for day in (date(2024, 1, 1), date(2026, 3, 31)):
        with pytest.raises(UsageError, match=rf"No ASC addendum AA .* of {day.year} is loaded"):
            asc_rates_on(schedules, day)
