"""PPRRVU in its four layouts, and what the reader refuses."""

from pathlib import Path

import pytest
import xlsxwriter

from payrules.errors import ScheduleError
from payrules.schedules import Schedules
from payrules.schedules.cms import relative_values
from payrules.schedules.cms.cells import Source
from tests.real_files import KNOWN_AS
from tests.schedules.conftest import ROWS, pprrvu_csv


def read(text: str, name: str = "PPRRVU2025_Oct.csv") -> relative_values.RelativeValues:
    return relative_values.read(Source(name, text.encode("latin-1")))


def test_csv_is_read_exactly() -> None:
    file = read(pprrvu_csv())
    assert (file.year, file.month, file.conversion_factor) == (2025, "oct", 323465)
    assert tuple(file.codes.columns) == relative_values.CODE_COLUMNS
    assert file.codes.row(1, named=True) == {
        "hcpcs_code": "29881",
        "modifier": "",
        "label": "",
        "status_code": "A",
        "work_rvu": 703,
        "nonfacility_pe_rvu": 822,
        "nonfacility_na": True,
        "facility_pe_rvu": 822,
        "facility_na": False,
        "malpractice_rvu": 139,
        "pctc_indicator": "0",
        "global_days": "090",
        "preoperative": 10,
        "intraoperative": 69,
        "postoperative": 21,
        "multiple_procedure_indicator": "3",
        "bilateral_indicator": "1",
        "assistant_indicator": "0",
        "co_surgeon_indicator": "0",
        "team_indicator": "0",
        "endoscopic_base_code": "29870",
        "supervision_code": "09",
        "imaging_family": "99",
        "cap_nonfacility_pe_rvu": 0,
        "cap_facility_pe_rvu": 0,
        "cap_malpractice_rvu": 0,
    }
    technical = file.codes.row(2, named=True)
    assert technical["modifier"] == "TC"
    assert technical["supervision_code"] == "6A"
    assert technical["cap_malpractice_rvu"] == 4


def test_layout_of_2026_moves_the_columns_behind_pric_ind() -> None:
    lines = pprrvu_csv(said="2026", month="July").split("\r\n")
    wide = []
    for at, line in enumerate(lines[:-1]):
        cells = line.split(",")
        cells.insert(23, {8: "PRIC", 9: "IND"}.get(at, "1" if at > 9 else ""))
        wide.append(",".join(cells))
    file = read("\r\n".join([*wide, ""]).replace("32.3465", "33.4009"), "PPRRVU2026_Jul_nonQPP.csv")
    assert (file.year, file.month, file.conversion_factor) == (2026, "jul", 334009)
    assert file.codes.equals(read(pprrvu_csv()).codes)


def test_workbook_equals_csv(tmp_path: Path) -> None:
    path = tmp_path / "PPRRVU2025_Oct.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for row, line in enumerate(pprrvu_csv().split("\r\n")):
            for column, cell in enumerate(line.split(",")):
                # Excel keeps as numbers what looks like one, and so loses "09" and "090".
                number = row > 9 and cell.replace(".", "").isdigit() and column > 2
                (sheet.write_number if number else sheet.write_string)(
                    row, column, float(cell) if number else cell
                )
    file = relative_values.read(Source(path.name, path.read_bytes()))
    assert file.codes.equals(read(pprrvu_csv()).codes)


def test_csv_and_fixed_width_of_the_same_release_are_equal(real: Schedules, shared: Path) -> None:
    path = shared / "2025D" / "PPRRVU2025_Oct.txt"
    file = relative_values.read(Source(path.name, path.read_bytes()))
    assert file.codes.height == 19090
    assert file.codes.equals(real.named("2025D").codes)


def test_file_of_2026(real: Schedules) -> None:
    codes = real.named("2026C").codes
    assert codes.height == 19356
    assert codes["modifier"].unique().sort().to_list() == ["", "26", "53", "TC"]
    assert not (codes["endoscopic_base_code"] == "").all()


def test_qualifying_file_without_heading(shared: Path) -> None:
    path = shared / next(name for name in KNOWN_AS if name.startswith("2026C-qpp-sample/"))
    file = relative_values.read(Source(path.name, path.read_bytes()))
    assert (file.codes.height, file.conversion_factor, file.year) == (6, 335675, None)


def test_csv_saved_again_by_a_spreadsheet() -> None:
    saved = "\n".join(f"{line},," for line in pprrvu_csv().split("\r\n")[:-1]) + "\n,,,\n"
    source = Source("PPRRVU2025_Oct.csv", saved.encode("utf-8-sig"))
    assert relative_values.read(source).codes.equals(read(pprrvu_csv()).codes)


@pytest.mark.parametrize(
    ("old", "new"),
    [("CO-", "CO"), ("MEDICARE ,", "Medicare,"), ("PE RVU,INDICATOR", "PE-RVU,INDICATOR")],
)
def test_headings_may_be_spaced_otherwise(old: str, new: str) -> None:
    text = pprrvu_csv()
    assert old in text
    assert read(text.replace(old, new)).codes.equals(read(text).codes)


def _moved(text: str, one: int, other: int) -> str:
    lines = [line.split(",") for line in text.split("\r\n")[:-1]]
    for cells in lines:
        cells[one], cells[other] = cells[other], cells[one]
    return "\r\n".join([*(",".join(cells) for cells in lines), ""])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_moved(pprrvu_csv(), 5, 10), "layout payrules does not recognize.* column 6 is 'MP RVU'"),
        (pprrvu_csv().replace("ENDO", "SCOPE"), "column 24 is 'SCOPE BASE' where 'ENDO BASE'"),
        (pprrvu_csv().replace("HCPCS,MOD", "CODE,MOD"), "no header row"),
        (pprrvu_csv()[:-30], "ends in the middle of a row"),
        (pprrvu_csv()[:-30] + "\n", r"row 13 has \d+ cells, the header 31"),
        (pprrvu_csv(rows=()), "holds no codes"),
        (pprrvu_csv((*ROWS, ROWS[0])), "two rows for hcpcs_code and modifier '29870', ''"),
        (pprrvu_csv().replace("7.03", "7.04"), "29881 do not add up to the nonfacility total"),
        (pprrvu_csv().replace("32.3465", "33.4009", 1), "one conversion factor.*32.3465, 33.4009"),
        (pprrvu_csv().replace("7.03", "7.031"), "row 12, work_rvu: found '7.031'"),
        (pprrvu_csv().replace("7.03", "1e3"), "row 12, work_rvu: found '1e3'"),
        (pprrvu_csv().replace("7.03", "-7.03"), "row 12, work_rvu: found '-7.03'"),
        (pprrvu_csv().replace("7.03", "99999.99"), "expected a number to 9999"),
        (pprrvu_csv().replace("32.3465", "3234.65"), "expected a number to 999"),
        (pprrvu_csv().replace(",090,", ",091,", 1), "row 11, global_days: found '091'"),
        (pprrvu_csv().replace("29870,,", "2987,,", 1), "row 11, hcpcs_code: found '2987'"),
        (pprrvu_csv().replace(",TC,", ",50,"), "row 13, modifier: found '50'"),
    ],
)
def test_refusals_name_the_place(text: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        read(text)


def test_fixed_width_refuses_a_record_cut_short(shared: Path) -> None:
    text = (shared / "2025D" / "PPRRVU2025_Oct.txt").read_text("latin-1")
    lines = text.splitlines()[:300]
    with pytest.raises(ScheduleError, match="line 300: a record has 171 characters, this one 100"):
        read("\n".join([*lines[:-1], lines[-1][:100]]), "PPRRVU2025_Oct.txt")


def test_scaled_numbers_are_exact_for_every_form() -> None:
    row = ROWS[0].replace(",0.10,0.69,0.21,", ",.1,0.690,.21,").replace("8.73", "8.730")
    file = read(pprrvu_csv((row,)))
    assert file.codes.select("preoperative", "intraoperative", "postoperative").row(0) == (
        10,
        69,
        21,
    )
    assert file.codes["nonfacility_pe_rvu"].to_list() == [873]


def test_products_of_the_largest_numbers_fit_64_bits() -> None:
    largest = "9999.99,9999.99,,9999.99,,9999.99,29999.97,29999.97"
    row = (
        ROWS[0].replace("5.19,8.73,,5.99,,1.07,14.99,12.25", largest).replace("32.3465", "999.9999")
    )
    file = read(pprrvu_csv((row,)))
    codes = file.codes.row(0, named=True)
    rvus = codes["work_rvu"] + codes["facility_pe_rvu"] + codes["malpractice_rvu"]
    assert rvus * 9_999 * file.conversion_factor < 2**63
