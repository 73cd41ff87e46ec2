"""What one pass over a remittance gathers of a payment, its claims and lines, and gives of a file.

Amounts are cents. A payment is one transaction set; a payer claim is a CLP with what stands below.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from payrules.x12.facts import ElementFault
from payrules.x12.found import FailedCheck

#: A row of one of the tables of a remittance, as `columns_835` names its columns.
PaidRow = tuple[Any, ...]
#: CLP01 that names no claim.
_NO_CLAIM = frozenset(("", "0"))


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


class PaidLine:
    """An SVC with what stands below it; `adjusted` is the sum of its CAS."""

    loop = "2110"
    date: str | None = None
    end: str | None = None
    control: str | None = None
    allowed: int | None = None
    npi: str | None = None
    adjusted = 0
    remarks: Sequence[str] = ()
    faults: Sequence[ElementFault] = ()

    # What most lines do not have stands above, once: a file has millions of them.
    def __init__(
        self,
        position: int,
        number: int,
        code: str,
        charge: int,
        paid: int,
        units: str,
        original: str,
        original_units: str,
    ) -> None:
        """Begin a line; `code` and `original` are SVC01 and SVC06, uncut."""
        self.position, self.number = position, number
        self.code, self.original = code, original
        self.charge, self.paid = charge, paid
        self.units, self.original_units = units, original_units

    def fault(self, fault: ElementFault) -> None:
        """Keep what rejects the line."""
        self.faults = (*self.faults, fault)


class PaidClaim:
    """A CLP with what stands below it: lines, and adjustments of the claim itself and of lines.

    `adjusted` is the sum of the claim's own CAS; `of_patient_adjusted` that of all, its lines'
    too, of group PR. `claim_id` is None where CLP01 names no claim.
    """

    loop = "2100"
    patient = 0
    of_patient: str | None = None
    of_subscriber: str | None = None
    corrected: str | None = None
    crossover: str | None = None
    npi: str | None = None
    first: str | None = None
    last: str | None = None
    received: str | None = None
    interest = 0
    covered: int | None = None
    patient_paid: int | None = None
    adjusted = 0
    of_patient_adjusted = 0
    remarks: Sequence[str] = ()
    faults: Sequence[ElementFault] = ()

    def __init__(
        self,
        position: int,
        number: int,
        clp: list[str],
        component: str,
        charge: int | None,
        paid: int | None,
    ) -> None:
        """Begin a claim; `clp` are its elements."""
        self.position, self.number, self.clp, self.component = position, number, clp, component
        self.charge, self.paid = charge, paid
        claim_id = clp[1].strip(" ")
        self.claim_id = None if claim_id in _NO_CLAIM else claim_id
        self.lines: list[PaidLine] = []
        self.adjustments: list[PaidRow] = []

    def fault(self, fault: ElementFault) -> None:
        """Keep what rejects the claim."""
        self.faults = (*self.faults, fault)


@dataclass(slots=True)
class Payment:
    """A transaction set: what was paid at once, and to whom; sums of what stands in it."""

    position: int
    number: int
    payer_name: str | None = None
    payer_id: str | None = None
    #: What else its payer is numbered by (REF*2U), beside the number of its name.
    further_payer_id: str | None = None
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
