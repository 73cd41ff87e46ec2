"""What the fee schedule knows of a code: indicators, amounts, edits, sites, modifiers, history."""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims.checks.localities import normal_locality
from payrules.code_page import facilities, neighbours
from payrules.code_page.amounts import Amount, unit_amounts
from payrules.code_page.classification import Classification, classification_of
from payrules.code_page.history import Edition, ending, history_of
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
from payrules.code_page.policies import CodeCoverage, coverage_of
from payrules.code_page.sites import Site, sites
from payrules.errors import UsageError
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.money import scaled_text
from payrules.nearest import nearest
from payrules.schedules import LocalityNames, Release, Schedules

_ITS_OWN = "The physician fee schedule at hand has no row of this code: its own schedule pays it."


@frozen
class Indicator:
    """A policy indicator of a code, and what it means."""

    name: str
    value: str
    meaning: str


@frozen
class Holder:
    """A release that holds the code."""

    name: str
    effective_from: date
    effective_to: date
    published_for: date


@frozen
class CodePage:
    """Everything the schedules say of one code on one day, in one locality."""

    code: str
    label: str
    release: str
    day: date
    locality: str
    conversion_factor: str
    indicators: tuple[Indicator, ...]
    classification: Classification | None
    amounts: tuple[Amount, ...]
    limits: tuple[Limit, ...]
    remarks: tuple[str, ...]
    releases: tuple[Holder, ...]
    endoscopic_family: tuple[str, ...]
    primaries: tuple[neighbours.Link, ...]
    add_ons: tuple[neighbours.Link, ...]
    unlikely: neighbours.Unlikely | None
    pairs: tuple[neighbours.Pair, ...]
    facility_rates: tuple[facilities.FacilityRate, ...]
    sites: tuple[Site, ...]
    modifiers: tuple[ModifierEffect, ...]
    modifiers_without_effect: tuple[str, ...]
    modifiers_for_information: tuple[str, ...]
    modifiers_not_worked_out: tuple[str, ...]
    modifiers_ended: tuple[str, ...]
    tables: tuple[neighbours.TableAtHand, ...]
    coverage: CodeCoverage | None
    history: tuple[Edition, ...]
    ended: str


def code_page(
    code: str,
    schedules: Schedules,
    *,
    day: date | None = None,
    locality: str = NATIONAL,
    release: str | None = None,
    history: bool = False,
    own: Mapping[str, int] | None = None,
    coverage: Sequence[Path] | None = None,
) -> CodePage:
    """Look a HCPCS code up in the release of a day (default: the newest release's own day).

    `own` are a practice's codes and how many lines each has: their pairs are listed first.
    `coverage` are files and folders of coverage policies, else the examples that come with
    payrules. Raises UsageError for a code, day or locality that the schedules do not hold, with the
    nearest codes; ScheduleError for an unknown release; CoverageError for a policy file.
    """
    code = code.strip().upper()
    holders = [each for each in schedules.releases if _rows(each, code).height]
    if history and holders and day is None and release is None:
        # The history of a code that has ended is that of the last release which has it.
        release = max(holders, key=lambda each: (each.published_for, not each.starter)).name
    chosen, day = chosen_release(schedules, day, release)
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
        classification=classification_of(code, day),
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
        pairs=neighbours.pairs(code, schedules, day, own),
        facility_rates=facilities.facility_rates(code, schedules, day),
        sites=()
        if first is None
        else sites(code, chosen, schedules, day, locality, first["pctc_indicator"]),
        modifiers=modifiers.effects,
        modifiers_without_effect=modifiers.nothing,
        modifiers_for_information=modifiers.information,
        modifiers_not_worked_out=modifiers.not_worked_out,
        modifiers_ended=modifiers.ended,
        tables=tuple(neighbours.tables_at_hand(schedules, day)),
        coverage=coverage_of(code, locality, day, coverage),
        history=tuple(history_of(code, holders, schedules, locality)) if history else (),
        ended=ending(code, holders, schedules),
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
