"""Under which schedules a figure is the answer: releases, localities, settings, factors, modifiers.

Every way to price a code is a line of one batch, priced by the engine like any other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.answers.written import AskedLine, read_amount
from payrules.code_page import chosen_locality, chosen_release, unknown_code
from payrules.code_page.limits import limits_of
from payrules.code_page.modifier_effects import (
    ALONE,
    ANESTHESIA_MINUTES,
    HOSPITAL,
    OFFICE,
    acting_modifiers,
)
from payrules.errors import UsageError
from payrules.fees.other_schedules import LABORATORY
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import ConversionFactor, LocalityNames, Release, Schedules

#: What a figure may be, the likeliest first: the others are looked at where it is no plain one.
FIGURES = {
    "allowed_amount": "allowed",
    "medicare_amount": "paid by Medicare, after sequestration",
    "_medicare_share": "Medicare's share, before sequestration",
    "patient_amount": "the patient's share",
    "limiting_charge": "limiting charge",
}
PHYSICIAN, OF_85_PERCENT, TAKES_NO_PART = (
    "physician",
    "nurse practitioner, physician assistant",
    "non-participating physician",
)
#: Who bills, as the columns of a claim say it; without modifiers only.
_WHO: dict[str, dict[str, Any]] = {
    PHYSICIAN: {"practitioner_type": "physician", "participating": True},
    OF_85_PERCENT: {"practitioner_type": "nurse_practitioner", "participating": True},
    TAKES_NO_PART: {"practitioner_type": "physician", "participating": False},
}
_ORDER = ("_release", "_factor", "place_of_service_code", "_modifiers", "_who")
_MOST_NEAR = 3


@frozen
class Way:
    """One way to price the code to `amount` dollars, and the localities where it holds.

    `figure` says what the amount is; several `modifiers` do the same, each on its own.
    """

    figure: str
    amount: str
    release: str
    conversion_factor: str
    qualifying_apm: bool
    setting: str
    modifiers: tuple[str, ...]
    billed_by: str
    localities: tuple[str, ...]
    locality_names: tuple[str, ...]
    everywhere: bool


@frozen
class FigureAnswer:
    """Under what a figure is the answer; where there is nothing, `nearest` says what is near.

    `releases` are those looked in; `tried` how many amounts were held against the figure.
    """

    code: str
    amount: str
    ways: tuple[Way, ...]
    nearest: tuple[Way, ...]
    releases: tuple[str, ...]
    tried: int
    remark: str

    def as_json(self) -> dict[str, Any]:
        """Give the answer as JSON takes it."""
        return asdict(self)


def which(
    asked: AskedLine,
    amount: str,
    schedules: Schedules,
    *,
    release: str | None = None,
    locality: str | None = None,
) -> FigureAnswer:
    """Find what makes a code worth an amount, given in dollars, among all that is loaded.

    With modifiers only with these; else with each that a rule reads and that changes the amount. An
    anesthesia code is priced for an hour. Raises UsageError for a code that no release holds.

    Decision: a starter release is left out where an imported one serves its dates, because it is a
    selection of the same rows.
    """
    if asked.units is not None:
        raise UsageError("A figure is looked up for one unit of a code; leave the units out.")
    figure = Decimal(read_amount("amount", amount))
    chosen = _releases(schedules, release)
    held = [each for each in chosen if (each.codes["hcpcs_code"] == asked.code).any()]
    if not held:
        newest, _ = chosen_release(schedules, None, release)
        said = unknown_code(asked.code, newest, ())
        raise UsageError(_of_limits(asked.code, schedules) or said)
    is_anesthesia = any("J" in _statuses(each, asked.code) for each in held)
    if asked.modifiers:
        combinations: Sequence[tuple[str, ...]] = [asked.modifiers]
    else:
        one = [(each,) for each in acting_modifiers(is_anesthesia=is_anesthesia)]
        national = _priced(asked.code, held, schedules, [(), *one], None, [NATIONAL]).filter(
            pl.col("_who") == PHYSICIAN
        )
        plain = national.filter(pl.col("_modifiers") == "")
        moved = national.join(plain, on=_ORDER[:3], suffix="_plain").filter(
            (pl.col("status") == "priced")
            & (pl.col("allowed_amount") != pl.col("allowed_amount_plain"))
        )
        acts = {*moved["_modifiers"]}
        combinations = [(), *(each for each in one if each[0] in acts)]
    priced = _priced(asked.code, held, schedules, combinations, locality)
    ways = _ways(priced, schedules, pl.lit(figure))
    near: list[Way] = []
    # A denied line is worth 0.00, and that is no amount of the code.
    worth = priced.filter((pl.col("status") == "priced") & pl.col("allowed_amount").is_not_null())
    if not ways:
        apart = (pl.col("allowed_amount") - figure).abs()
        amounts = (
            worth.select("allowed_amount", apart=apart).unique().sort("apart", "allowed_amount")
        )
        for each in amounts["allowed_amount"].head(_MOST_NEAR):
            near += _ways(worth, schedules, pl.lit(each), ("allowed_amount",))
    if is_anesthesia:  # paid by its own factor, which each locality has
        ways = [replace(each, conversion_factor="anesthesia") for each in ways]
        near = [replace(each, conversion_factor="anesthesia") for each in near]
    return FigureAnswer(
        code=asked.name,
        amount=f"{figure:.2f}",
        ways=tuple(ways),
        nearest=tuple(near[:_MOST_NEAR]),
        releases=tuple(each.name for each in held),
        tried=worth.height,
        remark=f"Anesthesia is priced for {ANESTHESIA_MINUTES} minutes."
        if is_anesthesia
        else ""
        if worth.height
        else _of_limits(asked.code, schedules),
    )


def _of_limits(code: str, schedules: Schedules) -> str:
    """Say where a drug's or test's limits stand, which no locality or modifier moves."""
    limits = limits_of(code, schedules)
    if not limits:
        return ""
    own, them = (
        ("laboratory fee schedule", "its rates")
        if limits[0].schedule == LABORATORY
        else ("drug payment limits", "them")
    )
    return f"{code} is paid by the {own}, the same everywhere: payrules code {code} shows {them}."


def _releases(schedules: Schedules, name: str | None) -> list[Release]:
    if name is not None:
        return [schedules.named(name)]
    newest, _ = chosen_release(schedules, None, None)
    chosen = [
        each
        for each in schedules.releases
        if not each.starter or schedules.in_force(each.published_for) is each
    ]
    return sorted(chosen, key=lambda each: each.published_for, reverse=True) or [newest]


def _statuses(release: Release, code: str) -> list[str]:
    return release.codes.filter(pl.col("hcpcs_code") == code)["status_code"].to_list()


def _factors(release: Release) -> Iterator[tuple[date, ConversionFactor]]:
    """Give each conversion factor of a release with a day of service on which it holds."""
    for factor in release.conversion_factors:
        for day in (release.published_for, factor.effective_from):
            if release.conversion_factor(day, factor.qualifying_apm) == factor:
                yield day, factor
                break


def _priced(
    code: str,
    releases: Sequence[Release],
    schedules: Schedules,
    combinations: Sequence[tuple[str, ...]],
    locality: str | None,
    localities: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Price the code in every way: one line a release, factor, locality, setting and modifiers."""
    together: list[pl.DataFrame] = []
    found: list[pl.DataFrame] = []
    for release in releases:
        if localities is not None:
            places = list(localities)
        elif locality is not None:
            places = [chosen_locality(locality, release, schedules)]
        else:
            places = [NATIONAL, *release.localities["locality"].unique().sort()]
        ways = _lines_of(code, release, combinations).join(
            pl.DataFrame({"locality": places}, schema={"locality": pl.String}), how="cross"
        )
        days = {day for day, _ in _factors(release)}
        if all(schedules.in_force(day) is release for day in days):
            together.append(ways)
        else:
            found.append(_estimated(ways, schedules, release.name))
    if together:
        found.insert(0, _estimated(pl.concat(together), schedules, None))
    return pl.concat(found)


def _lines_of(code: str, release: Release, combinations: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    rows = [
        {
            "_release": release.name,
            "_factor": str(factor),
            "_apm": factor.qualifying_apm,
            "_modifiers": "-".join(modifiers),
            "_who": who,
            "claim_line_start_date": day,
            "hcpcs_code": code,
            "place_of_service_code": place,
            "hcpcs_modifiers": " ".join(modifiers) or None,
            "qualifying_apm_participant": factor.qualifying_apm,
            "anesthesia_minutes": ANESTHESIA_MINUTES,
            **columns,
        }
        for day, factor in _factors(release)
        for place in (OFFICE, HOSPITAL)
        for modifiers in combinations
        for who, columns in _WHO.items()
        if who == PHYSICIAN or not modifiers
    ]
    return pl.DataFrame(rows, schema_overrides={"hcpcs_modifiers": pl.String})


def _estimated(ways: pl.DataFrame, schedules: Schedules, release: str | None) -> pl.DataFrame:
    """Price each way on a claim and for a person of its own."""
    own = pl.int_range(pl.len()).cast(pl.String)
    batch = ways.with_columns(claim_id=own, person_id=own, claim_line_number=pl.lit(1))
    asked = batch.select(pl.exclude("^_.*$"))
    results = estimate(asked, Setup(ALONE, schedules=schedules, release=release), trail=False)
    lines = results.lines.with_columns(
        _medicare_share=pl.col("medicare_amount") + pl.col("sequestration_amount")
    ).select("claim_id", "setting", "status", *FIGURES)
    kept = batch.select("^_.*$", "claim_id", "locality", "place_of_service_code")
    return kept.join(lines, on="claim_id", how="inner", maintain_order="left")


def _ways(
    priced: pl.DataFrame,
    schedules: Schedules,
    figure: pl.Expr,
    figures: Sequence[str] = tuple(FIGURES),
) -> list[Way]:
    """Give the ways to the figure, the plainest first; kinds of figure up to one that explains it.

    A kind explains it that holds for physicians in the whole nation, or in the one place asked for:
    an amount that one locality happens to have does not hide what everybody else is paid.
    """
    names = {each.key: each.short_name for each in LocalityNames(schedules).places}
    everywhere = priced.group_by(*_ORDER).agg(_all=pl.col("locality").n_unique())
    of_one_place = priced["locality"].n_unique() == 1
    found: list[Way] = []

    def oddness(way: Way) -> tuple[bool, bool, bool]:
        return (
            not of_one_place and NATIONAL not in way.localities,
            "" not in way.modifiers,
            way.billed_by != PHYSICIAN,
        )

    for name in figures:
        hits = priced.filter(
            (pl.col("status") == "priced")
            & (pl.col(name) == figure)
            & (pl.lit(name == "allowed_amount") | (pl.col("allowed_amount") > 0))
        )
        if not hits.height:
            continue
        grouped = (
            hits.group_by(*_ORDER, "_apm", "setting", name, maintain_order=True)
            .agg("locality")
            .join(everywhere, on=_ORDER, maintain_order="left")
            .group_by(
                "_release", "_factor", "_apm", "setting", "_who", name, "locality", "_all",
                maintain_order=True,
            )
            .agg("_modifiers")
        )  # fmt: skip
        found += [
            Way(
                figure=FIGURES[name],
                amount=f"{row[name]:.2f}",
                release=row["_release"],
                conversion_factor=row["_factor"],
                qualifying_apm=row["_apm"],
                setting=row["setting"],
                modifiers=tuple(row["_modifiers"]),
                billed_by=row["_who"],
                localities=tuple(row["locality"]),
                locality_names=tuple(names.get(each, "") for each in row["locality"]),
                everywhere=len(row["locality"]) == row["_all"] > 1,
            )
            for row in grouped.iter_rows(named=True)
        ]
        if any(not place and not biller for place, _, biller in map(oddness, found)):
            break
    return sorted(found, key=oddness)
