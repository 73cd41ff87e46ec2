"""Text that a spreadsheet would run as a formula: guarded in CSV by an apostrophe, and freed again.

An apostrophe is also put before text that only looks guarded, so that freeing gives back every
text as it was.
"""

import re
from typing import TypeVar

import polars as pl
import polars.selectors as cs

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
#: A cell that starts so would be run as a formula by a spreadsheet: its signs, also full-width
#: ones, which some turn into ASCII, and what they drop before a sign.
_FORMULA = "'*[=+\\-@＝＋－＠\\t\\r\\n\\x00]"
_UNGUARDED, _GUARDED = f"^{_FORMULA}", f"^'({_FORMULA})"


def guarded(frame: Frame) -> Frame:
    """Put an apostrophe before text and headings that a spreadsheet would take for a formula.

    Categories stay categories, which CSV has as text.
    """
    names = frame.lazy().collect_schema()
    headings = {name: f"'{name}" for name in names if re.match(_UNGUARDED, name)}
    # By its type, not its name: polars takes some headings for patterns.
    texts = cs.string().map_batches(_guarded, return_dtype=pl.String, is_elementwise=True)
    words = cs.categorical().map_batches(
        _guarded_words, return_dtype=pl.self_dtype(), is_elementwise=True
    )
    return frame.with_columns(texts, words).rename(headings)


def _guarded(cells: pl.Series) -> pl.Series:
    """Guard a column's cells. Most need it nowhere: comparing tells so in a tenth of the time."""
    texts = cells.alias("cells")  # a Series' own methods take some headings for patterns as well
    return texts.str.replace(_UNGUARDED, "'$0").alias(cells.name) if _may_run(texts) else cells


def _guarded_words(cells: pl.Series) -> pl.Series:
    """Guard categories: of most no word in their dictionary needs it."""
    words = cells.dtype.categories.to_series() if isinstance(cells.dtype, pl.Categorical) else None
    if words is None or not _may_run(words):
        return cells
    return _guarded(cells.cast(pl.String)).cast(cells.dtype)


def _may_run(texts: pl.Series) -> bool:
    """Say whether any text may begin as formulas do: none does so with a digit or a letter."""
    after_digits = texts >= ":"
    if after_digits.any():
        no_letter = texts < "A"
        if (texts >= "\uff00").any() or (no_letter & after_digits).any():
            return True
        if not no_letter.any():
            return False
    return (texts < "0").any()


def freed(frame: pl.DataFrame) -> pl.DataFrame:
    """Give back what `guarded` was given."""
    headings = {name: name[1:] for name in frame.columns if re.match(_GUARDED, name)}
    return frame.with_columns(cs.string().str.replace(_GUARDED, "$1")).rename(headings)
