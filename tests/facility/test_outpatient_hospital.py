"""What a hospital outpatient department is paid: January 2025, and what is left open."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import UsageError
from payrules.facility.hospital_rates import HospitalRates, hospital_rates_on, with_apc_indicator
from payrules.facility.outpatient_hospital import price_in_hospital
from payrules.facility.prior_authorization import prior_authorization_note
from payrules.facility.steps import encounter_totals
from payrules.money import adding_up
from payrules.schedules import import_schedule, load_schedules
from payrules.schedules.cms import hospital_outpatient
from payrules.schedules.cms.addenda import texts_of
from payrules.schedules.cms.cells import Source
from payrules.schedules.cost_sharing import medicare_cost_sharing
from tests.facility.encounters import SCHEMA, Line, lines_of
from tests.real_files import CMS, skip_without

ONE = Decimal(1)
ADDENDUM_B = CMS / "facility" / "opps_addendum_b_2025.xlsx"
#: Code: indicator, APC, rate, least copayment, national copayment; in cents. Real ones of January
#: 2025, then made up ones: a code an indicator.
ROWS: tuple[tuple[str, str, str, int | None, int | None, int | None], ...] = (
    ("64493", "T", "5443", 89_029, 17_806, None),
    ("64494", "N", "", None, None, None),
    ("62323", "T", "5442", 69_252, 13_851, None),
    ("64483", "T", "5443", 89_029, 17_806, None),
    ("64484", "N", "", None, None, None),
    ("77003", "N", "", None, None, None),
    ("27096", "B", "", None, None, None),
    ("G0260", "T", "5442", 69_252, 13_851, None),
    ("64633", "J1", "5431", 195_277, 39_056, None),
    ("64635", "J1", "5431", 195_277, 39_056, None),
    ("64636", "N", "", None, None, None),
    ("63650", "J1", "5462", 656_290, 131_258, None),
    ("45385", "T", "5312", 117_908, 23_582, None),
    ("G0121", "T", "5311", 91_171, 0, 0),
    ("G0463", "J2", "5012", 12_887, 2_578, None),
    ("93451", "J1", "5191", 321_641, 64_329, 86_375),
    ("10001", "S", "5001", 10_001, 2_001, None),
    ("10002", "V", "5002", 5_000, 1_000, None),
    ("10003", "T", "5003", 20_001, 4_001, None),
    ("10004", "J1", "5004", 1_000_000, 200_000, None),
    ("10005", "S", "5691", 5_000, 1_000, None),
    ("20001", "Q1", "5001", 10_001, 2_001, None),
    ("20002", "Q2", "5003", 20_001, 4_001, None),
    ("20003", "Q2", "5004", 1_000_000, 200_000, None),
    ("20004", "Q1", "5735", 7_000, 1_400, None),
    ("20005", "Q1", "5001", 10_001, 2_001, None),
    ("30001", "T", "5009", None, None, None),
    ("4000A", "A", "", None, None, None),
    ("4000B", "B", "", None, None, None),
    ("4000C", "C", "", None, None, None),
    ("4000D", "E1", "", None, None, None),
    ("4000E", "E2", "", None, None, None),
    ("4000M", "M", "", None, None, None),
    ("5000F", "F", "", None, None, None),
    ("5000G", "G", "9001", 10_000, 2_000, None),
    ("5000H", "H", "2001", None, None, None),
    ("5000K", "K", "9002", 10_000, 2_000, None),
    ("5000L", "L", "", None, None, None),
    ("5000P", "P", "5853", 26_000, 5_200, None),
    ("5000R", "R", "9501", 20_000, 4_000, None),
    ("5000U", "U", "2616", 15_000, 3_000, None),
    ("5000Y", "Y", "", None, None, None),
    ("50001", "Q3", "5571", 30_000, 6_000, None),
    ("50002", "Q4", "", None, None, None),
    ("50003", "H1", "", None, None, None),
    ("50004", "K1", "9003", 10_000, 2_000, None),
)
COLUMNS = {
    "hcpcs_code": pl.String,
    "status_indicator": pl.String,
    "apc": pl.String,
    "payment_rate": pl.Int64,
    "copayment": pl.Int64,
    "national_copayment": pl.Int64,
}
RATES = HospitalRates(
    with_apc_indicator(pl.DataFrame(ROWS, schema=COLUMNS, orient="row")), date(2025, 1, 1)
)


def priced(
    lines: Sequence[Line], index: Decimal = ONE, rates: HospitalRates = RATES
) -> pl.DataFrame:
    table = pl.DataFrame(lines, schema=SCHEMA, orient="row")
    return price_in_hospital(table, rates, index)


#: Lines of an encounter at a wage index of 1 → amount of each in cents.
SETTLED: dict[str, list[int]] = {
    # Two sides of a T service: 1.00 + 0.50 of 890.29, a half rounded up; the further level is N.
    "64493-50 64494-50": [89_029 + 44_515, 0],
    "64493 62323": [89_029, 34_626],
    # The first is the one of the highest rate, whatever the order; a later bilateral is 0.50 twice.
    "62323 64493": [34_626, 89_029],
    "62323-50 64493": [2 * 34_626, 89_029],
    "62323x3": [69_252 + 2 * 34_626],
    "64493-59 62323-XS": [89_029, 34_626],
    "64483 64484 77003": [89_029, 0, 0],
    "27096": [69_252],
    # A hospital is paid its rate, whatever it charges.
    "62323@100": [69_252],
    # A comprehensive service once; all else that OPPS pays is inside.
    "64635 64636": [195_277, 0],
    "64635 62323 10001 10002x2 20001 20002 5000K 50001 50002 G0463": [195_277, *[0] * 9],
    "64635-73": [97_639],
    "64635-74 62323": [195_277, 0],
    # S and V in full by unit; T apart from them.
    "10001x2 10002 62323": [20_002, 5_000, 69_252],
    "10001-50": [20_002],
    # 73 and 52 at half, 74 in full. A stopped T service still ranks, by its whole rate.
    "10001-52": [5_001],
    "62323-73": [34_626],
    "62323-74 10003": [69_252, 10_001],
    "64493-73 62323": [44_515, 34_626],
    "64493 62323-73": [89_029, 17_313],
    # Of equal rates what pays more is first, whatever the order.
    "62323-73 62323": [17_313, 69_252],
    "64483-PN 64493": [17_806, 89_029],
    # Away from the campus: 0.40 of what is not excepted, of all of the line.
    "64493-50-PN": [53_418],
    "62323-PO": [69_252],
    "10001-PN 10002": [4_000, 5_000],
    "10005-PO": [5_000],
    # Packaged beside others, paid alone.
    "20001 10001": [0, 10_001],
    "20001 10002": [0, 5_000],
    "20002 10003": [0, 20_001],
    "20002 10001": [20_001, 10_001],
    "20001 20002 10001": [0, 20_001, 10_001],
    "20001": [10_001],
    "20001 64494": [10_001, 0],
    "20003": [1_000_000],
    # Inpatient only.
    "4000C": [0],
    "4000C 64494": [0, 0],
}
OPEN: dict[str, tuple[list[int | None], str]] = {
    "64633 64635": ([None, None], "several comprehensive services (J1)"),
    "64635-50 62323": ([None, 0], "several comprehensive services (J1)"),
    "64635x2": ([None], "several comprehensive services (J1)"),
    "64635 5000G": ([195_277, None], "status indicator G: its payment is not worked out"),
    "64635 4000A": ([195_277, None], "another fee schedule pays"),
    "4000A": ([None], "another fee schedule pays: laboratory, therapy or ambulance"),
    "4000C 62323": ([0, None], "beside a procedure for inpatients only"),
    "20001 20005": ([None, None], "which is paid is open"),
    "20001x2": ([None], "several units of a service that is packaged"),
    "20004": ([None], "no service of its APC is paid apart"),
    "20003 10001": ([None, 10_001], "of a comprehensive APC beside another"),
    "20001 G0463": ([None, None], "packaged where another service is paid, and that is not"),
    "20002 62323-53": ([None, None], "packaged where another service is paid, and that is not"),
    "20002 20001 62323-53 10001": ([None, 0, None, 10_001], "that is not settled"),
    "30001": ([None], "addendum B gives no rate"),
    "64483-53": ([None], "53 is a practitioner's"),
    "64483-52-73": ([None], "more than one of 52, 73 and 74"),
    "64483-50x2": ([None], "50 beside several units"),
    "64483-73x2": ([None], "52 or 73 beside several units"),
    "64483-50-52": ([None], "52 or 73 beside several units or sides"),
    "63650-FB": ([None], "a device credit"),
    "10001-FX": ([None], "CT, FX and FY reduce imaging"),
    "64483-PN-PO": ([None], "PN and PO"),
    "99999": ([None], "not in addendum B"),
    **{code: ([None], "not for a hospital's") for code in ("4000B", "4000D", "4000E", "4000M")},
    **{
        code: ([None], f"status indicator {indicator}: its payment is not worked out here")
        for code, indicator, *_ in ROWS
        if code.startswith("5000") or code == "G0463"
    },
}


def test_each_encounter_is_paid_to_the_cent_or_says_what_is_open() -> None:
    settled: dict[str, tuple[Sequence[int | None], str]]
    settled = {said: (amounts, "") for said, amounts in SETTLED.items()}
    expected = settled | OPEN
    found = priced([line for said in expected for line in lines_of(said, said)])
    with adding_up():
        totals = encounter_totals(found).rows_by_key("encounter_id", named=True, unique=True)
    amounts = found.group_by("encounter_id", maintain_order=True).agg("amount", "reason")
    for said, of_lines, reasons in amounts.iter_rows():
        wanted, reason = expected[said]
        assert of_lines == wanted, said
        total = totals[said]["facility_amount"]  # type: ignore[call-overload]
        assert total == (None if reason else sum(each or 0 for each in wanted)), said
        assert reason in "; ".join(reasons), said
    assert {row[1] for row in ROWS} == set(found["status_indicator"].drop_nulls())
    noted = found.filter(pl.col("note") != "")
    assert set(noted["encounter_id"]) == {
        *("20002 10001", "20001 20002 10001", "20001", "20001 64494", "20003")
    }
    assert noted["note"][0].startswith("review: Q2 is packaged beside other services; none stands")


def test_from_2026_drugs_administered_off_campus_are_open_and_the_offset_is_told() -> None:
    of_2026 = replace(RATES, quarter=date(2026, 1, 1))
    found = priced(lines_of("1", "10005-PO 10005 62323-PO"), rates=of_2026)
    assert found["amount"].to_list() == [None, 5_000, 69_252]
    assert found["reason"][0].startswith("PO and the administration of a drug")


def test_prior_authorization_is_the_hospital_s() -> None:
    lines = pl.DataFrame(
        [
            ("64493", "22", date(2023, 7, 1)),
            ("64493", "22", date(2023, 6, 30)),
            ("63650", "19", date(2023, 6, 30)),
            ("64493", "24", date(2026, 7, 1)),
            ("64493", "11", date(2026, 7, 1)),
            ("64492", "22", date(2026, 7, 1)),
        ],
        schema=["code", "place", "day"],
        orient="row",
    )
    notes = lines.select(
        prior_authorization_note(pl.col("code"), pl.col("place"), pl.col("day"))
    ).to_series()
    assert [bool(note) for note in notes] == [True, False, True, False, False, False]


def test_three_fifths_of_the_rate_go_by_the_wage_index() -> None:
    found = priced(lines_of("1", "64493-50 64494"), Decimal("0.9660"))
    assert found["wage_amount"].to_list() == [87_213, None]
    assert found["amount"].to_list() == [87_213 + 43_607, 0]
    for index in ("0", "-1", "966"):
        with pytest.raises(UsageError, match="The wage index"):
            priced(lines_of("1", "64493"), Decimal(index))


def test_rates_are_of_the_day_s_quarter_or_an_earlier_one_of_the_year(tmp_path: Path) -> None:
    heading = "HCPCS Code,SI,APC,Payment Rate,Minimum Unadjusted Copayment"
    rows = "".join(
        f"{code},{indicator},{apc},{cents(rate)},{cents(least) or '.'}\r\n"
        for code, indicator, apc, rate, least, _ in ROWS
    )
    for year in (2025, 2026):
        path = tmp_path / f"{year}_January_Addendum_B.csv"
        path.write_text(f"{heading}\r\n{rows}", encoding="ascii")
        import_schedule(path, tmp_path / "store")
    stored = load_schedules(tmp_path / "store")
    rates = hospital_rates_on(stored, date(2025, 2, 1))
    assert (rates.quarter, rates.note) == (date(2025, 1, 1), "")
    kept = ["hcpcs_code", "status_indicator", "payment_rate", "copayment", "apc_indicator"]
    assert rates.rows.select(kept).sort("hcpcs_code").equals(RATES.rows.select(kept).sort(kept[0]))
    later = hospital_rates_on(stored, date(2025, 10, 15))
    assert later.note == "rates of 2025Q1 are used for 2025Q4, whose own are not loaded"
    of_2026 = hospital_rates_on(stored, date(2026, 4, 1)).note
    assert of_2026 == (
        "rates of 2026Q1 are used for 2026Q2, whose own are not loaded; the 340B offset of some "
        "hospitals is not taken off"
    )
    for day in (date(2024, 12, 31), date(2027, 1, 1)):
        with pytest.raises(UsageError, match=rf"No OPPS addendum B .* of {day.year} is loaded"):
            hospital_rates_on(stored, day)


def cents(amount: int | None) -> str:
    return "" if amount is None else f"{amount // 100}.{amount % 100:02}"


def test_one_factor_gives_every_rate_of_addendum_b_and_a_fifth_every_copayment() -> None:
    """January 2025, whole. A fifth is rounded up; preventive services have no copayment."""
    skip_without(ADDENDUM_B)
    source = Source(ADDENDUM_B.name, ADDENDUM_B.read_bytes())
    table, day = hospital_outpatient.read(source)
    assert (table.height, day) == (18_562, date(2025, 1, 1))
    texts, _ = texts_of(source, {"HCPCS Code": "hcpcs_code", "Relative Weight": "weight"})
    rates = with_apc_indicator(table).join(texts, on="hcpcs_code")
    paid = rates.filter(pl.col("status_indicator").is_in(["S", "T", "V", "J1"]))
    assert paid.height == 3_141 + 1_049 + 667 + 21
    assert paid.null_count().select("payment_rate", "copayment").row(0) == (0, 0)
    weighed = paid.filter(pl.col("weight") != "")  # not so new technology
    assert weighed.height == 4_819
    weight = (pl.col("weight").cast(pl.Decimal(18, 4)) * 10_000).cast(pl.Int64)
    by_factor = (weight * 89_169 + 50_000) // 100_000
    assert weighed.filter(by_factor != pl.col("payment_rate")).is_empty()
    fifth = (pl.col("payment_rate") + 4) // 5
    assert paid.filter((pl.col("copayment") > 0) & (pl.col("copayment") != fifth)).is_empty()
    free = rates.filter(
        pl.col("status_indicator").is_in(["S", "T", "V", "J1", "Q1", "Q2"]), copayment=0
    )
    preventive = {row.first for row in medicare_cost_sharing().rows if row.deductible_waived}
    assert (free.height, set(free["hcpcs_code"]) - preventive) == (42, set())
    above = paid.filter(pl.col("national_copayment") > pl.col("copayment"))
    assert (above.height, "93451" in above["hcpcs_code"]) == (27, True)
    # The codes of the cases above stand in it as they do there.
    real = {row[0] for row in ROWS[:16]}
    of_cases = RATES.rows.filter(pl.col("hcpcs_code").is_in(real)).drop("apc_indicator")
    found = table.join(of_cases.select("hcpcs_code"), on="hcpcs_code", maintain_order="right")
    assert found.select(of_cases.columns).equals(of_cases)
    # By what conditionally packaged services of an APC are paid, alone.
    conditional = rates.filter(pl.col("status_indicator").is_in(["Q1", "Q2"]))
    of_apc = dict(conditional["apc_indicator"].value_counts().iter_rows())
    assert of_apc == {"S": 479, "S or T": 182, "T": 59, "V": 10, "J1": 83, None: 90}
