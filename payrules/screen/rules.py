"""What `payrules rules` prints: a payer's rules in order, and what differs from Medicare's."""

from collections.abc import Sequence

from payrules.coverage.policy import Applied
from payrules.payers import MEDICARE, Difference, Payer, differences
from payrules.payers.covering import with_coverage
from payrules.payers.left_open import sentences
from payrules.runs.who_paid import what_it_does
from payrules.screen.printed import Part, Table, joined, words


def rule_tables(payer: Payer) -> list[Part]:
    """List a payer's rules in order, and what differs from Medicare's."""
    plan = f" ({payer.plan.replace('_', ' ')})" if payer.plan and payer is not MEDICARE else ""
    parts: list[Part] = [words(f"{payer.name}{plan}: {payer.contract}", bold=True)]
    table = Table("#", "rule", "kind", "from", "what it does", right=("#",))
    policies = payer.policies
    rules = with_coverage(payer.rules, policies) if policies.each else payer.rules
    for number, rule in enumerate(rules, 1):
        does = what_it_does(rule.name, rule.title, rule.cites)
        what = joined(words(does), words("", rule.cites, dim=True))
        table.add_row(str(number), rule.name, rule.kind, rule.effective.isoformat(), what)
    parts.append(table)
    if policies.each:
        parts.append(words("Coverage policies of its own", *map(_policy, policies.each)))
    if payer is not MEDICARE:
        found = differences(payer)
        parts.append(words("Differs from Medicare" if found else "Every term is Medicare's."))
        parts += terms_table(payer.name, found)
        parts += [words(each) for each in sentences(payer, {})]
    return parts


def _policy(applied: Applied) -> str:
    """Say a policy of a payer's file: whether it denies, and its days."""
    policy = applied.policy
    to = f" to {policy.effective_to}" if policy.effective_to else ""
    does = (
        "denies what it does not allow" if applied.enforced else "is reported, and denies nothing"
    )
    return f"- {policy.name} ({policy.file}), from {policy.effective_from}{to}: {does}"


def terms_table(payer: str, terms: Sequence[Difference]) -> list[Table]:
    """List where a payer leaves Medicare; from which file only where there is more than one."""
    if not terms:
        return []
    from_files = len({each.file for each in terms}) > 1
    where = ["from"] * from_files
    table = Table("rule", "term", "Medicare", payer, *where, "citation")
    for each in terms:
        values = (each.rule, each.term, each.medicare, each.payer)
        table.add_row(*values, *[each.file] * from_files, each.cites)
    return [table]
