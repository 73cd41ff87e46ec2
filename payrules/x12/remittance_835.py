"""Reads remittances (835, 005010X221A1) in one pass: each segment is looked at once.

What the segments say of a payer claim is kept until the claim ends; then `rows_835` makes its rows
and checks that it balances, and it is let go. Names, addresses and bank numbers are not read.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from payrules.money import MOST_CENTS
from payrules.x12.envelope import REMITTANCE, Envelope
from payrules.x12.facts import ElementFault
from payrules.x12.facts_835 import (
    PaidClaim,
    PaidLine,
    PaidReject,
    PaidRow,
    PayerAdjustment,
    Payment,
    RemittanceFile,
)
from payrules.x12.passed_over import NOT_SHOWN, OF_PERSONS, known_ids
from payrules.x12.rows_835 import claim_rows, payment_checks
from payrules.x12.segments import Segments
from payrules.x12.values import AMOUNT, at, cents, code_of, day, id_at, is_signed_number, shown

HEADER, GROUP, CLAIM, LINE, PROVIDER = "header", "group", "claim", "line", "provider"
#: Level → its loop, for messages.
_LOOPS = {HEADER: "1000", GROUP: "2000", CLAIM: "2100", LINE: "2110", PROVIDER: "PLB"}
#: Segments of an 835 that say nothing of what was paid for which line.
_PASSED_OVER = frozenset(("N2", "N3", "N4", "PER", "RDM", "TS2", "TS3", "QTY"))
#: Where remark codes stand: MOA03 to 07; MIA05, and MIA20 to 23.
_REMARKS = {"MOA": range(3, 8), "MIA": (5, *range(20, 24))}
#: Years of payments and of what they pay: the fee schedule began in the first. [SSA 1848(a)]
_FIRST_YEAR, _LAST_YEAR = "1992", "2099"
#: Rows of one table that are handed on at once.
_ROWS_AT_ONCE = 50_000


def read_835(
    stream: BinaryIO, name: str, pack: Callable[[str, Sequence[PaidRow]], Any] | None = None
) -> RemittanceFile:
    """Read a file's remittances; `pack` makes of some rows of a table what is kept of them.

    Raises ClaimsError where an ISA says no separators, or none is there.
    """
    return _Reader(name, pack or _as_they_are).read(stream)


def _as_they_are(_table: str, rows: Sequence[PaidRow]) -> Sequence[PaidRow]:
    return rows


class _Reader:
    def __init__(self, name: str, pack: Callable[[str, Sequence[PaidRow]], Any]) -> None:
        self.found = RemittanceFile(name)
        self._pack = pack
        self._rows: dict[str, list[PaidRow]] = {}
        self._envelope = Envelope(self.found, REMITTANCE)
        self._unknown: Counter[str] = Counter()
        self._component = ":"
        self._position = 0
        self._level, self._party = HEADER, ""
        self._payment: Payment | None = None
        self._claim: PaidClaim | None = None
        self._line: PaidLine | None = None
        self._content = hashlib.sha256()
        self._handlers: dict[str, Callable[[list[str]], None]] = {
            "AMT": self._on_amt,
            "BPR": self._on_bpr,
            "CAS": self._on_cas,
            "CLP": self._on_clp,
            "CUR": self._on_cur,
            "DTM": self._on_dtm,
            "LQ": self._on_lq,
            "LX": self._on_lx,
            "MIA": self._on_remarks,
            "MOA": self._on_remarks,
            "N1": self._on_n1,
            "NM1": self._on_nm1,
            "PLB": self._on_plb,
            "REF": self._on_ref,
            "SVC": self._on_svc,
            "TRN": self._on_trn,
        }

    def read(self, stream: BinaryIO) -> RemittanceFile:
        segments = Segments(stream, self.found.name)
        handlers, envelope = self._handlers, self._envelope
        before = ""
        for block in segments.blocks():
            sign, self._component = block.separators.element, block.separators.component
            position = block.first - 1
            for segment in block.segments:
                position += 1
                elements = segment.split(sign)
                kind = elements[0]
                self._position = position
                if kind in envelope.SEGMENTS:
                    self._end_payment()
                    envelope.see(kind, elements, position)
                    if kind == "ST":
                        self._begin_set()
                    continue
                if not envelope.reading:
                    continue
                # The same payment in other separators is the same payment.
                plain = segment.replace(sign, "\x1f").replace(self._component, "\x1e")
                self._content.update(f"{plain}\x1d".encode("utf-8", "surrogatepass"))
                handle = handlers.get(kind)
                if handle is not None:
                    handle(elements)
                elif kind not in _PASSED_OVER:
                    self._unknown[NOT_SHOWN if before in OF_PERSONS else kind] += 1
                before = kind
            for table, rows in self._rows.items():
                if len(rows) >= _ROWS_AT_ONCE:
                    self._hand_on(table)
        self._end_payment()
        envelope.end()
        for table in self._rows:
            self._hand_on(table)
        self.found.segments = self._position
        self.found.latin_1 = segments.latin_1
        self.found.unknown = known_ids(self._unknown)
        return self.found

    def _hand_on(self, table: str) -> None:
        rows = self._rows[table]
        if rows:
            self.found.blocks.setdefault(table, []).append(self._pack(table, rows))
            self._rows[table] = []

    # -- the payment -----------------------------------------------------------------------

    def _begin_set(self) -> None:
        if self._envelope.refused is not None:
            self.found.rejects.append(PaidReject(*self._envelope.refused[:4]))
        if self._envelope.reading:
            self._level, self._party = HEADER, ""
            self._content = hashlib.sha256()
            self._payment = Payment(self._position, len(self.found.payments))
            self.found.payments.append(self._payment)

    def _end_payment(self) -> None:
        self._end_claim()
        payment, self._payment = self._payment, None
        if payment is not None:
            payment.content = self._content.hexdigest()
            payment_checks(payment, self.found)

    def _on_bpr(self, elements: list[str]) -> None:
        payment = self._payment
        if payment is None:
            return
        amount = self._amount_or_reject("BPR02", at(elements, 2))
        payment.credit_or_debit = id_at(elements, 3)
        payment.amount = -amount if payment.credit_or_debit == "D" else amount
        payment.method = id_at(elements, 4)
        payment.paid_on = self._day(at(elements, 16), "BPR16")

    def _on_trn(self, elements: list[str]) -> None:
        if self._payment is not None and self._level == HEADER:
            self._payment.trace, self._payment.payer_tin = id_at(elements, 2), id_at(elements, 3)

    def _on_n1(self, elements: list[str]) -> None:
        self._party = at(elements, 1)
        payment = self._payment
        if payment is None or self._level != HEADER:
            return
        if self._party == "PR":
            payment.payer_name = id_at(elements, 2)
            payment.payer_id = id_at(elements, 4)
        elif self._party == "PE" and at(elements, 3) == "XX":
            payment.payee_npi = id_at(elements, 4)

    def _on_cur(self, elements: list[str]) -> None:
        if id_at(elements, 2) not in {None, "USD"}:
            self.found.notes["amounts of another currency than dollars (CUR02)"] += 1

    def _on_lx(self, _elements: list[str]) -> None:
        self._end_claim()
        self._level = GROUP

    def _on_plb(self, elements: list[str]) -> None:
        self._end_claim()
        self._level = PROVIDER
        payment = self._payment
        if payment is None:
            return
        on = self._day(at(elements, 2), "PLB02")
        for place in range(3, len(elements), 2):
            reason, _, reference = elements[place].partition(self._component)
            written = at(elements, place + 1)
            if not (reason.strip(" ") or written.strip(" ")):
                continue
            amount = self._amount_or_reject(f"PLB{place + 1:02}", written)
            reason = reason.strip(" ")
            payment.provider_adjustments += amount
            if reason == "L6":
                payment.interest_adjusted += amount
            self._rows.setdefault("provider_adjustments", []).append(
                (
                    *(payment.number, id_at(elements, 1), on, code_of(reason)),
                    *(reference.split(self._component)[0].strip(" ") or None, amount),
                )
            )

    def _amount_or_reject(self, element: str, written: str) -> int:
        """Read an amount of a payment itself; what is none is a reject, and counts as nothing."""
        amount = _within_reason(cents(written.strip(" ")))
        if amount is None:
            reason = f"{element} is not an amount in dollars and cents: it counts as 0.00"
            said = shown(written, AMOUNT) if written else None
            self.found.rejects.append(PaidReject(self._position, element, said, reason))
        return amount or 0

    # -- claims ----------------------------------------------------------------------------

    def _on_clp(self, elements: list[str]) -> None:
        self._end_claim()
        self._level = CLAIM
        payment = self._payment
        if payment is None:
            return
        claim = self._claim = PaidClaim(
            self._position, self.found.claims, elements, self._component
        )
        self.found.claims += 1
        payment.claims += 1
        claim.charge = self._amount(claim.faults, "CLP03", at(elements, 3))
        claim.paid = self._amount(claim.faults, "CLP04", at(elements, 4))
        payment.claims_paid += claim.paid or 0
        if at(elements, 5).strip(" "):
            claim.patient = self._amount(claim.faults, "CLP05", at(elements, 5)) or 0

    def _end_claim(self) -> None:
        claim, self._claim, self._line = self._claim, None, None
        if claim is not None and self._payment is not None:
            claim_rows(claim, self._payment, self.found, self._rows)
            self._envelope.seen_claim(claim.number)

    def _on_nm1(self, elements: list[str]) -> None:
        claim, party = self._claim, at(elements, 1)
        if claim is None:
            return
        known = id_at(elements, 9)
        if party == "QC":
            claim.of_patient = known
        elif party == "IL":
            claim.of_subscriber = known
        elif party == "74":
            claim.corrected = known
        elif party == "TT":
            claim.crossover = known
        elif party == "82" and at(elements, 8) == "XX":
            claim.npi = known

    def _on_remarks(self, elements: list[str]) -> None:
        if self._claim is not None:
            for place in _REMARKS[elements[0]]:
                self._remark(self._claim.remarks, at(elements, place))

    def _remark(self, remarks: list[str], written: str) -> None:
        code = written.strip(" ")
        if code:
            remarks.append(code_of(code) or NOT_SHOWN)

    # -- lines -----------------------------------------------------------------------------

    def _on_svc(self, elements: list[str]) -> None:
        claim = self._claim
        self.found.service_lines += 1
        if claim is None:
            reason = "the payer's line stands in no claim: CLP is missing"
            self.found.rejects.append(
                PaidReject(self._position, "2100 CLP", None, reason, is_line=True)
            )
            return
        self._level = LINE
        line = self._line = PaidLine(self._position, len(claim.lines) + 1)
        claim.lines.append(line)
        line.code = tuple(each.strip(" ") for each in at(elements, 1).split(self._component))
        line.original = tuple(each.strip(" ") for each in at(elements, 6).split(self._component))
        charge, paid = at(elements, 2).strip(" "), at(elements, 3).strip(" ")
        if not charge and not paid:
            line.faults.append(
                ElementFault(self._position, "2110 SVC02", None, "SVC02, SVC03 empty")
            )
        else:
            line.charge = self._amount(line.faults, "SVC02", charge) or 0
            line.paid = self._amount(line.faults, "SVC03", paid) or 0
        line.units = self._quantity(at(elements, 5), "1", "SVC05")
        line.original_units = self._quantity(at(elements, 7), line.units, "SVC07")

    def _on_cas(self, elements: list[str]) -> None:
        owner = self._owner()
        if owner is None:
            self.found.notes["a CAS outside a claim was passed over"] += 1
            return
        group = at(elements, 1).strip(" ")
        for place in range(2, len(elements), 3):
            reason, written = elements[place].strip(" "), at(elements, place + 1)
            if not (reason or written.strip(" ")):
                continue
            amount = self._amount(owner.faults, f"CAS{place + 1:02}", written)
            quantity = id_at(elements, place + 2)
            if quantity is not None and not is_signed_number(quantity):
                quantity = None
                self.found.notes["a quantity of a CAS is no number: left out"] += 1
            if amount is None:
                continue
            owner.adjustments.append(
                PayerAdjustment(
                    code_of(group) or NOT_SHOWN, code_of(reason) or NOT_SHOWN, amount, quantity
                )
            )

    def _owner(self) -> PaidClaim | PaidLine | None:
        """Give the claim or the line whose level this is."""
        return self._line if self._level == LINE else self._claim if self._level == CLAIM else None

    def _on_dtm(self, elements: list[str]) -> None:
        kind, written = at(elements, 1), at(elements, 2)
        if self._level == HEADER and kind == "405" and self._payment is not None:
            self._payment.produced_on = self._day(written, "DTM02")
        elif self._level == CLAIM and self._claim is not None:
            if kind == "232":
                self._claim.first = self._day(written, "DTM02")
            elif kind == "233":
                self._claim.last = self._day(written, "DTM02")
            elif kind == "050":
                self._claim.received = self._day(written, "DTM02")
        elif self._level == LINE and self._line is not None:
            if kind == "472" or (kind == "150" and self._line.date is None):
                self._line.date = self._day(written, "DTM02")
            elif kind == "151":
                self._line.end = self._day(written, "DTM02")

    def _on_ref(self, elements: list[str]) -> None:
        kind = at(elements, 1)
        if self._level == HEADER and self._payment is not None:
            if kind == "2U" and self._party == "PR" and self._payment.payer_id is None:
                self._payment.payer_id = id_at(elements, 2)
        elif self._level == LINE and self._line is not None:
            if kind == "6R":
                self._line.control = id_at(elements, 2)
            elif kind == "HPI":
                self._line.npi = id_at(elements, 2)

    def _on_amt(self, elements: list[str]) -> None:
        kind, written = at(elements, 1), at(elements, 2)
        if self._level == LINE and self._line is not None and kind == "B6":
            self._line.allowed = self._amount(self._line.faults, "AMT02", written)
        elif self._level == CLAIM and self._claim is not None and kind in {"I", "AU", "F5"}:
            amount = self._amount(self._claim.faults, "AMT02", written)
            if kind == "I" and self._payment is not None:
                self._claim.interest += amount or 0
                self._payment.interest += amount or 0
            elif kind == "AU":
                self._claim.covered = amount
            else:
                self._claim.patient_paid = amount

    def _on_lq(self, elements: list[str]) -> None:
        if self._level == LINE and self._line is not None and at(elements, 1) == "HE":
            self._remark(self._line.remarks, at(elements, 2))

    # -- elements --------------------------------------------------------------------------

    def _amount(self, faults: list[ElementFault], element: str, written: str) -> int | None:
        """Read an amount; what is none, or beyond reason, rejects its line or claim."""
        amount = _within_reason(cents(written.strip(" ")))
        if amount is None:
            said = shown(written, AMOUNT) if written else None
            reason = f"{element} is not an amount in dollars and cents"
            place = f"{_LOOPS[self._level]} {element}"
            faults.append(ElementFault(self._position, place, said, reason))
        return amount

    def _quantity(self, written: str, blank: str, element: str) -> str:
        written = written.strip(" ")
        if not written:
            return blank
        if not is_signed_number(written):
            self.found.notes[f"{element} is no number: read as {blank}"] += 1
            return blank
        return written

    def _day(self, written: str, element: str) -> str | None:
        written = written.strip(" ")
        found = day(written)
        if found is not None and not _FIRST_YEAR <= found[:4] <= _LAST_YEAR:
            self.found.notes[
                f"{element} is no day from {_FIRST_YEAR} to {_LAST_YEAR}: left out"
            ] += 1
            return None
        if written and found is None:
            self.found.notes[f"{element} is no date: left out"] += 1
        return found


def _within_reason(amount: int | None) -> int | None:
    """Give an amount; None beyond what any line is worth, which no sum could hold."""
    return None if amount is None or abs(amount) > MOST_CENTS else amount
