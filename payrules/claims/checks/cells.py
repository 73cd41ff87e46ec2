"""A claims file's cells as the checks read them: typed where that fits, else trimmed text."""

from collections.abc import Callable, Mapping

import polars as pl

from payrules.claims import columns
from payrules.errors import ClaimsError

NUMBERS = frozenset(
    (
        "claim_line_number",
        "service_unit_quantity",
        "postoperative_days",
        "anesthesia_minutes",
        "mips_adjustment_percent",
        *columns.AMOUNTS,
    )
)


DATES = frozenset(
    ("claim_line_start_date", *columns.CARE_DATES, *columns.IF_GIVEN, columns.HISTORY_FROM)
)


#: From here on a binary float steps over whole numbers.
EXACT_FLOATS: dict[object, int] = {pl.Float64: 2**53, pl.Float32: 2**24}


def as_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """Give a column of any type as text: whole floats without ".0", NaN as null."""
    cell = pl.col(column)
    if dtype == pl.String:
        return cell
    if dtype.is_float():
        whole = cell.cast(pl.Int64, strict=False)
        return (
            pl.when(whole == cell)
            .then(whole.cast(pl.String))
            .otherwise(cell.fill_nan(None).cast(pl.String))
        )
    if dtype.is_nested() or dtype in (pl.Binary, pl.Duration, pl.Object):
        return cell.map_batches(_written_out, return_dtype=pl.String)
    return cell.cast(pl.String)


def refuse_lost_digits(frame: pl.DataFrame, matched: Mapping[str, str], name: str) -> None:
    """Refuse identifiers kept as floats whose last digits are gone: two could have become one.

    `matched` gives the headings of our columns. Amounts and counts have checks of their own.
    """
    for ours, theirs in matched.items():
        cells = frame.get_column(theirs)
        exact = EXACT_FLOATS.get(cells.dtype.base_type())
        if ours in NUMBERS or exact is None:
            continue
        if (cells.is_finite() & (cells.abs() >= exact)).any():
            digits = len(str(exact)) - 1
            raise ClaimsError(
                f"Column '{columns.shown(theirs)}' of {name} holds floating-point numbers of more"
                f" than {digits} digits, whose last digits are lost; give it as text."
            )


def trimmed(column: str, dtype: pl.DataType) -> pl.Expr:
    """Give a column as text without surrounding blanks; null where nothing is left."""
    text = as_text(column, dtype)
    if dtype.is_numeric() or dtype == pl.Boolean:
        return text
    text = text.str.strip_chars()
    return pl.when(text != "").then(text).otherwise(None)


def prepared(name: str, theirs: str, dtype: pl.DataType) -> pl.Expr:
    """Give a column of the file as its check reads it: typed where it fits, else trimmed text."""
    fits = (
        (name in NUMBERS and dtype.is_numeric())
        or (name in {**columns.YES_OR_NO, **columns.COVERAGE_YES_OR_NO} and dtype == pl.Boolean)
        or (name in DATES and dtype in (pl.Date, pl.Datetime))
    )
    if not fits:
        return trimmed(theirs, dtype).alias(name)
    # Where a number is missing, other tools write NaN.
    cell = pl.col(theirs).fill_nan(None) if dtype.is_float() else pl.col(theirs)
    return cell.alias(name)


def cell(name: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """Give a prepared column as text; nulls where the file has it not."""
    return pl.col(name) if name in schema else pl.lit(None, dtype=pl.String)


def each_different(given: pl.Expr, write: Callable[[str], str]) -> pl.Expr:
    """Rewrite a column that has few different values."""

    def rewritten(cells: pl.Series) -> pl.Series:
        different = {text: write(text) for text in cells.drop_nulls().unique().to_list()}
        return cells.replace_strict(different, default=None, return_dtype=pl.String)

    return given.map_batches(rewritten, return_dtype=pl.String)


def _written_out(cells: pl.Series) -> pl.Series:
    return pl.Series(
        cells.name, [None if cell is None else str(cell) for cell in cells.to_list()], pl.String
    )
