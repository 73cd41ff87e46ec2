"""What reading an 837P takes, beside the floor: the same text cut into segments and elements.

    python -m benchmarks.x12 [LINES]

Prints lines and segments, processor seconds, and their ratio to the floor.
"""

import sys
import time
from io import BytesIO

HEAD = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *251007*1253*^*00501"
    "*000000905*0*P*:~\nGS*HC*SENDER*RECEIVER*20251007*1253*1*X*005010X222A1~\n"
    "ST*837*0001*005010X222A1~\nBHT*0019*00*0123*20251007*1023*CH~\n"
    "NM1*41*2*PRACTICE*****46*12345~\nNM1*40*2*PAYER*****46*54321~\nHL*1**20*1~\n"
    "PRV*BI*PXC*207R00000X~\nNM1*85*2*GROUP*****XX*1234567893~\nN3*1 MAIN ST~\n"
    "N4*SPRINGFIELD*IL*627010001~\nREF*EI*123456789~\n"
)
LINES_A_CLAIM = 3


def claims_file(lines: int) -> str:
    """Write a made-up 837P of so many lines, three to a claim, each claim another patient's."""
    segments = [HEAD]
    claims = -(-lines // LINES_A_CLAIM)
    for number in range(2, claims + 2):
        segments.append(
            f"HL*{number}*1*22*0~\nSBR*P*18*******MB~\nNM1*IL*1*DOE*JO****MI*M{number}~\n"
            "N3*2 MAIN ST~\nN4*SPRINGFIELD*IL*62702~\nDMG*D8*19500101*F~\n"
            "NM1*PR*2*MEDICARE*****PI*01112~\n"
            f"CLM*C{number}*451.5***11:B:1*Y*A*Y*Y~\nHI*ABK:M5416*ABF:M4726~\n"
            "NM1*82*1*ROE*JO****XX*1932041526~\nPRV*PE*PXC*207X00000X~\n"
        )
        segments += [
            f"LX*{line}~\nSV1*HC:99213:25*150.5*UN*1***1:2~\nDTP*472*D8*20251007~\n"
            f"REF*6R*{number}-{line}~\n"
            for line in range(1, LINES_A_CLAIM + 1)
        ]
    body = "".join(segments)
    count = body.count("~") - 1
    return f"{body}SE*{count}*0001~\nGE*1*1~\nIEA*1*000000905~\n"


def main(lines: int = 30_000) -> None:
    """Measure, and print."""
    from payrules.claims.x12_claims import read_x12, settled
    from payrules.x12.claims_837p import read_837p

    text = claims_file(lines)
    content = text.encode()
    print(f"{lines:,} lines, {text.count('~'):,} segments, {len(content):,} bytes")
    floor = 0.0
    for what, work in (
        ("the floor: split into segments and elements", lambda: [*map(_split, text.split("~"))]),
        ("read into rows", lambda: read_837p(BytesIO(content), "claims")),
        ("read into a frame of claim lines", lambda: settled([read_x12(content, "claims")])),
    ):
        times = []
        for _ in range(5):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
        floor = floor or min(times)
        print(f"{what}: {min(times):.3f} s, {min(times) / floor:.1f} times the floor")


def _split(segment: str) -> list[str]:
    return segment.split("*")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
