"""The guide: one row a code with its amount at every site, its values, and last year's amount."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from payrules.code_page import chosen_locality, chosen_release, find_codes
from payrules.code_page.amounts import unit_amounts
from payrules.code_page.facilities import FacilityRate, facility_rates_of
from payrules.code_page.limits import Limit, limits_on
from payrules.fees.other_schedules import PHYSICIANS
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.schedules import TABLE_WORDS, Release, Schedules

MONEY = pl.Decimal(38, 2)
#: The columns of the guide. Amounts are dollars; blank where there is none.
SCHEMA: Mapping[str, pl.DataType] = {
    "code": pl.String(),
    "label": pl.String(),
    "status": pl.String(),
    "office": MONEY,
    "office_na": pl.String(),
    "facility": MONEY,
    "facility_na": pl.String(),
    "surgical_center": MONEY,
    "asc_indicator": pl.String(),
    "hospital": MONEY,
    "apc": pl.String(),
    "opps_status": pl.String(),
    "total_rvu": pl.Decimal(38, 2),
    "conversion_factor": pl.Decimal(38, 4),
    "global_days": pl.String(),
    "last_year": MONEY,
    "change": MONEY,
    "change_percent": pl.Decimal(38, 1),
    "schedule": pl.String(),
    "limit": pl.Decimal(38, 3),
    "limit_unit": pl.String(),
}
_NA = "NA"
_CENT = Decimal("0.01")
_SETTINGS = {"office": "nonfacility", "facility": "facility"}


@frozen
class FeeGuide:
    """The guide's rows (`SCHEMA`), what they were looked up in, and what a reader should know."""

    rows: pl.DataFrame
    release: str
    day: date
    locality: str
    conversion_factor: str
    last_year: str | None
    remarks: tuple[str, ...]
    not_found: tuple[str, ...]

    @property
    def heading(self) -> str:
        """What the rows were looked up in."""
        return (
            f"Release {self.release}, date of service {self.day}, locality {self.locality}, "
            f"conversion factor {self.conversion_factor}; last year: release "
            f"{self.last_year or 'none'}"
        )

    def as_json(self) -> dict[str, Any]:
        """Give the guide as JSON takes it: amounts as text."""
        texts = self.rows.with_columns(pl.selectors.decimal().cast(pl.String))
        return {
            "release": self.release,
            "day": self.day.isoformat(),
            "locality": self.locality,
            "conversion_factor": self.conversion_factor,
            "last_year": self.last_year,
            "remarks": list(self.remarks),
            "not_found": list(self.not_found),
            "guide": texts.to_dicts(),
        }


def fee_guide(
    asked: Sequence[str],
    schedules: Schedules,
    *,
    day: date | None = None,
    locality: str = NATIONAL,
    release: str | None = None,
) -> FeeGuide:
    """Make the guide of codes, ranges and patterns; UsageError where none of them is known.

    Amounts are what is paid of one unit of the whole service: imaging is held to its hospital cap.

    Decision: last year's is the amount of the same day a year before, by the release then in force
    and in the same locality; a release that has no such locality gives none, never the nation's.
    Decision: total RVU, last year and change are those of the office, and of the facility where
    CMS marks the office NA; of a drug or a laboratory test those of its limit.
    """
    chosen, day = chosen_release(schedules, day, release)
    locality = chosen_locality(locality, chosen, schedules)
    codes, not_found = find_codes(asked, chosen, schedules)
    before = _a_year_before(day)
    last = schedules.in_force(before)
    remarks = []
    if last is None:
        remarks.append(f"No release is in force on {before}: last year's amounts are blank.")
    elif locality not in {NATIONAL, *last.localities["locality"]}:
        remarks.append(
            f"Release {last.name} has no locality {locality}: last year's amounts are blank."
        )
        last = None
    now = _paid(codes, chosen, schedules, day, locality)
    then = {} if last is None else _paid(codes, last, schedules, before, locality)
    held = chosen.codes.filter(pl.col("modifier") == "").rows_by_key("hcpcs_code", named=True)
    limits, outside = limits_on(codes, schedules, day)
    limit_of = {each.code: each for each in limits if not each.modifier}
    before_limit_of = {
        each.code: each for each in limits_on(codes, schedules, before)[0] if not each.modifier
    }
    facilities = facility_rates_of(codes, schedules, day)
    rows = [
        (
            _row(code, held[code][0], now[code], then.get(code, {}), facilities[code], chosen, day)
            if code in now
            else dict.fromkeys(SCHEMA) | {"code": code}
        )
        | _of_limit(limit_of.get(code), before_limit_of.get(code))
        for code in codes
    ]
    return FeeGuide(
        rows=pl.DataFrame(rows, schema=SCHEMA, strict=False),
        release=chosen.name,
        day=day,
        locality=locality,
        conversion_factor=str(chosen.conversion_factor(day)),
        last_year=None if last is None else last.name,
        remarks=(*remarks, *outside, *_of_sites(schedules, day, locality)),
        not_found=tuple(not_found),
    )


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # February 29
        return day.replace(year=day.year - 1, day=28)


def _paid(
    codes: Sequence[str], release: Release, schedules: Schedules, day: date, locality: str
) -> dict[str, dict[str, Decimal | None]]:
    """Give what is paid of each code's whole service by setting."""
    rows = release.codes.filter((pl.col("modifier") == "") & pl.col("hcpcs_code").is_in(codes))
    rows = rows.sort("hcpcs_code")
    amounts = [
        each
        for each in unit_amounts(rows, schedules, release, day, locality)
        if not each.qualifying_apm
    ]
    paid: dict[str, dict[str, Decimal | None]] = {}
    for number, amount in enumerate(amounts):
        of_code = paid.setdefault(rows["hcpcs_code"][number // len(_SETTINGS)], {})
        of_code[amount.setting] = None if amount.paid is None else Decimal(amount.paid)
    return paid


def _row(
    code: str,
    held: Mapping[str, Any],
    now: Mapping[str, Decimal | None],
    then: Mapping[str, Decimal | None],
    of_facilities: Sequence[FacilityRate],
    release: Release,
    day: date,
) -> dict[str, Any]:
    is_na = {site: held[f"{setting}_na"] for site, setting in _SETTINGS.items()}
    setting = _SETTINGS["facility" if is_na["office"] else "office"]
    amount, last = now[setting], then.get(setting)
    rates = {rate.system: rate for rate in of_facilities}
    center, hospital = rates.get("ASC"), rates.get("OPPS")
    rvu = sum(held[name] for name in ("work_rvu", f"{setting}_pe_rvu", "malpractice_rvu"))
    change = None if amount is None or last is None else amount - last
    return {
        "code": code,
        "label": held["label"],
        "status": held["status_code"],
        **{site: None if is_na[site] else now[name] for site, name in _SETTINGS.items()},
        **{f"{site}_na": _NA if na else "" for site, na in is_na.items()},
        "surgical_center": center and center.rate and Decimal(center.rate),
        "asc_indicator": center and center.indicator,
        "hospital": hospital and hospital.rate and Decimal(hospital.rate),
        "apc": hospital and hospital.apc,
        "opps_status": hospital and hospital.indicator,
        "total_rvu": Decimal(rvu) / 100 if amount is not None else None,
        "conversion_factor": Decimal(release.conversion_factor(day).value) / 10_000
        if amount is not None
        else None,
        "global_days": held["global_days"],
        "last_year": last,
        "change": change,
        "change_percent": None if change is None or last is None else _percent(change, last),
        "schedule": None if amount is None else PHYSICIANS,
    }


def _of_limit(limit: Limit | None, before: Limit | None) -> dict[str, Any]:
    """Give a drug's or test's limit of one unit, and last year's; nothing for other codes."""
    if limit is None:
        return {}
    said: dict[str, Any] = {"schedule": limit.schedule, "limit_unit": limit.unit}
    if limit.limit is None:
        return said
    amount = Decimal(limit.limit)
    said["limit"] = amount
    if before is not None and before.limit is not None:
        # The guide's other amounts are cents: the change is told of the limits as they are.
        last = Decimal(before.limit)
        said |= {
            "last_year": last.quantize(_CENT, ROUND_HALF_UP),
            "change": (amount - last).quantize(_CENT, ROUND_HALF_UP),
            "change_percent": _percent(amount - last, last),
        }
    return said


def _percent(change: Decimal, last: Decimal) -> Decimal | None:
    return (100 * change / last).quantize(Decimal("0.1"), ROUND_HALF_UP) if last else None


def _of_sites(schedules: Schedules, day: date, locality: str) -> list[str]:
    """Say of which quarter the facilities' rates are, and that they are the nation's."""
    said = []
    at_hand = []
    for kind, site in (
        ("asc", "surgical center"),
        ("asc_ancillary", "surgical center's ancillary services"),
        ("opps", "hospital"),
    ):
        begun = [t for t in schedules.tables_in_use(kind) if t.published_for <= day]
        quarter = begun[-1].published_for if begun else None
        if kind == "asc_ancillary" and quarter in at_hand:
            continue  # of the surgical center's own quarter, or neither is here
        at_hand.append(quarter)
        if not begun:
            said.append(
                f"No rates of the {site}: no {TABLE_WORDS[kind]} of this date is loaded; import "
                "CMS's with: payrules schedules import PATH"
            )
        elif begun[-1].published_for.year != day.year:
            said.append(
                f"Rates of the {site} are of {begun[-1].published_for}, an earlier year than this "
                "date."
            )
        else:
            said.append(f"Rates of the {site} are of {begun[-1].published_for}.")
    if locality != NATIONAL:
        said.append("Rates of facilities are national, before the area wage index.")
    return said
