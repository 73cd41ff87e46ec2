"""Gives the files of a folder, of a ZIP as CMS nests them, or a single file."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from payrules.errors import ScheduleError
from payrules.schedules.cells import MOST_BYTES, Source

_READ = {".csv", ".txt", ".xlsx"}
_MOST_FILES = 500
_DEEPEST = 3


def unpack(path: Path) -> list[Source]:
    """Read every CSV, TXT and XLSX file at a path, in order of name, ZIPs opened.

    Refused: more than 500 files, more than 1 GiB in all, ZIPs nested deeper than three; a ZIP
    that promises little and unpacks to much is stopped while it unpacks.
    """
    if not path.exists():
        raise ScheduleError(f"There is no file or folder {path}.")
    found: list[Source] = []
    left = MOST_BYTES
    for source in _sources(path):
        left -= len(source.content)
        if left < 0 or len(found) == _MOST_FILES:
            raise ScheduleError(
                f"{path.name} holds more than a CMS release does ({_MOST_FILES} files, "
                f"{MOST_BYTES >> 20} MB). Point at the release's own folder or ZIP."
            )
        found.append(source)
    return found


def _sources(path: Path) -> Iterator[Source]:
    try:
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            ending = file.suffix.lower()
            if ending in _READ | {".zip"}:
                if file.stat().st_size > MOST_BYTES:
                    raise ScheduleError(f"{file.name} is larger than any file of CMS's.")
                content = file.read_bytes()
                if ending == ".zip":
                    yield from _unzipped(file.name, content, 1)
                else:
                    yield Source(file.name, content)
    except OSError as fault:
        raise ScheduleError(f"{path} cannot be read: {fault.strerror}.") from fault


def _unzipped(name: str, content: bytes, depth: int) -> Iterator[Source]:
    if depth > _DEEPEST:
        raise ScheduleError(
            f"{name} is a ZIP inside a ZIP inside a ZIP; CMS does not nest so deep."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in sorted(archive.infolist(), key=lambda member: member.filename):
                inside = PurePosixPath(member.filename.replace("\\", "/"))
                ending = inside.suffix.lower()
                if ending not in _READ | {".zip"} or "__MACOSX" in inside.parts:
                    continue
                with archive.open(member) as opened:
                    unpacked = opened.read(MOST_BYTES + 1)
                if len(unpacked) > MOST_BYTES:
                    raise ScheduleError(f"{inside.name} in {name} is larger than any of CMS's.")
                if ending == ".zip":
                    yield from _unzipped(inside.name, unpacked, depth + 1)
                else:
                    yield Source(inside.name, unpacked)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as fault:
        raise ScheduleError(f"{name} is not a readable ZIP: {fault}.") from fault
