"""Opens remittances: files and folders, packed ones too, each read as the 835 it is."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from payrules.errors import ClaimsError
from payrules.files.packed import PACKED, unpacked
from payrules.files.tables import (
    STANDARD_INPUT,
    HashingStream,
    content_of,
    opened,
    shown_name,
)
from payrules.variance.tables import packed
from payrules.x12.facts_835 import RemittanceFile
from payrules.x12.remittance_835 import read_835
from payrules.x12.segments import is_x12

_HEAD = 512


def read_files(paths: Sequence[Path]) -> tuple[list[RemittanceFile], list[str]]:
    """Read remittances, of a folder all X12 files in it by name; gives them, and what was not one.

    Raises ClaimsError for a file that cannot be read as X12, and for one named that holds claims
    only.
    """
    files: list[RemittanceFile] = []
    passed_over: list[str] = []
    for path in paths:
        if not path.is_dir():
            files.append(_read(path))
            continue
        for each in sorted(path.iterdir(), key=lambda inside: inside.name):
            if not each.is_file():
                continue
            if not each.stat().st_size:
                passed_over.append(each.name)
                continue
            try:
                files.append(_read(each))
            except _NoRemittanceError:
                passed_over.append(each.name)
    if not files:
        raise ClaimsError(
            "No remittance (835) is in the folder given; X12 files begin with an ISA segment."
        )
    return files, passed_over


class _NoRemittanceError(ClaimsError):
    """A file without remittances: an error where it was named, passed over in a folder."""


def _read(path: Path) -> RemittanceFile:
    """Read a file piece by piece, as it comes from the disk; a packed one once it is unpacked."""
    name = shown_name(path)
    if path == STANDARD_INPUT or path.suffix.lower() in PACKED:
        content = content_of(path, ClaimsError)
        unpacked_ = unpacked(content, path, name, ClaimsError)[0]
        found = _read_stream(BytesIO(unpacked_), name)
        found.sha256 = sha256(content).hexdigest()
        return found
    with opened(path, ClaimsError) as file:
        if not file.read(1):
            raise ClaimsError(f"{name} is empty.")
        file.seek(0)
        return _read_stream(file, name)


def _read_stream(stream: BinaryIO, name: str) -> RemittanceFile:
    head = stream.read(_HEAD)
    stream.seek(0)
    if not is_x12(head):
        raise _NoRemittanceError(
            f"{name} is no X12 file: a remittance (835) begins with an ISA segment. Ask the"
            " clearinghouse for the 835 itself, not a table or a PDF made of it."
        )
    whole = HashingStream(stream)
    found = read_835(whole, name, packed)
    if set(found.sets) == {"837P"}:
        raise _NoRemittanceError(
            f"{name} holds claims (837P), not what a payer paid. Give the remittance (835) that"
            " answers them."
        )
    found.sha256 = whole.sha256
    return found


__all__ = ["read_files"]
