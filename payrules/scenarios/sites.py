"""What if it is done elsewhere: a batch at each site, practitioner and facility together.

The batch is priced once for each site with the place of service changed, and the facility's lines
are derived and priced each time. Only encounters whose every part is settled at every site that is
compared are added up: so the sums are of the same encounters.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from payrules.claims.columns import MODIFIERS
from payrules.counted import counted
from payrules.errors import UsageError
from payrules.facility.sites import OFFICE, SITE_WORDS, SITES, site_of
from payrules.facility.wage import WageIndices
from payrules.frozen import frozen
from payrules.money import adding_up
from payrules.nearest import perhaps
from payrules.runs.facility_record import RunRates, rates_used, wages_in_sentences
from payrules.runs.facility_side import (
    BOTH_SIDES,
    FacilitySide,
    codes_with,
    encountered,
    in_dollars,
    rows_of,
    side_of,
    whole,
)
from payrules.runs.record import as_plain
from payrules.scenarios.baseline import MEASURES, Baseline
from payrules.scenarios.claims_changes import change_claims
from payrules.scenarios.moved import move
from payrules.scenarios.scenario import Scenario

#: The batch as it came, beside the sites it is moved to.
AS_BILLED = "as_billed"
#: The batch as a scenario bills it, where one was given.
PLANNED = "planned"
AT_WORDS = {AS_BILLED: "as billed", PLANNED: "as planned", **SITE_WORDS}
_LINE = (*("encounter_id", "claim_id", "claim_line_number", "service_date", "hcpcs_code", "site"),)
#: No sentence gives more reasons; the encounters have all.
_REASONS = 3
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SITE_THERE = "_site_there"
_SEVERAL = "lines of the claim's day are at several places, and stay there"


@frozen
class SitesCompared:
    """A batch as billed and at each site asked for; amounts in cents, null where not settled.

    `sides` are the facility's sides by site, `AS_BILLED` first, `lines` the practitioners' lines
    there, as priced. `encounters`: a row each, with the amounts of each (`office_total_amount`),
    `compared` and why not. `totals`: the encounters compared, a row a site, with changes against as
    billed. `open`: what keeps encounters from being compared, and how many. `stay` counts lines by
    the place of service they stay at; `plan` is the scenario whose billing is `PLANNED`.
    """

    base: Baseline
    sides: Mapping[str, FacilitySide]
    lines: Mapping[str, pl.DataFrame]
    encounters: pl.DataFrame
    totals: pl.DataFrame
    open: pl.DataFrame
    stay: pl.DataFrame
    plan: Scenario | None = None

    @cached_property
    def told_lines(self) -> pl.DataFrame:
        """Every line at every site, the practitioner's and the facility's, amounts in dollars."""
        parts = []
        for name, side in self.sides.items():
            practitioner = self.lines[name].select(
                *_LINE,
                "place_of_service_code",
                "modifiers",
                "status",
                "reason",
                *MEASURES,
                at=pl.lit(name),
                side=pl.lit("practitioner"),
                billed_code="hcpcs_code",
            )
            facility = side.lines.select(
                *_LINE,
                "modifiers",
                "status",
                "reason",
                at=pl.lit(name),
                side=pl.lit("facility"),
                billed_code="facility_code",
                allowed_amount="amount",
            )
            parts += [practitioner, facility]
        together = pl.concat(parts, how="diagonal").with_columns(pl.col("modifiers").list.join(" "))
        named = together.rename({"service_date": "claim_line_start_date"})
        return in_dollars(named.select("at", "side", pl.exclude("at", "side")))

    @cached_property
    def rates(self) -> list[RunRates]:
        """The files that facilities' rates were taken from."""
        quarters = frozenset[tuple[str, date]]().union(
            *(side.quarters for side in self.sides.values())
        )
        return [*rates_used(quarters, self.base.setup)]

    @cached_property
    def sentences(self) -> list[str]:
        """What a reader of the amounts should know: wage indices, quarters, what is not known."""
        wages = self.base.setup.facility or WageIndices()
        billed = {*self.sides[AS_BILLED].encounters["site"], *self.sides}
        said = [*wages_in_sentences([site for site in SITES if site in billed], wages)]
        notes = [note for side in self.sides.values() for note in side.notes]
        of_batch = self.sides[AS_BILLED].of_batch
        if self.plan is not None:
            said.insert(0, f"As planned: {self.plan.title} ({self.plan.name}).")
        return [*dict.fromkeys([*said, *_once(notes), *of_batch]), *self._who_pays()]

    def _who_pays(self) -> Iterator[str]:
        """Say of which encounters that are compared it is not settled who pays, and why."""
        compared = self.encounters.filter("compared")
        for name in self.sides:
            unknown = compared.filter(pl.col(f"{name}_medicare_amount").is_null())
            if unknown.height:
                why = unknown[f"{name}_why"].explode().drop_nulls().unique(maintain_order=True)
                more = f" and {why.len() - _REASONS:,} more" if why.len() > _REASONS else ""
                yield (
                    f"{AT_WORDS[name].capitalize()}: what Medicare and the patient pay is not "
                    f"added up, for it is open of {counted(unknown.height, 'encounter')} compared: "
                    f"{'; '.join(why.head(_REASONS))}{more}."
                )


def _once(notes: Iterable[str]) -> Iterator[str]:
    """Say once of notes that differ in a day alone, as of a missing addendum: the first of them."""
    days: dict[tuple[str, ...], set[str]] = {}
    for note in notes:
        before, *after = _DAY.split(note)
        if len(after) == 1:
            days.setdefault((before, *after), set()).update(_DAY.findall(note))
        else:
            days[(note,)] = set()
    for (before, *after), found in days.items():
        more = f" and on {counted(len(found) - 1, 'day')} more" if len(found) > 1 else ""
        yield before + (f"{min(found)}{more}{after[0]}" if after else "")


def read_sites(asked: str) -> tuple[str, ...]:
    """Read what `--sites` names: sites with commas between; UsageError for what is none."""
    named = [each.strip().lower() for each in asked.split(",") if each.strip()]
    for each in named:
        if each not in SITES:
            raise UsageError(
                f"--sites: there is no site '{each}'{perhaps(each, SITES)}. The sites are "
                f"{', '.join(SITES)}; several have commas between."
            )
    if not named:
        raise UsageError(f"--sites names no site; write {','.join(SITES)}, or some of them.")
    return tuple(dict.fromkeys(named))


def compare_sites(
    base: Baseline, sites: Sequence[str], plan: Scenario | None = None
) -> SitesCompared:
    """Price a batch at each site, and as a plan bills it, such as a part of it moved.

    Raises UsageError for a payer other than Medicare and for a plan that changes more than which
    claims are billed how, and ScenarioError where the plan meets no line.
    """
    setup, batch = base.setup, base.batch
    setup.must_be_medicare()
    told = encountered(base.lines, batch, setup.schedules)
    of_claim = pl.col("site").fill_null("").n_unique().over("_of", "person_id", "service_date")
    told = told.with_columns(moves=pl.col("site").is_not_null() & (of_claim == 1))
    sides = {AS_BILLED: side_of(told, batch, setup)}
    lines = {AS_BILLED: told}
    if plan is not None:
        lines[PLANNED] = _as_planned(base, told, plan)
    for site in sites:
        lines[site] = _at(base, told, site)
    sides |= {
        name: side_of(each, batch, setup) for name, each in lines.items() if name not in sides
    }
    encounters = _encounters(told, sides)
    return SitesCompared(
        base=base,
        sides=sides,
        lines=lines,
        encounters=encounters,
        totals=_totals(encounters, [*sides]),
        open=_open(encounters, sides),
        stay=told.filter(~pl.col("moves"))
        .group_by("place_of_service_code")
        .agg(lines=pl.len())
        .sort("place_of_service_code"),
        plan=plan,
    )


def _as_planned(base: Baseline, told: pl.DataFrame, plan: Scenario) -> pl.DataFrame:
    """Price the lines as a scenario bills them."""
    if {*plan.changes} - {"claims"} or any(each.volume is not None for each in plan.says.claims):
        raise UsageError(
            f"{plan.name} changes more than how claims are billed: beside --sites a scenario moves "
            "claims alone, without a volume, a fee schedule or terms."
        )
    setup = base.setup
    changed = change_claims(base.batch, plan.says.claims, setup.schedules, plan.refuse)
    site = changed.lines.select(site_of(pl.col("place_of_service_code"))).to_series()
    to_office = (site == OFFICE) & told["site"].ne_missing(OFFICE)
    rare = codes_with(told, setup.schedules, pl.col("nonfacility_na"))
    unknown = to_office.fill_null(value=False) & told.select(rare).to_series()
    # What the facility bills itself counts no longer among the practitioner's.
    return _billed(base, told, changed.lines, site, changed.volume == 0, unknown)


def _at(base: Baseline, told: pl.DataFrame, site: str) -> pl.DataFrame:
    """Price the lines at a site, those that move and, as they came, those that do not."""
    moves = told.select(pl.col("moves") & (pl.col("site") != site)).to_series()
    moved = move(told, moves.fill_null(value=False), site, base.setup.schedules)
    there = pl.when(pl.lit(moves)).then(pl.lit(site)).otherwise("site").alias("site")
    billed = moved.lines.select(base.batch.lines.columns)
    at_site = told.select(there).to_series()
    return _billed(base, told, billed, at_site, moved.facilitys, moved.not_done)


def _billed(
    base: Baseline,
    told: pl.DataFrame,
    billed: pl.DataFrame,
    site: pl.Series,
    facilitys: pl.Series,
    not_done: pl.Series,
) -> pl.DataFrame:
    """Price lines as they are billed elsewhere; those that the facility bills itself are 0.00."""
    priced = base.price(billed, base.setup, trail=False).lines
    # What did not survive the edits is nobody's.
    survives = ~told["status"].is_in(["bundled", "denied"])
    nothing, unknown = pl.lit(facilitys & survives), pl.lit(not_done)
    return priced.with_columns(
        *(
            pl.when(nothing).then(0).when(unknown).then(None).otherwise(name).alias(name)
            for name in MEASURES
        ),
        status=pl.when(nothing)
        .then(pl.lit("priced"))
        .when(unknown)
        .then(pl.lit("not_on_schedule"))
        .otherwise("status"),
        reason=pl.when(nothing)
        .then(pl.lit("the facility bills it"))
        .when(unknown)
        .then(pl.lit("not done in an office (NA)"))
        .otherwise("reason"),
        site=site,
        modifiers=pl.concat_list(MODIFIERS).list.drop_nulls(),
        **{name: told[name] for name in ("row", "encounter_id", "is_test", "moves")},
    )


def _encounters(told: pl.DataFrame, sides: Mapping[str, FacilitySide]) -> pl.DataFrame:
    """Put the encounters of every side beside each other."""
    told_of = sides[AS_BILLED].encounters.select("encounter_id", "claim_id", "service_date", "site")
    moving = told.group_by("encounter_id").agg(pl.col("moves").all())
    told_of = told_of.join(moving, on="encounter_id", how="left", maintain_order="left")
    for name, side in sides.items():
        amounts = side.encounters.select(
            "encounter_id",
            pl.col(BOTH_SIDES).name.prefix(f"{name}_"),
            pl.col("why").alias(f"{name}_why"),
            pl.col("site").alias(_SITE_THERE),
        )
        told_of = told_of.join(amounts, on="encounter_id", how="left", maintain_order="left")
        if name != AS_BILLED:
            told_of = _without_refused(told_of, side, name)
        told_of = told_of.drop(_SITE_THERE)
    settled = pl.all_horizontal(pl.col(f"{name}_total_amount").is_not_null() for name in sides)
    return told_of.with_columns(compared=pl.col("moves") & settled)


def _without_refused(encounters: pl.DataFrame, side: FacilitySide, name: str) -> pl.DataFrame:
    """Leave no total at a site that an encounter would move to, and whose facility is denied.

    Decision: that nobody is paid there is no saving; the service is not done there.
    """
    refused = (
        side.lines.filter(pl.col("status") == "denied")
        .group_by("encounter_id", maintain_order=True)
        .agg(_refused=pl.format("{}: the facility is not paid: {}", "hcpcs_code", "reason"))
    )
    why = f"{name}_why"
    moved = pl.col("_refused").is_not_null() & (pl.col("site") != pl.col(_SITE_THERE))
    return (
        encounters.join(refused, on="encounter_id", how="left", maintain_order="left")
        .with_columns(
            *(
                pl.when(~moved).then(f"{name}_{amount}").alias(f"{name}_{amount}")
                for amount in BOTH_SIDES
                if amount != "professional_amount"
            ),
            pl.when(moved).then(pl.concat_list(why, "_refused")).otherwise(why).alias(why),
        )
        .drop("_refused")
    )


def _totals(encounters: pl.DataFrame, sides: Sequence[str]) -> pl.DataFrame:
    """Add up the encounters compared, a row a site, and what changes against as billed."""
    compared = encounters.filter("compared")
    with adding_up():
        rows = [
            compared.select(
                pl.lit(name).alias("at"),
                pl.len().alias("encounters"),
                # Of no encounter there is no sum.
                *(
                    pl.when(pl.len() > 0).then(whole(pl.col(f"{name}_{amount}"))).alias(amount)
                    for amount in BOTH_SIDES
                ),
            )
            for name in sides
        ]
    return pl.concat(rows).with_columns(
        (pl.col(amount) - pl.col(amount).first()).alias(amount.replace("_amount", "_change"))
        for amount in BOTH_SIDES
    )


def _open(encounters: pl.DataFrame, sides: Mapping[str, FacilitySide]) -> pl.DataFrame:
    """Count the encounters that each reason keeps from being compared, the commonest first.

    Of a site where an encounter has a total no reason is counted: there only who pays is open.
    """
    stays = encounters.filter(~pl.col("moves"))
    parts = [
        stays.select(pl.lit(AS_BILLED).alias("at"), pl.lit(_SEVERAL).alias("why"), "encounter_id")
    ]
    for name in sides:
        parts.append(
            encounters.filter("moves", pl.col(f"{name}_total_amount").is_null())
            .select(pl.lit(name).alias("at"), pl.col(f"{name}_why").alias("why"), "encounter_id")
            .explode("why")
            .drop_nulls("why")
        )
    return (
        pl.concat(parts)
        .group_by("at", "why", maintain_order=True)
        .agg(encounters=pl.col("encounter_id").n_unique())
        .sort("encounters", "why", descending=[True, False], maintain_order=True)
    )


def sites_record(compared: SitesCompared) -> dict[str, Any]:
    """Give the answer as one JSON record: what it stands on, totals, encounters, what is open."""
    run = compared.base.record.as_json()
    kept = ("payrules", "at", "inputs", "releases")
    return {
        **{name: run[name] for name in kept},
        "rates": as_plain(compared.rates),
        **({} if compared.plan is None else {"plan": compared.plan.title}),
        "totals": rows_of(compared.totals),
        "encounters": rows_of(compared.encounters),
        "open": compared.open.to_dicts(),
        "notes": compared.sentences,
    }
