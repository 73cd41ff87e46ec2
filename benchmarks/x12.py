"""What reading an 837P or 835 takes, beside the floor: its text cut into segments and elements.

    python -m benchmarks.x12 [LINES]

Prints lines and segments, processor seconds, and their ratio to the floor.
"""

import sys
import time
from collections.abc import Callable, Mapping
from io import BytesIO

HEAD = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *251007*1253*^*00501"
    "*000000905*0*P*:~\nGS*HC*SENDER*RECEIVER*20251007*1253*1*X*005010X222A1~\n"
    "ST*837*0001*005010X222A1~\nBHT*0019*00*0123*20251007*1023*CH~\n"
    "NM1*41*2*PRACTICE*****46*12345~\nNM1*40*2*PAYER*****46*54321~\nHL*1**20*1~\n"
    "PRV*BI*PXC*207R00000X~\nNM1*85*2*GROUP*****XX*1234567893~\nN3*1 MAIN ST~\n"
    "N4*SPRINGFIELD*IL*627010001~\nREF*EI*123456789~\n"
)
PAID_HEAD = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260316*1253*^*00501"
    "*000000905*0*P*:~GS*HP*SENDER*RECEIVER*20260316*1253*1*X*005010X221A1~ST*835*0001~"
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


def remittance_file(lines: int) -> str:
    """Write a made-up 835 of so many lines, one to a claim, in short segments, as payers do."""
    segments = [PAID_HEAD, "BPR*I*", "", "*C*ACH************20260316~TRN*1*T1*1000000000~LX*1~"]
    total = 0
    for number in range(lines):
        # Amounts of a fee schedule: some thousands of different ones.
        charge = 20_000 + number * 7919 % 30_000
        allowed = 4_000 + number * 104_729 % 5_000
        patient = allowed // 5
        paid = allowed - patient
        total += paid
        amounts = [f"{each // 100}.{each % 100:02}" for each in (charge, allowed, patient, paid)]
        off = charge - allowed
        segments.append(
            f"CLP*C{number}*1*{amounts[0]}*{amounts[3]}*{amounts[2]}*MB*ICN{number}*11*1~"
            f"SVC*HC:99213:25*{amounts[0]}*{amounts[3]}**1~DTM*472*20260302~"
            f"CAS*CO*45*{off // 100}.{off % 100:02}~CAS*PR*2*{amounts[2]}~AMT*B6*{amounts[1]}~"
        )
    segments[2] = f"{total // 100}.{total % 100:02}"
    body = "".join(segments)
    return f"{body}SE*{body.count('~') - 1}*0001~GE*1*1~IEA*1*000000905~"


def main(lines: int = 30_000) -> None:
    """Measure, and print."""
    from payrules.claims.x12_claims import read_x12, settled
    from payrules.variance.tables import packed
    from payrules.variance.uncollected import uncollected
    from payrules.x12.claims_837p import read_837p
    from payrules.x12.remittance_835 import read_835

    claims, paid = claims_file(lines), remittance_file(lines)
    content, paid_content = claims.encode(), paid.encode()
    floor = "the floor: split into segments and elements"
    with uncollected():
        _measure(
            f"837P of {lines:,} lines, {claims.count('~'):,} segments",
            {
                floor: lambda: [*map(_split, claims.split("~"))],
                "read into rows": lambda: read_837p(BytesIO(content), "claims"),
                "read into a frame of claim lines": lambda: settled([read_x12(content, "claims")]),
            },
        )
        _measure(
            f"835 of {lines:,} lines, {paid.count('~'):,} segments",
            {
                floor: lambda: [*map(_split, paid.split("~"))],
                "read into rows": lambda: read_835(BytesIO(paid_content), "paid"),
                "read into columns": lambda: read_835(BytesIO(paid_content), "paid", packed),
            },
        )


def _measure(what: str, steps: Mapping[str, Callable[[], object]]) -> None:
    print(what)
    floor = 0.0
    for words, work in steps.items():
        times = []
        for _ in range(5):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
        floor = floor or min(times)
        print(f"  {words}: {min(times):.3f} s, {min(times) / floor:.1f} times the floor")


def _split(segment: str) -> list[str]:
    return segment.split("*")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
