"""The plain reader of 837P files: a set into claims, a claim into loops, loops into columns.

Each column is looked up in its loops by itself, as the guide's table says it.
"""

# A plain reader is read from top to bottom, as the guide is.
# ruff: noqa: PLR0912, PLR0915

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.x12.reference_parts import Answer, Judged, Loop, Segment

KNOWN = {
    *("AMT", "BHT", "CAS", "CLM", "CN1", "CR1", "CR2", "CR3", "CRC", "CTP", "CUR", "DMG", "DSB"),
    *("DTP", "FRM", "HCP", "HI", "HL", "K3", "LIN", "LQ", "LX", "MEA", "MIA", "MOA", "N2", "N3"),
    *("N4", "NM1", "NTE", "OI", "PAT", "PER", "PRV", "PS1", "PWK", "QTY", "REF", "SBR", "SV1"),
    *("SV4", "SV5", "SVD", "TA1", "UR"),
}


@dataclass
class Above:
    """An HL's number, kind, loop, parent, and whether it is broken."""

    number: str
    kind: str
    loop: Loop
    fault: tuple[int, str] | None
    parent: "Above | None" = None


def claims_of(answer: Answer, body: list[Segment]) -> list[Judged]:
    claims: list[Judged] = []
    open_hls: list[Above] = []
    before = "0"
    claim: list[Segment] | None = None
    purpose = ""

    def end_claim() -> None:
        nonlocal claim
        if claim is not None:
            claims.append(_claim(answer, claim, list(open_hls), purpose))
        claim = None

    # Whether what stands here, below no claim, is the HL's: after an LX or SVD it is not.
    at_hl = False
    in_header = True
    before_it = ""
    for segment in body:
        if segment.id not in KNOWN:
            named = re.fullmatch("[A-Z][A-Z0-9]{1,3}", segment.id)
            named = named and before_it not in {"NM1", "N2", "N3", "N4", "DMG", "PAT", "PER", "REF"}
            answer.unknown[segment.id if named else "(not shown)"] += 1
            before_it = segment.id
            continue
        before_it = segment.id
        in_header = in_header and segment.id not in {"HL", "CLM", "LX", "SVD"}
        if segment.id == "BHT" and in_header:
            purpose = segment[6].strip(" ")
        if segment.id == "HL":
            end_claim()
            at_hl = True
            number, parent, kind = (segment[place].strip(" ") for place in (1, 2, 3))
            loop_id = {"20": "2000A", "22": "2000B", "23": "2000C"}.get(kind, "2000")
            wrong = None
            runs_on = re.fullmatch("[0-9]{1,12}", number) and re.fullmatch("[0-9]+", before)
            if not (runs_on and int(number) == int(before) + 1):
                wrong = "HL01"
            elif kind not in {"20", "22", "23"}:
                wrong = "HL03"
            elif kind != "20":
                above = {"22": "20", "23": "22"}[kind]
                if not any(each.number == parent and each.kind == above for each in open_hls):
                    wrong = "HL02"
            before = number
            keep = {"20": set(), "22": {"20"}}.get(kind, {"20", "22"})
            open_hls = [each for each in open_hls if each.kind in keep]
            fault = (segment.position, f"{loop_id} {wrong}") if wrong else None
            open_hls.append(Above(number, kind, Loop(), fault))
        elif segment.id == "CLM":
            end_claim()
            claim, at_hl = [segment], False
        elif claim is not None:
            claim.append(segment)
        elif segment.id == "SV1":
            answer.service_lines += 1
            answer.rejects.append((segment.position, "2300 CLM", None))
        elif segment.id in {"LX", "SVD"}:
            at_hl = False
        elif open_hls and at_hl:
            open_hls[-1].loop.add(segment)
    end_claim()
    return claims


def _loops_of(segments: list[Segment]) -> Loop:
    """Cut a claim into its own segments, other payers, lines and the lines' adjudications."""
    whole = Loop(loops={"payer": [], "line": []})
    level, here = "claim", whole
    for segment in segments[1:]:
        if segment.id == "LX":
            level, here = "line", Loop(loops={"svd": []})
            whole.loops["line"].append(here)
        elif segment.id == "SBR" and level in {"claim", "payer"}:
            level, here = "payer", Loop()
            whole.loops["payer"].append(here)
        elif segment.id == "SVD":
            here = Loop()
            level = "svd"
            if whole.loops["line"]:
                whole.loops["line"][-1].loops["svd"].append(here)
        elif segment.id == "SV1":
            lines = whole.loops["line"]
            if not lines or getattr(lines[-1], "sv1", None):
                level, here = "line", Loop(loops={"svd": []})
                lines.append(here)
            lines[-1].sv1 = segment  # type: ignore[attr-defined]
            continue
        here.add(segment)
    return whole


# -- a claim -----------------------------------------------------------------------------------


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:8]


def _key(loop: Loop, code: str, relationship: str) -> tuple[str, tuple[str, str, str]]:
    names = [nm1 for kind, nm1, _ in loop.parties if kind == code]
    name = (names[-1][3], names[-1][4], names[-1][5]) if names else ("", "", "")
    dmg = loop.last("DMG")
    return _hash(*name, dmg[2] if dmg else "", dmg[3] if dmg else "", relationship), name


def _amount(text: str, signed: bool = True) -> Decimal | None:
    text = text.strip(" ")
    whole = re.fullmatch(r"(-?)([0-9]*)(\.[0-9]*)?", text)
    if not whole or not re.search("[0-9]", text) or len(text) > 18:
        return None
    if whole[1] and not signed:
        return None
    amount = Decimal(text)
    return amount if amount == amount.quantize(Decimal("0.01")) else None


def _is_quantity(text: str) -> bool:
    text = text.strip(" ")
    return bool(re.fullmatch(r"[0-9]*(\.[0-9]*)?", text) and re.search("[0-9]", text)) and (
        len(text) <= 18
    )


def _day(text: str) -> date | None:
    if not re.fullmatch("[0-9]{8}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _claim(answer: Answer, segments: list[Segment], hls: list[Above], purpose: str) -> Judged:
    clm = segments[0]
    faults: list[tuple[int, str]] = []
    of = {each.kind: each for each in hls}
    broken = next((each.fault for each in hls if each.fault), None)
    if broken:
        faults.append(broken)
    elif "22" not in of:
        faults.append((clm.position, "2000B HL"))
    whole = _loops_of(segments)
    lines = whole.loops["line"]
    subscriber = of["22"].loop if "22" in of else None
    patient = of["23"].loop if "23" in of else None
    billing = of["20"].loop if "20" in of else Loop()
    late: list[tuple[int, str]] = []
    for segment in whole.segments:  # amounts of the claim, in the order of the file
        if segment.id == "CN1" and segment[1] == "09" and _amount(segment[2]) is None:
            faults.append((segment.position, "2300 CN102"))
        if segment.id == "AMT" and segment[1] == "F5" and _amount(segment[2]) is None:
            faults.append((segment.position, "2300 AMT02"))
    for payer in whole.loops["payer"]:
        for segment in payer.segments:
            if segment.id == "AMT" and segment[1] == "D" and _amount(segment[2]) is None:
                faults.append((segment.position, "2320 AMT02"))
    if not clm[1].strip(" "):
        late.append((clm.position, "2300 CLM01"))
    sign = _foreign_sign(clm[5], clm.component)
    if sign:
        late.append((clm.position, "2300 CLM05"))
    elif clm.part(5, 2).strip(" ") and clm.part(5, 2) != "B":
        late.append((clm.position, "2300 CLM05-2"))
    person, wrong = _person(subscriber, patient)
    if wrong:
        late.append((clm.position, wrong))
    numbers = _numbers(lines)
    charges = [_amount(line.sv1[2]) for line in lines if hasattr(line, "sv1")]
    if charges and None not in charges:
        said = _amount(clm[2])
        if said is None or said != sum(charges, Decimal(0)):  # type: ignore[arg-type]
            answer.checks.append(("claim_charge", clm.position))
    answer.service_lines += len(charges)
    facts = Facts(clm, whole, billing, subscriber, patient, person, purpose, len(lines))
    rows: list[dict[str, Any]] = []
    rejected: list[tuple[int, str, int | None]] = []
    same: list[Any] = [person]
    for line, number in zip(lines, numbers, strict=True):
        row, line_faults = _line(facts, line, number, same)
        sv1 = getattr(line, "sv1", None)
        if sv1 and _foreign_sign(sv1[1], sv1.component) and not sign:
            late.append((sv1.position, "2400 SV101"))
        if line_faults:
            rejected.append((*line_faults[0], number))
        elif row is not None:
            rows.append(row)
    faults += late
    if faults or not lines:
        first = faults[0] if faults else (clm.position, "2400 LX")
        rejected = [(*first, number) for number in numbers] or [(*first, None)]
        rows = []
    answer.rejects += rejected
    return Judged(
        answer,
        clm.position,
        clm[1].strip(" "),
        person,
        clm.part(5, 3).strip(" ") or "1",
        _is_primary(subscriber),
        _is_medicare_second(subscriber),
        tuple(same),
        rows,
    )


def _foreign_sign(composite: str, component: str) -> str:
    if component in composite:
        return ""
    found = re.match("[A-Za-z0-9]{1,2}([^A-Za-z0-9])", composite)
    return found[1] if found else ""


def _sbr(subscriber: Loop | None) -> Segment | None:
    return subscriber.last("SBR") if subscriber else None


def _is_primary(subscriber: Loop | None) -> bool:
    sbr = _sbr(subscriber)
    return (sbr[1].strip(" ") if sbr else "") in {"", "P"}


def _is_medicare_second(subscriber: Loop | None) -> bool:
    sbr = _sbr(subscriber)
    return sbr is not None and (sbr[1].strip(" "), sbr[9].strip(" ")) == ("S", "MB")


def _person(subscriber: Loop | None, patient: Loop | None) -> tuple[str | None, str]:
    if subscriber is None:
        return None, ""
    named = [nm1 for kind, nm1, _ in subscriber.parties if kind == "IL"]
    given = named[-1][9].strip(" ") if named else ""
    key, name = _key(subscriber, "IL", "")
    if not given and not any(name):
        return None, "2010BA NM109"
    of_subscriber = given or f"x-{key}"
    if patient is None:
        return of_subscriber, ""
    pat = patient.last("PAT")
    key, name = _key(patient, "QC", pat[1] if pat else "")
    if not any(name):
        return None, "2010CA NM103"
    return f"{of_subscriber}-{key}", ""


def _numbers(lines: list[Loop]) -> list[int]:
    given = []
    for line in lines:
        lx = line.segments[0] if line.segments and line.segments[0].id == "LX" else None
        text = lx[1].strip(" ") if lx else ""
        given.append(int(text) if re.fullmatch("[0-9]{1,9}", text) else 0)
    if 0 in given or len(set(given)) < len(given):
        return list(range(1, len(lines) + 1))
    return given


@dataclass
class Facts:
    """What a line takes from its claim."""

    clm: Segment
    whole: Loop
    billing: Loop
    subscriber: Loop | None
    patient: Loop | None
    person: str | None
    purpose: str
    lines: int


def _line(
    facts: Facts, line: Loop, number: int, same: list[Any]
) -> tuple[dict[str, Any] | None, list[tuple[int, str]]]:
    faults: list[tuple[int, str]] = []
    sv1: Segment | None = getattr(line, "sv1", None)
    # What the one pass meets before the line's end comes first.
    obligated = None
    early: list[tuple[int, str]] = []
    for segment in line.segments:
        if segment.id == "CN1" and segment[1] == "09":
            obligated = _amount(segment[2])
            if obligated is None:
                early.append((segment.position, "2400 CN102"))
    svds = []
    for svd in line.loops["svd"]:
        head = svd.segments[0]
        paid = _amount(head[2])
        if paid is None:
            early.append((head.position, "2430 SVD02"))
        cas = []
        for segment in svd.segments:
            if segment.id != "CAS":
                continue
            for place in range(2, len(segment.elements), 3):
                reason, written = segment[place].strip(" "), segment[place + 1]
                if reason or written:
                    amount = _amount(written)
                    if amount is None:
                        early.append((segment.position, f"2430 CAS{place + 1:02}"))
                    cas.append((segment[1], reason, amount or Decimal(0)))
        svds.append((head[1].strip(" "), paid or Decimal(0), cas))
    faults += sorted(early)
    if sv1 is None:
        return None, [*faults, (line.segments[0].position, "2400 SV1")]
    at, component = sv1.position, sv1.component
    clm, whole = facts.clm, facts.whole
    row: dict[str, Any] = {"position": at, "claim_line_number": number}
    row["patient_control_number"] = row["claim_id"] = clm[1].strip(" ") or None
    row["person_id"] = facts.person
    # dates
    dtp = line.last("DTP", "472")
    start = end = None
    if dtp is None:
        faults.append((at, "2400 DTP*472"))
    else:
        written = dtp[3].strip(" ")
        two = written.partition("-") if dtp[2] == "RD8" else (written, "", written)
        start, end = _day(two[0].strip(" ")), _day(two[2].strip(" "))
        if dtp[2] not in {"D8", "RD8"} or start is None or end is None:
            faults.append((dtp.position, "2400 DTP03"))
            start = end = None
        else:
            if end < start:
                faults.append((dtp.position, "2400 DTP03"))
            if dtp[2] == "D8":
                end = None
    row["claim_line_start_date"] = start.isoformat() if start else None
    row["claim_line_end_date"] = end.isoformat() if end else None
    # procedure
    parts = [each.strip(" ") or None for each in sv1.parts(1)] + [None] * 6
    if not _foreign_sign(sv1[1], component):
        if parts[0] != "HC":
            faults.append((at, "2400 SV101"))
        elif parts[1] is None:
            faults.append((at, "2400 SV101-2"))
    row["hcpcs_code"] = parts[1]
    modifiers = parts[2:6]
    row |= {f"hcpcs_modifier_{place}": each for place, each in enumerate(modifiers, 1)}
    # charge, units
    charge = sv1[2].strip(" ")
    if not _is_quantity(charge):
        faults.append((at, "2400 SV102"))
    row["charge_amount"] = charge
    qualifier, quantity = sv1[3].strip(" "), sv1[4].strip(" ")
    if qualifier not in {"UN", "MJ"}:
        faults.append((at, "2400 SV103"))
    elif not _is_quantity(quantity):
        faults.append((at, "2400 SV104"))
    row["unit_qualifier"] = qualifier
    row["service_unit_quantity"] = "1" if qualifier == "MJ" else quantity
    row["anesthesia_minutes"] = quantity if qualifier == "MJ" else None
    place = sv1[5].strip(" ") or clm.part(5, 1).strip(" ")
    if not place:
        faults.append((at, "2400 SV105"))
    row["place_of_service_code"] = place
    # postoperative care
    for name in ("care_assumed_date", "care_relinquished_date", "postoperative_days"):
        row[name] = None
    if "55" in modifiers:
        days = {}
        for code, name in (("090", "care_assumed_date"), ("091", "care_relinquished_date")):
            for loop, loop_id in ((line, "2400"), (whole, "2300")):
                care = loop.last("DTP", code)
                if care is None:
                    continue
                days[code] = _day(care[3].strip(" ")) if care[2] == "D8" else None
                if days[code] is None:
                    faults.append((care.position, f"{loop_id} DTP03"))
                else:
                    row[name] = days[code].isoformat()
                break
        if days.get("090") and days.get("091") and days["090"] <= days["091"]:
            row["postoperative_days"] = str((days["091"] - days["090"]).days)
    row |= _who(facts, line)
    row |= _other_payers(facts, line, svds, obligated, _amount(charge))
    row |= _carried(facts, line)
    # diagnoses
    codes: list[str | None] = []
    for hi in (each for each in whole.segments if each.id == "HI"):
        if hi.part(1, 1) in {"ABK", "ABF", "BK", "BF"}:
            for element in range(1, len(hi.elements)):
                is_one = hi.part(element, 1) in {"ABK", "ABF", "BK", "BF"}
                codes.append(hi.part(element, 2).strip(" ") or None if is_one else None)
    found: list[str] = []
    for pointer in sv1.parts(7):
        if not pointer.strip(" "):
            continue
        is_number = re.fullmatch("[0-9]{1,2}", pointer.strip(" "))
        number_of = int(pointer) if is_number else 0
        code = codes[number_of - 1] if 1 <= number_of <= len(codes) else None
        if code is None or len(found) == 4:
            faults.append((at, "2400 SV107"))
            break
        found.append(code)
    row |= {f"diagnosis_code_{n}": (found + [None] * 4)[n - 1] for n in range(1, 5)}
    same.append((start, end, tuple(parts[:6]), _amount(charge)))
    return row, faults


def _who(facts: Facts, line: Loop) -> dict[str, Any]:
    who: dict[str, Any] = {}
    billed = [each for each in facts.billing.parties if each[0] == "85"]
    npis = [nm1[9].strip(" ") for _, nm1, _ in billed if nm1[8] == "XX"]
    who["billing_npi"] = (npis[-1] or None) if npis else None
    refs = [s for _, _, rest in billed for s in rest if s.id == "REF"]
    ein = [s[2].strip(" ").replace("-", "") for s in refs if s[1] == "EI"]
    ssn = [s[2].strip(" ").replace("-", "") for s in refs if s[1] == "SY"]
    ein, ssn = [each for each in ein if each], [each for each in ssn if each]
    who["billing_tin"] = ein[-1] if ein else f"x-{_hash(ssn[0])}" if ssn else None
    bi = facts.billing.last("PRV", "BI")
    taxonomy = _taxonomy(bi)
    rendering = who["billing_npi"]
    for loop in (line, facts.whole):
        party = loop.party("82")
        if party is None:
            continue
        npi = "" if party[0][8] in {"24", "34"} else party[0][9].strip(" ")
        if npi:
            rendering = npi
            prv = [s for s in party[1] if s.id == "PRV" and s[1] == "PE"]
            taxonomy = _taxonomy(prv[-1] if prv else None)
            break
    who["rendering_npi"], who["rendering_taxonomy"] = rendering, taxonomy
    zips = [s[3].strip(" ") for _, _, rest in billed for s in rest if s.id == "N4"]
    zip_code = zips[-1] if zips else ""
    for loop in (facts.whole, line):
        party = loop.party("77")
        places = [s[3].strip(" ") for s in party[1] if s.id == "N4"] if party else []
        zip_code = (places[-1] if places else "") or zip_code
    who["service_zip"] = zip_code or None
    return who


def _taxonomy(prv: Segment | None) -> str | None:
    return (prv[3].strip(" ") or None) if prv and prv[2] in {"PXC", "ZZ"} else None


def _other_payers(
    facts: Facts, line: Loop, svds: list[Any], obligated: Decimal | None, charge: Decimal | None
) -> dict[str, Any]:
    others = []
    for payer in facts.whole.loops["payer"]:
        paid = payer.last("AMT", "D")
        names = [nm1 for kind, nm1, _ in payer.parties if kind == "PR"]
        others.append(
            (
                payer.segments[0][1].strip(" "),
                names[-1][9].strip(" ") if names else "",
                _amount(paid[2]) if paid else None,
            )
        )
    told = [paid for _, _, paid in others if paid is not None]
    alone = facts.lines == 1
    found: dict[str, Decimal | None] = dict.fromkeys(
        (
            "other_payer_paid_amount",
            "other_payer_patient_amount",
            "primary_paid_amount",
            "primary_allowed_amount",
            "primary_obligated_amount",
        )
    )
    if svds:
        found["other_payer_paid_amount"] = sum((paid for _, paid, _ in svds), Decimal(0))
    elif told and alone:
        found["other_payer_paid_amount"] = sum(told, Decimal(0))
    patient = [amount for _, _, cas in svds for group, _, amount in cas if group == "PR"]
    if patient:
        found["other_payer_patient_amount"] = sum(patient, Decimal(0))
    if not _is_primary(facts.subscriber):
        firsts = {payer for kind, payer, _ in others if kind == "P" and payer}
        one_payer = len({payer for payer, _, _ in svds}) == 1
        first = [svd for svd in svds if one_payer or svd[0] in firsts]
        if first:
            paid = sum((each for _, each, _ in first), Decimal(0))
            share = sum(
                (
                    amount
                    for _, _, cas in first
                    for group, reason, amount in cas
                    if group == "PR" and reason in {"1", "2", "3"}
                ),
                Decimal(0),
            )
            found["primary_paid_amount"] = paid
            found["primary_allowed_amount"] = paid + share
        elif alone and not svds:
            of_first = [
                paid
                for kind, _, paid in others
                if paid is not None and (kind == "P" or len(others) == 1)
            ]
            found["primary_paid_amount"] = of_first[0] if len(of_first) == 1 else None
        cn1 = [s for s in facts.whole.segments if s.id == "CN1" and s[1] == "09"]
        if obligated is not None:
            found["primary_obligated_amount"] = obligated
        elif cn1 and alone:
            found["primary_obligated_amount"] = _amount(cn1[-1][2])
        else:
            off = sum(
                (
                    amount
                    for _, _, cas in first
                    for group, reason, amount in cas
                    if group == "CO" and reason == "45"
                ),
                Decimal(0),
            )
            if charge is not None and 0 < off < charge:
                found["primary_obligated_amount"] = charge - off
    return {name: None if each is None else f"{each:.2f}" for name, each in found.items()}


def _carried(facts: Facts, line: Loop) -> dict[str, Any]:
    clm, whole = facts.clm, facts.whole
    sbr = _sbr(facts.subscriber)
    payers = [nm1 for kind, nm1, _ in (facts.subscriber or Loop()).parties if kind == "PR"]
    payer = (payers[-1][9].strip(" ") or None) if payers else None
    further = [
        segment[2].strip(" ") or None
        for kind, _, segments in (facts.subscriber or Loop()).parties
        for segment in segments
        if kind == "PR" and segment.id == "REF" and segment[1] == "2U"
    ]
    documents = {"BM", "EL", "EM", "FT", "FX"}
    has_documents = any(
        s.id == "PWK" and s[2] in documents for s in (*whole.segments, *line.segments)
    )

    def ref(loop: Loop, kind: str) -> str | None:
        found = loop.last("REF", kind)
        return found[2].strip(" ") or None if found else None

    lins = [s for s in line.segments if s.id == "LIN" and s[2] == "N4"]
    ctp = line.last("CTP")
    paid = whole.last("AMT", "F5")
    patient_paid = _amount(paid[2]) if paid else None
    return {
        "line_control_number": ref(line, "6R"),
        "payer": payer,
        "payer_id": payer,
        "further_payer_id": further[-1] if further else None,
        "payer_responsibility_code": (sbr[1].strip(" ") or None) if sbr else None,
        "claim_filing_indicator_code": (sbr[9].strip(" ") or None) if sbr else None,
        "claim_frequency_code": clm.part(5, 3).strip(" ") or None,
        "payer_claim_control_number": ref(whole, "F8"),
        "prior_authorization_number": ref(line, "G1") or ref(whole, "G1"),
        "assignment_accepted": {"B": "false", "C": "false"}.get(clm[7], "true"),
        "documentation_submitted": "true" if has_documents else None,
        "ndc_code": (lins[-1][3].strip(" ") or None) if lins else None,
        "ndc_quantity": (ctp[4].strip(" ") or None) if ctp else None,
        "ndc_unit": (ctp.part(5, 1).strip(" ") or None) if ctp else None,
        "patient_paid_amount": None if patient_paid is None else f"{patient_paid:.2f}",
        "transaction_purpose": facts.purpose or None,
    }
