"""Values as people and programs write them: blanks in words, 11.0 for 11, days, types in short.

Each is read one way or not at all; what was understood is told in the reading report. Nothing here
judges a cell: what is not understood stays as it is, and its check says what is wrong with it.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import polars as pl

from payrules.claims.checks.cells import DATES, NUMBERS, as_text
from payrules.claims.checks.judging import few_values
from payrules.claims.columns import AMOUNTS, JOINED_MODIFIERS, MODIFIERS, is_diagnosis
from payrules.claims.columns_file import FileForm
from payrules.claims.days_written import read_otherwise
from payrules.claims.parted_modifiers import TOLD as PARTED
from payrules.claims.parted_modifiers import modifiers_parted, spread, together_in
from payrules.claims.practitioners import IN_SHORT
from payrules.claims.reading import BLANK_WORDS
from payrules.few import Values, by_its_value

#: What programs write where there is nothing. A spreadsheet's error, `#N/A`, is none of them.
BLANKS = ("-", "--", "<NA>", "N/A", "n/a", "NULL", "Null", "null", "(null)", "NaN", "nan", "NaT")
_BLANKS = frozenset(BLANKS)
_FEW_CELLS = 200
_WHOLE = r"^([0-9]+)\.0$"
_WHOLE_TOLD = "numbers such as 11.0 as 11"
#: Amounts are looked at in so many rows to tell how they are written; of few values, which stand
#: in no order, in all.
_ROWS_LOOKED_AT = 100_000


class Spelled(NamedTuple):
    """Our columns whose cells are read otherwise than written, and what is told of each.

    `trimmed` names those of `cells` that are text without surrounding blanks, nothing as null;
    `different` has the different values of each text column that has few.
    """

    cells: dict[str, pl.Series]
    told: dict[str, str]
    different: dict[str, Values | None]
    trimmed: set[str]


def as_meant(columns: Mapping[str, pl.Series], form: FileForm) -> Spelled:
    """Read the cells of our columns as they are meant."""
    spelled = Spelled({}, {}, {}, set())
    for ours, given in columns.items():
        cells = _text(given) if ours in DATES and given.dtype.is_numeric() else given
        if cells.dtype != pl.String:
            continue
        few = few_values(ours, cells)
        bare = (cells if few is None else few.different).str.strip_chars()
        looked_at = bare.head(_ROWS_LOOKED_AT) if few is None else bare
        meant, told = _as_meant(ours, bare, looked_at, form)
        if told:
            spelled.told[ours] = "; ".join(told)
        if few is None:
            nothing = meant == ""
            spelled.cells[ours] = meant.set(nothing, None) if nothing.any() else meant
            spelled.trimmed.add(ours)
        elif meant is not bare or cells is not given:
            spelled.cells[ours] = by_its_value(cells, few, meant)
            few = Values(meant.unique())
        spelled.different[ours] = few
    _spread(columns, spelled)
    return spelled


def _spread(columns: Mapping[str, pl.Series], spelled: Spelled) -> None:
    """Give modifiers that stand together in numbered columns a column each."""
    there = [ours for ours in MODIFIERS if ours in columns]
    parts: dict[str, str] = {}
    for ours in there:
        few = spelled.different.get(ours)
        given = spelled.cells.get(ours, columns[ours]) if few is None else few.different
        if together := together_in(_text(given)):
            parts |= together
            spelled.told[ours] = "; ".join(filter(None, (spelled.told.get(ours), PARTED)))
    if parts:
        cells = {ours: _text(spelled.cells.get(ours, columns[ours])) for ours in there}
        made = spread(cells, parts)
        spelled.cells.update(made)
        spelled.trimmed.update(made)
        for ours in made:
            spelled.different.pop(ours, None)


def _text(cells: pl.Series) -> pl.Series:
    return cells.alias("cell").to_frame().select(as_text("cell", cells.dtype)).to_series()


def _as_meant(
    ours: str, cells: pl.Series, looked_at: pl.Series, form: FileForm
) -> tuple[pl.Series, list[str]]:
    """Give cells as they are meant, the same object where all are; and what is told of them.

    `looked_at` are those that tell how amounts are written.
    """
    told = []
    if _any(cells, lambda cell: cell in _BLANKS, lambda: cells.is_in(BLANKS)):
        cells = cells.set(cells.is_in(BLANKS), None)
        told.append(BLANK_WORDS)
    if ours in DATES:
        if form.date_format is None:
            cells, ways = read_otherwise(cells)
            told += ways
    elif ours in AMOUNTS:
        told += _amounts(looked_at, form)
    elif (
        ours not in NUMBERS
        and not is_diagnosis(ours)
        and _any(cells, lambda cell: cell.endswith(".0"), lambda: cells.str.ends_with(".0"))
    ):
        whole = cells.str.replace(_WHOLE, "$1")
        if (whole != cells).any():
            cells = whole
            told.append(_WHOLE_TOLD)
    if ours in _EACH_DIFFERENT:
        cells, ways = _each_different(cells, *_EACH_DIFFERENT[ours])
        told += ways
    return cells, told


def _any(cells: pl.Series, holds: Callable[[str], bool], hold: Callable[[], pl.Series]) -> bool:
    """Say whether something holds of any cell: asked of few one by one, of many together.

    A query over a few cells takes longer than going through them.
    """
    if len(cells) > _FEW_CELLS:
        return bool(hold().any())
    return any(cell is not None and holds(cell) for cell in cells.to_list())


def _amounts(cells: pl.Series, form: FileForm) -> list[str]:
    shapes = {
        "dollar signs": r"\$",
        "thousands commas": r"[0-9],[0-9]{3}(?:[^0-9]|$)",
        "amounts in brackets as negative": r"^\(.*\)$",
    }
    if form.decimal == ",":
        shapes["thousands commas"] = "^$"
    return [told for told, shape in shapes.items() if cells.str.contains(shape).any()]


def _each_different(
    cells: pl.Series, write: Callable[[str], str], told: str
) -> tuple[pl.Series, list[str]]:
    different = cells.drop_nulls().unique().to_list()
    written = {text: new for text in different if (new := write(text)) != text}
    return (cells.replace(written), [told]) if written else (cells, [])


def _type_in_full(text: str) -> str:
    return IN_SHORT.get(re.sub(r"[\W_]+", "", text.lower()), text)


_EACH_DIFFERENT: Mapping[str, tuple[Callable[[str], str], str]] = {
    JOINED_MODIFIERS: (modifiers_parted, PARTED),
    "practitioner_type": (_type_in_full, "types in short, such as NP, PA or LCSW"),
}
