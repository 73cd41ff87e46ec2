"""The steps that surgical centers and hospitals have in common: wages, discounts, encounters."""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from payrules.errors import UsageError
from payrules.money import MOST_CENTS, WHOLE, half_up, percentage, total
from payrules.within_reason import WAGE_INDEX

#: A practitioner's code → what a facility bills for it: 27096 is not in addendum AA and of no
#: hospital's bill in addendum B, G0260 is paid in both. Medicare's articles on sacroiliac
#: injections say so.
FACILITY_CODES = {"27096": "G0260"}
#: Modifiers of a procedure that was reduced or stopped; with the first two half is paid.
_STOPPED = ("52", "73", "74")
_AT_HALF = ("52", "73")
_HALF = WHOLE // 2
#: Verdicts on a line, each with what must hold; the first that holds counts.
Cases = list[tuple[pl.Expr, tuple[str, str | pl.Expr]]]


def wage_index_units(wage_index: Decimal) -> int:
    """Give a wage index in ten-thousandths; raises UsageError for what is none."""
    try:
        index = WAGE_INDEX.units(WAGE_INDEX.read(wage_index))
    except ValueError as fault:
        raise UsageError(f"The wage index {fault}.") from None
    if not index:
        raise UsageError("The wage index cannot be 0; give the area's own, such as 0.966.")
    return index


def by_wage_index(cents: pl.Expr, index: int, labor: int) -> pl.Expr:
    """Adjust the part of a rate that is for labor; index and part in ten-thousandths."""
    return half_up(cents * (labor * index + (WHOLE - labor) * WHOLE), WHOLE * WHOLE)


def with_any(*modifiers: str) -> pl.Expr:
    """Say whether a line has one of these modifiers."""
    return pl.any_horizontal(pl.col("modifiers").list.contains(each) for each in modifiers)


def paid_at_half() -> pl.Expr:
    """Say whether a line was reduced (52), or stopped before anesthesia (73)."""
    return with_any(*_AT_HALF)


def half(cents: pl.Expr) -> pl.Expr:
    """Give half of an amount, half a cent rounded up."""
    return percentage(cents, _HALF)


def as_stopped(cents: pl.Expr) -> pl.Expr:
    """Give half of a stopped (73) or reduced (52) procedure, and all of one with 74."""
    return pl.when(paid_at_half()).then(half(cents)).otherwise(cents)


def units_of_line() -> pl.Expr:
    """Count what a line is paid for: 50 is two sides, and stands beside one unit only."""
    return pl.when(with_any("50")).then(2).otherwise(pl.col("units")).cast(pl.Int64)


def said(status: str, reason: str | pl.Expr) -> pl.Expr:
    """Give a verdict on a line: its status, and why where it is not priced."""
    why = pl.lit(reason) if isinstance(reason, str) else reason
    return pl.struct(pl.lit(status).alias("status"), why.alias("reason"))


def first_that_holds(cases: Cases) -> pl.Expr:
    """Give the verdict of the first case that holds, else that the line is priced."""
    return pl.coalesce(
        *(pl.when(holds).then(said(*verdict)) for holds, verdict in cases), said("priced", "")
    )


#: What is not clear of a line at either site.
NOT_CLEAR: Cases = [
    (with_any("53"), ("by_report", "53 is a practitioner's: a facility bills 73 or 74")),
    (
        pl.sum_horizontal(with_any(each).cast(pl.Int8) for each in _STOPPED) > 1,
        ("by_report", "more than one of 52, 73 and 74"),
    ),
    (
        with_any("50") & (pl.col("units") != 1),
        ("by_report", "50 beside several units: how many sides is not clear"),
    ),
]


def overruled_by(verdict: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Give status and reason of a later verdict, and the earlier ones where it has none."""
    return (
        pl.coalesce(verdict.struct.field("status"), "status").alias("status"),
        pl.coalesce(verdict.struct.field("reason"), "reason").alias("reason"),
    )


def discounted(lines: pl.DataFrame, ranks: pl.Expr, by: Sequence[str]) -> pl.DataFrame:
    """Add full_units, half_units and amount: of an encounter's units that rank, one is in full.

    It is the first by the columns `by`, largest first; every other unit that ranks is paid at half.
    `amount` is of all units: 0 where the line is bundled or denied, null where it is not settled.
    Raises UsageError for an amount beyond reason.
    """
    unit, encounter = pl.col("unit_amount"), "encounter_id"
    placed = (
        lines.with_row_index("_order")
        .with_columns(
            _ranks=unit.is_not_null() & ranks.fill_null(value=False), _units=units_of_line()
        )
        .sort(
            encounter,
            "_ranks",
            *by,
            "line_number",
            descending=[False, True, *(True for _ in by), False],
            nulls_last=True,
        )
        .with_columns(_first=pl.col("_ranks") & (pl.int_range(pl.len()).over(encounter) == 0))
        .sort("_order")
    )
    full = pl.when("_ranks").then(pl.col("_first").cast(pl.Int64)).otherwise("_units")
    summed = (
        placed.with_columns(full_units=pl.when(unit.is_not_null()).then(full))
        .with_columns(half_units=pl.col("_units") - pl.col("full_units"))
        .with_columns(
            amount=pl.when(pl.col("status").is_in(["bundled", "denied"]))
            .then(0)
            .otherwise(unit * pl.col("full_units") + half(unit) * pl.col("half_units"))
        )
    )
    # Its shares would leave 64 bits.
    if (summed["amount"] > MOST_CENTS).any():
        raise UsageError(
            f"A facility's line comes to more than {MOST_CENTS // 100:,} dollars, which no payer "
            "pays; check its units."
        )
    return summed


_SUMS = ("patient_amount", "medicare_amount", "sequestration_amount")


def encounter_totals(priced: pl.DataFrame) -> pl.DataFrame:
    """Add up each encounter: facility_amount, null exactly where a line's is; and what is open.

    `not_settled` lists "code: reason". Where it is said who pays, patient_amount, medicare_amount
    and sequestration_amount are added up alike, and payment_not_settled lists what is open of them.
    Evaluated within `payrules.money.adding_up` by who shows it.
    """
    who_pays = [name for name in _SUMS if name in priced.columns]
    return priced.group_by("encounter_id", maintain_order=True).agg(
        _whole("amount").alias("facility_amount"),
        _said_of_open("amount", "reason").alias("not_settled"),
        *(_whole(name) for name in who_pays),
        *(
            _said_of_open(name, "payment_reason").alias("payment_not_settled")
            for name in who_pays[:1]
        ),
    )


def _whole(name: str) -> pl.Expr:
    """Add up a column of an encounter; null where a part is."""
    return pl.when(pl.col(name).is_not_null().all()).then(total(pl.col(name))).alias(name)


def _said_of_open(name: str, reason: str) -> pl.Expr:
    return pl.format("{}: {}", "hcpcs_code", reason).filter(pl.col(name).is_null())
