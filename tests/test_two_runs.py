"""Two runs on one output never mix; one that ends takes its files away, and shows them nobody."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import UsageError
from payrules.files.whole import ROOM, all_or_none, put_in_place
from payrules.runs.in_parts import Outputs, estimate_in_parts

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and permissions of POSIX")
_ROW = "C{0},1,P{0},2025-10-07,99213,11,{1},national"
_HEADINGS = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
    "place_of_service_code,charge_amount,locality"
)
_IN_PARTS = """
import sys, time
from pathlib import Path
from payrules.runs.in_parts import Outputs, estimate_in_parts
folder, claims, wait = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def said(step):
    print(step, flush=True)
    if step.startswith(wait):
        time.sleep(60)
names = ("lines.parquet", "adjustments.parquet", "rejects.parquet", "run.json")
estimate_in_parts(
    folder / claims, Outputs(*(folder / name for name in names)), lines_a_part=40, progress=said
)
"""
#: Writes a file slowly, in two halves, as long runs do.
_SLOWLY = """
import sys, time
from pathlib import Path
from payrules.files.whole import put_in_place
path, word = Path(sys.argv[1]), sys.argv[2]
with put_in_place(path) as (partial,):
    with partial.open("w") as file:
        for _ in range(20):
            file.write(word * 100)
            file.flush()
            time.sleep(0.01)
"""
#: A command that is at work for a minute on a file it writes.
_COMMAND = """
import sys, time
from pathlib import Path
from payrules.__main__ import main
from payrules.cli.commands import cli
from payrules.files.whole import all_or_none, put_in_place
def at_work(*_arguments, **_options):
    with all_or_none():
        with put_in_place(Path(sys.argv[1]) / "lines.csv") as (partial,):
            partial.write_text("P-secret")
        with put_in_place(Path(sys.argv[1]) / "run.json") as (partial,):
            print("at work", flush=True)
            time.sleep(60)
cli.main = at_work
sys.exit(main([]))
"""


def claims(path: Path, charge: str = "100.00") -> Path:
    rows = [_ROW.format(number, charge) for number in range(200)]
    path.write_text("\n".join([_HEADINGS, *rows]) + "\n", encoding="utf-8")
    return path


def started(code: str, *arguments: object, umask: int = -1) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        umask=umask,
    )


def until(process: subprocess.Popen[str], said: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(said):
            return
    raise AssertionError(process.stderr.read() if process.stderr else "")


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def outputs(folder: Path) -> Outputs:
    names = ("lines.parquet", "adjustments.parquet", "rejects.parquet", "run.json")
    return Outputs(*(folder / name for name in names))


def test_of_two_runs_on_one_file_the_last_is_whole_and_nothing_is_mixed(tmp_path: Path) -> None:
    """1 of 22 concurrent pairs gave a mixed CSV with exit status 0."""
    path = tmp_path / "lines.csv"
    for _ in range(3):
        pair = [started(_SLOWLY, path, word) for word in ("a", "b")]
        assert [each.communicate(timeout=60) for each in pair] == [("", "")] * 2
        assert [each.returncode for each in pair] == [0, 0]
        assert set(path.read_text(encoding="utf-8")) in ({"a"}, {"b"})
        assert len(path.read_text(encoding="utf-8")) == 2000
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    claims(tmp_path / "claims.csv")
    process = started(_IN_PARTS, tmp_path, "claims.csv", "priced 2")
    until(process, "priced 2")
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("resume", [False, True])
def test_a_live_run_in_parts_is_not_called_stopped_and_not_resumed_beside(
    tmp_path: Path, live: subprocess.Popen[str], resume: bool
) -> None:
    """--resume beside a live run left an unreadable Parquet file with exit status 0."""
    with pytest.raises(UsageError) as refused:
        estimate_in_parts(
            tmp_path / "claims.csv", outputs(tmp_path), lines_a_part=40, resume=resume
        )
    said = str(refused.value)
    assert f"Another run is writing lines.parquet: process {live.pid} on " in said
    assert ", since 20" in said
    assert "stopped" not in said


@posix
def test_a_run_in_parts_that_is_killed_can_be_resumed_and_its_lock_ends_with_it(
    tmp_path: Path, live: subprocess.Popen[str]
) -> None:
    assert ended(live, signal.SIGKILL)[0] == -signal.SIGKILL
    with pytest.raises(UsageError, match="An earlier run was stopped"):
        estimate_in_parts(tmp_path / "claims.csv", outputs(tmp_path), lines_a_part=40)
    left = tmp_path / ".lines.parquet.parts" / ".half.partial"
    left.write_text("P-secret", encoding="utf-8")
    estimate_in_parts(tmp_path / "claims.csv", outputs(tmp_path), lines_a_part=40, resume=True)
    assert pl.read_parquet(tmp_path / "lines.parquet").height == 200
    names = {"claims.csv", "lines.parquet", "adjustments.parquet", "rejects.parquet", "run.json"}
    assert {path.name for path in tmp_path.iterdir()} == names


@posix
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_told_to_end_leaves_nothing_of_its_set(
    tmp_path: Path, number: int, status: int
) -> None:
    process = started(_COMMAND, tmp_path)
    until(process, "at work")
    assert ended(process, number) == (
        status,
        "payrules: interrupted; no unfinished output was left.\n",
    )
    assert list(tmp_path.iterdir()) == []


@posix
def test_what_a_killed_run_left_is_cleared_by_the_next_and_a_live_ones_room_is_not(
    tmp_path: Path,
) -> None:
    killed, live = started(_COMMAND, tmp_path), started(_COMMAND, tmp_path)
    until(killed, "at work")
    until(live, "at work")
    ended(killed, signal.SIGKILL)
    theirs = tmp_path / ".mine.payrules-unfinished.txt"
    theirs.touch()
    assert len(list(tmp_path.glob(f".*{ROOM}"))) == 2
    with put_in_place(tmp_path / "other.csv") as (partial,):
        partial.write_text("x", encoding="utf-8")
    assert len(list(tmp_path.glob(f".*{ROOM}"))) == 1
    assert theirs.exists()
    assert ended(live, signal.SIGTERM)[0] == 143
    assert {path.name for path in tmp_path.iterdir()} == {"other.csv", theirs.name}


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_claims_are_open_to_nobody_else_while_they_are_worked_on(
    tmp_path: Path, umask: int
) -> None:
    claims(tmp_path / "claims.csv")
    process = started(_IN_PARTS, tmp_path, "claims.csv", "priced 5", umask=umask)
    until(process, "priced 5")
    folder = tmp_path / ".lines.parquet.parts"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert len(files) > 10
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    process.kill()
    process.communicate()


@posix
def test_a_file_being_written_is_its_owners_and_a_whole_one_has_the_usual_permissions(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lines.csv"
    before = os.umask(0o002)
    try:
        with put_in_place(path) as (partial,):
            partial.write_text("P-secret", encoding="utf-8")
            assert stat.S_IMODE(partial.stat().st_mode) == 0o600
            assert stat.S_IMODE(partial.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o664


def test_where_the_last_of_several_fails_none_is_left_and_what_was_there_stays(
    tmp_path: Path,
) -> None:
    one, two, new = tmp_path / "one.csv", tmp_path / "two.csv", tmp_path / "folder" / "three.csv"
    one.write_text("old", encoding="utf-8")

    def write() -> None:
        with all_or_none() as together:
            together.folder(new.parent)
            for path in (one, new):
                with put_in_place(path) as (partial,):
                    partial.write_text("new", encoding="utf-8")
            with put_in_place(two) as (partial,):
                partial.write_text("half of", encoding="utf-8")
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert one.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [one]


def test_where_the_last_cannot_have_its_name_the_others_give_theirs_back(tmp_path: Path) -> None:
    one, new, taken = tmp_path / "one.csv", tmp_path / "new.csv", tmp_path / "taken.csv"
    one.write_text("old", encoding="utf-8")

    def write() -> None:
        with all_or_none():
            for path in (one, new, taken):
                with put_in_place(path) as (partial,):
                    partial.write_text("new", encoding="utf-8")
            taken.mkdir()

    with pytest.raises(UsageError, match=r"taken\.csv cannot be written: Is a directory"):
        write()
    assert one.read_text(encoding="utf-8") == "old"
    assert sorted(tmp_path.iterdir()) == [one, taken]


def test_a_malformed_file_leaves_no_folder_that_blocks_the_corrected_one(tmp_path: Path) -> None:
    path = claims(tmp_path / "claims.csv")
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("hcpcs_code", "what"), encoding="utf-8")
    with pytest.raises(Exception, match="hcpcs_code"):
        estimate_in_parts(path, outputs(tmp_path), lines_a_part=40)
    assert list(tmp_path.iterdir()) == [path]
    path.write_text(whole, encoding="utf-8")
    estimate_in_parts(path, outputs(tmp_path), lines_a_part=40)
    assert pl.read_parquet(tmp_path / "lines.parquet").height == 200


def test_a_room_without_a_lock_is_left_for_a_minute_then_cleared(tmp_path: Path) -> None:
    room = tmp_path / f".lines.csv.x{ROOM}"
    room.mkdir()
    with put_in_place(tmp_path / "lines.csv"):
        assert room.exists()
    old = time.time() - 120
    os.utime(room, (old, old))
    with put_in_place(tmp_path / "lines.csv"):
        assert not room.exists()
