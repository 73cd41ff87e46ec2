"""What of a columns file does nothing for a claims file, or may hide something: it is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from payrules.claims.columns import is_known, normal, shown
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.synonyms import meaning_of
from payrules.counted import counted

#: Settings of `[file]` and the beginning of the kinds of file that they are for.
_ONLY_FOR = {
    "sheet": "Excel",
    "encoding": "text",
    "delimiter": "text",
}
_FILES = {"Excel": "workbooks", "text": "text files"}
_OF_ROWS = ("heading_row", "skip_rows")
_MOST_NAMED = 5


def unheeded(
    said: ColumnsFile, kind: str, frame: pl.DataFrame, given: Callable[[str], pl.Series | None]
) -> Iterator[str]:
    """Say what a columns file sets that a file of this kind has no use for, or no value for.

    `given` gives a column of ours as the file has it, None where it has not.
    """
    form = said.form
    for name, kinds in _ONLY_FOR.items():
        if getattr(form, name) is not None and not kind.startswith(kinds):
            yield f"`{name}` of the columns file is for {_FILES[kinds]}, and does nothing here."
    for name in _OF_ROWS:
        if getattr(form, name) and not kind.startswith(("Excel", "text")):
            yield f"`{name}` of the columns file is for text files and workbooks: nothing here."
    if form.skip_rows and kind.startswith(("Excel", "text")):
        rows = ", ".join(map(str, form.skip_rows))
        yield f"not read, as the columns file says: row {rows}."
    told = {*said.constants} | ({"claim_line_number"} if said.numbers_lines else set())
    for heading in frame.columns:
        meaning = meaning_of(heading)
        ours = normal(heading) if is_known(normal(heading)) else meaning and meaning.ours
        if ours in told and normal(heading) not in said.carry:
            how = "numbers lines" if ours not in said.constants else f"gives {ours} to all rows"
            yield f"'{shown(heading)}' is not read: the columns file {how}."
    for ours in said.values:
        if given(ours) is None:
            yield f"[values.{ours}] of the columns file has no column here."
    # Of a file that is read in pieces the columns are looked at without a row.
    if frame.height:
        yield from never_met(said, [values_met(said, given)])
    if said.numbers_lines and (same := int(frame.is_duplicated().sum())):
        yield (
            f"{counted(same, 'row')} are equal to another in every cell; where lines are numbered"
            " as they"
            " come, no repeat of a claim line is seen."
        )


def values_met(said: ColumnsFile, given: Callable[[str], pl.Series | None]) -> dict[str, list[str]]:
    """Name the values in the columns file, by column, that rows have; none for no column."""
    found = {}
    for ours, values in said.values.items():
        cells = given(ours)
        if cells is not None:
            written = cells.cast(pl.String).str.strip_chars().str.to_lowercase()
            there = set(written.unique().to_list())
            found[ours] = [value for value in values if value in there]
    return found


def never_met(said: ColumnsFile, met: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[str]:
    """Say which values in the columns file no row has: `met` are those of each piece of a file."""
    for ours, values in said.values.items():
        found = {value for piece in met for value in piece.get(ours, ())}
        there = any(ours in piece for piece in met)
        if never := [value for value in values if there and value not in found]:
            quoted = ", ".join(f"'{shown(value)}'" for value in never[:_MOST_NAMED])
            yield f"[values.{ours}] of the columns file names {quoted}, which no row has."
