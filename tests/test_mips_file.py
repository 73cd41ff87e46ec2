"""MIPS adjustments by clinician, from a file of TIN, NPI, year and percentage."""

import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from payrules.content import content_folder
from payrules.errors import UsageError
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.mips_file import read_mips_file
from payrules.runs.results import remarks
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules

STARTER = load_schedules(content_folder("fee_schedules"))
HEADINGS = "billing_tin,rendering_npi,year,percent"
FILE = f"""{HEADINGS}
12-3456789,1999999984,2025,-9.00
123456789,1999999984,2026,1.40
123456789,1999999992,2025,
"""
ROWS = [
    # TIN, NPI, day, its own percentage, what MIPS moves
    ("123456789", "1999999984", "2025-06-02", None, "-9.01"),
    ("12-3456789", "1999999984", "2025-06-02", None, "-9.01"),
    ("123456789", "1999999984", "2026-06-02", None, "1.52"),
    ("123456789", "1999999984", "2025-06-02", "0.00", None),
    ("123456789", "1999999984", "2025-06-02", "1.00", "1.00"),
    ("987654321", "1999999984", "2025-06-02", None, None),
    ("123456789", None, "2025-06-02", None, None),
]


def batch() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "claim_id": [str(number) for number in range(len(ROWS))],
            "claim_line_number": ["1"] * len(ROWS),
            "person_id": [f"P{number}" for number in range(len(ROWS))],
            "claim_line_start_date": [row[2] for row in ROWS],
            "hcpcs_code": ["99214"] * len(ROWS),
            "place_of_service_code": ["11"] * len(ROWS),
            "billing_tin": [row[0] for row in ROWS],
            "rendering_npi": [row[1] for row in ROWS],
            "mips_adjustment_percent": [row[3] for row in ROWS],
        },
        schema_overrides={"mips_adjustment_percent": pl.String},
    )


def setup(folder: Path, text: str = "") -> Setup:
    path = folder / "mips.csv"
    path.write_text(text or FILE.replace("123456789,1999999992,2025,\n", ""), encoding="utf-8")
    return Setup(schedules=STARTER, locality="national", mips=read_mips_file(path))


def test_the_factor_of_the_clinician_in_the_tin_and_the_year(tmp_path: Path) -> None:
    results = estimate(batch(), setup(tmp_path))
    moved = results.lines["mips_amount"].cast(pl.String).to_list()
    assert moved == [row[4] for row in ROWS]
    assert results.run.totals["mips_amount"] == "-15.50"
    assert "MIPS adjusts 4 lines, by mips.csv." in remarks(results.run)
    record = json.loads(json.dumps(results.run.as_json(), default=str))["mips"]
    assert (record["name"], record["rows"], record["lines"]) == ("mips.csv", 2, 4)
    assert (record["least"], record["most"]) == ("-9.00", "1.40")


def test_a_file_that_meets_no_line_says_so(tmp_path: Path) -> None:
    others = setup(tmp_path, f"{HEADINGS}\n111111111,1999999984,2025,1\n")
    results = estimate(batch().drop("mips_adjustment_percent"), others)
    assert [each for each in remarks(results.run) if "check the TINs" in each]


def test_the_lines_keep_the_columns_that_they_came_with(tmp_path: Path) -> None:
    lines = estimate(batch().drop("mips_adjustment_percent"), setup(tmp_path)).lines
    assert "mips_adjustment_percent" not in lines.columns
    assert lines["mips_amount"].count() == 5


def test_in_parts_it_is_the_same(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    batch().write_csv(claims)
    whole = estimate(claims, setup(tmp_path))
    outputs = Outputs(tmp_path / "lines.parquet", None, None, None, None)
    parts = estimate_in_parts(claims, outputs, setup(tmp_path), lines_a_part=2)
    assert_frame_equal(pl.read_parquet(tmp_path / "lines.parquet"), whole.lines)
    assert (parts.run.mips, parts.run.totals) == (whole.run.mips, whole.run.totals)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FILE, "row 3 under the headings, column percent: is blank"),
        (f"{HEADINGS}\n1234,1999999984,2025,1\n", "column billing_tin: cannot be read"),
        (f"{HEADINGS}\n123456789,19,2025,1\n", "column rendering_npi: cannot be read"),
        (f"{HEADINGS}\n123456789,1999999984,25,1\n", "column year: '25' cannot be read"),
        (f"{HEADINGS}\n123456789,1999999984,2025,-9.01\n", "column percent: '-9.01'"),
        (f"{HEADINGS}\n123456789,1999999984,2025,1.005\n", "column percent: '1.005'"),
        (f"{HEADINGS}\n123456789,1999999984,2025,9 %\n", "column percent: '9 %'"),
        ("tin,npi,year,percent\n1,2,3,4\n", "needs one column billing_tin"),
        (
            f"{HEADINGS}\n123456789,1999999984,2025,1\n12-3456789,1999999984,2025,2\n",
            "a clinician twice for one TIN and year, in rows 1 and 2",
        ),
    ],
)
def test_a_wrong_file_is_told_with_its_row(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        setup(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "QUOVADISSON,1999999984,2025,1\n",
        f"{HEADINGS}\n123456789,1999999984,QUOVADISSON,1\n",
        f"{HEADINGS}\n123456789,1999999984,2025,QUOVADISSON\n",
        f"{HEADINGS}\n123456789,1999999984,987654320,1\n",
        f"{HEADINGS},QUOVADISSON\n1234,1999999984,2025,1,1\n",
        "987654320,1999999984,2025,1\n123456789,1999999984,2025,1\n",
    ],
)
def test_no_message_quotes_what_may_be_a_persons(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        setup(tmp_path, text)
    assert not {"QUOVADISSON", "987654320"} & {*str(refused.value).replace("'", " ").split()}


def test_a_file_of_several_worksheets_is_refused(tmp_path: Path) -> None:
    """The clinicians of the second would have had no adjustment, and nobody been told."""
    book = openpyxl.Workbook()
    rows = [HEADINGS.split(","), ["123456789", "1999999984", 2025, 9]]
    for sheet in (book.worksheets[0], book.create_sheet("2026")):
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "mips.xlsx")
    with pytest.raises(UsageError, match=r"data on other worksheets too \(number 2\)"):
        read_mips_file(tmp_path / "mips.xlsx")


@pytest.mark.parametrize(
    ("percentages", "told"),
    [(("0.09", "-0.05"), True), (("0.20",), True), (("0.09", "1.40"), False), (("0",), False)],
)
def test_percentages_that_may_be_shares_are_told(
    tmp_path: Path, percentages: tuple[str, ...], told: bool
) -> None:
    """A cell that shows 9 % is 0.09 in the file, and may be meant as 0.09 percent."""
    rows = "".join(f"123456789,199999998{n},2025,{each}\n" for n, each in enumerate(percentages))
    run = estimate(batch(), setup(tmp_path, f"{HEADINGS}\n{rows}")).run
    assert [each for each in remarks(run) if "that shows 9 %" in each] == (
        [
            f"The percentages of mips.csv are {min(percentages)} to {max(percentages)}, and read"
            " so: a spreadsheet's cell that shows 9 % holds 0.09. Write 9.00."
        ]
        if told
        else []
    )
