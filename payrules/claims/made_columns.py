"""The columns that a columns file makes: of several headings, of parts of one, or of none."""

from collections.abc import Mapping

import polars as pl

from payrules.claims.checks.cells import as_text
from payrules.claims.columns import normal
from payrules.claims.columns_file import BETWEEN, ColumnsFile, Template
from payrules.claims.matching import Matched

_SPECIALTY = "rendering_specialty"


def make_columns(frame: pl.DataFrame, matched: Matched, said: ColumnsFile) -> dict[str, pl.Series]:
    """Give the cells of our columns that the columns file makes, or whose values it replaces."""
    by_normal = {normal(heading): heading for heading in frame.columns}
    made: dict[str, pl.Series] = {}
    for ours, headings in said.several.items():
        if all(normal(each) in by_normal for each in headings):
            parts = [_text(frame, by_normal[normal(each)]) for each in headings]
            made[ours] = _joined(parts)
    for heading, template in said.joined.items():
        if normal(heading) in by_normal:
            made |= _parted(_text(frame, by_normal[normal(heading)]), template)
    for ours, value in said.constants.items():
        made[ours] = pl.Series([value], dtype=pl.String).new_from_index(0, frame.height)
    for ours, values in said.values.items():
        if ours in made:
            made[ours] = _replaced(made[ours], values)
        elif matched.headings.get(ours) in frame.columns:
            made[ours] = _replaced(_text(frame, matched.headings[ours]), values)
    if said.specialty is not None and _SPECIALTY not in {*made, *matched.headings}:
        if said.specialty in made:
            made[_SPECIALTY] = made[said.specialty]
        elif said.specialty in matched.headings:
            made[_SPECIALTY] = _text(frame, matched.headings[said.specialty])
    return made


def line_numbers(claims: pl.Series) -> pl.Series:
    """Number the lines of each claim, from 1, in the order in which they come."""
    claim = claims.alias("claim").to_frame().select(as_text("claim", claims.dtype))
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(pl.col("claim").str.strip_chars())
    return claim.select(number).to_series()


def _text(frame: pl.DataFrame, heading: str) -> pl.Series:
    """Give a column as text without surrounding blanks. A heading is a name, never a pattern."""
    cells = frame.get_column(heading).alias("cell")
    return cells.to_frame().select(as_text("cell", cells.dtype).str.strip_chars()).to_series()


def _joined(parts: list[pl.Series]) -> pl.Series:
    """Join the parts of a value; where one is blank, so is the value: it would be another's."""
    table = pl.DataFrame([part.alias(str(number)) for number, part in enumerate(parts)])
    filled = [pl.when(pl.col(each) != "").then(pl.col(each)) for each in table.columns]
    return table.select(pl.concat_str(filled, separator=BETWEEN)).to_series()


def _parted(cells: pl.Series, template: Template) -> dict[str, pl.Series]:
    """Part a column at what stands between its values; a value that is not there is blank."""
    made: dict[str, pl.Series] = {}
    rest = cells.alias("rest").to_frame()
    for ours, between in zip(template.columns, template.between, strict=False):
        parted = rest.select(pl.col("rest").str.splitn(between, 2).alias("parted")).unnest("parted")
        made[ours] = parted.get_column("field_0").str.strip_chars()
        rest = parted.select(pl.col("field_1").alias("rest"))
    made[template.columns[-1]] = rest.to_series().str.strip_chars()
    return made


def _replaced(cells: pl.Series, values: Mapping[str, str]) -> pl.Series:
    """Write their values as ours; one that is not named stays, and is judged as any is."""
    told = cells.str.strip_chars().str.to_lowercase()
    known = told.is_in(list(values))
    written = told.replace_strict(values, default=None, return_dtype=pl.String)
    return pl.select(pl.when(known).then(written).otherwise(cells)).to_series()
