"""Opens ZIPs, and the Excel workbooks that are ZIPs, only after what they promise is bounded.

A ZIP of a thousand bytes can unpack to gigabytes; it can hold two files of one name, of which each
program reads another; and a part can be locked, or named as if it lay elsewhere on the disk. Such
an archive is refused before anything of it is unpacked, and a part that holds more than it
promised while it is.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath, PureWindowsPath

from payrules.counted import counted
from payrules.errors import PayrulesError

#: CMS's releases have some 30 files, workbooks a few hundred parts.
MOST_PARTS = 5_000
#: Text of rows that repeat packs to a fortieth; a part this large that packs to less is a bomb.
_HIGHEST_RATIO, _LARGE = 250, 32 << 20
_CHUNK = 1 << 22
#: Deflate makes no byte into more than so many.
_MOST_DEFLATED = 1_032
#: What zipfile raises for archives that are none, cut short, or of a method it does not know.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, OverflowError, OSError),
)


def most_unpacked(packed: int) -> int:
    """Say to how many bytes a table packed into `packed` bytes unpacks at most."""
    return max(_LARGE, _HIGHEST_RATIO * packed)


def parts(
    content: bytes,
    name: str,
    fault: type[PayrulesError],
    wanted: Callable[[PurePosixPath], bool],
    *,
    most_bytes: int,
) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give the wanted parts of a ZIP, by name, each bounded before and while it unpacks.

    `name` is what messages call the archive. Raises `fault` for an archive that cannot be read
    or is not within bounds.
    """
    with _told_as(fault, name), _opened(content, name, fault, most_bytes) as archive:
        for part in sorted(archive.infolist(), key=lambda part: part.filename):
            inside = PurePosixPath(part.filename.replace("\\", "/"))
            if part.is_dir() or not wanted(inside):
                continue
            with archive.open(part) as opened:
                unpacked = opened.read(part.file_size + 1)
            yield inside, unpacked


def must_be_bounded(
    content: bytes,
    name: str,
    fault: type[PayrulesError],
    *,
    most_bytes: int,
    unreadable: PayrulesError | None = None,
) -> None:
    """Refuse an archive that is not within bounds, before a library unpacks it whole.

    `unreadable` is raised where it cannot be read; else a sentence of this module's.
    Where its bytes could unpack to more than that, each part is unpacked once, a little at a
    time, so that none holds more than it promised.
    """
    with (
        _told_as(fault, name, unreadable),
        _opened(content, name, fault, most_bytes) as archive,
    ):
        listed = archive.infolist()
        if sum(part.compress_size for part in listed) * _MOST_DEFLATED <= most_bytes:
            return
        for part in listed:
            with archive.open(part) as opened:
                while opened.read(_CHUNK):
                    pass


@contextmanager
def _opened(
    content: bytes, name: str, fault: type[PayrulesError], most_bytes: int
) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for said in _faults(archive, name, most_bytes):
            raise fault(said)
        yield archive


@contextmanager
def _told_as(
    fault: type[PayrulesError], name: str, unreadable: PayrulesError | None = None
) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        if unreadable is not None:
            raise unreadable from None
        raise fault(f"{name} is not a readable ZIP: {error}.") from None


def _faults(archive: zipfile.ZipFile, name: str, most_bytes: int) -> Iterator[str]:
    """Say why an archive is not within bounds, in sentences."""
    listed = archive.infolist()
    if len(listed) > MOST_PARTS:
        yield f"{name} holds {counted(len(listed), 'file')}; the limit is {MOST_PARTS:,}."
    seen: set[str] = set()
    for part in listed:
        inside = PurePosixPath(part.filename.replace("\\", "/"))
        last = inside.name or str(inside)
        if part.flag_bits & 1:
            yield f"{last} in {name} is password-protected; save it without a password."
        if _leads_out(inside):
            yield f"{name} holds a file whose path leads outside the ZIP ({last!r}); pack it again."
        if str(inside).lower() in seen:
            yield f"{name} holds two files named {last!r}; keep one, and pack it again."
        seen.add(str(inside).lower())
        if part.file_size > most_bytes:
            yield (
                f"{last} in {name} is too large: it unpacks to {part.file_size:,} bytes, and the "
                f"limit is {most_bytes:,}."
            )
        if part.file_size > most_unpacked(part.compress_size):
            yield (
                f"{last} in {name} is {part.compress_size:,} bytes that unpack to "
                f"{part.file_size:,}, far more than a table would; it was not unpacked."
            )
    total = sum(part.file_size for part in listed)
    if total > most_bytes:
        yield (
            f"{name} holds more than any CMS release or workbook: it unpacks to {total:,} bytes,"
            f" and the limit is {most_bytes:,}."
        )


def _leads_out(inside: PurePosixPath) -> bool:
    is_elsewhere = inside.is_absolute() or bool(PureWindowsPath(inside).drive)
    return is_elsewhere or ".." in inside.parts or not str(inside).isprintable()
