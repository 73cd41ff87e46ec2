"""Makes the picture of the workbook that README shows: `python docs/picture.py`.

It needs LibreOffice (soffice) and poppler (pdftoppm). The time it shows is fixed.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PICTURE = Path(__file__).parent / "images" / "workbook.png"
#: The upper part of the first page, at 100 dots an inch: left, top, width, height.
_DOTS = 100
_PART = (40, 50, 790, 780)


def main() -> None:
    """Price the demonstration batch, print its workbook, and keep the head of the first page."""
    with TemporaryDirectory() as folder:
        fixed = {**os.environ, "SOURCE_DATE_EPOCH": "1795478400"}
        run(sys.executable, "-m", "payrules", "demo", "--output", f"{folder}/demo", env=fixed)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        to_pdf = ("--headless", "--convert-to", "pdf", "--outdir", folder)
        run("soffice", profile, *to_pdf, f"{folder}/demo/estimate.xlsx")
        left, top, width, height = map(str, _PART)
        part = ("-x", left, "-y", top, "-W", width, "-H", height)
        first_page = ("-f", "1", "-l", "1", "-singlefile", "-r", str(_DOTS), "-png")
        PICTURE.parent.mkdir(exist_ok=True)
        run("pdftoppm", *first_page, *part, f"{folder}/estimate.pdf", str(PICTURE.with_suffix("")))


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run a program quietly; CalledProcessError if it fails."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)


if __name__ == "__main__":
    main()
