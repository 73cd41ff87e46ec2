"""TOML: files that people write are read, bounded and with faults by line; ours are written."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import tomli_w

from payrules.errors import PayrulesError
from payrules.files.tables import must_be_file
from payrules.frozen import frozen

#: A payer file with a percentage of its own for each of CMS's 19,000 codes is smaller.
_MOST_BYTES = 4 << 20
#: A form of ours has tables in tables four deep.
_DEEPEST = 16

Place = Sequence[int | str]


@frozen
class TomlFile:
    """One file: its name without folder, its bytes and text, and the tables written in it."""

    name: str
    content: bytes
    text: str
    written: dict[str, Any]

    def line(self, place: Place) -> int | None:
        """Give the line on which a place of the file is written; None where it is nowhere."""
        return line_of(self.text, place)


def toml_text(written: Mapping[str, Any]) -> str:
    """Write tables as TOML that reads back equal, whatever characters a name or text holds."""
    return tomli_w.dumps(written)


def is_file(path: Path) -> bool:
    """Say whether there is a file of this name; a name too long for the system is none's."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_toml(
    path: Path,
    what: str,
    fault: type[PayrulesError],
    number: Callable[[str], Any] = Decimal,
) -> TomlFile:
    """Read a TOML file; `fault` says in a sentence why one cannot be read, and where.

    `what` is what the file is called in messages ("payer file"); `number` reads numbers with a
    decimal point.
    """
    name = path.name
    try:
        must_be_file(path, fault)
        with path.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise fault(f"There is no {what} {path}; check its name and folder.") from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise fault(f"The {what} {path} cannot be read: {said}.") from None
    if len(content) > _MOST_BYTES:
        raise fault(
            f"The {what} {name} has more than {_MOST_BYTES >> 20} MB, far more than one needs; "
            "check that it is the right file."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise fault(
            f"The {what} {name}, line {line}, is not UTF-8 text; save the file as UTF-8."
        ) from None
    try:
        written = tomllib.loads(text, parse_float=number)
    except tomllib.TOMLDecodeError as error:
        raise fault(f"The {what} {name} is not valid TOML: {error}.") from None
    except RecursionError:
        raise fault(_too_deep(what, name)) from None
    except (ValueError, InvalidOperation, OverflowError):
        raise fault(f"The {what} {name} contains a number with too many digits.") from None
    if _is_deep(written):
        raise fault(_too_deep(what, name))
    return TomlFile(name, content, text, written)


def _too_deep(what: str, name: str) -> str:
    return (
        f"The {what} {name} has tables or lists nested more than {_DEEPEST} deep; no setting is "
        "that deep."
    )


def _is_deep(written: dict[str, Any]) -> bool:
    level: list[Any] = [written]
    for _ in range(_DEEPEST):
        inside = [
            each
            for holder in level
            for each in (holder.values() if isinstance(holder, dict) else holder)
        ]
        level = [each for each in inside if isinstance(each, dict | list)]
        if not level:
            return False
    return True


_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_NAMES = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_TABLE = re.compile(rf"\s*(\[\[?)\s*({_NAMES})\s*\]")
_SETTING = re.compile(rf"\s*({_NAMES})\s*=")


def line_of(text: str, place: Place) -> int | None:
    """Give the line on which a place is written: its setting, or else the table it stands in.

    A place is a path of names and, in lists of tables, numbers from 0. None where no line is
    about it.
    """
    best, found = 0, None
    for number, path in _paths(text):
        if len(path) > best and tuple(path) == tuple(place[: len(path)]):
            best, found = len(path), number
    return found


def _paths(text: str) -> Iterator[tuple[int, list[int | str]]]:
    """Give each line that begins a table or a setting, with its whole path."""
    table: list[int | str] = []
    counts: dict[tuple[int | str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if head := _TABLE.match(line):
            table = []
            names = _split(head[2])
            for left, name in enumerate(names, 1 - len(names)):
                table.append(name)
                key = tuple(table)
                if left == 0 and head[1] == "[[":
                    counts[key] = counts.get(key, -1) + 1
                if key in counts:
                    table.append(counts[key])
            yield number, table
        elif setting := _SETTING.match(line):
            yield number, [*table, *_split(setting[1])]


def _split(names: str) -> list[str]:
    return [name.strip("\"'") for name in re.findall(_NAME, names)]
