"""Packs a workbook so that the same content gives the same bytes: no clock, one way to compress."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from payrules.workbook.xlsx.bulk_rows import Pour
from payrules.workbook.xlsx.shared_texts import SharedTexts

try:  # as small as zlib's 2 in a quarter of its time, and alike on every x86-64 processor
    from isal.isal_zlib import compressobj

    _LEVEL = 1
except ImportError:  # a processor of another kind
    from zlib import compressobj  # type: ignore[assignment]

    _LEVEL = 2  # a quarter larger than 6, in a third of the time
#: A part of a zip holds no head of its own: deflate alone, with the widest window.
_METHOD, _BARE_WINDOW = zipfile.ZIP_DEFLATED, -15
_ZIP64_FROM = 2**31
#: The texts of all sheets; it is packed last, when every sheet has named its own.
_SHARED = "xl/sharedStrings.xml"


def repack(held: io.BytesIO, path: Path, changed: Callable[[str, bytes], bytes]) -> None:
    """Pack a workbook anew, each part by its name as `changed` gives it."""
    with (
        zipfile.ZipFile(held) as saved,
        _packed(path) as whole,
    ):
        for entry in saved.infolist():
            _put(whole, entry.filename, changed(entry.filename, saved.read(entry)))


def pack(
    frame: io.BytesIO,
    path: Path,
    pours: Mapping[str, Pour],
    changed: Callable[[str, bytes], bytes],
) -> None:
    """Pack a workbook that XlsxWriter made as a frame, with the rows of its sheets poured in.

    `pours` are by the part of their sheet: xl/worksheets/sheet1.xml.
    """
    with (
        zipfile.ZipFile(frame) as made,
        _packed(path) as whole,
    ):
        of_tables = {_table_part(made, part): pour for part, pour in pours.items()}
        shared = SharedTexts(made.read(_SHARED).decode()) if _SHARED in made.namelist() else None
        for entry in made.infolist():
            name, content = entry.filename, made.read(entry)
            if name == _SHARED:
                continue
            if name in pours:
                size = pours[name].frame.height * pours[name].frame.width * 70
                with _opened(whole, name, force_zip64=size > _ZIP64_FROM) as sheet_file:
                    for part in _ahead(pours[name].into(content.decode(), shared)):
                        sheet_file.write(part)
                continue
            if name in of_tables:
                content = of_tables[name].over(content.decode()).encode()
            _put(whole, name, changed(name, content))
        if shared is not None:
            _put(whole, _SHARED, shared.xml())


def _packed(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path, "w", _METHOD)


def _put(whole: zipfile.ZipFile, name: str, content: bytes) -> None:
    with _opened(whole, name) as part:
        part.write(content)


def _opened(whole: zipfile.ZipFile, name: str, *, force_zip64: bool = False) -> Any:
    """Begin a part by its name: of 1980, not of the clock, and compressed by what is fastest here.

    zipfile asks nobody which compressor to take: it is put in the place of its own.
    """
    part: Any = whole.open(name, "w", force_zip64=force_zip64)
    part._compressor = compressobj(_LEVEL, _METHOD, _BARE_WINDOW)
    return part


def _ahead(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Make the next part while this one is packed: both leave Python's lock free."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = maker.submit(next, parts, None)
            yield part


def _table_part(made: zipfile.ZipFile, sheet: str) -> str:
    """Find the part that defines a sheet's table."""
    folder, _, name = sheet.rpartition("/")
    relations = made.read(f"{folder}/_rels/{name}.rels").decode()
    found = re.search(r'Target="\.\./(tables/table\d+\.xml)"', relations)
    if found is None:
        raise ValueError(f"{sheet} has no table")
    return f"xl/{found.group(1)}"
