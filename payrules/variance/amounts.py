"""The amounts of a comparison: what was expected, what the payer allowed and paid, what it owes.

All amounts are cents; nulls stay null. The allowed amount is what was paid, what the patient is to
pay of it, and what came off after it; the contractual difference (45) is no part of it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from payrules.money import WHOLE
from payrules.variance.codes import (
    AFTER_ALLOWED,
    CONTRACTUAL,
    COST_SHARING,
    INCENTIVE,
    INCENTIVE_REMARK,
    SEQUESTRATION_FROM,
    TO_PATIENT,
    is_assistant_told,
)
from payrules.variance.expected import ExpectedLine
from payrules.variance.own_shares import ASSISTANT_FROM, ASSISTANT_SHARE, WHOLE_SHARE
from payrules.variance.paid import PayerAdjudicatedLine

#: CLP02 of payers that come after another.
SECONDARY = frozenset(("2", "3", "20", "21"))
PREDETERMINATION = "25"
#: What says that all is another payer's. [X12's answer 2535]
PRIOR_PAYER = ("OA", "23")
#: Plans of care whose services an assistant may do.
THERAPY = frozenset(("GP", "GO"))
TURNED = "the payer's allowed amount (B6) has the other sign than the charge: it is not used"


def share(amount: int, numerator: int, denominator: int) -> int:
    """Take a share of cents, rounded half up to the cent, away from zero below it."""
    sign = -1 if amount * numerator < 0 else 1
    return sign * ((2 * abs(amount * numerator) + denominator) // (2 * denominator))


@dataclass(slots=True)
class PayerAmounts:
    """What a payer says of a line, group or claim: sums over all that answers it."""

    charge: int = 0
    paid: int = 0
    deductible: int = 0
    coinsurance: int = 0
    copayment: int = 0
    patient: int = 0
    balance_bill: int = 0
    after_allowed: int = 0
    incentive: int = 0
    #: What came off since a therapy assistant did the service.
    assistant: int = 0
    to_patient: int = 0
    allowed: int = 0
    source: str = "derived"
    b6_difference: int = 0
    lines: int = 0
    codes: dict[tuple[str, str], int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    #: Names of amounts that the payer's side does not tell: they are 0 in sums, and shown as none.
    not_told: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def told(self, name: str) -> int | None:
        """Give an amount by its name; None where nobody told it."""
        amount: int = getattr(self, name)
        return None if name in self.not_told else amount

    @property
    def received(self) -> int:
        """What was paid, to the practice or to the patient."""
        return self.paid + self.to_patient


def payer_amounts(
    paid: Sequence[PayerAdjudicatedLine],
    lines: Sequence[ExpectedLine],
    own_adjustments: Iterable[tuple[str, str, int]] = (),
    *,
    claim_paid: int | None = None,
    of_whole_claim: bool = False,
    remarks: Iterable[str] = (),
) -> PayerAmounts:
    """Add up a payer's amounts; `own_adjustments` are those of the claim itself.

    `claim_paid` is CLP04 where a claim is adjusted as a whole, else the lines say what was paid. Of
    a whole claim of several lines no line says what is allowed.
    """
    found = PayerAmounts(lines=len(paid))
    found.charge = sum(each.charge for each in paid)
    found.paid = sum(each.paid for each in paid) if claim_paid is None else claim_paid
    found.remarks = tuple(dict.fromkeys([*(r for each in paid for r in each.remarks), *remarks]))
    date = min((line.date for line in lines), default="")
    modifiers = {one for line in lines for one in line.modifiers}
    triples = [*(t for each in paid for t in each.adjustments), *own_adjustments]
    is_by_assistant_told = is_assistant_told(modifiers, found.remarks)
    incentives = _incentives(lines, found.remarks) if not is_by_assistant_told else ()
    found.assistant = _of_assistant(triples) if is_by_assistant_told else 0
    for group, carc, amount in triples:
        found.codes[group, carc] = found.codes.get((group, carc), 0) + amount
        if carc == TO_PATIENT:
            found.to_patient += amount
        elif group == "PR":
            if carc in COST_SHARING:
                found.patient += amount
                found.deductible += amount * (carc == "1")
                found.coinsurance += amount * (carc == "2")
                found.copayment += amount * (carc == "3")
            else:
                found.balance_bill += amount
        elif carc in incentives:
            found.incentive += amount
            found.after_allowed += amount
        elif carc in AFTER_ALLOWED or (carc == "223" and date < SEQUESTRATION_FROM):
            found.after_allowed += amount
    found.after_allowed += found.assistant
    derived = found.paid + found.patient + found.after_allowed + found.to_patient
    given = [each.allowed for each in paid if each.allowed is not None or has_money(each)]
    if any(_is_turned(each) for each in paid):
        found.notes = (TURNED,)
        given = []
    if given and not of_whole_claim and None not in given:
        found.allowed, found.source = sum(each or 0 for each in given), "B6"
        found.b6_difference = found.allowed - derived
    else:
        found.allowed = derived
    return found


def _incentives(lines: Sequence[ExpectedLine], remarks: Collection[str]) -> Collection[str]:
    """Name the codes that are incentives, which come off after the allowed amount.

    Decision: Medicare names its program beside them (N807), and takes no other.
    """
    if INCENTIVE_REMARK in remarks:
        return (INCENTIVE, "237")
    return () if any(line.by_medicare for line in lines) else (INCENTIVE,)


def _is_turned(paid: PayerAdjudicatedLine) -> bool:
    """Tell whether an allowed amount (B6) has the other sign than its line's charge.

    Decision: such an amount is a slip of the payer's program, and what is paid and left to others
    is taken instead.
    """
    return (paid.allowed or 0) * (-1 if paid.charge < 0 else 1) < 0


def has_money(paid: PayerAdjudicatedLine) -> bool:
    """Tell whether something of a line is allowed: where nothing is, no B6 says so."""
    patient = (amount for group, carc, amount in paid.adjustments if group == "PR" or carc == "100")
    return bool(paid.paid or any(patient))


def _of_assistant(triples: Sequence[tuple[str, str, int]]) -> int:
    """Give what a therapy assistant's service is paid less: it stands as 144, or as another 45.

    Decision: without a 144 the last of several 45 is the reduction.
    """
    reduced = [amount for group, carc, amount in triples if carc == INCENTIVE and group != "PR"]
    if reduced:
        return sum(reduced)
    contractual = [amount for group, carc, amount in triples if carc == CONTRACTUAL != group]
    return contractual[-1] if len(contractual) > 1 else 0


# -- what the payer owes on what we expect -----------------------------------------------------


def _as_priced(line: ExpectedLine) -> int:
    """Give what of the payer's share is paid: less where a therapy assistant did the service."""
    return line.assistant_share


def share_if_by_assistant(line: ExpectedLine) -> int:
    """Give what would be paid under Medicare of therapy that an assistant could have done."""
    is_of_day = line.date >= ASSISTANT_FROM and line.by_medicare
    could_be = is_of_day and not THERAPY.isdisjoint(line.modifiers)
    return ASSISTANT_SHARE if could_be else line.assistant_share


def restated(
    lines: Sequence[ExpectedLine],
    payer: PayerAmounts,
    paid_share: Callable[[ExpectedLine], int] = _as_priced,
) -> int:
    """Give what the payer owes on the amount we expect, with the cost sharing it applied.

    [SSA 1833(dd)(2), 1834(v); 42 CFR 410.152(l), 410.160(b)] Decision: of several lines the
    deductible and copayment are taken line by line. On a line met by a second payer that payer's
    own amount is the second of three figures, of which the lowest is due. [42 CFR 411.33(a)]
    `paid_share` says what of each line's share is paid, other than as priced where a payer did
    otherwise.
    """
    due = withheld = 0
    for line, deductible, copayment, own_share in cost_sharing(lines, payer):
        payable = (line.allowed or 0) - deductible - copayment - own_share
        payable = share(payable, paid_share(line), WHOLE)
        if line.second_payer_most is not None:
            payable = max(0, min(payable, line.second_payer_most))
        due += payable
        if not payer.incentive:
            withheld += share(payable, line.withheld_rate, WHOLE)
    if payer.incentive and lines:
        rate = lines[0].withheld_rate
        withheld = share(due - payer.incentive, rate, WHOLE)
    return due - payer.incentive - withheld


def cost_sharing(
    lines: Sequence[ExpectedLine], payer: PayerAmounts
) -> Iterator[tuple[ExpectedLine, int, int, int]]:
    """Give of each line the deductible, copayment and coinsurance that are the patient's.

    Of what the payer applied, as far as the line's own rule takes a deductible; under Medicare the
    coinsurance is the rule's own. Of whom by law nothing may be taken nothing is.
    """
    deductible, copayment = payer.deductible, payer.copayment
    left = payer.allowed - payer.deductible - payer.copayment
    for line in lines:
        if line.owes_nothing:
            yield line, 0, 0, 0
            continue
        expected = line.allowed or 0
        waived = line.by_medicare and line.is_deductible_waived
        own_deductible = 0 if waived else min(max(deductible, 0), expected)
        deductible -= own_deductible
        own_copayment = min(max(copayment, 0), expected - own_deductible)
        copayment -= own_copayment
        base = expected - own_deductible - own_copayment
        if line.by_medicare:
            own_share = share(base, line.rate, WHOLE_SHARE)
        else:
            own_share = share(base, payer.coinsurance, left) if left > 0 else 0
        yield line, own_deductible, own_copayment, own_share
