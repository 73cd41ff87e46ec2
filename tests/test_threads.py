"""A command that reads little takes one thread; what a user has set stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.batches import make_batch
from payrules.__main__ import main
from payrules.threads import LITTLE, MOST_THREADS, one_for_little

ROOT = Path(__file__).parents[1]
_RUNS = """
import sys
from payrules.__main__ import main
assert main(["estimate", sys.argv[1], "--lines", sys.argv[2]]) == 0
import polars
print("threads:", polars.thread_pool_size())
"""


@pytest.fixture
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MOST_THREADS, raising=False)
    monkeypatch.delitem(sys.modules, "polars")


def told(*arguments: object) -> str | None:
    """Give what a command with these arguments tells polars."""
    one_for_little(map(str, arguments))
    return os.environ.get(MOST_THREADS)


@pytest.mark.usefixtures("_fresh")
class TestHowManyThreads:
    def test_of_a_small_file_one(self, tmp_path: Path) -> None:
        claims = tmp_path / "claims.csv"
        claims.write_bytes(b"x" * LITTLE)
        assert told("estimate", claims, "--lines", tmp_path / "lines.csv") == "1"

    def test_of_no_file_one(self) -> None:
        assert told("code", "64483", "a\0b") == "1"

    @pytest.mark.parametrize(
        ("name", "size"), [("claims.csv", LITTLE + 1), ("claims.Parquet", LITTLE // 10 + 1)]
    )
    def test_of_a_large_file_all(self, tmp_path: Path, name: str, size: int) -> None:
        claims = tmp_path / name
        claims.write_bytes(b"x" * size)
        assert told("estimate", claims) is None

    def test_of_small_files_that_are_large_together_all(self, tmp_path: Path) -> None:
        for number in range(2):
            (tmp_path / f"{number}.csv").write_bytes(b"x" * (LITTLE // 2 + 1))
        assert told("estimate", *tmp_path.iterdir()) is None

    def test_of_a_folder_or_a_pipe_all(self, tmp_path: Path) -> None:
        assert told("estimate", tmp_path) is None
        assert told("estimate", os.devnull) is None
        assert told("estimate", "-") is None

    def test_what_a_user_has_set_stands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(MOST_THREADS, "3")
        assert told("code", "64483") == "3"


@pytest.mark.parametrize("threads", ["0", " 00 ", "999999"])
def test_a_number_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], threads: str
) -> None:
    monkeypatch.setenv(MOST_THREADS, threads)
    assert main(["code", "64483"]) == 2
    said = capsys.readouterr().err
    assert f"POLARS_MAX_THREADS is {threads.strip()} in the environment: set it to" in said
    assert said.count("\n") <= 2


def test_where_polars_is_there_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MOST_THREADS, raising=False)
    assert told("code", "64483") is None


@pytest.mark.parametrize("little", [True, False])
def test_a_command_does_so_before_polars_is_loaded(tmp_path: Path, little: bool) -> None:
    claims = tmp_path / "claims.csv"
    make_batch(5).write_csv(claims)
    program = _RUNS if little else f"import payrules.threads as t; t.LITTLE = 0\n{_RUNS}"
    ran = subprocess.run(
        [sys.executable, "-c", program, claims, tmp_path / "lines.csv"],
        check=True,
        capture_output=True,
        text=True,
        env={
            **{name: value for name, value in os.environ.items() if name != MOST_THREADS},
            "PYTHONPATH": str(ROOT),
        },
    )
    one = ran.stdout.splitlines()[-1] == "threads: 1"
    assert one == (little or os.cpu_count() == 1)
