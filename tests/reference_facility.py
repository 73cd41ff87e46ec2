"""The reference of facilities: what surgical centers and hospitals are paid, slow and plain.

Written from a specification and from no line of `payrules`, as `tests.reference` is. Amounts are
dollars; a line is expanded into its units, and these are ranked one at a time. A bare § is the
specification's; "Choice" marks where it leaves room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO, ONE, HALF = Decimal("0.00"), Decimal(1), Decimal("0.50")


def cents(amount: Decimal) -> Decimal:
    """Round half up to the cent."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Line:
    """A line of a facility's bill; the charge is for one unit."""

    code: str
    units: int
    modifiers: frozenset[str]
    charge: Decimal | None

    @property
    def sides(self) -> int:
        """Count the units that are paid: §3.2, 50 is two."""
        return 2 if "50" in self.modifiers else self.units

    @property
    def stopped(self) -> bool:
        """Whether the line is paid at half: §4 and §5, step 2."""
        return bool(self.modifiers & {"73", "52"})

    @property
    def unclear(self) -> bool:
        """Choice: 53, two of 52, 73 and 74, and 50 beside several units are not settled."""
        stops = self.modifiers & {"52", "73", "74"}
        return (
            "53" in self.modifiers or len(stops) > 1 or ("50" in self.modifiers and self.units != 1)
        )


@dataclass(frozen=True)
class Addendum:
    """A row of ASC addendum AA, BB or EE, with addendum FF's offset."""

    name: str
    indicator: str | None
    discount: bool | None
    rate: Decimal | None
    offset: Decimal | None
    mark: str | None


@dataclass(frozen=True)
class AddendumB:
    """A row of OPPS addendum B."""

    indicator: str
    apc: str
    rate: Decimal | None
    least: Decimal | None
    national: Decimal | None


@dataclass
class Priced:
    """What became of a line: units are what each unit is paid, before and after its share."""

    status: str
    amount: Decimal | None
    units: tuple[Decimal, ...] = ()
    shares: tuple[Decimal, ...] = ()


def billed(code: str) -> str:
    """§3.3."""
    return "G0260" if code == "27096" else code


def ranked(units: Sequence[tuple[int, tuple[Decimal, ...]]]) -> dict[int, list[Decimal]]:
    """Give the shares of units (line, what ranks them): the first 1.00, all others 0.50."""
    order = sorted(range(len(units)), key=lambda at: units[at][1], reverse=True)
    shares: dict[int, list[Decimal]] = {}
    for place, at in enumerate(order):
        shares.setdefault(units[at][0], []).append(HALF if place else ONE)
    return shares


def paid_in_units(unit: Decimal, shares: Sequence[Decimal]) -> Priced:
    """Add up a line's units."""
    amounts = tuple(cents(unit * share) for share in shares)
    return Priced("priced", sum(amounts, ZERO), amounts, tuple(shares))


def surgical_center(
    lines: Sequence[Line], addenda: dict[str, Addendum], index: Decimal
) -> list[Priced]:
    """§4: the lines of one encounter."""
    found = [addenda.get(billed(line.code)) for line in lines]
    verdicts = [_of_center(line, row, index) for line, row in zip(lines, found, strict=True)]
    surgery = [
        verdict
        for verdict, row in zip(verdicts, found, strict=True)
        if row is not None and row.name == "AA"
    ]
    units: dict[int, Decimal] = {}
    for at, (line, row) in enumerate(zip(lines, found, strict=True)):
        if row is None or verdicts[at] != "priced":
            continue
        if row.indicator in {"Z2", "Z3"} and "priced" not in surgery:
            verdicts[at] = "by_report" if "by_report" in surgery else "denied"
            continue
        assert row.rate is not None
        amount = cents(row.rate * (HALF * index + HALF))
        if row.indicator == "J8" and line.modifiers & {"73", "FB", "FC"}:
            assert row.offset is not None
            off = cents(row.offset * HALF) if "FC" in line.modifiers else row.offset
            amount = max(amount - off, ZERO)
        if line.stopped:
            amount = cents(amount * HALF)
        units[at] = amount if line.charge is None else min(amount, line.charge)
    ranks = [
        (at, (unit,))
        for at, unit in units.items()
        if (row := found[at]) is not None and row.discount and not lines[at].stopped
        for _ in range(lines[at].sides)
    ]
    shares = ranked(ranks)
    results = []
    for at, status in enumerate(verdicts):
        if status == "priced":
            results.append(paid_in_units(units[at], shares.get(at, [ONE] * lines[at].sides)))
        else:
            results.append(Priced(status, ZERO if status in {"bundled", "denied"} else None))
    return results


def _of_center(line: Line, row: Addendum | None, index: Decimal) -> str:
    if row is None or row.name == "EE" or row.indicator == "D5":
        return "not_on_schedule"
    if row.indicator == "N1":
        return "bundled"
    if row.indicator in {"C5", "E5", "M6", "U5", "X5", "Y5", "B5", "D1", "S1"}:
        return "denied"
    paid = row.indicator in {"A2", "G2", "P2", "P3", "R2", "J8", "D2", "Z2", "Z3"}
    device = row.indicator == "J8"
    credit = line.modifiers & {"FB", "FC"}
    # Choice: a credit on other surgery, two of them, and one on a stopped procedure.
    odd_credit = bool(credit) and (not device or len(credit) > 1 or line.stopped)
    no_offset = device and row.offset is None and bool(credit or "73" in line.modifiers)
    by_wage = device and index != 1
    if not paid or row.rate is None or by_wage or line.unclear or odd_credit or no_offset:
        return "by_report"
    return "priced"


def hospital(lines: Sequence[Line], b: dict[str, AddendumB], index: Decimal) -> list[Priced]:
    """§5: the lines of one encounter."""
    found = [b.get(billed(line.code)) for line in lines]
    indicators = ["" if row is None else row.indicator for row in found]
    lone = sum(line.sides for line, si in zip(lines, indicators, strict=True) if si == "J1")
    results = [
        _of_hospital(line, row, lone, "C" in indicators)
        for line, row in zip(lines, found, strict=True)
    ]
    # Q1 and Q2, by what the others became.
    before = list(zip(indicators, results, strict=True))
    packs = {"Q1": {"S", "T", "V"}, "Q2": {"T"}}
    left = [
        si in packs and not any(o in packs[si] and was == "priced" for o, was in before)
        for si in indicators
    ]
    for at, (si, status) in enumerate(before):
        if si not in packs or status != "priced":
            continue
        row = found[at]
        assert row is not None
        others = [was for o, was in before if o in packs[si] | {"J2", "Q3"}]
        of_apc = {each.indicator for each in b.values() if each.apc == row.apc and row.apc}
        of_apc &= {"S", "T", "V", "J1"}
        if not left[at]:
            results[at] = "bundled"
        elif (
            "by_report" in others
            or sum(left) > 1
            or lines[at].sides != 1
            or not of_apc
            or ("J1" in of_apc and len(of_apc) > 1)
            or (
                of_apc == {"J1"}
                and any(o in {"S", "T", "V"} and was == "priced" for o, was in before)
            )
        ):
            results[at] = "by_report"
    units: dict[int, Decimal] = {}
    ranks: list[tuple[int, tuple[Decimal, ...]]] = []
    for at, line in enumerate(lines):
        row = found[at]
        if row is None or row.rate is None or results[at] != "priced":
            continue
        amount = cents(row.rate * (Decimal("0.6") * index + Decimal("0.4")))
        units[at] = cents(amount * HALF) if line.stopped else amount
        if row.indicator == "T":
            # Choice: of equal rates what pays more is first.
            key = (row.rate, units[at], ZERO if "PN" in line.modifiers else ONE)
            ranks += [(at, key)] * line.sides
    shares = ranked(ranks)
    every = []
    for at, status in enumerate(results):
        if status != "priced":
            every.append(Priced(status, ZERO if status in {"bundled", "denied"} else None))
            continue
        priced = paid_in_units(units[at], shares.get(at, [ONE] * lines[at].sides))
        if "PN" in lines[at].modifiers:
            assert priced.amount is not None
            priced.amount = cents(priced.amount * Decimal("0.40"))
        every.append(priced)
    return every


def _of_hospital(line: Line, row: AddendumB | None, j1: int, inpatient: bool) -> str:
    if row is None or row.indicator in {"B", "M", "E1", "E2"}:
        return "not_on_schedule"
    if row.indicator == "C":
        return "denied"
    # Choice: beside J1 is packaged what OPPS pays, and not what it passes on; what stands beside a
    # procedure for inpatients is not settled.
    passed_on = {"A", "F", "G", "H", "H1", "L", "U", "Y"}
    inside = j1 > 0 and not inpatient and row.indicator not in {"J1"} | passed_on
    if row.indicator == "N" or inside:
        return "bundled"
    paid = row.indicator in {"J1", "S", "T", "V", "Q1", "Q2"} and not inpatient
    several = line.stopped and line.sides != 1
    strange = line.modifiers & {"FB", "FC", "CT", "FX", "FY"} or {"PN", "PO"} <= line.modifiers
    several_j1 = row.indicator == "J1" and j1 > 1
    if not paid or row.rate is None or line.unclear or several or strange or several_j1:
        return "by_report"
    return "priced"


#: Patient, Medicare after sequestration, sequestration; None where it is not settled.
Split = tuple[Decimal, Decimal, Decimal] | None


def _with_deductible(
    priced: Sequence[Priced], closed: Sequence[bool], free: Sequence[bool], owed: Decimal
) -> list[Decimal | None]:
    """Use up the deductible in the order of the lines; None where it is not settled of a line."""
    takes = [
        not without and (each.amount is None or each.amount > 0)
        for each, without in zip(priced, free, strict=True)
    ]
    hidden = owed > 0 and any(take and not known for take, known in zip(takes, closed, strict=True))
    used: list[Decimal | None] = []
    for each, take, known in zip(priced, takes, closed, strict=True):
        if not known or (take and hidden):
            used.append(None)
            continue
        assert each.amount is not None
        of_line = min(owed, each.amount) if take else ZERO
        owed -= of_line
        used.append(of_line)
    return used


def _split(amount: Decimal, used: Decimal, share: Decimal) -> Split:
    program = amount - used - share
    cut = cents(program * Decimal("0.02"))
    return used + share, program - cut, cut


def _by_modifier(line: Line, each: Priced) -> bool:
    """Choice: 33 and PT make a service preventive, whose share is not settled."""
    return bool(each.amount) and bool(line.modifiers & {"33", "PT"})


def center_split(
    lines: Sequence[Line], priced: Sequence[Priced], addenda: dict[str, Addendum], owed: Decimal
) -> list[Split]:
    """§4, step 5."""
    rows = [addenda.get(billed(line.code)) for line in lines]
    marks = [None if row is None else row.mark for row in rows]
    closed = [
        each.amount is not None
        and not (each.amount > 0 and mark in {None, "**"})
        and not _by_modifier(line, each)
        for line, each, mark in zip(lines, priced, marks, strict=True)
    ]
    used = _with_deductible(priced, closed, [mark == "**" for mark in marks], owed)
    return [
        None
        if of_line is None or each.amount is None
        else _split(each.amount, of_line, cents((each.amount - of_line) * Decimal("0.20")))
        for each, of_line in zip(priced, used, strict=True)
    ]


def hospital_split(
    lines: Sequence[Line],
    priced: Sequence[Priced],
    b: dict[str, AddendumB],
    index: Decimal,
    most: Decimal,
    owed: Decimal,
) -> list[Split]:
    """§5, step 5, the deductible before the copayment's part (42 CFR 419.41(c))."""
    rows = [b.get(billed(line.code)) for line in lines]
    closed, free = [], []
    for line, each, row in zip(lines, priced, rows, strict=True):
        least = None if row is None else row.least
        above = row is not None and row.national is not None and row.national > (least or ZERO)
        unknown = (
            each.amount is not None
            and each.amount > 0
            and ("PN" in line.modifiers or least is None or above)
        )
        closed.append(each.amount is not None and not unknown and not _by_modifier(line, each))
        free.append(least == 0)
    used = _with_deductible(priced, closed, free, owed)
    splits: list[Split] = []
    for line, each, row, of_line in zip(lines, priced, rows, used, strict=True):
        if of_line is None or each.amount is None:
            splits.append(None)
        elif each.amount == 0:
            splits.append((ZERO, ZERO, ZERO))
        else:
            assert row is not None
            assert row.least is not None
            unit = cents(row.least * (Decimal("0.6") * index + Decimal("0.4")))
            unit = cents(unit * HALF) if line.stopped else unit
            shares = [cents(unit * share) for share in each.shares]
            rest = cents(sum(shares, ZERO) * (each.amount - of_line) / each.amount)
            capped = sum((min(share, most) for share in shares), ZERO)
            splits.append(_split(each.amount, of_line, min(rest, capped)))
    return splits
