"""Reads remittances (835, 005010X221A1) in one pass: each segment is looked at once.

Here the payment is read, which is a transaction set; `claims_835` reads the claims in it. A segment
means what its id says at the level it stands in. Names, addresses and bank numbers are not read.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from payrules.x12.claims_835 import ClaimReader, Handlers
from payrules.x12.columns_835 import TABLES
from payrules.x12.envelope import REMITTANCE, Envelope
from payrules.x12.facts_835 import PaidReject, PaidRow, Payment, RemittanceFile
from payrules.x12.passed_over import NOT_SHOWN, OF_PERSONS, known_ids
from payrules.x12.rows_835 import Rows, payment_checks
from payrules.x12.segments import Bytes, Segments, Separators
from payrules.x12.values import AMOUNT, at, id_at, shown, why_no_amount
from payrules.x12.values_835 import amount_of, code_or_none, day_of, why_no_day

#: Segments of an 835 that say nothing where they stand; what is in none of these is not known.
_PASSED_OVER = frozenset(
    (
        *("AMT", "DTM", "LQ", "MIA", "MOA", "N1", "NM1", "REF", "TRN"),
        *("N2", "N3", "N4", "PER", "RDM", "TS2", "TS3", "QTY"),
    )
)
#: What separators are written as where payments are compared: their own signs do not count.
_PLAIN_SIGNS = "\x1f\x1e\x1d"
_EMPTY_ENDS = (b"\x1e\x1f", b"\x1e\x1d", b"\x1f\x1d")
_ENDING_COMPONENTS = re.compile(rb"\x1e+(?=[\x1f\x1d])")
_ENDING_ELEMENTS = re.compile(rb"\x1f+(?=\x1d)")
#: Rows of one table that are handed on at once.
_ROWS_AT_ONCE = 20_000
_UNTRACED = "payment without a trace number (TRN02), told from others by all that it holds"
_TRACED_AGAIN = "further trace number (TRN02) within one payment, whose first one stands"


def read_835(
    stream: Bytes, name: str, pack: Callable[[str, Sequence[PaidRow]], Any] | None = None
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
        self._rows: Rows = {table: [] for table in TABLES if table != "remittances"}
        self._envelope = Envelope(self.found, REMITTANCE)
        self._unknown: Counter[str] = Counter()
        self._component = ":"
        self._party = ""
        self._payment: Payment | None = None
        self._content = hashlib.sha256()
        anywhere: Handlers = {
            "BPR": self._on_bpr,
            "CLP": self._on_clp,
            "CUR": self._on_cur,
            "LX": self._on_lx,
            "PLB": self._on_plb,
        }
        self._claims = ClaimReader(self.found, self._rows, anywhere)
        self._header: Handlers = {
            **self._claims.outside,
            "DTM": self._on_dtm,
            "N1": self._on_n1,
            "REF": self._on_ref,
            "TRN": self._on_trn,
        }

    def read(self, stream: Bytes) -> RemittanceFile:
        segments = Segments(stream, self.found.name)
        envelope, claims = self._envelope, self._claims
        before, position, reading = "", 0, False
        for block in segments.blocks():
            sign, self._component = block.separators.element, block.separators.component
            first = begun = block.first
            for position, segment in enumerate(block.segments, first):
                elements = segment.split(sign)
                kind = elements[0]
                # No segment of the envelope has a handler: most segments are asked for once.
                handle = claims.here.get(kind) if reading else None
                if handle is not None:
                    handle(elements, position)
                    before = kind
                elif kind in envelope.SEGMENTS:
                    self._take(block.segments[begun - first : position - first], block.separators)
                    begun = position + 1
                    self._end_payment()
                    envelope.see(kind, elements, position)
                    if kind == "ST":
                        self._begin_set(position)
                    reading = envelope.reading
                elif reading:
                    if kind not in _PASSED_OVER:
                        self._unknown[NOT_SHOWN if before in OF_PERSONS else kind] += 1
                    before = kind
            self._take(block.segments[begun - first :], block.separators)
            for table, rows in self._rows.items():
                if len(rows) >= _ROWS_AT_ONCE:
                    self._hand_on(table)
        self._end_payment()
        envelope.end()
        for table in self._rows:
            self._hand_on(table)
        self.found.segments = position
        self.found.latin_1 = segments.latin_1
        self.found.unknown = known_ids(self._unknown)
        return self.found

    def _take(self, segments: Sequence[str], signs: Separators) -> None:
        """Take segments into the payment's content.

        In other separators it is the same payment, and so it is with empty components or elements
        at the end of an element or segment, which say nothing.
        """
        if segments and self._envelope.reading:
            end = signs.terminator
            text = end.join(segments) + end
            own = signs.element + signs.component + end
            if own.isascii():
                plain = text.encode("utf-8", "surrogatepass")
                plain = plain.translate(bytes.maketrans(own.encode(), _PLAIN_SIGNS.encode()))
            else:
                text = text.translate(str.maketrans(own, _PLAIN_SIGNS))
                plain = text.encode("utf-8", "surrogatepass")
            if any(each in plain for each in _EMPTY_ENDS):
                plain = _ENDING_ELEMENTS.sub(b"", _ENDING_COMPONENTS.sub(b"", plain))
            self._content.update(plain)

    def _hand_on(self, table: str) -> None:
        rows = self._rows[table]
        if rows:
            self.found.blocks.setdefault(table, []).append(self._pack(table, rows[:]))
            rows.clear()

    # -- the payment -----------------------------------------------------------------------

    def _begin_set(self, position: int) -> None:
        if self._envelope.refused is not None:
            self.found.rejects.append(PaidReject(*self._envelope.refused[:4]))
        if self._envelope.reading:
            self._party = ""
            self._content = hashlib.sha256()
            self._payment = Payment(position, len(self.found.payments))
            self.found.payments.append(self._payment)
            self._claims.begin(self._payment, self._component)
            self._claims.here = self._header

    def _end_payment(self) -> None:
        self._end_claim()
        payment, self._payment = self._payment, None
        if payment is not None:
            payment.content = self._content.hexdigest()
            payment_checks(payment, self.found)
            if payment.trace is None:
                self.found.notes[_UNTRACED] += 1

    def _end_claim(self) -> None:
        if self._claims.is_open:
            self._envelope.seen_claim(self._claims.end())

    def _on_clp(self, elements: list[str], position: int) -> None:
        self._end_claim()
        self._claims.on_clp(elements, position)

    def _on_bpr(self, elements: list[str], position: int) -> None:
        payment = self._payment
        if payment is None:
            return
        amount = self._amount("BPR02", position, at(elements, 2))
        payment.credit_or_debit = id_at(elements, 3)
        payment.amount = -amount if payment.credit_or_debit == "D" else amount
        payment.method = id_at(elements, 4)
        payment.paid_on = self._day("BPR16", at(elements, 16))

    def _on_trn(self, elements: list[str], _position: int) -> None:
        payment, told = self._payment, (id_at(elements, 2), id_at(elements, 3))
        if payment is None:
            return
        if payment.trace is None:
            payment.trace, payment.payer_tin = told
        elif told != (payment.trace, payment.payer_tin):
            # Decision: what follows the payment's own amount (BPR) is its number; a payer, or who
            # passed the file on, that adds another one has not said which is to be looked for.
            self.found.notes[_TRACED_AGAIN] += 1

    def _on_n1(self, elements: list[str], _position: int) -> None:
        self._party = at(elements, 1)
        payment = self._payment
        if payment is None:
            return
        if self._party == "PR":
            payment.payer_name = id_at(elements, 2)
            payment.payer_id = id_at(elements, 4)
        elif self._party == "PE" and at(elements, 3) == "XX":
            payment.payee_npi = id_at(elements, 4)

    def _on_ref(self, elements: list[str], _position: int) -> None:
        payment = self._payment
        if payment is None or at(elements, 1) != "2U" or self._party != "PR":
            return
        further = id_at(elements, 2)
        payment.further_payer_id = payment.further_payer_id or further
        payment.payer_id = payment.payer_id or further

    def _on_dtm(self, elements: list[str], _position: int) -> None:
        if self._payment is not None and at(elements, 1) == "405":
            self._payment.produced_on = self._day("DTM02", at(elements, 2))

    def _on_cur(self, elements: list[str], _position: int) -> None:
        if id_at(elements, 2) not in {None, "USD"}:
            self.found.notes["amounts of another currency than dollars (CUR02)"] += 1

    def _on_lx(self, _elements: list[str], _position: int) -> None:
        self._end_claim()

    def _on_plb(self, elements: list[str], position: int) -> None:
        self._end_claim()
        payment = self._payment
        if payment is None:
            return
        on = self._day("PLB02", at(elements, 2))
        for place in range(3, len(elements), 2):
            reason, _, reference = elements[place].partition(self._component)
            written = at(elements, place + 1)
            reason = reason.strip(" ")
            if not (reason or written.strip(" ")):
                continue
            amount = self._amount(f"PLB{place + 1:02}", position, written)
            payment.provider_adjustments += amount
            if reason == "L6":
                payment.interest_adjusted += amount
            self._rows["provider_adjustments"].append(
                (
                    *(payment.number, id_at(elements, 1), on, code_or_none(reason)),
                    *(reference.split(self._component)[0].strip(" ") or None, amount),
                )
            )

    def _amount(self, element: str, position: int, written: str) -> int:
        """Read an amount of a payment itself; what is none is a reject, and counts as nothing."""
        amount = amount_of(written)
        if amount is None:
            reason = f"{why_no_amount(element, written)}: it counts as 0.00"
            said = shown(written, AMOUNT) if written else None
            self.found.rejects.append(PaidReject(position, element, said, reason))
        return amount or 0

    def _day(self, element: str, written: str) -> str | None:
        found = day_of(written)
        if found is None:
            self.found.notes.update(why_no_day(element, written))
        return found
