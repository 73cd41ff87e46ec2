"""What one pass over an 837P gathers of a claim, its lines and those it names, before any rule.

Each holds texts as they were sent, with the positions of the segments that a message may name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from payrules.frozen import frozen
from payrules.x12.values import WITHHELD


@frozen
class ElementFault:
    """What rejects a line or a claim: the segment's position, loop and element, value, reason.

    `value` is None where there is none, and withheld where it may tell of a person.
    """

    position: int
    element: str
    value: str | None
    reason: str

    @classmethod
    def withheld(cls, position: int, element: str, reason: str) -> "ElementFault":
        """Say what is wrong with an element whose value no message shows."""
        return cls(position, element, WITHHELD, reason)


@dataclass(slots=True)
class Practitioner:
    """An NM1 of a provider: identifier and taxonomy, from the same place."""

    npi: str | None = None
    taxonomy: str | None = None
    zip: str | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Billing:
    """A billing provider, HL 20; `broken` says why nothing below it can be read."""

    number: str
    broken: ElementFault | None
    provider: Practitioner = field(default_factory=Practitioner)
    taxonomy: str | None = None
    taxonomy_notes: list[str] = field(default_factory=list)
    tin: str | None = None


@dataclass(slots=True)
class Person:
    """A subscriber (HL 22) or a patient (HL 23): what tells one person from another."""

    number: str
    broken: ElementFault | None
    id: str | None = None
    name: tuple[str, str, str] = ("", "", "")
    birth: tuple[str, str] = ("", "")
    relationship: str = ""
    responsibility: str | None = None
    filing: str | None = None
    payer_id: str | None = None
    #: What else its payer is numbered by (2010BB REF*2U), beside the number of its name.
    further_payer_id: str | None = None
    seen_sbr: bool = False


@dataclass(slots=True)
class OtherPayer:
    """Loop 2320: another payer of the claim, by its SBR."""

    responsibility: str | None
    id: str | None = None
    paid: int | None = None


@dataclass(slots=True)
class Adjudication:
    """Loop 2430: what another payer decided on a line; amounts in cents."""

    position: int
    payer_id: str | None
    paid: int | None
    adjustments: list[tuple[str, str, int]] = field(default_factory=list)  # group, reason, cents


@dataclass(slots=True)
class Line:
    """Loop 2400: a service line; `number` is LX01, None where an SV1 opened the line itself."""

    number: str | None
    position: int
    sv1: Sequence[str] | None = None
    service: tuple[int, str, str] | None = None  # position, DTP02, DTP03 of the date of service
    care: dict[str, tuple[int, str, str]] | None = None
    control: str | None = None
    authorization: str | None = None
    obligated: int | None = None
    documented: bool = False
    rendering: Practitioner | None = None
    facility: Practitioner | None = None
    adjudications: list[Adjudication] | None = None
    ndc: str | None = None
    ndc_quantity: str | None = None
    ndc_unit: str | None = None
    faults: list[ElementFault] | None = None
    notes: list[str] | None = None

    def fault(self, fault: ElementFault) -> None:
        """Keep what rejects the line."""
        self.faults = [*(self.faults or ()), fault]

    def note(self, said: str) -> None:
        """Keep a note on the line."""
        self.notes = [*(self.notes or ()), said]


@dataclass(slots=True)
class Claim:
    """Loop 2300, with those it is below and the lines it has."""

    position: int
    clm: Sequence[str]
    component: str
    billing: Billing | None
    subscriber: Person | None
    patient: Person | None
    purpose: str | None
    lines: list[Line] = field(default_factory=list)
    diagnoses: list[str | None] = field(default_factory=list)
    care: dict[str, tuple[int, str, str]] | None = None
    control: str | None = None
    authorization: str | None = None
    obligated: int | None = None
    patient_paid: str | None = None
    documented: bool = False
    rendering: Practitioner | None = None
    facility: Practitioner | None = None
    other_payers: list[OtherPayer] | None = None
    faults: list[ElementFault] | None = None
    notes: list[str] | None = None

    def fault(self, fault: ElementFault) -> None:
        """Keep what rejects the claim."""
        self.faults = [*(self.faults or ()), fault]

    def note(self, said: str) -> None:
        """Keep a note on every line of the claim."""
        self.notes = [*(self.notes or ()), said]
