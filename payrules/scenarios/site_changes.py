"""Lines that a scenario moves to another site, and a part of the encounters that it is about."""

import polars as pl

from payrules.claims import columns
from payrules.facility.sites import OFFICE, site_of
from payrules.facility.steps import with_any
from payrules.frozen import frozen
from payrules.money import WHOLE
from payrules.runs.facility_side import codes_with
from payrules.schedules import Schedules

#: What one claim bills of a person's day.
_ENCOUNTER = ("claim_id", "person_id", "service_date")
STAYS = (
    "changes nothing: the lines it matches are at that site already, or at none that they could"
    " move from"
)
#: Drugs and supplies.
_SUPPLIES = r"^[ACJQ]"


@frozen
class MovedLines:
    """Lines of a batch that move to a site, and how their bills change; masks over all lines.

    `facilitys`: what the facility bills itself there, and no practitioner.
    """

    moves: pl.Series
    adds_26: pl.Series
    drops_26: pl.Series
    facilitys: pl.Series


def part_of_encounters(lines: pl.DataFrame, here: pl.Series, part: int) -> pl.Series:
    """Keep the lines of a part of the encounters, in ten-thousandths, spread evenly.

    Decision: encounters are taken in order of day and claim, whole: 0.3 of ten are the 4th, 7th
    and 10th. So a part of a volume is billed otherwise to the cent, with its own sessions.
    """
    met = (
        lines.filter(here).select(_ENCOUNTER).unique().sort("service_date", "claim_id", "person_id")
    )
    before = pl.int_range(pl.len(), dtype=pl.Int64)
    chosen = met.filter((before + 1) * part // WHOLE > before * part // WHOLE)
    inside = lines.select(_ENCOUNTER).join(
        chosen.with_columns(_chosen=True), on=_ENCOUNTER, how="left", maintain_order="left"
    )
    return here & inside["_chosen"].fill_null(value=False)


def moved_to_site(
    lines: pl.DataFrame, here: pl.Series, site: str, schedules: Schedules
) -> MovedLines:
    """Move the encounters of some lines to a site: all lines of the claim's day move together.

    Lines that are at the site, or at none (telehealth, inpatients, homes), stay. In a facility a
    test is billed with 26, in an office whole. Decision: drugs, supplies and technical parts that
    a practitioner bills in an office are the facility's where the service moves to one.
    """
    days = lines["service_date"].unique()
    releases = [schedules.in_force(day) for day in days]
    names = [None if each is None else each.name for each in releases]
    told = lines.with_columns(
        here.alias("_here"),
        release=pl.col("service_date").replace_strict(days, names, return_dtype=pl.String),
        modifiers=pl.concat_list(columns.MODIFIERS).list.drop_nulls(),
        site=site_of(pl.col("place_of_service_code")),
    )
    masks = told.select(
        moves=pl.col("_here").any().over(_ENCOUNTER) & (pl.col("site") != site),
        **billed_at(site, codes_with(told, schedules, pl.col("pctc_indicator") == "1")),
    ).with_columns(pl.all().fill_null(value=False))
    moves = masks["moves"]
    return MovedLines(moves, *(moves & masks[name] for name in ("adds", "drops", "own")))


def billed_at(site: str, is_test: pl.Expr) -> dict[str, pl.Expr]:
    """Say how lines that move to a site are billed there: masks `adds` and `drops` of 26, `own`.

    `own` is what the facility bills itself; the lines have `modifiers`, a list.
    """
    nothing = pl.lit(value=False)
    if site == OFFICE:
        return {"adds": nothing, "drops": is_test & with_any("26"), "own": nothing}
    return {
        "adds": is_test & ~with_any("26", "TC"),
        "drops": nothing,
        "own": pl.col("hcpcs_code").str.contains(_SUPPLIES) | with_any("TC"),
    }
