"""Small claims and remittances, written by hand in a few words, and what comes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.variance.analysis import Variance, VarianceOptions, analyse
from tests.variance.written_cases import claims_of
from tests.x12.writer import written

MEDICARE: Setup = setup_of("medicare", locality="national")
DAY, PAID_ON = "20260302", "20260316"


@dataclass(frozen=True)
class Paid:
    """A payer line: `adjusted` reads "CO-45 84.81, PR-2 19.04"; `sent` is the code billed."""

    code: str
    charge: str
    paid: str
    adjusted: str = ""
    allowed: str = ""
    control: str = ""
    sent: str = ""
    units: str = "1"
    sent_units: str = ""
    remarks: str = ""
    day: str = DAY

    def segments(self, sign: int = 1) -> list[str]:
        sent = f"HC:{self.sent}" if self.sent else ""
        units = str(Decimal(self.units) * sign)
        svc = f"SVC*HC:{self.code}*{turned(self.charge, sign)}*{turned(self.paid, sign)}**{units}"
        written_as = f"{svc}*{sent}*{self.sent_units}".rstrip("*")
        return [
            written_as,
            f"DTM*472*{self.day}",
            *cas(self.adjusted, sign),
            *([f"REF*6R*{self.control}"] if self.control else []),
            *([f"AMT*B6*{turned(self.allowed, sign)}"] if self.allowed else []),
            *(f"LQ*HE*{each}" for each in self.remarks.split()),
        ]


def turned(amount: str, sign: int) -> str:
    return str(Decimal(amount) * sign)


def cas(adjusted: str, sign: int = 1) -> list[str]:
    found = []
    for each in filter(None, adjusted.split(", ")):
        code, amount = each.split()
        group, carc = code.split("-")
        found.append(f"CAS*{group}*{carc}*{turned(amount, sign)}")
    return found


def shares(adjusted: str) -> Decimal:
    parts = [each.split() for each in filter(None, adjusted.split(", "))]
    return sum((Decimal(amount) for code, amount in parts if code[:2] == "PR"), Decimal())


@dataclass(frozen=True)
class Answer:
    """A payer claim; `sign` -1 makes it the reversal of itself."""

    claim: str
    lines: tuple[Paid, ...] = ()
    status: str = "1"
    control: str = "ICN1"
    person: str = "M1"
    adjusted: str = ""
    charge: str = ""
    paid: str = ""
    further: tuple[str, ...] = ()
    sign: int = 1

    @property
    def amount(self) -> Decimal:
        if self.paid:
            return Decimal(self.paid) * self.sign
        own = sum(
            (Decimal(each.split()[1]) for each in filter(None, self.adjusted.split(", "))),
            Decimal(),
        )
        return (sum((Decimal(each.paid) for each in self.lines), Decimal()) - own) * self.sign

    def reversed(self) -> "Answer":
        return Answer(
            *(self.claim, self.lines, "22", self.control, self.person, self.adjusted),
            *(self.charge, self.paid, (), -self.sign),
        )

    def segments(self) -> list[str]:
        charge = Decimal(self.charge or sum(Decimal(each.charge) for each in self.lines))
        patient = shares(self.adjusted) + sum(shares(each.adjusted) for each in self.lines)
        clp = f"CLP*{self.claim}*{self.status}*{charge * self.sign}*{self.amount}"
        return [
            f"{clp}*{patient * self.sign}*MB*{self.control}*11*1",
            *cas(self.adjusted, self.sign),
            f"NM1*QC*1******MI*{self.person}",
            *self.further,
            *(part for each in self.lines for part in each.segments(self.sign)),
        ]


def payment(
    *answers: Answer,
    on: str = PAID_ON,
    trace: str = "T1",
    plb: Iterable[str] = (),
    payer: str = "MADE UP MAC",
    npi: str = "1000000001",
    tin: str = "1000000000",
    number: str = "01112",
    filed: str = "MB",
) -> str:
    """Write a payment as a file; `plb` reads "WO:REFERENCE 12.00"."""
    plb = list(plb)
    adjusted = sum((Decimal(each.split()[-1]) for each in plb), Decimal())
    amount = sum((each.amount for each in answers), Decimal()) - adjusted
    direction = "C" if amount >= 0 else "D"
    pairs = "".join(f"*{'*'.join(each.rsplit(maxsplit=1))}" for each in plb)
    body = [
        f"BPR*I*{abs(amount)}*{direction}*ACH************{on}",
        f"TRN*1*{trace}*{tin}",
        f"DTM*405*{on}",
        f"N1*PR*{payer}*XV*{number}",
        f"N1*PE*MADE UP CLINIC*XX*{npi}",
        "LX*1",
        *(part for each in answers for part in each.segments()),
        *([f"PLB*{npi}*20261231{pairs}"] if pairs else []),
    ]
    body = [each.replace("*MB*", f"*{filed}*") if each[:3] == "CLP" else each for each in body]
    return written([body], version="005010X221A1", kind="835")


def plan_payment(*answers: Answer, **how: Any) -> str:
    """Write a payment of a plan that nobody takes for Medicare."""
    return payment(*answers, **{"payer": "MADE UP PLAN", "number": "99999", "filed": "12", **how})


def claim(
    number: str,
    *lines: str,
    person: str = "M1",
    frequency: str = "1",
    original: str = "",
    place: str = "11",
) -> str:
    """Write a claim; a line reads "64483:50 900.00", and where wanted units, control and day."""
    total = sum((Decimal(each.split()[1]) for each in lines), Decimal())
    said = [
        f"NM1*IL*1*DOE*JO****MI*{person}",
        f"CLM*{number}*{total}***{place}:B:{frequency}*Y*A*Y*Y",
        *([f"REF*F8*{original}"] if original else []),
        "HI*ABK:M5416",
    ]
    for at, each in enumerate(lines, 1):
        code, charge, units, control, day = [*each.split(), *["", "", ""]][:5]
        said += [
            f"LX*{at}",
            f"SV1*HC:{code}*{charge}*UN*{units or 1}***1",
            f"DTP*472*D8*{day or DAY}",
            *([f"REF*6R*{control}"] if control and control != "-" else []),
        ]
    return "".join(f"{each}~" for each in said)


def compared(
    folder: Path,
    claims: Sequence[str],
    *payments: str,
    setup: Setup = MEDICARE,
    options: VarianceOptions | None = None,
    payer: str = "01112",
) -> Variance:
    """Hold claims that name a payer against payments; every cent must be accounted for."""
    batch = folder / "claims.837"
    written = claims_of(*claims).replace("PI*01112", f"PI*{payer}")
    batch.write_text(written, encoding="utf-8", newline="")
    return _compared(batch, payments, setup, options)


def of_batch(folder: Path, csv: str, *payments: str, setup: Setup = MEDICARE) -> Variance:
    """Hold a batch against payments, or its own columns."""
    batch = folder / "batch.csv"
    batch.write_text(csv, encoding="utf-8", newline="")
    return _compared(batch, payments, setup, None)


def _compared(
    batch: Path, payments: Sequence[str], setup: Setup, options: VarianceOptions | None
) -> Variance:
    paid = []
    for number, each in enumerate(payments):
        path = batch.parent / f"paid{number:02}.835"
        path.write_text(each, encoding="utf-8", newline="")
        paid.append(path)
    found = analyse([batch], paid, setup, options)
    assert found.remainder == 0
    assert found.bridge_remainder == 0
    return found


def rows(found: Variance) -> list[dict[str, Any]]:
    return found.lines.rows(named=True)
