"""Puts files in place whole and together: a file that has its name is complete, whatever befell.

Files are written in a room of their own beside their place: a folder with a random name that only
its owner may look into, locked while its run lives. All files of a run get their names at its end,
or none does. A room whose run has ended otherwise is cleared by the next run that writes there.
"""

import errno
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from payrules.errors import PayrulesError, UsageError
from payrules.frozen import frozen

if TYPE_CHECKING:
    from filelock import BaseFileLock

#: How the name of a room ends: nothing else in the folder is ever touched.
ROOM = ".payrules-unfinished"
_LOCK = "lock"
_PARTIAL = ".partial"
#: A room without a lock is one that was just made, or one whose run ended in that moment.
_SECONDS_TO_LOCK = 60
_LONGEST_START = 40
#: What polars says where the end of a Parquet file cannot be written, whatever the reason.
_NO_END = "parquet: File out of specification: Invalid thrift"
_OS_ERROR = re.compile(r"\(os error ([0-9]+)\)")


@frozen
class _Unfinished:
    """A file that is being written, its place, and the fault if it cannot be put there."""

    partial: Path
    path: Path
    fault: type[PayrulesError]


class Together:
    """The files and folders of a run that are put in place together, or not at all."""

    def __init__(self) -> None:
        self._files: list[_Unfinished] = []
        self._rooms: dict[Path, tuple[Path, BaseFileLock]] = {}
        self._folders: list[Path] = []
        self._old: list[Path] = []

    def folder(self, folder: Path, fault: type[PayrulesError] = UsageError) -> None:
        """Make a folder for files; where the run fails it is taken away again."""
        try:
            for each in (*reversed(folder.parents), folder):
                if not each.exists():
                    each.mkdir()
                    self._folders.append(each)
        except OSError as error:
            raise fault(f"The folder {folder} cannot be created: {error.strerror}.") from error

    def partial(self, path: Path, fault: type[PayrulesError]) -> Path:
        """Give a partial file to write, which nobody else may read."""
        partial = self._room(path) / f"{len(self._files)}-{path.name[-_LONGEST_START:]}"
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._files.append(_Unfinished(partial, path, fault))
        return partial

    def take_away(self, old: Iterable[Path]) -> None:
        """Take files away that are no longer wanted, once all others have their names."""
        self._old += old

    def _room(self, path: Path) -> Path:
        folder = path.parent
        if folder not in self._rooms:
            clear_rooms(folder)
            room = _made_room(path)
            self._rooms[folder] = (room, lock_of(room))
            self._rooms[folder][1].acquire()
        return self._rooms[folder][0]

    def finish(self) -> None:
        """Give all files their names. Where one cannot have it, those that were there come back."""
        done: list[tuple[Path, Path | None]] = []
        with _undisturbed():
            for number, each in enumerate(self._files):
                try:
                    before = self._kept(number, each) if len(self._files) > 1 else None
                    each.partial.chmod(0o666 & ~_umask())
                    each.partial.replace(each.path)
                except OSError as error:
                    for path, earlier in reversed(done):
                        path.unlink() if earlier is None else earlier.replace(path)
                    raise each.fault(cannot_be_written(each.path, error)) from error
                done.append((each.path, before))
            self._folders.clear()
            for path in self._old:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _kept(self, number: int, file: _Unfinished) -> Path | None:
        """Keep what has a file's name now, until all is done."""
        if not file.path.is_file():
            return None
        kept = file.partial.with_name(f"{number}-before")
        try:
            os.link(file.path, kept)
        except OSError:  # not every file system has links
            shutil.copy2(file.path, kept)
        return kept

    def close(self) -> None:
        """Take away the rooms, and folders that a run made and has no files for."""
        with _undisturbed():
            for room, lock in self._rooms.values():
                lock.release()
                shutil.rmtree(room, ignore_errors=True)
            for folder in reversed(self._folders):
                with suppress(OSError):
                    folder.rmdir()


_together: ContextVar[Together | None] = ContextVar("_together", default=None)


@contextmanager
def all_or_none() -> Iterator[Together]:
    """Put every file that is written within in place at the end, or none of them."""
    outer = _together.get()
    if outer is not None:
        yield outer
        return
    files = Together()
    token = _together.set(files)
    try:
        yield files
        files.finish()
    finally:
        _together.reset(token)
        files.close()


@contextmanager
def put_in_place(*paths: Path, fault: type[PayrulesError] = UsageError) -> Iterator[list[Path]]:
    """Give partial files to write, and give them their names together once all are whole.

    Within `all_or_none` that is when all other files of the run are. Where one cannot be written,
    none is left, and `fault` says why.
    """
    with all_or_none() as files, told(paths[0], fault):
        yield [files.partial(path, fault) for path in paths]


@contextmanager
def put_in_own_folder(path: Path) -> Iterator[Path]:
    """Give a partial file to write in a folder that only this run uses: its owner's, and locked."""
    with told(path, UsageError):
        handle, name = tempfile.mkstemp(prefix=".", suffix=_PARTIAL, dir=path.parent)
        os.close(handle)
        partial = Path(name)
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def clear_partials(folder: Path) -> None:
    """Take away what a stopped run left half-written in its own folder."""
    for left in folder.iterdir():
        if left.name.startswith(".") and left.suffix == _PARTIAL:
            left.unlink(missing_ok=True)


def lock_of(folder: Path) -> "BaseFileLock":
    """Give the lock of a folder: it is held, or it is not; nobody waits for it."""
    from filelock import FileLock  # noqa: PLC0415 - a fifth of a second, and not for `--help`

    return FileLock(folder / _LOCK, timeout=0, mode=0o600)


def take_away(folder: Path, lock: "BaseFileLock") -> None:
    """Remove a folder that is held: it loses its name first, so that nobody takes it up."""
    gone = folder
    with suppress(OSError):  # Windows moves no folder with an open file
        gone = folder.rename(_made_room(folder) / folder.name)
    lock.release()
    shutil.rmtree(gone, ignore_errors=True)
    if gone != folder:
        shutil.rmtree(gone.parent, ignore_errors=True)


def clear_rooms(folder: Path) -> None:
    """Take away the rooms of runs that have ended without doing so."""
    with suppress(OSError):
        for room in folder.iterdir():
            if room.name.startswith(".") and room.name.endswith(ROOM) and _is_left(room):
                shutil.rmtree(room, ignore_errors=True)


def _made_room(path: Path) -> Path:
    name = path.name.lstrip(".")[:_LONGEST_START]
    return Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=ROOM, dir=path.parent))


def _is_left(room: Path) -> bool:
    """Tell whether nobody holds a room any more."""
    from filelock import Timeout  # noqa: PLC0415

    if not (room / _LOCK).exists():
        return _age(room) > _SECONDS_TO_LOCK
    lock = lock_of(room)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return False
    lock.release()
    return True


def _age(room: Path) -> float:
    """Give how long ago a folder was changed, by the clock of its own file system."""
    with tempfile.NamedTemporaryFile(dir=room.parent) as now:
        return os.fstat(now.fileno()).st_mtime - room.stat().st_mtime


def _umask() -> int:
    """Give the permissions that new files of this process do not have."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no signal come between the renaming of files."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def told(path: Path, fault: type[PayrulesError]) -> Iterator[None]:
    """Tell in a sentence why a file or folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise fault(cannot_be_written(path, error)) from error
    except pl.exceptions.PolarsError as error:  # so polars tells of a full disk under Parquet
        if not (_OS_ERROR.search(str(error)) or _NO_END in str(error)):
            raise
        raise fault(cannot_be_written(path, OSError(str(error)))) from error


def cannot_be_written(path: Path, error: OSError) -> str:
    """Say of a file that it cannot be written, why, and what to do."""
    number = _OS_ERROR.search(str(error))
    if error.errno is None and number is not None:  # an error of polars
        error = OSError(int(number.group(1)), os.strerror(int(number.group(1))))
    elif _NO_END in str(error):
        error = OSError(errno.ENOSPC, "the disk is full or has failed")
    why = error.strerror or str(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        do = "Free up space, or write to another disk; no partial file was left."
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        do = "Choose a folder you can write to, or close the file if another program has it open."
    else:
        do = "Close the file if another program has it open, and check that the folder exists."
    return f"{path} cannot be written: {why}. {do}"
