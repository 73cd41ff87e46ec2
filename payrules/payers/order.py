"""The order of a payer's rules: Medicare's, with the contract's own where they belong."""

from collections.abc import Iterator, Mapping

from payrules.engine.rule import Rule
from payrules.payers.payer import MEDICARE_RULES
from payrules.rules.contract_rate import contract_rate
from payrules.rules.modifier_share import modifier_share

#: A rule that asks of a claim only what another rule needs → that one.
COMPANIONS = {"secondary_claim": "secondary_payer"}


def in_order(rules: Mapping[str, Rule]) -> Iterator[Rule]:
    """Give rules in Medicare's order, with the contract's own.

    Its shares by modifier come after Medicare's and, as those do, before the practitioner's; its
    rate after every other amount rule.
    """
    for name in MEDICARE_RULES:
        if name == "practitioner" and modifier_share.name in rules:
            yield rules[modifier_share.name]
        if name == "lesser_of_charge" and contract_rate.name in rules:
            yield rules[contract_rate.name]
        if name in rules:
            yield rules[name]
