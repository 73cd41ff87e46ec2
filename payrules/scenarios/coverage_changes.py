"""Coverage in a scenario: the policies that are only reported enforced, or all of them off."""

from dataclasses import replace

import polars as pl

from payrules.coverage.policy import NO_POLICIES, Policies, Policy
from payrules.coverage.policy_file import must_be_verified
from payrules.payers import Payer
from payrules.rules.coverage import DENIES, WOULD_DENY
from payrules.runs.setup import Setup
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.readers import SO_ALREADY, meets_nothing
from payrules.scenarios.scenario import Scenario


def with_coverage_as(setup: Setup, scenario: Scenario) -> Setup:
    """Give a setup whose coverage policies are as a scenario says; itself where it says nothing.

    Raises CoverageError where a policy is to be enforced that nobody verified.
    """
    says = scenario.says.coverage
    if says is None:
        return setup
    if says == "off":
        return without_policies(setup)
    must_be_verified(_policies(setup))
    covering = setup.covering and replace(setup.covering, enforced=True)
    return replace(setup.with_payers(_enforcing), covering=covering)


def without_policies(setup: Setup) -> Setup:
    """Give a setup that holds no line against a coverage policy."""
    return replace(setup.with_payers(_without), covering=None)


def _without(payer: Payer) -> Payer:
    return replace(payer, policies=NO_POLICIES) if payer.policies.each else payer


def _enforcing(payer: Payer) -> Payer:
    if not payer.policies.each:
        return payer
    each = tuple(replace(one, enforced=True) for one in payer.policies.each)
    return replace(payer, policies=Policies(each, payer.policies.history_from))


def _policies(setup: Setup) -> list[Policy]:
    found = {
        applied.policy.file: applied.policy
        for payer in setup.every_payer.values()
        for applied in setup.policies_of(payer).each
    }
    return [*found.values()]


def reached_by_policies(base: Baseline, before: Policies, after: Policies) -> pl.Series:
    """Mark the lines that other policies, or others enforced, could find something of."""
    if before.each == after.each and before.history_from == after.history_from:
        return base.nowhere()
    codes = sorted({*before.codes, *after.codes})
    return base.lines["hcpcs_code"].is_in(codes).fill_null(value=False)


def coverage_met(base: Baseline, scenario: Scenario) -> list[tuple[str, int]]:
    """Say how many lines the policies deny, or no longer deny; refuse what changes nothing."""
    says, setup = scenario.says.coverage, base.setup
    if says is None:
        return []
    if not setup.has_policies:
        raise meets_nothing(
            scenario,
            "coverage",
            "changes nothing: no coverage policy was given; name a folder or file of them with"
            " --coverage",
        )
    outcome = base.lines["coverage_outcome"]
    lines = int((outcome == (WOULD_DENY if says == "enforce" else DENIES)).sum())
    # Lines that are billed otherwise may be denied where today's are not.
    if not lines and not scenario.says.claims:
        fault = "matches no line of the batch: no policy would deny any"
        if says == "off":
            fault = (
                "changes nothing: no policy denies a line, and a report moves no amount; coverage ="
                ' "enforce" prices what it would deny'
            )
        elif all(
            one.enforced
            for payer in setup.every_payer.values()
            for one in setup.policies_of(payer).each
        ):
            fault = SO_ALREADY
        raise meets_nothing(scenario, "coverage", fault)
    words = {"enforce": "coverage policies are enforced, and deny"}
    return [(words.get(says, "coverage policies are off, which deny"), lines)]
