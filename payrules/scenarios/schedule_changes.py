"""Changes of the fee schedule: releases derived from those at hand, priced by the same formula."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from payrules.fees.columns import FILED
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.locality import NATIONAL
from payrules.money import WHOLE, percentage
from payrules.scenarios.changed_rows import Refuse, each_once, must_stay, of_codes, rows_of
from payrules.scenarios.form import PARTS, Fee, RelativeValue
from payrules.scenarios.limit_changes import ChangedSchedules
from payrules.scenarios.scenario import Scenario
from payrules.scenarios.words import some
from payrules.schedules import ConversionFactor, Release, Schedules
from payrules.within_reason import (
    CONVERSION_FACTOR,
    FEE,
    GEOGRAPHIC_INDEX,
    RELATIVE_VALUE,
)

_RVUS_OF = {
    "work": ("work_rvu",),
    "practice_expense": ("nonfacility_pe_rvu", "facility_pe_rvu"),
    "malpractice": ("malpractice_rvu",),
}
_GPCI_OF = {"work": "work_gpci", "practice_expense": "pe_gpci", "malpractice": "mp_gpci"}
_AMOUNTS = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")
#: What only counts where fees are made of relative values.
OF_RELATIVE_VALUES = ("conversion_factor", "relative_values", "geographic_indices")


@dataclass(frozen=True, eq=False)
class ChangedRelease(Release):
    """A release whose conversion factors, fees, relative values or indices a scenario changes."""

    original: Release
    scenario: Scenario

    @cached_property
    def codes(self) -> pl.DataFrame:
        """The rows of the fee schedule, changed."""
        says = self.scenario.says
        codes = self.original.codes
        codes = _with_relative_values(codes, says.relative_values, self.scenario.refuse)
        for names in _RVUS_OF.values():
            must_stay(codes, names, RELATIVE_VALUE, "relative_values", self.scenario.refuse)
        return _with_fees(codes, says.fees, self.scenario.refuse)

    @cached_property
    def localities(self) -> pl.DataFrame:
        """The localities with their geographic indices, changed."""
        places = self.original.localities
        taken = pl.repeat(value=False, n=places.height, dtype=pl.Boolean, eager=True)
        for number, change in enumerate(self.scenario.says.geographic_indices, 1):
            here = _in_localities(places["locality"], change.locality)
            if (taken & here).any():
                raise self.scenario.refuse(
                    f"geographic_indices entry {number}",
                    "names a locality that another entry changes too; put them in one entry",
                )
            taken |= here
            for part, column in _GPCI_OF.items():
                value = getattr(change, part)
                if change.scale is not None:
                    changed = percentage(pl.col(column), change.scale)
                else:
                    changed = pl.col(column) if value is None else pl.lit(value, dtype=pl.Int64)
                places = places.with_columns(
                    pl.when(here).then(changed).otherwise(column).alias(column)
                )
        refuse = self.scenario.refuse
        must_stay(places, _GPCI_OF.values(), GEOGRAPHIC_INDEX, "geographic_indices", refuse)
        return places

    @cached_property
    def anesthesia_factors(self) -> pl.DataFrame:
        """The anesthesia conversion factors, changed."""
        factors = self.original.anesthesia_factors
        change = self.scenario.says.anesthesia_conversion_factor
        if change is None:
            return factors
        values = [change.of(value) for value in factors["conversion_factor"]]
        changed = factors.with_columns(
            pl.Series("conversion_factor", values, dtype=factors.schema["conversion_factor"])
        )
        place, refuse = "anesthesia_conversion_factor", self.scenario.refuse
        must_stay(changed, ["conversion_factor"], CONVERSION_FACTOR, place, refuse)
        return changed

    def cap_conversion_factor(self, day: date) -> ConversionFactor:
        """Give the factor as filed: the hospital's dollars in a cap do not follow a change."""
        return self.original.cap_conversion_factor(day)


def change_schedules(schedules: Schedules, scenario: Scenario) -> Schedules:
    """Give schedules whose releases a scenario changes; the tables of edits stay."""
    says = scenario.says
    if not (
        says.conversion_factor
        or says.anesthesia_conversion_factor
        or says.fees
        or says.relative_values
        or says.geographic_indices
    ):
        return schedules
    releases = [_changed(each, scenario) for each in schedules.releases]
    return ChangedSchedules(releases, schedules.tables, scenario)


def _changed(release: Release, scenario: Scenario) -> Release:
    change = scenario.says.conversion_factor
    own = {each.name: getattr(release, each.name) for each in fields(Release)}
    if change is not None:
        own["conversion_factors"] = tuple(
            ConversionFactor(
                factor.effective_from,
                change.of(factor.value),
                factor.qualifying_apm,
                scenario.cites,
            )
            for factor in release.conversion_factors
        )
        values = pl.DataFrame({"value": [each.value for each in own["conversion_factors"]]})
        must_stay(values, ["value"], CONVERSION_FACTOR, "conversion_factor", scenario.refuse)
    return ChangedRelease(**own, original=release, scenario=scenario)


def check_changes(schedules: Schedules, scenario: Scenario, used: Collection[str]) -> None:
    """Change the releases in use, so that a contradiction is told before a line is priced.

    Those are `used` by the lines today, or the one that the scenario prices every line with.
    """
    names = [schedules.named(scenario.says.release).name] if scenario.says.release else used
    for release in schedules.releases:
        if isinstance(release, ChangedRelease) and release.name in names:
            _refuse_both_ways(release.original.codes, scenario)
            _ = release.codes, release.localities, release.anesthesia_factors
    if isinstance(schedules, ChangedSchedules):
        schedules.check_limits()


def _refuse_both_ways(codes: pl.DataFrame, scenario: Scenario) -> None:
    """Refuse a code whose fee is set in dollars, and whose relative values are changed as well."""
    says = scenario.says
    if not (says.fees and says.relative_values):
        return
    made = [rows_of(codes, change) for change in says.relative_values]
    for fee_number, fee in enumerate(says.fees, 1):
        if fee.scale is not None:
            continue
        set_here = rows_of(codes, fee)
        for number, there in enumerate(made, 1):
            if (set_here & there).any():
                code = codes["hcpcs_code"].filter(set_here & there)[0]
                raise scenario.refuse(
                    f"fees entry {fee_number}",
                    f"sets {code} to an amount, which relative_values entry {number} can no longer"
                    " change; remove one, or separate their codes",
                )


def change_dollars(dollars: DollarSchedule, scenario: Scenario) -> DollarSchedule:
    """Give a schedule in dollars whose fees a scenario scales or sets."""
    rows = dollars.rows
    if scenario.says.fees:
        rows = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in FILED)
    for here, fee in each_once(rows, scenario.says.fees, "fees", scenario.refuse):
        if fee.scale is not None:
            # The parts of the amount are scaled with it, as they would be in the payer's file.
            changes = {name: percentage(pl.col(name), fee.scale) for name in _AMOUNTS}
        else:
            facility, elsewhere = _set_amounts(fee)
            changes = {
                "facility_amount": pl.lit(facility, dtype=pl.Int64),
                "nonfacility_amount": pl.lit(elsewhere, dtype=pl.Int64),
                "divided_amount": pl.col("nonfacility_amount"),
            }
        changes |= {f"filed_{name}": pl.col(name) for name in _AMOUNTS[:2]}
        rows = rows.with_columns(
            pl.when(here).then(changed).otherwise(name).alias(name)
            for name, changed in changes.items()
        )
    must_stay(rows, _AMOUNTS, FEE, "fees", scenario.refuse)
    return replace(dollars, rows=rows)


def _set_amounts(fee: Fee) -> tuple[int | None, int | None]:
    if fee.amount is not None:
        return fee.amount, fee.amount
    return fee.facility_amount, fee.nonfacility_amount


def _with_relative_values(
    codes: pl.DataFrame, changes: Sequence[RelativeValue], refuse: Refuse
) -> pl.DataFrame:
    for part in PARTS:
        about = [change for change in changes if part in change.parts]
        for here, change in each_once(codes, about, "relative_values", refuse):
            codes = codes.with_columns(
                pl.when(here)
                .then(percentage(pl.col(name), change.scale))
                .otherwise(name)
                .alias(name)
                for name in _RVUS_OF[part]
            )
    return codes


def _with_fees(codes: pl.DataFrame, changes: Sequence[Fee], refuse: Refuse) -> pl.DataFrame:
    if not changes:
        return codes
    none = pl.lit(None, dtype=pl.Int64)
    codes = codes.with_columns(
        fee_share=pl.lit(WHOLE, dtype=pl.Int64), facility_fee=none, nonfacility_fee=none
    )
    for here, fee in each_once(codes, changes, "fees", refuse):
        if fee.scale is not None:
            values = {"fee_share": fee.scale}
        else:
            facility, elsewhere = _set_amounts(fee)
            values = {"facility_fee": facility or 0, "nonfacility_fee": elsewhere or 0}
        codes = codes.with_columns(
            pl.when(here).then(pl.lit(value, dtype=pl.Int64)).otherwise(name).alias(name)
            for name, value in values.items()
        )
    return codes


def _in_localities(localities: pl.Series, named: Sequence[str] | None) -> pl.Series:
    if named is None:
        return pl.repeat(value=True, n=localities.len(), dtype=pl.Boolean, eager=True)
    return localities.is_in(list(named)).fill_null(value=False)


# -- what no line meets ------------------------------------------------------------------------


def why_unmet(lines: pl.DataFrame, part: str, change: Any) -> str | None:
    """Say why no line of a batch can meet a change of fees; None where it is not its place."""
    if part in {"fees", "relative_values"} and not of_codes(lines["hcpcs_code"], change).any():
        return _no_such_code(lines, change)
    if part == "geographic_indices":
        places = lines["locality"]
        here = _in_localities(places, change.locality) & (places != NATIONAL)
        if not here.fill_null(value=False).any():
            named = [name for name in change.locality or () if name != NATIONAL]
            if not named:  # of it, or of every locality, and the batch has no other
                return f"matches no line: each index of `{NATIONAL}` is 1, and stays so"
            billed = sorted(places.drop_nulls().unique())
            return f"matches no line: {', '.join(named)}. The batch has {some(billed)}"
    return None


def _no_such_code(lines: pl.DataFrame, change: Any) -> str:
    near = lines["hcpcs_code"].unique().sort().to_list()
    wanted = (change.codes or [""])[0][:5]
    same_start = [code for code in near if wanted and code[:3] == wanted[:3]][:6]
    hint = f"; the batch has {', '.join(same_start)}" if same_start else ""
    return f"matches no line of the batch: {change.words()}{hint}"
