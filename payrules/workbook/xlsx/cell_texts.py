"""Makes texts fit for the cells of a sheet, and for its XML: no control character, not too long."""

import polars as pl

from payrules.workbook.xlsx.limits import CELL_TEXT_LIMIT

_CUT = " … (cut: more than a cell holds)"
#: A number as text that says no more than the number: no zeros in front, no sign but minus.
A_NUMBER = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
#: Blanks at an end, which XML drops unless told.
_MUST_BE_KEPT = r"^\s|\s$"


def printable(text: pl.Expr) -> pl.Expr:
    """Make text fit for a cell: control characters as their pictures (␀ …), cut at the limit."""
    controls = [chr(code) for code in range(32) if chr(code) not in "\t\n\r"]
    pictures = [chr(0x2400 + ord(control)) for control in controls]
    text = text.str.replace_all("\r\n", "\n", literal=True).str.replace_all(
        "\r", "\n", literal=True
    )
    text = text.str.replace_many(
        [*controls, "\x7f", "\ufffe", "\uffff"], [*pictures, "␡", "\ufffd", "\ufffd"]
    )
    # Excel counts UTF-16 units: a character beyond the basic plane (4 bytes) counts twice.
    might_count_twice = text.str.len_bytes() > CELL_TEXT_LIMIT
    limit = (
        pl.when(might_count_twice & text.str.contains(r"[\x{10000}-\x{10FFFF}]"))
        .then(CELL_TEXT_LIMIT // 2)
        .otherwise(CELL_TEXT_LIMIT)
    )
    return (
        pl.when(text.str.len_chars() > limit)
        .then(pl.concat_str(text.str.slice(0, limit - len(_CUT)), pl.lit(_CUT)))
        .otherwise(text)
    )


_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"},
    0x7F: "␡",
    **dict.fromkeys((0xFFFE, 0xFFFF, *range(0xD800, 0xE000)), "\ufffd"),
}


def printable_text(text: object) -> str:
    """Make one text fit for a cell or a page, as `printable` does a column of them."""
    shown = str(text).translate(_PICTURES).replace("\r\n", "\n").replace("\r", "\n")
    limit = CELL_TEXT_LIMIT
    if len(shown.encode("utf-16-le")) // 2 > limit and any(ord(mark) > 0xFFFF for mark in shown):
        limit //= 2
    return shown if len(shown) <= limit else shown[: limit - len(_CUT)] + _CUT


#: Characters that no cell can hold, and line ends that it would hold otherwise.
_UNPRINTABLE = "[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]"
#: To make so many texts fit one by one takes no longer than polars does to begin.
_FEW_TEXTS = 1_000


def _is_short(texts: pl.Series) -> bool:
    """Whether each text is within what a cell holds, however its characters are counted."""
    return bool((texts.str.len_bytes() <= CELL_TEXT_LIMIT).all())


def printable_texts(texts: pl.Series) -> pl.Series:
    """Make texts fit for cells, as `printable` does: one by one where they are few and short."""
    if len(texts) <= _FEW_TEXTS:
        each = texts.to_list()
        if max(map(len, each), default=0) <= CELL_TEXT_LIMIT // 2:
            return pl.Series(texts.name, map(printable_text, each), dtype=pl.String)
    elif _is_short(texts) and not texts.str.contains(_UNPRINTABLE).any():
        return texts
    return texts.to_frame("text").select(printable(pl.col("text"))).to_series().alias(texts.name)


#: Text that cannot stand in XML as it is, or that Excel would take for an escape of its own.
_SPECIAL = f"[&<>]|{_UNPRINTABLE}|_x[0-9a-fA-F]{{4}}_"


def _escaped(text: pl.Expr) -> pl.Expr:
    """Escape text for XML, and what Excel would take for an escape of its own (_x0041_)."""
    return (
        text.str.replace_all("&", "&amp;", literal=True)
        .str.replace_all("<", "&lt;", literal=True)
        .str.replace_all(">", "&gt;", literal=True)
        .str.replace_all(r"_(x[0-9a-fA-F]{4}_)", "_x005F_$1")
    )


def ready(texts: pl.Series) -> pl.Series:
    """Make a column of text fit for the sheet's XML; most columns are so as they come."""
    if _is_short(texts) and not texts.str.contains(_SPECIAL).any():
        return texts
    distinct = texts.unique().drop_nulls()
    if distinct.len() * 2 < texts.len():
        return texts.replace_strict(distinct, _ready_each(distinct))
    return _ready_each(texts)


def _ready_each(texts: pl.Series) -> pl.Series:
    return texts.to_frame("text").select(_escaped(printable(pl.col("text")))).to_series()


def keeping(texts: pl.Series) -> str:
    """Give the attribute that keeps blanks at an end of a text, where a column has such."""
    return ' xml:space="preserve"' if texts.str.contains(_MUST_BE_KEPT).any() else ""
