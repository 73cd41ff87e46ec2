"""Payer: who pays, by which rules in which order, and from whose fee schedule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from payrules.errors import PayerError
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


def by_name(payers: Iterable[tuple[str, Payer]]) -> dict[str, Payer]:
    """Give payers by the name that lines call them, in lower case.

    Raises PayerError where two payers have one name: nobody could say whose terms a line gets.
    """
    known: dict[str, Payer] = {}
    for name, payer in payers:
        if known.setdefault(name.strip().lower(), payer) is not payer:
            raise PayerError(
                f"Two of the payers given are named '{name}', and a line that names it could be"
                " either's. Give each a name of its own."
            )
    return known
