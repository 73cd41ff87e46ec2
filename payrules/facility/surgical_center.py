"""What a surgical center is paid for the lines of an encounter, step by step, or why not.

Sources: Medicare Claims Processing Manual, chapter 14, §§40 to 60.2 (wage index, terminated and
reduced procedures, device credits, multiple procedures, ancillary services); 42 CFR 416.172.
"""

from decimal import Decimal

import polars as pl

from payrules.facility.asc_indicators import (
    BESIDE_SURGERY,
    DELETED,
    DENIED,
    DEVICE_INTENSIVE,
    OF_THE_SERVICE,
    PACKAGED,
)
from payrules.facility.asc_rates import AscRates
from payrules.facility.steps import (
    FACILITY_CODES,
    NOT_CLEAR,
    Cases,
    as_stopped,
    by_wage_index,
    discounted,
    first_that_holds,
    overruled_by,
    paid_at_half,
    said,
    wage_index_units,
    with_any,
)
from payrules.money import WHOLE, half_up, less

#: Half of a rate goes by the wage index (42 CFR 416.172(c)).
_LABOR = WHOLE // 2
_CREDITS = ("FB", "FC")
#: What the notes of addenda AA and BB say of a code's asterisks.
_MARKS = {
    "*": "office-based for the time being: CMS reconsiders it when claims data are at hand",
    "**": "preventive: neither deductible nor coinsurance is due of most such services",
    "***": "an alternative to opioids: its payment is limited",
}


def price_in_surgical_center(
    lines: pl.DataFrame, rates: AscRates, wage_index: Decimal
) -> pl.DataFrame:
    """Price facility lines of one quarter; amounts in cents, in the order of the lines.

    `lines`: encounter_id, line_number, hcpcs_code, units (at least 1), modifiers (a list),
    charge_amount (cents for one unit, null where it is not known). Added: facility_code,
    addendum, payment_indicator, status (priced, bundled, denied, not_on_schedule, by_report),
    reason, note (what the addendum's asterisks say of the code), then the amount of one unit after
    each step (rate_amount, wage_amount, credit_amount, terminated_amount, unit_amount), full_units,
    half_units and amount: 0 where bundled or denied, null where it is not settled. Raises
    UsageError for a wage index that is none.
    """
    index = wage_index_units(wage_index)
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
        .with_columns(*overruled_by(_beside_surgery()))
    )
    priced = pl.col("status") == "priced"
    unit = pl.col("terminated_amount")
    return (
        joined.with_columns(note=_note(), rate_amount=pl.when(priced).then("payment_rate"))
        # Medicare Claims Processing Manual, ch. 14, §40.2
        .with_columns(wage_amount=by_wage_index(pl.col("rate_amount"), index, _LABOR))
        # Of no amount there is none left: `less` would give 0.
        .with_columns(
            credit_amount=pl.when(pl.col("wage_amount").is_not_null()).then(
                less(pl.col("wage_amount"), _device_part())
            )
        )
        # §40.4: half of 73 and 52, all of 74
        .with_columns(terminated_amount=as_stopped(pl.col("credit_amount")))
        # §40: no more than was charged
        .with_columns(
            unit_amount=pl.when(unit.is_not_null()).then(pl.min_horizontal(unit, "charge_amount"))
        )
        # §40.5. A line with 73 or 52 is reduced already: it neither ranks nor is reduced again.
        .pipe(
            discounted,
            ranks=pl.col("multiple_procedure_discount") & ~paid_at_half(),
            by=("unit_amount",),
        )
        .select(
            *lines.columns,
            "facility_code",
            "addendum",
            "payment_indicator",
            "status",
            "reason",
            "note",
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


def _verdict(rates: AscRates, index: int) -> pl.Expr:
    """Say whether a line is paid on its own showing, and why not: the first that holds.

    Decision: what §4 leaves open is left to a person: the wage index of device-intensive surgery,
    two of 52, 73 and 74 on a line, 53 (a practitioner's), sides beside several units, and a device
    credit on other than device-intensive surgery or on a terminated one.
    """
    indicator, offset = pl.col("payment_indicator"), pl.col("device_offset")
    intensive = indicator.is_in(DEVICE_INTENSIVE)
    absent = pl.col("addendum").is_null()
    unlisted = (
        ("by_report", "not in addendum AA; addendum BB of the quarter is not loaded")
        if "BB" in rates.lacks
        else ("not_on_schedule", "not on the ASC list")
    )
    cases: Cases = [
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
        *NOT_CLEAR,
        (
            with_any(*_CREDITS) & ~intensive,
            ("by_report", "a device credit on surgery that is not device-intensive"),
        ),
        (
            (with_any("FB") & with_any("FC")) | (with_any(*_CREDITS) & with_any("73", "52")),
            ("by_report", "a device credit beside another, or on a stopped procedure"),
        ),
        (
            intensive & with_any(*_CREDITS, "73") & offset.is_null(),
            ("by_report", "addendum FF of the quarter gives no device offset"),
        ),
    ]
    return first_that_holds(cases)


def _beside_surgery() -> pl.Expr:
    """Say of radiology and tests what becomes of them without paid surgery in the encounter."""
    of_surgery = pl.col("addendum") == "AA"
    status = pl.col("status")
    paid = ((status == "priced") & of_surgery).any().over("encounter_id")
    not_settled = ((status == "by_report") & of_surgery).any().over("encounter_id")
    beside = pl.col("payment_indicator").is_in(BESIDE_SURGERY) & (status == "priced") & ~paid
    return (
        pl.when(beside & not_settled)
        .then(said("by_report", "paid beside surgery, and whether that is paid is not settled"))
        .when(beside)
        .then(said("denied", "paid beside surgery of addendum AA only"))
    )


def _device_part() -> pl.Expr:
    """Give what is taken off for the device: §40.8 (FB all, FC half), §40.4 (73 of J8, all)."""
    offset = pl.col("device_offset")
    intensive = pl.col("payment_indicator").is_in(DEVICE_INTENSIVE)
    return (
        pl.when(intensive & with_any("FB", "73"))
        .then(offset)
        .when(intensive & with_any("FC"))
        .then(half_up(offset, 2))
        .otherwise(0)
    )


def _note() -> pl.Expr:
    paid = pl.col("status") != "not_on_schedule"
    return (
        pl.when(paid)
        .then(pl.col("mark").replace_strict(_MARKS, default=""))
        .otherwise(pl.lit(""))
        .fill_null("")
    )
