"""LibreOffice for the tests: workbooks calculated anew, many in one run."""

import atexit
import csv
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
_ALWAYS_CALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
#: Every sheet as text, in UTF-8, amounts unformatted. Written so a pack takes half the time.
_SHEETS_AS_TEXT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
_SECONDS_EACH, _SECONDS_TO_START = 60, 300


def calculated_anew(files: Sequence[Path], folder: Path) -> list[Path]:
    """Give copies of workbooks with every formula calculated anew, nothing left of what it was."""
    _convert(files, folder, "xlsx")
    return [folder / "anew" / file.name for file in files]


def sheets_anew(
    files: Sequence[Path], folder: Path, names: Sequence[str]
) -> list[dict[str, list[list[str]]]]:
    """Give the named sheets of workbooks, every formula calculated anew, as rows of text."""
    _convert(files, folder, _SHEETS_AS_TEXT)

    def rows(file: Path, name: str) -> list[list[str]]:
        with (folder / "anew" / f"{file.stem}-{name}.csv").open(encoding="utf-8", newline="") as to:
            return list(csv.reader(to))

    return [{name: rows(file, name) for name in names} for file in files]


@cache
def _profile() -> Path:
    """Give a user's profile that LibreOffice fills at its first start, and keeps for all tests."""
    profile = Path(tempfile.mkdtemp(prefix="office-"))
    atexit.register(shutil.rmtree, profile, ignore_errors=True)
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir()
    settings.write_text(_ALWAYS_CALCULATE, encoding="utf-8")
    return profile


def _convert(files: Sequence[Path], folder: Path, kind: str) -> None:
    """Have LibreOffice write files anew into the folder `anew`.

    Without LibreOffice the test is skipped on a developer's machine, and fails under CI=true: what
    nobody calculates proves nothing.
    """
    if OFFICE is None:
        missing = "LibreOffice is not installed (libreoffice-calc): nothing can be calculated anew"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(missing)
        pytest.skip(missing)
    subprocess.run(
        [
            str(OFFICE),
            f"-env:UserInstallation={_profile().as_uri()}",
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            str(folder / "anew"),
            *map(str, files),
        ],
        check=True,
        capture_output=True,
        timeout=_SECONDS_TO_START + _SECONDS_EACH * len(files),
    )
