"""The worked cases of expected against paid: made-up claims and remittances as files."""

import json
from pathlib import Path
from typing import Any

from tests.real_files import VARIANCE_CASES
from tests.x12.writer import HEAD, written

_BILLING = (
    "HL*1**20*1",
    "NM1*85*2*GROUP*****XX*1000000001",
    "N4*SPRINGFIELD*IL*62701",
    "REF*EI*123456789",
)


def cases() -> list[dict[str, Any]]:
    if not VARIANCE_CASES.is_file():
        return []
    found: list[dict[str, Any]] = json.loads(VARIANCE_CASES.read_text(encoding="utf-8"))["cases"]
    return found


def segments(text: str) -> list[str]:
    return [each for each in text.split("~") if each]


def claims_of(*fragments: str) -> str:
    """Write claims, each from its subscriber's NM1 on, as a file."""
    body = [*HEAD, *_BILLING]
    for number, each in enumerate(fragments, 2):
        subscriber, *rest = segments(each)
        body += [f"HL*{number}*1*22*0", "SBR*P*18*******MB", subscriber]
        body += ["NM1*PR*2*MEDICARE*****PI*01112", *rest]
    return written([body])


def remittance_of(*sets: str) -> str:
    """Write whole transaction sets as a file."""
    bodies = [segments(each)[1:-1] for each in sets]
    return written(bodies, version="005010X221A1", kind="835")


def put(folder: Path, case: dict[str, Any]) -> tuple[Path, list[Path]]:
    """Write a case's claims, and each of its remittances as a file of its own."""
    claims = folder / "claims.837"
    claims.write_text(claims_of(*case["claims_837p"]), encoding="utf-8", newline="")
    paid = []
    for number, each in enumerate(case["remittances_835"]):
        path = folder / f"paid{number}.835"
        path.write_text(remittance_of(each), encoding="utf-8", newline="")
        paid.append(path)
    return claims, paid
