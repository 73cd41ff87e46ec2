"""CMS's files, real (where ../shared holds them) and made small, for the tests of schedules."""

from collections.abc import Callable
from pathlib import Path

import pytest

from payrules.schedules import Schedules, import_schedule, load_schedules
from tests.real_files import CMS, skip_without

# The stacked header of 2025, rows 6 to 10 as CMS writes them.
_STACKED = (
    ",, , ,,,,,,,,,,,,,,,,,,,,,,,,,NON-FACILITY,FACILITY,",
    ",,,,NOT USED,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED",
    ",,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,FOR OPPS,FOR OPPS,"
    "FOR OPPS",
    ",,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,"
    "POST,MULT,BILAT,ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT",
    "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,"
    "DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,"
    "AMOUNT",
)
ROWS = (
    "29870,,x,A,,5.19,8.73,,5.99,,1.07,14.99,12.25,0,090,0.10,0.69,0.21,2,1,1,0,0,,32.3465,09,0,99,"
    "0.00,0.00,0.00",
    "29881,,x,A,,7.03,8.22,NA,8.22,,1.39,16.64,16.64,0,090,0.10,0.69,0.21,3,1,0,0,0,29870,32.3465,"
    "09,0,99,0.00,0.00,0.00",
    "72146,TC,x,A,,0.00,3.70,,3.70,NA,0.02,3.72,3.72,1,XXX,0.00,0.00,0.00,4,0,0,0,0,,32.3465,6A,0,"
    "88,7.43,7.43,0.04",
)
GPCI = (
    "ADDENDUM E. (GPCIs),,,,,,\r\n,,,,,,\r\n"
    "Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,"
    "2025 PW GPCI (with 1.0 Floor),2025 PE GPCI,2025 MP GPCI\r\n"
    "02102,AK,01,ALASKA*,1.5,1.081,0.592\r\n"
    '01212,HI,01,"HAWAII, GUAM",1,1.105,0.613\r\n'
    ",,,,,,\r\n*Work GPCI reflects a 1.5 floor in Alaska,,,,,,\r\n"
)
Maker = Callable[..., Path]


def pprrvu_csv(rows: tuple[str, ...] = ROWS, said: str = "2025", month: str = "October") -> str:
    """Write a small PPRRVU CSV with CMS's ten heading lines."""
    title = f",,{said} National Physician Fee Schedule Relative Value File {month} Release"
    notices = [title + 28 * ",", *(",,notice" + 28 * "," for _ in range(4))]
    return "\r\n".join([*notices, *_STACKED, *rows]) + "\r\n"


@pytest.fixture
def release(tmp_path: Path) -> Maker:
    """Make a folder with a small release; keyword arguments replace its files' text."""

    def make(name: str = "2025D", **files: str) -> Path:
        folder = tmp_path / "cms" / name
        folder.mkdir(parents=True)
        texts = {"PPRRVU2025_Oct.csv": pprrvu_csv(), "GPCI2025.csv": GPCI} | files
        for file, text in texts.items():
            if text:
                (folder / file).write_text(text, encoding="latin-1", newline="")
        return folder

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real CMS files."""
    skip_without(CMS)
    return CMS


@pytest.fixture(scope="session")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Schedules:
    """2025D and 2026C, imported from the real files."""
    folder = tmp_path_factory.mktemp("store")
    for name in ("2025D", "2026C"):
        import_schedule(shared / name, folder)
    import_schedule(shared / "zip", folder)
    import_schedule(shared / "anesthesia", folder)
    return load_schedules(folder)
