"""The fee schedule amount of one unit: RVU × GPCI × conversion factor, or a table of dollars.

A batch holds far fewer combinations of code, component, locality, setting and
conversion factor than lines. Each combination is priced once, into `fees`; every line then
points at its row by `fee_row`.
"""

from collections.abc import Sequence

import polars as pl

from payrules.claims.places_of_service import is_facility
from payrules.fees.columns import CAP_RVUS, FILED
from payrules.fees.components import TECHNICAL_CODES, with_components, with_related
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.fees.formula import IS_THERAPY
from payrules.fees.other_schedules import with_other_schedules
from payrules.fees.periods import Period, periods_of
from payrules.fees.rows import CHOOSING, all_bases, chosen_rows, rates_of, with_places
from payrules.fees.unit import UnitAmounts
from payrules.few import worked_out
from payrules.money import WHOLE
from payrules.schedules import Schedules

NOTHING = pl.lit(None, dtype=pl.Int64)
#: Medicare bundles these or does not cover them: it pays no amount for them apart.
_NEVER_PAID = ("B", "N", "P")


def attach_fees(
    lines: pl.DataFrame,
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    others: bool = True,
    own_factor: pl.Expr | None = None,
    medicare_beside: bool = False,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the lines with `fee_row`, and the `fees` those rows number.

    `fees` has, per combination: release, locality, setting, row_modifier, the indicators and
    percentages of the row, and in cents: fee_schedule_amount, base_amount (the endoscopic base's),
    professional_share and technical_share (of one unit), therapy_reduced_amount, cap_amount,
    technical_cap_amount; `unpriced` says why there is no amount where no row serves the line.
    `own_factor` gives a line's conversion factor by its contract, in ten-thousandths of a dollar,
    or null: it stands in the place of the release's, and for anesthesia of the locality's. With
    `medicare_beside` the rows have Medicare's own amount, too: medicare_amount, and for anesthesia
    medicare_anesthesia_factor; medicare_unknown says that it may have one that is not worked out.
    With `others` the schedules of drugs and laboratory tests are asked for what this one does not
    pay (`payrules.fees.other_schedules` says in which columns).
    """
    code, place = (pl.Categorical(pl.Categories.random()) for _ in range(2))
    # One number a day and kind of participant: looking it up is quicker than joining on both.
    day = pl.col("service_date").to_physical() * 2
    parts = lines.select(
        pl.col("hcpcs_code").cast(code).alias("_code"),
        pl.col("locality").fill_null("").cast(place).alias("_place"),
        (pl.col("modifiers") & CHOOSING).alias("_wants"),
        is_facility().alias("_facility"),
        (day + pl.col("qualifying_apm_participant").cast(pl.Int32)).alias("period"),
    )
    first = parts["period"].min()
    first = first if isinstance(first, int) else 0
    seen, seen_place = _distinct(parts["period"] - first)
    seen = seen.cast(pl.Int32) + first
    periods, period_of = periods_of(
        (seen // 2).cast(pl.Date).to_list(), (seen % 2 == 1).to_list(), schedules, release, dollars
    )
    period = pl.Series("period", period_of, dtype=pl.Int64)[seen_place]
    highest = parts["_place"].to_physical().max()
    places = (highest if isinstance(highest, int) else 0) + 1
    parts, factors = _with_own_factors(parts, lines, own_factor)
    combination = (
        (
            (pl.col("_code").to_physical().cast(pl.Int64) * places)
            + pl.col("_place").to_physical().cast(pl.Int64)
        )
        * ((CHOOSING + 1) * 2 * len(periods))
        + pl.col("_wants") * (2 * len(periods))
        + pl.col("_facility").cast(pl.Int64) * len(periods)
        + pl.col("period")
    )
    if factors is not None:
        combination = combination * (len(factors) + 1) + pl.col("_factor")
    parts = parts.with_columns(period)
    keys, fee_row = _distinct(parts.select(combination).to_series())
    # Any line of a combination tells what it is made of.
    row = pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
    some = pl.Series([0], dtype=pl.UInt32).new_from_index(0, len(keys)).scatter(fee_row, row)
    distinct = (
        parts[some]
        .with_row_index("fee_row")
        .with_columns(
            pl.col("_code").cast(pl.String).alias("hcpcs_code"),
            pl.col("_place").cast(pl.String).alias("locality"),
        )
    )
    fees = _fees(
        *(distinct.drop("_code", "_place"), periods, dollars, factors),
        medicare_beside=medicare_beside,
    )
    in_dollars = dollars is not None
    fee_row, fees = with_other_schedules(
        lines, fee_row, fees, schedules, in_dollars=in_dollars, asked=others
    )
    return lines.with_columns(fee_row.alias("fee_row")), fees


def _with_own_factors(
    parts: pl.DataFrame, lines: pl.DataFrame, own_factor: pl.Expr | None
) -> tuple[pl.DataFrame, pl.Series | None]:
    """Number each line's factor by its contract, from 1, in `_factor`; 0 where it has none."""
    if own_factor is None:
        return parts, None
    factor = lines.select(own_factor.alias("own_factor")).to_series()
    factors = factor.drop_nulls().unique().sort()
    numbers = factor.replace_strict(
        factors, pl.int_range(1, len(factors) + 1, eager=True), default=0, return_dtype=pl.Int64
    )
    return parts.with_columns(numbers.fill_null(0).alias("_factor")), factors


def _distinct(keys: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Give the distinct keys (numbers from 0), and of each line the place of its key among them.

    A table of all keys there could be is several times as quick as hashing, if it is not too long.
    """
    largest = keys.max()
    if not isinstance(largest, int):
        return keys, keys.cast(pl.UInt32)
    if largest < max(4 * len(keys), 1_000_000):
        there = pl.Series([False]).new_from_index(0, largest + 1).scatter(keys, values=True)
        return there.arg_true(), (there.cum_sum() - 1)[keys.cast(pl.UInt32)].cast(pl.UInt32)
    distinct = keys.unique().alias("key").to_frame().with_row_index("place")
    places = (
        keys.alias("key").to_frame().join(distinct, on="key", how="left", maintain_order="left")
    )
    return distinct["key"], places["place"]


def _fees(
    distinct: pl.DataFrame,
    periods: Sequence[Period],
    dollars: DollarSchedule | None,
    factors: pl.Series | None,
    *,
    medicare_beside: bool,
) -> pl.DataFrame:
    """Price each combination once."""
    linked = [code for codes in TECHNICAL_CODES.values() for code in codes]
    billed = distinct["hcpcs_code"].unique().to_list()
    rates = rates_of([*billed, *linked], periods, dollars)
    priced = chosen_rows(distinct, rates).join(
        all_bases(periods, dollars).lazy(), on=["hcpcs_code", "period"], how="left"
    )
    priced = with_places(priced, periods, dollars)
    if medicare_beside:
        of_anesthesia = pl.lit(None, pl.Int64) if dollars else pl.col("anesthesia_factor")
        priced = priced.with_columns(
            medicare_factor="conversion_factor", medicare_anesthesia_factor=of_anesthesia
        )
    if factors is not None:
        priced = _by_own_factors(priced, factors)
    own = UnitAmounts(dollars is not None, _any_changed(rates))
    therapy = (rates["multiple_procedure_indicator"] == "5").any()
    in_facility, outside = pl.lit("facility"), pl.lit("nonfacility")
    priced = priced.with_columns(
        pl.when("_facility").then(in_facility).otherwise(outside).alias("setting"),
        # Therapy is paid with the non-facility practice expense everywhere
        # (CMS Pub. 100-04, ch. 5, §10.7; SSA 1848(b)(7)).
        pl.when(pl.col("_facility") & ~IS_THERAPY.fill_null(value=False))
        .then(in_facility)
        .otherwise(outside)
        .alias("expense_setting"),
    ).with_columns(
        pl.when(pl.col("expense_setting") == "facility")
        .then("facility_na")
        .otherwise("nonfacility_na")
        .fill_null(value=False)
        .alias("rarely_in_setting"),
        own.total_rvu().alias("total_rvu"),
        pl.when(pl.col("multiple_procedure_indicator") == "3")
        .then(pl.col("endoscopic_base_code"))
        .when("_is_base")
        .then("hcpcs_code")
        .replace("", None)
        .alias("endoscopic_family"),
    )
    asked = priced.with_columns(
        own.unit().alias("fee_schedule_amount"),
        (own.therapy_reduced() if therapy else NOTHING).alias("therapy_reduced_amount"),
        (own.therapy_beyond() if therapy else pl.lit(value=False)).alias("_expense_beyond"),
        own.filed("").alias("_filed"),
        *([own.medicare_s().alias("medicare_amount")] if medicare_beside else ()),
    )
    if medicare_beside:
        asked = asked.with_columns(medicare_unknown=_medicare_unknown(dollars)).drop(
            "medicare_factor"
        )
    found = worked_out(asked, distinct)
    found = with_related(found, rates, own)
    # Decision: a whole test's cap is the hospital's dollars, which no factor of physicians moves,
    # and its professional part at the line's own factor (DRA 2005 §5102(b) caps the technical).
    of_whole_test = (pl.col("row_modifier") == "") & (pl.col("pctc_indicator") == "1")
    moved = pl.when(of_whole_test).then("_professional_moved").fill_null(0)
    cap = own.cap(moved=moved) if any((rates[name] > 0).any() for name in CAP_RVUS) else NOTHING
    return with_components(found, cap, any_changed=own.any_changed).sort("fee_row")


def _medicare_unknown(dollars: DollarSchedule | None) -> pl.Expr:
    """Say where Medicare may pay an amount that is not worked out beside the payer's own.

    Another schedule, a contractor or time may make it, or the place that it is of is not known.
    """
    if dollars is None:  # without Medicare's factor or place other lines have no price at all
        of_anesthesia = (pl.col("status_code") == "J").fill_null(value=False)
        return of_anesthesia & pl.col("medicare_anesthesia_factor").is_null()
    never = pl.col("_medicare_status").is_in(_NEVER_PAID).fill_null(value=False)
    return pl.col("medicare_amount").is_null() & ~never


def _by_own_factors(priced: pl.LazyFrame, factors: pl.Series) -> pl.LazyFrame:
    """Put a contract's conversion factors in the place of Medicare's, where there is one."""
    numbered = pl.concat([pl.Series([None], dtype=pl.Int64), factors.cast(pl.Int64)])
    own = pl.lit(numbered).gather(pl.col("_factor")).alias("_own_factor")
    is_anesthesia = (pl.col("status_code") == "J").fill_null(value=False)
    return (
        priced.with_columns(own)
        .with_columns(
            conversion_factor=pl.coalesce("_own_factor", "conversion_factor"),
            anesthesia_factor=pl.when(is_anesthesia & pl.col("_own_factor").is_not_null())
            .then("_own_factor")
            .otherwise("anesthesia_factor"),
        )
        .drop("_factor", "_own_factor")
    )


def _any_changed(rates: pl.DataFrame) -> bool:
    """Say whether a what-if changes the fee of any row."""
    changes = ("facility_fee", "nonfacility_fee", *FILED)
    scaled = (rates["fee_share"] != WHOLE).any()
    return scaled or any(rates[name].null_count() < rates.height for name in changes)
