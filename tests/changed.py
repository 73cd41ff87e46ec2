"""Generated changes of fees and schedules in dollars, for the engine and for the reference alike.

The codes that rules divide are billed most: tests with a technical and a professional part, tests
billed whole beside codes of their technical part, therapy, scopes with a base.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from payrules.fees.dollar_schedule import DollarSchedule
from tests import generated
from tests.pricing_cases import in_dollars
from tests.reference import TECHNICAL_CODES, FeeChange, ReferenceSchedule

Rows = Mapping[tuple[str, str], dict[str, Any]]
AMOUNTS = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")
#: Times the file's conversion factor.
FACTORS = [Decimal(text) for text in ("0", "0.01", "0.5", "0.97", "1", "1.1", "1.5", "3")]
SCALES = [Decimal(text) for text in ("0", "0.01", "0.3", "0.85", "1.1", "3.7")]
CENT = Decimal("0.01")


def batch_of_parts(rng: Random, rows: Rows, lines: int, *, year: int) -> list[dict[str, Any]]:
    """Give a batch in which half the sessions are of codes that rules divide."""
    batch = generated.random_batch(rng, rows, lines, year=year)
    divided = sorted(
        code
        for (code, modifier), row in rows.items()
        if modifier == ""
        and row["status_code"] in {"A", "R"}
        and (row["multiple_procedure_indicator"] in {"4", "5", "6", "7"} or code in TECHNICAL_CODES)
    )
    some = rng.sample(divided, min(len(divided), 60)) + [
        code for code in sorted(TECHNICAL_CODES) if (code, "") in rows
    ]
    some += [part for code in some for part in TECHNICAL_CODES.get(code, ())]
    for line in batch:
        if rng.random() < 0.5:
            line["hcpcs_code"] = rng.choice(some)
            line["service_unit_quantity"] = int(line["service_unit_quantity"]) or 1
            line["modifiers"] = rng.choice([[], [], [], ["26"], ["TC"], ["CT"], ["50"], ["59"]])
    return batch


def money(rng: Random, most: int = 90_000) -> Decimal:
    """Give an amount in dollars: often small, where cents tell."""
    return rng.randrange(rng.choice([3, 300, most])) * CENT


def fees(
    rng: Random, rows: Rows, batch: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[tuple[str, str], FeeChange]]:
    """Give `[[fees]]` of a scenario for a third of the codes billed, and what they change.

    Status R is left alone: dollars of nothing are by report there, as they are in a payer's file.
    """
    priced = {code for (code, _), row in rows.items() if row["status_code"] != "R"}
    used = sorted({line["hcpcs_code"] for line in batch} & priced)
    says, changes = [], {}
    for code in rng.sample(used, max(len(used) // 3, 1)):
        mine = [modifier for one, modifier in rows if one == code]
        for modifier in rng.sample(mine, rng.choice([1, 1, len(mine)])):
            entry: dict[str, Any] = {"codes": code, "modifier": modifier}
            kind = rng.choice(["scale", "amount", "amount", "settings"])
            if kind == "scale":
                change = FeeChange(rng.choice(SCALES))
                entry["scale"] = change.scale
            elif kind == "amount":
                amount = money(rng)
                change = FeeChange(None, amount, amount)
                entry["amount"] = amount
            else:
                change = FeeChange(None, money(rng), money(rng))
                entry["facility_amount"] = change.facility
                entry["nonfacility_amount"] = change.nonfacility
            says.append(entry)
            changes[code, modifier] = change
    return says, changes


def at(
    schedule: ReferenceSchedule, scale: Decimal, changes: dict[tuple[str, str], FeeChange]
) -> ReferenceSchedule:
    """Give a release at a multiple of its factors, and with other fees; its caps are as filed."""
    factors = [
        (
            day,
            qualifying,
            (factor * scale + Decimal("0.00005")).quantize(Decimal("0.0001"), "ROUND_DOWN"),
        )
        for day, qualifying, factor in schedule.conversion_factors
    ]
    return replace(
        schedule,
        conversion_factors=factors,
        file_factors=schedule.conversion_factors,
        changes=changes,
    )


def contract(
    rng: Random, rows: Rows, batch: list[dict[str, Any]]
) -> tuple[dict[tuple[str, str], dict[str, Any]], DollarSchedule]:
    """Give a schedule in dollars, of any amounts, for most rows of the codes billed."""
    used = {line["hcpcs_code"] for line in batch}
    used |= {row["endoscopic_base_code"] for (code, _), row in rows.items() if code in used}
    used |= {part for code in used for part in TECHNICAL_CODES.get(code, ())}
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    written = []
    for (code, modifier), row in sorted(rows.items()):
        if code not in used or rng.random() < 0.02:
            continue
        dollars: dict[str, Decimal | None] = {name: money(rng) for name in AMOUNTS}
        if rng.random() < 0.4:
            dollars["facility_amount"] = dollars["nonfacility_amount"]
        for name in rng.choice([[], [], ["work_amount"], ["mp_amount"], ["pe_amount"]]):
            dollars[name] = None
        # A payer's own dollars are a price whatever Medicare's status says of the code.
        status = row["status_code"] if row["status_code"] in "ARTJ" else "A"
        kept[code, modifier] = row | {"dollars": dollars, "status_code": status}
        texts = {name: None if value is None else str(value) for name, value in dollars.items()}
        written.append({"hcpcs_code": code, "modifier": modifier, **texts})
    return kept, in_dollars(*written, own_indicators=False)
