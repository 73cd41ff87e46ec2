"""OPPSCAP, PFALL/PFREV, LOCCO, ZIP9 and the facility addenda: each as CMS writes it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from payrules.errors import ScheduleError
from payrules.schedules.cms import (
    counties,
    hospital_outpatient,
    published_amounts,
    surgical_centers,
    zip_codes,
)
from payrules.schedules.cms.cells import Source, head
from payrules.schedules.file_kinds import LOOKS
from tests.real_files import CMS, KNOWN_AS, skip_without

CAPS = (
    "HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE,NON-FACILTY PRICE\r\n"
    "72146,TC,A,01112,05,209.59,209.60\r\n72146,,C,1112,17,84.61,84.61\r\n,,,,,,\r\n"
)
PF = (
    '"2025","01112","05","50688","  ","0000090.92","0000090.92"," ","0","A","2","0000000.00",'
    '"0000000.00","9","0000000.00","0000000.00"\r\n'
    '"2025","01112","05","50688","  ","0000090.92","0000090.92"," ","0","A","2","0000000.00",'
    '"0000000.00","9","0000000.00","0000000.00"\r\n'
    '"TRL- ALL RIGHTS RESERVED. APPLICABLE FARS/DFARS APPLY."\r\n'
)
COUNTIES = (
    "COUNTIES INCLUDED IN 2025 LOCALITIES.,,,,\r\n,,,,\r\n"
    "Medicare Adminstrative Contractor,Locality Number,State ,Fee Schedule Area ,Counties\r\n"
    ",,,,\r\n10112,0,ALABAMA ,STATEWIDE ,ALL COUNTIES \r\n,,,,\r\n"
    '1112,52,CALIFORNIA,SAN FRANCISCO (MARIN CNTY),MARIN\r\n1182,18,,LOS ANGELES,"A, B"\r\n'
    "*  Payment locality is serviced by two carriers.,,,,\r\n"
)
ASC = (
    '"Addendum AA -- ASC Covered Surgical Procedures for CY 2026 \n(Including Packaged)",,,,,,\r\n'
    "CPT codes and descriptions only are copyright 2025 AMA.\xa0 All Rights Reserved.,,,,,,\r\n"
    "HCPCS Code,,Short Descriptor,Subject to Multiple Procedure Discounting,"
    "April 2026 Payment Indicator,April 2026  Payment Weight  ,April 2026 Payment Rate \r\n"
    '0095T,,x,N,N1,,\r\n64483,,x,Y,G2,14.1,"$1,579.16 "\r\n,,,,,,\r\n'
    "NOTE 3:  The program payment is 80 percent,,,,,,\r\n"
)
OPPS = (
    ",Addendum B.-- OPPS Payment by HCPCS Code for CY 2025,,,,\r\n"
    "HCPCS Code,Short Descriptor,SI,APC,Relative Weight,Payment Rate,"
    "National Unadjusted Copayment,Minimum Unadjusted Copayment\r\n"
    "0001F,x,E1,,, ,,\r\n64483,x,T,5443,9.99,$912.345000000000071 ,.,$182.47\r\n"
)


def zip9(zip_code: str = "60601", four: str = "1234", locality: str = "0610216") -> str:
    """Write one record of ZIP9."""
    return f"IL{zip_code}{locality} Z9   1{four}".ljust(75) + "20254"


def source(name: str, text: str) -> Source:
    return Source(name, text.encode("latin-1"))


def test_caps_have_the_facility_price_first() -> None:
    file = source("OPPSCAP_Oct.csv", CAPS)
    assert published_amounts.caps_look_like(head(file))
    assert published_amounts.read_caps(file).rows() == [
        ("72146", "", "C", "01112-17", 8461, 8461),
        ("72146", "TC", "A", "01112-05", 20960, 20959),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("FACILITY PRICE,", "PRICE,", "layout payrules does not recognize"),
        ("209.59", "209.591", "row 2, facility_amount: found '209.591'"),
        (",84.61\r\n,", "\r\n,", "row 3 is cut short"),
        ("72146,,C,1112,17", "72146,TC,C,1112,5", "two rows for hcpcs_code and modifier and loc"),
        ("01112,05", "0111Z,05", "row 2, contractor: found '0111Z'"),
    ],
)
def test_caps_refusals(old: str, new: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        published_amounts.read_caps(source("OPPSCAP_Oct.csv", CAPS.replace(old, new)))


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("PFREV25D.TXT", 10),
        ("PFREV4_2025Q4.txt", 10),
        ("PFALL25A.csv", 1),
        ("PFALL25AR.TXT", 1),
        ("pfrev2025b.txt", 4),
    ],
)
def test_amounts_keep_every_record(name: str, month: int) -> None:
    file = source(name, PF)
    assert published_amounts.amounts_look_like(head(file))
    amounts, published_for = published_amounts.read_amounts(file)
    assert published_for == date(2025, month, 1)
    assert amounts.height == 2  # CMS repeats records
    assert amounts.row(0, named=True) == {
        "hcpcs_code": "50688",
        "modifier": "",
        "locality": "01112-05",
        "nonfacility_amount": 9092,
        "facility_amount": 9092,
        "pctc_indicator": "0",
        "status_code": "A",
        "multiple_procedure_indicator": "2",
        "therapy_amount": 0,
        "institutional_therapy_amount": 0,
        "opps_indicator": "9",
        "cap_nonfacility_amount": 0,
        "cap_facility_amount": 0,
    }


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("amounts.txt", PF, "which quarter of 2025"),
        ("PFREV24D.TXT", PF, "which quarter of 2025"),
        ("PFREV25D.TXT", PF + PF.replace("2025", "2024"), "must be of one year; it names 2"),
        ("PFREV25D.TXT", PF[:200], "line 2 is cut short"),
        ("PFREV25D.TXT", PF.replace('"  "', '"50"'), "row 1, modifier: found '50'"),
        ("PFREV25D.TXT", PF.replace("90.92", "9O.92"), "row 1, nonfacility_amount: found '00000"),
        ("PFREV25D.TXT", '"TRL- ALL RIGHTS RESERVED."\n', "holds no amounts"),
    ],
)
def test_amounts_refusals(name: str, text: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        published_amounts.read_amounts(source(name, text))


def test_counties_have_their_zeros_and_states_back() -> None:
    file = source("25LOCCO.csv", COUNTIES)
    assert counties.looks_like(head(file))
    assert counties.read(file).rows() == [
        ("10112-00", "ALABAMA", "STATEWIDE", "ALL COUNTIES"),
        ("01112-52", "CALIFORNIA", "SAN FRANCISCO (MARIN CNTY)", "MARIN"),
        ("01182-18", "CALIFORNIA", "LOS ANGELES", "A, B"),
    ]
    with pytest.raises(ScheduleError, match="row 7 is cut short"):
        counties.read(source("25LOCCO.csv", COUNTIES.replace(",MARIN\r", "\r")))
    with pytest.raises(ScheduleError, match="holds no localities"):
        counties.read(source("25LOCCO.csv", COUNTIES[: COUNTIES.index("10112")]))


def test_counties_of_every_locality(shared: Path) -> None:
    path = shared / "2025D" / "25LOCCO.csv"
    assert counties.read(Source(path.name, path.read_bytes()))["locality"].n_unique() == 109


def test_surgery_centre_rates() -> None:
    file = source("AA.csv", ASC)
    assert surgical_centers.rates_look_like(head(file))
    rates, published_for = surgical_centers.read_rates(file)
    assert published_for == date(2026, 4, 1)
    assert rates.rows() == [
        ("0095T", False, "N1", None, "", published_for, None),
        ("64483", True, "G2", 157916, "", published_for, None),
    ]


def hospital_rates_of(text: str) -> pl.DataFrame:
    return hospital_outpatient.read(source("January 2025 Web Addendum B.csv", text))[0]


def test_hospital_rates(tmp_path: Path) -> None:
    file = source("January 2025 Web Addendum B.csv", OPPS)
    assert hospital_outpatient.looks_like(head(file))
    rates, published_for = hospital_outpatient.read(file)
    assert published_for == date(2025, 1, 1)
    # Half up, past the noise of a binary fraction.
    assert rates.drop("effective_from", "effective_to").rows() == [
        ("0001F", "E1", "", None, None, None),
        ("64483", "T", "5443", 91235, 18247, None),
    ]
    # No copayment is published: not a fifth by hand, and not 0 dollars.
    none = hospital_rates_of(OPPS.replace("$182.47", " ."))
    assert none["copayment"].to_list() == [None, None]
    free = hospital_rates_of(OPPS.replace(".,$182.47", "$0.00,$0.00"))
    assert free.select("copayment", "national_copayment").row(1) == (0, 0)
    without = hospital_rates_of(OPPS.replace("Minimum Unadjusted", "Other"))
    assert without["copayment"].to_list() == [None, None]
    with pytest.raises(ScheduleError, match="row 4, copayment: found 'about'"):
        hospital_rates_of(OPPS.replace("$182.47", "about"))
    path = tmp_path / "2025_April_Addendum_B.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for row, line in enumerate(OPPS.split("\r\n")):
            for column, cell in enumerate(line.split(",")):
                number = row > 1 and column in (3, 5, 7) and cell.strip("$ ")
                if number:
                    sheet.write_number(row, column, float(number))
                else:
                    sheet.write_string(row, column, cell)
    of_workbook, published_for = hospital_outpatient.read(Source(path.name, path.read_bytes()))
    assert published_for == date(2025, 4, 1)
    assert of_workbook.drop("effective_from").equals(rates.drop("effective_from"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ASC.replace("CY 2026", "").replace("April 2026 ", ""), "which quarter"),
        (ASC.replace(",Y,G2", ",?,G2"), "multiple_procedure_discount: found '\\?'"),
        (ASC.replace(",G2,", ",G,"), "payment_indicator: found 'G'"),
        (ASC.replace('"$1,579.16 "', "about $1"), "payment_rate: found 'about1'"),
        (ASC.replace("0095T,,x,N,N1,,", "0095T,,x,N"), "row 4 is cut short"),
        (ASC.replace("64483,,", "64483,+,"), "mark: found '\\+', expected one to three asterisks"),
        (ASC.replace("0095T", "64483"), "two rows for hcpcs_code '64483'"),
        (ASC.replace("0095T", "95"), "row 4: found '95', expected a HCPCS code"),
        (ASC[: ASC.index("0095T")], "holds no codes"),
    ],
)
def test_surgery_centre_refusals(text: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        surgical_centers.read_rates(source("AA.csv", text))


def test_surgery_centre_rates_as_published(shared: Path) -> None:
    path = shared / "facility" / "asc_2026_04" / "AA.csv"
    rates, published_for = surgical_centers.read_rates(Source(path.name, path.read_bytes()))
    assert (rates.height, published_for) == (4832, date(2026, 4, 1))
    assert rates.filter(pl.col("hcpcs_code") == "0221T")["payment_rate"].to_list() == [468229]


def test_zip_plus_four() -> None:
    text = "\r\n".join([zip9(), zip9(four="9999", locality="0610215")])
    file = source("ZIP9_OCT2025.txt", text)
    assert zip_codes.plus_four_looks_like(head(file))
    assert not zip_codes.looks_like(head(file))
    codes, published_for = zip_codes.read_plus_four(file)
    assert published_for == date(2025, 10, 1)
    assert codes.rows() == [
        ("60601", "1234", "06102-16", "IL"),
        ("60601", "9999", "06102-15", "IL"),
    ]
    with pytest.raises(ScheduleError, match="two rows for zip and plus_four '60601', '1234'"):
        zip_codes.read_plus_four(source("ZIP9.txt", f"{zip9()}\n{zip9()}"))
    with pytest.raises(ScheduleError, match="the four further digits"):
        zip_codes.read_plus_four(source("ZIP9.txt", zip9(four="    ")))


def test_every_real_file_is_recognised_as_one_kind(shared: Path) -> None:
    assert recognised(shared) == {name: {kind} - {None} for name, kind in KNOWN_AS.items()}


def recognised(folder: Path) -> dict[str, set[str]]:
    """Give as what kinds each of CMS's files in a folder is recognised."""
    kinds = {}
    for name in KNOWN_AS:
        first_rows = head(Source(name, (folder / name).read_bytes()))
        kinds[name] = {kind for kind, looks in LOOKS.items() if looks(first_rows)}
    return kinds


def test_what_lies_beside_real_files_is_not_looked_at(tmp_path: Path) -> None:
    skip_without(CMS)
    for name in KNOWN_AS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(CMS / name)
    for stray in ("2025D/PPRRVU2025_Oct (1).csv", "anesthesia/notes.md", "2027A/GPCI2027.csv", "x"):
        (tmp_path / stray).parent.mkdir(exist_ok=True)
        (tmp_path / stray).write_bytes(b"\xff\0 nothing of CMS's")
    assert recognised(tmp_path) == recognised(CMS)
