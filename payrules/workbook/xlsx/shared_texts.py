"""The texts that cells share: each stands once in the file, and cells hold its number.

A sheet of steps repeats claims, rules and reasons in every row: written out in each cell, they
were most of a pack.
"""

import re

import polars as pl

from payrules.workbook.xlsx.cell_texts import keeping, ready

_HEAD = re.compile(r'(<sst [^>]*?)count="(\d+)" uniqueCount="(\d+)">')
_END = "</sst>"
#: Texts are shared where a column has each twice or more.
_TIMES = 2


class SharedTexts:
    """The shared texts of one workbook: those of its pages, then those of its sheets of rows."""

    def __init__(self, xml: str) -> None:
        """Begin with the part that XlsxWriter made."""
        head = _HEAD.search(xml)
        if head is None or not xml.endswith(_END):
            raise ValueError("these are no shared texts")
        self._xml, self._head = xml, head
        self._used, self._first = int(head.group(2)), int(head.group(3))
        self._texts = pl.Categories.random()
        self._kept = pl.Series([], dtype=pl.Categorical(self._texts))  # numbers last as it does

    def numbers(self, texts: pl.Series) -> pl.Series | None:
        """Give the numbers of a column's texts as they come; None where too few are alike."""
        used = texts.len() - texts.null_count()
        distinct = texts.n_unique() - (used < texts.len())
        if distinct * _TIMES > used:
            return None
        self._used += used
        return texts.cast(self._kept.dtype).to_physical() + self._first

    def xml(self) -> bytes:
        """Give the part with every text that was asked for."""
        head = self._head
        texts = ready(self._texts.to_series())
        begins = f'{head.group(1)}count="{self._used}" uniqueCount="{self._first + texts.len()}">'
        own = self._xml[head.end() : -len(_END)]
        pieces = [pl.lit(f"<si><t{keeping(texts)}>"), texts, pl.lit("</t></si>")]
        added = pl.select(pl.concat_str(pieces).str.join("")).item()
        return f"{self._xml[: head.start()]}{begins}{own}{added or ''}{_END}".encode()
