"""Draws remittances: payments that balance to the cent, and now and then something odd.

`drawn` gives the sets of a file and what was written of its claims, for what reads them to say the
same; with `odd` it puts in what real files have and should not.
"""

import random
from dataclasses import dataclass, field
from decimal import Decimal

from tests.x12.writer import CANARIES, Signs, written

VERSION = "005010X221A1"
_CODES = ("99213", "99214:25", "64483:50:RT", "20610", "J1100")
_DENIED = (("CO", "97"), ("OA", "18"), ("PI", "B15"), ("PR", "204"), ("CO", "29"))
_ODD_OF_LINE = (
    "CAS*CO*45*x",
    "CAS*CO*45*1.005",
    "CAS*CO",
    "CAS*CO*45*0***A9*0**JONESY*0",
    "AMT*B6*y",
    "DTM*472*2025",
    "DTM*150*20250101",
    "REF*6R*",
    "LQ*HE*N1",
    "LQ*HE*JONESY",
    "PLXX*1",
    "SVC*HC:99213",
    "SVC*HC>99213*10*10",
    "SVC*HC:59426******742*742**1",
    "CAS*OA*23*5",
    "MOA***MA01",
)
_ODD_OF_CLAIM = (
    *("CLP*X*1*5*5", "CLP*X*1*z*5", "LX*7", "AMT*I*3", "AMT*I*q", "CAS*CO*45*4", "SE*1*1"),
)
_ODD_AT_END = ("PLB*1*20261231*WO:X*bad", "PLB*1*2026*CS*-1.5", "SVC*HC:1*1*1")
#: Separators as most files have them.
PLAIN = Signs()


def cents(amount: Decimal) -> str:
    return f"{amount:.2f}"


@dataclass
class WrittenClaim:
    """What was written of a claim: number, paid, and of each line charge and paid."""

    claim_id: str
    paid: Decimal
    lines: list[tuple[Decimal, Decimal]] = field(default_factory=list)


def drawn(
    chance: random.Random, *, payments: int, odd: bool = False
) -> tuple[list[list[str]], list[WrittenClaim]]:
    """Draw the sets of a file, and the claims in them."""
    sets, claims = [], []
    for number in range(payments):
        segments, own = _payment(chance, number, odd=odd)
        sets.append(segments)
        claims += own
    return sets, claims


def file_of(sets: list[list[str]], signs: Signs = PLAIN, *, control: int = 905) -> bytes:
    return written(sets, signs, version=VERSION, control=control, kind="835").encode()


def _payment(
    chance: random.Random, number: int, *, odd: bool
) -> tuple[list[str], list[WrittenClaim]]:
    body = ["LX*1"]
    claims = []
    interest = Decimal(0)
    for _ in range(chance.randrange(4)):
        claim_id = f"C{chance.randrange(10**6)}"
        segments, claim, own_interest = _claim(chance, claim_id, odd=odd)
        body += segments
        claims.append(claim)
        interest += own_interest
    adjusted = []
    if interest:
        adjusted.append(("L6", f"L6-{number}", -interest))
    if chance.random() < 0.4:
        amount = Decimal(chance.randrange(-5000, 5000)) / 100
        adjusted.append((chance.choice(("WO", "FB", "72", "ZZ")), "REF1", amount))
    total = sum((each.paid for each in claims), Decimal(0))
    total -= sum((amount for *_, amount in adjusted), Decimal(0))
    sign = "D" if total < 0 else "C"
    head = [
        f"BPR*I*{cents(abs(total))}*{sign}*ACH*CCP*01*111*DA*33*1234567890**01*111*DA*22*20260316",
        f"TRN*1*T{number}-{chance.randrange(10**6)}*1000000000",
        "DTM*405*20260316",
        "N1*PR*MADE UP MAC*XV*01112",
        f"N3*{CANARIES[3]}",
        f"N4*{CANARIES[4]}*IL*62702",
        f"PER*BL*{CANARIES[1]}*TE*5550100",
        "N1*PE*MADE UP CLINIC*XX*1000000001",
    ]
    tail = []
    if adjusted:
        pairs = "*".join(f"{reason}:{named}*{cents(a)}" for reason, named, a in adjusted)
        tail.append(f"PLB*1000000001*20261231*{pairs}")
    if odd and chance.random() < 0.2:
        tail.append(
            chance.choice(("PLB*1*20261231*WO:X*bad", "PLB*1*2026*CS*-1.5", "SVC*HC:1*1*1"))
        )
    return [*head, *body, *tail], claims


def _claim(
    chance: random.Random, claim_id: str, *, odd: bool
) -> tuple[list[str], WrittenClaim, Decimal]:
    sign = -1 if chance.random() < 0.1 else 1
    status = "22" if sign < 0 else chance.choice("1114")
    lines: list[str] = []
    of_lines: list[tuple[Decimal, Decimal]] = []
    charges = paid = of_patient = Decimal(0)
    for number in range(chance.randrange(4)):
        segments, charge, line_paid, line_patient = _line(chance, number, sign, odd=odd)
        lines += segments
        of_lines.append((charge, line_paid))
        charges, paid, of_patient = charges + charge, paid + line_paid, of_patient + line_patient
    own = []
    if not of_lines:
        charges = paid = sign * Decimal(chance.randrange(10**5)) / 100
    if chance.random() < 0.2:
        amount = sign * Decimal(chance.randrange(500)) / 100
        paid -= amount
        own.append(f"CAS*CO*45*{cents(amount)}")
    interest = Decimal(0)
    if chance.random() < 0.1:
        interest = Decimal(chance.randrange(1, 500)) / 100
        own.append(f"AMT*I*{cents(interest)}")
    if odd and chance.random() < 0.2:
        own.append(chance.choice(_ODD_OF_CLAIM))
    clp = (
        f"CLP*{claim_id}*{status}*{cents(charges)}*{cents(paid)}*{cents(of_patient)}*MB*ICN"
        f"{chance.randrange(10**4)}*11*1"
    )
    persons = (
        f"NM1*QC*1*{CANARIES[1]}*{CANARIES[0]}****MI*M{chance.randrange(100)}",
        f"NM1*74*1*{CANARIES[0]}",
        f"NM1*82*1*{CANARIES[1]}****XX*1000000011",
    )
    dates = ("DTM*232*20260301", "DTM*050*20260305")
    return [clp, *own, *persons, *dates, *lines], WrittenClaim(claim_id, paid, of_lines), interest


def _line(
    chance: random.Random, number: int, sign: int, *, odd: bool
) -> tuple[list[str], Decimal, Decimal, Decimal]:
    charge = sign * Decimal(chance.randrange(10**5)) / 100
    left = charge
    triples = []
    of_patient = Decimal(0)
    for group, reason in (("CO", "45"), ("PR", "2"), ("CO", "253"), chance.choice(_DENIED)):
        if chance.random() < 0.5:
            amount = (left * chance.randrange(100) / 100).quantize(Decimal("0.01"))
            left -= amount
            of_patient += amount if group == "PR" else 0
            triples.append((group, reason, amount))
    code = chance.choice(_CODES)
    segments = [f"SVC*HC:{code}*{cents(charge)}*{cents(left)}**{chance.randrange(1, 4)}"]
    if chance.random() < 0.8:
        segments.append("DTM*472*20260302")
    segments += [f"CAS*{g}*{reason}*{cents(amount)}" for g, reason, amount in triples]
    if chance.random() < 0.7:
        segments.append(f"REF*6R*L{number}")
    if chance.random() < 0.5:
        segments.append(f"AMT*B6*{cents(left + of_patient)}")
    if chance.random() < 0.3:
        segments.append("LQ*HE*N807")
    if odd and chance.random() < 0.3:
        segments.insert(chance.randrange(1, len(segments) + 1), chance.choice(_ODD_OF_LINE))
    return segments, charge, left, of_patient
