"""Claim lines moved to another site: what the practitioner would bill there."""

import polars as pl

from payrules.errors import ScenarioError
from payrules.facility.sites import OFFICE, PLACE_OF_SITE, SITE_WORDS
from payrules.frozen import frozen
from payrules.runs.facility_side import codes_with
from payrules.scenarios.modifier_changes import with_modifiers
from payrules.scenarios.site_changes import billed_at
from payrules.schedules import Schedules


@frozen
class LinesAtSite:
    """Lines as they are billed at a site, and which of those that move are not billed so there.

    `facilitys` marks what the facility bills itself, `not_done` what CMS says is not done there.
    """

    lines: pl.DataFrame
    facilitys: pl.Series
    not_done: pl.Series


def move(told: pl.DataFrame, moves: pl.Series, site: str, schedules: Schedules) -> LinesAtSite:
    """Bill the lines that `moves` marks at a site; the others stay as they are.

    `told` are lines with release, `modifiers` (a list) and `is_test`.
    """
    undone = codes_with(told, schedules, pl.col("nonfacility_na"))
    masks = told.select(
        **billed_at(site, pl.col("is_test")),
        undone=undone if site == OFFICE else pl.lit(value=False),
    )
    adds, drops, own, not_done = (moves & masks[name] for name in masks.columns)
    place = pl.when(pl.lit(moves)).then(pl.lit(PLACE_OF_SITE[site]))
    return LinesAtSite(
        lines=with_modifiers(
            told.with_columns(place_of_service_code=place.otherwise("place_of_service_code")),
            {"26": adds},
            {"26": drops},
            lambda _, fault: ScenarioError(f"Moving to the {SITE_WORDS[site]}: {fault}."),
        ),
        facilitys=own,
        not_done=not_done,
    )
