"""A slow, plain reader of remittances, written from the guide and not from payrules' reader.

It cuts a file into payments, a payment into claims, a claim into lines, and searches these; amounts
are Decimals. What it says of a file: payments, claims, lines, adjustments, provider adjustments,
where rejects stand, and which checks fail.
"""

# A plain reader is read from top to bottom, as the guide is.
# ruff: noqa: PLR0912, PLR0915

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tests.x12.reference import ENVELOPE, _segments
from tests.x12.reference_parts import Segment

VERSIONS = ("005010X221", "005010X221A1")
CODE = re.compile(r"(?=[^0-9]{0,5}[0-9])[A-Za-z0-9]{1,6}|[A-Za-z0-9]{1,2}")
MOST = Decimal(10) ** 11


@dataclass
class Paid:
    """What one file says was paid."""

    payments: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    adjustments: list[dict[str, Any]] = field(default_factory=list)
    provider: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[tuple[int, str]] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    truncated: bool = False
    service_lines: int = 0


class NoAmountError(Exception):
    """An element that holds no amount."""


def amount(text: str) -> Decimal:
    text = text.strip(" ")
    if not re.fullmatch(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text) or len(text) > 18:
        raise NoAmountError
    value = Decimal(text)
    if value != value.quantize(Decimal("0.01")) or abs(value) > MOST:
        raise NoAmountError
    return value


def day(text: str) -> str | None:
    text = text.strip(" ")
    if not re.fullmatch("[0-9]{8}", text) or not text.isascii():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        return None


def read(content: bytes) -> Paid:
    paid = Paid()
    segments = _segments(content)
    group: Segment | None = None
    opened: Segment | None = None
    body: list[Segment] = []
    of_interchange: list[dict[str, Any]] | None = None
    last: list[dict[str, Any]] = []

    def end_set(*, cut: bool) -> None:
        nonlocal opened, last
        if opened is not None:
            version = (group[8].strip(" ") if group else "") or opened[3].strip(" ")
            last = []
            if version in VERSIONS and opened[1].strip(" ") == "835":
                last = _payment(paid, opened, body)
                if of_interchange is not None:
                    of_interchange.extend(last)
            else:
                paid.rejects.append((opened.position, "GS08"))
            if cut:
                paid.truncated = True
                if last:
                    last[-1]["cut"] = True
        opened = None
        body.clear()

    def end_interchange() -> None:
        nonlocal of_interchange
        if of_interchange is not None:
            paid.truncated = True
            if of_interchange:
                of_interchange[-1]["cut"] = True
        of_interchange = None

    for segment in segments:
        if segment.id not in ENVELOPE:
            if opened is not None:
                body.append(segment)
            continue
        end_set(cut=segment.id != "SE")
        if segment.id == "ISA":
            end_interchange()
            of_interchange, group = [], None
        elif segment.id == "GS":
            group = segment
        elif segment.id == "ST":
            opened = segment
        elif segment.id == "GE":
            group = None
        elif segment.id == "IEA":
            of_interchange = None
    end_set(cut=True)
    end_interchange()
    return _without_cut(paid)


def _without_cut(paid: Paid) -> Paid:
    """Take out the claims that the end of a file cuts, and say so."""
    for claim in [each for each in paid.claims if each.get("cut")]:
        paid.claims.remove(claim)
        own = [each for each in paid.lines if each["claim"] == claim["position"]]
        for line in own:
            paid.lines.remove(line)
            paid.rejects.append((line["position"], "2100 CLP"))
        if not own:
            paid.rejects.append((claim["position"], "2100 CLP"))
        paid.adjustments = [each for each in paid.adjustments if each["claim"] != claim["position"]]
    return paid


def _payment(paid: Paid, opened: Segment, body: list[Segment]) -> list[dict[str, Any]]:
    """Read a payment: what stands before the first claim, its claims, its provider adjustments."""
    payment: dict[str, Any] = {"position": opened.position, "amount": Decimal(0)}
    paid.payments.append(payment)
    claims: list[tuple[Segment, list[Segment]]] = []
    level, party = "header", ""
    provider = interest_adjusted = Decimal(0)
    for segment in body:
        if segment.id == "LX":
            level = "group"
        elif segment.id == "CLP":
            level = "claim"
            claims.append((segment, []))
        elif segment.id == "PLB":
            level = "provider"
            for place in range(3, len(segment.elements), 2):
                reason = segment.part(place, 1).strip(" ")
                if not (reason or segment[place + 1].strip(" ")):
                    continue
                try:
                    value = amount(segment[place + 1])
                except NoAmountError:
                    value = Decimal(0)
                    paid.rejects.append((segment.position, f"PLB{place + 1:02}"))
                provider += value
                if reason == "L6":
                    interest_adjusted += value
                paid.provider.append(
                    {
                        "npi": segment[1].strip(" ") or None,
                        "date": day(segment[2]),
                        "reason": reason if CODE.fullmatch(reason) else None,
                        "reference": segment.part(place, 2).strip(" ") or None,
                        "amount": value,
                    }
                )
        elif segment.id == "SVC" and level in {"header", "group", "provider"}:
            paid.service_lines += 1
            paid.rejects.append((segment.position, "2100 CLP"))
        elif level == "claim":
            claims[-1][1].append(segment)
        if segment.id == "BPR":
            try:
                payment["amount"] = amount(segment[2])
            except NoAmountError:
                payment["amount"] = Decimal(0)
                paid.rejects.append((segment.position, "BPR02"))
            if segment[3].strip(" ") == "D":
                payment["amount"] *= -1
            payment["paid_on"] = day(segment[16])
        elif level == "header" and segment.id == "TRN":
            payment["trace"] = payment.get("trace") or segment[2].strip(" ") or None
        elif segment.id == "N1":
            party = segment[1]
            if level == "header" and party == "PR":
                payment["payer"] = segment[4].strip(" ") or None
            if level == "header" and party == "PE" and segment[3] == "XX":
                payment["payee"] = segment[4].strip(" ") or None
        elif level == "header" and segment.id == "REF" and segment[1] == "2U" and party == "PR":
            payment["payer"] = payment.get("payer") or segment[2].strip(" ") or None
    read, claims_paid, interest = [], Decimal(0), Decimal(0)
    for clp, segments in claims:
        claim, own_paid, own_interest = _claim(paid, clp, segments)
        claims_paid += own_paid
        interest += own_interest
        read.append(claim)
    if payment["amount"] != claims_paid - provider:
        paid.checks.append("payment_balance")
    if interest_adjusted != -interest:
        paid.checks.append("interest")
    return read


def _claim(
    paid: Paid, clp: Segment, body: list[Segment]
) -> tuple[dict[str, Any], Decimal, Decimal]:
    faults: list[tuple[int, str]] = []

    def money(place: int, *, blank: bool = False) -> Decimal:
        if blank and not clp[place].strip(" "):
            return Decimal(0)
        try:
            return amount(clp[place])
        except NoAmountError:
            faults.append((clp.position, f"2100 CLP{place:02}"))
            return Decimal(0)

    claim: dict[str, Any] = {
        "position": clp.position,
        "claim_id": clp[1].strip(" ") if clp[1].strip(" ") not in {"", "0"} else None,
        "charge": money(3),
        "paid": money(4),
        "patient": money(5, blank=True),
        "control": clp[7].strip(" ") or None,
    }
    own, lines = _parted(body)
    interest = Decimal(0)
    adjustments = _adjustments(own, "2100", faults)
    for segment in own:
        if segment.id == "AMT" and segment[1] in {"I", "AU", "F5"}:
            try:
                interest += amount(segment[2]) * (segment[1] == "I")
            except NoAmountError:
                faults.append((segment.position, "2100 AMT02"))
    patient = [s for s in own if s.id == "NM1" and s[1] == "QC"]
    subscriber = [s for s in own if s.id == "NM1" and s[1] == "IL"]
    claim["person"] = (
        (patient[-1][9].strip(" ") if patient else "")
        or (subscriber[-1][9].strip(" ") if subscriber else "")
        or None
    )
    dates = {s[1]: day(s[2]) for s in own if s.id == "DTM"}
    read = []
    for number, (svc, segments) in enumerate(lines, 1):
        paid.service_lines += 1
        line = _line(svc, segments, dates)
        line["number"], line["claim"] = number, clp.position
        read.append(line)
        if len(svc.parts(1)) == 1 and not any(where == "2110 SVC01" for _, where in faults):
            sign = re.match(r"[A-Za-z0-9]{1,2}([^A-Za-z0-9])", svc.part(1, 1).strip(" "))
            if sign:
                faults.append((svc.position, "2110 SVC01"))
    if faults:
        faults.sort(key=lambda each: each[0])
        paid.rejects += [faults[0]] * max(len(lines), 1)
        return {"position": clp.position}, claim["paid"], interest
    paid.claims.append(claim)
    paid.adjustments += [{"claim": clp.position, "line": None, **each} for each in adjustments]
    good = [line for line in read if not line["faults"]]
    paid.rejects += [line["faults"][0] for line in read if line["faults"]]
    every = list(adjustments)
    for line in read:
        of_line = line.pop("adjustments")
        # Those of a line that is rejected are told too: with them its claim balances.
        paid.adjustments += [
            {"claim": clp.position, "line": line["number"], **each} for each in of_line
        ]
        if line["faults"]:
            continue
        paid.lines.append(line)
        every += of_line
        if line["charge"] - sum(each["amount"] for each in of_line) != line["paid"]:
            paid.checks.append("line_balance")
    if len(good) == len(read):
        if claim["charge"] - sum(each["amount"] for each in every) != claim["paid"]:
            paid.checks.append("claim_balance")
        if read and sum(line["charge"] for line in read) != claim["charge"]:
            paid.checks.append("claim_charge")
        of_patient = sum(each["amount"] for each in every if each["group"] == "PR")
        if clp[2].strip(" ") != "22" and of_patient != claim["patient"]:
            paid.checks.append("patient_amount")
    return claim, claim["paid"], interest


def _parted(body: list[Segment]) -> tuple[list[Segment], list[tuple[Segment, list[Segment]]]]:
    """Part a claim's segments into its own and those of its lines."""
    own: list[Segment] = []
    lines: list[tuple[Segment, list[Segment]]] = []
    for segment in body:
        if segment.id == "SVC":
            lines.append((segment, []))
        elif lines and segment.id not in {"NM1", "MOA", "MIA"}:
            lines[-1][1].append(segment)
        else:
            own.append(segment)
    return own, lines


def _line(svc: Segment, body: list[Segment], dates: dict[str, str | None]) -> dict[str, Any]:
    faults: list[tuple[int, str]] = []
    values = {"charge": Decimal(0), "paid": Decimal(0)}
    if not svc[2].strip(" ") and not svc[3].strip(" "):
        faults.append((svc.position, "2110 SVC02"))
    else:
        for place, name in ((2, "charge"), (3, "paid")):
            try:
                values[name] = amount(svc[place])
            except NoAmountError:
                faults.append((svc.position, f"2110 SVC{place:02}"))
    line: dict[str, Any] = {
        "position": svc.position,
        **values,
        "code": svc.part(1, 2).strip(" ") or None,
        "modifier": svc.part(1, 3).strip(" ") or None,
        "original": svc.part(6, 2).strip(" ") or None,
        "units": _number(svc[5], "1"),
        "original_units": _number(svc[7], _number(svc[5], "1")),
        "control": None,
        "allowed": None,
        "date": None,
        "remarks": [],
    }
    on = None
    for segment in body:
        if segment.id == "REF" and segment[1] == "6R":
            line["control"] = segment[2].strip(" ") or None
        elif segment.id == "LQ" and segment[1] == "HE" and segment[2].strip(" "):
            code = segment[2].strip(" ")
            line["remarks"].append(code if CODE.fullmatch(code) else "(not shown)")
        elif segment.id == "AMT" and segment[1] == "B6":
            try:
                line["allowed"] = amount(segment[2])
            except NoAmountError:
                faults.append((segment.position, "2110 AMT02"))
        elif segment.id == "DTM" and (segment[1] == "472" or (segment[1] == "150" and not on)):
            on = day(segment[2])
    line["date"] = on or dates.get("232")
    line["remarks"] = " ".join(dict.fromkeys(line["remarks"])) or None
    line["adjustments"] = _adjustments(body, "2110", faults)
    line["faults"] = sorted(faults)
    return line


def _number(text: str, blank: str) -> str:
    text = text.strip(" ")
    right = re.fullmatch(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text) and len(text.lstrip("-")) <= 18
    return text if right else blank


def _adjustments(
    body: list[Segment], loop: str, faults: list[tuple[int, str]]
) -> list[dict[str, Any]]:
    found = []
    for cas in (each for each in body if each.id == "CAS"):
        for place in range(2, len(cas.elements), 3):
            reason = cas[place].strip(" ")
            if not (reason or cas[place + 1].strip(" ")):
                continue
            try:
                value = amount(cas[place + 1])
            except NoAmountError:
                faults.append((cas.position, f"{loop} CAS{place + 1:02}"))
                continue
            group = cas[1].strip(" ")
            found.append(
                {
                    "group": group if CODE.fullmatch(group) else "(not shown)",
                    "carc": reason if CODE.fullmatch(reason) else "(not shown)",
                    "amount": value,
                }
            )
    return found
