"""What a hospital outpatient department is paid for the lines of an encounter, or why not.

Sources: 42 CFR 419.43 (wage index), 419.44 (several and stopped procedures), 419.48 (off-campus
departments); Medicare Claims Processing Manual, chapter 4; addendum D1 (status indicators).
"""

from decimal import Decimal

import polars as pl

from payrules.facility.hospital_indicators import (
    COMPREHENSIVE,
    ELSEWHERE,
    INPATIENT_ONLY,
    MAY_BE_PAID_APART,
    NOT_IN_COMPREHENSIVE,
    NOT_ON_A_HOSPITAL_BILL,
    PACKAGED,
    PACKAGED_BESIDE,
    PAID_APART,
    SURGERY,
)
from payrules.facility.hospital_rates import HospitalRates
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
    units_of_line,
    wage_index_units,
    with_any,
)
from payrules.money import WHOLE, percentage

#: Three fifths of a rate go by the wage index (42 CFR 419.43(c)).
LABOR = WHOLE * 6 // 10
#: What a department away from the campus is paid that was not excepted (42 CFR 419.48).
_OFF_CAMPUS = WHOLE * 4 // 10
#: APCs of drug administration, levels 1 to 4; from this year on also excepted departments are paid
#: less for it.
_DRUG_ADMINISTRATION = ("5691", "5692", "5693", "5694")
_DRUGS_OFF_CAMPUS = 2026
_INDICATOR = pl.col("status_indicator")
_ENCOUNTER = "encounter_id"


def price_in_hospital(
    lines: pl.DataFrame, rates: HospitalRates, wage_index: Decimal
) -> pl.DataFrame:
    """Price facility lines of one quarter; amounts in cents, in the order of the lines.

    `lines` as of `price_in_surgical_center`; the charge plays no part here. Added: facility_code,
    status_indicator, apc, status (priced, bundled, denied, not_on_schedule, by_report), reason,
    note (what a person looks at though it is priced), the amount of one unit after each step
    (rate_amount, wage_amount, terminated_amount, unit_amount), full_units, half_units, what they
    come to (discounted_amount) and amount: 0 where bundled or denied, null where it is not settled.
    Raises UsageError for a wage index that is none.

    Decision: PN takes its share of the whole line, last, as the steps are ordered in CMS's pricer.
    """
    index = wage_index_units(wage_index)
    priced = pl.col("status") == "priced"
    return (
        lines.with_columns(facility_code=pl.col("hcpcs_code").replace(FACILITY_CODES))
        .join(
            rates.rows.rename({"hcpcs_code": "facility_code"}),
            on="facility_code",
            how="left",
            maintain_order="left",
        )
        .with_columns(*_of_encounter())
        .with_columns(verdict=_verdict(rates))
        .unnest("verdict")
        .pipe(_with_conditional_packaging)
        .with_columns(note=_note(), rate_amount=pl.when(priced).then("payment_rate"))
        .with_columns(wage_amount=by_wage_index(pl.col("rate_amount"), index, LABOR))
        # 42 CFR 419.44(b): half of 73 and 52, all of 74
        .with_columns(terminated_amount=as_stopped(pl.col("wage_amount")))
        .with_columns(unit_amount="terminated_amount")
        # 42 CFR 419.44(a). Decision: a stopped service ranks by its whole rate and is reduced
        # again where it is not the first, as by CMS's discount formulas T/U and TD/U (I/OCE). Of
        # equal rates the first is what pays more, so that the order of lines decides nothing.
        .with_columns(_on_campus=~with_any("PN"))
        .pipe(
            discounted,
            ranks=_INDICATOR == SURGERY,
            by=("payment_rate", "unit_amount", "_on_campus"),
        )
        .with_columns(discounted_amount=pl.when(priced).then("amount"))
        .with_columns(
            amount=pl.when(priced & with_any("PN"))
            .then(percentage(pl.col("discounted_amount"), _OFF_CAMPUS))
            .otherwise("amount")
        )
        .select(
            *lines.columns,
            "facility_code",
            "status_indicator",
            "apc",
            "status",
            "reason",
            "note",
            "rate_amount",
            "wage_amount",
            "terminated_amount",
            "unit_amount",
            "full_units",
            "half_units",
            "discounted_amount",
            "amount",
        )
    )


def _of_encounter() -> tuple[pl.Expr, pl.Expr]:
    """Count an encounter's units of J1 services; mark one with a procedure for inpatients only."""
    comprehensive = _INDICATOR == COMPREHENSIVE
    return (
        pl.when(comprehensive)
        .then(units_of_line())
        .otherwise(0)
        .sum()
        .over(_ENCOUNTER)
        .alias("_j1_units"),
        _INDICATOR.is_in(INPATIENT_ONLY).any().over(_ENCOUNTER).alias("_inpatient"),
    )


def _verdict(rates: HospitalRates) -> pl.Expr:
    """Say whether a line is paid on its own showing, and why not: the first that holds.

    Decision: a line beside surgery for inpatients only is left open (I/OCE edit 49 denies it, and
    with it what is packaged is none's). Beside J1 is packaged what OPPS pays; what it passes
    through, pays at cost or leaves to other schedules is as open as anywhere. A second side of a
    J1 service is a second unit. Sides of S and V services are paid in full (I/OCE formula 2.0).
    Two of 52, 73 and 74, 53, sides or stopped services beside several units, device credits,
    reductions of imaging, PN beside PO, and from 2026 the administration of drugs with PO (paid
    as with PN: not read in CMS's words) are left to a person.
    """
    of_drugs = pl.col("apc").is_in(_DRUG_ADMINISTRATION)
    comprehensive = _INDICATOR == COMPREHENSIVE
    j1_units = pl.col("_j1_units")
    not_here = pl.format("status indicator {}: its payment is not worked out here", _INDICATOR)
    known = [*PAID_APART, COMPREHENSIVE, *PACKAGED_BESIDE]
    cases: Cases = [
        (_INDICATOR.is_null(), ("not_on_schedule", "not in addendum B")),
        (_INDICATOR.is_in(PACKAGED), ("bundled", "packaged: no payment of its own")),
        (
            _INDICATOR.is_in(NOT_ON_A_HOSPITAL_BILL),
            ("not_on_schedule", "not for a hospital's outpatient bill"),
        ),
        (_INDICATOR.is_in(INPATIENT_ONLY), ("denied", "paid to inpatients' hospitals only")),
        (
            pl.col("_inpatient"),
            ("by_report", "beside a procedure for inpatients only: whether it is paid is open"),
        ),
        (
            _INDICATOR.is_in(ELSEWHERE),
            ("by_report", "another fee schedule pays: laboratory, therapy or ambulance"),
        ),
        (
            (j1_units > 0) & ~comprehensive & ~_INDICATOR.is_in(NOT_IN_COMPREHENSIVE),
            ("bundled", "packaged into the encounter's comprehensive service (J1)"),
        ),
        (~_INDICATOR.is_in(known), ("by_report", not_here)),
        (pl.col("payment_rate").is_null(), ("by_report", "addendum B gives no rate")),
        *NOT_CLEAR,
        (
            paid_at_half() & (units_of_line() != 1),
            ("by_report", "52 or 73 beside several units or sides: how many is not clear"),
        ),
        (
            with_any("FB", "FC"),
            ("by_report", "a device credit: what is taken off a hospital's rate is not at hand"),
        ),
        (
            with_any("CT", "FX", "FY"),
            ("by_report", "CT, FX and FY reduce imaging: not worked out here"),
        ),
        (
            with_any("PN") & with_any("PO"),
            ("by_report", "PN and PO: whether the department is excepted is not clear"),
        ),
        (
            with_any("PO") & of_drugs & pl.lit(rates.quarter.year >= _DRUGS_OFF_CAMPUS),
            ("by_report", "PO and the administration of a drug: how it is paid was not read"),
        ),
        (
            comprehensive & (j1_units > 1),
            (
                "by_report",
                "several comprehensive services (J1): their rank and complexity pairs are in "
                "addendum J, which is not read",
            ),
        ),
    ]
    return first_that_holds(cases)


def _with_conditional_packaging(lines: pl.DataFrame) -> pl.DataFrame:
    """Say of Q1 and Q2 whether another service of the encounter packages them.

    Decision: two that nothing packages, several units of one, and one whose APC is comprehensive
    or has no service paid apart are left to a person.
    """
    conditional = _INDICATOR.is_in(list(PACKAGED_BESIDE))
    if not lines.select(conditional.any()).item():
        return lines
    status = pl.col("status")
    packaged = pl.lit(value=False)
    beside_open = pl.lit(value=False)
    for indicator, others in PACKAGED_BESIDE.items():
        this = _INDICATOR.is_in([indicator])
        paid = (status == "priced") & _INDICATOR.is_in(others)
        is_open = (status == "by_report") & _INDICATOR.is_in(others | MAY_BE_PAID_APART)
        packaged |= this & paid.any().over(_ENCOUNTER)
        beside_open |= this & is_open.any().over(_ENCOUNTER)
    apart = ((status == "priced") & _INDICATOR.is_in(PAID_APART)).any().over(_ENCOUNTER)
    left = conditional & ~pl.col("_packaged")
    of_apc = pl.col("apc_indicator")
    cases: Cases = [
        (pl.col("_packaged"), ("bundled", "packaged beside another service that is paid")),
        (
            pl.col("_beside_open"),
            ("by_report", "packaged where another service is paid, and that is not settled"),
        ),
        (
            pl.col("_left") > 1,
            (
                "by_report",
                "several services that are packaged beside others: which is paid is open",
            ),
        ),
        (
            units_of_line() != 1,
            ("by_report", "several units of a service that is packaged beside others"),
        ),
        (of_apc.is_null(), ("by_report", "no service of its APC is paid apart by addendum B")),
        (
            (of_apc == COMPREHENSIVE) & pl.col("_apart"),
            ("by_report", "of a comprehensive APC beside another service: which is paid is open"),
        ),
    ]
    asked = conditional & (status == "priced")
    return (
        lines.with_columns(_packaged=packaged, _beside_open=beside_open, _apart=apart)
        .with_columns(_left=left.sum().over(_ENCOUNTER))
        .with_columns(*overruled_by(pl.when(asked).then(first_that_holds(cases))))
    )


def _note() -> pl.Expr:
    return (
        pl.when((pl.col("status") == "priced") & _INDICATOR.is_in(list(PACKAGED_BESIDE)))
        .then(
            pl.format(
                "review: {} is packaged beside other services; none stands here, so it is paid "
                "by its APC's own indicator, {}",
                _INDICATOR,
                "apc_indicator",
            )
        )
        .otherwise(pl.lit(""))
    )
