"""MIPS adjustments by clinician: a file of TIN, NPI, year and percentage, joined to the lines."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.claims.checks.numbers import LEAST_MIPS, MOST_MIPS
from payrules.claims.columns import normal
from payrules.claims.readers import read_file
from payrules.errors import ClaimsError, UsageError
from payrules.frozen import frozen
from payrules.money import read_scaled

PERCENT = "mips_adjustment_percent"
_COLUMNS = ("billing_tin", "rendering_npi", "year", "percent")
_KEY = ["_tin", "_npi", "_year"]
_YEARS = (2019, 2100)
#: A cell that a message may quote: digits, fewer than any person's number has.
_SHORT = re.compile(r"[-+]?[0-9]{1,4}(?:[.,][0-9]{1,3})? ?%?")


@frozen
class MipsFactors:
    """The adjustments of clinicians in their TINs: file, sha256, and a row a TIN, NPI and year.

    `notes` says what of the file is hidden, or was read as its cells show it.
    """

    name: str
    sha256: str
    rows: pl.DataFrame  # _tin, _npi (digits), _year, percent (hundredths of a percent)
    notes: tuple[str, ...] = ()

    @property
    def bounds(self) -> tuple[str | None, str | None]:
        """The least and the largest percentage, as text; None where there is none."""
        if self.rows.is_empty():
            return None, None
        percentages = [Decimal(each).scaleb(-2) for each in self.rows["percent"]]
        return f"{min(percentages):.2f}", f"{max(percentages):.2f}"

    def filled(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Give lines the adjustment of their clinician's year, where they have none of their own.

        The year is that of the service: adjustments are of a payment year (42 CFR 414.1405).
        """
        keyed = lines.select(
            _digits("billing_tin").alias("_tin"),
            _digits("rendering_npi").alias("_npi"),
            pl.col("service_date").dt.year().cast(pl.Int64).alias("_year"),
        )
        found = keyed.join(self.rows, on=_KEY, how="left", maintain_order="left")["percent"]
        return lines.with_columns(pl.coalesce(PERCENT, found).alias(PERCENT))


def _digits(name: str) -> pl.Expr:
    """Give a number's digits alone: 12-3456789 is 123456789."""
    return pl.col(name).str.replace_all(r"[\s-]", "")


def read_mips_file(path: Path) -> MipsFactors:
    """Read a CSV, Excel or Parquet file of adjustments; UsageError with the row and column."""
    try:
        read = read_file(path)
    except ClaimsError as error:
        raise UsageError(f"The MIPS file cannot be used: {error}") from None
    if read.further_sheets:
        raise UsageError(
            f"{read.name} has data on other worksheets too (number "
            f"{', '.join(map(str, read.further_sheets))}); MIPS adjustments are read from one"
            " sheet. Save that sheet as its own file."
        )
    names = {heading: normal(heading) for heading in read.rows.columns}
    missing = [name for name in _COLUMNS if [*names.values()].count(name) != 1]
    if missing:
        raise UsageError(
            f"{read.name} needs one column {missing[0]}. A MIPS file has the columns"
            f" {', '.join(_COLUMNS)}, under these headings in its first row."
        )
    headings = {ours: heading for heading, ours in names.items()}
    read, as_shown = read.with_percentages(headings["percent"])
    texts = read.rows.select(
        pl.col(headings[name]).cast(pl.String).str.strip_chars().replace("", None).alias(name)
        for name in _COLUMNS
    ).with_row_index("_row", 1)
    texts = texts.filter(~pl.all_horizontal(pl.col(_COLUMNS).is_null()))
    rows = texts.select(
        "_row",
        _digits("billing_tin").alias("_tin"),
        _digits("rendering_npi").alias("_npi"),
        read_scaled(pl.col("year"), 0).alias("_year"),
        read_scaled(pl.col("percent"), 2).alias("percent"),
    )
    _check(rows, texts, read.name)
    notes = (*read.told_of_hidden(), *as_shown)
    return MipsFactors(read.name, read.sha256, rows.drop("_row"), notes)


def _check(rows: pl.DataFrame, texts: pl.DataFrame, file: str) -> None:
    """Refuse a row that says nobody, no year or no percentage, and a clinician told twice."""
    faults: Mapping[str, tuple[pl.Expr, str]] = {
        "billing_tin": (~_is_number("_tin", 9), "a TIN has nine digits; format it as text"),
        "rendering_npi": (~_is_number("_npi", 10), "an NPI has ten digits"),
        "year": (
            ~pl.col("_year").is_between(*_YEARS),
            f"write the payment year, {_YEARS[0]} or later",
        ),
        "percent": (
            ~pl.col("percent").is_between(LEAST_MIPS, MOST_MIPS),
            "write a signed percentage from -9.00 to 20.00",
        ),
    }
    for column, (wrong, what_to_do) in faults.items():
        found = rows.filter(wrong.fill_null(value=True))
        if found.height:
            number = found["_row"][0]
            cell = texts.filter(_row=number)[column][0]
            said = "is blank" if cell is None else "cannot be read"
            # A person's name or number may have slid into any column.
            if column in {"year", "percent"} and cell is not None and _SHORT.fullmatch(cell):
                said = f"'{cell}' cannot be read"
            raise UsageError(
                f"{file}, row {number} under the headings, column {column}: {said}; {what_to_do}."
            )
    again = rows.filter(pl.struct(_KEY).is_duplicated())
    if again.height:
        raise UsageError(
            f"{file} has a clinician twice for one TIN and year, in rows {_listed(again['_row'])}"
            " under the headings; remove one."
        )


def _is_number(name: str, digits: int) -> pl.Expr:
    return pl.col(name).str.contains(f"^[0-9]{{{digits}}}$")


def _listed(rows: Collection[int]) -> str:
    first, second, *_ = rows
    return f"{first} and {second}"
