"""Drugs, vaccines and laboratory tests once more, slow and plain: a part of the reference pricer.

Written from the specification (§6, 3.34, 6.12) and from no line of `payrules`, with which it shares
no code. Reads CMS's own files where they are at hand.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference import Line

CENT = Decimal("0.01")
PHYSICIANS_STATUSES = frozenset("ARTCJ")
PRESUMPTIVE_TESTS = frozenset({"80305", "80306", "80307"})
DEFINITIVE_TESTS = frozenset({"G0480", "G0481", "G0482", "G0483", "G0659"})
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")  # noqa: SIM905


@dataclass
class QuarterFile:
    """One quarter's payment limits (`is_drugs`) or laboratory rates, and whether all are here.

    Drugs: hcpcs_code, payment_limit (None for N/A), coinsurance in percent, is_vaccine, note.
    Tests: hcpcs_code, modifier, rate (None for L), effective_from, effective_to.
    """

    first_day: date
    last_day: date
    is_drugs: bool
    rows: list[dict[str, Any]]
    whole: bool = True

    def __post_init__(self) -> None:
        self.by_code: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            self.by_code.setdefault(row["hcpcs_code"], []).append(row)

    def holds(self, day: date) -> bool:
        """6.6: whether the quarter is the day's."""
        return self.first_day <= day <= self.last_day


def of_day(quarters: Iterable[QuarterFile], day: date, *, drugs: bool) -> QuarterFile | None:
    """Return the quarter of the day, and no other."""
    return next((one for one in quarters if one.is_drugs == drugs and one.holds(day)), None)


def another_schedule(line: Line, status: str | None, quarters: list[QuarterFile]) -> bool:
    """6.1: let the payment limits, then the laboratory rates, price a code that is not MPFS's."""
    if status in PHYSICIANS_STATUSES:
        return False
    drugs = of_day(quarters, line.day, drugs=True)
    found = drugs.by_code.get(line.code) if drugs else None
    if found:
        by_drug(line, found[0])
    else:
        laboratory = of_day(quarters, line.day, drugs=False)
        tests = [
            row
            for row in (laboratory.by_code.get(line.code, ()) if laboratory else ())
            if row["effective_from"] <= line.day <= row["effective_to"]
        ]
        waived = [row for row in tests if row["modifier"] == "QW" and line.has("QW")]
        plain = [row for row in tests if not row["modifier"]]
        if waived or plain:
            by_test(line, (waived or plain)[0])
        elif drugs and drugs.whole and is_drug(line.code, status):
            # 6.7. Choice: status X of a clotting factor and the like is a drug too.
            line.schedule_name = "asp"
            line.other = True
            line.take_out("by_report", "schedule", None, "contractor prices by invoice")
        else:
            line.price_unknown = priced_by_others(line.code, status, drugs, laboratory)
            return False
    line.row = {"status_code": status or "X", "global_days": "XXX"}
    if line.alive:
        assert line.limit is not None
        line.fee = to_cents(line.limit)
        line.amount = line.fee
        line.steps.append(("fee_schedule_amount", None, line.fee))
    return True


def by_drug(line: Line, row: dict[str, Any]) -> None:
    """6.4, 6.5, 6.8, 9.10: a row of the payment limit file."""
    line.other = True
    line.schedule_name = "vaccine" if row["is_vaccine"] else "asp"
    line.share = Decimal(row["coinsurance"]) / 100
    line.deductible_waived = row["coinsurance"] == 0
    line.limit = row["payment_limit"]
    if line.limit is None:
        line.take_out("by_report", "schedule", None, str(row["note"]))
    elif (row["note"] or "").lower().startswith("see "):
        line.note(f"pricing webpage: {row['note']}")


def by_test(line: Line, row: dict[str, Any]) -> None:
    """6.10, 6.11: a row of the laboratory fee schedule."""
    line.other = True
    line.schedule_name = "clfs"
    line.share = Decimal(0)
    line.deductible_waived = True
    line.limit = row["rate"]
    if line.limit is None:
        line.take_out("by_report", "schedule", None, "indicator L")


def priced_by_others(
    code: str, status: str | None, drugs: QuarterFile | None, laboratory: QuarterFile | None
) -> bool:
    """Say whether a code may have a price that no file at hand tells: a test, a drug, a supply."""
    by_statute = status in {None, "X"}
    if not (by_statute or status == "E"):
        return False
    if by_statute and re.fullmatch(r"A0\d{3}|G00(08|09|10)|90480|M02\d\d", code):
        return True  # ambulances and the administration of vaccines
    if is_drug(code, status or "X") or (by_statute and re.fullmatch(r"90[4-7]..|913..", code)):
        return drugs is None or not drugs.whole
    of_g = r"G0027|G0103|G012[34]|G014[3-8]|G030[67]|G032[78]|G04[378].|G0499|G0659|Q011[1-5]"
    is_test = re.fullmatch(rf"8\d{{4}}|\d{{4}}[UM]|36415|U000.|P[23]...|P961.|{of_g}", code)
    if by_statute and is_test:
        return laboratory is None or not laboratory.whole
    return by_statute and re.fullmatch(r"[AEKLV]\d{4}|Q40[0-5].", code) is not None


def is_drug(code: str, status: str | None) -> bool:
    """6.2: whether an unpriced code is a drug. Choice: of what the release does not know, none."""
    if status == "E":
        return code[0] in "JQ9"
    if status != "X":
        return False
    # Choice: oral drugs, vaccines and skin substitutes among the Q codes, albumin, tracers.
    others = r"Q0(1[67]|18|2.).|Q203.|Q4(1[3-9]|2.|3.).|P904.|A9[56].."
    return code[0] == "J" or re.fullmatch(others, code) is not None


def to_cents(amount: Decimal) -> Decimal:
    """Round half up to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)


# ------------------------------------------------------------------------------------------- edits


def discarded_drugs(lines: list[Line]) -> None:
    """3.34, 3.35: JW and JZ on drug lines."""
    drugs = [line for line in lines if line.alive and line.schedule_name == "asp"]
    days: dict[Any, list[Line]] = {}
    for line in drugs:
        days.setdefault((line.person, line.day, line.code), []).append(line)
    for line in drugs:
        same = days[line.person, line.day, line.code]
        discarded = any(other.has("JW") for other in same)
        if line.has("JW") and line.has("JZ"):
            line.take_out("denied", "discarded_drug", "4", "JW and JZ")
        elif line.has("JW"):
            if all(other.has("JW") for other in same):
                line.note("JW: no line bills what was given")
        elif line.has("JZ"):
            if discarded:
                line.note("JZ says nothing was discarded")
        elif not discarded and line.day >= date(2023, 7, 1):
            skin = re.fullmatch(r"Q4[1-3]\d\d", line.code) and line.day >= date(2026, 1, 1)
            if not skin:
                line.note("JW or JZ is required")


def drug_tests(lines: list[Line]) -> None:
    """6.12: the second presumptive, or definitive, test of a person and day."""
    for kind in (PRESUMPTIVE_TESTS, DEFINITIVE_TESTS):
        seen = set()
        of_kind = [line for line in lines if line.alive and line.code in kind]
        for line in sorted(of_kind, key=lambda line: line.order):
            if (line.person, line.day) in seen:
                line.note("a second drug test of the day")
            seen.add((line.person, line.day))


def amounts(lines: Iterable[Line]) -> None:
    """6.3, 6.4: the exact limit times the units, rounded once."""
    for line in lines:
        assert line.limit is not None
        line.change("units", to_cents(line.limit * line.quantity), None)


# ------------------------------------------------------------------------------------- CMS's files


def read_drugs(path: Path) -> QuarterFile:
    """Read a payment limit file: eight lines of heading, the third with the period."""
    with path.open(encoding="latin-1", newline="") as stream:
        table = list(csv.reader(stream))
    days = re.findall(r"([A-Z][a-z]+) (\d+), (\d{4})", " ".join(table[2]))
    first, last = (date(int(y), MONTHS.index(m[:3]) + 1, int(d)) for m, d, y in days)
    rows = [
        {
            "hcpcs_code": row[0],
            "payment_limit": None if row[3] == "N/A" else Decimal(row[3]),
            "coinsurance": Decimal(row[4]),
            "is_vaccine": bool(row[6]),
            "note": row[10].strip(),
        }
        for row in table[9:]
        if row and row[0]
    ]
    return QuarterFile(first, last, True, rows)


def read_laboratory(path: Path, first: date, last: date) -> QuarterFile:
    """Read a laboratory fee schedule: four lines of heading; L stands beside a rate of 0."""
    with path.open(encoding="latin-1", newline="") as stream:
        table = list(csv.reader(stream))
    rows = [
        {
            "hcpcs_code": row[1],
            "modifier": row[2],
            "rate": None if row[4] == "L" else Decimal(row[5]),
            "effective_from": date.fromisoformat(row[3]),
            "effective_to": last,
        }
        for row in table[5:]
        if row and row[1]
    ]
    return QuarterFile(first, last, False, rows)
