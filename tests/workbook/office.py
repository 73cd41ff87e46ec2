"""LibreOffice for the tests: workbooks calculated anew, many in one run."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
_ALWAYS_CALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
_SECONDS_EACH, _SECONDS_TO_START = 60, 300


def calculated_anew(files: Sequence[Path], folder: Path) -> list[Path]:
    """Give copies of workbooks with every formula calculated anew, nothing left of what it was.

    Without LibreOffice the test is skipped on a developer's machine, and fails under CI=true: what
    nobody calculates proves nothing.
    """
    if OFFICE is None:
        missing = "LibreOffice is not installed (libreoffice-calc): nothing can be calculated anew"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(missing)
        pytest.skip(missing)
    profile, out = folder / "profile", folder / "anew"
    (profile / "user").mkdir(parents=True)
    settings = profile / "user" / "registrymodifications.xcu"
    settings.write_text(_ALWAYS_CALCULATE, encoding="utf-8")
    subprocess.run(
        [
            str(OFFICE),
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(out),
            *map(str, files),
        ],
        check=True,
        capture_output=True,
        timeout=_SECONDS_TO_START + _SECONDS_EACH * len(files),
    )
    return [out / file.name for file in files]
