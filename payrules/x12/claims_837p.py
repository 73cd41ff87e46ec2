"""Reads professional claims (837P, 005010X222A1) in one pass: each segment is looked at once.

The reader keeps what the segments say of the claim it is in; where a claim ends, `rows_837p`
makes its rows, and it is let go. Whether a claim is priced, or another of the run stands in its
place, is told by `superseded` once all files are read.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from payrules.x12 import levels
from payrules.x12.envelope import Envelope
from payrules.x12.facts import (
    Adjudication,
    Claim,
    ElementFault,
    Line,
    OtherPayer,
    Person,
    Practitioner,
)
from payrules.x12.found import Reject, Row, X12File
from payrules.x12.hierarchy import Hierarchy
from payrules.x12.levels import (
    ADJUDICATION,
    BILLING,
    CLAIM,
    HEADER,
    LINE,
    OTHER_PAYER,
    PATIENT,
    SUBSCRIBER,
)
from payrules.x12.passed_over import NOT_SHOWN, OF_PERSONS, PASSED_OVER, known_ids
from payrules.x12.rows_837p import DOCUMENTED, rows_of
from payrules.x12.segments import Segments
from payrules.x12.values import (
    AMOUNT,
    WITHHELD,
    at,
    cents,
    dollars,
    id_at,
    key_of,
    shown,
    why_no_amount,
)

#: Qualifiers of HI that say a diagnosis.
_DIAGNOSES = frozenset(("ABK", "ABF", "BK", "BF"))
#: Segments after which another level may stand.
_OPENING = frozenset((*levels.OPENED_837P, "HL", "SBR"))
#: NM108 of tax numbers: these name a person, and are no NPI.
_TAX_NUMBERS = frozenset(("24", "34"))
#: Rows of one transaction set that are handed on at once.
_ROWS_AT_ONCE = 50_000


def read_837p(stream: BinaryIO, name: str, pack: Callable[[Sequence[Row]], Any] = list) -> X12File:
    """Read a file's claims; `pack` makes of some rows what is kept of them.

    Raises ClaimsError where an ISA says no separators, or none is there.
    """
    return _Reader(name, pack).read(stream)


class _Reader:
    def __init__(self, name: str, pack: Callable[[Sequence[Row]], Any]) -> None:
        self.found = X12File(name)
        self._pack = pack
        self._rows: list[Row] = []
        self._envelope = Envelope(self.found)
        self._unknown: Counter[str] = Counter()
        self._component, self._position = ":", 0
        self._level, self._party = HEADER, ""
        self._above = Hierarchy()
        self._claim: Claim | None = None
        self._line: Line | None = None
        self._provider: Practitioner | None = None
        self._adjudication: Adjudication | None = None
        self._purpose: str | None = None
        self._handlers: dict[str, Callable[[list[str]], None]] = {
            "AMT": self._on_amt,
            "BHT": self._on_bht,
            "CAS": self._on_cas,
            "CLM": self._on_clm,
            "CN1": self._on_cn1,
            "CTP": self._on_ctp,
            "DMG": self._on_dmg,
            "DTP": self._on_dtp,
            "HI": self._on_hi,
            "HL": self._on_hl,
            "LIN": self._on_lin,
            "LX": self._on_lx,
            "N4": self._on_n4,
            "NM1": self._on_nm1,
            "PAT": self._on_pat,
            "PRV": self._on_prv,
            "PWK": self._on_pwk,
            "REF": self._on_ref,
            "SBR": self._on_sbr,
            "SV1": self._on_sv1,
            "SVD": self._on_svd,
        }

    def read(self, stream: BinaryIO) -> X12File:
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
                    self._end_claim()
                    envelope.see(kind, elements, position)
                    if kind == "ST":
                        self._begin_set()
                        if envelope.refused is not None:
                            self.found.rejects.append(envelope.refused)
                    continue
                if not envelope.reading:
                    continue
                if kind in _OPENING:
                    level = levels.opened_by(self._level, elements)
                    if level is not None:
                        self._level, self._party, self._provider = level, "", None
                handle = handlers.get(kind)
                if handle is not None:
                    handle(elements)
                elif kind not in PASSED_OVER:
                    self._unknown[NOT_SHOWN if before in OF_PERSONS else kind] += 1
                before = kind
            if len(self._rows) >= _ROWS_AT_ONCE:
                self._hand_on()
        self._end_claim()
        envelope.end()
        self._hand_on()
        self.found.segments = self._position
        self.found.latin_1 = segments.latin_1
        self.found.unknown = known_ids(self._unknown)
        return self.found

    def _hand_on(self) -> None:
        if self._rows:
            self.found.blocks.append(self._pack(self._rows))
            self._rows = []

    def _begin_set(self) -> None:
        self._level, self._party, self._above = HEADER, "", Hierarchy()
        self._provider = None
        self._purpose = None

    def _end_claim(self) -> None:
        claim, self._claim, self._line, self._adjudication = self._claim, None, None, None
        if claim is not None:
            rows_of(claim, self.found, self._rows)
            self._envelope.seen_claim(len(self.found.claims) - 1)

    # -- the hierarchy ---------------------------------------------------------------------

    def _on_hl(self, elements: list[str]) -> None:
        self._end_claim()
        self._above.see(self._level, elements, self._position)

    def _on_sbr(self, elements: list[str]) -> None:
        responsibility = id_at(elements, 1)
        if self._level == SUBSCRIBER and self._above.subscriber is not None:
            self._above.subscriber.responsibility = responsibility
            self._above.subscriber.filing = id_at(elements, 9)
        elif self._level == OTHER_PAYER and self._claim is not None:
            others = self._claim.other_payers or []
            self._claim.other_payers = [*others, OtherPayer(responsibility)]

    def _on_pat(self, elements: list[str]) -> None:
        if self._level == PATIENT and self._above.patient is not None:
            self._above.patient.relationship = at(elements, 1)

    def _on_dmg(self, elements: list[str]) -> None:
        person = self._person()
        if person is not None:
            person.birth = at(elements, 2), at(elements, 3)

    def _person(self) -> Person | None:
        """Give the person whose level this is."""
        return {SUBSCRIBER: self._above.subscriber, PATIENT: self._above.patient}.get(self._level)

    # -- parties ---------------------------------------------------------------------------

    def _on_nm1(self, elements: list[str]) -> None:
        self._party, self._provider = at(elements, 1), None
        level, party = self._level, self._party
        if level in _CONTROLS:
            self._of_practitioner(elements, party)
        elif level == BILLING and party == "85" and self._above.billing is not None:
            self._provider = self._above.billing.provider
            if at(elements, 8) == "XX":
                self._provider.npi = id_at(elements, 9)
        elif level == SUBSCRIBER and self._above.subscriber is not None:
            if party == "IL":
                self._above.subscriber.id = id_at(elements, 9)
                self._above.subscriber.name = _name(elements)
            elif party == "PR":
                self._above.subscriber.payer_id = id_at(elements, 9)
        elif level == PATIENT and party == "QC" and self._above.patient is not None:
            self._above.patient.name = _name(elements)
        elif level == OTHER_PAYER and party == "PR" and self._claim is not None:
            others = self._claim.other_payers
            if others:
                others[-1].id = id_at(elements, 9)

    def _of_practitioner(self, elements: list[str], party: str) -> None:
        owner = self._owner()
        if owner is None or party not in {"82", "77"}:
            return
        self._provider = provider = Practitioner()
        if party == "77":
            if owner.facility is None:
                owner.facility = provider
        elif owner.rendering is None:
            owner.rendering = provider
            if at(elements, 8) not in _TAX_NUMBERS:
                provider.npi = id_at(elements, 9)

    def _owner(self) -> Claim | Line | None:
        """Give the claim or the line whose level this is; None of other levels."""
        if self._level == LINE:
            return self._line
        return self._claim if self._level == CLAIM else None

    def _on_n4(self, elements: list[str]) -> None:
        if self._provider is not None:
            self._provider.zip = id_at(elements, 3)

    def _on_prv(self, elements: list[str]) -> None:
        kind, qualifier, taxonomy = at(elements, 1), at(elements, 2), id_at(elements, 3)
        notes = [_OF_TAXONOMY[qualifier]] if qualifier in _OF_TAXONOMY else []
        if qualifier not in {"PXC", "ZZ"}:
            taxonomy, notes = None, ["PRV02 is not PXC: the taxonomy was not read"]
        if kind == "BI" and self._level == BILLING and self._above.billing is not None:
            self._above.billing.taxonomy, self._above.billing.taxonomy_notes = taxonomy, notes
        elif kind == "PE" and self._party == "82" and self._provider is not None:
            self._provider.taxonomy, self._provider.notes = taxonomy, notes

    def _on_ref(self, elements: list[str]) -> None:
        kind, level, given = at(elements, 1), self._level, id_at(elements, 2)
        billing, subscriber = self._above.billing, self._above.subscriber
        owner = self._owner()
        if owner is not None:
            if kind == "G1":
                owner.authorization = given
            elif kind == _CONTROLS[level]:
                owner.control = given
        elif level == SUBSCRIBER and self._party == "PR" and subscriber is not None:
            if kind == "2U":
                subscriber.further_payer_id = given
        elif level == BILLING and self._party == "85" and billing is not None:
            number = (given or "").replace("-", "")
            if kind == "EI" and number:
                billing.tin = number
            elif kind == "SY" and number and billing.tin is None:
                billing.tin = f"x-{key_of([number])}"

    # -- claims ----------------------------------------------------------------------------

    def _on_clm(self, elements: list[str]) -> None:
        self._end_claim()
        self._claim = claim = Claim(
            self._position,
            elements,
            self._component,
            self._above.billing,
            self._above.subscriber,
            self._above.patient,
            self._purpose,
        )
        broken = self._above.broken(self._position)
        if broken is not None:
            claim.fault(broken)

    def _on_hi(self, elements: list[str]) -> None:
        claim = self._claim
        if claim is None or self._level != CLAIM:
            return
        if elements[1:] and elements[1].split(self._component)[0] in _DIAGNOSES:
            for each in elements[1:]:
                qualifier, _, rest = each.partition(self._component)
                code = rest.split(self._component)[0].strip(" ")
                claim.diagnoses.append(code if qualifier in _DIAGNOSES and code else None)

    def _on_dtp(self, elements: list[str]) -> None:
        kind = at(elements, 1)
        owner = self._owner()
        if owner is None or kind not in {"472", "090", "091"}:
            return
        given = self._position, at(elements, 2), at(elements, 3).strip(" ")
        if kind != "472":
            owner.care = {**(owner.care or {}), kind: given}
        elif isinstance(owner, Line):
            owner.service = given

    def _on_pwk(self, elements: list[str]) -> None:
        owner = self._owner()
        if owner is not None:
            owner.documented |= at(elements, 2) in DOCUMENTED

    def _on_cn1(self, elements: list[str]) -> None:
        owner = self._owner()
        if owner is not None and at(elements, 1) == "09":
            owner.obligated = self._amount(owner, "CN102", at(elements, 2))

    def _on_amt(self, elements: list[str]) -> None:
        claim, kind = self._claim, at(elements, 1)
        if claim is None:
            return
        if self._level == CLAIM and kind == "F5":
            amount = self._amount(claim, "AMT02", at(elements, 2))
            claim.patient_paid = None if amount is None else dollars(amount)
        elif self._level == OTHER_PAYER and kind == "D" and claim.other_payers:
            claim.other_payers[-1].paid = self._amount(claim, "AMT02", at(elements, 2))

    def _amount(self, owner: Claim | Line, element: str, written: str) -> int | None:
        """Read an amount; what is none rejects its line or claim."""
        amount = cents(written.strip(" "))
        if amount is None:
            said = shown(written, AMOUNT) if element[:3] in {"AMT", "CAS"} else WITHHELD
            place = f"{levels.loop(self._level)} {element}"
            reason = why_no_amount(element, written)
            owner.fault(ElementFault(self._position, place, said if written else None, reason))
        return amount

    # -- lines -----------------------------------------------------------------------------

    def _on_lx(self, elements: list[str]) -> None:
        self._line = self._adjudication = None
        if self._claim is not None:
            self._line = Line(at(elements, 1), self._position)
            self._claim.lines.append(self._line)

    def _on_sv1(self, elements: list[str]) -> None:
        claim, line = self._claim, self._line
        if claim is None:
            self.found.service_lines += 1
            reason = "the line is in no claim: CLM is missing"
            self.found.rejects.append(Reject(self._position, "2300 CLM", None, reason, None, None))
            return
        if line is None or line.sv1 is not None:
            self._level, self._party, self._provider = LINE, "", None
            self._adjudication = None
            self._line = line = Line(None, self._position)
            line.note("no LX before the SV1")
            claim.lines.append(line)
        line.sv1, line.position = elements, self._position

    def _on_lin(self, elements: list[str]) -> None:
        line = self._line
        if line is not None and self._level == LINE and at(elements, 2) == "N4":
            line.ndc = id_at(elements, 3)

    def _on_ctp(self, elements: list[str]) -> None:
        line = self._line
        if line is not None and self._level == LINE:
            line.ndc_quantity = id_at(elements, 4)
            unit = at(elements, 5).split(self._component)[0].strip(" ")
            line.ndc_unit = unit or None

    def _on_svd(self, elements: list[str]) -> None:
        line, self._adjudication = self._line, None
        if line is not None:
            paid = self._amount(line, "SVD02", at(elements, 2))
            self._adjudication = Adjudication(self._position, id_at(elements, 1), paid)
            line.adjudications = [*(line.adjudications or ()), self._adjudication]

    def _on_cas(self, elements: list[str]) -> None:
        line, adjudication = self._line, self._adjudication
        if self._level != ADJUDICATION or adjudication is None or line is None:
            return
        for place in range(2, len(elements), 3):
            reason, written = elements[place].strip(" "), at(elements, place + 1)
            if reason or written:
                amount = self._amount(line, f"CAS{place + 1:02}", written)
                adjudication.adjustments.append((at(elements, 1), reason, amount or 0))

    def _on_bht(self, elements: list[str]) -> None:
        if self._level == HEADER:
            self._purpose = id_at(elements, 6)


def _name(elements: Sequence[str]) -> tuple[str, str, str]:
    return at(elements, 3), at(elements, 4), at(elements, 5)


#: Where NM1*82 and NM1*77, DTP, PWK and CN1 are the claim's or the line's; what REF01 names each.
_CONTROLS = {CLAIM: "F8", LINE: "6R"}
_OF_TAXONOMY = {"ZZ": "PRV02 is ZZ: read as PXC, a taxonomy"}
