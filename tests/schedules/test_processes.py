"""A store whose importer is killed at any moment, and one that two processes fill at once."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from payrules.errors import ScheduleError
from payrules.schedules import import_schedule, load_schedules, records, remove, verify
from tests.schedules.conftest import GPCI, Maker, pprrvu_csv

# Ends at once, as a killed process does: nothing is tidied up.
DYING = """
import os, sys
from pathlib import Path
import polars as pl
from payrules.schedules import import_schedule

owner, name, left = {point}
owner = {{"Path": Path, "DataFrame": pl.DataFrame}}[owner]
whole = getattr(owner, name)

def dies(*given, **named):
    global left
    left -= 1
    if left < 0:
        os._exit(9)
    return whole(*given, **named)

setattr(owner, name, dies)
import_schedule(Path(sys.argv[1]), Path(sys.argv[2]))
os._exit(9)
"""
IMPORTING = """
import sys
from pathlib import Path
from payrules.errors import ScheduleError
from payrules.schedules import import_schedule

sys.stdin.readline()
try:
    print(import_schedule(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]).unchanged)
except ScheduleError as fault:
    print(fault)
"""


@pytest.mark.parametrize(
    ("point", "whole"),
    [
        (("DataFrame", "write_parquet", 0), False),
        (("DataFrame", "write_parquet", 1), False),
        (("Path", "write_text", 0), False),
        (("Path", "rename", 0), False),
        (("Path", "rename", 9), True),  # after the import
    ],
)
def test_killed_import_leaves_the_store_as_it_was(
    point: tuple[str, str, int], whole: bool, release: Maker, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    texts = {"PPRRVU2025_Oct.csv": pprrvu_csv(month="July"), "GPCI2025.csv": GPCI}
    import_schedule(release("2025C", **texts), store)
    before = {file: file.read_bytes() for file in store.rglob("*") if file.is_file()}
    folder = release("2025D")
    ended = subprocess.run(
        [sys.executable, "-c", DYING.format(point=point), str(folder), str(store)],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert ended.returncode == 9
    assert {file: file.read_bytes() for file in before} == before
    names = [each.name for each in load_schedules(store).releases]
    assert names == (["2025C", "2025D"] if whole else ["2025C"])
    assert len(verify(store)) == 2 * len(names)
    assert import_schedule(folder, store).unchanged == whole
    assert sorted(entry.name for entry in store.iterdir()) == ["2025C", "2025D"]


def _at_once(folder: Path, store: Path, names: list[str]) -> Iterator[str]:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORTING, str(folder), str(store), name],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        said, _ = process.communicate()
        assert process.returncode == 0
        yield said.strip()


def test_same_release_from_two_processes_at_once(release: Maker, tmp_path: Path) -> None:
    store = tmp_path / "store"
    said = sorted(_at_once(release(), store, ["2025D", "2025D"]))
    assert said == ["False", "True"]  # one imported it, the other found it unchanged
    assert [entry.name for entry in store.iterdir()] == ["2025D"]
    verify(store)


def test_two_names_for_a_quarter_from_two_processes_at_once(release: Maker, tmp_path: Path) -> None:
    store = tmp_path / "store"
    said = sorted(_at_once(release(), store, ["2025D", "mine"]))
    assert "is already the release effective 2025-10-01" in said[0]
    assert said[1] == "False"
    assert len(list(store.iterdir())) == 1


def test_an_importer_waits_for_the_lock(
    release: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    monkeypatch.setattr(records, "_lock", lambda opened: taken.append(opened) or True)
    import_schedule(release(), tmp_path / "store")
    remove("2025d", tmp_path / "store")
    assert len(taken) == 2


def test_two_releases_of_a_quarter_put_there_by_hand(release: Maker, tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_schedule(release(), store)
    shutil.copytree(store / "2025D", store / "mine")
    with pytest.raises(ScheduleError, match="are both the release effective 2025-10-01"):
        verify(load_schedules(store))
    remove("mine", store)
    assert len(verify(load_schedules(store))) == 2


def test_remove(release: Maker, tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_schedule(release(), store)
    (store / "2025D" / "release.toml").write_text("spoilt", encoding="utf-8")
    with pytest.raises(ScheduleError, match=r"holds no '2025C'. There are: 2025D\."):
        remove("2025C", store)
    with pytest.raises(ScheduleError, match=r"holds no 'starter-2025'. It is built in. There are"):
        remove("starter-2025", store)
    for name in ("..", ".", "", "2025D/.."):
        with pytest.raises(ScheduleError, match="holds no"):
            remove(name, store)
    assert remove("2025d", store) == store / "2025D"
    assert list(store.iterdir()) == []
    with pytest.raises(ScheduleError, match=r"There are: none\."):
        remove("2025D", store)
    with pytest.raises(ScheduleError, match="holds no '2025D'"):
        remove("2025D", tmp_path / "absent")
    assert not import_schedule(release("again"), store, "2025D").unchanged
    in_force = load_schedules(store).in_force(date(2025, 1, 1))
    assert in_force is not None
