"""Makes the rows of a payer's claim and checks that every cent of it is accounted for.

A claim balances by itself, line by line, and with its payment; what does not is a check that
failed, and its amounts are used as they were sent. An element that cannot be read rejects its line,
or its claim with all its lines.
"""

from collections.abc import Iterable, Sequence

from payrules.x12.claim_checks import other_sign
from payrules.x12.columns_835 import MODIFIERS
from payrules.x12.facts import ElementFault
from payrules.x12.facts_835 import (
    BalanceCheck,
    PaidClaim,
    PaidLine,
    PaidReject,
    PaidRow,
    PayerAdjustment,
    Payment,
    RemittanceFile,
)
from payrules.x12.values import CODE, at, dollars, id_at

#: CLP02 of a reversal: it takes an earlier payment back.
REVERSAL = "22"
#: CLP02 that say how a claim was processed; others are read as 1.
_STATUSES = frozenset(("1", "2", "3", "4", "19", "20", "21", "22", "23", "25"))
#: CLP01 that names no claim.
_NO_CLAIM = frozenset(("", "0"))

Rows = dict[str, list[PaidRow]]


def claim_rows(claim: PaidClaim, payment: Payment, found: RemittanceFile, rows: Rows) -> None:
    """Add a claim's rows to `rows`; its rejects, notes and failed checks to `found`."""
    claim_id = at(claim.clp, 1).strip(" ")
    number = None if claim_id in _NO_CLAIM else claim_id
    for line in claim.lines:
        sign = other_sign(":".join(line.code[:1]), claim.component) if len(line.code) == 1 else ""
        if sign:
            reason = f"ISA16 declares '{claim.component}', SVC01 uses '{sign}'"
            claim.faults.append(ElementFault(line.position, "2110 SVC01", sign, reason))
            break
    if claim.faults:
        payment.rejected_paid += claim.paid or 0
        lines: list[PaidLine | None] = [*claim.lines]
        found.rejects += [_reject(claim.faults, number, line) for line in lines or [None]]
        return
    read = [line for line in claim.lines if not line.faults]
    found.rejects += [_reject(line.faults, number, line) for line in claim.lines if line.faults]
    status = at(claim.clp, 2).strip(" ")
    if status not in _STATUSES:
        found.notes["CLP02 is none of the codes that are read: taken as 1"] += 1
    rows.setdefault("payer_claims", []).append(
        (
            *(payment.number, claim.number, claim.position, number),
            *(status if CODE.fullmatch(status) else None, claim.charge, claim.paid, claim.patient),
            *(id_at(claim.clp, 6), id_at(claim.clp, 7), _part(claim, 8), id_at(claim.clp, 9)),
            *(claim.of_patient or claim.of_subscriber, claim.corrected, claim.crossover),
            *(claim.received, _listed(claim.remarks), claim.interest, claim.covered),
            *(claim.patient_paid, _sum(claim.adjustments), len(read)),
            *(sum(line.paid for line in read), len(claim.lines) - len(read)),
        )
    )
    of_lines = rows.setdefault("payer_lines", [])
    adjustments = rows.setdefault("payer_adjustments", [])
    adjustments += [
        (payment.number, claim.number, number, None, "claim", *each) for each in claim.adjustments
    ]
    of_lines += [_line_row(line, claim, payment, number) for line in read]
    # Those of a line that could not be read are told all the same: the claim balances with them.
    for line in claim.lines:
        adjustments += [
            (payment.number, claim.number, number, line.number, "line", *each)
            for each in line.adjustments
        ]
    found.balance += _claim_checks(claim, payment, number, status, read)


def _line_row(line: PaidLine, claim: PaidClaim, payment: Payment, number: str | None) -> PaidRow:
    return (
        *(payment.number, claim.number, line.position, number, line.number),
        *(line.code[0] or None, *_coded(line.code)),
        *(line.charge, line.paid, line.units, *_coded(line.original), line.original_units),
        *(line.date or claim.first, line.end or claim.last if line.date is None else line.end),
        *(line.control, line.allowed, _listed(line.remarks), line.npi or claim.npi),
    )


def _coded(composite: Sequence[str]) -> tuple[str | None, ...]:
    """Give the code of a composite, and four modifiers."""
    parts = [each or None for each in composite[1 : 2 + MODIFIERS]]
    return (*parts, *[None] * (1 + MODIFIERS - len(parts)))


def _part(claim: PaidClaim, place: int) -> str | None:
    return at(claim.clp, place).split(claim.component)[0].strip(" ") or None


def _listed(codes: Iterable[str]) -> str | None:
    return " ".join(dict.fromkeys(codes)) or None


def _sum(adjustments: Iterable[PayerAdjustment]) -> int:
    return sum(each.amount for each in adjustments)


def _reject(
    faults: Sequence[ElementFault], claim_id: str | None, line: PaidLine | None
) -> PaidReject:
    """Say why a line, or a claim's line, was not read; the claim is named by its CLP01."""
    first = faults[0]
    reason = "; ".join(dict.fromkeys(each.reason for each in faults))
    what = first.position, first.element, first.value, reason, claim_id
    return PaidReject(*what, None if line is None else line.number, line is not None)


# -- checks ------------------------------------------------------------------------------------


def _claim_checks(
    claim: PaidClaim, payment: Payment, number: str | None, status: str, read: list[PaidLine]
) -> list[BalanceCheck]:
    """Give the checks of a claim and its lines that fail."""
    failed = []

    def check(what: str, left: int, right: int, says: str, at_line: PaidLine | None = None) -> None:
        if left != right:
            position = claim.position if at_line is None else at_line.position
            place = None if at_line is None else at_line.number
            failed.append(
                BalanceCheck(
                    what, position, payment.number, claim.number, place, number, left, right, says
                )
            )

    for line in read:
        left = line.charge - _sum(line.adjustments)
        check("line_balance", left, line.paid, "SVC02 less the line's CAS is SVC03", line)
    every = [*claim.adjustments, *(each for line in read for each in line.adjustments)]
    if len(read) == len(claim.lines):
        left = (claim.charge or 0) - _sum(every)
        check("claim_balance", left, claim.paid or 0, "CLP03 less all CAS is CLP04")
        if read:
            left = sum(line.charge for line in read)
            check("claim_charge", left, claim.charge or 0, "the sum of SVC02 is CLP03")
        if status != REVERSAL:
            left = _sum(each for each in every if each.group == "PR")
            check("patient_amount", left, claim.patient, "the sum of CAS PR is CLP05")
    return failed


def payment_checks(payment: Payment, found: RemittanceFile) -> None:
    """Check a payment, at its end, against its claims and provider adjustments."""
    first = payment.position, payment.number, None, None, None
    if payment.difference:
        claims, adjusted = dollars(payment.claims_paid), dollars(payment.provider_adjustments)
        says = (
            f"BPR02 {dollars(payment.amount)}, claims {claims}, provider adjustments {adjusted},"
            f" difference {dollars(payment.difference)}: BPR02 is the sum of CLP04 less that of PLB"
        )
        due = payment.claims_paid - payment.provider_adjustments
        found.balance.append(BalanceCheck("payment_balance", *first, payment.amount, due, says))
    if payment.interest_adjusted != -payment.interest:
        says = "PLB L6 is the negative of the sum of AMT*I"
        found.balance.append(
            BalanceCheck("interest", *first, payment.interest_adjusted, -payment.interest, says)
        )
