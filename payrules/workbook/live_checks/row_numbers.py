"""The check of a sheet's numbers row by row: amounts exchanged between rows add up as before.

Each row's numbers, and the last characters of the texts that tell rows apart, are added up with a
weight for each column, and what they come to is squared: two rows that exchange a number come to
other squares, wherever they stand. A sheet may be sorted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl

from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.xlsx.cell_texts import A_NUMBER, printable_texts
from payrules.workbook.xlsx.formats import NUMBERS, Column
from payrules.workbook.xlsx.references import reference

#: What the columns weigh: primes, so that no two of them cancel each other out.
_WEIGHTS = [each for each in range(3, 400, 2) if all(each % less for less in range(3, each, 2))]
#: A row comes to less than this: the squares of a million rows are whole numbers of a double.
_ROW = 9_973
#: Of so many columns of numbers is a check, and so many of texts: Excel bounds formulas.
_COLUMNS, _TEXTS = 40, 4
#: Of more rows no texts: LibreOffice would read their characters for longer than anybody waits.
_MOST_ROWS = 30_000
#: Decimals that are told of exact numbers, and of shares and factors.
_MOST_DECIMALS, _OF_SHARES = 6, 4
#: Put to shares before they are rounded: none then lies between two whole numbers, where Excel's
#: double could fall to one side and ours to the other.
_OFF_HALVES = 0.3141592
#: Spreadsheets do not count characters beyond the basic plane alike.
_BEYOND = r"[\x{10000}-\x{10FFFF}]"
#: The day before the first that a sheet counts.
_DAY_0 = date(1899, 12, 30)
_AS_IT_WAS = "as the run had it when it wrote the sheet"


def numbers_as_written(
    sheet: str, table: str, columns: Sequence[Column], frame: pl.DataFrame
) -> Iterator[LiveCheck]:
    """Hold the numbers of each row to each other and to what names the row.

    `frame` has the texts as the sheet shows them.
    """
    if frame.height < 2:  # nothing can change rows
        return
    # Users' own headings may be anything: within, columns go by their places.
    places = {name: str(place) for place, name in enumerate(frame.columns)}
    columns = [replace(each, name=places[each.name]) for each in columns]
    frame = pl.DataFrame([each.alias(places[each.name]) for each in frame])
    schema = frame.schema
    shown = [each for each in columns if _decimals(schema[each.name]) is not None]
    mixed = [each for each in columns if schema[each.name] == pl.String and each.format in NUMBERS]
    texts: list[Column] = []
    if frame.height <= _MOST_ROWS:
        texts = [*mixed, *_telling([each for each in columns if each not in mixed], frame)]
    for number, first in enumerate(range(0, len(shown), _COLUMNS), 1):
        some = shown[first : first + _COLUMNS]
        if len(some) + len(texts) < 2:  # exchanged by itself it is the row that moves
            continue
        weights = iter(_WEIGHTS)
        terms = [_number(table, each, schema[each.name], next(weights)) for each in some]
        for each in texts:
            terms += _ending(table, each, frame, (next(weights), next(weights)))
        row = pl.sum_horizontal(value.fill_null(0) for _, value in terms) % _ROW
        whole = Decimal(int(frame.select(row.pow(2).sum()).item()))
        yield LiveCheck(
            f"{sheet}: numbers that belong to their rows" + f", {number}" * (number > 1),
            f"SUMPRODUCT(MOD({'+'.join(formula for formula, _ in terms)},{_ROW})^2)",
            None,
            whole,
            whole,
            _AS_IT_WAS,
            counts=True,
        )


def _decimals(kind: pl.DataType) -> int | None:
    """Give how many decimals of a column's numbers are told; None of what is no number."""
    if kind.is_integer() or kind == pl.Date:
        return 0
    if kind.is_float():
        return _OF_SHARES
    if isinstance(kind, pl.Decimal) and kind.scale <= _MOST_DECIMALS:
        return kind.scale
    return None


def _number(table: str, column: Column, kind: pl.DataType, weight: int) -> tuple[str, pl.Expr]:
    """Give a column's numbers as whole numbers of their last decimal: a formula, and its value."""
    cells, value = reference(table, column.heading), pl.col(column.name)
    times, off = 10 ** (_decimals(kind) or 0), ""
    if kind == pl.Date:
        value = (value - _DAY_0).dt.total_days()
    elif kind.is_float():
        off, value = f"+{_OFF_HALVES}", (times * value + _OFF_HALVES + 0.5).floor()
    else:  # a decimal is held as the whole number of its last place
        value = value.to_physical()
    formula = f"{weight}*{cells}" if times == 1 else f"{weight}*ROUND({times}*{cells}{off},0)"
    return formula, value.cast(pl.Int64) * weight


def _telling(columns: Sequence[Column], frame: pl.DataFrame) -> list[Column]:
    """Give the columns of texts whose last characters tell most rows apart."""
    schema = frame.schema
    texts = [
        each
        for each in columns
        if isinstance(schema[each.name], pl.String | pl.Categorical | pl.Enum)
    ]
    if not texts:
        return []
    cells = [pl.col(each.name).cast(pl.String).drop_nulls().str for each in texts]
    beyond = frame.select(each.contains(_BEYOND).any() for each in cells).row(0)
    endings = frame.select(each.slice(-2).n_unique() for each in cells).row(0)
    told = [each for each in zip(texts, beyond, endings, strict=True) if not each[1]]
    return [each for each, _, _ in sorted(told, key=lambda each: -each[2])][:_TEXTS]


def _ending(
    table: str, column: Column, frame: pl.DataFrame, weights: tuple[int, int]
) -> Iterator[tuple[str, pl.Expr]]:
    """Give the last two characters of a column's texts by their codes: a formula, and its value."""
    padded = f'"00"&{reference(table, column.heading)}'
    cells = pl.col(column.name).cast(pl.String).fill_null("")
    texts = frame.select(cell=cells).unique()
    shown = printable_texts(texts["cell"])
    if column.format in NUMBERS:
        shown = pl.Series([_as_shown(each) for each in shown], dtype=pl.String)
    endings = [f"00{each}"[-2:] for each in shown]
    for place, weight in enumerate(weights):
        last = f"RIGHT({padded},1)" if place else f"LEFT(RIGHT({padded},2),1)"
        codes = pl.Series([ord(each[place]) * weight for each in endings], dtype=pl.Int64)
        value = cells.replace_strict(texts["cell"], codes, return_dtype=pl.Int64)
        yield f"{weight}*_xlfn.UNICODE({last})", value


def _as_shown(text: str) -> str:
    """Write a number as a spreadsheet does among texts: 1.10 is "1.1"."""
    if not re.fullmatch(A_NUMBER, text):
        return text
    return f"{Decimal(text).normalize():f}"
