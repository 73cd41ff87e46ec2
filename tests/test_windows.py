"""What only Windows does, run under fakes where no Windows is: locks, moves, permissions."""

import importlib.util
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from payrules.__main__ import main
from payrules.errors import UsageError
from payrules.files import whole
from payrules.schedules import records
from payrules.workbook import privacy


class Locks(ModuleType):
    """Stands for `msvcrt`: a lock is refused as often as told, then given."""

    LK_NBLCK = 2

    def __init__(self, *refusals: OSError) -> None:
        super().__init__("msvcrt")
        self.refusals = list(refusals)
        self.asked: list[tuple[int, int]] = []

    def locking(self, _opened: int, mode: int, count: int) -> None:
        self.asked.append((mode, count))
        if self.refusals:
            raise self.refusals.pop(0)


@pytest.fixture
def records_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Locks], ModuleType]:
    """Load the store's records as Windows does, with these locks."""

    def load(locks: Locks) -> ModuleType:
        spec = importlib.util.find_spec(records.__name__)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "platform", "win32")
            patched.setitem(sys.modules, "msvcrt", locks)
            spec.loader.exec_module(module)
        monkeypatch.setattr(module.time, "sleep", lambda _: None)
        return module

    return load


def test_a_store_is_locked_by_a_file_in_it_and_waits_for_another_process(
    records_with: Callable[[Locks], ModuleType], tmp_path: Path
) -> None:
    held = PermissionError(13, "Permission denied")
    locks = Locks(held, held)
    unfinished = tmp_path / f"{records._UNFINISHED}x"
    unfinished.mkdir()
    with records_with(locks).locked(tmp_path):
        assert (tmp_path / ".lock").is_file()
        assert locks.asked == [(Locks.LK_NBLCK, 1)] * 3
        assert not unfinished.exists()


def test_a_file_system_without_locks_is_used_and_nothing_of_another_run_is_cleared(
    records_with: Callable[[Locks], ModuleType], tmp_path: Path
) -> None:
    unfinished = tmp_path / f"{records._UNFINISHED}x"
    unfinished.mkdir()
    with records_with(Locks(OSError(36, "no locks"))).locked(tmp_path):
        assert unfinished.exists()


def test_files_are_put_in_place_where_signals_cannot_be_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.delattr(signal, "pthread_sigmask", raising=False)
    path = tmp_path / "lines.csv"
    with whole.put_in_place(path, fault=UsageError) as (partial,):
        partial.write_text("whole", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_with_an_open_file_cannot_be_moved_and_is_taken_away_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "one").write_bytes(b"1")
    lock = whole.lock_of(folder)
    lock.acquire()

    def refuse(*_: object) -> Path:
        raise PermissionError(13, "being used by another process")

    monkeypatch.setattr(Path, "rename", refuse)
    whole.take_away(folder, lock)
    assert not folder.exists()


def test_nothing_is_said_of_permissions_that_windows_does_not_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"x")
    key.chmod(0o644)
    monkeypatch.setattr(privacy, "os", SimpleNamespace(name="nt"))
    assert privacy.readable_by_others(key) is None
    monkeypatch.setattr(privacy, "os", SimpleNamespace(name="posix"))
    if os.name == "posix":
        assert privacy.readable_by_others(key) is not None


def test_a_command_runs_where_no_hang_up_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    assert main(["--version"]) == 0
    assert "payrules" in capsys.readouterr().out
