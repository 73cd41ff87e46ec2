"""LibreOffice for the tests: workbooks calculated anew, many in one run, and changed in place."""

import atexit
import csv
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
#: Every formula is calculated when a workbook is opened; nothing is put into a new profile.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office">
<prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
#: The macro that changes cells (changed.bas), as a profile holds it.
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LIBRARY = 'xmlns:library="http://openoffice.org/2000/library" library:name="Standard"'
_MACROS = {
    "script.xlc": f"""{_XML}<library:libraries {_LIBRARY.rpartition(" ")[0]}
 xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard"
 xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple" library:link="false"/>
</library:libraries>""",
    "Standard/script.xlb": f"""{_XML}<library:library {_LIBRARY} library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Changed"/></library:library>""",
    "Standard/Changed.xba": f"""{_XML}<script:module script:name="Changed"
 xmlns:script="http://openoffice.org/2000/script" script:language="StarBasic">
{escape(Path(__file__).with_name("changed.bas").read_text(encoding="utf-8"))}</script:module>""",
}
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
    files = {"registrymodifications.xcu": _SETTINGS}
    files |= {f"basic/{name}": text for name, text in _MACROS.items()}
    for name, text in files.items():
        file = profile / "user" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return profile


def answered(requests: Sequence[str], folder: Path) -> list[list[str]]:
    """Give the columns that the macro of changed.bas tells on requests, a list of cells each."""
    folder.mkdir()
    # LibreOffice does not read the last line of a text.
    (folder / "asked.txt").write_text("\n".join([*requests, "end", "", ""]), encoding="utf-8")
    _run(f'macro:///Standard.Changed.Answer("{folder.as_uri()}")', seconds=_SECONDS_TO_START)
    said = (folder / "said.txt").read_text(encoding="utf-8").split("\n")
    *told, end, nothing = said
    assert (end, nothing) == ("end", ""), end
    return [each.split("\t") for each in told]


def _convert(files: Sequence[Path], folder: Path, kind: str) -> None:
    """Have LibreOffice write files anew into the folder `anew`."""
    _run(
        "--convert-to",
        kind,
        "--outdir",
        str(folder / "anew"),
        *map(str, files),
        seconds=_SECONDS_TO_START + _SECONDS_EACH * len(files),
    )


def _run(*arguments: str, seconds: int) -> None:
    """Run LibreOffice.

    Without LibreOffice the test is skipped on a developer's machine, and fails under CI=true: what
    nobody calculates proves nothing.
    """
    if OFFICE is None:
        missing = "LibreOffice is not installed (libreoffice-calc): nothing can be calculated anew"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(missing)
        pytest.skip(missing)
    profile = f"-env:UserInstallation={_profile().as_uri()}"
    subprocess.run(
        [str(OFFICE), profile, "--headless", *arguments],
        check=True,
        capture_output=True,
        timeout=seconds,
    )
