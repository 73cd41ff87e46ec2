"""A full disk, a folder that may not be written, a closed output: one sentence, and no trace."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.demo import BATCH
from payrules.errors import ReportError
from payrules.front_door.estimate import estimate
from payrules.workbook.coverage_book import write_findings
from tests.workbook.answered import found_by_policies

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="limits and descriptors of POSIX")
#: No file may be longer than so many bytes: what a full disk is to a writer.
_MOST_BYTES = 6_000
#: Under that limit Python leaves half of a module's compiled file, which stops every later start.
_NOTHING_COMPILED = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def _limited() -> None:
    import resource  # noqa: PLC0415 - not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_BYTES, _MOST_BYTES))


def payrules(
    *arguments: object, before: Callable[[], None] | None = None, out: int | None = None
) -> subprocess.CompletedProcess[str]:
    return python("-m", "payrules", *arguments, before=before, out=out)


def python(
    *arguments: object, before: Callable[[], None] | None = None, out: int | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE if out is None else out,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
        timeout=120,
        env=_NOTHING_COMPILED,
        preexec_fn=before,
    )


@posix
@pytest.mark.parametrize(
    "asked",
    [
        ["--lines", "lines.parquet"],
        ["--lines", "lines.csv"],
        ["--run", "run.json", "--lines", "lines.parquet", "--adjustments", "steps.csv"],
        ["--output", "estimate.xlsx"],
        ["--html", "page.html"],
        ["--sheets", "sheets"],
        ["--lines", "lines.parquet", "--in-parts"],
    ],
    ids=" ".join,
)
def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing(
    tmp_path: Path, asked: list[str]
) -> None:
    arguments = [each if each.startswith("--") else tmp_path / each for each in asked]
    ended = payrules("estimate", BATCH, *arguments, before=_limited)
    assert ended.returncode == 2
    said = ended.stderr.strip()
    assert said.startswith("payrules: ")
    why = r"cannot be written: (File too large|the disk is full or has failed)\. Free up space"
    assert re.search(why, said), said
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_full_disk_while_a_store_is_written_leaves_no_entry(tmp_path: Path) -> None:
    code = (
        "import polars as pl; from pathlib import Path; from payrules.errors import ScheduleError\n"
        "from payrules.schedules.records import write_entry\n"
        "rows = pl.DataFrame({'a': range(50_000)}).with_columns(b=pl.col('a').hash())\n"
        "try:\n"
        f"    folder, tables = Path({str(tmp_path)!r}), {{'a.parquet': (rows, {{}})}}\n"
        "    write_entry(folder, '2026A', 'table.toml', {}, tables)\n"
        "except ScheduleError as fault:\n"
        "    print(fault)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env=_NOTHING_COMPILED,
        preexec_fn=_limited,
    )
    assert "cannot be written: File too large. Free up space" in ended.stdout, ended.stderr
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("arguments", [["rules"], ["code", "64483"], ["--help"]], ids=" ".join)
def test_an_output_that_is_closed_is_no_bug(arguments: list[str]) -> None:
    closed = payrules(*arguments, before=lambda: os.close(1))
    assert (closed.returncode, closed.stderr) == (0, "")


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_an_output_on_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = payrules("rules", out=full.fileno())
    assert ended.returncode == 2
    assert ended.stderr == ("payrules: the system refused: No space left on device.\n")


@posix
@pytest.mark.parametrize(
    "asked",
    [
        ["estimate", "PIPE.csv", "--lines", "lines.csv"],
        ["estimate", "PIPE.parquet", "--in-parts", "--lines", "lines.parquet"],
        ["estimate", "PIPE.xlsx", "--lines", "lines.csv"],
        ["estimate", BATCH, "--lines", "lines.csv", "--columns", "PIPE.toml"],
        ["estimate", BATCH, "--output", "o.xlsx", "--template", "PIPE.xlsx"],
        ["estimate", BATCH, "--lines", "lines.csv", "--pseudonymize", "PIPE.bin"],
        ["rules", "--payer", "PIPE.toml"],
        ["reports", "check", "PIPE.toml"],
        ["whatif", BATCH, "--scenario", "PIPE.toml"],
        ["canary", "PIPE.csv"],
        ["schedules", "import", "PIPE.zip", "--schedules", "store"],
    ],
    ids=lambda asked: next(str(word) for word in asked if "PIPE" in str(word)),
)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_pipe_or_a_device_is_no_input_and_nobody_waits_for_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: list[str],
    kind: str,
) -> None:
    """A pipe was waited for without end, or read twice; of /dev/zero there is no end."""
    monkeypatch.chdir(tmp_path)
    name = next(str(word) for word in asked if "PIPE" in str(word))
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to("/dev/zero")
    assert main([str(word) for word in asked]) == 2
    assert f"payrules: {name} is a pipe or a device, not a file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]


@posix
def test_a_reader_that_has_gone_is_no_bug() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        ended = payrules("rules", out=theirs)
    finally:
        os.close(theirs)
    assert (ended.returncode, ended.stderr) == (141, "")


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o500)
    ended = payrules("estimate", BATCH, "--lines", folder / "lines.csv")
    assert ended.returncode == 2
    assert "is read-only" in ended.stderr


@pytest.mark.parametrize("option", ["--lines", "--output", "--run", "--html"])
def test_a_folder_where_a_file_is_meant_is_told(tmp_path: Path, option: str) -> None:
    endings = {"--lines": "x.csv", "--output": "x.xlsx", "--run": "x.json", "--html": "x.html"}
    folder = tmp_path / endings[option]
    folder.mkdir()
    ended = payrules("estimate", BATCH, option, folder)
    assert ended.returncode == 2
    assert ended.stderr == f"payrules: {folder} is a folder; name a file.\n"


@posix
def test_a_scenario_of_what_if_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    scenario = ROOT / "examples" / "scenarios"
    first = sorted(scenario.glob("*.toml"))[0]
    ended = payrules(
        "whatif", BATCH, "--scenario", first, "--bridge", tmp_path / "b.csv", "--output",
        tmp_path / "w.xlsx", before=_limited,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "cannot be written: File too large" in ended.stderr
    assert list(tmp_path.iterdir()) == []


_AS_PYTHON = """
import resource, sys
import payrules
results = payrules.estimate({batch!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))
try:
    getattr(results, {name!r})({where!r})
except payrules.errors.ReportError as fault:
    print(fault)
"""


@posix
@pytest.mark.parametrize(("name", "where"), [("to_parquet", "files"), ("to_excel", "book.xlsx")])
def test_from_python_a_full_disk_is_one_kind_of_fault(
    tmp_path: Path, name: str, where: str
) -> None:
    """Files of data raised UsageError where the workbook raises ReportError."""
    script = _AS_PYTHON.format(batch=str(BATCH), name=name, where=str(tmp_path / where))
    ended = python("-c", script)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "cannot be written: " in ended.stdout
    assert "Free up space" in ended.stdout
    assert not [*tmp_path.iterdir()]


@posix
@pytest.mark.parametrize("name", ["to_parquet", "to_excel"])
def test_from_python_a_folder_that_is_none_is_one_kind_of_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    results = estimate(str(BATCH))
    with pytest.raises(ReportError):
        getattr(results, name)(tmp_path / "file" / "book.xlsx")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".parquet"])
def test_findings_replace_nothing_and_fail_alike_whatever_they_are_written_as(
    tmp_path: Path, ending: str
) -> None:
    """As .csv and .parquet they replaced a file unasked, and raised UsageError."""
    there = tmp_path / f"findings{ending}"
    there.write_text("mine", encoding="utf-8")
    for path in (there, there / f"findings{ending}"):
        with pytest.raises(ReportError):
            write_findings(found_by_policies(), path)
    assert there.read_text(encoding="utf-8") == "mine"
