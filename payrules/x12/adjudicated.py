"""What other payers decided on a line (loop 2430, 2320): paid, allowed, owed by the patient."""

from typing import NamedTuple

from payrules.x12.facts import Adjudication, Claim, Line
from payrules.x12.values import dollars

#: What of the patient's share is in a payer's allowed amount: deductible, coinsurance, copayment.
_IN_ALLOWED = frozenset(("1", "2", "3"))


class Amounts(NamedTuple):
    """Dollars as text; None where nothing is said."""

    primary_paid: str | None = None
    primary_allowed: str | None = None
    primary_obligated: str | None = None
    other_paid: str | None = None
    other_patient: str | None = None


_NONE = Amounts()


def adjudicated(claim: Claim, line: Line, charge: int | None) -> Amounts:
    """Add up what other payers decided on a line; `charge` in cents."""
    all_of = line.adjudications or []
    payers = claim.other_payers or []
    is_secondary = _is_secondary(claim)
    if not (all_of or payers or is_secondary):
        return _NONE
    of_claim = [each.paid for each in payers if each.paid is not None]
    is_alone = len(claim.lines) == 1
    other_paid = sum(each.paid or 0 for each in all_of) if all_of else None
    if not all_of and of_claim:
        if is_alone:
            other_paid = sum(of_claim)
        else:
            line.note("2320 AMT*D is what another payer paid on the whole claim: no line's amount")
    patient = [amount for each in all_of for group, _, amount in each.adjustments if group == "PR"]
    primary_paid = allowed = obligated = None
    if is_secondary:
        first = _of_first_payer(claim, all_of)
        if first:
            primary_paid = sum(each.paid or 0 for each in first)
            allowed = primary_paid + sum(
                amount
                for each in first
                for group, reason, amount in each.adjustments
                if group == "PR" and reason in _IN_ALLOWED
            )
        elif is_alone and not all_of:
            # Decision: of several payers' AMT*D only the first payer's is what the first paid.
            paid = [
                each.paid
                for each in payers
                if each.paid is not None and (each.responsibility == "P" or len(payers) == 1)
            ]
            primary_paid = paid[0] if len(paid) == 1 else None
        obligated = _obligated(claim, line, charge, first)
    return Amounts(
        *(
            None if each is None else dollars(each)
            for each in (
                primary_paid,
                allowed,
                obligated,
                other_paid,
                sum(patient) if patient else None,
            )
        )
    )


def _is_secondary(claim: Claim) -> bool:
    subscriber = claim.subscriber
    return (
        subscriber is not None
        and subscriber.responsibility is not None
        and subscriber.responsibility != "P"
    )


def _of_first_payer(claim: Claim, all_of: list[Adjudication]) -> list[Adjudication]:
    """Give what the first payer decided, by the payer that SVD01 names; of one payer, all of it.

    Decision: where several payers decided and none is told to be the first, none is.
    """
    if len({each.payer_id for each in all_of}) == 1:
        return all_of
    first = {
        each.id
        for each in claim.other_payers or ()
        if each.responsibility == "P" and each.id is not None
    }
    return [each for each in all_of if each.payer_id in first]


def _obligated(
    claim: Claim, line: Line, charge: int | None, first: list[Adjudication]
) -> int | None:
    """Give what the practice must accept from the first payer."""
    if line.obligated is not None:
        return line.obligated
    if claim.obligated is not None:
        # Decision: a whole claim's amount is no line's, unless it has only one.
        if len(claim.lines) == 1:
            return claim.obligated
        line.note(
            "CN102 of the claim is what must be accepted on the whole claim: no line's amount"
        )
    written_off = sum(
        amount
        for each in first
        for group, reason, amount in each.adjustments
        if group == "CO" and reason == "45"
    )
    if charge is None or written_off <= 0 or charge <= written_off:
        return None
    line.note("OTAF from CO-45")
    return charge - written_off
