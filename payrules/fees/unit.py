"""The amounts of one unit as expressions, from RVUs or from dollars, of a row and its kin."""

import polars as pl

from payrules.fees.columns import CAP_RVUS, DOLLARS, FEE_CHANGES, FILED
from payrules.fees.formula import (
    IS_THERAPY,
    OfEach,
    exact_amount,
    rvus,
    therapy_amount,
    unit_amount,
)
from payrules.money import WHOLE, half_up
from payrules.schedules.rvus import RVUS, usable


class UnitAmounts:
    """The amounts of one unit as expressions, from RVUs or from dollars, of a row and its kin."""

    def __init__(self, in_dollars: bool, any_changed: bool) -> None:
        self.in_dollars = in_dollars
        self.any_changed = any_changed

    @staticmethod
    def usable(prefix: str = "") -> pl.Expr:
        """Only the RVUs of status A, R and T are ever used, and R only where it has some."""
        has_amount = usable(f"{prefix}status_code", pl.col(f"{prefix}has_rvus"))
        return has_amount & pl.col("unpriced").is_null()

    def columns(self) -> list[str]:
        """Give the row columns that amounts are made of."""
        own = (*DOLLARS, *FILED) if self.in_dollars else (*RVUS, *CAP_RVUS, *FEE_CHANGES)
        return ["status_code", "has_rvus", *own]

    def medicare_s(self) -> pl.Expr:
        """Medicare's own amount, cents, where a contract's factor or dollars make the fee."""
        if not self.in_dollars:
            of_rvus = unit_amount(
                self._rvus(""), pl.col("medicare_factor"), share=pl.col("fee_share")
            )
            return pl.when(self.usable()).then(pl.coalesce(self._set_fee(), of_rvus))
        # Of a release's row: that of a payer's own schedule may have another status.
        paid = usable("_medicare_status", pl.sum_horizontal(*RVUS) > 0)
        return pl.when(paid).then(self._of_rvus())

    @staticmethod
    def _in_setting(facility: str, nonfacility: str) -> pl.Expr:
        in_facility = pl.col("expense_setting") == "facility"
        return pl.when(in_facility).then(facility).otherwise(nonfacility)

    def unit(self, prefix: str = "") -> pl.Expr:
        """Fee schedule amount, cents."""
        if self.in_dollars:
            amount = self._in_setting(f"{prefix}facility_amount", f"{prefix}nonfacility_amount")
            # A payer's own dollars are a price of anesthesia too, which RVUs have none of.
            of_anesthesia = (pl.col(f"{prefix}status_code") == "J") & pl.col("unpriced").is_null()
            return pl.when(self.usable(prefix) | of_anesthesia).then(amount)
        of_rvus = self._of_rvus(prefix, pl.col(f"{prefix}fee_share"))
        return pl.when(self.usable(prefix)).then(pl.coalesce(self._set_fee(prefix), of_rvus))

    def filed(self, prefix: str) -> pl.Expr:
        """Amount of a row whose fee a what-if changes, before that, cents; null of any other."""
        if not self.any_changed:
            return pl.lit(None, dtype=pl.Int64)
        if self.in_dollars:
            return self._in_setting(f"{prefix}{FILED[0]}", f"{prefix}{FILED[1]}")
        scaled = pl.col(f"{prefix}fee_share") != WHOLE
        return pl.when(scaled | self._set_fee(prefix).is_not_null()).then(self._of_rvus(prefix))

    def _of_rvus(self, prefix: str = "", share: pl.Expr | None = None) -> pl.Expr:
        """Amount by the formula, cents."""
        return unit_amount(self._rvus(prefix), pl.col("conversion_factor"), share=share)

    def _rvus(self, prefix: str) -> OfEach:
        expense = (f"{prefix}facility_pe_rvu", f"{prefix}nonfacility_pe_rvu")
        return rvus(self._in_setting(*expense), prefix=prefix)

    def _set_fee(self, prefix: str = "") -> pl.Expr:
        """Give the fee a what-if sets in the place of RVUs, cents."""
        return self._in_setting(f"{prefix}facility_fee", f"{prefix}nonfacility_fee")

    def therapy_reduced(self) -> pl.Expr:
        """Amount with half the practice expense, one rounding (ch. 5 §10.7), cents.

        A fee that is set has no practice expense of its own: it is reduced in the proportion in
        which the fee it replaces was.
        """
        if self.in_dollars:
            whole, set_fee = self._divided(), pl.col("nonfacility_amount")
            expense = pl.min_horizontal(pl.when(whole.is_not_null()).then("pe_amount"), whole)
            # A schedule that does not say all three parts may say its practice expense alone.
            of_expense = whole - expense + half_up(expense, 2)
            reduced = pl.min_horizontal(pl.coalesce(self._of_parts(), of_expense), whole)
            reduced = pl.when(pl.col("pe_amount").is_not_null()).then(reduced)
            is_set = pl.col("divided_amount").is_not_null()
        else:
            own, factor = rvus("nonfacility_pe_rvu"), pl.col("conversion_factor")
            reduced = therapy_amount(own, factor, share=pl.col("fee_share"))
            whole, set_fee = self._of_rvus(), self._set_fee()
            is_set = set_fee.is_not_null()
        if self.any_changed:
            reduced = pl.when(is_set).then(half_up(set_fee * reduced, whole)).otherwise(reduced)
        return pl.when(self.usable() & IS_THERAPY).then(reduced)

    def therapy_beyond(self) -> pl.Expr:
        """Say where the parts of a schedule's therapy amount contradict it."""
        if not self.in_dollars:
            return pl.lit(value=False)
        whole = self._divided()
        beyond = (pl.col("pe_amount") > whole) | (self._of_parts() > whole).fill_null(value=False)
        return (self.usable() & IS_THERAPY & beyond).fill_null(value=False)

    @staticmethod
    def _divided() -> pl.Expr:
        """Amount in dollars that work, practice expense and malpractice are parts of, cents."""
        return pl.coalesce("divided_amount", "nonfacility_amount")

    @staticmethod
    def _of_parts() -> pl.Expr:
        """Amount in dollars of the three parts, the practice expense halved, cents."""
        return pl.col("work_amount") + half_up(pl.col("pe_amount"), 2) + pl.col("mp_amount")

    def cap(self, prefix: str = "", moved: pl.Expr | None = None) -> pl.Expr:
        """OPPS cap of a row that has cap RVUs (DRA 2005 §5102(b)), one rounding, cents.

        `moved` is what its physician's part is worth more, or less, than with the file's factor.
        """
        if self.in_dollars:
            return pl.lit(None, dtype=pl.Int64)
        capped = pl.sum_horizontal(f"{prefix}{name}" for name in CAP_RVUS) > 0
        expense = (f"{prefix}cap_facility_pe_rvu", f"{prefix}cap_nonfacility_pe_rvu")
        own = rvus(self._in_setting(*expense), "cap_malpractice_rvu", prefix=prefix)
        amount = unit_amount(own, pl.col("file_conversion_factor"), beside=moved)
        return pl.when(self.usable(prefix) & capped).then(amount)

    def moved(self, prefix: str) -> pl.Expr:
        """What a row's fee gains where the factor is not that of the caps' file, 10⁻⁹ dollars."""
        if self.in_dollars:
            return pl.lit(None, dtype=pl.Int64)
        by = pl.col("conversion_factor") - pl.col("file_conversion_factor")
        gained = exact_amount(self._rvus(prefix), by)
        return pl.when(self.usable(prefix)).then(gained)

    def total_rvu(self) -> pl.Expr:
        """Total RVU in the setting, hundredths: what some payers rank by."""
        work, expense, malpractice = self._rvus("")
        return work + expense + malpractice
