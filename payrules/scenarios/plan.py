"""The plan of a scenario: what it changes in words, with what, and whose claims it can reach.

No rule looks from one person to another, so only those persons are priced again whose claims the
scenario bills otherwise, whose fees it changes, or at whom a rule on other terms looks.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

import polars as pl

from payrules.engine.rule import Rule, looks_alike
from payrules.errors import ScenarioError
from payrules.fees.other_schedules import KIND_OF_SCHEDULE
from payrules.frozen import frozen
from payrules.money import WHOLE, sum_of
from payrules.runs.setup import Setup
from payrules.runs.who_paid import as_named
from payrules.scenarios.baseline import MEASURES, Baseline, at_volume
from payrules.scenarios.changed_setup import (
    must_be_payers,
    must_change_prices,
    payer_said,
    with_prices,
    with_terms,
)
from payrules.scenarios.claims_changes import ChangedClaims, change_claims
from payrules.scenarios.coverage_changes import (
    coverage_met,
    reached_by_policies,
)
from payrules.scenarios.fee_rows import FeeRows
from payrules.scenarios.form import PRICES, SOURCES, TERMS
from payrules.scenarios.readers import (
    SO_ALREADY,
    NothingMetError,
    meets_nothing,
    readers_of_fees,
    readers_of_terms,
    same_payer,
    same_terms,
)
from payrules.scenarios.replaced import factors_replaced, replaced
from payrules.scenarios.scenario import Scenario
from payrules.scenarios.schedule_changes import (
    check_changes,
    why_unmet,
)
from payrules.scenarios.words import count_of_lines

#: What a change is attributed to, in the order in which the changes are made.
CAUSES = (MIX, PRICE, TERM, VOLUME) = ("mix", "price", "terms", "volume")


@frozen
class Plan:
    """A scenario set upon a baseline: what is priced again, with what.

    `stages` are the changes one after the other (mix, price, terms), each with the setup it
    leads to; `reached` marks the lines to price again after each; `met` says in words what the
    scenario changes, and how many lines each change meets; `replaced` what it takes the place of.
    """

    scenario: Scenario
    claims: ChangedClaims
    stages: tuple[tuple[str, Setup, pl.Series], ...]
    met: tuple[tuple[str, int], ...]
    replaced: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """Say what a scenario changes, and what it takes the place of."""
        return [*(f"{what}: {count_of_lines(lines)}" for what, lines in self.met), *self.replaced]


def plan(base: Baseline, scenario: Scenario, *, weighed: bool = True) -> Plan:
    """Set a scenario upon a baseline, without pricing.

    Raises ScenarioError where two changes contradict each other, and, if they are to be `weighed`,
    where one meets no line or changes nothing: a value that is only tried may be today's.
    """
    setup = base.setup
    claims = change_claims(
        base.batch,
        scenario.says.claims,
        setup.schedules,
        scenario.refuse,
        [payer.name for payer in setup.every_payer.values()],
    )
    reached = claims.changed
    #: Lines that not only fees change: nothing is known of what rules will look at.
    anew = claims.changed | _from_elsewhere(base, scenario)
    stages = []
    parts = scenario.changes
    if scenario.says.payer and any("payer" in each.set_ for each in scenario.says.claims):
        raise scenario.refuse(
            "payer", "pays every line, and a claims entry sets the payer of some; remove one"
        )
    if claims.changed.any():
        stages.append((MIX, setup, base.of_their_persons(reached)))
    if any(part in PRICES for part in parts):
        must_change_prices(setup, scenario)
        sources = scenario.only(SOURCES)
        before = with_prices(setup, sources) if sources.changes else setup
        setup = with_prices(setup, scenario)
        check_changes(setup.schedules, scenario, base.lines["release"].unique())
        fees = _fee_rows(base, claims, sources, before)
        reached = reached | fees.moved(before, setup) | anew
        stages.append((PRICE, setup, base.of_their_persons(reached)))
    if any(part in TERMS for part in parts):
        on_terms = with_terms(setup, scenario)
        by_terms = reached_by_terms(base, setup, on_terms)
        reached, anew = reached | by_terms, anew | by_terms
        setup = on_terms
        stages.append((TERM, setup, base.of_their_persons(reached)))
    must_be_payers(setup, scenario)
    met = [*claims.met]
    if weighed and stages:
        _, _, again = stages[-1]
        met += _met(base, scenario, claims, base.of_their_persons(anew), again)
    instead = [*replaced(base.setup, scenario)]
    if weighed and scenario.says.conversion_factor and len(base.conversion_factors) > 1:
        instead += factors_replaced(base.conversion_factors, scenario)
    return Plan(scenario, claims, tuple(stages), tuple(met), tuple(instead))


def _fee_rows(base: Baseline, claims: ChangedClaims, sources: Scenario, setup: Setup) -> FeeRows:
    """Give the fees that lines are paid by as they are billed, from other sources or today's."""
    if sources.changes or claims.changed.any():
        return FeeRows(claims.lines, setup)
    return base.fee_rows


def _from_elsewhere(base: Baseline, scenario: Scenario) -> pl.Series:
    """Mark the lines whose fees come from another release, or from a schedule in dollars."""
    says = scenario.says
    if says.fee_schedule is not None:
        return base.everywhere()
    if says.release is None:
        return base.nowhere()
    named = base.setup.schedules.named(says.release).name
    # Of a payer whose schedule says everything, no release says anything.
    own = [
        payer.name
        for payer in base.setup.every_payer.values()
        if payer.dollars is not None and payer.dollars.own_indicators
    ]
    takes_none = base.payer_names(base.lines).is_in(own) if own else base.nowhere()
    # Nor of drugs and laboratory tests, whose quarters' files stay.
    takes_none |= base.lines["schedule"].is_in([*KIND_OF_SCHEDULE]).fill_null(value=False)
    return base.lines["release"].ne_missing(named) & ~takes_none


def _met(
    base: Baseline,
    scenario: Scenario,
    claims: ChangedClaims,
    anew: pl.Series,
    again: pl.Series,
) -> list[tuple[str, int]]:
    """Say of each change of fees and terms how many lines read it; refuse what none does."""

    def leads_to(part: Scenario) -> Setup:
        setup = with_prices(base.setup, part)
        return with_terms(setup, part) if set(part.changes) & set(TERMS) else setup

    met = _sources_met(base, scenario)
    sources = scenario.only((*SOURCES, "payer"))
    if set(scenario.changes) & set(PRICES):
        fees = _fee_rows(base, claims, sources, leads_to(sources))
        met += readers_of_fees(
            base, scenario, leads_to, fees, anew, lambda *change: why_unmet(claims.lines, *change)
        )
    met += _payer_met(base, scenario)
    met += coverage_met(base, scenario)
    met += readers_of_terms(scenario, leads_to, claims.lines.filter(again))
    return met


def _sources_met(base: Baseline, scenario: Scenario) -> list[tuple[str, int]]:
    """Say how many lines another source of fees meets."""
    says = scenario.says
    met = []
    if says.fee_schedule is not None:
        name = Path(says.fee_schedule.file).name
        today = [payer.dollars for payer in base.setup.every_payer.values()]
        then = with_prices(base.setup, scenario.only(("fee_schedule",))).payer.dollars
        assert then is not None
        if all(
            each is not None
            and (each.sha256, each.own_indicators) == (then.sha256, then.own_indicators)
            for each in today
        ):
            fault = f"changes nothing: {name} already pays every line"
            raise meets_nothing(scenario, "fee_schedule", fault)
        met.append((f"fees come from {name}", base.lines.height))
    if says.release is not None:
        lines = int(_from_elsewhere(base, scenario.only(("release",))).sum())
        if not lines:
            fault = f"changes nothing: release {says.release} already prices every line"
            if base.lines["schedule"].is_in([*KIND_OF_SCHEDULE]).all():
                fault = (
                    "changes nothing: no line is priced by a release of the physician fee schedule"
                )
            raise meets_nothing(scenario, "release", fault)
        met.append(
            (f"release {says.release} prices every line of the physician fee schedule", lines)
        )
    return met


def _payer_met(base: Baseline, scenario: Scenario) -> list[tuple[str, int]]:
    """Say how many lines another payer meets: those that it does not pay today."""
    if scenario.says.payer is None:
        return []
    other = payer_said(base.setup, scenario.says.payer)
    alike = [
        payer.name
        for payer in base.setup.every_payer.values()
        if payer.name == other.name and same_payer(payer, other)
    ]
    lines = int((~base.payer_names(base.lines).is_in(alike)).sum())
    if not lines:
        fault = f"changes nothing: {other.name} already pays every line"
        raise meets_nothing(scenario, "payer", fault)
    return [(f"{as_named(other.name)} pays", lines)]


def must_be_met(base: Baseline, tried: Iterable[Scenario], asked: str, place: str) -> None:
    """Refuse values at a place, such as `--sweep` tries, of which each meets nothing.

    What else the scenarios say is not weighed: what they stand on may yield to the value. One
    value may be today's; why the others meet nothing is said.
    """
    faults = list[str]()
    for each in tried:
        try:
            plan(base, each)
        except NothingMetError as error:
            if not f"{place}.".startswith(f"{error.place}."):
                return
            faults.append(error.fault)
        except ScenarioError:  # what else is wrong with one value is told when it is tried
            return
        else:
            return
    if faults:
        raise ScenarioError(f"{asked}: {min(faults, key=SO_ALREADY.__eq__)}.")


def reached_by_terms(base: Baseline, before: Setup, after: Setup) -> pl.Series:
    """Mark the lines whose payment another payer or other terms may change.

    `before` prices as the baseline does, but for its fee schedule.
    """
    reached = base.nowhere()
    names = base.payer_names(base.lines).str.to_lowercase()
    for name, old in before.every_payer.items():
        new = after.every_payer.get(name, after.payer)
        here = names == name
        policies = before.policies_of(old), after.policies_of(new)
        reached |= here & reached_by_policies(base, *policies)
        if old is new or not here.any():
            continue
        was_by = before.release_of(old), before.schedules_of(old).frozen_on
        now_by = after.release_of(new), after.schedules_of(new).frozen_on
        if old.dollars is not new.dollars or was_by != now_by:
            reached |= here
            continue
        was, now = ({rule.name: rule for rule in each.rules} for each in (old, new))
        for rule in {**was, **now}:
            reached |= here & _reach(base, was.get(rule), now.get(rule))
    return reached


def _reach(base: Baseline, was: Rule | None, now: Rule | None) -> pl.Series:
    """Mark the lines that a rule could meet: on its terms of today, or on those it will be on.

    Not those where it left a step: at a factor of one a rule leaves none. The first changed rule
    sees the baseline's lines as the baseline's rule did; of a person whose lines it does not look
    at nothing is other for the next one.
    """
    if was is None:
        return base.everywhere()
    if now is None:
        return base.looked_at(was.name)
    if same_terms(was, now):
        return base.nowhere()
    return base.looked_at(was.name) if looks_alike(was, now) else base.everywhere()


def total_of(base: Baseline, scenario: Scenario, measure: str = "allowed_amount") -> int:
    """Give a scenario's total, cents; quicker than a comparison, which explains it."""
    return totals_of(base, scenario, (measure,))[measure]


def totals_of(
    base: Baseline, scenario: Scenario, measures: Collection[str] = MEASURES
) -> dict[str, int]:
    """Give a scenario's totals by measure, cents, of one pricing."""
    changed = plan(base, scenario, weighed=False)
    volume = changed.claims.volume
    touched, reached = volume != WHOLE, base.nowhere()
    again = None
    if changed.stages:
        _, setup, reached = changed.stages[-1]
        touched = touched | reached
        if reached.any():
            again = base.price(changed.claims.lines.filter(reached), setup, trail=False).lines
    only_volume, totals = touched & ~reached, {}
    for measure in measures:
        today = base.lines[measure]
        total = base.total(measure) - sum_of(today.filter(touched))
        total += sum_of(at_volume(today.filter(only_volume), volume.filter(only_volume)))
        if again is not None:
            total += sum_of(at_volume(again[measure], volume.filter(reached)))
        totals[measure] = total
    return totals


def changed_totals(base: Baseline, setup: Setup, reached: pl.Series) -> dict[str, int]:
    """Give what another setup changes of each of `MEASURES`, cents; `reached` are whole persons."""
    if not reached.any():
        return dict.fromkeys(MEASURES, 0)
    now = base.price(base.batch.lines.filter(reached), setup, trail=False).lines
    return {
        measure: sum_of(now[measure]) - sum_of(base.lines[measure].filter(reached))
        for measure in MEASURES
    }
