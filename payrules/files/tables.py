"""Opens tables: a file's name is a name, never a pattern, and what is hashed is what is read.

polars takes a path for a pattern: `jan[1].csv` would read `jan1.csv`, and `claims*.csv` every
file that fits. No other module hands it a path to read (a test holds that).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from payrules.errors import PayrulesError
from payrules.frozen import frozen

#: In place of a file: what another program gives.
STANDARD_INPUT = Path("-")
#: A Parquet file is read some columns after the others, in about so many times.
_MOST_READS = 8


@cache
def _standard_input() -> bytes:
    """Give what another program gives, which is there to be read once."""
    return sys.stdin.buffer.read()


@frozen
class HashedFile:
    """A file that is read piece by piece: its sha256, and what tells that it is still the same."""

    path: Path
    sha256: str
    state: tuple[int, ...]

    def check_unchanged(self, fault: type[PayrulesError]) -> None:
        """Raise `fault` where the file was written to, or replaced, since it was hashed."""
        try:
            same = _state(self.path) == self.state
        except OSError:
            same = False
        if not same:
            raise fault(
                f"{shown_name(self.path)} changed while it was being read; run again once the "
                "file is complete."
            )


def content_of(path: Path, fault: type[PayrulesError]) -> bytes:
    """Give a file's bytes; `fault` says why there are none."""
    if path == STANDARD_INPUT:
        content = _standard_input()
    else:
        with _opened(path, fault):
            content = path.read_bytes()
    if not content:
        raise fault(f"{shown_name(path)} is empty.")
    return content


class HashingStream:
    """A file's bytes, read once from the first to the last: what is hashed is what is read."""

    def __init__(self, stream: BinaryIO) -> None:
        """Begin where the stream stands."""
        self._stream, self._hash = stream, sha256()

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most so many."""
        given = self._stream.read(size)
        self._hash.update(given)
        return given

    @property
    def sha256(self) -> str:
        """The hash of what was read so far."""
        return self._hash.hexdigest()


@contextmanager
def opened(path: Path, fault: type[PayrulesError]) -> Iterator[BinaryIO]:
    """Open a file that is read piece by piece; `fault` says why it cannot be."""
    with _opened(path, fault), path.open("rb") as stream:
        yield stream


def hashed(path: Path, fault: type[PayrulesError]) -> HashedFile:
    """Hash a file that is too large to hold; `fault` says why it cannot be read."""
    with _opened(path, fault):
        state = _state(path)
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        size = path.stat().st_size
    if size == 0:
        raise fault(f"{shown_name(path)} is empty.")
    return HashedFile(path, digest, state)


def read_csv(content: bytes, **how: Any) -> pl.DataFrame:
    """Read the bytes of a CSV file, each column in one piece; polars' own terms and faults."""
    return pl.DataFrame(dict(_each_whole(pl.read_csv(content, **how))))


def scan_csv(path: Path, **how: Any) -> pl.LazyFrame:
    """Look at the CSV file of this very name; polars' own terms and faults."""
    return pl.scan_csv(_name(path), glob=False, **how)


def read_parquet(content: bytes) -> pl.DataFrame:
    """Read the bytes of a Parquet file, each column in one piece; polars' own faults."""
    whole: dict[str, pl.Series] = {}
    width = len(pl.read_parquet_schema(BytesIO(content)))
    at_once = max(-(-width // _MOST_READS), 2)
    # Some after the others: they find room where the pieces of those before them were.
    for first in range(0, width, at_once):
        places = [*range(first, min(first + at_once, width))]
        read = pl.read_parquet(BytesIO(content), columns=places)
        whole |= _each_whole(read)
    return pl.DataFrame(whole)


def _each_whole(read: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    """Take the columns out of a table, each in one piece, with its name, which may be "".

    Each step that puts columns in unlike pieces together would copy them. Given without its name,
    one without a heading would be called `column_3`, as another may be.
    """
    for name in read.columns:
        yield name, read.drop_in_place(name).rechunk()


def scan_parquet_bytes(content: bytes) -> pl.LazyFrame:
    """Look at the bytes of a Parquet file: only what is asked of them is unpacked."""
    return pl.scan_parquet(BytesIO(content))


def scan_parquet(path: Path) -> pl.LazyFrame:
    """Look at the Parquet file of this very name; polars' own faults."""
    return pl.scan_parquet(_name(path), glob=False, hive_partitioning=False)


@contextmanager
def damaged(fault: PayrulesError, *expected: type[Exception]) -> Iterator[None]:
    """Say `fault` where a reader fails on what it reads: by an error of its own, or a panic."""
    faults: tuple[type[Exception], ...] = (pl.exceptions.PolarsError, *expected)
    try:
        yield
    except faults:
        raise fault from None
    except BaseException as error:
        # A reader in Rust that meets what it never expected panics, which is no Exception.
        if type(error).__name__ == "PanicException":
            raise fault from None
        raise


def shown_name(path: Path) -> str:
    """Give a file's name as text, even where its bytes are no text."""
    if path == STANDARD_INPUT:
        return "standard input"
    return path.name.encode("utf-8", "replace").decode("utf-8")


def must_be_file(path: Path, fault: type[PayrulesError]) -> None:
    """Raise `fault` for a pipe, a device or the like, which may wait for ever, or never end.

    What is read is also hashed, and some of it is read twice: a pipe gives its bytes once. A file
    that is not there is told by whoever opens it.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise fault(
            f"{shown_name(path)} is a pipe or a device, not a file; save its output as a file "
            "first."
        )


@contextmanager
def _opened(path: Path, fault: type[PayrulesError]) -> Iterator[None]:
    try:
        must_be_file(path, fault)
        yield
    except FileNotFoundError:
        hint = "; wildcards are not expanded: name each file" if set("*?[") & set(path.name) else ""
        told = str(path).encode("utf-8", "replace").decode("utf-8")
        raise fault(f"There is no file {told}{hint}.") from None
    except OSError as error:
        raise fault(f"{shown_name(path)} cannot be opened: {error.strerror}.") from None


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _name(path: Path) -> str:
    """Write a path so that polars opens no other: a first `~` would be the user's folder."""
    text = str(path)
    return f"./{text}" if text.startswith("~") else text
