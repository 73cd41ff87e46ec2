"""Reads the files of a folder, or of ZIPs in ZIPs, as publishers nest them, within bounds."""

from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from payrules.errors import PayrulesError
from payrules.files.archives import parts
from payrules.files.tables import must_be_file
from payrules.frozen import frozen

_DEEPEST = 3


@frozen
class Bounds:
    """What a publisher's folder or ZIP holds at most, and how a sentence names both."""

    files: int
    bytes: int
    #: "CMS release" in "holds more than any CMS release".
    whole: str
    #: "Point at the release's own folder or ZIP."
    do: str
    fault: type[PayrulesError]


class NestedFile(NamedTuple):
    """A file by its own name, what it holds, and the outermost ZIP that it came from, if any."""

    name: str
    content: bytes
    archive: str | None = None


def nested_files(path: Path, endings: Collection[str], bounds: Bounds) -> Iterator[NestedFile]:
    """Give every file with such an ending, in order of name, ZIPs opened.

    Refused by the bounds' fault: more files or bytes than they allow, ZIPs nested deeper than
    three; a ZIP that promises little and unpacks to much is stopped while it unpacks.
    """
    if not path.exists():
        raise bounds.fault(f"There is no file or folder {path}.")
    must_be_file(path, bounds.fault)
    yield from _files(path, {*endings}, _Left(path.name, bounds))


class _Left:
    """What is left of what may be read in all: a ZIP inside another counts, and what is in it."""

    def __init__(self, name: str, bounds: Bounds) -> None:
        self._name, self.bounds = name, bounds
        self._files, self._bytes = bounds.files, bounds.bytes

    def count(self, content: bytes) -> bytes:
        """Count a file, read or to be unpacked; the fault where it is one too many."""
        self._files -= 1
        self._bytes -= len(content)
        if self._files < 0 or self._bytes < 0:
            bounds = self.bounds
            raise bounds.fault(
                f"{self._name} holds more than any {bounds.whole} ({bounds.files} files, "
                f"{bounds.bytes >> 20} MB). {bounds.do}"
            )
        return content


def _files(path: Path, endings: set[str], left: _Left) -> Iterator[NestedFile]:
    fault = left.bounds.fault
    try:
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            ending = file.suffix.lower()
            if ending in endings | {".zip"}:
                if file.stat().st_size > left.bounds.bytes:
                    raise fault(f"{file.name} is larger than any CMS file.")
                content = left.count(file.read_bytes())
                if ending == ".zip":
                    name = _printable(file.name)
                    for each in _unzipped(name, content, endings, left, 1):
                        yield each._replace(archive=name)
                else:
                    yield NestedFile(_printable(file.name), content)
    except OSError as error:
        raise fault(f"{path} cannot be read: {error.strerror}.") from error


def _printable(name: str) -> str:
    """Write a file's name so that a record can hold it: bytes that are no UTF-8 are escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


def _unzipped(
    name: str, content: bytes, endings: set[str], left: _Left, depth: int
) -> Iterator[NestedFile]:
    fault = left.bounds.fault
    if depth > _DEEPEST:
        raise fault(
            f"{name} is a ZIP nested too deep; CMS nests them no more than three deep. Unpack it "
            "first."
        )

    def is_read(inside: PurePosixPath) -> bool:
        return inside.suffix.lower() in endings | {".zip"} and "__MACOSX" not in inside.parts

    for inside, unpacked in parts(content, name, fault, is_read, most_bytes=left.bounds.bytes):
        left.count(unpacked)
        if inside.suffix.lower() == ".zip":
            inner = f"{inside.name} in {name}"
            yield from _unzipped(inner, unpacked, endings, left, depth + 1)
        else:
            yield NestedFile(inside.name, unpacked)
