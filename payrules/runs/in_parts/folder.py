"""The folder of a run in parts: held by one run, taken up again by it where it was stopped."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from payrules.errors import ClaimsError, UsageError
from payrules.files.whole import clear_partials, clear_rooms, lock_of, put_in_own_folder, take_away
from payrules.runs.parts_left import ASKED, PARTS, folder_of, was_begun

if TYPE_CHECKING:
    from filelock import BaseFileLock

#: Row groups of a part's file hold at least so many rows.
_SMALLEST_GROUP = 4_096
#: The file that says who holds the folder of parts.
_HOLDER = "holder.json"
#: Between the making of a folder and the holding of it another run may take it away.
_TRIES = 5


@contextmanager
def held(folder: Path, asked: Mapping[str, Any], *, resume: bool) -> Iterator[None]:
    """Hold the folder of a run's parts, new or left by a run that was stopped.

    It is taken away when the run is done, and when it fails before anything is priced: then there
    is nothing to go on with.
    """
    lock = _lock(folder)
    keep = True
    try:
        _begin(folder, json.loads(json.dumps(asked)), resume=resume)
        try:
            yield
            keep = False
        except ClaimsError:
            keep = False  # of another batch, which the corrected file is, nothing can be resumed
            raise
        except BaseException as fault:  # an interruption is no Exception
            if isinstance(fault, Exception):
                keep = any(folder.glob("priced-*.json"))
            if keep:
                fault.add_note(_how_to_go_on(folder))
            raise
    finally:
        if keep and (folder / ASKED).exists():
            lock.release()
        else:
            take_away(folder, lock)


def _lock(folder: Path) -> "BaseFileLock":
    """Make the folder of parts if it is not there, and hold it; UsageError if another run does."""
    from filelock import Timeout  # noqa: PLC0415 - only where it is needed: it takes long to load

    clear_rooms(folder.parent)
    for _ in range(_TRIES):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)  # it holds claims
            lock = lock_of(folder)
            file = Path(lock.lock_file)
            file.touch(mode=0o600)
            before = file.stat().st_ino
            lock.acquire()
            # The run that held it may have taken the folder away meanwhile, with the lock.
            if not file.exists() or file.stat().st_ino != before:
                lock.release()
                continue
            write_json(folder / _HOLDER, _this_process())
        except Timeout:
            raise UsageError(_says_who_holds(folder)) from None
        except FileNotFoundError:
            continue
        except OSError as fault:
            raise UsageError(f"{folder} cannot be made: {fault.strerror}.") from fault
        return lock
    raise UsageError(f"{folder} cannot be created; check that the folder above it exists.")


def _this_process() -> dict[str, Any]:
    since = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    return {"process": os.getpid(), "host": platform.node(), "since": since}


def _says_who_holds(folder: Path) -> str:
    name = folder.name.removeprefix(".").removesuffix(PARTS)
    try:
        held = json.loads((folder / _HOLDER).read_text(encoding="utf-8"))
        who = f": process {held['process']} on {held['host']}, since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        who = ""
    return f"Another run is writing {name}{who}. Wait until it finishes, or write to another file."


def refuse_stopped(lines: Path) -> None:
    """Raise UsageError where a run in parts into a file was stopped, or still runs."""
    if was_begun(lines):
        lock = _lock(folder_of(lines))
        lock.release()
        raise _stopped(folder_of(lines))


def _stopped(folder: Path) -> UsageError:
    return UsageError(f"An earlier run was stopped. {_how_to_go_on(folder)}")


def _how_to_go_on(folder: Path) -> str:
    return (
        f"What it had priced is in {folder}: go on with the same command and --resume, or delete"
        " that folder to start over."
    )


def _begin(folder: Path, asked: Mapping[str, Any], *, resume: bool) -> None:
    """Begin in a folder that is held, or take up what is in it."""
    said = folder / ASKED
    clear_partials(folder)
    if not said.exists():
        for left in folder.glob("*.*"):  # of a run that was stopped before it began
            if left.name != _HOLDER:
                left.unlink()
        write_json(said, asked)
        return
    if not resume:
        raise _stopped(folder)
    try:
        earlier = json.loads(said.read_text(encoding="utf-8"))
    except ValueError:
        earlier = {}
    differing = [what for what, value in asked.items() if earlier.get(what) != value]
    if differing:
        raise UsageError(
            f"The run whose parts are in {folder} cannot be resumed: its {differing[0]} "
            "differed. Run it as before, or delete that folder to start over."
        )


def write_part(frame: pl.DataFrame, path: Path, parts: int) -> None:
    """Write a whole Parquet file or none, in so many row groups that parts of it can be read."""
    rows = max(frame.height // max(parts, 1), _SMALLEST_GROUP)
    with put_in_own_folder(path) as partial:
        frame.write_parquet(partial, compression="lz4", statistics=False, row_group_size=rows)


def write_json(path: Path, said: Mapping[str, Any]) -> None:
    """Write a whole JSON file or none."""
    with put_in_own_folder(path) as partial:
        partial.write_text(json.dumps(said, default=str), encoding="utf-8")
