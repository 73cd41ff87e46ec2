"""A batch goes into parts where the memory that is free does not hold it twice."""

from pathlib import Path

import polars as pl
import pytest

from payrules.runs import large, memory

MACHINE = "MemTotal:       16000000 kB\nMemFree:          500000 kB\nMemAvailable:    8000000 kB\n"
ALL = 8_000_000 * 1024


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a made-up Linux, with eight gigabytes free and no container."""
    (tmp_path / "groups").mkdir()
    (tmp_path / "meminfo").write_text(MACHINE, encoding="utf-8")
    for name, path in (("_MACHINE", "meminfo"), ("_OWN_GROUP", "own"), ("_GROUPS", "groups")):
        monkeypatch.setattr(memory, name, tmp_path / path)
    return tmp_path


def limit(folder: Path, most: str, taken: int, files: int, *, version: int = 2) -> None:
    """Write the limit of a control group."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.max", "memory.current", "inactive_file")
    if version == 1:
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    (folder / names[0]).write_text(f"{most}\n", encoding="utf-8")
    (folder / names[1]).write_text(f"{taken}\n", encoding="utf-8")
    (folder / "memory.stat").write_text(f"anon 5\n{names[2]} {files}\n", encoding="utf-8")


def test_without_a_container_it_is_what_the_machine_has(system: Path) -> None:
    assert memory.free_memory() == ALL
    limit(system / "groups", "max", 10**9, 0)
    assert memory.free_memory() == ALL


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_gives_what_its_limit_leaves_and_files_that_can_be_let_go(
    system: Path, version: int
) -> None:
    folder = system / "groups" / ("memory" if version == 1 else "")
    limit(folder, "2000000000", 900_000_000, 300_000_000, version=version)
    assert memory.free_memory() == 1_400_000_000


def test_a_group_is_within_others_and_the_least_counts(system: Path) -> None:
    (system / "own").write_text("4:memory:/a/b\n0::/service/run\n", encoding="utf-8")
    limit(system / "groups" / "service", "3000000000", 0, 0)
    limit(system / "groups" / "service/run", "max", 0, 0)
    limit(system / "groups" / "memory/a/b", "4000000000", 0, 0, version=1)
    assert memory.free_memory() == 3_000_000_000
    limit(system / "groups" / "memory/a", "2500000000", 2_600_000_000, 0, version=1)
    assert memory.free_memory() == 0


def test_where_the_system_does_not_say_nobody_knows(system: Path) -> None:
    (system / "meminfo").unlink()
    assert memory.free_memory() is None


@pytest.mark.parametrize(
    ("lines", "free", "trail", "expected"),
    [
        (499_999, 0, True, False),  # parts would take as much
        (500_000, 999_999_999, False, True),
        (500_000, 1_000_000_000, False, False),
        (500_000, 1_599_999_999, True, True),
        (500_000, 1_600_000_000, True, False),
        (2_000_000, 10**12, True, False),
        (2_000_001, 10**12, False, True),
        (500_000, None, False, True),
    ],
)
def test_parts_are_for_what_takes_more_than_half_of_what_is_free(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lines: int,
    free: int | None,
    trail: bool,
    expected: bool,
) -> None:
    monkeypatch.setattr(large, "free_memory", lambda: free)
    pl.DataFrame({"row": pl.int_range(lines, dtype=pl.UInt32, eager=True)}).write_parquet(
        tmp_path / "claims.parquet"
    )
    assert large.is_large([tmp_path / "claims.parquet"], trail=trail) is expected
