"""Ranges of procedure codes: which codes lie between a first and a last one.

A range holds codes that end as its own two do, in a digit or in one letter. As text 0054T lies
between 00100 and 01999 and is no anesthesia, and all of anesthesia lies between 0001T and 0999T. Of
a range whose ends differ in that nothing tells what is meant: it holds all between, as text.
"""

from collections.abc import Iterable

import polars as pl

CodeRange = tuple[str, str]

#: Codes of anesthesia.
ANESTHESIA = ("00100", "01999")
_DIGIT = "a digit"


def _ending(code: str) -> str:
    return _DIGIT if code[-1:].isdigit() else code[-1:]


def _ending_of(codes: CodeRange) -> str | None:
    """Say how the codes of a range end; None where any may."""
    first, last = map(_ending, codes)
    return first if first == last else None


def in_ranges(code: pl.Expr, ranges: Iterable[CodeRange]) -> pl.Expr:
    """Say whether a code is one of some, or in one of some ranges."""
    single: list[str] = []
    between: dict[str | None, list[pl.Expr]] = {}
    for first, last in ranges:
        if first == last:
            single.append(first)
        else:
            held = code.is_between(pl.lit(first), pl.lit(last))
            between.setdefault(_ending_of((first, last)), []).append(held)
    found = [code.is_in(single)] if single else []
    for ending, held_by in between.items():
        found.append(pl.any_horizontal(held_by) & _ends(code, ending))
    return pl.any_horizontal(found) if found else pl.lit(value=False)


def _ends(code: pl.Expr, ending: str | None) -> pl.Expr:
    if ending is None:
        return pl.lit(value=True)
    return code.str.tail(1) <= "9" if ending == _DIGIT else code.str.ends_with(ending)


def holds(codes: CodeRange, code: str) -> bool:
    """Say whether a range holds a code."""
    return codes[0] <= code <= codes[1] and _ending_of(codes) in {None, _ending(code)}


def within(inner: CodeRange, ranges: Iterable[CodeRange]) -> bool:
    """Say whether one of some ranges holds all that another holds."""
    return any(
        first <= inner[0] and inner[1] <= last and _ending_of((first, last)) in {None, ending}
        for ending in (_ending_of(inner),)
        for first, last in ranges
    )


def overlap(ours: Iterable[CodeRange], theirs: Iterable[CodeRange]) -> str | None:
    """Give the first code that stands in both of some ranges; None where none does."""
    others = [*theirs]
    both = [
        max(one[0], other[0])
        for one in ours
        for other in others
        if max(one[0], other[0]) <= min(one[1], other[1])
        and (None in (ends := {_ending_of(one), _ending_of(other)}) or len(ends) == 1)
    ]
    return min(both, default=None)
