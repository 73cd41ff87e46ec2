"""Covering: which coverage policies a payer's lines are held against, and by which mode."""

from collections.abc import Sequence

from payrules.coverage.policy import NO_POLICIES, Applied, Covering, Policies
from payrules.engine.rule import Rule
from payrules.payers.medicare import RULES
from payrules.rules.coverage import coverage
from payrules.rules.global_period import global_period

#: Kinds of plan that follow Medicare's policies: Medicare Advantage must (42 CFR 422.101(b)).
FOLLOW_MEDICARE = frozenset((None, "medicare", "medicare_advantage"))


def policies_of(plan: str | None, own: Policies, covering: Covering | None) -> Policies:
    """Give the policies of a payer: its own, and Medicare's where its kind of plan follows them.

    Decision: a plan that is not Medicare's is held against its own policies alone, for a local
    coverage determination binds nobody else.
    """
    if covering is None:
        return own
    medicare_s = [
        Applied(each, covering.enforced)
        for each in covering.policies
        if plan in FOLLOW_MEDICARE and each.authority != "payer"
    ]
    return Policies((*own.each, *medicare_s), covering.history_from)


def with_coverage(rules: Sequence[Rule], policies: Policies = NO_POLICIES) -> tuple[Rule, ...]:
    """Give rules with that on coverage: after the global period, before add-on codes.

    Without a policy it meets no line, and tells its columns all the same.
    """
    kept = [each for each in rules if each.name != coverage.name]
    place = max((n for n, each in enumerate(kept) if each.name in _BEFORE), default=-1) + 1
    held = coverage.on_terms(cites=coverage.cites, policies=policies)
    return (*kept[:place], held, *kept[place:])


#: Medicare's rules up to the last that stands before it.
_BEFORE = frozenset(each.name for each in RULES[: RULES.index(global_period) + 1])
