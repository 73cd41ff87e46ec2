r"""Where text goes out to a terminal: in whole lines, with nothing in them that a terminal obeys.

A file name, a heading, a claim number or a title can hold an escape sequence that recolours,
retitles or clears the reader's terminal, a line end that forges a line of ours, or a mark that
turns the reading direction. All of them are shown instead: ESC is `\x1b`, a line end `\n`.
"""

import json
import re
from typing import Any

import click

#: Controls (C0, DEL, C1), line and paragraph separators, marks of direction and of invisible
#: order, and halves of characters, as undecodable file names have them.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)


def escaped(text: object) -> str:
    r"""Give a text on one line, with what a terminal would obey shown as `\n`, `\x1b`, `\u202e`."""
    return _OBEYED.sub(lambda mark: _shown(mark.group()), str(text))


def _shown(mark: str) -> str:
    shown = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(mark)
    if shown:
        return shown
    return f"\\x{ord(mark):02x}" if ord(mark) < 0x100 else f"\\u{ord(mark):04x}"


def say(*lines: object, error: bool = False) -> None:
    """Print sentences, one a line, to standard output, or to standard error."""
    click.echo("\n".join(map(escaped, lines)), err=error)


def say_json(record: Any) -> None:
    r"""Print a record as JSON, with what a terminal would obey as JSON writes it: `\u009b`."""
    text = json.dumps(record, indent=2, ensure_ascii=False)
    lines = (
        _OBEYED.sub(lambda mark: f"\\u{ord(mark.group()):04x}", line) for line in text.split("\n")
    )
    click.echo("\n".join(lines))
