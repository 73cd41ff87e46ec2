"""CMS's payment limits for drugs and its laboratory fee schedule: as they come, by quarter."""

import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from payrules.errors import AlteredError, ScheduleError
from payrules.schedules import import_schedule, load_schedules, verify
from payrules.schedules.cms import drug_limits, laboratory_rates
from payrules.schedules.cms.cells import Source, head
from payrules.schedules.file_kinds import kind_of
from tests.real_files import DRUG_LIMITS, LABORATORY, need

ASP_HEADINGS = (
    "HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage,"
    "Vaccine AWP%,Vaccine Limit,Blood AWP%,Blood limit,Clotting Factor,Notes,"
)
PERIOD = '"Effective January 1, 2025 through March 31, 2025"'
ASP = "\r\n".join(
    [
        "Payment Allowance Limits for Medicare Part B Drugs" + 11 * ",",
        11 * ",",
        PERIOD + 11 * ",",
        11 * ",",
        "Note 1: x" + 11 * ",",
        "Note 2: x" + 11 * ",",
        11 * ",",
        11 * ",",
        ASP_HEADINGS,
        "J3301,x,10 MG,0.898,20.000,,,,,,,",
        "J0897,x,1 MG,24.316,18.237,,,,,,Inflation-adjusted coinsurance,",
        "90662,x,0.5 ML,83.492,0.000,95,83.492,,,,see the Seasonal page,",
        'A9606,x,1 microCurie,N/A,20.000,,,,,,"100% AWP = $196.92\n100% WAC = $164.10",',
        'J9999,x,1 EA,"565,623.836",20.000,,,,,1,,',
        "",
    ]
)
CLFS_HEADINGS = (
    '"YEAR","HCPCS","MOD","EFF_DATE","INDICATOR","RATE","SHORTDESC","LONGDESC","EXTENDED LONGDESC"'
)
CLFS = "\n".join(
    [
        '"2025 Clinical Diagnostic Laboratory Fee Schedule ","","","","","","","",""',
        '"notice","","","","","","","",""',
        '"notice","","","","","","","",""',
        '"","","","","","","","",""',
        CLFS_HEADINGS,
        '"2025","80053","","20250101","N","00010.56","","",""',
        '"2025","80053","QW","20250101","N","00010.56","","",""',
        '"2025","0020M","","20250101","L","00000.00","","",""',
        '"2025","G0480","","20250101","N","114.43","","",""',
        "",
    ]
)
CLFS_NAME = "CLFS 2025 Q1V1.csv"
FIRST, LAST = date(2025, 1, 1), date(2025, 3, 31)


def asp(text: str = ASP) -> Source:
    return Source("ASP.csv", text.encode("latin-1"))


def clfs(text: str = CLFS, name: str = CLFS_NAME) -> Source:
    return Source(name, text.encode("latin-1"))


def test_limits_have_three_decimals_and_the_files_own_coinsurance() -> None:
    assert drug_limits.looks_like(head(asp()))
    limits, day = drug_limits.read(asp())
    assert day == FIRST
    assert limits.select(pl.exclude("effective_from", "effective_to")).rows() == [
        ("90662", "0.5 ML", 83_492, 0, True, "see the Seasonal page"),
        ("A9606", "1 microCurie", None, 20_000, False, "100% AWP = $196.92 100% WAC = $164.10"),
        ("J0897", "1 MG", 24_316, 18_237, False, "Inflation-adjusted coinsurance"),
        ("J3301", "10 MG", 898, 20_000, False, None),
        ("J9999", "1 EA", 565_623_836, 20_000, False, None),
    ]
    assert limits["effective_from"].unique().to_list() == [FIRST]
    assert limits["effective_to"].unique().to_list() == [LAST]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Payment Limit,Co-", "Payment Limit,Other,Co-", "layout that payrules knows: .*Other"),
        (",Notes,", ",", "not the payment limit file in a layout"),
        (PERIOD, "Effective soon", "does not state its quarter where CMS does"),
        ("March 31, 2025", "March 32, 2025", "does not state its quarter"),
        ("March 31, 2025", "March 31, 2024", "does not state its quarter"),
        ("0.898", "0.8981", "row 10, payment_limit: found '0.8981', expected a number to 10000000"),
        ("0.898", "-1", "payment_limit: found '-1'"),
        ("0.898", "", "row 10, payment_limit: found ''"),
        ("0.898", "10000000.001", "expected a number to 10000000"),
        ("18.237", "118.237", "coinsurance_percent: found '118.237', expected a number to 100"),
        ("18.237", "", "row 11, coinsurance_percent: found ''"),
        ("J3301", "J330", "row 10, hcpcs_code: found 'J330', expected a HCPCS code"),
        ("10 MG", "", "row 10, unit: found '', expected the dosage of one unit"),
        ("J0897", "J3301", "two rows for hcpcs_code 'J3301'"),
        (",20.000,,,,,1,,", ",20.0", "is cut short|in the middle of a row"),
    ],
)
def test_limits_refusals(old: str, new: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        drug_limits.read(asp(ASP.replace(old, new, 1)))


def test_a_limit_of_nothing_is_no_price() -> None:
    limits, _ = drug_limits.read(asp(ASP.replace("0.898", "0.000")))
    assert dict(limits.select("hcpcs_code", "payment_limit").iter_rows())["J3301"] is None


def test_rates_are_cents_and_a_contractors_rate_is_none() -> None:
    assert laboratory_rates.looks_like(head(clfs()))
    rates, day = laboratory_rates.read(clfs())
    assert day == FIRST
    assert rates.rows() == [
        ("0020M", "", None, FIRST, LAST),
        ("80053", "", 1056, FIRST, LAST),
        ("80053", "QW", 1056, FIRST, LAST),
        ("G0480", "", 11443, FIRST, LAST),
    ]


def test_the_latest_rate_up_to_the_date_of_service() -> None:
    row = '"2025","80053","","20250101","N","00010.56","","",""'
    more = [row.replace("20250101", day).replace("10.56", rate) for day, rate in (
        ("20240101", "9.00"), ("20250215", "11.00"), ("20250401", "12.00"),
    )]  # fmt: skip
    rates, _ = laboratory_rates.read(clfs(CLFS.replace(row, "\n".join([row, *more]))))
    assert rates.filter(pl.col("hcpcs_code") == "80053", pl.col("modifier") == "").rows() == [
        ("80053", "", 1056, FIRST, date(2025, 2, 14)),
        ("80053", "", 1100, date(2025, 2, 15), LAST),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"MOD",', '"MOD","PLACE",', "layout that payrules knows: .*PLACE"),
        ('"QW","2025', '"91","2025', "row 7, modifier: found '91', expected QW, or nothing"),
        ('"L"', '"X"', "row 8, indicator: found 'X', expected N or L"),
        ("00010.56", "00010.567", "row 6, rate: found '00010.567'"),
        ("00010.56", "", "row 6, rate: found ''"),
        ("00010.56", "0", "row 6: a national rate .N. of 0 is no price"),
        ("20250101", "20251301", "a day of the calendar"),
        ("20250101", "2025-1-1", "row 6, rate_from: found '2025-1-1'"),
        ('"2025","80053"', '"2024","80053"', "row 6, year: found '2024', expected 2025"),
        ('"G0480","","2025', '"0020M","","2025', "two rows for hcpcs_code and modifier and rate_"),
        ('"114.43","","",""', '"114.4', "row 9 is cut short"),
    ],
)
def test_rates_refusals(old: str, new: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        laboratory_rates.read(clfs(CLFS.replace(old, new, 1)))


def test_a_laboratory_file_whose_name_says_no_quarter() -> None:
    with pytest.raises(ScheduleError, match=r"keep CMS's own name .*--effective-from"):
        laboratory_rates.read(clfs(name="clfs.csv"))
    _, day = laboratory_rates.read(clfs(name="clfs.csv"), FIRST)
    assert day == FIRST


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="latin-1", newline="")
    return path


def test_import_names_the_quarter_and_verify_counts_rows(tmp_path: Path) -> None:
    store = tmp_path / "store"
    drugs = import_schedule(put(tmp_path, "Jan 2025 ASP.csv", ASP), store)
    tests = import_schedule(put(tmp_path, CLFS_NAME, CLFS), store)
    assert (drugs.name, drugs.rows) == ("asp-2025Q1", {"asp": 5})
    assert (tests.name, tests.rows) == ("clfs-2025Q1", {"clfs": 4})
    assert import_schedule(tmp_path / CLFS_NAME, store).unchanged
    schedules = load_schedules(store)
    assert [(each.entry, each.rows) for each in verify(schedules)] == [
        ("asp-2025Q1", 5),
        ("clfs-2025Q1", 4),
    ]
    assert [(each["kind"], each["rows"]) for each in schedules.table_sources()] == [
        ("asp", 5),
        ("clfs", 4),
    ]
    stored = tests.folder / "clfs.parquet"
    stored.write_bytes(stored.read_bytes() + b" ")
    with pytest.raises(AlteredError, match="clfs-2025Q1"):
        verify(store)


def test_a_second_file_for_a_quarter_is_refused(tmp_path: Path) -> None:
    import_schedule(put(tmp_path, "a.csv", ASP), tmp_path / "store")
    other = put(tmp_path, "b.csv", ASP.replace("0.898", "0.999"))
    with pytest.raises(ScheduleError, match="already a 'asp-2025Q1'"):
        import_schedule(other, tmp_path / "store")
    with pytest.raises(ScheduleError, match="already holds the asp table effective 2025-01-01"):
        import_schedule(other, tmp_path / "store", "another")


def test_zip_as_cms_publishes_it(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "Jan 2025 ASP Pricing File.xlsx") as book:
        book.add_worksheet().write(0, 0, "another form of the same")
    with zipfile.ZipFile(tmp_path / "jan-2025-asp-pricing-file.zip", "w") as archive:
        archive.write(tmp_path / "Jan 2025 ASP Pricing File.xlsx", "Jan 2025 ASP Pricing File.xlsx")
        archive.writestr("section 508 version of Jan 2025 ASP Pricing File.csv", ASP)
    imported = import_schedule(tmp_path / "jan-2025-asp-pricing-file.zip", tmp_path / "store")
    assert (imported.name, imported.rows) == ("asp-2025Q1", {"asp": 5})


def test_a_workbook_of_the_same_layout_is_read(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "asp.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(2, 0, PERIOD.strip('"'))
        for at, heading in enumerate(ASP_HEADINGS.split(",")[:-1]):
            sheet.write(8, at, heading)
        for at, cell in enumerate(["J3301", "x", "10 MG", 0.898, 20.0, "", "", "", "", "", ""]):
            sheet.write(9, at, cell)
    imported = import_schedule(tmp_path / "asp.xlsx", tmp_path / "store")
    assert imported.rows == {"asp": 1}


def test_quarters_stand_side_by_side_with_a_gap_between(tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_schedule(put(tmp_path, "a.csv", ASP), store)
    later = ASP.replace("January 1, 2025", "January 1, 2026").replace(
        "March 31, 2025", "March 31, 2026"
    )
    import_schedule(put(tmp_path, "b.csv", later.replace("0.898", "0.999")), store)
    table = load_schedules(store).table("asp")
    assert table is not None
    drug = table.filter(pl.col("hcpcs_code") == "J3301")
    assert drug.select("payment_limit", "effective_from", "effective_to").rows() == [
        (898, FIRST, LAST),
        (999, date(2026, 1, 1), date(2026, 3, 31)),
    ]


@need(*DRUG_LIMITS, LABORATORY)
def test_whole_files(tmp_path: Path) -> None:
    names = {}
    for path in (*DRUG_LIMITS, LABORATORY):
        assert kind_of(Source(path.name, path.read_bytes())) == path.parent.name
        imported = import_schedule(path, tmp_path)
        names[imported.name] = imported.rows
    assert names == {
        "asp-2025Q1": {"asp": 877},
        "asp-2026Q1": {"asp": 877},
        "clfs-2025Q1": {"clfs": 2087},
    }
    schedules = load_schedules(tmp_path)
    drugs, tests = schedules.table("asp"), schedules.table("clfs")
    assert drugs is not None
    assert tests is not None
    adjusted = drugs.filter(~pl.col("coinsurance").is_in([0, 20_000]))
    assert adjusted.group_by("effective_from").len().sort("effective_from")["len"].to_list() == [
        58,
        91,
    ]
    assert drugs["is_vaccine"].sum() == 28 + 27
    assert drugs.filter(pl.col("payment_limit").is_null())["hcpcs_code"].unique().to_list() == [
        "A9606"
    ]
    assert tests["rate"].null_count() == 45
    assert (tests["modifier"] == "QW").sum() == 116
