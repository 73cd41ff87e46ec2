"""Diagnoses of a line: those that its pointers name, as coverage policies compare them."""

import re

import polars as pl

from payrules.claims.columns import POINTERS, is_diagnosis

LINE_DIAGNOSES = "line_diagnoses"
#: Stands first where the pointers cannot be read: what follows is then all of the claim's.
UNREADABLE = "?"
#: Stands first where a pointer names a place that the file has no diagnosis at.
INCOMPLETE = "~"
#: As many places as a claim has (CMS-1500, item 21): A to L.
_MOST = 12
_SEPARATORS = re.compile(r"[\s,;:|/]+")


def line_diagnoses(lines: pl.DataFrame) -> pl.Series:
    """Give each line's diagnoses, parted by blanks, without dots and in capitals.

    Null where the lines have no such column, "" where a line has none. `UNREADABLE` stands first
    where the pointers say nothing sure: they are not guessed; `INCOMPLETE` where one names a place
    without a diagnosis, as of an export that carries the first two of a claim's alone.
    """
    names = sorted((each for each in lines.columns if is_diagnosis(each)), key=_place)
    if not names:
        return pl.Series(LINE_DIAGNOSES, [None], dtype=pl.String).new_from_index(0, lines.height)
    codes = {name: pl.lit(_undotted(lines[name])) for name in names}
    every = pl.concat_str([*codes.values()], separator=" ", ignore_nulls=True)
    if POINTERS not in lines.columns:
        return lines.select(every.alias(LINE_DIAGNOSES)).to_series()
    written = lines[POINTERS]
    read = {text: places_of(text) for text in written.drop_nulls().unique().to_list()}
    # A place that is named twice is one place.
    masks = {text: sum(1 << place for place in {*each}) for text, each in read.items() if each}
    mask = written.replace_strict(masks, default=None, return_dtype=pl.Int64).alias("_mask")
    pointed = pl.concat_str(
        [
            pl.when((pl.col("_mask") & (1 << _place(name))) != 0).then(code)
            for name, code in codes.items()
        ],
        separator=" ",
        ignore_nulls=True,
    )
    there = pl.sum_horizontal(
        pl.when(code.is_not_null()).then(1 << _place(name)).otherwise(0)
        for name, code in codes.items()
    )
    incomplete = pl.format("{} {}", pl.lit(INCOMPLETE), pointed).str.strip_chars()
    unreadable = pl.format("{} {}", pl.lit(UNREADABLE), every).str.strip_chars()
    said = (
        pl.when((pl.col("_mask") & ~there) != 0)
        .then(incomplete)
        .when(pl.col("_mask").is_not_null())
        .then(pointed)
        .when(pl.col(POINTERS).is_null())
        .then(every)
        .otherwise(unreadable)
    )
    return lines.hstack([mask]).select(said.alias(LINE_DIAGNOSES)).to_series()


def _undotted(codes: pl.Series) -> pl.Series:
    """Write codes in capitals and without dots: each once, for a batch has few."""
    once = codes.unique()
    written = once.str.to_uppercase().str.replace_all(r"[.\s]", "").replace("", None)
    return codes.replace_strict(once, written, return_dtype=pl.String)


def _place(name: str) -> int:
    """Give the place of a diagnosis among its claim's, from 1."""
    return int(name.rpartition("_")[2])


def places_of(pointers: str) -> list[int]:
    """Read pointers as places from 1: `1,3`, `AC` or `A C`; none where they say nothing sure.

    Decision: digits without a separator are not read, for `12` may be two places or one.
    """
    parts = [each for each in _SEPARATORS.split(pointers.upper()) if each]
    places = []
    for part in parts:
        if part.isascii() and part.isdigit():
            if len(part) > 1 and len(parts) == 1:
                return []
            places.append(int(part))
        elif part.isascii() and part.isalpha():
            places += [ord(each) - ord("A") + 1 for each in part]
        else:
            return []
    return places if all(1 <= each <= _MOST for each in places) else []
