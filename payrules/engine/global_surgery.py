"""The global payment of an operation: its days, and the shares that 54 and 55 leave of it.

A practitioner who takes over the care after an operation bills it with 55 on the date of surgery,
the days in `postoperative_days` or, as contractors want them, in the units field. Where both are
absent all the days are meant.
"""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.modifier_share import ModifierShares
from payrules.engine.session import SESSION
from payrules.money import WHOLE

#: Global days that are counted: of the day of surgery alone, of a minor and a major procedure.
COUNTED = {"000": 0, "010": 10, "090": 90}
#: Nothing where days after the operation are not counted: its care is not divided by days.
DAYS = pl.col("global_days").replace_strict(
    {name: days for name, days in COUNTED.items() if days}, default=None, return_dtype=pl.Int64
)
SURGERY, FOLLOW_UP = billed_with("54"), billed_with("55")
#: The care after an operation, billed without the operation.
CARE_ONLY = FOLLOW_UP & ~SURGERY
#: The care before an operation alone: Medicare denies it, a payer may give it a share. It is no
#: operation of the day, so it ranks with none and opens no global period.
BEFORE_ONLY = billed_with("56") & ~SURGERY & ~FOLLOW_UP
#: What a line says of its days of care, and what its schedule row says of its shares.
READS = (
    "modifiers",
    "global_days",
    "preoperative",
    "intraoperative",
    "postoperative",
    "postoperative_days",
    "units_thousandths",
)
#: The day of surgery, and the days on which care was assumed and relinquished.
DATES = ("service_date", "care_assumed_date", "care_relinquished_date")

#: A line's share in ninetieths of a hundredth of a percent: exact for ten days of care and for
#: ninety, and for a contract's own shares.
WHOLE_SHARE = 90 * WHOLE

_UNITS = pl.col("units_thousandths") // 1000
GIVEN = pl.col("postoperative_days")
#: More than one unit of a line with 55 are its days.
IN_UNITS = pl.when(FOLLOW_UP & (_UNITS > 1)).then(_UNITS)
#: The days of care a line bills, as it says them: null where it says none.
BILLED = pl.coalesce(GIVEN, IN_UNITS)
#: The days after the operation on which its care was assumed and relinquished.
ASSUMED, RELINQUISHED = (
    (pl.col(name) - pl.col("service_date")).dt.total_days() for name in DATES[1:]
)
#: Shares that add up to nothing divide nothing.
IS_DIVIDED = pl.sum_horizontal("preoperative", "intraoperative", "postoperative") > 0


def days_of_care() -> pl.Expr:
    """Give the days of care a line with 55 bills, at most its global days; all where none stand."""
    return pl.min_horizontal(BILLED, DAYS)


def days_by_date() -> pl.Expr:
    """Give the global days that stand between a line's dates of care; null without a date."""
    first = pl.max_horizontal(ASSUMED.fill_null(1), 1)
    last = pl.min_horizontal(RELINQUISHED.fill_null(DAYS), DAYS)
    has_date = ASSUMED.is_not_null() | RELINQUISHED.is_not_null()
    return pl.when(has_date).then(pl.max_horizontal(last - first + 1, 0))


def share_left() -> tuple[pl.Expr, pl.Expr]:
    """Give what 54 and 55 leave of the global payment: percent × days, and the days it is over."""
    over = DAYS.fill_null(1)
    days = pl.when(DAYS.is_null()).then(1).otherwise(days_of_care())
    surgery = (pl.col("preoperative") + pl.col("intraoperative")) * over
    follow_up = pl.col("postoperative") * days
    share = pl.when(SURGERY).then(surgery).otherwise(0)
    return share + pl.when(FOLLOW_UP).then(follow_up).otherwise(0), over


def own_share_left(own: ModifierShares) -> tuple[pl.Expr, pl.Expr]:
    """Give what a payer's own shares of 54, 55 and 56 leave: ten-thousandths × days, and the days.

    They are added up; what the payer does not name is the code's own.
    """
    over = DAYS.fill_null(1)
    days = pl.when(DAYS.is_null()).then(1).otherwise(days_of_care())
    surgery = (pl.col("preoperative") + pl.col("intraoperative")) * 100
    parts = (
        (SURGERY, pl.coalesce(own.chosen(("54",)), surgery) * over),
        (FOLLOW_UP, pl.coalesce(own.chosen(("55",)), pl.col("postoperative") * 100) * days),
        (billed_with("56"), own.chosen(("56",)).fill_null(0) * over),
    )
    left = [pl.when(billed).then(part).otherwise(0) for billed, part in parts]
    return pl.sum_horizontal(left, ignore_nulls=False), over


def operations(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Join the two lines of each operation: one with 54 and one with 55 of the same procedure.

    Reads `_sides`, what a line says of its side. Gives `row` of either line, `operation` (the row
    of the line with 54) and `partner` (the row of the other). Pairs are formed in order of claim
    and line; the line with 54 has one unit or modifier 50, both or neither carry 78.
    """
    alike = [SESSION, "hcpcs_code", "row_modifier", "_sides", "_seventy_eight"]
    one_service = (pl.col("units_thousandths") == 1000) | billed_with("50")
    found = (
        lines.filter((SURGERY & ~FOLLOW_UP & one_service) | CARE_ONLY)
        .sort("line_order")
        .with_columns(_seventy_eight=billed_with("78"), _care=CARE_ONLY)
        .select("row", "_care", *alike, _place=pl.int_range(pl.len()).over([*alike, "_care"]))
    )
    surgery, care = (
        found.filter(pl.col("_care") == of_care).select(*alike, "_place", row)
        for of_care, row in ((False, pl.col("row")), (True, pl.col("row").alias("care")))
    )
    both = surgery.join(care, on=[*alike, "_place"]).select("row", "care")
    return pl.concat(
        [
            both.select("row", operation="row", partner="care"),
            both.select("care", operation="row", partner="row").rename({"care": "row"}),
        ]
    )
