"""Gives the files of a folder, of a ZIP as CMS nests them, or a single file."""

import re
from collections.abc import Sequence
from pathlib import Path

from payrules.counted import counted
from payrules.errors import ScheduleError
from payrules.files.nested import Bounds, nested_files
from payrules.schedules.cms.cells import MOST_BYTES, Source, head

_READ = {".csv", ".txt", ".xlsx"}
_MOST_FILES = 500


def unpack(path: Path) -> list[Source]:
    """Read every CSV, TXT and XLSX file at a path, in order of name, ZIPs opened.

    Refused: more than 500 files, more than 1 GiB in all, ZIPs nested deeper than three; a ZIP
    that promises little and unpacks to much is stopped while it unpacks.
    """
    bounds = Bounds(
        _MOST_FILES,
        MOST_BYTES,
        "CMS release",
        "Point at the release's own folder or ZIP.",
        ScheduleError,
    )
    return [Source(each.name, each.content) for each in nested_files(path, _READ, bounds)]


def looks(path: Path, sources: Sequence[Source]) -> str:
    """Say what a file that is none of CMS's looks like: its kind or headings, never its rows."""
    if not sources:
        if path.is_file() and path.suffix.lower() != ".zip":
            return _form(path.name, path.read_bytes()[:_FIRST]) or (
                "it is not a CSV, TXT, XLSX or ZIP file"
            )
        return "it contains no CSV, TXT or XLSX file"
    first = sources[0]
    said = _form(first.name, first.content[:_FIRST]) or _table(first)
    if len(sources) > 1:
        said = said.replace("it ", "", 1)
        return f"of its {counted(len(sources), 'file')} {first.name}, for one, {said}"
    return said


_FIRST = 2_000
_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\3\4": "a ZIP or Office file",
    b"\xd0\xcf\x11\xe0": "an old Office file (.xls)",
}


def _form(name: str, first: bytes) -> str | None:
    """Say what the bytes are where they are no text."""
    if not first.strip():
        return "it is empty"
    if re.match(rb"\s*<(?:!doctype html|html)", first, re.I):
        return "it is a web page, perhaps CMS's license page"
    for magic, form in _MAGIC.items():
        if first.startswith(magic) and not name.lower().endswith(".xlsx"):
            return f"it is {form}"
    return "it is not text" if b"\0" in first and not first.startswith(b"PK") else None


def _table(source: Source) -> str:
    try:
        rows = [row for row in head(source) if any(row)]
    except ScheduleError as fault:
        return f"it cannot be read ({fault})"
    if not rows:
        return "it is empty"
    headings = {re.sub(r"[\s-]+", "_", cell.lower()) for row in rows[:1] for cell in row}
    if {"claim_id", "claim_line_number", "person_id"} & headings:
        return "it is a claims file (use payrules estimate)"
    for row in rows:
        for cell in row:
            said = re.search(
                r"Addendum [A-Z]{1,2}\b|Outpatient Hospital|DME Supplier|Facility Outpatient", cell
            )
            if said:
                return f"it is a different CMS file ({said[0]})"
    # Only what is surely a heading is quoted: rows may hold people.
    wide = max(rows, key=len)
    if sum(bool(_HEADING.search(cell)) for cell in wide) > len(wide) // 3 and len(wide) > 1:
        return "it is a table of " + ", ".join(cell[:30] for cell in wide if cell)[:120]
    several = f"a table of {counted(len(wide), 'column')} without CMS's headings"
    return f"it is {several if len(wide) > 1 else 'plain text'}"


_HEADING = re.compile(
    r"(?:^|[\W_])(?:code|date|id|rate|amount|locality|carrier|hcpcs|cpt|mod|modifier|zip|fac|nonfac)"
    r"(?:$|[\W_])",
    re.I,
)
