"""The setup that a scenario leads to: other fees, releases and payers, or their terms."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from payrules.errors import PayerError
from payrules.files.toml import is_file
from payrules.payers import Payer, load_payer, read_dollar_schedule
from payrules.payers.citations import cited_beside
from payrules.payers.payer import contradiction, is_payer_file
from payrules.payers.payer_file import SchedulesBeside
from payrules.payers.terms import changed_rules, rule_is_off, terms_of_rules_off
from payrules.runs.setup import Setup
from payrules.runs.who_paid import as_named
from payrules.scenarios.coverage_changes import with_coverage_as
from payrules.scenarios.form import terms_said
from payrules.scenarios.scenario import Scenario
from payrules.scenarios.schedule_changes import (
    OF_RELATIVE_VALUES,
    change_dollars,
    change_schedules,
)


def payer_said(setup: Setup, named: str) -> Payer:
    """Give the payer that a scenario names: one of the baseline's by its name, or that of a file.

    Where there is neither, say whose names the baseline knows.
    """
    known = {payer.name.strip().lower(): payer for payer in setup.every_payer.values()}
    if payer := known.get(named.strip().lower()):
        return payer
    try:
        return load_payer(named)
    except PayerError as fault:
        if is_payer_file(Path(named)):
            raise
        given = ", ".join(as_named(payer.name) for payer in known.values())
        raise PayerError(f"{fault} The baseline's own are {given}.") from None


def must_change_prices(setup: Setup, scenario: Scenario) -> None:
    """Refuse changes of relative values where every fee is in dollars."""
    says = scenario.says
    payers = [payer_said(setup, says.payer)] if says.payer else [*setup.every_payer.values()]
    if any(payer.is_limited_by_medicare for payer in payers):
        return  # whose amount the relative values are
    in_dollars = [payer.dollars for payer in payers if payer.dollars is not None]
    if says.fee_schedule is None and len(in_dollars) < len(payers):
        return
    whose = says.fee_schedule.file if says.fee_schedule else in_dollars[0].name
    own = (
        says.fee_schedule.indicators == "own"
        if says.fee_schedule
        else all(dollars.own_indicators for dollars in in_dollars)
    )
    for part in (*OF_RELATIVE_VALUES, *(("release",) if own else ())):
        if getattr(says, part):
            raise scenario.refuse(
                part,
                f"changes nothing: fees are the dollars of {Path(whose).name}. Remove it, or"
                " scale the dollars with [[fees]]",
            )


def must_be_payers(setup: Setup, scenario: Scenario) -> None:
    """Refuse a scenario that comes to a payer no payer file could say."""
    for payer in setup.every_payer.values():
        if found := contradiction(payer.rules, payer.dollars):
            raise scenario.refuse(
                found.written_at(scenario.says), f"of payer {payer.name}: {found.fault}"
            )


def _check_rules_off(payers: Collection[Payer], scenario: Scenario) -> None:
    """Refuse terms of a rule that every payer has off: they switch nothing on."""
    off = [set(terms_of_rules_off(payer.rules, scenario.says)) for payer in payers]
    for name in sorted(set.intersection(*off)):
        names = " and ".join(dict.fromkeys(payer.name for payer in payers))
        raise scenario.refuse(f"terms.{name}", rule_is_off(names))


def with_prices(setup: Setup, scenario: Scenario) -> Setup:
    """Give the setup with a scenario's releases, fees and schedule in dollars; ScenarioError."""
    says = scenario.says

    def priced(payer: Payer) -> Payer:
        if says.fee_schedule is not None:
            file = Path(says.fee_schedule.file)
            if not is_file(file):
                raise scenario.refuse(
                    "fee_schedule.file", f"there is no file {file.name} beside it"
                )
            own = says.fee_schedule.indicators == "own"
            payer = replace(
                payer, dollars=read_dollar_schedule(file, own_indicators=own, cites=scenario.cites)
            )
        if payer.dollars is None:
            return payer
        return replace(payer, dollars=change_dollars(payer.dollars, scenario))

    changed = setup.with_payers(priced).with_releases(change_schedules(setup.schedules, scenario))
    return replace(changed, release=says.release or setup.release)


def with_terms(setup: Setup, scenario: Scenario) -> Setup:
    """Give the setup with a scenario's payer and terms, and its mode of coverage; ScenarioError."""
    says = scenario.says
    # A schedule that a limit names is beside the scenario's file, whose folder stands before it.
    beside = SchedulesBeside(Path(), scenario.refuse)

    def on_terms(payer: Payer) -> Payer:
        rules = changed_rules(
            payer.rules, says, scenario.cites, scenario.refuse, schedule=beside.read
        )
        rules = cited_beside(payer.rules, rules, says, scenario.cites)
        # What a scenario says of a rule, its payer no longer leaves open.
        said = {rule for rule, _, _ in terms_said(says)}
        left = {rule: each for rule, each in payer.left_open.items() if rule not in said}
        return replace(payer, rules=rules, left_open=left)

    if says.payer is None:
        _check_rules_off(setup.every_payer.values(), scenario)
        return with_coverage_as(setup.with_payers(on_terms), scenario)
    other = payer_said(setup, says.payer)
    _check_rules_off([other], scenario)
    if other.dollars is not None:
        if says.fee_schedule is not None:
            raise scenario.refuse(
                "fee_schedule", f"and payer {other.name} each bring fees in dollars; remove one"
            )
        other = replace(other, dollars=change_dollars(other.dollars, scenario))
    elif says.fee_schedule is not None:
        other = replace(other, dollars=setup.payer.dollars)
    return with_coverage_as(replace(setup, payer=on_terms(other), payers={}), scenario)
