"""Makes the rows of a professional claim, one a service line: the columns of `columns_837p`.

An element of a line that cannot be read rejects the line; one of the claim rejects its lines.
"""

import re
from sys import intern
from typing import Any

from payrules.x12.adjudicated import adjudicated
from payrules.x12.claim_checks import (
    ASSIGNED,
    check_charge,
    check_claim,
    line_numbers,
    other_sign,
    wrong_sign,
)
from payrules.x12.columns_837p import MODIFIERS, POINTERS
from payrules.x12.facts import Billing, Claim, ElementFault, Line, Practitioner
from payrules.x12.found import ClaimRecord, Reject, Row, X12File
from payrules.x12.persons import person_id
from payrules.x12.values import (
    AMOUNT,
    CODE,
    DAY,
    at,
    cents,
    day,
    days_between,
    id_at,
    is_beyond_reason,
    is_number,
    is_signed_number,
    shown,
    why_no_amount,
)

#: PWK02 of documents that were sent, by whatever way; AA says they can be had.
DOCUMENTED = frozenset(("BM", "EL", "EM", "FT", "FX"))
#: Anesthesia codes: only these are billed in minutes.
_ANESTHESIA = re.compile("0[01][0-9]{3}")
_AT_HOME = "12"
_POSTOPERATIVE = "55"
_MINUTES, _UNITS = "MJ", "UN"


def rows_of(claim: Claim, found: X12File, rows: list[Row]) -> None:
    """Add a claim's rows to `rows`; its record, rejects, notes and checks to `found`."""
    number = len(found.claims)
    billing = claim.billing or Billing("", None)
    subscriber = claim.subscriber
    place, facility_kind, frequency = [*at(claim.clm, 5).split(claim.component), "", "", ""][:3]
    check_claim(claim, facility_kind)
    person = person_id(claim)
    lines = [line for line in claim.lines if line.sv1 is not None]
    numbers = line_numbers(claim)
    check_charge(claim, lines, found)
    before = (
        id_at(claim.clm, 1),
        person,
        ASSIGNED.get(at(claim.clm, 7), "true"),
    )
    responsibility = (subscriber.responsibility if subscriber else None) or "P"
    same: list[Any] = [person]
    made: list[Row] = []
    rejects: list[Reject] = []
    for line, line_number in zip(claim.lines, numbers, strict=True):
        row = _row(claim, line, line_number, number, before, billing, place, frequency, same)
        if line.faults or row is None:
            rejects.append(_reject(line.faults or [], number, line_number, line.sv1 is not None))
        else:
            made.append(row)
    if claim.faults or not claim.lines:
        rejects = [
            _reject(claim.faults or [_no_line(claim)], number, line_number, line.sv1 is not None)
            for line, line_number in zip(claim.lines, numbers, strict=True)
        ] or [_reject(claim.faults or [_no_line(claim)], number, None, False)]
        made = []
    found.service_lines += len(lines)
    found.rejects += rejects
    rows += made
    for said in claim.notes or ():
        found.notes[said] += 1
    found.claims.append(
        ClaimRecord(
            position=claim.position,
            number=before[0],
            frequency=frequency.strip(" ") or "1",
            responsibility=responsibility,
            # Of two letters, and one text for each claim otherwise.
            filing=intern(subscriber.filing) if subscriber and subscriber.filing else None,
            payer_number=claim.control,
            person=person,
            same=hash(tuple(same)),
        )
    )


def _no_line(claim: Claim) -> ElementFault:
    return ElementFault(claim.position, "2400 LX", None, "the claim has no service line")


def _reject(faults: list[ElementFault], claim: int, line: int | None, is_line: bool) -> Reject:
    first = faults[0]
    reason = "; ".join(dict.fromkeys(each.reason for each in faults))
    return Reject(first.position, first.element, first.value, reason, claim, line, is_line)


def _row(
    claim: Claim,
    line: Line,
    line_number: int,
    number: int,
    before: tuple[str | None, str | None, str],
    billing: Billing,
    claim_place: str,
    frequency: str,
    same: list[Any],
) -> Row | None:
    """Give a line's row, in the order of `COLUMNS`; its faults stay on the line."""
    sv1 = line.sv1
    if sv1 is None:
        line.fault(ElementFault(line.position, "2400 SV1", None, "the line has no SV1"))
        return None
    control_number, person, assigned = before
    first, last = _dates(line)
    procedure = at(sv1, 1).split(claim.component)
    code, modifiers = _procedure(claim, line, procedure)
    charge = _charge(line, at(sv1, 2))
    units, minutes, qualifier = _quantity(line, at(sv1, 3).strip(" "), at(sv1, 4).strip(" "), code)
    place = at(sv1, 5).strip(" ") or claim_place.strip(" ")
    if not place:
        line.fault(
            ElementFault(
                line.position,
                "2400 SV105",
                None,
                "neither SV105 nor CLM05-1 has a place of service",
            )
        )
    if last and last != first and units and is_number(units) and (cents(units) or 0) > 100:
        span = days_between(first or last, last) + 1
        line.note(f"dates of service span {span} days")
    assumed = relinquished = days = None
    if _POSTOPERATIVE in modifiers:
        assumed, relinquished = (_care_date(claim, line, each) for each in ("090", "091"))
        if assumed and relinquished and assumed <= relinquished:
            days = str(days_between(assumed, relinquished))
    npi, taxonomy = _rendering(claim, line, billing)
    facility = _facility(claim, line)
    if facility is None and place == _AT_HOME:
        line.note("no service address for a service at home")
    amounts = adjudicated(claim, line, cents(charge) if charge else None)
    same.append((first, last, *procedure[:6], cents(at(sv1, 2))))
    subscriber = claim.subscriber
    payer = subscriber.payer_id if subscriber else None
    return (
        number,
        line.position,
        control_number,
        control_number,
        line_number,
        line.control,
        person,
        first,
        last,
        code,
        *modifiers,
        charge,
        units,
        minutes,
        qualifier,
        assumed,
        relinquished,
        amounts.primary_paid,
        amounts.primary_allowed,
        amounts.primary_obligated,
        place,
        *_diagnoses(claim, line, at(sv1, 7)),
        npi,
        taxonomy,
        billing.provider.npi,
        billing.tin,
        None,
        facility.zip if facility else billing.provider.zip,
        assigned,
        "true" if line.documented or claim.documented else None,
        days,
        payer,
        payer,
        subscriber.further_payer_id if subscriber else None,
        subscriber.responsibility if subscriber else None,
        subscriber.filing if subscriber else None,
        frequency.strip(" ") or None,
        claim.control,
        line.authorization or claim.authorization,
        amounts.other_paid,
        amounts.other_patient,
        line.ndc,
        line.ndc_quantity,
        line.ndc_unit,
        claim.patient_paid,
        claim.purpose,
        _notes(claim, line),
    )


def _notes(claim: Claim, line: Line) -> str | None:
    said = [*(claim.notes or ()), *(line.notes or ())]
    return "; ".join(dict.fromkeys(said)) if said else None


def _dates(line: Line) -> tuple[str | None, str | None]:
    if line.service is None:
        line.fault(
            ElementFault(line.position, "2400 DTP*472", None, "the line has no date of service")
        )
        return None, None
    position, form, written = line.service
    first, _, last = written.partition("-") if form == "RD8" else (written, "", written)
    days = day(first.strip(" ")), day(last.strip(" "))
    if form not in {"D8", "RD8"} or None in days:
        said = shown(written, DAY)
        line.fault(
            ElementFault(
                position, "2400 DTP03", said, f"date of service {said} is no {_form(form)}"
            )
        )
        return None, None
    if days[1] < days[0]:  # type: ignore[operator]
        line.fault(
            ElementFault(
                position, "2400 DTP03", written, "the last date of service is before the first"
            )
        )
    return days[0], days[1] if form == "RD8" else None


def _form(form: str) -> str:
    forms = {"D8": "date as 20251231 (D8)", "RD8": "range as 20251201-20251231 (RD8)"}
    return forms.get(form, "date: DTP02 is neither D8 nor RD8")


def _procedure(
    claim: Claim, line: Line, procedure: list[str]
) -> tuple[str | None, list[str | None]]:
    padded = [each.strip(" ") or None for each in procedure[: MODIFIERS + 2]]
    padded += [None] * (MODIFIERS + 2 - len(padded))
    qualifier, code, *modifiers = padded
    sign = other_sign(procedure[0], claim.component) if len(procedure) == 1 else ""
    if sign:
        wrong_sign(claim, line.position, "2400", "SV101", sign)
    elif qualifier != "HC":
        said = " ".join(shown(each, CODE) for each in (qualifier, code) if each) or None
        line.fault(
            ElementFault(
                line.position, "2400 SV101", said, f"{said or 'SV101 is blank'}: not a HCPCS code"
            )
        )
    elif code is None:
        line.fault(ElementFault(line.position, "2400 SV101-2", None, "SV101-2 has no code"))
    return code, modifiers


def _charge(line: Line, written: str) -> str | None:
    written = written.strip(" ")
    said = shown(written, AMOUNT) if written else None
    if is_beyond_reason(written):
        reason = why_no_amount("SV102", written)
    elif is_number(written):
        return written
    else:
        reason = f"charge {said} is not an amount of 0 or more" if said else "SV102 has no charge"
    line.fault(ElementFault(line.position, "2400 SV102", said, reason))
    return None


def _quantity(
    line: Line, qualifier: str, written: str, code: str | None
) -> tuple[str | None, str | None, str | None]:
    """Give units, minutes and the qualifier."""
    if qualifier not in {_UNITS, _MINUTES}:
        said = shown(qualifier, CODE) if qualifier else None
        reason = "SV103 is blank" if said is None else f"SV103 {said}"
        line.fault(
            ElementFault(
                line.position, "2400 SV103", said, f"{reason}: neither units (UN) nor minutes (MJ)"
            )
        )
        return None, None, None
    if not is_number(written) or is_beyond_reason(written):
        said = shown(written, AMOUNT) if written else None
        reason = f"quantity {said} is {_why_no_quantity(written)}"
        reason = reason if said else "SV104 has no quantity"
        line.fault(ElementFault(line.position, "2400 SV104", said, reason))
        return None, None, qualifier
    if qualifier == _UNITS:
        return written, None, qualifier
    if code is not None and not _ANESTHESIA.fullmatch(code):
        line.note(f"{written} minutes (MJ) of a code that is paid by the service: read as 1 unit")
    return "1", written, qualifier


def _why_no_quantity(written: str) -> str:
    if is_beyond_reason(written):
        return "beyond what any line has"
    return "not more than 0" if is_signed_number(written) else "not a number"


def _care_date(claim: Claim, line: Line, qualifier: str) -> str | None:
    own, of_claim = line.care or {}, claim.care or {}
    given = own.get(qualifier) or of_claim.get(qualifier)
    if given is None:
        return None
    position, form, written = given
    found = day(written.strip(" ")) if form == "D8" else None
    if found is None:
        loop = "2400" if qualifier in own else "2300"
        said = shown(written, DAY)
        line.fault(
            ElementFault(
                position, f"{loop} DTP03", said, f"DTP*{qualifier} {said} is no {_form('D8')}"
            )
        )
    return found


def _diagnoses(claim: Claim, line: Line, pointers: str) -> list[str | None]:
    if not pointers.strip(" "):
        if claim.diagnoses:
            line.note("SV107 points to no diagnosis: the line has none")
        return [None] * POINTERS
    found: list[str | None] = []
    for each in pointers.split(claim.component):
        pointer = each.strip(" ")
        if not pointer:
            continue
        at_place = (
            int(pointer) if pointer.isascii() and pointer.isdigit() and len(pointer) < 3 else 0
        )
        code = claim.diagnoses[at_place - 1] if 0 < at_place <= len(claim.diagnoses) else None
        if code is None or len(found) == POINTERS:
            said = shown(pointer, CODE)
            line.fault(
                ElementFault(
                    line.position, "2400 SV107", said, f"SV107 {said} points to no diagnosis in HI"
                )
            )
            break
        found.append(code)
    return found + [None] * (POINTERS - len(found))


def _rendering(claim: Claim, line: Line, billing: Billing) -> tuple[str | None, str | None]:
    """Give the NPI of who rendered the service, and the taxonomy at the same place."""
    for provider in (line.rendering, claim.rendering):
        if provider is not None and provider.npi is not None:
            for said in provider.notes:
                line.note(said)
            return provider.npi, provider.taxonomy
    if line.rendering or claim.rendering:
        line.note("the rendering provider has no NPI: the billing provider's is taken")
    for said in billing.taxonomy_notes:
        line.note(said)
    return billing.provider.npi, billing.taxonomy


def _facility(claim: Claim, line: Line) -> Practitioner | None:
    for facility in (line.facility, claim.facility):
        if facility is not None and facility.zip is not None:
            return facility
    return None
