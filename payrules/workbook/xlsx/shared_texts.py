"""The texts that cells share: each stands once in the file, and cells hold its number.

A sheet of steps repeats claims, rules and reasons in every row: written out in each cell, they
were most of a pack.
"""

import re

import polars as pl

from payrules.workbook.xlsx.cell_texts import keeping

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
        self._known = pl.DataFrame(schema={"text": pl.String, "number": pl.UInt32})

    def numbers(self, texts: pl.Series) -> pl.Series | None:
        """Give the numbers of a column's texts, ready for XML; None where too few are alike."""
        frame = texts.to_frame("text")
        distinct = frame.unique(maintain_order=True).drop_nulls()
        if distinct.height * _TIMES > texts.len() - texts.null_count():
            return None
        told = distinct.join(self._known, on="text", how="left", maintain_order="left")
        new = told.filter(pl.col("number").is_null()).select("text")
        new = new.with_row_index("number", self._first + self._known.height)
        self._known = pl.concat([self._known, new.select("text", "number")])
        self._used += texts.len() - texts.null_count()
        mine = distinct.join(self._known, on="text", how="left")
        return frame.join(mine, on="text", how="left", maintain_order="left")["number"]

    def xml(self) -> bytes:
        """Give the part with every text that was asked for."""
        head = self._head
        unique = self._first + self._known.height
        begins = f'{head.group(1)}count="{self._used}" uniqueCount="{unique}">'
        own = self._xml[head.end() : -len(_END)]
        texts = self._known["text"]
        added = (
            self._known.select(
                pl.concat_str(
                    pl.lit(f"<si><t{keeping(texts)}>"), pl.col("text"), pl.lit("</t></si>")
                )
            )
            .to_series()
            .str.join("")
            .item()
        )
        return f"{self._xml[: head.start()]}{begins}{own}{added or ''}{_END}".encode()
