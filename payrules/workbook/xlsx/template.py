"""A workbook that is there already: opened to be filled, and written again; openpyxl's part.

openpyxl rewrites the whole file: styles, formulas, charts, pivots and names are kept; what it
cannot keep is told.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import openpyxl

from payrules.errors import ReportError
from payrules.files.archives import must_be_bounded
from payrules.files.tables import content_of, shown_name
from payrules.workbook.xlsx.limits import SHEET_NAME_LIMIT
from payrules.workbook.xlsx.packing import repack

ENDINGS = {".xlsx", ".xlsm"}
#: A template of more bytes than this, unpacked, is none: openpyxl takes some fifty times as much.
_MOST_UNPACKED = 200_000_000
#: Parts of a workbook that openpyxl does not write again.
_LOST = {
    "xl/slicers/": "slicers",
    "xl/timelines/": "timelines",
    "xl/threadedComments/": "threaded comments",
    "xl/ctrlProps/": "form controls",
    "xl/connections.xml": "data connections",
    "xl/queryTables/": "query tables",
    "customXml/": "custom XML",
}

#: openpyxl knows nothing of what Excel need not mark: codes in a filled table are text ("00100").
_CODES_ARE_TEXT = (
    b'<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/></ignoredErrors>'
)
_BEHIND_IGNORED = re.compile(
    rb"<(drawing|legacyDrawing|legacyDrawingHF|picture|oleObjects|tableParts)\b"
)


@contextmanager
def faults_of(template: Path, what: str) -> Iterator[None]:
    """Tell a fault that openpyxl meets in a damaged or unusual template in words."""
    try:
        yield
    except ReportError:
        raise
    except Exception as fault:  # of any kind: what is damaged may be any part
        raise ReportError(
            f"The template {template.name}: {what}; a part of it is damaged or"
            f" cannot be kept ({type(fault).__name__}). Open it in Excel, save it under a new name"
            " and use that."
        ) from fault


def open_book(template: Path) -> tuple[Any, list[str]]:
    """Open a template, and say what of it cannot be kept; ReportError where it cannot be read."""
    content = content_of(template, ReportError)
    unreadable = ReportError(
        f"The template {template} cannot be read as an Excel workbook: it is damaged, locked by a"
        " password, or not a workbook. Open it in Excel, save it under a new name and use that."
    )
    must_be_bounded(
        content,
        shown_name(template),
        ReportError,
        most_bytes=_MOST_UNPACKED,
        unreadable=unreadable,
    )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = parts.namelist()
            drawn = _has_shapes(parts)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            macros = template.suffix.lower() == ".xlsm"
            book = openpyxl.load_workbook(io.BytesIO(content), keep_vba=macros)
    except Exception as fault:  # of any kind: what is damaged may be any part
        raise unreadable from fault
    for sheet in book.worksheets:
        if len(sheet.title.encode("utf-16-le")) // 2 > SHEET_NAME_LIMIT:
            raise ReportError(
                f"The template {template.name} has a sheet '{sheet.title}', whose name is longer"
                f" than the {SHEET_NAME_LIMIT} characters Excel allows; shorten it."
            )
    lost = [what for part, what in _LOST.items() if any(name.startswith(part) for name in names)]
    if drawn:
        lost.append("text boxes and shapes")
    if any(name.startswith("xl/media/") for name in names) and not _has_pictures(book):
        kept_by = "" if find_spec("PIL") else ' (pip install "payrules[images]" keeps them)'
        lost.append(f"pictures{kept_by}")
    lost += [str(each.message).removesuffix(" and will be removed") for each in warned]
    return book, list(dict.fromkeys(lost))


def _has_shapes(parts: zipfile.ZipFile) -> bool:
    drawings = (
        parts.read(name)
        for name in parts.namelist()
        if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name)
    )
    return any(b"<xdr:sp>" in drawing or b"<xdr:sp " in drawing for drawing in drawings)


def _has_pictures(book: Any) -> bool:
    return any(sheet._images for sheet in book.worksheets)


def content_of_book(book: Any) -> io.BytesIO:
    """Write a workbook as openpyxl does, in memory: nothing stands on disk if it cannot."""
    held = io.BytesIO()
    book.save(held)
    return held


def save(held: io.BytesIO, path: Path, made: datetime) -> None:
    """Put a workbook on disk with the time it was `made`, not the clock's: the same bytes again."""
    told = made.strftime("%Y-%m-%dT%H:%M:%SZ").encode()

    def finished(name: str, content: bytes) -> bytes:
        if name.startswith("xl/worksheets/sheet") and b"<tableParts" in content:
            return _BEHIND_IGNORED.sub(_CODES_ARE_TEXT + rb"\g<0>", content, count=1)
        if name != "docProps/core.xml":
            return content
        return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + told, content)

    repack(held, path, finished)
