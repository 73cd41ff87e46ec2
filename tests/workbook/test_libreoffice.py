"""The pack in LibreOffice: every formula calculated anew, nothing left of the written values."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
_ALWAYS_CALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_calculated_anew_all_checks_read_0_and_no_cell_fails(
    estimate_file: Path, values: openpyxl.Workbook, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    (profile / "user").mkdir(parents=True)
    settings = profile / "user" / "registrymodifications.xcu"
    settings.write_text(_ALWAYS_CALCULATE, encoding="utf-8")
    bare = tmp_path / "bare.xlsx"
    with zipfile.ZipFile(estimate_file) as pack, zipfile.ZipFile(bare, "w") as copy:
        for name in pack.namelist():
            content = pack.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = re.sub(rb"</f><v>[^<]*</v>", rb"</f>", content)
            copy.writestr(name, content)
    subprocess.run(
        [
            str(OFFICE),
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(tmp_path / "out"),
            str(bare),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    again = openpyxl.load_workbook(tmp_path / "out" / "bare.xlsx", data_only=True)
    formulas = openpyxl.load_workbook(estimate_file)
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                anew = again[sheet.title][cell.coordinate].value
                written = values[sheet.title][cell.coordinate].value
                assert anew == pytest.approx(written, abs=0.004), (sheet.title, cell.coordinate)
                compared += 1
    assert compared > 100
    errors = [
        (sheet.title, cell.coordinate)
        for sheet in again
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "e" and values[sheet.title][cell.coordinate].value != cell.value
    ]
    assert errors == []
