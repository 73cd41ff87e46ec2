"""What was asked of a few codes and makes no difference to any of them: it is said, by name."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Protocol

from payrules.counted import one_or_more
from payrules.locality import NATIONAL
from payrules.runs.setup import Setup

#: Schedules whose amounts are the same everywhere, for everybody, on every day of a quarter.
_NATIONAL_LIMITS = frozenset(("asp", "vaccine", "clfs"))
_LIMITS_TO_CHARGE = "lesser_of_charge"


class LineTold(Protocol):
    """What is told of a line that was priced."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def schedule(self) -> str | None: ...  # noqa: D102
    @property
    def allowed_amount(self) -> str | None: ...  # noqa: D102
    @property
    def deductible_amount(self) -> str | None: ...  # noqa: D102


def without_use(
    lines: Sequence[LineTold],
    setup: Setup,
    *,
    locality: str,
    charges: Sequence[str],
    deductible: str | None,
    practitioner: str | None,
    minutes: str | None,
) -> Iterator[str]:
    """Say which of what was asked none of the lines has a use for, and why.

    `deductible` is an amount as claims write it; `locality` is as it was asked.
    """
    codes = ", ".join(dict.fromkeys(line.code for line in lines))
    are = one_or_more(len({line.code for line in lines}), "is", "are")
    if minutes is not None and not any(line.schedule == "anesthesia" for line in lines):
        yield (
            f"The minutes ({minutes}) change nothing: {codes} {are} not priced by time, which only"
            " anesthesia is."
        )
    by_limits = bool(lines) and all(line.schedule in _NATIONAL_LIMITS for line in lines)
    if by_limits:
        asked = [
            *([f"the locality ({locality})"] if locality != NATIONAL else []),
            *([f"the practitioner ({practitioner})"] if practitioner is not None else []),
            *([f"the release ({setup.release})"] if setup.release is not None else []),
        ]
        if asked:
            named = " and ".join(filter(None, (", ".join(asked[:-1]), asked[-1])))
            yield (
                f"{named[:1].upper()}{named[1:]} {one_or_more(len(asked), 'changes', 'change')}"
                f" nothing: drugs and tests ({codes}) have national limits, by the quarter of the"
                " day and the same for everybody."
            )
    elif not setup.payer.asks_for_places and locality != NATIONAL:
        yield (
            f"The locality ({locality}) changes nothing: {setup.payer.name} pays by its own fee"
            " schedule, which knows none."
        )
    if deductible is not None and Decimal(deductible) > 0:
        amounts = [line for line in lines if Decimal(line.allowed_amount or 0) > 0]
        if amounts and not any(Decimal(line.deductible_amount or 0) for line in amounts):
            yield (
                f"The deductible ({deductible}) changes nothing: no line takes any (laboratory"
                " tests, vaccines and waived services never do)."
            )
    limits = any(rule.name == _LIMITS_TO_CHARGE for rule in setup.payer.rules)
    if any(charge is not None for charge in charges) and not limits:
        yield (
            f"{one_or_more(len(charges), 'The charge changes', 'The charges change')} nothing:"
            f" {setup.payer.name} does not limit what it pays to the charge."
        )
