"""Reads what a remittance says of each claim: a CLP, its lines (SVC), and what stands below them.

What the segments say of a payer claim is kept until the claim ends; then `rows_835` makes its rows
and checks that it balances, and it is let go. Names are not read.
"""

from collections.abc import Callable

from payrules.x12.facts import ElementFault
from payrules.x12.facts_835 import PaidClaim, PaidLine, PaidReject, Payment, RemittanceFile
from payrules.x12.passed_over import NOT_SHOWN
from payrules.x12.rows_835 import Rows, claim_rows
from payrules.x12.values import AMOUNT, at, id_at, shown, why_no_amount
from payrules.x12.values_835 import amount_of, code_or_none, day_of, number_of, why_no_day

#: Where remark codes stand: MOA03 to 07; MIA05, and MIA20 to 23.
_REMARKS = {"MOA": range(3, 8), "MIA": (5, *range(20, 24))}
#: What stands in claims alone; of a payment itself there are a DTM and a REF too.
_OF_CLAIMS_ALONE = ("AMT", "CAS", "DTM", "LQ", "MIA", "MOA", "NM1", "REF")
_ARTICLES = dict.fromkeys(("AMT", "LQ", "MIA", "MOA", "NM1"), "an")
#: How many elements of a CLP, an SVC and a DTM are read, its id among them.
_OF_CLP, _OF_SVC, _OF_DTM = 10, 8, 3

#: Segment id → what takes a segment in: its elements, and its place in the file.
Handlers = dict[str, Callable[[list[str], int], None]]


class ClaimReader:
    """Where the reader stands among a payment's claims.

    `here` are the segments that mean something at this level: of a claim, of a line, or of
    `outside`, what stands in no claim; and those of `anywhere`, which mean the same wherever they
    stand.
    """

    def __init__(self, found: RemittanceFile, rows: Rows, anywhere: Handlers) -> None:
        """Put rows of claims into `rows`, and all else that is told into `found`."""
        self._found, self._rows = found, rows
        self._payment: Payment | None = None
        self._claim: PaidClaim | None = None
        self._line: PaidLine | None = None
        self._component = ":"
        within: Handlers = {
            **anywhere,
            "SVC": self.on_svc,
            "CAS": self._on_cas,
            "MIA": self._on_remarks,
            "MOA": self._on_remarks,
            "NM1": self._on_nm1,
        }
        self._of_claim: Handlers = {
            **within,
            "AMT": self._on_amt_of_claim,
            "DTM": self._on_dtm_of_claim,
        }
        self._of_line: Handlers = {
            **within,
            "AMT": self._on_amt_of_line,
            "DTM": self._on_dtm_of_line,
            "LQ": self._on_lq,
            "REF": self._on_ref,
        }
        self.outside: Handlers = {
            **anywhere,
            "SVC": self.on_svc,
            **dict.fromkeys(_OF_CLAIMS_ALONE, self._on_outside),
        }
        self.here = self.outside

    def begin(self, payment: Payment, component: str) -> None:
        """Take in that a payment begins."""
        self._payment, self._component = payment, component

    @property
    def is_open(self) -> bool:
        """Whether a claim is read."""
        return self._claim is not None

    def end(self) -> int:
        """End the claim that is read: its rows are made. Gives its number in the file."""
        claim, self._claim, self._line, self.here = self._claim, None, None, self.outside
        assert claim is not None
        assert self._payment is not None
        claim_rows(claim, self._payment, self._found, self._rows)
        return claim.number

    # -- claims ----------------------------------------------------------------------------

    def on_clp(self, elements: list[str], position: int) -> None:
        """Begin a claim, where none is open."""
        payment = self._payment
        if payment is None:
            return
        if len(elements) < _OF_CLP:
            elements += [""] * (_OF_CLP - len(elements))
        charge, paid = amount_of(elements[3]), amount_of(elements[4])
        patient = amount_of(elements[5])
        claim = PaidClaim(position, self._found.claims, elements, self._component, charge, paid)
        self._claim, self.here = claim, self._of_claim
        self._found.claims += 1
        payment.claims += 1
        payment.claims_paid += paid or 0
        if charge is None:
            _no_amount(claim, "CLP03", position, elements[3])
        if paid is None:
            _no_amount(claim, "CLP04", position, elements[4])
        if patient is not None:
            claim.patient = patient
        elif elements[5].strip(" "):
            _no_amount(claim, "CLP05", position, elements[5])

    def _on_nm1(self, elements: list[str], _position: int) -> None:
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

    def _on_remarks(self, elements: list[str], _position: int) -> None:
        if self._claim is not None:
            for place in _REMARKS[elements[0]]:
                _remark(self._claim, at(elements, place))

    def _on_dtm_of_claim(self, elements: list[str], _position: int) -> None:
        kind, claim = at(elements, 1), self._claim
        if claim is None or kind not in {"232", "233", "050"}:
            return
        found = self._day(at(elements, 2))
        if kind == "232":
            claim.first = found
        elif kind == "233":
            claim.last = found
        else:
            claim.received = found

    def _on_amt_of_claim(self, elements: list[str], position: int) -> None:
        kind, claim, payment = at(elements, 1), self._claim, self._payment
        if claim is None or payment is None or kind not in {"I", "AU", "F5"}:
            return
        amount = amount_of(at(elements, 2))
        if amount is None:
            _no_amount(claim, "AMT02", position, at(elements, 2))
        if kind == "I":
            claim.interest += amount or 0
            payment.interest += amount or 0
        elif kind == "AU":
            claim.covered = amount
        else:
            claim.patient_paid = amount

    # -- lines -----------------------------------------------------------------------------

    def on_svc(self, elements: list[str], position: int) -> None:
        """Begin a line of the claim that is read."""
        claim, found = self._claim, self._found
        found.service_lines += 1
        if claim is None:
            reason = "the payer's line stands in no claim: CLP is missing"
            found.rejects.append(PaidReject(position, "2100 CLP", None, reason, is_line=True))
            return
        if len(elements) < _OF_SVC:
            elements += [""] * (_OF_SVC - len(elements))
        charge, paid = amount_of(elements[2]), amount_of(elements[3])
        units = number_of(elements[5]) or self._units(elements[5], "1", "SVC05")
        original_units = number_of(elements[7]) or self._units(elements[7], units, "SVC07")
        number = len(claim.lines) + 1
        line = PaidLine(
            position,
            number,
            elements[1],
            charge or 0,
            paid or 0,
            units,
            elements[6],
            original_units,
        )
        claim.lines.append(line)
        self._line, self.here = line, self._of_line
        if charge is None or paid is None:
            _no_charge_or_paid(line, elements[2].strip(" "), elements[3].strip(" "))

    def _units(self, written: str, blank: str, element: str) -> str:
        """Give what units are where an element says no number."""
        if written.strip(" "):
            self._found.notes[f"{element} is no number: read as {blank}"] += 1
        return blank

    def _on_cas(self, elements: list[str], position: int) -> None:
        claim, line, payment = self._claim, self._line, self._payment
        if claim is None or payment is None:
            return
        owner = line or claim
        number, level = (None, "claim") if line is None else (line.number, "line")
        end = len(elements)
        group = (code_or_none(elements[1]) if end > 1 else None) or NOT_SHOWN
        for place in range(2, end, 3):
            written = elements[place + 1] if place + 1 < end else ""
            reason, amount = elements[place], amount_of(written)
            if amount is None:
                if not (reason.strip(" ") or written.strip(" ")):
                    continue
                _no_amount(owner, f"CAS{place + 1:02}", position, written)
            quantity = None
            if place + 2 < end:
                quantity = number_of(elements[place + 2]) or None
                if quantity is None and elements[place + 2].strip(" "):
                    self._found.notes["a quantity of a CAS is no number: left out"] += 1
            if amount is None:
                continue
            owner.adjusted += amount
            if group == "PR":
                claim.of_patient_adjusted += amount
            code = code_or_none(reason) or NOT_SHOWN
            # A plain tuple: there are as many of these as segments.
            claim.adjustments.append(
                (
                    payment.number,
                    claim.number,
                    claim.claim_id,
                    number,
                    level,
                    group,
                    code,
                    amount,
                    quantity,
                )
            )

    def _on_outside(self, elements: list[str], _position: int) -> None:
        """Tell of what only claims have: an LX or a PLB within a claim leaves it in none."""
        article = _ARTICLES.get(elements[0], "a")
        self._found.notes[f"{article} {elements[0]} outside a claim was passed over"] += 1

    def _on_dtm_of_line(self, elements: list[str], _position: int) -> None:
        line = self._line
        if line is None or len(elements) < _OF_DTM:
            return
        kind = elements[1]
        if kind == "472" or (kind == "150" and line.date is None):
            line.date = day_of(elements[2]) or self._day(elements[2])
        elif kind == "151":
            line.end = self._day(elements[2])

    def _on_ref(self, elements: list[str], _position: int) -> None:
        kind, line = at(elements, 1), self._line
        if line is None:
            return
        if kind == "6R":
            line.control = id_at(elements, 2)
        elif kind == "HPI":
            line.npi = id_at(elements, 2)

    def _on_amt_of_line(self, elements: list[str], position: int) -> None:
        line = self._line
        if line is None or len(elements) == 1 or elements[1] != "B6":
            return
        written = at(elements, 2)
        line.allowed = amount_of(written)
        if line.allowed is None:
            _no_amount(line, "AMT02", position, written)

    def _on_lq(self, elements: list[str], _position: int) -> None:
        if self._line is not None and at(elements, 1) == "HE":
            _remark(self._line, at(elements, 2))

    def _day(self, written: str) -> str | None:
        found = day_of(written)
        if found is None:
            self._found.notes.update(why_no_day("DTM02", written))
        return found


def _remark(owner: PaidClaim | PaidLine, written: str) -> None:
    code = written.strip(" ")
    if code:
        owner.remarks = (*owner.remarks, code_or_none(code) or NOT_SHOWN)


def _no_charge_or_paid(line: PaidLine, charge: str, paid: str) -> None:
    """Reject a line whose charge or paid amount is none."""
    if not charge and not paid:
        line.fault(ElementFault(line.position, "2110 SVC02", None, "SVC02, SVC03 empty"))
        return
    for element, written in (("SVC02", charge), ("SVC03", paid)):
        if amount_of(written) is None:
            _no_amount(line, element, line.position, written)


def _no_amount(owner: PaidClaim | PaidLine, element: str, position: int, written: str) -> None:
    """Reject a claim, or a line, for an amount that is none, or beyond reason."""
    said = shown(written, AMOUNT) if written else None
    reason = why_no_amount(element, written)
    owner.fault(ElementFault(position, f"{owner.loop} {element}", said, reason))
