"""A code over the releases: what each changed, and where it ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from payrules.code_page.amounts import unit_amounts
from payrules.code_page.indicators import INDICATORS
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.schedules import Release, Schedules

_RVUS = ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu")
#: What a later release may say otherwise without a change of the code.
_WHEN = ("release", "published_for", "last_release", "last_published_for", "changes")


@frozen
class Edition:
    """A code as one or more releases in a row have it: indicators, amounts (dollars), changes.

    `release` is the first that has it so, `last_release` the last. Where a release has not the
    locality asked for, there are no amounts and `locality` is "": the nation's are not its.
    """

    release: str
    published_for: date
    last_release: str
    last_published_for: date
    locality: str
    conversion_factor: str
    modifier: str
    status: str
    global_days: str
    nonfacility_amount: str | None
    facility_amount: str | None
    changes: tuple[str, ...]


def history_of(
    code: str, holders: Iterable[Release], schedules: Schedules, locality: str
) -> Iterator[Edition]:
    """Tell what changed of a code, oldest first; releases that say the same are one edition."""
    now: dict[str, Edition] = {}
    rows_before: dict[str, Mapping[str, Any]] = {}
    found: list[Edition] = []
    places: dict[str, int] = {}
    # The starter is a selection of a release's rows: where that release is loaded, it says no more.
    for release in _in_order(each for each in holders if _counts(each, schedules)):
        held = {NATIONAL, *release.localities["locality"]}
        day = release.published_for
        rows = release.codes.filter(pl.col("hcpcs_code") == code).sort("modifier")
        amounts = (
            {
                (amount.modifier, amount.setting): amount.amount
                for amount in unit_amounts(rows, schedules, release, day, locality)
                if not amount.qualifying_apm
            }
            if locality in held
            else {}
        )
        for row in rows.iter_rows(named=True):
            modifier = row["modifier"]
            edition = Edition(
                release=release.name,
                published_for=day,
                last_release=release.name,
                last_published_for=day,
                locality=locality if locality in held else "",
                conversion_factor=str(release.conversion_factor(day)),
                modifier=modifier,
                status=row["status_code"],
                global_days=row["global_days"],
                nonfacility_amount=amounts.get((modifier, "nonfacility")),
                facility_amount=amounts.get((modifier, "facility")),
                changes=tuple(_changes(rows_before.get(modifier), row)),
            )
            before = now.get(modifier)
            if before is not None and before.conversion_factor != edition.conversion_factor:
                factors = f"{before.conversion_factor} → {edition.conversion_factor}"
                edition = replace(
                    edition, changes=(*edition.changes, f"conversion factor {factors}")
                )
            if before is not None and not edition.changes and _says(before) == _says(edition):
                edition = replace(before, last_release=release.name, last_published_for=day)
                found[places[modifier]] = edition
            else:
                places[modifier] = len(found)
                found.append(edition)
            now[modifier], rows_before[modifier] = edition, row
    yield from found


def ending(code: str, holders: Sequence[Release], schedules: Schedules) -> str:
    """Say where a code ended: the first release without it; "" where the newest still has it.

    Decision: CMS's releases do not say what replaced a code, and nothing is guessed.
    """
    if not holders:
        return ""
    last = _in_order(holders)[-1]
    later = [
        each
        for each in _in_order(schedules.releases)
        if each.published_for > last.published_for and not each.starter
    ]
    if not later:
        return ""
    return (
        f"Release {later[0].name} (published for {later[0].published_for}) no longer has {code}; "
        f"the last that has it is {last.name}. CMS's releases do not say what replaced it."
    )


def _counts(release: Release, schedules: Schedules) -> bool:
    return not release.starter or schedules.in_force(release.published_for) is release


def _in_order(releases: Iterable[Release]) -> list[Release]:
    return sorted(releases, key=lambda each: (each.published_for, each.name))


def _says(edition: Edition) -> dict[str, Any]:
    return {name: value for name, value in vars(edition).items() if name not in _WHEN}


def _changes(before: Mapping[str, Any] | None, row: Mapping[str, Any]) -> Iterator[str]:
    if before is None:
        return
    for name, column, _ in INDICATORS:
        if before[column] != row[column]:
            yield f"{name} {before[column] or 'none'} → {row[column] or 'none'}"
    for column in _RVUS:
        if before[column] != row[column]:
            name = column.removesuffix("_rvu").replace("_pe", " expense").replace("_", " ")
            yield f"{name} {before[column] / 100:.2f} → {row[column] / 100:.2f}"
