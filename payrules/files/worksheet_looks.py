"""What a worksheet shows otherwise than it holds: hidden rows and columns, numbers shown as %.

A filter that was left on hides rows which a reader reads all the same, and a cell that shows 9 %
holds 0.09. Nobody who looks at the sheet can see either, so both are told.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from xml.etree import ElementTree as Xml

import polars as pl

from payrules.counted import counted
from payrules.frozen import frozen

#: Stands before the text of a number shown as a percentage until it is known which cells those are.
_MARK = "\ue0f5"
#: Excel's own: a definition of columns may reach to the end of the sheet.
_MOST_COLUMNS = 1 << 14
#: Numbers are read to so many decimals.
_DECIMALS = 9
#: Excel's own formats of percentages, which a workbook names by number only.
_OWN_PERCENT_FORMATS = frozenset(("9", "10"))
#: What of a format code is no sign for a digit: text in quotes, escaped signs, colours.
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')

_TAG = rb"<(?:\w+:)?"
_END = rb"</(?:\w+:)?"
_IS_HIDDEN = rb"[^<>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'][^<>]*>"
_ROW = re.compile(_TAG + rb"row\b[^<>]*>")
_HIDDEN_ROW = re.compile(_TAG + rb"row\b" + _IS_HIDDEN)
_ROW_NUMBER = re.compile(rb"\br\s*=\s*[\"']([0-9]+)[\"']")
_HIDDEN_COLUMNS = re.compile(_TAG + rb"col\b" + _IS_HIDDEN)
_FROM = re.compile(rb"\bmin\s*=\s*[\"']([0-9]+)[\"']")
_TO = re.compile(rb"\bmax\s*=\s*[\"']([0-9]+)[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"']([0-9]+)[\"']")
_TYPE = re.compile(rb"\s*\bt\s*=\s*[\"']([a-zA-Z]*)[\"']")
_NUMBER_CELL = re.compile(
    rb"(?P<cell>" + _TAG + rb"c\b)(?P<attributes>[^<>]*\bs\s*=[^<>]*)(?<!/)>\s*"
    rb"(?:" + _TAG + rb"f\b(?:[^<>]*/>|[^<>]*>[^<]*" + _END + rb"f\s*>)\s*)?"
    rb"" + _TAG + rb"v\b[^<>]*>(?P<number>[^<]*)" + _END + rb"v\s*>\s*(?P<end>" + _END + rb"c\s*>)"
)


@frozen
class Looks:
    """What a worksheet hides of what it holds, and which of its numbers it shows as percentages.

    `hidden_rows` and `hidden_columns` are numbers from 1; `percentages` marks, by a column's place
    from 0, the cells that are such numbers. Of an old workbook none of it can be `known`, but for
    `numbers`, which marks all cells that hold numbers, where that was asked for.
    """

    hidden_rows: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Int64))
    hidden_columns: tuple[int, ...] = ()
    percentages: Mapping[int, pl.Series] = field(default_factory=dict)
    numbers: Mapping[int, pl.Series] = field(default_factory=dict)
    sheet_is_hidden: bool = False
    known: bool = True

    def in_words(self, cells: pl.DataFrame, heading_row: int = 0) -> list[str]:
        """Say what was read although it is hidden, of the cells below a row of headings."""
        if not self.known:
            return [
                "an old workbook (.xls) does not tell payrules which of its rows are hidden, nor"
                " which numbers it shows as percentages; save it as .xlsx where it may have either."
            ]
        said = []
        if self.sheet_is_hidden:
            said.append("the worksheet that was read is hidden in the workbook.")
        at = self.hidden_rows.filter(self.hidden_rows.is_between(heading_row + 1, cells.height)) - 1
        filled = cells[at].select(pl.any_horizontal(pl.all().is_not_null()).sum())
        rows = 0 if at.is_empty() else int(filled.item())
        columns = [
            each
            for each in self.hidden_columns
            if each <= cells.width
            and cells.to_series(each - 1).slice(heading_row).null_count()
            < cells.height - heading_row
        ]
        hidden = [
            counted(number, f"hidden {what}")
            for number, what in ((rows, "row"), (len(columns), "column"))
            if number
        ]
        if hidden:
            was = "was" if [rows, len(columns)] in ([1, 0], [0, 1]) else "were"
            said.append(
                f"{' and '.join(hidden)} of the worksheet {was} read like the others; delete from"
                " it what is not meant."
            )
        return said


def percent_styles(styles: bytes) -> frozenset[bytes]:
    """Give the numbers of the styles, as cells name them, that show a number as a percentage."""
    root = Xml.fromstring(styles)
    formats = set(_OWN_PERCENT_FORMATS)
    found: list[bytes] = []
    for element in root.iter():
        local = element.tag.rpartition("}")[2]
        if local == "numFmt" and "%" in _LITERAL.sub("", element.get("formatCode", "")):
            formats.add(element.get("numFmtId", ""))
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "cellXfs":
            found += [
                str(number).encode()
                for number, style in enumerate(element)
                if style.get("numFmtId") in formats
            ]
    return frozenset(found)


def shows_percentages(xml: bytes, styles: frozenset[bytes]) -> bool:
    """Tell whether any cell of some rows' XML has one of these styles."""
    return bool(styles) and not styles.isdisjoint(_STYLE.findall(xml))


def hidden_columns(xml: bytes) -> list[int]:
    """Give the numbers of the columns that a sheet's XML hides, as far as a sheet can have them."""
    found: list[int] = []
    for each in _HIDDEN_COLUMNS.findall(xml):
        first, last = _FROM.search(each), _TO.search(each)
        if first and last:
            found += range(int(first[1]), min(int(last[1]), _MOST_COLUMNS) + 1)
    return found


def hidden_rows(xml: bytes, above: int) -> list[int]:
    """Give the numbers of the rows that some rows' XML hides; `above` rows stand before them."""
    if not _HIDDEN_ROW.search(xml):
        return []
    found, number = [], above
    for row in _ROW.findall(xml):
        told = _ROW_NUMBER.search(row)
        number = int(told[1]) if told else number + 1
        if _HIDDEN_ROW.fullmatch(row):
            found.append(number)
    return found


def percentages_marked(xml: bytes, styles: frozenset[bytes]) -> bytes:
    """Write the numbers that are shown as percentages as text that begins with a mark."""

    def marked(found: re.Match[bytes]) -> bytes:
        kind, style = _TYPE.search(found["attributes"]), _STYLE.search(found["attributes"])
        if style is None or style[1] not in styles or (kind and kind[1] != b"n"):
            return found[0]
        try:
            number = f"{float(found['number']):.{_DECIMALS}f}"
        except ValueError:
            return found[0]
        number = number.rstrip("0").rstrip(".")
        tag, attributes = found["cell"], _TYPE.sub(b"", found["attributes"])
        value = tag[1:-1] + b"v>"
        text = (_MARK + ("0" if number == "-0" else number)).encode()
        return tag + attributes + b' t="str">' + b"<" + value + text + b"</" + value + found["end"]

    return _NUMBER_CELL.sub(marked, xml)


def without_marks(cells: pl.DataFrame) -> tuple[pl.DataFrame, Mapping[int, pl.Series]]:
    """Give the cells as numbers' text again, and mark by column which are shown as percentages."""
    percentages = {}
    for place, column in enumerate(cells.get_columns()):
        marked = column.str.starts_with(_MARK).fill_null(value=False)
        if marked.any():
            percentages[place] = marked
            cells = cells.with_columns(column.str.strip_prefix(_MARK))
    return cells, percentages


def numbers_among(
    truths: pl.DataFrame, percentages: Mapping[int, pl.Series] = MappingProxyType({})
) -> Mapping[int, pl.Series]:
    """Mark the cells that hold numbers, of cells that were read as true or false.

    A number is either of these; a text is neither, also one of digits, nor is a day. Nor are
    `percentages`, which were marked as texts, and are numbers all the same.
    """
    numbers = {
        place: column.is_not_null() | percentages.get(place, False)
        for place, column in enumerate(truths.get_columns())
    }
    return {place: marked for place, marked in numbers.items() if marked.any()}
