"""The formula of the fee schedule: RVU × GPCI × conversion factor, for one unit, written once.

(work RVU × work GPCI + practice expense RVU × PE GPCI + malpractice RVU × MP GPCI) × factor
(SSA 1848(b)(1); 42 CFR 414.22, 414.26). The products are exact, and rounded once, half up, to the
cent: so CMS's own published amounts come out (`payrules.fees.recompute`).

RVUs are hundredths, GPCIs thousandths and the factor ten-thousandths of a dollar.
"""

from typing import NamedTuple

import polars as pl

from payrules.money import half_up, scaled_half_up

CITES = "42 CFR 414.22, 414.26: RVU × GPCI × conversion factor"
#: Multiple-procedure indicator 5: therapy.
IS_THERAPY = pl.col("multiple_procedure_indicator") == "5"
#: Products of RVU, GPCI and factor (10⁻⁹ dollars) in a cent.
_IN_A_CENT = 10_000_000


class OfEach(NamedTuple):
    """A number each of work, practice expense and malpractice: RVUs, or GPCIs."""

    work: pl.Expr
    expense: pl.Expr
    malpractice: pl.Expr


#: Those of a line's locality.
GPCIS = OfEach(pl.col("work_gpci"), pl.col("pe_gpci"), pl.col("mp_gpci"))


def rvus(
    expense: pl.Expr | str, malpractice: str = "malpractice_rvu", *, prefix: str = ""
) -> OfEach:
    """Give a row's RVUs; the practice expense is that of the setting that is asked for."""
    if isinstance(expense, str):
        expense = pl.col(f"{prefix}{expense}")
    return OfEach(pl.col(f"{prefix}work_rvu"), expense, pl.col(f"{prefix}{malpractice}"))


def exact_amount(rvus: OfEach, factor: pl.Expr | int, gpcis: OfEach = GPCIS) -> pl.Expr:
    """Give the amount of one unit before it is rounded, 10⁻⁹ dollars."""
    work, expense, malpractice = (rvu * gpci for rvu, gpci in zip(rvus, gpcis, strict=True))
    return (work + expense + malpractice) * factor


def unit_amount(
    rvus: OfEach,
    factor: pl.Expr | int,
    gpcis: OfEach = GPCIS,
    *,
    share: pl.Expr | None = None,
    beside: pl.Expr | None = None,
) -> pl.Expr:
    """Give the amount of one unit, cents.

    `share`, in ten-thousandths, is for a schedule that pays a part or a multiple of the fee;
    `beside`, in 10⁻⁹ dollars and maybe negative, is added before the rounding: never below 0.
    """
    exact = exact_amount(rvus, factor, gpcis)
    if beside is not None:
        exact = pl.max_horizontal(exact + beside, 0)
    return _rounded(exact, _IN_A_CENT, share)


def therapy_amount(
    rvus: OfEach, factor: pl.Expr | int, gpcis: OfEach = GPCIS, *, share: pl.Expr | None = None
) -> pl.Expr:
    """Give the amount with half the practice expense (Pub. 100-04, ch. 5, §10.7), cents.

    Twice everything but the practice expense, over two: exact, and rounded once.
    """
    twice = OfEach(2 * rvus.work, rvus.expense, 2 * rvus.malpractice)
    return _rounded(exact_amount(twice, factor, gpcis), 2 * _IN_A_CENT, share)


def _rounded(exact: pl.Expr, in_a_cent: int, share: pl.Expr | None) -> pl.Expr:
    return half_up(exact, in_a_cent) if share is None else scaled_half_up(exact, in_a_cent, share)
