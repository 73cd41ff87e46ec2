"""Unpacks a file that holds one other: `.gz`, and a `.zip` of one file."""

import gzip
import io
import zlib
from pathlib import Path, PurePosixPath

from payrules.counted import counted
from payrules.errors import PayrulesError
from payrules.files.archives import most_unpacked, parts
from payrules.files.worksheet_words import OLD_OFFICE

#: As much as any claims file unpacked may have: twice what a large batch does.
MOST_UNPACKED = 1 << 32
#: The first parts of a workbook are named in so many bytes.
_HEAD = 1 << 12
PACKED = (".gz", ".zip")


def unpacked(
    content: bytes, path: Path, name: str, fault: type[PayrulesError]
) -> tuple[bytes, Path]:
    """Give what a packed file holds, and the path whose ending says what that is.

    A file of another ending is given as it is. Raises `fault` for an archive that cannot be read,
    is not within bounds, or holds not exactly one file.
    """
    ending = path.suffix.lower()
    if ending == ".gz":
        return _gunzipped(content, name, fault), path.with_suffix("")
    if ending != ".zip":
        return content, path
    held = list(parts(content, name, fault, _is_a_file, most_bytes=MOST_UNPACKED))
    if len(held) != 1:
        raise fault(
            f"{name} holds {counted(len(held), 'file')}; give a ZIP of one, or each file by itself."
        )
    inside, whole = held[0]
    if not whole:
        raise fault(f"The file in {name} is empty.")
    return whole, path.with_name(inside.name)


def named_by_content(content: bytes) -> Path:
    """Name what has no name of its own by its first bytes: `.gz`, `.zip`, a workbook, Parquet."""
    if content.startswith(b"\x1f\x8b"):
        held = _gunzipped(content, "standard input", PayrulesError)
        return Path(f"{named_by_content(held)}.gz")
    if content.startswith(b"PK\x03\x04"):
        is_workbook = b"[Content_Types].xml" in content[:_HEAD] or b"xl/" in content[:_HEAD]
        return Path("input.xlsx" if is_workbook else "input.zip")
    if content.startswith(OLD_OFFICE):
        return Path("input.xls")
    return Path("input.parquet" if content.startswith(b"PAR1") else "input.csv")


def _gunzipped(content: bytes, name: str, fault: type[PayrulesError]) -> bytes:
    most = min(MOST_UNPACKED, most_unpacked(len(content)))
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            whole = stream.read(most + 1)
    except (OSError, EOFError, zlib.error):
        raise fault(f"{name} is not a readable .gz file; it may be damaged or cut short.") from None
    if len(whole) > MOST_UNPACKED:
        raise fault(f"{name} unpacks to more than {MOST_UNPACKED:,} bytes; split it first.")
    if len(whole) > most:
        raise fault(
            f"{name} is {len(content):,} bytes that unpack to more than {most:,}, far more than a"
            " table would; the rest was not unpacked."
        )
    if not whole:
        raise fault(f"The file in {name} is empty.")
    return whole


def _is_a_file(inside: PurePosixPath) -> bool:
    # What a Mac puts beside each file of a ZIP is none of its own.
    return "__MACOSX" not in inside.parts and inside.name != ".DS_Store"
