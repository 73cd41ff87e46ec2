"""`payrules schedules …` and `payrules code …` as a user meets them, on CMS's real files."""

import json
from collections.abc import Callable
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from payrules.__main__ import main
from payrules.schedules import import_schedule
from tests.real_files import CMS, skip_without
from tests.schedules.conftest import GPCI, pprrvu_csv
from tests.schedules.test_published_files import CAPS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command: its exit status, what it printed, and its words with single blanks."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out + said.err, " ".join((said.out + said.err).split())

    return run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    skip_without(CMS)
    folder = tmp_path_factory.mktemp("store")
    for name in ("2025D", "2026C", "published/PFREV4_2025Q4.txt"):
        import_schedule(CMS / name, folder)
    return folder


def _batch(folder: Path, rows: list[str]) -> Path:
    path = folder / "claims.csv"
    heading = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
        "place_of_service_code,service_unit_quantity,locality"
    )
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path


def test_list_shows_coverage_and_gaps(run: Run, store: Path, tmp_path: Path) -> None:
    status, _, words = run("schedules", "list", "--schedules", store)
    assert status == 0
    assert "2025-01-01 to 2025-09-30 2025D 32.3465 used in place of 2025A, 2025B, 2025C" in words
    assert "2025-10-01 to 2025-12-31 2025D 32.3465" in words
    assert "amounts amounts-2025-10-01 2025-10-01 1,526" in words
    folder = tmp_path / "2023D"
    folder.mkdir()
    gpci = (CMS / "2025D" / "GPCI2025.csv").read_text("latin-1").replace("2025 ", "2023 ")
    (folder / "GPCI2023.csv").write_text(gpci, encoding="latin-1", newline="")
    text = pprrvu_csv(said="2023").replace("32.3465", "33.8872")
    (folder / "PPRRVU23_OCT.csv").write_text(text, encoding="latin-1", newline="")
    for path in (folder, CMS / "2025D"):
        import_schedule(path, tmp_path / "store")
    _, _, words = run("schedules", "list", "--schedules", tmp_path / "store")
    assert "2024-01-01 to 2024-12-31 GAP: no release loaded" in words


def test_verify_prints_what_comes_out_to_the_cent(run: Run, store: Path) -> None:
    status, _, words = run("schedules", "verify", "--schedules", store)
    assert status == 0
    assert "amounts-2025-10-01 fee schedule amounts 2025D 1526/1526" in words
    assert "2025D OPPSCAP amounts 2025D 6670/6670 9,430 not compared" in words
    assert "2025D codes.parquet 19,090" in words


def test_verify_without_published_amounts_says_so(run: Run) -> None:
    status, _, words = run("schedules", "verify")
    assert status == 0
    assert "There are no published amounts" in words


def _release(folder: Path, **files: str) -> Path:
    """Write a small release that needs none of CMS's own files."""
    folder.mkdir()
    made = {"GPCI2025.csv": GPCI, "PPRRVU2025_Oct.csv": pprrvu_csv(), **files}
    for name, text in made.items():
        (folder / name).write_text(text, encoding="latin-1", newline="")
    return folder


def test_verify_fails_a_release_whose_amounts_do_not_come_out(run: Run, tmp_path: Path) -> None:
    caps = CAPS.replace("72146,,C,1112,17,84.61,84.61\r\n", "").replace("01112,05", "02102,01")
    folder = _release(tmp_path / "2025D", **{"OPPSCAP_Oct.csv": caps})
    store = tmp_path / "store"
    assert run("schedules", "import", folder, "--schedules", store)[0] == 0
    status, _, words = run("schedules", "verify", "--schedules", store)
    assert status == 3
    assert "0/1 FAILED: 72146" in words


def test_import_twice_and_remove(run: Run, tmp_path: Path) -> None:
    where = ("--schedules", tmp_path / "store")
    path = _release(tmp_path / "2025D")
    assert run("schedules", "import", path, *where)[0] == 0
    assert "was already imported, unchanged" in run("schedules", "import", path, *where)[2]
    status, said, _ = run("schedules", "remove", "2025D", *where)
    assert (status, said.startswith("Removed ")) == (0, True)
    status, said, _ = run("schedules", "remove", "2025D", *where)
    assert status == 2
    assert "There are: none" in said
    assert "Traceback" not in said


def test_fetch_shows_the_terms_and_fetches_nothing(run: Run, tmp_path: Path) -> None:
    status, _, words = run("schedules", "fetch", "2026D", "--schedules", tmp_path)
    assert status == 2
    assert "copyright of the AMA" in words
    assert "Nothing was downloaded" in words
    assert list(tmp_path.iterdir()) == []
    status, _, words = run("schedules", "fetch", "26D", "--accept-license")
    assert status == 2
    assert "'26D' is not a CMS release" in words


def test_diff_to_the_screen(run: Run, store: Path) -> None:
    status, _, words = run("schedules", "diff", "2025D", "2026C", "--schedules", store)
    assert status == 0
    assert "2025D to 2026C, locality national, conversion factor 32.3465 to 33.4009" in words
    assert "added 496" in words
    assert "37277 added status none → A" in words
    assert "more; --output F.csv or F.xlsx writes all of them." in words
    status, said, _ = run("schedules", "diff", "2025D", "2031A", "--schedules", store)
    assert status == 2
    assert "There is no release named '2031A'. There are: 2025D, 2026C" in said


def test_diff_with_a_batch(run: Run, store: Path, tmp_path: Path) -> None:
    batch = _batch(
        tmp_path,
        [
            "1,1,a,2025-11-03,64483,11,1,IL Chicago",
            "1,2,a,2025-11-03,64484,11,1,IL Chicago",
            "2,1,b,2025-11-03,99213,11,1,national",
            "3,1,c,2025-11-03,99213,11,1,Nowhere",
            "4,1,d,2025-11-03,37227,11,1,national",
        ],
    )
    output = tmp_path / "diff.xlsx"
    how = ("--schedules", store, "--batch", batch, "--output", output)
    status, _, words = run("schedules", "diff", "2025D", "2026C", *how)
    assert status == 1  # one row was rejected; everything is written all the same
    assert "lines with an amount in 2025D only 1 -" in words
    assert "Rejected rows, not included: 1." in words
    assert "64483 nonfacility 1 245.73 273.64 27.91" in words
    assert fastexcel.read_excel(output).sheet_names == [
        *("Summary", "Changes", "Your volume", "Checks", "About"),
    ]
    assert "already exists; add --force" in run("schedules", "diff", "2025D", "2026C", *how)[2]
    output = tmp_path / "diff.csv"
    how = ("--schedules", store, "--locality", "IL Chicago", "--output", output)
    assert run("schedules", "diff", "2025D", "2026C", *how)[0] == 0
    rows = pl.read_csv(output, infer_schema=False)
    assert rows.filter(pl.col("hcpcs_code") == "64483")["nonfacility_change"].to_list() == ["27.91"]
    status, said, _ = run("schedules", "diff", "2025D", "2026C", "--output", tmp_path / "x.txt")
    assert (status, "write .csv or .xlsx" in said) == (2, True)


def test_code_with_history_and_as_a_list(run: Run, store: Path) -> None:
    how = ("--schedules", store, "--locality", "IL Chicago")
    status, _, words = run("code", "64483", "--history", *how)
    assert status == 0
    assert "2025D 2025-10-01 none A 245.73 114.36" in words
    assert "work 1.90 → 1.85" in words
    assert "medically unlikely edits none is loaded" in words
    status, said, _ = run("code", "6448*", "99213-99214", "--json", *how)
    listed = json.loads(said)
    assert (status, listed["release"], listed["locality"]) == (0, "2026C", "06102-16")
    assert [row["hcpcs_code"] for row in listed["codes"]][-2:] == ["99213", "99214"]
    assert "64483 A 000 0 2 1 1 273.64 107.48" in run("code", "6448*", *how)[2]
    assert "--history takes a single code" in run("code", "64483", "64484", "--history", *how)[1]
    assert "has no code '00ZZZ'" in run("code", "64483", "00ZZZ", *how)[1]


def test_estimate_finds_localities_by_name(run: Run, store: Path, tmp_path: Path) -> None:
    batch = _batch(tmp_path, ["1,1,a,2025-11-03,64483,11,1,"])
    lines = tmp_path / "lines.csv"
    how = ("--schedules", store, "--lines", lines, "--locality", "Chicago, IL")
    assert run("estimate", batch, *how)[0] == 0
    found = pl.read_csv(lines, infer_schema=False)
    assert found.select("locality", "allowed_amount").row(0) == ("06102-16", "245.73")
    status, said, _ = run("estimate", batch, "--schedules", store, "--locality", "IL")
    assert status == 2
    assert "fits more than one locality, 06102-12 (IL EAST ST. LOUIS)" in said
