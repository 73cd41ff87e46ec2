"""The hierarchy above a claim: billing provider (HL 20), subscriber (22), patient (23).

A claim below an HL that is broken would be given somebody's payer, or provider, by guess: it is
rejected instead. So is one below an HL that stands under a broken one.
"""

from collections.abc import Sequence

from payrules.x12 import levels
from payrules.x12.facts import Billing, ElementFault, Person
from payrules.x12.levels import BILLING, PATIENT, SUBSCRIBER
from payrules.x12.values import at

#: An HL01 has at most twelve digits.
_LONGEST = 12


class Hierarchy:
    """Whose a claim is, at the place that the reader has come to in a transaction set."""

    def __init__(self) -> None:
        """Begin with a set: nobody is known."""
        self.billing: Billing | None = None
        self.subscriber: Person | None = None
        self.patient: Person | None = None
        self._number = "0"

    def see(self, level: str, elements: Sequence[str], position: int) -> None:
        """Take in the HL that opened `level`."""
        number, parent = at(elements, 1).strip(" "), at(elements, 2).strip(" ")
        broken = self._fault_of(level, number, parent, position)
        self._number, self.patient = number, None
        if level == BILLING:
            self.billing, self.subscriber = Billing(number, broken), None
            return
        # What is wrong above comes first: the rest may follow from it.
        above = self.billing if level == SUBSCRIBER else self.subscriber or self.billing
        person = Person(number, (above and above.broken) or broken)
        if level == SUBSCRIBER:
            self.subscriber = person
        else:
            self.patient = person

    def broken(self, position: int) -> ElementFault | None:
        """Say what is wrong above the claim at `position`; None where nothing is."""
        below = self.patient or self.subscriber or self.billing
        if below is not None and below.broken is not None:
            return below.broken
        if self.subscriber is None:
            reason = "the claim has no subscriber above it (HL 22)"
            return ElementFault.withheld(position, "2000B HL", reason)
        return None

    def _fault_of(self, level: str, number: str, parent: str, position: int) -> ElementFault | None:
        def fault(element: str, reason: str) -> ElementFault:
            return ElementFault.withheld(position, f"{levels.loop(level)} {element}", reason)

        before = self._number
        are_numbers = number.isascii() and number.isdigit() and before.isdigit()
        if not (are_numbers and len(number) <= _LONGEST and int(number) == int(before) + 1):
            return fault("HL01", "HL01 does not follow the HL before it")
        if level == BILLING:
            return None
        if level not in {SUBSCRIBER, PATIENT}:
            return fault("HL03", "HL03 is none of 20, 22 and 23")
        above = self.billing if level == SUBSCRIBER else self.subscriber
        if above is None or above.number != parent:
            what = "billing provider" if level == SUBSCRIBER else "subscriber"
            return fault("HL02", f"HL02 does not name the {what} it stands below")
        return None
