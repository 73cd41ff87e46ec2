"""Modifiers that stand together in one cell, RT/59, RT-59 or RT59: parted where there is one way.

Decision: in numbered columns a line's modifiers keep their order, and those that follow move on:
RT/59 before 25 is RT, 59, 25. Each must be in the table of modifiers. A row with a cell that is
not read so, or with more than five modifiers in all, stays as it is written, and is rejected.
"""

import re
from collections.abc import Iterator, Mapping

import polars as pl

from payrules.claims.columns import MODIFIERS
from payrules.claims.modifiers import modifier_table

TOLD = "RT/59, RT-59 or RT59 as two modifiers"
_TWO_OR_MORE = re.compile(r"[A-Za-z0-9]{2}(?:[\s,:;/-]+[A-Za-z0-9]{2})+")
_RUN_TOGETHER = re.compile(r"(?:[A-Za-z0-9]{2}){2,5}")
_SEPARATORS = re.compile(r"[\s,:;/-]+")
_ONE = "^[A-Za-z0-9]{2}$"


def modifiers_parted(text: str) -> str:
    """Part RT/59, RT-59 and RT59; the last only where each two characters are a modifier."""
    if _TWO_OR_MORE.fullmatch(text):
        return _SEPARATORS.sub(" ", text) if "/" in text or "-" in text else text
    if _RUN_TOGETHER.fullmatch(text):
        pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
        if all(pair.upper() in modifier_table() for pair in pairs):
            return " ".join(pairs)
    return text


def together_in(cells: pl.Series) -> dict[str, str]:
    """Give the different cells of a numbered column that hold several known modifiers, parted."""
    return dict(_together(cells.drop_nulls().unique().str.strip_chars()))


def spread(numbered: Mapping[str, pl.Series], parts: Mapping[str, str]) -> dict[str, pl.Series]:
    """Put modifiers that stand together in numbered columns into a column each.

    `numbered` are the modifier columns that are there, text; `parts` what stands together, and how
    it is parted. Gives them all, and those that this makes.
    """
    bare = {ours: _or_null(cells.str.strip_chars()) for ours, cells in numbered.items()}
    there = pl.DataFrame([cells.alias(ours) for ours, cells in bare.items()])
    several = pl.all().is_in([*parts])
    known = pl.all().is_null() | pl.all().is_in([*parts]) | pl.all().str.contains(_ONE)
    line = pl.concat_str(pl.all().replace(parts), separator=" ", ignore_nulls=True)
    of_line = line.str.split(" ")
    is_spread = (
        pl.any_horizontal(several)
        & pl.all_horizontal(known)
        & (of_line.list.len() <= len(MODIFIERS))
    )
    cells = there.select(is_spread.fill_null(value=False).alias("is_spread"), of_line.alias("line"))
    made = {}
    for place, ours in enumerate(MODIFIERS):
        part = cells["line"].list.get(place, null_on_oob=True)
        before = bare.get(ours, pl.Series([None], dtype=pl.String).new_from_index(0, len(part)))
        column = part.zip_with(cells["is_spread"], before).alias(ours)
        if ours in bare or column.count():
            made[ours] = column
    return made


def _or_null(cells: pl.Series) -> pl.Series:
    nothing = cells == ""
    return cells.set(nothing, None) if nothing.any() else cells


def _together(different: pl.Series) -> Iterator[tuple[str, str]]:
    for text in different.to_list():
        parted = modifiers_parted(_SEPARATORS.sub(" ", text))
        each = parted.upper().split(" ")
        if len(each) > 1 and all(modifier in modifier_table() for modifier in each):
            yield text, parted
