"""Opens remittances: files and folders, packed ones too, each read as the 835 it is."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from payrules.errors import ClaimsError
from payrules.files.packed import unpacked
from payrules.files.tables import content_of, shown_name
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
            files.append(_read(_content(path), path))
            continue
        for each in sorted(path.iterdir(), key=lambda inside: inside.name):
            if not each.is_file():
                continue
            try:
                content = _content(each) if each.stat().st_size else (b"", b"")
                files.append(_read(content, each))
            except _NoRemittanceError:
                passed_over.append(each.name)
    if not files:
        raise ClaimsError(
            "No remittance (835) is in the folder given; X12 files begin with an ISA segment."
        )
    return files, passed_over


class _NoRemittanceError(ClaimsError):
    """A file without remittances: an error where it was named, passed over in a folder."""


def _content(path: Path) -> tuple[bytes, bytes]:
    """Give a file's content, unpacked, and as it lies there."""
    content = content_of(path, ClaimsError)
    return unpacked(content, path, shown_name(path), ClaimsError)[0], content


def _read(content: tuple[bytes, bytes], path: Path) -> RemittanceFile:
    name = shown_name(path)
    if not is_x12(content[0][:_HEAD]):
        raise _NoRemittanceError(
            f"{name} is no X12 file: a remittance (835) begins with an ISA segment. Ask the"
            " clearinghouse for the 835 itself, not a table or a PDF made of it."
        )
    found = read_835(BytesIO(content[0]), name, packed)
    if set(found.sets) == {"837P"}:
        raise _NoRemittanceError(
            f"{name} holds claims (837P), not what a payer paid. Give the remittance (835) that"
            " answers them."
        )
    found.sha256 = sha256(content[1]).hexdigest()
    return found


__all__ = ["read_files"]
