"""What the fee schedule knows of a code: indicators, amounts, edits, sites, modifiers, history."""

from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from payrules.claims.checks.localities import normal_locality
from payrules.claims.modifiers import encode
from payrules.code_page import neighbours
from payrules.code_page.indicators import INDICATORS, NA_SETTINGS
from payrules.code_page.limits import Limit, limits_of
from payrules.code_page.modifier_effects import (
    ANESTHESIA_MINUTES,
    HOSPITAL,
    OFFICE,
    ModifierEffect,
    ModifierEffects,
    modifier_effects,
)
from payrules.errors import UsageError
from payrules.fees.amounts import attach_fees
from payrules.locality import NATIONAL
from payrules.money import dollars_text, percentage, scaled_text
from payrules.nearest import nearest
from payrules.rules.limiting_charge import LIMIT
from payrules.schedules import LocalityNames, Release, Schedules

_ITS_OWN = "The physician fee schedule at hand has no row of this code: its own schedule pays it."
#: Places of service that stand for the two settings.
_PLACES = {"nonfacility": OFFICE, "facility": HOSPITAL}


@dataclass(frozen=True)
class Indicator:
    """A policy indicator of a code, and what it means."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Amount:
    """A row of the code in one setting: RVUs as text, amounts as dollars or None.

    `amount` is the fee schedule's, `paid` what is paid of it: less above imaging's hospital cap.
    """

    modifier: str
    setting: str
    qualifying_apm: bool
    work_rvu: str
    expense_rvu: str
    malpractice_rvu: str
    amount: str | None
    paid: str | None
    limiting_charge: str | None


@dataclass(frozen=True)
class Holder:
    """A release that holds the code."""

    name: str
    effective_from: date
    effective_to: date
    published_for: date


@dataclass(frozen=True)
class Edition:
    """A code in one release: its main indicators, amounts (dollars) and what changed before it.

    `locality` is that of the amounts: national where the release has not the one asked for.
    """

    release: str
    published_for: date
    locality: str
    conversion_factor: str
    modifier: str
    status: str
    global_days: str
    nonfacility_amount: str | None
    facility_amount: str | None
    changes: tuple[str, ...]


@dataclass(frozen=True)
class CodePage:
    """Everything the schedules say of one code on one day, in one locality."""

    code: str
    label: str
    release: str
    day: date
    locality: str
    conversion_factor: str
    indicators: tuple[Indicator, ...]
    amounts: tuple[Amount, ...]
    limits: tuple[Limit, ...]
    remarks: tuple[str, ...]
    releases: tuple[Holder, ...]
    endoscopic_family: tuple[str, ...]
    primaries: tuple[neighbours.Link, ...]
    add_ons: tuple[neighbours.Link, ...]
    unlikely: neighbours.Unlikely | None
    pairs: tuple[neighbours.Pair, ...]
    facility_rates: tuple[neighbours.FacilityRate, ...]
    sites: tuple[neighbours.Site, ...]
    modifiers: tuple[ModifierEffect, ...]
    modifiers_without_effect: tuple[str, ...]
    modifiers_for_information: tuple[str, ...]
    modifiers_not_worked_out: tuple[str, ...]
    modifiers_ended: tuple[str, ...]
    tables: tuple[neighbours.TableAtHand, ...]
    history: tuple[Edition, ...]


def code_page(
    code: str,
    schedules: Schedules,
    *,
    day: date | None = None,
    locality: str = NATIONAL,
    release: str | None = None,
    history: bool = False,
) -> CodePage:
    """Look a HCPCS code up in the release of a day (default: the newest release's own day).

    Raises UsageError for a code, day or locality that the schedules do not hold, with the nearest
    codes; ScheduleError for an unknown release.
    """
    code = code.strip().upper()
    chosen, day = chosen_release(schedules, day, release)
    holders = [each for each in schedules.releases if _rows(each, code).height]
    rows, limits = _rows(chosen, code), limits_of(code, schedules)
    if not rows.height and not limits:
        raise UsageError(unknown_code(code, chosen, holders))
    locality = chosen_locality(locality, chosen, schedules)
    # A drug or test may stand in its own schedule alone.
    first = rows.row(0, named=True) if rows.height else None
    factor = chosen.conversion_factor(day)
    primaries, add_ons = neighbours.links(code, chosen, schedules, day)
    modifiers = ModifierEffects()
    if first is not None:
        modifiers = modifier_effects(
            code,
            schedules,
            release=chosen.name,
            day=day,
            locality=locality,
            place=HOSPITAL if first["nonfacility_na"] else OFFICE,
            is_anesthesia=first["status_code"] == "J",
            has_sides=first["bilateral_indicator"] != "9",
        )
    return CodePage(
        code=code,
        label=first["label"] if first else "",
        release=chosen.name,
        day=day,
        locality=locality,
        conversion_factor=str(factor),
        indicators=tuple(_indicators(first)) if first else (),
        amounts=tuple(unit_amounts(rows, schedules, chosen, day, locality)) if first else (),
        limits=limits,
        remarks=tuple(_remarks(first, chosen)) if first else (_ITS_OWN,),
        releases=tuple(
            Holder(each.name, each.effective_from, each.effective_to, each.published_for)
            for each in holders
        ),
        endoscopic_family=neighbours.endoscopic_family(code, chosen),
        primaries=primaries,
        add_ons=add_ons,
        unlikely=neighbours.unlikely(code, schedules, day),
        pairs=neighbours.pairs(code, schedules, day),
        facility_rates=neighbours.facility_rates(code, schedules, day),
        sites=()
        if first is None
        else neighbours.sites(code, chosen, schedules, day, locality, first["pctc_indicator"]),
        modifiers=modifiers.effects,
        modifiers_without_effect=modifiers.nothing,
        modifiers_for_information=modifiers.information,
        modifiers_not_worked_out=modifiers.not_worked_out,
        modifiers_ended=modifiers.ended,
        tables=tuple(neighbours.tables_at_hand(schedules, day)),
        history=tuple(_history(code, holders, schedules, locality)) if history else (),
    )


def chosen_locality(asked: str, release: Release, schedules: Schedules) -> str:
    """Give the key of a locality, asked for by its key or by state and name."""
    known = {NATIONAL, *release.localities["locality"]}
    key = normal_locality(asked.strip())
    if key in known:
        return key
    found = LocalityNames(schedules, release).find(asked)
    if found.locality is not None:
        return found.locality
    if found.fits:
        raise UsageError(f"In release {release.name} the locality '{asked}' {found.ambiguity}.")
    near = ", ".join(found.candidates) or ", ".join(nearest(asked, sorted(known)))
    raise UsageError(
        f"Release {release.name} has no locality '{asked}'; it is the MAC and the locality, such "
        "as 01112-05, a state and name, such as 'IL Chicago', or national."
        + (f" Nearest: {near}." if near else "")
    )


def _history(
    code: str, holders: Iterable[Release], schedules: Schedules, locality: str
) -> Iterable[Edition]:
    """Tell what each release said of a code, oldest first, and what each changed.

    Where a release has no such locality its amounts are the national ones.
    """
    before: dict[str, Mapping[str, Any]] = {}
    for release in sorted(holders, key=lambda each: (each.published_for, each.name)):
        held = {NATIONAL, *release.localities["locality"]}
        where = locality if locality in held else NATIONAL
        day = release.published_for
        rows = _rows(release, code)
        amounts = {
            (amount.modifier, amount.setting): amount.amount
            for amount in unit_amounts(rows, schedules, release, day, where)
            if not amount.qualifying_apm
        }
        for row in rows.iter_rows(named=True):
            modifier = row["modifier"]
            yield Edition(
                release=release.name,
                published_for=release.published_for,
                locality=where,
                conversion_factor=str(release.conversion_factor(day)),
                modifier=modifier,
                status=row["status_code"],
                global_days=row["global_days"],
                nonfacility_amount=amounts[modifier, "nonfacility"],
                facility_amount=amounts[modifier, "facility"],
                changes=tuple(_changes(before.get(modifier), row)),
            )
            before[modifier] = row


def _changes(before: Mapping[str, Any] | None, row: Mapping[str, Any]) -> Iterable[str]:
    if before is None:
        return
    for name, column, _ in INDICATORS:
        if before[column] != row[column]:
            yield f"{name} {before[column] or 'none'} → {row[column] or 'none'}"
    for column in ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu"):
        if before[column] != row[column]:
            name = column.removesuffix("_rvu").replace("_pe", " expense").replace("_", " ")
            yield f"{name} {before[column] / 100:.2f} → {row[column] / 100:.2f}"


def chosen_release(
    schedules: Schedules, day: date | None, name: str | None
) -> tuple[Release, date]:
    """Give the release of a name or a day (default: the newest's own), and the day."""
    if not schedules.releases:
        raise UsageError("No release is loaded; import one with: payrules schedules import PATH")
    if name is not None:
        named = schedules.named(name)
        return named, day or named.published_for
    day = day or max(release.published_for for release in schedules.releases)
    in_force = schedules.in_force(day)
    if in_force is None:
        held = ", ".join(
            f"{each.name} ({each.effective_from} to {each.effective_to})"
            for each in schedules.releases
        )
        raise UsageError(f"No release is in force on {day}; there are: {held}.")
    return in_force, day


def _rows(release: Release, code: str) -> pl.DataFrame:
    """Give the rows of a code, the whole service first, then its modifiers."""
    return release.codes.filter(pl.col("hcpcs_code") == code).sort("modifier")


def unknown_code(code: str, release: Release, holders: Iterable[Release]) -> str:
    """Say that a release has no such code, who has, or which codes are near."""
    elsewhere = ", ".join(each.name for each in holders)
    if elsewhere:
        return f"Release {release.name} has no code {code}; held by: {elsewhere} (use --release)."
    near = _neighbours(code, release.codes["hcpcs_code"].unique().to_list())
    nearest = f"; nearest: {', '.join(near)}" if near else ""
    partial = " The starter release has selected codes only." if release.starter else ""
    return f"Release {release.name} has no code '{code}'{nearest}.{partial}"


def _neighbours(code: str, codes: Iterable[str]) -> list[str]:
    """Give the neighbours of a code among those that begin alike, or else codes that look alike."""
    ordered = sorted(codes)
    place = bisect(ordered, code)
    neighbours = ordered[max(0, place - 3) : place + 2]
    alike = [each for each in neighbours if each[:2] == code[:2]]
    return alike or nearest(code, ordered)


def _indicators(row: Mapping[str, Any]) -> Iterable[Indicator]:
    for name, column, meanings in INDICATORS:
        value = row[column]
        if column == "endoscopic_base_code":
            if value:
                yield Indicator(
                    name, value, "its amount is included in every endoscopy of the family"
                )
            continue
        yield Indicator(
            name, value or "", meanings.get(value, "not defined in CMS's documentation")
        )
    if row["preoperative"] or row["intraoperative"] or row["postoperative"]:
        shares = pl.DataFrame(
            {name: [row[name]] for name in ("preoperative", "intraoperative", "postoperative")}
        )
        before, during, after = shares.select(scaled_text(pl.all(), 2)).row(0)
        yield Indicator("shares", f"{before} {during} {after}", "before, during and after surgery")


def unit_amounts(
    rows: pl.DataFrame, schedules: Schedules, release: Release, day: date, locality: str
) -> Iterable[Amount]:
    """Price rows of the schedule in both settings, as a claim line would be.

    In the order of the rows; of each, both settings, then again for a qualifying APM's factor.
    """
    apm = {factor.qualifying_apm for factor in release.conversion_factors}
    asked = pl.DataFrame(
        [
            {
                "hcpcs_code": row["hcpcs_code"],
                "hcpcs_modifier_1": row["modifier"] or None,
                "place_of_service_code": place,
                "qualifying_apm_participant": qualifying,
            }
            for row in rows.iter_rows(named=True)
            for qualifying in sorted(apm)
            for place in _PLACES.values()
        ],
        schema_overrides={"hcpcs_modifier_1": pl.String},
    ).with_columns(
        *(pl.lit(None, dtype=pl.String).alias(f"hcpcs_modifier_{place}") for place in range(2, 6)),
        service_date=pl.lit(day),
        locality=pl.lit(locality),
    )
    lines, fees = attach_fees(encode(asked), schedules, release=release.name, others=False)
    expense = pl.when(pl.col("place_of_service_code") == _PLACES["facility"])
    # Imaging is paid no more than its hospital cap, and its patient charged for no more.
    fee = pl.col("fee_schedule_amount")
    capped_fee = pl.when(fee.is_not_null()).then(pl.min_horizontal(fee, "cap_amount"))
    words = (
        lines.select(
            "fee_row", "qualifying_apm_participant", "service_date", "place_of_service_code"
        )
        .join(fees, on="fee_row", how="left", maintain_order="left")
        .select(
            modifier="row_modifier",
            setting="setting",
            qualifying_apm="qualifying_apm_participant",
            work_rvu=scaled_text(pl.col("work_rvu"), 2),
            expense_rvu=scaled_text(
                expense.then("facility_pe_rvu").otherwise("nonfacility_pe_rvu"), 2
            ),
            malpractice_rvu=scaled_text(pl.col("malpractice_rvu"), 2),
            amount=dollars_text(fee),
            paid=dollars_text(capped_fee),
            limiting_charge=dollars_text(percentage(capped_fee, LIMIT.on())),
        )
    )
    for row in words.iter_rows(named=True):
        yield Amount(**row)


def _remarks(row: Mapping[str, Any], release: Release) -> Iterable[str]:
    for setting, told in NA_SETTINGS.items():
        if row[f"{setting}_na"]:
            yield told
    if row["multiple_procedure_indicator"] == "5":
        yield "Therapy is paid at the non-facility amount everywhere."
    if row["status_code"] == "J":
        yield f"Anesthesia: what its modifiers change is shown for {ANESTHESIA_MINUTES} minutes."
    if release.starter:
        yield (
            "The starter release has selected codes only; import CMS's full release with: "
            "payrules schedules import PATH"
        )
