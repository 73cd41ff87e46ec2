"""The records of the store: sealed TOML beside the Parquet files whose hashes it keeps."""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from payrules.errors import AlteredError, ScheduleError
from payrules.files.tables import damaged, scan_parquet_bytes
from payrules.files.toml import toml_text
from payrules.files.whole import told
from payrules.schedules.stored_columns import unlike_an_import, with_columns_added_since

_AGAIN = "Remove it (payrules schedules remove NAME) and import it again."
#: How the name of a folder begins that is not (or no longer) an entry.
_UNFINISHED = ".payrules-unfinished-"


@dataclass(frozen=True, eq=False)
class Stored:
    """One Parquet file of an entry of the store, with the hash it was stored under."""

    entry: str
    path: Path
    sha256: str

    def read(self, holds: pl.Expr | None = None) -> pl.DataFrame:
        """Read the table, or its rows for which a condition on its columns holds.

        AlteredError if its bytes, whatever is read of them, are not those that an import stored.
        """
        rows = self._scan()
        with self._damaged():
            table = (rows if holds is None else rows.filter(holds)).collect(engine="in-memory")
        self._must_be_like_an_import(table)
        return table

    def least(self, column: str) -> Any:
        """Read the least value of one column of the table; AlteredError as in `read`."""
        rows = self._scan()
        with self._damaged():
            return rows.select(pl.col(column).min()).collect().item()

    def _scan(self) -> pl.LazyFrame:
        """Verify the file's bytes and columns, before any row is unpacked."""
        try:
            content = self.path.read_bytes()
        except OSError as fault:
            raise AlteredError(
                f"{self.entry}: {self.path.name} is missing or unreadable in {self.path.parent}. "
                f"{_AGAIN}"
            ) from fault
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise AlteredError(
                f"{self.entry}: {self.path.name} in {self.path.parent} has changed since it was "
                f"imported, so it cannot be used for pricing. {_AGAIN}"
            )
        with self._damaged():
            rows = scan_parquet_bytes(content)
            columns = rows.collect_schema()
        self._must_be_like_an_import(columns.to_frame())
        return with_columns_added_since(self.path.stem, rows, columns.names())

    def _damaged(self) -> AbstractContextManager[None]:
        no_parquet = f"{self.path.name} in {self.path.parent} is not a Parquet file. {_AGAIN}"
        return damaged(AlteredError(f"{self.entry}: {no_parquet}"))

    def _must_be_like_an_import(self, table: pl.DataFrame) -> None:
        if said := unlike_an_import(self.path.stem, table):
            raise AlteredError(
                f"{self.entry}: {self.path.name} in {self.path.parent} {said}, which no import "
                f"writes, so it cannot be used for pricing. {_AGAIN}"
            )


def write_entry(
    folder: Path,
    name: str,
    record: str,
    said: Mapping[str, Any],
    tables: Mapping[str, tuple[pl.DataFrame, Mapping[str, Any]]],
) -> Path:
    """Write one entry, whole or not at all: into a sibling folder first, then renamed.

    `record` is `release.toml` or `table.toml`; `tables` maps each file's name to its rows and to
    what else the record says of it. ScheduleError if the entry is there already, or the folder
    cannot be written.
    """
    entry = folder / name
    try:
        with told(folder, ScheduleError):
            _write_whole(folder, name, record, said, tables)
    except ScheduleError:
        if entry.exists():
            raise ScheduleError(f"There is already a '{name}' in {folder}.") from None
        raise
    return entry


def _write_whole(
    folder: Path,
    name: str,
    record: str,
    said: Mapping[str, Any],
    tables: Mapping[str, tuple[pl.DataFrame, Mapping[str, Any]]],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
    try:
        files = []
        for file, (table, facts) in tables.items():
            table.write_parquet(unfinished / file, compression="zstd", statistics=False)
            sha = hashlib.sha256((unfinished / file).read_bytes()).hexdigest()
            files.append({"name": file, "sha256": sha, "rows": table.height} | dict(facts))
        text = toml_text(dict(said) | {"files": files})
        (unfinished / record).write_text(_sealed(text), encoding="utf-8", newline="\n")
        unfinished.chmod(0o755)  # mkdtemp makes it the user's alone
        unfinished.rename(folder / name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def replace_entry(
    folder: Path,
    name: str,
    record: str,
    said: Mapping[str, Any],
    tables: Mapping[str, tuple[pl.DataFrame, Mapping[str, Any]]],
) -> None:
    """Write an entry in the place of the one of that name, in a store that is `locked`.

    The old one goes out of sight only when the new one is whole on the disk.
    """
    try:
        aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
        _write_whole(aside, name, record, said, tables)
        (folder / name).rename(aside / f"{name}-before")
        (aside / name).rename(folder / name)
    except OSError as fault:
        raise ScheduleError(f"{folder} cannot be written: {fault.strerror or fault}.") from fault
    shutil.rmtree(aside, ignore_errors=True)


def remove_entry(folder: Path, name: str) -> None:
    """Remove one entry: out of sight at once, then off the disk."""
    with locked(folder):
        try:
            gone = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
            (folder / name).rename(gone / name)
        except OSError as fault:
            raise ScheduleError(
                f"{folder / name} cannot be removed: {fault.strerror or fault}."
            ) from fault
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a store for one process; what a killed one left unfinished is cleared away first.

    The system lets go of the lock however the process ends. A file system without locks is used
    all the same: an entry is renamed into place, so the worst is two of one quarter.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = _open_lock(folder)
    except OSError as fault:
        raise ScheduleError(f"{folder} cannot be written: {fault.strerror or fault}.") from fault
    try:
        if _lock(opened):
            for left in folder.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(opened)


if sys.platform == "win32":
    import msvcrt

    _LOCK = ".lock"

    def _open_lock(folder: Path) -> int:
        return os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT)

    def _lock(opened: int) -> bool:
        while True:
            try:
                msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
            except PermissionError:
                time.sleep(0.05)
            except OSError:
                return False
            else:
                return True

else:
    import fcntl

    def _open_lock(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def _lock(opened: int) -> bool:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
        except OSError:
            return False
        return True


_SEAL = "# sha256 of the lines below: "


def _sealed(text: str) -> str:
    return f"{_SEAL}{hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def unsealed(record: Path) -> dict[str, Any]:
    """Read a record whose first line is the hash of the rest (line ends do not count)."""
    try:
        first, _, rest = record.read_text(encoding="utf-8").partition("\n")
        if _sealed(rest) == f"{first}\n{rest}":
            return tomllib.loads(rest)
    except (OSError, ValueError):
        pass
    raise AlteredError(
        f"{record.parent.name}: {record.name} in {record.parent} has changed since it was "
        f"imported, so it cannot be used for pricing. {_AGAIN}"
    )


@contextmanager
def complete(record: Path) -> Iterator[None]:
    """Take a record that lacks something, or says it otherwise, for one that was changed."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as fault:
        lacks = f" lacks '{fault.args[0]}'" if isinstance(fault, KeyError) else " is not as written"
        raise AlteredError(
            f"{record.parent.name}: {record.name} in {record.parent}{lacks}, so it cannot be "
            f"used for pricing. {_AGAIN}"
        ) from fault


def valid_name(name: str) -> str:
    """Give the name back; ScheduleError unless it can name a folder on every system."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name) or name.endswith("."):
        raise ScheduleError(
            f"'{name}' is not a valid release name: use letters, digits, dots and dashes (--name "
            "2026C)."
        )
    return name
