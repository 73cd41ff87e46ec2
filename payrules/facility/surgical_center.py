"""What a surgical center is paid for the lines of an encounter, step by step, or why not.

Sources: Medicare Claims Processing Manual, chapter 14, §§40 to 60.2 (wage index, terminated and
reduced procedures, device credits, multiple procedures, ancillary services); 42 CFR 416.172.
"""

from decimal import Decimal

import polars as pl

from payrules.errors import UsageError
from payrules.facility.asc_indicators import (
    BESIDE_SURGERY,
    DELETED,
    DENIED,
    DEVICE_INTENSIVE,
    OF_THE_SERVICE,
    PACKAGED,
)
from payrules.facility.asc_rates import AscRates
from payrules.money import WHOLE, half_up, less, percentage, total
from payrules.within_reason import WAGE_INDEX

#: A practitioner's code → what a surgical center bills for it: 27096 is not in addendum AA, G0260
#: is (A2). Medicare's articles on sacroiliac injections say so.
FACILITY_CODES = {"27096": "G0260"}
#: Half of a rate goes by the wage index (42 CFR 416.172(c)).
_LABOR, _HALF = 2, WHOLE // 2
_STOPPED = ("52", "73", "74")
_CREDITS = ("FB", "FC")


def price_in_surgical_center(
    lines: pl.DataFrame, rates: AscRates, wage_index: Decimal
) -> pl.DataFrame:
    """Price facility lines of one quarter; amounts in cents, in the order of the lines.

    `lines`: encounter_id, line_number, hcpcs_code, units (at least 1), modifiers (a list),
    charge_amount (cents for one unit, null where it is not known). Added: facility_code,
    addendum, payment_indicator, status (priced, bundled, denied, not_on_schedule, by_report),
    reason, then the amount of one unit after each step (rate_amount, wage_amount, credit_amount,
    terminated_amount, unit_amount), full_units, half_units and amount: 0 where bundled or denied,
    null where it is not settled. Raises UsageError for a wage index that is none.
    """
    index = _index(wage_index)
    joined = (
        lines.with_columns(facility_code=pl.col("hcpcs_code").replace(FACILITY_CODES))
        .join(
            rates.rows.rename({"hcpcs_code": "facility_code"}),
            on="facility_code",
            how="left",
            maintain_order="left",
        )
        .with_columns(verdict=_verdict(rates, index))
        .unnest("verdict")
        .with_columns(beside=_beside_surgery())
        .with_columns(
            status=pl.col("beside").struct.field("status").fill_null(pl.col("status")),
            reason=pl.col("beside").struct.field("reason").fill_null(pl.col("reason")),
        )
    )
    priced = pl.col("status") == "priced"
    unit = pl.col("terminated_amount")
    return (
        joined.with_columns(rate_amount=pl.when(priced).then("payment_rate"))
        # Medicare Claims Processing Manual, ch. 14, §40.2
        .with_columns(wage_amount=half_up(pl.col("rate_amount") * (WHOLE + index), _LABOR * WHOLE))
        # Of no amount there is none left: `less` would give 0.
        .with_columns(
            credit_amount=pl.when(pl.col("wage_amount").is_not_null()).then(
                less(pl.col("wage_amount"), _device_part())
            )
        )
        .with_columns(
            # §40.4: half of 73 and 52, all of 74
            terminated_amount=pl.when(_any("73", "52"))
            .then(percentage(pl.col("credit_amount"), _HALF))
            .otherwise("credit_amount")
        )
        # §40: no more than was charged
        .with_columns(
            unit_amount=pl.when(unit.is_not_null()).then(pl.min_horizontal(unit, "charge_amount"))
        )
        .pipe(_discounted)
        .select(
            *lines.columns,
            "facility_code",
            "addendum",
            "payment_indicator",
            "status",
            "reason",
            "rate_amount",
            "wage_amount",
            "credit_amount",
            "terminated_amount",
            "unit_amount",
            "full_units",
            "half_units",
            "amount",
        )
    )


def asc_encounters(priced: pl.DataFrame) -> pl.DataFrame:
    """Add up each encounter: facility_amount, null exactly where a line's is; and what is open.

    `not_settled` lists "code: reason". Evaluated within `payrules.money.adding_up` by who shows it.
    """
    is_open = pl.col("amount").is_null()
    said = pl.format("{}: {}", "hcpcs_code", "reason")
    return priced.group_by("encounter_id", maintain_order=True).agg(
        facility_amount=pl.when(~is_open.any()).then(total(pl.col("amount"))),
        not_settled=said.filter(is_open),
    )


def _index(wage_index: Decimal) -> int:
    try:
        index = WAGE_INDEX.units(WAGE_INDEX.read(wage_index))
    except ValueError as fault:
        raise UsageError(f"The wage index {fault}.") from None
    if not index:
        raise UsageError("The wage index cannot be 0; give the area's own, such as 0.966.")
    return index


def _any(*modifiers: str) -> pl.Expr:
    return pl.any_horizontal(pl.col("modifiers").list.contains(each) for each in modifiers)


def _verdict(rates: AscRates, index: int) -> pl.Expr:
    """Say whether a line is paid on its own showing, and why not: the first that holds.

    Decision: what §4 leaves open is left to a person: the wage index of device-intensive surgery,
    two of 52, 73 and 74 on a line, 53 (a practitioner's), sides beside several units, and a device
    credit on other than device-intensive surgery or on a terminated one.
    """
    indicator, offset = pl.col("payment_indicator"), pl.col("device_offset")
    intensive = indicator.is_in(DEVICE_INTENSIVE)
    stopped = pl.sum_horizontal(_any(each).cast(pl.Int8) for each in _STOPPED)
    absent = pl.col("addendum").is_null()
    unlisted = (
        ("by_report", "not in addendum AA; addendum BB of the quarter is not loaded")
        if "BB" in rates.lacks
        else ("not_on_schedule", "not on the ASC list")
    )
    cases: list[tuple[pl.Expr, tuple[str, str]]] = [
        (absent, unlisted),
        (
            pl.col("addendum") == "EE",
            ("not_on_schedule", "not on the ASC list: excluded from surgical centers"),
        ),
        (indicator.is_in(PACKAGED), ("bundled", "packaged: no payment of its own")),
        (indicator.is_in(DELETED), ("not_on_schedule", "deleted")),
        (indicator.is_in(DENIED), ("denied", "not payable in a surgical center as billed")),
        (
            ~indicator.is_in(OF_THE_SERVICE),
            ("by_report", "a drug, device or supply: its payment is not worked out here"),
        ),
        (pl.col("payment_rate").is_null(), ("by_report", "the addendum gives no rate")),
        (
            intensive & pl.lit(index != WHOLE),
            ("by_report", "device-intensive: how far the wage index adjusts it is not settled"),
        ),
        (_any("53"), ("by_report", "53 is a practitioner's: a facility bills 73 or 74")),
        (stopped > 1, ("by_report", "more than one of 52, 73 and 74")),
        (
            _any("50") & (pl.col("units") != 1),
            ("by_report", "50 beside several units: how many sides is not clear"),
        ),
        (
            _any(*_CREDITS) & ~intensive,
            ("by_report", "a device credit on surgery that is not device-intensive"),
        ),
        (
            (_any("FB") & _any("FC")) | (_any(*_CREDITS) & _any("73", "52")),
            ("by_report", "a device credit beside another, or on a stopped procedure"),
        ),
        (
            intensive & _any(*_CREDITS, "73") & offset.is_null(),
            ("by_report", "addendum FF of the quarter gives no device offset"),
        ),
    ]
    return pl.coalesce(
        *(pl.when(holds).then(_said(*said)) for holds, said in cases), _said("priced", "")
    )


def _said(status: str, reason: str) -> pl.Expr:
    return pl.struct(pl.lit(status).alias("status"), pl.lit(reason).alias("reason"))


def _beside_surgery() -> pl.Expr:
    """Say of radiology and tests what becomes of them without paid surgery in the encounter."""
    of_surgery = pl.col("addendum") == "AA"
    status = pl.col("status")
    paid = ((status == "priced") & of_surgery).any().over("encounter_id")
    not_settled = ((status == "by_report") & of_surgery).any().over("encounter_id")
    beside = pl.col("payment_indicator").is_in(BESIDE_SURGERY) & (status == "priced") & ~paid
    return (
        pl.when(beside & not_settled)
        .then(_said("by_report", "paid beside surgery, and whether that is paid is not settled"))
        .when(beside)
        .then(_said("denied", "paid beside surgery of addendum AA only"))
    )


def _device_part() -> pl.Expr:
    """Give what is taken off for the device: §40.8 (FB all, FC half), §40.4 (73 of J8, all)."""
    offset = pl.col("device_offset")
    intensive = pl.col("payment_indicator").is_in(DEVICE_INTENSIVE)
    return (
        pl.when(intensive & _any("FB", "73"))
        .then(offset)
        .when(intensive & _any("FC"))
        .then(half_up(offset, 2))
        .otherwise(0)
    )


def _discounted(lines: pl.DataFrame) -> pl.DataFrame:
    """Pay the dearest unit that ranks in full and every other such unit at half: §40.5.

    A line with 73 or 52 is reduced already: it neither ranks nor is reduced again.
    """
    unit, encounter = pl.col("unit_amount"), "encounter_id"
    ranks = (
        unit.is_not_null()
        & pl.col("multiple_procedure_discount").fill_null(value=False)
        & ~_any("73", "52")
    )
    units = pl.when(_any("50")).then(2).otherwise(pl.col("units")).cast(pl.Int64)
    placed = (
        lines.with_row_index("_order")
        .with_columns(_ranks=ranks, _units=units)
        .sort(
            encounter,
            "_ranks",
            "unit_amount",
            "line_number",
            descending=[False, True, True, False],
            nulls_last=True,
        )
        .with_columns(_first=pl.col("_ranks") & (pl.int_range(pl.len()).over(encounter) == 0))
        .sort("_order")
    )
    full = pl.when("_ranks").then(pl.col("_first").cast(pl.Int64)).otherwise("_units")
    settled = pl.col("status").is_in(["bundled", "denied"])
    return (
        placed.with_columns(full_units=pl.when(unit.is_not_null()).then(full))
        .with_columns(half_units=pl.col("_units") - pl.col("full_units"))
        .with_columns(
            amount=pl.when(settled)
            .then(0)
            .otherwise(unit * pl.col("full_units") + percentage(unit, _HALF) * pl.col("half_units"))
        )
    )
