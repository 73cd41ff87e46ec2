"""Writes made-up 837P files of segments, in any separators and with any line ends."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Names, places and numbers of people that no output may ever show.
CANARIES = ("ZYXWILDA", "QUOVADISSON", "19310229", "9 CANARY LANE", "CANARYVILLE", "987654320")


@dataclass(frozen=True)
class Signs:
    """Separators, and what stands between segments."""

    element: str = "*"
    component: str = ":"
    terminator: str = "~"
    between: str = "\n"
    repetition: str = "^"


def written(
    sets: Sequence[Sequence[str]],
    signs: Signs = Signs(),
    *,
    version: str = "005010X222A1",
    control: int = 905,
    test: str = "P",
    kind: str = "837",
) -> str:
    """Write one interchange of one group; segments use `*` and `:`, as people read them."""
    isa = (
        f"ISA*00*          *00*          *ZZ*SUBMITTER      *ZZ*RECEIVER       *251007*1253*"
        f"{signs.repetition}*00501*{control:09}*0*{test}*:"
    )
    segments = [isa, f"GS*HC*SUBMITTER*RECEIVER*20251007*1253*1*X*{version}"]
    for number, each in enumerate(sets, 1):
        segments += [f"ST*{kind}*{number:04}*{version}", *each]
        segments.append(f"SE*{len(each) + 2}*{number:04}")
    segments += [f"GE*{len(sets)}*1", f"IEA*1*{control:09}"]
    return in_signs(segments, signs)


def in_signs(segments: Sequence[str], signs: Signs) -> str:
    """Put segments that are written with `*` and `:` into other separators."""
    put = str.maketrans({"*": signs.element, ":": signs.component})
    end = signs.terminator + signs.between
    return "".join(each.translate(put) + end for each in segments)


HEAD = (
    "BHT*0019*00*0123*20251007*1023*CH",
    "NM1*41*2*BILLING SERVICE*****46*12345",
    f"PER*IC*{CANARIES[1]}*TE*5550100",
    "NM1*40*2*PAYER*****46*54321",
)
BILLING = (
    "HL*1**20*1",
    "PRV*BI*PXC*207R00000X",
    "NM1*85*2*GROUP*****XX*1234567893",
    "N3*1 MAIN ST",
    "N4*SPRINGFIELD*IL*627010001",
    "REF*EI*12-3456789",
)
SUBSCRIBER = (
    "HL*2*1*22*0",
    "SBR*P*18*******MB",
    f"NM1*IL*1*{CANARIES[1]}*{CANARIES[0]}****MI*M100",
    f"N3*{CANARIES[3]}",
    f"N4*{CANARIES[4]}*IL*62702",
    f"DMG*D8*{CANARIES[2]}*F",
    "NM1*PR*2*MEDICARE*****PI*01112",
)
CLAIM = (
    "CLM*C1*150.5***11:B:1*Y*A*Y*Y",
    "HI*ABK:M5416*ABF:M4726",
)
LINE = ("LX*1", "SV1*HC:99213:25*150.5*UN*1***1:2", "DTP*472*D8*20251007")


def one_claim(
    *,
    claim: Sequence[str] = CLAIM,
    lines: Sequence[str] = LINE,
    subscriber: Sequence[str] = SUBSCRIBER,
    billing: Sequence[str] = BILLING,
    head: Sequence[str] = HEAD,
) -> list[str]:
    """Give the segments of a set with one claim."""
    return [*head, *billing, *subscriber, *claim, *lines]
