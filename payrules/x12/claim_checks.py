"""What rejects a professional claim as a whole, and what is noted on it."""

import re

from payrules.x12.facts import Claim, ElementFault, Line
from payrules.x12.found import FailedCheck, X12File
from payrules.x12.values import (
    CODE,
    at,
    cents,
    dollars,
    id_at,
    shown,
)

ASSIGNED = {"A": "true", "B": "false", "C": "false"}
_WRONG_SIGN = re.compile(r"[A-Za-z0-9]{1,2}([^A-Za-z0-9])")


def check_claim(claim: Claim, facility_kind: str) -> None:
    """Find what rejects a claim, and what is noted on it."""
    clm = claim.clm
    if not id_at(clm, 1):
        claim.fault(
            ElementFault(claim.position, "2300 CLM01", None, "CLM01 is blank: no claim number")
        )
    sign = other_sign(at(clm, 5), claim.component)
    if sign:
        wrong_sign(claim, claim.position, "2300", "CLM05", sign)
    elif not facility_kind.strip(" "):
        claim.note("CLM05-2 is blank; read as B, a place of service")
    elif facility_kind != "B":
        said = shown(facility_kind, CODE)
        claim.fault(
            ElementFault(
                claim.position,
                "2300 CLM05-2",
                said,
                f"CLM05-2 {said} is not B: CLM05-1 is no place of service",
            )
        )
    if at(clm, 7) not in ASSIGNED:
        claim.note("CLM07 is none of A, B and C: assignment taken as accepted")
    if claim.purpose == "RP":
        claim.note("an encounter (BHT06 RP): no payment is expected")
    paid, charge = cents(claim.patient_paid or ""), cents(at(clm, 2))
    if paid is not None and paid < 0:
        claim.note("AMT*F5 says that the patient paid less than 0")
    elif paid is not None and charge is not None and paid > charge:
        claim.note("AMT*F5 says that the patient paid more than the claim's charge (CLM02)")
    subscriber = claim.subscriber
    if subscriber is not None and subscriber.responsibility is None:
        claim.note("SBR01 is missing: the payer is taken as the first")


def other_sign(composite: str, component: str) -> str:
    """Give the sign that stands where the component separator should; "" where none does."""
    if component in composite:
        return ""
    found = _WRONG_SIGN.match(composite)
    return found[1] if found else ""


def wrong_sign(claim: Claim, position: int, loop: str, element: str, sign: str) -> None:
    """Reject a claim whose composites are parted by a sign that ISA16 does not declare."""
    reason = f"ISA16 declares '{claim.component}', {element} uses '{sign}'"
    # One wrong separator shows in every composite of the claim: it is told once.
    if not any(fault.reason.startswith("ISA16 declares") for fault in claim.faults or ()):
        claim.fault(ElementFault(position, f"{loop} {element}", sign, reason))


def line_numbers(claim: Claim) -> list[int]:
    """Number the lines as LX01 does; where it gives no number to each, by their places."""
    given = [(line.number or "").strip(" ") for line in claim.lines]
    numbers = [
        int(each) if each.isascii() and each.isdigit() and len(each) < 10 else 0 for each in given
    ]
    if all(numbers) and len(set(numbers)) == len(numbers):
        return numbers
    claim.note("LX01 numbers no line or one twice: the lines are numbered by their places")
    return list(range(1, len(numbers) + 1))


def check_charge(claim: Claim, lines: list[Line], found: X12File) -> None:
    """Compare the claim's charge with the sum of its lines'."""
    charges = [cents(at(line.sv1 or (), 2)) for line in lines]
    if None in charges or not lines:
        return
    said, is_there = cents(at(claim.clm, 2)), sum(each or 0 for each in charges)
    if said != is_there:
        claim.note("CLM02 is not the sum of the lines' charges")
        told = "no amount" if said is None else dollars(said)
        found.checks.append(
            FailedCheck(
                "claim_charge", claim.position, f"CLM02 {told}", f"{dollars(is_there)} in SV102"
            )
        )
