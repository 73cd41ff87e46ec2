"""GPCI, ANES, base units, MUE, PTP, add-on codes and ZIP5: each as CMS writes it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import ScheduleError
from payrules.schedules import Schedules
from payrules.schedules.cms import (
    add_on_codes,
    anesthesia,
    localities,
    procedure_pairs,
    unlikely_units,
    zip_codes,
)
from payrules.schedules.cms.cells import Source, head
from tests.real_files import BASE_UNITS
from tests.schedules.conftest import GPCI

MUE = (
    '"CPT codes are copyright of the AMA.\nSecond line of the notice",,,\r\n'
    '"HCPCS/\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,'
    "MUE Rationale\r\n"
    "0001U,1,2 Date of Service Edit: Policy,Code Descriptor / CPT Instruction\r\n"
    "0009U,2,3 Date of Service Edit: Clinical,Nature of Analyte\r\n"
    "99999,5,1 Line Edit,Data\r\n"
)
PTP = "notice\nnotice\nColumn1/Column2 Edits\n\n\nColumn 1\tColumn 2\t*\tFrom\tTo\tIndicator\tWhy\n"
PAIR = '0001U\t0029U\t\t20180701\t20260630\t1\tMisuse of "Column Two"\n'
AOC = (
    "CPT only copyright AMA,,,,,,,\n"
    "AOC_Edit_Type,Add-On_Code,AOC_DelDT,Primary_Code,Primary_Code_DelDT,AOC_Edit_EffDT,"
    "AOC_Edit_DelDT,Special_Instruction_Notes\n"
    "1,64480,,64479,,2013091,,\n"
    '2,99292,,CCCCC,,2013091,,"Contractor Defined, Primary Codes"\n'
    "1,22632,2025365,22630,2024366,2013091,0000000,\n"
)


def source(name: str, text: str) -> Source:
    return Source(name, text.encode("latin-1"))


def test_gpci_keeps_names_and_drops_footnotes() -> None:
    indices, year = localities.read(source("GPCI2025.csv", GPCI))
    assert year == 2025
    assert indices.rows() == [
        ("01212-01", "HI", "HAWAII, GUAM", 1000, 1105, 613),
        ("02102-01", "AK", "ALASKA", 1500, 1081, 592),
    ]


def test_gpci_takes_the_work_index_with_the_floor() -> None:
    both = "2025 PW GPCI (without 1.0 Floor),2025 PW GPCI (with 1.0 Floor)"
    text = GPCI.replace("2025 PW GPCI (with 1.0 Floor)", both)
    text = text.replace("ALASKA*,1.5", "ALASKA*,1.02,1.5").replace('GUAM",1', 'GUAM",0.99,1')
    indices, _ = localities.read(source("GPCI2025.csv", text))
    assert indices["work_gpci"].to_list() == [1000, 1500]


def test_gpci_of_all_localities(real: Schedules) -> None:
    for name in ("2025D", "2026C"):
        indices = real.named(name).localities
        assert indices.height == indices["locality"].n_unique() == 109
    assert len(real.localities()) == 110


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2025 PE GPCI", "2025 Practice GPCI,2025 PE GPCI", "'2025 Practice GPCI'"),
        (",2025 MP GPCI", "", "layout payrules does not recognize"),
        ("1.081", "10.081", "pe_gpci: found '10.081', expected a number to 9"),
        ("1.081", "", "pe_gpci: found ''"),
        ("02102,AK,01", "01212,HI,01", "two rows for locality '01212-01'"),
        ("02102,AK,01", "021O2,AK,01", "row 4, contractor: found '021O2'"),
        ("02102,AK,01,ALASKA*,1.5,1.081,0.592", "02102", "row 4 is cut short"),
    ],
)
def test_gpci_refusals(old: str, new: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        localities.read(source("GPCI2025.csv", GPCI.replace(old, new)))


def test_anesthesia_factors(real: Schedules) -> None:
    factors = real.named("2025D").anesthesia_factors
    assert factors.height == 110  # 109 localities and the national factor of the heading
    by_key = dict(factors.iter_rows())
    assert (by_key["national"], by_key["10112-00"], by_key["02102-01"]) == (203178, 193100, 278600)
    assert real.named("2026C").anesthesia_factors.height == 0


@pytest.mark.parametrize("text", ["Contractor,Locality,Anes CF\n1,2,3\n", "x,Anes CF of 2\n1,2\n"])
def test_anesthesia_factors_refuse_another_layout(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"ANES2025\.csv has a layout"):
        anesthesia.read_factors(source("ANES2025.csv", text))


def test_base_units_of_both_forms_are_equal(shared: Path) -> None:
    read = {}
    for path in BASE_UNITS:
        file = Source(path.name, path.read_bytes())
        assert anesthesia.base_units_look_like(head(file))
        read[path.suffix], first_day = anesthesia.read_base_units(file)
        assert first_day == date(2022, 1, 1)
    assert read[".txt"].height == 276
    assert read[".txt"].equals(read[".xlsx"])
    assert dict(read[".txt"].select("hcpcs_code", "base_units").iter_rows())["00211"] == 10


def test_mue() -> None:
    file = source("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", MUE)
    assert unlikely_units.looks_like(head(file))
    values, published_for = unlikely_units.read(file)
    assert published_for == date(2026, 7, 1)
    assert values.rows() == [
        ("0001U", 1, "2", published_for, None),
        ("0009U", 2, "3", published_for, None),
        ("99999", 5, "1", published_for, None),
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("mue.csv", MUE, "from which day"),
        ("Eff_07-01-2026.csv", MUE.replace("Practitioner", "Outpatient Hospital"), "not the MUE"),
        ("Eff_07-01-2026.csv", MUE.replace("2 Date", "7 Date"), "adjudication_indicator: found '7"),
        ("Eff_07-01-2026.csv", MUE.replace("0009U", "0001U"), "two rows for hcpcs_code '0001U'"),
        ("Eff_07-01-2026.csv", MUE.replace(",5,1 Line Edit,Data", ""), "cut short"),
    ],
)
def test_mue_refusals(name: str, text: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        unlikely_units.read(source(name, text))


def test_mue_takes_a_day_from_the_caller() -> None:
    _, published_for = unlikely_units.read(source("mue.csv", MUE), date(2026, 4, 1))
    assert published_for == date(2026, 4, 1)


def test_ptp_of_several_files() -> None:
    one = source("ccipra-v322r0-f1.txt", PTP + PAIR)
    two = source(
        "ccipra-v322r0-f2.txt",
        PTP + "62323\t77003\t*\t20170101\t*\t1\tx\n0001A\t90473\t\t20220101\t20220101\t9\tx\n",
    )
    assert procedure_pairs.looks_like(head(one))
    pairs, published_for = procedure_pairs.read([one, two])
    assert published_for == date(2026, 7, 1)
    assert pairs.rows() == [
        ("0001A", "90473", date(2022, 1, 1), date(2022, 1, 1), "9"),
        ("0001U", "0029U", date(2018, 7, 1), date(2026, 6, 30), "1"),
        ("62323", "77003", date(2017, 1, 1), None, "1"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("ccioph-v322r0-f1.txt", PTP + PAIR, "outpatient hospitals"),
        ("pairs.txt", PTP + PAIR, "which quarter"),
        ("ccipra-v322r0-f1.txt", PTP, "holds no pairs"),
        ("ccipra-v322r0-f1.txt", PTP + PAIR + PAIR[:22], "effective_from|modifier_indicator"),
        (
            "ccipra-v322r0-f1.txt",
            PTP + PAIR + PAIR.replace("20180701", "20181301"),
            "a day of the calendar",
        ),
        ("ccipra-v322r0-f1.txt", PTP + PAIR + PAIR[:-1] + "\tmore\tcells\n", "damaged"),
    ],
)
def test_ptp_refusals(name: str, text: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said) as refused:
        procedure_pairs.read([source(name, text)])
    assert "\n" not in str(refused.value)


def test_add_on_codes() -> None:
    file = source("AOC_V2026Q2-MCR.csv", AOC)
    assert add_on_codes.looks_like(head(file))
    links, published_for = add_on_codes.read(file)
    began = date(2013, 4, 1)
    assert published_for == date(2026, 4, 1)
    assert links.rows() == [
        ("22632", "1", "22630", began, date(2024, 12, 31)),
        ("64480", "1", "64479", began, None),
        ("99292", "2", None, began, None),
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("AOC.csv", AOC, "which quarter"),
        ("AOC_V2026Q2.csv", AOC.replace("AOC_Edit_DelDT,", ""), "layout"),
        ("AOC_V2026Q2.csv", AOC.replace("1,64480", "4,64480"), "add_on_type: found '4'"),
        ("AOC_V2026Q2.csv", AOC.replace("2024366", "2023366"), "a day of the calendar"),
        ("AOC_V2026Q2.csv", AOC.replace("2013091", "04/01/13", 1), "effective_from: found"),
    ],
)
def test_add_on_refusals(name: str, text: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said) as refused:
        add_on_codes.read(source(name, text))
    assert "\n" not in str(refused.value)


def test_zip_codes(real: Schedules) -> None:
    zips = real.table("zip")
    assert zips is not None
    assert zips.schema == {
        "zip": pl.String,
        "plus_four_needed": pl.Boolean,
        "locality": pl.String,
        "state": pl.String,
    }
    assert (zips.height, zips["plus_four_needed"].sum()) == (42956, 580)
    assert zips.filter(pl.col("zip") == "60601")["locality"].to_list() == ["06102-16"]
    assert set(zips["locality"]) == set(real.named("2025D").localities["locality"])


def test_zip_codes_refusals(shared: Path) -> None:
    lines = (shared / "zip" / "ZIP5_OCT2025.txt").read_text("latin-1").splitlines()[:20]
    _, published_for = zip_codes.read(source("ZIP5.txt", "\r\n".join(lines)))
    assert published_for == date(2025, 10, 1)
    for wrong, said in (
        (lines[5][:40], "line 6: a record has 80 characters, this one 40"),
        (lines[0], "two rows for zip '99501'"),
        (lines[5].replace("20254", "20253"), "one quarter"),
    ):
        with pytest.raises(ScheduleError, match=said):
            zip_codes.read(source("ZIP5.txt", "\r\n".join([*lines[:5], wrong, *lines[6:]])))
