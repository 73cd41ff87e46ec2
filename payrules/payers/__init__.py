"""Payers: an ordered tuple of rules, each on the payer's terms."""

from dataclasses import dataclass

from payrules.fee_schedule import DollarSchedule
from payrules.payers.medicare import RULES
from payrules.rule import Rule


@dataclass(frozen=True)
class Payer:
    """Who pays, by which rules in which order, and from whose fee schedule."""

    name: str
    contract: str
    rules: tuple[Rule, ...]
    dollars: DollarSchedule | None = None


MEDICARE = Payer("medicare", "Social Security Act §1848; 42 CFR part 414", RULES)

__all__ = ["MEDICARE", "Payer"]
