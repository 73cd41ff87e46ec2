"""Credits: a negative line that takes back a line of the batch nets with it; neither is priced.

Decision: a credit takes back the line of the same claim, person, date, code, modifiers and charge,
of the same line number first. Where more lines than credits are left and they differ in what prices
them, which is taken back would be a guess, and the credit is rejected, as is one that takes back
none. Its units may be negative, as its charge is; what was paid and allowed may be, too.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from payrules.claims.checks.cells import prepared
from payrules.claims.checks.localities import Places
from payrules.claims.checks.numbers import is_negative
from payrules.claims.columns import AMOUNTS, IF_GIVEN, MODIFIERS, is_diagnosis
from payrules.claims.faultless import FILE, ROW, faultless
from payrules.claims.sheet import Sheet
from payrules.frozen import frozen
from payrules.money import dollars_text

REVERSED = "reversed"
_AT = "_payrules_at"
_CHARGE, _UNITS = "charge_amount", "service_unit_quantity"
#: What a credit and its line have in common.
_COMMON = ("claim_id", "person_id", "service_date", "hcpcs_code", *MODIFIERS, "charge_amount")
_LINE_NUMBER = "claim_line_number"
#: Columns in which lines may differ that are taken back alike.
_NO_MATTER = frozenset(
    (
        *(_LINE_NUMBER, "paid_amount", "payer_allowed_amount", "deductible_remaining"),
        *(*IF_GIVEN, FILE, ROW),
    )
)


@frozen
class Netted:
    """Lines that credits take back: a mask of all lines, the credits' `FILE` and `ROW`, a list."""

    lines: pl.Series
    credits: pl.DataFrame
    listed: pl.DataFrame

    def rows_of(self, number: int) -> pl.Series:
        """Give the rows of a file's credits."""
        return self.credits.filter(pl.col(FILE) == number).get_column(ROW)


def net(
    lines: pl.DataFrame, credits_: Sequence[pl.DataFrame | None], names: Sequence[str]
) -> Netted | None:
    """Net credits with lines of the batch; None where none takes one back."""
    there = [each for each in credits_ if each is not None]
    if not there:
        return None
    numbered = lines.with_row_index(_AT)
    taking_back = pl.concat(there, how="diagonal").with_row_index(_AT)
    found = pairs(numbered, taking_back, _AT)
    if found.is_empty():
        return None
    chosen = taking_back[found.get_column("credit")]
    return Netted(
        numbered.get_column(_AT).is_in(found.get_column("line").implode()),
        chosen.select(FILE, ROW),
        listed(lines[found.get_column("line")], chosen, names),
    )


def credits_of(sheet: Sheet, number: int, faulty: pl.Series, places: Places) -> pl.DataFrame | None:
    """Give the faulty rows that would be good lines were their charge not negative, as such lines.

    None where a file has none.
    """
    if sheet.x12 is not None or _CHARGE not in sheet.there or not faulty.any():
        return None
    some = sheet.only(faulty)
    negative = _negative(some, _CHARGE)
    if not negative.any():
        return None
    turned = some.only(negative)
    signless = {ours: _turned(turned, ours) for ours in (*AMOUNTS, _UNITS) if ours in turned.there}
    turned = replace(turned, made={**turned.made, **signless})
    lines, _ = faultless(turned, number, places)
    return None if lines.is_empty() else lines


def _negative(sheet: Sheet, ours: str) -> pl.Series:
    cells = _as_checked(sheet, ours)
    negative = is_negative(pl.col(ours), cells.dtype, sheet.form)
    return cells.to_frame().select(negative).to_series().fill_null(value=False)


def _turned(sheet: Sheet, ours: str) -> pl.Series:
    """Give an amount or units without their sign where they are negative."""
    cells = _as_checked(sheet, ours)
    positive = cells.str.replace_all("[()-]", "") if cells.dtype == pl.String else cells.abs()
    return positive.zip_with(_negative(sheet, ours), cells)


def _as_checked(sheet: Sheet, ours: str) -> pl.Series:
    """Give a column of ours as its check reads it: numbers, or text of whatever else."""
    cells = sheet.cells(ours).alias(ours)
    return cells.to_frame().select(prepared(ours, ours, cells.dtype)).to_series()


def pairs(lines: pl.DataFrame, taking_back: pl.DataFrame, place: str) -> pl.DataFrame:
    """Pair credits with the lines that they take back: `line` and `credit`, by their `place`.

    Both have the columns of lines, in the order in which they came.
    """
    claims = taking_back.get_column("claim_id").unique()
    left = lines.filter(pl.col("claim_id").is_in(claims.implode()))
    rest = taking_back
    decisive = [
        name
        for name in lines.columns
        if name not in {*_NO_MATTER, place} and not is_diagnosis(name)
    ]
    found = []
    for common in ([*_COMMON, _LINE_NUMBER], [*_COMMON]):
        turn = pl.int_range(pl.len()).over(common).alias("_turn")
        of_lines = left.select(
            *common,
            turn,
            pl.len().over(common).alias("_lines"),
            pl.struct(decisive).n_unique().over(common).alias("_kinds"),
            pl.col(place).alias("line"),
        )
        of_credits = rest.select(
            *common, turn, pl.len().over(common).alias("_credits"), pl.col(place).alias("credit")
        )
        paired = of_credits.join(of_lines, on=[*common, "_turn"], nulls_equal=True).filter(
            (pl.col("_kinds") == 1) | (pl.col("_lines") <= pl.col("_credits"))
        )
        found.append(paired.select("line", "credit"))
        left = left.filter(~pl.col(place).is_in(paired.get_column("line").implode()))
        rest = rest.filter(~pl.col(place).is_in(paired.get_column("credit").implode()))
    return pl.concat(found).sort("credit")


def listed(lines: pl.DataFrame, taking_back: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """List lines and the credits that take them back, a pair a row of each; `names` of the files.

    Columns: file, row, claim_id, claim_line_number, charge_amount in dollars, status, reason, and
    the file and row of the other (`by_file`, `by_row`).
    """
    one = _half(lines, taking_back, names, "taken back by the credit in row", credit=False)
    other = _half(taking_back, lines, names, "credit that takes back row", credit=True)
    both = pl.concat([one, other])
    return both.sort(FILE, "row", maintain_order=True).drop(FILE)


def no_reversals() -> pl.DataFrame:
    """Give the list that `listed` makes where no credit takes back a line."""
    empty = pl.DataFrame(
        schema={
            "claim_id": pl.String,
            **dict.fromkeys((FILE, ROW, _LINE_NUMBER, _CHARGE), pl.Int64),
        }
    )
    return listed(empty, empty, ())


def _half(
    mine: pl.DataFrame, others: pl.DataFrame, names: Sequence[str], said: str, *, credit: bool
) -> pl.DataFrame:
    file_names = pl.Series(names, dtype=pl.String)
    sign = pl.lit("-" if credit else "")
    by_row = others.get_column(ROW)
    by_file = file_names.gather(others.get_column(FILE))
    return mine.select(
        FILE,
        pl.lit(file_names.gather(mine.get_column(FILE))).alias("file"),
        pl.col(ROW).cast(pl.Int64).alias("row"),
        "claim_id",
        _LINE_NUMBER,
        pl.concat_str(sign, dollars_text(pl.col(_CHARGE))).cast(pl.Decimal(38, 2)).alias(_CHARGE),
        pl.lit(REVERSED).alias("status"),
        pl.concat_str(pl.lit(f"{said} "), pl.lit(by_row.cast(pl.String))).alias("reason"),
        pl.lit(by_file).alias("by_file"),
        pl.lit(by_row.cast(pl.Int64)).alias("by_row"),
    )
