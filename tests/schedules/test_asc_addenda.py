"""CMS's addenda of surgical centers and their wage indices in every form they took."""

import zipfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from payrules.code_page.facilities import facility_rates_of
from payrules.code_page.indicators import ASC_PAYMENT
from payrules.errors import ScheduleError, UsageError
from payrules.schedules import Schedules, import_schedule, load_schedules
from payrules.schedules.cms import surgical_centers, wage_indices
from payrules.schedules.cms.addenda import texts_of
from payrules.schedules.cms.cells import Source
from payrules.schedules.cms.relative_values import read as read_relative_values
from payrules.schedules.file_kinds import ASC_ADDENDA as KINDS
from payrules.schedules.store import verify
from payrules.schedules.wage_index import wage_index
from tests.real_files import ASC_ADDENDA, ASC_WAGE_INDICES, CMS, skip_without

AA = (
    "Addendum AA -- ASC Covered Surgical Procedures for CY 2023,,,,,,\r\n,,,,,,\r\n"
    "HCPCS Code,,Short Descriptor,Subject to Multiple Procedure Discounting,{0} Payment Indicator,"
    '{0} Payment Weight  ,{0} Payment Rate \r\n64483,,,Y,G2,8.5561,"$1,443.67 "\r\n'
)
BB = (
    '"Addendum BB -- ASC Covered Ancillary Services for CY 2026 \n(Including Packaged)",,,,,,,\r\n'
    "HCPCS Code,,Short Descriptor,Drug and Device Pass-Through Expiration during Calendar Year,"
    "July 2026 Payment Indicator,July 2026 Payment Weight  ,July 2026 Payment Rate ,"
    "July 2026 IRA-22 Adjusted Copayment1\r\n"
    "76000,,,,Z2,4.1,230.92,\r\n0599T,,,,N1\r\nJ0892,**,,*,k5,,,\r\n"
    'J2782,,,,K2,,"$1,111.30 ",12.1\r\nJ2782,,,,K2,,"$1,111.30 ",12.1\r\n,,,,,,,\r\n'
    '"NOTE 2:  In general,\n 80 percent",,,,,,,\r\n'
)
EE = (
    "Addendum EE -- Surgical Procedures to be Excluded from Payment in ASCs for CY 2023,\r\n,\r\n"
    "HCPCS Code,Short Descriptor\r\n00176,\r\nG0412,\r\n"
)
FF = (
    '"Addendum FF -- ASC Device Offset Percentages for CY 2023 \n(For Covered)",,,,,,,\r\n'
    "HCPCS Code,,Short Descriptor,January 2024 Payment Indicator,January 2024 APC,January 2024 "
    "OPPS Payment Rate,January 2024 Device Offset Percentage,January 2024 Device Offset "
    "Amount / Device Portion\r\n"
    '20220,,,A2,5072,"$1,223.59",2.03%,$12.93\r\n63685,,,J8,5465,"$27,243.64",84.13%,"$22,920.07"\r\n'
    "64484,,,N1,,,,\r\n,,,,,,,\r\n"
)
WAGES = "CBSA,CBSA Name,WI25\r\n01,ALABAMA,0.6471\r\n01,ALABAMA,0.7158\r\n31,NEW JERSEY,\r\n"
WAGES += '12420,"Austin, TX",0.988\r\n32420,"Mayag\x81ez, PR",0.3759\r\n48,WEST VIRGINIA,0.0000\r\n'
#: The factors of the ASC payment system by year: found of all rates, and for 2025 and 2026 the
#: ones that CMS published.
FACTORS = {2023: "51.854", 2024: "53.514", 2025: "54.895", 2026: "56.322"}
#: Rates that are not their weight's: new codes of July 2025.
NOT_OF_THEIR_WEIGHT = {"0973T", "0975T"}
AREAS = {2023: 462, 2024: 462, 2025: 470, 2026: 486}


def source(name: str, text: str) -> Source:
    return Source(name, text.encode("latin-1"))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Schedules:
    """All fifteen quarters and four years of wage indices, in one store."""
    skip_without(*ASC_ADDENDA, *ASC_WAGE_INDICES)
    store = tmp_path_factory.mktemp("store")
    for path in (*ASC_ADDENDA, *ASC_WAGE_INDICES):
        assert not import_schedule(path, store).ignored
    return load_schedules(store)


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


def test_ancillary_services_end_where_they_have_no_rate() -> None:
    day = date(2026, 7, 1)
    rates, published_for = surgical_centers.read_ancillary(source("BB.csv", BB))
    assert published_for == day
    assert rates.rows() == [
        ("0599T", "N1", None, "", day, None),
        ("76000", "Z2", 23_092, "", day, None),
        ("J0892", "K5", None, "**", day, None),
        ("J2782", "K2", 111_130, "", day, None),
    ]


def test_an_addendum_without_the_column_of_marks_has_none_known() -> None:
    # A later blank heading is no column of marks (April 2025).
    unmarked = AA.format("Jan 2023")
    for old, new in (("Code,,Short", "Code,Short"), ("3,,,Y", "3,,Y"), ("Rate \r", "Rate ,\r")):
        unmarked = unmarked.replace(old, new)
    text = unmarked.replace('67 "\r', '67 ",**\r')
    rates, _ = surgical_centers.read_rates(source("AA.csv", text))
    assert rates["payment_rate"].to_list() == [144_367]
    assert rates["mark"].to_list() == [None]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("76000,,,,Z2,4.1,230.92,", "76000,,,,Z2", r"row 3, payment_rate: found ''.*every Z2"),
        ("0599T,,,,N1\r", "0599T,,\r", "row 4 is cut short"),
        ("k5", "k", "row 5, payment_indicator: found 'K'"),
        ('"$1,111.30 ",12.1\r\n,', '"$1,111.31 ",\r\n,', "two rows for hcpcs_code 'J2782'"),
    ],
)
def test_ancillary_services_refused(old: str, new: str, said: str) -> None:
    text = BB.replace(old, new)
    assert text != BB
    with pytest.raises(ScheduleError, match=said):
        surgical_centers.read_ancillary(source("BB.csv", text))


def test_device_offsets_are_the_amount_of_the_last_column() -> None:
    # CMS's title of January 2024 says 2023; its headings say the quarter.
    offsets, day = surgical_centers.read_offsets(source("FF.csv", FF))
    assert day == date(2024, 1, 1)
    assert offsets.select("hcpcs_code", "device_offset").rows() == [
        ("20220", 1_293),
        ("63685", 2_292_007),
        ("64484", None),
    ]


def test_excluded_surgery_is_of_the_quarter_beside_it(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match=r"does not say which quarter .* --effective-from"):
        surgical_centers.read_excluded(source("EE.csv", EE))
    # CMS left out the last line end in July 2023: a code and its comma are whole, a code is not.
    excluded, day = surgical_centers.read_excluded(source("EE.csv", EE[:-2]), date(2023, 7, 1))
    assert excluded["hcpcs_code"].to_list() == ["00176", "G0412"]
    with pytest.raises(ScheduleError, match="ends in the middle of a row"):
        surgical_centers.read_excluded(source("EE.csv", EE[:-3]), day)
    (tmp_path / "EE.csv").write_bytes(EE.encode())
    (tmp_path / "AA.csv").write_bytes(AA.format("Apr 2023").encode())
    imported = import_schedule(tmp_path, tmp_path / "store", "asc")
    assert imported.rows == {"asc": 1, "asc_excluded": 2}
    table = load_schedules(tmp_path / "store").table("asc_excluded")
    assert table is not None
    assert set(table["effective_from"]) == {date(2023, 4, 1)}
    (tmp_path / "EE.csv").write_bytes(EE.replace("CY 2023", "CY 2022").encode())
    with pytest.raises(ScheduleError, match=r"EE.csv is for 2022; it cannot be .* 2023-04-01"):
        import_schedule(tmp_path, tmp_path / "another", "asc")
    (tmp_path / "EE.csv").unlink()
    (tmp_path / "FF.csv").write_bytes(FF.encode("latin-1"))
    with pytest.raises(ScheduleError, match=r"two quarters: AA.csv is effective 2023-04-01, .*FF"):
        import_schedule(tmp_path, tmp_path / "another", "asc")


def test_every_quarter_is_imported_dated_and_verified(stored: Schedules) -> None:
    days = [date(quarter // 4, 3 * (quarter % 4) + 1, 1) for quarter in range(8092, 8107)]
    without_offsets = date(2023, 10, 1)
    for kind in KINDS:
        held = [table.published_for for table in stored.tables_in_use(kind)]
        assert held == [
            day for day in days if kind != "asc_device_offset" or day != without_offsets
        ]
    assert len(verify(stored)) == 4 * len(days) - 1 + len(FACTORS)
    for day in days:
        rows = {kind: _of_quarter(stored, kind, day) for kind in KINDS}
        preventive = rows["asc"].filter(mark="**")["hcpcs_code"].to_list()
        assert preventive == ["G0104", "G0105", "G0121"]
        assert set(rows["asc"]["mark"]) == {"", "*", "**"}
        assert set(rows["asc_ancillary"]["mark"]) <= {"", "**", "***"}
        assert 4_000 < rows["asc"].height < 5_000
        assert 2_000 < rows["asc_ancillary"].height < 2_600
        for kind in ("asc", "asc_ancillary"):
            assert set(rows[kind]["payment_indicator"]) <= set(ASC_PAYMENT)
        # A code is in one addendum or in none.
        codes = pl.concat(rows[kind]["hcpcs_code"] for kind in KINDS if kind != "asc_device_offset")
        assert codes.is_unique().all()


def test_a_code_is_where_its_last_quarter_has_it(stored: Schedules) -> None:
    """In 2026 0870T moved from BB to AA, 0095T from EE to AA; 0266T is in none."""
    codes = ["0870T", "0095T", "0266T", "99999"]
    expected: dict[date, list[list[tuple[str, str | None]]]] = {
        date(2022, 12, 31): [[], [], [], []],
        date(2025, 12, 31): [[("K5", None)], [("excluded", None)], [("J8", "42207.54")], []],
        date(2026, 2, 1): [[("J8", "23824.95")], [("N1", None)], [], []],
    }
    for day, rates in expected.items():
        found = facility_rates_of(codes, stored, day)
        assert [[(r.indicator, r.rate) for r in found[code]] for code in codes] == rates


def _of_quarter(schedules: Schedules, kind: str, day: date) -> pl.DataFrame:
    found = [t for t in schedules.tables_in_use(kind) if t.published_for == day]
    return found[0].stored.read() if found else pl.DataFrame()


def test_every_rate_is_its_weight_times_the_factor(stored: Schedules) -> None:
    """Surgery (A2, G2, P2, R2, D2) of AA, radiology (Z2) of BB, each quarter's, to the cent."""
    of_weights = {"HCPCS Code": "hcpcs_code", "Payment Indicator": "i", "Payment Weight": "weight"}
    checked, strange = 0, set()
    for path in ASC_ADDENDA:
        with zipfile.ZipFile(path) as archive:
            for kind, addendum in (("asc", "AA"), ("asc_ancillary", "BB")):
                (name,) = [each for each in archive.namelist() if each.startswith(addendum)]
                texts, _ = texts_of(Source(name, archive.read(name)), of_weights, "i")
                weighed = texts.filter(pl.col("i").is_in(["A2", "G2", "P2", "R2", "D2", "Z2"]))
                day = date.fromisoformat(f"{path.stem.removeprefix('asc-')}-01")
                found = weighed.join(_of_quarter(stored, kind, day), on="hcpcs_code")
                factor = int(Decimal(FACTORS[day.year]) * 1_000)
                weight = pl.col("weight").cast(pl.Decimal(18, 4)) * 10_000
                cents = (weight.cast(pl.Int64) * factor + 50_000) // 100_000
                wrong = found.filter((cents != pl.col("payment_rate")).fill_null(value=True))
                checked += found.height
                strange |= {(day, code) for code in wrong["hcpcs_code"]}
    assert checked > 40_000
    assert strange == {
        (date(2025, month, 1), code) for month in (7, 10) for code in NOT_OF_THEIR_WEIGHT
    }


def test_office_based_rates_are_of_the_offices_practice_expense(stored: Schedules) -> None:
    """308 of 403 are today's RVUs times the factor of 2026; RVUs of the rest changed since."""
    path = CMS / "2026C" / "PPRRVU2026_Jul_nonQPP.csv"
    skip_without(path)
    codes = read_relative_values(Source(path.name, path.read_bytes())).codes
    rates = _of_quarter(stored, "asc", date(2026, 7, 1)).filter(payment_indicator="P3")
    found = rates.join(codes.filter(modifier=""), on="hcpcs_code")
    of_today = (pl.col("nonfacility_pe_rvu") * 335_675 + 5_000) // 10_000
    assert (found.height, found.filter(of_today == pl.col("payment_rate")).height) == (403, 308)
    # Of whole hundredths of an RVU is each of them.
    rate = pl.col("payment_rate")
    hundredths = (rate * 10_000 + 335_675 // 2) // 335_675
    assert found.filter((hundredths * 335_675 + 5_000) // 10_000 != rate).is_empty()


def test_wage_indices_keep_what_cms_says_twice() -> None:
    indices, day = wage_indices.read(source("WI.csv", WAGES))
    assert day == date(2025, 1, 1)
    assert set(indices["effective_to"]) == {date(2025, 12, 31)}
    assert indices.rows()[0][:4] == ("01", "ALABAMA", 6_471, 7_158)
    names = ["area", "area_name", "lowest_wage_index", "highest_wage_index"]
    assert indices.select(names).rows() == [
        ("01", "ALABAMA", 6_471, 7_158),
        ("12420", "Austin, TX", 9_880, 9_880),
        ("31", "NEW JERSEY", None, None),
        ("32420", "Mayagüez, PR", 3_759, 3_759),
        ("48", "WEST VIRGINIA", None, None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("12420", "2420", "row 5, area: found '2420', expected a CBSA of five digits"),
        ("0.988", "9.88x", "row 5, wage_index: found '9.88x'"),
        ("01,ALABAMA,0.7158", "01,ALABAMA,", "gives area 01 a wage index in one row and none"),
        (",0.6471", "", "row 2 is cut short"),
    ],
)
def test_wage_indices_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        wage_indices.read(source("WI.csv", WAGES.replace(old, new, 1)))


def test_an_area_without_one_wage_index_is_refused_by_a_sentence(stored: Schedules) -> None:
    assert wage_index("12420", stored, date(2026, 7, 15)) == Decimal("0.9660")
    assert wage_index("01", stored, date(2026, 7, 15)) == Decimal("0.6367")
    in_2025: Mapping[str, str] = {
        "01": r"2025 give area 01 \(ALABAMA\) more than one value, from 0.6471 to 0.7158; give",
        "40": "more than one value, from 0.2862 to 0.4421",
        "31": r"no ASC wage index in 2025; give the wage index itself",
        "99999": "have no area '99999'; it is a CBSA of five digits",
    }
    for area, said in in_2025.items():
        with pytest.raises(UsageError, match=said):
            wage_index(area, stored, date(2025, 5, 1))
    with pytest.raises(UsageError, match="No ASC wage indices of 2027 are loaded; import"):
        wage_index("12420", stored, date(2027, 1, 1))
    twice = stored.table("asc_wage_index")
    assert twice is not None
    apart = twice.filter(pl.col("lowest_wage_index") != pl.col("highest_wage_index"))
    assert (apart.height, set(apart["effective_from"])) == (27, {date(2025, 1, 1)})
    assert {y: twice.filter(effective_from=date(y, 1, 1)).height for y in AREAS} == AREAS
