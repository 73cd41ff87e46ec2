"""Who pays a facility's amount: the patient, Medicare, and what the budget law takes.

Sources: 42 CFR 419.41(c) (hospitals: wage index, deductible, then the program's percentage of the
rest, a copayment no higher than the inpatient deductible), 419.44 (a halved service has half of the
copayment); note 3 of ASC addendum AA (a fifth, but not of preventive services); SSA 1833(b)
(deductible); BBEDCA §251A(6) (sequestration).
"""

from datetime import date
from decimal import Decimal

import polars as pl

from payrules.errors import UsageError
from payrules.facility.asc_rates import AscRates
from payrules.facility.hospital_rates import HospitalRates
from payrules.facility.outpatient_hospital import LABOR
from payrules.facility.steps import as_stopped, by_wage_index, half, wage_index_units, with_any
from payrules.money import WHOLE, less, part_of, percentage
from payrules.statutory import PATIENT_SHARE, SEQUESTRATION

#: Of each year, cents: no copayment of a hospital's service is higher (SSA 1833(t)(8)(C)). 2025 was
#: read in addendum B; the others are as CMS's notices of the year have them, not read here.
INPATIENT_DEDUCTIBLE = {2023: 1_600_00, 2024: 1_632_00, 2025: 1_676_00, 2026: 1_736_00}
_OWED = pl.col("_owed")
_SETTLED = pl.col("payment_reason") == ""
#: What must not hold of a line, and why it is not settled who pays it: the first that holds counts.
_Reasons = list[tuple[pl.Expr, str]]


def paid_in_surgical_center(
    priced: pl.DataFrame, rates: AscRates, day: date, *, pool: str = "encounter_id"
) -> pl.DataFrame:
    """Say who pays the lines of `price_in_surgical_center`, in cents: no cap of the coinsurance.

    `priced` has deductible_remaining, too: what the patient still owes of the year (cents, null is
    none; the largest of a pool counts). It is used up in the order of the lines of a pool. Where
    there is a column deductible_open, it says of which lines others, not among these, may have used
    it up. `day` is a day of service. Added: deductible_amount, coinsurance_amount, patient_amount,
    medicare_amount (after sequestration), sequestration_amount, each null where it is not settled,
    and payment_reason, which says why it is not settled who pays.
    """
    mark = pl.col("mark")
    is_paid = pl.col("amount") > 0
    reasons: _Reasons = [
        (
            is_paid & mark.is_null(),
            "the addendum's asterisks were not kept when it was imported; remove and import it "
            "again",
        ),
        (
            is_paid & (mark == "**"),
            "a preventive service (**): the patient's share was not read",
        ),
    ]
    marks = rates.rows.select(facility_code="hcpcs_code", mark="mark")
    share = _at(day, PATIENT_SHARE.at(day))
    return (
        priced.join(marks, on="facility_code", how="left", maintain_order="left")
        .pipe(_settled, reasons)
        # Decision: a preventive service uses none of the deductible up (42 CFR 410.160(b)).
        .pipe(_with_deductible, pool, takes=mark != "**")
        .with_columns(coinsurance_amount=percentage(_remainder(), share))
        .pipe(_paid, priced.columns, day)
    )


def paid_in_hospital(
    priced: pl.DataFrame,
    rates: HospitalRates,
    wage_index: Decimal,
    day: date,
    *,
    pool: str = "encounter_id",
) -> pl.DataFrame:
    """Say who pays the lines of `price_in_hospital`, in cents, as `paid_in_surgical_center` does.

    The copayment is addendum B's least one, adjusted as the rate is; of a part of the amount, after
    the deductible, it is that part. Each unit is a procedure for the cap. Raises UsageError where
    the year's inpatient deductible is not known.

    Decision: a hospital may ask for the national copayment where one is published above the least
    (42 CFR 419.42): which is not known. What the patient owes a department with PN was not read. A
    service without a copayment uses none of the deductible up: in January 2025 all of them that are
    paid here are in Medicare's table of preventive services, whose deductible is waived.
    """
    most = INPATIENT_DEDUCTIBLE.get(day.year)
    if most is None:
        raise UsageError(
            f"The inpatient deductible of {day.year}, which no copayment exceeds, is not known to "
            "payrules: what a hospital's patient pays cannot be said."
        )
    index = wage_index_units(wage_index)
    is_paid = pl.col("amount") > 0
    least, national = pl.col("copayment"), pl.col("national_copayment")
    reasons: _Reasons = [
        (is_paid & with_any("PN"), "PN: what the patient owes such a department was not read"),
        (is_paid & least.is_null(), "addendum B publishes no copayment, or it was not kept"),
        (
            is_paid & (national > least),
            "addendum B publishes a national copayment above the least: which the hospital asks "
            "for is not known",
        ),
    ]
    copayments = rates.rows.select("copayment", "national_copayment", facility_code="hcpcs_code")
    of_unit = as_stopped(by_wage_index(least, index, LABOR))
    full, halves = pl.col("full_units"), pl.col("half_units")
    uncapped = of_unit * full + half(of_unit) * halves
    capped = pl.min_horizontal(of_unit, most) * full + pl.min_horizontal(half(of_unit), most) * (
        halves
    )
    return (
        priced.join(copayments, on="facility_code", how="left", maintain_order="left")
        .pipe(_settled, reasons)
        .pipe(_with_deductible, pool, takes=least > 0)
        .with_columns(
            coinsurance_amount=pl.when(is_paid)
            .then(
                pl.min_horizontal(part_of(uncapped, _remainder(), pl.col("amount")), capped),
            )
            .otherwise(0)
        )
        .pipe(_paid, priced.columns, day)
    )


def _at(day: date, value: Decimal | None) -> int:
    if value is None:
        raise UsageError(f"What Medicare pays on {day} is not known to payrules.")
    return int(value * WHOLE)


def _settled(priced: pl.DataFrame, reasons: _Reasons) -> pl.DataFrame:
    """Add payment_reason: why it is not settled who pays a line, blank where it is.

    Decision: by 33 and PT a service is preventive: the patient's share of it is left to a person.
    """
    every: _Reasons = [
        (pl.col("amount").is_null(), "the amount is not settled"),
        (
            (pl.col("amount") > 0) & with_any("33", "PT"),
            "preventive by its modifier: the patient's share was not read",
        ),
        *reasons,
    ]
    return priced.with_columns(
        payment_reason=pl.coalesce(
            *(pl.when(holds).then(pl.lit(why)) for holds, why in every), pl.lit("")
        )
    )


def _with_deductible(lines: pl.DataFrame, pool: str, takes: pl.Expr) -> pl.DataFrame:
    """Add deductible_amount, the deductible being used up in the order of a pool's lines.

    It is 0 of a line that takes none, and null exactly where it is not settled: where something is
    owed, and what a line of the pool takes of it is open, of each line that takes.
    """
    allowed = pl.when(takes.fill_null(value=True)).then("amount").otherwise(0)
    so_far = pl.col("_takes").cum_sum().over(pool)
    some = pl.col("_takes").ne_missing(0)
    is_open = (~_SETTLED & some).any().over(pool)
    if "deductible_open" in lines.columns:
        is_open |= pl.col("deductible_open")
    owed = pl.col("deductible_remaining").max().fill_null(0).over(pool)
    return (
        lines.with_columns(_owed=owed, _takes=allowed)
        .with_columns(
            payment_reason=pl.when(_SETTLED & some & (_OWED > 0) & is_open)
            .then(pl.lit("what is left of the deductible is not settled: another line is open"))
            .otherwise("payment_reason")
        )
        .with_columns(
            deductible_amount=pl.when(~some)
            .then(0)
            .when(_SETTLED)
            .then(
                pl.min_horizontal(_OWED, so_far)
                - pl.min_horizontal(_OWED, so_far - pl.col("_takes"))
            )
        )
    )


def _remainder() -> pl.Expr:
    return pl.when(pl.col("deductible_amount").is_not_null()).then(
        less(pl.col("amount"), pl.col("deductible_amount"))
    )


def _paid(lines: pl.DataFrame, columns: list[str], day: date) -> pl.DataFrame:
    """Add what the patient pays, what is sequestered and what Medicare pays."""
    programs = _remainder() - pl.col("coinsurance_amount")
    cut = _at(day, SEQUESTRATION.at(day))
    return (
        lines.with_columns(
            coinsurance_amount=pl.when(_SETTLED).then("coinsurance_amount"),
            sequestration_amount=pl.when(_SETTLED).then(percentage(programs, cut)),
        )
        .with_columns(
            patient_amount=pl.col("deductible_amount") + pl.col("coinsurance_amount"),
            medicare_amount=pl.when(_SETTLED).then(programs - pl.col("sequestration_amount")),
        )
        .select(
            *columns,
            "deductible_amount",
            "coinsurance_amount",
            "patient_amount",
            "medicare_amount",
            "sequestration_amount",
            "payment_reason",
        )
    )
