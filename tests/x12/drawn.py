"""Draws 837P files: claims mostly right and now and then odd, for what reads them to agree on.

Hypothesis draws a seed and a size, and the file is made of these: made of Hypothesis' own draws,
claims take seconds. A failing file shrinks by its size.
"""

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.x12.writer import BILLING, CANARIES, HEAD, Signs, written

_DAYS = ("20251007", "20250228", "20240229", "20260102")
_OF_LINE = (
    "REF*6R*LINE1",
    "REF*G1*AUTH2",
    "PWK*EL*AA",
    "PWK*OZ*EL",
    "CN1*09*80",
    "CN1*09*8x",
    "CN1*02*80",
    "DTP*090*D8*20251001",
    "DTP*091*D8*20251021",
    "DTP*091*D8*2025",
    "K3*TEXT",
    "PLXX*9",
    "SBR*S*18",
    "AMT*F5*99",
)
_PARTIES_OF_LINE = (
    ("NM1*82*1*NAME*X****XX*1112223338", "PRV*PE*PXC*208600000X"),
    ("NM1*82*1*NAME*X****34*123456789", "PRV*PE*ZZ*208600000X"),
    ("NM1*82*1", "REF*G2*1"),
    ("NM1*77*2*PLACE", "N3*X", "N4*CITY*IL*60601"),
    ("NM1*77*2*PLACE", "N3*X"),
    ("NM1*PW*2", "N4*CITY*IL*60602"),
    ("NM1*45*2", "N4*CITY*IL*60603"),
    ("NM1*DK*1*NAME****XX*1112223338",),
)
_OF_ADJUDICATION = (
    "CAS*CO*45*3.25",
    "CAS*PR*1*5**2*4.5*1*66*7",
    "CAS*PR*3*2.00",
    "CAS*CO*45*12.00",
    "CAS*PR*2*1.1**45*1",
    "CAS*CO*253*.4",
    "CAS*CO*45*x",
    "CAS*OA*23*-1.5",
    "DTP*573*D8*20251001",
    "AMT*EAF*4",
    "REF*6R*NOTOURS",
)
_OF_CLAIM = (
    "REF*F8*ICN1",
    "REF*G1*AUTH1",
    "REF*D9*1",
    "PWK*B4*BM",
    "PWK*EL*FT",
    "CN1*09*75.5",
    "AMT*F5*12",
    "AMT*F5*x",
    "DTP*090*D8*20251002",
    "DTP*091*D8*20251012",
    "CR1***A*DH*12",
    "UNKNOWN1*9",
)
_PARTIES_OF_CLAIM = (
    ("NM1*82*1*NAME*X****XX* 1932041526 ", "PRV*PE*PXC*207X00000X"),
    ("NM1*77*2*PLACE*****XX*1581234567", "N3*X", "N4*CITY*IL*60604"),
    ("NM1*DN*1*NAME", "REF*1G*B0"),
    ("NM1*PW*2", "N4*CITY*IL*60605"),
)
_OTHER_PAYERS = (
    ("SBR*P*18*******12", "AMT*D*80", "OI***Y", "NM1*PR*2*ONE*****PI*P1", "REF*F8*NOTOURS"),
    ("SBR*S*18*******12", "AMT*D*20.5", "NM1*PR*2*TWO*****PI*P2", "NM1*82*1*NOT****XX*1"),
    ("SBR*T*18", "AMT*D*3", "CAS*PR*1*1"),
    ("SBR*P*18", "AMT*D*44", "NM1*PR*2*TWO*****PI*P2"),
    ("SBR*P*18", "AMT*D*44", "NM1*PR*2*ONE*****PI*P1"),
    ("SBR*P*18", "AMT*D*x"),
)


class _Chance(random.Random):
    """Draws: mostly what is right, now and then what is odd."""

    def one_of(self, good: Sequence[Any], odd: Sequence[Any] = ()) -> Any:
        return self.choice(odd if odd and self.randrange(60) == 0 else good)

    def some_of(self, among: Sequence[Any], most: int) -> list[Any]:
        return [self.choice(among) for _ in range(self.randint(0, most))]

    def amount(self) -> str:
        good = ("0", "12.5", "100", "99.99", ".5", "1200.00", "7.")
        return str(self.one_of(good, ("", "-", "-1", "x", "1.005", "1,000", "1e3")))

    def signs(self) -> Signs:
        return Signs(
            self.choice("*|^\x1d!"),
            self.choice(":>\\\x1f<"),
            self.choice("~'\n\x1c\r"),
            self.choice(("", "\n", "\r\n", " \n", "\n\n")),
            self.choice("U{`"),
        )


def _line(chance: _Chance, number: int, *, secondary: bool) -> list[str]:
    oddity = chance.randrange(40)
    modifiers = chance.choice(("", ":25", ":RT:59", ":55", "::50", ":55:RT:LT:59:TEXT"))
    code = chance.one_of(("99213", "64483", "J1745", "00400"), ("", "478331", "9921"))
    composite = f"{chance.one_of(('HC',), ('ER', '', 'HP'))}:{code}{modifiers}"
    units = [("UN", "1"), ("UN", "2"), ("UN", "2.00")]
    if oddity == 1:
        units = [("MJ", "30"), ("UN", ""), ("F2", "1"), ("", "1"), ("UN", "x")]
    pointers = chance.choice(("1:2", "2:1", "", "1::2", "9") if oddity == 2 else ("1", "1:2"))
    if oddity == 3:
        composite = composite.replace(":", "+")
    segments = []
    if oddity != 4:
        lx = chance.choice(("", "0", "x", "1", "07")) if oddity == 5 else str(number)
        segments.append(f"LX*{lx}")
    if oddity != 6:
        unit, quantity = chance.choice(units)
        place, tail = chance.choice(("", "", "22", "12")), chance.choice(("", "***", "**Y"))
        charge = chance.amount()
        segments.append(f"SV1*{composite}*{charge}*{unit}*{quantity}*{place}**{pointers}{tail}")
    first, last = chance.choice(_DAYS), chance.choice(_DAYS)
    dates = [f"DTP*472*D8*{first}", f"DTP*472*RD8*{first}-{last}", f"DTP*472*RD8*{first}-{first}"]
    odd = ["DTP*472*D8*20251340", "DTP*472*TM*1200", "DTP*472*RD8*20251007", "NTE*ADD*NO DATE"]
    segments.append(chance.one_of(dates, odd))
    segments += chance.some_of(_OF_LINE, 3) if oddity in {7, 8, 9, 11, 12, 13} else ()
    segments += chance.choice(((), (), ("LIN**N4*50242004001", "CTP****2*ML", "REF*XZ*1")))
    segments += [each for party in chance.some_of(_PARTIES_OF_LINE, 2) for each in party]
    for payer in chance.some_of(("P1", "P2"), 2) if secondary or oddity == 10 else ():
        segments.append(f"SVD*{payer}*{chance.amount()}*HC:99213**1")
        segments += chance.some_of(_OF_ADJUDICATION, 3)
    return segments


def _claim(chance: _Chance, *, secondary: bool) -> list[str]:
    oddity = chance.randrange(40)
    frequency = chance.choice(("1", "1", "1", "1", "7", "8", ""))
    kind = chance.choice(("", "A")) if oddity == 0 else "B"
    composite = f"11:{kind}:{frequency}" if oddity != 1 else "11>B>1"
    number = chance.choice(("C1", "C2", "C3", "C1#2", "A-7", "9999")) if oddity != 3 else ""
    assignment = chance.choice("AABC") if oddity != 2 else ""
    segments = [f"CLM*{number}*{chance.amount()}***{composite}*Y*{assignment}*Y*Y"]
    segments += chance.some_of(_OF_CLAIM, 3) if oddity in {6, 7, 8, 9, 11, 12, 13} else ()
    diagnoses = ["HI*ABK:M5416*ABF:M4726"]
    if oddity == 4:
        diagnoses = ["HI*BK:7151", "HI*BK*8901*BF:5559", "HI*BP:00400", "NTE*ADD*NONE"]
    segments.append(chance.choice(diagnoses))
    segments += [each for party in chance.some_of(_PARTIES_OF_CLAIM, 2) for each in party]
    if secondary or oddity == 5:
        segments += [each for payer in chance.some_of(_OTHER_PAYERS, 2) for each in payer]
    for place in range(1, chance.choice((1, 1, 2, 3) if oddity != 10 else (0,)) + 1):
        segments += _line(chance, place, secondary=secondary)
    return segments


def _subscriber(chance: _Chance, number: int, billing: int) -> tuple[list[str], str]:
    """Give an HL 22's segments, and what it is to the payer."""
    oddity = chance.randrange(40)
    above = 77 if oddity == 0 else billing
    kind = chance.choice(("21", "", "23")) if oddity == 1 else "22"
    responsibility = chance.choice("PPPPSST")
    filing = chance.one_of(("MB",), ("CI", ""))
    segments = [f"HL*{number}*{above}*{kind}*1"]
    if oddity != 2:
        segments.append(f"SBR*{responsibility}*18*******{filing}")
    name = chance.choice(("DOE*JO", "ROE*JO")) if oddity != 3 else "*"
    segments.append(f"NM1*IL*1*{name}****MI*{chance.choice(('M100', 'M200', ' 9999', ''))}")
    segments += chance.choice(((), ("DMG*D8*19500101*M",)))
    segments += ["NM1*PR*2*PAYER*****PI*01112"] if oddity != 4 else []
    segments += chance.choice(((), (), ("REF*FY*1", "REF*2U* 60054 ")))
    return segments, responsibility


def _set(chance: _Chance, most: int) -> list[str]:
    """Draw a set of at most `most` claims below each subscriber."""
    segments = list(HEAD)
    if chance.random() < 0.5:
        segments[0] = segments[0].replace("*CH", "*RP")
    tails = (BILLING[1:], BILLING[2:5], (*BILLING[2:5], f"REF*SY*{CANARIES[5]}"), BILLING[1:3])
    number = 0
    for _ in range(chance.choice((1, 1, 2))):
        number += 1
        billing = number
        segments += [f"HL*{number}**20*1", *chance.choice(tails), "NM1*87*2", "N4*ELSE*IL*60699"]
        for _ in range(chance.choice((1, 2))):
            number += 1
            below, responsibility = _subscriber(chance, number, billing)
            segments += below
            if chance.randrange(3) == 0:
                number += 1
                name = chance.one_of(("DOE*TED", "DOE*ANN"), ("*",))
                segments += [f"HL*{number}*{number - 1}*23*0", *chance.choice(((), ("PAT*19",)))]
                segments += [f"NM1*QC*1*{name}", "DMG*D8*20190101*M"]
            for _ in range(chance.randint(0, most)):
                segments += _claim(chance, secondary=responsibility != "P")
    return segments


def file_of(seed: int, most: int) -> str:
    """Make a file of one or two interchanges, each with separators of its own, from a seed."""
    chance = _Chance(seed)
    text = chance.choice(("", "", "\ufeff", "\r\n "))
    for control in range(1, chance.choice((1, 1, 2)) + 1):
        sets = [_set(chance, most) for _ in range(chance.choice((1, 1, 2)))]
        text += written(sets, chance.signs(), control=control)
    return text


#: Texts of drawn 837P files.
files = st.builds(file_of, st.integers(0, 2**32), st.integers(0, 3))
