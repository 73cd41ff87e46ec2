"""What changed between two releases, and what that does to a practice's own volume."""

import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.code_page import code_list, code_page
from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.errors import ReportError, ScheduleError
from payrules.fees.diff import diff, volume_effect, volume_steps, with_amounts
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import Release, Schedules, import_schedule, load_schedules
from payrules.schedules.cms import relative_values
from payrules.schedules.cms.cells import Source
from payrules.schedules.conversion_factors import factors_of
from payrules.schedules.rvus import RVUS, has_amounts
from payrules.screen.printed import show
from payrules.screen.release_diff import diff_tables
from payrules.workbook.release_changes import write_diff
from tests.pricing_cases import STARTER
from tests.real_files import MEDICARE, need
from tests.schedules.conftest import GPCI, ROWS, Maker, pprrvu_csv

LATER = (
    ROWS[0],
    ROWS[1].replace("7.03,8.22,NA,8.22,,1.39,16.64,16.64", "7.00,8.22,,8.20,,1.39,16.61,16.59"),
    ROWS[2].replace("72146,TC", "72148,TC"),
)


@pytest.fixture
def two(release: Maker, tmp_path: Path) -> tuple[Release, Release]:
    earlier = release("2025C", **{"PPRRVU2025_Oct.csv": pprrvu_csv(month="July")})
    later = release("2025D", **{"PPRRVU2025_Oct.csv": pprrvu_csv(LATER)})
    for folder in (earlier, later):
        import_schedule(folder, tmp_path / "store")
    schedules = load_schedules(tmp_path / "store")
    return schedules.named("2025C"), schedules.named("2025D")


def test_every_kind_of_change(two: tuple[Release, Release]) -> None:
    found = diff(*two)
    assert (found.before, found.after, found.unchanged) == ("2025C", "2025D", 1)
    assert found.counts() == {"deleted": 1, "added": 1, "indicators": 1}
    assert found.rows.select("hcpcs_code", "modifier", "change", "indicators", "rvus").rows() == [
        ("72146", "TC", "deleted", "status A → none", ""),
        ("72148", "TC", "added", "status none → A", ""),
        (
            "29881",
            "",
            "indicators",
            "non-facility NA yes → no",
            "work 7.03 → 7.00, facility practice expense 8.22 → 8.20",
        ),
    ]
    row = found.rows.row(2, named=True)
    assert (row["nonfacility_amount_before"], row["nonfacility_amount_after"]) == (
        Decimal("538.25"),
        Decimal("537.28"),
    )
    assert (row["nonfacility_change"], row["facility_change"]) == (
        Decimal("-0.97"),
        Decimal("-1.62"),
    )


def test_locality(two: tuple[Release, Release]) -> None:
    alaska = diff(*two, locality="02102-01").rows.filter(pl.col("hcpcs_code") == "72148")
    # (3.70 × 1.081 + 0.02 × 0.592) × 32.3465
    assert alaska["nonfacility_change"].to_list() == [Decimal("129.76")]
    with pytest.raises(ScheduleError, match="Release 2025C has no locality '99999-99'"):
        diff(*two, locality="99999-99")


def test_a_factor_alone_changes_every_amount(release: Maker, tmp_path: Path) -> None:
    texts = {
        "PPRRVU2025_Oct.csv": pprrvu_csv(said="2024", month="July").replace("32.3465", "33.2875"),
        "GPCI2025.csv": GPCI.replace("2025", "2024"),
    }
    import_schedule(release("2024C", **texts), tmp_path / "store")
    of_2024 = load_schedules(tmp_path / "store").named("2024C")
    days = (date(2024, 1, 1), date(2024, 12, 31))
    found = diff(of_2024, of_2024, days=days)
    assert found.conversion_factors == ("32.7442", "33.2875")
    assert found.counts() == {"amount": 3}
    assert diff(of_2024, of_2024).rows.height == 0


def test_releases_of_two_years(real: Schedules) -> None:
    before, after = real.named("2025D"), real.named("2026C")
    forth, back = diff(before, after), diff(after, before)
    assert forth.conversion_factors == ("32.3465", "33.4009")
    assert forth.rows.height + forth.unchanged == 19586  # 19,090 + 496 added
    assert (forth.counts()["added"], forth.counts()["deleted"]) == (496, 230)
    assert (back.counts()["added"], back.counts()["deleted"]) == (230, 496)
    effects = forth.rows.select(
        pl.max_horizontal(pl.col("nonfacility_change").abs(), pl.col("facility_change").abs())
    ).to_series()
    assert effects.is_sorted(descending=True, nulls_last=True)
    again = back.rows.sort("hcpcs_code", "modifier")
    there = forth.rows.sort("hcpcs_code", "modifier")
    assert (again["nonfacility_change"] == -there["nonfacility_change"]).all()


@settings(max_examples=25)
@given(changes=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9_000)), max_size=3))
def test_changes_are_those_that_were_made(
    changes: list[tuple[int, int]],
) -> None:
    before = _release_of(ROWS)
    made: dict[int, int] = dict(changes)
    rows = []
    for at, row in enumerate(ROWS):
        cells = row.split(",")
        if at in made:
            cells[5] = f"{made[at] // 100}.{made[at] % 100:02}"
        rows.append(",".join(cells))
    found = diff(before, _release_of(tuple(rows)))
    really = {ROWS[at][:5] for at, work in made.items() if _work(ROWS[at]) != work}
    assert set(found.rows["hcpcs_code"]) == really


def _work(row: str) -> int:
    return int(row.split(",")[5].replace(".", ""))


def _release_of(rows: tuple[str, ...]) -> Release:
    fixed = []
    for row in rows:
        cells = row.split(",")
        for total, expense in ((11, 6), (12, 8)):
            cents = sum(int(cells[at].replace(".", "")) for at in (5, expense, 10))
            cells[total] = f"{cents // 100}.{cents % 100:02}"
        fixed.append(",".join(cells))
    source = Source("PPRRVU2025_Oct.csv", pprrvu_csv(tuple(fixed)).encode())
    made = Release(
        name="2025D",
        effective_from=date(2025, 1, 1),
        effective_to=date(2025, 12, 31),
        published_for=date(2025, 10, 1),
        starter=False,
        source="",
        sources={},
        files={},
        rows={},
        conversion_factors=factors_of(2025),
        folder=Path(),
    )
    made.__dict__["codes"] = relative_values.read(source).codes
    return made


def test_effect_on_own_volume(real: Schedules, tmp_path: Path) -> None:
    batch = pl.DataFrame(
        {
            "claim_id": ["1", "1", "2", "3"],
            "claim_line_number": [1, 2, 1, 1],
            "person_id": ["a", "a", "b", "c"],
            "claim_line_start_date": ["2025-11-03"] * 4,
            "hcpcs_code": ["64483", "64484", "99213", "99213"],
            "place_of_service_code": ["11", "11", "11", "22"],
            "service_unit_quantity": [1, 2, 1, 1],
        }
    )
    sides = [
        estimate(batch, Setup(schedules=real, release=name, locality="IL Chicago")).lines
        for name in ("2025D", "2026C")
    ]
    volume = volume_effect(*sides)
    assert volume["lines"].sum() == 4
    assert dict(
        volume.select(pl.col("hcpcs_code"), "units")
        .group_by("hcpcs_code")
        .agg(pl.col("units").sum())
        .iter_rows()
    ) == {"64483": 1, "64484": 2, "99213": 2}
    total = [side["allowed_amount"].sum() for side in sides]
    assert volume["effect"].sum() == total[1] - total[0]
    assert volume["effect"].abs().is_sorted(descending=True)
    assert set(volume.filter(pl.col("hcpcs_code") == "99213")["setting"]) == {
        "facility",
        "nonfacility",
    }
    path = tmp_path / "diff.xlsx"
    found = diff(real.named("2025D"), real.named("2026C"))
    write_diff(replace(found, rows=found.rows.head(50)), path, volume)
    assert [entry.name for entry in tmp_path.iterdir()] == ["diff.xlsx"]
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        assert "xl/charts/chart1.xml" in names
        assert "Your volume" in book.read("xl/workbook.xml").decode()
        chart = book.read("xl/charts/chart1.xml").decode()
        # Its figures stand beside the first page, a bar for each code and setting.
        assert "Summary!$AE$2:$AE$5" in chart
        assert "<f>" not in book.read("xl/worksheets/sheet2.xml").decode()


def test_a_code_without_an_amount_has_no_effect_and_no_bar(tmp_path: Path) -> None:
    """It read 0.00 before and after, and an effect of 0.00; the chart drew a bar of it."""
    key = {"claim_id": ["a", "b", "c"], "claim_line_number": [1, 1, 1]}
    codes = {"hcpcs_code": ["99213", "99499", "99214"], "setting": ["nonfacility"] * 3}
    amounts = pl.Series("allowed_amount", ["90.00", None, None]).cast(pl.Decimal(38, 2))
    before = pl.DataFrame({**key, **codes, "status": ["priced", "by_report", "by_report"]})
    after = before.with_columns(amounts.reverse())
    before = before.with_columns(amounts)
    volume = volume_effect(before, after)
    told = {row["hcpcs_code"]: row for row in volume.iter_rows(named=True)}
    names = ("allowed_before", "allowed_after", "effect", "effect_in_both", "effect_only_before")
    no, ninety = None, Decimal("90.00")
    assert [told["99499"][name] for name in names] == [no] * 5
    assert [told["99213"][name] for name in names] == [ninety, no, -ninety, no, -ninety]
    assert [told["99214"][name] for name in names] == [no, ninety, ninety, no, no]
    assert volume["hcpcs_code"].to_list()[-1] == "99499"

    found = diff(STARTER.named("starter-2025"), STARTER.named("starter-2026"))
    path = tmp_path / "diff.xlsx"
    assert write_diff(found, path, volume).differences == ()
    summary = openpyxl.load_workbook(path)["Summary"]
    drawn = [str(cell.value) for cell in summary["AE"] if cell.value]
    assert [each.partition(",")[0] for each in drawn if each.startswith("99")] == ["99213", "99214"]
    steps = {each.words: each.amount for each in volume_steps(found, volume)}
    assert steps["effect on your volume"] == 0


def test_lines_without_an_amount_in_one_release_are_in_the_total(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demonstration gained 57.41 by the difference, and loses 40.88 by its totals."""
    names = ("starter-2025", "starter-2026")
    sides = [
        estimate(BATCH, Setup(schedules=STARTER, release=name, locality="national")).lines
        for name in names
    ]
    found = diff(*(STARTER.named(name) for name in names))
    before, after = (side["allowed_amount"].sum() for side in sides)
    volume = volume_effect(*sides)
    assert volume["effect"].sum() == after - before == Decimal("-40.88")
    by_row = volume["allowed_after"].fill_null(0) - volume["allowed_before"].fill_null(0)
    assert (volume["effect"].fill_null(0) == by_row).all()
    steps = {words: (lines, amount) for words, lines, amount, *_ in volume_steps(found, volume)}
    assert steps["effect on your volume"] == (None, Decimal("-40.88"))
    assert steps["allowed with starter-2025"][1] == before
    assert steps["allowed with starter-2026"][1] == after
    assert steps["lines with an amount in both releases"][1] == Decimal("57.41")
    only_before = steps["lines with an amount in starter-2025 only"]
    assert only_before == (1, Decimal("-98.29"))
    assert sum(lines or 0 for lines, _ in list(steps.values())[1:]) == sides[0].height

    swapped = volume_effect(*reversed(sides))
    assert swapped["effect"].sum() == Decimal("40.88")
    assert swapped["effect_only_after"].sum() == Decimal("98.29")

    show(*diff_tables(found, volume, rejected=0))
    printed = capsys.readouterr().out
    for amount in (f"{before:,.2f}", f"{after:,.2f}", "-40.88", "57.41", "-98.29"):
        assert amount in printed
    assert re.search(r"01991 +facility +1 +98\.29 +none +-98\.29", printed)
    path = tmp_path / "diff.xlsx"
    write_diff(found, path, volume)
    book = fastexcel.read_excel(path)
    rows = openpyxl.load_workbook(path)["Summary"].iter_rows(max_col=8, values_only=True)
    told = [[cell for cell in row if cell not in (None, "")] for row in rows]
    assert ["Effect on your volume", -40.88] in told
    assert ["Lines with an amount in starter-2025 only", -98.29, 1] in told
    assert round(book.load_sheet("Your volume").to_polars()["Effect"].sum(), 2) == -40.88


def test_workbook_without_volume_or_change(two: tuple[Release, Release], tmp_path: Path) -> None:
    found = diff(*two)
    write_diff(found, tmp_path / "diff.xlsx")
    book = fastexcel.read_excel(tmp_path / "diff.xlsx")
    assert book.sheet_names == ["Summary", "Changes", "Checks", "About"]
    rows = book.load_sheet("Changes").to_polars()
    assert rows["Code"].to_list() == found.rows["hcpcs_code"].to_list()
    assert rows["Facility change"].to_list() == [float(x) for x in found.rows["facility_change"]]
    write_diff(diff(two[0], two[0]), tmp_path / "none.xlsx")
    with zipfile.ZipFile(tmp_path / "none.xlsx") as none:
        assert "xl/charts/chart1.xml" not in none.namelist()
    with pytest.raises(ReportError, match=r"absent.diff.xlsx cannot be written"):
        write_diff(found, tmp_path / "absent" / "diff.xlsx")


OLDER = tuple(MEDICARE / "rvu" / f"{name}.zip" for name in ("2024A", "2024AR"))


@need(*OLDER)
def test_2024a_is_priced_with_the_factor_of_the_day_it_was_published_for(tmp_path: Path) -> None:
    """64483 outside facilities: 242.31 in January 2024, 246.33 with March's factor."""
    for path in OLDER:
        import_schedule(path, tmp_path)
    schedules = load_schedules(tmp_path)
    found = diff(schedules.named("2024A"), schedules.named("2024AR"))
    assert found.conversion_factors == ("32.7442", "33.2875")
    row = found.rows.filter(pl.col("hcpcs_code") == "64483").row(0, named=True)
    assert str(row["nonfacility_amount_before"]) == "242.31"
    assert str(row["nonfacility_amount_after"]) == "246.33"
    first, second = code_page("64483", schedules, history=True).history
    assert (first.release, first.nonfacility_amount) == ("2024A", "242.31")
    assert (second.release, second.nonfacility_amount) == ("2024AR", "246.33")
    # A named release prices a day with the year's factor of that day.
    for day, factor in ((date(2024, 3, 8), "32.7442"), (date(2024, 3, 9), "33.2875")):
        assert str(schedules.named("2024AR").conversion_factor(day)) == factor


def test_without_an_amount_on_either_side_there_is_no_change(
    release: Maker, tmp_path: Path
) -> None:
    """0275T, status R without RVUs, was deleted with a change of 0.00."""
    restricted = (
        "0275T,,x,R,,0.00,0.00,,0.00,,0.00,0.00,0.00,0,YYY,0.00,0.00,0.00,0,0,0,0,0,,32.3465,09,0,"
        "99,0.00,0.00,0.00"
    )
    folders = (
        release("2025C", **{"PPRRVU2025_Oct.csv": pprrvu_csv((*ROWS, restricted), month="July")}),
        release("2025D", **{"PPRRVU2025_Oct.csv": pprrvu_csv(LATER)}),
    )
    for folder in folders:
        import_schedule(folder, tmp_path / "store")
    schedules = load_schedules(tmp_path / "store")
    found = diff(schedules.named("2025C"), schedules.named("2025D")).rows
    deleted = found.filter(pl.col("hcpcs_code") == "0275T").row(0, named=True)
    assert deleted["change"] == "deleted"
    assert (deleted["nonfacility_change"], deleted["facility_change"]) == (None, None)
    assert found["hcpcs_code"][-1] == "0275T"


def test_status_r_without_relative_values_has_no_amount_wherever_it_is_shown() -> None:
    """0275T showed 0.00 in the differences and the list, and none on its own page."""
    schedules = load_schedules(content_folder("fee_schedules"))
    release = schedules.named("starter-2026")
    amounts = with_amounts(release, "national", release.conversion_factor(date(2026, 7, 1)).value)
    rows = amounts.filter(pl.col("status_code") == "R", ~has_amounts(RVUS))
    assert rows.height
    assert rows["nonfacility_amount"].null_count() == rows.height
    code = rows["hcpcs_code"][0]
    _, listed = code_list([code, "99213"], schedules)
    assert listed[0]["nonfacility_amount"] is None
    (page, *_) = code_page(code, schedules).amounts
    assert page.amount is None
