"""What `payrules rules` prints: a payer's rules in order, and what differs from Medicare's."""

from payrules.payers import MEDICARE, Payer, differences
from payrules.screen.printed import Part, Table, joined, words


def rule_tables(payer: Payer) -> list[Part]:
    """List a payer's rules in order, and what differs from Medicare's."""
    parts: list[Part] = [words(f"{payer.name}: {payer.contract}", bold=True)]
    table = Table("#", "rule", "kind", "from", "what it does", right=("#",))
    for number, rule in enumerate(payer.rules, 1):
        what = joined(words(rule.title), words("", rule.cites, dim=True))
        table.add_row(str(number), rule.name, rule.kind, rule.effective.isoformat(), what)
    parts.append(table)
    if payer is not MEDICARE:
        found = differences(payer)
        parts.append(words("Differs from Medicare" if found else "Every term is Medicare's."))
        table = Table("rule", "term", "Medicare", payer.name, "citation")
        for each in found:
            table.add_row(each.rule, each.term, each.medicare, each.payer, each.cites)
        parts += [table] if found else []
    return parts
