"""Writes the rows of big sheets: polars makes the sheet's XML, a whole slice of rows at a time.

XlsxWriter makes the workbook with one sample row per sheet; the sample's cell styles are read
back from its XML and every row is poured in beside them. No cell passes through Python, so
100,000 lines take seconds, and memory holds one slice.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import ClassVar

import polars as pl

from payrules.frozen import frozen
from payrules.workbook.xlsx.cell_texts import A_NUMBER, keeping, ready
from payrules.workbook.xlsx.limits import LINK_LIMIT
from payrules.workbook.xlsx.references import column_letters
from payrules.workbook.xlsx.shared_texts import SharedTexts

_SLICE = 10_000
#: Days from Excel's day 0 to 1970-01-01.
EXCEL_EPOCH = 25_569
_LINE_POINTS, _HIGHEST_ROW = 15, 405


@frozen
class Links:
    """Links from a column's cells to rows of another sheet; null where a row has none."""

    column: str
    sheet: str
    rows: pl.Series  # 1-based row numbers in the other sheet


#: What ends a cell of text.
_END = "</t></is></c>"
#: A part of a row's XML: the same in every row, or made from the row.
_Piece = str | pl.Expr


def _cell(
    name: str, column: pl.Series, letters: str, style: _Piece, *, shared: bool, mixed: bool
) -> list[_Piece]:
    """Make a column's cells; nothing at all where there is no value.

    A `shared` column holds the numbers of its texts (`SharedTexts`); of a `mixed` one those texts
    that are numbers are cells of numbers.
    """
    if mixed and column.dtype == pl.String:
        start: list[_Piece] = [f'<c r="{letters}', pl.col("_row"), '" s="', style]
        number = _joined([*start, '"><v>', pl.col(name), "</v></c>"])
        text = _joined([*start, f'" t="inlineStr"><is><t{keeping(column)}>', pl.col(name), _END])
        told = pl.when(pl.col(name).str.contains(A_NUMBER)).then(number).otherwise(text)
        return [told.fill_null("")]
    value, dtype = pl.col(name), column.dtype
    kind, content, end = "", value.cast(pl.String), "</v></c>"
    if shared:
        kind = ' t="s"'
    elif dtype == pl.Date:
        content = (value.cast(pl.Int32) + EXCEL_EPOCH).cast(pl.String)
    elif dtype == pl.Boolean:
        kind, content = ' t="b"', value.cast(pl.Int8).cast(pl.String)
    elif dtype == pl.String:
        kind, content, end = ' t="inlineStr"', value, _END
    opening = f"<is><t{keeping(column)}>" if dtype == pl.String else "<v>"
    pieces: list[_Piece] = [f'<c r="{letters}', pl.col("_row"), '" s="', style]
    pieces += [f'"{kind}>{opening}', content, end]
    if column.null_count() == 0:
        return pieces
    return [] if column.null_count() == column.len() else [_joined(pieces).fill_null("")]


def _joined(pieces: Sequence[_Piece]) -> pl.Expr:
    """Put the parts of a row together; parts that never change are joined beforehand."""
    merged: list[_Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return pl.concat_str([pl.lit(each) if isinstance(each, str) else each for each in merged])


def _height(wrapped: Mapping[str, float]) -> _Piece:
    """Give the attributes of a row's height, where a wrapped text needs more than a line."""
    if not wrapped:
        return ""
    needed = pl.max_horizontal(
        (pl.col(name).str.len_chars().fill_null(0) + int(width) - 1) // int(width)
        for name, width in wrapped.items()
    )
    points = (needed * _LINE_POINTS).clip(upper_bound=_HIGHEST_ROW).cast(pl.String)
    return (
        pl.when(needed > 1)
        .then(pl.concat_str(pl.lit('" ht="'), points, pl.lit('" customHeight="1')))
        .otherwise(pl.lit(""))
    )


def row_xml(
    frame: pl.DataFrame,
    styles: Sequence[str],
    links: Sequence[Links] = (),
    link_styles: Mapping[str, str] | None = None,
    wrapped: Mapping[str, float] | None = None,
    first_row: int = 2,
    shared: SharedTexts | None = None,
    mixed: Collection[str] = (),
) -> Iterator[bytes]:
    """Give the XML of the rows under a heading row, slice by slice; rows count from 1.

    `wrapped` names the columns whose text wraps, with their widths: rows are as high as it needs.
    Texts that a column repeats are `shared`, where that is given; texts that are numbers are
    numbers in the `mixed` columns.
    """
    # Users' own headings may be anything: within, columns go by their places.
    places = {name: str(place) for place, name in enumerate(frame.columns)}
    fit: list[pl.Series] = []
    of_shared: set[str] = set()
    apart = {*(wrapped or {}), *mixed}
    for column in frame:
        place = places[column.name]
        cells = _fit(column.alias(place))
        numbers = None
        if shared is not None and cells.dtype == pl.String and column.name not in apart:
            numbers = shared.numbers(cells)
        if numbers is not None:
            of_shared.add(place)
        elif cells.dtype == pl.String:
            cells = ready(cells)
        fit.append((cells if numbers is None else numbers).alias(place))
    rows = pl.DataFrame(fit).with_columns(
        pl.int_range(first_row, frame.height + first_row, eager=True).cast(pl.String).alias("_row"),
        *(each.rows.alias(f"_link_{places[each.column]}") for each in links),
    )
    linked = {places[each.column] for each in links}
    heights = {places[name]: width for name, width in (wrapped or {}).items()}
    pieces: list[_Piece] = ['<row r="', pl.col("_row"), _height(heights), '">']
    for number, (name, place) in enumerate(places.items()):
        style: _Piece = styles[number]
        if place in linked and link_styles:
            has_link = pl.col(f"_link_{place}").is_not_null()
            style = pl.when(has_link).then(pl.lit(link_styles[name])).otherwise(pl.lit(style))
        pieces += _cell(
            *(place, rows[place], column_letters(number), style),
            shared=place in of_shared,
            mixed=name in mixed,
        )
    row = _joined([*pieces, "</row>"])
    for first in range(0, frame.height, _SLICE):
        some = rows[first : first + _SLICE].select(row).to_series()
        yield some.str.join("").cast(pl.Binary).item()


def _fit(column: pl.Series) -> pl.Series:
    """Make a column one that cells can hold: text or numbers, no number that is none.

    Text of no characters is no cell: Excel would count it, and a pivot show it, as a value.
    """
    if column.dtype.is_float():
        return column.fill_nan(None)
    if column.dtype.is_numeric() or column.dtype in {pl.Date, pl.Boolean}:
        return column
    texts = column.cast(pl.String)
    if (texts == "").any():
        texts = texts.to_frame("text").select(pl.col("text").replace("", None)).to_series()
    return texts


def links_xml(frame: pl.DataFrame, links: Sequence[Links]) -> str:
    """Give the sheet's hyperlinks, as many as Excel takes."""
    told = []
    left = LINK_LIMIT
    for each in links:
        letters = column_letters(frame.columns.index(each.column))
        place = each.sheet.replace("'", "''").replace("&", "&amp;").replace('"', "&quot;")
        there = pl.DataFrame({"to": each.rows}).with_row_index("here", offset=2)
        there = there.filter(pl.col("to").is_not_null()).head(left).rechunk()
        left -= there.height
        told += there.select(
            ref=pl.format(
                '<hyperlink ref="{}{}" location="{}{}"/>',
                pl.lit(letters),
                "here",
                pl.lit(f"'{place}'!A"),
                "to",
            )
        )["ref"].to_list()
    return f"<hyperlinks>{''.join(told)}</hyperlinks>" if told else ""


_ROWS = re.compile(r"<sheetData>.*?</sheetData>", re.DOTALL)
_ROW = re.compile(r'<row r="(\d+)".*?</row>', re.DOTALL)
_STYLE = re.compile(r'<c r="[A-Z]+\d+" s="(\d+)"')
_REFERENCE = re.compile(r'r="([A-Z]*)\d+"')
_DIMENSION = re.compile(r'<dimension ref="[^"]*"/>')
_LINKS = re.compile(r"<hyperlinks>.*?</hyperlinks>", re.DOTALL)


@frozen
class Pour:
    """The rows that go into a sheet whose frame XlsxWriter made around a few sample rows.

    XlsxWriter walks over every row of a table: its frame is made small, and grows here.
    """

    frame: pl.DataFrame
    links: Sequence[Links] = ()
    totals: bool = False
    wrapped: Mapping[str, float] = field(default_factory=dict)
    above: int = 0  # rows of words above the headings
    mixed: frozenset[str] = frozenset()  # columns of text whose numbers are numbers

    #: Rows of the small frame under the headings: a cell, a cell with a link, the total row.
    _SAMPLE: ClassVar[int] = 1
    _LINK_SAMPLE: ClassVar[int] = 2
    _SAMPLE_TOTAL: ClassVar[int] = 3

    @property
    def sample_row(self) -> int:
        """The row of the small frame with a cell of each column, counted from 0."""
        return self.above + self._SAMPLE

    @property
    def link_sample_row(self) -> int:
        """The row of the small frame with cells that lead elsewhere, counted from 0."""
        return self.above + self._LINK_SAMPLE

    @property
    def sample_total_row(self) -> int:
        """The total row of the small frame, counted from 0."""
        return self.above + self._SAMPLE_TOTAL

    @property
    def last_row(self) -> int:
        """The last row of the table, totals included, counted from 1; it has at least one row."""
        return self.above + max(self.frame.height, 1) + 1 + self.totals

    @property
    def reach(self) -> str:
        """The table's cells, totals included."""
        return f"A{self.above + 1}:{column_letters(self.frame.width - 1)}{self.last_row}"

    def into(self, xml: str, shared: SharedTexts | None = None) -> Iterator[bytes]:
        """Give the sheet's XML with the rows in the place of the samples."""
        rows = _ROWS.search(xml)
        if rows is None:
            raise ValueError("a sheet without rows cannot be filled")
        found = {int(row.group(1)) - 1: row.group() for row in _ROW.finditer(rows.group())}
        styles = _STYLE.findall(found[self.sample_row])
        link_styles = dict(
            zip(self.frame.columns, _STYLE.findall(found[self.link_sample_row]), strict=True)
        )
        totals = found.get(self.sample_total_row, "") if self.totals else ""
        totals = _REFERENCE.sub(rf'r="\g<1>{self.last_row}"', totals)
        whole = f"A1:{self.reach.partition(':')[2]}"
        before = _DIMENSION.sub(f'<dimension ref="{whole}"/>', xml[: rows.start()])
        heads = "".join(found[row] for row in sorted(found) if row <= self.above)
        hyperlinks = links_xml(self.frame, self.links)
        after = _LINKS.sub(lambda _: hyperlinks, xml[rows.end() :])
        yield f"{before}<sheetData>{heads}".encode()
        first = self.above + 2
        yield from row_xml(
            *(self.frame, styles, self.links, link_styles, self.wrapped, first, shared),
            mixed=self.mixed,
        )
        yield f"{totals}</sheetData>{after}".encode()

    def over(self, table_xml: str) -> str:
        """Give the table's definition, stretched over the rows."""
        first, last = self.reach.split(":")
        filtered = f"{first}:{column_letters(self.frame.width - 1)}{self.last_row - self.totals}"
        table_xml = re.sub(
            r'(<table [^>]*?ref=")[^"]*', rf"\g<1>{first}:{last}", table_xml, count=1
        )
        return re.sub(r'(<autoFilter ref=")[^"]*', rf"\g<1>{filtered}", table_xml, count=1)
