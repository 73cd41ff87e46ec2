"""The records of the store: sealed TOML beside the Parquet files whose hashes it keeps."""

import hashlib
import io
import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from payrules.errors import AlteredError, ScheduleError


@dataclass(frozen=True, eq=False)
class Stored:
    """One Parquet file of an entry of the store, with the hash it was stored under."""

    entry: str
    path: Path
    sha256: str

    def read(self) -> pl.DataFrame:
        """Read the table; AlteredError if its bytes are not the ones that were stored."""
        try:
            content = self.path.read_bytes()
        except OSError as fault:
            raise AlteredError(
                f"{self.entry}: {self.path.name} is missing or unreadable in {self.path.parent}. "
                "Import it again."
            ) from fault
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise AlteredError(
                f"{self.entry}: {self.path.name} in {self.path.parent} has changed since it was "
                "imported; nothing can be priced with it. Remove that folder and import it again."
            )
        return pl.read_parquet(io.BytesIO(content))


def write_entry(
    folder: Path,
    name: str,
    record: str,
    said: Mapping[str, Any],
    tables: Mapping[str, tuple[pl.DataFrame, Mapping[str, Any]]],
) -> Path:
    """Write one entry, whole or not at all: into a sibling folder first, then renamed.

    `record` is `release.toml` or `table.toml`; `tables` maps each file's name to its rows and to
    what else the record says of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entry = folder / name
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder))
    try:
        files = []
        for file, (table, facts) in tables.items():
            table.write_parquet(unfinished / file, compression="zstd", statistics=False)
            sha = hashlib.sha256((unfinished / file).read_bytes()).hexdigest()
            files.append({"name": file, "sha256": sha, "rows": table.height} | dict(facts))
        text = _toml(dict(said) | {"files": files})
        (unfinished / record).write_text(_sealed(text), encoding="utf-8", newline="\n")
        unfinished.chmod(0o755)  # mkdtemp makes it the user's alone
        try:
            unfinished.rename(entry)
        except OSError:
            if entry.exists():
                raise ScheduleError(f"There is already a '{name}' in {folder}.") from None
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return entry


def _toml(said: Mapping[str, Any]) -> str:
    lines, parts = [], []
    for key, value in said.items():
        if isinstance(value, Mapping):
            parts.append(
                "\n".join([f"[{key}]", *(f"{_value(k)} = {_value(v)}" for k, v in value.items())])
            )
        elif isinstance(value, list):
            parts.extend(
                "\n".join([f"[[{key}]]", *(f"{k} = {_value(v)}" for k, v in item.items())])
                for item in value
            )
        else:
            lines.append(f"{key} = {_value(value)}")
    return "\n\n".join(["\n".join(lines), *parts]) + "\n"


def _value(value: str | bool | int | date) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


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
        "imported; nothing can be priced with it. Remove that folder and import it again."
    )


def valid_name(name: str) -> str:
    """Give the name back; ScheduleError unless it can name a folder on every system."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name) or name.endswith("."):
        raise ScheduleError(
            f"'{name}' cannot name a release: use letters, digits, dots, dashes (--name 2026C)."
        )
    return name
