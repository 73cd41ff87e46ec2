"""What was paid: payer claims with their lines and adjustments, ready to be matched.

Amounts are cents. `PaidLineFacts` adds up over the adjudications of a line, so that what was paid,
taken back and paid again nets.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import polars as pl

from payrules.variance.deciders import UNTOLD
from payrules.variance.places import is_among
from payrules.variance.remittances import Remittances
from payrules.x12.columns_835 import MODIFIERS
from payrules.x12.rows_835 import REVERSAL

_NUMBERS = range(1, MODIFIERS + 1)
#: The columns of the modifiers that a payer line was paid with.
MODIFIER_COLUMNS = [f"hcpcs_modifier_{number}" for number in _NUMBERS]
#: The columns of those that it was sent with, where it was paid as another code.
ORIGINAL_MODIFIER_COLUMNS = [f"original_modifier_{number}" for number in _NUMBERS]
#: CLP02 of what decides nothing beside an adjudication: not the payer's claim; a predetermination.
NO_DECISION = frozenset(("23", "25"))


@dataclass(slots=True)
class PayerAdjudicatedLine:
    """A payer line: the code it was paid as, the code it was sent as, and its amounts."""

    number: int
    code: str | None
    modifiers: tuple[str, ...]
    original_code: str | None
    original_modifiers: tuple[str, ...]
    charge: int
    paid: int
    units: str
    original_units: str
    date: str | None
    control: str | None
    allowed: int | None
    adjustments: list[tuple[str, str, int]] = field(default_factory=list)
    remarks: tuple[str, ...] = ()
    #: The payer claim that it is of, by its number in the run.
    claim: int = 0

    @property
    def sent_as(self) -> tuple[str | None, frozenset[str]]:
        """The code and modifiers that the claim line was sent with."""
        if self.original_code:
            return self.original_code, frozenset(self.original_modifiers)
        return self.code, frozenset(self.modifiers)


@dataclass(slots=True)
class PayerClaim:
    """A payer claim: one adjudication, or the reversal of one."""

    number: int
    remittance: int
    order: tuple[str, int, int]
    claim_id: str | None
    status: str
    charge: int
    paid: int
    patient: int
    control: str | None
    person: str | None
    corrected: str | None
    remarks: tuple[str, ...]
    interest: int
    payer_name: str | None
    payer_tin: str | None
    payee_npi: str | None
    trace: str | None
    paid_on: str | None
    received: str | None
    rejected_lines: int
    patient_paid: int | None
    #: Who decides it, as its remittance says (`another_payer`).
    decided_by: str = UNTOLD
    adjustments: list[tuple[str, str, int]] = field(default_factory=list)
    lines: list[PayerAdjudicatedLine] = field(default_factory=list)
    #: Adjustments of lines that could not be read: of the claim, for all that is known.
    of_rejected: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def position(self) -> int:
        """The place of its segment (CLP) in its file."""
        return self.order[-1]

    @property
    def is_balanced(self) -> bool:
        """Whether all its adjustments together make of what was charged what was paid."""
        every = [*self.adjustments, *self.of_rejected]
        every += [triple for line in self.lines for triple in line.adjustments]
        return self.charge - sum(amount for *_, amount in every) == self.paid

    @property
    def is_reversal(self) -> bool:
        """Whether it takes an earlier adjudication back: by its status, or since it negates one."""
        return self.status == REVERSAL or self.is_negated

    @property
    def is_negated(self) -> bool:
        """Whether it is a reversal in all but its status: charged and paid are below nothing.

        Decision: no service has a charge below nothing, so what has one takes another back.
        """
        return self.status not in {REVERSAL, *NO_DECISION} and self.charge < 0 >= self.paid

    @property
    def first_date(self) -> str | None:
        """The first day of service."""
        return min((each.date for each in self.lines if each.date), default=None)


def payer_claims(read: Remittances, *, only: pl.Series | None = None) -> list[PayerClaim]:
    """Give the payer claims of remittances, in the order in which they were paid.

    All, or only those of some numbers.
    """

    def wanted(table: str) -> pl.DataFrame:
        rows = read.tables.used(table)
        if only is not None:
            rows = rows.filter(is_among(rows["payer_claim"], only))
        return read.tables.whole(table, rows)

    payments = {
        each["remittance"]: each for each in read.tables["remittances"].iter_rows(named=True)
    }
    of_claims: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    of_lines: dict[tuple[int, int], list[tuple[str, str, int]]] = defaultdict(list)
    adjustments = wanted("payer_adjustments").select(
        "payer_claim", "payer_line", "level", "group_code", "carc", "adjustment_amount"
    )
    for claim, line, level, group, carc, amount in adjustments.rows():
        if level == "claim":
            of_claims[claim].append((group, carc, amount))
        else:
            of_lines[claim, line].append((group, carc, amount))
    lines: dict[int, list[PayerAdjudicatedLine]] = defaultdict(list)
    for each in wanted("payer_lines").iter_rows(named=True):
        lines[each["payer_claim"]].append(
            PayerAdjudicatedLine(
                number=each["payer_line"],
                claim=each["payer_claim"],
                code=each["hcpcs_code"],
                modifiers=_modifiers(each, "hcpcs_modifier_"),
                original_code=each["original_code"],
                original_modifiers=_modifiers(each, "original_modifier_"),
                charge=each["charge_amount"],
                paid=each["paid_amount"],
                units=each["paid_units"],
                original_units=each["original_units"],
                date=each["service_date"],
                control=each["line_control_number"],
                allowed=each["payer_allowed_amount"],
                adjustments=of_lines[each["payer_claim"], each["payer_line"]],
                remarks=_split(each["remarks"]),
            )
        )
    of_rejected: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    told = {(claim, line.number) for claim, own in lines.items() for line in own}
    for (claim, number), triples in of_lines.items():
        if (claim, number) not in told:
            of_rejected[claim] += triples
    rows = wanted("payer_claims")
    rows = rows.with_columns(decided_by=read.decided_by(rows["payer_claim"]))
    claims = []
    for each in rows.iter_rows(named=True):
        payment = payments[each["remittance"]]
        paid_on = payment["payment_date"] or payment["production_date"]
        claims.append(
            PayerClaim(
                number=each["payer_claim"],
                remittance=each["remittance"],
                order=(paid_on or "", each["remittance"], each["position"]),
                claim_id=each["claim_id"],
                status=each["claim_status_code"] or "1",
                charge=each["charge_amount"],
                paid=each["paid_amount"],
                patient=each["patient_amount"],
                control=each["payer_claim_control_number"],
                person=each["person_id"],
                corrected=each["corrected_person_id"],
                remarks=_split(each["remarks"]),
                interest=each["interest_amount"],
                payer_name=payment["payer_name"],
                payer_tin=payment["payer_tin"],
                payee_npi=payment["payee_npi"],
                trace=payment["trace_number"],
                paid_on=paid_on,
                received=each["received_date"],
                rejected_lines=each["rejected_lines"],
                patient_paid=each["patient_paid_amount"],
                decided_by=each["decided_by"],
                adjustments=of_claims[each["payer_claim"]],
                lines=lines[each["payer_claim"]],
                of_rejected=of_rejected[each["payer_claim"]],
            )
        )
    return sorted(claims, key=lambda claim: claim.order)


#: One unit, and two, as lines have them: in thousandths.
ONE_UNIT, TWO_UNITS = 1000, 2000


def thousandths(units: str) -> int:
    """Read a number of units exactly, in thousandths; what is finer is dropped."""
    sign = -1 if units.startswith("-") else 1
    whole, _, part = units.lstrip("-").partition(".")
    return sign * (int(whole or 0) * 1000 + int(part[:3].ljust(3, "0") or 0))


def _modifiers(row: dict[str, object], name: str) -> tuple[str, ...]:
    return tuple(str(row[f"{name}{n}"]) for n in _NUMBERS if row[f"{name}{n}"])


def _split(codes: str | None) -> tuple[str, ...]:
    return tuple(codes.split(" ")) if codes else ()
