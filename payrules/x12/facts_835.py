"""What one pass over a remittance gathers of a payment, its claims and lines, and gives of a file.

Amounts are cents. A payment is one transaction set; a payer claim is a CLP with what stands below.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from payrules.x12.facts import ElementFault
from payrules.x12.found import FailedCheck

#: A row of one of the tables of a remittance, as `columns_835` names its columns.
PaidRow = tuple[Any, ...]


class PayerAdjustment(NamedTuple):
    """A CAS triple: group, reason, cents, and the quantity as it was sent."""

    group: str
    carc: str
    amount: int
    quantity: str | None


class PaidReject(NamedTuple):
    """A payer line, a payer claim, an amount of a payment or a whole set not read, and why."""

    row: int
    column: str
    value: str | None
    reason: str
    claim_id: str | None = None
    payer_line: int | None = None
    is_line: bool = False


class BalanceCheck(NamedTuple):
    """Two amounts, in cents, that must be equal and are not; or a reuse that is told.

    `payment` and `claim` number the payment and the payer claim within the file.
    """

    what: str
    position: int
    payment: int
    claim: int | None
    line: int | None
    claim_id: str | None
    left: int | None
    right: int | None
    says: str


@dataclass(slots=True)
class PaidLine:
    """An SVC with what stands below it."""

    position: int
    number: int
    code: tuple[str, ...] = ()
    original: tuple[str, ...] = ()
    charge: int = 0
    paid: int = 0
    units: str = "1"
    original_units: str = "1"
    date: str | None = None
    end: str | None = None
    control: str | None = None
    allowed: int | None = None
    npi: str | None = None
    adjustments: list[PayerAdjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    faults: list[ElementFault] = field(default_factory=list)


@dataclass(slots=True)
class PaidClaim:
    """A CLP with what stands below it, lines included."""

    position: int
    number: int
    clp: list[str]
    component: str
    charge: int | None = None
    paid: int | None = None
    patient: int = 0
    of_patient: str | None = None
    of_subscriber: str | None = None
    corrected: str | None = None
    crossover: str | None = None
    npi: str | None = None
    first: str | None = None
    last: str | None = None
    received: str | None = None
    interest: int = 0
    covered: int | None = None
    patient_paid: int | None = None
    adjustments: list[PayerAdjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    lines: list[PaidLine] = field(default_factory=list)
    faults: list[ElementFault] = field(default_factory=list)


@dataclass(slots=True)
class Payment:
    """A transaction set: what was paid at once, and to whom; sums of what stands in it."""

    position: int
    number: int
    payer_name: str | None = None
    payer_id: str | None = None
    payee_npi: str | None = None
    trace: str | None = None
    payer_tin: str | None = None
    paid_on: str | None = None
    produced_on: str | None = None
    method: str | None = None
    amount: int = 0
    credit_or_debit: str | None = None
    claims: int = 0
    claims_paid: int = 0
    provider_adjustments: int = 0
    interest: int = 0
    interest_adjusted: int = 0
    rejected_paid: int = 0
    content: str = ""

    @property
    def difference(self) -> int:
        """What the payment is more than its claims less its provider adjustments."""
        return self.amount - (self.claims_paid - self.provider_adjustments)


@dataclass(slots=True)
class RemittanceFile:
    """What one file gave: payments, and by table the packed rows of all else."""

    name: str
    sha256: str = ""
    payments: list[Payment] = field(default_factory=list)
    blocks: dict[str, list[Any]] = field(default_factory=dict)
    rejects: list[PaidReject] = field(default_factory=list)
    checks: list[FailedCheck] = field(default_factory=list)
    balance: list[BalanceCheck] = field(default_factory=list)
    #: Payer claims that the end of the file, or of their payment, cuts short.
    cut_claims: set[int] = field(default_factory=set)
    notes: Counter[str] = field(default_factory=Counter)
    unknown: Mapping[str, int] = field(default_factory=dict)
    claims: int = 0
    service_lines: int = 0
    segments: int = 0
    sets: Counter[str] = field(default_factory=Counter)
    latin_1: bool = False
    is_test: bool = False
    truncated: bool = False

    def cut(self, number: int) -> None:
        """Take in that a payer claim may lack lines."""
        self.cut_claims.add(number)
