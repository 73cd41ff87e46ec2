"""Makes the rows of a payer's claim and checks that every cent of it is accounted for.

A claim balances by itself, line by line, and with its payment; what does not is a check that
failed, and its amounts are used as they were sent. An element that cannot be read rejects its line,
or its claim with all its lines.
"""

from collections.abc import Sequence

from payrules.x12.claim_checks import other_sign
from payrules.x12.columns_835 import MODIFIERS
from payrules.x12.facts import ElementFault
from payrules.x12.facts_835 import (
    BalanceCheck,
    PaidClaim,
    PaidLine,
    PaidReject,
    PaidRow,
    Payment,
    RemittanceFile,
)
from payrules.x12.values import dollars
from payrules.x12.values_835 import code_or_none, service_of

#: CLP02 of a reversal: it takes an earlier payment back.
REVERSAL = "22"
#: CLP02 that say how a claim was processed; others are read as 1.
_STATUSES = frozenset(("1", "2", "3", "4", "19", "20", "21", "22", "23", "25"))

#: Code and modifiers of a line that was paid as it was sent.
_NO_SERVICE = (None,) * (1 + MODIFIERS)

Rows = dict[str, list[PaidRow]]


def claim_rows(claim: PaidClaim, payment: Payment, found: RemittanceFile, rows: Rows) -> None:
    """Add a claim's rows to `rows`; its rejects, notes and failed checks to `found`."""
    lines, component = claim.lines, claim.component
    for line in lines:
        if component in line.code:
            continue
        sign = other_sign(line.code.strip(" "), component)
        if sign:
            reason = f"ISA16 declares '{component}', SVC01 uses '{sign}'"
            claim.fault(ElementFault(line.position, "2110 SVC01", sign, reason))
            break
    if claim.faults:
        payment.rejected_paid += claim.paid or 0
        whole: list[PaidLine | None] = [*lines] or [None]
        found.rejects += [_reject(claim.faults, claim.claim_id, each) for each in whole]
        return
    read = [line for line in lines if not line.faults]
    if len(read) < len(lines):
        found.rejects += [
            _reject(line.faults, claim.claim_id, line) for line in lines if line.faults
        ]
    status = claim.clp[2].strip(" ")
    if status not in _STATUSES:
        found.notes["CLP02 is none of the codes that are read: taken as 1"] += 1
    rows["payer_claims"].append(_claim_row(claim, payment, status, read))
    # Those of a line that could not be read are told all the same: the claim balances with them.
    rows["payer_adjustments"] += claim.adjustments
    rows["payer_lines"] += [_line_row(line, claim, payment) for line in read]
    _check_claim(claim, payment, found, status, read)


def _claim_row(claim: PaidClaim, payment: Payment, status: str, read: list[PaidLine]) -> PaidRow:
    filing, control, place, frequency = claim.clp[6:10]
    # A plain tuple, as for lines: there is one for every claim.
    return (
        payment.number,
        claim.number,
        claim.position,
        claim.claim_id,
        code_or_none(status),
        claim.charge,
        claim.paid,
        claim.patient,
        filing.strip(" ") or None,
        control.strip(" ") or None,
        service_of(place, claim.component)[0],
        frequency.strip(" ") or None,
        claim.of_patient or claim.of_subscriber,
        claim.corrected,
        claim.crossover,
        claim.received,
        _listed(claim.remarks) if claim.remarks else None,
        claim.interest,
        claim.covered,
        claim.patient_paid,
        claim.adjusted,
        len(read),
        sum([line.paid for line in read]),
        len(claim.lines) - len(read),
    )


def _line_row(line: PaidLine, claim: PaidClaim, payment: Payment) -> PaidRow:
    date, end = line.date, line.end
    if date is None:
        date, end = claim.first, end or claim.last
    original = service_of(line.original, claim.component)[1:] if line.original else _NO_SERVICE
    return (
        payment.number,
        claim.number,
        line.position,
        claim.claim_id,
        line.number,
        *service_of(line.code, claim.component),
        line.charge,
        line.paid,
        line.units,
        *original,
        line.original_units,
        date,
        end,
        line.control,
        line.allowed,
        _listed(line.remarks) if line.remarks else None,
        line.npi or claim.npi,
    )


def _listed(codes: Sequence[str]) -> str | None:
    return " ".join(dict.fromkeys(codes)) if codes else None


def _reject(
    faults: Sequence[ElementFault], claim_id: str | None, line: PaidLine | None
) -> PaidReject:
    """Say why a line, or a claim's line, was not read; the claim is named by its CLP01."""
    first = faults[0]
    reason = "; ".join(dict.fromkeys(each.reason for each in faults))
    what = first.position, first.element, first.value, reason, claim_id
    return PaidReject(*what, None if line is None else line.number, line is not None)


# -- checks ------------------------------------------------------------------------------------


def _check_claim(
    claim: PaidClaim, payment: Payment, found: RemittanceFile, status: str, read: list[PaidLine]
) -> None:
    """Add the checks of a claim and its lines that fail."""
    adjusted, charged = claim.adjusted, 0
    for line in read:
        charged += line.charge
        adjusted += line.adjusted
        left = line.charge - line.adjusted
        if left != line.paid:
            says = "SVC02 less the line's CAS must be SVC03"
            what = line.position, payment.number, claim.number, line.number, claim.claim_id
            found.balance.append(BalanceCheck("line_balance", *what, left, line.paid, says))
    if len(read) < len(claim.lines):
        return
    charge, paid = claim.charge or 0, claim.paid or 0
    of_patient = claim.patient if status == REVERSAL else claim.of_patient_adjusted
    is_charged = charged == charge or not read
    if charge - adjusted == paid and is_charged and of_patient == claim.patient:
        return
    held = (
        ("claim_balance", charge - adjusted, paid, "CLP03 less all CAS must be CLP04"),
        (
            "claim_charge",
            charge if is_charged else charged,
            charge,
            "the sum of SVC02 must be CLP03",
        ),
        ("patient_amount", of_patient, claim.patient, "the sum of CAS PR must be CLP05"),
    )
    where = claim.position, payment.number, claim.number, None, claim.claim_id
    found.balance += [
        BalanceCheck(each[0], *where, *each[1:]) for each in held if each[1] != each[2]
    ]


#: Checks of a payment add up several amounts, and say them all.
SAY_THEIR_AMOUNTS = frozenset(("payment_balance", "interest"))


def payment_checks(payment: Payment, found: RemittanceFile) -> None:
    """Check a payment, at its end, against its claims and provider adjustments."""
    first = payment.position, payment.number, None, None, None
    if payment.difference:
        claims, adjusted = dollars(payment.claims_paid), dollars(payment.provider_adjustments)
        says = (
            f"BPR02 {dollars(payment.amount)}, claims {claims}, provider adjustments {adjusted},"
            f" difference {dollars(payment.difference)}: BPR02 must be the sum of CLP04 less that"
            " of PLB"
        )
        due = payment.claims_paid - payment.provider_adjustments
        found.balance.append(BalanceCheck("payment_balance", *first, payment.amount, due, says))
    if payment.interest_adjusted != -payment.interest:
        claims, paid = dollars(payment.interest), dollars(-payment.interest_adjusted)
        says = (
            f"interest of the claims (AMT*I) {claims}, paid with the payment (PLB L6, whose sign is"
            f" the other) {paid}: both must be the same"
        )
        found.balance.append(
            BalanceCheck("interest", *first, payment.interest_adjusted, -payment.interest, says)
        )
