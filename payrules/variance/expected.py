"""What was expected: the lines of a batch as they were priced, by claim, for what was paid to join.

Amounts are cents. A line keeps its row, by which its trail is found and it is priced again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from payrules.claims import Batch
from payrules.claims.columns import MODIFIERS
from payrules.engine.pricing import Priced
from payrules.payers import Payer
from payrules.runs.setup import Setup, payers_named
from payrules.variance.own_shares import USUAL, own_shares
from payrules.variance.terms import Withheld, is_medicare

#: The rule by which a second payer's amount is priced, where it is one of the payer's.
SECOND_PAYER_RULE = "secondary_payer"


@dataclass(slots=True)
class ExpectedLine:
    """A claim line and what is expected for it; amounts are None where none could be priced."""

    row: int
    claim_id: str
    number: int
    person: str
    date: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    place: str
    charge: int | None
    control: str | None
    billing_npi: str | None
    payer: Payer
    status: str
    allowed: int | None
    paid: int | None
    deductible: int
    coinsurance: int
    locality: str
    setting: str
    secondary: bool = False
    #: As second payer, what is left at most: of the charge, and of the higher allowed amount.
    second_payer_most: int | None = None
    given_paid: int | None = None
    given_allowed: int | None = None
    by_medicare: bool = False
    withheld_rate: int = 0
    #: The patient's share as priced, in thousandths of a percent, and whether no deductible is due.
    rate: int = USUAL
    is_deductible_waived: bool = False


@dataclass(slots=True)
class ExpectedClaim:
    """A claim of the batch and its lines.

    `answers` is the payer's number of the claim that it replaces (REF*F8). `superseded` says that
    another claim stands in its place: `by`, by its number (CLM01), which names this one by the
    payer's number `voided_as` where it voids it.
    """

    claim_id: str
    control: str
    person: str
    lines: list[ExpectedLine] = field(default_factory=list)
    superseded: bool = False
    answers: str | None = None
    by: str | None = None
    voided_as: str | None = None

    @property
    def charge(self) -> int:
        """What the claim charges."""
        return sum(each.charge or 0 for each in self.lines)


def expected_claims(batch: Batch, priced: Priced, setup: Setup) -> list[ExpectedClaim]:
    """Put priced lines into claims, in the order of the batch."""
    lines = priced.lines
    carried = batch.carried
    known = setup.every_payer
    payers = [known.get(name or "", setup.payer) for name in payers_named(lines).to_list()]
    controls = _carried(carried, "patient_control_number", lines.height)
    of_lines = _carried(carried, "line_control_number", lines.height)
    answers = _carried(carried, "payer_claim_control_number", lines.height)
    secondary: set[int] = set()
    if priced.trail is not None:
        met = priced.trail.filter(pl.col("rule").cast(pl.String) == SECOND_PAYER_RULE)
        secondary = set(met["row"].to_list())
    shares = own_shares(priced.trail)
    claims: dict[str, ExpectedClaim] = {}
    withheld = Withheld()
    columns = [
        *("claim_id", "claim_line_number", "person_id", "service_date", "hcpcs_code"),
        *("units_thousandths", "place_of_service_code", "charge_amount", "billing_npi", "status"),
        *("allowed_amount", "medicare_amount", "deductible_amount", "coinsurance_amount"),
        *("locality", "setting", "paid_amount", "payer_allowed_amount"),
        *("primary_paid_amount", "primary_allowed_amount", "primary_obligated_amount"),
    ]
    frame = lines.select(columns).with_columns(pl.col("service_date").cast(pl.String))
    modifiers = lines.select(MODIFIERS).rows()
    for row, each in enumerate(frame.rows(named=True)):
        claim_id = str(each["claim_id"])
        rate, is_waived = shares.get(row, (USUAL, False))
        claim = claims.get(claim_id)
        if claim is None:
            control = controls[row] or claim_id
            claim = ExpectedClaim(claim_id, control, str(each["person_id"]), answers=answers[row])
            claims[claim_id] = claim
        claim.lines.append(
            ExpectedLine(
                row=row,
                claim_id=claim_id,
                number=each["claim_line_number"],
                person=str(each["person_id"]),
                date=each["service_date"],
                code=each["hcpcs_code"],
                modifiers=tuple(one for one in modifiers[row] if one),
                units=each["units_thousandths"] or 0,
                place=each["place_of_service_code"],
                charge=each["charge_amount"],
                control=of_lines[row],
                billing_npi=each["billing_npi"],
                payer=payers[row],
                status=each["status"],
                allowed=each["allowed_amount"],
                paid=each["medicare_amount"],
                deductible=each["deductible_amount"] or 0,
                coinsurance=each["coinsurance_amount"] or 0,
                by_medicare=is_medicare(payers[row]),
                withheld_rate=withheld.on(payers[row], each["service_date"]),
                locality=each["locality"] or "",
                setting=each["setting"] or "",
                secondary=row in secondary,
                second_payer_most=_second_payer_most(each) if row in secondary else None,
                given_paid=each["paid_amount"],
                given_allowed=each["payer_allowed_amount"],
                rate=rate,
                is_deductible_waived=is_waived,
            )
        )
    return list(claims.values())


def _second_payer_most(line: Mapping[str, Any]) -> int | None:
    """Give what is left for a second payer, whatever it would pay alone; may be below 0.

    [42 CFR 411.33(a)(1), (3), as the rule `secondary_payer` reads them]
    """
    paid, charge, allowed = (
        line[name] for name in ("primary_paid_amount", "charge_amount", "allowed_amount")
    )
    if paid is None or charge is None or allowed is None:
        return None
    obligated = line["primary_obligated_amount"]
    of_first = line["primary_allowed_amount"]
    of_first = obligated if of_first is None else of_first
    most = charge if obligated is None else min(charge, obligated)
    higher = allowed if of_first is None else max(allowed, of_first)
    return int(min(most, higher) - paid)


def _carried(carried: pl.DataFrame, name: str, height: int) -> Sequence[str | None]:
    """Give a column that was carried through; blanks where there is none."""
    if name not in carried.columns:
        return [None] * height
    return carried[name].cast(pl.String).to_list()
