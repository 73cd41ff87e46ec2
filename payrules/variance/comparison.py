"""One comparison: claim lines, what the payer says of them, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from payrules.variance.amounts import PayerAmounts
from payrules.variance.expected import ExpectedClaim, ExpectedLine
from payrules.variance.netting import NettedClaim
from payrules.variance.paid import PayerAdjudicatedLine, PayerClaim

NO_REMITTANCE, SUPERSEDED, NOT_COMPARABLE = "no_remittance", "superseded", "not_comparable"
REVERSED, OTHER_PAYER, DENIED_AS_EXPECTED = "reversed", "other_payer", "denied_as_expected"
DENIED, PAID_AS_EXPECTED = "denied", "paid_as_expected"
UNDERPAID, OVERPAID = "underpaid", "overpaid"
#: Statuses in which amounts are compared, in the order of the reports.
COMPARED = (UNDERPAID, OVERPAID, DENIED, DENIED_AS_EXPECTED, PAID_AS_EXPECTED)
STATUSES = (*COMPARED, REVERSED, OTHER_PAYER, NOT_COMPARABLE, SUPERSEDED, NO_REMITTANCE)

#: Begins what a cause's detail says to its own practice: what stands after it is in no letter.
OUR_NOTE = "; our note: "
#: Begins what else would explain the amount.
ALSO = "; so would be: "


@dataclass(slots=True)
class PaymentComparison:
    """A line, a group of lines or a whole claim held against what was paid; amounts are cents."""

    claim: ExpectedClaim
    lines: list[ExpectedLine]
    level: str
    status: str
    claim_match: str = ""
    method: str = ""
    group: str | None = None
    payer: PayerAmounts | None = None
    paid_lines: Sequence[PayerAdjudicatedLine] = ()
    netted: NettedClaim | None = None
    current: PayerClaim | None = None
    expected_allowed: int | None = None
    expected_paid: int | None = None
    restated: int | None = None
    tolerance: int = 1
    cause: str = ""
    confidence: str = ""
    detail: str = ""
    action: str = ""
    appeal_by: str | None = None
    #: Why it waits for other terms than those that priced it (`actions`); "" where it does not.
    waits: str = ""
    notes: list[str] = field(default_factory=list)
    #: What the first of several adjudications paid of it.
    first_paid: int | None = None
    #: What the last of several payments paid of it where each pays it whole.
    last_paid: int | None = None
    #: What the payer has taken back of it since, by a provider adjustment (`recovered`).
    taken_back: int = 0
    #: What it took back beyond what was paid too much, and what is said of that; "" of none.
    taken_beyond: int = 0
    taken_unduly: str = ""
    #: What is said of money that such an adjustment adds, and whether it may be what is due.
    added_beside: str = ""
    may_be_paid_so: bool = False
    #: What to do where CMS's edit denies it for too many units (`units_denied`), or "".
    too_many: str = ""
    #: What all payers paid on the claim; at the comparison that bears it only (`bearing`).
    all_payers_paid: int | None = None

    def not_compared(self, detail: str = "") -> None:
        """Take in that nothing can be said of what is due: no amount is held against another."""
        self.status, self.restated = NOT_COMPARABLE, None
        self.detail = detail or self.detail

    def note(self, words: str) -> None:
        """Add to the detail what is said to the practice alone."""
        self.detail = (self.detail + OUR_NOTE + words).removeprefix("; ")

    @property
    def allowed_variance(self) -> int | None:
        """Payer's allowed amount less the expected one."""
        if self.payer is None or self.expected_allowed is None or self.lines[0].secondary:
            return None
        if self.status == NOT_COMPARABLE:
            return None
        allowed = self.payer.told("allowed")
        return None if allowed is None else allowed - self.expected_allowed

    @property
    def paid_variance(self) -> int | None:
        """What the payer paid less what was expected."""
        if self.payer is None or self.expected_paid is None or self.status == NOT_COMPARABLE:
            return None
        paid = self.payer.told("paid")
        return None if paid is None else paid - self.expected_paid

    @property
    def owed(self) -> int | None:
        """What is owed on the amount we expect less what was paid; negative where that is more."""
        if self.payer is None or self.restated is None:
            return None
        return self.restated - self.payer.received

    @property
    def underpaid(self) -> int | None:
        """What the payer still owes."""
        if self.status == OTHER_PAYER:
            return 0
        return None if self.owed is None else max(0, self.owed)

    @property
    def is_due(self) -> bool:
        """Whether the payer still owes something on a line that it allowed too little, or denied.

        Or allowed too much, and yet pays less than is due: the patient's share is too large.
        """
        if self.status == OVERPAID:
            return (self.underpaid or 0) > self.tolerance
        return self.status in {UNDERPAID, DENIED} and bool(self.underpaid)

    @property
    def overpaid(self) -> int | None:
        """What the payer may still ask back: not what it has taken back."""
        if self.status == OTHER_PAYER:
            return 0
        return None if self.owed is None else max(0, -self.owed - self.taken_back)

    @property
    def payer_name(self) -> str:
        """The payer as its remittance calls it, else as its terms are called."""
        return (self.current.payer_name if self.current else None) or self.lines[0].payer.name

    @property
    def recovered(self) -> int | None:
        """What later adjudications paid more than the first, where that was too little.

        Of what was paid twice the last payment counts: the first is no recovery.
        """
        paid = None if self.payer is None else self.payer.told("paid")
        paid = paid if self.last_paid is None else self.last_paid
        if self.first_paid is None or paid is None or self.restated is None:
            return None
        is_short = self.restated - self.first_paid > self.tolerance
        return paid - self.first_paid if is_short and paid > self.first_paid else None

    @property
    def is_uncharged(self) -> bool:
        """Whether it was charged at 0.00; where no charge is given that is not known."""
        return all(line.charge == 0 for line in self.lines)

    @property
    def by_medicare(self) -> bool:
        """Whether the payer is Medicare."""
        return self.lines[0].by_medicare

    @property
    def remarks(self) -> tuple[str, ...]:
        """The payer's remarks, of the lines and of the claim."""
        return () if self.payer is None else self.payer.remarks

    def codes(self) -> str:
        """The payer's own codes: CO-45 CO-59 PR-2."""
        if self.payer is None:
            return ""
        return " ".join(f"{group}-{carc}" for group, carc in sorted(self.payer.codes))

    @property
    def claim_ids(self) -> tuple[str, int | None]:
        """The claim and, where one line is compared, its number."""
        number = self.lines[0].number if self.level == "line" else None
        return self.claim.claim_id, number


def bearing(made: Sequence[PaymentComparison]) -> PaymentComparison:
    """Give of a claim's comparisons the one that bears what is the claim's: interest, all payers.

    Decision: the claim's own where it is compared as a whole, else that of the least line number;
    where lines stand in the batch says nothing.
    """
    return min(made, key=lambda each: (each.level != "claim", min(n.number for n in each.lines)))
