"""What answers share: how a notebook shows them, and what is warned of when they are written."""

import warnings
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payrules.workbook.xlsx.written import Written


class Shown:
    """An answer that shows itself in sentences; nothing of a person stands in them."""

    def _in_words(self) -> list[str]:
        """Give a heading, and the sentences under it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n  ".join(self._in_words())

    def _repr_html_(self) -> str:
        heading, *said = map(escape, self._in_words())
        items = "".join(f"<li>{sentence}</li>" for sentence in said)
        return f"<p>{heading}</p><ul>{items}</ul>"


def place_of(written: "Written") -> Path:
    """Give a written workbook's path; warn where a sheet lies beside it or a check fails."""
    for sentence in written.sentences():
        warnings.warn(sentence, stacklevel=3)
    return written.path
