"""Makes the pictures of first pages that README and guides show: `python docs/picture.py`.

It needs LibreOffice (soffice) and poppler (pdftoppm). The time that pages show is fixed.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

import payrules

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "images"
#: The guide whose rates of facilities and claims the picture of sites is of.
GUIDE_TO_SITES = Path(__file__).parent / "how-to" / "compare-sites.md"
_BATCH = str(ROOT / "payrules" / "demo" / "claims.csv")
_SCENARIOS = ROOT / "examples" / "scenarios"
#: What is shown of a first page: left, top and width, at so many dots an inch.
_PART, _DOTS = (40, 50, 790), 100
_WHAT_IF = ("whatif", _BATCH, "--locality", "national")
#: Each picture: the command that writes its workbook, and how high the part shown is.
PICTURES: dict[str, tuple[tuple[str, ...], int]] = {
    "workbook": (("estimate", _BATCH, "--locality", "national"), 780),
    "what-if": ((*_WHAT_IF, "--scenario", str(_SCENARIOS / "05-conversion-factor-cut.toml")), 780),
    "contracts": (
        (
            *(*_WHAT_IF, "--contract", "medicare", "--contract", "110-percent-of-medicare"),
            *("--contract", "tricare"),
        ),
        590,
    ),
    "tornado": ((*_WHAT_IF, "--tornado"), 900),
    "sweep": ((*_WHAT_IF, "--sweep", "terms.multiple_procedure.later=0.25:0.75:0.05"), 560),
    "release-changes": (
        (
            *("schedules", "diff", "starter-2025", "starter-2026"),
            *("--batch", _BATCH, "--locality", "national"),
        ),
        780,
    ),
    "sites": (
        ("whatif", "INJECTIONS", "--locality", "national", "--sites", "office,asc,hospital"),
        540,
    ),
    "expected-against-paid": (("variance", "ANSWERED", "--locality", "national"), 780),
}


def main() -> None:
    """Write each workbook from the demonstration batch, and keep the head of its first page."""
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        fixed = {**os.environ, "SOURCE_DATE_EPOCH": "1795478400"}
        fixed["XDG_DATA_HOME"] = f"{folder}/store"
        answered = f"{folder}/claims.csv"
        write_answered(Path(answered))
        said = files_of(GUIDE_TO_SITES)
        for name, content in said.items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        for name in ("AA.csv", "B.csv"):
            imported = f"{folder}/{name}"
            run(sys.executable, "-m", "payrules", "schedules", "import", imported, env=fixed)
        stands_for = {"ANSWERED": answered, "INJECTIONS": f"{folder}/injections.csv"}
        for name, (asked, _) in PICTURES.items():
            book = f"{folder}/{name}.xlsx"
            command = [stands_for.get(each, each) for each in asked]
            # A row of the batch is wrong on purpose: the exit status says so.
            run(
                sys.executable, "-m", "payrules", *command, "--output", book, env=fixed, good=(0, 1)
            )
        profile = f"-env:UserInstallation=file://{folder}/profile"
        books = [f"{folder}/{name}.xlsx" for name in PICTURES]
        run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *books)
        for name, (_, height) in PICTURES.items():
            left, top, width = map(str, _PART)
            part = ("-x", left, "-y", top, "-W", width, "-H", str(height))
            first_page = ("-f", "1", "-l", "1", "-singlefile", "-r", str(_DOTS), "-png")
            run("pdftoppm", *first_page, *part, f"{folder}/{name}.pdf", str(IMAGES / name))


def files_of(guide: Path) -> dict[str, str]:
    """Give the files that a guide shows, by name: a picture is of what its reader has."""
    shown = re.findall(
        r"<!-- file: (\S+) -->\n```\w*\n(.*?)```", guide.read_text("utf-8"), re.DOTALL
    )
    return dict(shown)


def write_answered(path: Path) -> None:
    """Write the demonstration batch as a payer might answer it: every fourth line a fifth less."""
    batch = pl.read_csv(_BATCH, infer_schema=False)
    results = payrules.estimate(_BATCH, locality="national")
    key = ["claim_id", "claim_line_number"]
    less = pl.when(pl.int_range(pl.len()) % 4 == 0).then(0.8).otherwise(1)
    paid = results.lines.select(
        "claim_id",
        pl.col("claim_line_number").cast(pl.String),
        (pl.col("medicare_amount") * less).round(2).cast(pl.String).alias("paid_amount"),
        (pl.col("allowed_amount") * less).round(2).cast(pl.String).alias("allowed_amount"),
    )
    batch.join(paid, on=key, how="left", maintain_order="left").write_csv(path)


def run(*command: str, env: dict[str, str] | None = None, good: tuple[int, ...] = (0,)) -> None:
    """Run a program quietly; CalledProcessError if it fails."""
    ran = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=env)
    if ran.returncode not in good:
        raise subprocess.CalledProcessError(ran.returncode, command)


if __name__ == "__main__":
    main()
