"""Payer: who pays, by which rules in which order, and from whose fee schedule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from payrules.fee_schedule import DollarSchedule
from payrules.payers.medicare import RULES
from payrules.rule import Rule


@dataclass(frozen=True)
class Payer:
    """Who pays: the contract that is cited, the rules in their order, a schedule in dollars.

    `dollars` is None where fees come from relative values; `files` names the payer file and its
    fee schedule with the sha256 of each, for the run record.
    """

    name: str
    contract: str
    rules: tuple[Rule, ...]
    dollars: DollarSchedule | None = None
    files: Mapping[str, str] = field(default_factory=dict)


MEDICARE = Payer("medicare", "Social Security Act §1848; 42 CFR part 414", RULES)
