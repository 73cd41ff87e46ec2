"""The amounts of straight claims, line by line, in columns: those of `amounts` for one payer line.

All are cents. A test holds every column to what the claim would be given one by one.
"""

from collections.abc import Callable, Sequence

import polars as pl

from payrules.money import WHOLE
from payrules.variance.codes import (
    AFTER_ALLOWED,
    COST_SHARING,
    SEQUESTRATION_FROM,
    TO_PATIENT,
)
from payrules.variance.comparison import (
    DENIED,
    DENIED_AS_EXPECTED,
    NOT_COMPARABLE,
    OVERPAID,
    PAID_AS_EXPECTED,
    UNDERPAID,
)
from payrules.variance.own_shares import WHOLE_SHARE
from payrules.variance.places import among
from payrules.variance.straight import line_key
from payrules.variance.tables import FEW


def share(amount: pl.Expr, numerator: pl.Expr | int, denominator: pl.Expr | int) -> pl.Expr:
    """Take a share of cents, rounded half up to the cent, away from zero below it."""
    return half_away(amount * numerator, denominator)


def half_away(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Divide whole numbers, rounded half away from zero."""
    return numerator.sign() * ((2 * numerator.abs() + denominator) // (2 * denominator))


def adjusted(adjustments: pl.DataFrame) -> pl.DataFrame:
    """Add up the adjustments of payer lines, a row a line (`line_key`): amounts, and codes."""
    told = adjustments.select(
        line_key().alias("line_key"), "group_code", "carc", "adjustment_amount"
    )
    is_of_line = adjustments.select(pl.col("level") == "line").to_series()
    told = told if is_of_line.all() else told.filter(is_of_line)
    told = told if told["line_key"].is_sorted() else told.sort("line_key", maintain_order=True)
    code, codes = _numbered(told.select("group_code", "carc"))
    # The lines stand in order: sums are differences of what was added up so far, and no line is
    # looked for.
    is_last = (pl.col("line_key") != pl.col("line_key").shift(-1)).fill_null(value=True)
    lasts = told.select(is_last.arg_true()).to_series()
    sums = [told["line_key"].gather(lasts).set_sorted()]
    are_there = sorted(code.unique())
    summed: dict[tuple[int, ...], pl.Series] = {}
    for part, holds in _PARTS.items():
        # Of several parts the same codes may be all that is there.
        own = tuple(each for each in are_there if holds(*codes[each]))
        if own not in summed:
            of_part = among(len(codes), pl.Series(own, dtype=pl.UInt32))
            summed[own] = _summed(told["adjustment_amount"], of_part, code, lasts)
        sums.append(summed[own].alias(part))
    return pl.DataFrame([*sums, _joined(code, codes, lasts).alias("codes")])


_Code = tuple[str, str]
#: Amount → whether the adjustments of a group and code (CARC) are part of it.
_PARTS: dict[str, Callable[[str, str], bool]] = {
    "to_patient": lambda _, carc: carc == TO_PATIENT,
    "patient": lambda group, carc: group == "PR" and carc in COST_SHARING,
    "balance_bill": lambda group, carc: group == "PR" and carc not in {*COST_SHARING, TO_PATIENT},
    "after_allowed": lambda group, carc: group != "PR" and carc in AFTER_ALLOWED,
    "early_sequestration": lambda group, carc: group != "PR" and carc == "223",
    "payer_deductible": lambda group, carc: (group, carc) == ("PR", "1"),
    "payer_coinsurance": lambda group, carc: (group, carc) == ("PR", "2"),
    "payer_copayment": lambda group, carc: (group, carc) == ("PR", "3"),
}


def _numbered(told: pl.DataFrame) -> tuple[pl.Series, list[_Code]]:
    """Number the codes of adjustments: there are few. Give each one's number, and the codes."""
    (groups, of_group), (carcs, of_carc) = map(_by_number, told)
    codes = [(group, carc) for group in groups for carc in carcs]
    return of_group * len(carcs) + of_carc, codes


def _by_number(texts: pl.Series) -> tuple[list[str], pl.Series]:
    """Give the different texts of a column, and of each row the number of its own."""
    texts = texts.cast(FEW)
    if texts.has_nulls():
        texts = texts.fill_null("")
    # Categories have numbers already, though not one after the other.
    numbers = texts.to_physical()
    last = numbers.max()
    many = last + 1 if isinstance(last, int) else 0
    are_there = among(many, numbers).arg_true()
    rows = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
    of_each = pl.zeros(many, pl.UInt32, eager=True).scatter(numbers, rows).gather(are_there)
    own = pl.int_range(len(are_there), dtype=pl.UInt32, eager=True)
    in_turn = pl.zeros(many, pl.UInt32, eager=True).scatter(are_there, own)
    return texts.gather(of_each).cast(pl.String).to_list(), in_turn.gather(numbers)


def _summed(amounts: pl.Series, of_part: pl.Series, code: pl.Series, lasts: pl.Series) -> pl.Series:
    """Add up, line by line, the amounts whose codes are part of something."""
    if not of_part.any():
        return pl.zeros(len(lasts), pl.Int64, eager=True)
    upto = (amounts * of_part.gather(code)).cum_sum().gather(lasts)
    return upto.diff().fill_null(upto.first())


def _joined(code: pl.Series, codes: Sequence[_Code], lasts: pl.Series) -> pl.Series:
    """Join the codes of each line in one text; `lasts` are the places of each line's last.

    Lines of the same codes, one after the other, have one number: it is put into words once.
    """
    first = (lasts.shift(1).cast(pl.Int64) + 1).fill_null(0)
    many = lasts.cast(pl.Int64) - first + 1
    said: list[tuple[int, ...]] = [(each,) for each in range(len(codes))]
    numbers, further = code.gather(first).cast(pl.Int64), 1
    while len(longer := (many > further).arg_true()):
        more = code.gather(first.gather(longer) + further)
        both = numbers.gather(longer) * len(codes) + more
        different = both.unique().sort()
        before = len(said)
        said += [(*said[each // len(codes)], each % len(codes)) for each in different]
        numbers = numbers.scatter(longer, different.search_sorted(both).cast(pl.Int64) + before)
        further += 1
    texts = [
        " ".join(sorted({f"{codes[one][0]}-{codes[one][1]}" for one in each})) for each in said
    ]
    return pl.Series(texts, dtype=pl.String).gather(numbers)


def with_amounts(pairs: pl.DataFrame, tolerance: int) -> pl.DataFrame:
    """Add what the payer allowed and what it owes on what is expected.

    A row of `pairs` is an expected line with the payer line that answers it (`payer_…`) and what
    `adjusted` gives of that.
    """
    paid, given = pl.col("payer_paid"), pl.col("payer_given_allowed")
    derived = pl.sum_horizontal(paid, "patient", "after_allowed", "to_patient")
    deductible, copayment = pl.col("payer_deductible"), pl.col("payer_copayment")
    expected = pl.when(pl.col("paid").is_not_null()).then("allowed")
    is_free = pl.col("owes_nothing")
    waived = is_free | (pl.col("by_medicare") & pl.col("is_deductible_waived"))
    is_all_medicare = bool(pairs["by_medicare"].all())
    any_assistant = bool((pairs["assistant_share"] != WHOLE).any())
    found = (
        pairs.with_columns(pl.col(*_PARTS).fill_null(0))
        .with_columns(
            # 253 was 223 before this day.
            after_allowed=pl.col("after_allowed")
            + pl.when(pl.col("date") < SEQUESTRATION_FROM).then("early_sequestration").otherwise(0)
        )
        .with_columns(
            payer_allowed=pl.coalesce(given, derived),
            payer_allowed_source=pl.when(given.is_not_null())
            .then(pl.lit("B6"))
            .otherwise(pl.lit("derived")),
            b6_difference=pl.when(given.is_not_null()).then(given - derived).otherwise(0),
            received=paid + pl.col("to_patient"),
            expected_allowed=expected,
            expected_paid=pl.when(pl.col("allowed").is_not_null()).then("paid"),
            own_deductible=pl.when(waived)
            .then(0)
            .otherwise(pl.min_horizontal(pl.max_horizontal(deductible, 0), expected)),
        )
        .with_columns(
            own_copayment=pl.when(is_free)
            .then(0)
            .otherwise(
                pl.min_horizontal(
                    pl.max_horizontal(copayment, 0), expected - pl.col("own_deductible")
                )
            )
        )
    )
    if any_assistant:
        found = _with_reduction_read_out(found, tolerance, is_all_medicare=is_all_medicare)
    payable = _payable(pl.col("payer_allowed"), is_all_medicare=is_all_medicare)
    if any_assistant:
        payable = share(payable, pl.col("assistant_share"), WHOLE)
    return found.with_columns(restated=_after_withheld(payable)).with_columns(
        allowed_variance=pl.col("payer_allowed") - pl.col("expected_allowed"),
        owed=pl.col("restated") - pl.col("received"),
    )


def _with_reduction_read_out(
    found: pl.DataFrame, tolerance: int, *, is_all_medicare: bool
) -> pl.DataFrame:
    """Take as after the allowed amount what a payer took off for an assistant without a word.

    As `assistants.read_reduction_out` does one by one, where no 144 says an amount.
    """
    allowed = pl.col("expected_allowed")
    taken = allowed - pl.col("payer_allowed")
    payable = _payable(allowed, is_all_medicare=is_all_medicare)
    paid = share(payable, pl.col("assistant_share"), WHOLE)
    is_folded = (
        (pl.col("assistant_share") != WHOLE)
        & (pl.col("b6_difference") == 0)
        & (taken > tolerance)
        & ((_after_withheld(paid) - pl.col("received")).abs() <= tolerance)
        & ((payable - paid - taken).abs() <= tolerance)
    ).fill_null(value=False)
    return found.with_columns(
        payer_allowed=pl.when(is_folded).then(allowed).otherwise("payer_allowed"),
        payer_allowed_source=pl.when(is_folded)
        .then(pl.lit("derived"))
        .otherwise("payer_allowed_source"),
        after_allowed=pl.col("after_allowed") + pl.when(is_folded).then(taken).otherwise(0),
    )


def _payable(payer_allowed: pl.Expr, *, is_all_medicare: bool) -> pl.Expr:
    """Give the payer's share of the amount we expect, with the cost sharing it applied.

    What is of no line, though it is worked out for all, is left out.
    """
    allowed = pl.col("expected_allowed")
    base = allowed - pl.col("own_deductible") - pl.col("own_copayment")
    left = payer_allowed - pl.col("payer_deductible") - pl.col("payer_copayment")
    by_medicare = pl.col("by_medicare")
    own_share = share(base, pl.col("rate"), WHOLE_SHARE)
    if not is_all_medicare:
        of_payer = (
            pl.when((left > 0) & ~pl.col("owes_nothing"))
            .then(share(base, pl.col("payer_coinsurance"), pl.max_horizontal(left, 1)))
            .otherwise(0)
        )
        own_share = pl.when(by_medicare).then(own_share).otherwise(of_payer)
    return base - own_share


def _after_withheld(payable: pl.Expr) -> pl.Expr:
    return payable - share(payable, pl.col("withheld_rate"), WHOLE)


def status(tolerance: int) -> pl.Expr:
    """Give the status of a line: exactly one, the first that fits."""
    variance, owed = pl.col("allowed_variance"), pl.col("owed")
    is_nothing = (pl.col("received") == 0) & (pl.col("payer_allowed") == 0)
    by_owed = pl.when(owed > 0).then(pl.lit(UNDERPAID)).otherwise(pl.lit(OVERPAID))
    return (
        pl.when(pl.col("expected_allowed").is_null())
        .then(pl.lit(NOT_COMPARABLE))
        .when(is_nothing & (pl.col("expected_allowed") > 0))
        .then(pl.lit(DENIED))
        .when(is_nothing)
        .then(pl.lit(DENIED_AS_EXPECTED))
        .when((variance.abs() <= tolerance) & (owed.abs() <= tolerance))
        .then(pl.lit(PAID_AS_EXPECTED))
        .when(variance.abs() <= tolerance)
        .then(by_owed)
        .when(variance < 0)
        .then(pl.lit(UNDERPAID))
        .otherwise(pl.lit(OVERPAID))
    )
