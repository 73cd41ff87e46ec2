"""The columns that a professional claim gives, one row a service line, by the table `COLUMNS`.

An element of a line that cannot be read rejects the line; one of the claim rejects its lines.
"""

import re
from typing import Any, NamedTuple

from payrules.x12.adjudicated import adjudicated
from payrules.x12.facts import Billing, Claim, ElementFault, Line, Practitioner
from payrules.x12.found import ClaimRecord, FailedCheck, Reject, Row, X12File
from payrules.x12.persons import person_id
from payrules.x12.values import (
    AMOUNT,
    CODE,
    DAY,
    at,
    cents,
    day,
    days_between,
    dollars,
    id_at,
    is_number,
    shown,
)


class ClaimColumn(NamedTuple):
    """A column of the claim lines: its name, where it is read, and by what rule."""

    name: str
    read_from: str
    rule: str


_MODIFIERS = 4
#: SV107 points at four diagnoses.
_POINTERS = 4
COLUMNS = (
    ClaimColumn("claim_id", "CLM01", "as sent; a further claim of the same number gets `#2`, `#3`"),
    ClaimColumn("patient_control_number", "CLM01", "as sent"),
    ClaimColumn(
        "claim_line_number",
        "LX01",
        "whole numbers from 1, each once in the claim; else the place of the line, with a note",
    ),
    ClaimColumn("line_control_number", "2400 REF*6R", "as sent"),
    ClaimColumn(
        "person_id",
        "2010BA NM109, 2010CA",
        "the subscriber's id; for a patient of another name, `-` and a key of name, birth date, sex"
        " and relationship; without an id, `x-` and such a key",
    ),
    ClaimColumn("claim_line_start_date", "2400 DTP*472", "D8, or the first date of RD8"),
    ClaimColumn(
        "claim_line_end_date",
        "2400 DTP*472",
        "the last date of RD8; a note where several days have several units",
    ),
    ClaimColumn("hcpcs_code", "SV101-2", "where SV101-1 is HC"),
    *(
        ClaimColumn(f"hcpcs_modifier_{number}", f"SV101-{number + 2}", "as sent")
        for number in range(1, _MODIFIERS + 1)
    ),
    ClaimColumn("charge_amount", "SV102", "0 or more"),
    ClaimColumn("service_unit_quantity", "SV104", "where SV103 is UN; 1 where it is MJ"),
    ClaimColumn("anesthesia_minutes", "SV104", "where SV103 is MJ"),
    ClaimColumn("unit_qualifier", "SV103", "as sent"),
    ClaimColumn("care_assumed_date", "DTP*090", "with modifier 55; the line's, else the claim's"),
    ClaimColumn(
        "care_relinquished_date", "DTP*091", "with modifier 55; the line's, else the claim's"
    ),
    ClaimColumn(
        "primary_paid_amount",
        "2430 SVD02",
        "where the payer billed is not the first: what the first paid; 2320 AMT*D on a claim of"
        " one line",
    ),
    ClaimColumn("primary_allowed_amount", "2430 SVD02, CAS PR", "paid, and CAS PR 1, 2 and 3"),
    ClaimColumn(
        "primary_obligated_amount",
        "CN102, 2430 CAS CO 45",
        "where CN101 is 09, of the line or the claim; else the charge less CAS CO 45, with a note",
    ),
    ClaimColumn("place_of_service_code", "SV105, CLM05-1", "the line's, else the claim's"),
    *(
        ClaimColumn(f"diagnosis_code_{number}", f"HI, SV107-{number}", "the one SV107 points at")
        for number in range(1, _POINTERS + 1)
    ),
    ClaimColumn(
        "rendering_npi",
        "NM1*82 NM109",
        "the line's (2420A), else the claim's (2310B), else the billing provider's",
    ),
    ClaimColumn(
        "rendering_taxonomy",
        "PRV*PE PRV03",
        "at the place of the NPI taken; with the billing provider's, PRV*BI (2000A)",
    ),
    ClaimColumn("billing_npi", "2010AA NM109", "where NM108 is XX"),
    ClaimColumn(
        "billing_tin",
        "2010AA REF*EI, REF*SY",
        "without hyphens; of REF*SY only `x-` and a key",
    ),
    ClaimColumn("rendering_specialty", "", "empty; with `--specialty taxonomy`, the taxonomy"),
    ClaimColumn(
        "service_zip",
        "N403",
        "of the line's service place (2420C), else the claim's (2310C), else the billing provider's"
        " (2010AA)",
    ),
    ClaimColumn(
        "assignment_accepted", "CLM07", "A is true, B and C are false; else true, with a note"
    ),
    ClaimColumn(
        "documentation_submitted",
        "PWK02",
        "true for BM, EL, EM, FT and FX, at the claim or the line",
    ),
    ClaimColumn(
        "postoperative_days", "DTP*090, DTP*091", "with modifier 55: days from one to the other"
    ),
    ClaimColumn(
        "payer", "2010BB NM109", "as sent; the columns file's `[values.payer]` names the payer"
    ),
    ClaimColumn("payer_id", "2010BB NM109", "as sent"),
    ClaimColumn("payer_responsibility_code", "2000B SBR01", "as sent"),
    ClaimColumn("claim_filing_indicator_code", "2000B SBR09", "as sent"),
    ClaimColumn("claim_frequency_code", "CLM05-3", "as sent"),
    ClaimColumn("payer_claim_control_number", "2300 REF*F8", "as sent"),
    ClaimColumn("prior_authorization_number", "REF*G1", "the line's, else the claim's"),
    ClaimColumn(
        "other_payer_paid_amount",
        "2430 SVD02, 2320 AMT*D",
        "summed over payers; AMT*D on a claim of one line without SVD",
    ),
    ClaimColumn("other_payer_patient_amount", "2430 CAS PR", "summed"),
    ClaimColumn("ndc_code", "LIN03", "where LIN02 is N4"),
    ClaimColumn("ndc_quantity", "CTP04", "as sent; units stay SV104"),
    ClaimColumn("ndc_unit", "CTP05-1", "as sent"),
    ClaimColumn("patient_paid_amount", "2300 AMT*F5", "of the claim, on each of its lines"),
    ClaimColumn(
        "transaction_purpose", "BHT06", "as sent; RP is an encounter: no payment is expected"
    ),
)
#: What is put before the columns of a row, and behind them.
BEFORE, BEHIND = ("claim", "position"), ("notes",)
#: PWK02 of documents that were sent, by whatever way; AA says they can be had.
DOCUMENTED = frozenset(("BM", "EL", "EM", "FT", "FX"))
_ASSIGNED = {"A": "true", "B": "false", "C": "false"}
#: Anesthesia codes: only these are billed in minutes.
_ANESTHESIA = re.compile("0[01][0-9]{3}")
_WRONG_SIGN = re.compile(r"[A-Za-z0-9]{1,2}([^A-Za-z0-9])")
_AT_HOME = "12"
_POSTOPERATIVE = "55"
_MINUTES, _UNITS = "MJ", "UN"


def rows_of(claim: Claim, found: X12File, rows: list[Row]) -> None:
    """Add a claim's rows to `rows`; its record, rejects, notes and checks to `found`."""
    number = len(found.claims)
    billing = claim.billing or Billing("", None)
    subscriber = claim.subscriber
    place, facility_kind, frequency = [*at(claim.clm, 5).split(claim.component), "", "", ""][:3]
    _check_claim(claim, facility_kind)
    person = person_id(claim)
    lines = [line for line in claim.lines if line.sv1 is not None]
    numbers = _line_numbers(claim)
    _check_charge(claim, lines, found)
    before = (
        id_at(claim.clm, 1),
        person,
        _ASSIGNED.get(at(claim.clm, 7), "true"),
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
            payer_number=claim.control,
            person=person,
            same=hash(tuple(same)),
            rejected=not made,
        )
    )


def _no_line(claim: Claim) -> ElementFault:
    return ElementFault(claim.position, "2400 LX", None, "the claim has no service line")


def _reject(faults: list[ElementFault], claim: int, line: int | None, is_line: bool) -> Reject:
    first = faults[0]
    reason = "; ".join(dict.fromkeys(each.reason for each in faults))
    return Reject(first.position, first.element, first.value, reason, claim, line, is_line)


def _check_claim(claim: Claim, facility_kind: str) -> None:
    """Find what rejects a claim, and what is noted on it."""
    clm = claim.clm
    if not id_at(clm, 1):
        claim.fault(
            ElementFault(claim.position, "2300 CLM01", None, "CLM01 is blank: no claim number")
        )
    sign = _other_sign(at(clm, 5), claim.component)
    if sign:
        _wrong_sign(claim, claim.position, "2300", "CLM05", sign)
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
    if at(clm, 7) not in _ASSIGNED:
        claim.note("CLM07 is none of A, B and C: assignment taken as accepted")
    if claim.purpose == "RP":
        claim.note("an encounter (BHT06 RP): no payment is expected")
    subscriber = claim.subscriber
    if subscriber is not None and subscriber.responsibility is None:
        claim.note("SBR01 is missing: the payer is taken as the first")


def _other_sign(composite: str, component: str) -> str:
    """Give the sign that stands where the component separator should; "" where none does."""
    if component in composite:
        return ""
    found = _WRONG_SIGN.match(composite)
    return found[1] if found else ""


def _wrong_sign(claim: Claim, position: int, loop: str, element: str, sign: str) -> None:
    reason = f"ISA16 declares '{claim.component}', {element} uses '{sign}'"
    # One wrong separator shows in every composite of the claim: it is told once.
    if not any(fault.reason.startswith("ISA16 declares") for fault in claim.faults or ()):
        claim.fault(ElementFault(position, f"{loop} {element}", sign, reason))


def _line_numbers(claim: Claim) -> list[int]:
    """Number the lines as LX01 does; where it gives no number to each, by their places."""
    given = [(line.number or "").strip(" ") for line in claim.lines]
    numbers = [
        int(each) if each.isascii() and each.isdigit() and len(each) < 10 else 0 for each in given
    ]
    if all(numbers) and len(set(numbers)) == len(numbers):
        return numbers
    claim.note("LX01 numbers no line or one twice: the lines are numbered by their places")
    return list(range(1, len(numbers) + 1))


def _check_charge(claim: Claim, lines: list[Line], found: X12File) -> None:
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
    padded = [each.strip(" ") or None for each in procedure[: _MODIFIERS + 2]]
    padded += [None] * (_MODIFIERS + 2 - len(padded))
    qualifier, code, *modifiers = padded
    sign = _other_sign(procedure[0], claim.component) if len(procedure) == 1 else ""
    if sign:
        _wrong_sign(claim, line.position, "2400", "SV101", sign)
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
    if is_number(written):
        return written
    said = shown(written, AMOUNT) if written else None
    reason = f"charge {said} is no amount of 0 or more" if said else "SV102 has no charge"
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
    if not is_number(written):
        said = shown(written, AMOUNT) if written else None
        reason = f"quantity {said} is no number" if said else "SV104 has no quantity"
        line.fault(ElementFault(line.position, "2400 SV104", said, reason))
        return None, None, qualifier
    if qualifier == _UNITS:
        return written, None, qualifier
    if code is not None and not _ANESTHESIA.fullmatch(code):
        line.note(f"{written} minutes (MJ) of a code that is paid by the service: read as 1 unit")
    return "1", written, qualifier


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
            line.note("SV107 points at no diagnosis: the line has none")
        return [None] * _POINTERS
    found: list[str | None] = []
    for each in pointers.split(claim.component):
        pointer = each.strip(" ")
        if not pointer:
            continue
        at_place = (
            int(pointer) if pointer.isascii() and pointer.isdigit() and len(pointer) < 3 else 0
        )
        code = claim.diagnoses[at_place - 1] if 0 < at_place <= len(claim.diagnoses) else None
        if code is None or len(found) == _POINTERS:
            said = shown(pointer, CODE)
            line.fault(
                ElementFault(
                    line.position, "2400 SV107", said, f"SV107 {said} points at no diagnosis in HI"
                )
            )
            break
        found.append(code)
    return found + [None] * (_POINTERS - len(found))


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
